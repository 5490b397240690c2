"""The sender hears at once of an arrival of a child who had not left, and its desk keeps it until somebody answers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import matter_clocks
from alerts.models import MatterClock, Message
from cases import concerns, transfers
from cases.models import Authority, Matter, MatterEntry, Role, Transfer
from cases.responsibilities import responsible_authority
from tests.alerts.outgoing import Out, catch, send_all
from tests.factories import Watched, a_person, a_watched_child, agreed, arrived, case_closed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def sender(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def receiver(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def outgoing(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def going(sender: Watched, receiver: Watched, now: datetime) -> Transfer:
    return agreed(sender, receiver, moves_at=now + DAY, at=now - HOUR)


def told(wording: str, **asked: Any) -> set[tuple[str, int | None]]:
    rows = Message.objects.filter(wording=wording, **asked)
    return {(one.post, one.user_id or one.mailbox_id) for one in rows}


@pytest.mark.by_turns(8)
def test_the_desk_and_the_worker_of_the_sender_hear_at_once_and_whoever_leads_until_somebody_answers(
    sender: Watched, receiver: Watched, going: Transfer, client: Client, outgoing: Out, now: datetime
) -> None:
    arrived(going, at=now)
    matter_clocks.tell(now=now)
    assert told("arrival_asked", channel="mail") == {
        ("duty", sender.desk.mailbox.pk),
        ("worker", sender.worker.pk),
    }
    send_all(now=now)
    (mail,) = (mail for mail in outgoing.mails if mail["To"] == sender.worker.email)
    body = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == f"Arrival {Matter.objects.get().reference} - action needed"
    assert sender.child.reference in body
    assert receiver.authority.name in body
    for name in (sender.child.given_name, sender.child.family_name):
        assert name not in body
    matter_clocks.tell(now=now + HOUR)
    assert "second" in {post for post, _ in told("arrival_asked", step="R2")}

    client.force_login(sender.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    assert where in client.get(reverse("duty_desk")).content.decode()
    assert where in body
    shown = client.get(where).content.decode()
    assert receiver.desk.team.name in shown
    once = shown.partition('name="once" value="')[2].partition('"')[0]
    refused = client.post(where, {"answer": "left", "text": "", "once": once})
    assert refused.status_code == 422
    assert "#id_text" in refused.content.decode()
    for _press in range(2):
        done = client.post(
            where, {"answer": "left", "text": "Ola of the late shift waved it off at noon", "once": once}
        )
        assert done.status_code == 302
    other = client.post(where, {"answer": "left", "text": "Nobody saw it", "once": once})
    assert other.status_code == 422
    assert "sent this form before" in other.content.decode()
    assert MatterEntry.objects.get().kind == "left"
    assert sender.child.events.get(kind="departure_confirmed").actor == sender.desk.person
    assert MatterClock.objects.get().ended_at is not None
    assert where not in client.get(reverse("duty_desk")).content.decode()
    assert ("worker", sender.worker.pk) in told("arrival_over")
    client.force_login(receiver.worker)
    timeline = client.get(reverse("child_timeline", args=[sender.child.reference])).content.decode()
    assert "waved it off" in timeline


@pytest.mark.by_turns
def test_nobody_is_asked_of_a_child_who_had_left(
    sender: Watched, receiver: Watched, going: Transfer, now: datetime
) -> None:
    going = transfers.set_out(going, left_at=now - HOUR / 2, expected_at=now + HOUR, by=sender.worker, at=now)
    arrived(going, at=now)
    assert not Matter.objects.exists()


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_hears_nothing_of_it_and_strangers_read_none(
    sender: Watched, receiver: Watched, going: Transfer, client: Client, now: datetime
) -> None:
    stranger = a_watched_child(at=now - 50 * HOUR)
    concerns.keep_from(
        sender.child, sender.worker, reason="An allegation", by=sender.manager, at=now - HOUR / 2
    )
    arrived(going, at=now)
    matter_clocks.tell(now=now)
    assert told("arrival_asked", channel="mail") == {("duty", sender.desk.mailbox.pk)}
    for reader in (stranger.desk.person, sender.worker, sender.carer):
        client.force_login(reader)
        assert client.get(reverse("not_arrived", args=[sender.child.reference])).status_code == 404


# --- Who answers at the desk that is asked


def answered(client: Client, sender: Watched, answer: str = "left", **more: str) -> int:
    where = reverse("not_arrived", args=[sender.child.reference])
    shown = client.get(where)
    if shown.status_code != 200:
        return shown.status_code
    once = shown.content.decode().partition('name="once" value="')[2].partition('"')[0]
    said = {"answer": answer, "text": "Ola waved it off at noon", "once": once, **more}
    return client.post(where, said).status_code


def stands_on_desk(client: Client, sender: Watched) -> bool:
    where = reverse("not_arrived", args=[sender.child.reference])
    return where in client.get(reverse("duty_desk")).content.decode()


@pytest.mark.by_turns
def test_whoever_has_come_to_the_desk_since_answers_and_reads_nothing_else(
    sender: Watched, going: Transfer, client: Client, now: datetime
) -> None:
    arrived(going, at=now - HOUR / 2)
    newcomer = a_person(Role.DUTY_DESK, team=sender.desk.team, since=now - HOUR / 4)
    client.force_login(newcomer)
    assert stands_on_desk(client, sender)
    for page in ("handed_over", "transfer"):
        assert client.get(reverse(page, args=[sender.child.reference])).status_code == 404
    shown = client.get(reverse("not_arrived", args=[sender.child.reference])).content.decode()
    assert sender.child.given_name not in shown
    assert answered(client, sender) == 302
    assert not stands_on_desk(client, sender)
    assert answered(client, sender) == 404


@pytest.mark.by_turns(8)
def test_the_desk_of_whoever_has_taken_the_senders_place_answers_and_has_the_child_back(
    sender: Watched, going: Transfer, client: Client, now: datetime
) -> None:
    arrived(going, at=now - HOUR / 2)
    successor = a_watched_child(at=now - 50 * HOUR)
    sender.authority.successors.add(successor.authority)
    Authority.objects.filter(pk=sender.authority.pk).update(valid_to=now.date())
    client.force_login(successor.desk.person)
    assert stands_on_desk(client, sender)
    assert answered(client, sender, "nowhere") == 302
    assert responsible_authority(sender.child, at=now + HOUR) == successor.authority


@pytest.mark.by_turns
def test_of_a_case_that_was_closed_since_it_is_answered_that_the_child_has_left(
    sender: Watched, going: Transfer, client: Client, now: datetime
) -> None:
    arrived(going, at=now - HOUR / 2)
    case_closed(sender.child, reason="left_uk", at=now - HOUR / 4)
    client.force_login(sender.desk.person)
    assert stands_on_desk(client, sender)
    assert answered(client, sender, "nowhere") == 422
    assert answered(client, sender) == 302
    assert not stands_on_desk(client, sender)


@pytest.mark.by_turns
def test_nobody_of_the_desk_from_whom_the_child_is_kept_reads_or_answers(
    sender: Watched, going: Transfer, client: Client, now: datetime
) -> None:
    arrived(going, at=now - HOUR / 2)
    concerns.keep_from(sender.child, sender.desk.person, reason="An allegation", by=sender.manager, at=now)
    client.force_login(sender.desk.person)
    assert not stands_on_desk(client, sender)
    assert answered(client, sender) == 404
