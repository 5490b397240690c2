"""An answer to a duty step that was wrong is taken back: it stays on record, and what is owed is owed again."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import duty_steps, policies, step_answers, sweep
from alerts.duties import Duty
from alerts.event_words import reading
from alerts.models import AlertStep, Clock, DutyStep, Message, PolicyVersion, StepAnswer
from cases import access
from cases.models import Event, MissingEpisode
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
GONE = AT + timedelta(days=50)
WRONG = "Ticked on the wrong line"


@pytest.fixture(autouse=True)
def _in_force():
    PolicyVersion.objects.filter(key__in=(policies.DUTY, policies.AFTER)).update(
        takes_effect_at=AT - timedelta(days=100)
    )


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(birth_date=datetime(2009, 1, 15).date())


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return episode


def step(episode: MissingEpisode, kind: Duty) -> DutyStep:
    return DutyStep.objects.get(episode=episode, kind=kind)


def said(episode: MissingEpisode, kind: Duty, watched: Watched, *, at: datetime) -> StepAnswer:
    duty_steps.answer(step(episode, kind), answer="done", note="Held", by=watched.manager, at=at)
    return StepAnswer.objects.standing().get(step__episode=episode, step__kind=kind)


def climbs(kind: Duty) -> list[tuple[str, datetime]]:
    rows = AlertStep.objects.filter(alert__clock__duty=kind, alert__clock__kind=Clock.Kind.DUTY)
    return [(row.step, row.climbed_at) for row in rows.order_by("climbed_at", "pk")]


def withdraw(answer: StepAnswer, watched: Watched, *, at: datetime) -> None:
    step_answers.withdraw(answer, reason=WRONG, by=watched.manager, at=at)


def test_an_answer_that_is_withdrawn_before_the_step_was_due_leaves_it_owed_as_it_was(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    with events(watched.child, "duty_step_withdrawn"):
        withdraw(answer, watched, at=GONE + 2 * HOUR)
    again = step(episode, Duty.STRATEGY)
    assert (again.done_at, again.answer, again.note, again.done_by) == (None, "", "", None)
    answer.refresh_from_db()
    assert (answer.note, answer.withdrawn_reason, answer.withdrawn_by) == ("Held", WRONG, watched.manager)
    sweep.sweep_all(now=GONE + 24 * HOUR - MINUTE)
    assert climbs(Duty.STRATEGY) == []
    sweep.sweep_all(now=GONE + 24 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", GONE + 24 * HOUR)]


def test_a_rung_whose_time_passed_while_the_wrong_answer_stood_hears_at_once(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    sweep.sweep_all(now=GONE + 25 * HOUR)
    assert climbs(Duty.STRATEGY) == []
    withdraw(answer, watched, at=GONE + 26 * HOUR)
    sweep.sweep_all(now=GONE + 26 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", GONE + 26 * HOUR)]


def test_a_rung_that_had_heard_is_told_again_later_and_not_at_once(episode, watched):
    due = GONE + 24 * HOUR
    sweep.sweep_all(now=due)
    Message.objects.filter(wording="duty_step").update(status="sent", sent_at=due)
    answer = said(episode, Duty.STRATEGY, watched, at=due + HOUR)
    sweep.sweep_all(now=due + HOUR)
    withdraw(answer, watched, at=due + 2 * HOUR)
    sweep.sweep_all(now=due + 2 * HOUR)
    sweep.sweep_all(now=due + 26 * HOUR - MINUTE)
    assert climbs(Duty.STRATEGY) == [("R4", due)]
    sweep.sweep_all(now=due + 26 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", due), ("R4", due + 26 * HOUR)]
    duty_steps.answer(
        step(episode, Duty.STRATEGY), answer="done", note="Held now", by=watched.manager, at=due + 27 * HOUR
    )
    sweep.sweep_all(now=due + 80 * HOUR)
    assert len(climbs(Duty.STRATEGY)) == 2


def test_a_mail_that_was_called_off_by_the_wrong_answer_goes_out_at_once(episode, watched):
    due = GONE + 24 * HOUR
    sweep.sweep_all(now=due)
    answer = said(episode, Duty.STRATEGY, watched, at=due + MINUTE)
    sweep.sweep_all(now=due + MINUTE)
    withdraw(answer, watched, at=due + 2 * MINUTE)
    sweep.sweep_all(now=due + 2 * MINUTE)
    assert climbs(Duty.STRATEGY) == [("R4", due), ("R4", due + 2 * MINUTE)]
    queued = Message.objects.filter(wording="duty_step", step="R4", status="queued", user=watched.head)
    assert {row.channel for row in queued} == {"mail", "text"}


def test_what_was_answered_and_taken_back_before_any_sweep_tells_nobody_twice(episode, watched):
    due = GONE + 24 * HOUR
    sweep.sweep_all(now=due)
    withdraw(said(episode, Duty.STRATEGY, watched, at=due + MINUTE), watched, at=due + 2 * MINUTE)
    sweep.sweep_all(now=due + 3 * MINUTE)
    assert climbs(Duty.STRATEGY) == [("R4", due)]


def test_after_the_end_nothing_of_the_search_is_owed_again_and_what_the_end_opened_is(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    ended(episode, at=GONE + 2 * HOUR, outcome="arrested")
    solicitor = said(episode, Duty.SOLICITOR, watched, at=GONE + 2 * HOUR + MINUTE)
    withdraw(answer, watched, at=GONE + 3 * HOUR)
    withdraw(solicitor, watched, at=GONE + 3 * HOUR)
    sweep.sweep_all(now=GONE + 30 * HOUR)
    assert climbs(Duty.STRATEGY) == []
    assert [rung for rung, _ in climbs(Duty.SOLICITOR)] == ["R2", "R4"]


def test_an_answer_is_withdrawn_once_and_with_a_reason(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    given = {"by": watched.manager, "at": GONE + 2 * HOUR}
    with refused(watched.child, "Enter why this answer is withdrawn."):
        step_answers.withdraw(answer, reason=" ", **given)
    step_answers.withdraw(answer, reason=WRONG, **given)
    duty_steps.answer(step(episode, Duty.STRATEGY), answer="done", note="Held now", **given)
    with refused(watched.child, "This answer is withdrawn already."):
        step_answers.withdraw(answer, reason=WRONG, **given)
    assert step(episode, Duty.STRATEGY).note == "Held now"


def test_the_page_takes_an_answer_back_and_keeps_it_struck_through(client: Client, now):
    watched = a_watched_child(at=now - timedelta(days=60))
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=70))
    episode = missing(watched.child, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - 2 * HOUR)
    answer = said(episode, Duty.STRATEGY, watched, at=now - HOUR)
    where = reverse("episode_step_withdraw", args=[episode.reference, Duty.STRATEGY, answer.pk])
    wrong = reverse("episode_step_withdraw", args=[episode.reference, Duty.BRIEFING, answer.pk])
    client.force_login(watched.manager)
    assert client.get(wrong).status_code == 404
    assert where in client.get(f"/missing/{episode.reference}/").content.decode()
    refused_form = client.post(where, {"reason": ""})
    assert refused_form.status_code == 422
    assert "Enter why this answer is withdrawn" in refused_form.content.decode()
    assert client.post(where, {"reason": WRONG}).status_code == 302
    shown = client.get(f"/missing/{episode.reference}/").content.decode()
    assert WRONG in shown
    assert where not in shown
    again = client.post(where, {"reason": WRONG})
    assert again.status_code == 422
    assert "This answer is withdrawn already." in again.content.decode()
    for person in (watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert client.get(where).status_code == 404
        assert client.post(where, {"reason": WRONG}).status_code == 404


def test_the_timeline_says_what_was_answered_and_that_it_was_taken_back(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    withdraw(answer, watched, at=GONE + 2 * HOUR)
    rows = Event.objects.filter(child=watched.child, kind__startswith="duty_step_").order_by("number")
    words = reading.read(rows, permissions=frozenset(access.Permission))
    answered, taken_back = (words[row.pk] for row in rows)
    assert (answered.text, answered.withdrawn_reason) == ("Held", WRONG)
    assert taken_back.text.endswith(WRONG)
