"""The guardian of a child who is missing for long: looked at again after six months, by whoever may end it."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock
from cases import clock
from cases.deadlines import add_months
from cases.models import Event
from cases.states import IllegalMove
from guardians import assignments, looks
from guardians.models import GuardianLook
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GONE = AT + DAY
# Nobody has seen the child since it was placed.
HALF = add_months(AT, 6)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    one = a_watched_child()
    missing(one.child, at=GONE)
    return one


def due(one: Watched) -> datetime | None:
    return (
        Clock.objects.filter(child=one.child, duty="guardian_stays").values_list("due_at", flat=True).first()
    )


def goes_on(one: Watched, at: datetime, reason: str = "Writes to the police each month") -> GuardianLook:
    return looks.go_on(one.child, reason=reason, by=one.worker, at=at)


@pytest.mark.by_turns
def test_it_is_owed_six_months_after_the_child_went_missing_and_climbs(watched: Watched) -> None:
    assert due(watched) == HALF
    sweep.sweep_all(now=HALF - HOUR)
    assert papers.steps(watched.child, "guardian_stays") == []
    sweep.sweep_all(now=HALF + HOUR)
    assert papers.steps(watched.child, "guardian_stays") == ["R1"]
    goes_on(watched, HALF + DAY)
    assert due(watched) == add_months(HALF + DAY, 3)
    sweep.sweep_all(now=HALF + DAY + HOUR)
    assert not papers.is_open(watched.child, "guardian_stays")


@pytest.mark.by_turns
def test_an_end_a_return_and_nobody_end_it(watched: Watched) -> None:
    assignments.end(watched.assignment, reason="It is over", by=watched.worker, at=HALF + HOUR)
    assert due(watched) is None
    other = a_watched_child()
    assert due(other) is None, "nobody looks for this child"
    episode = missing(other.child, at=GONE)
    assert due(other) == HALF
    ended(episode, at=GONE + DAY)
    assert due(other) is None


def test_a_look_before_the_six_months_puts_nothing_off_and_one_that_was_a_mistake_neither(
    watched: Watched,
) -> None:
    goes_on(watched, GONE + 30 * DAY)
    assert due(watched) == HALF
    look = goes_on(watched, HALF + DAY)
    assert goes_on(watched, HALF + DAY + HOUR) == look, "sent twice"
    assert due(watched) == add_months(HALF + DAY, 3)
    looks.take_back(look, reason="Of another child", by=watched.worker, at=HALF + 2 * DAY)
    assert due(watched) == HALF
    with pytest.raises(IllegalMove, match="withdrawn already"):
        looks.take_back(look, reason="Again", by=watched.worker, at=HALF + 2 * DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        GuardianLook.objects.update(reason="Else")


@pytest.mark.by_turns(8)
def test_it_takes_a_reason_a_search_and_a_guardian(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="Enter why"):
        goes_on(watched, HALF, " ")
    assignments.end(watched.assignment, reason="It is over", by=watched.worker, at=HALF)
    with pytest.raises(IllegalMove, match="no guardian"):
        goes_on(watched, HALF + HOUR)
    with pytest.raises(IllegalMove, match="not missing"):
        goes_on(a_watched_child(), HALF)


def test_the_page_says_so_and_strangers_find_none(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: HALF + HOUR)
    address = reverse("guardian_look", args=[watched.child.reference])
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
    client.force_login(watched.worker)
    assert "recorded last was a mistake" not in client.get(address).content.decode()
    refused = client.post(address, {"answer": "mistake", "reason": "x"})
    assert refused.status_code == 422
    assert not GuardianLook.objects.exists()
    assert client.post(address, {"answer": "goes_on", "reason": "Writes"}).status_code == 302
    assert due(watched) == add_months(HALF + HOUR, 3)
    assert "recorded last was a mistake" in client.get(address).content.decode()
    assert client.post(address, {"answer": "mistake", "reason": "His brother"}).status_code == 302
    assert due(watched) == HALF
    kinds = Event.objects.filter(child=watched.child, kind__startswith="guardian_").values_list(
        "kind", flat=True
    )
    assert {"guardian_goes_on", "guardian_look_withdrawn"} <= set(kinds)
    story = client.get(reverse("child_timeline", args=[watched.child.reference])).content.decode()
    assert "His brother" in story
    at_home = a_watched_child()
    client.force_login(at_home.worker)
    assert client.get(reverse("guardian_look", args=[at_home.child.reference])).status_code == 404
