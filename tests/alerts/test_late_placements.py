"""A placement that is written late asks from then on: nobody is alarmed for a roll-call that nobody was asked for."""

from datetime import timedelta

import pytest

from alerts import home_clocks, sweep
from alerts.models import AlertStep, Clock
from cases import placements
from cases.models import Journey, MissingEpisode, Placement
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


def test_a_placement_recorded_after_teatime_from_the_hand_over_on_alarms_nobody(watched):
    handed_over(watched)
    sweep.sweep_all(now=WRITTEN - MINUTE)
    placed(watched.child, starts_at=LATER + HOUR, at=WRITTEN)
    sweep.sweep_all(now=WRITTEN)
    assert contact_steps(watched) == []
    assert not MissingEpisode.objects.filter(child=watched.child).exists()


@pytest.mark.parametrize("ago", [6 * HOUR, DAY, 3 * DAY, 20 * DAY])
def test_whatever_start_is_typed_no_roll_call_that_closed_before_it_was_written_is_owed(watched, ago):
    placed(watched.child, starts_at=WRITTEN - ago, at=WRITTEN)
    sweep.sweep_all(now=WRITTEN)
    assert contact_steps(watched) == []
    due_at = contact_clock(watched).due_at
    assert due_at is not None
    assert WRITTEN < due_at <= WRITTEN + 3 * HOUR, "the next roll-call is asked, without a gap"


def test_a_first_placement_typed_from_before_the_registration_asks_from_the_registration_on():
    child = a_child(at=WRITTEN)
    placed(child, starts_at=WRITTEN - 2 * DAY, at=WRITTEN + MINUTE)
    sweep.sweep_all(now=WRITTEN + MINUTE)
    assert not AlertStep.objects.filter(alert__child=child, alert__clock__kind=Clock.Kind.CONTACT).exists()
    due_at = Clock.objects.get(child=child, kind=Clock.Kind.CONTACT).due_at
    assert due_at is not None
    assert due_at > WRITTEN


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


def test_who_is_placed_late_from_long_ago_is_settled_from_then_and_owes_what_was_missed_before():
    child = a_child(at=AT, risk="low")
    at = AT + 120 * DAY
    placed(child, starts_at=AT, at=at)
    due_at = Clock.objects.get(child=child, kind=Clock.Kind.CONTACT).due_at
    assert due_at is not None
    assert due_at < AT + DAY, "nobody has seen the child since the registration"


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
