"""What stood in a duty step before it was written over is kept with it, and a replay reads it as it was then."""

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from alerts import duties, duty_steps, policies, step_answers, step_pasts
from alerts.duties import Duty
from alerts.models import DutyStep, StepAnswer
from cases import children, prevention_interviews
from cases.models import MissingEpisode, Risk
from tests.alerts.lives import Lives, settled
from tests.alerts.replays import Line, agrees_beside, happened_beside, policies_began_long_ago
from tests.counts import a_third
from tests.factories import AT, Watched, ended, missing, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GONE = AT + 2 * HOUR


@pytest.fixture
def lives() -> Lives:
    policies_began_long_ago()
    found = Lives(1, settled)
    found.do(lambda one: missing(one.child, by=one.worker, at=GONE), at=GONE)
    return found


def told(lives: Lives, key: str, duty: Duty) -> list[Line]:
    """What was told of this step, after the replay has told the same: from one of three instants on, in turn, or from each."""
    (one,) = lives.all
    for start in a_third((AT, GONE + 3 * HOUR, GONE + 31 * HOUR), duty):
        agrees_beside([one.child.pk], start, lives.now)
    return [line for line in happened_beside(one.child.pk, key, AT, lives.now) if line.kind == duty]


def test_a_step_that_a_later_fact_brought_nearer_was_as_far_off_before_as_it_was(lives: Lives) -> None:
    """Of a high risk the police reference is due after an hour; of any other after four."""

    def grade(one: Watched) -> None:
        signed = {"by": one.worker, "seconded_by": one.manager, "at": lives.now}
        children.set_risk(one.child, Risk.HIGH, reason="A car was seen", **signed)

    lives.do(grade, at=GONE + 2 * HOUR)
    (one,) = lives.all
    step = lives.step(one, Duty.POLICE_REFERENCE)
    before = step_pasts.stood(step, GONE + HOUR)
    assert before is not None
    assert (before.due_at, step.due_at) == (GONE + 4 * HOUR, GONE + HOUR)
    assert step_pasts.stood(step, GONE - MINUTE) is None
    lives.go_to(GONE + 32 * HOUR)
    (line,) = told(lives, policies.DUTY, Duty.POLICE_REFERENCE)
    assert line.opened_at == GONE + 2 * HOUR, "nobody was told of it in the hour before"


@pytest.mark.by_turns
def test_what_facts_answered_and_took_back_was_answered_meanwhile(lives: Lives) -> None:
    """The police held their interview; it was withdrawn after the hour at which it was due; and they held another."""
    back = GONE + 5 * HOUR
    lives.do(lambda one: ended(lives.episode(one), by=one.desk.person, at=back), at=back)

    def hold(one: Watched) -> None:
        held = prevention_interviews.Held(
            held_at=lives.now, officer="PC Shah 71", force=one.force, seen_alone="yes", said="In a car"
        )
        standing = prevention_interviews.latest(lives.episode(one))
        version = standing.version if standing else 0
        given = {"by": one.desk.person, "at": lives.now}
        prevention_interviews.write(lives.episode(one), held, version=version, **given)

    def withdraw(one: Watched) -> None:
        standing = prevention_interviews.latest(lives.episode(one))
        assert standing is not None
        given = {"reason": "Another child", "by": one.desk.person, "at": lives.now}
        prevention_interviews.withdraw(lives.episode(one), version=standing.version, **given)

    lives.do(hold, at=back + 2 * HOUR)
    lives.do(lambda one: seen(one.child, by=one.carer, at=lives.now), at=back + 20 * HOUR)
    lives.do(withdraw, at=back + 30 * HOUR)
    lives.do(hold, at=back + 31 * HOUR)
    lives.go_to(back + 40 * HOUR)
    (line,) = told(lives, policies.AFTER, Duty.PREVENTION_INTERVIEW)
    assert line.opened_at == back + 30 * HOUR
    assert line.ended_at == f"{back + 31 * HOUR:%d %H:%M:%S}"


@pytest.mark.by_turns
def test_of_steps_from_before_their_past_was_kept_the_answers_say_how_they_stood(lives: Lives) -> None:
    """Booked, held, and taken back: the migration writes the same as was kept since, but the hours of before."""
    (one,) = lives.all
    by = one.desk.person

    def answer(at: datetime, **said: object) -> None:
        given = {"answer": "done", "note": "Ada Brook led it"} | said
        step = lives.step(one, Duty.STRATEGY)
        lives.do(lambda _one: duty_steps.answer(step, **given, by=by, at=at), at=at)

    answer(GONE + HOUR, answer="booked", booked_for=GONE + 26 * HOUR)
    answer(GONE + 20 * HOUR)
    said = StepAnswer.objects.get(step__kind=Duty.STRATEGY, answer="done")
    back = GONE + 22 * HOUR
    lives.do(lambda _one: step_answers.withdraw(said, reason="Another child", by=by, at=back), at=back)
    kept = lives.step(one, Duty.STRATEGY).past
    assert len(kept) == 3
    DutyStep.objects.update(past=[])
    import_module("alerts.migrations.0058_pasts_of_steps").remember(apps, None)
    assert [moments(was) for was in lives.step(one, Duty.STRATEGY).past] == [moments(was) for was in kept]
    assert not lives.step(one, Duty.BRIEFING).past
    lives.go_to(GONE + 32 * HOUR)
    (line,) = told(lives, policies.DUTY, Duty.STRATEGY)
    assert line.due_at == GONE + 26 * HOUR + duties.WRITTEN_WITHIN
    assert MissingEpisode.objects.get().status == "missing"


def moments(was: dict[str, object]) -> dict[str, object]:
    """The same with its instants as such: the database and Python write them in two ways."""
    return {
        name: datetime.fromisoformat(value) if isinstance(value, str) else value
        for name, value in was.items()
    }


def test_the_release_before_this_one_plans_steps_until_it_is_restarted(lives: Lives) -> None:
    """It knows nothing of the column, and steps are planned with the report of a missing child."""
    step = DutyStep.objects.filter(done_at=None).first()
    assert step is not None
    free = min(set(Duty) - set(DutyStep.objects.values_list("kind", flat=True)))
    known = [one.column for one in DutyStep._meta.concrete_fields if one.name not in ("id", "past")]
    into, told = (", ".join(one if one != "kind" else kind for one in known) for kind in ("kind", "%s"))
    with connection.cursor() as cursor:
        insert = f"insert into alerts_dutystep ({into}) select {told} from alerts_dutystep where id = %s"
        cursor.execute(insert, [free, step.pk])
    assert DutyStep.objects.get(episode=step.episode, kind=free).past == []
