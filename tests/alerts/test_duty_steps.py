"""The duty steps of an open episode: planned when the police are told, climbing by themselves, closed by an answer."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts import duty_steps, escalations, policies, sweep
from alerts.duties import Duty
from alerts.models import Alert, AlertStep, Clock, DutyStep, Message, MessageKind, PolicyVersion
from cases import concerns
from cases.models import Child, MissingEpisode
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_watched_child, decided, ended, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# Long enough in care that no closer watch of the first days applies.
GONE = AT + timedelta(days=50)


@pytest.fixture(autouse=True)
def _in_force():
    """The steps were asked for long before these episodes."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(birth_date=datetime(2009, 1, 15).date())


@pytest.fixture
def episode(watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return episode


def steps(episode: MissingEpisode) -> dict[str, DutyStep]:
    return {step.kind: step for step in DutyStep.objects.filter(episode=episode)}


def told(*, step: str = "") -> list[tuple[str, str]]:
    """Step and post of every message about a duty step."""
    rows = Message.objects.filter(wording="duty_step").exclude(kind=MessageKind.ENDING)
    if step:
        rows = rows.filter(step=step)
    return sorted(set(rows.values_list("step", "post")))


def verify(episode: MissingEpisode, watched: Watched, *, at: datetime, grade: str = "medium") -> None:
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 1234 Shah",
        incident_reference="1234",
        grade=grade,
        by=watched.desk.person,
        at=at,
    )


@pytest.mark.by_turns
def test_the_steps_are_planned_when_the_police_are_told(episode):
    found = steps(episode)
    assert set(found) == {
        Duty.KEEP_EVIDENCE,
        Duty.PUBLICITY,
        Duty.POLICE_REFERENCE,
        Duty.STRATEGY,
        Duty.BRIEFING,
        Duty.MISSING_PEOPLE,
        Duty.UKMPU,
        Duty.NRM_CONSIDERED,
        Duty.DIRECTOR_BRIEFING,
    }
    assert found[Duty.PUBLICITY].due_at == GONE + HOUR
    assert found[Duty.PUBLICITY].policy_version == 1
    assert told() == []


@pytest.mark.by_turns
def test_nobody_is_told_before_a_step_is_due_and_the_manager_when_it_is(episode):
    sweep.sweep_all(now=GONE + HOUR - MINUTE)
    assert told() == []
    sweep.sweep_all(now=GONE + HOUR)
    assert told() == [("R2", "manager")]


@pytest.mark.by_turns
def test_an_answer_in_time_tells_nobody(episode, watched):
    with events(watched.child, "duty_step_answered"):
        duty_steps.answer(
            steps(episode)[Duty.STRATEGY],
            answer="done",
            note="Held with PC Shah at 9pm",
            by=watched.desk.person,
            at=GONE + 30 * MINUTE,
        )
    sweep.sweep_all(now=GONE + 24 * HOUR)
    assert not AlertStep.objects.filter(alert__clock__duty=Duty.STRATEGY).exists()


@pytest.mark.by_turns
def test_an_answer_after_it_climbed_ends_its_alert_in_silence(episode, watched):
    sweep.sweep_all(now=GONE + HOUR)
    for kind in ("publicity", "rescue_alert"):
        decided(episode, kind, "asked", by=watched.manager, at=GONE + 2 * HOUR)
    sweep.sweep_all(now=GONE + 2 * HOUR)
    alert = Alert.objects.get(clock__kind=Clock.Kind.DUTY, clock__duty=Duty.PUBLICITY)
    assert alert.ended_at == GONE + 2 * HOUR
    assert not Message.objects.filter(kind=MessageKind.ENDING).exists()


@pytest.mark.by_turns
def test_the_reference_and_the_grade_of_the_police_answer_their_step_and_nothing_less_does(episode, watched):
    verify(episode, watched, at=GONE + HOUR, grade="")
    assert steps(episode)[Duty.POLICE_REFERENCE].done_at is None
    verify(episode, watched, at=GONE + 2 * HOUR, grade="medium")
    step = steps(episode)[Duty.POLICE_REFERENCE]
    assert (step.done_at, step.done_by) == (GONE + 2 * HOUR, None)
    sweep.sweep_all(now=GONE + 9 * HOUR)
    assert not AlertStep.objects.filter(
        alert__clock__duty=Duty.POLICE_REFERENCE, alert__clock__kind=Clock.Kind.DUTY
    ).exists()


@pytest.mark.by_turns
def test_without_a_reference_the_manager_hears_after_four_hours_and_the_head_after_eight(episode):
    sweep.sweep_all(now=GONE + 4 * HOUR)
    of_reference = AlertStep.objects.filter(alert__clock__duty=Duty.POLICE_REFERENCE)
    assert [row.step for row in of_reference] == ["R2"]
    sweep.sweep_all(now=GONE + 8 * HOUR)
    assert [row.step for row in of_reference.all()] == ["R2", "R4"]
    assert ("R4", "head") in told()


