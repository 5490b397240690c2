"""A restricted record: raising the guard waits for nobody, lowering it takes two people, and it is open to names alone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cases import access, children, concerns, home_devices, people, responsibilities, restrictions
from cases.access import Permission
from cases.models import NamedPerson, Restriction, Role, Shift, User
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    end_shift,
    membership_of,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER, NOW = AT + HOUR, AT + 2 * HOUR


@pytest.fixture
def w() -> Watched:
    return a_watched_child()


def restrict(w: Watched, *named: User, by: User | None = None) -> Restriction:
    return restrictions.restrict(w.child, reason="A threat", named=named, by=by or w.manager, at=LATER)


def opens(user: User, w: Watched, at=NOW) -> bool:
    """As the next request has them: nothing remembered of their roles."""
    return access.may(User.objects.get(pk=user.pk), w.child, Permission.SEE_STATUS, at=at)


def everybody(w: Watched) -> list[User]:
    return [w.worker, w.head, w.director, w.carer, w.guardian, a_person(Role.DUTY_DESK, team=w.desk.team)]


def test_from_that_instant_it_is_open_to_names_alone(w):
    others = everybody(w)
    with events(w.child, "restricted") as written:
        row = restrict(w, w.worker, w.carer)
    assert "threat" not in str(written[0].data)
    assert set(row.named.values_list("user", flat=True)) == {w.manager.pk, w.worker.pk, w.carer.pk}
    named = {w.worker, w.carer, w.manager}
    assert {user for user in (*others, w.manager) if opens(user, w)} == named
    assert all(opens(user, w, at=LATER - HOUR / 60) for user in others)
    for user in set(others) - named:
        assert access.permissions_for(user, w.child, at=NOW) == frozenset()
        hidden = access.behind_restriction(user, Permission.SEE_STATUS, at=NOW)
        assert list(hidden) == [w.child]


def test_being_named_gives_nobody_more_than_their_role_does(w):
    stranger = a_person(Role.SOCIAL_WORKER)
    before = access.permissions_for(w.carer, w.child, at=AT)
    restrict(w, stranger, w.carer)
    assert not opens(stranger, w)
    assert not access.behind_restriction(stranger, Permission.SEE_STATUS, at=NOW)
    assert access.permissions_for(w.carer, w.child, at=NOW) == before


def test_restricting_needs_a_reason_and_stands_once(w):
    with refused(w.child, "Enter why the record is restricted."):
        restrictions.restrict(w.child, reason=" ", named=[], by=w.manager, at=LATER)
    restrict(w)
    with refused(w.child, "This record is restricted already."):
        restrict(w)
    tablet = home_devices.add(w.home, "Tablet", by=w.manager, at=AT)
    with refused(w.child, "A device is nobody: name the people who use it."):
        restrictions.name(
            standing(w), tablet, reason="Hall", until=None, seconded_by=w.head, by=w.manager, at=NOW
        )
    assert tablet.pk not in [
        one.user_id for one in restrictions.candidates(w.child, reader=w.manager, at=NOW)
    ]
    concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=LATER)
    restrictions.lift(standing(w), reason="Over", seconded_by=w.head, by=w.manager, at=NOW)
    with refused(w.child, "This child is kept from somebody of them."):
        restrictions.restrict(w.child, reason="Again", named=[w.carer], by=w.manager, at=NOW + HOUR)


def test_a_mark_is_told_to_nobody_by_a_gap_in_the_list_or_by_a_refusal(w):
    concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=LATER)
    listed = {
        reader: w.carer.pk in [one.user_id for one in restrictions.candidates(w.child, reader=reader, at=NOW)]
        for reader in (w.manager, w.director, w.head)
    }
    assert listed == {w.manager: False, w.director: False, w.head: True}
    with refused(w.child, "This child is kept from somebody of them."):
        restrict(w, w.carer)
    row = restrict(w, w.carer, by=w.head)
    assert row.named.filter(user=w.carer).exists()
    assert not opens(w.carer, w)


def standing(w: Watched, at=NOW) -> Restriction:
    found = restrictions.standing_of(w.child, at)
    assert found is not None
    return found


def test_naming_one_more_takes_two_people_a_reason_and_may_have_an_end(w):
    row = restrict(w)

    def name(user=w.worker, by=w.manager, second=w.head, reason="Holds the case", until=None):
        return restrictions.name(
            row, user, reason=reason, until=until, seconded_by=second, by=by, at=NOW - HOUR / 2
        )

    for words, wrong in (
        ("This takes two people: the second is somebody other than you.", {"second": w.manager}),
        ("Nobody names themselves.", {"second": w.worker}),
        ("Nobody names themselves.", {"by": w.worker}),
        ("Enter why they need the record.", {"reason": " "}),
        ("The last day is today or later.", {"until": LATER}),
        ("This person is named already.", {"user": w.head, "by": w.director, "second": w.manager}),
    ):
        if wrong.get("user") == w.head:
            name(user=w.head, second=w.director)
        with refused(w.child, words):
            name(**wrong)
    with events(w.child, "person_named") as written:
        name(until=NOW + HOUR)
    assert "Holds" not in str(written[0].data)
    assert opens(w.worker, w)
    assert not opens(w.worker, w, at=NOW + HOUR)
    again = restrictions.name(
        row, w.worker, reason="Longer", until=None, seconded_by=w.head, by=w.manager, at=NOW + HOUR
    )
    assert opens(w.worker, w, at=again.starts_at)


def test_a_name_is_taken_off_by_one_person_and_a_manager_stays(w):
    row = restrict(w, w.worker, w.carer)
    of_carer = row.named.get(user=w.carer)
    with events(w.child, "person_unnamed"):
        restrictions.unname(of_carer, by=w.manager, at=NOW)
    assert not opens(w.carer, w)
    with refused(w.child, "This name is taken off already."):
        restrictions.unname(of_carer, by=w.manager, at=NOW + HOUR)
    with refused(w.child, "A manager who can lift the restriction stays named."):
        restrictions.unname(row.named.get(user=w.manager), by=w.manager, at=NOW)


def test_lifting_takes_two_people_a_reason_and_happens_once(w):
    row = restrict(w)
    with refused(w.child, "This takes two people: the second is somebody other than you."):
        restrictions.lift(row, reason="Over", seconded_by=w.manager, by=w.manager, at=NOW)
    with refused(w.child, "Enter why the restriction is lifted."):
        restrictions.lift(row, reason=" ", seconded_by=w.head, by=w.manager, at=NOW)
    assert not opens(w.worker, w)
    with events(w.child, "restriction_lifted"):
        restrictions.lift(row, reason="Over", seconded_by=w.head, by=w.manager, at=NOW)
    assert opens(w.worker, w)
    for verb in (
        lambda: restrictions.lift(row, reason="Over", seconded_by=w.head, by=w.manager, at=NOW + HOUR),
        lambda: restrictions.name(
            row, w.worker, reason="Now", until=None, seconded_by=w.head, by=w.manager, at=NOW + HOUR
        ),
    ):
        with refused(w.child, "This restriction is lifted already."):
            verb()


def test_whoever_answers_duty_opens_it_so_that_somebody_looks_for_the_child(w):
    colleague = a_person(Role.DUTY_DESK, team=w.desk.team)
    elsewhere = a_person(Role.DUTY_DESK)
    restrict(w)
    assert opens(w.desk.person, w)
    assert opens(w.desk.second, w)
    assert not opens(colleague, w)
    # The ladder passes over a shift whose person is kept from the child, and asks the desk.
    concerns.keep_from(w.child, w.desk.person, reason="An allegation", by=w.manager, at=LATER)
    assert opens(colleague, w)
    assert not opens(w.desk.person, w)
    end_shift(w.desk)
    assert opens(colleague, w)
    assert not opens(elsewhere, w)


def test_a_shift_of_somebody_who_has_left_opens_nothing_and_the_desk_answers(w):
    colleague = a_person(Role.DUTY_DESK, team=w.desk.team)
    restrict(w)
    people.leave(membership_of(w.desk.person), at=LATER)
    assert not opens(w.desk.person, w)
    assert opens(colleague, w)


def test_heads_open_it_while_no_manager_is_named(w):
    restrict(w, w.worker)
    assert not opens(w.director, w)
    people.leave(membership_of(w.manager), at=LATER)
    assert opens(w.director, w)
    assert opens(w.head, w)
    assert not opens(a_person(Role.TEAM_MANAGER, team=w.team), w)


def test_after_a_change_of_authority_duty_and_heads_of_the_new_one_open_it_and_nobody_of_the_old(w):
    new = an_authority()
    head = a_person(Role.TEAM_MANAGER, authority=new, reach="service")
    restrict(w, w.worker)
    responsibilities.start(w.child, authority=new, by=w.worker, at=LATER + HOUR / 2)
    assert opens(head, w)
    assert not any(opens(user, w) for user in (w.manager, w.worker, w.desk.person, w.director))


def test_the_database_holds_two_people_and_one_name_at_a_time(w):
    row = restrict(w, w.worker)
    named = {"restriction": row, "user": w.head, "named_by": w.manager, "starts_at": NOW}
    for wrong in (
        {"at_first": False, "seconded_by": w.manager, "reason": "Alone"},
        {"at_first": False, "seconded_by": w.head, "reason": "Of oneself"},
        {"at_first": False, "reason": "Alone"},
        {"at_first": False, "seconded_by": w.director},
        {"at_first": True, "user": w.worker},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            NamedPerson.objects.create(**{**named, **wrong})
    for wrong in ({}, {"lifted_by": w.head, "seconded_by": w.head, "lift_reason": "Alone"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Restriction.objects.filter(pk=row.pk).update(ends_at=NOW, **wrong)
    assert connection.in_atomic_block


def test_an_illegal_move_leaves_no_name(w):
    row = restrict(w)
    with pytest.raises(IllegalMove):
        restrictions.name(row, w.worker, reason="", until=None, seconded_by=w.head, by=w.manager, at=NOW)
    assert row.named.count() == 1


def test_a_child_who_changes_team_is_left_to_heads_and_the_last_who_decides_stays_named(w):
    new = a_team(w.authority)
    worker, manager = a_person(Role.SOCIAL_WORKER, team=new), a_person(Role.TEAM_MANAGER, team=new)
    row = restrict(w, w.worker)
    assert not opens(w.head, w)
    children.reassign([w.child], team=new, worker=worker, by=w.manager, at=LATER)
    decide = {
        user
        for user in (w.manager, manager, w.head, w.director, w.worker)
        if access.may(User.objects.get(pk=user.pk), w.child, Permission.KEEP_FROM, at=NOW)
    }
    assert decide == {w.head, w.director}
    restrictions.name(
        row, manager, reason="Has the case", until=None, seconded_by=w.director, by=w.head, at=NOW
    )
    assert not opens(w.head, w)
    # The manager of the former team stays named, and could lift nothing.
    with refused(w.child, "A manager who can lift the restriction stays named."):
        restrictions.unname(row.named.get(user=manager), by=manager, at=NOW)
    restrictions.unname(row.named.get(user=w.manager), by=manager, at=NOW)
    concerns.keep_from(w.child, manager, reason="An allegation", by=w.head, at=NOW)
    assert opens(w.head, w)


def test_a_shift_of_a_manager_who_could_not_act_leaves_the_desk_open(w):
    end_shift(w.desk)
    colleague = a_person(Role.DUTY_DESK, team=w.desk.team)
    other = a_person(Role.TEAM_MANAGER, team=a_team(w.authority))
    own = a_person(Role.TEAM_MANAGER, team=w.team)
    starts = (AT, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR)
    rota = (other, own, w.head)
    for person, start, end in zip(rota, starts, starts[1:], strict=False):
        Shift.objects.create(
            team=w.desk.team, person=person, phone=person.phone, starts_at=start, ends_at=end
        )
    restrict(w)
    assert opens(colleague, w)
    assert [opens(person, w) for person in rota] == [False, False, False]
    for person, start in zip(rota[1:], starts[1:], strict=False):
        assert opens(person, w, at=start)
        assert not opens(colleague, w, at=start)
