"""One child as their page shows them: identity, where they stand now, and what this reader may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts import (
    ages,
    child_actions,
    guardian_gaps,
    next_acts,
    plan_words,
    police_mails,
    risk_words,
    same_words,
    sentences,
    staffing_words,
    standings,
)
from alerts.absence_words import escorted, nowhere, still_placed
from alerts.absence_words import notices as absences
from alerts.care_words import notices as not_looked_after
from alerts.guardian_gaps import Gap
from alerts.legal_words import notices as of_legal_status
from alerts.models import Clock
from alerts.next_acts import NextAct
from alerts.notices import Notice
from alerts.standings import HEARD_OF, LOOKED_FOR, MISSING, STILL_MISSING_AFTER, Standing
from cases import access
from cases.access import Permission
from cases.forms import typed
from cases.models import (
    AgeDecision,
    Allocation,
    Authority,
    Child,
    Event,
    LiveConcern,
    Responsibility,
    Restriction,
    User,
)
from cases.moves import isolated
from cases.states import EpisodeOutcome
from cases.templatetags.govuk import elapsed, gov_date, gov_when
from guardians.models import GuardianAssignment

# With one of these somebody reads more than the status: the record, the place, or whom to look for.
RECORD_OR_PLACE = frozenset({Permission.SEE_RECORD, Permission.SEE_ADDRESS, Permission.RECORD_CONTACT})
# So long the page of a restricted child says that the child may have been registered again; the timeline keeps it.
AGAIN_SHOWN = timedelta(days=28)
COLOURS = {
    "missing": "red",
    "still_missing": "red",
    "not_here": "red",
    "back_to_confirm": "blue",
    "told_of": "blue",
    "no_record": "orange",
    "away": "purple",
    "due": "yellow",
    "not_seen_yet": "teal",
    "return_interview_due": "blue",
    "seen": "green",
}


@dataclass(frozen=True)
class Profile:
    """Everything above the sections of the page."""

    child: Child
    standing: Standing
    line: str
    permissions: frozenset[Permission]
    allocation: Allocation | None
    guardian: GuardianAssignment | None
    authority: Authority | None
    # Those that stand, the oldest first.
    concerns: Sequence[LiveConcern]
    is_restricted: bool
    gap: Gap | None
    acts: Sequence[NextAct]
    now: datetime
    # What was decided about the age, for a reader of the record.
    age_decision: AgeDecision | None = None
    notices: Sequence[Notice] = field(default=())
    actions: Sequence[child_actions.Action] = field(default=())
    more_actions: Sequence[child_actions.Action] = field(default=())
    # What is about the record itself: less often, and by fewer.
    about_record: Sequence[child_actions.Action] = field(default=())

    @property
    def name(self) -> str:
        return name_of(self.child)

    @property
    def age(self) -> str:
        if not self.open_place:
            return ""
        return ages.in_words(self.child, self.age_decision, today=typed.london(self.now).date())

    @property
    def colour(self) -> str:
        return COLOURS.get(self.standing.tag, "")

    @property
    def open_record(self) -> bool:
        return Permission.SEE_RECORD in self.permissions

    @property
    def open_place(self) -> bool:
        """Whether this reader may read in which home the child is, and who saw it; others read the status alone."""
        return bool(RECORD_OR_PLACE & self.permissions)

    @property
    def open_address(self) -> bool:
        return Permission.SEE_ADDRESS in self.permissions

    @property
    def watched(self) -> bool:
        """Whether contacts are still recorded for this child."""
        return self.child.closed_at is None and not self.has_died

    @property
    def has_died(self) -> bool:
        """Whether it is on record that the child has died."""
        episode = self.standing.episode
        return episode is not None and episode.outcome == EpisodeOutcome.DIED

    @property
    def may_break_glass(self) -> bool:
        """Whether an emergency may open to them for an hour how the child is reached."""
        return Permission.BREAK_GLASS in self.permissions and not self.open_record

    @property
    def may_record(self) -> bool:
        return self.watched and Permission.RECORD_CONTACT in self.permissions

    @property
    def looked_for(self) -> bool:
        return self.standing.tag in LOOKED_FOR

    @property
    def is_missing(self) -> bool:
        """Whether the child is looked for, and nobody has said that it is back."""
        return self.looked_for and self.standing.tag not in HEARD_OF

    @property
    def episode_href(self) -> str:
        episode = self.standing.episode
        if episode is None or episode.ended_at is not None or Permission.SEE_EPISODE not in self.permissions:
            return ""
        return reverse("episode", args=[episode.reference])

    @property
    def last_seen(self) -> str:
        return sentences.last_seen(self.standing.seen, now=self.now)

    @property
    def ringing(self) -> str:
        return sentences.ringing(self.standing)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The few facts beside the name; a reader of the status alone gets the team."""
        team = isolated(self.allocation.team.name) if self.allocation else _("No team yet")
        if not self.open_record:
            return [(_("Team"), team)]
        worker = (
            isolated(self.allocation.worker.name)
            if self.allocation and self.allocation.worker
            else _("None yet")
        )
        guardian = isolated(self.guardian.guardian.name) if self.guardian else _("None yet")
        return [
            (_("Language"), ", ".join(self.child.languages) or _("Not known")),
            (_("Risk"), risk_words.of(self.child, self.now)),
            (_("Social worker"), f"{worker}, {team}"),
            (_("Guardian"), guardian),
        ]


