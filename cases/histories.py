"""The facts of children as they were known at any instant: rows with what was written over taken back.

`facts` reads what stands now. Here the same rows are read once, with the history of each, and put back in memory to how
they stood at an instant of the service's time; the rules by which facts are read are then the same. What is of no child
is as it stands now: homes and their roll-call times, authorities, and the names of people.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model

from cases import changes, escorts, fact_ways, stays, telling_contacts, turns
from cases.facts import ChildFacts
from cases.models import (
    Absence,
    AgeDecision,
    Allocation,
    Authority,
    BrokenGlass,
    Child,
    Contact,
    Event,
    HeadCount,
    Journey,
    JourneyConfirmation,
    JourneyStop,
    KeepFrom,
    LiveConcern,
    Membership,
    MissingEpisode,
    NrmReferral,
    Outcome,
    Placement,
    Responsibility,
    RiskGrade,
    Role,
    RollCallShift,
    RowChange,
    SafetyPlan,
    Transfer,
    Trigger,
)
from cases.models.concerns import times_kept
from cases.turns import Watch

_Row = TypeVar("_Row", bound=Model)
_SEEN = (Outcome.SEEN, Outcome.DID_NOT_WANT_TO_TALK)
# That a stay began or ended: what `cases.stays` asks of the log.
_MOVES = ("placement_started", "placement_ended")
# Every table of a child's rows that facts are read from, with the instant at which a row came to be. Of those that may
# come to be later than that, an event with the row as its subject says when.
_TABLES: Mapping[type[Model], str] = {
    Absence: "starts_at",
    AgeDecision: "recorded_at",
    Allocation: "starts_at",
    BrokenGlass: "at",
    Contact: "recorded_at",
    HeadCount: "raised_at",
    Journey: "planned_at",
    KeepFrom: "starts_at",
    LiveConcern: "starts_at",
    MissingEpisode: "opened_at",
    NrmReferral: "recorded_at",
    Placement: "starts_at",
    Responsibility: "starts_at",
    RiskGrade: "since",
    SafetyPlan: "recorded_at",
    Transfer: "referred_at",
    Trigger: "recorded_at",
}
_TOLD_LATER = (KeepFrom, LiveConcern, Placement)
_WITH: Mapping[type[Model], tuple[str, ...]] = {
    KeepFrom: ("user",),
    Placement: ("home",),
    Responsibility: ("authority",),
    Transfer: ("sender",),
}


@dataclass(frozen=True)
class _Change:
    """What stood in some columns of a row until an instant."""

    known_at: datetime
    before: Mapping[str, Any]


@dataclass
class Known:
    """All that is on record of one child, with when each of it was known; `instants` are those at which anything was."""

    child: Child
    instants: tuple[datetime, ...] = ()
    rows: dict[type[Model], list[tuple[datetime, Any]]] = field(default_factory=lambda: defaultdict(list))
    # By table and key, the newest first.
    changes: dict[tuple[str, int], list[_Change]] = field(default_factory=lambda: defaultdict(list))
    stops: dict[int, list[JourneyStop]] = field(default_factory=lambda: defaultdict(list))
    confirmed: list[JourneyConfirmation] = field(default_factory=list)
    shifts: list[RollCallShift] = field(default_factory=list)
    # When the starts and ends of the placements were written, by kind of event and placement.
    moves: dict[tuple[str, int | None], datetime] = field(default_factory=dict)
    predecessors: Mapping[int, frozenset[int]] = field(default_factory=dict)
    # When each person was a social worker of each team, as it stands now.
    roles: dict[tuple[int | None, int | None], list[tuple[datetime, datetime | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def of(self, model: type[_Row], at: datetime) -> list[_Row]:
        """The rows of this table that were there at `at`, as they stood."""
        return [self._stood(row, at) for known_at, row in self.rows.get(model, ()) if known_at <= at]

    def the_child(self, at: datetime) -> Child:
        """The child's own row as it stood."""
        return self._stood(self.child, at)

    def _stood(self, row: _Row, at: datetime) -> _Row:
        changed = [one for one in self.changes.get((row._meta.db_table, row.pk), ()) if one.known_at > at]
        if not changed and isinstance(row, Contact):
            # Of a long life there are thousands, and nobody writes on them.
            return row
        then = copy(row)
        for change in changed:
            for column, value in change.before.items():
                _put(then, column, value)
        return then


