"""Clocks of homes follow facts: recomputed in the commit that changed who lives there or when the building was checked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from alerts import night_checks, policy_shelf, watching
from alerts.models import HomeAlert, HomeClock
from alerts.night_checks import Covered, HomeFacts
from alerts.schedule import Applies, Step
from alerts.watching import Watched
from cases import bulk, home_log
from cases.models import BuildingCheck, Home, Placement
from cases.signals import homes_changed
from cases.states import EpisodeOutcome, EpisodeStatus
from cases.worded import Question, worded

# Nobody is awake at night where a carer's family sleeps: these owe no checks of the building by waking staff.
NOBODY_AWAKE = (
    Placement.Type.FOSTER,
    Placement.Type.FOSTER_LONG,
    Placement.Type.RELATIVE,
    Placement.Type.RELATIVE_OTHER,
    Placement.Type.PARENT,
)
# The only row that asks for checks in the default policy; it lasts so long from an arrival or a move.
SHORT_ROWS = frozenset({"first_72_hours"})
SHORT = timedelta(days=5)
# A check or a stay that ended longer ago decides nothing any more.
LOOKED_BACK = timedelta(days=4)

# Whether these children have lived, since `recent`, where somebody is awake at night.
AWAKE = (
    "awake",
    f"""cases_placement
        WHERE child_id = ANY (%(ids)s) AND home_id IS NOT NULL AND type NOT IN {tuple(map(str, NOBODY_AWAKE))}
          AND (ends_at IS NULL OR ends_at >= %(recent)s)""",
)
Period = tuple[datetime, datetime | None]


@dataclass
class Night:
    """One home with all that its clock is computed from, and the children because of whom it owes checks."""

    home: Home
    facts: HomeFacts = field(default_factory=HomeFacts)
    children: list[Watched] = field(default_factory=list)


def listen() -> None:
    """Answer the bell of homes; that of children, which is about theirs too, is answered by `bell`."""
    homes_changed.connect(_on_homes_changed, dispatch_uid="alerts.home_clocks")


def _on_homes_changed(sender: object, ids: Collection[int], at: datetime, **kwargs: object) -> None:
    recompute(ids, at=at)


def hear(ids: Collection[int], *, at: datetime) -> None:
    """Something of these children has changed: the clocks of their homes follow."""
    recompute(_homes_concerned(ids, at), at=at)


def _homes_concerned(child_ids: Collection[int], at: datetime) -> list[int]:
    """The homes of these children that owe checks or may come to: a settled house costs one question."""
    recent = _awake(child_ids, at)
    found = {
        (home_id, running is not None or max(starts_at, arrived_at) > at - SHORT)
        for home_id, starts_at, arrived_at, running in recent
        if home_id is not None
    }
    likely = {home_id for home_id, is_likely in found if is_likely}
    others = {home_id for home_id, _ in found} - likely
    if others and policy_shelf.ask_for_checks(but=SHORT_ROWS):
        likely |= others
    return sorted(likely)


@worded
def _awake(ids: Any, at: Any) -> QuerySet[Placement, Any]:
    rows = Placement.objects.filter(child__among=ids, home__isnull=False).exclude(type__in=NOBODY_AWAKE)
    recent = rows.exclude(ends_at__lt=at - LOOKED_BACK)
    return recent.values_list("home", "starts_at", "child__arrived_at", "home__clock__next_at")


def recompute(home_ids: Collection[int], *, at: datetime) -> None:
    """Lock these homes, read their facts and write the difference to their clocks; children are locked before homes."""
    if not home_ids:
        return
    locked = home_log.lock(home_ids)
    nights = load(locked, at=at)
    standing = {clock.home_id: clock for clock in HomeClock.objects.filter(home__in=locked)}
    alerts = open_alerts(locked)
    changed, new = [], []
    for home_id, night in nights.items():
        clock = standing.get(home_id)
        fresh = clock or HomeClock(home_id=home_id)
        before = None if clock is None else _values(clock)
        write(fresh, night.facts, alerts.get(home_id), at=at)
        if clock is None:
            if fresh.next_at is not None:
                new.append(fresh)
        elif before != _values(fresh):
            changed.append(fresh)
    bulk.create(new)
    bulk.change(changed, FIELDS)


FIELDS = [
    "opens_at",
    "due_at",
    "lapses_at",
    "window",
    "rows",
    "steps",
    "next_at",
    "faults",
    "fault",
    "set_aside_until",
]


def _values(clock: HomeClock) -> tuple[object, ...]:
    return tuple(getattr(clock, name) for name in FIELDS)


def write(clock: HomeClock, facts: HomeFacts, alert: HomeAlert | None, *, at: datetime) -> None:
    """Set the clock's fields: the check that is owed, its steps to come, and when the sweep must look."""
    standing = standing_of(alert)
    decided = night_checks.decide(facts, standing, at)
    owed = night_checks.owed(facts, after=at)
    clock.faults, clock.fault, clock.set_aside_until = 0, "", None
    clock.opens_at = owed.opens_at if owed else None
    clock.due_at = owed.due_at if owed else None
    clock.lapses_at = owed.lapses_at if owed else None
    clock.window, clock.rows = (owed.window, list(owed.rows)) if owed else ("", [])
    over = isinstance(decided, night_checks.StandDown)
    climbed = standing.climbed if standing is not None and not over else frozenset()
    steps = night_checks.instants(owed, None if over else standing) if owed else {}
    clock.steps = {step.value: moment.isoformat() for step, moment in steps.items() if step not in climbed}
    if isinstance(decided, night_checks.StandDown):
        clock.next_at = at
    elif isinstance(decided, night_checks.Climb):
        clock.next_at = decided.steps[0][1]
    else:
        clock.next_at = decided.next_at


