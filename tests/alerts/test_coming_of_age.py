"""A child who is missing turns 18: the search goes on, and somebody says so to those who look for it."""

from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client

from alerts import coming_of_age, duty_steps, policies, sweep
from alerts.duties import Duty
from alerts.models import AlertStep, DutyStep, PolicyVersion
from cases import ages, details
from cases.deadlines import at_london
from cases.models import Child, MissingEpisode
from tests.factories import AT, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GONE = AT + 50 * DAY
BIRTHDAY = (GONE + 200 * DAY).date()
TURNS = at_london(BIRTHDAY, time())


@pytest.fixture(autouse=True)
def _in_force() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - 100 * DAY)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(birth_date=BIRTHDAY.replace(year=BIRTHDAY.year - 18))


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return found


def step(episode: MissingEpisode) -> DutyStep | None:
    return DutyStep.objects.filter(episode=episode, kind=Duty.TURNED_18).first()


def climbed() -> list[str]:
    rows = AlertStep.objects.filter(alert__clock__duty=Duty.TURNED_18)
    return list(rows.order_by("climbed_at", "pk").values_list("step", flat=True))


@pytest.mark.by_turns
def test_it_is_asked_from_three_months_before_and_told_a_week_before_and_climbs_until_answered(
    episode, watched
) -> None:
    assert coming_of_age.ask(now=TURNS - 100 * DAY) == 0
    assert step(episode) is None
    assert coming_of_age.ask(now=TURNS - 85 * DAY) == 1
    assert coming_of_age.ask(now=TURNS - 84 * DAY) == 0, "once"
    planned = step(episode)
    assert planned is not None
    assert planned.due_at == TURNS
    sweep.sweep_all(now=TURNS - 7 * DAY - HOUR)
    assert climbed() == []
    sweep.sweep_all(now=TURNS - 7 * DAY)
    assert climbed() == ["R1"]
    sweep.sweep_all(now=TURNS + DAY)
    assert climbed() == ["R1", "R2"]
    given = {"answer": "done", "note": "PC Shah, the worker and the guardian know", "by": watched.desk.person}
    duty_steps.answer(planned, **given, at=TURNS + 25 * HOUR)
    sweep.sweep_all(now=TURNS + 10 * DAY)
    assert climbed() == ["R1", "R2"]


@pytest.mark.by_turns
def test_a_child_who_goes_missing_shortly_before_is_asked_about_at_once(watched) -> None:
    gone_at = TURNS - 2 * DAY
    episode = missing(watched.child, by=watched.worker, at=gone_at)
    sweep.sweep_all(now=gone_at)
    planned = step(episode)
    assert planned is not None
    assert planned.due_at == TURNS
    sweep.sweep_all(now=gone_at)
    assert climbed() == ["R1"]


@pytest.mark.by_turns
def test_of_who_was_of_age_before_it_is_not_asked(watched) -> None:
    gone_at = TURNS + 2 * DAY
    episode = missing(watched.child, by=watched.worker, at=gone_at, last_seen_at=gone_at - HOUR)
    sweep.sweep_all(now=gone_at)
    assert step(episode) is None


@pytest.mark.by_turns
def test_a_child_who_is_back_is_asked_about_no_more(episode, watched) -> None:
    coming_of_age.ask(now=TURNS - 60 * DAY)
    ended(episode, by=watched.desk.person, force=watched.force, at=TURNS - 30 * DAY)
    sweep.sweep_all(now=TURNS + 10 * DAY)
    assert climbed() == []


@pytest.mark.by_turns(8)
def test_a_birth_date_put_right_moves_it_and_one_that_is_far_lets_it_go(episode, watched) -> None:
    coming_of_age.ask(now=TURNS - 60 * DAY)
    corrected(watched, watched.child.birth_date + 10 * DAY, at=TURNS - 8 * DAY)
    moved = step(episode)
    assert moved is not None
    assert (moved.due_at, moved.done_at) == (TURNS + 10 * DAY, None)
    sweep.sweep_all(now=TURNS)
    assert climbed() == []
    corrected(watched, watched.child.birth_date.replace(year=watched.child.birth_date.year + 1), at=TURNS)
    let_go = step(episode)
    assert let_go is not None
    assert (let_go.answer, let_go.done_by) == ("not_needed", None)
    sweep.sweep_all(now=TURNS + 30 * DAY)
    assert climbed() == []
    corrected(watched, BIRTHDAY.replace(year=BIRTHDAY.year - 18), at=TURNS + 30 * DAY)
    again = step(episode)
    assert again is not None
    assert (again.due_at, again.done_at) == (TURNS, None)


@pytest.mark.by_turns
def test_a_birth_date_put_right_to_before_the_search_lets_it_go_and_one_in_it_never_does(watched) -> None:
    gone_at = TURNS - 2 * DAY
    episode = missing(watched.child, by=watched.worker, at=gone_at)
    for _ in range(2):
        sweep.sweep_all(now=gone_at)
    assert climbed() == ["R1"]
    before = episode.since - DAY
    corrected(watched, before.date().replace(year=before.year - 18), at=gone_at + HOUR)
    let_go = step(episode)
    assert let_go is not None
    assert (let_go.answer, let_go.done_by) == ("not_needed", None)
    sweep.sweep_all(now=gone_at + 3 * DAY)
    assert climbed() == ["R1"]
    episode.refresh_from_db()
    assert episode.ended_at is None, "looked for as before"
    # It turned 18 yesterday, a day after it went: late, and asked all the same.
    corrected(watched, BIRTHDAY.replace(year=BIRTHDAY.year - 18), at=TURNS + DAY + HOUR)
    again = step(episode)
    assert again is not None
    assert (again.due_at, again.done_at) == (TURNS, None)


def test_of_a_search_from_before_it_was_asked_for_nobody_hears_late(episode, watched) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=TURNS + DAY)
    assert coming_of_age.ask(now=TURNS + 2 * DAY) == 0
    assert step(episode) is None


@pytest.mark.by_turns
def test_an_old_search_without_any_step_is_asked_about_when_the_birthday_comes_near(watched) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=GONE + 5 * DAY)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert not DutyStep.objects.filter(episode=episode).exists()
    assert coming_of_age.ask(now=TURNS - 60 * DAY) == 1
    assert list(DutyStep.objects.filter(episode=episode).values_list("kind", flat=True)) == [Duty.TURNED_18]
    sweep.sweep_all(now=TURNS - 7 * DAY)
    assert climbed() == ["R1"]


def corrected(watched: Watched, born: date, *, at: datetime) -> None:
    child = Child.objects.get(pk=watched.child.pk)
    given = {"birth_date": born, "precision": "day", "basis": "document", "source": "Passport"}
    version = details.version_of(child, "age")
    ages.claim(child, **given, goes_by_it=True, reason="Seen", version=version, by=watched.manager, at=at)
    watched.child.refresh_from_db()


@pytest.mark.by_turns
def test_the_desk_answers_it_on_the_page_of_the_search(client: Client, now) -> None:
    born = (now + 5 * DAY).date()
    watched = a_watched_child(at=now - 60 * DAY, birth_date=born.replace(year=born.year - 18))
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - 100 * DAY)
    episode = missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - 2 * HOUR)
    client.force_login(watched.desk.person)
    page = f"/missing/{episode.reference}/steps/{Duty.TURNED_18}/"
    assert "18th birthday" in client.get(f"/missing/{episode.reference}/").content.decode()
    client.post(page, {"answer": "done", "note": "PC Shah and the guardian know"})
    found = step(episode)
    assert found is not None
    assert found.done_by == watched.desk.person
