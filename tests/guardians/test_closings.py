"""A guardian service is closed when its guardians watch over nobody and hold no role there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases import people
from cases.closings import WrongDay
from cases.deadlines import london_day
from cases.models import ConfigurationChange, GuardianService, Role
from cases.states import IllegalMove
from guardians import assignments, closings, referrals
from guardians.referrals import Referral
from tests.factories import (
    a_child,
    a_person,
    a_service,
    an_authority,
    case_closed,
    guarded,
    membership_of,
    somebody,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def admin():
    return a_person(Role.ADMINISTRATOR, authority=an_authority())


def answers(day, reason="Contract over"):
    return {"last_day_day": day.day, "last_day_month": day.month, "last_day_year": day.year, "reason": reason}


def test_a_service_is_closed_when_nobody_is_its_guardian_any_more(client, admin, now):
    guardian = a_person(Role.GUARDIAN)
    service = membership_of(guardian).service
    assignment = guarded(a_child(given_name="Tarekiel", at=now - 9 * DAY), guardian)
    client.force_login(admin)
    address, today = reverse("service_close", args=[service.pk]), london_day(now)
    assert "1 child now" in client.get(address).content.decode()
    refused = client.post(address, answers(today))
    assert refused.status_code == 422
    assert "Children whom its guardians watch over now: 1." in refused.content.decode()
    assert "Tarekiel" not in refused.content.decode()
    assignments.end(assignment, reason="Over", by=admin, at=now)
    assert "Guardians with a role here: 1." in client.post(address, answers(today)).content.decode()
    people.leave(membership_of(guardian), by=admin, at=now)
    assert client.post(address, answers(today - 2 * DAY)).status_code == 422
    assert "Enter why it closes" in client.post(address, answers(today, reason="")).content.decode()
    client.post(address, answers(today))
    service.refresh_from_db()
    assert service.ends_date == today
    change = ConfigurationChange.objects.get(subject_type="guardianservice", kind="service_closed")
    assert (change.actor, change.data["reason"]) == (admin, "Contract over")
    assert f"service:{service.pk}" not in client.get(reverse("person_new")).content.decode()
    assert reverse("service_reopen", args=[service.pk]) in client.get(reverse("admin_home")).content.decode()


def test_a_closed_service_takes_no_guardian_and_no_child_until_it_is_opened_again(client, admin, now):
    service, guardian = a_service(), a_person(Role.GUARDIAN)
    closings.close(service, last_day=london_day(now), reason="Over", by=admin, at=now)
    with pytest.raises(IllegalMove, match="has closed"):
        people.join(somebody(), Role.GUARDIAN, service=service, by=admin, at=now)
    with pytest.raises(IllegalMove, match="has closed"):
        assignments.assign(a_child(at=now), guardian, service=service, by=admin, at=now)
    with pytest.raises(IllegalMove, match="closed already"):
        closings.close(service, last_day=london_day(now), reason="Over", by=admin, at=now)
    client.force_login(admin)
    address = reverse("service_reopen", args=[service.pk])
    assert "Over" in client.get(address).content.decode()
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "Renewed"})
    assert GuardianService.objects.get(pk=service.pk).ends_date is None
    assert people.join(somebody(), Role.GUARDIAN, service=service, by=admin, at=now).service == service
    with pytest.raises(IllegalMove, match="is open"):
        closings.reopen(service, reason="Again", by=admin, at=now)


def test_a_service_ends_neither_before_it_began_nor_in_the_future(admin, now):
    service = a_service()
    for day in (service.starts_date - DAY, london_day(now) + DAY):
        with pytest.raises(WrongDay):
            closings.close(service, last_day=day, reason="Over", by=admin, at=now)


@pytest.mark.by_turns
def test_a_closed_case_whose_assignment_stands_keeps_no_service_from_closing(client, admin, now):
    guardian = a_person(Role.GUARDIAN)
    service = membership_of(guardian).service
    child = a_child(given_name="Tarekiel", at=now - 9 * DAY)
    assignment = guarded(child, guardian)
    case_closed(child, reason="Left the country with his mother", at=now - DAY)
    assert closings.standing(service, at=now).children == 0
    people.leave(membership_of(guardian), by=admin, at=now)
    client.force_login(admin)
    address = reverse("service_close", args=[service.pk])
    assert client.post(address, answers(london_day(now))).status_code == 302
    service.refresh_from_db()
    assert service.ends_date == london_day(now)
    # What stood of the closed case stands as it was: it opens nothing to anybody without a role.
    assignment.refresh_from_db()
    assert assignment.ends_at is None


@pytest.mark.by_turns
def test_an_open_case_beside_a_closed_one_still_does(admin, now):
    guardian = a_person(Role.GUARDIAN)
    service = membership_of(guardian).service
    for name in ("Tarekiel", "Isra"):
        child = a_child(given_name=name, at=now - 9 * DAY)
        guarded(child, guardian)
    case_closed(child, reason="Left the country", at=now - DAY)
    with pytest.raises(IllegalMove, match="watch over now: 1"):
        closings.close(service, last_day=london_day(now), reason="Over", by=admin, at=now)


@pytest.mark.by_turns(8)
def test_a_service_does_not_close_while_a_child_waits_there_for_an_answer_or_a_guardian(admin, now):
    service = a_service()
    child = a_child(at=now - 9 * DAY, trafficking="yes")
    worker = a_person(Role.SOCIAL_WORKER)
    said = Referral(service=service, referred_date=london_day(now), reason="A man holds her papers")
    row = referrals.refer(child, said, by=worker, at=now)
    with pytest.raises(IllegalMove, match="wait for an answer or a guardian: 1"):
        closings.close(service, last_day=london_day(now), reason="Contract over", by=admin, at=now)
    referrals.withdraw(row, reason="The service closes", by=worker, at=now)
    assert closings.close(
        service, last_day=london_day(now), reason="Contract over", by=admin, at=now
    ).ends_date
