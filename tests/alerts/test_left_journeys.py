"""A journey that ends by a word that is no proof: the stop that was owed stays owed, and nothing is called off."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts import sweep
from alerts.expected import contact
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message
from alerts.schedule import Journey
from cases import journeys
from cases.journey_times import Stop
from cases.models import Journey as JourneyRow
from cases.states import EpisodeStatus
from tests.alerts.strategies import facts, london, sighting
from tests.factories import AT, Watched, a_watched_child, confirmed, planned, seen

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DEPARTS = AT + 29 * HOUR
DUE = DEPARTS + HOUR
GUARD = "A station guard"


@pytest.fixture
def watched(db: None) -> Watched:
    """Ten days in care: only the word of somebody who knows the face is proof."""
    found = a_watched_child(at=AT - 8 * DAY, arrived_at=AT - 10 * DAY)
    seen(found.child, by=found.carer, at=DEPARTS - HOUR)
    return found


@pytest.fixture
def journey(watched: Watched) -> JourneyRow:
    made = planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, stops=2, at=DEPARTS - 50 * MINUTE, kind="move"
    )
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    return made


def tick(*moments: datetime) -> None:
    for now in moments:
        while sweep.sweep(now=now).clocks:
            pass


def off(journey: JourneyRow, watched: Watched, *, at: datetime, **seen_by: object) -> None:
    word = journeys.Seen(**{"escort": GUARD, "happened_at": at - MINUTE} | seen_by)
    journeys.break_off(journey, reason="Train cancelled", seen=word, by=watched.worker, at=at)


def climbed(watched: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind="contact")
    return list(rows.order_by("pk").values_list("step", flat=True))


def due_at(watched: Watched) -> datetime | None:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at


@pytest.mark.by_turns
def test_a_late_stop_is_ended_by_nobody_whose_word_is_no_proof_and_goes_on_to_the_police(watched, journey):
    tick(DUE + 15 * MINUTE, DUE + 31 * MINUTE)
    off(journey, watched, at=DUE + 37 * MINUTE)
    tick(DUE + 38 * MINUTE, DUE + 61 * MINUTE, DUE + 91 * MINUTE)
    # Nobody is on the way any more: its home is rung as well.
    assert climbed(watched)[:5] == ["R1", "R2", "R0", "R3", "fail_safe"]
    assert Alert.objects.get(child=watched.child, clock__kind="contact").due_at == DUE


@pytest.mark.by_turns
def test_nor_is_an_episode_that_nobody_has_confirmed_until_somebody_who_knows_the_child_has_seen_it(
    watched, journey
):
    tick(DUE + 15 * MINUTE, DUE + 61 * MINUTE)
    off(journey, watched, at=DUE + 65 * MINUTE)
    tick(DUE + 66 * MINUTE)
    assert watched.child.episodes.get().status == EpisodeStatus.NOT_CONFIRMED
    assert due_at(watched) == DUE
    seen(watched.child, by=watched.carer, at=DUE + 70 * MINUTE)
    tick(DUE + 70 * MINUTE)
    assert watched.child.episodes.get().outcome == "recording_late"
    assert due_at(watched) > DUE + 2 * HOUR


@pytest.mark.by_turns
@pytest.mark.parametrize("word", [{"knows_child": True}, {"escort": "Petra Lindqvist"}])
def test_who_knows_the_child_ends_it(watched, journey, word):
    tick(DUE + 15 * MINUTE)
    off(journey, watched, at=DUE + 37 * MINUTE, **word)
    tick(DUE + 37 * MINUTE)
    assert not Alert.objects.open().filter(child=watched.child, clock__kind="contact").exists()


@pytest.mark.by_turns
def test_an_escort_who_saw_it_before_it_was_due_has_not_said_where_it_is_now(watched, journey):
    tick(DUE + 15 * MINUTE)
    off(journey, watched, at=DUE + 37 * MINUTE, escort="Petra Lindqvist", happened_at=DUE - MINUTE)
    tick(DUE + 37 * MINUTE)
    assert due_at(watched) == DUE


@pytest.mark.by_turns
def test_what_was_not_late_yet_is_owed_when_it_was_and_a_new_journey_puts_it_off_no_further(watched, journey):
    off(journey, watched, at=DUE - 10 * MINUTE)
    assert due_at(watched) == DUE
    again = {"departs_at": DUE + 2 * HOUR, "at": DUE - 5 * MINUTE, "kind": "move"}
    made = planned(watched.child, by=watched.worker, **again)
    assert due_at(watched) == DUE
    journeys.break_off(made, reason="No car", by=watched.worker, at=DUE)
    assert due_at(watched) == DUE


@given(
    gaps=st.lists(st.integers(1, 120), min_size=1, max_size=5),
    reached=st.integers(1, 5),
    over=st.integers(0, 600),
    before=st.integers(0, 60),
    known=st.booleans(),
    row=st.sampled_from([policies.FIRST_30_DAYS, policies.HIGH, policies.ORDINARY]),
)
def test_no_journey_that_ends_puts_off_what_it_owed_unless_its_last_word_is_proof_and_no_older(
    gaps: list[int], reached: int, over: int, before: int, known: bool, row: policies.Row
) -> None:
    start = london(2026, 3, 22, 10)
    times = [start + sum(gaps[:n]) * MINUTE for n in range(len(gaps) + 1)]
    stops = tuple(Stop(at, at if n < min(reached, len(gaps)) else None) for n, at in enumerate(times))
    seen_at = [stop.seen_at for stop in stops if stop.seen_at is not None]
    confirmed_by = tuple(sighting(at) for at in seen_at)
    since, planned_at = start - 3 * HOUR, start - 2 * HOUR
    open_one = Journey(policies.IN_TRANSIT, planned_at, stops)
    stood = contact(facts(row, watch_from=since, sightings=confirmed_by, journey=open_one))
    ended_at = seen_at[-1] + over * MINUTE
    said_at = max(seen_at[-1], ended_at - before * MINUTE)
    word = sighting(said_at, knows_child=known)
    left = (Journey(policies.IN_TRANSIT, planned_at, stops, ended_at, word),)
    after = contact(facts(row, watch_from=since, sightings=(*confirmed_by, word), left_journeys=left))
    assert stood is not None
    assert after is not None
    is_proof = known or not row.knows_child
    was_late = stood.window == "journey" and stood.due_at <= ended_at
    if not is_proof or (was_late and said_at < stood.due_at):
        assert after.due_at <= stood.due_at


@pytest.mark.by_turns
def test_of_a_journey_that_is_over_the_home_is_rung_and_no_escort(watched, journey):
    off(journey, watched, at=DUE - 10 * MINUTE)
    tick(DUE + 15 * MINUTE, DUE + 31 * MINUTE)
    assert "R0" in climbed(watched)
    kinds = set(DutyTask.objects.values_list("kind", flat=True))
    assert DutyTask.Kind.RING_HOME in kinds
    assert DutyTask.Kind.RING_ESCORT not in kinds
    assert not Message.objects.filter(wording__contains="journey").exists()
