"""“I am on this” of somebody who is gone a minute later, or from whom the child is kept: the police hear at the time of old."""

from datetime import timedelta

import pytest

from alerts import escalations
from alerts.models import Alert, DutyTask, Message
from cases import concerns, leavers, people
from cases.models import MissingEpisode, Role, User
from tests import factories
from tests.alerts.outgoing import CLOSES, tick
from tests.cases.expectations import events
from tests.factories import Watched

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
PRESSED = CLOSES + 80 * MINUTE
FAIL_SAFE = CLOSES + 90 * MINUTE


@pytest.fixture
def one() -> Watched:
    found = factories.a_watched_child()
    for minutes in (31, 61):
        tick(CLOSES + minutes * MINUTE)
    escalations.on_it(alert_of(found), by=found.desk.person, at=PRESSED)
    return found


def alert_of(one: Watched) -> Alert:
    return Alert.objects.get(child=one.child, status="open", clock__kind="contact")


def owed_to_police(one: Watched) -> bool:
    tick(FAIL_SAFE + MINUTE)
    return MissingEpisode.objects.get(child=one.child).police_owed_at is not None


def go(one: Watched, how: str, person: User) -> None:
    at = PRESSED + MINUTE
    if how == "closed":
        admin = factories.a_person(Role.ADMINISTRATOR, authority=one.authority)
        leavers.close(person, reason="May be the danger", by=admin, at=at)
    elif how == "left":
        people.leave(factories.membership_of(person), at=at)
    else:
        concerns.keep_from(one.child, person, reason="He knows the man", by=one.worker, at=at)


@pytest.mark.by_turns
def test_it_holds_the_fail_safe_while_whoever_pressed_it_is_there(one: Watched) -> None:
    go(one, "kept", one.desk.second)
    assert not owed_to_police(one)


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["closed", "left", "kept"])
def test_it_holds_nothing_once_whoever_pressed_it_may_not_answer_for_the_child(
    one: Watched, how: str
) -> None:
    with events(one.child, *(["kept_from"] if how == "kept" else []), "duty_off_it") as written:
        go(one, how, one.desk.person)
    assert written[-1].actor is None
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_POLICE)
    assert (task.taken_by, alert_of(one).on_it_by) == (None, None)
    assert owed_to_police(one)
    # Of a shift that has passed to the second person with the role it is whoever comes after.
    assert Message.objects.filter(step=f"{DutyTask.UNTAKEN}:{task.pk}").exists()


def test_another_may_press_it_then(one: Watched) -> None:
    go(one, "kept", one.desk.person)
    alert = escalations.on_it(alert_of(one), by=one.desk.second, at=PRESSED + 5 * MINUTE)
    assert alert.on_it_by == one.desk.second
    assert not owed_to_police(one)
