"""A child who moves after somebody came to its house is told of with that house, and with no other (docs/adr/0230)."""

from datetime import timedelta

import pytest

from alerts.models import Message
from cases import clock, triggers
from cases.models import Child, Home
from tests.alerts.outgoing import catch, send_all, tick
from tests.alerts.test_approaches import BEFORE, HOUR, MINUTE, NOW, WHO, a_house, came
from tests.factories import Watched, a_child, a_home, a_watched_child, agreed, arrived, placed, seen

pytestmark = pytest.mark.django_db

LATER = NOW + HOUR / 2


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=BEFORE, given_name="Yonas")
    for by in (found.carer, found.worker):
        seen(found.child, by=by, at=NOW - HOUR)
    return found


def living_in(watched: Watched, home: Home) -> Child:
    child = a_child(watched.authority, at=BEFORE, team=watched.team, worker=watched.worker)
    placed(child, home, at=BEFORE)
    for by in (watched.carer, watched.worker):
        seen(child, by=by, at=NOW - HOUR)
    return child


def told(watched: Watched, **fields: object) -> set[tuple[int | None, frozenset[int]]]:
    """Home and children of each message of visits to the manager."""
    ours = Message.objects.filter(
        step="R2", post="manager", wording="duty_approach", channel="mail", **fields
    )
    return {(one.home_id, frozenset(item.alert.child_id for item in one.items.all())) for one in ours}


@pytest.mark.by_turns
def test_whoever_stands_above_hears_of_the_house_as_it_was_entered(watched: Watched) -> None:
    first, moves = a_house(watched, 1)
    other_home = a_home()
    beside = living_in(watched, other_home)
    came(watched, moves)
    triggers.record(
        [beside],
        kind="approach",
        happens_at=NOW,
        note="A man waited",
        stranger=WHO,
        by=watched.worker,
        at=NOW,
    )
    tick(NOW)
    send_all(NOW)
    placed(moves, other_home, starts_at=NOW + 5 * MINUTE, at=NOW + 5 * MINUTE)
    tick(LATER)
    assert told(watched) == {
        (watched.home.pk, frozenset({first.pk, moves.pk})),
        (other_home.pk, frozenset({beside.pk})),
    }


def test_the_desk_to_which_it_passes_hears_of_the_house_as_it_was_entered(watched: Watched) -> None:
    other = a_watched_child(at=BEFORE)
    (_first, stays) = a_house(watched, 1)
    goes = agreed(watched, other, moves_at=NOW, at=NOW - timedelta(hours=2))
    came(watched, stays)
    tick(NOW)
    tick(NOW)
    send_all(NOW)
    placed(watched.child, a_home(), starts_at=NOW + MINUTE, at=NOW + MINUTE)
    arrived(goes, at=NOW + 2 * MINUTE)
    theirs = Message.objects.filter(wording="duty_approach", mailbox=other.desk.mailbox)
    assert {one.home_id for one in theirs} == {watched.home.pk}
