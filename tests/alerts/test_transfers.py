"""What a transfer owes: an answer, a confirmed arrival, an end; told upward on both sides until it is there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from alerts import policies, publications, transfer_ladder, transfer_policies
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageItem, PolicyVersion
from alerts.schedule import Step
from alerts.transfer_ladder import Facts, Limits, Owed
from cases import concerns, holidays, restrictions, transfers
from cases.deadlines import Nation
from cases.models import Child, Mailbox, Transfer
from tests.alerts import outgoing
from tests.alerts.outgoing import catch, send_all
from tests.alerts.sound import broken_in_turn
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    accepted,
    arrived,
    ended,
    missing,
    placed,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENGLAND = {"nation": Nation.ENGLAND_AND_WALES, "holidays": holidays.of(Nation.ENGLAND_AND_WALES)}
# AT is a Monday; the ends of working days after it.
WEDNESDAY = datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC)
THURSDAY, NEXT_MONDAY = WEDNESDAY + DAY, WEDNESDAY + 5 * DAY
NOW = AT + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def out(monkeypatch):
    return catch(monkeypatch)


@pytest.fixture
def sender() -> Watched:
    return a_watched_child()


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def offered(sender: Watched, receiver: Watched) -> Transfer:
    return referred(sender.child, receiver.authority, by=sender.worker, at=NOW)


@pytest.fixture
def going(offered: Transfer, sender: Watched, receiver: Watched) -> Transfer:
    """The child is on the way, and expected in two hours."""
    going = accepted(offered, receiver.worker, at=NOW)
    going = transfers.agree_day(going, NOW.date(), by=sender.worker, at=NOW)
    return transfers.set_out(going, left_at=NOW, expected_at=NOW + 2 * HOUR, by=sender.worker, at=NOW)


def tick(at: datetime) -> None:
    """What one pass ends may owe something at once: as the next one finds half a second later."""
    outgoing.tick_until_still(at, at_most=3)


def told(child: Child, owed: str, step: str) -> set[tuple[str, object]]:
    """Post and whom, of what one step of one of the transfer's clocks told."""
    items = MessageItem.objects.filter(
        alert__child=child, alert__clock__duty=owed, step=step, kind="alert"
    ).select_related("message")
    return {(item.message.post, item.message.user or item.message.mailbox) for item in items}


def nothing_else_is_broken(at: datetime, story: str) -> bool:
    """Nothing but the messages that no sender took, for none runs here."""
    return set(broken_in_turn(at, story)) <= {"messages ready to go that no sender has taken"}


def climbed(child: Child, owed: str) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=child, alert__clock__duty=owed).order_by("pk")
    return list(rows.values_list("step", flat=True))


def test_working_days_count_from_the_referral_by_the_calendar_of_the_nation_and_the_policy():
    maundy = datetime(2026, 4, 2, 9, tzinfo=UTC)
    facts = Facts("allocated", maundy, allocated_at=maundy)
    owed = transfer_ladder.owed(facts, Limits(), **ENGLAND)
    assert owed[Owed.PENDING].steps[Step.R1].date().isoformat() == "2026-04-20"
    assert owed[Owed.REPLY].steps[Step.R0] == maundy
    assert owed[Owed.REPLY].steps[Step.R1].date().isoformat() == "2026-04-08"
    sooner = Limits(pending_of={"E1": 5})
    assert transfer_policies.kept([(AT, sooner)], maundy, sender="E2").pending == 10
    theirs = transfer_policies.kept([(AT, sooner)], maundy, sender="E1")
    assert (
        transfer_ladder.owed(facts, theirs, **ENGLAND)[Owed.PENDING].due_at.date().isoformat() == "2026-04-13"
    )
    scottish = {"nation": Nation.SCOTLAND, "holidays": holidays.of(Nation.SCOTLAND)}
    assert (
        transfer_ladder.owed(facts, Limits(), **scottish)[Owed.REPLY].steps[Step.R1].date().isoformat()
        == "2026-04-07"
    )


@pytest.mark.by_turns
@pytest.mark.parametrize("status", ["referred", "accepted", "declined", "date_set", "in_transit"])
def test_each_status_owes_what_it_waits_for_and_no_rung_comes_before_a_lower_one(status):
    facts = Facts(
        status,
        AT,
        allocated_at=AT,
        answered_at=AT,
        moves_date=AT.date(),
        expected_at=AT + HOUR,
        missing_since=AT,
    )
    owed = transfer_ladder.owed(facts, Limits(), **ENGLAND)
    wanted = {
        "declined": {Owed.DECLINED},
        "accepted": {Owed.MISSING},
        "date_set": {Owed.DEPARTURE, Owed.MISSING},
        "in_transit": {Owed.ARRIVAL, Owed.MISSING},
    }
    assert set(owed) == {Owed.PENDING} | wanted.get(status, set())
    for expected in owed.values():
        assert list(expected.steps.values()) == sorted(expected.steps.values())
    if status == "in_transit":
        assert owed[Owed.ARRIVAL].due_at == AT + HOUR + timedelta(minutes=15)


