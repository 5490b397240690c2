"""The end of a session in a real browser: told before it comes, put off by a press, and nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import KeptForm, Note, Role
from tests import factories
from tests.browsers import Site, let_idle
from tests.counts import counts
from tests.factories import Watched

PASSWORD = "three slow herons"
TEXT = "He asked about his brother, and whether the bus runs on Sundays."
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(site: Site) -> Watched:
    """A child, and a worker with a password."""
    found = factories.a_watched_child(at=clock.now() - timedelta(hours=20))
    found.worker.set_password(PASSWORD)
    found.worker.save()
    return found


def note_of(watched: Watched) -> str:
    return reverse("note_new", args=[watched.child.reference])


def idle(page: Page, span: timedelta) -> None:
    """Let nothing have been pressed for so much longer."""
    (key,) = [one["value"] for one in page.context.cookies() if one["name"] == "rollcall"]
    let_idle(SessionStore(key), span)


def look_again(page: Page) -> None:
    """As if the tab had been away and were seen again: the page asks how long it has."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def enter_password(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_note_sent_after_the_session_has_locked_is_there_after_the_password(
    site: Site, watched: Watched, take_seat: Callable[..., Page], axe: Callable[[Page], None], scripts: bool
) -> None:
    page = take_seat(scripts=scripts)
    site.sign_in(page, watched.worker)
    page.goto(site.to(note_of(watched)))
    expect(page.get_by_text(re.compile(r"This page locks at \d"))).to_be_visible()
    page.get_by_label("Note").fill(TEXT)
    idle(page, 16 * MINUTE)
    page.get_by_role("button", name="Save the note").click()
    page.wait_for_url("**/sign-in/again/**")
    expect(page.get_by_text("What you had typed is kept for you.")).to_be_visible()
    assert watched.child.given_name not in page.content()
    enter_password(page)
    page.wait_for_url(f"**{note_of(watched)}")
    expect(page.get_by_label("Note")).to_have_value(TEXT)
    expect(page.get_by_role("region", name="This was not recorded")).to_be_visible()
    if scripts:
        axe(page)
    assert not Note.objects.exists()
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("The note is saved.")).to_be_visible()
    assert Note.objects.get().text == TEXT
    assert not KeptForm.objects.exists()