def name_of(child: Child) -> str:
    return " ".join(part for part in (child.given_name, child.family_name) if part)


def title_of(child: Child) -> str:
    """Given name and initial: all that a page's title may hold."""
    return isolated(f"{child.given_name} {child.family_name[:1]}".strip())


def of(child: Child, *, user: User, now: datetime) -> Profile:
    """Read one child for `user`, in a fixed number of queries."""
    permissions = access.permissions_for(user, child, at=now)
    standing = standings.of([child.pk], now=now)[child.pk]
    if ended_at := access.over_for(user, at=now).get(child.pk):
        standing = standings.over(child, ended_at)
    if Permission.SEE_RECORD not in permissions:
        standing = standings.by_part(standing, reader_id=user.pk)
    allocations = Allocation.objects.current(now).with_post(now).select_related("team", "worker")
    guardians = GuardianAssignment.objects.current(now).order_by("-lead", "-starts_at")
    profile = Profile(
        child=child,
        standing=standing,
        line=sentences.brief(standing, now=now, addressed=Permission.SEE_ADDRESS in permissions)
        if permissions & RECORD_OR_PLACE
        else sentences.bare(standing, now=now),
        permissions=permissions,
        allocation=allocations.filter(child=child).first(),
        guardian=guardians.filter(child=child).select_related("guardian", "service").first(),
        authority=_authority(child, now),
        concerns=list(
            LiveConcern.objects.filter(child=child, ends_at=None, starts_at__lte=now).order_by(
                "starts_at", "pk"
            )
        ),
        is_restricted=Restriction.objects.current(now).filter(child=child).exists(),
        gap=guardian_gaps.of([child.pk], now=now).get(child.pk)
        if Permission.SEE_RECORD in permissions
        else None,
        acts=_acts(child, standing),
        now=now,
        age_decision=ages.decisions([child]).get(child.pk) if Permission.SEE_RECORD in permissions else None,
    )
    return _with_offers(profile, user)


def _with_offers(profile: Profile, user: User) -> Profile:
    """What it says to its reader, and what they may do."""
    actions, more = child_actions.all_of(profile) if profile.child.closed_at is None else ((), ())
    return replace(
        profile,
        notices=[*_notices(profile), *_same(profile, user)],
        actions=actions,
        more_actions=more,
        about_record=child_actions.about_record(profile),
    )


def _authority(child: Child, now: datetime) -> Authority | None:
    row = Responsibility.objects.filter(child=child, starts_at__lte=now).select_related("authority").first()
    return row.authority if row else None


def _acts(child: Child, standing: Standing) -> list[NextAct]:
    """What silence or the open episode owes next."""
    episode = standing.episode
    clocks = Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT)
    if episode is not None and episode.ended_at is None:
        clocks |= Clock.objects.filter(child=child, kind=Clock.Kind.CALL, episode=episode)
    return next_acts.with_reviews(next_acts.of(clocks), standing)


