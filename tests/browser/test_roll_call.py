"""A house's roll-call on a phone: a tap a child, quickly, with and without scripts."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.forms.typed import london
from cases.models import Contact
from tests.browsers import Site, let_a_second_pass, scrolls_by, widen
from tests.counts import counts
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
def test_a_double_tap_is_one_contact_the_keyboard_stays_at_the_row_and_undo_brings_the_blank_row_back(
    site: Site, house: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat(width=360)
    open_roll(site, house, page)

    page.get_by_role("button", name="I saw Yusuf").dblclick()
    expect(page.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    assert Contact.objects.count() == 1

    widen(page, 1280)
    page.get_by_role("button", name="I saw Linh").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo Linh")).to_be_visible()
    linh = Contact.objects.latest("pk").child
    focus = page.locator(f"[id='{linh.reference}'] :focus")
    expect(focus, "after the press the focus stands in the same card").to_have_count(1)
    assert linh.given_name == "Linh"

    let_a_second_pass(page)
    page.get_by_role("button", name="Undo Linh").click()
    expect(page.get_by_role("button", name="Undo Linh")).to_have_count(0)
    expect(page.get_by_text("5 to record")).to_be_visible()
    assert [one.child for one in Contact.objects.standing()] == [house.child]


@pytest.mark.by_turns(8)
def test_without_scripts_the_whole_roll_is_called(site: Site, house: Watched, plain: Page) -> None:
    open_roll(site, house, plain)

    called = counts(NAMES[-2:], NAMES)
    for name in ("Yusuf", *called):
        plain.get_by_role("button", name=f"I saw {name}").click()
        expect(plain.get_by_role("button", name=f"Undo {name}")).to_be_visible()
    assert Contact.objects.standing().count() == 1 + len(called)

    plain.get_by_role("button", name="Undo Yusuf").click()
    expect(plain.get_by_role("button", name="Undo Yusuf")).to_have_count(0)
    assert Contact.objects.standing().count() == len(called)


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
def test_the_page_is_usable_by_everybody_and_at_320_nothing_scrolls_sideways_and_buttons_fit_a_thumb(
    site: Site, house: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    open_roll(site, house, screen)
    axe(screen)
    everything(house)
    screen.reload()
    axe(screen)
    own = screen.viewport_size
    assert own is not None
    widen(screen, 320)
    heights = [button.bounding_box() for button in screen.locator(".rc-row__actions .govuk-button").all()]
    assert scrolls_by(screen) <= 0
    assert heights
    assert all(box and box["height"] >= 44 for box in heights)
    widen(screen, own["width"])
    screen.get_by_role("button", name="I saw Yusuf").click()
    expect(screen.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    axe(screen)
