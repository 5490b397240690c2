"""A placement whose end is planned: the worker is asked before that day what comes next, and past it that climbs."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import calendars, paperwork, sweep
from alerts.models import Message
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rules, Stay
from cases import clock, placement_papers, placements
from cases.deadlines import add_days, add_working_days, end_of
from cases.models import Placement
from cases.states import IllegalMove
from tests.alerts import papers
from tests.cases.expectations import events
from tests.factories import AT, Watched, a_watched_child, case_closed, placed, seen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAME = "next_place"
LAST = AT.date() + 30 * DAY
OVER = end_of(LAST)
ASKED = add_days(OVER, -14)


def owed(stay: Stay, *, since: datetime = AT - DAY) -> datetime | None:
    found = paperwork.owed(Facts(AT, stays=(stay,)), (Rules(since, DEFAULT),), Days())
    return next((one.due_at for one in found if one.paper == Paper.NEXT_PLACE), None)


def test_it_is_asked_two_weeks_before_and_again_where_it_was_said_sooner_than_that() -> None:
    assert owed(Stay(AT)) is None
    assert owed(Stay(AT, ends_at=AT + DAY, until=OVER)) is None
    assert owed(Stay(AT, until=OVER)) == ASKED
    assert owed(Stay(AT, until=OVER, next_said_at=ASKED - HOUR)) == ASKED
    assert owed(Stay(AT, until=OVER, next_said_at=ASKED)) == OVER, "then the day itself is waited for"
    assert owed(Stay(AT, until=AT + 3 * DAY)) == AT, "a short one at its start"
    assert owed(Stay(AT, until=OVER), since=OVER - DAY) == OVER - DAY, "none before the policy asks"


def test_an_end_that_was_over_before_anybody_was_asked_is_asked_for_two_weeks_later() -> None:
    asked = OVER + DAY
    assert owed(Stay(AT, until=OVER), since=asked) == add_days(asked, 14)
    assert owed(Stay(AT, until=OVER, next_said_at=asked), since=asked) == add_days(asked, 14)
    assert owed(Stay(AT, until=asked), since=asked) == asked, (
        "what is over as the policy begins is told at once"
    )


@pytest.fixture
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + HOUR)


@pytest.fixture
def watched(db: None, at_ten: None) -> Watched:
    papers.asked_for()
    one = a_watched_child(at=AT)
    Placement.objects.filter(pk=one.placement.pk).update(expected_end_date=LAST)
    seen(one.child, by=one.carer, at=AT + HOUR)
    placement_papers.say_next(
        one.placement, last_date=LAST, comes_next="To be looked for", by=one.worker, at=AT + HOUR
    )
    return one


def told(watched: Watched) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = Message.objects.filter(items__alert__clock__duty=NAME, items__alert__child=watched.child)
    for step, post in rows.values_list("step", "post"):
        found.setdefault(step, set()).add(post)
    return found


def swept(watched: Watched, at: datetime) -> None:
    seen(watched.child, by=watched.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_the_worker_is_asked_before_the_day_and_past_it_who_stands_above_hears(watched: Watched) -> None:
    swept(watched, ASKED - HOUR)
    assert told(watched) == {}
    swept(watched, ASKED)
    assert told(watched) == {"R1": {"worker", "duty"}}
    swept(watched, OVER)
    assert set(told(watched)) == {"R1"}
    steps = papers.clock_of(watched.child, NAME).steps
    second = add_working_days(OVER, 2, nation=Days().nation, holidays=frozenset())
    assert datetime.fromisoformat(steps["R2"]) <= second + 4 * DAY
    assert datetime.fromisoformat(steps["R2"]) > OVER
    for rung in ("R2", "R4", "R5"):
        swept(watched, datetime.fromisoformat(steps[rung]))
    assert set(told(watched)) == {"R1", "R2", "R4", "R5"}


@pytest.mark.by_turns
def test_what_is_said_in_time_waits_for_the_day_and_another_placement_ends_it(watched: Watched) -> None:
    swept(watched, ASKED)
    said = {"comes_next": "A foster family", "by": watched.worker, "at": ASKED + HOUR}
    with events(watched.child, "placement_end_planned"):
        placement_papers.say_next(watched.placement, last_date=LAST, **said)
    sweep.sweep_all(now=ASKED + HOUR)
    assert not papers.is_open(watched.child, NAME)
    assert papers.clock_of(watched.child, NAME).due_at == OVER
    swept(watched, OVER)
    assert papers.is_open(watched.child, NAME), "the child is there past the day"
    placed(watched.child, starts_at=OVER + HOUR, at=OVER + HOUR)
    sweep.sweep_all(now=OVER + HOUR)
    assert not papers.is_open(watched.child, NAME)


@pytest.mark.by_turns(8)
def test_it_is_refused_without_words_for_a_day_that_is_over_and_of_what_has_ended(watched: Watched) -> None:
    given = {"by": watched.worker, "at": AT + 2 * HOUR}
    for last, words in ((LAST, " "), (date(2026, 1, 1), "A foster family")):
        with pytest.raises(IllegalMove):
            placement_papers.say_next(watched.placement, last_date=last, comes_next=words, **given)
    placements.end(watched.placement, ends_at=AT + HOUR, reason="Bed lost", where="With a friend", **given)
    with pytest.raises(IllegalMove, match="has ended"):
        placement_papers.say_next(watched.placement, last_date=LAST, comes_next="A family", **given)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=AT + 3 * HOUR)
    with pytest.raises(IllegalMove):
        placement_papers.say_next(watched.placement, last_date=LAST, comes_next="A family", **given)


def test_the_database_holds_no_words_without_their_time_and_last_day(watched: Watched) -> None:
    row = Placement.objects.filter(pk=watched.placement.pk)
    for broken in ({"comes_next_at": None}, {"comes_next": ""}, {"expected_end_date": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**broken)


@pytest.mark.by_turns(8)
def test_the_page_keeps_the_day_and_the_words_and_a_stranger_has_none(
    client: Client, watched: Watched
) -> None:
    address = reverse("placement_next", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert "To be looked for" in client.get(address).content.decode()
    assert client.post(address, {"comes_next": ""}).status_code == 422
    day = {f"last_date_{part}": str(getattr(LAST, part)) for part in ("day", "month", "year")}
    assert client.post(address, {**day, "comes_next": "A foster family"}).status_code == 302
    page = client.get(reverse("child_placements", args=[watched.child.reference])).content.decode()
    assert "A foster family" in page
    (entry,) = [
        one for one in calendars.entries(list(calendars.rows_of([watched.child.pk]))) if one.href == address
    ]
    assert "Planned end of the placement" in entry.what
    for stranger in (watched.carer, watched.guardian, a_watched_child(risk="low").worker):
        client.force_login(stranger)
        assert client.get(address).status_code in (403, 404)
        assert client.post(address, {**day, "comes_next": "Nowhere"}).status_code in (403, 404)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("kind", "days"), [("T1", 42), ("T3", 21), ("T4", 7)])
def test_a_temporary_placement_has_a_latest_end_whether_one_is_planned_or_not(
    watched: Watched, kind: str, days: int
) -> None:
    begun = AT + HOUR
    row = placed(watched.child, watched.home, placement_type=kind, starts_at=begun, at=begun)
    over = end_of(begun.date() + days * DAY)
    assert papers.clock_of(watched.child, NAME).due_at == max(begun, add_days(over, -14))
    late = {"comes_next": "The same", "by": watched.worker, "at": AT + 2 * HOUR}
    with pytest.raises(IllegalMove, match="at the latest"):
        placement_papers.say_next(row, last_date=begun.date() + (days + 1) * DAY, **late)
    placement_papers.say_next(row, last_date=begun.date() + days * DAY, **late)
    with pytest.raises(IllegalMove, match="at the latest"):
        placements.start(
            watched.child,
            where=watched.home,
            placement_type=kind,
            starts_at=AT + 3 * HOUR,
            expected_end_date=AT.date() + (days + 1) * DAY,
            by=watched.worker,
            at=AT + 3 * HOUR,
        )


@pytest.mark.by_turns
def test_another_placement_has_none(watched: Watched) -> None:
    placed(watched.child, watched.home, placement_type="T2", starts_at=AT + HOUR, at=AT + HOUR)
    assert papers.clock_of(watched.child, NAME).due_at is None
