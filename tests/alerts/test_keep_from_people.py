"""From whom a child can be kept: who leads or hosts those beside it, and anybody by their address, before they come near."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import supervision_mails, sweep
from alerts.models import Message
from cases import access, concerns, home_devices, kept_people
from cases.access import Permission
from cases.models import KeepFrom, Matter, Reach, Role, User
from cases.templatetags.govuk_forms import error_texts
from guardians import assignments, referrals
from guardians.referrals import Referral
from tests import factories
from tests.factories import Watched, a_person

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return factories.a_watched_child(at=now - 3 * DAY, trafficking="yes")


@pytest.fixture
def supervisor(watched: Watched) -> User:
    return a_person(
        Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE, name="Ottilie Vane"
    )


@pytest.fixture
def manager(client: Client, watched: Watched) -> Client:
    client.force_login(watched.manager)
    return client


def where(watched: Watched) -> str:
    return reverse("keep_from", args=[watched.child.reference])


def press(client: Client, watched: Watched, **said: Any) -> HttpResponse:
    return client.post(where(watched), {"reason": "An allegation", "phone": "01632 960 733", **said})


def listed(watched: Watched, now: datetime, *, by: User | None = None) -> list[User]:
    return [one.user for one in kept_people.choices(watched.child, by=by or watched.manager, at=now)]


def sees(user: User, watched: Watched, now: datetime) -> bool:
    return access.may(User.objects.get(pk=user.pk), watched.child, Permission.SEE_STATUS, at=now)


def hosted(watched: Watched, at: datetime) -> User:
    """The duty worker of another authority, into whose area the child has moved."""
    home = factories.a_home(factories.an_authority())
    factories.placed(watched.child, home, by=watched.worker, at=at)
    return a_person(Role.DUTY_DESK, authority=home.authority)


def keep_from(watched: Watched, user: User, *, at: datetime, by: User | None = None) -> KeepFrom:
    by = by or watched.manager
    return concerns.keep_from(watched.child, user, reason="An allegation", by=by, at=at)


def test_the_list_has_who_supervises_and_who_heads_the_service_of_the_guardian_and_nobody_of_another(
    watched: Watched, supervisor: User, now: datetime
) -> None:
    head = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.DIRECTORATE)
    colleague = a_person(Role.GUARDIAN, service=watched.assignment.service)
    other = a_person(Role.GUARDIAN, reach=Reach.SERVICE)
    found = listed(watched, now)
    assert {supervisor, head, watched.guardian, watched.carer} <= set(found)
    assert not {colleague, other, watched.manager} & set(found)
    assert len(found) == len(set(found))
    # Those beside the child come first.
    assert found.index(watched.guardian) < found.index(supervisor)


def test_the_list_has_the_duty_desk_of_the_area_in_which_the_child_lives_until_it_moves(
    watched: Watched, now: datetime
) -> None:
    host = hosted(watched, now)
    assert host in listed(watched, now)
    hosted(watched, now + MINUTE)
    assert host not in listed(watched, now + MINUTE)


def test_the_list_has_who_supervises_a_service_to_which_the_child_is_referred(
    watched: Watched, now: datetime
) -> None:
    service = factories.a_service()
    lead = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    assert lead not in listed(watched, now)
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=now - HOUR)
    referrals.refer(
        watched.child,
        Referral(service=service, referred_date=now.date(), reason="Names a debt", language=""),
        by=watched.worker,
        at=now,
    )
    assert lead in listed(watched, now)


def test_a_supervisor_who_is_chosen_is_named_by_that_role_and_sees_and_hears_of_the_child_no_more(
    manager: Client, watched: Watched, supervisor: User, now: datetime
) -> None:
    assert sees(supervisor, watched, now)
    page = manager.get(where(watched)).content.decode()
    assert re.search(r"Ottilie Vane\W?, supervisor of guardians<", page)
    assert press(manager, watched, user=supervisor.pk).status_code == 302
    mark = KeepFrom.objects.get()
    assert (mark.child, mark.user, mark.set_by) == (watched.child, supervisor, watched.manager)
    assert Matter.objects.get(kind=Matter.Kind.WORRY).about == supervisor
    assert not sees(supervisor, watched, now + MINUTE)
    manager.force_login(supervisor)
    assert watched.child.reference not in manager.get(reverse("service_home")).content.decode()


def test_a_supervisor_from_whom_the_child_is_kept_is_not_told_that_it_was_not_discussed(
    watched: Watched, supervisor: User, now: datetime
) -> None:
    other = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)
    keep_from(watched, supervisor, at=now)
    late = now + 40 * DAY
    sweep.sweep_all(now=late)
    supervision_mails.tell(now=late)
    told = Message.objects.filter(assignment=watched.assignment).values_list("user", flat=True)
    assert other.pk in told
    assert supervisor.pk not in told


def test_duty_of_the_host_who_is_chosen_sees_the_child_no_more_and_a_colleague_does(
    manager: Client, watched: Watched, now: datetime
) -> None:
    host = hosted(watched, now)
    other = a_person(Role.DUTY_DESK, team=factories.membership_of(host).team)
    assert press(manager, watched, user=host.pk).status_code == 302
    assert not sees(host, watched, now + MINUTE)
    assert sees(other, watched, now + MINUTE)


@pytest.mark.parametrize("typed", ["iris.holt@homes.example", " Iris.Holt@Homes.example "])
def test_anybody_else_is_found_by_their_address_and_does_not_see_the_child_when_it_moves_to_their_home(
    manager: Client, watched: Watched, now: datetime, typed: str
) -> None:
    home = factories.a_home(watched.authority)
    carer = a_person(Role.PLACEMENT_STAFF, home=home, email="iris.holt@homes.example")
    other = a_person(Role.PLACEMENT_STAFF, home=home)
    assert carer not in listed(watched, now)
    assert press(manager, watched, mail=typed).status_code == 302
    assert KeepFrom.objects.get().user == carer
    factories.placed(watched.child, home, by=watched.worker, at=now + HOUR)
    assert not sees(carer, watched, now + HOUR)
    assert sees(other, watched, now + HOUR)


def test_a_guardian_who_is_assigned_after_the_mark_neither_sees_the_child_nor_hears_of_it(
    manager: Client, watched: Watched, now: datetime
) -> None:
    guardian = a_person(Role.GUARDIAN)
    assert press(manager, watched, mail=guardian.email).status_code == 302
    factories.guarded(watched.child, guardian, lead=False, by=watched.manager, at=now + MINUTE)
    assert not sees(guardian, watched, now + HOUR)
    factories.missing(watched.child, by=watched.worker, at=now + HOUR)
    sweep.sweep_all(now=now + HOUR)
    assert Message.objects.filter(user=watched.guardian).exists()
    assert not Message.objects.filter(user=guardian).exists()


def test_a_supervisor_whose_service_gets_the_child_after_the_mark_does_not_see_it(
    manager: Client, watched: Watched, now: datetime
) -> None:
    lead = a_person(Role.GUARDIAN, reach=Reach.SERVICE)
    assert press(manager, watched, mail=lead.email).status_code == 302
    service = factories.membership_of(lead).service
    other = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    guardian = a_person(Role.GUARDIAN, service=service)
    factories.guarded(watched.child, guardian, lead=False, by=watched.manager, at=now + MINUTE)
    assert (sees(lead, watched, now + HOUR), sees(other, watched, now + HOUR)) == (False, True)


NO_ACCOUNT = "Enter another address: no account has this one, or it is no person’s"


def test_an_address_of_nobody_and_that_of_a_device_are_refused_in_the_same_words_and_stay_typed(
    manager: Client, watched: Watched
) -> None:
    device = home_devices.add(watched.home, "Hall tablet", by=watched.manager, at=watched.child.registered_at)
    for address in ("nobody@homes.example", device.email):
        answer = press(manager, watched, mail=address)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"mail": [NO_ACCOUNT]}
        assert address in answer.content.decode()
    assert not KeepFrom.objects.exists()


@pytest.mark.parametrize(
    ("chosen", "address", "field", "words"),
    [
        (False, "", "user", "Select a person, enter their work email address, or a name"),
        (True, "own", "mail", "Select a person or enter an email address, not both"),
        (False, "own", "mail", "Nobody sets this mark on themselves."),
        (False, "iris", "mail", "Enter an email address in the correct format, like name@example.com"),
    ],
)
def test_one_person_is_said_by_one_of_the_two(
    manager: Client, watched: Watched, chosen: bool, address: str, field: str, words: str
) -> None:
    mail = watched.manager.email if address == "own" else address
    answer = press(manager, watched, user=watched.carer.pk if chosen else "", mail=mail)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert {name: error_texts(form[name]) for name in form.errors} == {field: [words]}
    assert not KeepFrom.objects.exists()


def test_by_address_a_mark_of_somebody_else_is_told_to_nobody_and_ones_own_stands_once(
    client: Client, watched: Watched, supervisor: User, now: datetime
) -> None:
    keep_from(watched, supervisor, at=now - HOUR, by=watched.director)
    client.force_login(watched.manager)
    assert supervisor in listed(watched, now)
    assert press(client, watched, mail=supervisor.email).status_code == 302
    assert KeepFrom.objects.count() == 1
    client.force_login(watched.director)
    assert supervisor not in listed(watched, now, by=watched.director)
    answer = press(client, watched, mail=supervisor.email)
    assert answer.context["form"].errors == {"mail": ["This mark stands already."]}


def test_the_page_is_a_manager_s_and_the_address_finds_nobody_for_anybody_else(
    client: Client, watched: Watched, supervisor: User
) -> None:
    for person in (watched.worker, watched.desk.person, watched.guardian):
        client.force_login(person)
        assert press(client, watched, mail=supervisor.email).status_code == 404
    assert not KeepFrom.objects.exists()


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    watched: Watched, supervisor: User, now: datetime
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            listed(watched, now)
        return len(found)

    one = asked()
    for _ in range(4):
        a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)
    assert asked() == one
