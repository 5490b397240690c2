"""Each check is red when it should be, says no child's name, and the monitor's page says the same."""

import json
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import health, heartbeats, probes, readiness, sweep
from alerts.models import Clock, DutyTask, Heartbeat, Message
from alerts.population.stage import REGISTER
from alerts.states import MessageStatus
from cases import clock, going_live, holidays, organisations
from cases.models import ConfigurationChange, Home, Mailbox, Role, User
from cases.states import IllegalMove
from tests import factories, passing
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 14, 1, tzinfo=UTC)


@pytest.fixture
def watched() -> Watched:
    """A child whose first rungs were climbed this minute, with both workers beating."""
    one = factories.a_watched_child()
    Mailbox.objects.filter(force__isnull=False).update(verified_at=NOW - timedelta(days=1))
    sweep.sweep_all(now=NOW)
    beat()
    return one


def beat(at: datetime = NOW) -> None:
    heartbeats.beat(heartbeats.SWEEP, at=at)
    heartbeats.beat(heartbeats.DRAIN, at=at)


def red(now: datetime = NOW) -> set[str]:
    return {check.name for check in health.read(now) if not check.ok}


def is_healthy(now: datetime = NOW) -> bool:
    return health.healthy(health.read(now))


@pytest.mark.by_turns
def test_a_service_on_time_has_no_red_check(watched: Watched) -> None:
    assert red() == set()
    assert is_healthy()


@pytest.mark.by_turns
@pytest.mark.parametrize("part", ["sweep", "drain"])
def test_a_part_that_has_not_worked_for_a_minute_is_red(watched: Watched, part: str) -> None:
    Heartbeat.objects.filter(name=part).update(beat_at=NOW - timedelta(seconds=61))
    assert red() == {part}
    assert not is_healthy()
    Heartbeat.objects.filter(name=part).update(beat_at=NOW - timedelta(seconds=59))
    assert is_healthy()


@pytest.mark.by_turns
@pytest.mark.parametrize("part", ["sweep", "drain"])
def test_a_part_that_never_worked_is_red(watched: Watched, part: str) -> None:
    Heartbeat.objects.filter(name=part).delete()
    assert red() == {part}


@pytest.mark.by_turns
def test_a_clock_due_for_longer_than_a_minute_and_a_half_is_red(watched: Watched) -> None:
    Clock.objects.filter(kind="contact").update(next_at=NOW - timedelta(seconds=90))
    assert red() == set()
    Clock.objects.filter(kind="contact").update(next_at=NOW - timedelta(seconds=91))
    assert red() == {"due_clocks"}
    assert not is_healthy()


@pytest.mark.by_turns
def test_a_message_ready_and_unsent_for_longer_than_a_minute_and_a_half_is_red(watched: Watched) -> None:
    Message.objects.update(owed_at=NOW - timedelta(seconds=91))
    assert red() == {"unsent_messages"}
    assert not is_healthy()
    Message.objects.update(status=MessageStatus.CANCELLED)
    assert red() == set()


@pytest.mark.by_turns
def test_a_message_that_waits_for_its_next_try_is_late_all_the_same(watched: Watched) -> None:
    Message.objects.update(
        owed_at=NOW - timedelta(minutes=10), attempts=3, next_try_at=NOW + timedelta(minutes=5)
    )
    assert red() == {"unsent_messages"}


@pytest.mark.by_turns
def test_a_record_that_fails_is_red(watched: Watched) -> None:
    Clock.objects.filter(kind="contact").update(faults=1, fault="ValueError: x")
    assert red() == {"records_that_fail"}
    assert not is_healthy()


@pytest.mark.by_turns
def test_a_failed_message_is_red_until_somebody_has_phoned(watched: Watched) -> None:
    message = Message.objects.all()[0]
    Message.objects.exclude(pk=message.pk).update(status=MessageStatus.CANCELLED)
    Message.objects.filter(pk=message.pk).update(status=MessageStatus.FAILED)
    task = DutyTask.objects.create(
        kind=DutyTask.Kind.PHONE_THEM, authority=watched.authority, message=message, opened_at=NOW
    )
    assert red() == {"failed_messages"}
    # A person has the task: it is no reason to wake another.
    assert is_healthy()
    task.done_at, task.answer = NOW, "Phoned"
    task.save()
    assert red() == set()