@pytest.mark.by_turns
def test_a_verified_officer_stops_no_duty_step(episode, watched):
    verify(episode, watched, at=GONE)
    sweep.sweep_all(now=GONE + HOUR)
    assert told() == [("R2", "manager")]


@pytest.mark.by_turns
def test_the_steps_of_one_instant_are_one_message_to_each_recipient(episode, watched):
    verify(episode, watched, at=GONE)
    sweep.sweep_all(now=GONE + 24 * HOUR)
    mails = Message.objects.filter(wording="duty_step", step="R4", channel="mail", user=watched.head)
    assert mails.count() == 1
    assert mails.get().items.count() == 3


def of_evidence(episode: MissingEpisode) -> list[str]:
    rows = AlertStep.objects.filter(alert__clock__episode=episode, alert__clock__duty=Duty.KEEP_EVIDENCE)
    return [row.step for row in rows.order_by("pk")]


@pytest.mark.by_turns
def test_that_nobody_said_what_is_kept_is_heard_in_the_mails_of_its_hour_and_of_the_briefing(
    episode, watched
):
    sweep.sweep_all(now=GONE + HOUR)
    mail = Message.objects.get(wording="duty_step", channel="mail", user=watched.manager)
    heard = mail.items.values_list("alert__clock__duty", flat=True)
    assert set(heard) == {Duty.KEEP_EVIDENCE, Duty.PUBLICITY}
    verify(episode, watched, at=GONE + 2 * HOUR)
    sweep.sweep_all(now=GONE + 24 * HOUR)
    assert of_evidence(episode) == ["R2", "R4"], "an officer who has it keeps no room"


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["recorded", "found"])
def test_that_nothing_is_kept_climbs_no_further_once_it_is_recorded_or_the_search_has_ended(
    episode, watched, how
):
    sweep.sweep_all(now=GONE + HOUR)
    if how == "recorded":
        said = {"answer": "done", "note": "Room locked, door log copied, phone rings"}
        kept = steps(episode)[Duty.KEEP_EVIDENCE]
        duty_steps.answer(kept, **said, by=watched.desk.person, at=GONE + 2 * HOUR)
    else:
        ended(episode, at=GONE + 2 * HOUR)
    sweep.sweep_all(now=GONE + 48 * HOUR)
    assert of_evidence(episode) == ["R2"]
    assert not Alert.objects.open().filter(clock__duty=Duty.KEEP_EVIDENCE).exists()


@pytest.mark.by_turns
def test_a_late_sweep_tells_every_rung_once_and_no_more_than_a_punctual_one(episode):
    sweep.sweep_all(now=GONE + 80 * HOUR)
    climbed = AlertStep.objects.filter(alert__clock__kind=Clock.Kind.DUTY)
    late = sorted((row.alert.clock.duty, row.step) for row in climbed.select_related("alert__clock"))
    assert len(late) == len(set(late))
    assert (Duty.DIRECTOR_BRIEFING, "R5") in late
    sweep.sweep_all(now=GONE + 81 * HOUR)
    assert climbed.count() == len(late)


@pytest.mark.by_turns
def test_the_end_of_the_episode_ends_every_step(episode, watched):
    sweep.sweep_all(now=GONE + HOUR)
    ended(episode, at=GONE + 2 * HOUR)
    sweep.sweep_all(now=GONE + 2 * HOUR)
    before = told()
    sweep.sweep_all(now=GONE + 100 * HOUR)
    assert told() == before
    assert not Alert.objects.open().filter(clock__kind=Clock.Kind.DUTY).exists()
    with refused(watched.child, "This episode has ended."):
        duty_steps.answer(
            steps(episode)[Duty.STRATEGY], answer="done", note="Held", by=watched.manager, at=GONE + 3 * HOUR
        )


@pytest.mark.by_turns
def test_a_new_concern_asks_for_a_strategy_discussion_by_phone(episode, watched):
    concerns.mark(watched.child, reason="Collected by somebody", by=watched.worker, at=GONE + HOUR)
    assert steps(episode)[Duty.STRATEGY_BY_PHONE].due_at == GONE + 4 * HOUR


@pytest.mark.by_turns
def test_a_concern_that_comes_weeks_into_a_search_asks_from_then_on(episode, watched):
    marked = GONE + timedelta(days=20)
    concerns.mark(watched.child, reason="Collected by somebody", by=watched.worker, at=marked)
    assert steps(episode)[Duty.STRATEGY_BY_PHONE].due_at == marked + 4 * HOUR
    assert phone_alerts(marked + 4 * HOUR - MINUTE) == 0, "nobody is late for what nobody asked for"
    assert phone_alerts(marked + 4 * HOUR) == 1


