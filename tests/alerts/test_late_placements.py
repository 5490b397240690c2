"""A placement that is written late asks from then on: nobody is alarmed for a roll-call that nobody was asked for.

A roll-call that is open at the writing is asked, and the closer row lasts for a day from then at least.
"""

from datetime import datetime, timedelta

import pytest

from alerts import home_clocks, sweep, watching
from alerts.models import AlertStep, Clock
from cases import placements
from cases.models import Child, Journey, MissingEpisode, Placement
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_watched_child,
    confirmed,
    placed,
    planned,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Two in the afternoon of a day long after the registration.
LATER = AT + 99 * DAY + 4 * HOUR
# Twenty to eight in the evening: teatime is over, the evening's roll-call has not begun.
WRITTEN = LATER + 5 * HOUR + 40 * MINUTE
# Ten past ten in the evening; the roll-call of the night opens twenty minutes later, for an hour.
EVENING = LATER + 8 * HOUR + 10 * MINUTE
NIGHT_ENDS = EVENING + 80 * MINUTE
MORNING_ENDS = NIGHT_ENDS + 9 * HOUR
REGISTERED = EVENING + 35 * MINUTE


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(risk="low")
    seen(found.child, by=found.carer, at=LATER - MINUTE)
    return found


def contact_steps(watched: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind=Clock.Kind.CONTACT)
    return list(rows.values_list("step", flat=True))


def contact_clock(watched: Watched) -> Clock:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)


def due(child: Child) -> datetime | None:
    return Clock.objects.get(child=child, kind=Clock.Kind.CONTACT).due_at


def handed_over(watched: Watched) -> Journey:
    made = planned(
        watched.child,
        by=watched.worker,
        departs_at=LATER,
        stops=0,
        kind=Journey.Kind.MOVE,
        at=LATER - MINUTE,
    )
    confirmed(made, 0, by=watched.worker, at=LATER)
    confirmed(made, 1, by=None, at=LATER + HOUR, as_given=True)
    return made


@pytest.mark.by_turns
def test_a_placement_recorded_after_teatime_from_the_hand_over_on_alarms_nobody(watched):
    handed_over(watched)
    sweep.sweep_all(now=WRITTEN - MINUTE)
    placed(watched.child, starts_at=LATER + HOUR, at=WRITTEN)
    sweep.sweep_all(now=WRITTEN)
    assert contact_steps(watched) == []
    assert not MissingEpisode.objects.filter(child=watched.child).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("ago", [6 * HOUR, DAY, 3 * DAY, 20 * DAY])
def test_whatever_start_is_typed_no_roll_call_that_closed_before_it_was_written_is_owed(watched, ago):
    placed(watched.child, starts_at=WRITTEN - ago, at=WRITTEN)
    sweep.sweep_all(now=WRITTEN)
    assert contact_steps(watched) == []
    due_at = contact_clock(watched).due_at
    assert due_at is not None
    assert WRITTEN < due_at <= WRITTEN + 3 * HOUR, "the next roll-call is asked, without a gap"


@pytest.mark.by_turns
def test_a_first_placement_typed_from_before_the_registration_asks_from_the_registration_on():
    child = a_child(at=WRITTEN)
    placed(child, starts_at=WRITTEN - 2 * DAY, at=WRITTEN + MINUTE)
    sweep.sweep_all(now=WRITTEN + MINUTE)
    assert not AlertStep.objects.filter(alert__child=child, alert__clock__kind=Clock.Kind.CONTACT).exists()
    due_at = Clock.objects.get(child=child, kind=Clock.Kind.CONTACT).due_at
    assert due_at is not None
    assert due_at > WRITTEN


@pytest.mark.by_turns
def test_a_roll_call_that_was_missed_before_a_late_move_was_written_stays_owed():
    watched = a_watched_child()
    seen(watched.child, by=watched.carer, at=LATER - MINUTE)
    missed = LATER + 9 * HOUR
    before = contact_clock(watched)
    assert before.due_at is not None
    sweep.sweep_all(now=missed + 2 * DAY)
    standing = contact_steps(watched)
    assert "R1" in standing
    placed(watched.child, starts_at=LATER, at=missed + 2 * DAY + MINUTE)
    sweep.sweep_all(now=missed + 2 * DAY + 2 * MINUTE)
    assert contact_clock(watched).due_at == before.due_at


@pytest.mark.by_turns
def test_who_is_placed_late_from_long_ago_is_settled_from_then_and_owes_what_was_missed_before():
    child = a_child(at=AT, risk="low")
    at = AT + 120 * DAY
    placed(child, starts_at=AT, at=at)
    due_at = Clock.objects.get(child=child, kind=Clock.Kind.CONTACT).due_at
    assert due_at is not None
    assert due_at < AT + DAY, "nobody has seen the child since the registration"


