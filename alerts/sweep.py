"""The sweep makes alerts agree with facts: any number may run at once, and a late one does what a punctual one did."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Value

from alerts import (
    because_of_others,
    brought_back,
    clocks,
    digests,
    due_clocks,
    escalations,
    home_alerts,
    lasting,
    matter_clocks,
    outages,
    probes,
    readings,
    second_calls,
    stored_clocks,
    unread,
    untaken_shifts,
    watching,
)
from alerts.escalations import Due
from alerts.models import Clock, DutyTask, HomeClock, MatterClock, Outage
from alerts.watching import Watched
from cases import attempts, care, found_mates, head_counts, mark_ends, risk_ends
from cases.headroom import with_headroom
from cases.litter import left_lying
from cases.models import Child, Placement
from cases.worded import Question, worded

logger = structlog.get_logger(__name__)

# A record that fails is set aside for 5, 10, 20 … seconds, at most 10 minutes, and reported each time.
SET_ASIDE = timedelta(seconds=5)
SET_ASIDE_AT_MOST = timedelta(minutes=10)
# So many batches are looked through for children that nobody else holds.
BATCHES_HELD = 10
# Advisory locks on homes: a whole silent house is handled by one sweeper.
HOME_LOCKS = 7_201
# What may be lifted until a day.
MARKS = ("restriction", "kept", "concern", "care")


_PLACED = Question(
    lambda ids: Placement.objects.filter(child__among=ids, ends_at=None, home__isnull=False).values_list(
        "child", "home"
    )
)
_UNHELD = Question(
    lambda ids: Child.objects.filter(pk__among=ids).unheld().order_by("pk").values_list("pk", flat=True)
)


@dataclass(frozen=True)
class Swept:
    """What one batch did: clocks decided and children asked for, what failed, and whether more may be due.

    `failed` counts the records that are set aside by now, and `faults` what else failed, which is tried again with the
    next sweep.
    """

    clocks: int
    failed: int
    more: bool
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def failures(self) -> int:
        """How much failed in all."""
        return self.failed + self.faults.total()


@with_headroom
def sweep(*, now: datetime, batch: int | None = None) -> Swept:
    """Handle one batch of due clocks, most urgent rung first; return what was done.

    Open episodes are not kept waiting by what is no record: where both are due they are a batch of
    their own. Homes are asked for a roll-call after an outage once those have been handled.
    """
    size = batch or settings.SWEEP_BATCH
    with attempts.counted() as faults:
        done, failed, more = _works(now, size)
    if faults:
        _keep(faults, now)
    return Swept(done, failed, more, faults)


def _keep(faults: Collection[str], now: datetime) -> None:
    try:
        lasting.note(faults, at=now)
    except Exception:
        logger.exception("faults_not_kept")


def _works(now: datetime, size: int) -> tuple[int, int, bool]:
    """Do each work that has anything to do; return those done and failed, and whether more may be due."""
    waiting = _waiting(now)
    if "grade" in waiting:
        # First, for what watches more closely may be owed already.
        brought_back.restore_risks(now)
    if not waiting.isdisjoint(MARKS):
        brought_back.bring_marks_back(now)
    done, failed, more, alone = _sweep_clocks(now, size) if "clock" in waiting else (0, 0, False, False)
    if done:
        # What they opened may be owed already.
        waiting = _waiting(now)
    if looked := because_of_others.tell(now, waiting):
        # Whoever is asked for is to be told at once: with the next batch.
        done, more = done + looked, True
    _owe_the_rest(waiting if not alone else waiting - {"outage"}, now)
    if not waiting.isdisjoint({"home", "task"}):
        second, unrung = _ring_second(now)
        done, failed = done + second, failed + unrung
    return done, failed, more


def _sweep_clocks(now: datetime, size: int) -> tuple[int, int, bool, bool]:
    """Handle one batch of due clocks; return those done and failed, whether more may be due, and whether others wait for it.

    Where others hold every child of a batch, the next ones are looked at.
    """
    for start in range(0, size * BATCHES_HELD, size):
        due = due_clocks.batch(start, size, now)
        done, failed, alone = _sweep_batch(due, now, size)
        if done or failed or len(due) < size:
            break
    return done, failed, alone or len(due) == size, alone


def _sweep_batch(due: Collection[tuple[int, int]], now: datetime, size: int) -> tuple[int, int, bool]:
    """Handle these: open episodes in a commit of their own, and the others only where no episode was due."""
    first = [child_id for child_id, waits in due if not waits]
    later = [child_id for child_id, waits in due if waits]
    done, failed = _try(first, now, most=size * 4)
    # Whoever holds the children of all open episodes must not hold up the others too.
    alone = bool(done and later)
    if later and not alone:
        more_done, more_failed = _try(later, now, most=size * 4)
        done, failed = done + more_done, failed + more_failed
    return done, failed, alone


def _waiting(now: datetime) -> set[str]:
    """Which of the sweep's works have anything to do: one look at all of them, since mostly none has."""
    try:
        return {work for (work,) in _look(now)}
    except Exception:
        # A question about one work must not keep the clocks from being swept: each looks for itself then.
        logger.exception("look_failed")
        attempts.count("look_failed")
        alone = "grade clock outage shift matter digest home task"
        return {*MARKS, *because_of_others.WORKS, *alone.split()}


