"""The morning sheet of a manager, and how many alert mails people and mailboxes get."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import duty_tasks, message_loads, mornings, sweep
from alerts.models import Channel, DutyTask, Message
from cases.models import AccessRecord, Child, Mailbox, Role, Shift, User
from cases.templatetags.govuk import elapsed
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    ended,
    missing,
    placed,
    seen,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOW = AT
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - 3 * DAY, given_name="Ferhat", family_name="Wren")


@pytest.fixture
def sheet(client: Client) -> Callable[[User], str]:
    def read(user: User) -> str:
        client.force_login(user)
        answer = client.get(reverse("manager_morning"))
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def sent(to: User | Mailbox, *, at: Any, **fields: Any) -> Message:
    """One alert mail that was accepted at `at`."""
    whom = {"user": to} if isinstance(to, User) else {"mailbox": to}
    fields.setdefault("kind", "alert")
    fields.setdefault("status", "sent")
    fields.setdefault("channel", Channel.MAIL)
    return Message.objects.create(
        wording="told_no_record",
        step="R1",
        post="worker",
        recipient=f"x:{at}:{Message.objects.count()}",
        owed_at=at,
        created_at=at,
        next_try_at=at,
        sent_at=at if fields["status"] == "sent" else None,
        **whom,
        **fields,
    )


@pytest.mark.by_turns(8)
def test_the_sheet_says_who_is_missing_what_the_night_brought_and_what_is_due(
    watched: Watched, sheet: Callable[[User], str]
) -> None:
    gone = missing(a_child(team=watched.team, at=AT - 2 * DAY), at=NOW - 3 * HOUR)
    back = missing(a_child(team=watched.team, at=AT - 4 * DAY), at=NOW - 62 * HOUR)
    ended(back, by=watched.desk.person, at=NOW - 61 * HOUR)
    seen(back.child, by=watched.worker, at=NOW - HOUR)
    said = missing(a_child(team=watched.team, at=AT - 2 * DAY), at=NOW - 3 * HOUR)
    seen(said.child, by=watched.worker, at=NOW - 10 * MINUTE)
    elsewhere = missing(a_watched_child().child, at=NOW - HOUR)
    placed(a_child(team=watched.team, at=AT - 2 * DAY), watched.home)
    sweep.sweep_all(now=NOW)
    page = sheet(watched.manager)
    assert gone.reference in page
    assert elapsed(gone.since, NOW) in page
    assert "not verified with the police" in page
    assert f"{said.reference}</a>, back, to be confirmed, for 10 minutes" in page.replace("\u2060", "")
    assert "was opened" in page
    assert "Return interviews due today (1)" in page
    assert f"<bdi>{watched.home.name}</bdi>" in page
    assert "Homes without a record (1)" in page
    assert elsewhere.reference not in page
    assert "data-print" in page, "what is there to be printed has a button for it"
    assert "Wren" not in page, "paper names no child"


@pytest.mark.by_turns
def test_a_night_without_anything_is_said_so(sheet: Callable[[User], str]) -> None:
    page = sheet(a_person(Role.TEAM_MANAGER))
    assert "Nobody." in page
    assert "No episode was opened or ended." in page


@pytest.mark.by_turns
def test_a_shift_that_nobody_has_taken_stands_on_the_sheet_until_somebody_does(watched: Watched) -> None:
    Shift.objects.filter(pk=watched.desk.shift.pk).update(ends_at=NOW + 8 * HOUR)
    assert mornings.read(watched.manager, now=NOW).untaken == [watched.desk.shift]
    Shift.objects.filter(pk=watched.desk.shift.pk).update(taken_at=NOW)
    assert mornings.read(watched.manager, now=NOW).untaken == []


@pytest.mark.by_turns
def test_each_time_the_sheet_is_opened_is_on_record_and_others_are_refused(
    watched: Watched, sheet: Callable[[User], str], client: Client
) -> None:
    missing(watched.child, at=NOW - HOUR)
    for _ in range(2):
        sheet(watched.manager)
    assert AccessRecord.objects.filter(child=watched.child, page="manager_morning").count() == 2
    for reader in (watched.worker, watched.guardian, watched.officer, watched.carer):
        client.force_login(reader)
        for name in ("manager_morning", "manager_alert_load"):
            assert client.get(reverse(name)).status_code == 403


@pytest.mark.by_turns
def test_whoever_stands_on_the_paper_by_reference_is_on_record_and_nobody_else(
    watched: Watched, sheet: Callable[[User], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who came back in the night is neither missing nor due today; a home that is silent names no child."""
    back = missing(a_child(team=watched.team, at=AT - 2 * DAY), at=NOW - 9 * HOUR)
    ended(back, by=watched.desk.person, at=NOW - 2 * HOUR)
    seen(back.child, by=watched.worker, at=NOW - HOUR)
    silent = placed(a_child(team=watched.team, at=AT - 2 * DAY), watched.home).child
    gone = [missing(a_child(team=watched.team, at=AT - 2 * DAY), at=NOW - DAY).child for _ in range(2)]
    monkeypatch.setitem(mornings.MOST, "missing", 1)
    monkeypatch.setitem(mornings.MOST, "night", 4)
    page = sheet(watched.manager)
    known = Child.objects.values_list("reference", "pk")
    shown = {pk for reference, pk in known if reference in page}
    assert back.child_id in shown
    assert f"<bdi>{watched.home.name}</bdi>" in page
    assert silent.pk not in shown
    assert len(shown & {one.pk for one in gone}) == 1
    on_record = AccessRecord.objects.filter(page="manager_morning").values_list("child", flat=True)
    assert sorted(on_record) == sorted(shown)


