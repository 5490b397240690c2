"""While mail to somebody comes back one mail a day looks whether it still does; it tells them of nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerts import channels, delivery, health, integrity, message_loads, overdue, sweep, taken_again, tasks
from alerts import watchdog as watching
from alerts.models import DutyTask, Message, Probe
from alerts.states import MessageStatus
from cases import clock, leavers, log, mail_refusals, people
from cases.models import ConfigurationChange, MailRefusal, ToldBy, User
from tests import factories
from tests.alerts.outgoing import FIRST, Out, catch, send_all
from tests.alerts.test_mail_refusals import GONE, due, is_open, refuses
from tests.counts import counts
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Before anything is owed about the child itself.
START = FIRST - 3 * HOUR


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    """A child whose guardian's mail has come back since START; what that owes others is out."""
    watched = a_watched_child(trafficking="yes")
    mail_refusals.begin(watched.guardian.pk, at=START)
    return watched


def checks(person: User) -> list[Message]:
    return list(Message.objects.filter(wording="mail_check", user=person).order_by("created_at"))


def states(person: User) -> list[str]:
    return [one.status for one in checks(person)]


def mails_to(out: Out, person: User) -> list[EmailMessage]:
    return [mail for mail in out.mails if mail["To"] == person.email]


def text_of(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return " ".join(plain.get_content().split())


@pytest.mark.by_turns
def test_a_day_after_the_refusal_one_mail_goes_and_ends_it_when_it_has_stayed_for_a_day(
    watched: Watched, out: Out
) -> None:
    sweep.sweep_all(now=START)
    assert taken_again.check(now=START + DAY - timedelta(seconds=1)) == 0
    assert taken_again.check(now=START + DAY) == 1
    assert taken_again.check(now=START + DAY) == 0
    send_all(START + DAY)
    (mail,) = mails_to(out, watched.guardian)
    text = text_of(mail)
    assert "If you read this, it takes mail again: there is nothing to do." in text
    assert "test, nothing to do" in mail["Subject"]
    for said in (watched.child.reference, watched.child.given_name, watched.child.family_name):
        assert said not in f"{mail['Subject']} {text}"
    # Once it may have arrived no other goes, however late anybody looks.
    assert taken_again.check(now=START + 2 * DAY) == 0
    assert taken_again.look(now=START + 2 * DAY - timedelta(seconds=1)) == 0
    assert is_open(watched)
    assert taken_again.look(now=START + 2 * DAY) == 1
    sweep.sweep_all(now=START + 2 * DAY)
    assert due(watched) is None
    assert not is_open(watched)
    assert taken_again.check(now=START + 9 * DAY) == 0
    assert len(checks(watched.guardian)) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("back", [False, True], ids=["refused", "given back"])
def test_one_that_is_refused_or_comes_back_leaves_all_as_it_is_and_the_next_goes_a_day_later(
    watched: Watched, out: Out, back: bool
) -> None:
    sweep.sweep_all(now=START)
    send_all(START)
    alerts, phone = watched.child.alerts.count(), DutyTask.objects.count()
    others = Message.objects.exclude(wording="mail_check").count()
    if not back:
        refuses(out, watched.guardian)
    for days in (1, 2, 3):
        now = START + days * DAY
        assert taken_again.check(now=now) == 1
        send_all(now)
        if back:
            assert delivery.bounce(checks(watched.guardian)[-1].pk, GONE, at=now + HOUR)
        assert taken_again.check(now=now + DAY - timedelta(seconds=1)) == 0
    assert states(watched.guardian) == [MessageStatus.FAILED] * 3
    assert MailRefusal.objects.get().ends_at is None
    assert due(watched) == START
    assert (watched.child.alerts.count(), DutyTask.objects.count()) == (alerts, phone)
    assert Message.objects.exclude(wording="mail_check").count() == others
    assert ConfigurationChange.objects.filter(kind="mail_refused").count() == 1


@pytest.mark.by_turns
def test_no_second_one_goes_while_a_server_puts_the_first_off_and_nobody_is_called_for_that(
    watched: Watched, out: Out
) -> None:
    refuses(out, watched.guardian, error=channels.Deferred("451 4.3.0 Try again later"))
    assert taken_again.check(now=START + DAY) == 1
    for days in (1, 2, 3):
        now = START + days * DAY + HOUR
        assert taken_again.check(now=now) == 0
        send_all(now)
        assert overdue.look(now).unsent is None
        (unsent,) = (one for one in health.engine(now) if one.name == "unsent_messages")
        assert unsent.ok
    assert states(watched.guardian) == [MessageStatus.QUEUED]
    out.on_mail = lambda mail: None
    send_all(START + 5 * DAY)
    assert states(watched.guardian) == [MessageStatus.SENT]
    assert taken_again.look(now=START + 6 * DAY) == 1


@pytest.mark.by_turns
def test_one_that_another_server_holds_shows_nothing_and_the_next_goes(watched: Watched, out: Out) -> None:
    assert taken_again.check(now=START + DAY) == 1
    send_all(START + DAY)
    assert delivery.delay(checks(watched.guardian)[0].pk, "greylisted", at=START + DAY + HOUR)
    assert not DutyTask.objects.filter(message__in=checks(watched.guardian)).exists()
    assert taken_again.look(now=START + 3 * DAY) == 0
    assert taken_again.check(now=START + 3 * DAY) == 1


@pytest.mark.by_turns
def test_none_goes_while_another_mail_may_show_the_same(watched: Watched, out: Out) -> None:
    log.record_configuration(watched.guardian, "password_changed", by=watched.guardian, at=START + HOUR)
    send_all(START + HOUR)
    assert taken_again.check(now=START + DAY) == 0
    mail = Message.objects.get(user=watched.guardian)
    assert delivery.bounce(mail.pk, GONE, at=START + DAY)
    assert taken_again.check(now=START + DAY) == 1


def arrives(watched: Watched, at: datetime) -> None:
    mail_refusals.say_taken(watched.guardian, reason="They rang", by=watched.manager, at=at)


def texts(watched: Watched, at: datetime) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(phone="07700900123")
    wishes = people.Wishes(**{**vars(people.wishes_of(watched.guardian)), "told_by": ToldBy.TEXT})
    people.choose(watched.guardian, wishes, at=at)


def closes(watched: Watched, at: datetime) -> None:
    leavers.close(watched.guardian, reason="Left", by=watched.manager, at=at)


def leaves(watched: Watched, at: datetime) -> None:
    people.leave(factories.membership_of(watched.guardian), by=watched.manager, at=at)


OVER = [arrives, texts, closes, leaves]


@pytest.mark.by_turns
@pytest.mark.parametrize("over", OVER)
def test_once_it_is_over_or_they_have_no_role_none_is_owed_and_one_that_waits_is_not_sent(
    watched: Watched, out: Out, over: Callable[[Watched, datetime], None]
) -> None:
    assert taken_again.check(now=START + DAY) == 1
    over(watched, START + DAY + HOUR)
    send_all(START + DAY + HOUR)
    assert states(watched.guardian) == [MessageStatus.CANCELLED]
    assert not [mail for mail in out.mails if "nothing to do" in mail["Subject"]]
    assert taken_again.check(now=START + 9 * DAY) == 0


@pytest.mark.by_turns
def test_it_is_no_word_of_a_child_and_counts_for_nobody_and_nothing_is_broken_by_it(
    watched: Watched, out: Out
) -> None:
    sweep.sweep_all(now=START)
    send_all(START)
    now = START + DAY
    before = {answer.question for answer in integrity.check(now) if answer.references}
    (load,) = message_loads.of_people([watched.guardian.pk], now=now)
    taken_again.check(now=now)
    send_all(now)
    (check,) = checks(watched.guardian)
    assert check.status == MessageStatus.SENT
    assert not check.items.exists()
    assert message_loads.of_people([watched.guardian.pk], now=now + HOUR) == [load]
    assert {answer.question for answer in integrity.check(now) if answer.references} == before
    assert delivery.bounce(check.pk, GONE, at=now + HOUR)
    assert {answer.question for answer in integrity.check(now + HOUR) if answer.references} == before


def test_how_often_is_a_setting(watched: Watched, settings: Any) -> None:
    settings.MAIL_CHECK_HOURS = 48
    assert taken_again.check(now=START + 2 * DAY - timedelta(seconds=1)) == 0
    assert taken_again.check(now=START + 2 * DAY) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "by",
    [tasks.enter_turnings, lambda: watching._owe_what_is_no_clock_s(clock.now())],
    ids=["beat", "watchdog"],
)
def test_beat_and_the_watchdog_both_look(watched: Watched, by: Callable[[], None]) -> None:
    by()
    assert len(checks(watched.guardian)) == 1


