"""Who would be told of paper, of a missing guardian and of a transfer of one child, if nobody did what is owed of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from alerts import (
    clocks,
    foretold,
    paper_words,
    policies,
    policy_shelf,
    readings,
    transfer_ladder,
    transfer_policies,
    watching,
)
from alerts.calendars import GUARDIAN, TRANSFER
from alerts.foretold import TRANSFER_STEPS, Owed, Rung
from alerts.models import Clock, PolicyVersion
from alerts.paper_rules import Paper
from alerts.schedule import Expected
from alerts.transfer_ladder import Owed as OfTransfer
from alerts.watching import Watched
from cases import holidays
from cases.deadlines import london_day
from cases.facts import ChildFacts
from cases.models import Authority, Child
from cases.states import TransferStatus
from cases.turns import Watch
from guardians import coverage
from guardians.coverage import Due, Facts, Referral

# The rota is written some weeks ahead: who hears of what is late long after that is not known yet.
AHEAD = timedelta(days=28)
# What every child is owed. Whoever asks reads no record, and that other paper is owed would tell of it: of signs of
# trafficking, of a dispute of age, of an order of a court; and the day of the next assessment would tell the grade.
EVERYBODY = (
    Paper.FIRST_ASSESSMENT,
    Paper.SIGN_OFF,
    Paper.CHECKLIST,
    Paper.FIRST_PROFILE,
    Paper.PROFILE,
    Paper.VISIT,
    Paper.PLACEMENT_PLAN,
    Paper.CARE_PLAN,
    Paper.CARE_REVIEW,
    Paper.HEALTH,
    Paper.DENTAL,
    Paper.IMMUNISATION,
    Paper.EYES,
    Paper.EDUCATION,
    Paper.PLAN,
    Paper.SUPERVISION,
)
TRANSFERS: Mapping[str, Promise] = {**TRANSFER, OfTransfer.REPLY: gettext_lazy("Offer to be answered")}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Both:
    """The same steps by the policy in force and by the draft, each with what it is about."""

    was: Sequence[tuple[str, Rung]]
    would: Sequence[tuple[str, Rung]]


def of_papers(child: Child, *, about: datetime, draft: PolicyVersion, now: datetime) -> Both:
    """What is owed of this child now, as its clocks have it, and who hears from `about` on if nobody records it.

    Of the paper that every child is owed. A step is there where either policy has it in the weeks after `about`, and where
    the draft moves it from behind them to before, or the other way.
    """
    was, would = (_papers(child, draft=one, now=now) for one in (None, draft))
    instants = {key: [owed[key].at for owed in (was, would) if key in owed] for key in was | would}
    shown = {key for key, ats in instants.items() if max(ats) >= about and min(ats) < about + AHEAD}
    facts = watching.watch([child.pk], at=now)[child.pk].child
    told = [
        _together(foretold.told_of(facts, [one for key, one in owed.items() if key in shown], now=now))
        for owed in (was, would)
    ]
    return Both(*told)


def _papers(child: Child, *, draft: PolicyVersion | None, now: datetime) -> dict[tuple[str, str], Owed]:
    """Every step to come of what is owed, by its clock and rung, none before `now`: what an open alert began with stands."""
    one = watching.watch([child.pk], papers=True, draft=draft, at=now)[child.pk]
    kept = {clock.key: clock for clock in Clock.objects.filter(child=child, kind=Clock.Kind.PAPERWORK)}
    alerts = clocks.open_alerts([clock.pk for clock in kept.values()])
    owed = {}
    for reading in readings.of_kind(one, Clock.Kind.PAPERWORK):
        paper = paper_words.paper_of(reading.duty)
        if reading.expected is None or paper not in EVERYBODY:
            continue
        clock = kept.get(reading.key)
        alert = None if clock is None else alerts.get(clock.pk)
        _decided, steps = clocks.decide(reading, one, alert, now)
        title = str(paper_words.in_mail(paper))
        for step in steps.keys() - clocks.climbed_steps(alert):
            at = max(steps[step], now)
            owed[reading.duty, step] = Owed(title, Clock.Kind.PAPERWORK, step, at, reading.duty)
    return owed


def of_guardian(
    child: Child, *, about: datetime, draft: PolicyVersion | None = None, now: datetime
) -> Sequence[tuple[str, Rung]]:
    """Suppose that this child is owed a guardian from `about` on, and how far its council has come by then.

    Whether it is, and what was done, is not looked at: whoever asks has not to know of whom there are such signs.
    """
    one = _owed_to(child, about, now)
    if one is None:
        return []
    about = max(about, one.responsible_since or about)
    shelf, turns = policy_shelf.for_children([child.pk], policies.GUARDIAN, draft=draft)
    limits = policies.limits_at(shelf.limits(turns.get(child.pk, ())), about)
    calendar = holidays.calendar_of(one.nation)
    owed = []
    for facts in _without_guardian(about):
        due = coverage.due(facts, limits, at=about, nation=calendar, holidays=holidays.of(calendar))
        owed += [] if due is None else _steps(due)
    return _together(foretold.told_of(one, owed, now=now))


def _without_guardian(since: datetime) -> Iterator[Facts]:
    """Nobody referred the child; its service has not answered, has nobody yet, or declined; its guardian went; there is none."""
    yield Facts(since)
    for referral in (Referral(since), Referral(since, answered=True), Referral(since, declined_at=since)):
        yield Facts(since, referral=referral)
    yield Facts(since - _DAY, watches=[Watch(since - _DAY, since)])
    yield Facts(since, unserved_since=since)


def _steps(due: Due) -> list[Owed]:
    label = str(GUARDIAN[due.what])
    return [Owed(label, Clock.Kind.GUARDIAN, step, at) for step, at in due.steps.items()]


def of_transfer(
    child: Child, *, about: datetime, draft: PolicyVersion | None = None, now: datetime
) -> Sequence[tuple[str, Rung]]:
    """Suppose that the child is referred and offered at `about`, is to move as soon as can be after it, or is then to be there.

    That it is missing, or that an offer came back, is told at once whatever the policy says.
    """
    one = _owed_to(child, about, now)
    if one is None or one.authority_id is None:
        return []
    sender = Authority.objects.get(pk=one.authority_id)
    about = max(about, one.responsible_since or about)
    shelf = policy_shelf.read(policies.TRANSFER, authority_ids=[sender.pk], draft=draft)
    stored = shelf.transfers(policy_shelf.always(sender.pk))
    limits = transfer_policies.kept(stored, about, sender=sender.code)
    calendar = holidays.calendar_of(one.nation)
    owed: dict[OfTransfer, Expected] = {}
    for facts in _transfers(about, timedelta(days=limits.share_before)):
        found = transfer_ladder.owed(facts, limits, nation=calendar, holidays=holidays.of(calendar))
        owed = found | owed
    steps = [
        Owed(str(TRANSFERS[what]), Clock.Kind.TRANSFER, step, at, what)
        for what, expected in owed.items()
        for step, at in expected.steps.items()
        if step in TRANSFER_STEPS
    ]
    return _together(foretold.told_of(one, steps, now=now))


def _transfers(at: datetime, shared_before: timedelta) -> Iterator[transfer_ladder.Facts]:
    """Offered; with a day agreed, so near that what is known of the child is to be there from the next midnight; on the way."""
    moves = london_day(at + _DAY + shared_before)
    yield transfer_ladder.Facts(TransferStatus.ALLOCATED, at, allocated_at=at)
    yield transfer_ladder.Facts(TransferStatus.DATE_SET, at, moves_date=moves, unshared_since=at)
    yield transfer_ladder.Facts(TransferStatus.IN_TRANSIT, at, expected_at=at)


def _together(told: Sequence[tuple[str, Rung]]) -> list[tuple[str, Rung]]:
    """The steps of each matter one after the other, those first that begin first: they are no one search's, but alternatives."""
    order = list(dict.fromkeys(about for about, _rung in told))
    return sorted(told, key=lambda one: order.index(one[0]))


def _owed_to(child: Child, about: datetime, now: datetime) -> ChildFacts | None:
    """The child's facts; None where nothing is owed for it any more."""
    one: Watched = watching.watch([child.pk], at=now)[child.pk]
    until = one.child.watched_until
    return None if until is not None and until <= about else one.child
