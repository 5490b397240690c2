"""A duty number that nobody rang to test it for a week reaches those who ring it, each week until it is answered."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import change_words, delivery, demo, number_mails, probes, tasks, watchdog
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, configuration, going_live, organisations
from cases.models import ConfigurationChange, Membership, Role, Team, User
from config.celery import app
from tests import factories
from tests.factories import DutyDesk

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk() -> DutyDesk:
    return factories.a_duty_desk()


@pytest.fixture
def admin(desk: DutyDesk) -> User:
    return factories.a_person(Role.ADMINISTRATOR, authority=desk.team.authority)


def answered(desk: DutyDesk, by: User, at: datetime, *phones: str) -> None:
    for phone in phones or (desk.team.phone, desk.team.second_phone, desk.person.phone, desk.second.phone):
        probes.record_call(desk.team, phone, answered=True, by=by, at=at)


def told() -> list[User | None]:
    return [
        one.user for one in Message.objects.filter(wording="numbers_uncalled").order_by("owed_at", "user")
    ]


@pytest.mark.by_turns
def test_the_administrators_hear_of_a_number_that_no_test_call_was_answered_on_each_week_until_one_is(
    desk: DutyDesk, admin: User, now: datetime, catcher
) -> None:
    factories.a_person(Role.ADMINISTRATOR)
    second = factories.a_person(Role.ADMINISTRATOR, authority=desk.team.authority)
    answered(desk, admin, now)
    assert number_mails.tell(now=now + 8 * DAY - HOUR) == 0, (
        "whoever rings each week is asked by the page first"
    )
    assert number_mails.tell(now=now + 8 * DAY) == 1
    assert set(told()) == {admin, second}
    assert len(told()) == 2
    assert number_mails.tell(now=now + 14 * DAY) == 0
    assert number_mails.tell(now=now + 15 * DAY) == 1
    assert len(told()) == 4
    probes.record_call(desk.team, desk.team.phone, answered=False, by=admin, at=now + 16 * DAY)
    assert number_mails.tell(now=now + 22 * DAY) == 1, "a call that nobody answered is none"
    answered(desk, admin, now + 23 * DAY)
    assert number_mails.tell(now=now + 30 * DAY) == 0
    delivery.deliver(clock=lambda: now + 30 * DAY)
    mails = Message.objects.filter(wording="numbers_uncalled")
    assert {mail.status for mail in mails} == {MessageStatus.SENT}
    text = " ".join(mails[0].proofs.get().text.split())
    assert f"{desk.team.name}: {desk.team.phone}, {desk.team.second_phone}." in text


@pytest.mark.by_turns
def test_only_the_number_that_waits_is_named(desk: DutyDesk, admin: User, now: datetime) -> None:
    answered(desk, admin, now, desk.team.phone, desk.person.phone, desk.second.phone)
    answered(desk, admin, now + 2 * DAY, desk.team.second_phone)
    assert number_mails.tell(now=now + 8 * DAY) == 1
    noted = ConfigurationChange.objects.get(kind="numbers_uncalled")
    assert (noted.subject_id, noted.data) == (desk.team.pk, {"phones": desk.team.phone})


@pytest.mark.by_turns
def test_a_number_that_was_never_rung_is_told_of_a_day_after_it_was_written(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    organisations.correct_team(desk.team, by=admin, at=now + HOUR, phone="01632 960777")
    assert number_mails.tell(now=now + DAY) == 0
    assert number_mails.tell(now=now + DAY + HOUR) == 1
    assert ConfigurationChange.objects.get(kind="numbers_uncalled").data == {"phones": "01632 960777"}


@pytest.mark.by_turns
def test_a_number_of_the_rota_that_was_never_rung_is_told_of_a_day_after_it_was_written(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    configuration.put_on_duty(
        desk.team, desk.second, phone="01632 960777", starts_at=now + HOUR, by=admin, at=now + HOUR
    )
    assert number_mails.tell(now=now + DAY) == 0
    assert number_mails.tell(now=now + DAY + HOUR) == 1
    noted = ConfigurationChange.objects.get(kind="numbers_uncalled")
    assert noted.data == {"phones": "", "rota": [{"person": desk.second.pk, "phone": "01632 960777"}]}
    answered(desk, admin, now + 7 * DAY)
    answered(desk, admin, now + 7 * DAY, "01632 960777")
    assert number_mails.tell(now=now + 14 * DAY) == 0, "that of a person is tested once"


@pytest.mark.by_turns
def test_a_number_that_is_written_anew_on_the_rota_each_day_is_told_of_a_day_after_it_first_was(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    for days in range(3):
        at = now + days * DAY
        put = {"phone": "01632 960777", "starts_at": at, "ends_at": at + DAY}
        configuration.put_on_duty(desk.team, desk.second, **put, by=admin, at=at)
        assert number_mails.tell(now=at + HOUR) == (days == 1)


@pytest.mark.by_turns
def test_a_shift_that_is_changed_keeps_the_day_on_which_its_number_was_written(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    put = {"phone": "01632 960777", "starts_at": now + 2 * DAY, "ends_at": now + 3 * DAY}
    shift = configuration.put_on_duty(desk.team, desk.second, **put, by=admin, at=now)
    same = {"second": None, "second_phone": "", "reason": "Longer", "by": admin}
    until = now + 4 * DAY
    configuration.change_shift(
        shift, desk.second, phone="01632 960777", ends_at=until, at=now + 20 * HOUR, **same
    )
    assert number_mails.tell(now=now + DAY - HOUR) == 0
    assert number_mails.tell(now=now + DAY + HOUR) == 1


@pytest.mark.by_turns
def test_a_shift_that_is_written_long_ahead_is_on_the_page_for_a_day_before_its_number_is_told_of(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    put = {"phone": "01632 960777", "starts_at": now + 28 * DAY, "ends_at": now + 29 * DAY}
    configuration.put_on_duty(desk.team, desk.second, **put, by=admin, at=now)
    answered(desk, admin, now + 20 * DAY)
    assert number_mails.tell(now=now + 21 * DAY + HOUR) == 0, "the page asks first"
    assert number_mails.tell(now=now + 22 * DAY + HOUR) == 1


def test_a_mail_names_no_number_that_was_written_today(desk: DutyDesk, admin: User, now: datetime) -> None:
    answered(desk, admin, now, desk.team.phone, desk.person.phone, desk.second.phone)
    at = now + 3 * DAY
    put = {"phone": "01632 960777", "starts_at": at, "ends_at": at + DAY}
    configuration.put_on_duty(desk.team, desk.second, **put, by=admin, at=at - HOUR)
    organisations.correct_team(desk.team, by=admin, at=at - HOUR, phone="01632 960778")
    assert number_mails.tell(now=at) == 1, "the second number waits for days"
    noted = ConfigurationChange.objects.get(kind="numbers_uncalled")
    assert noted.data == {"phones": desk.team.second_phone}


@pytest.mark.by_turns
@pytest.mark.parametrize("of_desk", [False, True])
def test_a_mail_of_a_number_on_the_rota_says_whose_it_is_and_where_it_is_corrected(
    desk: DutyDesk, admin: User, now: datetime, catcher, of_desk: bool
) -> None:
    answered(desk, admin, now, desk.team.phone, desk.person.phone)
    if not of_desk:
        answered(desk, admin, now, desk.team.second_phone)
    assert number_mails.tell(now=now + DAY) == 1
    delivery.deliver(clock=lambda: now + DAY)
    proof = Message.objects.get(wording="numbers_uncalled").proofs.get()
    text = " ".join(proof.text.split())
    assert f"rota of {desk.team.name}: {desk.second.name}, {desk.second.phone}. Whoever is on" in text
    assert "correct it on the rota" in text
    assert ("every mail asks its reader to ring there" in text) == of_desk
    assert (f"duty numbers of {desk.team.name}: {desk.team.second_phone}." in text) == of_desk


@pytest.mark.by_turns(8)
def test_no_social_work_team_nor_a_desk_that_nobody_administers_is_noted_and_nothing_before_the_service_is_live(
    desk: DutyDesk, admin: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.a_duty_desk()
    answered(desk, admin, now)
    Team.objects.filter(pk=factories.a_team(desk.team.authority).pk).update(phone="01632 960888")
    assert number_mails.tell(now=now + DAY) == 0
    monkeypatch.setattr(going_live, "is_live", lambda: False)
    assert number_mails.tell(now=now + 9 * DAY) == 0
    monkeypatch.undo()
    assert number_mails.tell(now=now + 9 * DAY) == 1


@pytest.mark.by_turns(8)
def test_the_administrators_hear_of_homes_that_nobody_has_answered_at_once_a_week_and_of_all_in_one_mail(
    desk: DutyDesk, admin: User, now: datetime, catcher
) -> None:
    answered(desk, admin, now)
    authority = desk.team.authority
    homes = [factories.a_home(authority, name=name, phone_verified_at=None) for name in ("Alder", "Weir")]
    factories.a_home(authority, name="Rung before")
    factories.a_home(authority, name="Closed", phone_verified_at=None, closed_at=now)
    factories.a_home(factories.an_authority(), name="Administered by nobody", phone_verified_at=None)
    assert number_mails.tell(now=now) == 1
    noted = ConfigurationChange.objects.get(kind="numbers_uncalled")
    assert (noted.subject_type, noted.subject_id) == ("authority", authority.pk)
    assert noted.data == {"homes": [f"{home.name}: {home.phone}" for home in homes]}
    assert told() == [admin]
    assert number_mails.tell(now=now + 7 * DAY - HOUR) == 0
    probes.record_home_call(homes[0], homes[0].phone, answered=True, by=admin, at=now + 6 * DAY)
    answered(desk, admin, now + 6 * DAY)
    assert number_mails.tell(now=now + 7 * DAY) == 1
    delivery.deliver(clock=lambda: now + 7 * DAY)
    first, again = Message.objects.filter(wording="numbers_uncalled").order_by("owed_at")
    assert {first.status, again.status} == {MessageStatus.SENT}
    text = " ".join(again.proofs.get().text.split())
    assert "RING A HOME TO TEST ITS NUMBER" in text
    assert f"numbers of these homes: Weir: {homes[1].phone}. The first text" in text
    probes.record_home_call(homes[1], homes[1].phone, answered=True, by=admin, at=now + 8 * DAY)
    answered(desk, admin, now + 13 * DAY)
    assert number_mails.tell(now=now + 15 * DAY) == 0


def test_a_number_that_was_answered_once_and_is_silent_now_is_told_of_a_day_after_the_first_call_to_it(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    home = factories.a_home(desk.team.authority, name="Weir House")
    for hours in (1, 20):
        at = now + hours * HOUR
        probes.record_call(desk.team, desk.person.phone, answered=False, by=admin, at=at)
        probes.record_home_call(home, home.phone, answered=False, note="rang out", by=admin, at=at)
    assert number_mails.tell(now=now + DAY) == 0, "whoever rang looks for another number first"
    assert number_mails.tell(now=now + DAY + HOUR) == 2
    noted = ConfigurationChange.objects.filter(kind="numbers_uncalled").order_by("subject_type")
    assert noted[0].data == {"homes": [f"Weir House: {home.phone}"]}
    assert noted[1].subject_id == desk.team.pk


@pytest.mark.by_turns
def test_a_home_whose_number_was_written_today_is_rung_first(
    desk: DutyDesk, admin: User, now: datetime
) -> None:
    answered(desk, admin, now)
    home = factories.a_home(desk.team.authority)
    organisations.correct_home(home, by=admin, at=now + HOUR, phone="01632 960777")
    assert number_mails.tell(now=now + DAY) == 0
    assert number_mails.tell(now=now + DAY + HOUR) == 1


def test_in_the_demo_nobody_is_asked_to_ring_but_by_the_story(settings: Any) -> None:
    settings.DEMO = True
    at = clock.now()
    demo.set_stage(at=at)
    assert number_mails.tell(now=at + HOUR) == 0
    assert Membership.objects.filter(role=Role.ADMINISTRATOR, authority__isnull=False).exists()
    demo.set_stage(at=at + 30 * DAY)
    assert number_mails.tell(now=at + 30 * DAY) == 0, "each start rings anew"


@pytest.mark.by_turns(8)
def test_one_that_fails_stops_no_other(
    desk: DutyDesk, admin: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_duty_desk()
    factories.a_person(Role.ADMINISTRATOR, authority=other.team.authority)
    whole = change_words._of_team

    def failing(change):
        if change.subject_id == desk.team.pk:
            raise RuntimeError
        return whole(change)

    monkeypatch.setattr(change_words, "_of_team", failing)
    assert number_mails.tell(now=now) == 1
    assert [row.subject_id for row in ConfigurationChange.objects.filter(kind="numbers_uncalled")] == [
        other.team.pk
    ]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "by", [tasks.tell_of_test_calls, lambda: watchdog._owe_what_is_no_clock_s(clock.now())]
)
def test_beat_and_the_watchdog_both_look(desk: DutyDesk, admin: User, by) -> None:
    by()
    assert ConfigurationChange.objects.filter(kind="numbers_uncalled", subject_id=desk.team.pk)
    assert [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.tell_of_test_calls"]
