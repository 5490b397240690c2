"""What is for somebody's information goes as one mail, is never lost, and names no child its reader may not be told of."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from alerts import channels, claims, delivery, duty_tasks, emails, sweep
from alerts.emails import about
from alerts.emails.together import SAYS
from alerts.models import DutyTask, Message, MessageProof
from alerts.states import MessageStatus
from alerts.tiers import TIERS, Tier
from cases import children
from cases.models import Authority, Child, KeepFrom, Responsibility, Role, Told, ToldBy, User
from tests import factories
from tests.alerts import letters, outgoing
from tests.alerts.letters import EVENING
from tests.alerts.outgoing import FIRST, Out, after, broken, catch, send_all, tick
from tests.alerts.stored import assert_as_stored, tokens, words_of_html
from tests.counts import FULL
from tests.factories import Watched

TEN = 600


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture(autouse=True)
def _window(settings: Any) -> None:
    settings.BUNDLE_SECONDS = TEN


@dataclass(frozen=True)
class Other:
    child: Child
    carer: User


def another(first: Watched) -> Other:
    """Another child of the same social worker, in another home."""
    home = factories.a_home(first.authority)
    child = factories.a_child(first.authority, team=first.team, worker=first.worker)
    factories.placed(child, home)
    return Other(child, factories.a_person(Role.PLACEMENT_STAFF, home=home))


def two_of_one_worker() -> tuple[Watched, Other]:
    """Two children of two homes, with one social worker, of whom nobody wrote anything."""
    first = factories.a_watched_child()
    return first, another(first)


@pytest.fixture
def two(db: None) -> tuple[Watched, Other]:
    return two_of_one_worker()


@pytest.fixture
def waiting(two: tuple[Watched, Other]) -> tuple[Watched, Other]:
    """The mails about both wait for what is to go with them."""
    tick(FIRST)
    return two


def to(out: Out, person: User) -> list[str]:
    return [str(mail.get_body(("plain",)).get_content()) for mail in out.mails if mail["To"] == person.email]


def told(person: User) -> Any:
    return Message.objects.filter(user=person, wording="told_no_record").order_by("created_at", "pk")


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_single_one_waits_ten_minutes_and_goes_as_the_ordinary_mail_and_is_not_called_late(
    out: Out,
) -> None:
    watched = factories.a_watched_child()
    tick(FIRST)
    send_all(after(TEN - 1))
    assert out.to[watched.worker.email] == 0
    assert out.to[watched.desk.mailbox.address] == 1
    send_all(after(TEN))
    (text,) = to(out, watched.worker)
    assert "NO RECORD YET" in text
    assert watched.child.reference in text
    assert Message.objects.filter(bundle__isnull=False).count() == 0
    # It waited on purpose.
    assert " late" not in text


@pytest.mark.by_turns
@pytest.mark.django_db
def test_all_of_ten_minutes_is_one_mail_and_the_oldest_sets_the_time(
    out: Out, waiting: tuple[Watched, Other]
) -> None:
    first, second = waiting
    # As if it had come up two minutes later.
    later = told(first.worker).filter(items__alert__child=second.child)
    Message.objects.filter(pk=later.get().pk).update(
        created_at=after(120), joins_from=after(120), next_try_at=after(TEN + 120)
    )
    send_all(after(TEN))
    (text,) = to(out, first.worker)
    assert first.child.reference in text
    assert second.child.reference in text
    ids = set(told(first.worker).values_list("bundle", flat=True))
    assert ids == {told(first.worker).first().pk}
    assert set(told(first.worker).values_list("status", flat=True)) == {MessageStatus.SENT}
    (known,) = set(MessageProof.objects.filter(message__user=first.worker).values_list("mail_id", flat=True))
    assert str(ids.pop()) in known
    assert not broken(after(TEN))


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_mail_reads_as_it_is_stored_and_both_parts_say_the_same(settings: Any) -> None:
    settings.DUTY_LINE, settings.PUBLIC_URL = "0300 000 0000", "https://rollcall.example"
    settings.ALERT_FROM_EMAIL, settings.SERVICE_NAME = "alerts@rollcall.example", "Rollcall"
    story = letters.a_story()
    at = EVENING + timedelta(minutes=30)
    episode = factories.missing(story.child, at=at)
    at += TEN * timedelta(seconds=1)
    to = {"to": story.watched.worker, "post": "worker"}
    messages = [
        letters.of_wording("told_no_record", story, episode, at=at, number=1, **to),
        letters.of_wording("told_second_eyes", story, episode, at=at, number=2, step="R2", **to),
        letters.of_wording("episode_update", story, episode, at=at, number=3, step="update:1", **to),
    ]
    composed = emails.compose_together(messages, None, now=at + timedelta(seconds=5))
    assert_as_stored("bundle.txt", f"{composed.subject}\n\n{composed.text}")
    assert_as_stored("bundle.html", composed.html)
    assert sorted(tokens(composed.text)) == sorted(words_of_html(composed.html))
    text, reference = emails.text_together(messages, now=at)
    assert_as_stored("bundle.sms", text)
    assert reference in text


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("wording", sorted(name for name, tier in TIERS.items() if tier == Tier.BUNDLED))
def test_whatever_waits_for_others_has_words_for_standing_among_them(wording: str) -> None:
    story = letters.a_story()
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30))
    at = EVENING + timedelta(minutes=40)
    to = {"to": story.watched.worker, "post": "worker"}
    messages = [
        letters.of_wording(wording, story, episode, at=at, number=1, step="R3", **to),
        letters.of_wording("told_no_record", story, episode, at=at, number=2, **to),
    ]
    composed = emails.compose_together(messages, None, now=at)
    said = " ".join(composed.text.split())
    assert "Nobody has recorded seeing" in said
    assert str(SAYS[wording] % len(about.read(messages[0], now=at).references)) in said


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_has_ended_meanwhile_is_in_no_mail_and_has_no_ending(
    out: Out, waiting: tuple[Watched, Other]
) -> None:
    first, second = waiting
    factories.seen(second.child, by=second.carer, at=after(60))
    tick(after(61))
    send_all(after(TEN))
    (text,) = to(out, first.worker)
    assert second.child.reference not in text
    assert "ended" not in text


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_child_whose_worker_changed_meanwhile_is_told_to_the_new_one_and_not_the_old(
    out: Out, two: tuple[Watched, Other]
) -> None:
    first, second = two
    third = factories.a_person("social_worker", team=first.team)
    tick(FIRST)
    children.reassign(
        [second.child],
        team=first.team,
        worker=third,
        by=first.manager,
        at=after(60),
    )
    send_all(after(TEN))
    (text,) = to(out, first.worker)
    assert first.child.reference in text
    assert second.child.reference not in text
    (text,) = to(out, third)
    assert second.child.reference in text


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_child_whom_the_reader_is_kept_from_is_in_no_mail_of_theirs(
    out: Out, waiting: tuple[Watched, Other]
) -> None:
    first, second = waiting
    KeepFrom.objects.create(
        child=second.child,
        user=first.worker,
        reason="Under allegation",
        starts_at=after(60),
        set_by=first.manager,
    )
    send_all(after(TEN))
    (text,) = to(out, first.worker)
    assert second.child.reference not in text


@pytest.mark.by_turns
@pytest.mark.django_db
def test_whoever_wants_each_at_once_gets_each_at_once(out: Out, two: tuple[Watched, Other]) -> None:
    first, _ = two
    User.objects.filter(pk=first.worker.pk).update(told=Told.AT_ONCE)
    tick(FIRST)
    send_all(FIRST)
    assert len(to(out, first.worker)) == 2


@pytest.mark.by_turns
@pytest.mark.django_db
def test_whoever_wants_texts_is_texted_once_and_not_mailed(out: Out, two: tuple[Watched, Other]) -> None:
    first, _ = two
    User.objects.filter(pk=first.worker.pk).update(told_by=ToldBy.TEXT)
    tick(FIRST)
    send_all(after(TEN))
    assert to(out, first.worker) == []
    (text,) = [text for text in out.texts if text["phone"] == first.worker.phone]
    assert "2 children" in text["text"]
    assert len(text["text"]) <= 300


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_asks_somebody_to_act_waits_for_nothing_and_nobody(out: Out) -> None:
    watched = factories.a_watched_child()
    User.objects.update(has_digest=True, told=Told.DIGEST, digest_next_at=after(40_000))
    factories.not_here(watched.child, by=watched.carer, at=after(-3000))
    tick(after(-2999))
    send_all(after(-2999))
    assert out.to[watched.worker.email] == out.to[watched.guardian.email] == 1


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_refused_bundle_is_one_call_about_all_its_children(out: Out, two: tuple[Watched, Other]) -> None:
    first, second = two

    def refuse(mail: Any) -> None:
        if mail["To"] == first.worker.email:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    tick(FIRST)
    send_all(after(TEN))
    assert set(told(first.worker).values_list("status", flat=True)) == {MessageStatus.FAILED}
    task = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    assert {row.child for row in (item.alert for item in task.items.select_related("alert__child"))} == {
        first.child,
        second.child,
    }


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_desk_of_each_authority_rings_about_its_own_child_whose_guardian_was_not_reached(
    out: Out,
) -> None:
    first, second = factories.a_watched_child(), factories.a_watched_child()
    factories.guarded(second.child, first.guardian, lead=False)

    def refuse(mail: Any) -> None:
        if mail["To"] == first.guardian.email:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    tick(FIRST)
    send_all(after(TEN))
    calls = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)
    for one in (first, second):
        task = calls.get(authority=one.authority)
        assert [item.alert.child for item in task.items.all()] == [one.child]
        assert task.home == one.home


@pytest.mark.django_db
def test_a_call_about_a_refused_bundle_stays_with_the_desk_when_one_child_of_it_moves_away(
    out: Out, two: tuple[Watched, Other]
) -> None:
    first, second = two

    def refuse(mail: Any) -> None:
        if mail["To"] == first.worker.email:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    tick(FIRST)
    send_all(after(TEN))
    calls = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)
    there = factories.a_duty_desk().team.authority

    def move(to: Authority, at: datetime) -> dict[Authority, list[Child]]:
        with transaction.atomic():
            Child.objects.locked().get(pk=second.child.pk)
            Responsibility.objects.create(child=second.child, authority=to, starts_at=at)
            duty_tasks.hand_over([second.child.pk], at=at)
        rows = [
            (task.authority, list(task.items.order_by("alert__child"))) for task in calls.filter(done_at=None)
        ]
        return {authority: [item.alert.child for item in items] for authority, items in rows}

    assert move(there, after(TEN + 60)) == {first.authority: [first.child], there: [second.child]}
    assert move(first.authority, after(TEN + 120)) == {first.authority: [first.child, second.child]}


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_mail_about_children_of_two_desks_names_the_number_of_neither(out: Out, settings: Any) -> None:
    settings.DUTY_LINE = ""
    first, second = factories.a_watched_child(), factories.a_watched_child()
    factories.guarded(second.child, first.guardian, lead=False)
    tick(FIRST)
    send_all(after(TEN))
    (text,) = to(out, first.guardian)
    assert first.child.reference in text
    assert second.child.reference in text
    assert not [one for one in (first, second) if one.desk.team.phone and one.desk.team.phone in text]
    (text,) = to(out, first.worker)
    assert first.desk.team.phone in text


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_bounce_of_the_mail_fails_all_that_went_in_it(out: Out, waiting: tuple[Watched, Other]) -> None:
    first, _ = waiting
    send_all(after(TEN))
    assert delivery.bounce(told(first.worker)[0].bundle, "5.1.1", at=after(TEN + 5))
    assert set(told(first.worker).values_list("status", flat=True)) == {MessageStatus.FAILED}
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1
    assert not delivery.bounce(told(first.worker)[0].bundle, "5.1.1", at=after(TEN + 6))


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_sender_that_dies_after_the_server_took_it_is_repeated_under_the_same_message_id(
    out: Out, settings: Any, monkeypatch: pytest.MonkeyPatch, waiting: tuple[Watched, Other]
) -> None:
    first, second = waiting
    send_all(after(TEN - 1))
    accept = claims.accept

    class Killed(BaseException):
        pass

    def die(parcel: Sequence[Message], accepted: claims.Accepted, *, at: datetime) -> int:
        if parcel[0].user_id == first.worker.pk:
            raise Killed
        return accept(parcel, accepted, at=at)

    monkeypatch.setattr(claims, "accept", die)
    with pytest.raises(Killed):
        delivery.deliver(clock=lambda: after(TEN))
    monkeypatch.setattr(claims, "accept", accept)
    # A third child of the worker comes up meanwhile: it must not be taken for what is out already.
    third = another(first)
    tick(after(TEN + 2))
    lapsed = after(2 * TEN + settings.LEASE_SECONDS)
    send_all(lapsed)
    mails = [mail for mail in out.mails if mail["To"] == first.worker.email]
    before, again = [m for m in mails if first.child.reference in m.get_body(("plain",)).get_content()]
    assert before["Message-ID"] == again["Message-ID"]
    assert second.child.reference in again.get_body(("plain",)).get_content()
    (alone,) = [m for m in mails if m not in (before, again)]
    assert third.child.reference in alone.get_body(("plain",)).get_content()
    assert alone["Message-ID"] != before["Message-ID"]
    assert set(told(first.worker).values_list("status", flat=True)) == {MessageStatus.SENT}


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_mail_that_may_be_out_is_repeated_whole_or_not_at_all(
    out: Out, settings: Any, waiting: tuple[Watched, Other]
) -> None:
    first, _ = waiting
    send_all(after(TEN - 1))
    one, other = told(first.worker)
    claimed_at = after(TEN)
    lapses = claimed_at + timedelta(seconds=settings.LEASE_SECONDS)
    dead = {"status": "sending", "may_be_out": True, "bundle": one.pk, "lease_until": lapses}
    told(first.worker).update(**dead)
    # Another sender holds the first of them still.
    told(first.worker).filter(pk=one.pk).update(lease_until=lapses + timedelta(seconds=20))
    send_all(lapses)
    assert to(out, first.worker) == []
    send_all(lapses + timedelta(seconds=20))
    (text,) = to(out, first.worker)
    assert {item.alert.child.reference in text for row in (one, other) for item in row.items.all()} == {True}


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_child_whose_worker_changes_after_a_mail_that_may_be_out_is_told_anew_to_the_other(
    out: Out, settings: Any, two: tuple[Watched, Other]
) -> None:
    first, second = two
    third = factories.a_person("social_worker", team=first.team)
    tick(FIRST)

    def hang_up(mail: Any) -> None:
        if mail["To"] == first.worker.email:
            raise channels.Uncertain("Connection lost")

    out.on_mail = hang_up
    delivery.deliver(clock=lambda: after(TEN))
    known = told(first.worker)[0].bundle
    assert known is not None
    out.on_mail = lambda mail: None
    children.reassign([second.child], team=first.team, worker=third, by=first.manager, at=after(TEN + 5))
    send_all(after(TEN + 60))
    (mail,) = [mail for mail in out.mails if mail["To"] == third.email]
    assert str(known) not in mail["Message-ID"]
    # What comes back of the one mail is not held against the other.
    assert delivery.bounce(known, "5.1.1", at=after(TEN + 70))
    assert told(third).get().status == MessageStatus.SENT
    assert not FULL or not broken(after(TEN + 70))


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_was_surely_not_taken_goes_with_what_came_since(out: Out, two: tuple[Watched, Other]) -> None:
    first, _ = two
    out.on_mail = lambda mail: (_ for _ in ()).throw(channels.Deferred("451 Later"))
    tick(FIRST)
    delivery.deliver(clock=lambda: after(TEN))
    assert set(told(first.worker).values_list("bundle", "may_be_out")) == {(None, False)}
    out.on_mail = lambda mail: None
    send_all(after(TEN + 60))
    assert len(to(out, first.worker)) == 1


@pytest.mark.django_db
def test_a_record_that_fails_goes_by_itself_and_stops_none_of_the_others(
    out: Out, monkeypatch: pytest.MonkeyPatch, waiting: tuple[Watched, Other]
) -> None:
    first, second = waiting
    read = about.read

    def broken_for_second(message: Message, *, now: Any) -> Any:
        if any(item.alert.child_id == second.child.pk for item in message.items.all()):
            raise RuntimeError("damaged")
        return read(message, now=now)

    monkeypatch.setattr(about, "read", broken_for_second)
    delivery.deliver(clock=lambda: after(TEN))
    (text,) = to(out, first.worker)
    assert first.child.reference in text


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_ending_answers_the_mail_that_told_of_it(out: Out, waiting: tuple[Watched, Other]) -> None:
    first, _ = waiting
    send_all(after(TEN))
    factories.seen(first.child, by=first.carer, at=after(TEN + 60))
    tick(after(TEN + 61))
    send_all(after(TEN + 600))
    bundle, ending = [mail for mail in out.mails if mail["To"] == first.worker.email]
    assert ending["In-Reply-To"] == bundle["Message-ID"]
    UUID(str(told(first.worker)[0].bundle))


def test_two_senders_at_once_make_one_mail(
    committed: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BUNDLE_SECONDS = TEN
    out = catch(monkeypatch)
    first, _ = two_of_one_worker()
    sweep.sweep_all(now=FIRST)
    gate = threading.Barrier(4)

    def send() -> None:
        gate.wait(20)
        try:
            while delivery.deliver(clock=lambda: after(TEN)):
                pass
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert len(to(out, first.worker)) == 1
    assert not Message.objects.exclude(status=MessageStatus.SENT).exists()
    assert outgoing.first_rungs(first)[first.worker.email] == 1


@pytest.mark.by_turns
def test_what_senders_died_with_is_parted_around_a_row_that_another_holds(committed: Any, out: Out) -> None:
    first, _second = two_of_one_worker()
    tick(FIRST)
    one, other = told(first.worker)
    told(first.worker).update(lapses=claims.SUSPECT_AFTER)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                told(first.worker).select_for_update().get(pk=one.pk)
                held.set()
                done.wait(20)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        claimed = {message.pk for message in claims.claim(after(TEN), 9, by_mail=True)}
    finally:
        done.set()
        holder.join(20)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    parted = told(first.worker).filter(joins_from=None)
    assert [message.pk for message in parted] == [other.pk]
    assert one.pk not in claimed


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_waited_for_others_goes_by_mail_while_texts_hang_and_take_every_batch(out: Out) -> None:
    watched = factories.a_watched_child()
    tick(FIRST)
    send_all(FIRST)
    assert out.to[watched.worker.email] == 0
    Message.objects.filter(channel="text").update(
        status=MessageStatus.QUEUED, sent_at=None, next_try_at=after(TEN)
    )

    def hangs(_text: object) -> None:
        raise channels.Deferred("no answer")

    out.on_text = hangs
    delivery.deliver(clock=lambda: after(TEN), limit=1)
    assert out.to[watched.worker.email] == 1
