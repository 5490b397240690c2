"""The contact policies in words: when proof is due, who counts as proof, and at what time each rung is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts import call_ladder, head_counts, policies, policy_lines, policy_shelf, transfer_policies
from alerts.duties import Duty, Rule
from alerts.foretold import NO_HOME_STEPS, STEPS, TRANSFER_STEPS
from alerts.models import DutyStep, PolicyVersion
from alerts.policy_lines import listed
from alerts.schedule import Row, Step, StepTime, Window
from alerts.transfer_ladder import Limits as Limited
from cases.models import Nation
from cases.strengths import Strength
from cases.templatetags.govuk import exactly, gov_date
from guardians.coverage import Limits

# In the order in which a child meets them.
TITLES: Mapping[str, Promise] = {
    "first_72_hours": gettext_lazy("First 72 hours after arrival or a move"),
    "first_30_days": gettext_lazy("First 30 days, or a live concern"),
    "high": gettext_lazy("High risk"),
    "ordinary": gettext_lazy("Ordinary"),
    "settled": gettext_lazy("Settled: low risk, 90 days in one place"),
    "in_transit": gettext_lazy("On a journey"),
    "not_here": gettext_lazy("Not here"),
    head_counts.ROW: gettext_lazy("Whoever else is to be seen when a child is missing"),
    policies.CALL: gettext_lazy("The police alert and those who ring"),
    policies.DUTY: gettext_lazy("What has to be done while a child is missing"),
    policies.REVIEW: gettext_lazy("The reviews of a child who stays missing"),
    policies.AFTER: gettext_lazy("What an ending opens"),
    policies.PAPER: gettext_lazy("The paper that every child is owed"),
    policies.GUARDIAN: gettext_lazy("A guardian for each child with signs of trafficking"),
    policies.TRANSFER: gettext_lazy("Transfers to another authority"),
}
STRENGTHS: Mapping[Strength, Promise] = {
    Strength.FACE_TO_FACE: gettext_lazy("seen face to face"),
    Strength.LIVE_VIDEO: gettext_lazy("seen by live video"),
    Strength.PHONE: gettext_lazy("spoken to by phone"),
    Strength.MESSAGE: gettext_lazy("a message"),
    Strength.HEARSAY: gettext_lazy("hearsay"),
}
ROLL_CALLS: Mapping[str, Promise] = {
    "morning": gettext_lazy("morning"),
    "midday": gettext_lazy("midday"),
    "teatime": gettext_lazy("teatime"),
    "evening": gettext_lazy("evening"),
    "night": gettext_lazy("night"),
    "day": gettext_lazy("once a day"),
}


@dataclass(frozen=True)
class Version:
    """One version of a policy: whose it is, when it holds, who made it and why."""

    number: int
    is_own: bool
    starts_at: datetime
    ends_at: datetime | None
    by: str
    reason: str
    # The past days on which it was tried, or why it was not; empty where neither is on record.
    trial: str = ""

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class Policy:
    """One policy as it is in force now, in lines of words, with all its versions, newest first."""

    key: str
    title: str
    lines: Sequence[tuple[str, str]]
    version: int
    versions: Sequence[Version]
    # The number of the version in force is that of an authority's own; and whether one is, or is to be.
    is_own: bool = False
    can_end: bool = False


def all_of(now: datetime, authority_id: int | None = None) -> list[Policy]:
    """Every policy that this authority goes by, or was delivered, in one query; none of the demo and of drills."""
    rows = list(
        PolicyVersion.objects.exclude(key__startswith="demo")
        .filter(Q(authority=None) | Q(authority=authority_id), key__in=TITLES)
        .select_related("published_by", "seconded_by")
        .order_by("key", "version")
    )
    found = []
    for key, title in TITLES.items():
        stored = [row for row in rows if row.key == key]
        held = _held(stored, authority_id)
        in_force = next((row for since, row in reversed(held) if since <= now), None)
        if in_force is None:
            continue
        own = [row for row in stored if row.authority_id is not None]
        found.append(
            Policy(
                key,
                str(title),
                in_words(in_force),
                in_force.version,
                _versions(held, own),
                is_own=in_force.authority_id is not None,
                can_end=bool(own) and not own[-1].follows_delivered,
            )
        )
    return found


def _held(stored: Sequence[PolicyVersion], authority_id: int | None) -> list[tuple[datetime, PolicyVersion]]:
    turns = () if authority_id is None else policy_shelf.always(authority_id)
    return policy_shelf.holding(stored, turns)


def in_words(version: PolicyVersion) -> list[tuple[str, str]]:
    """The version in words, stored or not."""
    data = version.data
    if version.key in (policies.DUTY, policies.AFTER):
        say = _duty if version.key == policies.DUTY else _opened
        return [say(rule) for rule in policies.duty_rules(data)]
    if version.key == policies.REVIEW:
        return [policy_lines.of_review(*one) for one in policies.review_rungs(data).items()]
    if version.key == policies.PAPER:
        return [line for one in policies.paper_rules(data).items() for line in policy_lines.of_paper(*one)]
    if version.key == policies.GUARDIAN:
        return _guardian(policies.limits_of(data))
    if version.key == policies.TRANSFER:
        return _transfer(transfer_policies.limits_of(data))
    return _call(version) if version.key == policies.CALL else _row(policies.row_of(version))


def _versions(held: Sequence[tuple[datetime, PolicyVersion]], own: Sequence[PolicyVersion]) -> list[Version]:
    """What held when, newest first; where an authority's own ended, by whom and why that was."""
    ended = {row.takes_effect_at: row for row in own if row.follows_delivered}
    following = [*(since for since, _row in held[1:]), None]
    found = []
    for (since, row), until in zip(held, following, strict=True):
        is_own = row.authority_id is not None
        said = row if is_own else ended.get(since, row)
        found.append(Version(row.version, is_own, since, until, _by(said), said.reason, _trial(said)))
    return found[::-1]


