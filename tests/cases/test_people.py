"""Joining gives a role for a time, leaving takes it at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import people
from cases.models import AUTHORITY_ROLES, Membership, Role, User
from tests.factories import (
    AT,
    LONG_AGO,
    a_force,
    a_home,
    a_person,
    a_service,
    a_team,
    an_authority,
    membership_of,
    somebody,
)

pytestmark = pytest.mark.django_db


def _groups(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


@pytest.mark.by_turns
def test_each_role_joins_the_group_that_grants_are_given_to():
    home, force, team = a_home(), a_force(), a_team(kind="duty")
    guardian = a_person(Role.GUARDIAN)
    assert _groups(a_person(Role.PLACEMENT_STAFF, home=home)) == {f"home:{home.pk}"}
    assert _groups(a_person(Role.FOSTER_CARER, home=home)) == {f"home:{home.pk}"}
    assert _groups(a_person(Role.POLICE, force=force)) == {f"force:{force.pk}"}
    assert _groups(a_person(Role.DUTY_DESK, team=team)) == {f"host:{team.authority_id}"}
    assert _groups(guardian) == {f"person:{guardian.pk}"}


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.ADMINISTRATOR])
def test_staff_and_administrators_need_no_grants(role):
    assert _groups(a_person(role)) == set()


@pytest.mark.by_turns
def test_a_role_holds_from_its_start_to_its_end_and_only_for_an_active_person():
    person = a_person(Role.SOCIAL_WORKER, since=AT)
    people.leave(membership_of(person), at=AT + timedelta(days=1))

    def current(at):
        return Membership.objects.current(at).filter(user=person).exists()

    assert not current(AT - timedelta(seconds=1))
    assert current(AT)
    assert not current(AT + timedelta(days=1))
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not current(AT)


@pytest.mark.by_turns
def test_leaving_takes_the_group_away():
    person = a_person(Role.PLACEMENT_STAFF)
    people.leave(membership_of(person), at=AT)
    assert _groups(person) == set()


@pytest.mark.by_turns
def test_leaving_one_of_two_roles_in_a_home_keeps_the_group_until_the_second_ends():
    home = a_home()
    person = a_person(Role.PLACEMENT_STAFF, home=home)
    second = people.join(person, Role.FOSTER_CARER, at=LONG_AGO, home=home)
    people.leave(second, at=AT)
    assert _groups(person) == {f"home:{home.pk}"}
    people.leave(Membership.objects.get(user=person, role=Role.PLACEMENT_STAFF), at=AT)
    assert _groups(person) == set()


@pytest.mark.by_turns(8)
def test_national_statistics_belong_to_no_organisation():
    person = somebody()
    with pytest.raises(IntegrityError, match="fits_role"), transaction.atomic():
        people.join(person, Role.STATISTICIAN, at=AT, team=a_team())
    assert people.join(person, Role.STATISTICIAN, at=AT).authority is None


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [role for role in Role if role != Role.STATISTICIAN])
def test_a_role_without_its_organisation_is_refused_by_the_database(role):
    person = somebody()
    with pytest.raises(IntegrityError, match="membership_organisation_fits_role"), transaction.atomic():
        people.join(person, role, at=AT)


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [role for role in Role if role != Role.STATISTICIAN])
def test_a_role_in_two_organisations_at_once_is_refused_by_the_database(role):
    fitting = {
        Role.PLACEMENT_STAFF: "home",
        Role.FOSTER_CARER: "home",
        Role.GUARDIAN: "service",
        Role.POLICE: "force",
        **dict.fromkeys(AUTHORITY_ROLES, "authority"),
    }.get(role, "team")
    made = {
        "home": a_home(),
        "service": a_service(),
        "force": a_force(),
        "authority": an_authority(),
        "team": a_team(),
    }
    person = somebody()
    for other in set(made) - {fitting}:
        both = {fitting: made[fitting], other: made[other]}
        with pytest.raises(IntegrityError, match="fits_role"), transaction.atomic():
            people.join(person, role, at=AT, **both)
    people.join(person, role, at=AT, **{fitting: made[fitting]})


@pytest.mark.by_turns(8)
def test_only_a_manager_has_a_wider_reach():
    with pytest.raises(IntegrityError, match="membership_reach"), transaction.atomic():
        a_person(Role.SOCIAL_WORKER, reach="service")


def test_an_email_address_is_kept_in_lower_case_and_once():
    person = somebody(email="Somebody.New@Rollcall.example")
    assert person.email == "somebody.new@rollcall.example"
    with pytest.raises(IntegrityError), transaction.atomic():
        somebody(email="SOMEBODY.NEW@rollcall.example")
    with pytest.raises(IntegrityError, match="lower_case"), transaction.atomic():
        User.objects.create(email="Upper@rollcall.example", name="Upper")


def test_a_person_made_without_a_password_cannot_sign_in_with_one():
    assert not somebody().has_usable_password()
