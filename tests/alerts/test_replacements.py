"""Between the climb and the send people leave and are kept from children: it goes to whoever stands there now."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import delivery, outbox
from alerts.models import AlertStep, DutyTask, Message, MessageItem
from alerts.states import MessageStatus
from cases import children, concerns, people, responsibilities
from cases.models import Mailbox, Role
from tests import factories
from tests.alerts.outgoing import (
    FIRST,
    SECOND,
    Out,
    after,
    catch,
    first_rungs,
    send_all,
    tick,
)
from tests.alerts.sound import broken_in_turn
from tests.factories import DutyDesk, Watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def owed(watched: Watched) -> None:
    """The first rungs are owed, and nothing was sent."""
    tick(FIRST)


@pytest.fixture
def owed_more(watched: Watched) -> None:
    """So are the manager's."""
    tick(SECOND)


@pytest.fixture
def house() -> tuple[Watched, Watched]:
    """Two children of one home, of one worker, and the first rungs of both are owed."""
    home = factories.a_home()
    one = factories.a_watched_child(home=home)
    other = factories.a_watched_child(home=home)
    soon = factories.AT + timedelta(minutes=1)
    children.allocate(other.child, team=one.team, worker=one.worker, by=other.worker, at=soon)
    tick(FIRST)
    return one, other


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed_more")
def test_a_manager_who_left_between_climb_and_send_is_replaced_by_who_came(
    watched: Watched, out: Out
) -> None:
    people.leave(factories.membership_of(watched.manager), at=SECOND)
    newcomer = factories.a_person(Role.TEAM_MANAGER, team=watched.team, since=SECOND)
    send_all(SECOND)
    assert watched.manager.email not in out.to
    assert watched.manager.phone not in out.to
    assert (out.to[newcomer.email], out.to[newcomer.phone]) == (1, 1)
    item = MessageItem.objects.get(message__user=newcomer, message__channel="mail")
    assert item.recipient == item.message.recipient == f"mail/user:{newcomer.pk}"
    assert not broken_in_turn(SECOND, "who came")


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed_more")
def test_of_a_manager_who_left_with_nobody_after_them_the_desk_is_asked_who_is_to_be_told(
    watched: Watched, out: Out
) -> None:
    people.leave(factories.membership_of(watched.manager), at=SECOND)
    send_all(SECOND)
    assert watched.manager.email not in out.to
    assert watched.manager.phone not in out.to
    of_manager = Message.objects.filter(post="manager")
    assert set(of_manager.values_list("status", flat=True)) == {MessageStatus.FAILED}
    assert not DutyTask.objects.filter(message__in=of_manager).exists()
    assert DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL).count() == 1
    assert not broken_in_turn(SECOND, "nobody after them")


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_a_deactivated_person_hears_nothing_more(watched: Watched, out: Out) -> None:
    type(watched.worker).objects.filter(pk=watched.worker.pk).update(is_active=False)
    send_all(FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.worker.email])


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_somebody_kept_from_the_child_between_climb_and_send_hears_nothing(
    watched: Watched, out: Out
) -> None:
    concerns.keep_from(
        watched.child, watched.guardian, reason="Named by the child", by=watched.manager, at=FIRST
    )
    send_all(FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.guardian.email])


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_somebody_kept_from_the_child_in_mid_batch_hears_nothing(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LOOKED_LASTS", 0)
    Message.objects.filter(channel="text").update(next_try_at=FIRST - timedelta(seconds=1), urgency=1)

    def mark(text: dict[str, Any]) -> None:
        if not out.texts:
            concerns.keep_from(
                watched.child, watched.guardian, reason="Named by the child", by=watched.manager, at=FIRST
            )

    out.on_text = mark
    send_all(FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.guardian.email])


