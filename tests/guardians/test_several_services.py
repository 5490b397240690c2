"""A guardian of several services goes on leave in each, and what is recorded of a guardian is recorded by another person."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, people
from cases.models import Role, User
from cases.states import IllegalMove
from guardians import leaves
from guardians.models import GuardianAssignment, GuardianCover, GuardianLeave, GuardianTerms
from tests.factories import AT, LONG_AGO, Watched, a_child, a_person, a_service, a_watched_child
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
GOES, BACK = NOW + 10 * DAY, NOW + 17 * DAY
LEAVE = {"kind": "leave", **boxes(first_day=GOES, last_day=BACK)}
HOLDS = boxes(checks_until=date(2027, 3, 20))


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def supervisor(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach="service")


@pytest.fixture
def second(watched: Watched) -> GuardianAssignment:
    """The same guardian's child of another service, in which they have a role too."""
    service = a_service("Wetherlam Guardians")
    people.join(watched.guardian, Role.GUARDIAN, service=service, at=LONG_AGO)
    child = a_child(given_name="Dawit")
    from guardians import assignments

    return assignments.assign(
        child, watched.guardian, service=service, by=child.registered_by, at=child.registered_at
    )


def leads(person: User, row: GuardianAssignment) -> None:
    people.join(person, Role.GUARDIAN, reach="service", service=row.service, at=LONG_AGO)


def of(view: str, person: User) -> str:
    return reverse(view, args=[person.pk])


# --- Leave


def test_two_roles_in_one_service_are_one_leave(client: Client, watched: Watched) -> None:
    leads(watched.guardian, watched.assignment)
    client.force_login(watched.guardian)
    where = of("guardian_leave", watched.guardian)
    assert client.post(where, LEAVE).status_code == 302
    assert GuardianLeave.objects.filter(guardian=watched.guardian).count() == 1
    page = client.get(where).content.decode()
    assert page.count("call it off") == 1


@pytest.mark.by_turns(8)
def test_leave_is_of_every_service_at_once_and_of_none_where_one_refuses(
    client: Client, watched: Watched, second: GuardianAssignment
) -> None:
    client.force_login(watched.guardian)
    where = of("guardian_leave", watched.guardian)
    page = client.get(where).content.decode()
    assert "Wetherlam Guardians" in page
    services = {"services": [watched.assignment.service_id, second.service_id]}
    leaves.announce(
        watched.guardian,
        second.service,
        kind="leave",
        starts_at=GOES,
        ends_at=BACK,
        by=watched.guardian,
        at=NOW,
    )
    refused = client.post(where, {**LEAVE, **services})
    assert refused.status_code == 422
    assert "Wetherlam Guardians is announced for a part of this time" in refused.content.decode()
    assert GuardianLeave.objects.count() == 1, "nothing of the other service was written"
    # The other one alone.
    assert client.post(where, {**LEAVE, "services": [watched.assignment.service_id]}).status_code == 302
    assert set(GuardianLeave.objects.values_list("service", flat=True)) == set(services["services"])
    shown = client.get(where).content.decode()
    assert ("Tarekiel" in shown, "Dawit" in shown) == (True, True)
    assert client.post(where, {**LEAVE, "services": []}).status_code == 422
    assert client.post(where, {**LEAVE, "services": [a_service().pk]}).status_code == 422


@pytest.mark.by_turns
def test_a_supervisor_announces_leave_in_the_service_they_lead_and_in_no_other(
    client: Client, watched: Watched, second: GuardianAssignment, supervisor: User
) -> None:
    client.force_login(supervisor)
    where = of("guardian_leave", watched.guardian)
    assert client.post(where, LEAVE).status_code == 302
    assert [one.service_id for one in GuardianLeave.objects.all()] == [watched.assignment.service_id]
    shown = client.get(where).content.decode()
    assert ("Tarekiel" in shown, "Dawit" in shown, "Wetherlam" in shown) == (True, False, False)


