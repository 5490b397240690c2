"""The one home of reading facts for a decision: a few queries for any number of children."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Model

from cases import as_adult, fact_rows, fact_ways, journey_times, presence, stays, telling_contacts, turns
from cases.models import (
    Absence,
    AgeDecision,
    Allocation,
    BrokenGlass,
    Child,
    Contact,
    HeadCount,
    Journey,
    KeepFrom,
    LiveConcern,
    MissingEpisode,
    NrmReferral,
    Placement,
    RiskGrade,
    Role,
    RollCallShift,
    SafetyPlan,
    Transfer,
    Trigger,
)
from cases.models.concerns import times_kept
from cases.states import AgeStatus, EpisodeOutcome, EpisodeStatus, TransferStatus
from cases.stays import Stay
from cases.turns import Watch
from cases.worded import Question


@dataclass
class ChildFacts:
    """One child's facts, as rows: what the clocks, the ladder and the screens decide on."""

    child: Child
    placements: list[Placement] = field(default_factory=list)
    concerns: list[LiveConcern] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    # Of every home in which the child has lived, and when each was theirs; both empty where none has its own times.
    shifts: list[RollCallShift] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    # When the starts and ends of its placements were written, by event and placement, where that may have been later.
    written: dict[tuple[str, int | None], datetime] = field(default_factory=dict)
    episodes: list[MissingEpisode] = field(default_factory=list)
    # Of a child whose risk was another before.
    grades: list[RiskGrade] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    # That another child is missing, so that this one is to be seen, in order.
    head_counts: list[HeadCount] = field(default_factory=list)
    nrm: list[NrmReferral] = field(default_factory=list)
    broken: list[BrokenGlass] = field(default_factory=list)
    age_decisions: list[AgeDecision] = field(default_factory=list)
    # Of a child one of whose plans asks for closer contact, in order.
    plans: list[SafetyPlan] = field(default_factory=list)
    keep_from: list[KeepFrom] = field(default_factory=list)
    # Of the periods with a social worker alone, in order.
    allocations: list[Allocation] = field(default_factory=list)
    # When a social worker of the team, from whom the child was not kept, had the work: no more than they had that role.
    worked: list[Watch] = field(default_factory=list)
    # Of the authority that is responsible: its working days count.
    nation: str = ""
    authority_id: int | None = None
    # Since when it is, and of whom it has taken the place: where the child lived in their area no other hosts the child.
    responsible_since: datetime | None = None
    # Since when by a transfer; None of a child who came by none. A merger passes the child on with its team and worker.
    handed_over_since: datetime | None = None
    predecessors: frozenset[int] = frozenset()
    # The authorities that were responsible one after the other, each since when.
    responsible: tuple[tuple[datetime, int], ...] = ()
    # The last one, open or not.
    transfer: Transfer | None = None
    # The open one, with its stops and when the child was seen at each.
    journey: Journey | None = None
    stops: tuple[journey_times.Stop, ...] = ()
    # Those that are over by no hand-over of somebody who knows the child, and the stops of each by its key.
    left_journeys: list[Journey] = field(default_factory=list)
    left_stops: dict[int, tuple[journey_times.Stop, ...]] = field(default_factory=dict)
    # Of one treated as an adult elsewhere: when it was recorded that escorts had last handed the child over.
    brought_at: datetime | None = None

    @property
    def is_travelling(self) -> bool:
        """Whether somebody has confirmed that the escorts have the child."""
        return any(stop.seen_at is not None for stop in self.stops)

    @property
    def is_on_the_way(self) -> bool:
        """Whether the child has set out: the home that they left is not rung for them."""
        to_another = self.transfer is not None and self.transfer.status == TransferStatus.IN_TRANSIT
        return to_another or self.is_travelling

    @property
    def placement(self) -> Placement | None:
        """The placement that stands open, latest first."""
        for placement in self.placements:
            if placement.ends_at is None:
                return placement
        return None

    @property
    def known_placements(self) -> list[tuple[datetime, datetime | None]]:
        """As `placements`, each bound from when it was written, if that was later."""
        return stays.known(self.placements, self.written)

    @property
    def nowhere_since(self) -> datetime | None:
        """Since when no placement stands; of one treated as an adult elsewhere, or who has set out, others know where.

        Of the former until escorts have brought them away from there: who received them is to say where they live.
        """
        if self.placement is not None or self.is_on_the_way:
            return None
        ended = [placement.ends_at for placement in self.placements if placement.ends_at is not None]
        if (elsewhere := self.elsewhere_since) is not None:
            brought_at = self.brought_at
            return brought_at if brought_at is not None and brought_at > max([elsewhere, *ended]) else None
        adult = (AgeStatus.ADULT_ELSEWHERE, AgeStatus.ASSESSED_ADULT)
        back = [one.recorded_at for one in self.age_decisions if one.was in adult]
        return max([self.child.registered_at, *ended, *back])

    def last_brought_at(self, journeys: Iterable[Journey]) -> datetime | None:
        """Of one treated as an adult elsewhere, when the last of these journeys that it does not go back from was over."""
        if self.elsewhere_since is None:
            return None
        over = [journey.ended_at for journey in journeys if journey.ended_at and journey.brings_the_child]
        return max(over, default=None)

    @property
    def open_episode(self) -> MissingEpisode | None:
        for episode in self.episodes:
            if episode.ended_at is None:
                return episode
        return None

    @property
    def is_sought(self) -> bool:
        """Whether the child is missing or away; a silence that nobody has confirmed is the record's first."""
        episode = self.open_episode
        return episode is not None and (
            episode.status != EpisodeStatus.NOT_CONFIRMED or episode.police_owed_at is not None
        )

    @property
    def has_died(self) -> bool:
        """Whether an episode ended with the child's death."""
        return any(e.ended_at is not None and e.outcome == EpisodeOutcome.DIED for e in self.episodes)

    @property
    def watched_until(self) -> datetime | None:
        """From when nothing is owed any more: the case closed, the child died, or the age assessed as an adult's."""
        ends = [e.ended_at for e in self.episodes if e.ended_at and e.outcome == EpisodeOutcome.DIED]
        if self.child.closed_at is not None:
            ends.append(self.child.closed_at)
        # Nothing ends a search but its own ending: not a birthday, and not an age that was assessed meanwhile.
        if self.child.age_status == AgeStatus.ASSESSED_ADULT and self.open_episode is None:
            ends.append(self._age_decided_at)
        return min(ends, default=None)

    @property
    def adult_rests(self) -> tuple[tuple[datetime, datetime], ...]:
        """From when to when nobody was asked of a child held for an assessed adult; what goes on is none of them.

        Never while an episode was open: it keeps the watch.
        """
        held = as_adult.held(self.child, self.age_decisions, AgeStatus.ASSESSED_ADULT)
        rests = turns.outside(held, [(episode.opened_at, episode.ended_at) for episode in self.episodes])
        return tuple((rest.starts_at, rest.ends_at) for rest in rests if rest.ends_at is not None)

    @property
    def watched_again_from(self) -> datetime | None:
        """When the child was last put back under watch: held for an adult no more, or its closed case opened again."""
        back = [back_at for _since, back_at in self.adult_rests]
        return max([*back, *filter(None, [self.child.reopened_at])], default=None)

    @property
    def elsewheres(self) -> list[Watch]:
        """From when to when somebody else treated the child as an adult, and no placement said who looks after them.

        As it was written, in order: until then roll-calls were asked, or a visit.
        """
        held = as_adult.held(self.child, self.age_decisions, AgeStatus.ADULT_ELSEWHERE)
        return turns.outside(held, self.known_placements[::-1]) if held else []

    @property
    def elsewhere_since(self) -> datetime | None:
        """Since when that is so now."""
        return next((one.starts_at for one in self.elsewheres if one.ends_at is None), None)

    @property
    def _age_decided_at(self) -> datetime:
        """When the present decision about the age was recorded; the registration, where it stands since then."""
        return max((d.recorded_at for d in self.age_decisions), default=self.child.registered_at)


