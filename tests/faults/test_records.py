"""Records that fail and facts that move in mid-ladder: each changes its own child's messages, and nobody else's."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import psycopg2
import pytest
from django.db.models import F

from alerts import delivery, revisions, sweep
from alerts.models import DutyTask, Message
from alerts.revisions import Draft
from cases import clock, closings, concerns, configuration, responsibilities
from cases.models import Role
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import Stage
from tests.faults.test_sweepers import owner

INTACT = 200 if FULL else 2
WATCH = "watch@rollcall.example"
# From a minute after the first rungs to half an hour after them, when the managers' rung and R3 have come; a minute
# later the police are called for the third time. So the last of the strides begins in that minute, however long it
# takes to start what strides.
STRIDE = timedelta(seconds=40)
ENDS = story.NOW + timedelta(minutes=30) - timedelta(seconds=15)
NOTE = "A car waited for the child. " * (5 * 2**20 // 28)
# What a mail server takes from anybody.
MAIL_AT_MOST = 100_000
# By what is agreed in mid-ladder managers, R3 and the fail-safe come so many minutes after the window.
WAITS = {"R2": 120, "R3": 120, "fail_safe": 120}
# Mails by address, texts and calls by phone and rung.
Heard = Counter[str | tuple[str, str]]


def usual(one: Watched) -> Heard:
    """Who hears of a silent child in that time: R0 to R3, and the second person of a task that nobody took."""
    mails = story.first_mails([one]) + story.manager_mails([one]) + story.ring_police_mails([one])
    texts = story.first_texts([one]) + story.manager_texts([one]) + story.desk_texts([one], "R3")
    return Counter(mails) + texts + Counter([(one.desk.second.phone, "second")])


def refused_by_the_database(one: Watched, stage: Stage, _now: datetime) -> Heard:
    """A home or a mailbox taken away, a recipient lost: none of it can be written, be it by the owner of the tables."""
    of_home, of_box = [one.home.pk], [one.desk.mailbox.pk]
    for statement, values in (
        ("DELETE FROM cases_home WHERE id = %s", of_home),
        ("UPDATE cases_home SET closed_at = now() WHERE id = %s", of_home),
        ("DELETE FROM cases_mailbox WHERE id = %s", of_box),
        ("UPDATE alerts_message SET mailbox_id = NULL WHERE mailbox_id = %s", of_box),
        ("UPDATE alerts_message SET user_id = NULL WHERE channel = 'mail' AND user_id = %s", [one.worker.pk]),
    ):
        with pytest.raises(psycopg2.IntegrityError):
            owner(stage, statement, values)
    return usual(one)


def home_closed(one: Watched, _stage: Stage, now: datetime) -> Heard:
    """The child is in another home meanwhile: that one is asked."""
    other = factories.a_home(one.authority)
    factories.placed(one.child, other, starts_at=now, by=one.worker, at=now)
    closings.close_home(one.home, last_day=now.date(), reason="Lease ended", by=one.manager, at=now)
    return usual(one) - Counter([(one.home.phone, "R0")]) + Counter([(other.phone, "R0")])


def mailbox_ended(one: Watched, _stage: Stage, now: datetime) -> Heard:
    """The desk has its phone still, and nobody is to look why it has no mail: the seniors hear that its last mailbox ended."""
    configuration.end_mailbox(one.desk.mailbox, reason="Replaced", by=one.manager, at=now)
    heard = usual(one) + Counter([one.head.email, one.director.email])
    del heard[one.desk.mailbox.address]
    return heard


def person_deactivated(one: Watched, _stage: Stage, _now: datetime) -> Heard:
    type(one.guardian).objects.filter(pk=one.guardian.pk).update(is_active=False)
    return usual(one) - Counter([one.guardian.email])


def rung_emptied(one: Watched, _stage: Stage, now: datetime) -> Heard:
    """Manager and second person are kept from the child: the head stands in for the second.

    Each mark is a worry too, of which the director hears at once where no LADO has a mailbox: the head set them.
    """
    heard = usual(one)
    for person in (one.manager, one.desk.second):
        concerns.keep_from(one.child, person, reason="Named by the child", by=one.head, at=now)
        for rung in ("R2", "second"):
            del heard[person.phone, rung]
        del heard[person.email]
    heard += Counter([one.head.email, (one.head.phone, "second")])
    return heard + Counter(2 * [one.director.email, (one.director.phone, "R2")])


def responsibility_moved(one: Watched, _stage: Stage, now: datetime) -> Heard:
    """Home and guardian are the same; all else is the new authority's, who hear as well that nobody has the work."""
    new = factories.an_authority()
    desk = factories.a_duty_desk(new)
    manager = factories.a_person(Role.TEAM_MANAGER, authority=new)
    responsibilities.start(one.child, authority=new, by=one.manager, at=now)
    return Counter(
        {
            (one.home.phone, "R0"): 1,
            one.guardian.email: 1,
            desk.mailbox.address: 3,
            (desk.shift.phone, "R1"): 1,
            (desk.shift.phone, "R3"): 1,
            (desk.second.phone, "R2"): 1,
            (desk.second.phone, "second"): 1,
            manager.email: 1,
            (manager.phone, "R2"): 1,
        }
    )