@pytest.mark.by_turns
def test_an_offer_is_told_at_once_and_climbs_on_both_sides_until_it_is_answered(sender, receiver, offered):
    child = sender.child
    tick(NOW)
    assert told(child, "reply", "R0") == {
        ("receiver_duty", receiver.desk.mailbox),
        ("receiver_mgr", receiver.manager),
        ("worker", sender.worker),
    }
    tick(WEDNESDAY - HOUR)
    assert climbed(child, "reply") == ["R0"]
    tick(WEDNESDAY)
    assert told(child, "reply", "R1") == {
        ("duty", sender.desk.mailbox),
        ("receiver_duty", receiver.desk.mailbox),
        ("worker", sender.worker),
    }
    tick(THURSDAY)
    assert told(child, "reply", "R2") == {("manager", sender.manager), ("receiver_mgr", receiver.manager)}
    tick(NEXT_MONDAY)
    heads = told(child, "reply", "R4")
    assert {("head", sender.head), ("receiver_head", receiver.head)} <= heads
    assert nothing_else_is_broken(NEXT_MONDAY, "answered by nobody")


@pytest.mark.by_turns
def test_everybody_told_hears_when_the_offer_is_answered_and_when_the_child_has_arrived(
    sender, receiver, offered, out
):
    tick(WEDNESDAY)
    send_all(WEDNESDAY)
    later = WEDNESDAY + HOUR
    accepted(offered, receiver.worker, at=later)
    tick(later)
    send_all(later + HOUR)
    alert = Alert.objects.get(child=sender.child, clock__duty="reply")
    assert (alert.status, alert.end_reason) == ("ended", "no_longer_owed")
    ending = Message.objects.filter(items__alert=alert, kind="ending", status="sent")
    assert {one.user or one.mailbox for one in ending} == {
        sender.desk.mailbox,
        receiver.desk.mailbox,
        receiver.manager,
        sender.worker,
    }
    assert nothing_else_is_broken(later + HOUR, "answered")


@pytest.mark.by_turns
def test_an_arrival_that_nobody_confirms_rings_both_desks_in_a_quarter_of_an_hour(sender, receiver, going):
    child, expected = sender.child, NOW + 2 * HOUR
    tick(expected + timedelta(minutes=14))
    assert climbed(child, "arrival") == []
    tick(expected + timedelta(minutes=15))
    ways = Message.objects.filter(wording="transfer_arrival").values_list("post", "channel")
    assert set(ways) >= {(post, way) for post in ("duty", "receiver_duty") for way in ("text", "mail")}
    tick(expected + timedelta(minutes=30))
    tick(expected + 2 * HOUR)
    assert climbed(child, "arrival") == ["R1", "R2", "R4"]
    assert ("receiver_head", receiver.head) in told(child, "arrival", "R4")
    assert ("head", sender.head) in told(child, "arrival", "R4")
    at = expected + 3 * HOUR
    seen(child, by=sender.carer, at=at)
    arrived(going, at=at)
    tick(at)
    assert not Alert.objects.open().filter(child=child, clock__kind=Clock.Kind.TRANSFER).exists()
    assert nothing_else_is_broken(at, "arrived late")
    tick(at + 40 * DAY)
    assert climbed(child, "pending") == [], "what is over is never late"


@pytest.mark.by_turns
def test_a_day_that_has_passed_without_a_departure_is_told_by_mail_and_wakes_nobody(
    sender, receiver, offered
):
    going = accepted(offered, receiver.worker, at=NOW)
    transfers.agree_day(going, NOW.date(), by=sender.worker, at=NOW)
    for day in range(6):
        tick(NOW.replace(hour=23, minute=59, second=59) + day * DAY)
    assert climbed(sender.child, "departure") == ["R1", "R2", "R4"]
    told_of = MessageItem.objects.filter(alert__clock__duty="departure").select_related("message")
    assert {one.message.channel for one in told_of} == {"mail"}
    assert {one.message.wording for one in told_of} == {"transfer_late", "transfer_told"}