@pytest.mark.by_turns
def test_somebody_kept_from_one_child_of_a_house_is_still_told_of_the_other(
    house: tuple[Watched, Watched], out: Out
) -> None:
    one, other = house
    concerns.keep_from(one.child, one.worker, reason="Named by the child", by=one.manager, at=FIRST)
    send_all(FIRST)
    said = " ".join(
        mail.get_body(("plain",)).get_content() for mail in out.mails if mail["To"] == one.worker.email
    )
    assert one.child.reference not in said
    assert other.child.reference in said


@pytest.mark.by_turns
def test_a_house_whose_worker_left_tells_each_childs_new_worker_of_that_child_alone(
    house: tuple[Watched, Watched], out: Out
) -> None:
    one, other = house
    people.leave(factories.membership_of(one.worker), at=FIRST)
    heirs = [factories.a_person(Role.SOCIAL_WORKER, team=one.team) for _ in range(2)]
    for child, heir in zip((one.child, other.child), heirs, strict=True):
        children.allocate(child, team=one.team, worker=heir, by=one.manager, at=FIRST)
    send_all(FIRST)
    for child, stranger, heir in (
        (one.child, other.child, heirs[0]),
        (other.child, one.child, heirs[1]),
    ):
        (mail,) = [mail for mail in out.mails if mail["To"] == heir.email]
        words = mail.get_body(("plain",)).get_content()
        assert child.reference in words
        assert stranger.reference not in words
    assert one.worker.email not in out.to


def nobody_on_duty(watched: Watched) -> None:
    factories.end_shift(watched.desk)
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="", second_phone="")
    Mailbox.objects.filter(pk=watched.desk.mailbox.pk).update(ends_at=factories.AT)


@pytest.mark.by_turns
def test_a_rung_with_nobody_on_it_climbs_at_once_and_says_so(watched: Watched, out: Out) -> None:
    nobody_on_duty(watched)
    tick(FIRST)
    met = dict(AlertStep.objects.values_list("step", "met"))
    assert met == {"R0": "messages", "R1": "nobody", "R2": "messages"}
    assert AlertStep.objects.get(step="R2").climbed_at == FIRST
    send_all(FIRST)
    assert out.to[watched.manager.email] == 1
    assert not broken_in_turn(FIRST, "nobody on it")


@pytest.mark.by_turns
def test_two_rungs_with_nobody_on_them_lead_to_the_next_that_has_somebody(watched: Watched, out: Out) -> None:
    nobody_on_duty(watched)
    people.leave(factories.membership_of(watched.manager), at=FIRST)
    tick(FIRST)
    tick(after(1))
    met = dict(AlertStep.objects.filter(alert__clock__kind="contact").values_list("step", "met"))
    # With nobody on duty R3 cannot ask anyone to ring the police: the fail-safe tells the force itself.
    assert met == {
        "R0": "messages",
        "R1": "nobody",
        "R2": "nobody",
        "R3": "nobody",
        "fail_safe": "messages",
    }
    send_all(after(1))
    assert out.to[watched.control_room.address] == 1
    assert not broken_in_turn(after(1), "two with nobody")


@pytest.mark.by_turns
def test_a_guardian_who_left_the_service_hears_nothing_though_the_assignment_stands(
    watched: Watched, out: Out
) -> None:
    people.leave(factories.membership_of(watched.guardian), at=FIRST - timedelta(hours=1))
    tick(FIRST)
    assert not Message.objects.filter(user=watched.guardian).exists()
    send_all(FIRST)
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert not broken_in_turn(FIRST, "a guardian who left")


@pytest.mark.by_turns(8)
def test_a_shift_outlasting_its_person_rings_the_desk_and_still_its_second(
    watched: Watched, out: Out
) -> None:
    people.leave(factories.membership_of(watched.desk.person), at=FIRST - timedelta(hours=1))
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="01632 960777")
    tick(SECOND)
    texts = Message.objects.filter(channel="text")
    assert set(texts.filter(post="duty").values_list("phone", flat=True)) == {"01632 960777"}
    assert watched.desk.shift.second_phone in texts.values_list("phone", flat=True)


