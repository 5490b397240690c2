"""Which guardian service takes children of an area, how they are referred, and what stands where there is none."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from cases import clock
from cases.deadlines import london_day
from cases.models import ConfigurationChange, Role
from cases.states import IllegalMove
from guardians import areas
from guardians.areas import Way, WrongDay
from guardians.forms.guardians import FirstOrSecondForm
from guardians.models import ServiceArea
from tests.factories import AT, a_person, a_service, a_watched_child, an_area, an_authority

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = london_day(AT)
WAY = Way(phone="01632 960410")


@pytest.fixture
def authority():
    return an_authority()


@pytest.fixture
def admin(authority):
    return a_person(Role.ADMINISTRATOR, authority=authority)


@pytest.fixture
def page(client, admin, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    client.force_login(admin)
    return client


def covered(authority, admin, *, first=TODAY, last=None, service=None, way=WAY):
    service = service or a_service()
    return areas.cover(authority, service, way, starts_date=first, ends_date=last, by=admin, at=AT)


def without(authority, admin, *, until=TODAY + 90 * DAY, at=AT):
    reason = "No scheme is paid for; Tern Advocacy stands in"
    return areas.say_none(authority, reason=reason, review_date=until, by=admin, at=at)


def on(name: str, day: date) -> dict[str, int]:
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


@pytest.mark.by_turns
def test_a_service_is_in_force_from_its_first_day_through_its_last(authority, admin):
    area = covered(authority, admin, first=TODAY + DAY, last=TODAY + 3 * DAY)
    held = [day for day in range(6) if areas.in_force(authority.pk, day=TODAY + day * DAY) == [area]]
    assert held == [1, 2, 3]
    assert not areas.in_force(an_authority().pk, day=TODAY + DAY)
    change = ConfigurationChange.objects.get(subject_type="servicearea")
    assert (change.kind, change.actor, change.data["authority"]) == ("area_covered", admin, authority.pk)


@pytest.mark.by_turns(8)
def test_a_service_that_has_closed_takes_nobody_anywhere(authority, admin):
    area = covered(authority, admin)
    area.service.ends_date = TODAY + 2 * DAY
    area.service.save()
    assert areas.in_force(authority.pk, day=TODAY + DAY)
    assert not areas.in_force(authority.pk, day=TODAY + 2 * DAY)
    closed = a_service()
    closed.ends_date = TODAY
    closed.save()
    with pytest.raises(IllegalMove, match="has closed"):
        covered(authority, admin, service=closed)


def test_what_cannot_be_is_refused(authority, admin):
    with pytest.raises(IllegalMove, match="how a child is referred"):
        covered(authority, admin, way=Way(phone="  "))
    with pytest.raises(WrongDay, match="before the first"):
        covered(authority, admin, last=TODAY - DAY)
    area = covered(authority, admin, last=TODAY + 9 * DAY)
    for first in (TODAY - 3 * DAY, TODAY, TODAY + 9 * DAY):
        with pytest.raises(IllegalMove, match="covers the area in that time"):
            covered(authority, admin, first=first, service=area.service)
    again = covered(authority, admin, first=TODAY + 10 * DAY, service=area.service)
    said = {"children_stay": False, "why": "Longer", "by": admin, "at": AT}
    for last, words in (
        (TODAY - DAY, "today or later"),
        (None, "begins in this area again"),
        (TODAY + 10 * DAY, "begins in this area again"),
    ):
        with pytest.raises(WrongDay, match=words):
            areas.change(area, WAY, ends_date=last, **said)
    with pytest.raises(WrongDay, match="before the first"):
        areas.change(again, WAY, ends_date=TODAY, **said)
    with pytest.raises(IllegalMove, match="Enter why"):
        areas.change(area, WAY, ends_date=None, **said | {"why": " "})
    with pytest.raises(IllegalMove, match="is over"):
        areas.change(area, WAY, ends_date=TODAY + 20 * DAY, **said | {"at": AT + 11 * DAY})


@pytest.mark.by_turns
def test_the_database_holds_one_row_of_a_service_at_a_time_and_deletes_none(authority, admin):
    area = covered(authority, admin, last=TODAY + 9 * DAY)
    for fields in ({"pk": None, "starts_date": TODAY + 9 * DAY}, {"ends_date": TODAY - DAY}, {"phone": ""}):
        row = ServiceArea.objects.get(pk=area.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            row.save(force_insert=row.pk is None)


def test_a_last_day_is_written_and_taken_back_with_a_reason_each(authority, admin):
    area = covered(authority, admin)
    said = {"by": admin, "at": AT}
    ends = areas.change(
        area, WAY, ends_date=TODAY + 30 * DAY, children_stay=True, why="Contract over", **said
    )
    assert (ends.ends_date, ends.children_stay) == (TODAY + 30 * DAY, True)
    goes_on = areas.change(area, WAY, ends_date=None, children_stay=True, why="It is paid for", **said)
    assert (goes_on.ends_date, goes_on.children_stay) == (None, False)
    areas.change(area, WAY, ends_date=None, children_stay=False, why="Once more", **said)
    changes = ConfigurationChange.objects.filter(kind="area_changed")
    assert [change.data["reason"] for change in changes] == ["Contract over", "It is paid for"]


def test_that_there_is_none_holds_until_it_is_looked_at_and_ends_where_a_service_begins(authority, admin):
    row = without(authority, admin)
    assert areas.without(authority.pk, day=TODAY + 90 * DAY) == row
    assert areas.without(authority.pk, day=TODAY + 91 * DAY) is None
    again = without(authority, admin, until=TODAY + 100 * DAY, at=AT + 5 * DAY)
    row.refresh_from_db()
    assert (row.ends_date, again.starts_date) == (TODAY + 4 * DAY, TODAY + 5 * DAY)
    corrected = without(authority, admin, until=TODAY + 120 * DAY, at=AT + 5 * DAY)
    assert (corrected.pk, corrected.ends_date) == (again.pk, TODAY + 120 * DAY)
    covered(authority, admin, first=TODAY + 50 * DAY)
    again.refresh_from_db()
    assert again.ends_date == TODAY + 49 * DAY
    with pytest.raises(IllegalMove, match="covers this area"):
        without(authority, admin, until=TODAY + 99 * DAY, at=AT + 60 * DAY)
    for until in (TODAY, TODAY + 184 * DAY):
        with pytest.raises(WrongDay, match="within six months"):
            without(an_authority(), admin, until=until)
    with pytest.raises(IllegalMove, match="Enter why"):
        areas.say_none(authority, reason=" ", review_date=TODAY + DAY, by=admin, at=AT)


def test_an_administrator_writes_it_and_whoever_seeks_a_guardian_reads_how(page, admin, authority):
    service = a_service()
    listed = page.get(reverse("service_areas")).content.decode()
    assert "has no guardian service on record today" in listed
    empty = page.post(reverse("service_area_new"), {"authority": authority.pk})
    assert empty.status_code == 422
    for words in (
        "Select the guardian service",
        "Enter the form, the mailbox or the phone",
        "Enter the first day",
    ):
        assert words in empty.content.decode()
    given = {
        "authority": authority.pk,
        "service": service.pk,
        "mailbox": "refer@tern.test",
        "phone": "01632 960411",
    }
    wrong = page.post(
        reverse("service_area_new"), given | on("starts_date", TODAY) | on("ends_date", TODAY - DAY)
    )
    assert wrong.status_code == 422
    assert "The last day cannot be before the first." in wrong.content.decode()
    assert "refer@tern.test" in wrong.content.decode(), "everything typed is still there"
    assert page.post(reverse("service_area_new"), given | on("starts_date", TODAY)).status_code == 302
    area = ServiceArea.objects.get()
    listed = page.get(reverse("service_areas")).content.decode()
    assert "has no guardian service on record today" not in listed
    assert "01632 960411" in listed
    change = reverse("service_area_change", args=[area.pk])
    said = {"phone": "01632 960412", "why": "They moved", "children_stay": "on"} | on(
        "ends_date", TODAY + DAY
    )
    assert page.post(change, said | {"why": ""}).status_code == 422
    assert page.post(change, said).status_code == 302
    area.refresh_from_db()
    assert (area.mailbox, area.phone, area.ends_date) == ("", "01632 960412", TODAY + DAY)


@pytest.mark.by_turns(8)
def test_who_seeks_a_guardian_reads_the_services_of_the_responsible_authority(client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    watched = a_watched_child(trafficking="yes", at=AT - DAY)
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    client.force_login(watched.worker)
    pages = [reverse(name, args=[watched.child.reference]) for name in ("guardian_referral", "guardian_none")]
    for where in pages:
        assert "None is on record" in client.get(where).content.decode()
    without(watched.authority, admin)
    for where in pages:
        assert "Tern Advocacy stands in" in client.get(where).content.decode()
    other = an_authority()
    covered(other, a_person(Role.ADMINISTRATOR, authority=other), way=Way(phone="01632 960499"))
    covered(watched.authority, admin)
    for where in pages:
        text = client.get(where).content.decode()
        assert WAY.phone in text
        assert "01632 960499" not in text
        assert "Tern Advocacy" not in text


@pytest.mark.by_turns(8)
def test_another_authority_s_administrator_and_everybody_else_are_refused(
    client, authority, admin, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: AT)
    area = covered(authority, admin)
    change = reverse("service_area_change", args=[area.pk])
    other = a_person(Role.ADMINISTRATOR, authority=an_authority())
    client.force_login(other)
    assert client.get(change).status_code == 404
    assert client.post(change, {"phone": "01632 960413", "why": "Mine"}).status_code == 404
    given = {"authority": authority.pk, "service": a_service().pk, "phone": "01632 960411"}
    assert client.post(reverse("service_area_new"), given | on("starts_date", TODAY)).status_code == 422
    none = {"authority": authority.pk, "reason": "x"} | on("review_date", TODAY + DAY)
    assert client.post(reverse("service_area_none"), none).status_code == 422
    assert area.service.name not in client.get(reverse("service_areas")).content.decode()
    for role in (Role.TEAM_MANAGER, Role.SOCIAL_WORKER, Role.GUARDIAN, Role.POLICE):
        client.force_login(a_person(role))
        for where in ("service_areas", "service_area_new", "service_area_none"):
            assert client.get(reverse(where)).status_code == 403
        assert client.get(change).status_code == 403
    assert ServiceArea.objects.count() == 1


@pytest.mark.by_turns
def test_only_guardians_of_a_service_that_has_to_do_with_the_child_are_offered(now):
    watched = a_watched_child(at=now)
    elsewhere = a_person(Role.GUARDIAN)
    assert elsewhere.pk in offered(watched.child, now), "nothing is said of the area"
    here = a_person(Role.GUARDIAN)
    an_area(watched.authority, service=here.memberships.get().service, by=watched.manager, at=now)
    assert offered(watched.child, now) == {here.pk, watched.guardian.pk}


def offered(child, now) -> set[int]:
    return {row.user_id for row in FirstOrSecondForm(child=child, lead=None, now=now).guardians.values()}