@worded
def _look(now: Any) -> QuerySet[Any, Any]:
    """That look: the name of each work of which a row waits."""
    works: dict[str, QuerySet[Any]] = {
        "grade": risk_ends.over(now),
        "restriction": mark_ends.restrictions_over(now),
        "concern": mark_ends.concerns_over(now),
        "kept": mark_ends.keep_from_over(now),
        "care": care.over(now),
        because_of_others.OTHERS: head_counts.begun_lately(now),
        because_of_others.NEEDLESS: head_counts.needless(now),
        because_of_others.MATES: found_mates.found_lately(now),
        because_of_others.UNFOUND: found_mates.needless(),
        "clock": Clock.objects.due(now),
        "outage": Outage.objects.unasked(),
        "shift": untaken_shifts.untold(now),
        "matter": matter_clocks.waiting(now),
        "digest": digests.waiting(now),
        "home": HomeClock.objects.due(now),
        "task": DutyTask.objects.untaken_at(now),
    }
    first, *others = [
        found.order_by().annotate(work=Value(work)).values_list("work")[:1] for work, found in works.items()
    ]
    return first.union(*others, all=True)


def _try(child_ids: Collection[int], now: datetime, *, most: int) -> tuple[int, int]:
    if not child_ids:
        return 0, 0
    try:
        with left_lying(), transaction.atomic():
            return _handle(child_ids, now, most=most), 0
    except Exception:
        logger.exception("sweep_batch_failed", children=len(set(child_ids)))
        return _one_by_one(child_ids, now)


def sweep_all(*, now: datetime, batch: int | None = None) -> Swept:
    """Handle batch after batch until nothing more is due at `now`; each batch is a commit of its own."""
    clocks_done = failed = 0
    faults: Counter[str] = Counter()
    while True:
        swept = sweep(now=now, batch=batch)
        clocks_done, failed = clocks_done + swept.clocks, failed + swept.failed
        # With each batch it is tried again: what fails in all of them has failed once.
        faults |= swept.faults
        if not swept.more or not swept.clocks:
            return Swept(clocks_done, failed, more=False, faults=faults)


def set_aside(now: datetime) -> int:
    """How many records are set aside at `now`: they failed, in this sweep or before, and wait for their next try."""
    rows = (Clock.objects, HomeClock.objects, MatterClock.objects)
    return sum(one.filter(set_aside_until__gt=now).count() for one in rows)


def _owe_the_rest(waiting: Collection[str], now: datetime) -> None:
    """Owe what no clock owes, daily lists last. The canary waits for nothing: its fault is seen when it stays away."""
    if "outage" in waiting:
        _tried("asking_after_outage_failed", outages.ask, now)
    _tried("canary_not_owed", probes.send_canary, now)
    if "shift" in waiting:
        _tried("untaken_shifts_not_told", untaken_shifts.tell, now)
    if "matter" in waiting:
        _tried("matters_not_told", matter_clocks.tell, now)
    if "digest" in waiting:
        _tried("digests_not_owed", digests.owe, now)


def _tried(fault: str, owe: Callable[..., object], now: datetime) -> None:
    """What fails is tried again with the next sweep and stops no clock."""
    try:
        owe(now=now)
    except Exception:
        logger.exception(fault)
        attempts.count(fault)


def _ring_second(now: datetime) -> tuple[int, int]:
    """Look at the clocks of homes and ring through what nobody took; what fails there must not stop the clocks."""
    of_homes, failed = home_alerts.sweep(now=now)
    try:
        return second_calls.ring_second(now=now) + of_homes, failed
    except Exception:
        logger.exception("ring_second_failed")
        # Those that fail are counted among the faults.
        rung, _unrung = second_calls.ring_second_one_by_one(now=now)
        return rung + of_homes, failed


def _handle(child_ids: Collection[int], now: datetime, *, most: int, kind: str = "") -> int:
    """Lock the children (never the clocks), read clocks and facts again, decide, and write: one commit.

    Up to `most` others due in the same homes are taken along; none when they are tried one by one. With `kind` only
    the clocks of one kind are handled.
    """
    children = _lock(_whole_houses(child_ids, now, most))
    due = [clock for clock in due_clocks.of(set(children), now) if not kind or clock.kind == kind]
    if not due:
        return 0
    papers = any(clock.kind == Clock.Kind.PAPERWORK for clock in due)
    watched = watching.watch({clock.child_id for clock in due}, papers=papers, at=now)
    alerts = clocks.open_alerts([clock.pk for clock in due])
    dues = [
        one for clock in due if (one := _decided(clock, watched[clock.child_id], alerts.get(clock.pk), now))
    ]
    changed = escalations.stand_down(dues, at=now)
    changed |= escalations.climb(
        [one for one in dues if one.child.pk not in changed or _is_call(one)], at=now
    )
    stale = {one.child.pk for one in dues if not _climbed(one)}
    stored_clocks.store([one.clock for one in dues if one.child.pk not in changed | stale])
    sought = {one.child.pk for one in dues if one.begins_search}
    _rest_papers(sought, papers, now)
    clocks.recompute((changed | stale) - sought, papers=papers, at=now)
    return len(dues)


