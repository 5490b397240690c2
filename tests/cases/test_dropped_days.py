"""A day of a move that is none: who is named for that in whose record, what it says, and that no plan leaves its watch behind."""

import pytest

from alerts.timeline import entries
from cases import links, row_history, transfers
from cases.models import Child, Event, RowChange, Transfer, User
from cases.permissions import Permission
from tests.cases.test_move_days import DAY, HOUR, NOW, TOLD, agree, moves
from tests.factories import AT, Watched, a_child, a_watched_child, accepted, arrived, placed, referred

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    found = a_child(team=watched.team, given_name="Tesfay", worker=watched.worker)
    placed(found, watched.home)
    said = links.Claim(kind="sibling", said_by="The child")
    links.say(watched.child, found, said, by=watched.worker, at=AT + HOUR)
    return found


@pytest.fixture
def going(watched: Watched, brother: Child) -> Transfer:
    receiver = a_watched_child(risk="low")
    offered = referred(watched.child, receiver.authority, by=watched.worker, at=NOW)
    return accepted(offered, receiver.worker, at=NOW)


def dropped_by_the_receiver(going: Transfer, arrives: bool) -> User:
    """The sender has agreed a day, and somebody of the receiver agrees another, or confirms that the child came before."""
    going = agree(going, 10)
    by = going.worker
    assert by is not None
    with row_history.naming(lambda: (by.pk, "r-1")):
        if arrives:
            arrived(going, by=by, at=NOW + DAY)
        else:
            later = going.moves_date + 10 * DAY
            transfers.agree_day(going, later, parted=TOLD, by=by, at=NOW + HOUR)
    return by


def bylines(child: Child) -> list[str]:
    events = list(Event.objects.filter(child=child, kind="trigger_answered"))
    return [told.by for told in entries.of_events(events, permissions=frozenset(Permission))]


@pytest.mark.this_hour
@pytest.mark.parametrize("arrives", [False, True])
def test_nobody_of_the_receiver_is_named_in_the_record_of_the_brother_who_stays(
    watched: Watched, brother: Child, going: Transfer, arrives: bool
) -> None:
    by = dropped_by_the_receiver(going, arrives)
    (his,) = [row for row in moves(brother) if row.answered_at is not None]
    assert his.answered_by == his.recorded_by == watched.worker, "nobody but whom the record names already"
    event = Event.objects.get(child=brother, kind="trigger_answered")
    assert (event.actor, event.actor_label) == (None, "Rollcall")
    assert bylines(brother) == ["Rollcall"]
    changes = RowChange.objects.filter(table="cases_trigger", row=his.pk)
    assert set(changes.values_list("actor", "request")) == {(None, "")}
    assert not Event.objects.filter(child=brother, actor=by).exists()


@pytest.mark.this_hour
@pytest.mark.parametrize("arrives", [False, True])
def test_the_record_of_the_child_who_goes_says_who_of_the_receiver_it_was(
    watched: Watched, going: Transfer, arrives: bool
) -> None:
    by = dropped_by_the_receiver(going, arrives)
    (own,) = [row for row in moves(watched.child) if row.answered_at is not None]
    assert own.answered_by == by
    assert Event.objects.get(child=watched.child, kind="trigger_answered").actor == by
    (line,) = bylines(watched.child)
    assert by.name in line
    changes = RowChange.objects.filter(table="cases_trigger", row=own.pk)
    assert set(changes.values_list("actor", flat=True)) == {by.pk}


def test_the_record_of_the_brother_names_nobody_either_where_it_was_who_agreed_the_day(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    agree(going, 10)
    agree(going, 20, at=NOW + HOUR)
    assert bylines(brother) == ["Rollcall"], "else the engine would say that it was somebody else"
    (line,) = bylines(watched.child)
    assert watched.worker.name in line
