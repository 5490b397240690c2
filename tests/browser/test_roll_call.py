"""A house's roll-call on a phone: a tap a child, quickly, with and without scripts."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.forms.typed import london
from cases.models import Contact
from tests.browsers import Site
from tests.factories import Watched, a_child, a_watched_child, not_here, out, placed, seen

NAMES = (
    "Linh",
    "Selam",
    "Aram",
    "Maximiliano-Ferdinand",
    "Hawa",
)


@pytest.fixture
def house(site: Site) -> Watched:
    """Six children in one house, all still to be seen."""
    at = clock.now() - timedelta(days=3)
    watched = a_watched_child(at=at, given_name="Yusuf", languages=["Arabic", "Turkish"])
    for name in NAMES:
        child = a_child(watched.authority, team=watched.team, at=at, given_name=name, languages=["French"])
        placed(child, watched.home)
    return watched


def everything(house: Watched) -> None:
    """One child of every kind of row: out, not here, seen just now, and the rest blank."""
    now = clock.now()
    linh, selam, aram = [placement.child for placement in house.home.placements.order_by("pk")[1:4]]
    out(linh, until=now + timedelta(hours=1), at=now, with_whom="aunt Sela", phone="07700 900123")
    not_here(selam, by=house.carer, at=now)
    seen(aram, by=house.carer, at=now)


def open_roll(site: Site, house: Watched, page: Page) -> None:
    site.sign_in(page, house.carer)
    page.goto(site.to(f"/homes/{house.home.pk}/roll-call/"))


def test_a_phone_needs_one_tap_a_child_and_few_seconds(
    site: Site, house: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat(width=360)
    open_roll(site, house, page)
    expect(page).to_have_title("(6) Roll-call, " + house.home.name + " – Rollcall")

    began = time.monotonic()
    for name in ("Yusuf", *NAMES):
        page.get_by_role("button", name=f"I saw {name}").click()
        expect(page.get_by_role("button", name=f"Undo {name}")).to_be_visible()
    took = time.monotonic() - began

    assert Contact.objects.standing().count() == 6
    assert took < 20
    expect(page.get_by_text("Nothing to record now")).to_be_visible()
    expect(page).to_have_title("Roll-call, " + house.home.name + " – Rollcall")


def test_undo_brings_the_blank_row_back(site: Site, house: Watched, take_seat: Callable[..., Page]) -> None:
    page = take_seat(width=360)
    open_roll(site, house, page)
    page.get_by_role("button", name="I saw Yusuf").click()

    page.get_by_role("button", name="Undo Yusuf").click()

    expect(page.get_by_role("button", name="Undo Yusuf")).to_have_count(0)
    expect(page.get_by_text("6 to record")).to_be_visible()
    assert not Contact.objects.standing().exists()


def test_a_double_tap_is_one_contact(site: Site, house: Watched, take_seat: Callable[..., Page]) -> None:
    page = take_seat(width=360)
    open_roll(site, house, page)

    page.get_by_role("button", name="I saw Yusuf").dblclick()

    expect(page.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    assert Contact.objects.count() == 1


def test_the_keyboard_stays_at_the_row(site: Site, house: Watched, take_seat: Callable[..., Page]) -> None:
    page = take_seat(width=1280)
    open_roll(site, house, page)
    page.get_by_role("button", name="I saw Yusuf").focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo Yusuf")).to_be_visible()

    focus = page.locator(f"[id='{house.child.reference}'] :focus")
    expect(focus, "after the press the focus stands in the same card").to_have_count(1)


def test_without_scripts_the_whole_roll_is_called(site: Site, house: Watched, plain: Page) -> None:
    open_roll(site, house, plain)

    for name in ("Yusuf", *NAMES):
        plain.get_by_role("button", name=f"I saw {name}").click()
        expect(plain.get_by_role("button", name=f"Undo {name}")).to_be_visible()
    assert Contact.objects.standing().count() == 6

    plain.get_by_role("button", name="Undo Yusuf").click()
    expect(plain.get_by_role("button", name="Undo Yusuf")).to_have_count(0)
    assert Contact.objects.standing().count() == 5


def test_out_and_back_are_recorded_without_scripts(site: Site, house: Watched, plain: Page) -> None:
    open_roll(site, house, plain)
    later = london(clock.now() + timedelta(hours=2))

    plain.get_by_role("link", name="Out or away Yusuf").click()
    plain.get_by_label("Time").fill(f"{later:%H:%M}")
    for part, value in (("Day", later.day), ("Month", later.month), ("Year", later.year)):
        plain.get_by_label(part).fill(str(value))
    plain.get_by_label("With whom").fill("aunt Sela")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("aunt Sela")).to_be_visible()

    plain.get_by_role("link", name="Back, somebody else saw Yusuf").click()
    plain.get_by_role("button", name="Record the return").click()

    expect(plain.get_by_role("link", name="Out or away Yusuf")).to_be_visible()


def test_the_page_is_usable_by_everybody(
    site: Site, house: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    open_roll(site, house, screen)
    axe(screen)
    everything(house)
    open_roll(site, house, screen)
    axe(screen)
    screen.get_by_role("button", name="I saw Yusuf").click()
    expect(screen.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    axe(screen)


def test_nothing_scrolls_sideways_at_320_and_buttons_fit_a_thumb(
    site: Site, house: Watched, take_seat: Callable[..., Page]
) -> None:
    everything(house)
    page = take_seat(width=320)
    open_roll(site, house, page)

    wide: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    buttons = page.locator(".rc-row__actions .govuk-button").all()
    heights = [button.bounding_box() for button in buttons]

    assert wide <= 0
    assert heights
    assert all(box and box["height"] >= 44 for box in heights)