_NATIONS = """
    SELECT DISTINCT ON (r.child_id) r.child_id, a.nation,
           ARRAY(SELECT s.from_authority_id FROM cases_authority_successors s WHERE s.to_authority_id = a.id),
           (SELECT max(h.starts_at) FROM cases_responsibility h WHERE h.child_id = r.child_id AND h.arrived_at IS NOT NULL),
           ARRAY(SELECT h.starts_at FROM cases_responsibility h WHERE h.child_id = r.child_id ORDER BY h.starts_at),
           ARRAY(SELECT h.authority_id FROM cases_responsibility h WHERE h.child_id = r.child_id ORDER BY h.starts_at)
      FROM cases_responsibility r JOIN cases_authority a ON a.id = r.authority_id WHERE r.child_id = ANY (%s)
     ORDER BY r.child_id, r.starts_at DESC
"""

_OF_ALLOCATION = tuple(field.attname for field in Allocation._meta.concrete_fields)
# Each allocation to a worker, and when that worker was one of that team. Written out: Django takes as long to write it as
# PostgreSQL to answer.
_WORK = f"""
    SELECT {", ".join(f'a."{field.column}"' for field in Allocation._meta.concrete_fields)},
           ARRAY(SELECT m.starts_at FROM cases_membership m WHERE m.user_id = a.worker_id AND m.team_id = a.team_id
                    AND m.role = '{Role.SOCIAL_WORKER}' ORDER BY m.starts_at, m.id),
           ARRAY(SELECT m.ends_at FROM cases_membership m WHERE m.user_id = a.worker_id AND m.team_id = a.team_id
                    AND m.role = '{Role.SOCIAL_WORKER}' ORDER BY m.starts_at, m.id)
      FROM cases_allocation a WHERE a.child_id = ANY (%s) AND a.worker_id IS NOT NULL
     ORDER BY a.starts_at
"""  # noqa: S608 - nothing of it was typed

