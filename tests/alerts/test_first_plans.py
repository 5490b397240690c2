"""A placement has its plan within five working days, and the care of a child within ten; recorded, it is asked no more."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts.paper_facts import CareEnded, Facts, Held, Stay
from alerts.paper_rules import DEFAULT, Days, Paper, Rules
from alerts.paperwork import owed
from cases import clock, held_papers
from tests.alerts import papers
from tests.factories import AT, Watched, a_home, a_watched_child, placed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VERSIONS = (Rules(AT - 30 * DAY, DEFAULT),)
BOTH = {Paper.PLACEMENT_PLAN, Paper.CARE_PLAN}


def due(facts: Facts) -> dict[Paper, str]:
    """The days by which the two are owed."""
    return {one.paper: f"{one.due_at:%m-%d}" for one in owed(facts, VERSIONS, Days()) if one.paper in BOTH}


def test_both_count_from_their_beginning_and_end_with_a_plan_of_that_day_or_later() -> None:
    here = Facts(AT, stays=(Stay(AT),))
    assert due(here) == {Paper.PLACEMENT_PLAN: "03-09", Paper.CARE_PLAN: "03-16"}, "AT is Monday 2 March"
    # A plan is kept with midday of its day, which may be before the hour at which the child came.
    made = Held(1, AT.replace(hour=0, minute=1))
    for paper in BOTH:
        assert due(Facts(AT, stays=(Stay(AT),), held={paper: made})).keys() == BOTH - {paper}
        assert due(Facts(AT, stays=(Stay(AT),), held={paper: Held(1, AT - DAY)})).keys() == BOTH


def test_each_placement_has_a_plan_of_its_own_and_the_care_one_for_all() -> None:
    made = {paper: Held(1, AT + DAY) for paper in BOTH}
    moved = (Stay(AT, AT + 7 * DAY), Stay(AT + 7 * DAY))
    assert due(Facts(AT, stays=moved, held=made)) == {Paper.PLACEMENT_PLAN: "03-16"}
    again = {**made, Paper.PLACEMENT_PLAN: Held(2, AT + 8 * DAY)}
    assert due(Facts(AT, stays=moved, held=again)) == {}
    # With nowhere recorded there is no placement to plan.
    assert due(Facts(AT, stays=(Stay(AT, AT + 7 * DAY),), held=made)) == {}


def test_they_rest_with_care_and_begin_with_it_anew() -> None:
    made = {paper: Held(1, AT + DAY) for paper in BOTH}
    ended, anew = AT + 10 * DAY, AT + 20 * DAY
    here = {"stays": (Stay(AT),), "held": made}
    assert due(Facts(AT, **here, care_ended=CareEnded(ended))) == {}
    found = due(Facts(AT, **here, care_ended=CareEnded(ended, anew)))
    assert found == {Paper.PLACEMENT_PLAN: "03-27", Paper.CARE_PLAN: "04-03"}


def test_what_began_before_it_was_asked_is_not_asked_and_what_is_looked_for_rests() -> None:
    long_ago = AT - 60 * DAY
    assert due(Facts(long_ago, stays=(Stay(long_ago),))) == {}
    assert due(Facts(AT, stays=(Stay(AT),), is_sought=True)) == {}


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_the_clocks_stand_down_when_the_plans_are_recorded_on_the_page(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = AT + 2 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    rungs = ["R1", "R2", "R4", "R5"]
    for paper in sorted(BOTH):
        row = papers.clock_of(watched.child, paper)
        assert list(row.steps) == rungs
        page = reverse("held_new", args=[watched.child.reference, paper])
        assert client.post(page, {"led_by": "x"}).status_code == 422
        day = {"held_date_day": 2, "held_date_month": 3, "held_date_year": 2026}
        once = client.get(page).context["form"].initial["once"]
        said = {**day, "led_by": "Ana Reyes, with the carer", "note": "A room of her own", "once": once}
        # The same form twice is one.
        assert [client.post(page, said).status_code for _ in range(2)] == [302, 302]
        row.refresh_from_db()
        assert row.due_at is None
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.get(page).status_code == 404


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_move_asks_for_the_plan_of_the_new_home(watched: Watched) -> None:
    given = {"led_by": "Ana Reyes", "by": watched.worker, "at": AT + 2 * HOUR}
    held_papers.record(watched.child, "placement_plan", held_date=AT.date(), **given)
    row = papers.clock_of(watched.child, "placement_plan")
    assert row.due_at is None
    moved_at: datetime = AT + DAY
    placed(watched.child, a_home(watched.authority), by=watched.worker, starts_at=moved_at, at=moved_at)
    row.refresh_from_db()
    assert f"{row.due_at:%m-%d}" == "03-10"
