"""Whoever was told on a number or mailbox that was wrong hears the end where they are reached now, and nobody else does."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from alerts import channels
from alerts.models import DutyTask, Message, MessageKind
from cases import concerns, configuration, organisations, people
from cases.models import Role, ToldBy, User
from tests import factories
from tests.alerts.outgoing import FIRST, SECOND, Out, catch, send_all, tick
from tests.factories import Watched

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NEW = "01632 960555"


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def told(out: Out, at: timedelta = timedelta(0)) -> None:
    """The first rungs are out, or what is owed so much later."""
    tick(FIRST + at)
    send_all(FIRST + at)


def end(watched: Watched, out: Out, at: timedelta = timedelta(0)) -> None:
    """The child is seen, and whoever was told hears it."""
    out.texts.clear()
    out.mails.clear()
    since = FIRST + at + 2 * MINUTE
    factories.seen(watched.child, by=watched.worker, at=since)
    for minutes in range(4):
        tick(since + minutes * MINUTE)
        send_all(since + minutes * MINUTE)


def mailed(person: User) -> int:
    """How many mails told them of an end."""
    return Message.objects.filter(user=person, channel="mail", kind=MessageKind.ENDING, status="sent").count()


@pytest.mark.by_turns
def test_a_manager_hears_the_end_on_the_number_that_is_theirs_now(watched: Watched, out: Out) -> None:
    later = SECOND - FIRST
    told(out, later)
    old = watched.manager.phone
    assert out.to[old]
    correction = {"name": watched.manager.name, "phone": NEW, "by": watched.head, "at": SECOND + MINUTE}
    people.correct(watched.manager, **correction)
    end(watched, out, later)
    assert (out.to[old], out.to[NEW]) == (0, 1)


@pytest.mark.by_turns
def test_a_manager_whose_number_was_taken_away_hears_the_end_by_mail_and_nobody_phones_them(
    watched: Watched, out: Out
) -> None:
    later = SECOND - FIRST
    told(out, later)
    old = watched.manager.phone
    correction = {"name": watched.manager.name, "phone": "", "by": watched.head, "at": SECOND + MINUTE}
    people.correct(watched.manager, **correction)
    end(watched, out, later)
    assert (out.to[old], mailed(watched.manager)) == (0, 1)
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()


def test_who_is_told_by_text_hears_the_end_on_the_number_that_is_theirs_now(
    watched: Watched, out: Out
) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(told_by=ToldBy.TEXT)
    told(out)
    old = watched.guardian.phone
    assert out.to[old]
    correction = {"name": watched.guardian.name, "phone": NEW, "by": watched.head, "at": FIRST + MINUTE}
    people.correct(watched.guardian, **correction)
    end(watched, out)
    assert (out.to[old], out.to[NEW]) == (0, 1)


@pytest.mark.by_turns
def test_who_was_told_by_text_and_has_no_number_any_more_hears_the_end_by_mail(
    watched: Watched, out: Out
) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(told_by=ToldBy.TEXT)
    told(out)
    old = watched.guardian.phone
    correction = {"name": watched.guardian.name, "phone": "", "by": watched.head, "at": FIRST + MINUTE}
    people.correct(watched.guardian, **correction)
    end(watched, out)
    assert (out.to[old], mailed(watched.guardian)) == (0, 1)


@pytest.mark.by_turns(8)
def test_a_home_hears_the_end_on_its_corrected_number(watched: Watched, out: Out) -> None:
    told(out)
    old = watched.home.phone
    organisations.correct_home(watched.home, phone=NEW, by=watched.head, at=FIRST + MINUTE)
    end(watched, out)
    assert (out.to[old], out.to[NEW]) == (0, 1)


@pytest.mark.by_turns(8)
def test_a_desk_hears_the_end_on_its_corrected_number(watched: Watched, out: Out) -> None:
    factories.end_shift(watched.desk)
    told(out)
    team, old = watched.desk.team, watched.desk.team.phone
    assert out.to[old]
    correction = {"name": team.name, "phone": NEW, "second_phone": team.second_phone}
    organisations.correct_team(team, **correction, by=watched.head, at=FIRST + MINUTE)
    end(watched, out)
    assert (out.to[old], out.to[NEW]) == (0, 1)


@pytest.mark.by_turns(8)
def test_who_is_on_shift_hears_the_end_on_the_number_of_the_shift_as_it_was_corrected(
    watched: Watched, out: Out
) -> None:
    shift, old = watched.desk.shift, watched.desk.shift.phone
    User.objects.filter(pk=shift.person_id).update(phone="01632 960777")
    told(out)
    assert out.to[old]
    configuration.change_shift(
        shift,
        shift.person,
        phone=NEW,
        second=shift.second,
        second_phone=shift.second_phone,
        ends_at=shift.ends_at,
        reason="A slip",
        by=watched.head,
        at=FIRST + MINUTE,
    )
    end(watched, out)
    assert (out.to[old], out.to[NEW]) == (0, 1)


@pytest.mark.by_turns
def test_who_has_gone_off_shift_hears_the_end_on_the_phone_on_which_they_were_told(
    watched: Watched, out: Out
) -> None:
    told(out)
    old = watched.desk.shift.phone
    configuration.end_shift(watched.desk.shift, reason="Over", by=watched.head, at=FIRST + MINUTE)
    end(watched, out)
    assert out.to[old] == 1


@pytest.mark.by_turns
def test_word_of_an_end_to_the_mailbox_that_came_after_is_sent_when_it_was_put_off_too(
    watched: Watched, out: Out
) -> None:
    told(out)
    box, right = watched.desk.mailbox, "right@desk.example"
    assert out.to[box.address]
    since = {"by": watched.head, "at": FIRST + MINUTE}
    configuration.end_mailbox(box, reason="Wrong", **since)
    configuration.register_mailbox(right, "duty", team=watched.desk.team, **since)
    tried = []

    def put_off_once(mail: EmailMessage) -> None:
        if mail["To"] == right and not tried:
            tried.append(mail)
            raise channels.Deferred("451 later")

    out.on_mail = put_off_once
    end(watched, out)
    assert (len(tried), out.to[right], out.to[box.address]) == (1, 1, 0)


@pytest.mark.by_turns
def test_a_home_whose_one_carer_is_kept_from_the_child_since_hears_of_no_end_and_nobody_phones_it(
    watched: Watched, out: Out
) -> None:
    told(out)
    assert out.to[watched.home.phone]
    mark = {"reason": "The child says so", "by": watched.manager, "at": FIRST + MINUTE}
    concerns.keep_from(watched.child, watched.carer, **mark)
    end(watched, out)
    assert not out.to[watched.home.phone]
    endings = Message.objects.filter(post="home", kind=MessageKind.ENDING)
    assert set(endings.values_list("status", flat=True)) == {"cancelled"}
    assert not DutyTask.objects.filter(message__in=endings).exists()


@pytest.mark.by_turns(8)
def test_a_home_where_somebody_else_works_hears_the_end(watched: Watched, out: Out) -> None:
    factories.a_person(Role.PLACEMENT_STAFF, home=watched.home)
    told(out)
    mark = {"reason": "The child says so", "by": watched.manager, "at": FIRST + MINUTE}
    concerns.keep_from(watched.child, watched.carer, **mark)
    end(watched, out)
    assert out.to[watched.home.phone] == 1
