"""A child treated as an adult elsewhere who travels with escorts: asked for at each stop, and nowhere after the hand-over."""

from datetime import datetime, timedelta

import pytest

from alerts import default_policies as policies
from alerts.expected import contact
from alerts.models import Alert, Clock, DutyTask, Message
from alerts.schedule import Expected, Journey, Step
from cases import ages, facts, histories, placements
from cases import journeys as journey_verbs
from cases.deadlines import london_day
from cases.journey_times import Stop
from cases.models import Journey as JourneyRow
from cases.models import MissingEpisode
from tests import factories
from tests.alerts import papers
from tests.alerts.strategies import HOUR, MINUTE, episode, london, sighting
from tests.alerts.strategies import facts as child_facts
from tests.alerts.test_silence_scenarios import contact_clock, steps, tick
from tests.factories import AT, Watched, confirmed, placed, planned

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DECIDED = AT + HOUR
# Two in the afternoon of the second day: the first visit is due at its end.
DEPARTS = AT + 29 * HOUR
ARRIVED = DEPARTS + 2 * HOUR
NOON = london(2026, 6, 1, 12)
VISIT = (NOON - 3 * HOUR, london(2026, 6, 2) - timedelta(seconds=1))


def owed(elsewhere: tuple[datetime, datetime] = VISIT, **more: object) -> Expected:
    since = NOON - 9 * DAY
    found = contact(
        child_facts(policies.ORDINARY, watch_from=since, elsewhere=elsewhere, has_home=False, **more)
    )
    assert found is not None
    return found


def on_the_way(*stops: Stop) -> Journey:
    return Journey(policies.IN_TRANSIT, NOON - HOUR, stops)


def test_the_stop_and_the_visit_are_owed_and_of_each_rung_the_sooner() -> None:
    stops = (Stop(NOON, NOON), Stop(NOON + HOUR))
    both = owed(journey=on_the_way(*stops), sightings=(sighting(NOON),))
    assert (both.due_at, both.window) == (NOON + HOUR, "journey")
    since = {step: at - both.due_at for step, at in both.steps.items()}
    assert (since[Step.R1], since[Step.R3], since[Step.FAIL_SAFE]) == (15 * MINUTE, HOUR, 90 * MINUTE)
    # A visit that is late already stays so, and the stop climbs beside it.
    late = (VISIT[0] - 3 * DAY, VISIT[1] - 3 * DAY)
    beside = owed(late, journey=on_the_way(*stops), sightings=(sighting(NOON),))
    assert (beside.due_at, beside.window) == (late[1], "elsewhere")
    assert beside.steps[Step.FAIL_SAFE] == both.steps[Step.FAIL_SAFE]
    assert beside.steps[Step.R3] == both.steps[Step.R3], "no police because a director hears of the visit"
    assert Step.R0 not in beside.steps


def test_a_silence_that_a_missed_stop_opened_asks_for_no_roll_call_of_before() -> None:
    """Of one that was open before the decision the windows stay owed: nobody has been seen for them."""
    stops = (Stop(NOON), Stop(NOON + HOUR))
    opened = episode("silence", opened_at=NOON + HOUR)
    seen = (sighting(VISIT[0] - MINUTE),)
    asked = owed(journey=on_the_way(*stops), episode=opened, sightings=seen)
    assert (asked.due_at, asked.window) == (NOON, "journey")
    assert owed(journey=on_the_way(*stops), sightings=seen).steps == asked.steps
    before = owed(journey=on_the_way(*stops), episode=episode("silence", opened_at=VISIT[0] - HOUR))
    assert before.due_at < VISIT[0]
    assert owed(episode=opened).due_at < VISIT[0], "no journey goes on"


@pytest.fixture
def elsewhere(db: None) -> Watched:
    papers.asked_for()
    w = factories.a_watched_child()
    factories.a_force_mailbox(w.placement.force)
    placements.end(w.placement, ends_at=DECIDED, reason="Taken away", by=w.worker, at=DECIDED)
    decide(w, "treated_as_adult_elsewhere", DECIDED)
    return w


def decide(w: Watched, status: str, at: datetime) -> None:
    said = ages.Decision(
        age_status=status,
        decided_date=london_day(at),
        decided_by="Home Office",
        grounds="Looks older",
        place="Hotel Alder" if status == "treated_as_adult_elsewhere" else "",
    )
    ages.decide(w.child, said, seconded_by=w.manager, by=w.worker, at=at)


def travels(w: Watched, *, until: int | None = None, kind: str = "move") -> JourneyRow:
    """Planned with one stop between, and confirmed at each stop before `until`."""
    forces = [w.placement.force] * 3
    made = planned(w.child, by=w.worker, departs_at=DEPARTS, kind=kind, forces=forces, at=DEPARTS - 2 * HOUR)
    for number in range(until or 0):
        confirmed(made, number, by=w.worker, at=DEPARTS + number * HOUR)
    return made


