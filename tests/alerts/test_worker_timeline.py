"""The timeline of a child whose social worker is away: that they are, and for nobody but a manager why."""

from datetime import timedelta

import pytest

from alerts import timeline
from alerts.timeline import Entry
from cases import access, worker_covers, worker_leaves
from cases.access import MATRIX
from cases.models import Allocation, Role, User
from tests.factories import AT, Watched, a_person, a_team, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
BACK = NOW + 9 * DAY
ASKED = "Asked when the social worker comes back"


def read(watched: Watched, reader: User) -> list[Entry]:
    at = NOW + 3 * DAY
    permissions = frozenset(one for one in MATRIX if access.may(reader, watched.child, one, at=at))
    rows = timeline.of(watched.child, permissions=permissions, reader=reader).rows
    return [row for row in rows if isinstance(row, Entry)]


@pytest.fixture
def watched() -> Watched:
    """Of a worker who is sick; one colleague declined, another gave the cover back, and a manager asked."""
    watched = a_watched_child()
    by = {"by": watched.manager}
    sick = worker_leaves.announce(watched.worker, kind="sickness", starts_at=NOW, ends_at=None, **by, at=NOW)
    held = [Allocation.objects.get(child=watched.child, ends_at=None)]
    first, second = (a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority)) for _ in range(2))
    declined = worker_covers.ask(sick, held, first, **by, at=NOW).covers
    worker_covers.answer(declined, accepted=False, reason="An operation of my own", by=first, at=NOW)
    covers = worker_covers.ask(sick, held, second, **by, at=NOW).covers
    worker_covers.answer(covers, accepted=True, by=second, at=NOW)
    worker_covers.end(covers[0], reason="Migraine again", by=second, at=NOW + HOUR)
    worker_leaves.look_again(sick, ends_at=None, **by, at=NOW + DAY)
    worker_leaves.look_again(sick, ends_at=BACK, **by, at=NOW + 2 * DAY)
    return watched


@pytest.mark.by_turns
def test_a_colleague_reads_that_the_worker_is_away_and_nothing_of_why(watched: Watched) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    for reader in (colleague, watched.carer):
        rows = read(watched, reader)
        words = " ".join(f"{row.title} {row.text}" for row in rows)
        for told in ("operation", "Migraine", "without an end", ASKED):
            assert told not in words, (reader, told)
    rows = read(watched, colleague)
    away = next(row for row in rows if row.title == "Social worker will not be there")
    assert away.text.startswith(f"{watched.worker.name}, from ")
    assert {"Cover declined", "Cover accepted", "Cover ended"} <= {row.title for row in rows}


def test_the_manager_reads_why_a_colleague_declined_and_when_was_asked(watched: Watched) -> None:
    rows = read(watched, watched.manager)
    words = " ".join(f"{row.title} {row.text}" for row in rows)
    for told in ("operation", "Migraine", "without an end"):
        assert told in words, told
    assert [row.title for row in rows].count(ASKED) == 2
