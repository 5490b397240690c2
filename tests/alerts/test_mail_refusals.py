"""A guardian whose mail comes back is out of reach: the gap opens at once, says whom to ring, and ends once they are reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import channels, delivery, guardian_gaps, outbox, sweep, taken_again
from alerts.models import Alert, Clock, Message, MessageKind
from alerts.states import MessageStatus
from cases import clock, log, mail_refusals, people
from cases.models import ConfigurationChange, MailRefusal, ToldBy, User
from cases.states import IllegalMove
from guardians import affected, assignments
from guardians.models import GuardianAssignment
from tests import factories
from tests.alerts.outgoing import FIRST, Out, catch, send_all, tick
from tests.alerts.test_channels import Server
from tests.alerts.test_channels import _free_port as free_port
from tests.factories import Watched, a_person, a_watched_child, guarded

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GONE = "550 5.1.1 No such user here"


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(trafficking="yes")


@pytest.fixture
def owed(watched: Watched) -> Watched:
    """The roll-call lapsed, and the mail about it has not gone out."""
    tick(FIRST)
    return watched


def refuses(out: Out, *people: User, error: Exception | None = None) -> None:
    """Mail to these is refused: for good and by their server, unless another `error` is given."""
    addresses = {one.email for one in people}

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] in addresses:
            raise error or channels.Refused(GONE, {mail["To"]: 550})

    out.on_mail = refuse


def told_of_the_child(watched: Watched, out: Out) -> None:
    """The roll-call lapsed, and the mail about it to worker and guardian goes out as the latter's server has it."""
    refuses(out, watched.guardian)
    tick(FIRST)
    send_all(FIRST + outbox.BUNDLED_WITHIN)


def due(one: Watched) -> datetime | None:
    return Clock.objects.get(child=one.child, kind=Clock.Kind.GUARDIAN).due_at


def began() -> datetime:
    return MailRefusal.objects.get(ends_at=None).starts_at


def is_open(one: Watched) -> bool:
    return Alert.objects.open().filter(child=one.child, clock__kind="guardian").exists()


def mailed(user: User, *, at: datetime, **fields: Any) -> Message:
    """A mail to them that was sent at `at`."""
    message = Message.objects.filter(user=user, status=MessageStatus.FAILED, channel="mail").first()
    assert message is not None
    values = {"status": MessageStatus.SENT, "sent_at": at, "bounced_at": None, **fields}
    Message.objects.filter(pk=message.pk).update(**values)
    return message


@pytest.mark.by_turns
def test_an_address_that_is_refused_for_good_opens_the_gap_and_tells_duty_and_the_worker(
    watched: Watched, out: Out
) -> None:
    assert due(watched) is None
    told_of_the_child(watched, out)
    assert due(watched) == began()
    sweep.sweep_all(now=began())
    told = Message.objects.filter(items__alert__clock__kind="guardian", kind=MessageKind.ALERT)
    assert sorted(told.values_list("post", "step")) == [("duty", "R1"), ("worker", "R1")]
    change = ConfigurationChange.objects.get(kind="mail_refused")
    assert (change.subject_id, change.actor) == (watched.guardian.pk, None)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.by_turns
def test_what_passes_or_is_said_of_no_recipient_says_nothing_of_an_address(owed: Watched, out: Out) -> None:
    for error in (
        channels.Deferred("451 4.3.0 Try again later"),
        channels.Deferred("452 4.2.2 Mailbox full"),
        channels.Refused("550 5.7.1 Relaying denied"),
        channels.Uncertain("lost after DATA"),
    ):
        with undone():
            refuses(out, owed.guardian, error=error)
            send_all(FIRST + outbox.BUNDLED_WITHIN)
            unsent = Message.objects.filter(user=owed.guardian).exclude(status=MessageStatus.SENT)
            assert unsent.exists(), error
            assert not MailRefusal.objects.exists(), error
            assert due(owed) is None, error


@pytest.mark.by_turns
def test_a_mail_that_comes_back_later_counts_as_one_that_is_refused(watched: Watched, out: Out) -> None:
    tick(FIRST)
    send_all(FIRST + outbox.BUNDLED_WITHIN)
    message = Message.objects.filter(user=watched.guardian, status=MessageStatus.SENT).first()
    assert message is not None
    later = FIRST + 3 * HOUR
    assert delivery.delay(message.pk, "greylisted", at=FIRST + HOUR)
    assert due(watched) is None
    assert delivery.bounce(message.bundle or message.pk, GONE, at=later)
    assert (began(), due(watched)) == (later, later)