@pytest.mark.by_turns
def test_the_database_holds_one_leave_for_one_time_in_one_service(watched: Watched) -> None:
    told = {"kind": "leave", "starts_at": GOES, "ends_at": BACK, "by": watched.guardian, "at": NOW}
    leaves.announce(watched.guardian, watched.assignment.service, **told)
    with (
        pytest.raises(DatabaseError, match="leave_once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO guardians_guardianleave (guardian_id, service_id, kind, starts_at, ends_at, recorded_at,"
            " recorded_by_id) SELECT guardian_id, service_id, 'sickness', starts_at + '1 day', ends_at + '1 day',"
            " recorded_at, recorded_by_id FROM guardians_guardianleave"
        )


# --- Cover


@pytest.mark.by_turns
def test_cover_is_asked_for_the_children_of_each_service_of_a_colleague_who_is_there(
    client: Client, watched: Watched, second: GuardianAssignment
) -> None:
    here = a_person(Role.GUARDIAN, service=watched.assignment.service)
    there = a_person(Role.GUARDIAN, service=second.service)
    client.force_login(watched.guardian)
    where = of("guardian_cover", watched.guardian)
    page = client.get(where).content.decode()
    assert ("Tarekiel" in page, "Dawit" in page) == (True, True)
    span = boxes(first_day=GOES, last_day=BACK)
    both = [watched.assignment.pk, second.pk]
    answer = client.post(where, {"colleague": there.pk, "children": both, **span}, follow=True)
    assert f"{watched.child.reference}: {there.name} is no other guardian" in answer.content.decode()
    assert client.post(where, {"colleague": here.pk, "children": both[:1], **span}).status_code == 302
    asked = set(GuardianCover.objects.values_list("covered_by", "assignment"))
    assert asked == {(there.pk, second.pk), (here.pk, watched.assignment.pk)}


# --- Terms


def test_a_supervisor_of_two_services_says_in_which_a_guardian_carries_how_many(
    client: Client, watched: Watched, second: GuardianAssignment, supervisor: User
) -> None:
    leads(supervisor, second)
    client.force_login(supervisor)
    where = of("guardian_terms", watched.guardian)
    home = client.get(reverse("service_home")).content.decode()
    for row in (watched.assignment, second):
        assert f"{where}?service={row.service_id}" in home
        assert f"{where}?service={row.service_id}" in client.get(where).content.decode()
    assert client.post(where, {"capacity": "7", **HOLDS}).status_code == 422
    assert not GuardianTerms.objects.exists()
    assert client.post(f"{where}?service={second.service_id}", {"capacity": "7", **HOLDS}).status_code == 302
    (terms,) = GuardianTerms.objects.all()
    assert (terms.service_id, terms.capacity, terms.checks_until) == (second.service_id, 7, date(2027, 3, 20))
    page = client.get(f"{where}?service={watched.assignment.service_id}")
    shown = page.content.decode()
    assert ("Tarekiel" in shown, "Dawit" in shown) == (True, False)
    assert page.context["form"]["capacity"].value() != 7, "the other service’s number stands with the other"
    for key in (a_service().pk, "nonsense"):
        assert client.get(f"{where}?service={key}").status_code == 404


@pytest.mark.by_turns
def test_who_has_two_roles_in_a_service_stands_on_its_page_once(
    client: Client, watched: Watched, supervisor: User
) -> None:
    people.join(supervisor, Role.GUARDIAN, service=watched.assignment.service, at=LONG_AGO)
    client.force_login(supervisor)
    page = client.get(reverse("service_home"))
    assert [one["member"].user for one in page.context["people"]].count(supervisor) == 1


@pytest.mark.by_turns(8)
def test_nobody_records_until_when_their_own_checks_hold(
    client: Client, watched: Watched, supervisor: User
) -> None:
    service = watched.assignment.service
    with pytest.raises(IllegalMove, match="another supervisor"):
        leaves.set_terms(
            supervisor, service, capacity=None, checks_until=date(2027, 3, 20), by=supervisor, at=NOW
        )
    client.force_login(supervisor)
    where = of("guardian_terms", supervisor)
    refused = client.post(where, {"capacity": "", **HOLDS})
    assert refused.status_code == 422
    assert "another supervisor" in refused.content.decode()
    assert where not in client.get(reverse("service_home")).content.decode()
    with pytest.raises(DatabaseError, match="terms_by_another"), transaction.atomic():
        GuardianTerms.objects.create(
            guardian=supervisor, service=service, capacity=3, recorded_at=NOW, recorded_by=supervisor
        )
    assert not GuardianTerms.objects.exists()
    other = a_person(Role.GUARDIAN, service=service, reach="service")
    client.force_login(other)
    assert client.post(where, HOLDS).status_code == 302
    assert GuardianTerms.objects.get().recorded_by == other


@pytest.mark.by_turns(8)
def test_a_day_that_is_left_empty_is_an_error_and_erases_no_check(
    client: Client, watched: Watched, supervisor: User
) -> None:
    client.force_login(supervisor)
    where = of("guardian_terms", watched.guardian)
    assert client.post(where, {"capacity": "4", **HOLDS}).status_code == 302
    empty = {"capacity": "4", **dict.fromkeys(HOLDS, "")}
    for sent in (empty, {"capacity": "4"}):
        page = client.post(where, sent)
        assert page.status_code == 422
        assert "Enter until when their checks hold" in page.context["form"].errors["checks_until"][0]
    told = {"capacity": 4, "by": supervisor, "at": NOW}
    with pytest.raises(IllegalMove, match="Enter until when"):
        leaves.set_terms(watched.guardian, watched.assignment.service, checks_until=None, **told)
    assert GuardianTerms.objects.get().checks_until == date(2027, 3, 20)
