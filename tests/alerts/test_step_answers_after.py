"""What the page and the timeline say of an answer to a duty step: after an end, in a closed case, and from before."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import duty_steps, policies, step_answers, sweep
from alerts.duties import Duty
from alerts.event_words import reading
from alerts.models import AlertStep, DutyStep, Message, PolicyVersion, StepAnswer
from alerts.schedule import Step
from cases import access, log
from cases.deadlines import next_at_wall
from cases.models import Event
from tests.cases.expectations import refused
from tests.factories import AT, Watched, a_watched_child, case_closed, ended, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
GONE = AT + timedelta(days=50)
WRONG = "Ticked on the wrong line"

OWED = "The step is owed again at once."


def said(step: DutyStep, watched: Watched, *, at: datetime) -> StepAnswer:
    duty_steps.answer(step, answer="done", note="Held", by=watched.manager, at=at)
    return StepAnswer.objects.get(step=step)


def after_step(watched: Watched, client: Client, *, outcome: str, at: datetime) -> tuple[StepAnswer, str]:
    """An answer to a step that the end of a search opened, and its page."""
    episode = ended(missing(watched.child, at=at - 9 * HOUR), outcome=outcome, at=at - 8 * HOUR)
    kind = (
        DutyStep.objects.filter(episode=episode, kind__in=(Duty.CORONER, Duty.INTERVIEW_ASSIGNED)).get().kind
    )
    answer = said(DutyStep.objects.get(episode=episode, kind=kind), watched, at=at - 7 * HOUR)
    client.force_login(watched.manager)
    return answer, reverse("episode_step_withdraw", args=[episode.reference, kind, answer.pk])


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", ["returned", "died"])
def test_the_page_says_that_what_an_end_opened_is_owed_again(client: Client, now, outcome: str):
    watched = a_watched_child(at=now - timedelta(days=60))
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=70))
    _answer, where = after_step(watched, client, outcome=outcome, at=now)
    assert OWED in client.get(where).content.decode()


@pytest.mark.by_turns
def test_the_page_says_of_no_step_that_it_is_owed_again_whose_clock_stands_still(client: Client, now):
    watched = a_watched_child(at=now - timedelta(days=60))
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=70))
    _answer, where = after_step(watched, client, outcome="returned", at=now)
    missing(watched.child, at=now - HOUR)
    assert OWED not in client.get(where).content.decode()


@pytest.mark.by_turns
def test_in_a_closed_case_no_answer_is_taken_back_and_the_page_says_so(client: Client, now):
    watched = a_watched_child(at=now - timedelta(days=60))
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=70))
    answer, where = after_step(watched, client, outcome="returned", at=now)
    case_closed(watched.child, reason="age", at=now - 5 * HOUR)
    assert OWED not in client.get(where).content.decode()
    wrong = client.post(where, {"reason": WRONG})
    assert (wrong.status_code, WRONG in wrong.content.decode()) == (422, True)
    assert "This case is closed" in wrong.content.decode()
    assert where not in client.get(f"/missing/{answer.step.episode.reference}/").content.decode()
    with refused(watched.child, "This case is closed: nothing more can be recorded in it."):
        step_answers.withdraw(answer, reason=WRONG, by=watched.manager, at=now)


@pytest.mark.by_turns(8)
def test_after_a_death_a_wrong_answer_is_taken_back_in_a_closed_case_too_and_the_step_is_asked_for_again(
    client: Client, now
):
    watched = a_watched_child(at=now - timedelta(days=60))
    PolicyVersion.objects.filter(key__in=(policies.DUTY, policies.AFTER)).update(
        takes_effect_at=now - timedelta(days=70)
    )
    episode = missing(watched.child, by=watched.worker, at=now - 30 * HOUR)
    sweep.sweep_all(now=now - 30 * HOUR)
    of_search = said(DutyStep.objects.get(episode=episode, kind=Duty.STRATEGY), watched, at=now - 29 * HOUR)
    ended(episode, outcome="died", at=now - 28 * HOUR)
    answers = {
        kind: said(DutyStep.objects.get(episode=episode, kind=kind), watched, at=now - 27 * HOUR)
        for kind in (Duty.CORONER, Duty.FRIENDS_TOLD, Duty.PANEL_NOTIFIED)
    }
    case_closed(watched.child, reason="died", at=now - 26 * HOUR)
    where = reverse("episode_step_withdraw", args=[episode.reference, Duty.CORONER, answers[Duty.CORONER].pk])
    for stranger in (watched.carer, watched.guardian, watched.officer, a_watched_child(at=now).manager):
        client.force_login(stranger)
        assert client.post(where, {"reason": WRONG}).status_code in (403, 404)
    client.force_login(watched.manager)
    assert "Tell the coroner" not in client.get(reverse("death_list")).content.decode()
    page = client.get(reverse("episode", args=[episode.reference])).content.decode()
    assert where in page
    assert reverse("episode_step_withdraw", args=[episode.reference, Duty.STRATEGY, of_search.pk]) not in page
    assert OWED in client.get(where).content.decode()
    assert client.post(where, {"reason": ""}).status_code == 422
    assert client.post(where, {"reason": WRONG}).status_code == 302
    assert "Tell the coroner" in client.get(reverse("death_list")).content.decode()
    sweep.sweep_all(now=now)
    for hours in (1, 8, 15, 22, 29):
        sweep.sweep_all(now=now + hours * HOUR)
    mails = Message.objects.filter(items__alert__clock__duty=Duty.CORONER)
    assert list(dict.fromkeys(mails.order_by("owed_at").values_list("post", flat=True))) == [
        "manager",
        "head",
    ]
    # What was asked for in the search is not, and nobody can answer it anew.
    with refused(watched.child, "This case is closed: nothing more can be recorded in it."):
        step_answers.withdraw(of_search, reason=WRONG, by=watched.manager, at=now + 30 * HOUR)
    again = DutyStep.objects.get(episode=episode, kind=Duty.CORONER)
    duty_steps.answer(again, answer="done", note="By me", by=watched.manager, at=now + 30 * HOUR)
    assert "Tell the coroner" not in client.get(reverse("death_list")).content.decode()


@pytest.mark.by_turns
@pytest.mark.parametrize("had_heard", [True, False])
def test_after_a_death_a_step_that_is_owed_again_mails_nobody_by_night(had_heard: bool) -> None:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=AT - timedelta(days=100))
    watched = a_watched_child()
    died_at = GONE + 5 * HOUR
    episode = ended(missing(watched.child, at=GONE), outcome="died", at=died_at)
    step = DutyStep.objects.get(episode=episode, kind=Duty.CORONER)
    due, night = died_at + 24 * HOUR, died_at + 36 * HOUR
    if had_heard:
        sweep.sweep_all(now=due)
        Message.objects.filter(wording="duty_step").update(status="sent", sent_at=due)
    duty_steps.answer(step, answer="done", note="Rang", by=watched.manager, at=died_at + 25 * HOUR)
    sweep.sweep_all(now=died_at + 25 * HOUR)
    step_answers.withdraw(StepAnswer.objects.get(step=step), reason=WRONG, by=watched.manager, at=night)
    step.refresh_from_db()
    morning = datetime(2026, 4, 23, 6, tzinfo=UTC)
    assert next_at_wall(night, time(7)) == morning
    # Who had heard hears a day later, who had not as soon as it is day; the head at the hour that it was planned for.
    hears = morning + timedelta(days=1) if had_heard else morning
    assert step.rungs == {Step.R2: hears, Step.R4: died_at + 48 * HOUR}
    for minutes in (0, 60):
        sweep.sweep_all(now=night + timedelta(minutes=minutes))
    again = AlertStep.objects.filter(alert__clock__duty=Duty.CORONER, climbed_at__gte=night)
    assert not again.exists()
    sweep.sweep_all(now=morning)
    assert again.exists() != had_heard


@pytest.mark.by_turns(8)
def test_an_event_of_before_answers_could_be_taken_back_has_its_own_words_and_is_struck_through() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))
    watched = a_watched_child()
    episode = missing(watched.child, at=GONE)
    sweep.sweep_all(now=GONE)
    old = DutyStep.objects.get(episode=episode, kind=Duty.STRATEGY)
    data = {"episode": 1, "step": "strategy", "answer": "done"}
    duty_steps.close(old, "done", note="Held", by=watched.manager, at=GONE + HOUR)
    by_hand = {"said_at": GONE + HOUR, "said_by": watched.manager}
    answer = StepAnswer.objects.create(step=old, answer="done", note="Held", **by_hand)
    log.record(
        watched.child, "duty_step_answered", subject=old, data=data, by=watched.manager, at=GONE + HOUR
    )
    event = Event.objects.get(child=watched.child, kind="duty_step_answered")

    def words() -> tuple[str, str]:
        (shown,) = reading.read([event], permissions=frozenset(access.Permission)).values()
        return shown.text, shown.withdrawn_reason

    assert words() == ("Held", "")
    step_answers.withdraw(answer, reason=WRONG, by=watched.manager, at=GONE + 2 * HOUR)
    again = DutyStep.objects.get(pk=old.pk)
    duty_steps.answer(again, answer="done", note="Now", by=watched.worker, at=GONE + 3 * HOUR)
    assert words() == ("Held", WRONG)
