"""The frame of every page in a real browser: readable, reachable, and quiet."""

import gzip
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Response, expect

from cases import clock
from cases.models import Role, User
from tests import factories, passing
from tests.browsers import Site, scrolls_by, typed_into, widen

# The first load of a page, everything it names included, compressed; the figure of the interface's design.
FIRST_LOAD = 60_000
# A page that is enlarged four times, in pixels: nothing may lie beside it (WCAG 1.4.10).
NARROWEST = 320


@pytest.fixture
def gallery(settings: Any, kept_site: Site) -> Site:
    """The site with pages that hold every component."""
    settings.ROOT_URLCONF = "tests.browser.gallery"
    settings.DUTY_LINE = "0300 000 0000"
    return kept_site


@pytest.fixture(scope="module")
def worker(kept_site: Site) -> User:
    """Somebody of the duty desk."""
    authority = factories.an_authority()
    return factories.a_person(Role.DUTY_DESK, team=factories.a_team(authority))


@pytest.mark.by_turns(8)
def test_every_component_and_error_page_passes_axe(
    gallery: Site,
    worker: User,
    screen: Page,
    width: int,
    axe: Callable[[Page], None],
) -> None:
    gallery.sign_in(screen, worker)
    for path in ("/gallery/", "/gallery/form/", "/gallery/404/", "/gallery/409/", "/gallery/500/"):
        widen(screen, width)
        screen.goto(gallery.to(path))
        axe(screen)
        expect(screen.get_by_text("Urgent help: duty line")).to_be_visible()
        expect(screen.locator("footer a[href='tel:03000000000']")).to_be_visible()
        expect(screen.locator("h1")).to_have_count(1)
        widen(screen, NARROWEST)
        assert scrolls_by(screen) <= 0, path


@pytest.mark.by_turns(8)
def test_a_form_sent_empty_says_what_to_do_with_the_focus_on_the_summary(
    gallery: Site,
    worker: User,
    screen: Page,
    axe: Callable[[Page], None],
) -> None:
    gallery.sign_in(screen, worker)
    screen.goto(gallery.to("/gallery/form/"))
    screen.get_by_role("button", name="Save").click()
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    assert screen.title().startswith("Error: Add a child")
    assert "required" not in screen.locator("main").inner_text().lower()
    axe(screen)
    screen.get_by_role("link", name="Enter 24-hour phone").click()
    expect(screen.get_by_label("24-hour phone")).to_be_focused()


@pytest.mark.by_turns(8)
def test_the_form_works_without_scripts(gallery: Site, worker: User, plain: Page) -> None:
    gallery.sign_in(plain, worker)
    plain.goto(gallery.to("/gallery/form/"))
    plain.get_by_label("Earlier").check()
    expect(plain.locator("#id_seen_at_time")).to_be_visible()
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator(".govuk-error-summary")).to_be_focused()
    expect(plain.get_by_label("Earlier")).to_be_checked()


@pytest.mark.by_turns(8)
def test_a_long_list_narrows_as_one_types(gallery: Site, worker: User, screen: Page) -> None:
    gallery.sign_in(screen, worker)
    screen.goto(gallery.to("/gallery/form/"))
    box = typed_into(screen, "Nationality")
    box.fill("eri")
    screen.get_by_role("option", name="Eritrea").click()
    expect(screen.locator("select[name=nationality]")).to_have_value("ER")


