"""A child who is missing on the way to another authority, and found: nobody waits for its arrival, and its home is asked."""

from datetime import timedelta

import pytest

from alerts import reach, sweep, timeline
from alerts.models import Clock
from cases import episodes, homecomings, transfers
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Child, MissingEpisode, Transfer
from cases.states import TransferStatus
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_force_mailbox,
    a_watched_child,
    agreed,
    arrived,
    confirmed,
    ended,
    missing,
    planned,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEPARTS = AT + 29 * HOUR
LOST, FOUND = DEPARTS + HOUR, DEPARTS + 5 * HOUR


@pytest.fixture
def sender() -> Watched:
    papers.asked_for()
    found = a_watched_child()
    seen(found.child, by=found.carer, at=DEPARTS - HOUR)
    return found


@pytest.fixture
def receiver() -> Watched:
    found = a_watched_child(risk="low")
    a_force_mailbox(found.force)
    return found


@pytest.fixture
def going(sender: Watched, receiver: Watched) -> Transfer:
    return set_out(agreed(sender, receiver, moves_at=DEPARTS, at=DEPARTS - HOUR), sender)


def set_out(transfer: Transfer, sender: Watched) -> Transfer:
    way = {"left_at": DEPARTS, "expected_at": DEPARTS + 2 * HOUR}
    return transfers.set_out(transfer, **way, by=sender.worker, at=DEPARTS)


def status(child: Child) -> str:
    return Transfer.objects.get(child=child).status


def found(sender: Watched, episode: MissingEpisode, *, outcome: str, bed: str) -> None:
    """Ended by duty as its page does it, with what becomes of the bed."""
    by = {"by": sender.desk.person, "at": FOUND}
    episodes.confirm_with_child(episode, how="saw", **by)
    episodes.record_police_closing(
        episode,
        officer="PC 4821 Penrowe",
        closed_at=FOUND,
        force=sender.force,
        by=sender.desk.second,
        at=FOUND,
    )
    ending = episodes.Ending(
        with_child="Key worker", checked_by="Dina Sorrel", where_now="Lowmoor", found_by="M"
    )
    homecomings.end(episode, outcome=outcome, ending=ending, bed=bed, **by)


@pytest.mark.by_turns(8)
def test_back_in_its_home_it_is_asked_for_there_and_awaited_nowhere_else(sender, going) -> None:
    found(sender, missing(sender.child, by=sender.worker, at=LOST), outcome="returned", bed="")
    going.refresh_from_db()
    assert (going.status, going.left_at, going.expected_at) == (TransferStatus.DATE_SET, None, None)
    assert "R0" in Clock.objects.get(child=sender.child, kind=Clock.Kind.CONTACT).steps
    assert going.moves_date == london_day(DEPARTS)
    owed = Clock.objects.filter(child=sender.child, kind=Clock.Kind.TRANSFER, due_at__isnull=False)
    # Whether it still goes on that day is asked when the day is over.
    assert set(owed.values_list("duty", flat=True)) == {"pending", "departure", "shared"}
    event = sender.child.events.get(kind="transfer_way_over")
    assert (event.actor, event.data["to"]) == (None, going.receiver.code)
    told = timeline.of(sender.child, permissions=frozenset(Permission)).rows
    assert f"Not on the way to {going.receiver.name} any more" in {getattr(row, "title", "") for row in told}
    # It can be received all the same: the police may have taken it there.
    assert arrived(going, at=FOUND + HOUR).status == TransferStatus.COMPLETED


@pytest.mark.by_turns
def test_with_its_bed_given_up_it_has_nowhere_recorded(sender, going) -> None:
    found(sender, missing(sender.child, by=sender.worker, at=LOST), outcome="safe_elsewhere", bed="given_up")
    sweep.sweep_all(now=FOUND + HOUR)
    assert papers.steps(sender.child, "nowhere") == ["R1"]
    assert reach.force_of(sender.child, now=FOUND + HOUR) == sender.force


@pytest.mark.by_turns(8)
def test_a_late_record_a_death_and_a_departure_in_the_search_leave_it_as_it_was(sender, receiver) -> None:
    transfer = agreed(sender, receiver, moves_at=DEPARTS, at=DEPARTS - HOUR)
    episode = missing(sender.child, by=sender.worker, at=DEPARTS - MINUTE)
    set_out(transfer, sender)
    ended(episode, at=FOUND)
    assert status(sender.child) == TransferStatus.IN_TRANSIT
    late = silent(sender.child, since=FOUND, at=FOUND + MINUTE)
    ended(late, outcome="recording_late", at=FOUND + HOUR)
    assert status(sender.child) == TransferStatus.IN_TRANSIT
    again = missing(sender.child, by=sender.worker, at=FOUND + 2 * HOUR)
    ended(again, outcome="died", at=FOUND + 3 * HOUR)
    assert status(sender.child) == TransferStatus.IN_TRANSIT


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("goes_on", [True, False])
def test_whom_its_escorts_have_again_goes_on_with_them(sender, receiver, goes_on) -> None:
    transfer = agreed(sender, receiver, moves_at=DEPARTS, at=DEPARTS - HOUR)
    made = planned(
        sender.child, by=sender.worker, departs_at=DEPARTS, stops=3, at=DEPARTS - MINUTE, kind="transfer"
    )
    confirmed(made, 0, by=sender.worker, at=DEPARTS)
    set_out(transfer, sender)
    episode = missing(sender.child, by=sender.worker, at=LOST)
    if goes_on:
        confirmed(made, 2, by=sender.worker, at=FOUND - MINUTE)
    ended(episode, force=sender.force, at=FOUND)
    wanted = TransferStatus.IN_TRANSIT if goes_on else TransferStatus.DATE_SET
    assert status(sender.child) == wanted
    made.refresh_from_db()
    assert (made.ended_at is None) is goes_on