_CHILDREN = Question(lambda ids: Child.objects.filter(pk__among=ids))
_PLACED = Question(
    lambda ids: Placement.objects.filter(child__among=ids).select_related("home").order_by("-starts_at")
)
_EPISODES = Question(lambda ids: MissingEpisode.objects.filter(child__among=ids).order_by(F("number").desc()))


def _own(model: Any, *order: str, of: str | None = None) -> tuple[Any, Question[Any]]:
    rows = model._default_manager.select_related(of).order_by(*order)
    return model, Question(lambda ids: rows.filter(child__among=ids))


# What a child has as rows of its own, and in which order; most children have none of it.
_OWN: Mapping[str, tuple[Any, Question[Any]]] = {
    "grades": _own(RiskGrade, "since"),
    "concerns": _own(LiveConcern),
    "nrm": _own(NrmReferral, "recorded_at", "pk"),
    "triggers": _own(Trigger, "recorded_at"),
    "head_counts": _own(HeadCount, "raised_at", "pk"),
    "absences": _own(Absence, "starts_at"),
    "broken": _own(BrokenGlass, "at"),
    "age_decisions": _own(AgeDecision, "recorded_at", "pk"),
    "plans": _own(SafetyPlan, "recorded_at", "pk"),
    "keep_from": _own(KeepFrom, "starts_at", "pk", of="user"),
}


def _table(model: type[Model]) -> str:
    return model._meta.db_table


SELDOM: presence.Questions = (
    *presence.of_children(*map(_table, (LiveConcern, NrmReferral, Trigger, HeadCount, Absence, BrokenGlass))),
    *presence.of_children(*map(_table, (AgeDecision, MissingEpisode, Contact, KeepFrom, Transfer))),
    # Of most that are over an escort has handed the child over.
    (
        _table(Journey),
        """cases_journey j WHERE j.child_id = ANY (%(ids)s) AND (
           j.ended_at IS NULL OR j.reason <> ''
           OR EXISTS (SELECT FROM cases_keepfrom k WHERE k.child_id = j.child_id)
           OR NOT EXISTS (SELECT FROM cases_contact c WHERE c.child_id = j.child_id
                             AND c.recorded_at = j.ended_at AND c.knows_child AND c.withdrawn_at IS NULL))""",
    ),
    # Every child has the one of its registration.
    (
        _table(RiskGrade),
        """cases_riskgrade g JOIN cases_child c ON c.id = g.child_id
           WHERE c.id = ANY (%(ids)s) AND g.since < c.risk_since""",
    ),
    # Most plans ask for no closer contact than the policy.
    (_table(SafetyPlan), "cases_safetyplan WHERE child_id = ANY (%(ids)s) AND contact_row <> ''"),
    (
        _table(RollCallShift),
        """cases_rollcallshift s JOIN cases_placement p ON p.home_id = s.home_id
           WHERE p.child_id = ANY (%(ids)s)""",
    ),
)
EVERY = frozenset(name for name, _rows in SELDOM)


def whereabouts(children: Iterable[Child]) -> dict[int, ChildFacts]:
    """Read where these children live and their episodes, and no more: what says whom a message about them goes to."""
    facts = {child.pk: ChildFacts(child) for child in children}
    _load_whereabouts(facts)
    return facts


