"""A worker registers a child and goes on to the placement; the list and the search find the child."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import Child
from tests.browsers import Site
from tests.factories import Watched, a_watched_child

MATCHES = reverse("child_new_matches")


@pytest.fixture
def watched(site: Site) -> Watched:
    return a_watched_child(
        at=clock.now() - timedelta(days=3), given_name="Tarek", script_name="طارق", script_language="ar"
    )


def register(site: Site, watched: Watched, page: Page) -> None:
    """The fewest answers: what is not known is said to be so."""
    site.sign_in(page, watched.worker)
    page.goto(site.to("/children/new/"))
    page.get_by_label("Given name as heard").fill("Samir")
    page.get_by_label("Female").check()
    page.get_by_label("Best language").fill("not known")
    page.get_by_role("group", name="Is an interpreter needed?").get_by_label("Not known").check()
    page.get_by_role("button", name="Save and go to the placement").click()


@pytest.mark.by_turns
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_four_answers_register_a_child_and_lead_to_the_placement(
    site: Site, watched: Watched, take_seat: Callable[..., Page], scripts: bool
) -> None:
    page = take_seat(width=360, scripts=scripts)

    register(site, watched, page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Where does Samir live now?")
    child = Child.objects.get(given_name="Samir")
    expect(page.get_by_text(f"Registered as {child.reference}")).to_be_visible()


@pytest.mark.by_turns
def test_the_form_is_usable_by_everybody_empty_and_with_errors(
    site: Site, watched: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, watched.worker)
    screen.goto(site.to("/children/new/"))
    axe(screen)
    screen.get_by_label("Family name").fill("Penrowe")

    screen.get_by_role("button", name="Save and go to the placement").click()

    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    expect(screen).to_have_title("Error: Add a child – Rollcall")
    expect(screen.get_by_label("Family name")).to_have_value("Penrowe")
    axe(screen)


@pytest.mark.by_turns
def test_the_box_on_every_page_finds_a_child_by_name_and_one_heard_otherwise_while_it_is_typed(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    site.sign_in(page, watched.worker)
    page.goto(site.to("/children/"))

    page.get_by_label("Find a child by name or reference").fill("طارق")
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name=f"Tarek {watched.child.family_name}")).to_be_visible()

    page.goto(site.to("/search/"))

    page.get_by_label("Name, reference or phone number").press_sequentially("tariq")

    expect(page.get_by_role("link", name=f"Tarek {watched.child.family_name}")).to_be_visible()
    expect(page.get_by_text("Some records are restricted.")).to_be_visible()


@pytest.mark.by_turns
def test_who_may_be_the_same_child_is_shown_beside_the_names_and_found_again_by_a_button(
    site: Site, watched: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, watched.worker)
    screen.goto(site.to("/children/new/"))

    screen.get_by_label("Given name as heard").fill("Tariq")
    # A rest in the typing is asked about as well: the last question is the one with the whole name.
    with screen.expect_response(
        lambda answer: (
            answer.url.endswith(MATCHES) and watched.child.family_name in (answer.request.post_data or "")
        )
    ):
        screen.get_by_label("Family name").press_sequentially(watched.child.family_name)

    expect(screen.get_by_role("heading", name="1 possible match")).to_be_visible()
    expect(screen.get_by_text("The name sounds alike")).to_be_visible()
    axe(screen)
    screen.get_by_label("Different child").check()
    screen.get_by_label("Family name").press("Enter")
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    expect(screen.get_by_label("Different child")).to_be_checked()
    screen.get_by_role("button", name="This is the same child").click()
    expect(screen.get_by_text("Nobody new is registered")).to_be_visible()
    assert Child.objects.count() == 1


@pytest.mark.by_turns(8)
def test_without_scripts_errors_take_the_focus_and_the_matches_are_shown_once_before_saving(
    site: Site, watched: Watched, plain: Page
) -> None:
    site.sign_in(plain, watched.worker)
    plain.goto(site.to("/children/new/"))

    plain.get_by_role("button", name="Save and go to the placement").click()

    expect(plain.locator(".govuk-error-summary")).to_be_visible()
    expect(plain.locator(".govuk-error-summary")).to_be_focused()
    plain.get_by_label("Given name as heard").fill("Tariq")
    plain.get_by_label("Family name").fill(watched.child.family_name)
    plain.get_by_label("Female").check()
    plain.get_by_label("Best language").fill("not known")
    plain.get_by_role("group", name="Is an interpreter needed?").get_by_label("Not known").check()

    plain.get_by_role("button", name="Save and go to the placement").click()
    expect(plain.get_by_role("heading", name="1 possible match")).to_be_visible()
    expect(plain.locator("#matches [role=status]")).to_be_focused()
    assert Child.objects.count() == 1

    plain.get_by_role("button", name="Save and go to the placement").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Where does Tariq live now?")
