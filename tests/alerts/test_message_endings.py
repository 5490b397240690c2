"""Whoever was told of an alert hears that it has ended, in that order; whoever was not hears nothing."""

from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

import pytest

from alerts import channels, delivery, episode_updates, outbox
from alerts.models import Alert, Message, MessageKind
from alerts.states import MessageStatus
from cases import contacts, episodes
from guardians import assignments
from tests import factories
from tests.alerts.outgoing import FIRST, SECOND, Out, after, broken, catch, first_rungs, send_all, tick
from tests.counts import FULL
from tests.factories import Watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def at_desk(watched: Watched) -> Watched:
    """The desk has been told of the child."""
    tick(FIRST)
    return watched


@pytest.mark.by_turns
def test_who_was_told_hears_the_ending_once_and_who_was_not_hears_nothing(at_desk: Watched, out: Out) -> None:
    watched = at_desk
    Message.objects.filter(recipient=f"mail/user:{watched.guardian.pk}").update(next_try_at=after(9999))
    send_all(FIRST)
    factories.seen(watched.child, by=watched.carer, at=after(60))
    tick(after(61))
    send_all(after(61) + outbox.BUNDLED_WITHIN)
    told = first_rungs(watched) - Counter([watched.guardian.email])
    assert out.to == told + told
    assert not Message.objects.filter(kind=MessageKind.ENDING, user=watched.guardian).exists()
    assert not broken(after(62) + timedelta(minutes=5))


@pytest.mark.by_turns(8)
def test_an_ending_waits_for_the_alert_that_is_being_sent(at_desk: Watched, out: Out) -> None:
    watched = at_desk
    worker = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    Message.objects.exclude(pk=worker.pk).update(status="cancelled")
    # Of no home: its ending waits for this message, and for no other.
    Message.objects.filter(pk=worker.pk).update(home=None)
    order: list[str] = []

    def meanwhile(mail: EmailMessage) -> None:
        if not order:
            order.append("in the server's hands")
            factories.seen(watched.child, by=watched.carer, at=after(1))
            tick(after(2))
            # Another sender comes along while the alert is not out: it must not overtake it.
            send_all(after(10))
            assert not out.mails

    out.on_mail = meanwhile
    delivery.deliver(clock=lambda: after(1))
    send_all(after(20))
    assert [mail["To"] for mail in out.mails] == [watched.worker.email] * 2
    worker.refresh_from_db()
    ending = Message.objects.get(kind=MessageKind.ENDING)
    assert (worker.status, ending.status) == (MessageStatus.SENT, MessageStatus.SENT)
    assert [mail["Message-ID"].split("@")[0][1:] for mail in out.mails] == [str(worker.pk), str(ending.pk)]


@pytest.mark.by_turns
def test_an_ending_whose_alert_was_refused_after_all_is_not_sent(at_desk: Watched, out: Out) -> None:
    watched = at_desk
    worker = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    Message.objects.exclude(pk=worker.pk).update(status="cancelled")
    # Of no home: its ending waits for this message, and for no other.
    Message.objects.filter(pk=worker.pk).update(home=None)

    def meanwhile(mail: EmailMessage) -> None:
        factories.seen(watched.child, by=watched.carer, at=after(1))
        tick(after(2))
        raise channels.Deferred("451 Try again later")

    out.on_mail = meanwhile
    delivery.deliver(clock=lambda: after(1))
    out.on_mail = lambda mail: None
    for later in range(5, 60, 5):
        send_all(after(later))
    assert not out.mails
    statuses = dict(Message.objects.values_list("kind", "status").filter(user=watched.worker))
    assert statuses == {"alert": MessageStatus.CANCELLED, "ending": MessageStatus.CANCELLED}


@pytest.mark.by_turns
def test_an_alert_that_has_ended_is_not_sent_any_more(at_desk: Watched, out: Out) -> None:
    watched = at_desk
    factories.seen(watched.child, by=watched.carer, at=after(1))
    tick(after(2))
    send_all(after(3))
    assert not out.to
    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.CANCELLED}


