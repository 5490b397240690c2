"""Every page of the product in every state: usable by everybody, on a desk, on a phone, at 400% zoom, and in longer words."""

import inspect
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page

from tests.architecture.test_views_guarded import addresses
from tests.browser import inspection, long_words, names, weights
from tests.browser.inspection import DESK, ERROR, NARROW, PHONE
from tests.browser.screens import NO_SCREEN, SCREENS, Screen
from tests.browser.town import PASSWORD, Town, a_town, at_this_hour
from tests.browsers import AXE_SCRIPT, WAITS, Site, serving, widen
from tests.counts import FULL, counts, one_in
from tests.database import Clone

# What a page answers with in the states that are no success; 200 in every other.
ANSWERS = {"unknown": 404, "expired": 404, "spent": 410, "slip": 422}
# Seconds for which somebody stays signed in from page to page, and who does with the clock's reading at the beginning.
SITS = 60
_sits: dict[Page, tuple[str, float]] = {}
# Each address by the first of its screens.
FIRST = {screen.name: screen for screen in reversed(SCREENS)}


@pytest.fixture(scope="module")
def lent(keep: Any, lend: Any, of_the_run: Path) -> Iterator[tuple[Clone, Town]]:
    """People, children and houses have names in two scripts, with a figure beside; the pages also speak longer words."""
    name, made = keep(a_town)
    with lend(name) as own, at_this_hour(), long_words.spoken(of_the_run):
        yield own, made


@pytest.fixture(scope="module")
def town(lent: tuple[Clone, Town]) -> Town:
    return lent[1]


@pytest.fixture(scope="module")
def looked(lent: tuple[Clone, Town]) -> Iterator[Site]:
    with serving(lent[0]) as site:
        yield site


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What the browser said since the last test about scripts and policies."""
    return []


@pytest.fixture(scope="module")
def undrawn(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A browser that lays pages out and draws none: nobody looks at them here, and drawing was a sixth of the work."""
    arguments = [*browser_type_launch_args["args"], "--disable-threaded-compositing"]
    opened = browser_type.launch(**browser_type_launch_args | {"args": arguments})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def seat(undrawn: Browser, complaints: list[str]) -> Iterator[Page]:
    """One page that every test of this module uses after the other."""
    context = undrawn.new_context(
        locale="en-GB", timezone_id="Europe/London", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(WAITS)
    context.add_init_script(AXE_SCRIPT)
    page = context.new_page()

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_everybody_can_use_this_page(
    screen: Screen, town: Town, looked: Site, seat: Page, complaints: list[str]
) -> None:
    complaints.clear()
    path = sit_down(screen, town, looked, seat)
    assert resolve(path.partition("?")[0]).url_name == screen.name
    answer = seat.goto(looked.to(path))
    assert answer is not None
    assert answer.status == ANSWERS.get(screen.state, 200)
    assert seat.url == looked.to(path), "it led somewhere else"
    text = answer.text()
    assert names.SCRIPT.search(text) or not screen.who or screen.state != "full"
    faults = [f"a name runs into what is round it: {words}" for words in names.loose(text)]
    faults += weights.too_heavy(text)
    faults += inspection.look(seat, error=ERROR if screen.wrong else "", asked=asked_at(screen))
    if screen.error:
        faults += [f"with errors, {fault}" for fault in with_errors(seat, looked)]
    assert not faults + complaints, "\n".join([str(screen), *faults, *complaints])


def asked_at(screen: Screen) -> tuple[int, ...]:
    """The widths at which axe asks for what hangs together in a page as it comes: both, or at small counts one in turn.

    What takes answers comes again with its errors, and is asked for it then; one in three as it comes as well.
    """
    if FULL:
        return DESK, PHONE
    if screen.error and one_in(screen, 3):
        return ()
    return ((DESK,), (PHONE,))[one_in(screen, 2)]


def with_errors(seat: Page, looked: Site) -> list[str]:
    """Every fault of the page that answers to nothing; at small counts it speaks longer words, and so is looked at once."""
    if FULL:
        inspection.send_empty(seat)
        return inspection.look(seat, error=ERROR)
    long_words.speak(seat, looked.url)
    inspection.send_empty(seat)
    assert seat.locator("html").get_attribute("lang") == long_words.CODE
    error = long_words.longer(ERROR)
    # From the width at which the page as it came was looked at last.
    back = (NARROW, PHONE, DESK)
    return inspection.look(seat, error=error, asked=(DESK,), longer=long_words.SHAPE, widths=back)


# What takes answers speaks longer words in its errors, and a page in another state is of the same parts.
LONGER = [screen for screen in SCREENS if FIRST[screen.name] is screen and not screen.error]


@pytest.mark.parametrize("screen", counts(LONGER, [*SCREENS]), ids=str)
def test_longer_words_fit(screen: Screen, town: Town, looked: Site, seat: Page) -> None:
    path = sit_down(screen, town, looked, seat)
    long_words.speak(seat, looked.url)
    seat.goto(looked.to(path))
    assert seat.locator("html").get_attribute("lang") == long_words.CODE
    faults = long_words.look(seat, screen)
    assert not faults, "\n".join(faults)


def sit_down(screen: Screen, town: Town, looked: Site, seat: Page) -> str:
    """Sign in whoever reads this page and nobody else; return its path. Who has just sat there stays signed in."""
    widen(seat, DESK)
    idle = timedelta(hours=1) if screen.name == "session_unlock" else timedelta()
    passed = screen.who != "new step"
    who, since = _sits.pop(seat, ("", 0.0))
    stays = who == screen.who and not idle and time.monotonic() - since < SITS
    seat.context.clear_cookies(name=settings.LANGUAGE_COOKIE_NAME if stays else None)
    if stays:
        _sits[seat] = who, since
    elif screen.who == "half in":
        looked.half_sign_in(seat, town.people[screen.who], PASSWORD)
    elif screen.who:
        looked.sign_in(seat, town.people[screen.who], passed=passed, idle=idle)
        if passed and not idle:
            _sits[seat] = screen.who, time.monotonic()
    return town.path(screen.name, which=screen.which, query=screen.query)


def test_no_page_is_left_out_of_the_gallery() -> None:
    shown = {screen.name for screen in SCREENS} | NO_SCREEN.keys()
    asked = {name for name, view in addresses().items() if "GET" in methods(view)}
    assert asked - shown == set(), "add these to tests/browser/screens.py, with their states"
    assert NO_SCREEN.keys() - asked == set()


def methods(view: Callable[..., Any]) -> set[str]:
    """The methods that a view takes, by Django's decorators; every one where it has none."""
    taken = {"GET", "HEAD", "POST"}
    while True:
        held = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        taken &= set(held.get("request_method_list", taken))
        if not hasattr(view, "__wrapped__"):
            return taken
        view = view.__wrapped__