@pytest.mark.by_turns(8)
def test_a_page_that_nobody_touches_covers_itself_and_what_was_typed_comes_back(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    site.sign_in(page, watched.worker)
    page.goto(site.to(note_of(watched)))
    page.get_by_label("Note").fill(TEXT)
    idle(page, 16 * MINUTE)
    look_again(page)
    page.wait_for_url("**/sign-in/again/**")
    assert TEXT not in page.content()
    enter_password(page)
    expect(page.get_by_label("Note")).to_have_value(TEXT)
    assert not Note.objects.exists()


@pytest.mark.by_turns(8)
def test_a_page_that_locks_while_nothing_reaches_the_service_shows_no_child_and_tries_again(
    site: Site, watched: Watched, open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = open_page()
    site.sign_in(page, watched.worker)
    page.clock.install()
    page.goto(site.to(note_of(watched)))
    page.get_by_label("Note").fill(TEXT)
    with page.expect_response("**/session/"):
        look_again(page)
    # The page knows how long it has only once its script has read the answer.
    expect(page.locator(".rc-session")).to_have_attribute("aria-label", "Your session")
    idle(page, 16 * MINUTE)
    page.route("**/session/**", lambda route: route.abort())
    look_again(page)
    page.clock.fast_forward(6000)
    expect(page.get_by_label("Note")).to_be_visible()
    page.clock.fast_forward(16 * 60 * 1000)
    again = page.get_by_role("button", name="Sign in again")
    expect(again).to_be_visible()
    expect(page.get_by_text(watched.child.given_name)).to_have_count(0)
    assert page.title() == "Locked"
    axe(page)
    page.unroute("**/session/**")
    again.click()
    enter_password(page)
    expect(page.get_by_label("Note")).to_have_value(TEXT)


@pytest.mark.by_turns(8)
def test_the_warning_comes_and_the_keyboard_puts_the_end_off(
    site: Site, watched: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, watched.worker)
    screen.goto(site.to(f"/children/{watched.child.reference}/"))
    panel = screen.get_by_role("region", name="Your session")
    expect(panel).to_be_hidden()
    idle(screen, 11 * MINUTE)
    look_again(screen)
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("This page locks at ")
    expect(screen.get_by_role("alert")).to_contain_text("Stay signed in")
    button = panel.get_by_role("button", name="Stay signed in")
    expect(button).to_be_focused()
    axe(screen)
    screen.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    expect(screen.get_by_role("alert")).to_contain_text("This page locks at ")
    idle(screen, 14 * MINUTE)
    assert screen.goto(site.to("/")).ok
    assert "/sign-in/" not in screen.url


@pytest.mark.by_turns(8)
def test_the_warning_takes_no_key_from_whoever_types_and_a_press_elsewhere_lifts_it(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    site.sign_in(page, watched.worker)
    page.goto(site.to(note_of(watched)))
    page.get_by_label("Note").fill("He")
    idle(page, 12 * MINUTE)
    look_again(page)
    expect(page.get_by_role("region", name="Your session")).to_be_visible()
    expect(page.get_by_label("Note")).to_be_focused()
    other = page.context.new_page()
    other.goto(site.to("/"))
    look_again(page)
    expect(page.get_by_role("region", name="Your session")).to_be_hidden()


@pytest.mark.by_turns(8)
def test_the_warning_comes_by_itself(site: Site, watched: Watched, open_page: Callable[..., Page]) -> None:
    page = open_page()
    site.sign_in(page, watched.worker)
    page.clock.install()
    page.goto(site.to(f"/children/{watched.child.reference}/people/"))
    with page.expect_response("**/session/"):
        page.clock.fast_forward(21_000)
    # The answer has come; the page waits for the warning only once its script has read it.
    expect(page.locator(".rc-session")).to_have_attribute("aria-label", "Your session")
    panel = page.get_by_role("region", name="Your session")
    page.clock.fast_forward(9 * MINUTE // timedelta(milliseconds=1))
    expect(panel).to_be_hidden()
    idle(page, 11 * MINUTE)
    page.clock.fast_forward(MINUTE // timedelta(milliseconds=1))
    expect(panel).to_be_visible()


@pytest.mark.by_turns(8)
def test_a_form_that_nobody_touched_is_not_kept(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    site.sign_in(page, watched.worker)
    # A list that a script turns into a box is in one of them.
    for name in counts(("placement_new",), ("note_new", "placement_new", "contact_new")):
        page.goto(site.to(reverse(name, args=[watched.child.reference])))
        idle(page, 16 * MINUTE)
        look_again(page)
        page.wait_for_url("**/sign-in/again/**")
        enter_password(page)
        page.wait_for_url(f"**/children/{watched.child.reference}/**")
    assert not KeptForm.objects.exists()


@pytest.mark.by_turns(8)
def test_the_desk_refreshes_itself_until_it_locks_and_then_holds_nothing(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    site.sign_in(page, watched.desk.person)
    page.goto(site.to("/duty/"))
    part = page.locator("#duty")
    expect(part).to_have_attribute("data-poll", "")
    part.evaluate("part => { part.dataset.before = ''; }")
    idle(page, 14 * MINUTE)
    with page.expect_response("**/partials/duty/**") as polled:
        page.evaluate("htmx.trigger('#duty', 'refresh')")
    assert polled.value.status == 200
    expect(part).not_to_have_attribute("data-before", "")
    # The part that came asks how long the page has: one that asked after the minute would leave before the poll.
    expect(page.locator(".rc-session")).to_be_visible()
    idle(page, MINUTE)
    with page.expect_response("**/partials/duty/**") as polled:
        page.evaluate("htmx.trigger('#duty', 'refresh')")
    assert polled.value.status == 401, "a poll keeps no session open"
    page.wait_for_url("**/sign-in/again/?next=%2Fduty%2F")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "partials" in request.url else None)
    page.wait_for_timeout(1000)
    assert asked == []


@pytest.mark.by_turns(8)
def test_a_part_that_finds_the_page_signed_out_elsewhere_does_not_show_a_sign_in_inside_it(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    site.sign_in(page, watched.desk.person)
    page.goto(site.to("/duty/"))
    page.context.clear_cookies()
    page.evaluate("htmx.trigger('#duty', 'refresh')")
    page.wait_for_url("**/sign-in/?next=**")
    expect(page.locator("h1")).to_have_count(1)


@pytest.mark.by_turns(8)
def test_somebody_else_signs_in_at_the_lock_and_finds_nothing(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    other = factories.a_person(Role.SOCIAL_WORKER, team=watched.team)
    page = take_seat()
    site.sign_in(page, watched.worker)
    page.goto(site.to(note_of(watched)))
    page.get_by_label("Note").fill(TEXT)
    idle(page, 16 * MINUTE)
    page.get_by_role("button", name="Save the note").click()
    page.get_by_role("button", name=f"Sign {watched.worker.name} out").click()
    page.wait_for_url("**/sign-in/")
    site.sign_in(page, other)
    page.goto(site.to(note_of(watched)))
    expect(page.get_by_label("Note")).to_have_value("")
    expect(page.get_by_text("not recorded")).to_have_count(0)
