"""Where a post is empty, a mailbox lacks or a record fails, somebody else hears of it and nothing is lost."""

from datetime import timedelta
from typing import Any

import pytest

from alerts import delivery, failures, recipients, second_calls
from alerts.models import AlertStep, DutyTask, Message
from cases import people, responsibilities
from cases.models import Mailbox
from tests import factories
from tests.alerts.outgoing import FIRST, Out, after, broken, catch, first_rungs, send_all, tick
from tests.factories import Watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("gone", "hears"), [((), "manager"), (("manager",), "head"), (("manager", "head"), "director")]
)
def test_a_task_that_nobody_takes_with_nobody_second_reaches_whoever_stands_above_the_desk(
    watched: Watched, out: Out, gone: tuple[str, ...], hears: str
) -> None:
    for post in gone:
        people.leave(factories.membership_of(getattr(watched, post)), at=FIRST - timedelta(hours=1))
    shift = watched.desk.shift
    type(shift).objects.filter(pk=shift.pk).update(ends_at=FIRST - timedelta(hours=1))
    type(shift).objects.create(
        team=shift.team, person=shift.person, phone=shift.phone, starts_at=FIRST - timedelta(hours=1)
    )
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(second_phone="")
    tick(FIRST)
    due = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME).next_at
    assert due is not None
    assert second_calls.ring_second(now=due) == 1
    rung = Message.objects.filter(wording="second_person")
    person = getattr(watched, hears)
    assert {(m.user, m.post) for m in rung} == {(person, hears)}
    assert {m.channel for m in rung} == {"text", "mail"}
    send_all(due)
    said = [t["text"] for t in out.texts if t["phone"] == person.phone and "duty task" in t["text"]]
    assert len(said) == 1
    assert "nobody is second" in said[0]
    assert not broken(due)


@pytest.mark.by_turns
def test_a_force_without_a_mailbox_is_said_to_duty_and_manager_at_once(watched: Watched, out: Out) -> None:
    Mailbox.objects.filter(force=watched.force).update(ends_at=FIRST)
    factories.not_here(watched.child, by=watched.carer, at=FIRST)
    tick(FIRST)
    said = Message.objects.filter(wording="duty_phone_them")
    assert {(m.post, m.channel) for m in said} == {
        (post, channel) for post in ("duty", "manager") for channel in ("text", "mail")
    }
    send_all(FIRST)
    assert not broken(FIRST)


@pytest.mark.by_turns
def test_a_head_who_became_responsible_after_the_call_step_is_told_by_r4(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=FIRST)
    tick(FIRST)
    # Reported seen: R4 waits for two hours and a half, the call steps for nothing.
    factories.seen(watched.child, by=watched.worker, at=FIRST + timedelta(minutes=30))
    for minutes in (30, 60):
        tick(FIRST + timedelta(minutes=minutes))
    assert Message.objects.filter(user=watched.head, step="call_60").exists()
    other = factories.a_watched_child()
    moved = FIRST + timedelta(minutes=90)
    responsibilities.start(watched.child, authority=other.authority, by=watched.manager, at=moved)
    tick(FIRST + timedelta(minutes=150))
    assert AlertStep.objects.get(alert__child=watched.child, step="R4").met == AlertStep.Met.MESSAGES
    told = Message.objects.filter(user=other.head, step="R4", items__alert__child=watched.child)
    assert told.exists()


@pytest.mark.by_turns(8)
def test_one_record_that_cannot_be_looked_up_stops_no_other_message(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child()
    tick(FIRST)
    real = recipients.directory

    def fails(children: Any, *, at: Any) -> Any:
        if any(one.child.pk == other.child.pk for one in children):
            raise RuntimeError("a record that cannot be read")
        return real(children, at=at)

    monkeypatch.setattr(failures.recipients, "directory", fails)
    while delivery.deliver(clock=lambda: after(1)):
        pass
    assert out.to == first_rungs(watched)
    waiting = Message.objects.filter(items__alert__child=other.child)
    assert set(waiting.values_list("status", flat=True)) == {"queued"}