def phone_alerts(at: datetime) -> int:
    sweep.sweep_all(now=at)
    return Alert.objects.open().filter(clock__duty=Duty.STRATEGY_BY_PHONE).count()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("born", "precision", "young"),
    [
        (date(2010, 7, 15), "year", True),
        (date(2010, 7, 15), "estimated", True),
        (date(2010, 4, 15), "month", True),
        (date(2010, 4, 15), "day", False),
        (date(2010, 3, 15), "month", False),
        (date(2009, 7, 15), "year", False),
        (date(2009, 7, 15), "estimated", False),
    ],
)
def test_who_may_be_under_16_counts_as_young(watched, born, precision, young):
    # In a search that begins on 21 April 2026.
    changed = {"birth_date": born, "birth_date_precision": precision}
    Child.objects.filter(pk=watched.child.pk).update(**changed)
    watched.child.refresh_from_db()
    assert duty_steps.is_watched_closely(watched.child, GONE, GONE) == young


@pytest.mark.by_turns
def test_a_child_of_unknown_age_counts_as_young(watched):
    Child.objects.filter(pk=watched.child.pk).update(birth_date=None)
    watched.child.refresh_from_db()
    unknown = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert steps(unknown)[Duty.STRATEGY_BY_PHONE].due_at == GONE + 4 * HOUR


@pytest.mark.by_turns
def test_a_high_grade_of_the_police_brings_the_reference_nearer_and_nothing_puts_it_off(episode, watched):
    MissingEpisode.objects.filter(pk=episode.pk).update(our_grade="high")
    duty_steps.follow_facts([MissingEpisode.objects.get(pk=episode.pk)], at=GONE + MINUTE)
    assert steps(episode)[Duty.POLICE_REFERENCE].due_at == GONE + HOUR
    MissingEpisode.objects.filter(pk=episode.pk).update(our_grade="low")
    duty_steps.follow_facts([MissingEpisode.objects.get(pk=episode.pk)], at=GONE + MINUTE)
    assert steps(episode)[Duty.POLICE_REFERENCE].due_at == GONE + HOUR


@pytest.mark.by_turns
def test_an_episode_from_before_the_policy_has_no_steps(watched):
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=GONE + HOUR)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE + 2 * HOUR)
    assert steps(episode) == {}


@pytest.mark.by_turns
def test_the_home_office_step_is_answered_by_a_person_or_not_at_all(episode, watched):
    verify(episode, watched, at=GONE)
    step = steps(episode)[Duty.HOME_OFFICE]
    assert (step.due_at - GONE) > 24 * HOUR
    with pytest.raises(IntegrityError, match="duty_step_home_office_is_decided"), transaction.atomic():
        DutyStep.objects.filter(pk=step.pk).update(done_at=GONE, answer="done", note="By itself")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("answer", "note", "words"),
    [
        ("", "Asked", "Select what came of it."),
        ("done", " ", "Enter who did it and when, or why not."),
    ],
)
def test_an_answer_says_what_and_why(answer, note, words, episode, watched):
    with refused(watched.child, words):
        duty_steps.answer(
            steps(episode)[Duty.STRATEGY], answer=answer, note=note, by=watched.manager, at=GONE + HOUR
        )


@pytest.mark.by_turns(8)
def test_a_step_is_answered_once_and_the_reference_by_its_facts_alone(episode, watched):
    given = {"answer": "done", "note": "Held with PC Shah", "by": watched.manager, "at": GONE + HOUR}
    duty_steps.answer(steps(episode)[Duty.STRATEGY], **given)
    with refused(watched.child, "This step is answered already."):
        duty_steps.answer(steps(episode)[Duty.STRATEGY], **{**given, "by": watched.worker})
    words = "Record the police reference and the grade the police gave: that answers it."
    with refused(watched.child, words):
        duty_steps.answer(steps(episode)[Duty.POLICE_REFERENCE], **given)


@pytest.mark.by_turns(8)
def test_a_fault_in_planning_keeps_nobody_from_telling_the_police(watched, monkeypatch):
    def fails(*args, **kwargs):
        raise ValueError("no plan")

    episode = missing(watched.child, by=watched.worker, at=GONE)
    monkeypatch.setattr(duty_steps, "follow_facts", fails)
    sweep.sweep_all(now=GONE)
    assert Message.objects.filter(wording="police_alert").exists()
    monkeypatch.undo()
    sweep.sweep_all(now=GONE + 15 * MINUTE)
    assert steps(episode)[Duty.PUBLICITY].due_at == GONE + HOUR
