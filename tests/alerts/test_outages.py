"""After an outage every home is asked for a roll-call, each desk gets one list, and the police wait three quarters of an hour."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import (
    channels,
    delivery,
    demo,
    desk,
    duty_tasks,
    health,
    heartbeats,
    integrity,
    outages,
    sweep,
)
from alerts.models import AlertStep, Channel, Clock, DutyTask, Message, MessageItem, Outage
from alerts.states import MessageStatus
from cases import clock, mergers, split_moves, splits
from cases.models import MissingEpisode, Role, Shift, SplitShare, Team
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

# A child who arrives on a Monday at 09:00 owes a proof at midday: the window closes at 13:30. R0 and R1 are owed at
# 14:00, R2 and R3 at 14:30, the fail-safe at 15:00, R4 at 16:30.
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
BEGAN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BACK = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
SERVED = BACK + timedelta(minutes=45)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def beat(at: datetime) -> None:
    heartbeats.beat(heartbeats.SWEEP, at=at)
    heartbeats.beat(heartbeats.DRAIN, at=at)


def tick(now: datetime) -> None:
    """Sweep as often as a worker would until nothing is left at this instant."""
    for _ in range(20):
        swept = sweep.sweep(now=now)
        if not swept.clocks and not swept.more:
            break
    beat(now)


def back_after(began: datetime = BEGAN, now: datetime = BACK) -> Outage:
    """The last sweep was at `began`; this is the first one since."""
    beat(began)
    outage = outages.notice(now=now)
    assert outage is not None
    tick(now)
    return outage


def steps(watched: Watched) -> dict[str, str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind=Clock.Kind.CONTACT)
    return dict(rows.order_by("pk").values_list("step", "met"))


def to_police() -> int:
    return Message.objects.filter(post="force").count()


def nothing_is_broken(now: datetime) -> None:
    found = [b for b in integrity.check(now) if b.references]
    assert not [b for b in found if "sender has taken" not in b.question], found


@pytest.mark.by_turns
@pytest.mark.parametrize(("silence", "is_outage"), [(minutes(10), False), (minutes(10.1), True)])
def test_a_silence_of_the_sweep_longer_than_ten_minutes_is_an_outage(
    watched: Watched, silence: timedelta, is_outage: bool
) -> None:
    beat(BACK - silence)
    noticed = outages.notice(now=BACK)
    assert (noticed is not None) is is_outage
    if noticed is not None:
        assert (noticed.began_at, noticed.ended_at, noticed.held_until) == (BACK - silence, BACK, SERVED)


def test_no_outage_is_seen_before_the_first_sweep_nor_while_the_watchdog_does_the_work(
    watched: Watched,
) -> None:
    assert outages.notice(now=BACK) is None
    beat(BEGAN)
    heartbeats.beat(heartbeats.WATCHDOG, at=BACK - minutes(1))
    assert outages.notice(now=BACK) is None


@pytest.mark.by_turns
def test_two_sweepers_that_start_at_once_notice_one_outage(watched: Watched) -> None:
    beat(BEGAN)
    first = outages.notice(now=BACK)
    second = outages.notice(now=BACK + timedelta(seconds=1))
    assert first == second
    assert Outage.objects.get().ended_at == BACK


@pytest.mark.by_turns
def test_every_home_is_asked_once_and_each_desk_is_given_one_list(watched: Watched) -> None:
    house = [factories.a_watched_child(home=watched.home) for _ in range(2)]
    seen = factories.a_watched_child()
    factories.seen(seen.child, by=seen.carer, at=datetime(2026, 3, 2, 13, 0, tzinfo=UTC))
    outage = back_after()
    asked = Message.objects.filter(wording="home_outage")
    assert Counter(asked.values_list("home", flat=True)) == {watched.home.pk: 1, seen.home.pk: 1}
    desks = Message.objects.filter(wording="duty_outage").values_list("authority", "channel")
    own = Counter(desks)
    for one in (watched, seen):
        assert own[one.authority.pk, Channel.MAIL] >= 1
        task = DutyTask.objects.get(kind=DutyTask.Kind.AFTER_OUTAGE, authority=one.authority)
        assert task.outage == outage
    # Nobody was told of a single alert.
    told = Message.objects.filter(post__in=("home", "duty", "manager", "second")).exclude(outage=outage)
    assert not told.exists()
    assert AlertStep.objects.filter(alert__child__in=[one.child for one in house], step="R1").count() == 2
    tick(BACK + minutes(1))
    assert asked.count() == 2
    nothing_is_broken(BACK + minutes(1))


@pytest.mark.by_turns
def test_the_first_rungs_are_climbed_in_order_marked_late_and_met_by_the_roll_call_and_the_list(
    watched: Watched,
) -> None:
    back_after()
    assert steps(watched) == {"R0": "outage", "R1": "outage", "R2": "outage"}
    climbed = AlertStep.objects.filter(alert__child=watched.child)
    assert climbed.get(step="R1").owed_at == CLOSES + minutes(30)
    assert climbed.get(step="R1").climbed_at == BACK
    manager = Message.objects.filter(post="manager", user=watched.manager)
    assert set(manager.values_list("wording", "channel")) == {
        ("manager_outage", Channel.MAIL),
        ("manager_outage", Channel.TEXT),
    }
    # The homes to ring are on the desk as always.
    assert DutyTask.objects.filter(kind=DutyTask.Kind.RING_HOME, home=watched.home, done_at=None).exists()
    nothing_is_broken(BACK + minutes(1))


@pytest.mark.by_turns
def test_the_police_are_mailed_after_the_hold_and_only_of_homes_still_silent(watched: Watched) -> None:
    answers = factories.a_watched_child()
    back_after()
    tick(BACK + minutes(20))
    factories.seen(answers.child, by=answers.carer, at=BACK + minutes(20))
    tick(SERVED - timedelta(seconds=1))
    assert to_police() == 0
    assert not MissingEpisode.objects.exists()
    tick(SERVED)
    episode = MissingEpisode.objects.get()
    assert episode.child == watched.child
    # The call steps count from the end of the hold: nobody is told four of them at once.
    assert episode.police_owed_at == SERVED
    assert set(Message.objects.filter(post="force").values_list("step", flat=True)) == {"call_0"}
    assert list(steps(watched)) == ["R0", "R1", "R2", "R3", "fail_safe", "R4"]
    nothing_is_broken(SERVED + minutes(1))


@pytest.mark.by_turns
def test_worker_and_guardian_hear_when_the_hold_ends_and_only_of_the_silent(watched: Watched) -> None:
    answers = factories.a_watched_child()
    back_after()
    told = Message.objects.filter(post__in=("worker", "guardian"))
    assert set(told.values_list("next_try_at", flat=True)) == {SERVED}
    factories.seen(answers.child, by=answers.carer, at=BACK + minutes(20))
    tick(BACK + minutes(20))
    left = told.filter(status=MessageStatus.QUEUED)
    assert {item.alert.child for item in MessageItem.objects.filter(message__in=left)} == {watched.child}


@pytest.mark.by_turns
def test_open_episodes_and_not_here_wait_for_nothing_and_come_first(watched: Watched, settings: Any) -> None:
    settings.SWEEP_BATCH = 2
    silent = [factories.a_watched_child() for _ in range(3)]
    gone = factories.a_watched_child()
    beat(BEGAN)
    # Recorded while the site answered and nothing swept.
    factories.not_here(gone.child, by=gone.carer, at=BEGAN + minutes(90))
    outages.notice(now=BACK)
    sweep.sweep(now=BACK)
    assert set(Message.objects.filter(post="force").values_list("episode__child", flat=True)) == {
        gone.child.pk
    }
    assert not AlertStep.objects.filter(alert__child__in=[one.child for one in silent]).exists()
    tick(BACK)
    assert set(
        AlertStep.objects.filter(alert__child=gone.child, step="R4").values_list("met", flat=True)
    ) == {AlertStep.Met.CALL_STEP}
    assert not MissingEpisode.objects.exclude(child=gone.child).exists()


@pytest.mark.by_turns
def test_an_alert_at_the_police_rung_before_the_outage_reaches_the_police_at_once(watched: Watched) -> None:
    tick(CLOSES + minutes(60))
    assert list(steps(watched)) == ["R0", "R1", "R2", "R3"]
    back_after(CLOSES + minutes(61), BACK)
    assert MissingEpisode.objects.get().police_owed_at == CLOSES + minutes(90)
    assert to_police() > 0


@pytest.mark.by_turns
def test_a_report_during_the_hold_reaches_the_police_at_once(watched: Watched) -> None:
    back_after()
    factories.not_here(watched.child, by=watched.carer, at=BACK + minutes(5))
    tick(BACK + minutes(5))
    assert MissingEpisode.objects.get().police_owed_at == BACK + minutes(5)
    assert to_police() > 0


@pytest.mark.by_turns(8)
def test_nobody_on_the_managers_rung_does_not_bring_the_police_forward(watched: Watched) -> None:
    watched.manager.memberships.update(ends_at=BEGAN)
    Shift.objects.filter(pk=watched.desk.shift.pk).update(ends_at=BEGAN)
    Team.objects.update(second_phone="")
    back_after()
    assert steps(watched)["R2"] == AlertStep.Met.NOBODY
    assert not MissingEpisode.objects.exists()
    tick(SERVED)
    assert MissingEpisode.objects.get().police_owed_at == SERVED


def test_a_window_that_closes_after_service_is_back_is_told_as_always(watched: Watched) -> None:
    back_after(BEGAN, CLOSES - minutes(5))
    tick(CLOSES + minutes(30))
    assert steps(watched) == {"R0": "messages", "R1": "messages"}
    assert Message.objects.filter(wording="duty_no_record").exists()


@pytest.mark.by_turns
def test_a_second_outage_leaves_what_was_left_of_the_hold(watched: Watched) -> None:
    back_after()
    back_after(BACK + minutes(20), BACK + minutes(50))
    assert to_police() == 0
    tick(BACK + minutes(74))
    assert to_police() == 0
    tick(BACK + minutes(75))
    assert MissingEpisode.objects.get().police_owed_at == BACK + minutes(75)
    assert Message.objects.filter(wording="home_outage").count() == 2


@pytest.mark.by_turns
def test_an_untaken_list_rings_the_second_person_once(watched: Watched) -> None:
    factories.seen(watched.child, by=watched.carer, at=datetime(2026, 3, 2, 13, 0, tzinfo=UTC))
    back_after()
    assert not Message.objects.filter(post="second").exists()
    tick(BACK + minutes(16))
    second = Message.objects.get(post="second")
    assert (second.wording, second.phone) == ("manager_outage", watched.desk.shift.second_phone)
    tick(BACK + minutes(40))
    assert Message.objects.filter(post="second").count() == 1


@pytest.mark.by_turns
def test_the_list_goes_out_though_no_alert_is_behind_it(watched: Watched, monkeypatch: Any) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        channels.MailChannel, "send", lambda self, mail: sent.append(str(mail["Subject"])) or "250 Kept"
    )
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: sent.append(payload["text"]) or "202")
    outage = back_after()
    while delivery.deliver(clock=lambda: BACK + timedelta(seconds=5)):
        pass
    assert not Message.objects.filter(outage=outage).exclude(status=MessageStatus.SENT).exists()
    home = next(text for text in sent if "Look at every child" in text)
    assert "not running from midday to 6pm" in home
    assert outage.reference in home
    assert f"Child alert {outage.reference} - read now" in sent


@pytest.mark.by_turns(8)
def test_a_home_that_cannot_be_asked_is_phoned_by_the_desk(
    watched: Watched, monkeypatch: Any, client: Client
) -> None:
    def refused(payload: dict[str, Any], at: datetime) -> str:
        raise channels.Refused("410 no such number")

    monkeypatch.setattr(channels.MailChannel, "send", lambda self, mail: "250 Kept")
    monkeypatch.setattr(channels, "post_webhook", refused)
    back_after()
    while delivery.deliver(clock=lambda: BACK + timedelta(seconds=5)):
        pass
    asked = Message.objects.get(wording="home_outage")
    assert asked.status == MessageStatus.FAILED
    task = DutyTask.objects.get(message=asked)
    assert (task.kind, task.authority) == (DutyTask.Kind.PHONE_THEM, watched.authority)
    monkeypatch.setattr(clock, "now", lambda: BACK + minutes(1))
    client.force_login(watched.desk.person)
    page = client.get(reverse("duty_desk")).content.decode()
    assert watched.home.phone in page
    assert asked.outage is not None
    assert asked.outage.reference in page
    nothing_is_broken(BACK + minutes(1))


def test_desk_and_banner_say_what_was_out_and_until_when_the_police_wait(
    watched: Watched, client: Client, monkeypatch: Any
) -> None:
    back_after()
    monkeypatch.setattr(clock, "now", lambda: BACK + minutes(1))
    client.force_login(watched.desk.person)
    page = " ".join(client.get(reverse("duty_desk")).content.decode().split())
    assert "Rollcall was not running from midday to 6pm." in page
    assert "Every home has been asked for a roll-call." in page
    assert "Police are not mailed about homes without a record until 6:45pm." in page
    task = DutyTask.objects.get(kind=DutyTask.Kind.AFTER_OUTAGE)
    assert client.post(reverse("task_take", args=[task.pk])).status_code == 302
    assert client.post(reverse("task_done", args=[task.pk]), {"answer": "All rung"}).status_code == 302
    task.refresh_from_db()
    assert (task.taken_by, task.answer) == (watched.desk.person, "All rung")
    monkeypatch.setattr(clock, "now", lambda: SERVED + minutes(1))
    assert "not running" not in client.get(reverse("duty_desk")).content.decode()


@pytest.mark.by_turns
def test_the_list_of_another_authority_is_a_task_that_does_not_exist(
    watched: Watched, client: Client, monkeypatch: Any
) -> None:
    stranger = factories.a_watched_child()
    back_after()
    monkeypatch.setattr(clock, "now", lambda: BACK + minutes(1))
    task = DutyTask.objects.get(kind=DutyTask.Kind.AFTER_OUTAGE, authority=watched.authority)
    client.force_login(stranger.desk.person)
    assert client.get(reverse("task_done", args=[task.pk])).status_code == 404
    assert client.post(reverse("task_take", args=[task.pk])).status_code == 404


def test_the_lists_after_an_outage_go_along_to_the_desk_that_takes_the_place(watched: Watched) -> None:
    back_after()
    task = DutyTask.objects.get(kind=DutyTask.Kind.AFTER_OUTAGE, authority=watched.authority)
    heir = factories.a_watched_child(at=BEGAN - timedelta(days=60))
    at = BACK + minutes(1)
    mergers.move(watched.authority, heir.authority, by=None, at=at)
    assert task in desk.read(heir.desk.person, now=at).rounds
    outages.ring_second([task], at=at)
    assert Message.objects.filter(wording="manager_outage", authority=heir.authority).exists()
    found = desk.get_task(heir.desk.person, task.pk, at=at)
    duty_tasks.finish(found, answer="All rung", by=heir.desk.person, at=at)
    assert task not in desk.read(heir.desk.person, now=at).rounds


def test_of_an_authority_that_was_split_each_desk_has_the_list_and_its_second_person_hears(
    watched: Watched,
) -> None:
    back_after()
    task = DutyTask.objects.get(kind=DutyTask.Kind.AFTER_OUTAGE, authority=watched.authority)
    halves = [factories.a_watched_child(at=BEGAN - timedelta(days=60)) for _ in range(2)]
    at = BACK + minutes(1)
    ends = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    split = splits.begin(watched.authority, [one.authority for one in halves], by=ends, at=at)
    splits.keep(split, halves[0].authority, by=ends, at=at)
    for kind in SplitShare.Kind:
        rows = {one.pk: halves[0].authority for one in splits.unsaid(split, kind, at=at)}
        splits.say(split, kind, rows, by=ends, at=at)
    signed = {one.authority.pk: one.director for one in halves}
    split_moves.move(split, signed=signed, by=ends, at=at)
    outages.ring_second([task], at=at)
    for half in halves:
        assert task in desk.read(half.desk.person, now=at).rounds
        assert desk.get_task(half.desk.person, task.pk, at=at) == task
        rung = Message.objects.filter(wording="manager_outage", authority=half.authority)
        assert half.desk.shift.second_phone in rung.values_list("phone", flat=True)
    stranger = factories.a_watched_child()
    assert task not in desk.read(stranger.desk.person, now=at).rounds


def test_the_word_of_an_outage_that_waited_while_its_authority_ended_counts_the_homes_of_now(
    watched: Watched,
) -> None:
    back_after()
    heir, at = factories.a_watched_child(at=BEGAN - timedelta(days=60)), BACK + minutes(1)
    mergers.move(watched.authority, heir.authority, by=None, at=at)
    assert outages.homes_of(watched.authority.pk, now=at) == 2


def test_after_a_merger_whoever_did_not_hear_of_the_outage_from_either_authority_is_phoned_once(
    watched: Watched,
) -> None:
    outage, at = back_after(), BACK + minutes(1)
    heir = factories.a_watched_child(at=BEGAN - timedelta(days=60))
    leads_both = outages.Recipient(outages.Post.MANAGER, Channel.MAIL, user_id=watched.manager.pk)
    for one in (watched, heir):
        outages.tell([outages.Told(outage, leads_both, one.authority.pk, one.home.pk)], at=at)
    for message in Message.objects.filter(user=watched.manager, outage=outage):
        given = {"kind": DutyTask.Kind.PHONE_THEM, "urgency": message.urgency, "opened_at": at}
        DutyTask.objects.create(message=message, outage=outage, authority=message.authority, **given)
    mergers.move(watched.authority, heir.authority, by=None, at=at)
    (calls,) = desk.read(heir.desk.person, now=at).failed
    assert {call.task.authority for call in calls} == {watched.authority, heir.authority}


def test_health_says_the_outage_and_is_red_while_nobody_was_asked(watched: Watched) -> None:
    beat(BEGAN)
    outages.notice(now=BACK)
    check = {c.name: c for c in health.engine(BACK + minutes(2))}["outage"]
    assert not check.ok
    outages.ask(now=BACK + minutes(2))
    check = {c.name: c for c in health.engine(BACK + minutes(2))}["outage"]
    assert check.ok
    assert check.detail == "out from 2026-03-02 12:00 to 2026-03-02 18:00 UTC, police held until 18:45 UTC"


@pytest.mark.by_turns
def test_a_story_of_the_demo_knows_no_outage(settings: Any) -> None:
    settings.DEMO = True
    demo.begin(demo.set_stage(at=BEGAN), at=BEGAN)
    beat(BEGAN + minutes(1))
    assert outages.notice(now=BACK) is None
    assert not Outage.objects.exists()


@pytest.mark.by_turns(8)
def test_a_demo_that_stood_still_asks_no_home_whose_roll_its_start_has_called(
    watched: Watched, settings: Any
) -> None:
    settings.DEMO = True
    factories.seen(watched.child, by=watched.carer, at=CLOSES - minutes(30))
    beat(BEGAN)
    assert outages.notice(now=BACK) is None
    factories.a_watched_child()
    assert outages.notice(now=BACK) is not None


def test_an_owed_fail_safe_behind_a_first_rung_is_swept_before_first_rungs_owed_longer(
    watched: Watched,
) -> None:
    other = factories.a_watched_child()
    # Nothing was swept: of one the fail-safe is owed by now, of the other the first rungs alone, and for longer.
    longer = CLOSES - minutes(60)
    own = {"R0": longer.isoformat(), "R1": longer.isoformat(), "R3": SERVED.isoformat()}
    Clock.objects.filter(child=other.child, kind="contact").update(next_at=longer, steps=own)
    at = CLOSES + minutes(95)
    contact = Clock.objects.due(at).filter(kind="contact")
    assert list(contact.values_list("child", flat=True)) == [watched.child.pk, other.child.pk]
    at = CLOSES + minutes(35)
    assert list(Clock.objects.due(at).values_list("child", flat=True)) == [other.child.pk, watched.child.pk]
