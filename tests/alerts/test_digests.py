"""The daily list: once a day, only with something in it, references alone, and for whoever has a role still."""

from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import channels, delivery, digests, emails, sweep
from alerts.emails import Digest, Section
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, configuration, drafts, people, review_dates, reviews
from cases.models import Draft, Told, User
from tests import factories
from tests.alerts.outgoing import Out, after, broken, catch, send_all
from tests.alerts.stored import assert_as_stored, tokens, words_of_html
from tests.factories import Watched

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A Tuesday morning in winter, the day after the factories' children were registered.
EIGHT = datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def reader(user: User, *, before: datetime = EIGHT, **wishes: Any) -> User:
    """With a daily list, as worked out the evening before."""
    wishes = {"has_digest": True, "digest_next_at": before, "digest_time": time(8)} | wishes
    User.objects.filter(pk=user.pk).update(**wishes)
    user.refresh_from_db()
    return user


def lists(user: User) -> Any:
    return Message.objects.filter(user=user, wording="digest").order_by("digest_date")


def text_of(out: Out, user: User) -> str:
    (mail,) = [mail for mail in out.mails if mail["To"] == user.email and "daily list" in mail["Subject"]]
    return str(mail.get_body(("plain",)).get_content())


def owe_and_send(now: datetime) -> None:
    digests.owe(now=now)
    send_all(now)


@pytest.mark.by_turns
def test_a_worker_reads_at_eight_what_is_due_by_reference_and_nothing_else_of_the_child(
    watched: Watched, out: Out
) -> None:
    worker = reader(watched.worker)
    drafts.save(worker, Draft.Form.NOTE, watched.child, data={"text": ["Something private"]}, at=EIGHT - HOUR)
    owe_and_send(EIGHT - MINUTE)
    assert not lists(worker)
    owe_and_send(EIGHT + MINUTE / 2)
    text = text_of(out, worker)
    assert "No record now (1)" in text
    assert "Drafts of yours that are not sent (1)" in text
    assert watched.child.reference in text
    kept = (watched.child.given_name, watched.child.family_name, watched.home.name, watched.home.address)
    assert not [word for word in (*kept, watched.home.phone, "private") if word in text]
    assert " late" not in text


@pytest.mark.by_turns(8)
def test_there_is_none_when_there_is_nothing_in_it(watched: Watched, out: Out) -> None:
    idle = reader(factories.a_person("social_worker", team=watched.team))
    owe_and_send(EIGHT)
    assert lists(idle).get().status == MessageStatus.CANCELLED
    assert out.mails == []


@pytest.mark.by_turns
def test_the_same_list_never_comes_twice_a_day_however_often_the_time_is_moved(
    watched: Watched, out: Out
) -> None:
    worker = reader(watched.worker)
    owe_and_send(EIGHT)
    for hour in (9, 10, 17):
        reader(worker, before=EIGHT.replace(hour=hour), digest_time=time(hour))
        owe_and_send(EIGHT.replace(hour=hour, minute=1))
    assert lists(worker).count() == 1
    text_of(out, worker)
    worker.refresh_from_db()
    assert worker.digest_next_at == EIGHT.replace(day=4, hour=17)
    owe_and_send(EIGHT.replace(day=4, hour=17))
    assert [row.digest_date.day for row in lists(worker)] == [3, 4]


@pytest.mark.by_turns
def test_after_an_outage_it_is_today_s_alone_and_says_how_late_it_is(watched: Watched, out: Out) -> None:
    worker = reader(watched.worker)
    back = EIGHT + timedelta(days=3, hours=2)
    owe_and_send(back)
    assert [row.digest_date.day for row in lists(worker)] == [6]
    assert "This message is 2 hours late" in text_of(out, worker)


@pytest.mark.by_turns
def test_a_mail_server_that_is_back_in_the_night_sends_no_list_of_the_day_before(
    watched: Watched, out: Out
) -> None:
    worker = reader(watched.worker)

    def down(mail: EmailMessage) -> None:
        raise channels.Deferred("451 Later")

    out.on_mail = down
    digests.owe(now=EIGHT)
    delivery.deliver(clock=lambda: EIGHT)
    assert lists(worker).get().status == MessageStatus.QUEUED
    out.on_mail = lambda mail: None
    send_all(EIGHT + 18 * HOUR)
    assert lists(worker).get().status == MessageStatus.CANCELLED
    assert out.mails == []
    owe_and_send(EIGHT + 24 * HOUR)
    text_of(out, worker)


