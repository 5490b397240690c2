"""A social worker who is not there: who may cover, who reads the child meanwhile, and to the instant how long."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts.record_questions import untold_changes
from cases import (
    access,
    children,
    concerns,
    people,
    restrictions,
    worker_absences,
    worker_covers,
    worker_leaves,
)
from cases.access import Permission
from cases.asking import NobodyAsked
from cases.models import Allocation, Event, Role, User, WorkerCover, WorkerLeave, worked_by
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_child, a_person, a_team, a_watched_child, case_closed

pytestmark = pytest.mark.django_db
HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
NOW = AT + 3 * HOUR
GOES, BACK = NOW + 10 * DAY, NOW + 17 * DAY


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel", family_name="Penrowe")


@pytest.fixture
def colleague(watched: Watched) -> User:
    """Of another team of the same authority: nobody who reads the record by their own team."""
    return a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))


def goes(watched: Watched, **given) -> WorkerLeave:
    told = {"kind": "leave", "starts_at": GOES, "ends_at": BACK, "by": watched.worker, "at": NOW, **given}
    return worker_leaves.announce(watched.worker, **told)


def held(watched: Watched) -> Allocation:
    return Allocation.objects.get(child=watched.child, ends_at=None)


def asks(watched: Watched, leave: WorkerLeave, colleague: User, **given) -> WorkerCover:
    told = {"by": watched.manager, "at": NOW, **given}
    return worker_covers.ask(leave, [held(watched)], colleague, **told).covers[0]


def says_yes(cover: WorkerCover, at: datetime = NOW) -> WorkerCover:
    return worker_covers.answer([cover], accepted=True, by=cover.covered_by, at=at)[0]


def sees(person: User, watched: Watched, at: datetime, what: Permission = Permission.SEE_ADDRESS) -> bool:
    return access.may(User.objects.get(pk=person.pk), watched.child, what, at=at)


def gap(watched: Watched, at: datetime) -> tuple[datetime, datetime | None] | None:
    found = worker_absences.of([watched.child.pk], at).get(watched.child.pk)
    return (found.gap.starts_at, found.gap.ends_at) if found is not None and found.gap else None


def accepted(watched: Watched, leave: WorkerLeave, person: User, *, asked_by: User) -> WorkerCover:
    """A row that no verb would write."""
    answer = {"accepted": True, "answered_at": NOW, "asked_at": NOW, "asked_by": asked_by}
    row = {"child": watched.child, "allocation": held(watched), "leave": leave, "covered_by": person}
    return WorkerCover.objects.create(**row, **answer, starts_at=leave.starts_at)


@pytest.mark.by_turns
def test_nobody_is_away_until_somebody_says_so(watched: Watched) -> None:
    assert not worker_absences.of([watched.child.pk], NOW)


@pytest.mark.by_turns(8)
def test_the_gap_is_known_before_it_opens_and_only_accepted_cover_closes_it(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    assert gap(watched, NOW) == (GOES, BACK)
    cover = asks(watched, leave, colleague)
    assert gap(watched, NOW) == (GOES, BACK)
    with pytest.raises(IllegalMove, match="why you cannot"):
        worker_covers.answer([cover], accepted=False, reason=" ", by=colleague, at=NOW)
    worker_covers.answer([cover], accepted=False, reason="I am away too", by=colleague, at=NOW)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        says_yes(cover)
    again = asks(watched, leave, colleague)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        worker_covers.answer([again], accepted=True, by=watched.worker, at=NOW)
    says_yes(again)
    assert gap(watched, NOW) is None


@pytest.mark.by_turns
def test_access_opens_with_the_leave_and_ends_with_it_to_the_instant(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    cover = asks(watched, leave, colleague)
    assert not sees(colleague, watched, GOES)
    says_yes(cover)
    moments = (NOW, GOES - TICK, GOES, BACK - TICK, BACK)
    for what in (
        Permission.SEE_ADDRESS,
        Permission.SEE_RECORD,
        Permission.CHANGE_CHILD,
        Permission.WRITE_NOTE,
    ):
        found = [sees(colleague, watched, at, what) for at in moments]
        assert found == [False, False, True, True, False], what
    assert list(worked_by(colleague.pk, GOES)) == [watched.child.pk]
    assert list(worked_by(colleague.pk, BACK)) == []
    # Who is away keeps what is theirs.
    assert sees(watched.worker, watched, GOES)
    # A manager's decisions are not among it.
    assert not sees(colleague, watched, GOES, Permission.ALLOCATE)
    assert not sees(colleague, watched, GOES, Permission.KEEP_FROM)


@pytest.mark.by_turns
def test_cover_that_is_given_back_or_a_worker_who_is_back_shuts_the_child_at_once(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    cover = says_yes(asks(watched, leave, colleague))
    worker_covers.end(cover, reason="Taken ill", by=colleague, at=GOES + HOUR)
    assert not sees(colleague, watched, GOES + HOUR)
    assert gap(watched, GOES + HOUR) == (GOES + HOUR, BACK)
    with pytest.raises(IllegalMove, match="ended already"):
        worker_covers.end(cover, reason="Again", by=colleague, at=GOES + 2 * HOUR)
    says_yes(asks(watched, leave, colleague, at=GOES + 2 * HOUR), GOES + 2 * HOUR)
    assert sees(colleague, watched, GOES + 3 * HOUR)
    worker_leaves.end(leave, by=watched.worker, at=GOES + 3 * HOUR)
    assert not sees(colleague, watched, GOES + 3 * HOUR)
    assert gap(watched, GOES + 3 * HOUR) is None
    with pytest.raises(IllegalMove, match="over already"):
        worker_leaves.end(leave, by=watched.worker, at=GOES + 4 * HOUR)


@pytest.mark.by_turns
def test_cover_ends_with_the_allocation_whoever_has_the_work_next(watched: Watched, colleague: User) -> None:
    cover = says_yes(asks(watched, goes(watched), colleague))
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    children.reassign([watched.child], team=watched.team, worker=other, by=watched.manager, at=GOES + HOUR)
    assert not sees(colleague, watched, GOES + HOUR)
    assert gap(watched, GOES + HOUR) is None
    with pytest.raises(IllegalMove, match="ended already"):
        worker_covers.end(cover, reason="Over", by=colleague, at=GOES + 2 * HOUR)
    assert not Event.objects.filter(child=watched.child, kind="worker_cover_ended").exists()
    # Given back to whoever is away, the child is nobody's until somebody accepts anew.
    back = {"team": watched.team, "worker": watched.worker, "by": watched.manager, "at": GOES + 2 * HOUR}
    children.reassign([watched.child], **back)
    assert not sees(colleague, watched, GOES + 2 * HOUR)
    assert gap(watched, GOES + 2 * HOUR) == (GOES + 2 * HOUR, BACK)


@pytest.mark.by_turns
def test_leave_that_is_called_off_takes_the_cover_of_a_child_who_has_another_worker_since(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    cover = says_yes(asks(watched, leave, colleague))
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    children.reassign([watched.child], team=watched.team, worker=other, by=watched.manager, at=NOW + HOUR)
    worker_leaves.end(leave, by=watched.worker, at=NOW + 2 * HOUR)
    cover.refresh_from_db()
    assert cover.called_off_at == NOW + 2 * HOUR
    assert Event.objects.filter(child=watched.child).latest("number").kind == "worker_leave_ended"
    assert list(untold_changes(NOW + 2 * HOUR)) == []


@pytest.mark.by_turns
def test_cover_ends_with_the_role_and_a_colleague_who_falls_ill_covers_no_more(
    watched: Watched, colleague: User
) -> None:
    says_yes(asks(watched, goes(watched), colleague))
    ill = {"kind": "sickness", "starts_at": GOES + HOUR, "ends_at": GOES + 2 * DAY, "by": colleague}
    worker_leaves.announce(colleague, **ill, at=GOES + HOUR)
    assert gap(watched, GOES + HOUR) == (GOES + HOUR, GOES + 2 * DAY)
    people.leave(colleague.memberships.get(), at=GOES + 3 * HOUR)
    assert not sees(colleague, watched, GOES + 3 * HOUR)
    assert gap(watched, GOES + 3 * HOUR) == (GOES + HOUR, BACK)


@pytest.mark.by_turns(8)
def test_who_is_away_of_another_authority_the_worker_or_whoever_asks_cannot_cover(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    for person, words in (
        (watched.worker, "no other social worker"),
        (a_person(Role.SOCIAL_WORKER), "no other social worker"),
        (watched.desk.person, "no other social worker"),
        (watched.manager, "cannot ask yourself"),
    ):
        with pytest.raises(IllegalMove, match=words):
            asks(watched, leave, person)
    away = {"kind": "leave", "starts_at": GOES + DAY, "ends_at": GOES + 2 * DAY, "by": colleague}
    worker_leaves.announce(colleague, **away, at=NOW)
    with pytest.raises(IllegalMove, match="away in that time"):
        asks(watched, leave, colleague)
    assert not WorkerCover.objects.exists()


@pytest.mark.by_turns(8)
def test_whoever_is_kept_from_the_child_is_refused_without_the_mark_being_told_and_one_that_is_set_shuts_it(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    cover = says_yes(asks(watched, leave, colleague))
    concerns.keep_from(watched.child, colleague, reason="An allegation", by=watched.manager, at=GOES + HOUR)
    assert not sees(colleague, watched, GOES + HOUR)
    assert gap(watched, GOES + HOUR) == (GOES + HOUR, BACK)
    worker_covers.end(cover, reason="Over", by=watched.manager, at=GOES + 2 * HOUR)
    with pytest.raises(NobodyAsked, match="cannot cover for this child") as refused:
        asks(watched, leave, colleague, at=GOES + 3 * HOUR)
    assert "kept" not in str(refused.value)


def test_of_a_restricted_record_the_colleague_has_to_be_named(watched: Watched, colleague: User) -> None:
    leave = goes(watched)
    standing = restrictions.restrict(
        watched.child, reason="A threat", named=[watched.worker, watched.manager], by=watched.manager, at=NOW
    )
    with pytest.raises(IllegalMove, match="cannot cover for this child"):
        asks(watched, leave, colleague)
    given = {"reason": "Covers", "until": None, "seconded_by": watched.worker, "by": watched.manager}
    named = restrictions.name(standing, colleague, **given, at=NOW + HOUR)
    says_yes(asks(watched, leave, colleague, at=NOW + HOUR), NOW + HOUR)
    assert sees(colleague, watched, GOES)
    assert gap(watched, NOW + HOUR) is None
    restrictions.unname(named, by=watched.manager, at=GOES + HOUR)
    assert not sees(colleague, watched, GOES + HOUR)
    assert gap(watched, GOES + HOUR) == (GOES + HOUR, BACK)


@pytest.mark.by_turns(8)
def test_leave_ends_sickness_may_not_and_neither_stands_beside_another(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="last day of the leave"):
        goes(watched, ends_at=None)
    with pytest.raises(IllegalMove, match="before the first"):
        goes(watched, ends_at=NOW)
    sick = goes(watched, kind="sickness", starts_at=NOW, ends_at=None)
    for start, end in ((GOES, BACK), (NOW + DAY, NOW + 2 * DAY)):
        with pytest.raises(IllegalMove, match="for a part of this time"):
            goes(watched, starts_at=start, ends_at=end)
    assert gap(watched, NOW) == (NOW, None)
    worker_leaves.end(sick, by=watched.manager, at=NOW + HOUR)
    goes(watched, at=NOW + HOUR)
    assert gap(watched, NOW + HOUR) == (GOES, BACK)


@pytest.mark.by_turns(8)
def test_a_manager_asks_again_and_nobody_does_so_of_themself(watched: Watched) -> None:
    sick = goes(watched, kind="sickness", starts_at=NOW, ends_at=None)
    with pytest.raises(IllegalMove, match="by your manager"):
        worker_leaves.look_again(sick, ends_at=None, by=watched.worker, at=NOW + DAY)
    with pytest.raises(IllegalMove, match="Are they back"):
        worker_leaves.look_again(sick, ends_at=NOW, by=watched.manager, at=NOW + DAY)
    worker_leaves.look_again(sick, ends_at=None, by=watched.manager, at=NOW + DAY)
    assert worker_absences.of([watched.child.pk], NOW + DAY)[watched.child.pk].looked_at == NOW + DAY
    worker_leaves.look_again(sick, ends_at=BACK, by=watched.manager, at=NOW + 2 * DAY)
    assert worker_absences.of([watched.child.pk], NOW + 2 * DAY)[watched.child.pk].looked_at is None
    assert gap(watched, NOW + 2 * DAY) == (NOW, BACK)
    with pytest.raises(IllegalMove, match="Nobody has to ask"):
        worker_leaves.look_again(sick, ends_at=None, by=watched.manager, at=NOW + 3 * DAY)


def test_why_somebody_is_away_stands_on_no_childs_record(watched: Watched) -> None:
    goes(watched, kind="sickness", starts_at=NOW, ends_at=None)
    event = Event.objects.get(child=watched.child, kind="worker_leave_announced")
    assert "sick" not in str(event.data)


@pytest.mark.by_turns(8)
def test_one_who_has_accepted_is_enough_and_a_child_that_clashes_is_refused_by_name(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    second = a_person(Role.SOCIAL_WORKER, team=watched.team)
    first, other = asks(watched, leave, colleague), asks(watched, leave, second)
    says_yes(first)
    with pytest.raises(IllegalMove, match="Somebody else has accepted"):
        says_yes(other)
    twin = a_child(team=watched.team, worker=watched.worker, by=watched.worker)
    both = list(Allocation.objects.current(NOW).filter(worker=watched.worker))
    asked = worker_covers.ask(leave, both, colleague, by=watched.manager, at=NOW)
    assert [one.child for one in asked.covers] == [twin]
    assert [one.child for one in asked.refused] == [watched.child]


@pytest.mark.by_turns(8)
def test_nothing_is_asked_or_accepted_in_a_closed_case_or_for_leave_that_is_over(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    cover = asks(watched, leave, colleague)
    with pytest.raises(IllegalMove, match="leave is over"):
        asks(watched, leave, a_person(Role.SOCIAL_WORKER, team=watched.team), at=BACK)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        says_yes(cover, BACK)
    case_closed(watched.child, reason="Moved", at=NOW + HOUR)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        says_yes(cover, NOW + 2 * HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        asks(watched, leave, a_person(Role.SOCIAL_WORKER, team=watched.team), at=NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "leave", "ends_at": None}, "worker_leave_ends"),
        ({"ends_at": GOES}, "worker_leave_ends_after_start"),
        ({"looked_at": NOW}, "worker_leave_looked_at_whole"),
    ],
)
def test_postgresql_refuses_leave_that_says_nothing(watched: Watched, fields, constraint: str) -> None:
    row = {"worker": watched.worker, "kind": "sickness", "starts_at": GOES, "ends_at": BACK, **fields}
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        WorkerLeave.objects.create(**row, recorded_at=NOW, recorded_by=watched.manager)


def test_postgresql_refuses_a_look_of_ones_own_two_leaves_at_once_and_acceptance_by_whoever_asked(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched, kind="sickness", ends_at=None)
    cover = asks(watched, leave, colleague)
    second = {
        "worker": watched.worker,
        "kind": "sickness",
        "recorded_at": NOW,
        "recorded_by": watched.manager,
    }
    for wrong, constraint in (
        (
            lambda: WorkerLeave.objects.create(**second, starts_at=BACK, ends_at=BACK + DAY),
            "worker_leave_once",
        ),
        (
            lambda: WorkerLeave.objects.update(looked_at=NOW, looked_by=watched.worker),
            "worker_leave_looked_at_by_another",
        ),
        (lambda: accepted(watched, leave, colleague, asked_by=colleague), "worker_cover_accepted_by_another"),
        (lambda: WorkerCover.objects.update(accepted=True), "worker_cover_answered_whole"),
    ):
        with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
            wrong()
    says_yes(cover)
    with pytest.raises(IntegrityError, match='"worker_cover_by_one"'), transaction.atomic():
        accepted(watched, leave, watched.worker, asked_by=watched.manager)
