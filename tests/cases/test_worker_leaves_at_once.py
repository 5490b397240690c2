"""A social worker who goes away in the moment in which they get a child: one of the two waits for the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from django.db import connections, transaction

from cases import children, responsibilities, worker_leaves
from cases.models import Event, Role, User, WorkerCover, WorkerLeave
from cases.states import IllegalMove
from tests.cases.test_worker_leaves import BACK, DAY, GOES, HOUR, NOW, asks, goes, says_yes
from tests.factories import Watched, a_child, a_person, a_team, a_watched_child

LATER = NOW + HOUR
Verb = Callable[[Watched, User], object]


def before_it_stands(first: Callable[[], object], second: Callable[[], object]) -> object:
    """Do `second` on a connection of its own before `first` is committed; return what it gave or refused."""

    def run() -> object:
        try:
            return second()
        except IllegalMove as refusal:
            return refusal
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(run)
            # Long enough for one that waits for nobody to be done.
            sleep(0.5)
        return waiting.result(timeout=30)


def away(colleague: User) -> WorkerLeave:
    span = {"starts_at": GOES + DAY, "ends_at": BACK}
    return worker_leaves.announce(colleague, kind="leave", **span, by=colleague, at=LATER)


def covers(watched: Watched, colleague: User) -> object:
    return says_yes(asks(watched, goes(watched), colleague), LATER)


def registers(watched: Watched, colleague: User) -> object:
    return a_child(team=watched.team, worker=colleague, by=colleague)


def gives(watched: Watched, colleague: User) -> object:
    work = {"team": watched.team, "worker": colleague}
    # An instant later than the leave that waits: whoever came second by the clock may be the first here.
    return children.allocate(watched.child, **work, by=watched.manager, at=LATER + HOUR)


def gives_all(watched: Watched, colleague: User) -> object:
    work = {"team": watched.team, "worker": colleague}
    return children.reassign([watched.child], **work, by=watched.manager, at=LATER)


def passes_on(watched: Watched, colleague: User) -> object:
    team = a_team()
    work = {"work_of": (team, colleague)}
    return responsibilities.start(
        watched.child, authority=team.authority, **work, by=watched.manager, at=LATER
    )


@pytest.mark.parametrize("gets", [covers, registers, gives, gives_all, passes_on])
def test_leave_that_is_announced_while_they_get_a_child_is_told_of_that_child(committed, gets: Verb) -> None:
    watched = a_watched_child()
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    leave = before_it_stands(lambda: gets(watched, colleague), lambda: away(colleague))
    assert isinstance(leave, WorkerLeave)
    assert Event.objects.filter(kind="worker_leave_announced", subject_id=leave.pk).exists()


def test_cover_that_is_accepted_while_they_go_away_is_refused(committed) -> None:
    watched = a_watched_child()
    colleague = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    cover = asks(watched, goes(watched), colleague)
    refused = before_it_stands(lambda: away(colleague), lambda: says_yes(cover, LATER))
    assert isinstance(refused, IllegalMove)
    assert "is away in that time" in str(refused)
    assert WorkerCover.objects.get().accepted is None