def _trial(row: PolicyVersion) -> str:
    if row.tried_first is not None and row.tried_last is not None:
        days = {"first": gov_date(row.tried_first), "last": gov_date(row.tried_last)}
        if row.tried_in_part:
            return _("Tried on past days, of a part of the children: %(first)s to %(last)s") % days
        return _("Tried on past days: %(first)s to %(last)s") % days
    return _("Not tried on past days: %(why)s") % {"why": row.untried_why} if row.untried_why else ""


def _by(row: PolicyVersion) -> str:
    if row.published_by is None or row.seconded_by is None:
        return _("First version, as delivered")
    return _("%(first)s, agreed by %(second)s") % {
        "first": row.published_by.name,
        "second": row.seconded_by.name,
    }


def _row(row: Row) -> list[tuple[str, str]]:
    if row.key == head_counts.ROW:
        return policy_lines.of_head_count(row)
    lines = []
    if row.windows:
        lines.append((_("Proof is due"), listed(_window(window) for window in row.windows)))
    elif row.interval is not None:
        lines.append(
            (_("Proof is due"), _("within %(span)s of the last proof") % {"span": exactly(row.interval)})
        )
    if row.windows or row.interval is not None:
        lines.append((_("Counts as proof"), _proof(row)))
        eyes = _("at least every %(span)s") % {"span": exactly(row.second_eyes)}
        lines.append((_("Seen by a second organisation"), eyes))
    looked = row.key == "not_here"
    words = NO_HOME_STEPS if looked else STEPS
    lines += [(str(words[step]), _when(at, is_look=looked)) for step, at in row.steps]
    if row.windows and row.back_by_fail_safe is None:
        lines.append((_("Fail-safe"), _("none: a person decides whether the police are told")))
    if row.key != "not_here":
        back = _("duty is asked to ring the police %(span)s after the time") % {"span": exactly(row.back_by)}
        lines.append((_("Not back by the time agreed"), back))
    if row.key != "not_here" and row.back_by_fail_safe is not None:
        late = _("the police mail goes by itself %(span)s later") % {"span": exactly(row.back_by_fail_safe)}
        lines.append((_("Not back, and nobody has confirmed"), late))
    if row.checks:
        told = [f"{STEPS[step]}: {_when(at, is_look=False)}" for step, at in row.check_steps]
        checks = listed([*(_hours(window) for window in row.checks), *told])
        lines.append((_("Checks of the building at night"), checks))
    return lines