@pytest.mark.by_turns
def test_sending_switched_off_is_red(watched: Watched, settings: Any) -> None:
    settings.SENDING = False
    assert red() == {"sending"}
    assert not is_healthy()


@pytest.mark.by_turns
@pytest.mark.parametrize("seconds", [-6, 6])
def test_a_machine_whose_clock_differs_by_more_than_five_seconds_is_red(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr(clock, "machine_ahead", lambda: timedelta(seconds=seconds))
    assert red() == {"clock_difference"}
    monkeypatch.setattr(clock, "machine_ahead", lambda: timedelta(seconds=seconds * 0.8))
    assert red() == set()


@pytest.mark.by_turns
def test_a_slow_way_to_the_database_is_red_and_says_how_slow(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(execute: Any, *words: Any) -> Any:
        time.sleep(0.03)
        return execute(*words)

    monkeypatch.setattr(health, "SLOWEST", timedelta(seconds=0.03))
    with connection.execute_wrapper(slowly):
        assert red() == {"database_answers"}
        assert not is_healthy()
    monkeypatch.setattr(health, "SLOWEST", timedelta(seconds=1))
    assert red() == set()


@pytest.mark.by_turns
def test_a_disk_almost_full_is_red(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: SimpleNamespace(total=1000, free=49))
    assert red() == {"disk"}
    assert not is_healthy()


@pytest.mark.by_turns
def test_a_force_mailbox_that_refused_or_was_not_proved_for_a_month_is_red(watched: Watched) -> None:
    Mailbox.objects.filter(pk=watched.control_room.pk).update(failed_at=NOW)
    assert red() == {"force_mailboxes"}
    Mailbox.objects.filter(pk=watched.control_room.pk).update(
        failed_at=None, verified_at=NOW - timedelta(days=31)
    )
    assert red() == {"mailbox_proof"}
    assert is_healthy()


@pytest.mark.by_turns
def test_an_unproved_mailbox_of_anybody_is_named(watched: Watched) -> None:
    beat()
    Mailbox.objects.filter(pk=watched.desk.mailbox.pk).update(verified_at=None)
    assert red() == {"mailbox_proof"}
    assert health.unproved(NOW) == [watched.desk.mailbox.address]
    (check,) = [one for one in health.read(NOW) if one.name == "mailbox_proof"]
    assert watched.desk.mailbox.address in check.detail
    assert not check.urgent
    Mailbox.objects.filter(pk=watched.desk.mailbox.pk).update(ends_at=NOW)
    assert red() == set()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("days", "is_red"), [(364, True), (365, False)])
def test_bank_holidays_that_end_within_a_year_are_named_long_before_and_wake_nobody(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, days: int, is_red: bool
) -> None:
    until = NOW.date() + timedelta(days=days)
    monkeypatch.setattr(holidays, "known_until", lambda: until)
    assert red() == ({"bank_holidays"} if is_red else set())
    assert is_healthy()
    (check,) = [one for one in health.read(NOW) if one.name == "bank_holidays"]
    assert until.isoformat() in check.detail
    assert ("too soon" in check.detail) == is_red


@pytest.mark.by_turns
def test_an_authority_that_is_administered_and_that_nobody_leads_is_named(watched: Watched) -> None:
    beat()
    factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    assert red() == set(), "it has a head and a director"
    without = factories.an_authority()
    factories.a_person(Role.TEAM_MANAGER, team=factories.a_team(without))
    factories.a_person(Role.ADMINISTRATOR, authority=without)
    assert red() == {"seniors"}
    (check,) = [one for one in health.read(NOW) if one.name == "seniors"]
    assert without.code in check.detail
    assert not check.urgent
    factories.a_person(Role.DPO, authority=without)
    assert red() == set()


def ready() -> tuple[int, list[dict[str, str]]]:
    out = StringIO()
    try:
        call_command("ready", "--json", stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), json.loads(out.getvalue())["in_the_way"]
    return 0, json.loads(out.getvalue())["in_the_way"]


@pytest.fixture
def telling(settings: Any) -> None:
    """The settings without which somebody would not be told."""
    settings.WATCHDOG_CONTACT_EMAIL = "watch@rollcall.example"
    settings.WATCHDOG_CONTACT_PHONE = "01632 960 199"
    settings.SUPPORT_EMAIL = "support@rollcall.example"
    settings.ALERT_WEBHOOK_URL = "http://gateway.example/webhook"


def answer_test_calls(watched: Watched, by: User) -> None:
    """Somebody answered on each of the desk's numbers."""
    for number in probes.numbers([watched.authority.pk], at=NOW):
        probes.record_call(number.team, number.phone, answered=True, by=by, at=NOW)


@pytest.fixture
def may_go_live(watched: Watched, telling: None, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A service that is ready."""
    beat()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(readiness, "of_settings", lambda: iter(()))
    passing.has_app(watched.desk.person, at=NOW)
    answer_test_calls(watched, factories.a_person(Role.ADMINISTRATOR, authority=watched.authority))
    assert ready() == (0, [])
    return watched


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "name", ["WATCHDOG_CONTACT_EMAIL", "WATCHDOG_CONTACT_PHONE", "SUPPORT_EMAIL", "ALERT_WEBHOOK_URL"]
)
def test_a_setting_without_which_nobody_is_told_stands_in_the_way_of_going_live(
    may_go_live: Watched, name: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(going_live._known, "live", False)
    setattr(settings, name, "")
    code, (row,) = ready()
    assert (code, row["what"]) == (1, "settings")
    assert row["detail"].startswith(f"{name} is not set, and ")
    admin = may_go_live.authority.memberships.get(role=Role.ADMINISTRATOR).user
    with pytest.raises(IllegalMove, match="in the way"):
        readiness.go_live(admin, at=NOW)


def test_a_duty_number_that_nobody_ever_answered_stands_in_the_way_of_going_live(
    may_go_live: Watched,
) -> None:
    desk = may_go_live.desk.team
    admin = may_go_live.authority.memberships.get(role=Role.ADMINISTRATOR).user
    organisations.correct_team(desk, by=admin, at=NOW, second_phone="01632 960777")
    desk.refresh_from_db()
    probes.record_call(desk, "01632 960777", answered=False, by=admin, at=NOW)
    code, (row,) = ready()
    assert (code, row["what"]) == (1, "number")
    assert row["detail"].startswith(f"01632 960777, {desk.name} of {may_go_live.authority.code}, ")
    probes.record_call(desk, "01632 960777", answered=True, by=admin, at=NOW)
    assert ready() == (0, [])


@pytest.mark.by_turns
def test_a_home_s_number_that_nobody_ever_answered_stands_in_the_way_of_going_live(
    may_go_live: Watched,
) -> None:
    home = factories.a_home(may_go_live.authority, phone_verified_at=None)
    factories.a_home(factories.an_authority(), phone_verified_at=None)
    code, (row,) = ready()
    assert (code, row["what"]) == (1, "number")
    assert row["detail"].startswith(f"{home.phone}, {home.name}, ")
    Home.objects.filter(pk=home.pk).update(closed_at=NOW)
    assert ready() == (0, [])


@pytest.mark.by_turns(8)
def test_beside_an_invented_register_no_service_goes_live(may_go_live: Watched) -> None:
    factories.a_person(Role.SOCIAL_WORKER, team=may_go_live.team, email=REGISTER)
    code, (row,) = ready()
    assert (code, row["what"]) == (1, "invented")
    assert "begin with an empty database" in row["detail"]


@pytest.mark.by_turns(8)
def test_an_unproved_mailbox_stands_in_the_way_of_going_live(
    watched: Watched, telling: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # The settings of a live service are asked for in tests/config/test_shell.py: those of a test are none.
    code, found = ready()
    assert code == 1
    assert {one["what"] for one in found} == {"settings", "authority"}
    monkeypatch.setattr(readiness, "of_settings", lambda: iter(()))
    admin = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    answer_test_calls(watched, admin)
    code, (row,) = ready()
    assert (code, row["what"]) == (1, "authority")
    assert "nobody of its duty desk who has set up a second step" in row["detail"]
    passing.has_app(watched.desk.person, at=NOW)
    assert ready() == (0, [])

    Mailbox.objects.filter(pk=watched.control_room.pk).update(verified_at=None)
    code, (row,) = ready()
    assert (code, row["what"]) == (1, "mailbox")
    assert watched.control_room.address in row["detail"]


def test_no_child_is_registered_before_an_administrator_lets_the_service_go_live(
    watched: Watched, telling: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(going_live._known, "live", False)
    with pytest.raises(IllegalMove, match="not live yet"):
        factories.a_child(watched.authority)
    client.force_login(watched.worker)
    banner = "Nobody is watched here: no child can be registered"
    assert banner in client.get("/").content.decode()
    monkeypatch.setattr(readiness, "of_settings", lambda: iter(()))
    beat()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    admin = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    answer_test_calls(watched, admin)
    for wrong in (admin.email, watched.manager.email, "nobody@council.example"):
        with pytest.raises(CommandError):
            call_command("go_live", wrong)
    assert not going_live.is_live()
    passing.has_app(watched.desk.person, at=NOW)
    call_command("go_live", admin.email, stdout=StringIO())
    row = ConfigurationChange.objects.get(kind="went_live")
    assert (row.actor, row.subject_id) == (admin, watched.authority.pk)
    assert factories.a_child(watched.authority).pk
    assert banner not in client.get("/").content.decode()
    with pytest.raises(CommandError, match="live already"):
        call_command("go_live", admin.email)


def test_the_demo_needs_nobodys_word(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setitem(going_live._known, "live", False)
    settings.DEMO = True
    assert going_live.is_live()


@pytest.mark.by_turns
def test_no_check_names_a_child(watched: Watched) -> None:
    Clock.objects.update(faults=1, fault=f"ValueError: {watched.child.given_name}")
    words = " ".join(check.detail for check in health.read(NOW + timedelta(hours=1)))
    assert watched.child.given_name not in words
    assert watched.child.reference not in words


TOKEN = "a long token of the tests"


@pytest.mark.by_turns(8)
def test_the_monitors_page_answers_200_while_all_is_well_and_503_else(client: Client, settings: Any) -> None:
    beat(clock.now())
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    settings.SENDING = False
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


def test_where_postgresql_is_slow_the_monitor_hears_of_that_at_once_and_of_nothing_else(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HEALTH_TOKEN = TOKEN
    beat(clock.now())
    monkeypatch.setattr(health, "SLOWEST", timedelta(0))
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/health/", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert answer.status_code == 503
    assert set(answer.json()["checks"]) == {"database_answers"}
    assert len(asked) == 1


@pytest.mark.by_turns
def test_the_figures_are_for_the_monitors_token_and_for_administrators(
    client: Client, settings: Any, watched: Watched
) -> None:
    settings.HEALTH_TOKEN, settings.SENDING = TOKEN, False
    answer = client.get("/health/", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert answer.status_code == 503
    assert answer.json()["checks"]["sending"] == {"ok": False, "detail": "off"}
    for wrong in (f"Bearer {TOKEN}x", "Bearer ", "", TOKEN, f"Basic {TOKEN}", "Bearer tökén"):
        assert client.get("/health/", HTTP_AUTHORIZATION=wrong).json() == {"ok": False}, wrong
    for person in (watched.worker, watched.manager, watched.desk.person, watched.officer, watched.carer):
        client.force_login(person)
        assert client.get("/health/").json() == {"ok": False}, person
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=watched.authority))
    assert "due_clocks" in client.get("/health/").json()["checks"]


@pytest.mark.by_turns
def test_no_token_is_set_so_none_opens_the_figures(client: Client, settings: Any) -> None:
    settings.HEALTH_TOKEN = ""
    assert "checks" not in client.get("/health/", HTTP_AUTHORIZATION="Bearer ").json()


def test_the_monitors_page_answers_when_the_database_does_not(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(now: datetime) -> None:
        raise DatabaseError("connection refused")

    settings.HEALTH_TOKEN = TOKEN
    monkeypatch.setattr(health, "read", away)
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})
    answer = client.get("/health/", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert answer.json()["checks"] == {"database": {"ok": False, "detail": "does not answer"}}
