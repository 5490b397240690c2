"""An administrator's pages and the rota in a real browser: somebody added on three screens, and no fault that axe sees."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock, configuration
from cases.models import Role, User
from tests import factories
from tests.browsers import Site, typed_into
from tests.counts import counts
from tests.factories import Watched, a_person, a_watched_child, end_shift


@pytest.fixture
def watched(site: Site) -> Watched:
    return a_watched_child(at=clock.now() - timedelta(hours=30))


@pytest.fixture
def admin(site: Site, watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.mark.by_turns
def test_somebody_is_added_on_three_screens_and_every_page_is_without_a_fault(
    site: Site, watched: Watched, admin: User, screen: Page, axe: Callable[[Page], None]
) -> None:
    end_shift(watched.desk)
    now = clock.now()
    starts_at = now + timedelta(minutes=40)
    configuration.put_on_duty(
        watched.desk.team,
        watched.desk.person,
        phone=watched.desk.person.phone,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=8),
        by=admin,
        at=now,
    )
    page = screen
    site.sign_in(page, admin)
    page.goto(site.to("/admin/"))
    axe(page)
    page.get_by_role("button", name="Add a person").click()
    expect(page.get_by_label("Full name")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Enter the email address")).to_be_visible()
    axe(page)
    page.get_by_label("Email address").fill("mina@council.example")
    page.get_by_label("Full name").fill("Mina Vale")
    page.get_by_label("Role", exact=True).select_option("social_worker")
    typed_into(page, "Where").fill(watched.team.name)
    page.get_by_role("option", name=watched.team.name, exact=True).click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Make a first sign-in link").click()
    expect(page.get_by_text("/welcome/")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="End this role").click()
    expect(page.get_by_role("heading", level=1, name="End a role of Mina Vale")).to_be_visible()
    axe(page)
    # The gallery opens each of these as well.
    for address in counts((), ("/admin/policies/", "/duty/rota/", "/duty/rota/new/")):
        page.goto(site.to(address))
        axe(page)
    page.goto(site.to("/admin/told/"))
    page.get_by_label("Reference of the child").fill(watched.child.reference)
    page.get_by_role("button", name="Show who would be told").click()
    expect(page.get_by_role("heading", name="If nothing is recorded by")).to_be_visible()
    axe(page)


@pytest.mark.by_turns(8)
def test_a_policy_is_changed_on_two_pages_by_two_people_without_a_fault(
    site: Site, watched: Watched, admin: User, screen: Page, axe: Callable[[Page], None]
) -> None:
    second = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    factories.knows(second, "rowan-heath-lantern")
    for _ in range(4):
        factories.a_child(watched.authority)
    page = screen
    site.sign_in(page, admin)
    page.goto(site.to(f"/admin/policies/{watched.authority.code}/high/new/"))
    page.get_by_label("R4: the head of service is told").fill("300")
    page.get_by_label("Why is it changed?").fill("As the board decided")
    page.get_by_role("button", name="Show both versions").click()
    expect(page.get_by_role("cell", name="5 hours after")).to_be_visible()
    axe(page)
    why = page.get_by_label("Why is this draft not tried on past days?")
    why.fill("We cannot say yet")
    page.get_by_role("button", name="Show who would be told").click()
    expect(page.get_by_role("link", name="Enter the reference of the child")).to_be_visible()
    expect(why).to_have_value("We cannot say yet")
    page.get_by_label("Reference of the child").fill(watched.child.reference)
    page.get_by_role("button", name="Show who would be told").click()
    expect(page.get_by_role("rowheader", name="Nothing is recorded by")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Try it on these days").click()
    expect(page.get_by_role("rowheader", name="Children never alerted")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("link", name="Enter the second person’s email address")).to_be_visible()
    axe(page)
    page.get_by_label("Second person’s email address").fill(second.email)
    page.get_by_label("Second person’s password").fill("rowan-heath-lantern")
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_text("The new version is agreed. It counts from")).to_be_visible()
    axe(page)