@pytest.fixture
def house(db: None) -> tuple[Watched, Watched]:
    """Two children of one home of whom its desk has been told."""
    home = factories.a_home()
    both = factories.a_watched_child(home=home), factories.a_watched_child(home=home)
    tick(FIRST)
    return both


@pytest.mark.by_turns
def test_a_house_of_which_one_child_was_seen_before_the_send_is_told_of_the_other_alone(
    house: tuple[Watched, Watched], out: Out
) -> None:
    seen, silent = house
    factories.seen(seen.child, by=seen.carer, at=after(1))
    tick(after(2))
    send_all(after(3))
    words = " ".join(
        [mail.get_body(("plain",)).get_content() for mail in out.mails] + [text["text"] for text in out.texts]
    )
    assert silent.child.reference in words
    assert seen.child.reference not in words
    assert not Message.objects.filter(kind=MessageKind.ENDING).exists()
    assert not FULL or not broken(after(3) + timedelta(minutes=5))


@pytest.mark.by_turns
def test_a_house_of_which_one_child_was_seen_after_the_send_hears_that_of_the_one(
    house: tuple[Watched, Watched], out: Out
) -> None:
    seen, silent = house
    send_all(FIRST)
    before = len(out.mails)
    factories.seen(seen.child, by=seen.carer, at=after(60))
    tick(after(61))
    send_all(after(61) + outbox.BUNDLED_WITHIN)
    endings = out.mails[before:]
    assert endings
    for mail in endings:
        words = " ".join(mail.get_body(("plain",)).get_content().split())
        assert seen.child.reference in words
        assert silent.child.reference not in words
        # It answers the mail of both, whose subject names the other as well.
        alone = f"It ends what was told of {seen.child.reference} alone: what is open of the others goes on."
        assert (alone in words) == (silent.child.reference in mail["Subject"])
    assert any(silent.child.reference in mail["Subject"] for mail in endings)
    assert Alert.objects.open().get().child == silent.child
    assert not FULL or not broken(after(62) + timedelta(minutes=5))


@pytest.mark.by_turns
def test_a_house_in_doubt_after_a_lost_connection_is_not_told_again_of_the_child_who_was_seen(
    house: tuple[Watched, Watched], out: Out
) -> None:
    seen, silent = house

    def lose(mail: EmailMessage) -> None:
        raise channels.Uncertain("lost after DATA")

    out.on_mail = lose
    delivery.deliver(clock=lambda: FIRST)
    out.on_mail = lambda mail: None
    factories.seen(seen.child, by=seen.carer, at=after(1))
    tick(after(2))
    for later in range(3, 150, 3):
        send_all(after(later))
    for mail in out.mails:
        words = mail.get_body(("plain",)).get_content()
        assert (seen.child.reference in words) != (silent.child.reference in words)
    # Both desks may have had the first mail: they hear that it has ended for that child.
    ends = Message.objects.filter(kind=MessageKind.ENDING, status=MessageStatus.SENT)
    assert ends.filter(user=seen.worker).exists()


@pytest.mark.by_turns
def test_a_house_ticked_off_child_by_child_hears_one_ending_each(out: Out) -> None:
    home = factories.a_home()
    house = [factories.a_watched_child(home=home) for _ in range(3)]
    tick(FIRST)
    send_all(FIRST)
    for number, one in enumerate(house):
        at = after(60 + 30 * number)
        factories.seen(one.child, by=one.carer, at=at)
        tick(at)
        send_all(at)
    assert out.to[home.phone] == 1
    send_all(after(60) + outbox.BUNDLED_WITHIN)
    assert out.to[home.phone] == 2
    ending = Message.objects.get(kind=MessageKind.ENDING, phone=home.phone)
    assert ending.items.count() == len(house)
    assert not broken(after(60) + outbox.BUNDLED_WITHIN)


