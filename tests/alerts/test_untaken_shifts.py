"""A shift that nobody takes reaches the manager an hour before it begins, and who stands above where that fails."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import delivery, sweep, tasks, untaken_shifts, watchdog
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, configuration, leavers, people
from cases.models import Membership, Reach, Role, Shift, Team
from config.celery import app
from tests.factories import a_duty_desk, a_person, a_team, an_authority, end_shift, membership_of

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


@pytest.mark.by_turns
def test_the_manager_is_told_by_text_and_mail_an_hour_before_and_once(shift, manager):
    sweep.sweep(now=START - HOUR - timedelta(seconds=2))
    assert told() == []
    for at in (START - HOUR, START - HOUR / 2, START + HOUR):
        sweep.sweep(now=at)
    assert told() == [(manager.pk, "mail"), (manager.pk, "text")]
    message = Message.objects.filter(wording="manager_untaken").first()
    assert (message.shift, message.owed_at, message.authority) == (shift, START - HOUR, shift.team.authority)


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_what_is_sent_names_the_desk_and_the_hours(shift, manager, desk, catcher):
    untaken_shifts.tell(now=START - HOUR)
    delivery.deliver(clock=lambda: START - HOUR)
    message = Message.objects.get(wording="manager_untaken", channel="mail")
    assert message.status == MessageStatus.SENT
    text = message.proofs.get().text
    assert desk.team.name in " ".join(text.split())
    assert "A DUTY SHIFT IS NOT TAKEN" in text


@pytest.mark.by_turns
def test_where_the_managers_cannot_be_told_the_head_of_service_is(shift, manager, desk):
    head = a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority), reach=Reach.SERVICE)
    untaken_shifts.tell(now=START - HOUR)
    Message.objects.filter(channel="text").update(status=MessageStatus.FAILED)
    untaken_shifts.tell(now=START - HOUR / 2)
    assert head.pk not in {user for user, _channel in told()}
    Message.objects.filter(channel="mail").update(status=MessageStatus.FAILED)
    untaken_shifts.tell(now=START - HOUR / 4)
    assert {user for user, _channel in told()} == {manager.pk, head.pk}


@pytest.mark.by_turns
def test_without_any_manager_the_director_is_told_at_once(shift, manager, desk):
    people.leave(membership_of(manager), at=AT)
    director = a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority), reach=Reach.DIRECTORATE)
    untaken_shifts.tell(now=START - HOUR)
    assert {user for user, _channel in told()} == {director.pk}


# --- A gap in the rota


def told_of_gap() -> list[tuple[int | None, str]]:
    return sorted(Message.objects.filter(wording="manager_gap").values_list("user", "channel"))


@pytest.fixture
def last(desk, shift):
    """A shift that is taken, and nothing behind it."""
    return configuration.take_shift(shift, by=desk.person, at=AT)


END = START + 8 * HOUR


@pytest.mark.by_turns
def test_the_end_of_a_shift_with_nothing_behind_it_is_told_to_the_manager_an_hour_before_and_once(
    last, manager
):
    untaken_shifts.tell_of_gaps(now=END - HOUR - timedelta(seconds=2))
    assert told_of_gap() == []
    for at in (END - HOUR, END - HOUR / 2, END + HOUR, END + 3 * HOUR):
        untaken_shifts.tell_of_gaps(now=at)
    assert told_of_gap() == [(manager.pk, "mail"), (manager.pk, "text")]
    message = Message.objects.filter(wording="manager_gap").first()
    assert (message.shift, message.owed_at, message.authority) == (last, END - HOUR, last.team.authority)


@pytest.mark.by_turns
def test_a_council_that_writes_no_shifts_or_has_given_the_rota_up_is_told_of_no_gap(desk, manager, last):
    without = an_authority()
    a_team(without, kind="duty")
    a_person(Role.TEAM_MANAGER, team=a_team(without))
    untaken_shifts.tell_of_gaps(now=AT)
    for day in range(1, 30):
        untaken_shifts.tell_of_gaps(now=END + day * 24 * HOUR)
    assert told_of_gap() == []


@pytest.mark.by_turns
@pytest.mark.parametrize("where", ["same desk", "another desk", "another authority"])
def test_a_shift_that_follows_at_whichever_desk_of_the_authority_leaves_no_gap(desk, manager, last, where):
    team = desk.team if where == "same desk" else a_team(desk.team.authority, kind="emergency")
    if where == "another authority":
        team = a_duty_desk().team
    configuration.put_on_duty(
        team, desk.second, phone="01632 960002", starts_at=END, ends_at=END + 8 * HOUR, by=None, at=AT
    )
    untaken_shifts.tell_of_gaps(now=END - HOUR)
    untaken_shifts.tell_of_gaps(now=END + HOUR)
    assert bool(told_of_gap()) is (where == "another authority")


def test_a_shift_that_begins_later_is_a_gap_until_then_and_two_that_end_at_once_are_one(desk, manager, last):
    configuration.put_on_duty(
        desk.team, desk.second, phone="01632 960002", starts_at=START, ends_at=END, by=None, at=AT
    )
    later = END + 2 * HOUR
    configuration.put_on_duty(desk.team, desk.second, phone="01632 960002", starts_at=later, by=None, at=AT)
    untaken_shifts.tell_of_gaps(now=later + HOUR)
    assert told_of_gap() == []
    untaken_shifts.tell_of_gaps(now=END + HOUR)
    assert told_of_gap() == [(manager.pk, "mail"), (manager.pk, "text")]


@pytest.mark.by_turns
def test_word_of_a_gap_that_is_filled_before_it_is_out_is_not_sent(desk, manager, last, catcher):
    untaken_shifts.tell_of_gaps(now=END - HOUR)
    configuration.put_on_duty(
        desk.team,
        desk.second,
        phone="01632 960002",
        starts_at=END,
        ends_at=END + HOUR,
        by=None,
        at=END - HOUR,
    )
    delivery.deliver(clock=lambda: END - HOUR / 2)
    states = set(Message.objects.filter(wording="manager_gap").values_list("status", flat=True))
    assert states == {MessageStatus.CANCELLED}


@pytest.mark.by_turns(8)
def test_what_is_sent_of_a_gap_names_the_desk_and_the_hour(desk, manager, last, catcher):
    untaken_shifts.tell_of_gaps(now=END - HOUR)
    delivery.deliver(clock=lambda: END - HOUR)
    message = Message.objects.get(wording="manager_gap", channel="mail")
    assert message.status == MessageStatus.SENT
    text = " ".join(message.proofs.get().text.split())
    assert "NOBODY IS ON THE DUTY ROTA" in text
    assert f"The shift of {desk.team.name} ends then" in text


@pytest.mark.by_turns
def test_where_the_manager_cannot_be_told_of_a_gap_the_head_is(desk, manager, last):
    head = a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority), reach=Reach.SERVICE)
    untaken_shifts.tell_of_gaps(now=END - HOUR)
    assert head.pk not in {user for user, _channel in told_of_gap()}
    Message.objects.update(status=MessageStatus.FAILED)
    untaken_shifts.tell_of_gaps(now=END)
    assert head.pk in {user for user, _channel in told_of_gap()}


@pytest.mark.by_turns
def test_a_shift_of_which_both_was_told_keeps_both_words(desk, manager, shift):
    untaken_shifts.tell(now=START)
    untaken_shifts.tell_of_gaps(now=END)
    assert len(told()) == len(told_of_gap()) == 2


@pytest.mark.by_turns
@pytest.mark.parametrize("by", [tasks.tell_of_gaps, lambda: watchdog._owe_what_is_no_clock_s(clock.now())])
def test_beat_and_the_watchdog_both_look_for_gaps_and_the_desk_shows_one(client, by):
    found = a_duty_desk()
    manager = a_person(Role.TEAM_MANAGER, team=a_team(found.team.authority))
    client.force_login(found.person)
    assert "Nobody is on duty from" not in client.get("/duty/").content.decode()
    Shift.objects.filter(team=found.team).update(ends_at=clock.now() + HOUR / 2)
    assert "Nobody is on duty from" in client.get("/duty/").content.decode()
    by()
    assert {user for user, _channel in told_of_gap()} == {manager.pk}
    assert [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.tell_of_gaps"]


def test_one_shift_that_cannot_be_told_of_silences_no_other(shift, manager, desk, monkeypatch):
    other = a_duty_desk()
    end_shift(other)
    theirs = a_person(Role.TEAM_MANAGER, team=a_team(other.team.authority))
    configuration.put_on_duty(
        other.team, other.person, phone="01632 960003", starts_at=START, ends_at=START + HOUR, by=None, at=AT
    )
    known = untaken_shifts._next

    def fails(one, *given):
        if one.pk == shift.pk:
            raise ValueError("a record that fails")
        return known(one, *given)

    monkeypatch.setattr(untaken_shifts, "_next", fails)
    untaken_shifts.tell(now=START)
    assert {user for user, _channel in told()} == {theirs.pk}


# --- Whoever is on the rota leaves


def leave(desk, at=START + HOUR):
    people.leave(membership_of(desk.person), at=at)
    return list(Shift.objects.filter(team=desk.team, starts_at__gte=AT).order_by("pk"))


def test_a_shift_that_somebody_had_taken_ends_with_their_role_and_the_manager_hears_of_the_gap(
    shift, manager, desk
):
    configuration.take_shift(shift, by=desk.person, at=AT)
    (ended,) = leave(desk)
    assert ended.ends_at == START + HOUR
    untaken_shifts.tell_of_gaps(now=START + HOUR + timedelta(minutes=1))
    assert told_of_gap() == [(manager.pk, "mail"), (manager.pk, "text")]


def test_the_second_person_stands_in_their_place_and_has_not_taken_it(desk, manager):
    Team.objects.filter(pk=desk.team.pk).update(phone="")
    kept = configuration.put_on_duty(
        desk.team,
        desk.person,
        phone="01632 960001",
        second=desk.second,
        second_phone="01632 960002",
        starts_at=START,
        ends_at=START + 8 * HOUR,
        by=None,
        at=AT,
    )
    configuration.take_shift(kept, by=desk.person, at=AT)
    _ended, following = leave(desk)
    assert (following.person, following.phone) == (desk.second, "01632 960002")
    assert (following.starts_at, following.ends_at) == (START + HOUR, START + 8 * HOUR)
    untaken_shifts.tell(now=START + HOUR + timedelta(minutes=1))
    assert told() == [(manager.pk, "mail"), (manager.pk, "text")]
    untaken_shifts.tell_of_gaps(now=START + HOUR + timedelta(minutes=1))
    assert told_of_gap() == []


def test_where_the_desk_has_a_phone_of_its_own_it_is_rung_and_the_shift_is_taken_by_nobody(
    shift, desk, manager
):
    Team.objects.filter(pk=desk.team.pk).update(phone="01632 960777")
    second = {"second": desk.second, "second_phone": "01632 960002", "ends_at": START + 8 * HOUR}
    behind = configuration.change_shift(
        shift, desk.person, phone="01632 960001", reason="A second", by=manager, at=AT, **second
    )
    configuration.take_shift(behind, by=desk.person, at=AT)
    assert leave(desk)[-1].taken_at is None
    untaken_shifts.tell(now=START + HOUR + timedelta(minutes=1))
    assert told() == [(manager.pk, "mail"), (manager.pk, "text")]


def test_a_shift_to_come_ends_where_it_would_have_begun(shift, desk):
    (ended,) = leave(desk, at=AT + HOUR)
    assert ended.ends_at == ended.starts_at


def test_a_role_that_ends_by_its_date_ends_the_shift_too(shift, desk, manager):
    Membership.objects.filter(user=desk.person).update(ends_at=START + HOUR)
    leavers.end_by_date(at=START + HOUR + timedelta(minutes=1))
    assert Shift.objects.get(pk=shift.pk).ends_at == START + HOUR + timedelta(minutes=1)


@pytest.mark.by_turns
def test_whoever_keeps_another_role_at_the_desk_keeps_the_shift(shift, desk):
    role = membership_of(desk.person)
    people.join(desk.person, Role.TEAM_MANAGER, team=a_team(desk.team.authority), by=None, at=AT)
    people.leave(role, at=START + HOUR)
    assert Shift.objects.get(pk=shift.pk).ends_at == START + 8 * HOUR