@pytest.mark.by_turns
def test_one_that_fails_stops_no_other(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    other = a_person("guardian")
    mail_refusals.begin(other.pk, at=START)
    whole = mail_refusals.note_check

    def failing(refusal: MailRefusal, **said: Any) -> None:
        if refusal.user_id == watched.guardian.pk:
            raise RuntimeError
        whole(refusal, **said)

    monkeypatch.setattr(mail_refusals, "note_check", failing)
    assert taken_again.check(now=START + DAY) == 1
    assert (len(checks(watched.guardian)), len(checks(other))) == (0, 1)


# What becomes of a mail that looks, and when somebody looks next: in minutes.
ANSWERS = st.sampled_from(["stays", "refused", "comes back", "put off", "held", "waits"])
TURNS = st.lists(st.tuples(st.integers(10, 40 * 60), ANSWERS), min_size=1, max_size=12)


@given(TURNS)
@hypothesis_settings(max_examples=counts(10, 30))
def test_never_two_in_a_day_and_never_a_day_without_one_and_only_one_that_stayed_ends_it(
    turns: list[tuple[int, str]],
) -> None:
    with transaction.atomic():
        person = a_person("guardian")
        mail_refusals.begin(person.pk, at=START)
        now, sent, stays = START, [START], None
        for minutes, answer in turns:
            now += timedelta(minutes=minutes)
            ended = taken_again.look(now=now)
            assert ended == (stays is not None and now >= stays + DAY)
            owed = taken_again.check(now=now)
            waiting = [one.status in (MessageStatus.QUEUED, MessageStatus.SENDING) for one in checks(person)]
            assert sum(waiting) <= 1
            if ended:
                assert not owed
                break
            if owed:
                assert now >= sent[-1] + DAY
                sent.append(now)
            else:
                assert now < sent[-1] + DAY or any(waiting) or stays is not None
            if any(waiting) and answer != "waits":
                stays = now if _becomes(checks(person)[-1], answer, now) else None
        assert len(checks(person)) == len(sent) - 1
        transaction.set_rollback(True)


def _becomes(check: Message, answer: str, now: datetime) -> bool:
    """What the servers do with it; whether it stays with its reader."""
    values = {
        "stays": {"status": MessageStatus.SENT, "sent_at": now},
        "refused": {"status": MessageStatus.FAILED},
        "comes back": {"status": MessageStatus.FAILED, "bounced_at": now},
        "put off": {"attempts": 1, "next_try_at": now},
        "held": {"status": MessageStatus.SENT, "sent_at": now, "delayed_at": now},
    }
    Message.objects.filter(pk=check.pk).update(**values[answer])
    return answer == "stays"


def canaries(
    settings: Any, *, until: datetime, hours: int, lost: int | None = None, late: int | None = None
) -> None:
    """One each hour that came back in a minute, the last an hour before `until`; one was lost, or came back after a while."""
    settings.CANARY_SECONDS, settings.CANARY_LATE_SECONDS = 3600, 180
    for ago in range(1, hours + 1):
        at = until - ago * HOUR
        back = None if ago == lost else at + timedelta(minutes=50 if ago == late else 1)
        Probe.objects.create(kind=Probe.Kind.CANARY, slot=at, asked_at=at, came_back_at=back)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("hours", "lost", "late", "ends"),
    [
        *((hours, None, None, 1) for hours in (24, 30)),
        *((hours, None, None, 0) for hours in (0, 20)),
        *((30, lost, None, 0) for lost in (1, 12, 24)),
        (30, 29, None, 1),
        # One of a busy hour came back in the end: what was given back was read since.
        *((30, None, late, 1) for late in (1, 12)),
    ],
)
def test_it_ends_only_after_a_day_in_which_what_comes_back_was_read(
    watched: Watched, out: Out, settings: Any, hours: int, lost: int | None, late: int | None, ends: int
) -> None:
    """Whoever gave the mail back meanwhile tried in vain, and tries again: the mailbox is not known to take it."""
    taken_again.check(now=START + DAY)
    send_all(START + DAY)
    now = START + 2 * DAY + timedelta(minutes=5)
    canaries(settings, until=now, hours=hours, lost=lost, late=late)
    assert taken_again.look(now=now) == ends
    assert MailRefusal.objects.filter(ends_at=None).exists() == (ends == 0)
    canaries(settings, until=now + 2 * DAY, hours=26)
    taken_again.look(now=now + 2 * DAY)
    assert not MailRefusal.objects.filter(ends_at=None).exists()


def test_it_does_not_end_after_a_day_in_which_hardly_a_canary_went(
    watched: Watched, out: Out, settings: Any
) -> None:
    """The whole service stood still, and what was given back meanwhile is not read yet."""
    taken_again.check(now=START + DAY)
    send_all(START + DAY)
    now = START + 2 * DAY + timedelta(minutes=5)
    canaries(settings, until=now, hours=3)
    canaries(settings, until=now - 22 * HOUR, hours=8)
    assert taken_again.look(now=now) == 0
