"""Nobody is woken by a text about what can wait: every kind of message is looked at, and what may wake is named here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alerts import (
    after,
    channels,
    delivery,
    duties,
    gathered,
    health,
    matter_ladder,
    outbox,
    overdue,
    tellings,
    tiers,
)
from alerts.duties import Duty
from alerts.models import Alert, Channel, Clock, DutyTask, Message, MessageKind
from alerts.recipients import Post, Recipient
from alerts.schedule import Step
from alerts.states import MessageStatus
from alerts.tellings import StepPlan
from cases.models import Membership, ToldBy, User
from tests.alerts.outgoing import Out, catch, send_all, tick
from tests.factories import Watched, a_child, a_watched_child, ended, missing, placed, seen

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A night in London without and one with summer time: three in the morning, and seven.
WINTER, SUMMER = datetime(2026, 1, 15, 3, tzinfo=UTC), datetime(2026, 7, 15, 2, tzinfo=UTC)

# About a child of whom nobody knows where they are, who is on the road or in danger; about a desk or an engine that
# cannot help; about a worry that a colleague is a danger; and the end of what woke somebody.
WAKES = {
    "home_no_record", "duty_no_record", "manager_no_record", "manager_late_windows",
    "duty_ring_police", "head_no_record", "director_no_record", "duty_not_here", "duty_journey",
    "duty_journey_police", "duty_approach", "duty_concern", "duty_glass", "protection_ends",
    "home_head_count", "duty_head_count", "duty_heard", "duty_mate_found", "transfer_arrival", "transfer_missing",
    "duty_away", "duty_reported_seen", "return_waits", "duty_phone_them", "duty_call", "manager_call", "head_call",
    "director_call",
    "duty_step", "force_offered", "duty_found", "found_waits", "found_answered", "director_died", "reply_received",
    "death_unsaid", "duty_after_end",
    "second_person", "home_no_check", "duty_no_check", "home_outage",
    "duty_outage", "manager_outage", "manager_untaken", "manager_gap", "senior_worry", "ending",
    # Of a journey: what the worker sends to an escort now, that one of the two cannot take the child, that it is off.
    "escort_link", "journey_barred", "escort_off", "journey_off",
    # Another council looks for the child who asks for a sibling: its desk answers within hours, and its manager after it.
    "link_urgent",
    # A child lies in its bed where nobody can say so any more: the police are called that night.
    "arrival_asked", "arrival_back",
}  # fmt: skip
# A text of these waits unless its 72 hours run out: by the matter that it is about. Of a question without a search always.
BY_MATTER = {"matter_waits", "senior_restricted", "link_waits"}
# Of these there is no text at all.
MAIL_ALONE = {
    "told_approach", "told_concern",
    "told_head_count", "told_heard", "told_mate_found", "police_heard", "police_offered", "police_lead", "force_answered",
    "police_approach", "police_came", "police_found", "told_found", "found_over", "police_released", "released_unread",
    "duty_no_guardian", "told_no_guardian", "duty_no_worker", "paper_due",
    "referral_waits", "guardian_check", "action_reminder",
    "transfer_offered", "transfer_late", "transfer_declined", "police_alert", "police_reminder", "told_missing",
    "host_missing", "matter_answered", "lado_worry", "worry_answered", "concern_raised", "promise_passed",
    "promise_unanswered", "promise_not_kept", "concern_unanswered",
    "account_changed", "mail_check", "lado_mailbox", "administrator_role", "mailbox_unproved", "mailbox_removed",
    "force_phone_changed", "home_phone_changed", "mailbox_entered", "service_corrected", "role_shared", "role_answered",
    "numbers_uncalled", "area_unlisted", "guardians_lacking", "authority_split",
    "leave_recorded", "leave_elsewhere", "cover_asked", "post_uncovered", "post_filled",
    "digest", "area_list",
    "guardian_supervision", "guardian_assigned", "guardian_covered", "meeting_booked", "meeting_uninvited", "meeting_off",
    "arrival_over", "link_over", "link_unanswered", "link_answered", "link_made",
}  # fmt: skip


def plans() -> Iterator[StepPlan]:
    """Every step of every ladder."""
    for table in vars(tellings).values():
        rows = table.values() if isinstance(table, dict) else [table]
        for row in rows:
            for plan in row.values() if isinstance(row, dict) else [row]:
                if isinstance(plan, StepPlan):
                    yield plan


def test_of_every_kind_it_is_decided_whether_its_text_may_wake_somebody() -> None:
    kinds = [WAKES, BY_MATTER, MAIL_ALONE, set(tiers.CALM)]
    assert set().union(*kinds) == set(tiers.TIERS)
    assert sum(len(kind) for kind in kinds) == len(tiers.TIERS), "each is decided once"
    found = {one.wording for plan in plans() for one in plan.tellings if set(one.channels) != {Channel.MAIL}}
    assert len(found) > 20
    assert found.isdisjoint(MAIL_ALONE)
    # The desk and the home are awake: whoever of the others is texted by night is needed.
    asleep = {
        one.wording
        for plan in plans()
        for one in plan.tellings
        if one.post not in (Post.DUTY, Post.HOME, Post.RECEIVER_DUTY) and set(one.channels) != {Channel.MAIL}
    }
    assert asleep - WAKES == {
        "told_no_record", "told_journey", "duty_second_eyes", "told_second_eyes", "review_coming", "transfer_told",
    }  # fmt: skip


def test_of_what_is_owed_by_a_day_no_rung_is_texted_and_of_each_other_step_it_is_decided() -> None:
    rules = (*duties.DEFAULT_RULES, *after.DEFAULT_RULES)
    by_a_day = {rule.duty for rule in rules if rule.working_days is not None}
    by_a_day |= duties.FOLLOWS - duties.OUTLASTS
    # Of a child who is held as an adult or abroad somebody may be needed that night.
    awake = {Duty.VISIT_AS_CHILD, Duty.ABROAD_SEEN}
    assert by_a_day - awake == duties.BY_A_DAY | {Duty.PANEL_NOTIFIED}
    for rule in rules:
        for rung, _after in (*rule.escalates, *(rule.escalates_high or ())):
            told = tellings.plan(Clock.Kind.DUTY, rung, rule.duty).tellings
            by_mail = {channel for one in told for channel in one.channels} == {Channel.MAIL}
            mailed = rung == Step.R1 and rule.duty not in duties.OF_SEARCH - {Duty.POLICE_OFFICER}
            assert by_mail == (mailed or rule.duty in duties.BY_A_DAY | after.OF_DEATH), (rule.duty, rung)


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("night", [WINTER, SUMMER], ids=["winter", "summer"])
@pytest.mark.parametrize("channel", [Channel.TEXT, Channel.MAIL])
def test_a_text_that_wakes_nobody_waits_for_seven_in_the_morning(night: datetime, channel: str) -> None:
    to = Recipient(Post.WORKER, channel, user_id=None, phone="07700 900123", mailbox_id=None)
    found = {}
    for wording in tiers.TIERS:
        owed = outbox.Owed(
            alert=Alert(pk=1), step="R1", kind=MessageKind.ALERT, wording=wording, recipient=to, urgency=1,
            owed_at=night,
        )  # fmt: skip
        row = outbox._row(owed, night, gathered.Gathering())
        found[wording] = row.next_try_at, row.owed_at
    calm = tiers.CALM if channel == Channel.TEXT else ()
    assert found == {
        wording: (night + 4 * HOUR,) * 2 if wording in calm else (night, night) for wording in tiers.TIERS
    }


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("wall", "morning"),
    [
        ("21:59", None),
        ("22:00", "07:00"),
        ("23:59", "07:00"),
        ("06:59", "07:00"),
        ("07:00", None),
        ("12:00", None),
    ],
)
def test_the_night_is_from_ten_to_seven_in_london(wall: str, morning: str | None) -> None:
    hour, minute = map(int, wall.split(":"))
    since = datetime(2026, 1, 15, hour, minute, tzinfo=UTC)
    by_day = tiers.by_day(since)
    assert by_day == since if morning is None else f"{by_day:%H:%M}" == morning
    assert timedelta() <= by_day - since <= 9 * HOUR


def test_a_breach_wakes_as_its_hours_run_out_and_a_complaint_does_not() -> None:
    assert [step for step in ("R1", "R2", "R4", "R5", "R6") if matter_ladder.may_wake("breach", step)] == [
        "R5",
        "R6",
    ]
    assert not any(matter_ladder.may_wake(kind, "R5") for kind in ("complaint", "restrict"))
    assert matter_ladder.may_wake("worry", "R2")


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def a_calm_text(evening: datetime) -> Watched:
    """A text that wakes nobody, owed to a worker who chose texts; nothing else is owed."""
    watched: Watched = a_watched_child(at=evening - 200 * HOUR)
    User.objects.filter(pk=watched.worker.pk).update(told_by=ToldBy.TEXT, told="at_once")
    tick(evening)
    alert = Alert.objects.filter(child=watched.child).latest("pk")
    watched.worker.refresh_from_db()
    Message.objects.update(status=MessageStatus.CANCELLED)
    to = Recipient(
        Post.WORKER, Channel.TEXT, user_id=watched.worker.pk, phone=watched.worker.phone, told="at_once"
    )
    owed = outbox.Owed(
        alert=alert, step="R0", kind=MessageKind.ALERT, wording="review_coming", recipient=to, urgency=1, owed_at=evening
    )  # fmt: skip
    outbox.enqueue([owed], at=evening)
    return watched


def refused() -> None:
    raise channels.Deferred("the gateway is down")


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_text_that_could_not_go_by_day_is_put_back_until_the_morning_and_goes_then(out: Out) -> None:
    evening = datetime(2026, 1, 14, 21, 50, tzinfo=UTC)
    watched = a_calm_text(evening)
    night = evening + 30 * MINUTE
    while delivery.deliver(clock=lambda: night):
        pass
    message = Message.objects.get(wording="review_coming")
    assert out.texts == []
    assert (message.status, message.attempts) == (MessageStatus.QUEUED, 0)
    assert message.next_try_at == datetime(2026, 1, 15, 7, tzinfo=UTC)
    morning = message.next_try_at
    while delivery.deliver(clock=lambda: morning):
        pass
    assert [text["phone"] for text in out.texts] == [watched.worker.phone]


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_calm_text_that_was_tried_in_the_evening_makes_nobody_late_before_the_morning(out: Out) -> None:
    evening = datetime(2026, 1, 14, 21, 50, tzinfo=UTC)
    a_calm_text(evening)
    out.on_text = lambda text: refused()
    assert delivery.deliver(clock=lambda: evening + 8 * MINUTE) == 0
    # Tried, and not taken: whoever looks at the outbox sees it.
    assert overdue.look(evening + 9 * MINUTE).unsent == evening
    night = evening + 11 * MINUTE
    assert delivery.deliver(clock=lambda: night) == 0
    message = Message.objects.get(wording="review_coming")
    morning = datetime(2026, 1, 15, 7, tzinfo=UTC)
    assert (message.status, message.next_try_at) == (MessageStatus.QUEUED, morning)
    for hours in (0, 1, 8):
        assert overdue.look(night + hours * HOUR).unsent is None
        (unsent,) = (one for one in health.engine(night + hours * HOUR) if one.name == "unsent_messages")
        assert unsent.ok
    # In the morning it counts from the morning, and what still does not go is late then.
    assert overdue.look(morning + 10 * MINUTE).unsent == morning
    (unsent,) = (one for one in health.engine(morning + 10 * MINUTE) if one.name == "unsent_messages")
    assert not unsent.ok
    out.on_text = lambda text: None
    assert delivery.deliver(clock=lambda: morning) == 1
    (text,) = out.texts
    assert "late" not in text["text"]


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_text_that_wakes_and_is_not_taken_in_the_night_is_late_from_when_it_was_owed(out: Out) -> None:
    night = datetime(2026, 1, 15, 2, tzinfo=UTC)
    a_calm_text(night - 8 * HOUR)
    Message.objects.filter(wording="review_coming").update(
        wording="duty_no_record", owed_at=night, next_try_at=night
    )
    out.on_text = lambda text: refused()
    assert delivery.deliver(clock=lambda: night) == 0
    assert overdue.look(night + MINUTE).unsent == night


def seen_by_the_home_alone(night: datetime) -> Watched:
    """For three days the carer alone has seen the child: another is owed in the night before this one, at this hour."""
    watched: Watched = a_watched_child(at=night - 96 * HOUR)
    for hours in range(90, -36, -6):
        seen(watched.child, by=watched.carer, at=night - hours * HOUR)
    return watched


def of_second_eyes(step: str) -> dict[str, datetime]:
    """When each message of a step goes, by its recipient."""
    found = Message.objects.filter(items__step=step, items__alert__clock__kind="second_eyes")
    return {f"{message.post}/{message.channel}": message.next_try_at for message in found}


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("night", [WINTER, SUMMER], ids=["winter", "summer"])
def test_of_a_second_pair_of_eyes_whoever_leads_is_mailed_at_once_and_texted_by_day(night: datetime) -> None:
    seen_by_the_home_alone(night)
    tick(night - 24 * HOUR)
    assert {way: at <= night for way, at in of_second_eyes("R1").items()} == {
        "duty/mail": True,
        "worker/mail": True,
    }
    tick(night - MINUTE)
    assert of_second_eyes("R2") == {}
    tick(night)
    assert of_second_eyes("R2") == {"manager/mail": night, "manager/text": night + 4 * HOUR}
    tick(night + 24 * HOUR)
    later = night + 24 * HOUR
    assert of_second_eyes("R4") == {"head/mail": later, "head/text": later + 4 * HOUR}


@pytest.mark.by_turns
@pytest.mark.django_db
def test_of_a_group_who_came_together_a_second_pair_of_eyes_is_one_message_a_rung_and_reader() -> None:
    night = WINTER
    watched, begun = seen_by_the_home_alone(night), night - 96 * HOUR
    for late in (timedelta(0), 12 * MINUTE):
        child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=begun + late)
        placed(child, watched.home, at=begun + late)
        for hours in range(90, -36, -6):
            seen(child, by=watched.carer, at=night - hours * HOUR)

    def told(post: str, channel: str) -> list[int]:
        ours = Message.objects.filter(items__alert__clock__kind="second_eyes", post=post, channel=channel)
        return [one.items.count() for one in ours.distinct().order_by("next_try_at")]

    for late in (timedelta(0), 12 * MINUTE):
        tick(night - 24 * HOUR + late)
    assert told("duty", "mail") == [2, 1], "what comes up within the hour goes at its end"
    assert sum(told("worker", "mail")) == 3
    for late in (timedelta(0), 12 * MINUTE):
        tick(night + late)
    assert told("manager", "mail") == [2, 1]
    assert told("manager", "text") == [3], "what waits for the morning waits for all of them"


@pytest.mark.by_turns
@pytest.mark.django_db
def test_where_nobody_leads_nobody_is_rung_by_night_of_a_second_pair_of_eyes() -> None:
    watched = seen_by_the_home_alone(WINTER)
    Membership.objects.filter(user=watched.manager).update(ends_at=WINTER - 48 * HOUR)
    tick(WINTER - 24 * HOUR)
    tick(WINTER)
    task = DutyTask.objects.get(kind=DutyTask.Kind.NOBODY_TO_TELL, step="R2", child=watched.child)
    assert task.next_at == datetime(2026, 1, 15, 8, tzinfo=UTC)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_whoever_is_told_of_a_silence_by_text_hears_it_in_the_morning_and_not_of_one_that_is_over(
    out: Out,
) -> None:
    midnight = WINTER - 3 * HOUR
    watched, other = (a_watched_child(at=midnight - 2 * HOUR) for _ in range(2))
    for one in (watched, other):
        User.objects.filter(pk=one.worker.pk).update(told_by=ToldBy.TEXT, told="at_once")
    tick(midnight)
    send_all(midnight)
    assert {one.desk.shift.phone for one in (watched, other)} <= set(out.to)
    assert {one.worker.phone for one in (watched, other)}.isdisjoint(out.to)
    texts = Message.objects.filter(wording="told_no_record", channel=Channel.TEXT)
    assert {text.next_try_at for text in texts} == {datetime(2026, 1, 15, 7, tzinfo=UTC)}
    seen(other.child, by=other.carer, at=midnight + 10 * MINUTE)
    tick(midnight + 10 * MINUTE)
    assert set(texts.values_list("user", "status")) == {
        (watched.worker.pk, MessageStatus.QUEUED),
        (other.worker.pk, MessageStatus.CANCELLED),
    }


@pytest.mark.by_turns
@pytest.mark.django_db
def test_that_a_child_who_was_looked_for_is_found_waits_for_no_morning(out: Out) -> None:
    morning = datetime(2026, 1, 14, 9, tzinfo=UTC)
    watched = a_watched_child(at=morning)
    User.objects.filter(pk=watched.worker.pk).update(told_by=ToldBy.TEXT, told="at_once")
    tick(morning + 5 * HOUR)
    send_all(morning + 5 * HOUR)
    assert watched.worker.phone in out.to, "by day"
    episode = missing(watched.child, by=watched.carer, at=morning + 12 * HOUR)
    found_at = morning + 14 * HOUR
    ended(episode, by=watched.desk.person, at=found_at)
    tick(found_at)
    endings = Message.objects.filter(kind=MessageKind.ENDING, user=watched.worker, channel=Channel.TEXT)
    assert {text.next_try_at - found_at < HOUR for text in endings} == {True}
