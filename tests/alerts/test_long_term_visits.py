"""Long-term fostering is visited more seldom where the child agreed, and as any placement once it ends or is to end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from alerts import paperwork
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rule, Rules, Stay, Visited
from cases import clock, placement_papers
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
        assert due(replace(short, next_said_at=AGREED.at + days * DAY)) == wanted
    for later, months in ((timedelta(0), 6), (DAY, None)):
        eighteen = short.until + later
        found = due(short, turns_18=(eighteen - 180 * DAY, eighteen, eighteen))
        assert found == (add_months(AGREED.at, months) if months else add_days(AGREED.at, 42)), later


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