@pytest.mark.by_turns(8)
def test_a_worker_reads_of_two_offers_of_ten_minutes_in_one_mail(sender, receiver, offered, out, settings):
    settings.BUNDLE_SECONDS = 600
    other = a_child(sender.authority, team=sender.team, worker=sender.worker, given_name="Bao")
    placed(other, sender.home)
    referred(other, receiver.authority, by=sender.worker, at=NOW)
    tick(NOW)
    send_all(NOW + timedelta(seconds=600))
    (mail,) = [one for one in out.mails if one["To"] == sender.worker.email]
    text = str(mail.get_body(("plain",)).get_content())
    assert "The transfers of these 2 children wait" in " ".join(text.split())
    assert sender.child.reference in text
    assert other.reference in text
    # An offer of this minute is not late.
    assert "due by" not in text


@pytest.mark.by_turns
def test_a_transfer_that_is_not_over_in_ten_working_days_climbs_and_a_withdrawal_ends_it(
    sender, receiver, offered
):
    accepted(offered, receiver.worker, at=NOW)
    over = datetime(2026, 3, 16, 23, 59, 59, tzinfo=UTC)
    tick(over - HOUR)
    assert climbed(sender.child, "pending") == []
    tick(over)
    assert told(sender.child, "pending", "R1") >= {
        ("duty", sender.desk.mailbox),
        ("receiver_duty", receiver.desk.mailbox),
    }
    tick(over + 2 * DAY)
    tick(over + 8 * DAY)
    assert climbed(sender.child, "pending") == ["R1", "R2", "R4"]
    transfers.withdraw(offered, reason="Stays", by=sender.worker, at=over + 8 * DAY)
    tick(over + 8 * DAY)
    assert not Alert.objects.open().filter(child=sender.child, clock__kind=Clock.Kind.TRANSFER).exists()


@pytest.mark.by_turns
def test_an_authority_has_the_shorter_time_that_its_policy_says(sender, receiver):
    ours = replace(Limits(), pending_of={sender.authority.code: 5})
    publications.publish_figures(
        policies.TRANSFER,
        transfer_policies.data_of(ours),
        reason="Agreed",
        takes_effect_at=NOW,
        seconded_by=sender.head,
        by=sender.director,
        at=NOW,
    )
    referred(sender.child, receiver.authority, by=sender.worker, at=NOW)
    referred(receiver.child, sender.authority, by=receiver.worker, at=NOW)
    due = {c.child: c.due_at.date().isoformat() for c in Clock.objects.filter(duty="pending")}
    assert due == {sender.child: "2026-03-09", receiver.child: "2026-03-16"}


@pytest.mark.by_turns
def test_a_refusal_is_told_at_once_to_the_sender_alone(sender, receiver, offered):
    tick(NOW)
    transfers.decline(offered, reason="Full", by=receiver.manager, at=NOW + HOUR)
    tick(NOW + HOUR)
    assert told(sender.child, "declined", "R1") == {("duty", sender.desk.mailbox), ("worker", sender.worker)}
    transfers.offer(offered, receiver.authority, by=sender.worker, at=NOW + 2 * HOUR)
    tick(NOW + 2 * HOUR)
    assert not Alert.objects.open().filter(clock__duty="declined").exists()
    assert Alert.objects.filter(clock__duty="reply").count() == 2, "the new offer is told anew"


@pytest.mark.by_turns
def test_missing_before_transfer_is_told_to_the_receiver_and_the_transfer_goes_on_when_found(
    sender, receiver, going
):
    at = NOW + HOUR
    episode = missing(sender.child, by=sender.carer, at=at)
    tick(at)
    assert told(sender.child, "missing", "R1") >= {("receiver_duty", receiver.desk.mailbox)}
    ended(episode, at=at + HOUR)
    tick(at + HOUR)
    assert not Alert.objects.open().filter(clock__duty="missing").exists()
    done = arrived(going, at=at + 2 * HOUR)
    assert done.status == "completed"


@pytest.mark.by_turns
def test_an_open_search_goes_with_the_child_to_the_new_duty_desk(sender, receiver, going):
    at = NOW + HOUR
    missing(sender.child, by=sender.carer, at=at)
    tick(at)
    before = set(
        DutyTask.objects.open().filter(episode__child=sender.child).values_list("authority", flat=True)
    )
    assert before == {sender.authority.pk}
    arrived(going, at=at + timedelta(minutes=5))
    tick(at + timedelta(minutes=5))
    after = DutyTask.objects.open().filter(episode__child=sender.child)
    assert set(after.values_list("authority", flat=True)) == {receiver.authority.pk}
    for minutes in (15, 16):
        tick(at + timedelta(minutes=minutes))
    rung = Message.objects.filter(step="call_15", items__alert__child=sender.child)
    assert {one.mailbox for one in rung.filter(channel="mail")} == {receiver.desk.mailbox}
    assert nothing_else_is_broken(at + timedelta(minutes=16), "of a search")