def _moved(watched: Watched, at: datetime) -> DutyDesk:
    """Another authority is responsible from `at`; return its desk."""
    authority = factories.an_authority()
    desk = factories.a_duty_desk(authority)
    responsibilities.start(watched.child, authority=authority, by=watched.manager, at=at)
    return desk


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_what_was_owed_to_the_desk_before_goes_to_the_desk_that_is_responsible_now(
    watched: Watched, out: Out
) -> None:
    desk = _moved(watched, after(1))
    send_all(after(2))
    assert out.to[watched.desk.mailbox.address] == out.to[watched.desk.shift.phone] == 0
    assert (out.to[desk.mailbox.address], out.to[desk.shift.phone]) == (1, 1)
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert not broken_in_turn(after(2), "another desk")


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_a_desk_that_was_told_before_the_move_hears_the_ending(watched: Watched, out: Out) -> None:
    send_all(FIRST)
    desk = _moved(watched, after(1))
    factories.seen(watched.child, by=watched.carer, at=after(60))
    tick(after(61))
    send_all(after(61) + outbox.BUNDLED_WITHIN)
    assert out.to[watched.desk.mailbox.address] == 2
    assert out.to[desk.mailbox.address] == 0


@pytest.mark.usefixtures("owed")
def test_a_desk_that_may_have_it_hears_the_ending_and_the_new_one_has_its_own(
    watched: Watched, out: Out
) -> None:
    Message.objects.filter(mailbox=watched.desk.mailbox).update(may_be_out=True)
    desk = _moved(watched, after(1))
    send_all(after(2))
    assert out.to[watched.desk.mailbox.address] == 0
    assert out.to[desk.mailbox.address] == 1
    factories.seen(watched.child, by=watched.carer, at=after(60))
    tick(after(61))
    send_all(after(61) + outbox.BUNDLED_WITHIN)
    assert out.to[watched.desk.mailbox.address] == 1
    assert out.to[desk.mailbox.address] == 2


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_a_shift_that_changed_between_climb_and_send_rings_who_is_on_now(watched: Watched, out: Out) -> None:
    shift = watched.desk.shift
    type(shift).objects.filter(pk=shift.pk).update(ends_at=FIRST)
    type(shift).objects.create(
        team=shift.team, person=watched.desk.second, phone="01632 960888", starts_at=FIRST
    )
    send_all(after(1))
    assert (out.to[shift.phone], out.to["01632 960888"]) == (0, 1)


@pytest.mark.by_turns
def test_a_second_box_of_the_old_desk_is_dropped_where_the_new_one_has_one(
    watched: Watched, out: Out
) -> None:
    Mailbox.objects.create(
        address="second@rollcall.example",
        purpose=Mailbox.Purpose.DUTY,
        team=watched.desk.team,
        verified_at=factories.LONG_AGO,
        starts_at=factories.LONG_AGO,
    )
    tick(FIRST)
    desk = _moved(watched, after(1))
    send_all(after(2))
    assert out.to[desk.mailbox.address] == 1
    assert out.to["second@rollcall.example"] == 0
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_a_home_that_the_child_has_left_is_not_texted_but_the_one_where_it_lives(
    watched: Watched, out: Out
) -> None:
    placement = factories.placed(watched.child, at=after(1), by=watched.worker)
    send_all(after(2))
    assert (out.to[watched.home.phone], out.to[placement.phone]) == (0, 1)
    sent = Message.objects.filter(wording="home_no_record").exclude(status=MessageStatus.CANCELLED)
    assert sent.get().home == placement.home


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_nobody_is_asked_to_phone_somebody_from_whom_the_child_is_kept(watched: Watched, out: Out) -> None:
    concerns.keep_from(
        watched.child, watched.guardian, reason="Named by the child", by=watched.manager, at=FIRST
    )
    send_all(FIRST)
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert Message.objects.get(user=watched.guardian).status == MessageStatus.CANCELLED
