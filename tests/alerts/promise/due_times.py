"""No act but proof of contact, and what is named here with its reason, makes later by when a child is to be accounted for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, Max, Model, OuterRef

from alerts import escalations, roll_call_times, sweep, watching
from alerts.models import Clock
from alerts.schedule import Applies
from cases import (
    absences,
    ages,
    assessments,
    children,
    concerns,
    contacts,
    episodes,
    journeys,
    nrm,
    placements,
    plans,
    transfers,
)
from cases.models import (
    Absence,
    Child,
    Contact,
    HeadCount,
    Journey,
    JourneyConfirmation,
    LiveConcern,
    Means,
    MissingEpisode,
    NrmReferral,
    Placement,
    RollCallShift,
    SafetyPlan,
)
from cases.states import AgeStatus
from tests.alerts.promise.world import Stage
from tests.factories import arrived, away, ended, missing, not_here, out, seen


class Change(StrEnum):
    """What an act has to have changed for a later due time to be its own."""

    ABSENCE = "an absence began, ended or goes on"
    SEARCH = "a search began, was confirmed or ended"
    ROWS = "other rows of the contact policy apply"
    TIMES = "its home calls its roll at other times"
    CALLS = "a call is one no more"
    AHEAD = "a journey that nobody has begun is off"
    ELSEWHERE = "others treat the child as an adult"
    ASKED = "nobody was missing, so that the others are not asked for"
    CLOSED = "the case is closed"


@dataclass(frozen=True)
class Why:
    """A document that says that this change puts something off: what is late by then only where `late` is true."""

    change: Change
    says: str
    late: bool = False
    # No later than so long after the act.
    within: timedelta | None = None
    # No later than so long after it was due.
    by: timedelta | None = None


AGREED = Why(
    Change.ABSENCE, "domain.md 2, where is the child: agreed by when it is back", within=timedelta(hours=24)
)
EVENING = Why(Change.ABSENCE, "domain.md 2, where is the child: away, 22:30", within=timedelta(hours=26))
BACK = Why(Change.ABSENCE, "ADR 186: back before its time the roll-calls are owed as usual")
LOWER = Why(Change.ROWS, "domain.md 2 and ADR 53: lowered with a reason and by a second person")
SOUGHT = Why(Change.SEARCH, "domain.md 2, two alarms: the ladder of the search climbs from there", late=True)
FOUND = Why(Change.SEARCH, "ADR 200 and 213: who ends a search has seen the child", late=True)
# From two hours earlier to two hours later.
MOVED = Why(Change.TIMES, "ADR 117: a home may move a roll-call by two hours", by=timedelta(hours=4))
ELSEWHERE = Why(Change.ELSEWHERE, "ADR 185: visited each week instead")

# What may put off by when a child is to be accounted for, beside proof: all else may not.
ALLOWED: Mapping[Callable[..., Any], Sequence[Why]] = {
    out: [AGREED],
    away: [EVENING],
    absences.come_back: [BACK],
    seen: [BACK],
    placements.start: [BACK],
    placements.end: [BACK, ELSEWHERE],
    transfers.set_out: [AGREED],
    arrived: [BACK],
    transfers.withdraw: [BACK],
    journeys.break_off: [Why(Change.AHEAD, "ADR 200: a journey that nobody has begun leaves nothing")],
    children.set_risk: [LOWER],
    assessments.record: [LOWER],
    assessments.read: [LOWER],
    plans.write: [LOWER],
    concerns.lift: [LOWER],
    nrm.move: [LOWER],
    roll_call_times.move: [MOVED],
    ages.decide: [ELSEWHERE],
    contacts.withdraw: [
        Why(
            Change.ABSENCE,
            "domain.md 2, proof, and ADR 9: out again, as if nobody had seen the child come back",
        ),
        Why(Change.CALLS, "domain.md 2, proof: the call after it is the first"),
    ],
    not_here: [SOUGHT],
    missing: [SOUGHT],
    episodes.confirm: [SOUGHT],
    escalations.verify: [SOUGHT],
    episodes.become_missing: [SOUGHT],
    episodes.report_away: [
        Why(Change.SEARCH, "ADR 29: asked for each evening, and what was missed stays owed")
    ],
    episodes.end: [FOUND],
    ended: [FOUND],
    sweep.sweep_all: [
        SOUGHT,
        Why(Change.ASKED, "ADR 74: nobody was missing", late=True),
    ],
    children.close: [
        Why(Change.CLOSED, "domain.md 2: two people close a case, and nobody is asked for", late=True)
    ],
}

# So much time passes with each act.
AFTER_EACH = timedelta(minutes=20, seconds=1)
_FACE = frozenset({Means.FACE_TO_FACE})
# What counts by domain.md 2, proof: how the child was met, and whether only the word of who knows its face counts.
COUNTS: Mapping[str, tuple[frozenset[Means], bool]] = {
    "ordinary": (_FACE | {Means.LIVE_VIDEO}, False),
    "settled": (_FACE | {Means.LIVE_VIDEO, Means.PHONE}, False),
}
CLOSELY = (_FACE, True)


class DueTimes(Stage):
    """Asked after each act, of the clock of contact of each child."""

    # What was put off by no proof, and why it might be.
    put_off: list[tuple[str, Change]]

    def begin_looking(self) -> None:
        self.due, self.stood = due_times(self.world.children), what_stands(self.world.children)
        self.last_word = Contact.objects.aggregate(last=Max("pk"))["last"] or 0

    def due_of(self, number: int) -> datetime:
        due_at = self.due[self.world.children[number].pk]
        assert due_at is not None, "nobody is asked for it"
        return due_at

    def do(self, what: Callable[..., Any], /, *words: Any, **facts: Any) -> Any:
        made = super().do(what, *words, **facts)
        self.nothing_is_put_off(what)
        # No two things happen at one instant.
        self.now += AFTER_EACH
        return made

    def the_engine_looks(self) -> None:
        sweep.sweep_all(now=self.now)
        self.nothing_is_put_off(sweep.sweep_all)

    def nothing_is_put_off(self, what: Callable[..., Any]) -> None:
        due, stood, last_word = self.due, self.stood, self.last_word
        self.begin_looking()
        for pk, was in due.items():
            now = self.due.get(pk)
            if was is None or (now is not None and now <= was):
                continue
            changed = {change for change in Change if stood[change, pk] != self.stood[change, pk]}
            allowed = [why.change for why in ALLOWED.get(what, ()) if self.allows(why, changed, was, now)]
            if allowed:
                self.put_off.append((what.__name__, allowed[0]))
                continue
            new = [word for word in proofs(pk, self.now) if word > last_word]
            assert new, self.told(what, was, now, changed)

    def allows(self, why: Why, changed: set[Change], was: datetime, now: datetime | None) -> bool:
        if why.change not in changed or (was <= self.now and not why.late):
            return False
        until = [self.now + why.within] if why.within is not None else []
        until += [was + why.by] if why.by is not None else []
        return not until or (now is not None and now <= min(until))

    def told(
        self, what: Callable[..., Any], was: datetime, now: datetime | None, changed: Iterable[Change]
    ) -> str:
        late, until = "late" if was <= self.now else "not late", f"{now:%d %b %H:%M}" if now else "for ever"
        why = ", ".join(sorted(changed)) or "nothing that it may"
        return f"{what.__name__} at {self.now:%d %b %H:%M} put off {was:%d %b %H:%M}, {late}, {until}: {why}"


def due_times(whose: Sequence[Child]) -> dict[int, datetime | None]:
    rows = Clock.objects.filter(child__in=whose, kind=Clock.Kind.CONTACT)
    return dict(rows.values_list("child", "due_at"))


def what_stands(whose: Sequence[Child]) -> Mapping[tuple[Change, int], object]:
    """Of each child, by what an act may have changed, the rows that say it."""
    found: dict[tuple[Change, int], list[object]] = {
        (change, child.pk): [] for change in Change for child in whose
    }
    for change, rows in _rows(whose):
        for pk, *said in rows:
            found[change, pk].append(said)
    return found


def _rows(whose: Sequence[Child]) -> Iterator[tuple[Change, Iterable[tuple[Any, ...]]]]:
    children = Child.objects.filter(pk__in=[child.pk for child in whose])
    placed = Placement.objects.filter(child=OuterRef("pk"), ends_at=None)
    abroad = children.filter(~Exists(placed), age_status=AgeStatus.ADULT_ELSEWHERE)
    yield Change.ELSEWHERE, abroad.values_list("pk")
    yield Change.CLOSED, children.values_list("pk", "closed_at")
    yield Change.ROWS, children.values_list("pk", "risk")
    of_each: Sequence[tuple[Change, type[Model], Sequence[str]]] = (
        (Change.ABSENCE, Absence, ["ends_at"]),
        (Change.SEARCH, MissingEpisode, ["status", "confirmed_at", "police_owed_at", "ended_at"]),
        (Change.ROWS, SafetyPlan, ["contact_row"]),
        (Change.ROWS, LiveConcern, ["ends_at"]),
        (Change.ROWS, NrmReferral, ["status"]),
        (Change.ASKED, HeadCount, ["ended_at"]),
    )
    for change, model, names in of_each:
        rows = model._default_manager.filter(child__in=whose).order_by("pk")
        yield change, rows.values_list("child", "pk", *names)
    homes = Placement.objects.filter(child__in=whose, ends_at=None).values_list("child", "home")
    times = RollCallShift.objects.order_by("pk").values_list("home", "pk", "minutes")
    yield Change.TIMES, [(pk, *said) for pk, own in homes for home, *said in times if home == own]
    begun = JourneyConfirmation.objects.standing().filter(stop__journey=OuterRef("pk"))
    ahead = Journey.objects.open().filter(~Exists(begun), child__in=whose)
    yield Change.AHEAD, ahead.values_list("child", "pk")
    calls = Contact.objects.standing().filter(child__in=whose, means=Means.PHONE).order_by("pk")
    yield Change.CALLS, calls.values_list("child", "pk")


def proofs(pk: int, now: datetime) -> Iterator[int]:
    """The words that count, by the domain document and not by what the product makes of it."""
    applies = watching.pure_facts(watching.watch([pk], at=now)[pk]).applies
    words = Contact.objects.seen().filter(child=pk).believed([pk])
    rang = False
    for word in words.order_by("happened_at", "pk"):
        is_call = word.means == Means.PHONE
        counts = is_proof(word, applies) and not (is_call and rang)
        rang = is_call or (rang and not counts)
        if counts:
            yield word.pk


def is_proof(word: Contact, applies: Sequence[Applies]) -> bool:
    """By each row that applies when it happened, and as an escort's word by the row of a journey, which is no looser."""
    rows = [one.row.key for one in applies if one.covers(word.happened_at)]
    by = [COUNTS.get(key, CLOSELY) for key in rows] or [CLOSELY]
    if word.means == Means.LIVE_VIDEO and word.other_in_room:
        return False
    return all(word.means in means and (word.knows_child or not face) for means, face in by)
