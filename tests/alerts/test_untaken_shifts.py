"""A shift that nobody takes reaches the manager an hour before it begins, and who stands above where that fails."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import delivery, sweep, untaken_shifts
from alerts.models import Message
from alerts.states import MessageStatus
from cases import configuration, people
from cases.models import Reach, Role, Shift
from tests.factories import a_duty_desk, a_person, a_team, end_shift, membership_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# Ahead of the database's own clock: the end of a shift that has come is never moved.
AT = datetime(2126, 3, 4, 9, 0, tzinfo=UTC)
START = AT + 3 * HOUR


@pytest.fixture
def desk():
    found = a_duty_desk()
    end_shift(found)
    return found


@pytest.fixture
def manager(desk):
    return a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority))


@pytest.fixture
def shift(desk):
    return configuration.put_on_duty(
        desk.team,
        desk.person,
        phone="01632 960001",
        starts_at=START,
        ends_at=START + 8 * HOUR,
        by=None,
        at=AT,
    )


def told() -> list[tuple[int | None, str]]:
    return sorted(Message.objects.filter(wording="manager_untaken").values_list("user", "channel"))


def test_the_manager_is_told_by_text_and_mail_an_hour_before_and_once(shift, manager):
    sweep.sweep(now=START - HOUR - timedelta(seconds=2))
    assert told() == []
    for at in (START - HOUR, START - HOUR / 2, START + HOUR):
        sweep.sweep(now=at)
    assert told() == [(manager.pk, "mail"), (manager.pk, "text")]
    message = Message.objects.filter(wording="manager_untaken").first()
    assert (message.shift, message.owed_at, message.authority) == (shift, START - HOUR, shift.team.authority)


def test_a_taken_shift_and_one_without_an_end_are_told_to_nobody(shift, manager, desk):
    configuration.take_shift(shift, by=desk.person, at=AT)
    configuration.put_on_duty(desk.team, desk.second, phone="01632 960002", starts_at=AT, by=None, at=AT)
    untaken_shifts.tell(now=START)
    assert told() == []


def test_one_that_is_handed_over_before_it_begins_is_told_to_nobody(shift, manager, desk):
    configuration.take_shift(shift, by=desk.second, at=AT)
    untaken_shifts.tell(now=START)
    assert told() == []
    assert Shift.objects.get(pk=shift.pk).ends_at == START


def test_word_that_is_not_out_when_the_shift_is_taken_is_not_sent(shift, manager, desk, catcher):
    untaken_shifts.tell(now=START - HOUR)
    configuration.take_shift(shift, by=desk.person, at=START - HOUR / 2)
    delivery.deliver(clock=lambda: START - HOUR / 4)
    states = set(Message.objects.filter(wording="manager_untaken").values_list("status", flat=True))
    assert states == {MessageStatus.CANCELLED}


def test_what_is_sent_names_the_desk_and_the_hours(shift, manager, desk, catcher):
    untaken_shifts.tell(now=START - HOUR)
    delivery.deliver(clock=lambda: START - HOUR)
    message = Message.objects.get(wording="manager_untaken", channel="mail")
    assert message.status == MessageStatus.SENT
    text = message.proofs.get().text
    assert desk.team.name in " ".join(text.split())
    assert "A DUTY SHIFT IS NOT TAKEN" in text


def test_where_the_managers_cannot_be_told_the_head_of_service_is(shift, manager, desk):
    head = a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority), reach=Reach.SERVICE)
    untaken_shifts.tell(now=START - HOUR)
    Message.objects.filter(channel="text").update(status=MessageStatus.FAILED)
    untaken_shifts.tell(now=START - HOUR / 2)
    assert head.pk not in {user for user, _channel in told()}
    Message.objects.filter(channel="mail").update(status=MessageStatus.FAILED)
    untaken_shifts.tell(now=START - HOUR / 4)
    assert {user for user, _channel in told()} == {manager.pk, head.pk}


def test_without_any_manager_the_director_is_told_at_once(shift, manager, desk):
    people.leave(membership_of(manager), at=AT)
    director = a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority), reach=Reach.DIRECTORATE)
    untaken_shifts.tell(now=START - HOUR)
    assert {user for user, _channel in told()} == {director.pk}
