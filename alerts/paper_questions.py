"""The question of paper: what is owed and nobody is asked for, and what is asked for and nobody owes, name by name."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q

from alerts import asking, kept_policies, paper_dues, policies, policy_shelf
from alerts.models import Alert, Clock, DemoWatch
from alerts.paper_dues import NO_PAPERS
from alerts.paper_facts import Owed
from cases import facts
from cases.models import Child

# What the engine had no time for yet is no broken promise.
GRACE = timedelta(minutes=2)
BATCH = 500


def adrift(now: datetime) -> Iterator[str]:
    """Each child and paper whose clock and alert are not what is owed, asked of the facts and the rows alone.

    Of what is owed it is one without a clock, or without an alert though its first rung has passed; of all else a
    clock or an alert that goes on.
    """
    delivered = policy_shelf.read(policies.PAPER, authority_ids=()).papers()
    if not delivered or delivered[0].takes_effect_at > now:
        return
    ids = list(Child.objects.open(now).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from asking.of_each(ids[start : start + BATCH], partial(_of_children, now=now))
    # Of a closed case nothing is owed.
    over = Clock.objects.filter(kind=Clock.Kind.PAPERWORK, child__closed_at__lte=now)
    heard = _heard(over.values_list("pk", flat=True))
    left = over.filter(Q(due_at__isnull=False) | Q(next_at__isnull=False) | Q(pk__in=heard))
    for clock in left.select_related("child"):
        if _goes_on(clock, clock.pk in heard, now):
            yield f"{clock.child.reference} {clock.duty}"


def _of_children(ids: Sequence[int], *, now: datetime) -> Iterator[str]:
    # Asked of every table and of the policies as they stand, whatever the clocks were read from.
    loaded = facts.load(ids, facts.EVERY)
    demos = set(DemoWatch.objects.filter(child__in=ids).values_list("child", flat=True))
    rows = Clock.objects.filter(kind=Clock.Kind.PAPERWORK, child__in=ids)
    standing = {(clock.child_id, clock.duty): clock for clock in rows}
    heard = _heard([clock.pk for clock in standing.values()])
    papers = paper_dues.of(loaded, demos, kept_policies.read(ids), now)
    owed = {(pk, one.name): one for pk in ids for one in papers.get(pk, NO_PAPERS).owed}
    for key in sorted(owed.keys() | standing.keys()):
        clock = standing.get(key)
        if _is_adrift(clock, owed.get(key), clock is not None and clock.pk in heard, now):
            yield f"{loaded[key[0]].child.reference} {key[1]}"


def _heard(clock_ids: Iterable[int]) -> set[int]:
    """Those of these clocks of which an alert stands open."""
    return set(Alert.objects.open().filter(clock__in=clock_ids).values_list("clock", flat=True))


def _is_adrift(clock: Clock | None, owed: Owed | None, is_heard: bool, now: datetime) -> bool:
    if clock is None:
        return True
    if owed is None:
        return _goes_on(clock, is_heard, now)
    first_at = min(owed.steps.values(), default=now)
    return first_at < now - GRACE and not owed.asleep and not is_heard


def _goes_on(clock: Clock, is_heard: bool, now: datetime) -> bool:
    """Whether somebody is, or will be, asked by it; what the sweep is to look at within these seconds may end yet."""
    in_hand = clock.next_at is not None and now - GRACE < clock.next_at <= now
    return not in_hand and (is_heard or clock.due_at is not None or clock.next_at is not None)