def read(ids: Collection[int]) -> dict[int, Known]:
    """Read these children with all their history, in a fixed number of queries; nothing is locked."""
    found = {child.pk: Known(child) for child in Child.objects.filter(pk__among=set(ids))}
    told = _read_events(found)
    for table, came in _TABLES.items():
        model: Any = table
        rows = model._default_manager.filter(child__among=set(found)).select_related(
            *_WITH.get(model, (None,))
        )
        for row in rows.order_by("pk"):
            at: datetime = getattr(row, came)
            if model in _TOLD_LATER:
                at = max(at, told.get((row._meta.model_name, row.pk), at))
            found[row.child_id].rows[model].append((at, row))
    _read_restored(found)
    _read_changes(found)
    _read_ways(found)
    _read_roles(found)
    _read_authorities(found)
    return found


def at(known: Known, instant: datetime) -> ChildFacts:
    """The facts of this child as `facts.load` would have read them at that instant, of the service's time."""
    child = known.the_child(instant)
    one = ChildFacts(child)
    one.placements = sorted(known.of(Placement, instant), key=lambda row: row.starts_at, reverse=True)
    one.episodes = sorted(known.of(MissingEpisode, instant), key=lambda row: row.number, reverse=True)
    for episode in one.episodes:
        episode.child = child
    one.concerns = known.of(LiveConcern, instant)
    one.absences = sorted(known.of(Absence, instant), key=lambda row: row.starts_at)
    one.triggers = sorted(known.of(Trigger, instant), key=lambda row: row.recorded_at)
    one.head_counts = sorted(known.of(HeadCount, instant), key=lambda row: (row.raised_at, row.pk))
    one.broken = sorted(known.of(BrokenGlass, instant), key=lambda row: row.at)
    one.nrm = sorted(known.of(NrmReferral, instant), key=lambda row: (row.recorded_at, row.pk))
    one.age_decisions = sorted(known.of(AgeDecision, instant), key=lambda row: (row.recorded_at, row.pk))
    grades = sorted(known.of(RiskGrade, instant), key=lambda row: row.since)
    one.grades = grades if any(row.since < child.risk_since for row in grades) else []
    plans = sorted(known.of(SafetyPlan, instant), key=lambda row: (row.recorded_at, row.pk))
    one.plans = plans if any(row.contact_row for row in plans) else []
    given = [row for row in known.of(Allocation, instant) if row.worker_id is not None]
    one.allocations = sorted(given, key=lambda row: row.starts_at)
    one.keep_from = sorted(known.of(KeepFrom, instant), key=lambda row: (row.starts_at, row.pk))
    for row in one.allocations:
        held = turns.within(Watch(row.starts_at, row.ends_at), known.roles[row.worker_id, row.team_id])
        one.worked += turns.outside(held, times_kept(one.keep_from, row.worker_id))
    transfers = sorted(known.of(Transfer, instant), key=lambda row: (row.referred_at, row.pk))
    one.transfer = transfers[-1] if transfers else None
    _put_authority(one, known, instant)
    marks = [mark for mark in one.keep_from if mark.ends_at is None]
    told = _Told(known, marks, instant)
    one.contacts = told.telling()
    _put_journey(one, known, told, instant)
    homes = {placement.home_id for placement in one.placements}
    one.shifts = [shift for shift in known.shifts if shift.home_id in homes]
    one.written = dict(known.moves)
    one.stays = stays.stays(one.placements, one.written) if one.shifts else []
    return one


def forget(known: Known, before: datetime) -> None:
    """Leave out the contacts that change no facts from `before` on: of a long life there are thousands.

    What stands since, is strong and was never written over is the last of its organisation at least; what that
    organisation said long before it can be neither the last strong contact nor the last of another, nor near either. Where
    the child is kept from anybody all of them stay.
    """
    if known.rows.get(KeepFrom):
        return
    table = Contact._meta.db_table
    standing = [
        row
        for _at, row in known.rows[Contact]
        if row.recorded_at <= before and not known.changes.get((table, row.pk)) and _is_strong(row)
    ]
    last: dict[str, datetime] = {}
    for row in standing:
        if row.withdrawn_at is None:
            last[row.organisation] = max(row.happened_at, last.get(row.organisation, row.happened_at))
    if not last:
        return
    since, confirmed = max(last.values()), {row.contact_id for row in known.confirmed}
    known.rows[Contact] = [
        (at, row)
        for at, row in known.rows[Contact]
        if row.happened_at >= since - telling_contacts.READ_BACK
        or row.pk in confirmed
        or (_is_strong(row) and row.happened_at >= last.get(row.organisation, row.happened_at))
    ]


