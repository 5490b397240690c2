"""Long-term fostering is visited more seldom where the child agreed, and as any placement once it ends or is to end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from alerts import paperwork
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rule, Rules, Stay, Visited
from cases import clock, placement_papers, visits
from cases.deadlines import Nation, add_days, add_months, london_day
from cases.models import Placement, Visit
from tests.alerts import papers
from tests.factories import AT, a_watched_child, placed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VERSIONS = (Rules(AT - 90 * DAY, DEFAULT),)
FOSTERED = Stay(AT, long_term=True)
# On the day on which the placement has lasted a year.
AGREED = Visited(add_months(AT, 12), lasting=True, agreed=True)


def due(
    *stays: Stay, last: Visited = AGREED, versions: tuple[Rules, ...] = VERSIONS, **known: object
) -> datetime | None:
    facts = Facts(AT, stays=stays, visits=(last,), **known)  # type: ignore[arg-type]
    found = paperwork.owed(facts, versions, Days(Nation.ENGLAND_AND_WALES))
    return next((one.due_at for one in found if one.paper == Paper.VISIT), None)


def test_every_six_months_after_a_year_where_the_child_agreed_and_nowhere_else() -> None:
    assert due(FOSTERED) == add_months(AGREED.at, 6)
    assert due(FOSTERED, last=replace(AGREED, agreed=False)) == add_months(AGREED.at, 3)
    assert due(Stay(AT)) == add_months(AGREED.at, 3), "no long-term fostering"
    early = replace(AGREED, at=AGREED.at - DAY)
    assert due(FOSTERED, last=early) == add_days(early.at, 42), "in its first year"
    # A policy of before this was a case of it has the one beside it.
    visit = DEFAULT[Paper.VISIT]
    older = Rule({case: span for case, span in visit.due.items() if case != "agreed"}, visit.rungs)
    assert due(FOSTERED, versions=(Rules(AT - DAY, {**DEFAULT, Paper.VISIT: older}),)) == add_months(
        AGREED.at, 3
    )


def test_a_placement_that_ends_or_is_to_end_is_visited_as_any_other() -> None:
    moved_at = AGREED.at + 70 * DAY
    both = replace(FOSTERED, ends_at=moved_at), replace(FOSTERED, starts_at=moved_at)
    assert due(*both) == add_days(moved_at, 7)
    there = replace(AGREED, at=moved_at + DAY)
    assert due(*both, last=there) == add_days(there.at, 42), "its first year begins anew"
    assert due(both[0]) is None
    short = replace(FOSTERED, until=AGREED.at + 100 * DAY)
    assert due(short) == add_days(AGREED.at, 42), "it was to end when the child was visited"
    # Said since: nothing is late by the word alone.
    for days, wanted in ((10, add_days(AGREED.at, 42)), (60, add_days(AGREED.at + 60 * DAY, 7))):
        assert due(replace(short, ends_said=((AGREED.at + days * DAY, None),))) == wanted
    for later, months in ((timedelta(0), 6), (DAY, None)):
        eighteen = short.until + later
        found = due(short, turns_18=(eighteen - 180 * DAY, eighteen, eighteen))
        assert found == (add_months(AGREED.at, months) if months else add_days(AGREED.at, 42)), later


def test_the_same_end_said_again_puts_nothing_off() -> None:
    until, first = AGREED.at + 100 * DAY, AGREED.at + 40 * DAY
    short = replace(FOSTERED, until=until)
    again = ((first, None), (first + 8 * DAY, until), (first + 16 * DAY, until - DAY))
    assert due(replace(short, ends_said=again)) == add_days(first, 7)
    # It stood at the visit, whoever says it again.
    known = ((AGREED.at - DAY, None), *again[1:])
    assert due(replace(short, ends_said=known)) == add_days(AGREED.at, 42)
    # The word is news where the child was to stay until 18.
    eighteen = until + 50 * DAY
    turns = (eighteen - 180 * DAY, eighteen, eighteen)
    longer = replace(short, ends_said=((first, eighteen),))
    assert due(longer, turns_18=turns) == add_days(first, 7)


def test_a_visit_of_before_the_policy_asked_about_the_end_is_not_late_on_its_first_day() -> None:
    visit = DEFAULT[Paper.VISIT]
    older = Rule({case: span for case, span in visit.due.items() if case != "agreed"}, visit.rungs)
    last = replace(AGREED, agreed=False)
    short = replace(FOSTERED, until=last.at + 200 * DAY)
    for days, wanted in (
        (80, add_days(last.at + 80 * DAY, 7)),
        # Not later than the visit itself gave, and not sooner than six weeks after it.
        (88, add_months(last.at, 3)),
        (20, add_days(last.at, 42)),
    ):
        release = last.at + days * DAY
        versions = (Rules(AT - 90 * DAY, {**DEFAULT, Paper.VISIT: older}), Rules(release, DEFAULT))
        assert due(short, last=last, versions=versions) == wanted, days
        # What was said before it, too.
        said = replace(short, ends_said=((last.at + 5 * DAY, None),))
        assert due(said, last=last, versions=versions) == wanted, days


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_end_is_read_as_it_was_said_and_a_second_word_moves_no_clock() -> None:
    papers.asked_for()
    watched = a_watched_child(at=AT + HOUR)
    seen_at = add_months(AT + HOUR, 13)
    there = visits.Visited(seen=True, place="At home", visited_at=seen_at, lasting=True)
    visits.record(watched.child, there, by=watched.worker, at=seen_at)
    assert papers.clock_of(watched.child, "visit").due_at == add_months(seen_at, 3)
    said = {"comes_next": "A family", "last_date": london_day(seen_at + 90 * DAY), "by": watched.worker}
    first = seen_at + 50 * DAY
    for at in (first, first + 3 * DAY):
        placement_papers.say_next(watched.placement, at=at, **said)
        assert papers.clock_of(watched.child, "visit").due_at == add_days(first, 7)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_the_child_s_word_is_asked_at_a_visit_of_long_term_fostering_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.asked_for()
    watched, other = a_watched_child(at=AT + HOUR), a_watched_child(at=AT + HOUR)
    start, now = AT + 5 * DAY, AT + 400 * DAY
    fostered = placed(watched.child, starts_at=start, at=start, placement_type=Placement.Type.FOSTER_LONG)
    monkeypatch.setattr(clock, "now", lambda: now)
    said = {
        "seen": "alone",
        "place": "At home",
        "visited_at_when": "now",
        "lasting": "on",
        "agreed_less": "on",
    }
    said["once"] = "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d77"
    client.force_login(other.worker)
    path = reverse("visit_new", args=[other.child.reference])
    assert "agrees to be visited less often" not in client.get(path).content.decode()
    # What was not asked counts for nothing.
    assert client.post(path, said).status_code == 302
    assert not Visit.objects.get().agreed_less
    client.force_login(watched.worker)
    path = reverse("visit_new", args=[watched.child.reference])
    assert "agrees to be visited less often" in client.get(path).content.decode()
    said["once"] = "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d78"
    for wrong, says in (({"lasting": ""}, "Tick also"), ({"seen": "no", "note": "Out"}, "was not seen")):
        refused = client.post(path, said | wrong)
        assert refused.status_code == 422
        assert says in refused.content.decode()
    assert client.post(path, said).status_code == 302
    visit = Visit.objects.get(agreed_less=True)
    assert papers.clock_of(watched.child, "visit").due_at == add_months(visit.visited_at, 6)
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "The child agrees to be visited less often." in story
    end = {"last_date": london_day(now + 150 * DAY), "comes_next": "His own flat"}
    placement_papers.say_next(fostered, **end, by=watched.worker, at=now + DAY)
    assert papers.clock_of(watched.child, "visit").due_at == add_days(visit.visited_at, 42)
    with pytest.raises(IntegrityError):
        Visit.objects.create(
            child=watched.child,
            visited_at=now,
            recorded_at=now,
            recorded_by=watched.worker,
            seen=False,
            note="Out",
            place="At home",
            agreed_less=True,
        )