def _notices(profile: Profile) -> list[Notice]:
    standing, now = profile.standing, profile.now
    found = [*_police_notice(profile), *_birthday_notice(profile)]
    if not profile.open_record:
        return found
    found += long_search(standing)
    if profile.watched and not profile.looked_for:
        found += escorted(profile.child, now)
    if standing.placement is None and profile.watched:
        found.append(nowhere(profile.child, profile.permissions))
    found += still_placed(profile.child) if profile.watched else []
    found += _registered_again(profile)
    if profile.gap is not None:
        found.append(
            Notice("warning" if profile.gap.is_late else "information", profile.gap.heading, profile.gap.text)
        )
    unkept = staffing_words.notice(profile.child, at=now) if profile.watched else None
    found += [unkept] if unkept is not None else []
    found += absences(profile.child, profile.permissions, now)
    found += of_legal_status(profile.child, now)
    found += [*plan_words.shortfalls(profile.child), *not_looked_after(profile.child, now)]
    for concern in profile.concerns:
        when = gov_when(concern.starts_at, now)
        text = _("Marked %(when)s: %(reason)s") % {"reason": concern.reason, "when": when}
        found.append(Notice("warning", _("Live concern"), text))
    return found


def _same(profile: Profile, user: User) -> list[Notice]:
    return same_words.notices(profile.child, reader=user, now=profile.now) if profile.open_record else []


def _registered_again(profile: Profile) -> list[Notice]:
    """Of a restricted child: whoever registered the other one was shown nothing, and this page alone says it."""
    if not profile.is_restricted:
        return []
    since = profile.now - AGAIN_SHOWN
    rows = Event.objects.filter(child=profile.child, kind="perhaps_registered_again", recorded_at__gt=since)
    found = ", ".join(sorted({row.data["reference"] for row in rows}))
    if not found:
        return []
    text = _(
        "%(references)s. Whoever registered was shown nothing of this record: look, and ring their duty desk."
    )
    return [Notice("warning", _("May have been registered again"), text % {"references": found})]


def _police_notice(profile: Profile) -> list[Notice]:
    """Of a child who is looked for: for how long, whether an officer has spoken to us, and what they were mailed."""
    standing, now = profile.standing, profile.now
    missing = standing.tag in MISSING and standing.since is not None
    if not missing and not standing.needs_police_word:
        return []
    spoken = f"{sentences.acknowledged(standing, now=now)}."
    mailed = ""
    if standing.episode is not None and Permission.SEE_RECORD in profile.permissions:
        mailed = police_mails.of([standing.episode], now=now).get(standing.episode.pk, "")
    if standing.days is not None:
        # For how long stands in the word beside the name.
        return [Notice("error", spoken.removesuffix("."), mailed)]
    if missing and standing.since is not None:
        heading = _("Missing for %(span)s") % {"span": elapsed(standing.since, now)}
        return [Notice("error", heading, " ".join(part for part in (spoken, mailed) if part))]
    if standing.verified is not None:
        return [Notice("error", _("Ask the police again"), spoken)]
    return [Notice("error", _("No officer has spoken to us yet"), mailed or _("Duty rings the police."))]


def long_search(standing: Standing) -> list[Notice]:
    """From day 28 on: that time closes nothing, and the flag that funding stops (default policy, open episode)."""
    if standing.days is None or standing.since is None:
        return []
    ends = {"day": gov_date(standing.since + STILL_MISSING_AFTER)}
    text = _(
        "No length of time, no age and no end of funding ends a search: it goes on until the child is found."
        " Funding flag: the Home Office pays for 28 days of being missing in a row, which were over on %(day)s."
        " Tell those who claim it."
    )
    return [Notice("warning", _("Do not close"), text % ends)]


def _birthday_notice(profile: Profile) -> list[Notice]:
    """Turning 18 while missing ends nothing, and the page says so."""
    episode, days = profile.standing.episode, ages.eighteenth(profile.child)
    if episode is None or episode.ended_at is not None or days is None or not profile.open_place:
        return []
    first, last = days
    gone, today = typed.london(episode.since).date(), typed.london(profile.now).date()
    if not (gone < last and first <= today):
        return []
    if today < last:
        words = _("May have turned 18: by the birth date that was given, on %(first)s at the earliest")
    elif first < last:
        words = _("Turned 18 by the birth date that was given, on %(last)s at the latest")
    else:
        words = _("Turned 18 by the birth date that was given, on %(last)s")
    heading = words % {"first": gov_date(first), "last": gov_date(last)}
    return [Notice("information", heading, _("The episode stays open."))]
