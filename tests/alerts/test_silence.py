"""The two ladders on PostgreSQL, told as the story of one silent child."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alerts import clocks, duty_tasks, escalations, readings, sweep, watching
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageKind
from alerts.states import AlertStatus, MessageStatus
from cases import contacts, episodes
from cases.models import Child, Event, MissingEpisode
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

# A child who arrives on a Monday at 09:00 owes a proof at midday: the window closes at 13:30.
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def tick(now: datetime) -> None:
    sweep.sweep_all(now=now)


def told(watched: Watched, *, step: str | None = None) -> Counter[tuple[str, str]]:
    rows = Message.objects.filter(items__alert__child=watched.child)
    if step is not None:
        rows = rows.filter(items__step=step)
    return Counter(rows.distinct().values_list("wording", "recipient"))


def episode_of(watched: Watched) -> MissingEpisode:
    return MissingEpisode.objects.get(child=watched.child)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def at_duty(watched: Watched) -> None:
    """The home and duty have been told."""
    tick(CLOSES + minutes(30))


@pytest.fixture
def unconfirmed(watched: Watched) -> None:
    """Silence has opened an episode."""
    tick(CLOSES + minutes(60))


@pytest.fixture
def at_police(unconfirmed: None) -> None:
    """And the fail-safe has told the police."""
    tick(CLOSES + minutes(90))


@pytest.fixture
def back(at_police: None, watched: Watched) -> tuple[MissingEpisode, datetime]:
    """The carer has seen the child since."""
    back_at = CLOSES + minutes(95)
    factories.seen(watched.child, by=watched.carer, at=back_at)
    tick(back_at)
    return episode_of(watched), back_at


# When whoever looks for the child before any window closes does not find it.
LOOKED = CLOSES - minutes(100)


@pytest.fixture
def not_there(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=LOOKED)
    tick(LOOKED)


def steps(watched: Watched) -> list[str]:
    return list(
        AlertStep.objects.filter(alert__child=watched.child).order_by("pk").values_list("step", flat=True)
    )


def test_a_clock_is_kept_from_the_registration_on(watched: Watched) -> None:
    clock = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert clock.due_at == CLOSES
    assert clock.next_at == CLOSES + minutes(30)
    assert clock.rows[0] == "first_72_hours"


def test_nothing_happens_before_the_first_rung_is_owed(watched: Watched) -> None:
    tick(CLOSES + minutes(29))
    assert not Alert.objects.exists()
    assert not Message.objects.exists()


def test_silence_climbs_to_the_police_and_tells_each_rung_once(watched: Watched) -> None:
    for after in (0, 30, 35, 60, 90, 91, 105, 120, 150, 180, 210, 330, 335, 23 * 60):
        tick(CLOSES + minutes(after))
    assert steps(watched) == [
        "R0",
        "R1",
        "R2",
        "R3",
        "fail_safe",
        "call_0",
        "call_15",
        "call_30",
        "call_60",
        "R4",
        "call_120",
        "R5",
    ]
    for step in steps(watched):
        assert set(told(watched, step=step).values()) <= {1}, step
    # A post that a call step has told is not told again by its rung.
    assert AlertStep.objects.get(alert__child=watched.child, step="R5").met == AlertStep.Met.CALL_STEP
    assert told(watched, step="R5") == {}
    assert told(watched, step="R0") == {("home_no_record", f"text/phone:{watched.home.phone}"): 1}
    assert told(watched, step="R1") == {
        ("duty_no_record", f"text/phone:{watched.desk.shift.phone}"): 1,
        ("duty_no_record", f"mail/mailbox:{watched.desk.mailbox.pk}"): 1,
        ("told_no_record", f"mail/user:{watched.worker.pk}"): 1,
        ("told_no_record", f"mail/user:{watched.guardian.pk}"): 1,
    }
    assert told(watched, step="call_0")[("police_alert", f"mail/mailbox:{watched.control_room.pk}")] == 1
    assert told(watched, step="call_0")[("police_alert", f"mail/mailbox:{watched.coordinator.pk}")] == 1
    assert told(watched, step="call_30")[("police_reminder", f"mail/mailbox:{watched.control_room.pk}")] == 1


def test_a_late_sweep_owes_what_a_punctual_one_owed_and_says_how_late(watched: Watched) -> None:
    tick(CLOSES + timedelta(hours=2))
    tick(CLOSES + timedelta(hours=2))
    late = {s.step: s.climbed_at - s.owed_at for s in AlertStep.objects.filter(alert__child=watched.child)}
    assert late["R0"] == minutes(90)
    assert late["fail_safe"] == minutes(30)
    assert late["call_0"] == minutes(30)
    assert late["call_30"] == minutes(0)
    assert steps(watched)[:5] == ["R0", "R1", "R2", "R3", "fail_safe"]


def test_a_repeated_sweep_does_nothing(watched: Watched) -> None:
    tick(CLOSES + minutes(61))
    before = Message.objects.count(), Event.objects.count(), AlertStep.objects.count()
    tick(CLOSES + minutes(61))
    assert (Message.objects.count(), Event.objects.count(), AlertStep.objects.count()) == before


@pytest.mark.usefixtures("unconfirmed")
def test_proof_before_the_police_are_owed_word_ends_all_and_counts_as_recorded_late(watched: Watched) -> None:
    assert episode_of(watched).status == EpisodeStatus.NOT_CONFIRMED
    Message.objects.update(status=MessageStatus.SENT, sent_at=CLOSES + minutes(61))
    factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(62))
    tick(CLOSES + minutes(62))
    episode = episode_of(watched)
    assert (episode.status, episode.outcome) == (EpisodeStatus.ENDED, EpisodeOutcome.RECORDING_LATE)
    assert Alert.objects.get(clock__kind="contact").status == AlertStatus.ENDED
    endings = Counter(Message.objects.filter(kind=MessageKind.ENDING).values_list("recipient", flat=True))
    assert set(endings) == set(
        Message.objects.exclude(kind=MessageKind.ENDING).values_list("recipient", flat=True)
    )
    assert set(endings.values()) == {1}
    assert not DutyTask.objects.open().exists()
    assert not MissingEpisode.objects.counted().exists()


@pytest.mark.usefixtures("at_duty")
def test_who_was_not_told_yet_hears_no_ending(watched: Watched) -> None:
    factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(31))
    tick(CLOSES + minutes(31))
    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.CANCELLED}


@pytest.mark.usefixtures("at_duty")
def test_a_proof_written_late_that_happened_in_the_window_meets_it(watched: Watched) -> None:
    factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(40), happened_at=CLOSES - minutes(10))
    tick(CLOSES + minutes(40))
    assert not Alert.objects.open().exists()


@pytest.mark.usefixtures("at_duty")
def test_a_withdrawn_proof_opens_the_same_deadline_once_more_marked_late(watched: Watched) -> None:
    contact = factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(31))
    tick(CLOSES + minutes(31))
    contacts.withdraw(contact, reason="It was his brother", by=watched.worker, at=CLOSES + minutes(45))
    tick(CLOSES + minutes(45))
    alert = Alert.objects.open().get(clock__kind="contact")
    assert (alert.due_at, alert.round) == (CLOSES, 2)
    assert list(alert.climbed.values_list("step", flat=True)) == ["R0", "R1"]


@pytest.mark.usefixtures("at_police")
def test_after_the_fail_safe_proof_is_only_reported_and_the_search_goes_on(watched: Watched) -> None:
    factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(95))
    tick(CLOSES + minutes(96))
    episode = episode_of(watched)
    assert episode.status == EpisodeStatus.NOT_CONFIRMED
    assert episode.reported_seen_at == CLOSES + minutes(95)
    assert told(watched, step="R1")[("duty_reported_seen", f"text/phone:{watched.desk.shift.phone}")] == 1
    tick(CLOSES + minutes(105))
    assert "call_15" in steps(watched)


@pytest.mark.usefixtures("at_police")
def test_reported_seen_holds_r4_and_r5_for_two_hours_once(watched: Watched) -> None:
    factories.seen(watched.child, by=watched.carer, at=CLOSES + minutes(170))
    tick(CLOSES + minutes(181))
    assert "R4" not in steps(watched)
    tick(CLOSES + minutes(170 + 121))
    assert "R4" in steps(watched)


def waits(watched: Watched) -> set[str]:
    """Whom a return that nobody ends has reached."""
    return set(Message.objects.filter(wording="return_waits").values_list("post", flat=True))


def test_a_return_that_nobody_ends_climbs_while_no_roll_call_is_owed(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    _episode, back_at = back
    tick(back_at + minutes(4 * 60 - 1))
    assert waits(watched) == set()
    tick(back_at + minutes(4 * 60))
    assert waits(watched) == {"manager", "second"}
    tick(back_at + minutes(24 * 60))
    assert waits(watched) == {"manager", "second", "head"}
    tick(back_at + minutes(72 * 60))
    assert waits(watched) == {"manager", "second", "head", "director"}
    assert Clock.objects.get(child=watched.child, kind="contact").next_at is None, "nobody else asks"


def test_a_task_taken_and_the_first_part_recorded_put_no_return_to_rest(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    episode, back_at = back
    escalations.confirm_with_child(
        episode, how="saw", adult="Moira Reid", by=watched.desk.person, at=back_at + minutes(30)
    )
    tick(back_at + minutes(4 * 60))
    assert waits(watched) == {"manager", "second"}


def test_a_return_that_was_ended_or_not_true_climbs_no_more(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    _episode, back_at = back
    factories.not_here(watched.child, by=watched.carer, at=back_at + minutes(60))
    tick(back_at + minutes(4 * 60))
    assert waits(watched) == set()


def test_a_return_that_duty_confirms_after_a_look_that_found_nobody_climbs_too(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    _episode, back_at = back
    factories.not_here(watched.child, by=watched.carer, at=back_at + minutes(60))
    tick(back_at + minutes(60))
    again_at = back_at + minutes(120)
    escalations.confirm_with_child(
        episode_of(watched), how="saw", adult="Moira Reid", by=watched.desk.person, at=again_at
    )
    tick(again_at + minutes(4 * 60 - 1))
    assert waits(watched) == set()
    tick(again_at + minutes(4 * 60))
    assert waits(watched) == {"manager", "second"}


def test_a_child_reported_missing_anew_is_not_said_to_be_back(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    episode, back_at = back
    other = factories.seen(watched.child, by=watched.worker, at=back_at + minutes(10))
    escalations.confirm_with_child(
        episode, how="saw", adult="Moira Reid", by=watched.desk.person, at=back_at + minutes(30)
    )
    gone_at = back_at + minutes(120)
    factories.missing(watched.child, by=watched.carer, at=gone_at)
    assert episode_of(watched).back_since is None
    # A sweep after days owes all that those before it would have owed.
    tick(gone_at + minutes(72 * 60))
    assert waits(watched) == set()
    # Nor once another word has been withdrawn, and those that stand are read again.
    contacts.withdraw(other, reason="Another boy", by=watched.worker, at=gone_at + minutes(73 * 60))
    assert episode_of(watched).back_since is None


def test_a_child_who_was_only_reported_seen_and_is_reported_missing_again_is_looked_for(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    episode, back_at = back
    police_owed_at, gone_at = episode.police_owed_at, back_at + minutes(60)
    factories.missing(watched.child, by=watched.carer, at=gone_at)
    found = episode_of(watched)
    assert (found.back_since, found.police_owed_at) == (None, police_owed_at)
    back_at = gone_at + minutes(30)
    factories.seen(watched.child, by=watched.carer, at=back_at)
    told = {"by": watched.worker, "at": back_at + minutes(10)}
    factories.missing(watched.child, last_seen_at=back_at - minutes(20), **told)
    assert episode_of(watched).back_since == back_at, "who saw the child before that knows of no return"
    factories.missing(watched.child, last_seen_at=back_at + minutes(5), **told)
    assert episode_of(watched).back_since is None
    tick(back_at + minutes(5 * 60))
    assert waits(watched) == set()


def test_a_sighting_from_before_the_search_began_anew_is_no_return_however_late_it_is_written(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    episode, back_at = back
    escalations.confirm_with_child(
        episode, how="saw", adult="Moira Reid", by=watched.desk.person, at=back_at + minutes(30)
    )
    gone_at = back_at + minutes(120)
    factories.missing(watched.child, by=watched.carer, at=gone_at)
    late = gone_at + minutes(60)
    factories.seen(watched.child, by=watched.worker, at=late, happened_at=gone_at - minutes(10))
    assert episode_of(watched).back_since is None
    factories.seen(watched.child, by=watched.worker, at=late, happened_at=gone_at + minutes(10))
    assert episode_of(watched).back_since == late


def test_who_was_seen_after_the_child_left_and_before_that_was_reported_saw_a_child_who_is_missing(
    watched: Watched, back: tuple[MissingEpisode, datetime]
) -> None:
    episode, back_at = back
    escalations.confirm_with_child(
        episode, how="saw", adult="Moira Reid", by=watched.desk.person, at=back_at + minutes(30)
    )
    left_at, told_at = back_at + minutes(120), back_at + minutes(240)
    factories.missing(watched.child, by=watched.carer, at=told_at, last_seen_at=left_at)
    late = told_at + minutes(10)
    factories.seen(watched.child, by=watched.worker, at=late, happened_at=left_at)
    assert episode_of(watched).back_since is None, "last seen is not seen since"
    factories.seen(watched.child, by=watched.worker, at=late, happened_at=told_at - minutes(10))
    assert episode_of(watched).back_since == late


@pytest.mark.usefixtures("at_police")
def test_duty_with_the_child_before_anybody_said_so_is_a_return_that_climbs_and_a_later_word_puts_nothing_off(
    watched: Watched,
) -> None:
    """Nor does it tell anybody anew."""
    found_at = CLOSES + minutes(95)
    escalations.confirm_with_child(
        episode_of(watched), how="saw", adult="Moira Reid", by=watched.desk.person, at=found_at
    )
    tick(found_at + minutes(4 * 60))
    assert not Message.objects.filter(wording="duty_reported_seen").exists()
    assert waits(watched) == {"manager", "second"}
    told_before = Message.objects.filter(wording="return_waits").count()
    factories.seen(watched.child, by=watched.carer, at=found_at + minutes(23 * 60))
    tick(found_at + minutes(23 * 60))
    assert not Message.objects.filter(wording="duty_reported_seen").exists()
    assert Message.objects.filter(wording="return_waits").count() == told_before
    tick(found_at + minutes(24 * 60))
    assert waits(watched) == {"manager", "second", "head"}


@pytest.mark.usefixtures("unconfirmed")
def test_i_am_on_this_holds_the_fail_safe_for_half_an_hour_once(watched: Watched) -> None:
    alert = Alert.objects.get(clock__kind="contact")
    escalations.on_it(alert, by=watched.desk.person, at=CLOSES + minutes(80))
    with pytest.raises(IllegalMove):
        escalations.on_it(alert, by=watched.desk.person, at=CLOSES + minutes(85))
    tick(CLOSES + minutes(109))
    assert episode_of(watched).police_owed_at is None
    tick(CLOSES + minutes(110))
    assert episode_of(watched).police_owed_at == CLOSES + minutes(110)


@pytest.mark.usefixtures("not_there")
def test_not_here_tells_duty_manager_and_police_at_once(watched: Watched) -> None:
    at = LOOKED
    assert {"R1", "R2", "call_0"} <= set(steps(watched))
    assert "R0" not in steps(watched)
    assert told(watched, step="call_0")[("police_alert", f"mail/mailbox:{watched.control_room.pk}")] == 1
    episode = episode_of(watched)
    assert (episode.status, episode.police_owed_at) == (EpisodeStatus.MISSING, at)
    assert episode.forces.get().force == watched.force


@pytest.mark.usefixtures("not_there")
def test_while_an_episode_is_open_no_window_is_owed() -> None:
    for hours in (6, 23):
        tick(LOOKED + timedelta(hours=hours))
    assert Alert.objects.filter(clock__kind="contact").count() == 1
    assert {"R1", "R2", "R4", "R5"} >= set(
        AlertStep.objects.filter(alert__clock__kind="contact").values_list("step", flat=True)
    )


@pytest.mark.usefixtures("not_there")
def test_verification_stops_the_call_steps_and_is_asked_for_again(watched: Watched) -> None:
    at = LOOKED
    escalations.verify(
        episode_of(watched),
        force=watched.force,
        officer="PC Ashdene",
        incident_reference="118",
        by=watched.desk.person,
        at=at + minutes(10),
    )
    assert not DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_POLICE).exists()
    tick(at + timedelta(hours=7))
    assert {s for s in steps(watched) if s.startswith("call")} == {"call_0"}
    tick(at + minutes(10) + timedelta(hours=8))
    assert "ask:1" in steps(watched)
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.ASK_AGAIN).exists()
    tick(at + minutes(40) + timedelta(hours=8))
    assert "call_15" in steps(watched)


@pytest.mark.usefixtures("not_there")
def test_the_ending_reaches_everybody_who_was_told_once(watched: Watched) -> None:
    at = LOOKED
    Message.objects.update(status=MessageStatus.SENT, sent_at=at)
    factories.seen(watched.child, by=watched.carer, at=at + minutes(20))
    tick(at + minutes(10))
    Message.objects.exclude(status=MessageStatus.SENT).update(
        status=MessageStatus.SENT, sent_at=at + minutes(20)
    )
    episode = episode_of(watched)
    duty, manager = watched.desk.person, watched.manager
    with pytest.raises(IllegalMove):
        episodes.end(episode, outcome="returned", by=duty, at=at + minutes(30))
    episodes.confirm_with_child(episode, how="saw", by=duty, at=at + minutes(31))
    episodes.record_police_closing(
        episode, officer="PC Ashdene", closed_at=at + minutes(32), by=manager, at=at + minutes(33)
    )
    episodes.end(episode, outcome="returned", by=duty, at=at + minutes(34))
    tick(at + minutes(34))
    assert not Alert.objects.open().filter(child=watched.child).exclude(clock__kind="contact").exists()
    endings = Counter(Message.objects.filter(kind=MessageKind.ENDING).values_list("recipient", flat=True))
    others = set(Message.objects.exclude(kind=MessageKind.ENDING).values_list("recipient", flat=True))
    assert set(endings) == others
    assert set(endings.values()) == {1}
    assert not DutyTask.objects.open().exists()
    clock = Clock.objects.get(child=watched.child, kind="contact")
    assert clock.due_at is not None
    assert clock.due_at > at + minutes(34)


def _placed_with(first: Watched) -> Child:
    child = factories.a_child(first.authority, team=first.team, worker=first.worker)
    factories.placed(child, first.home)
    factories.guarded(child, first.guardian)
    return child


def test_a_whole_silent_house_is_one_task_and_one_message_for_each_recipient() -> None:
    first = factories.a_watched_child()
    others = [_placed_with(first) for _ in range(2)]
    tick(CLOSES + minutes(30))
    assert DutyTask.objects.filter(kind=DutyTask.Kind.RING_HOME).count() == 1
    assert DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME).items.count() == 3
    assert Message.objects.filter(wording="home_no_record").count() == 1
    assert Message.objects.get(wording="home_no_record").items.count() == 3
    assert Message.objects.filter(wording="duty_no_record").count() == 2
    factories.seen(others[0], by=first.carer, at=CLOSES + minutes(31))
    tick(CLOSES + minutes(31))
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME).count() == 1


@pytest.mark.usefixtures("at_duty")
def test_an_untaken_task_rings_the_second_person_once(watched: Watched) -> None:
    tick(CLOSES + minutes(45))
    tick(CLOSES + minutes(46))
    second = Message.objects.filter(wording="second_person")
    assert [m.phone for m in second] == [watched.desk.shift.second_phone]


@pytest.mark.usefixtures("at_duty")
def test_a_taken_task_rings_nobody_else(watched: Watched) -> None:
    duty_tasks.take(DutyTask.objects.get(), by=watched.desk.person, at=CLOSES + minutes(40))
    tick(CLOSES + minutes(45))
    assert not Message.objects.filter(wording="second_person").exists()


@pytest.mark.usefixtures("at_duty")
def test_could_not_reach_is_kept_and_ends_nothing(watched: Watched) -> None:
    duty_tasks.could_not_reach(DutyTask.objects.get(), by=watched.desk.person, at=CLOSES + minutes(40))
    tick(CLOSES + minutes(60))
    assert "R2" in steps(watched)


def test_a_rung_emptied_by_the_keep_from_list_climbs_at_once(watched: Watched) -> None:
    from cases import concerns

    concerns.keep_from(
        watched.child, watched.manager, reason="Named by the child", by=watched.director, at=factories.AT
    )
    tick(CLOSES + minutes(60))
    step = AlertStep.objects.get(step="R2")
    assert told(watched, step="R2") == {
        ("manager_no_record", f"text/phone:{watched.desk.shift.second_phone}"): 1
    }
    assert step.met == AlertStep.Met.MESSAGES


def test_nobody_on_the_desk_climbs_to_the_manager_at_once(watched: Watched) -> None:
    watched.desk.mailbox.ends_at = CLOSES
    watched.desk.mailbox.save(update_fields=["ends_at"])
    watched.desk.shift.ends_at = CLOSES
    watched.desk.shift.save(update_fields=["ends_at"])
    watched.desk.team.phone = ""
    watched.desk.team.save()
    tick(CLOSES + minutes(30))
    assert AlertStep.objects.get(step="R1").met == AlertStep.Met.NOBODY
    assert ("manager_no_record", f"mail/user:{watched.manager.pk}") in told(watched)


def test_away_without_authorisation_tells_duty_at_once_and_no_police_until_it_becomes_missing(
    watched: Watched,
) -> None:
    at = CLOSES - minutes(60)
    episode = episodes.report_away(
        watched.child,
        whereabouts="With a cousin in Ellwick",
        reason="Left after lunch",
        by=watched.carer,
        at=at,
    )
    tick(at)
    assert told(watched)[("duty_away", f"text/phone:{watched.desk.shift.phone}")] == 1
    assert not Message.objects.filter(wording="police_alert").exists()
    clock = Clock.objects.get(child=watched.child, kind="contact")
    assert clock.due_at == datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    episodes.become_missing(episode, reason="Not there any more", by=watched.carer, at=at + minutes(30))
    tick(at + minutes(30))
    assert Message.objects.filter(wording="police_alert").count() == 2


def test_one_record_that_fails_does_not_stop_the_others(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child()
    pure = readings.pure_facts

    def fail_for_one(one: watching.Watched) -> object:
        if one.child.child.pk == watched.child.pk:
            raise ValueError("a broken record")
        return pure(one)

    monkeypatch.setattr(readings, "pure_facts", fail_for_one)
    tick(CLOSES + minutes(30))
    assert steps(other) == ["R0", "R1"]
    clock = Clock.objects.get(child=watched.child, kind="contact")
    assert clock.set_aside_until is not None
    assert "a broken record" in clock.fault
    monkeypatch.undo()
    tick(CLOSES + minutes(31))
    assert steps(watched) == ["R0", "R1"]


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Which clocks could not be read, where a test wants the product to go on."""
    found: list[set[str]] = []
    monkeypatch.setattr(readings, "report", lambda one, kinds, error: found.append(set(kinds)))
    return found


