"""What a guardian carries is their children in open cases; one whose case is closed is told of nothing any more."""

from datetime import timedelta

import pytest

from alerts import sweep
from alerts.models import Alert, Message
from cases.models import Event, Role, User
from cases.states import IllegalMove
from guardians import leaves
from guardians.models import GuardianLeave
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, case_closed, guarded

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR


@pytest.fixture
def closed() -> Watched:
    """A child with signs of trafficking, whose case is closed while the guardian's assignment stands."""
    one = a_watched_child(trafficking="yes")
    case_closed(one.child, reason="Family found in Lisbon", by=one.worker, at=AT + 2 * HOUR)
    return one


@pytest.fixture
def supervisor(closed: Watched) -> User:
    return a_person(Role.GUARDIAN, service=closed.assignment.service, reach="service")


def since(one: Watched) -> set[str]:
    return set(Event.objects.filter(child=one.child, recorded_at__gte=NOW).values_list("kind", flat=True))


@pytest.mark.by_turns(8)
def test_a_closed_case_takes_no_room_of_a_guardian_and_an_open_one_does(
    closed: Watched, supervisor: User
) -> None:
    terms = {"capacity": 1, "checks_until": None, "by": supervisor}
    leaves.set_terms(closed.guardian, closed.assignment.service, **terms, at=NOW)
    assert leaves.room(closed.guardian, closed.assignment.service, NOW) == 1
    guarded(a_child(), closed.guardian, at=NOW + HOUR)
    assert leaves.room(closed.guardian, closed.assignment.service, NOW + HOUR) == 0
    with pytest.raises(IllegalMove, match="as many children as they can carry"):
        guarded(a_child(), closed.guardian, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_nobody_has_to_be_left_out_for_a_child_whose_case_is_closed_and_that_child_is_not_named(
    closed: Watched, supervisor: User
) -> None:
    other = guarded(a_child(), closed.guardian, at=NOW)
    terms = {"checks_until": None, "by": supervisor, "at": NOW + HOUR}
    leaves.set_terms(
        closed.guardian, closed.assignment.service, capacity=1, released=[closed.child.pk], **terms
    )
    assert not GuardianLeave.objects.exists()
    with pytest.raises(IllegalMove, match="can no longer carry"):
        leaves.set_terms(closed.guardian, closed.assignment.service, capacity=0, **terms)
    leaves.set_terms(
        closed.guardian, closed.assignment.service, capacity=0, released=[other.child_id], **terms
    )
    assert GuardianLeave.objects.get().child == other.child


@pytest.mark.by_turns
def test_leave_writes_nothing_into_a_closed_case_and_alarms_nobody_of_it(
    closed: Watched, supervisor: User
) -> None:
    other = guarded(a_child(trafficking="yes"), closed.guardian, at=NOW)
    told = {"kind": "leave", "starts_at": NOW + DAY, "ends_at": NOW + 9 * DAY, "by": closed.guardian}
    leave = leaves.announce(closed.guardian, closed.assignment.service, **told, at=NOW + HOUR)
    sweep.sweep_all(now=NOW + 2 * DAY)
    leaves.end(leave, by=closed.guardian, at=NOW + 3 * DAY)
    terms = {"capacity": None, "checks_until": (NOW + 90 * DAY).date(), "by": supervisor}
    leaves.set_terms(closed.guardian, closed.assignment.service, **terms, at=NOW + 4 * DAY)
    assert since(closed) == set()
    assert not Alert.objects.filter(child=closed.child, clock__kind="guardian").exists()
    assert not Message.objects.filter(items__alert__child=closed.child).exists()
    written = Event.objects.filter(child=other.child).values_list("kind", flat=True)
    assert {"guardian_leave_announced", "guardian_leave_ended", "guardian_checks_recorded"} <= {*written}
    assert Alert.objects.filter(child=other.child, clock__kind="guardian").exists()
