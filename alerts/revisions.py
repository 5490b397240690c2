"""A council's own policy is changed by two people: one drafts other figures, another agrees, and it begins in time to come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alerts import (
    figures,
    lawful,
    night_checks,
    policies,
    policy_rules,
    policy_shelf,
    policy_turns,
    publications,
    replays,
    unfit_moves,
)
from alerts.figures import Figure
from alerts.models import PolicyVersion
from alerts.policy_rules import Fault
from alerts.policy_words import TITLES, wall
from alerts.roll_call_times import night_of
from alerts.trials import Tried
from alerts.unfit_moves import Unfit
from cases import log, mergers
from cases.models import Authority, User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time
from cases.worded import Question

# Further ahead nobody remembers what was agreed.
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Draft:
    """Other figures for an authority's policy, by name and each in its unit, in place of those that it was drawn from.

    One that follows what is delivered has none: it ends the authority's own.
    """

    key: str
    replaces: int
    values: Mapping[str, int]
    takes_effect_at: datetime
    reason: str
    authority_id: int
    follows_delivered: bool = False
    # Of contact and the calls: the past days on which exactly this was tried, or why it was not.
    tried: Tried | None = None
    untried_why: str = ""


def can_change(key: str) -> bool:
    """Whether this is a policy of the council; the demo's and a drill's are not."""
    return key in TITLES


def is_tried_first(key: str) -> bool:
    """Whether a draft of this policy is tried on past days before two people agree on it: one of contact or of the calls."""
    return replays.can_replay(key) and not replays.is_of_record(key)


def last_of(key: str, authority_id: int | None = None) -> PolicyVersion:
    """What a draft is drawn from: the authority's own that was agreed last, which may not have begun yet.

    What was delivered last where it has none, or has ended it, or where no authority is named.
    """
    own = _last_own(key, authority_id)
    if own is not None and not own.follows_delivered:
        return own
    last = _delivered(key)[-1]
    if key == policies.TRANSFER and authority_id is not None:
        last.data = _without_exception(last.data, Authority.objects.get(pk=authority_id))
    return last


def has_own(key: str, authority_id: int) -> bool:
    """Whether the authority goes by its own, or is to: there is something that can end."""
    own = _last_own(key, authority_id)
    return own is not None and not own.follows_delivered


def titles_of_own(authority: Authority) -> list[str]:
    """The policies of which the authority goes by its own, or is to."""
    stored = PolicyVersion.objects.filter(authority=authority).order_by("version")
    ends = dict(stored.values_list("key", "follows_delivered"))
    return [str(title) for key, title in TITLES.items() if ends.get(key) is False]


def number_of(key: str, authority_id: int) -> int:
    """The number that tells whether anything was agreed since that a draft would have been drawn from."""
    own = _last_own(key, authority_id)
    return max(last_of(key, authority_id).version, own.version if own is not None else 0)


def figures_of(last: PolicyVersion) -> list[Figure]:
    """The figures of a version, bounded by what was delivered; what law has shortened since stands as short as that."""
    delivered = _brought(last)
    return figures.of(last.key, lawful.held(last.key, last.data, delivered), delivered)


def _brought(last: PolicyVersion) -> dict[str, Any]:
    """What the last release brought of this policy; of what people agreed for all only what law sets can be a bound.

    That is held where it is read, so that nobody agrees on something longer than what then counts.
    """
    delivered = _delivered(last.key)
    brought = [one for one in delivered if one.published_by_id is None] or [last]
    return lawful.held(last.key, brought[-1].data, delivered[-1].data)


def data_of(draft: Draft, last: PolicyVersion) -> dict[str, Any]:
    """The whole policy as it would be stored; of one that follows what is delivered, what that is when it begins."""
    if draft.follows_delivered:
        delivered = _delivered(draft.key)
        then = policy_turns.in_force(delivered, draft.takes_effect_at) or delivered[-1]
        data: dict[str, Any] = then.data
        return data
    lawfully = lawful.held(last.key, last.data, _brought(last))
    return figures.changed(lawfully, figures_of(last), draft.values)


def faults(draft: Draft, last: PolicyVersion, *, at: datetime) -> Iterator[Fault]:
    """Yield what is wrong with a draft at `at`, each at the figure or answer it is about."""
    bounds = {figure.name: figure for figure in figures_of(last)}
    # Those that it leaves as they stand, too: what is delivered may have become shorter since they were agreed.
    stands = {} if draft.follows_delivered else {name: one.stands for name, one in bounds.items()}
    for name, value in {**stands, **draft.values}.items():
        if name not in bounds or not bounds[name].is_within(value):
            yield Fault(name, _("This figure is out of its bounds"))
    if draft.follows_delivered:
        if not has_own(draft.key, draft.authority_id):
            yield Fault("", _("There is nothing of your own to end: what is delivered holds already"))
    elif data_of(draft, last) == last.data:
        yield Fault("", _("Nothing is different: change at least one figure"))
    yield from _beside_others(draft, last)
    own = _last_own(draft.key, draft.authority_id)
    if draft.takes_effect_at <= at:
        yield Fault("takes_effect_at", _("A policy begins in the future: choose a later time"))
    elif draft.takes_effect_at > at + FURTHEST:
        yield Fault("takes_effect_at", _("A policy begins within a year: choose an earlier time"))
    elif own is not None and draft.takes_effect_at <= own.takes_effect_at:
        words = _("The version before this one begins at %(when)s: choose a later time")
        yield Fault("takes_effect_at", words % {"when": gov_time(own.takes_effect_at)})
    elif _moves_roll_calls(draft, last) and draft.takes_effect_at != night_of(draft.takes_effect_at):
        yield Fault("takes_effect_at", _("Roll-calls change at 3am, when none is open: choose 3am of a day"))
    else:
        yield from _lost_check(draft, last)


def _lost_check(draft: Draft, last: PolicyVersion) -> Iterator[Fault]:
    """A check of the building that opens under neither version in the night in which one takes over from the other."""
    both = [_before(draft, last).data, data_of(draft, last)]
    if not all(data.get("checks") for data in both):
        return
    before, after = (policies.row_with(draft.key, data).checks for data in both)
    window = night_checks.lost(before, after, draft.takes_effect_at)
    if window is not None:
        words = _(
            "In that night nobody would be asked for the check of the building of %(opens)s to %(closes)s: "
            "choose a time by day. Where roll-calls change too, change the checks by themselves"
        )
        hours = {"opens": wall(window.opens), "closes": wall(window.closes)}
        yield Fault("takes_effect_at", words % hours)


def _moves_roll_calls(draft: Draft, last: PolicyVersion) -> bool:
    """Whether a roll-call has other times: one moved across the beginning would be asked by neither version."""
    windows = data_of(draft, last).get("windows")
    return windows is not None and windows != _before(draft, last).data.get("windows")


def _before(draft: Draft, last: PolicyVersion) -> PolicyVersion:
    """What holds until the draft begins: what was delivered last may begin later still."""
    if has_own(draft.key, draft.authority_id):
        return last
    delivered = [one for one in _delivered(draft.key) if one.takes_effect_at < draft.takes_effect_at]
    return policy_turns.in_force(delivered, draft.takes_effect_at) or last


def _beside_others(draft: Draft, last: PolicyVersion) -> Iterator[Fault]:
    """What breaks a rule beside the other rows that this authority goes by when the draft begins or later."""
    turns = policy_shelf.always(draft.authority_id)
    agreed = policy_shelf.of_contact([draft.authority_id]).rows(turns)
    others = policy_rules.standing(agreed, draft.key, draft.takes_effect_at)
    holds = [data_of(draft, last)]
    if draft.follows_delivered:
        holds += [one.data for one in _delivered(draft.key) if one.takes_effect_at > draft.takes_effect_at]
    for data in holds:
        yield from policy_rules.faults(draft.key, data, others=others)


def moves_ended(draft: Draft, last: PolicyVersion, *, at: datetime) -> list[Unfit]:
    """What homes have moved of their roll-calls that has no room beside this draft: it ends as the draft begins."""
    if not draft.follows_delivered and not _moves_roll_calls(draft, last):
        return []
    return unfit_moves.of(
        PolicyVersion(
            key=draft.key,
            version=0,
            authority_id=draft.authority_id,
            follows_delivered=draft.follows_delivered,
            data=data_of(draft, last),
            takes_effect_at=draft.takes_effect_at,
            published_at=at,
        ),
        at=at,
    )


def put_in_force(draft: Draft, *, seconded_by: User, by: User, at: datetime) -> PolicyVersion:
    """Store the draft as the authority's next version, which begins at the instant it names.

    One revision of any policy at a time, for each is measured against the others. What homes have moved of their
    roll-calls that has no room beside it ends as it begins. Raises IllegalMove where the draft
    was drawn from a version that is not the last any more, where it breaks a rule, where both are one person, and where
    times of contact were neither tried on past days nor said why not; `EndedAlready` of an authority whose children are
    another's: it would count for nobody.
    """
    if not can_change(draft.key):
        raise IllegalMove("This policy is not changed here.")
    if is_tried_first(draft.key) and draft.tried is None and not draft.untried_why.strip():
        raise IllegalMove("Try this draft on past days first, or enter why it is not tried.")
    with transaction.atomic():
        # A merger that is at work has ended before it is asked, and one to come waits.
        whose = Authority.objects.select_for_update(no_key=True).get(pk=draft.authority_id)
        mergers.require_standing(whose)
        list(
            PolicyVersion.objects.select_for_update(no_key=True)
            .filter(key__in=TITLES, version=1)
            .order_by("pk")
        )
        last = last_of(draft.key, draft.authority_id)
        if number_of(draft.key, draft.authority_id) != draft.replaces:
            raise IllegalMove(
                "Somebody else has changed this policy since. Draft it again from what stands now."
            )
        if any(faults(draft, last, at=at)):
            raise IllegalMove("This draft breaks a rule of the policies. Look at its figures again.")
        version = publications.publish_figures(
            draft.key,
            {} if draft.follows_delivered else data_of(draft, last),
            reason=draft.reason,
            takes_effect_at=draft.takes_effect_at,
            seconded_by=seconded_by,
            authority_id=draft.authority_id,
            follows_delivered=draft.follows_delivered,
            tried=draft.tried,
            untried_why=draft.untried_why,
            by=by,
            at=at,
        )
        agreed = {"key": version.key, "version": version.version, "drafted_by": by.pk}
        log.record_configuration(version, "policy_agreed", data=agreed, by=seconded_by, at=at)
        if draft.follows_delivered or _moves_roll_calls(draft, last):
            unfit_moves.end(version, by=by, at=at)
    return version


def _delivered(key: str) -> list[PolicyVersion]:
    return _DELIVERED(key)


_DELIVERED = Question(lambda key: PolicyVersion.objects.filter(key=key, authority=None).order_by("version"))
_OWN = Question(
    lambda key, authority: PolicyVersion.objects.filter(key=key, authority=authority).order_by("-version")[:1]
)


def _last_own(key: str, authority_id: int | None) -> PolicyVersion | None:
    if authority_id is None:
        return None
    return next(iter(_OWN(key, authority_id)), None)


def _without_exception(data: Mapping[str, Any], authority: Authority) -> dict[str, Any]:
    """The limits of transfers where what was agreed for this authority alone is the figure, and no exception to it."""
    exceptions = dict(data["pending_of"])
    pending = exceptions.pop(authority.code, data["pending"])
    return {**data, "pending": pending, "pending_of": exceptions}
