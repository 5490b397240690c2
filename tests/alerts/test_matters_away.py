"""Matters while who would hear of them is away: the next hears at once, and a holiday is no reason for nobody to hear."""

from datetime import datetime, timedelta

import pytest

from alerts import matter_clocks
from alerts.models import Message
from cases import matters, people, restrictions, worker_leaves
from cases.models import Mailbox, Matter, Reach, Role, User, WorkerLeave
from tests.alerts.test_matters import reported, told
from tests.alerts.test_worries import worry
from tests.factories import (
    LONG_AGO,
    Watched,
    a_person,
    a_team,
    a_watched_child,
    an_authority_mailbox,
    membership_of,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 30 * HOUR)


@pytest.fixture
def officer(watched: Watched) -> User:
    person = a_person(Role.DPO, authority=watched.authority)
    people.join(person, Role.SOCIAL_WORKER, at=LONG_AGO, team=watched.team)
    return person


def away(person: User, *, by: User | None = None, at: datetime, until: timedelta = 9 * DAY) -> WorkerLeave:
    said = {"kind": "leave", "starts_at": at, "ends_at": at + until, "by": by or person, "at": at}
    return worker_leaves.announce(person, **said)


def by_step() -> set[tuple[str, int | None]]:
    return {(step, user) for step, user, _channel in told()}


@pytest.mark.by_turns
def test_a_head_who_is_away_is_passed_over_for_another_and_where_all_are_the_director_hears_at_once(
    watched: Watched, officer: User, now: datetime
) -> None:
    peer = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    away(watched.head, at=now)
    reported(watched, at=now)
    for hour in (0, 24, 48):
        matter_clocks.tell(now=now + hour * HOUR)
    assert ("R4", peer.pk) in by_step()
    assert not [row for row in by_step() if row[1] in (watched.head.pk, watched.director.pk)]
    away(peer, at=now + 49 * HOUR)
    later = reported(watched, "complaint", at=now + 50 * HOUR)
    matter_clocks.tell(now=now + 50 * HOUR + 25 * DAY)
    heads = Message.objects.filter(matter=later, step="R4", user__in=(peer, watched.head))
    assert {one.user for one in heads} == {peer, watched.head}, "who is back hears again"


@pytest.mark.by_turns
def test_when_every_head_is_away_the_director_hears_of_their_rung_at_once(
    watched: Watched, officer: User, now: datetime
) -> None:
    away(watched.head, at=now)
    reported(watched, at=now)
    matter_clocks.tell(now=now + 47 * HOUR)
    assert {user for _step, user in by_step()} == {officer.pk}
    matter_clocks.tell(now=now + 48 * HOUR)
    assert {user for _step, user in by_step()} == {officer.pk, watched.director.pk}


@pytest.mark.by_turns(8)
def test_an_officer_who_is_away_leaves_it_to_the_heads_at_once_and_hears_after_all_where_nobody_is_there(
    watched: Watched, officer: User, now: datetime
) -> None:
    away(officer, at=now)
    reported(watched, at=now)
    matter_clocks.tell(now=now)
    assert by_step() == {("R4", watched.head.pk)}
    for person in (watched.head, watched.director):
        away(person, at=now)
    matter = reported(watched, "complaint", at=now)
    matter_clocks.tell(now=now)
    rows = Message.objects.filter(matter=matter)
    assert set(rows.values_list("step", "user")) == {
        ("R6", person.pk) for person in (officer, watched.head, watched.director)
    }
    assert not list(matter_clocks.untold(now + HOUR))


@pytest.mark.by_turns
def test_an_officer_who_is_back_hears_of_the_next_one_first(
    watched: Watched, officer: User, now: datetime
) -> None:
    away(officer, at=now, until=DAY)
    reported(watched, at=now + DAY)
    matter_clocks.tell(now=now + DAY)
    assert by_step() == {("R1", officer.pk)}


@pytest.mark.by_turns
def test_a_worry_goes_to_a_senior_who_is_there_and_back_to_the_first_when_they_are(
    watched: Watched, now: datetime
) -> None:
    an_authority_mailbox(watched.authority, purpose=Mailbox.Purpose.LADO)
    matter = worry(watched, at=now)
    assert matter.senior == watched.director
    leave = away(watched.director, at=now + HOUR)
    assert matters.senior_of(matter, at=now + 2 * HOUR) == watched.head
    matter_clocks.tell(now=matter.due_at)
    rows = Message.objects.filter(matter=matter, user__isnull=False)
    assert set(rows.values_list("step", "user")) == {("R2", watched.head.pk)}
    worker_leaves.end(leave, by=watched.director, at=matter.due_at)
    later = matter.due_at + HOUR
    assert matters.senior_of(matter, at=later) == watched.director
    matter_clocks.tell(now=later)
    assert rows.filter(user=watched.director).exists(), "whoever has it now is told of it"
    assert not list(matter_clocks.untold(later))
    second = worry(watched, by=watched.worker, at=now + 2 * HOUR)
    assert second.senior == watched.head


@pytest.mark.by_turns
def test_leave_that_a_head_recorded_brings_them_no_worry_and_who_is_away_has_it_where_nobody_else_is(
    watched: Watched, now: datetime
) -> None:
    peer = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    people.leave(membership_of(watched.director), at=now)
    matter = worry(watched, at=now)
    assert matter.senior == watched.head
    away(watched.head, by=peer, at=now + HOUR)
    later = now + 2 * HOUR
    assert matters.senior_of(matter, at=later) == watched.head
    third = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    assert matters.senior_of(matter, at=later) == third
    away(third, at=later)
    assert matters.senior_of(matter, at=later + HOUR) == watched.head


@pytest.mark.by_turns(8)
def test_of_a_restriction_by_one_alone_a_senior_hears_who_is_there(watched: Watched, now: datetime) -> None:
    away(watched.head, at=now)
    restrictions.restrict(
        watched.child, reason="A threat", named=[watched.manager, watched.worker], by=watched.manager, at=now
    )
    matter = Matter.objects.get(kind="restrict")
    assert matter.senior == watched.director