def _call(version: PolicyVersion) -> list[tuple[str, str]]:
    times = policies.call_times(version.data)
    untaken_after = timedelta(seconds=version.data["untaken_after"])
    lines = [
        (str(STEPS[step]), _after(StepTime(after=after), _("after the police alert is owed")))
        for step, after in zip(call_ladder.CALL_STEPS, times.steps, strict=True)
    ]
    again = _("%(span)s after each named officer, during the first %(within)s") % {
        "span": exactly(times.ask_after),
        "within": exactly(times.ask_within),
    }
    return [
        *lines,
        (_("The police are asked again"), again),
        (_("No answer to that"), _("the next step after %(span)s") % {"span": exactly(times.stale_after)}),
        (_("A task that nobody takes"), _("rung through after %(span)s") % {"span": exactly(untaken_after)}),
    ]


def _guardian(limits: Limits) -> list[tuple[str, str]]:
    """By when a guardian, or somebody who stands in, is owed, and who hears of it after that."""
    lines = [
        (_("Referral"), _working_days(limits.referral, _("after the signs are on record"))),
        (_("Guardian assigned"), _working_days(limits.assigned, _("after the signs are on record"))),
        *(
            (
                _("Every child who came alone"),
                _("is owed one in %(nation)s") % {"nation": Nation(nation).label},
            )
            for nation in limits.every_child
        ),
        (_("A guardian has gone"), _("another is owed at once")),
        (
            _("No service to be had"),
            _working_days(limits.fallback, _("for naming an advocate or independent visitor")),
        ),
    ]
    for step, days in limits.assigned_rungs:
        lines.append((str(NO_HOME_STEPS[Step(step)]), _working_days(days, _("after that"))))
    for step, days in limits.fallback_rungs:
        what = _("No service, and nobody named. %(step)s") % {"step": NO_HOME_STEPS[Step(step)]}
        lines.append((what, _working_days(days, _("after that"))))
    return lines


def _transfer(limits: Limited) -> list[tuple[str, str]]:
    """By when an offer is answered and a transfer over, and who of both authorities hears of it after that."""
    lines = [(_("Transfer over"), _working_days(limits.pending, _("after the referral")))]
    lines += [
        (_("Transfer over, from %(code)s") % {"code": code}, _working_days(days, _("after the referral")))
        for code, days in sorted(limits.pending_of.items())
    ]
    lines.append((_("Offer answered"), _working_days(limits.reply, _("after it was made"))))
    for words, rungs in (
        (_("Not over. %(step)s"), limits.pending_rungs),
        (_("Not answered. %(step)s"), limits.reply_rungs),
    ):
        lines += [
            (words % {"step": TRANSFER_STEPS[step]}, _working_days(days, _("after that")))
            for step, days in rungs
        ]
    lines += [
        (
            _("Not there when expected. %(step)s") % {"step": TRANSFER_STEPS[step]},
            _("%(span)s after") % {"span": exactly(after)},
        )
        for step, after in limits.arrival_rungs
    ]
    return lines


def _working_days(days: int, after: str) -> str:
    if days == 0:
        return _("at once")
    parts = {"days": days, "after": after}
    return ngettext("%(days)d working day %(after)s", "%(days)d working days %(after)s", days) % parts