def _rest_papers(sought: Collection[int], papers: bool, now: datetime) -> None:
    """Of children who are looked for from now on paper rests, whether or not any of it is due.

    What nobody can read of it must not keep the search from beginning: it stays as it stands then.
    """
    try:
        with transaction.atomic():
            clocks.recompute(sought, at=now)
    except Exception:
        logger.exception("papers_not_rested", children=len(sought))
        attempts.count("papers_not_rested")
        clocks.recompute(sought, papers=papers, at=now)


def _decided(clock: Clock, one: Watched, alert: clocks.Alert | None, now: datetime) -> Due | None:
    """The clock with its decision on the facts as they are now; the facts may have moved it since it was chosen."""
    for reading in readings.of_kind(one, clock.kind):
        if reading.key == clock.key:
            decision, steps = clocks.decide(reading, one, alert, now)
            climbed = clocks.climbed_steps(alert)
            clock.steps = {s: moment.isoformat() for s, moment in steps.items() if s not in climbed}
            return Due(clock, reading, one, alert, decision)
    return None


def _is_call(due: Due) -> bool:
    return due.reading.call is not None


def _climbed(due: Due) -> bool:
    return bool(getattr(due.decision, "steps", ()))


def _whole_houses(child_ids: Collection[int], now: datetime, most: int) -> set[int]:
    """These children and up to `most` others due in the same homes, less the homes that another sweeper is handling."""
    wanted = set(child_ids)
    placed = dict(_PLACED(wanted))
    homes = sorted(set(placed.values()))
    free = _try_homes(homes)
    wanted -= {child_id for child_id, home_id in placed.items() if home_id not in free}
    return wanted | set(due_clocks.housemates(free, most, now) if most else ())


def _try_homes(homes: Collection[int]) -> set[int]:
    if not homes:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT home, pg_try_advisory_xact_lock(%s, home) FROM unnest(%s::int[]) AS home",
            [HOME_LOCKS, list(homes)],
        )
        return {home for home, locked in cursor.fetchall() if locked}


def _lock(child_ids: Collection[int]) -> list[int]:
    """Lock those children that nobody else holds; a verb at work on one of them is not waited for."""
    return _UNHELD(set(child_ids))


def _one_by_one(child_ids: Collection[int], now: datetime) -> tuple[int, int]:
    """Try each child of a failed batch by itself, so that one record that fails does not stop the rest."""
    done = failed = 0
    for child_id in dict.fromkeys(child_ids):
        try:
            with transaction.atomic():
                # Without the rest of the house: one who fails would take the others along every time.
                done += _handle([child_id], now, most=0)
        except Exception:
            logger.exception("child_failed", child=child_id)
            done += _kind_by_kind(child_id, now)
            failed += 1
    return done, failed


def _kind_by_kind(child_id: int, now: datetime) -> int:
    """Try each kind of clock of a child that fails by itself: a paper that nobody can read must not silence the police call."""
    done = 0
    due = Clock.objects.due(now).filter(child=child_id)
    for kind in dict.fromkeys(due.values_list("kind", flat=True)):
        try:
            with transaction.atomic():
                done += _handle([child_id], now, most=0, kind=kind)
        except Exception as error:  # noqa: BLE001 - any fault of one record
            _set_aside(child_id, kind, error, now)
    return done


def _set_aside(child_id: int, kind: str, error: Exception, now: datetime) -> None:
    logger.error("record_fails", child=child_id, kind=kind, error=type(error).__name__)
    for clock in Clock.objects.due(now).filter(child=child_id, kind=kind):
        pause = min(SET_ASIDE * 2 ** min(clock.faults, 10), SET_ASIDE_AT_MOST)
        Clock.objects.filter(pk=clock.pk).update(
            faults=min(clock.faults + 1, 1000),
            fault=f"{type(error).__name__}: {error}"[:300],
            set_aside_until=now + pause,
        )
        clock.faults += 1
        _ask_duty(clock, now)


def _ask_duty(clock: Clock, now: datetime) -> None:
    """Nothing climbs of a record that nobody can read: a person rings. Where that fails too it is counted."""
    try:
        unread.ask(clock, now=now)
    except Exception:
        logger.exception("duty_not_asked", child=clock.child_id)
        attempts.count("duty_not_asked")
