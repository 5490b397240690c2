"""How far a supervisor looks ahead: whoever is alone before then is named however that comes, and nobody else is worked out."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock
from cases.deadlines import london_day
from cases.models import GuardianService, KeepFrom, Membership, Role, User
from guardians import affected, within_reach
from guardians.models import GuardianAssignment, GuardianLeave, GuardianTerms
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, guarded

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = AT + 3 * timedelta(hours=1)
SOON, LATE = NOW + affected.AHEAD - 2 * DAY, NOW + affected.AHEAD + 2 * DAY


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel", family_name="Penrowe", trafficking="yes")


@pytest.fixture
def steady(watched: Watched) -> GuardianAssignment:
    """Another child of the service, of a guardian who stays."""
    colleague = a_person(Role.GUARDIAN, service=watched.assignment.service)
    return guarded(a_child(given_name="Dawit"), colleague)


def assignment_ends(watched: Watched, at: datetime) -> None:
    GuardianAssignment.objects.filter(pk=watched.assignment.pk).update(ends_at=at)


def role_ends(watched: Watched, at: datetime) -> None:
    Membership.objects.filter(user=watched.guardian, role=Role.GUARDIAN).update(ends_at=at)


def checks_lapse(watched: Watched, at: datetime) -> None:
    said = {
        "guardian": watched.guardian,
        "service": watched.assignment.service,
        "recorded_by": watched.worker,
    }
    GuardianTerms.objects.create(**said, checks_until=london_day(at), recorded_at=NOW)


def goes_on_leave(watched: Watched, at: datetime) -> None:
    row = {
        "guardian": watched.guardian,
        "service": watched.assignment.service,
        "recorded_by": watched.guardian,
    }
    GuardianLeave.objects.create(**row, kind="leave", starts_at=at, ends_at=at + DAY, recorded_at=NOW)


def cannot_carry(watched: Watched, at: datetime) -> None:
    row = {
        "guardian": watched.guardian,
        "service": watched.assignment.service,
        "recorded_by": watched.guardian,
    }
    GuardianLeave.objects.create(**row, child=watched.child, kind="capacity", starts_at=at, recorded_at=NOW)


def is_kept_from(watched: Watched, at: datetime) -> None:
    row = {"child": watched.child, "user": watched.guardian, "set_by": watched.worker}
    KeepFrom.objects.create(**row, starts_at=at, reason="Seen with the driver")


def service_ends(watched: Watched, at: datetime) -> None:
    GuardianService.objects.filter(pk=watched.assignment.service_id).update(ends_date=london_day(at))


def leaves_the_council(watched: Watched, _at: datetime) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(is_active=False)


def has_no_address(watched: Watched, _at: datetime) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(email="")


DATED = [assignment_ends, role_ends, checks_lapse, goes_on_leave, cannot_carry, is_kept_from]
AT_ONCE = [leaves_the_council, has_no_address]
Way = Callable[[Watched, datetime], None]


def ahead() -> list[affected.Affected]:
    return affected.soon(GuardianAssignment.objects.current(NOW).order_by("pk"), now=NOW)


def all_before(until: datetime) -> list[affected.Affected]:
    found = affected.of(list(GuardianAssignment.objects.current(NOW).order_by("pk")), now=NOW)
    return [one for one in found if one.starts_at < until]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("way", [*DATED, *AT_ONCE])
def test_however_a_guardian_goes_their_child_is_named_and_no_other_is_worked_out(
    monkeypatch: pytest.MonkeyPatch, watched: Watched, steady: GuardianAssignment, way: Way
) -> None:
    way(watched, SOON)
    worked_out: list[int] = []

    def counted(child_ids: Collection[int]) -> object:
        worked_out.extend(child_ids)
        return within_reach.watches_of(child_ids)

    monkeypatch.setattr(affected, "watches_of", counted)
    (one,) = ahead()
    assert one.child == watched.child
    assert worked_out == [watched.child.pk]


@pytest.mark.by_turns
def test_a_service_that_ends_leaves_every_child_of_it_alone(
    watched: Watched, steady: GuardianAssignment
) -> None:
    service_ends(watched, SOON)
    assert {one.child for one in ahead()} == {watched.child, steady.child}


@pytest.mark.by_turns
@pytest.mark.parametrize("way", [*DATED, service_ends])
def test_what_comes_later_than_that_is_not_named_yet(
    watched: Watched, steady: GuardianAssignment, way: Way
) -> None:
    way(watched, LATE)
    assert ahead() == []
    everybody = list(GuardianAssignment.objects.current(NOW))
    assert watched.child in {one.child for one in affected.of(everybody, now=NOW)}


@pytest.mark.by_turns
@pytest.mark.parametrize(("first", "second"), combinations([*DATED, service_ends], 2))
def test_two_ways_at_once_name_whom_the_whole_list_names_before_that_day(
    watched: Watched, steady: GuardianAssignment, first: Way, second: Way
) -> None:
    first(watched, SOON)
    second(watched, SOON - DAY)
    assert ahead() == all_before(NOW + affected.AHEAD) != []


@pytest.mark.by_turns
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_the_last_day_of_checks_at_the_very_end_of_what_is_looked_at(watched: Watched, days: int) -> None:
    checks_lapse(watched, NOW + affected.AHEAD + days * DAY)
    assert ahead() == all_before(NOW + affected.AHEAD)


@pytest.mark.by_turns
def test_the_page_says_how_far_it_looks(
    client: Client, monkeypatch: pytest.MonkeyPatch, watched: Watched, steady: GuardianAssignment
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    supervisor = a_person(Role.GUARDIAN, service=watched.assignment.service, reach="service")
    client.force_login(supervisor)
    goes_on_leave(watched, LATE)
    page = client.get(reverse("service_home")).content.decode()
    assert "Tarekiel" not in page
    assert "now and until" in page
    cannot_carry(watched, SOON)
    page = client.get(reverse("service_home")).content.decode()
    assert ("Tarekiel" in page, "Dawit" in page, "Now, or before" in page) == (True, False, True)