@pytest.mark.by_turns
def test_of_a_restricted_child_the_receivers_people_by_name_alone_are_told(sender, receiver, offered):
    standing = restrictions.restrict(sender.child, reason="A threat", named=[], by=sender.manager, at=NOW)
    named = {"reason": "Takes over", "until": None, "seconded_by": sender.head, "by": sender.manager}
    restrictions.name(standing, receiver.head, **named, at=NOW)
    tick(WEDNESDAY)
    tick(NEXT_MONDAY)
    theirs = MessageItem.objects.filter(alert__child=sender.child, message__post__startswith="receiver")
    assert set(theirs.values_list("message__user", flat=True)) == {receiver.head.pk}


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_hears_nothing_of_its_transfer(sender, receiver, offered):
    concerns.keep_from(sender.child, receiver.manager, reason="An allegation", by=sender.manager, at=NOW)
    tick(NOW)
    tick(THURSDAY)
    assert not Message.objects.filter(user=receiver.manager, items__alert__child=sender.child).exists()
    assert ("receiver_mgr", receiver.head) in told(sender.child, "reply", "R2"), "whoever stands above"


@pytest.mark.by_turns
def test_where_the_own_side_has_nobody_the_rung_is_empty_whatever_the_receiver_has(sender, receiver):
    Mailbox.objects.filter(pk=sender.desk.mailbox.pk).update(ends_at=AT)
    referred(sender.child, receiver.authority, by=sender.worker, at=NOW)
    tick(WEDNESDAY)
    step = AlertStep.objects.get(alert__child=sender.child, alert__clock__duty="reply", step="R1")
    assert step.met == AlertStep.Met.NOBODY
    asked = DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, step="R1", authority=sender.authority)
    assert asked.filter(items__alert__clock__duty="reply").exists()


@pytest.mark.by_turns
def test_on_the_way_the_expected_arrival_stands_for_the_roll_call_and_climbs_when_it_has_passed(
    sender, receiver, offered
):
    transfer = accepted(offered, receiver.worker, at=NOW)
    transfer = transfers.agree_day(transfer, NOW.date(), by=receiver.worker, at=NOW)
    # Until after the window of midday, which closes at 13:30.
    left_at, expected_at = (datetime(2026, 3, 2, hour, 0, tzinfo=UTC) for hour in (13, 15))
    transfers.set_out(transfer, left_at=left_at, expected_at=expected_at, by=sender.worker, at=left_at)
    contact = Clock.objects.get(child=sender.child, kind=Clock.Kind.CONTACT)
    assert (contact.window, contact.due_at) == ("back_by", expected_at)
    tick(expected_at - timedelta(minutes=1))
    assert not Alert.objects.filter(clock=contact).exists()
    tick(expected_at + timedelta(minutes=1))
    asked = AlertStep.objects.filter(alert__clock=contact).values_list("step", flat=True)
    # The home that the child left is not rung for them.
    assert set(asked) == {"R1"}
    late = expected_at + timedelta(minutes=5)
    arrived(transfer, stays_placed=False, arrived_at=expected_at - HOUR, at=late)
    tick(late)
    # The receiver's desk is the one that is asked where the child is, and no home any more.
    contact.refresh_from_db()
    assert Step.R0 not in contact.steps
    seen(sender.child, by=receiver.worker, at=late + timedelta(minutes=1))
    tick(late + timedelta(minutes=1))
    assert not Alert.objects.open().filter(clock=contact).exists()
    assert nothing_else_is_broken(late + timedelta(minutes=2), "expected for a roll call")


def test_two_people_of_an_authority_agree_to_the_shorter_time_by_the_command(
    sender, receiver, monkeypatch, capsys
):
    monkeypatch.setattr("cases.clock.now", lambda: NOW)
    PolicyVersion.objects.filter(key=policies.TRANSFER).update(takes_effect_at=AT)
    code, told_by = sender.authority.code, {"seconded_by": sender.director.email, "reason": "Agreed"}
    admin = a_person("administrator", authority=sender.authority)
    for days, by, words in (
        (5, receiver.director.email, "is no administrator and no director"),
        (0, admin.email, "from 1 to 20"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("transfer_days", code, days, by=by, **told_by)
    call_command("transfer_days", code, 5, by=admin.email, **told_by)
    assert "5 working days" in capsys.readouterr().out
    referred(sender.child, receiver.authority, by=sender.worker, at=NOW)
    assert Clock.objects.get(duty="pending").due_at.date().isoformat() == "2026-03-09"
