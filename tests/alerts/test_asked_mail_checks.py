"""The test mail that an administrator asks for: to whom, how often, and that it goes now."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import channels, delivery, taken_again
from alerts.states import MessageStatus
from cases import clock, log, mail_refusals, people
from cases.models import ConfigurationChange, MailRefusal
from cases.states import IllegalMove
from tests import factories
from tests.alerts.outgoing import Out, catch, send_all
from tests.alerts.test_mail_checks import DAY, HOUR, START, checks, mails_to, states
from tests.alerts.test_mail_refusals import GONE, refuses
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    """A child whose guardian's mail has come back since START."""
    watched = a_watched_child(trafficking="yes")
    mail_refusals.begin(watched.guardian.pk, at=START)
    return watched


@pytest.mark.by_turns(8)
def test_an_administrator_sends_one_now_and_the_daily_one_goes_a_day_later(
    watched: Watched, out: Out, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = START + HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    guardian, admin = watched.guardian, a_person("administrator", authority=factories.an_authority())
    address, own_page = (reverse(name, args=[guardian.pk]) for name in ("person_mail_check", "person"))
    client.force_login(admin)
    assert client.post(address).status_code == 404, "somebody else gave the role"
    log.record_configuration(factories.membership_of(guardian), "role_given", by=admin, at=START - DAY)
    for other in (watched.worker, watched.manager, guardian):
        client.force_login(other)
        assert client.post(address).status_code in (403, 404)
    client.force_login(admin)
    assert client.get(address).status_code == 405
    assert address in client.get(own_page).content.decode()
    assert "The last test mail to them is of" not in client.get(own_page).content.decode()
    said = client.post(address, follow=True).content.decode()
    assert "A test mail goes to them now" in said
    assert "The last test mail to them is of" in said
    change = ConfigurationChange.objects.get(kind="mail_checked")
    assert (change.subject_id, change.actor) == (guardian.pk, admin)
    assert "is less than an hour old" in client.post(address, follow=True).content.decode()
    send_all(now)
    assert len(mails_to(out, guardian)) == 1
    assert delivery.bounce(checks(guardian)[0].pk, GONE, at=now)
    assert taken_again.check(now=now + DAY - timedelta(seconds=1)) == 0
    assert taken_again.check(now=now + DAY) == 1
    mail_refusals.end(MailRefusal.objects.get(), at=now)
    assert address not in client.get(own_page).content.decode()
    assert "No mail to this person is known" in client.post(address, follow=True).content.decode()


@pytest.mark.by_turns(8)
def test_none_is_sent_now_to_somebody_without_a_role_or_with_one_elsewhere(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: START + HOUR)
    guardian, admin = watched.guardian, a_person("administrator", authority=watched.authority)
    given = factories.membership_of(guardian)
    log.record_configuration(given, "role_given", by=admin, at=START - DAY)
    elsewhere = people.join(guardian, "social_worker", team=factories.a_team(), at=START - HOUR)
    client.force_login(admin)
    address = reverse("person_mail_check", args=[guardian.pk])
    assert "a role elsewhere too" in client.post(address, follow=True).content.decode()
    people.leave(elsewhere, by=watched.manager, at=START)
    people.leave(given, by=watched.manager, at=START)
    with pytest.raises(IllegalMove, match="has no role now"):
        mail_refusals.send_check(guardian, by=admin, at=START + HOUR)
    assert not checks(guardian)


@pytest.mark.by_turns
def test_a_second_press_while_the_first_waits_sends_no_second_mail(watched: Watched, out: Out) -> None:
    guardian, admin = watched.guardian, a_person("administrator", authority=watched.authority)
    for hours in (1, 3, 5):
        mail_refusals.send_check(guardian, by=admin, at=START + hours * HOUR)
    assert states(guardian) == [MessageStatus.QUEUED]
    send_all(START + 5 * HOUR)
    assert len(mails_to(out, guardian)) == 1
    mail_refusals.send_check(guardian, by=admin, at=START + 7 * HOUR)
    assert states(guardian) == [MessageStatus.SENT, MessageStatus.QUEUED]


def test_one_that_a_server_puts_off_goes_when_an_administrator_asks_for_one_and_no_second(
    watched: Watched, out: Out, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    guardian, admin = watched.guardian, a_person("administrator", authority=factories.an_authority())
    log.record_configuration(factories.membership_of(guardian), "role_given", by=admin, at=START - DAY)
    mail_refusals.send_check(guardian, by=admin, at=START)
    now = START + HOUR
    refuses(out, guardian, error=channels.Deferred("451 4.3.0 Try again later"))
    send_all(now)
    (check,) = checks(guardian)
    assert (check.status, check.attempts) == (MessageStatus.QUEUED, 1)
    assert check.next_try_at > now
    out.on_mail = lambda mail: None
    send_all(now)
    assert not mails_to(out, guardian), "it is not its turn"
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(admin)
    address = reverse("person_mail_check", args=[guardian.pk])
    assert "A test mail goes to them now" in client.post(address, follow=True).content.decode()
    send_all(now)
    assert len(mails_to(out, guardian)) == 1
    assert states(guardian) == [MessageStatus.SENT]
