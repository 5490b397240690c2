"""Whoever comes to a child who is looked for is told of it, once, and hears how the search ends."""

from datetime import datetime, timedelta

import pytest

from alerts import tasks
from alerts.models import Message, MessageKind
from cases import children, clock, concerns, episodes, worker_covers, worker_leaves
from cases.models import Allocation, MissingEpisode, Role, User
from guardians import assignments, covers
from tests.alerts.outgoing import Out, catch, send_all, tick
from tests.factories import AT, Watched, a_person, a_watched_child, ended, membership_of, missing, seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GONE = AT + timedelta(days=1)
LATER = GONE + 3 * HOUR


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child()
    seen(found.child, by=found.worker, at=GONE - HOUR)
    return found


@pytest.fixture
def search(watched: Watched, out: Out) -> MissingEpisode:
    found = missing(watched.child, by=watched.carer, at=GONE)
    going_on(GONE)
    return found


def going_on(at: datetime) -> None:
    tick(at)
    send_all(at)


def another_guardian(watched: Watched, *, at: datetime) -> User:
    service = membership_of(watched.guardian).service
    other = a_person(Role.GUARDIAN, service=service)
    said = {"service": service, "reason": "Moves away", "by": watched.manager}
    assignments.hand_over(watched.assignment, other, **said, at=at)
    return other


def another_worker(watched: Watched, *, at: datetime) -> User:
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    children.reassign([watched.child], team=watched.team, worker=other, by=watched.manager, at=at)
    return other


def told(person: User) -> list[tuple[str, str]]:
    rows = Message.objects.filter(user=person, status="sent").order_by("created_at", "pk")
    return list(rows.values_list("wording", "kind"))


FIRST, END = ("told_missing", MessageKind.ALERT), ("ending", MessageKind.ENDING)


@pytest.mark.by_turns
@pytest.mark.parametrize("comes", [another_guardian, another_worker])
def test_who_comes_in_a_search_is_told_that_the_child_is_missing_and_how_it_ends(
    comes, search: MissingEpisode, watched: Watched, out: Out
) -> None:
    other = comes(watched, at=LATER)
    going_on(LATER)
    assert told(other) == [FIRST]
    before = out.to.copy()
    # One more who comes is told for themselves, and nobody else again.
    (another_worker if comes is another_guardian else another_guardian)(watched, at=LATER + HOUR)
    going_on(LATER + HOUR)
    assert out.to[other.email] == before[other.email]
    assert out.to[watched.guardian.email] == before[watched.guardian.email]
    ended(search, by=watched.desk.person, force=watched.force, at=LATER + 2 * HOUR)
    for minutes in (0, 3):
        going_on(LATER + 2 * HOUR + timedelta(minutes=minutes))
    assert told(other) == [FIRST, END]


@pytest.mark.by_turns
def test_nobody_is_told_that_a_child_is_missing_who_is_said_to_be_back(
    search: MissingEpisode, watched: Watched, out: Out
) -> None:
    episodes.confirm_with_child(search, how="saw", by=watched.desk.person, at=LATER - HOUR)
    other = another_guardian(watched, at=LATER)
    going_on(LATER)
    assert told(other) == []


@pytest.mark.by_turns
def test_whoever_comes_before_the_first_call_step_is_told_by_that_alone(watched: Watched, out: Out) -> None:
    missing(watched.child, by=watched.carer, at=GONE)
    other = another_guardian(watched, at=GONE + timedelta(seconds=1))
    going_on(GONE + timedelta(seconds=2))
    assert told(other) == [FIRST]


@pytest.mark.by_turns
def test_whoever_began_the_search_is_not_told_of_it_when_somebody_else_comes(
    watched: Watched, out: Out
) -> None:
    missing(watched.child, by=watched.worker, at=GONE)
    going_on(GONE)
    another_guardian(watched, at=LATER)
    going_on(LATER)
    assert FIRST not in told(watched.worker)


def cover_of_guardian(watched: Watched, *, at: datetime) -> User:
    other = a_person(Role.GUARDIAN, service=membership_of(watched.guardian).service)
    span = {"starts_at": at, "ends_at": at + timedelta(days=7)}
    asked = covers.ask([watched.assignment], other, **span, by=watched.guardian, at=GONE - HOUR)
    covers.answer(asked.covers, accepted=True, by=other, at=GONE - HOUR)
    return other