def test_an_outage_that_ends_in_the_night_owes_none_before_the_morning(watched: Watched, out: Out) -> None:
    worker = reader(watched.worker)
    owe_and_send(EIGHT + timedelta(hours=19))
    assert not lists(worker)
    worker.refresh_from_db()
    assert worker.digest_next_at == EIGHT + timedelta(days=1)


def test_somebody_new_is_given_a_time_first_and_nobody_is_owed_two_by_two_sweeps(watched: Watched) -> None:
    worker = reader(watched.worker, before=None)
    assert digests.owe(now=EIGHT + HOUR) == 0
    worker.refresh_from_db()
    assert worker.digest_next_at == EIGHT + timedelta(days=1)
    assert [digests.owe(now=worker.digest_next_at) for _ in range(3)] == [1, 0, 0]


@pytest.mark.by_turns
def test_whoever_has_left_gets_none_not_even_one_that_is_on_its_way(watched: Watched, out: Out) -> None:
    worker, guardian = reader(watched.worker), reader(watched.guardian)
    people.leave(factories.membership_of(worker), at=EIGHT - HOUR)
    digests.owe(now=EIGHT)
    assert not lists(worker)
    people.leave(factories.membership_of(guardian), at=EIGHT + MINUTE)
    send_all(EIGHT + 2 * MINUTE)
    assert lists(guardian).get().status == MessageStatus.CANCELLED
    assert out.mails == []


@pytest.mark.by_turns
def test_who_has_switched_it_off_and_whose_role_has_none_get_none(watched: Watched) -> None:
    reader(watched.worker, has_digest=False)
    for person in (watched.carer, watched.officer, watched.desk.person):
        reader(person)
    assert digests.owe(now=EIGHT) == 0


@pytest.mark.by_turns
def test_a_manager_reads_who_has_nobody_and_which_shifts_are_not_taken(watched: Watched, out: Out) -> None:
    manager = reader(watched.manager)
    alone = factories.a_child(watched.authority, team=watched.team)
    shift = configuration.put_on_duty(
        watched.desk.team,
        watched.desk.second,
        phone="01632 960003",
        starts_at=EIGHT + 2 * HOUR,
        ends_at=EIGHT + 9 * HOUR,
        by=None,
        at=EIGHT - HOUR,
    )
    owe_and_send(EIGHT)
    text = text_of(out, manager)
    assert f"Children without a social worker (1)\n{alone.reference}" in text
    assert shift.reference in text
    assert watched.child.reference in text


@pytest.mark.by_turns
def test_a_review_that_is_near_or_late_stands_in_the_list_of_the_worker_and_of_the_manager_until_it_is_recorded(
    watched: Watched,
) -> None:
    episode = factories.missing(watched.child, by=watched.worker, at=EIGHT)
    due = next(review_dates.coming(EIGHT))

    def listed(now: datetime) -> list[int]:
        lists = [digests.read(person, now=now) for person in (watched.worker, watched.manager)]
        sections = [section for one in lists for section in one.sections]
        return [section.count for section in sections if "reviews of the" in str(section.title)]

    assert listed(EIGHT + HOUR) == []
    near, late = due.due_at - 2 * 24 * HOUR, due.due_at + HOUR
    assert listed(near) == listed(late) == [1, 1]
    said = {"chair": "E. Arnott", "note": "Search goes on", "asked": factories.NOT_ASKED}
    reviews.record(episode, due, held_at=late, **said, by=watched.manager, at=late)
    assert listed(late) == []


def test_a_guardian_reads_of_their_own_children_and_of_no_other(watched: Watched, out: Out) -> None:
    guardian, other = reader(watched.guardian), factories.a_watched_child()
    owe_and_send(EIGHT)
    text = text_of(out, guardian)
    assert watched.child.reference in text
    assert other.child.reference not in text


@pytest.mark.by_turns
def test_somebody_with_two_roles_has_one_list_role_by_role(watched: Watched, out: Out) -> None:
    both = reader(watched.manager)
    people.join(both, "social_worker", team=watched.team, at=EIGHT - 2 * HOUR)
    own = factories.a_child(watched.authority, team=watched.team, worker=both)
    factories.placed(own, factories.a_home(watched.authority))
    owe_and_send(EIGHT)
    text = text_of(out, both)
    assert text.index("Your team’s children") < text.index("No record now (1)\n" + own.reference)


