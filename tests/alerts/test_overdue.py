"""Every page says what waits although both parts of the engine beat, and falls silent with it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import health, heartbeats, overdue, sweep
from alerts.models import Clock, HomeClock, Message, Probe
from alerts.states import MessageStatus
from cases import clock
from cases.models import User
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 14, 1, tzinfo=UTC)
LATE = timedelta(seconds=91)
NOT_LOOKED_AT = "What was due at 1:59pm has not been looked at"
NOT_OUT = "A message that was owed at 1:59pm has not gone out"
RING = "Until this is gone, ring: do not wait for a message."
ALL_OUT = "Every message that was owed has been taken over"


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A child whose first rungs were climbed this minute, with both workers beating."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    one = factories.a_watched_child()
    sweep.sweep_all(now=NOW)
    for name in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(name, at=NOW)
    return one


@pytest.fixture
def read(client: Client) -> Callable[..., str]:
    def page(user: User, path: str = "/") -> str:
        client.force_login(user)
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.content.decode()

    return page


def is_red(name: str) -> bool:
    return any(check.name == name and not check.ok for check in health.engine(NOW))


@pytest.mark.by_turns
def test_a_page_says_since_when_what_is_due_waits_while_the_sweep_beats_and_no_more_once_it_was_swept(
    watched: Watched, read: Callable[..., str]
) -> None:
    contact = Clock.objects.filter(kind="contact")
    contact.update(next_at=NOW - timedelta(seconds=90))
    assert "Checks are late" not in read(watched.worker)
    contact.update(next_at=NOW - LATE)
    assert is_red("due_clocks")
    for person in (watched.worker, watched.manager, watched.carer, watched.desk.person, watched.officer):
        page = read(person)
        assert f"{NOT_LOOKED_AT}. {RING}" in page, person
        assert "Missed roll-calls" not in page, "the sweep beats"
    assert NOT_LOOKED_AT in read(watched.worker, reverse("child", args=[watched.child.reference]))
    assert not sweep.sweep_all(now=NOW).failed
    assert not is_red("due_clocks")
    assert "Checks are late" not in read(watched.worker)


@pytest.mark.by_turns
def test_a_page_says_since_when_a_message_waits_while_the_senders_beat_and_no_more_once_it_is_out(
    watched: Watched, read: Callable[..., str]
) -> None:
    assert Message.objects.unsent().exists()
    Message.objects.update(owed_at=NOW - LATE, next_try_at=NOW + timedelta(minutes=5), attempts=3)
    assert is_red("unsent_messages")
    page = read(watched.worker)
    assert f"{NOT_OUT}. {RING}" in page
    assert "Alerts may not have been sent" not in page, "the senders beat"
    Message.objects.update(status=MessageStatus.CANCELLED)
    assert not is_red("unsent_messages")
    assert "Checks are late" not in read(watched.worker)


@pytest.mark.by_turns
def test_one_mailbox_that_takes_nothing_is_no_news_for_everybody_while_other_mail_goes(
    watched: Watched, read: Callable[..., str]
) -> None:
    waits, went = Message.objects.unsent().filter(channel="mail")[:2]
    Message.objects.exclude(pk=waits.pk).update(
        status=MessageStatus.SENT, sent_at=NOW - LATE, next_try_at=NOW - LATE
    )
    Message.objects.filter(pk=waits.pk).update(owed_at=NOW - LATE, attempts=3)
    assert NOT_OUT in read(watched.worker), "nothing has gone since it is late"
    Message.objects.filter(pk=went.pk).update(sent_at=NOW)
    assert is_red("unsent_messages")
    assert "Checks are late" not in read(watched.worker)
    Message.objects.filter(pk=went.pk).update(channel="text", phone="01632 960001")
    assert NOT_OUT in read(watched.worker), "that texts go says nothing of mail"
    Message.objects.filter(pk=went.pk).update(channel="mail", phone="")
    Message.objects.filter(pk=waits.pk).update(attempts=0)
    assert NOT_OUT in read(watched.worker), "nobody has tried it"


@pytest.mark.by_turns(8)
def test_a_probe_that_is_late_is_told_of_by_its_own_check_and_on_no_page(
    watched: Watched, read: Callable[..., str]
) -> None:
    Message.objects.update(status=MessageStatus.CANCELLED)
    probe = Probe.objects.create(kind=Probe.Kind.CANARY, slot=NOW - LATE, asked_at=NOW - LATE)
    Message.objects.create(
        kind="alert", wording="canary", channel="mail", recipient="canary", probe=probe, step="probe",
        post="probe", urgency=1, owed_at=NOW - LATE, created_at=NOW - LATE, next_try_at=NOW - LATE,
    )  # fmt: skip
    assert is_red("unsent_messages")
    assert "Checks are late" not in read(watched.worker)


@pytest.mark.by_turns
@pytest.mark.parametrize("part", ["duty_desk", "duty_desk_list"])
def test_the_desk_claims_of_no_message_that_it_is_on_its_way_while_one_is_late(
    watched: Watched, read: Callable[..., str], part: str
) -> None:
    assert ALL_OUT in read(watched.desk.person, reverse(part))
    Message.objects.update(owed_at=NOW - LATE)
    page = read(watched.desk.person, reverse(part))
    assert ALL_OUT not in page
    assert f"{NOT_OUT}. Ring: do not wait for a message." in page
    Message.objects.update(status=MessageStatus.CANCELLED)
    assert ALL_OUT in read(watched.desk.person, reverse(part))


@pytest.mark.by_turns
def test_the_check_of_a_home_that_waits_is_late_as_that_of_a_child_is(watched: Watched) -> None:
    assert overdue.look(NOW).due_since is None
    HomeClock.objects.update_or_create(home=watched.home, defaults={"next_at": NOW - LATE})
    assert overdue.look(NOW).due_since == NOW - LATE
    Clock.objects.filter(kind="contact").update(next_at=NOW - 2 * LATE)
    assert overdue.look(NOW).due_since == NOW - 2 * LATE, "the oldest"


@pytest.mark.by_turns
def test_what_is_late_is_one_question_of_a_page_and_none_of_one_who_has_not_signed_in(
    watched: Watched, client: Client
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("duty_desk"))
        return sum('"alerts_heartbeat"' in one["sql"] for one in queries.captured_queries)

    assert asked() == 0
    client.force_login(watched.desk.person)
    assert asked() == 1
    Message.objects.update(owed_at=NOW - LATE)
    assert asked() == 1