def _is_strong(contact: Contact) -> bool:
    return contact.outcome in _SEEN and contact.means == "face_to_face" and contact.knows_child


class _Told:
    """The contacts of one child at one instant, and whose word of them counts."""

    def __init__(self, known: Known, marks: Sequence[KeepFrom], instant: datetime) -> None:
        self.marks = marks
        found = known.of(Contact, instant)
        self.standing = [row for row in found if row.withdrawn_at is None]
        self.of_escorts = {row.pk for row in self._by_escorts(known.of(Journey, instant), found)}
        self.named = {row.pk for row in self.standing if self._is_named(row)}

    def is_barred(self, contact: Contact) -> bool:
        """Whether it is the word of the account of somebody who is kept from the child."""
        kept = {mark.user_id for mark in self.marks}
        return contact.recorded_by_id in kept or contact.witness_user_id in kept

    def telling(self) -> list[Contact]:
        """What `telling_contacts` reads, in order."""
        told = [row for row in self.standing if row.outcome in _SEEN]
        told = [row for row in told if row.pk not in self.of_escorts | self.named]
        strong = [row for row in told if self._is_strong(row)]
        last = max(strong, key=_by_time, default=None)
        if last is None:
            found = told
        else:
            since = last.happened_at - telling_contacts.READ_BACK
            found = [row for row in told if row.happened_at >= since]
            others = sorted((row for row in strong if row.organisation != last.organisation), key=_by_time)
            found += [row for row in others[-1:] if row not in found]
        return sorted((row for row in found if not self.is_barred(row)), key=_by_time)

    def _is_strong(self, contact: Contact) -> bool:
        return contact.means == "face_to_face" and contact.knows_child and not self.is_barred(contact)

    def _is_named(self, contact: Contact) -> bool:
        """Whether another wrote it down as seen by, or as told by, somebody who is kept from the child."""
        if not self.marks:
            return False
        if contact.witness_user_id is not None and contact.witness_user_id == contact.recorded_by_id:
            return False
        said = {escorts.plain(contact.witness), escorts.plain(contact.told_by)}
        return any(escorts.plain(mark.user.name) in said - {""} for mark in self.marks)

    def _by_escorts(self, journeys: Sequence[Journey], found: Sequence[Contact]) -> Iterable[Contact]:
        barred = {
            escort[0]
            for mark in self.marks
            for journey in journeys
            for escort in journey.escorts
            if escorts.is_same(escort, mark.user)
        }
        return (row for row in found if row.witness_role == "other" and row.witness in barred)


def _by_time(contact: Contact) -> tuple[datetime, int]:
    return contact.happened_at, contact.pk


def _put_authority(one: ChildFacts, known: Known, instant: datetime) -> None:
    rows = sorted(known.of(Responsibility, instant), key=lambda row: row.starts_at)
    one.responsible = tuple((row.starts_at, row.authority_id) for row in rows)
    last = rows[-1] if rows else None
    if last is not None:
        one.nation, one.authority_id = last.authority.nation, last.authority_id
        one.responsible_since = last.starts_at
        handed_over = [row.starts_at for row in rows if row.arrived_at]
        one.handed_over_since = max(handed_over, default=None)
        one.predecessors = known.predecessors.get(last.authority_id, frozenset())


def _put_journey(one: ChildFacts, known: Known, told: _Told, instant: datetime) -> None:
    one.brought_at = one.last_brought_at(journeys := known.of(Journey, instant))
    for journey in sorted(journeys, key=lambda one: one.pk):
        counted = {row.pk: row for row in told.standing if not told.is_barred(row)}
        confirmed = [
            row
            for row in known.confirmed
            if row.recorded_at <= instant
            and row.stop.journey_id == journey.pk
            and row.contact_id in counted.keys() - told.of_escorts
        ]
        fact_ways.put(one, journey, known.stops[journey.pk], confirmed)