def _duty(rule: Rule) -> tuple[str, str]:
    """By when one step of an open episode is answered; at high risk where that is sooner."""
    due = _("within %(span)s") % {"span": exactly(rule.after)}
    if rule.working_days is not None:
        due = _("by the next working day, once there is a police reference")
    if rule.duty == Duty.BED_KEPT:
        due = _("through the day that was said, and duty hears three days before")
    if rule.duty == Duty.TURNED_18:
        due = _("on the day itself, and duty hears a week before")
    if rule.after_high is not None:
        due = _("%(due)s, at high risk %(span)s") % {"due": due, "span": exactly(rule.after_high)}
    due = _and_told(rule, due)
    if rule.again is not None:
        due = _("%(due)s; asked again after %(span)s") % {"due": due, "span": exactly(rule.again)}
    return str(DutyStep.Kind(rule.duty).label), due


def _and_told(rule: Rule, due: str) -> str:
    """The same with who hears when of a step that nobody has answered, where anybody does."""
    for words, rungs in (
        (_("%(due)s; if it is not done: %(who)s"), rule.escalates),
        (_("%(due)s; if it is not done at high risk: %(who)s"), rule.escalates_high),
    ):
        told = ", ".join(f"{NO_HOME_STEPS[step]} ({_of_due(after)})" for step, after in rungs or ())
        if told:
            due = words % {"due": due, "who": told}
    return due


def _of_due(after: timedelta) -> str:
    if not after:
        return _("when it is due")
    words = _("%(span)s before it is due") if after < timedelta(0) else _("%(span)s later")
    return words % {"span": exactly(abs(after))}


def _opened(rule: Rule) -> tuple[str, str]:
    """By when one step after an ending is answered, and at which hour each rung hears."""
    if rule.working_days is not None:
        due = ngettext(
            "within %(days)d working day of the return",
            "within %(days)d working days of the return",
            rule.working_days,
        ) % {"days": rule.working_days}
    else:
        due = _("within %(span)s of the return") % {"span": exactly(rule.after)}
    if rule.after_high is not None:
        due = _("%(due)s, at high risk %(span)s") % {"due": due, "span": exactly(rule.after_high)}
    if rule.episodes is not None and rule.within_days is not None:
        often = {"due": due, "episodes": rule.episodes, "days": rule.within_days}
        due = _("%(due)s, after %(episodes)d episodes in %(days)d days") % often
    return str(DutyStep.Kind(rule.duty).label), _and_told(rule, due)


def _proof(row: Row) -> str:
    words = listed(str(STRENGTHS[strength]) for strength in STRENGTHS if strength in row.accepts)
    if row.knows_child:
        words = _("%(proof)s, by somebody who knows the child or holds the photo") % {"proof": words}
    if Strength.PHONE in row.accepts and not row.phone_twice:
        words = _("%(proof)s; by phone never twice running") % {"proof": words}
    return words


def _window(window: Window) -> str:
    name = ROLL_CALLS.get(window.name)
    return f"{name}, {_hours(window)}" if name else _hours(window)


def _hours(window: Window) -> str:
    return _("%(opens)s to %(closes)s") % {"opens": wall(window.opens), "closes": wall(window.closes)}


def _when(at: StepTime, *, is_look: bool) -> str:
    return _after(at, _("after the look") if is_look else _("after the time for proof has passed"))


def _after(at: StepTime, since: str) -> str:
    if at.wall is not None:
        return _("at the next %(time)s") % {"time": wall(at.wall)}
    if not at.after:
        return _("at once")
    return _("%(span)s %(since)s") % {"span": exactly(at.after), "since": since}


def wall(moment: time) -> str:
    """A London wall time: "7:30am", "8am"."""
    hour = f"{moment.hour % 12 or 12}" + (f":{moment.minute:02d}" if moment.minute else "")
    return hour + (_("am") if moment.hour < 12 else _("pm"))
