"""Fifty arrivals in a night: what one more child costs in answers and clicks, and the list that is left."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from cases import clock
from cases.models import Child, Placement
from tests.browsers import Site
from tests.factories import Watched, a_picture, a_watched_child, photographed

# What a practised person needs: seconds for an answer that is typed, and for one press (Card, Moran and Newell's
# keystroke figures, rounded up: a word of eight letters 2.5 s with finding the box, a press 1.5 s).
TYPED, PRESSED = 2.5, 1.5


@pytest.fixture
def watched(site: Site) -> Watched:
    watched = a_watched_child(at=clock.now() - timedelta(days=3), given_name="Tarek")
    photographed(watched.child, at=clock.now() - timedelta(days=2), picture=a_picture(colour="#7b5e4a"))
    return watched


def first_child(page: Page, site: Site, watched: Watched) -> None:
    page.goto(site.to("/children/arrivals/new/"))
    page.get_by_label("Where did they arrive?").fill("Harrowfen docks")
    page.get_by_label("Best language").fill("Tigrinya")
    page.locator("select[name=home]").select_option(str(watched.home.pk), force=True)
    one_more(page, "Samir", "15", "Male")


class Hand:
    """A practised person at the screen: each answer and each press is counted as it is made."""

    def __init__(self, page: Page) -> None:
        self.page, self.answers, self.presses = page, 0, 0

    def write(self, label: str, words: str) -> None:
        self.answers += 1
        self.page.get_by_label(label).fill(words)

    def press(self, target: Locator) -> None:
        self.presses += 1
        target.click()

    @property
    def seconds(self) -> float:
        return self.answers * TYPED + self.presses * PRESSED


def one_more(page: Page, name: str, age: str, sex: str) -> Hand:
    """Take one child in with the answers that are asked for and no other."""
    hand = Hand(page)
    hand.write("Given name as heard", name)
    hand.write("Age given", age)
    hand.press(page.get_by_label(sex, exact=True))
    hand.write("Bed or room", "bed 7")
    hand.press(page.get_by_role("button", name="Save and next child"))
    # The page before may say of the child before that it is registered.
    expect(page.get_by_label("Given name as heard")).to_have_value("")
    expect(page.get_by_text("is registered and placed")).to_be_visible()
    return hand


@pytest.mark.by_turns(8)
def test_each_child_after_the_first_takes_four_answers_one_screen_and_less_than_thirty_seconds(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360, scripts=False)
    site.sign_in(page, watched.worker)
    first_child(page, site, watched)
    here = page.url

    began = time.monotonic()
    hand = one_more(page, "Yonas", "not known", "Not known")
    machine = time.monotonic() - began

    assert page.url == here
    assert (hand.answers, hand.presses) == (3, 2)
    assert hand.seconds + machine <= 30
    assert Placement.objects.filter(home=watched.home, child__given_name__in=["Samir", "Yonas"]).count() == 2
    second = Child.objects.get(given_name="Yonas")
    assert (second.languages, second.arrival_place) == (["Tigrinya"], "Harrowfen docks")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.by_turns
def test_the_screens_of_a_night_are_usable_by_everybody(
    site: Site, watched: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, watched.worker)
    screen.goto(site.to("/children/arrivals/new/"))
    axe(screen)
    screen.get_by_role("button", name="Save and next child").click()
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    axe(screen)
    first_child(screen, site, watched)
    axe(screen)
    screen.get_by_role("link", name="What is still to fill in").click()
    gap = screen.get_by_role("link", name="languages of").or_(
        screen.get_by_role("link", name="interpreter of")
    )
    expect(gap.first).to_be_visible()
    axe(screen)
    gap.first.click()
    expect(gap).to_have_count(0)
    axe(screen)
    screen.goto(site.to(f"/children/{watched.child.reference}/photos/"))
    axe(screen)
    screen.goto(site.to(f"/children/{watched.child.reference}/"))
    axe(screen)
    face = screen.locator("img.rc-photo")
    assert face.evaluate("picture => picture.complete && picture.naturalWidth > 0")
    screen.emulate_media(media="print")
    # Five centimetres at 96 pixels to the inch.
    assert face.evaluate("picture => picture.getBoundingClientRect().width") >= 188


@pytest.mark.by_turns
def test_a_roll_call_of_thirty_faces_stays_a_light_page(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360)
    weights: list[int] = []
    page.on(
        "response", lambda answer: weights.append(len(answer.body())) if "/photos/" in answer.url else None
    )
    site.sign_in(page, watched.carer)
    page.goto(site.to(f"/homes/{watched.home.pk}/roll-call/"))

    expect(page.get_by_alt_text("Photo of Tarek")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert weights
    assert max(weights) <= 10_000
