"""Nobody gives themselves a role: not by a form, not by a verb, not by a row."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import log, people
from cases.models import Authority, ConfigurationChange, Membership, Role, User
from cases.states import IllegalMove
from tests.factories import a_person, a_team, an_authority, membership_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def authority() -> Authority:
    return an_authority()


@pytest.fixture
def admin(authority: Authority) -> User:
    return a_person(Role.ADMINISTRATOR, authority=authority)


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "role", ["team_manager:directorate", "team_manager", "social_worker", "dpo", "auditor", "administrator"]
)
def test_an_administrator_who_gives_themselves_a_role_is_refused_in_words_at_the_form(
    page: Client, admin: User, authority: Authority, role: str
) -> None:
    of_team = role.startswith(("team_manager", "social_worker"))
    where = f"team:{a_team(authority).pk}" if of_team else f"authority:{authority.pk}"
    given = {"role": role, "where": where, "first_day": "", "last_day": ""}
    answer = page.post(reverse("role_new", args=[admin.pk]), given)
    assert answer.status_code == 422
    assert "Nobody gives themselves a role" in answer.content.decode()
    assert f'<option value="{role}" selected' in answer.content.decode(), "what was chosen stands still"
    as_new = {"email": admin.email.upper(), "name": "Mina Vale", "phone": "07700 900111"}
    answer = page.post(reverse("person_new"), given | as_new)
    assert answer.status_code == 422
    assert "Nobody gives themselves a role" in answer.content.decode()
    assert [row.role for row in admin.memberships.all()] == [Role.ADMINISTRATOR]


@pytest.mark.by_turns
def test_an_administrator_s_own_page_offers_no_role_and_that_of_others_does(
    page: Client, admin: User, authority: Authority
) -> None:
    other = a_person(Role.ADMINISTRATOR, authority=authority)
    own = page.get(reverse("person", args=[admin.pk])).content.decode()
    assert reverse("role_new", args=[admin.pk]) not in own
    assert "Another administrator gives you a role" in own
    theirs = page.get(reverse("person", args=[other.pk])).content.decode()
    assert reverse("role_new", args=[other.pk]) in theirs


def test_no_verb_gives_a_role_to_whoever_asks_for_it_nor_for_later(
    admin: User, authority: Authority, now: datetime
) -> None:
    team = a_team(authority)
    with pytest.raises(IllegalMove, match="Nobody gives themselves a role"):
        people.join(admin, Role.DUTY_DESK, team=team, by=admin, at=now)
    for starts_at in (None, now + timedelta(days=3)):
        with pytest.raises(IllegalMove, match="Nobody gives themselves a role"):
            people.enrol(
                admin.email, Role.DUTY_DESK, name="x", starts_at=starts_at, team=team, by=admin, at=now
            )
    assert Membership.objects.filter(user=admin).count() == 1


@pytest.mark.by_turns
def test_another_administrator_and_whoever_runs_the_service_may_give_it(
    admin: User, authority: Authority, now: datetime
) -> None:
    other = a_person(Role.ADMINISTRATOR, authority=authority)
    given = people.join(admin, Role.AUDITOR, authority=authority, by=other, at=now)
    first = people.enrol(
        "first@council.example", Role.ADMINISTRATOR, name="x", authority=authority, by=None, at=now
    )
    actors = ConfigurationChange.objects.filter(kind="role_given", subject_id__in=[given.pk, first.pk])
    assert [row.actor for row in actors] == [other, None]


def test_the_database_refuses_it_on_record_too(admin: User, now: datetime) -> None:
    held, given = membership_of(admin), {"user": admin.pk, "role": "dpo"}
    with pytest.raises(IntegrityError, match="nobody_gives_themselves_a_role"), transaction.atomic():
        log.record_configuration(held, "role_given", data=given, by=admin, at=now)
    log.record_configuration(held, "role_ended", data=given, by=admin, at=now)
