"""A role in what several councils share opens another council's children once somebody there has confirmed the account."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from alerts import change_words
from alerts.models import Message
from cases import access, administration, clock, confirming, people
from cases.access import Permission
from cases.models import ConfigurationChange, Membership, Reach, Role, User
from cases.states import IllegalMove
from guardians import areas
from guardians.areas import Way
from tests.factories import (
    AT,
    a_child,
    a_person,
    a_service,
    a_watched_child,
    an_authority,
    missing,
    placed,
    somebody,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 2 * HOUR


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return a_watched_child()


@pytest.fixture
def admin(watched):
    """Of the child's own council."""
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.fixture
def stranger(watched):
    """Who administers a council that shares the force and has no child at all."""
    return a_person(Role.ADMINISTRATOR, authority=an_authority("Farby", force=watched.force))


def given(client, by, role: str, where: str) -> User | None:
    client.force_login(by)
    asked = {"email": "new@farby.example", "name": "New Person", "phone": "01632 960123"}
    client.post(reverse("person_new"), {**asked, "role": role, "where": where})
    return User.objects.filter(email="new@farby.example").first()


def covers(by, service) -> None:
    """The council of `by` says that the service takes its children, as its administrator may."""
    own = Membership.objects.get(user=by).authority
    areas.cover(own, service, Way(phone="01632 960111"), starts_date=AT.date(), by=by, at=AT)


def reads(person, child, permission=Permission.SEE_STATUS) -> bool:
    return access.may(User.objects.get(pk=person.pk), child, permission, at=NOW)


def test_an_administrator_fills_only_services_that_their_council_has_to_do_with(
    client, watched, admin, stranger
):
    service = watched.assignment.service
    assert given(client, stranger, "guardian", f"service:{service.pk}") is None
    new = a_service()
    assert set(
        administration.services_to_fill(
            [membership.authority_id for membership in stranger.memberships.all()], at=NOW
        )
    ) == {new}
    covers(stranger, service)
    assert given(client, stranger, "guardian", f"service:{service.pk}") is not None
    assert service in administration.services_to_fill([watched.authority.pk], at=NOW)


def test_who_supervises_the_guardians_of_another_councils_child_reads_nothing_until_that_council_confirms(
    client, watched, admin, stranger
):
    service = watched.assignment.service
    covers(stranger, service)
    new = given(client, stranger, "guardian:service", f"service:{service.pk}")
    assert not reads(new, watched.child)
    told = Message.objects.filter(wording=change_words.SHARED).values_list("user", flat=True)
    assert set(told) == {watched.head.pk, watched.director.pk, admin.pk}
    role = new.memberships.get()
    page = reverse("role_confirm", args=[role.pk])
    assert client.get(page).status_code == 404, "of their own council nobody else counts"
    client.force_login(admin)
    assert page in client.get(reverse("admin_home")).content.decode()
    assert "New Person" in client.get(page).content.decode()
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"known": "yes", "how": "Rang the service"}).status_code == 302
    assert reads(new, watched.child)
    assert client.get(page).status_code == 404
    log = ConfigurationChange.objects.get(kind="role_confirmed")
    assert (log.actor, log.subject_id, log.data["how"]) == (admin, role.pk, "Rang the service")


def test_the_services_own_head_confirms_who_supervises_there(client, watched, stranger):
    service = watched.assignment.service
    head = a_person(Role.GUARDIAN, service=service, reach=Reach.DIRECTORATE)
    covers(stranger, service)
    new = given(client, stranger, "guardian:service", f"service:{service.pk}")
    client.force_login(head)
    page = reverse("role_confirm", args=[new.memberships.get().pk])
    assert client.post(page, {"known": "yes", "how": "I hired them"}).status_code == 302
    assert reads(new, watched.child)


def test_nobody_confirms_a_role_that_they_gave_or_have(watched, admin, stranger):
    service = watched.assignment.service
    person = somebody()
    role = people.join(person, Role.GUARDIAN, service=service, reach=Reach.SERVICE, by=stranger, at=NOW)
    assert role.awaits
    for one in (stranger, person):
        with pytest.raises(IllegalMove):
            confirming.confirm(role, how="So", by=one, at=NOW)
        written = {"user": person.pk, "given_by": stranger.pk}
        with pytest.raises(IntegrityError), transaction.atomic():
            ConfigurationChange.objects.create(
                kind="role_confirmed", subject_type="membership", subject_id=role.pk, data=written, at=NOW,
                actor=one, actor_label=one.name,
            )  # fmt: skip


def test_a_supervisor_of_a_service_that_is_one_councils_alone_waits_for_nobody(client, watched, admin):
    new = given(client, admin, "guardian:service", f"service:{watched.assignment.service_id}")
    assert reads(new, watched.child)


def test_an_officer_reads_and_answers_for_the_councils_that_confirmed_the_account(
    client, watched, admin, stranger
):
    episode = missing(watched.child, by=watched.carer, at=AT + HOUR)
    new = given(client, stranger, "police", f"force:{watched.force.pk}")
    assert not reads(new, watched.child, Permission.ANSWER_FOR_POLICE)
    client.force_login(new)
    assert client.get(reverse("episode", args=[episode.reference])).status_code == 404
    told = Message.objects.filter(wording=change_words.SHARED).values_list("user", flat=True)
    assert set(told) == {watched.head.pk, watched.director.pk, admin.pk}
    page = reverse("role_confirm", args=[new.memberships.get().pk])
    for person in (stranger, new, watched.worker, watched.officer):
        client.force_login(person)
        assert client.get(page).status_code in (403, 404)
    client.force_login(admin)
    assert client.post(page, {"known": "yes", "how": "Rang the control room"}).status_code == 302
    assert reads(new, watched.child, Permission.ANSWER_FOR_POLICE)


def test_an_officer_of_one_council_reads_no_child_of_a_council_of_another_force(watched, admin, stranger):
    """It lives in the area of the force, and who is to confirm is any other of its councils."""
    guest = a_child(an_authority("Overby"))
    placed(guest, watched.home)
    missing(guest, by=watched.carer, at=AT + HOUR)
    person = somebody()
    role = people.join(person, Role.POLICE, force=watched.force, by=stranger, at=NOW)
    assert not reads(person, guest)
    confirming.confirm(role, how="Rang the control room", by=admin, at=NOW)
    assert reads(person, guest)
    assert reads(watched.officer, guest)


def test_an_officer_of_the_only_council_that_has_an_administrator_waits_for_nobody(watched, stranger):
    """Nobody could ever confirm the account."""
    guest = a_child(an_authority("Overby"))
    placed(guest, watched.home)
    missing(guest, by=watched.carer, at=AT + HOUR)
    person = somebody()
    people.join(person, Role.POLICE, force=watched.force, by=stranger, at=NOW)
    assert reads(person, guest)


def test_no_colleague_of_the_giver_confirms_though_the_givers_account_is_closed(watched, admin, stranger):
    colleague = a_person(Role.ADMINISTRATOR, authority=stranger.memberships.get().authority)
    service = watched.assignment.service
    covers(stranger, service)
    role = people.join(somebody(), Role.GUARDIAN, service=service, reach=Reach.SERVICE, by=stranger, at=NOW)
    assert role.awaits
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    with pytest.raises(IllegalMove):
        confirming.confirm(role, how="So", by=colleague, at=NOW)
    confirming.confirm(role, how="So", by=admin, at=NOW)
    role.refresh_from_db()
    assert not role.awaits