def load(ids: Collection[int], there: Collection[str] | None = None) -> dict[int, ChildFacts]:
    """Read the facts of these children in a fixed number of queries; whoever decides on them has locked the children.

    `there` are the names of SELDOM that were found of them, where that was asked already; EVERY, and each table is read.
    """
    facts = {child.pk: ChildFacts(child) for child in _CHILDREN(set(ids))}
    known = facts.keys()
    there = presence.found(SELDOM, known) if there is None else there
    _load_whereabouts(facts, episodes=_table(MissingEpisode) in there)
    for name, (model, rows) in _OWN.items():
        if _table(model) in there:
            for row in rows(known):
                getattr(facts[row.child_id], name).append(row)
    _load_work(facts)
    with connection.cursor() as cursor:
        cursor.execute(_NATIONS, [list(known)])
        for child_id, nation, predecessors, handed_over, starts, whose in cursor.fetchall():
            one = facts[child_id]
            one.responsible = tuple(zip(starts, whose, strict=True))
            one.responsible_since, one.authority_id = one.responsible[-1]
            one.nation, one.handed_over_since, one.predecessors = nation, handed_over, frozenset(predecessors)
    _load_ways(facts, there)
    if _table(Contact) in there:
        for contact in telling_contacts.of(known, any_barred=_table(KeepFrom) in there):
            facts[contact.child_id].contacts.append(contact)
    _load_written(facts)
    if _table(RollCallShift) in there:
        _load_shifts(facts)
    return facts


def kept_from(child_ids: Collection[int], at: datetime) -> dict[int, set[int]]:
    """Child id to the people who are not to be told of that child at `at`."""
    marks: dict[int, set[int]] = defaultdict(set)
    for child_id, user_id in fact_rows.marks(set(child_ids), at):
        marks[child_id].add(user_id)
    return marks


def _load_whereabouts(facts: dict[int, ChildFacts], *, episodes: bool = True) -> None:
    for placement in _PLACED(facts.keys()):
        facts[placement.child_id].placements.append(placement)
    if not episodes:
        return
    for episode in _EPISODES(facts.keys()):
        episode.child = facts[episode.child_id].child
        facts[episode.child_id].episodes.append(episode)


def _load_work(facts: dict[int, ChildFacts]) -> None:
    """Who had each child's work, and when they were a social worker of that team."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK, [list(facts.keys())])
        rows = cursor.fetchall()
    for *values, since, until in rows:
        row = Allocation.from_db(connection.alias, _OF_ALLOCATION, values)
        one = facts[row.child_id]
        one.allocations.append(row)
        held = turns.within(Watch(row.starts_at, row.ends_at), zip(since, until, strict=True))
        one.worked += turns.outside(held, times_kept(one.keep_from, row.worker_id))


def _load_ways(facts: dict[int, ChildFacts], there: Collection[str]) -> None:
    """The last transfer of each child, and the journey that it is on or is to make."""
    if _table(Transfer) in there:
        for transfer in fact_rows.last_transfers(facts.keys()):
            facts[transfer.child_id].transfer = transfer
    if _table(Journey) in there:
        fact_ways.load(facts)
    elsewhere = [child_id for child_id, one in facts.items() if one.elsewhere_since is not None]
    if elsewhere:
        over: dict[int, list[Journey]] = defaultdict(list)
        for journey in Journey.objects.handed_over().filter(child__in=elsewhere):
            over[journey.child_id].append(journey)
        for child_id, journeys in over.items():
            facts[child_id].brought_at = facts[child_id].last_brought_at(journeys)


def _load_written(facts: dict[int, ChildFacts]) -> None:
    """When it was written where the child lived, of all who did not begin their only placement with the registration."""
    late = [
        one.placements
        for one in facts.values()
        if any(p.ends_at is not None or p.starts_at != one.child.registered_at for p in one.placements)
    ]
    said = stays.written(late)
    owners = {p.pk: p.child_id for placements in late for p in placements}
    for (kind, placement_id), at in said.items():
        if placement_id in owners:
            facts[owners[placement_id]].written[kind, placement_id] = at


def _load_shifts(facts: dict[int, ChildFacts]) -> None:
    homes: dict[int, list[ChildFacts]] = defaultdict(list)
    for one in facts.values():
        for home_id in {placement.home_id for placement in one.placements}:
            if home_id is not None:
                homes[home_id].append(one)
    for shift in RollCallShift.objects.filter(home__among=homes.keys()):
        for one in homes[shift.home_id]:
            one.shifts.append(shift)
    for one in facts.values():
        if one.shifts:
            one.stays = stays.stays(one.placements, one.written)
