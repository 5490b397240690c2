"""A placement that calls a planned move off: whoever stays is watched around the day of the placement, not of the journey."""

from datetime import datetime, timedelta

import pytest

from cases import links, partings
from cases.deadlines import london_day
from cases.models import Child, Journey, Placement, Trigger
from tests.factories import AT, Watched, a_brother, a_child, a_home, a_watched_child, placed, planned

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY
TOLD = "Her brother Tesfay: sad, wants to visit on Sunday"


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    return a_brother(watched)


def moves(child: Child, *, after: datetime = NOW) -> list[Trigger]:
    return list(Trigger.objects.filter(child=child, kind="move", happens_at__gt=after))


def watched_days(child: Child) -> list[int]:
    """In how many days from now each day of a move is around which the child is watched, that it was told today aside."""
    ahead = [row for row in moves(child, after=NOW + DAY) if row.watched[1] > row.watched[0]]
    return [(london_day(row.happens_at) - london_day(NOW)).days for row in ahead]


def on_the_way(watched: Watched, *, days: int = 5, **said: object) -> Journey:
    departs_at = NOW + days * DAY
    return planned(watched.child, by=watched.worker, departs_at=departs_at, at=NOW, parted=TOLD, **said)


def elsewhere(watched: Watched, *, at: datetime, **said: object) -> Placement:
    facts = {"where": a_home(watched.authority), "placement_type": "K2", "starts_at": at, **said}
    return partings.place(watched.child, **facts, by=watched.worker, at=at)


@pytest.mark.by_turns
def test_a_placement_that_calls_a_journey_off_watches_who_stays_around_it_and_not_around_the_journey(
    watched: Watched, brother: Child
) -> None:
    journey = on_the_way(watched, days=10)
    assert (watched_days(watched.child), watched_days(brother)) == ([10], [10])
    at = NOW + 4 * DAY
    elsewhere(watched, at=at)
    journey.refresh_from_db()
    assert journey.ended_at == at
    assert watched_days(watched.child) == []
    assert watched_days(brother) == [4], "the day on which the child has left him"
    dropped = Trigger.objects.get(child=brother, answered_at__isnull=False)
    assert dropped.answer == "The move was called off."
    entered = Trigger.objects.get(child=brother, happens_at=at)
    assert (entered.note, entered.recorded_by) == (partings.UNSEEN, None), "of this move he was told nothing"


@pytest.mark.by_turns
@pytest.mark.parametrize("why", ["another room", "he has left before"])
def test_nobody_is_watched_for_a_placement_that_leaves_them_not_behind(
    watched: Watched, brother: Child, why: str
) -> None:
    on_the_way(watched, days=10)
    if why == "he has left before":
        placed(brother, a_home(watched.authority), starts_at=NOW + DAY, at=NOW + DAY)
    said = {"where": watched.home, "room": "3"} if why == "another room" else {}
    elsewhere(watched, at=NOW + 4 * DAY, **said)
    assert (watched_days(watched.child), watched_days(brother)) == ([], [])


@pytest.mark.by_turns
def test_whom_another_move_parts_on_that_day_stays_watched_for_it(watched: Watched, brother: Child) -> None:
    sister = a_child(team=watched.team, given_name="Selam", worker=watched.worker)
    placed(sister, watched.home)
    said = links.Claim(kind="sibling", said_by="The child")
    links.say(sister, brother, said, by=watched.worker, at=AT + HOUR)
    on_the_way(watched, days=10)
    planned(sister, by=watched.worker, departs_at=NOW + 10 * DAY, at=NOW, parted=TOLD)
    assert watched_days(brother) == [10, 10]
    elsewhere(watched, at=NOW + 4 * DAY)
    assert sorted(watched_days(brother)) == [4, 10]
    assert watched_days(sister) == [10]


@pytest.mark.by_turns(8)
def test_a_placement_that_leaves_the_journey_to_come_leaves_its_day(watched: Watched, brother: Child) -> None:
    """It had begun when the journey was planned: the child is picked up from there."""
    journey = on_the_way(watched, days=10)
    elsewhere(watched, at=NOW + DAY, starts_at=NOW - HOUR)
    journey.refresh_from_db()
    assert journey.ended_at is None
    assert (watched_days(watched.child), watched_days(brother)) == ([10], [10])
