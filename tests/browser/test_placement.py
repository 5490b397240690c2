"""A worker places a child: child's page, form, saved; a home by typing, or an address."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from cases import clock
from cases.models import Placement
from tests.browsers import Site, typed_into
from tests.factories import Watched, a_home, a_watched_child, an_authority


@pytest.fixture
def watched(site: Site) -> Watched:
    return a_watched_child(at=clock.now() - timedelta(days=3), given_name="Dilan")


@pytest.fixture
def harbour(site: Site) -> object:
    return a_home(an_authority("Saltbridge"), name="Harbour View")


def open_form(site: Site, watched: Watched, page: Page) -> None:
    site.sign_in(page, watched.worker)
    page.goto(site.to(f"/children/{watched.child.reference}/placements/new/"))


def standing(watched: Watched) -> Placement:
    return Placement.objects.get(child=watched.child, ends_at=None)


@pytest.mark.by_turns
def test_a_home_is_found_by_typing_its_name_in_what_is_asked_for_once_the_page_is_there(
    site: Site, watched: Watched, harbour: object, take_seat: Callable[..., Page]
) -> None:
    page = take_seat(width=360)
    open_form(site, watched, page)
    expect(typed_into(page, "Home")).to_be_visible()
    asked_at, loaded_at = page.evaluate(
        """() => [performance.getEntriesByType("resource").find(({name}) => name.includes("accessible-autocomplete.min.js")),
            performance.getEntriesByType("navigation")[0]].map((one) => one.loadEventStart ?? one.startTime)"""
    )
    assert 0 < loaded_at <= asked_at

    typed_into(page, "Home").fill("harb")
    page.get_by_role("option", name="Harbour View").click()
    page.get_by_label("Supported accommodation").check()
    page.get_by_label("Not yet").check()
    page.get_by_role("button", name="Save the placement").click()

    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    assert standing(watched).home == harbour


@pytest.mark.by_turns
def test_a_list_that_somebody_is_in_stays_theirs_until_they_leave_it(
    site: Site, watched: Watched, harbour: object, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360)
    held: list[Route] = []
    page.route("**/accessible-autocomplete.min*.js", lambda route: held.append(route))  # noqa: PLW0108 - no method of a list takes a mark
    open_form(site, watched, page)
    home = page.locator("select[name=where]")
    home.focus()
    page.wait_for_function("() => document.querySelector('script[src*=accessible-autocomplete]')")
    home.select_option(
        label=next(text for text in home.locator("option").all_text_contents() if "Harbour" in text)
    )
    page.evaluate("window.held = document.activeElement")
    held[0].continue_()
    expect(page.locator("#elsewhere .autocomplete__wrapper")).to_be_attached()
    assert page.evaluate("window.held === document.activeElement")
    home.blur()
    expect(typed_into(page, "Home")).to_have_value(re.compile("Harbour View"))
    page.get_by_label("Supported accommodation").check()
    page.get_by_label("Not yet").check()
    page.get_by_role("button", name="Save the placement").click()
    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    assert standing(watched).home == harbour


@pytest.mark.by_turns
def test_the_home_that_stands_in_the_box_is_the_one_that_is_saved(
    site: Site, watched: Watched, harbour: object, take_seat: Callable[..., Page]
) -> None:
    quay = a_home(an_authority("Quaymouth"), name="Quay Lodge")
    page = take_seat()
    open_form(site, watched, page)
    box = typed_into(page, "Home")
    whole = page.get_by_role("option", name="Quay Lodge", include_hidden=True).text_content() or ""

    box.fill("harb")
    page.get_by_role("option", name="Harbour View").click()
    page.get_by_label("Supported accommodation").check()
    page.get_by_label("Not yet").check()
    box.fill("Quay House")
    box.press("Tab")
    page.get_by_role("button", name="Save the placement").click()
    expect(
        page.get_by_role("link", name="We do not know “Quay House”. Choose one from the list")
    ).to_be_visible()
    expect(typed_into(page, "Home")).to_have_value("Quay House")
    typed_into(page, "Home").fill(whole.strip().lower())
    typed_into(page, "Home").press("Tab")
    page.get_by_role("button", name="Save the placement").click()

    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    assert standing(watched).home == quay


@pytest.mark.by_turns
def test_a_name_that_runs_to_the_left_is_found_and_known_as_anybody_can_type_it(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    light = a_home(an_authority("Quaymouth"), name="بيت النور")
    page = take_seat()
    open_form(site, watched, page)
    box = typed_into(page, "Home")
    whole = page.get_by_role("option", name="بيت النور", include_hidden=True).text_content() or ""
    written = whole.translate({ord("\u2068"): None, ord("\u2069"): None})
    assert written != whole

    box.fill("النور")
    expect(page.get_by_role("option", name="Quaymouth")).to_be_visible()
    box.fill(written)
    box.press("Tab")
    page.get_by_label("Supported accommodation").check()
    page.get_by_label("Not yet").check()
    page.get_by_role("button", name="Save the placement").click()

    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    assert standing(watched).home == light


@pytest.mark.by_turns(8)
def test_without_scripts_it_is_a_plain_list(
    site: Site, watched: Watched, harbour: object, plain: Page
) -> None:
    open_form(site, watched, plain)

    option = plain.get_by_role("option", name="Harbour View").get_attribute("value")
    plain.get_by_label("Home", exact=True).select_option(option)
    plain.get_by_label("Supported accommodation").check()
    plain.get_by_label("Not yet").check()
    plain.get_by_role("button", name="Save the placement").click()

    expect(plain.get_by_text("The placement is recorded")).to_be_visible()
    assert standing(watched).home == harbour


@pytest.mark.by_turns
def test_somewhere_else_opens_its_part_without_scripts(site: Site, watched: Watched, plain: Page) -> None:
    host = an_authority("Withyford")
    open_form(site, watched, plain)

    plain.get_by_text("Somewhere else: address, phone, force").click()
    plain.get_by_label("Address", exact=True).fill("3 Quill Street")
    plain.get_by_label("Postcode").fill("zz99 1ab")
    plain.get_by_label("24-hour phone").fill("01632 960555")
    plain.get_by_label("Foster placement", exact=True).check()
    plain.get_by_label("Not yet").check()
    plain.get_by_role("button", name="Save the placement").click()
    expect(plain.get_by_role("link", name="Select the host authority")).to_be_visible()
    plain.get_by_label("Host authority").select_option(str(host.pk))
    plain.get_by_role("button", name="Save the placement").click()

    expect(plain.get_by_text("The placement is recorded")).to_be_visible()
    assert (standing(watched).host_authority, standing(watched).force) == (host, host.force)
