"""What a child is promised in a return interview: actions with owners, days and clocks, and the day of another look."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import plan_dues
from alerts.paper_rules import Paper
from cases import facts, older_looks, plans, return_interviews
from cases.action_owners import of_council
from cases.deadlines import london_day
from cases.models import Membership, MissingEpisode, PlanAction
from cases.return_interviews import Promise, Told
from cases.states import IllegalMove
from tests.factories import Watched, a_watched_child, case_closed, ended, missing

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 5 * DAY)


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    return ended(missing(watched.child, by=watched.worker, at=now - 3 * HOUR), at=now - 2 * HOUR)


def held(
    episode: MissingEpisode,
    w: Watched,
    now: datetime,
    *,
    version: int = 0,
    promised: Any = (),
    again: date | None = None,
    **said: Any,
) -> None:
    told = Told(
        offered_at=now - HOUR,
        outcome="held",
        held_at=now - HOUR,
        interviewer="Petra Lorne",
        independence="independent",
        interpreter="not_needed",
        sharing="yes",
        review_date=again,
        **said,
    )
    return_interviews.write(episode, told, promised=promised, version=version, by=w.worker, at=now)


def clocks(w: Watched, now: datetime) -> list[date]:
    """The days by which the paper of actions asks."""
    found = plan_dues.read(facts.load([w.child.pk]), at=now).promised[w.child.pk]
    return sorted(london_day(one.due_at) for one in found if one.paper == Paper.ACTION)


@pytest.mark.by_turns
def test_the_day_the_child_was_told_has_a_clock_and_an_owner(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    again = london_day(now) + 12 * DAY
    held(episode, watched, now, again=again)
    (action,) = return_interviews.promises(episode)
    assert (action.looks_again, action.by_date, action.owner) == (True, again, watched.worker)
    assert clocks(watched, now) == [again]


@pytest.fixture
def from_before(
    monkeypatch: pytest.MonkeyPatch, watched: Watched, episode: MissingEpisode, now: datetime
) -> date:
    """The day was written when such a day was text that no clock read."""
    again = london_day(now) + 12 * DAY
    with monkeypatch.context() as before:
        before.setattr(return_interviews, "look_again", lambda *told, **by: None)
        held(episode, watched, now, again=again)
    assert clocks(watched, now) == []
    return again


@pytest.mark.by_turns(8)
def test_a_day_that_was_written_before_such_days_had_a_clock_is_asked_for_once(
    watched: Watched, episode: MissingEpisode, now: datetime, from_before: date
) -> None:
    assert older_looks.ask(now=now + HOUR) == 1
    assert older_looks.ask(now=now + 2 * HOUR) == 0
    (action,) = return_interviews.promises(episode)
    assert (action.by_date, action.owner) == (from_before, watched.worker)
    assert clocks(watched, now) == [from_before]
    plans.end(action, "done", said="Looked at with the child", by=watched.worker, at=now + 2 * HOUR)
    assert older_looks.ask(now=now + 3 * HOUR) == 0, "it was done"


@pytest.mark.by_turns
def test_one_that_has_passed_or_was_struck_out_is_asked_for_by_nobody(
    watched: Watched, episode: MissingEpisode, now: datetime, from_before: date
) -> None:
    assert older_looks.ask(now=now + 13 * DAY) == 0, "the day has passed"
    return_interviews.withdraw(episode, version=1, reason="Another child", by=watched.worker, at=now)
    assert older_looks.ask(now=now) == 0, "the interview is withdrawn"


def test_where_nobody_can_be_asked_it_waits_for_somebody(
    watched: Watched, now: datetime, from_before: date
) -> None:
    Membership.objects.filter(user=watched.worker).update(ends_at=now)
    assert older_looks.ask(now=now + HOUR) == 0
    assert not PlanAction.objects.filter(child=watched.child).exists()


def test_what_was_promised_is_asked_of_its_owner_once_however_often_it_is_sent(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    day = london_day(now) + 3 * DAY
    promise = Promise(what="A phone for Sundays", owner=of_council(watched.manager), by_date=day)
    key = uuid.uuid4()
    for _ in range(2):
        held(episode, watched, now, promised=[promise], key=key)
    (action,) = return_interviews.promises(episode)
    assert (action.what, action.owner, action.looks_again) == ("A phone for Sundays", watched.manager, False)
    assert clocks(watched, now) == [day]


@pytest.mark.by_turns
def test_another_day_takes_the_place_of_the_first_and_none_stands_down(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    first, second = london_day(now) + 3 * DAY, london_day(now) + 9 * DAY
    held(episode, watched, now, again=first)
    held(episode, watched, now, version=1, again=second)
    assert clocks(watched, now) == [second]
    held(episode, watched, now, version=2, again=None)
    assert clocks(watched, now) == []
    assert PlanAction.objects.filter(interview_of=episode, ending="withdrawn").count() == 2


@pytest.mark.by_turns
def test_a_correction_of_a_word_asks_for_nothing_anew(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    again = london_day(now) + 3 * DAY
    held(episode, watched, now, again=again)
    (action,) = return_interviews.promises(episode)
    plans.end(action, PlanAction.Ending.DONE, said="We talked", by=watched.worker, at=now)
    held(episode, watched, now, version=1, again=again, why_left="Because of the quarrel")
    assert clocks(watched, now) == []


@pytest.mark.by_turns(8)
def test_a_day_that_is_over_is_refused_unless_it_stood(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    with pytest.raises(IllegalMove, match="must be today or later"):
        held(episode, watched, now, again=london_day(now) - DAY)
    held(episode, watched, now, again=london_day(now))
    held(episode, watched, now + 2 * DAY, version=1, again=london_day(now), why_left="A quarrel")
    assert clocks(watched, now) == [london_day(now)]


@pytest.mark.by_turns
def test_with_the_interview_what_was_promised_in_it_is_withdrawn(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    day = london_day(now) + 3 * DAY
    promise = Promise(what="A phone for Sundays", owner=of_council(watched.worker), by_date=day)
    held(episode, watched, now, again=day, promised=[promise])
    return_interviews.withdraw(episode, version=1, reason="Of another child", by=watched.worker, at=now)
    assert clocks(watched, now) == []
    said = set(PlanAction.objects.filter(interview_of=episode).values_list("said", flat=True))
    assert said == {"The interview is withdrawn: Of another child"}


@pytest.mark.by_turns
def test_of_a_closed_case_an_interview_is_written_late_and_asks_for_nothing(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    case_closed(watched.child, reason="Moved", by=watched.manager, at=now)
    held(episode, watched, now + HOUR / 2, again=london_day(now) + DAY)
    assert not PlanAction.objects.exists()


@pytest.mark.by_turns(8)
def test_the_database_holds_one_day_to_look_again(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    held(episode, watched, now, again=london_day(now) + DAY)
    given = {"interview_of": episode, "looks_again": True, "by": watched.worker, "at": now}
    for wrong, name in ((given, "one_day_to_look_again"), (given | {"interview_of": None}, "looks_again_at")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            plans.ask(watched.child, "Twice", owner=watched.worker, by_date=london_day(now), **wrong)


def boxes(name: str, day: date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def sent(**said: Any) -> dict[str, Any]:
    return {
        "offered_at_when": "now",
        "outcome": "held",
        "held_at_when": "now",
        "interviewer": "Petra Lorne",
        "independence": "independent",
        "interpreter": "not_needed",
        "sharing": "yes",
        "once": str(uuid.uuid4()),
        "read": "0",
        **said,
    }


@pytest.mark.by_turns(8)
def test_the_page_asks_for_rows_and_shows_what_is_promised(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    day = london_day(now) + 3 * DAY
    address = reverse("return_interview", args=[episode.reference])
    client.force_login(watched.worker)
    assert "promise_2_what" in client.get(address).content.decode()
    half = client.post(address, sent(promise_0_what="A phone for Sundays"))
    assert half.status_code == 422
    assert "Select who does it" in half.content.decode()
    assert "Enter by when it is done" in half.content.decode()
    assert 'value="A phone for Sundays"' in half.content.decode()
    over = sent(promise_0_what="A phone", promise_0_owner="home", **boxes("promise_0_by", day - 9 * DAY))
    assert "must be today or in the future" in client.post(address, over).content.decode()
    good = sent(
        promise_0_what="A phone for Sundays",
        promise_0_owner="home",
        **boxes("promise_0_by", day),
        **boxes("review_date", day + DAY),
    )
    assert client.post(address, good).status_code == 302
    page = client.get(address).content.decode()
    assert "Promised to the child" in page
    assert "A phone for Sundays" in page
    assert clocks(watched, now) == [day, day + DAY]