@pytest.mark.by_turns
def test_the_sheet_costs_the_same_queries_for_any_number_of_children(watched: Watched) -> None:
    def crowd() -> None:
        missing(a_child(team=watched.team, at=AT - DAY), at=NOW - HOUR)
        placed(a_child(team=watched.team, at=AT - 2 * DAY))
        ended(missing(a_child(team=watched.team, at=AT - 4 * DAY), at=NOW - 62 * HOUR), at=NOW - 61 * HOUR)

    def cost() -> int:
        reader = User.objects.get(pk=watched.manager.pk)
        with CaptureQueriesContext(connection) as queries:
            mornings.read(reader, now=NOW)
        return len(queries)

    crowd()
    few = cost()
    crowd()
    crowd()
    assert cost() == few


@pytest.mark.by_turns
def test_more_than_ten_mails_on_a_day_are_too_many_and_the_administrator_hears_it(
    watched: Watched, client: Client
) -> None:
    for number in range(10):
        sent(watched.worker, at=NOW - number * MINUTE)
    sent(watched.worker, at=NOW - DAY)
    sent(watched.worker, at=NOW - 8 * DAY)
    # A text with a mail is no second alert, and a text or call alone is one.
    for channel in (Channel.TEXT, Channel.TEXT, Channel.VOICE):
        sent(watched.worker, at=NOW, channel=channel, phone="07700 900001")
    sent(watched.worker, at=NOW, status="failed")
    (load,) = message_loads.of_people([watched.worker.pk], now=NOW)
    assert (load.most, load.week, load.is_too_much) == (10, 11, False)
    assert (load.today, load.texts, load.calls) == (10, 2, 1)
    rung = a_person(Role.DUTY_DESK)
    for number in range(11):
        at = NOW - 3 * DAY - number * MINUTE
        sent(rung, at=at, channel=Channel.TEXT if number % 2 else Channel.VOICE, phone="07700 900002")
    (load,) = message_loads.of_people([rung.pk], now=NOW)
    assert (load.today, load.most, load.week, load.is_too_much) == (0, 11, 0, True)
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    client.force_login(admin)
    assert "too-many" not in client.get(reverse("admin_home")).content.decode()
    sent(watched.worker, at=NOW - HOUR)
    assert message_loads.of_people([watched.worker.pk], now=NOW)[0].is_too_much
    assert "11 alerts on the busiest day" in client.get(reverse("admin_home")).content.decode()


def test_years_of_mails_to_a_person_are_passed_by(db: None) -> None:
    """What the planner takes for a handful of rows says nothing: the index is there that finds a person's week."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'message_by_user'")
        (definition,) = cursor.fetchone()
    assert "(user_id, sent_at)" in definition


@pytest.mark.by_turns(8)
def test_a_week_of_a_mailbox_says_how_soon_its_mails_were_answered(watched: Watched, client: Client) -> None:
    sweep.sweep_all(now=NOW - 2 * HOUR)
    box = watched.desk.mailbox
    mails = list(Message.objects.filter(mailbox=box, items__isnull=False).distinct())
    assert mails
    Message.objects.filter(pk__in=[mail.pk for mail in mails]).update(status="sent", sent_at=NOW - 2 * HOUR)
    sent(box, at=NOW - HOUR)

    def week() -> message_loads.MailboxWeek:
        found = message_loads.of_mailboxes([box.pk], authority_ids=[watched.authority.pk], now=NOW)
        assert len(found) == 1
        return found[0]

    assert week().sent == len(mails) + 1
    assert (week().prompt, week().median, week().unacted) == (0, None, len(mails) + 1)
    for task in DutyTask.objects.filter(items__alert__message_items__message__in=mails).distinct():
        duty_tasks.take(task, by=watched.desk.person, at=NOW - 100 * MINUTE)
    assert week().prompt == len(mails)
    assert (week().median, week().unacted) == (20 * MINUTE, 1)
    assert week().week == date(2026, 3, 2)
    # Whoever is on duty is texted: answered as soon as somebody has taken the task.
    told = Message.objects.filter(user=watched.desk.person, items__isnull=False)
    assert {one.channel for one in told} == {Channel.TEXT}
    Message.objects.filter(pk__in=told.values("pk")).update(status="sent", sent_at=NOW - 2 * HOUR)
    (person,) = message_loads.with_answers(
        message_loads.of_people([watched.desk.person.pk], now=NOW), now=NOW
    )
    assert (person.told, person.answered) == (told.count(), told.count())
    (before,) = message_loads.with_answers([person], now=NOW - 101 * MINUTE)
    assert (before.told, before.answered) == (told.count(), 0)
    client.force_login(watched.manager)
    page = client.get(reverse("manager_alert_load")).content.decode()
    assert "20 minutes" in page


@pytest.mark.by_turns
def test_of_a_forces_mailbox_only_the_own_authoritys_children_are_counted(watched: Watched) -> None:
    missing(watched.child, at=NOW - 2 * HOUR)
    sweep.sweep_all(now=NOW - 2 * HOUR)
    box = watched.control_room
    assert Message.objects.filter(mailbox=box).update(status="sent", sent_at=NOW - HOUR)
    own = message_loads.of_mailboxes([box.pk], authority_ids=[watched.authority.pk], now=NOW)
    other = message_loads.of_mailboxes([box.pk], authority_ids=[watched.authority.pk + 1], now=NOW)
    assert [row.sent for row in own] == [1]
    assert other == []