UNTOLD = "changes of a child's rows that no event tells of"
MOVED: tuple[Callable[[Watched, Stage, datetime], Heard], ...] = (
    refused_by_the_database,
    home_closed,
    mailbox_ended,
    person_deactivated,
    rung_emptied,
    responsibility_moved,
)


def reported(why: str) -> Watched:
    """A missing child whose force has agreed to the fuller mail."""
    one = factories.a_watched_child(at=story.ARRIVES, birth_date=date(2009, 5, 5))
    factories.an_agreement(one.force, one.authority)
    factories.missing(one.child, by=one.carer, at=clock.now(), why_worried=why)
    return one


def of_report(one: Watched) -> Heard:
    """Who hears of a reported child in that time: the first call step and the one 15 minutes later."""
    mails = story.call_mails([one]) + story.ring_police_mails([one])
    texts = story.desk_texts([one], "call_0") + story.desk_texts([one], "call_15")
    return Counter(mails) + texts + Counter([(one.desk.second.phone, "second")])


def of_unreadable(one: Watched) -> Heard:
    """The mails to the force cannot be written: duty hears so of each when it has failed twice.

    Its second person hears of both at once; where a busy machine had one of them wait for the next tick, of each.
    """
    untaken = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message__items__alert__child=one.child)
    rung = set(untaken.values_list("second_rung_at", flat=True))
    assert None not in rung
    second = (one.desk.second.phone, "second")
    more = {one.desk.mailbox.address: 2, (one.desk.shift.phone, "late"): 2, second: len(rung)}
    return of_report(one) + Counter(more) - Counter([one.control_room.address, one.coordinator.address])


def wait_longer(one: Watched, now: datetime) -> None:
    """Agree a policy by which managers hear an hour later; what runs already runs by the one it began with."""
    begins = now + timedelta(minutes=5)
    # Nobody who is watched more closely is told of later: so the other policy first.
    for key in ("first_30_days", "first_72_hours"):
        number = revisions.number_of(key, one.authority.pk)
        draft = Draft(
            key,
            number,
            WAITS,
            begins,
            "As the board decided",
            one.authority.pk,
            untried_why="No past days yet",
        )
        revisions.put_in_force(draft, seconded_by=one.head, by=one.director, at=now)


def heard_by_all(stage: Stage) -> Heard:
    """Each mail and each text; a text that a busy machine did not answer in time goes again under the same number."""
    return Counter(once([mail for mail in stage.sink.accepted if mail.to != WATCH])) + stage.gateway.once


@pytest.mark.by_turns(8)
def test_what_fails_or_moves_under_one_child_changes_nobody_elses_messages(stage: Stage) -> None:
    intact, moved = story.silent(INTACT), story.silent(len(MOVED))
    unreadable, long = reported(""), reported(NOTE)
    now = clock.now()
    sweep.sweep_all(now=now)
    expected: Heard = sum((usual(one) for one in intact), Counter())
    for one, move in zip(moved, MOVED, strict=True):
        expected += move(one, stage, now)
    wait_longer(intact[0], now)
    owner(stage, "UPDATE cases_child SET birth_date_precision = 'era' WHERE id = %s", [unreadable.child.pk])

    lasts = ENDS - clock.now()
    told = stage.hurry(lasts, stride=STRIDE, seconds=240 + INTACT, WATCHDOG_CONTACT_EMAIL=WATCH)
    expected += of_report(long) + of_unreadable(unreadable)
    heard = heard_by_all(stage)
    assert heard == expected, f"lost: {dict(expected - heard)}; too many: {dict(heard - expected)}"
    assert repeats(stage.sink.accepted) == 0
    assert max(len(mail.text) for mail in stage.sink.accepted) < MAIL_AT_MOST
    left = Message.objects.unsent()
    assert {message.mailbox for message in left} == {unreadable.control_room, unreadable.coordinator}
    assert told is not None
    phoned = DutyTask.objects.filter(message__in=left).values_list(
        F("opened_at") - F("message__owed_at"), flat=True
    )
    assert len(phoned) == 2
    assert max(phoned) < timedelta(minutes=10)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL).count() == 1

    owner(stage, "UPDATE cases_child SET birth_date_precision = 'day' WHERE id = %s", [unreadable.child.pk])
    left.update(next_try_at=clock.now())
    while delivery.deliver(clock=clock.now):
        pass
    expected += Counter([unreadable.control_room.address, unreadable.coordinator.address])
    assert heard_by_all(stage) == expected
    # The row that no reading survived was spoilt and mended by the owner of the database, who writes no event.
    assert [one.partition(":")[0] for one in story.broken()] == [UNTOLD]
    stage.note(
        "Records that fail, facts that move",
        "a record that no mail can be written from, a note of 5 MB, a home closed, a mailbox ended, a person deactivated,"
        " a rung emptied, responsibility moved, a policy changed in mid-ladder",
        owed=expected.total() + 1,
        took=f"nobody else’s message waits or changes; a person is told after {told:.0f} s",
    )