@pytest.mark.by_turns
def test_a_home_that_did_not_have_the_child_on_record_owes_no_check_of_that_night(watched):
    home = a_home(watched.authority)
    morning = LATER + 19 * HOUR
    seen(watched.child, by=watched.carer, at=morning - HOUR)
    placement = placements.start(
        watched.child,
        where=home,
        placement_type=Placement.Type.CHILDRENS_HOME,
        starts_at=LATER,
        by=watched.worker,
        at=morning,
    )
    assert placement.starts_at == LATER
    (night,) = home_clocks.load([home.pk], at=morning).values()
    assert night.facts.covered
    assert min(span.starts_at for span in night.facts.covered) == morning


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("arrived_ago", [DAY, timedelta(0)])
def test_the_night_that_is_open_when_a_child_is_registered_is_asked_and_alarms_half_an_hour_after(
    arrived_ago,
):
    child = a_child(at=REGISTERED, arrived_at=REGISTERED - arrived_ago)
    placed(child, starts_at=EVENING, at=REGISTERED + MINUTE)
    assert due(child) == NIGHT_ENDS
    steps = AlertStep.objects.filter(alert__child=child, alert__clock__kind=Clock.Kind.CONTACT)
    sweep.sweep_all(now=NIGHT_ENDS + 29 * MINUTE)
    assert not steps.exists()
    sweep.sweep_all(now=NIGHT_ENDS + 30 * MINUTE)
    assert "R1" in steps.values_list("step", flat=True)


@pytest.mark.by_turns
@pytest.mark.parametrize("late", [timedelta(0), MINUTE, 5 * HOUR])
def test_a_night_that_has_closed_when_the_first_placement_is_written_is_asked_of_nobody(late):
    child = a_child(at=REGISTERED)
    written = NIGHT_ENDS + late
    placed(child, starts_at=EVENING, at=written)
    assert due(child) == MORNING_ENDS
    sweep.sweep_all(now=written)
    assert not AlertStep.objects.filter(alert__child=child, alert__clock__kind=Clock.Kind.CONTACT).exists()


@pytest.mark.by_turns
def test_a_night_that_opened_before_the_child_came_is_asked_of_nobody():
    child = a_child(at=REGISTERED)
    placed(child, starts_at=REGISTERED - 5 * MINUTE, at=REGISTERED + MINUTE)
    assert due(child) == MORNING_ENDS


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("starts_at", "written", "due_at"),
    [
        (EVENING, EVENING + 30 * MINUTE, NIGHT_ENDS),
        (EVENING, NIGHT_ENDS - MINUTE, NIGHT_ENDS),
        (EVENING, NIGHT_ENDS, MORNING_ENDS),
        (EVENING - 3 * DAY, EVENING + 30 * MINUTE, NIGHT_ENDS),
        (EVENING + 25 * MINUTE, EVENING + 30 * MINUTE, MORNING_ENDS),
    ],
)
def test_of_a_move_the_night_that_is_open_when_it_is_written_is_asked(starts_at, written, due_at):
    watched = a_watched_child()
    seen(watched.child, by=watched.carer, at=LATER + 3 * HOUR)
    placed(watched.child, starts_at=starts_at, at=written)
    assert due(watched.child) == due_at
    sweep.sweep_all(now=written)
    assert contact_steps(watched) == []


@pytest.mark.by_turns
def test_who_is_seen_in_the_night_that_was_open_at_the_writing_owes_the_morning():
    watched = a_watched_child()
    seen(watched.child, by=watched.carer, at=LATER + 3 * HOUR)
    placed(watched.child, starts_at=EVENING, at=EVENING + 30 * MINUTE)
    seen(watched.child, by=watched.worker, at=EVENING + 40 * MINUTE)
    assert due(watched.child) == MORNING_ENDS


@pytest.mark.by_turns
@pytest.mark.parametrize("ago", [60 * HOUR, 3 * DAY, 20 * DAY])
def test_however_late_a_placement_is_written_its_closer_row_lasts_for_a_day_from_then(watched, ago):
    placed(watched.child, starts_at=WRITTEN - ago, at=WRITTEN)
    (watch,) = watching.watch([watched.child.pk], at=WRITTEN).values()
    closer = [one for one in watch.applies if one.row.key == "first_72_hours" and one.covers(WRITTEN)]
    assert [one.ends_at for one in closer] == [WRITTEN + DAY]
    assert due(watched.child) == LATER + 7 * HOUR, "the roll-call of that evening"