def _put(row: Model, column: str, value: Any) -> None:
    """Put what PostgreSQL wrote of a column back; a column that is gone since is left out."""
    for one in row._meta.concrete_fields:
        if one.column == column:
            kind: Any = getattr(one, "target_field", one)
            setattr(row, one.attname, kind.to_python(value))


def _read_events(found: Mapping[int, Known]) -> dict[tuple[str, int], datetime]:
    """Put down at which instants anything was known; gives when each row was first the subject of an event."""
    first: dict[tuple[str, int], datetime] = {}
    instants: dict[int, set[datetime]] = defaultdict(set)
    events = Event.objects.filter(child__among=set(found)).order_by("child", "number")
    for child_id, kind, subject, pk, at in events.values_list(
        "child", "kind", "subject_type", "subject_id", "recorded_at"
    ):
        instants[child_id].add(at)
        if pk is not None:
            first.setdefault((subject, pk), at)
        if kind in _MOVES:
            found[child_id].moves[kind, pk] = at
    for child_id, moments in instants.items():
        found[child_id].instants = tuple(sorted(moments))
    return first


def _read_restored(found: Mapping[int, Known]) -> None:
    """A grade that came back counts from the end of the lower one, and was known from when the sweep had seen to it."""
    restored = Event.objects.filter(child__among=set(found), kind="risk_restored")
    later = {
        (child_id, since): at
        for child_id, since, at in restored.values_list("child", "happened_at", "recorded_at")
    }
    for child_id, known in found.items():
        known.rows[RiskGrade] = [
            (later.get((child_id, since), since), row) for since, row in known.rows[RiskGrade]
        ]


def _read_changes(found: Mapping[int, Known]) -> None:
    kept: tuple[type[Model], ...] = (Child, *_TABLES)
    tables = [model._meta.db_table for model in kept]
    rows = changes.known(RowChange.objects.filter(child__in=set(found), table__in=tables)).order_by("-pk")
    for row in rows:
        pairs = json.loads(row.values or "{}")
        before = {column: pair[0] for column, pair in pairs.items() if pair}
        found[row.child_id].changes[row.table, row.row].append(_Change(row.known_at, before))


def _read_roles(found: Mapping[int, Known]) -> None:
    """When those who were given these children's work were social workers of that team."""
    given = {row.worker_id for one in found.values() for _at, row in one.rows[Allocation]} - {None}
    held = Membership.objects.filter(user__in=given, role=Role.SOCIAL_WORKER).order_by("starts_at", "pk")
    periods = list(held.values_list("user", "team", "starts_at", "ends_at"))
    for one in found.values():
        for user_id, team_id, starts_at, ends_at in periods:
            one.roles[user_id, team_id].append((starts_at, ends_at))


def _read_ways(found: Mapping[int, Known]) -> None:
    """The stops of every journey and where the child was confirmed, and the roll-call times of every home of theirs."""
    children = {"journey__child__among": set(found)}
    for stop in JourneyStop.objects.filter(**children).select_related("journey"):
        found[stop.journey.child_id].stops[stop.journey_id].append(stop)
    rows = JourneyConfirmation.objects.filter(contact__child__among=set(found)).order_by("pk")
    for row in rows.select_related("stop", "contact"):
        found[row.contact.child_id].confirmed.append(row)
    homes: dict[int, list[Known]] = defaultdict(list)
    for known in found.values():
        for home_id in {row.home_id for _at, row in known.rows[Placement]}:
            homes[home_id].append(known)
    for shift in RollCallShift.objects.filter(home__in=[home_id for home_id in homes if home_id is not None]):
        for known in homes[shift.home_id]:
            known.shifts.append(shift)


def _read_authorities(found: Mapping[int, Known]) -> None:
    """Whose place each authority has taken, as it stands now."""
    held = {row.authority_id for one in found.values() for _at, row in one.rows[Responsibility]}
    before: dict[int, set[int]] = defaultdict(set)
    for old, new in Authority.objects.filter(successors__in=held).values_list("pk", "successors"):
        before[new].add(old)
    for known in found.values():
        known.predecessors = {new: frozenset(before[new]) for new in before}