@pytest.mark.by_turns
@pytest.mark.parametrize("picked_up", [0, 1])
def test_a_missed_pick_up_and_a_missed_stop_climb_to_the_police(elsewhere: Watched, picked_up: int) -> None:
    travels(elsewhere, until=picked_up)
    due = DEPARTS + picked_up * HOUR
    assert (contact_clock(elsewhere).window, contact_clock(elsewhere).due_at) == ("journey", due)
    tick(due + 14 * MINUTE)
    assert steps(elsewhere) == []
    tick(due + 15 * MINUTE)
    assert steps(elsewhere) == ["R1"]
    task = DutyTask.objects.get()
    assert (task.kind, task.home) == ("ring_escort", None), "no home is rung"
    tick(due + 30 * MINUTE)
    tick(due + HOUR)
    assert steps(elsewhere) == ["R1", "R2", "R3"]
    tick(due + 89 * MINUTE)
    assert MissingEpisode.objects.get().police_owed_at is None
    tick(due + 90 * MINUTE)
    assert steps(elsewhere)[3:] == ["fail_safe"]
    assert MissingEpisode.objects.get().police_owed_at == due + 90 * MINUTE
    tick(due + 95 * MINUTE)
    assert Message.objects.filter(wording="police_alert").exists()


@pytest.mark.by_turns
def test_each_confirmation_stands_it_down_and_the_week_of_visits_goes_on(elsewhere: Watched) -> None:
    made = travels(elsewhere, until=1)
    tick(DEPARTS + HOUR + 20 * MINUTE)
    assert steps(elsewhere) == ["R1"]
    confirmed(made, 1, by=elsewhere.worker, at=DEPARTS + HOUR + 21 * MINUTE)
    tick(DEPARTS + HOUR + 22 * MINUTE)
    assert not Alert.objects.open().filter(child=elsewhere.child, clock__kind="contact").exists()
    confirmed(made, 2, by=elsewhere.worker, at=ARRIVED)
    clock = contact_clock(elsewhere)
    assert clock.window == "elsewhere"
    assert set(clock.steps) == {"R1", "R2", "R4", "R5"}
    tick(ARRIVED + 5 * HOUR)
    assert steps(elsewhere) == ["R1"]
    assert not MissingEpisode.objects.exists()


@pytest.mark.by_turns
def test_a_journey_that_is_broken_off_asks_for_no_stop_any_more(elsewhere: Watched) -> None:
    made = travels(elsewhere)
    tick(DEPARTS - HOUR)
    journey_verbs.break_off(made, reason="Rain", by=elsewhere.worker, at=DEPARTS - HOUR)
    assert contact_clock(elsewhere).window == "elsewhere"
    tick(DEPARTS + 5 * HOUR)
    assert steps(elsewhere) == []


def nowhere(w: Watched) -> Clock:
    return papers.clock_of(w.child, "nowhere")


@pytest.mark.by_turns
def test_after_the_hand_over_a_placement_is_owed_within_the_hour_until_it_is_recorded(
    elsewhere: Watched,
) -> None:
    tick(DEPARTS - 3 * HOUR)
    assert not Clock.objects.filter(duty="nowhere", due_at__isnull=False).exists(), "others know where"
    travels(elsewhere, until=3)
    assert nowhere(elsewhere).due_at == ARRIVED + HOUR
    tick(ARRIVED + HOUR - MINUTE)
    assert papers.steps(elsewhere.child, "nowhere") == []
    for after, heard in ((0, ["R1"]), (4, ["R1", "R2"]), (24, ["R1", "R2", "R4"])):
        tick(ARRIVED + HOUR + after * HOUR)
        assert papers.steps(elsewhere.child, "nowhere") == heard
    at = ARRIVED + 26 * HOUR
    placed(elsewhere.child, starts_at=at, at=at)
    tick(at)
    assert not papers.is_open(elsewhere.child, "nowhere")
    # Who ends that one says where the child is.
    placements.end(
        elsewhere.child.placements.get(ends_at=None),
        ends_at=at + HOUR,
        reason="Taken away",
        by=elsewhere.worker,
        at=at + HOUR,
    )
    assert nowhere(elsewhere).due_at is None


@pytest.mark.by_turns
def test_a_journey_from_which_the_child_goes_back_leaves_it_where_it_was(elsewhere: Watched) -> None:
    travels(elsewhere, until=3, kind="other")
    assert not Clock.objects.filter(duty="nowhere", due_at__isnull=False).exists()


@pytest.mark.by_turns
def test_a_hand_over_of_before_the_decision_counts_for_no_later_one(elsewhere: Watched) -> None:
    travels(elsewhere, until=3)
    for status, after in (("disputed", 1), ("treated_as_adult_elsewhere", 2)):
        decide(elsewhere, status, ARRIVED + after * MINUTE)
    assert nowhere(elsewhere).due_at is None


@pytest.mark.by_turns
def test_the_history_knows_when_the_child_was_brought_away(elsewhere: Watched) -> None:
    travels(elsewhere, until=3)
    known = histories.read([elsewhere.child.pk])[elsewhere.child.pk]
    loaded = facts.load([elsewhere.child.pk])[elsewhere.child.pk]
    assert loaded.brought_at == ARRIVED
    assert histories.at(known, ARRIVED).nowhere_since == loaded.nowhere_since == ARRIVED
    assert histories.at(known, ARRIVED - MINUTE).nowhere_since is None