@pytest.mark.by_turns
def test_an_ending_that_waited_for_others_of_its_house_on_purpose_is_not_called_late(
    at_desk: Watched, out: Out
) -> None:
    send_all(FIRST)
    before = len(out.mails)
    factories.seen(at_desk.child, by=at_desk.carer, at=after(60))
    tick(after(60))
    send_all(after(65) + outbox.BUNDLED_WITHIN)
    assert out.mails[before:]
    for mail in out.mails[before:]:
        assert " late" not in mail.get_body(("plain",)).get_content()


@pytest.mark.by_turns
def test_an_ending_that_waits_goes_before_word_of_a_new_alert(at_desk: Watched, out: Out) -> None:
    watched = at_desk
    send_all(FIRST)
    contact = factories.seen(watched.child, by=watched.carer, at=after(60))
    tick(after(60))
    contacts.withdraw(contact, reason="It was his brother", by=watched.worker, at=after(70))
    tick(after(70))
    send_all(after(70))
    sent = Message.objects.filter(phone=watched.home.phone).order_by("proofs__pk")
    assert list(sent.values_list("kind", flat=True)) == ["alert", "ending", "alert"]


@pytest.mark.by_turns
def test_the_ending_of_what_reached_the_police_never_waits(watched: Watched, out: Out) -> None:
    factories.not_here(watched.child, by=watched.carer, at=FIRST)
    tick(FIRST)
    send_all(FIRST)
    before = out.to[watched.control_room.address]
    factories.ended(watched.child.episodes.get(), by=watched.desk.second, at=after(60))
    tick(after(60))
    send_all(after(60))
    assert out.to[watched.control_room.address] == before + 1
    assert not Message.objects.filter(status=MessageStatus.QUEUED).exists()


@pytest.mark.by_turns
def test_a_silence_that_became_away_ends_with_the_sight_and_nobody_hears_that_the_episode_has(
    watched: Watched, out: Out
) -> None:
    tick(SECOND)
    send_all(SECOND)
    at = SECOND + timedelta(minutes=1)
    away = episodes.report_away(
        watched.child, whereabouts="With a cousin", reason="", by=watched.carer, at=at
    )
    tick(at)
    episode_updates.add(away, text="Rang again", side="council", by=watched.desk.person, at=at)
    factories.seen(watched.child, by=watched.desk.person, at=at)
    tick(at)
    tick(at + timedelta(minutes=1))
    send_all(at + timedelta(minutes=20))
    away.refresh_from_db()
    assert away.ended_at is None
    endings = Message.objects.filter(kind=MessageKind.ENDING, status="sent")
    assert endings.filter(user=watched.worker).count() == 1
    assert not endings.exclude(episode=None)
    ended = [mail for mail in out.mails if "HAS ENDED" in mail.get_body(("plain",)).get_content()]
    assert ended
    assert not [mail for mail in ended if away.reference in mail.get_body(("plain",)).get_content()]
    # Word of an update is of the episode, and does not go with the silence.
    updates = Message.objects.filter(wording="episode_update")
    assert {m.user for m in updates.filter(status="sent")} == {watched.worker, watched.guardian}
    factories.ended(away, by=watched.desk.person, at=at + timedelta(hours=1))
    tick(at + timedelta(hours=1))
    send_all(at + timedelta(hours=1))
    assert Message.objects.filter(kind=MessageKind.ENDING, user=watched.worker, episode=away).count() == 1
    assert not FULL or not broken(at + timedelta(hours=2))


@pytest.mark.by_turns
def test_what_ends_while_a_child_is_missing_says_nothing_of_the_search(out: Out) -> None:
    watched = factories.a_watched_child(trafficking="yes")
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=FIRST)
    episode = factories.missing(watched.child, at=FIRST, by=watched.carer)
    tick(FIRST)
    send_all(after(1))
    factories.guarded(watched.child, by=watched.manager, at=after(60))
    tick(after(61))
    send_all(after(70))
    ended = [mail for mail in out.mails if "HAS ENDED" in mail.get_body(("plain",)).get_content()]
    assert {mail["To"] for mail in ended} >= {watched.worker.email}
    assert not [mail for mail in ended if episode.reference in mail.get_body(("plain",)).get_content()]