@pytest.mark.by_turns(8)
def test_a_list_refreshes_itself_counts_in_the_title_and_keeps_what_is_open(
    gallery: Site, worker: User, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    gallery.sign_in(page, worker)
    # It refreshes itself every second: it learns nothing before its part is opened, and then once.
    let: list[str] = []
    page.route("**/fragment/", lambda ask: ask.continue_() if let and let.pop() else ask.fulfill(status=204))
    page.goto(gallery.to("/gallery/"))
    expect(page).to_have_title(re.compile(r"^\(2\) Gallery"))
    page.locator("#more summary").click()
    let.append("once")
    expect(page).to_have_title(re.compile(r"^\(3\) "))
    expect(page.locator("#more")).to_have_attribute("open", "")
    expect(page.get_by_role("status")).to_have_text("")


@pytest.mark.by_turns(8)
def test_a_list_rests_in_a_hidden_tab_and_wakes_with_it(
    gallery: Site, worker: User, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    gallery.sign_in(page, worker)
    page.goto(gallery.to("/gallery/"))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "fragment" in request.url else None)
    page.wait_for_timeout(1500)
    assert asked == []
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", {value: false, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    expect(page).not_to_have_title(re.compile(r"^\(2\) "))


@pytest.mark.by_turns(8)
def test_a_part_that_fails_says_so_keeps_what_it_showed_and_recovers(
    gallery: Site, worker: User, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    gallery.sign_in(page, worker)
    page.goto(gallery.to("/gallery/"))
    page.route("**/fragment/", lambda route: route.fulfill(status=500, body="broken"))
    notice = page.get_by_role("region", name="This part was not updated")
    expect(notice).to_be_visible()
    page.wait_for_timeout(1500)
    expect(notice).to_have_count(1)
    expect(page.get_by_role("rowheader", name="Harbour House")).to_be_visible()
    expect(notice.get_by_role("link", name="Try again")).to_have_attribute("href", gallery.to("/gallery/"))
    page.unroute("**/fragment/")
    expect(notice).to_have_count(0)


@pytest.mark.by_turns(8)
def test_the_contact_buttons_are_wide_apart_and_full_width_on_a_phone_and_not_on_paper_which_is_marked(
    gallery: Site, worker: User, take_seat: Callable[..., Page]
) -> None:
    page = take_seat(width=360)
    gallery.sign_in(page, worker)
    page.goto(gallery.to("/gallery/"))
    boxes = [button.bounding_box() for button in page.locator(".rc-now .rc-contact__button").all()]
    assert len(boxes) == 3
    tops = [(box["y"], box["y"] + box["height"]) for box in boxes if box]
    gaps = [below - above for (_, above), (below, _) in pairwise(tops)]
    assert min(gaps) >= 16
    assert all(box and box["height"] >= 44 and box["width"] >= 280 for box in boxes)

    widen(page, 1280)
    mark = page.get_by_text("OFFICIAL-SENSITIVE")
    expect(mark).to_be_hidden()
    page.emulate_media(media="print")
    expect(mark).to_be_visible()
    expect(mark).to_contain_text(f"MC26-004178 – printed by {worker.name} at 24 November 2026 at 9:28pm")
    expect(page.get_by_role("button", name="Saw face to face: Yusuf A")).to_be_hidden()


def test_the_first_load_is_light_asks_for_no_font_and_breaks_nothing(
    gallery: Site, worker: User, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    gallery.sign_in(page, worker)
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(gallery.to("/gallery/"))
    page.wait_for_timeout(500)
    loads = [answer for answer in answers if "fragment" not in answer.url]
    assert [
        answer.url for answer in loads if answer.status >= 400 or answer.request.resource_type == "font"
    ] == []
    assert all(answer.url.startswith(gallery.url) for answer in loads)
    assert sum(len(gzip.compress(answer.body(), 9)) for answer in loads) <= FIRST_LOAD


def test_the_style_sheets_carry_no_mark_of_gov_uk() -> None:
    for name in ("govuk/govuk-frontend.min.css", "moj/moj-frontend.min.css"):
        path = finders.find(name)
        assert isinstance(path, str), name
        text = Path(path).read_text(encoding="utf-8")
        assert "GDS Transport" not in text
        assert "@font-face" not in text
        assert "govuk-crest" not in text
        assert "/assets/" not in text


@pytest.mark.by_turns(8)
def test_signing_in_says_one_thing_only_about_wrong_details(
    gallery: Site, screen: Page, axe: Callable[[Page], None]
) -> None:
    screen.goto(gallery.to("/sign-in/"))
    axe(screen)
    screen.get_by_label("Email address").fill("nobody@rollcall.example")
    screen.get_by_label("Password", exact=True).fill("not the one")
    screen.locator("main").get_by_role("button", name="Sign in").click()
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    expect(screen.locator(".govuk-error-summary li")).to_have_count(1)
    axe(screen)
    widen(screen, NARROWEST)
    assert scrolls_by(screen) <= 0


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_person_signs_in_and_out(gallery: Site, take_seat: Callable[..., Page], scripts: bool) -> None:
    person = factories.a_person(
        Role.DUTY_DESK, team=factories.a_team(factories.an_authority()), password="a long enough secret"
    )
    passing.has_app(person, at=clock.now())
    page = take_seat(scripts=scripts)
    # A page that does not refresh itself: nothing of it is on its way when the person signs out.
    page.goto(gallery.to("/sign-in/?next=/gallery/form/"))
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password", exact=True).fill("a long enough secret")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("Code from your authenticator app").fill(passing.code(at=clock.now()))
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(gallery.to("/gallery/form/"))
    expect(page.get_by_text(f"Signed in as {person.name}")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    expect(page.get_by_text("You have signed out.")).to_be_visible()
