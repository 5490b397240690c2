"""Two people about one child in the same moment: whoever read the clock first and got the lock second hears it in words."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cases import absences, care, children, concerns, responsibilities, restrictions
from cases.care import Ending
from cases.models import Absence, Allocation, Responsibility, Role
from cases.states import IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_watched_child,
    an_authority,
    out,
    referred,
)

pytestmark = pytest.mark.django_db
FIRST = AT + timedelta(hours=1)
SECOND = FIRST + timedelta(seconds=1)
Verb = Callable[[datetime], object]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def give(watched: Watched) -> Verb:
    worker = a_person(Role.SOCIAL_WORKER, team=watched.team)
    return lambda at: children.reassign(
        [watched.child], team=watched.team, worker=worker, by=watched.manager, at=at
    )


def allocate(watched: Watched) -> Verb:
    worker = a_person(Role.SOCIAL_WORKER, team=watched.team)
    return lambda at: children.allocate(
        watched.child, team=watched.team, worker=worker, by=watched.manager, at=at
    )


def go_elsewhere(watched: Watched) -> Verb:
    return lambda at: responsibilities.start(
        watched.child, authority=an_authority(), by=watched.manager, at=at
    )


def refer(watched: Watched) -> Verb:
    return lambda at: referred(watched.child, None, by=watched.worker, at=at)


def go_out(watched: Watched) -> Verb:
    return lambda at: out(watched.child, by=watched.carer, at=at, until=SECOND + timedelta(hours=2))


def keep_away(watched: Watched) -> Verb:
    return lambda at: concerns.keep_from(
        watched.child, watched.carer, reason="A worry", by=watched.worker, at=at
    )


def restrict(watched: Watched) -> Verb:
    return lambda at: restrictions.restrict(
        watched.child, reason="A threat", named=[], by=watched.manager, at=at
    )


def end_care(watched: Watched) -> Verb:
    by = a_person(Role.SOCIAL_WORKER, team=watched.team)
    ending = Ending(code="E4A", ended_date=AT.date(), reason="With an uncle, who has an order")
    return lambda at: care.end(watched.child, ending, seconded_by=watched.manager, by=by, at=at)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("done", "late", "words"),
    [
        (give, give, "was given to somebody meanwhile"),
        (allocate, allocate, "was given to somebody meanwhile"),
        (give, go_elsewhere, "was given to somebody meanwhile"),
        (go_elsewhere, give, "has become responsible meanwhile"),
        (go_elsewhere, allocate, "has become responsible meanwhile"),
        (go_elsewhere, refer, "has become responsible meanwhile"),
        (go_out, go_out, "is out already"),
        (keep_away, keep_away, "stands already"),
        (restrict, restrict, "is restricted already"),
        (end_care, end_care, "has ended already"),
    ],
)
def test_whoever_comes_second_by_a_moment_is_refused_in_words(watched, done, late, words):
    waited = late(watched)
    done(watched)(SECOND)
    before = [list(model.objects.order_by("pk").values()) for model in (Absence, Allocation, Responsibility)]
    with pytest.raises(IllegalMove, match=words):
        waited(FIRST)
    after = [list(model.objects.order_by("pk").values()) for model in (Absence, Allocation, Responsibility)]
    assert after == before, "and nothing has changed"


@pytest.mark.by_turns
def test_a_return_of_before_the_child_went_is_not_lost_in_silence(watched):
    go_out(watched)(SECOND)
    with pytest.raises(IllegalMove, match="must be after the child went"):
        absences.come_back(watched.child, back_at=FIRST, by=watched.carer, at=FIRST)
