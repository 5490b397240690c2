"""The name and phone of a guardian service are put right, and whoever relies on them hears it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from alerts import change_words, emails
from alerts.models import Message
from cases.deadlines import london_day
from cases.models import ConfigurationChange, GuardianService, Role
from guardians import closings
from tests.factories import (
    LONG_AGO,
    a_child,
    a_person,
    a_service,
    a_team,
    an_authority,
    guarded,
    membership_of,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RIGHT = {"name": "Lantern Guardians", "phone": "01632960557"}


@pytest.fixture
def authority():
    return an_authority()


@pytest.fixture
def admin(authority):
    return a_person(Role.ADMINISTRATOR, authority=authority, name="Teodor Maddern")


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def a_wrong_service() -> GuardianService:
    return GuardianService.objects.create(
        name="Lantern Gardians", phone="01632 960555", starts_date=LONG_AGO.date()
    )


def words(answer) -> str:
    return answer.content.decode()


def told(service) -> set:
    rows = Message.objects.filter(wording=change_words.SERVICE, change__subject_id=service.pk)
    return {one.user for one in rows}


def test_an_administrator_puts_the_name_and_phone_of_a_guardian_service_right(page, admin):
    service = a_wrong_service()
    address = reverse("service_change", args=[service.pk])
    assert address in words(page.get(reverse("admin_home")))
    assert 'value="Lantern Gardians"' in words(page.get(address))
    assert page.post(address, RIGHT).status_code == 302
    service.refresh_from_db()
    assert (service.name, service.phone) == ("Lantern Guardians", "01632 960557")
    change = ConfigurationChange.objects.get(subject_type="guardianservice", kind="service_corrected")
    assert change.actor == admin
    assert change.data["changed"] == {
        "name": ["Lantern Gardians", "Lantern Guardians"],
        "phone": ["01632 960555", "01632 960557"],
    }
    page.post(address, RIGHT)
    assert ConfigurationChange.objects.filter(kind="service_corrected").count() == 1, "nothing was changed"


@pytest.mark.by_turns(8)
def test_what_cannot_be_a_service_is_refused_and_stays_typed(page, admin, now):
    a_service(name="Harbour Guardians")
    service = a_wrong_service()
    address = reverse("service_change", args=[service.pk])
    answer = page.post(address, {"name": "harbour guardians", "phone": "01632960557"})
    assert answer.status_code == 422
    assert "This guardian service is on the list already" in words(answer)
    assert 'value="harbour guardians"' in words(answer)
    assert "Enter the name of the service" in words(page.post(address, {"name": "", "phone": ""}))
    assert page.post(address, {"name": "Lantern", "phone": "nobody"}).status_code == 422
    assert page.post(address, RIGHT | {"name": "LANTERN GARDIANS"}).status_code == 302, (
        "its own name is not taken"
    )
    closings.close(service, last_day=london_day(now), reason="Over", by=admin, at=now)
    assert "Open it again first" in words(page.post(address, RIGHT))
    service.refresh_from_db()
    assert service.name == "LANTERN GARDIANS"


@pytest.mark.by_turns(8)
def test_whoever_relies_on_the_number_hears_that_it_was_changed(page, admin, authority, now):
    guardian = a_person(Role.GUARDIAN)
    service = membership_of(guardian).service
    leader = a_person(Role.GUARDIAN, service=service, reach="service")
    other = an_authority()
    theirs = a_person(Role.ADMINISTRATOR, authority=other)
    head = a_person(Role.TEAM_MANAGER, authority=other, reach="service")
    a_person(Role.ADMINISTRATOR, authority=an_authority())
    guarded(a_child(team=a_team(other), at=now - DAY), guardian)
    page.post(reverse("service_change", args=[service.pk]), {"name": service.name, "phone": "01632960557"})
    assert told(service) == {theirs, head, leader}, "and nobody who has no child there, nor whoever did it"
    mail = emails.compose(Message.objects.get(user=theirs, wording=change_words.SERVICE), now=now)
    said = " ".join(mail.text.split())
    assert "Teodor Maddern corrected a guardian service on the list that every authority shares" in said
    assert "01632 960557" in said
    assert "ring it" in said


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [Role.TEAM_MANAGER, Role.GUARDIAN])
def test_nobody_but_an_administrator_corrects_a_service(client, role):
    service = a_service()
    client.force_login(a_person(role))
    address = reverse("service_change", args=[service.pk])
    assert client.get(address).status_code == 403
    assert client.post(address, RIGHT).status_code == 403
    service.refresh_from_db()
    assert service.name != "Lantern Guardians"
