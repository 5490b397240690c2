"""Every page of the product in every state: usable by everybody, on a desk, on a phone, at 400% zoom, and in longer words."""

import inspect
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page

from cases import refills
from cases.kept_forms import is_secret
from tests import turns
from tests.architecture.test_views_guarded import addresses
from tests.browser import inspection, long_words, names, weights
from tests.browser.inspection import DESK, NARROW, PHONE
from tests.browser.markup import ERROR, Markup
from tests.browser.screens import NO_SCREEN, SCREENS, Screen
from tests.browser.town import PASSWORD, Town, a_town, at_this_hour
from tests.browsers import AXE_SCRIPT, WAITS, Site, half_signed_in, serving, signed_in, widen
from tests.counts import FULL, counts, one_in
from tests.database import Clone
from tests.kinds import Seen

# What a page answers with in the states that are no success; 200 in every other.
ANSWERS = {"unknown": 404, "expired": 404, "spent": 410, "slip": 422}
# Seconds for which somebody stays signed in from page to page, and who does with the clock's reading at the beginning.
STAYS = 60
_stay: dict[str, tuple[Client, float]] = {}


@pytest.fixture(scope="module")
def lent(keep: Any, lend: Any, of_the_run: Path) -> Iterator[tuple[Clone, Town]]:
    """People, children and houses have names in two scripts, with a figure beside; the pages also speak longer words."""
    # A process may come back to these tests, in a copy of the town in which nobody has signed in.
    _stay.clear()
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
def shapes(of_the_run: Path) -> Seen:
    """Of what parts the pages are at which a browser has looked."""
    return Seen(of_the_run / "shapes of pages")


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
    if FULL:
        context.add_init_script(AXE_SCRIPT)
    page = context.new_page()

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


def in_turn() -> list[Screen]:
    """Each page of each address in one of its states, with its errors where it takes answers."""
    pages: dict[tuple[str, str], list[Screen]] = {}
    for screen in SCREENS:
        # The first page of each role is a page of its own, and so is what says that nothing is there any more.
        is_other = screen.name == "home" or screen.state in ANSWERS or screen.state in ("open", "restricted")
        pages.setdefault((screen.name, str(screen) if is_other else ""), []).append(screen)
    taking = ([one for one in states if one.error] or states for states in pages.values())
    return [states[one_in(states[0].name, len(states))] for states in taking]


# Of the other states of an address a third takes its turn, each of them in one run of a few.
IN_TURN = {*in_turn()}
READ = [
    screen
    for screen in SCREENS
    if screen in IN_TURN or (one_in(screen, 3) == 0 and turns.is_turn_of(screen, turns.SOON))
]


@pytest.mark.parametrize("screen", counts(READ, [*SCREENS]), ids=str)
def test_everybody_can_use_this_page(
    screen: Screen, town: Town, looked: Site, seat: Page, shapes: Seen, complaints: list[str]
) -> None:
    complaints.clear()
    path = town.path(screen.name, which=screen.which, query=screen.query)
    assert resolve(path.partition("?")[0]).url_name == screen.name
    reader = who_reads(screen, town)
    status, text = opened(seat, looked, reader, path) if FULL else asked(reader, path)
    assert status == ANSWERS.get(screen.state, 200)
    assert names.SCRIPT.search(text) or not screen.who or screen.state != "full"
    page = Markup(text, at=path)
    error = ERROR if screen.wrong else ""
    faults = [*page.faults(error=error), *weights.too_heavy(text)]
    if screen.error:
        faults += lost(page, text)
    if FULL:
        faults += inspection.look(seat, error=error)
        if screen.error:
            inspection.send_empty(seat)
            faults += [f"with errors, {fault}" for fault in inspection.look(seat, error=ERROR)]
    elif screen in IN_TURN:
        shape = [*page.shape]
        is_new = bool(shapes.of(shape, width=DESK)[0])
        is_looked_at = is_in_turn(screen, is_new=is_new)
        if is_looked_at:
            faults += looked_at(seat, looked, reader, page, screen)
        elif screen.error and (is_new or one_in(screen, 3) == 0):
            faults += [f"with errors, {fault}" for fault in refused(reader, page)]
        if is_looked_at and is_new and not faults + complaints:
            shapes.add(shape, width=DESK)
    assert not faults + complaints, "\n".join([str(screen), *faults, *complaints])


def is_in_turn(screen: Screen, *, is_new: bool) -> bool:
    """Whether a browser opens the page: the first of each role in every run, any other in one of a few.

    Of those that are of parts that others have, one in twelve.
    """
    if screen.name == "home":
        return True
    return turns.is_turn_of(screen.name, turns.SOON) and (is_new or one_in(screen.name, 12) == 0)