def fails(*words: object, **named: object) -> Iterator[object]:
    raise ValueError("a broken record")


def test_a_paper_that_nobody_can_read_silences_no_other_clock_of_the_child(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching.paper_dues, "of", fails)
    Clock.objects.create(child=watched.child, kind="paperwork", duty="visit", next_at=CLOSES)
    tick(CLOSES + minutes(30))
    assert steps(watched) == ["R0", "R1"]
    tick(CLOSES + minutes(90))
    assert {"R3", "R3_fail_safe"} & set(steps(watched))
    aside = Clock.objects.exclude(set_aside_until=None).values_list("kind", flat=True)
    assert set(aside) == {"paperwork"}


def test_what_cannot_be_read_about_a_child_stops_neither_roll_call_nor_police(
    unread: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each child of a house another part cannot be read; its ladders come to what those of the first come to."""
    first = factories.a_watched_child()
    broken = {
        _placed_with(first).pk: part
        for part in ("transfer", "no_worker", "review", "guardian", "glass", "approach")
    }

    def of(kinds: frozenset[str], read: Callable[..., object]) -> Callable[..., object]:
        return lambda one: fails() if broken.get(one.child.child.pk) in kinds else read(one)

    monkeypatch.setattr(
        readings, "_PARTS", tuple((kinds, of(kinds, read)) for kinds, read in readings._PARTS)
    )
    # From the roll call to the call of the police.
    for after in (30, 60, 90, 91, 120):
        tick(CLOSES + minutes(after))
    whole = climbed(first.child)
    assert {"R1", "fail_safe", "call_0"} <= {step for _kind, step in whole}
    for pk, part in broken.items():
        assert climbed(Child.objects.get(pk=pk)) == whole, part
    assert {part for kinds in unread for part in kinds} >= set(broken.values())
    assert all(not kinds.isdisjoint(broken.values()) for kinds in unread)


def climbed(child: Child) -> list[tuple[str, str]]:
    rows = AlertStep.objects.filter(alert__child=child).order_by("alert__clock__kind", "pk")
    return list(rows.values_list("alert__clock__kind", "step"))


def test_whoever_says_that_a_child_is_not_here_is_heard_though_another_fact_cannot_be_read(
    watched: Watched, unread: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        readings, "_PARTS", tuple((k, fails if "transfer" in k else read) for k, read in readings._PARTS)
    )
    factories.not_here(watched.child, by=watched.carer, at=CLOSES)
    assert unread
    contact = Clock.objects.get(child=watched.child, kind="contact")
    assert (contact.faults, contact.fault) == (1, "not read: transfer")
    assert contact.next_at == CLOSES + minutes(1)
    tick(CLOSES)
    assert Alert.objects.filter(clock__kind__in=("not_here", "call"), child=watched.child).count() == 2
    monkeypatch.undo()
    clocks.recompute([watched.child.pk], at=CLOSES)
    contact.refresh_from_db()
    assert contact.faults == 0


def test_what_opens_a_search_is_refused_where_its_own_ladder_cannot_be_read(
    watched: Watched, unread: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tuple((kinds, fails if "call" in kinds else read) for kinds, read in readings._PARTS)
    monkeypatch.setattr(readings, "_PARTS", broken)
    with pytest.raises(ValueError, match="a broken record"):
        factories.not_here(watched.child, by=watched.carer, at=CLOSES)
    assert not MissingEpisode.objects.exists()


def test_where_others_hold_the_first_children_the_next_are_looked_at(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child()
    held = min(watched.child.pk, other.child.pk)
    free = sweep._lock
    monkeypatch.setattr(sweep, "_lock", lambda ids: [pk for pk in free(ids) if pk != held])
    swept = sweep.sweep(now=CLOSES + minutes(30), batch=1)
    assert (swept.clocks, swept.more) == (1, True)
    assert steps(other if held == watched.child.pk else watched) == ["R0", "R1"]


@pytest.mark.usefixtures("unconfirmed")
def test_the_engine_writes_one_event_for_each_step_and_rings_no_bell(watched: Watched) -> None:
    climbed = Event.objects.filter(child=watched.child, kind="climbed")
    assert [event.data["step"] for event in climbed] == ["R0", "R1", "R2", "R3"]
    assert {event.actor_label for event in climbed} == {"Rollcall"}


@pytest.mark.usefixtures("at_duty")
def test_once_a_child_is_confirmed_missing_nobody_is_rung_about_the_home_any_more(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=CLOSES + minutes(35))
    tick(CLOSES + minutes(35))
    assert not DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME).exists()
    tick(CLOSES + minutes(46))
    assert not Message.objects.filter(wording="second_person", home=watched.home).exists()


@pytest.mark.usefixtures("at_police")
def test_a_fail_safe_alone_leaves_the_home_to_be_rung() -> None:
    tick(CLOSES + minutes(91))
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME).exists()


def test_a_home_with_another_silent_child_is_still_rung(watched: Watched) -> None:
    other = _placed_with(watched)
    tick(CLOSES + minutes(30))
    factories.not_here(watched.child, by=watched.carer, at=CLOSES + minutes(35))
    tick(CLOSES + minutes(35))
    task = DutyTask.objects.open().get(kind=DutyTask.Kind.RING_HOME)
    assert other.pk in task.items.values_list("alert__child", flat=True)


def test_a_question_about_other_works_that_fails_keeps_no_clock_from_being_swept(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> tuple[str, tuple[object, ...]]:
        raise RuntimeError("a question nobody can answer")

    monkeypatch.setattr(sweep, "_look", broken)
    tick(CLOSES + minutes(30))
    assert steps(watched) == ["R0", "R1"]