def standing_of(alert: HomeAlert | None) -> night_checks.Standing | None:
    """The open alert as the calculator's value."""
    if alert is None:
        return None
    return night_checks.Standing(
        alert.opens_at,
        alert.due_at,
        {Step(step): datetime.fromisoformat(moment) for step, moment in alert.steps.items()},
        frozenset(Step(row.step) for row in alert.climbed.all()),
    )


def open_alerts(home_ids: Collection[int]) -> dict[int, HomeAlert]:
    """The open alert of each of these homes, with the steps it climbed."""
    rows = HomeAlert.objects.open().filter(home__in=home_ids).prefetch_related("climbed")
    return {alert.home_id: alert for alert in rows}


_HOMES = Question(lambda ids: Home.objects.filter(pk__among=ids))
_HERE = Question(
    lambda homes, at: (
        Placement.objects.filter(home__among=homes)
        .exclude(type__in=NOBODY_AWAKE)
        .exclude(ends_at__lt=at - LOOKED_BACK)
        .values_list("child", flat=True)
    )
)
_CHECKS = Question(
    lambda homes, at: (
        BuildingCheck.objects.standing()
        .filter(home__among=homes)
        .happened_since(at - LOOKED_BACK)
        .order_by("happened_at")
        .values_list("home", "happened_at")
    )
)


def load(home_ids: Collection[int], *, whole: bool = False, at: datetime) -> dict[int, Night]:
    """Read these homes' facts in a fixed number of queries; whoever decides on them has locked the homes.

    Those of the children from every table (`watching.whole`) for whoever checks what was read.
    """
    nights = {home.pk: Night(home) for home in _HOMES({*home_ids})}
    ids = set(_HERE(nights.keys(), at)) if nights else set()
    spans: dict[int, list[Covered]] = defaultdict(list)
    watched: Mapping[int, Watched] = {}
    if ids:
        watched = watching.whole(ids, at=at) if whole else watching.watch(ids, at=at)
    for one in watched.values():
        for home_id, covered in _stays(one):
            if home_id in nights:
                spans[home_id].append(covered)
                if one not in nights[home_id].children:
                    nights[home_id].children.append(one)
    checks: dict[int, list[datetime]] = defaultdict(list)
    for home_id, happened_at in _CHECKS(spans.keys(), at) if spans else ():
        checks[home_id].append(happened_at)
    for home_id, night in nights.items():
        night.facts = HomeFacts(tuple(spans[home_id]), tuple(checks[home_id]))
    return nights


def _stays(one: Watched) -> Iterable[tuple[int, Covered]]:
    """Each span in which this child lives in a home under a row that asks for checks, and is in the building.

    Of a placement that was written late from then on: the home did not have the child on record before.
    """
    for placement, (since, _until) in zip(one.child.placements, one.child.known_placements, strict=True):
        if placement.home_id is None or placement.type in NOBODY_AWAKE:
            continue
        for applies in one.applies:
            row = applies.row
            if not row.checks:
                continue
            span = _common(
                (since, placement.ends_at), (applies.starts_at, _goes_on_until(applies, one.applies))
            )
            for starts_at, ends_at in _without(span, _elsewhere(one)):
                if applies.ends_at is None or starts_at < applies.ends_at:
                    covered = Covered(
                        row.key, starts_at, ends_at, row.checks, row.check_steps, applies.ends_at
                    )
                    yield placement.home_id, covered


def _goes_on_until(applies: Applies, every: Iterable[Applies]) -> datetime | None:
    """When the row ends for the child, whatever its version then: a check is whole under the one it opens under."""
    ends_at = applies.ends_at
    for later in sorted((a for a in every if a.row.key == applies.row.key), key=lambda a: a.starts_at):
        if later.starts_at == ends_at and later.row.checks:
            ends_at = later.ends_at
    return ends_at


def _elsewhere(one: Watched) -> Iterable[Period]:
    """When the child is not in the building, as far as is known: nobody is to be checked on then."""
    for absence in one.child.absences:
        # Until somebody wrote that it was over, whatever time they typed: the home was not asked before.
        over_at = max(filter(None, (absence.ends_at, absence.ended_recorded_at)), default=None)
        yield absence.starts_at, over_at
    for episode in one.child.episodes:
        # What silence opened and nobody has confirmed is a doubt about the record: the building is checked on.
        if episode.status in (EpisodeStatus.MISSING, EpisodeStatus.AWAY):
            yield episode.opened_at, None
        elif episode.ended_at is not None and episode.outcome != EpisodeOutcome.RECORDING_LATE:
            yield episode.opened_at, episode.ended_at
    if one.child.watched_until is not None:
        yield one.child.watched_until, None


def _common(first: Period, second: Period) -> list[Period]:
    starts_at = max(first[0], second[0])
    ends_at = min((end for end in (first[1], second[1]) if end is not None), default=None)
    return [(starts_at, ends_at)] if ends_at is None or starts_at < ends_at else []


def _without(spans: Sequence[Period], holes: Iterable[Period]) -> list[Period]:
    left = list(spans)
    for start, end in holes:
        parts: list[Period] = []
        for span in left:
            before = _common(span, (span[0], start))
            after = [] if end is None else _common(span, (end, None))
            parts += [*(before if start > span[0] else []), *after]
        left = parts
    return left
