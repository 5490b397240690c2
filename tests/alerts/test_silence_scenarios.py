"""What may happen in the middle of a ladder, one story each: nothing is lost, put off or ended by it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import (
    added_forces,
    default_policies,
    emails,
    escalations,
    integrity,
    policies,
    publications,
    sweep,
)
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageKind
from alerts.schedule import Step, StepTime
from alerts.states import MessageStatus
from cases import absences, ages, children, concerns, contacts, episodes, placements, responsibilities
from cases.deadlines import london_day
from cases.models import Child, Mailbox, MissingEpisode, Placement
from cases.states import EpisodeOutcome, EpisodeStatus
from tests import factories
from tests.counts import FULL, a_third, counts, one_in
from tests.factories import AT, Watched, case_closed

pytestmark = pytest.mark.django_db

# A child who arrives on a Monday at 09:00 owes a proof at midday: the window closes at 13:30.
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def tick(now: datetime) -> None:
    """Sweep as often as a worker would until nothing is left at this instant."""
    for _ in range(20):
        if not sweep.sweep(now=now).clocks:
            return
    raise AssertionError("the sweep finds the same clocks due again and again")


def deliver(at: datetime) -> None:
    waiting = Message.objects.filter(status=MessageStatus.QUEUED)
    waiting.update(status=MessageStatus.SENT, sent_at=at)


def steps(watched: Watched, kind: str = Clock.Kind.CONTACT) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind=kind).order_by("pk")
    return list(rows.values_list("step", flat=True))


def contact_clock(watched: Watched) -> Clock:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)


def episode_of(watched: Watched) -> MissingEpisode:
    return MissingEpisode.objects.get(child=watched.child)


def endings() -> "Counter[str]":
    return Counter(Message.objects.filter(kind=MessageKind.ENDING).values_list("recipient", flat=True))


def told_people() -> set[str]:
    rows = Message.objects.filter(status=MessageStatus.SENT).exclude(kind=MessageKind.ENDING)
    return set(rows.values_list("recipient", flat=True))


def nothing_is_broken(now: datetime) -> None:
    """Every invariant holds, what waits in the outbox apart; in each run asked of one story in three."""
    if not FULL and one_in(now, 3):
        return
    found = [b for b in integrity.check(now) if b.references]
    assert not [b for b in found if "sender has taken" not in b.question], found


def ended(watched: Watched, at: datetime) -> None:
    factories.ended(episode_of(watched), by=watched.desk.second, at=at)


@pytest.fixture
def at_duty(watched: Watched) -> None:
    """The home and duty are told."""
    tick(CLOSES + minutes(30))


@pytest.fixture
def told(at_duty: None) -> None:
    """It has gone out."""
    deliver(CLOSES + minutes(30))


@pytest.fixture
def unconfirmed(watched: Watched) -> None:
    """Silence has opened an episode."""
    tick(CLOSES + minutes(60))


@pytest.fixture
def not_there(watched: Watched) -> None:
    """Whoever looked did not find the child."""
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)


@pytest.fixture
def late_home(watched: Watched) -> None:
    factories.out(watched.child, until=NOON + minutes(60), by=watched.carer, at=NOON)
    tick(NOON + minutes(60))
    assert steps(watched) == ["R0", "R1"]


# A Monday in summer, and a child who has been here for two months.
IN_MAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def settled() -> Watched:
    return factories.a_watched_child(at=IN_MAY, arrived_at=IN_MAY - timedelta(days=60))


@pytest.mark.usefixtures("not_there")
def test_a_withdrawn_seen_leaves_no_clock_that_is_due_for_ever(watched: Watched) -> None:
    contact = factories.seen(watched.child, by=watched.carer, at=NOON + minutes(5))
    contacts.withdraw(contact, reason="It was his brother", by=watched.worker, at=NOON + minutes(6))
    tick(NOON + minutes(6))
    assert not Clock.objects.due(NOON + minutes(6)).exists()
    assert not Message.objects.filter(wording="duty_reported_seen").exists()
    nothing_is_broken(NOON + minutes(12))


@pytest.mark.usefixtures("not_there")
def test_a_seen_withdrawn_after_duty_heard_of_it_ends_nothing_in_their_ears(watched: Watched) -> None:
    contact = factories.seen(watched.child, by=watched.carer, at=NOON + minutes(5))
    tick(NOON + minutes(5))
    deliver(NOON + minutes(5))
    contacts.withdraw(contact, reason="It was his brother", by=watched.worker, at=NOON + minutes(6))
    tick(NOON + minutes(6))
    assert not endings()
    factories.seen(watched.child, by=watched.guardian, at=NOON + minutes(8))
    tick(NOON + minutes(8))
    deliver(NOON + minutes(8))
    assert Message.objects.filter(wording="duty_reported_seen", post="duty").count() == 4
    ended(watched, NOON + minutes(10))
    tick(NOON + minutes(10))
    assert endings() == dict.fromkeys(told_people(), 1)
    assert not Alert.objects.open().filter(child=watched.child, clock__kind="seen").exists()
    nothing_is_broken(NOON + minutes(15))


def test_away_that_becomes_missing_is_told_as_no_ending(watched: Watched) -> None:
    episode = episodes.report_away(
        watched.child, whereabouts="With a cousin", reason="Left", by=watched.carer, at=NOON
    )
    tick(NOON)
    deliver(NOON)
    episodes.become_missing(episode, reason="Not there any more", by=watched.carer, at=NOON + minutes(30))
    tick(NOON + minutes(30))
    assert not endings()
    deliver(NOON + minutes(30))
    ended(watched, NOON + minutes(40))
    tick(NOON + minutes(40))
    assert endings() == dict.fromkeys(told_people(), 1)
    nothing_is_broken(NOON + minutes(45))


@pytest.mark.usefixtures("not_there")
def test_the_head_told_by_a_call_step_of_the_same_instant_is_not_told_by_r4_too(watched: Watched) -> None:
    tick(NOON + minutes(60))
    assert AlertStep.objects.get(step="R4").met == AlertStep.Met.CALL_STEP
    assert {m.step for m in Message.objects.filter(post="head")} == {"call_60"}


@pytest.mark.usefixtures("not_there")
def test_the_desk_hears_of_a_look_and_of_the_call_in_one_text_and_one_mail_that_say_both(
    watched: Watched,
) -> None:
    """A false alarm or a doubled mail is a mailbox that nobody reads."""
    tick(NOON + minutes(5))
    told = Message.objects.filter(post="duty")
    assert sorted(told.values_list("wording", "channel")) == [("duty_call", "mail"), ("duty_call", "text")]
    assert AlertStep.objects.get(alert__clock__kind="not_here", step="R1").met == AlertStep.Met.CALL_STEP
    mail, text = told.get(channel="mail"), told.get(channel="text")
    for words in (emails.compose(mail, now=NOON).text, emails.compose_text(text, now=NOON)):
        assert "NOT HERE" in words
        assert "looked" in words
        assert "999 or 101" in words
    # Whom no call tells yet hears of the look by itself, as ever.
    rung = Message.objects.filter(wording="duty_not_here").values_list("post", "channel")
    assert sorted(rung) == [("manager", "mail"), ("manager", "text"), ("second", "text")]
    nothing_is_broken(NOON + minutes(5))


def test_a_look_in_a_search_whose_first_call_was_made_is_told_to_the_desk_by_itself(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.worker, at=NOON)
    tick(NOON)
    factories.seen(watched.child, by=watched.guardian, at=NOON + minutes(10))
    tick(NOON + minutes(10))
    factories.not_here(watched.child, by=watched.carer, at=NOON + minutes(12))
    tick(NOON + minutes(12))
    told = Message.objects.filter(post="duty", wording="duty_not_here")
    assert sorted(told.values_list("channel", flat=True)) == ["mail", "text"]


def test_a_sweep_late_by_a_day_tells_head_and_director_what_a_punctual_one_told(watched: Watched) -> None:
    tick(CLOSES + timedelta(hours=24))
    assert {m.step for m in Message.objects.filter(post__in=("head", "director"))} == {"call_60", "call_120"}
    assert steps(watched) == ["R0", "R1", "R2", "R3", "fail_safe", "R4", "R5"]
    late = AlertStep.objects.get(step="R4")
    assert late.owed_at == CLOSES + timedelta(hours=3)


@pytest.mark.usefixtures("unconfirmed")
def test_an_officer_named_in_the_first_call_leaves_no_task_to_ring_the_police(watched: Watched) -> None:
    escalations.verify(
        episode_of(watched),
        force=watched.force,
        officer="PC Ashdene",
        incident_reference="118",
        by=watched.desk.person,
        at=CLOSES + minutes(65),
    )
    tick(CLOSES + minutes(65))
    assert "call_0" in steps(watched, Clock.Kind.CALL)
    assert not DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_POLICE).exists()


EACH_END = [(how, owed) for how in ("safe_elsewhere", "recording_late") for owed in (False, True)]


@pytest.mark.parametrize(("outcome", "police_owed"), counts([EACH_END[1], EACH_END[2]], EACH_END))
def test_an_episode_that_silence_opened_and_duty_ends_ends_its_alert_too(
    watched: Watched, outcome: str, police_owed: bool
) -> None:
    """Duty has seen the child; an alert left standing would also open none when the child is next not seen."""
    at = CLOSES + minutes(100 if police_owed else 70)
    tick(at)
    deliver(at)
    assert ("fail_safe" in steps(watched)) is police_owed
    factories.ended(episode_of(watched), by=watched.desk.second, outcome=outcome, at=at + minutes(1))
    tick(at + minutes(1))
    assert not Alert.objects.open().filter(child=watched.child, clock__kind="contact").exists()
    assert endings() == dict.fromkeys(told_people(), 1)
    climbed = steps(watched)
    tick(CLOSES + minutes(200))
    assert steps(watched) == climbed, "no rung of what has ended"
    evening = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert contact_clock(watched).due_at == evening
    tick(evening + minutes(100))
    assert MissingEpisode.objects.open().filter(child=watched.child, number=2).exists()


@pytest.mark.usefixtures("late_home")
def test_a_placement_ended_while_the_child_is_late_home_puts_nothing_off(watched: Watched) -> None:
    at = NOON + minutes(65)
    placements.end(watched.placement, ends_at=at, reason="Notice given", by=watched.worker, at=at)
    tick(NOON + minutes(90))
    assert "R3" in steps(watched)
    assert episode_of(watched).status == EpisodeStatus.NOT_CONFIRMED


@pytest.mark.usefixtures("late_home")
def test_a_move_written_while_the_child_is_late_home_puts_nothing_off(watched: Watched) -> None:
    factories.placed(watched.child, at=NOON + minutes(65), by=watched.worker)
    tick(NOON + minutes(90))
    assert "R3" in steps(watched)


@pytest.mark.usefixtures("late_home")
def test_a_late_return_without_anybody_who_saw_the_child_ends_nothing(watched: Watched) -> None:
    tick(NOON + minutes(90))
    absences.come_back(watched.child, back_at=NOON + minutes(92), by=watched.carer, at=NOON + minutes(92))
    tick(NOON + minutes(92))
    assert episode_of(watched).status == EpisodeStatus.NOT_CONFIRMED
    assert Alert.objects.open().filter(clock__kind="contact").exists()
    factories.seen(watched.child, by=watched.carer, at=NOON + minutes(93))
    tick(NOON + minutes(93))
    assert episode_of(watched).outcome == EpisodeOutcome.RECORDING_LATE


def test_a_withdrawn_sighting_that_had_ended_an_outing_leaves_the_child_out(watched: Watched) -> None:
    factories.out(watched.child, until=NOON + minutes(60), by=watched.carer, at=NOON)
    contact = factories.seen(watched.child, by=watched.carer, at=NOON + minutes(30))
    contacts.withdraw(contact, reason="It was his brother", by=watched.worker, at=NOON + minutes(40))
    assert contact_clock(watched).due_at == NOON + minutes(60)
    tick(NOON + minutes(90))
    assert steps(watched) == ["R0", "R1", "R2", "R3"]


def test_a_withdrawn_sighting_leaves_the_return_that_another_saw(watched: Watched) -> None:
    factories.out(watched.child, until=NOON + minutes(60), by=watched.carer, at=NOON)
    contact = factories.seen(watched.child, by=watched.carer, at=NOON + minutes(30))
    factories.seen(watched.child, by=watched.carer, at=NOON + minutes(35))
    contacts.withdraw(contact, reason="Wrong minute", by=watched.worker, at=NOON + minutes(40))
    tick(NOON + minutes(90))
    assert steps(watched) == []


@pytest.mark.usefixtures("at_duty")
def test_the_fail_safe_of_a_child_who_is_away_lets_duty_record_the_police(watched: Watched) -> None:
    episode = episodes.report_away(
        watched.child,
        whereabouts="With a cousin",
        reason="Left",
        by=watched.carer,
        at=CLOSES + minutes(40),
    )
    tick(CLOSES + minutes(60))
    tick(CLOSES + minutes(90))
    tick(CLOSES + minutes(90))
    assert Message.objects.filter(wording="police_alert").exists()
    factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(92))
    tick(CLOSES + minutes(92))
    # The police are looking: proof alone ends neither the alert nor the episode.
    assert Alert.objects.open().filter(clock__kind="contact").exists()
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC Ashdene",
        incident_reference="118",
        by=watched.desk.person,
        at=CLOSES + minutes(95),
    )
    assert episode_of(watched).status == EpisodeStatus.MISSING
    nothing_is_broken(CLOSES + minutes(95))


@pytest.mark.usefixtures("unconfirmed")
def test_where_somebody_knows_where_the_child_is_silence_becomes_away_and_its_alert_goes_on(
    watched: Watched, client: Client
) -> None:
    assert episode_of(watched).status == EpisodeStatus.NOT_CONFIRMED
    at = CLOSES + minutes(70)
    episodes.report_away(watched.child, whereabouts="With a cousin", reason="Rang", by=watched.carer, at=at)
    tick(at)
    told = Message.objects.filter(wording="duty_away")
    assert {message.owed_at for message in told} == {at}
    assert not Message.objects.filter(wording="police_alert").exists()
    client.force_login(watched.desk.person)
    assert "I am on this" in client.get(f"/missing/{episode_of(watched).reference}/").content.decode()
    # Whoever said so has not seen the child: the missed window stays owed, and so does its fail-safe.
    tick(CLOSES + minutes(90))
    mail = Message.objects.filter(wording="police_alert").first()
    assert mail is not None
    # Nobody has phoned: the force reads that it is asked to check, not that officers were waited for.
    text = " ".join(emails.compose(mail, now=CLOSES + minutes(90)).text.split())
    assert "CHECK NEEDED" in text
    assert "Nobody has phoned you about it yet" in text
    nothing_is_broken(CLOSES + minutes(90))
    # Once they are told, duty can write down who has it, and name the right force.
    page = f"/missing/{episode_of(watched).reference}/"
    shown = client.get(page).content.decode()
    assert f'id="verify" href="{page}police/"' in shown
    right = factories.a_force()
    factories.a_force_mailbox(right)
    added_forces.add(episode_of(watched), right, by=watched.desk.person, at=CLOSES + minutes(91))
    assert Message.objects.filter(wording="police_alert", force=right).exists()


def test_a_report_owes_the_police_in_its_own_commit_and_the_next_sweep_queues_their_mail(
    watched: Watched,
) -> None:
    before = transaction.savepoint()
    factories.missing(watched.child, by=watched.worker, at=NOON)
    transaction.savepoint_rollback(before)
    assert not Clock.objects.filter(kind=Clock.Kind.CALL).exists()
    factories.missing(watched.child, by=watched.worker, at=NOON)
    assert Clock.objects.get(kind=Clock.Kind.CALL).next_at == NOON
    # The sweep is woken every half second.
    sweep.sweep(now=NOON + timedelta(seconds=1))
    mails = Message.objects.filter(wording="police_alert")
    assert {(mail.owed_at, mail.status) for mail in mails} == {(NOON, MessageStatus.QUEUED)}


def test_an_emptied_r4_climbs_to_r5_at_once_while_an_episode_is_open(watched: Watched) -> None:
    concerns.keep_from(
        watched.child, watched.head, reason="Named by the child", by=watched.director, at=factories.AT
    )
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    tick(NOON + minutes(61))
    assert AlertStep.objects.get(step="R4").met == AlertStep.Met.NOBODY
    assert "R5" in steps(watched)


def _nobody_on_the_desk(watched: Watched, at: datetime) -> None:
    watched.desk.mailbox.ends_at = at
    watched.desk.mailbox.save(update_fields=["ends_at"])
    watched.desk.shift.ends_at = at
    watched.desk.shift.save(update_fields=["ends_at"])
    watched.desk.team.phone = ""
    watched.desk.team.save()


def test_an_emptied_r3_of_a_row_without_fail_safe_climbs_to_the_head(settled: Watched) -> None:
    at, one = IN_MAY, settled
    factories.seen(one.child, by=one.guardian, at=at + timedelta(days=3, hours=1))
    clock = contact_clock(one)
    assert clock.rows == ["ordinary"]
    r3 = datetime.fromisoformat(clock.steps["R3"])
    tick(datetime.fromisoformat(clock.steps["R2"]))
    _nobody_on_the_desk(one, r3)
    tick(r3)
    assert AlertStep.objects.get(alert__child=one.child, step="R3").met == AlertStep.Met.NOBODY
    assert Message.objects.filter(wording="head_no_record", post="head").exists()


def test_an_away_report_with_nobody_on_the_desk_reaches_the_manager(watched: Watched) -> None:
    _nobody_on_the_desk(watched, NOON)
    episodes.report_away(watched.child, whereabouts="With a cousin", reason="Left", by=watched.carer, at=NOON)
    tick(NOON)
    assert Message.objects.filter(wording="duty_away", user=watched.manager).exists()
    nothing_is_broken(NOON)


@pytest.mark.usefixtures("unconfirmed")
def test_a_proof_withdrawn_after_the_episode_ended_as_recorded_late_opens_another(watched: Watched) -> None:
    contact = factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(62))
    tick(CLOSES + minutes(62))
    contacts.withdraw(contact, reason="It was his brother", by=watched.worker, at=CLOSES + minutes(100))
    tick(CLOSES + minutes(100))
    late, standing = MissingEpisode.objects.filter(child=watched.child).order_by("number")
    assert late.outcome == EpisodeOutcome.RECORDING_LATE
    assert standing.police_owed_at == CLOSES + minutes(90)
    assert Message.objects.filter(wording="police_alert", episode=standing).count() == 2
    assert contact_clock(watched).due_at is not None
    nothing_is_broken(CLOSES + minutes(100))


def test_hearsay_is_not_when_the_child_was_last_accounted_for(watched: Watched) -> None:
    factories.seen(watched.child, by=watched.carer, at=NOON)
    contacts.record(
        watched.child,
        contacts.Sighting(happened_at=NOON + minutes(20), told_by="A neighbour"),
        by=watched.carer,
        at=NOON + minutes(20),
    )
    tick(CLOSES + minutes(60))
    assert episode_of(watched).since == NOON


def test_not_here_during_an_unconfirmed_episode_has_r4_an_hour_after_the_look(settled: Watched) -> None:
    at, one = IN_MAY, settled
    factories.seen(one.child, by=one.guardian, at=at + timedelta(days=3, hours=1))
    r3 = datetime.fromisoformat(contact_clock(one).steps["R3"])
    tick(r3)
    looked = r3 + minutes(5)
    factories.not_here(one.child, by=one.carer, at=looked)
    tick(looked)
    escalations.verify(
        episode_of(one),
        force=one.force,
        officer="PC Ashdene",
        incident_reference="118",
        by=one.desk.person,
        at=looked + minutes(5),
    )
    tick(looked + minutes(60))
    assert "R4" in steps(one)


def test_who_has_left_with_a_role_still_open_stands_on_no_rung(watched: Watched) -> None:
    watched.manager.is_active = False
    watched.manager.save()
    tick(CLOSES + minutes(60))
    assert not Message.objects.filter(user=watched.manager).exists()


@pytest.mark.usefixtures("unconfirmed")
def test_a_child_assessed_as_adult_in_mid_ladder_is_searched_for_until_found(watched: Watched) -> None:
    for status, at in (("disputed", CLOSES + minutes(65)), ("assessed_adult", CLOSES + minutes(70))):
        given = ages.Decision(age_status=status, decided_date=london_day(at), decided_by="Kent", grounds="x")
        ages.decide(watched.child, given, seconded_by=watched.manager, by=watched.worker, at=at)
    tick(CLOSES + minutes(70))
    tick(CLOSES + minutes(90))
    assert episode_of(watched).police_owed_at == CLOSES + minutes(90)


@pytest.mark.usefixtures("unconfirmed")
def test_responsibility_moved_in_mid_ladder_moves_the_open_tasks_to_the_new_desk(watched: Watched) -> None:
    other = factories.a_watched_child()
    at = CLOSES + minutes(70)
    responsibilities.start(watched.child, authority=other.authority, by=watched.manager, at=at)
    tick(at)
    open_tasks = DutyTask.objects.open().filter(items__alert__child=watched.child)
    assert {task.authority for task in open_tasks} == {other.authority}
    tick(CLOSES + minutes(90))
    tick(CLOSES + minutes(90))
    assert Message.objects.filter(
        step="call_0", mailbox=other.desk.mailbox, items__alert__child=watched.child
    ).exists()
    assert not Message.objects.filter(step="call_0", mailbox=watched.desk.mailbox).exists()


def test_a_new_version_of_not_here_leaves_a_running_episode_its_own_times(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.carer, at=NOON)
    slower = replace(
        default_policies.NOT_HERE,
        steps=((Step.R4, StepTime(after=timedelta(hours=5))), (Step.R5, StepTime(after=timedelta(hours=9)))),
    )
    publications.publish_figures(
        slower.key,
        policies.row_data(slower),
        reason="Slower",
        takes_effect_at=NOON + minutes(10),
        seconded_by=watched.head,
        by=watched.director,
        at=NOON + minutes(10),
    )
    concerns.mark(watched.child, reason="New phone", by=watched.worker, at=NOON + minutes(20))
    tick(NOON + minutes(20))
    tick(NOON + minutes(61))
    assert "R4" in steps(watched)


@pytest.mark.usefixtures("at_duty")
def test_a_policy_published_in_mid_ladder_leaves_the_open_alert_its_times(watched: Watched) -> None:
    later = tuple(
        (step, StepTime(after=timedelta(hours=10 + number)))
        for number, (step, _) in enumerate(default_policies.FIRST_72_HOURS.steps)
    )
    slower = replace(default_policies.FIRST_72_HOURS, steps=later)
    publications.publish_figures(
        slower.key,
        policies.row_data(slower),
        reason="Slower",
        takes_effect_at=CLOSES + minutes(31),
        seconded_by=watched.head,
        by=watched.director,
        at=CLOSES + minutes(31),
    )
    tick(CLOSES + minutes(60))
    assert steps(watched) == ["R0", "R1", "R2", "R3"]


def _house(count: int) -> tuple[Watched, list[Child]]:
    first = factories.a_watched_child()
    more = []
    for _ in range(count - 1):
        child = factories.a_child(first.authority, team=first.team, worker=first.worker)
        factories.placed(child, first.home)
        more.append(child)
    return first, [first.child, *more]


def test_of_many_children_half_are_seen_and_only_the_others_climb() -> None:
    first, found = _house(4)
    tick(CLOSES + minutes(30))
    deliver(CLOSES + minutes(30))
    assert Message.objects.filter(wording="duty_no_record").count() == 2
    for child in found[:2]:
        factories.seen(child, by=first.carer, at=CLOSES + minutes(40))
    tick(CLOSES + minutes(40))
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME).count() == 1
    tick(CLOSES + minutes(60))
    missing = set(MissingEpisode.objects.open().values_list("child", flat=True))
    assert missing == {child.pk for child in found[2:]}
    manager = Message.objects.get(wording="manager_no_record", user=first.manager, channel="mail")
    assert {item.alert.child_id for item in manager.items.all()} == missing
    nothing_is_broken(CLOSES + minutes(61))


def test_a_house_message_not_sent_yet_leaves_out_who_has_been_seen() -> None:
    first, found = _house(3)
    tick(CLOSES + minutes(30))
    factories.seen(found[1], by=first.carer, at=CLOSES + minutes(30.5))
    tick(CLOSES + minutes(30.5))
    for message in Message.objects.filter(wording="duty_no_record", status=MessageStatus.QUEUED):
        assert {item.alert.child_id for item in message.items.all()} == {found[0].pk, found[2].pk}
    deliver(CLOSES + minutes(31))
    assert not endings()
    nothing_is_broken(CLOSES + minutes(40))


def test_two_authorities_in_one_silent_house_each_ring_for_their_own(watched: Watched) -> None:
    other = factories.a_watched_child()
    placements.end(
        other.placement,
        ends_at=factories.AT + minutes(5),
        reason="Moved",
        by=other.worker,
        at=factories.AT + minutes(5),
    )
    factories.placed(other.child, watched.home, at=factories.AT + minutes(6), by=other.worker)
    tick(CLOSES + minutes(30))
    tasks = DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME, home=watched.home)
    assert {t.authority for t in tasks} == {watched.authority, other.authority}
    assert Message.objects.filter(wording="home_no_record").count() == 1
    for one in (watched, other):
        mail = Message.objects.get(wording="duty_no_record", mailbox=one.desk.mailbox)
        assert {item.alert.child_id for item in mail.items.all()} == {one.child.pk}


def test_responsibility_moved_of_one_child_leaves_the_others_of_the_house_on_the_old_desk() -> None:
    first, found = _house(2)
    tick(CLOSES + minutes(30))
    other = factories.a_watched_child()
    at = CLOSES + minutes(35)
    responsibilities.start(found[1], authority=other.authority, by=first.manager, at=at)
    tasks = DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME, home=first.home)
    assert {task.authority for task in tasks} == {first.authority, other.authority}
    taken_over = tasks.get(authority=other.authority)
    assert [item.alert.child_id for item in taken_over.items.all()] == [found[1].pk]
    factories.seen(found[1], by=first.carer, at=at + minutes(1))
    tick(at + minutes(1))
    assert {task.authority for task in tasks.all()} == {first.authority}
    nothing_is_broken(at + minutes(1))


def test_a_keep_from_mark_on_the_witness_puts_the_clock_back_and_its_lifting_ends_the_alert(
    watched: Watched,
) -> None:
    factories.seen(watched.child, by=watched.carer, at=CLOSES - minutes(10))
    assert contact_clock(watched).due_at == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    mark = concerns.keep_from(
        watched.child, watched.carer, reason="Named by the child", by=watched.manager, at=CLOSES + minutes(45)
    )
    tick(CLOSES + minutes(45))
    assert steps(watched) == ["R0", "R1"]
    # Who is kept from the child is the home's only carer: the home is not told.
    assert AlertStep.objects.get(step="R0").met == AlertStep.Met.NOBODY
    concerns.lift_keep_from(
        mark, reason="Cleared", seconded_by=watched.head, by=watched.manager, at=CLOSES + minutes(50)
    )
    tick(CLOSES + minutes(50))
    assert not Alert.objects.open().filter(clock__kind="contact").exists()


@pytest.mark.usefixtures("told")
def test_a_case_closed_with_an_open_alert_ends_it_and_tells_who_was_told(watched: Watched) -> None:
    case_closed(watched.child, reason="Moved abroad", by=watched.worker, at=CLOSES + minutes(40))
    tick(CLOSES + minutes(40))
    assert not Alert.objects.open().exists()
    assert not DutyTask.objects.open().exists()
    assert endings() == dict.fromkeys(told_people(), 1)
    tick(CLOSES + timedelta(days=40))
    assert not Alert.objects.open().exists()


NIGHTS = [datetime(2026, 3, 28, 9, 0, tzinfo=UTC), datetime(2026, 10, 24, 8, 0, tzinfo=UTC)]


@pytest.mark.parametrize("day", a_third(NIGHTS, "the clocks change"))
def test_a_night_on_which_the_clocks_change_climbs_by_elapsed_time(day: datetime) -> None:
    one = factories.a_watched_child(at=day)
    factories.seen(one.child, by=one.carer, at=day + timedelta(hours=12, minutes=30))
    night = contact_clock(one)
    assert night.window == "night"
    due = night.due_at
    assert due is not None
    for after in (0, 60, 90, 180):
        tick(due + minutes(after))
    climbed = {s.step: s.owed_at - due for s in AlertStep.objects.filter(alert__child=one.child)}
    assert climbed["R3"] == minutes(60)
    assert climbed["fail_safe"] == minutes(90)
    assert climbed["R4"] == minutes(180)


def test_the_most_urgent_of_a_backlog_come_first_and_each_batch_is_a_commit(watched: Watched) -> None:
    others = [factories.a_watched_child() for _ in range(2)]
    sought = factories.a_watched_child()
    factories.not_here(sought.child, by=sought.carer, at=CLOSES + timedelta(hours=6))
    swept = sweep.sweep(now=CLOSES + timedelta(hours=6), batch=2)
    assert swept.more
    assert "call_0" in steps(sought, Clock.Kind.CALL)
    assert sum(bool(steps(one)) for one in others) <= 1
    for _ in range(12):
        if not sweep.sweep(now=CLOSES + timedelta(hours=6), batch=2).more:
            break
    assert all("fail_safe" in steps(one) for one in others)
    items = Message.objects.values_list("items__alert", "step", "kind", "recipient")
    assert max(Counter(items).values()) == 1


def test_a_batch_of_many_asks_no_more_of_the_database_than_one_of_few() -> None:
    spent: dict[int, list[int]] = {30: [], 60: [], 90: [], 91: []}
    for size in (2, 8):
        found = _house(size)[1]
        for after, asked in spent.items():
            with CaptureQueriesContext(connection) as statements:
                sweep.sweep(now=CLOSES + minutes(after))
            asked.append(len(statements))
            tick(CLOSES + minutes(after))
        for child in found:
            Clock.objects.filter(child=child).update(next_at=None)
        Alert.objects.filter(child__in=found).update(status="ended", ended_at=CLOSES + minutes(91))
    assert all(many <= few + 5 for few, many in spent.values()), spent


def test_a_lowered_risk_in_mid_ladder_puts_nothing_off() -> None:
    at = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    one = factories.a_watched_child(at=at, arrived_at=at - timedelta(days=60), risk="high")
    factories.seen(one.child, by=one.carer, at=at + timedelta(days=3, hours=1))
    clock = contact_clock(one)
    assert (clock.rows, clock.window) == (["high"], "night")
    wanted = {step: datetime.fromisoformat(moment) for step, moment in clock.steps.items()}
    tick(wanted["R1"])
    children.set_risk(
        one.child, "low", reason="Settled", seconded_by=one.head, by=one.manager, at=wanted["R1"] + minutes(1)
    )
    tick(wanted["R1"] + minutes(1))
    for step in ("R2", "R3", "fail_safe"):
        tick(wanted[step])
        assert step in steps(one)


def test_a_concern_lifted_in_mid_ladder_puts_nothing_off(settled: Watched) -> None:
    at, one = IN_MAY, settled
    concern = concerns.mark(one.child, reason="New phone", by=one.worker, at=at + timedelta(days=3))
    factories.seen(one.child, by=one.carer, at=at + timedelta(days=3, hours=1))
    wanted = {s: datetime.fromisoformat(m) for s, m in contact_clock(one).steps.items()}
    tick(wanted["R1"])
    lifted = wanted["R1"] + minutes(1)
    concerns.lift(concern, reason="Explained", seconded_by=one.head, by=one.manager, at=lifted)
    tick(lifted)
    for step in ("R2", "R3", "fail_safe"):
        tick(wanted[step])
        assert step in steps(one)


def test_a_move_written_late_in_mid_ladder_ends_no_alert_without_a_sighting() -> None:
    at = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
    one = factories.a_watched_child(at=at, arrived_at=at - timedelta(days=10), risk="low")
    monday = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
    factories.seen(one.child, by=one.carer, at=monday)
    clock = contact_clock(one)
    assert (clock.window, clock.due_at) == ("interval", monday + timedelta(hours=72))
    due = monday + timedelta(hours=72)
    tick(datetime.fromisoformat(clock.steps["R3"]))
    assert episode_of(one).status == EpisodeStatus.NOT_CONFIRMED
    written = datetime.fromisoformat(clock.steps["R3"]) + minutes(30)
    factories.placed(one.child, starts_at=due - timedelta(hours=1), by=one.worker, at=written)
    tick(written)
    assert episode_of(one).outcome == ""
    assert Alert.objects.open().get(clock__kind="contact", child=one.child).due_at == due


def test_a_child_without_a_placement_is_asked_after_on_the_desk(watched: Watched) -> None:
    child = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
    tick(CLOSES + minutes(30))
    task = DutyTask.objects.get(child=child)
    assert task.kind == DutyTask.Kind.FIND_PLACEMENT
    rungs = AlertStep.objects.filter(alert__child=child).values_list("step", flat=True)
    assert list(rungs) == ["R1"]
    tick(CLOSES + minutes(60))
    tick(CLOSES + minutes(90))
    tick(CLOSES + minutes(90))
    police = Message.objects.filter(wording="police_alert", items__alert__child=child)
    assert {message.force for message in police} <= {watched.authority.force}
    assert police.exists()


def test_a_child_at_an_address_is_rung_there_and_its_own_host_hears_once(watched: Watched) -> None:
    first, second = factories.an_authority(), factories.an_authority()
    boxes = [factories.an_authority_mailbox(host) for host in (first, second)]
    for number, host in enumerate((first, second), start=1):
        address = placements.Address(
            address=f"{number} Larch Row",
            postcode="ZZ99 1AA",
            phone=f"01632 96090{number}",
            authority=host,
            force=host.force,
        )
        factories.placed(watched.child, address, at=factories.AT + minutes(number), by=watched.worker)
    tick(CLOSES + minutes(30))
    assert Message.objects.get(wording="home_no_record").phone == "01632 960902"
    assert DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME).child == watched.child
    for after in (60, 90, 180):
        tick(CLOSES + minutes(after))
    assert Message.objects.get(mailbox=boxes[1]).wording == "host_missing"
    assert not Message.objects.filter(mailbox=boxes[0]).exists()
    assert episode_of(watched).forces.get().force == second.force


@pytest.mark.usefixtures("told")
def test_an_alert_that_not_here_overtook_ends_with_its_episode_in_one_ending_each(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=CLOSES + minutes(40))
    tick(CLOSES + minutes(40))
    deliver(CLOSES + minutes(40))
    ended(watched, CLOSES + minutes(50))
    tick(CLOSES + minutes(50))
    alert = Alert.objects.get(clock__kind="contact", child=watched.child)
    assert (alert.end_reason, alert.episode) == ("episode_ended", episode_of(watched))
    assert endings() == dict.fromkeys(told_people(), 1)


def test_away_with_permission_then_missing_then_seen_starts_one_new_window(watched: Watched) -> None:
    until = NOON + timedelta(days=2)
    factories.away(watched.child, until=until, by=watched.worker, at=NOON)
    at = NOON + timedelta(hours=5)
    factories.missing(watched.child, by=watched.worker, at=at)
    tick(at)
    factories.seen(watched.child, by=watched.guardian, at=at + minutes(5))
    tick(at + minutes(5))
    ended(watched, at + minutes(20))
    tick(at + minutes(20))
    clock = contact_clock(watched)
    assert clock.due_at == datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    assert not Alert.objects.open().filter(child=watched.child).exists()


def test_the_adult_named_confirms_an_away_child_each_day_by_half_past_ten(watched: Watched) -> None:
    adult = "Sela Maddern"
    factories.away(watched.child, until=NOON + timedelta(days=4), with_whom=adult, by=watched.worker, at=NOON)
    first = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    assert contact_clock(watched).due_at == first
    strange = {"witness_user": None, "witness_role": "other", "organisation": ""}
    evening = first - timedelta(hours=2)
    factories.seen(watched.child, by=watched.carer, at=evening, witness="A neighbour", **strange)
    assert contact_clock(watched).due_at == first, "somebody who does not know the child proves nothing"
    factories.seen(watched.child, by=watched.carer, at=evening, witness=adult, **strange)
    assert contact_clock(watched).due_at == first + timedelta(days=1)
    silence = first + timedelta(days=1, minutes=30)
    tick(silence)
    assert Alert.objects.open().filter(child=watched.child).exists()
    factories.seen(watched.child, by=watched.carer, at=silence + minutes(5), witness=adult, **strange)
    tick(silence + minutes(5))
    assert not Alert.objects.open().filter(child=watched.child).exists()


def test_a_second_pair_of_eyes_climbs_beside_an_open_contact_alert_and_ends_by_itself(
    settled: Watched,
) -> None:
    at, one = IN_MAY, settled
    moment = at
    for _ in range(8):
        moment += timedelta(hours=9)
        factories.seen(one.child, by=one.carer, at=moment)
        moment += timedelta(hours=15)
    tick(moment)
    eyes = Alert.objects.get(child=one.child, clock__kind="second_eyes")
    assert eyes.climbed.filter(step="R1").exists()
    assert not Message.objects.filter(wording="police_alert").exists()
    deliver(moment)
    factories.seen(one.child, by=one.guardian, at=moment + minutes(5))
    tick(moment + minutes(5))
    eyes.refresh_from_db()
    assert eyes.status == "ended"
    nothing_is_broken(moment + minutes(5))


def test_the_duty_of_the_host_authority_hears_with_the_police_and_hears_the_end(watched: Watched) -> None:
    host = factories.an_authority()
    box = factories.an_authority_mailbox(host)
    Placement.objects.filter(child=watched.child).update(host_authority=host)
    episode = factories.missing(watched.child, by=watched.carer, at=NOON)
    theirs = Message.objects.filter(mailbox=box).order_by("created_at")
    for after in (0, 60, 60 * 9):
        tick(NOON + minutes(after))
    assert list(theirs.values_list("wording", flat=True)) == ["host_missing"]
    deliver(NOON + minutes(1))
    factories.ended(episode, at=NOON + minutes(60 * 10))
    tick(NOON + minutes(60 * 10 + 1))
    assert list(theirs.values_list("wording", flat=True)) == ["host_missing", "ending"]


def test_a_host_authority_is_nobody_to_ring_the_police(watched: Watched) -> None:
    """Where neither force nor duty can be told, it makes no difference that somebody else's desk can."""
    host = factories.an_authority()
    factories.an_authority_mailbox(host)
    Placement.objects.filter(child=watched.child).update(host_authority=host)
    factories.end_shift(watched.desk)
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="")
    Mailbox.objects.filter(Q(force=watched.force) | Q(team=watched.desk.team)).update(ends_at=AT)
    factories.missing(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, step="call_0").exists()