@pytest.mark.by_turns
def test_what_was_to_stand_in_the_list_stands_there_and_is_no_mail_of_its_own(
    watched: Watched, out: Out, settings: Any
) -> None:
    settings.BUNDLE_SECONDS = 600
    worker = reader(watched.worker, before=after(1200), digest_time=time(14, 21), told=Told.DIGEST)
    for seconds in (0, 600, 1199):
        sweep.sweep_all(now=after(seconds))
        send_all(after(seconds))
    assert out.to[worker.email] == 0
    sweep.sweep_all(now=after(1200))
    send_all(after(1200))
    text = text_of(out, worker)
    assert "No record now (1)" in text
    assert "Nobody has recorded seeing this child" in text
    assert out.to[worker.email] == 1
    assert set(Message.objects.filter(user=worker).values_list("status", flat=True)) == {MessageStatus.SENT}
    assert not broken(after(1200))


def test_the_list_reads_as_it_is_stored_and_both_parts_say_the_same(watched: Watched, settings: Any) -> None:
    settings.DUTY_LINE, settings.PUBLIC_URL = "0300 000 0000", "https://rollcall.example"
    settings.ALERT_FROM_EMAIL, settings.SERVICE_NAME = "alerts@rollcall.example", "Rollcall"
    message = Message.objects.create(
        pk=UUID(int=1, version=4),
        kind="alert",
        wording="digest",
        step="digest",
        channel="mail",
        post="digest",
        recipient=f"mail/user:{watched.worker.pk}",
        user=watched.worker,
        digest_date=EIGHT.date(),
        owed_at=EIGHT,
        created_at=EIGHT,
        joins_from=EIGHT,
        next_try_at=EIGHT,
    )
    many = [f"MC26-{number:06d}" for number in range(100_000, 100_024)]
    sections = [Section("No record now", ["MC26-004178"], 1), Section("To be seen today", many, len(many))]
    sections.append(Section("Drafts of yours that are not sent", [], 2))
    composed = emails.compose_together([message], Digest(EIGHT.date(), sections), now=EIGHT)
    assert_as_stored("digest.txt", f"{composed.subject}\n\n{composed.text}")
    assert_as_stored("digest.html", composed.html)
    assert sorted(tokens(composed.text)) == sorted(words_of_html(composed.html))
    assert all(len(line) <= 78 for line in composed.text.splitlines())


@pytest.mark.by_turns
def test_the_list_of_a_person_is_one_row_of_the_database_for_each_day(watched: Watched) -> None:
    reader(watched.worker)
    digests.owe(now=EIGHT)
    row = lists(watched.worker).get()
    row.pk = None
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


@pytest.mark.by_turns
def test_a_list_that_fails_to_be_written_stops_no_other_mail(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(watched.worker)
    reader(watched.manager)
    read = digests.read

    def damaged(user: User, *, now: datetime) -> Digest:
        if user.pk == watched.worker.pk:
            raise RuntimeError("damaged")
        return read(user, now=now)

    monkeypatch.setattr(digests, "read", damaged)
    digests.owe(now=EIGHT)
    delivery.deliver(clock=lambda: EIGHT)
    text_of(out, watched.manager)
    assert lists(watched.worker).get().status == MessageStatus.QUEUED


@pytest.mark.by_turns(8)
def test_a_list_that_comes_back_is_shown_to_the_administrator(
    watched: Watched, out: Out, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = reader(watched.worker)
    owe_and_send(EIGHT)
    assert delivery.bounce(lists(worker).get().pk, "5.1.1 unknown", at=EIGHT + MINUTE)
    monkeypatch.setattr(clock, "now", lambda: EIGHT + HOUR)
    client.force_login(factories.a_person("administrator", authority=watched.authority))
    text = client.get("/admin/").content.decode()
    assert "The last daily list to these people came back" in text
    assert 'id="came-back"' in text
    assert "no quiet failure" not in broken(EIGHT + HOUR)


@pytest.mark.by_turns
def test_a_list_is_read_in_a_number_of_queries_that_does_not_grow(watched: Watched) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            for person in (watched.worker, watched.manager, watched.guardian):
                digests.read(person, now=EIGHT)
        return len(asked)

    # What is read once and kept is read by the first.
    queries()
    few = queries()
    for _ in range(2):
        child = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
        factories.placed(child, watched.home)
        factories.guarded(child, watched.guardian)
    assert queries() == few
