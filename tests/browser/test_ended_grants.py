"""A right that ends while its page is open: the next press is refused, records nothing, and what polls shows no more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock, placements
from cases.models import Contact
from guardians import assignments
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing


@pytest.fixture
def watched(site: Site) -> Watched:
    return a_watched_child(at=clock.now() - timedelta(days=3), given_name="Tarekiel")


@pytest.mark.by_turns
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_guardian_whose_time_has_ended_presses_and_nothing_is_recorded(
    site: Site, watched: Watched, open_page: Callable[..., Page], scripts: bool
) -> None:
    page = open_page(width=360, scripts=scripts)
    site.sign_in(page, watched.guardian)
    page.goto(site.to("/"))
    button = page.get_by_role("button", name="Saw face to face").first
    expect(button).to_be_visible()
    assignments.end(watched.assignment, reason="Left", by=watched.manager, at=clock.now())
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        button.click()
    assert answered.value.status == 404
    if not scripts:  # The answer is a page of its own, which must be there before the next is asked for.
        expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert not Contact.objects.filter(child=watched.child).exists()
    page.goto(site.to("/"))
    expect(page.get_by_text("Tarekiel")).to_have_count(0)


@pytest.mark.by_turns(8)
def test_an_open_episode_is_taken_from_the_screen_of_a_home_that_the_child_has_left(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    episode = missing(watched.child, by=watched.worker, at=clock.now())
    page = open_page()
    site.sign_in(page, watched.carer)
    page.goto(site.to(f"/missing/{episode.reference}/"))
    part = page.locator("[data-poll]")
    expect(part).to_contain_text("Updates")
    placements.end(watched.placement, ends_at=clock.now(), reason="Moved", by=watched.manager, at=clock.now())
    with page.expect_response(lambda answer: "/partials/" in answer.url) as answered:
        page.evaluate("window.htmx.trigger('[data-poll]', 'refresh')")
    assert answered.value.status == 404
    expect(part).not_to_contain_text("Updates")
    expect(part).to_contain_text("Try again")