@pytest.mark.by_turns
def test_what_is_given_back_for_what_it_says_or_whence_it_comes_says_nothing_of_an_address(
    owed: Watched, out: Out
) -> None:
    send_all(FIRST + outbox.BUNDLED_WITHIN)
    message = Message.objects.filter(user=owed.guardian, status=MessageStatus.SENT).first()
    assert message is not None
    for reason in (
        "5.7.1 554 5.7.1 Message rejected as spam",
        "5.3.4 552 5.3.4 Message size exceeds fixed limit",
        "5.2.3 552 5.2.3 Message too long for this mailbox",
        "5.0.0 550 relay not permitted",
        "5.7.1 550 5.7.1 Client host [5.1.1.9] refused",
        "Mail delivery failed: returning message to sender",
    ):
        with undone():
            assert delivery.bounce(message.bundle or message.pk, reason, at=FIRST + HOUR), reason
            assert not MailRefusal.objects.exists(), reason
            assert due(owed) is None, reason


class ByAddress(Server):
    """A server that answers to each recipient as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.rcpt_answers = [self.answers.get(address, "250 ok")]
        return str(await super().handle_RCPT(server, session, envelope, address, options))


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ByAddress]:
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: "202 Taken")
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_TIMEOUT = "127.0.0.1", "", 30
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    handler = ByAddress()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), server_hostname="test.example")
    controller.start()
    settings.EMAIL_PORT = controller.port
    yield handler
    controller.stop()


# What a server says, and whether it says so of the recipient's mailbox.
ANSWERS = [
    ("550 5.1.1 <x@y.example>: Recipient address rejected: User unknown", True),
    ("550 5.1.10 Recipient not found", True),
    ("550 5.2.1 This mailbox is disabled", True),
    ("552 5.2.2 Mailbox full", True),
    ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", True),
    ("550 5.4.1 All recipient addresses rejected : Access denied", False),
    ("550 No such user here", True),
    ("553 sorry, no mailbox here by that name", True),
    ("554 5.7.1 <x@y.example>: Relay access denied", False),
    ("550 relay not permitted", False),
    ("553 sorry, that domain is not in my list of allowed recipients (#5.7.1)", False),
    ("550 5.1.8 <alerts@rollcall.example>: Sender address rejected: Domain not found", False),
    ("550 5.1.0 <alerts@rollcall.example>: Sender address rejected: User unknown", False),
    ("550 5.7.1 Client host [5.1.1.9] refused", False),
    ("530 5.7.0 Authentication required", False),
    ("554 no", False),
    ("450 4.2.1 Mailbox busy", False),
]


@pytest.mark.by_turns
def test_a_recipient_that_a_server_refuses_by_name_is_out_of_reach_only_where_it_says_so_of_the_mailbox(
    owed: Watched, server: ByAddress
) -> None:
    for answer, is_theirs in ANSWERS:
        server.answers = {owed.guardian.email: answer}
        server.accepted.clear()
        with undone():
            send_all(FIRST + outbox.BUNDLED_WITHIN)
            assert server.accepted, "the others have theirs"
            mine = Message.objects.filter(user=owed.guardian, channel="mail")
            refused = mine.exclude(status=MessageStatus.SENT)
            assert answer[4:40] in refused.values_list("last_error", flat=True)[0]
            assert MailRefusal.objects.filter(user=owed.guardian).exists() == is_theirs, answer
            assert (due(owed) is not None) == is_theirs, answer


@pytest.mark.by_turns(8)
def test_one_wrong_relay_setting_puts_no_guardian_out_of_reach(watched: Watched, server: ByAddress) -> None:
    for user in User.objects.all():
        server.answers[user.email] = f"554 5.7.1 <{user.email}>: Relay access denied"
    tick(FIRST)
    send_all(FIRST + outbox.BUNDLED_WITHIN)
    assert Message.objects.filter(user=watched.guardian, status=MessageStatus.FAILED).exists()
    assert not MailRefusal.objects.exists()


@pytest.mark.by_turns
def test_each_child_of_the_guardian_is_named_and_nobody_elses(watched: Watched, out: Out) -> None:
    other, stranger = a_watched_child(trafficking="yes"), a_watched_child(trafficking="yes")
    assignments.end(other.assignment, reason="Moved away", by=other.manager, at=FIRST - HOUR)
    guarded(other.child, watched.guardian, by=other.manager, at=FIRST - HOUR)
    told_of_the_child(watched, out)
    assert due(watched) == due(other) == began()
    assert due(stranger) is None
    standing = GuardianAssignment.objects.filter(guardian=watched.guardian, ends_at=None)
    children = standing.select_related("child", "guardian")
    found = affected.soon(children, now=began() + HOUR)
    assert {one.child for one in found} == {watched.child, other.child}
    assert {one.unreached_since for one in found} == {began()}


@pytest.mark.by_turns
def test_a_second_guardian_who_is_reached_leaves_no_gap(watched: Watched, out: Out) -> None:
    beside = a_person("guardian")
    guarded(watched.child, beside, by=watched.manager, at=FIRST - HOUR, lead=False)
    told_of_the_child(watched, out)
    assert MailRefusal.objects.filter(user=watched.guardian).exists()
    assert due(watched) is None


def test_of_a_guardian_who_is_told_by_text_a_refused_mail_says_nothing(watched: Watched, out: Out) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(phone="07700900123", told_by=ToldBy.TEXT)
    mail_refusals.begin(watched.guardian.pk, at=FIRST)
    assert not MailRefusal.objects.exists()
    assert due(watched) is None


@pytest.mark.by_turns
def test_it_ends_a_day_after_a_mail_that_came_neither_back_nor_late(watched: Watched, out: Out) -> None:
    told_of_the_child(watched, out)
    since = began()
    sweep.sweep_all(now=since)
    message = mailed(watched.guardian, at=since - HOUR)
    assert taken_again.look(now=since + 10 * DAY) == 0, "it was sent before"
    Message.objects.filter(pk=message.pk).update(sent_at=since + HOUR, delayed_at=since + 2 * HOUR)
    assert taken_again.look(now=since + 10 * DAY) == 0, "another server holds it"
    Message.objects.filter(pk=message.pk).update(delayed_at=None)
    over = since + HOUR + DAY
    assert taken_again.look(now=over - timedelta(seconds=1)) == 0
    assert is_open(watched)
    assert taken_again.look(now=over) == 1
    sweep.sweep_all(now=over)
    assert due(watched) is None
    assert not is_open(watched)
    assert taken_again.look(now=over) == 0
    assert ConfigurationChange.objects.filter(kind="mail_arrives").count() == 1


@pytest.mark.by_turns(8)
def test_an_administrator_who_knows_says_that_the_mailbox_takes_mail_again(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = FIRST + HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    admin = a_person("administrator", authority=factories.an_authority())
    guardian = watched.guardian
    address, own_page = (reverse(name, args=[guardian.pk]) for name in ("person_mail", "person"))
    client.force_login(admin)
    assert client.get(address).status_code == 404, "somebody else gave the role"
    log.record_configuration(factories.membership_of(guardian), "role_given", by=admin, at=FIRST - DAY)
    mail_refusals.begin(guardian.pk, at=FIRST)
    sweep.sweep_all(now=now)
    assert is_open(watched)
    (gap,) = guardian_gaps.of([watched.child.pk], now=now).values()
    assert "says so on their page" in gap.text
    stranger = a_person("administrator", authority=factories.an_authority())
    for other in (watched.worker, watched.manager, guardian, stranger):
        client.force_login(other)
        assert client.post(address, {"reason": "They rang"}).status_code in (403, 404)
    client.force_login(admin)
    assert address in client.get(own_page).content.decode()
    assert client.post(address, {"reason": " "}).status_code == 422
    assert due(watched) == FIRST
    assert client.post(address, {"reason": "They rang, and read it out"}).url == own_page
    change = ConfigurationChange.objects.get(kind="mail_arrives")
    assert (change.subject_id, change.actor) == (guardian.pk, admin)
    assert change.data == {"reason": "They rang, and read it out"}
    assert due(watched) is None
    sweep.sweep_all(now=now)
    assert not is_open(watched)
    assert address not in client.get(own_page).content.decode()
    again = client.post(address, {"reason": "They rang"})
    assert again.status_code == 422
    assert "No mail to this person is known" in again.content.decode()
    mail_refusals.begin(guardian.pk, at=now + HOUR)
    assert due(watched) == now + HOUR


@pytest.mark.by_turns(8)
def test_it_ends_when_they_choose_to_be_told_by_text_and_a_later_refusal_is_another(
    watched: Watched, out: Out
) -> None:
    told_of_the_child(watched, out)
    person = watched.guardian
    wishes = vars(people.wishes_of(person))
    by_text = people.Wishes(**{**wishes, "told_by": ToldBy.TEXT})
    User.objects.filter(pk=person.pk).update(phone="")
    with pytest.raises(IllegalMove):
        people.choose(person, by_text, at=FIRST + 2 * HOUR)
    assert began() == due(watched), "they have no phone on record"
    User.objects.filter(pk=person.pk).update(phone="07700900123")
    people.choose(person, by_text, at=FIRST + 3 * HOUR)
    assert due(watched) is None
    people.choose(person, people.Wishes(**wishes), at=FIRST + 4 * HOUR)
    assert due(watched) is None
    mail_refusals.begin(person.pk, at=FIRST + 5 * HOUR)
    assert due(watched) == FIRST + 5 * HOUR
    assert MailRefusal.objects.count() == 2


@pytest.mark.by_turns
def test_another_guardian_ends_it_and_a_turn_that_is_over_stays_as_it_was(watched: Watched, out: Out) -> None:
    told_of_the_child(watched, out)
    since = began()
    sweep.sweep_all(now=since)
    assignments.end(watched.assignment, reason="Mail", by=watched.manager, at=since + HOUR)
    assert due(watched) == since
    mail_refusals.end(MailRefusal.objects.get(), at=since + 2 * HOUR)
    factories.seen(watched.child, by=watched.carer, at=since + 2 * HOUR)
    assert due(watched) == since, "nobody was told of the child in that time"
    guarded(watched.child, a_person("guardian"), by=watched.manager, at=since + 3 * HOUR)
    sweep.sweep_all(now=since + 3 * HOUR)
    assert due(watched) is None
    assert not is_open(watched)


@pytest.mark.by_turns(8)
def test_it_counts_from_the_first_and_once_at_a_time(watched: Watched) -> None:
    mail_refusals.begin(watched.guardian.pk, at=FIRST)
    mail_refusals.begin(watched.guardian.pk, at=FIRST + HOUR)
    assert began() == due(watched) == FIRST
    with pytest.raises(IntegrityError), transaction.atomic():
        MailRefusal.objects.create(user=watched.guardian, starts_at=FIRST + HOUR)
    assert mail_refusals.end(MailRefusal.objects.get(), at=FIRST)
    assert not mail_refusals.end(MailRefusal.objects.get(), at=FIRST + HOUR)


@pytest.mark.by_turns
def test_no_child_is_given_to_them_meanwhile(watched: Watched) -> None:
    other = a_watched_child(trafficking="yes")
    assignments.end(other.assignment, reason="Moved away", by=other.manager, at=FIRST)
    mail_refusals.begin(watched.guardian.pk, at=FIRST)
    with pytest.raises(IllegalMove, match="comes back"):
        guarded(other.child, watched.guardian, by=other.manager, at=FIRST + HOUR)
    assert due(other) == FIRST
    mail_refusals.end(MailRefusal.objects.get(), at=FIRST + HOUR)
    guarded(other.child, watched.guardian, by=other.manager, at=FIRST + 2 * HOUR)
    assert due(other) is None


def test_the_pages_of_child_service_and_person_say_since_when_and_whom_to_ring(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = FIRST + HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    User.objects.filter(pk=watched.guardian.pk).update(phone="01632960123")
    mail_refusals.begin(watched.guardian.pk, at=FIRST)
    (gap,) = guardian_gaps.of([watched.child.pk], now=now).values()
    assert f"Mail to {watched.guardian.name}" in gap.text.replace("\u2068", "").replace("\u2069", "")
    assert "01632960123" in gap.text
    head = a_person("guardian", service=factories.membership_of(watched.guardian).service, reach="service")
    client.force_login(head)
    html = client.get(reverse("service_home")).content.decode()
    assert "Mail to them has come back since" in html
    assert 'href="tel:01632960123"' in html
    User.objects.filter(pk=watched.guardian.pk).update(phone="")
    assert "No phone is on record" in client.get(reverse("service_home")).content.decode()
    (gap,) = guardian_gaps.of([watched.child.pk], now=now).values()
    assert "ask their service" in gap.text
    mail_refusals.end(MailRefusal.objects.get(), at=now)
    assert "has come back" not in client.get(reverse("service_home")).content.decode()
    assert guardian_gaps.of([watched.child.pk], now=now) == {}
