"""The frame of a page knows who is looking, and never stands in the way of one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import path

from cases import context, people
from cases.models import Role, User
from tests import factories

urlpatterns = [
    path(f"try/{name}/", lambda request: None, name=name)
    for name in ("home", "duty_desk", "child_list", "child_new", "search", "account_logout")
]


@pytest.fixture(autouse=True)
def addresses(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


def asked_by(user: Any) -> HttpRequest:
    request = RequestFactory().get("/try/home/")
    request.user = user
    return request


def words(user: Any) -> list[str]:
    return [item.text for item in context.shell(asked_by(user))["navigation"]]


@pytest.fixture
def duty(db: None) -> User:
    return factories.a_person(Role.DUTY_DESK, team=factories.a_team(kind="duty"))


def test_each_role_has_at_most_five_links_and_its_own_first_page() -> None:
    assert set(context.NAVIGATION) == set(Role)
    for pages in context.NAVIGATION.values():
        assert 1 <= len(pages) <= 5
        assert pages[0][0] == context.HOME


@pytest.mark.by_turns
def test_a_duty_worker_sees_duty_and_may_search(duty: User) -> None:
    assert words(duty) == ["Duty", "Children", "Add a child"]
    assert str(context.shell(asked_by(duty))["search_href"]) == "/try/search/"


@pytest.mark.by_turns
def test_a_manager_reaches_the_duty_desk_which_stands_once_for_whoever_is_on_it_too(db: None) -> None:
    team = factories.a_team()
    manager = factories.a_person(Role.TEAM_MANAGER, team=team)
    assert words(manager) == ["Overview", "Duty", "Children", "Add a child"]
    desk = factories.a_team(team.authority, kind="duty")
    people.join(manager, Role.DUTY_DESK, team=desk, at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    assert words(manager) == ["Duty", "Children", "Add a child", "Overview"]


@pytest.mark.by_turns
def test_whoever_holds_several_roles_reaches_every_page_of_each(db: None, settings: Any) -> None:
    settings.ROOT_URLCONF = "config.urls"
    team = factories.a_team()
    person = factories.a_person(Role.TEAM_MANAGER, team=team)
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    people.join(person, Role.DUTY_DESK, team=factories.a_team(team.authority, kind="duty"), at=at)
    people.join(person, Role.ADMINISTRATOR, authority=team.authority, at=at)
    people.join(person, Role.DPO, authority=team.authority, at=at)
    held = (Role.DUTY_DESK, Role.TEAM_MANAGER, Role.ADMINISTRATOR, Role.DPO)
    pages = {str(text) for role in held for _name, text in context.NAVIGATION[role]}
    assert set(words(person)) == pages
    assert len(words(person)) == len(pages), "each once"


def test_a_carer_sees_the_roll_call_and_no_search(db: None) -> None:
    carer = factories.a_person(Role.PLACEMENT_STAFF, home=factories.a_home(factories.an_authority()))
    assert words(carer) == ["Roll-call"]
    assert str(context.shell(asked_by(carer))["search_href"]) == ""


@pytest.mark.by_turns
def test_a_role_that_has_ended_opens_nothing(duty: User) -> None:
    membership = factories.membership_of(duty)
    people.leave(membership, at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    assert words(duty) == []


def test_a_stranger_and_a_request_without_a_person_get_a_bare_frame() -> None:
    assert words(AnonymousUser()) == []
    bare = context.shell(RequestFactory().get("/"))
    assert list(bare["navigation"]) == []
    assert str(bare["search_href"]) == ""


def test_a_page_that_is_not_installed_is_left_out() -> None:
    assert context.address("a_page_of_tomorrow") == ""