def cover_of_worker(watched: Watched, *, at: datetime) -> User:
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    said = {"kind": "leave", "starts_at": at, "ends_at": at + timedelta(days=7), "by": watched.worker}
    leave = worker_leaves.announce(watched.worker, **said, at=GONE - HOUR)
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    asked = worker_covers.ask(leave, [held], other, by=watched.worker, at=GONE - HOUR)
    worker_covers.answer(asked.covers, accepted=True, by=other, at=GONE - HOUR)
    return other


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch):
    """Follow the covers at a moment, as every five minutes, and send what is owed by then."""

    def follow(at: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)
        tasks.follow_covers()
        going_on(at)

    return follow


COVERS = pytest.mark.parametrize("begins", [cover_of_guardian, cover_of_worker])


@pytest.mark.by_turns
@COVERS
def test_whose_cover_begins_in_a_search_is_told_once_that_the_child_is_missing_and_how_it_ends(
    begins, watched: Watched, out: Out, followed
) -> None:
    other = begins(watched, at=LATER)
    search = missing(watched.child, by=watched.carer, at=GONE)
    going_on(GONE)
    followed(LATER - timedelta(minutes=1))
    assert told(other) == []
    before = out.to.copy()
    for minutes in (1, 6, 60):
        followed(LATER + timedelta(minutes=minutes))
    assert told(other) == [FIRST]
    assert out.to[watched.guardian.email] == before[watched.guardian.email]
    ended(search, by=watched.desk.person, force=watched.force, at=LATER + 2 * HOUR)
    for minutes in (120, 123):
        followed(LATER + timedelta(minutes=minutes))
    assert told(other) == [FIRST, END]


@pytest.mark.by_turns
@COVERS
def test_nobody_hears_by_cover_of_a_child_who_is_kept_from_them_or_said_to_be_back(
    begins, watched: Watched, out: Out, followed
) -> None:
    other = begins(watched, at=LATER)
    search = missing(watched.child, by=watched.carer, at=GONE)
    going_on(GONE)
    mark = concerns.keep_from(watched.child, other, reason="Named", by=watched.manager, at=GONE + HOUR)
    followed(LATER + HOUR)
    assert told(other) == []
    lifted = {"reason": "Cleared", "seconded_by": watched.head, "by": watched.director}
    episodes.confirm_with_child(search, how="saw", by=watched.desk.person, at=LATER + HOUR)
    concerns.lift_keep_from(mark, **lifted, at=LATER + HOUR)
    followed(LATER + 2 * HOUR)
    assert told(other) == []


@pytest.mark.by_turns(8)
@COVERS
def test_whoever_covered_when_the_search_began_is_told_with_all_the_others_alone(
    begins, watched: Watched, out: Out, followed
) -> None:
    other = begins(watched, at=GONE - HOUR / 2)
    missing(watched.child, by=watched.carer, at=GONE)
    going_on(GONE)
    followed(GONE + timedelta(minutes=5))
    assert told(other) == [FIRST]


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["worker", "guardian"])
def test_whose_mark_is_lifted_in_a_search_that_began_meanwhile_is_told_of_it_and_of_its_end(
    watched: Watched, out: Out, who: str
) -> None:
    person = getattr(watched, who)
    mark = concerns.keep_from(watched.child, person, reason="Named", by=watched.manager, at=GONE - HOUR)
    search = missing(watched.child, by=watched.carer, at=GONE)
    going_on(GONE)
    assert FIRST not in told(person)
    lifted = {"reason": "Cleared", "seconded_by": watched.head, "by": watched.director}
    concerns.lift_keep_from(mark, **lifted, at=LATER)
    going_on(LATER)
    assert told(person) == [FIRST]
    ended(search, by=watched.desk.person, force=watched.force, at=LATER + HOUR)
    for minutes in (0, 3):
        going_on(LATER + HOUR + timedelta(minutes=minutes))
    assert told(person) == [FIRST, END]