def asked_at(screen: Screen) -> tuple[int, ...]:
    """The width at which axe asks for what hangs together in a page, for a third one in turn."""
    return ((DESK,), (PHONE,))[one_in(screen, 2)] if one_in(screen.name, 3) == 0 else ()


def lost(page: Markup, text: str) -> list[str]:
    """What is typed into the page's form and would not come back where the session locks meanwhile."""
    form = next((one for one in page.forms if one.typed), None)
    if form is None:
        return []
    kept = [name for name in form.typed if not is_secret(name)]
    typed = {name: [f"typed {number}."] for number, name in enumerate(kept)}
    filled = refills.fill(text, at=page.at, action=form.action, typed=typed) or ""
    return [
        f"what is typed as {name} would be lost" for name, (words,) in typed.items() if words not in filled
    ]


def looked_at(seat: Page, looked: Site, reader: Client, page: Markup, screen: Screen) -> list[str]:
    """Every fault that a browser finds in the page as it answers to nothing where it takes answers, else as it comes.

    It speaks longer words, but for one that axe asks as a whole as it comes: what is too long is found with what is wrong.
    """
    sit_down(seat, looked, reader)
    error = ERROR if screen.error or screen.wrong else ""
    asked = asked_at(screen)
    width = (DESK, PHONE)[one_in(screen, 2)]
    speaks_longer = screen.error or not asked
    if speaks_longer:
        long_words.speak(seat, looked.url)
        error = error and long_words.longer(error)
    if screen.error:
        inspection.send(seat, next(form for form in page.forms if form.asks), looked.url)
    else:
        seat.goto(looked.to(page.at))
        assert seat.url == looked.to(page.at), "it led somewhere else"
    assert (seat.locator("html").get_attribute("lang") == long_words.CODE) == speaks_longer
    return inspection.look(
        seat,
        error=error,
        sent=screen.error,
        asked=asked,
        longer=long_words.SHAPE if speaks_longer else "",
        widths=(width, NARROW),
    )


def refused(reader: Client, page: Markup) -> list[str]:
    """Every fault in the HTML of the page that answers to nothing."""
    form = next(form for form in page.forms if form.asks)
    sent = {name: [value for other, value in form.empty if other == name] for name, _ in form.empty}
    answer = reader.post(form.action, sent)
    return Markup(answer.content.decode(), at=page.at).faults(error=ERROR)


# At small counts what a browser opens above speaks them.
@pytest.mark.parametrize("screen", counts([*SCREENS[:1]], [*SCREENS]), ids=str)
def test_longer_words_fit(screen: Screen, town: Town, looked: Site, seat: Page) -> None:
    sit_down(seat, looked, who_reads(screen, town))
    long_words.speak(seat, looked.url)
    seat.goto(looked.to(town.path(screen.name, which=screen.which, query=screen.query)))
    assert seat.locator("html").get_attribute("lang") == long_words.CODE
    faults = long_words.look(seat, screen)
    assert not faults, "\n".join(faults)


def who_reads(screen: Screen, town: Town) -> Client:
    """Return a client of whoever reads this page; one that has signed in a short while ago stays signed in."""
    if not screen.who:
        return Client()
    if screen.who == "half in":
        return half_signed_in(town.people[screen.who], PASSWORD)
    if screen.name == "session_unlock":
        return signed_in(town.people[screen.who], idle=timedelta(hours=1))
    client, since = _stay.get(screen.who, (None, 0.0))
    if client is None or time.monotonic() - since > STAYS:
        client = signed_in(town.people[screen.who], passed=screen.who != "new step")
        _stay[screen.who] = client, time.monotonic()
    return client


def asked(reader: Client, path: str) -> tuple[int, str]:
    """The status and the text of a page that no browser opens."""
    answer = reader.get(path)
    return answer.status_code, answer.content.decode()


def opened(seat: Page, looked: Site, reader: Client, path: str) -> tuple[int, str]:
    """The same of one that the browser opens for this reader and for nobody else."""
    sit_down(seat, looked, reader)
    answer = seat.goto(looked.to(path))
    assert answer is not None
    assert seat.url == looked.to(path), "it led somewhere else"
    return answer.status, answer.text()


def sit_down(seat: Page, looked: Site, reader: Client) -> None:
    widen(seat, DESK)
    seat.context.clear_cookies()
    looked.give(seat, reader, settings.CSRF_COOKIE_NAME)


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
