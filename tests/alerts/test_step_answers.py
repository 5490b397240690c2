"""An answer to a duty step that was wrong is taken back: it stays on record, and what is owed is owed again."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import duties, duty_steps, integrity, policies, step_answers, sweep
from alerts.duties import Duty
from alerts.event_words import reading
from alerts.models import AlertStep, Clock, DutyStep, Message, PolicyVersion, StepAnswer
from cases import access, bookings, concerns, meetings, mistakes
from cases.deadlines import LONDON, london_day
from cases.models import Event, MeetingBooking, MissingEpisode
from tests.cases.expectations import events, refused
from tests.counts import a_third, counts
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


@pytest.fixture
def of_today(now: datetime) -> Watched:
    """A child who went missing two hours ago."""
    watched = a_watched_child(at=now - timedelta(days=60))
    PolicyVersion.objects.update(takes_effect_at=now - timedelta(days=70))
    missing(watched.child, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - 2 * HOUR)
    return watched


def step(episode: MissingEpisode, kind: Duty) -> DutyStep:
    return DutyStep.objects.get(episode=episode, kind=kind)


def said(episode: MissingEpisode, kind: Duty, watched: Watched, *, at: datetime) -> StepAnswer:
    duty_steps.answer(step(episode, kind), answer="done", note="Held", by=watched.manager, at=at)
    return StepAnswer.objects.standing().get(step__episode=episode, step__kind=kind, answer="done")


def climbs(kind: Duty) -> list[tuple[str, datetime]]:
    rows = AlertStep.objects.filter(alert__clock__duty=kind, alert__clock__kind=Clock.Kind.DUTY)
    return [(row.step, row.climbed_at) for row in rows.order_by("climbed_at", "pk")]


def withdraw(answer: StepAnswer, watched: Watched, *, at: datetime) -> None:
    step_answers.withdraw(answer, reason=WRONG, by=watched.manager, at=at)


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_a_rung_whose_time_passed_while_the_wrong_answer_stood_hears_at_once(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    sweep.sweep_all(now=GONE + 25 * HOUR)
    assert climbs(Duty.STRATEGY) == []
    withdraw(answer, watched, at=GONE + 26 * HOUR)
    sweep.sweep_all(now=GONE + 26 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", GONE + 26 * HOUR)]


@pytest.mark.by_turns
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_what_was_answered_and_taken_back_before_any_sweep_tells_nobody_twice(episode, watched):
    due = GONE + 24 * HOUR
    sweep.sweep_all(now=due)
    withdraw(said(episode, Duty.STRATEGY, watched, at=due + MINUTE), watched, at=due + 2 * MINUTE)
    sweep.sweep_all(now=due + 3 * MINUTE)
    assert climbs(Duty.STRATEGY) == [("R4", due)]


@pytest.mark.by_turns
def test_after_the_end_nothing_of_the_search_is_owed_again_and_what_the_end_opened_is(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    ended(episode, at=GONE + 2 * HOUR, outcome="arrested")
    solicitor = said(episode, Duty.SOLICITOR, watched, at=GONE + 2 * HOUR + MINUTE)
    withdraw(answer, watched, at=GONE + 3 * HOUR)
    withdraw(solicitor, watched, at=GONE + 3 * HOUR)
    sweep.sweep_all(now=GONE + 30 * HOUR)
    assert climbs(Duty.STRATEGY) == []
    assert [rung for rung, _ in climbs(Duty.SOLICITOR)] == ["R2", "R4"]


@pytest.mark.by_turns(8)
def test_an_answer_is_withdrawn_once_and_with_a_reason(episode, watched):
    answer = said(episode, Duty.STRATEGY, watched, at=GONE + HOUR)
    given = {"by": watched.manager, "at": GONE + 2 * HOUR}
    with refused(watched.child, "Enter why this answer is withdrawn."):
        step_answers.withdraw(answer, reason=" ", **given)
    step_answers.withdraw(answer, reason=WRONG, **given)
    duty_steps.answer(step(episode, Duty.STRATEGY), answer="done", note="Held now", **given)
    with events(watched.child):
        step_answers.withdraw(answer, reason=f" {WRONG}", **given)
    for again in ({"reason": "Another word", **given}, {"reason": WRONG, **given, "by": watched.worker}):
        with refused(watched.child, "This answer is withdrawn already."):
            step_answers.withdraw(answer, **again)
    assert step(episode, Duty.STRATEGY).note == "Held now"


@pytest.mark.by_turns(8)
def test_the_page_takes_an_answer_back_and_keeps_it_struck_through(client: Client, of_today: Watched, now):
    watched, episode = of_today, MissingEpisode.objects.get(child=of_today.child)
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
    assert client.post(where, {"reason": WRONG}).status_code == 302, "pressed twice"
    again = client.post(where, {"reason": "Another word"})
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


def book(episode: MissingEpisode, watched: Watched, when: datetime, *, at: datetime) -> StepAnswer:
    given = {"answer": "booked", "note": "With DS Shah", "booked_for": when}
    duty_steps.answer(step(episode, Duty.STRATEGY), **given, by=watched.manager, at=at)
    return StepAnswer.objects.standing().get(booked_for=when)


@pytest.mark.by_turns
def test_a_step_that_is_booked_is_owed_again_from_the_time_that_it_is_booked_for(episode, watched):
    when = GONE + 40 * HOUR
    with events(watched.child, "duty_step_answered"):
        book(episode, watched, when, at=GONE + HOUR)
    assert step(episode, Duty.STRATEGY).done_at is None
    late = when + duties.WRITTEN_WITHIN
    sweep.sweep_all(now=late - MINUTE)
    assert climbs(Duty.STRATEGY) == []
    assert not step(episode, Duty.STRATEGY).is_late(late - MINUTE), "nobody writes during a meeting"
    sweep.sweep_all(now=late)
    assert climbs(Duty.STRATEGY) == [("R4", late)]
    assert step(episode, Duty.STRATEGY).is_late(late + MINUTE)


@pytest.mark.by_turns
def test_whoever_writes_the_meeting_down_soon_after_it_alarms_nobody(episode, watched):
    when = GONE + 40 * HOUR
    book(episode, watched, when, at=GONE + HOUR)
    sweep.sweep_all(now=when + 2 * HOUR)
    met(watched, held_at=when, at=when + 2 * HOUR)
    assert step(episode, Duty.STRATEGY).done_at == when + 2 * HOUR, (
        "the record answers it without another press"
    )
    sweep.sweep_all(now=when + 9 * HOUR)
    assert climbs(Duty.STRATEGY) == []


@pytest.mark.by_turns
def test_a_meeting_just_before_the_step_is_due_may_be_written_down_too(episode, watched):
    when = GONE + 23 * HOUR
    book(episode, watched, when, at=GONE + HOUR)
    late = when + duties.WRITTEN_WITHIN
    sweep.sweep_all(now=late - MINUTE)
    assert climbs(Duty.STRATEGY) == []
    sweep.sweep_all(now=late)
    assert climbs(Duty.STRATEGY) == [("R4", late)]


def test_a_meeting_that_was_not_held_after_all_is_heard_of_an_hour_after_somebody_says_so(episode, watched):
    when = GONE + 40 * HOUR
    booking = strategy_booked(watched, when, at=GONE + HOUR)
    book(episode, watched, when, at=GONE + HOUR)
    call_off(booking, watched, at=when + HOUR)
    sweep.sweep_all(now=when + 2 * HOUR - MINUTE)
    assert climbs(Duty.STRATEGY) == []
    sweep.sweep_all(now=when + 2 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", when + 2 * HOUR)], "no hour of its record is waited for"


@pytest.mark.by_turns(8)
def test_a_booking_that_is_sent_twice_is_one_and_one_that_was_taken_back_is_said_anew(episode, watched):
    when = GONE + 40 * HOUR
    first = book(episode, watched, when, at=GONE + HOUR)
    assert book(episode, watched, when, at=GONE + HOUR + MINUTE) == first
    withdraw(first, watched, at=GONE + HOUR + 2 * MINUTE)
    assert book(episode, watched, when, at=GONE + HOUR + 3 * MINUTE) != first
    assert step(episode, Duty.STRATEGY).booked_for == when
    held = said(episode, Duty.STRATEGY, watched, at=when)
    assert said(episode, Duty.STRATEGY, watched, at=when + MINUTE) == held, (
        "nor is it answered already for who did"
    )
    with refused(watched.child, "This step is answered already."):
        said(episode, Duty.STRATEGY, watched, at=when + HOUR)


@pytest.mark.by_turns
def test_what_climbed_before_it_was_booked_rests_until_then_and_an_answer_ends_it(episode, watched):
    due, when = GONE + 24 * HOUR, GONE + 40 * HOUR
    sweep.sweep_all(now=due)
    book(episode, watched, when, at=due + HOUR)
    late = when + duties.WRITTEN_WITHIN
    sweep.sweep_all(now=late - MINUTE)
    assert climbs(Duty.STRATEGY) == [("R4", due)]
    assert not Message.objects.filter(kind="ending").exists()
    sweep.sweep_all(now=late)
    assert climbs(Duty.STRATEGY) == [("R4", due), ("R4", late)]
    said(episode, Duty.STRATEGY, watched, at=late + HOUR)
    sweep.sweep_all(now=when + 90 * HOUR)
    assert len(climbs(Duty.STRATEGY)) == 2


@pytest.mark.by_turns
def test_a_booking_for_an_earlier_hour_brings_no_step_nearer_and_a_later_one_replaces_it(episode, watched):
    book(episode, watched, GONE + 10 * HOUR, at=GONE + HOUR)
    assert step(episode, Duty.STRATEGY).owed_at == GONE + 24 * HOUR
    later = book(episode, watched, GONE + 50 * HOUR, at=GONE + 2 * HOUR)
    assert step(episode, Duty.STRATEGY).owed_at == GONE + 50 * HOUR
    withdraw(later, watched, at=GONE + 3 * HOUR)
    assert step(episode, Duty.STRATEGY).owed_at == GONE + 24 * HOUR
    sweep.sweep_all(now=GONE + 24 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", GONE + 24 * HOUR)]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("kind", "when", "words"),
    [
        (Duty.STRATEGY, None, "Enter when it is to be held."),
        (Duty.STRATEGY, GONE, "It must be booked for a time to come, within 7 days."),
        (Duty.STRATEGY, GONE + timedelta(days=9), "It must be booked for a time to come, within 7 days."),
        (Duty.BRIEFING, GONE + 3 * HOUR, "Only a strategy meeting or discussion can be booked."),
    ],
)
def test_only_what_may_be_held_later_is_booked_and_for_a_time_soon_to_come(
    kind, when, words, episode, watched
):
    with refused(watched.child, words):
        duty_steps.answer(
            step(episode, kind),
            answer="booked",
            note="With DS Shah",
            booked_for=when,
            by=watched.manager,
            at=GONE + HOUR,
        )


MET = meetings.Held(
    kind="strategy",
    held_at=GONE + 2 * HOUR,
    led_by="Ines Alder",
    attendees="DS Shah",
    guardian="there",
    decisions="To ask at the station",
)


def met(watched: Watched, *, at: datetime, **given: object) -> None:
    meetings.record(watched.child, replace(MET, key=uuid.uuid4(), **given), by=watched.worker, at=at)


@pytest.mark.by_turns
def test_a_strategy_meeting_on_record_answers_the_step_and_another_meeting_does_not(episode, watched):
    met(watched, kind="multi_agency", at=GONE + 3 * HOUR)
    met(watched, held_at=GONE - HOUR, at=GONE + 3 * HOUR)
    assert step(episode, Duty.STRATEGY).done_at is None
    book(episode, watched, GONE + 30 * HOUR, at=GONE + HOUR)
    met(watched, at=GONE + 4 * HOUR)
    answered = step(episode, Duty.STRATEGY)
    assert (answered.done_at, answered.done_by) == (GONE + 4 * HOUR, watched.worker)
    assert "Ines Alder" in answered.note
    sweep.sweep_all(now=GONE + 60 * HOUR)
    assert climbs(Duty.STRATEGY) == []


@pytest.mark.by_turns(8)
def test_a_meeting_whose_answer_was_taken_back_answers_no_more_and_a_later_record_does(episode, watched):
    met(watched, at=GONE + 4 * HOUR)
    answer = StepAnswer.objects.get(step=step(episode, Duty.STRATEGY))
    withdraw(answer, watched, at=GONE + 5 * HOUR)
    concerns.mark(watched.child, reason="A van", by=watched.worker, at=GONE + 6 * HOUR)
    assert step(episode, Duty.STRATEGY).done_at is None
    met(watched, at=GONE + 7 * HOUR)
    assert step(episode, Duty.STRATEGY).done_at == GONE + 7 * HOUR


@pytest.mark.by_turns(8)
def test_a_meeting_that_was_recorded_by_mistake_opens_again_what_it_answered(episode, watched):
    met(watched, at=GONE + 4 * HOUR)
    row = watched.child.meetings.get()
    mistakes.withdraw(row, reason="Of another child", by=watched.manager, at=GONE + 26 * HOUR)
    assert step(episode, Duty.STRATEGY).done_at is None
    answer = StepAnswer.objects.get(step=step(episode, Duty.STRATEGY))
    assert (answer.withdrawn_by, answer.withdrawn_reason) == (watched.manager, "Of another child")
    sweep.sweep_all(now=GONE + 26 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", GONE + 26 * HOUR)]
    met(watched, at=GONE + 27 * HOUR)
    assert step(episode, Duty.STRATEGY).done_at == GONE + 27 * HOUR


@pytest.mark.by_turns
def test_a_strategy_meeting_after_the_third_return_answers_what_it_opened(episode, watched):
    ended(episode, at=GONE + HOUR)
    repeated = DutyStep.objects.create(
        episode=episode, kind=Duty.REPEATED, policy_version=1, planned_at=GONE, due_at=GONE + 90 * HOUR
    )
    met(watched, held_at=GONE + HOUR - MINUTE, at=GONE + 2 * HOUR)
    repeated.refresh_from_db()
    assert repeated.done_at is None
    met(watched, at=GONE + 3 * HOUR)
    repeated.refresh_from_db()
    assert repeated.done_at == GONE + 3 * HOUR
    row = watched.child.meetings.get(recorded_at=GONE + 3 * HOUR)
    mistakes.withdraw(row, reason="Of another child", by=watched.manager, at=GONE + 4 * HOUR)
    repeated.refresh_from_db()
    assert repeated.done_at is None


def test_the_page_asks_for_when_it_is_booked_and_shows_it(client: Client, of_today: Watched, now):
    watched, episode = of_today, MissingEpisode.objects.get(child=of_today.child)
    client.force_login(watched.manager)
    where = reverse("episode_step", args=[episode.reference, Duty.STRATEGY])
    without = client.post(where, {"answer": "booked", "note": "With DS Shah"})
    assert without.status_code == 422
    assert "Enter when it is to be held." in without.content.decode()
    assert "With DS Shah" in without.content.decode()
    day = london_day(now + timedelta(days=2))
    boxes = {"booked_for_day": day.day, "booked_for_month": day.month, "booked_for_year": day.year}
    given = {"answer": "booked", "note": "With DS Shah", **boxes, "booked_for_time": "10am"}
    assert client.post(where, given).status_code == 302
    shown = client.get(f"/missing/{episode.reference}/").content.decode()
    assert ">Booked<" in shown
    assert f"Booked by <bdi>{watched.manager.name}</bdi> for" in shown
    assert client.post(where, {**given, "answer": "done"}).status_code == 422
    assert client.post(where, {"answer": "done", "note": "Held now"}).status_code == 302
    assert step(episode, Duty.STRATEGY).note == "Held now"
    briefing = reverse("episode_step", args=[episode.reference, Duty.BRIEFING])
    assert 'value="booked"' not in client.get(briefing).content.decode()


@pytest.mark.by_turns
def test_a_strategy_meeting_that_is_booked_is_filled_in_and_needs_one_press(
    client: Client, of_today: Watched, now
):
    watched, episode = of_today, MissingEpisode.objects.get(child=of_today.child)
    client.force_login(watched.manager)
    where = reverse("episode_step", args=[episode.reference, Duty.STRATEGY])
    at = now - HOUR
    for kind, days in (("multi_agency", 2), ("strategy", 9)):
        said = bookings.Booked(kind=kind, planned_at=now + timedelta(days=days), invited="DS Shah")
        bookings.book(watched.child, said, by=watched.worker, at=at)
    page = client.get(where)
    assert 'id="booked"' not in page.content.decode(), "another meeting, and one too far off"
    assert page.context["form"]["answer"].value() is None
    when = (now + timedelta(days=2)).replace(second=0, microsecond=0)
    said = bookings.Booked(kind="strategy", planned_at=when, invited="DS Shah")
    booking = bookings.book(watched.child, said, by=watched.worker, at=at)
    page = client.get(where)
    assert 'id="booked"' in page.content.decode()
    form = page.context["form"]
    assert form["answer"].value() == "booked"
    local = when.astimezone(LONDON)
    boxes = {"booked_for_day": local.day, "booked_for_month": local.month, "booked_for_year": local.year}
    given = {"answer": "booked", "note": form["note"].value(), **boxes, "booked_for_time": f"{local:%H:%M}"}
    assert client.post(where, given).status_code == 302
    assert step(episode, Duty.STRATEGY).booked_for == when
    assert 'id="booked"' not in client.get(where).content.decode(), "it is said"
    bookings.call_off(booking, ending="called_off", why="DS Shah is ill", by=watched.worker, at=now)
    briefing = reverse("episode_step", args=[episode.reference, Duty.BRIEFING])
    assert 'id="booked"' not in client.get(briefing).content.decode()


def strategy_booked(watched: Watched, when: datetime, *, at: datetime) -> MeetingBooking:
    said = bookings.Booked(kind="strategy", planned_at=when, invited="DS Shah")
    return bookings.book(watched.child, said, by=watched.worker, at=at)


def call_off(booking: MeetingBooking, watched: Watched, *, at: datetime, ending: str = "called_off") -> None:
    bookings.call_off(booking, ending=ending, why="DS Shah is ill", by=watched.worker, at=at)


@pytest.mark.by_turns
@pytest.mark.parametrize("ending", a_third(["called_off", "mistake"], "off"))
def test_a_step_waits_for_no_meeting_that_is_called_off(episode, watched, ending):
    when = GONE + timedelta(days=5)
    booking = strategy_booked(watched, when, at=GONE + HOUR)
    answer = book(episode, watched, when, at=GONE + HOUR)
    sweep.sweep_all(now=GONE + 30 * HOUR)
    assert climbs(Duty.STRATEGY) == []
    call_off(booking, watched, at=GONE + 31 * HOUR, ending=ending)
    sweep.sweep_all(now=GONE + 32 * HOUR - MINUTE)
    assert climbs(Duty.STRATEGY) == [], "there is an hour to book another"
    sweep.sweep_all(now=GONE + 32 * HOUR)
    assert climbs(Duty.STRATEGY) == [("R4", GONE + 32 * HOUR)]
    assert step(episode, Duty.STRATEGY).booked_for is None
    answer.refresh_from_db()
    assert (answer.withdrawn_by, answer.withdrawn_reason) == (watched.worker, "DS Shah is ill")
    # Booked anew it rests again, and of what is called off nothing is taken back twice.
    later = book(episode, watched, when + HOUR, at=GONE + 32 * HOUR)
    sweep.sweep_all(now=GONE + 33 * HOUR)
    later.refresh_from_db()
    assert later.withdrawn_at is None
    assert not [
        one for one in integrity.check(GONE + 33 * HOUR) if one.references and "sender" not in one.question
    ]


@pytest.mark.by_turns
@pytest.mark.parametrize("anew_first", [True, False])
def test_a_meeting_that_is_moved_alarms_nobody(episode, watched, anew_first):
    when, moved = GONE + timedelta(days=5), GONE + timedelta(days=5, hours=1)
    booking = strategy_booked(watched, when, at=GONE + HOUR)
    book(episode, watched, when, at=GONE + HOUR)
    at = GONE + 31 * HOUR
    acts = [
        lambda at: strategy_booked(watched, moved, at=at),
        lambda at: call_off(booking, watched, at=at),
    ]
    for number, act in enumerate(acts if anew_first else reversed(acts)):
        act(at + number * MINUTE)
        sweep.sweep_all(now=at + number * MINUTE)
    if not anew_first:
        book(episode, watched, moved, at=at + 30 * MINUTE)
    sweep.sweep_all(now=at + 2 * HOUR)
    assert climbs(Duty.STRATEGY) == []
    sweep.sweep_all(now=moved + duties.WRITTEN_WITHIN)
    assert [rung for rung, _ in climbs(Duty.STRATEGY)] == ["R4"], "nobody recorded that it was held"


MOVED = [(anew_first, sooner) for anew_first in (True, False) for sooner in (True, False)]


@pytest.mark.by_turns
@pytest.mark.parametrize(("anew_first", "sooner"), counts([MOVED[1], MOVED[2]], MOVED))
def test_the_record_of_a_meeting_that_was_moved_answers_the_step(episode, watched, anew_first, sooner):
    when = GONE + timedelta(days=5)
    moved = when + timedelta(days=-2 if sooner else 1)
    booking = strategy_booked(watched, when, at=GONE + HOUR)
    book(episode, watched, when, at=GONE + HOUR)
    if anew_first:
        strategy_booked(watched, moved, at=GONE + 2 * HOUR)
    call_off(booking, watched, at=GONE + 3 * HOUR)
    if not anew_first:
        strategy_booked(watched, moved, at=GONE + 3 * HOUR + MINUTE)
        book(episode, watched, moved, at=GONE + 3 * HOUR + MINUTE)
    assert step(episode, Duty.STRATEGY).booked_for == (min(when, moved) if anew_first else moved)
    met(watched, held_at=moved, at=moved + HOUR / 2)
    one = step(episode, Duty.STRATEGY)
    assert (one.done_at, one.answer) == (moved + HOUR / 2, "done")
    sweep.sweep_all(now=moved + 30 * HOUR)
    late = [] if sooner or not anew_first else ["R4"]
    assert [rung for rung, at in climbs(Duty.STRATEGY) if at > moved] == []
    assert len(climbs(Duty.STRATEGY)) <= len(late)


@pytest.mark.by_turns(8)
def test_a_meeting_that_was_moved_to_an_earlier_hour_and_not_held_is_heard_of_then(episode, watched):
    when, moved = GONE + timedelta(days=6), GONE + timedelta(days=2)
    booking = strategy_booked(watched, when, at=GONE + HOUR)
    book(episode, watched, when, at=GONE + HOUR)
    strategy_booked(watched, moved, at=GONE + 2 * HOUR)
    call_off(booking, watched, at=GONE + 3 * HOUR)
    late = moved + duties.WRITTEN_WITHIN
    sweep.sweep_all(now=late - MINUTE)
    assert climbs(Duty.STRATEGY) == []
    sweep.sweep_all(now=late)
    assert climbs(Duty.STRATEGY) == [("R4", late)]


@pytest.mark.by_turns
def test_a_meeting_that_was_called_off_leaves_alone_what_does_not_wait_for_it(episode, watched):
    when, other = GONE + timedelta(days=5), GONE + timedelta(days=3)
    first = strategy_booked(watched, other, at=GONE + HOUR)
    book(episode, watched, when, at=GONE + 2 * HOUR)
    call_off(first, watched, at=GONE + 3 * HOUR)
    assert step(episode, Duty.STRATEGY).booked_for == when, "of another time"
    both = [strategy_booked(watched, one, at=GONE + 4 * HOUR) for one in (when, other)]
    call_off(both[0], watched, at=GONE + 5 * HOUR)
    assert step(episode, Duty.STRATEGY).booked_for == other, "the other one stands, and is sooner"
    call_off(both[1], watched, at=GONE + 6 * HOUR)
    assert step(episode, Duty.STRATEGY).booked_for is None
    book(episode, watched, when, at=GONE + 7 * HOUR)
    call_off(strategy_booked(watched, other, at=GONE + 8 * HOUR), watched, at=GONE + 9 * HOUR)
    assert step(episode, Duty.STRATEGY).booked_for == when, "said after it was called off"


INSTEAD = [(answered, over) for answered in ("done", "not_needed") for over in (False, True)]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("answered", "over"), counts([INSTEAD[1], INSTEAD[2]], INSTEAD))
def test_whoever_says_what_came_of_it_instead_has_no_time_to_clear(
    client: Client, of_today: Watched, now, answered, over
):
    watched, episode = of_today, MissingEpisode.objects.get(child=of_today.child)
    when = (now + timedelta(days=2)).replace(second=0, microsecond=0)
    booking = strategy_booked(watched, when, at=now - HOUR)
    client.force_login(watched.manager)
    where = reverse("episode_step", args=[episode.reference, Duty.STRATEGY])
    form = client.get(where).context["form"]
    answer = next(value for value, _ in form.fields["answer"].choices if value.startswith(answered[:3]))
    local = when.astimezone(LONDON)
    boxes = {"booked_for_day": local.day, "booked_for_month": local.month, "booked_for_year": local.year}
    boxes["booked_for_time"] = f"{local:%H:%M}"
    given = {"answer": answer, **boxes, "note": form["note"].value()}
    if over:
        # The page lay open meanwhile.
        call_off(booking, watched, at=now)
        assert client.post(where, given | {"note": "Held by phone at once"}).status_code == 302
        return
    refused_page = client.post(where, given)
    assert refused_page.status_code == 422
    assert list(refused_page.context["form"].errors) == ["note"], "the words of the booking are no answer"
    assert client.post(where, given | {"booked_for_day": local.day % 28 + 1}).status_code == 422
    assert client.post(where, given | {"note": "Held by phone at once"}).status_code == 302
    one = step(episode, Duty.STRATEGY)
    assert (one.answer, one.booked_for, one.note) == (answer, None, "Held by phone at once")
