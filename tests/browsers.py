"""A site that commits, and a real Chromium that visits it, watched for script errors and broken policies."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client, override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect

from cases import sessions
from cases.headroom import with_headroom
from scripts.launcher.checks import FULL_COUNTS
from tests import kinds
from tests.counts import FULL, counts, one_in
from tests.database import ROOT, Clone

WIDTHS = (360, 1280)
# Milliseconds until what a page is to show or do is given up: a busy machine takes seconds for what is done at once.
WAITS = 15_000
expect.set_options(timeout=WAITS)
# Root needs the first, and the last has a page's scripts compiled quickly and not twice again for speed: axe, which is most
# of what runs, has done its work by then, and a look took a third more. The others keep a browser on a closed network from
# calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--no-opt --no-maglev",
]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# axe goes over a page of lists in a third of the time when it keeps no list of what passed.
AXE_OPTIONS: dict[str, object] = {
    "runOnly": {"type": "tag", "values": AXE_TAGS},
    "resultTypes": ["violations"],
}
COMPARES_WORDS = "label-content-name-mismatch"
# Of the same lock as what the pages serve, and served by none of them.
AXE_SCRIPT = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
_AXE_RUN = """options => axe.run(options).then(found => ({
    checked: found.passes.length,
    faults: found.violations.map(fault => `${fault.id}: ${fault.help}: ` + fault.nodes.map(node =>
        node.html.slice(0, 160)).join("; ")),
}))"""
SIGN_IN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Site:
    """A running site on a database of its own."""

    url: str
    database: Clone

    def to(self, path: str) -> str:
        """Return the address of a path."""
        return f"{self.url}{path}"

    def sign_in(self, page: Page, user: Any, *, passed: bool = True, idle: timedelta = timedelta()) -> None:
        """Give the page's browser context a session of this person, idle for so long; or one by password alone."""
        self.give(page, signed_in(user, passed=passed, idle=idle))

    def hand_over(self, page: Page, user: Any) -> None:
        """Let somebody else go on at this page, of whom nothing is left of whoever was there before."""
        page.context.clear_cookies()
        self.sign_in(page, user)

    def half_sign_in(self, page: Page, user: Any, password: str) -> None:
        """The same of somebody who has typed the right password, and is asked for the second step."""
        self.give(page, half_signed_in(user, password))

    def give(self, page: Page, client: Client, *names: str) -> None:
        """Give the page's browser context the session of this client, and its other cookies of these names."""
        kept = [client.cookies.get(name) for name in (django_settings.SESSION_COOKIE_NAME, *names)]
        page.context.add_cookies(
            [{"name": one.key, "value": one.value, "url": self.url} for one in kept if one is not None]
        )


def signed_in(user: Any, *, passed: bool = True, idle: timedelta = timedelta()) -> Client:
    """Return a client with a session of this person, idle for so long; or one by password alone."""
    from tests import passing

    client = Client()
    client.force_login(user, backend=SIGN_IN_BACKEND)
    passing.just_signed_in(client, passed=passed)
    if idle:
        let_idle(client.session, idle)
    return client


def half_signed_in(user: Any, password: str) -> Client:
    """The same of somebody who has typed the right password, and is asked for the second step."""
    client = Client()
    client.post("/sign-in/", {"login": user.email, "password": password})
    return client


def let_idle(session: SessionBase, span: timedelta) -> None:
    """Let a session be one in which nothing was pressed for so much longer."""
    session[sessions.PRESSED] -= span.total_seconds()
    session.save()


def typed_into(page: Page, name: str) -> Locator:
    """The box that a long list becomes once its script has come, which a page asks for when it is there itself."""
    return page.get_by_role("combobox", name=name).and_(page.locator("input"))


def let_a_second_pass(page: Page) -> None:
    """Let the second pass in which a page takes two presses for one; its timers come in their order, however late."""
    require_scripts(page, "no timer of it ever ends")
    page.evaluate("() => new Promise((passed) => setTimeout(passed, 1000))")


@pytest.fixture
def site(committed: Clone, settings: Any) -> Iterator[Site]:
    """The whole application on a port of loopback, on a database in which commits are real."""
    with serving(committed) as served:
        settings.PUBLIC_URL = served.url
        yield served


@pytest.fixture(scope="module")
def kept_site(kept: Clone) -> Iterator[Site]:
    """The same for tests that disturb one another in nothing: they share the site and its database."""
    with serving(kept) as served, override_settings(PUBLIC_URL=served.url):
        yield served


def _handler(application: Any) -> Any:
    """Pages, as the service itself answers them, and the files beside them."""
    return with_headroom(StaticFilesHandler(application))


@contextmanager
def serving(database: Clone) -> Iterator[Site]:
    """The whole application on a port of loopback until the block ends."""
    server = LiveServerThread("127.0.0.1", _handler, connections_override={}, port=0)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield Site(f"http://127.0.0.1:{server.port}", database)
    server.terminate()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the operating system's Chromium."""
    path = shutil.which(os.environ.get("CHROMIUM", ""))
    if path is None:
        raise pytest.UsageError("CHROMIUM names no browser: run the tests with ./run test.")
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, Any]:
    """Tell pytest-playwright to use that Chromium rather than one of its own."""
    return {"executable_path": chromium, "args": ARGUMENTS, "headless": True}


@pytest.fixture(params=counts([0], [*WIDTHS]), ids=lambda width: f"{width}px" if width else "in turn")
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width, then a desktop's, in pixels; at small counts one of them, in turn from test to test."""
    name = str(request.node.path.relative_to(ROOT))
    assert name.startswith(FULL_COUNTS), f"{name} would be walked at one width alone, for ever: FULL_COUNTS"
    return request.param or WIDTHS[one_in(request.node.nodeid, len(WIDTHS))]


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Open a page of its own browser context; the test fails on a script error or a broken policy in any of them."""
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            faults.append(message.text)

    def opened(*, width: int = 1280, scripts: bool = True, **options: Any) -> Page:
        context = new_context(
            viewport={"width": width, "height": height(width)},
            java_script_enabled=scripts,
            locale="en-GB",
            timezone_id="Europe/London",
            **options,
        )
        context.set_default_timeout(WAITS)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield opened
    assert not faults, "the browser complained: " + "; ".join(faults)


class Seats:
    """The pages that tests use one after the other, by whether they have scripts, and what the browser said of them."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.pages: dict[bool, Page] = {}
        self.used: set[bool] = set()
        self.faults: list[str] = []

    def taken(self, *, width: int = 1280, scripts: bool = True) -> Page:
        """Return the page, empty and signed in as nobody, so many pixels wide."""
        if scripts not in self.pages:
            context = self.browser.new_context(
                java_script_enabled=scripts, locale="en-GB", timezone_id="Europe/London"
            )
            context.set_default_timeout(WAITS)
            page = self.pages[scripts] = context.new_page()
            page.on("console", self._listen)
            page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.used.add(scripts)
        widen(self.pages[scripts], width)
        return self.pages[scripts]

    def leave(self) -> None:
        """Nothing of the page stays for whoever comes next: no document, cookie, route, medium, or page beside it."""
        self.faults.clear()
        for scripts in self.used:
            page = self.pages[scripts]
            try:
                for other in page.context.pages[1:]:
                    other.close()
                page.unroute_all(behavior="ignoreErrors")
                page.goto("about:blank")
                page.emulate_media(media="null")
                page.context.clear_cookies()
            except Error:
                # It was on its way somewhere.
                self.pages.pop(scripts).context.close()
        self.used.clear()

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            self.faults.append(message.text)


@pytest.fixture(scope="session")
def seats(browser: Browser) -> Seats:
    return Seats(browser)


@pytest.fixture
def take_seat(seats: Seats) -> Iterator[Callable[..., Page]]:
    """Take the page that another test has left, where a page of one's own tells nothing more: that costs twice a visit.

    Whoever listens to the page, or changes its clock or its devices, opens one (`open_page`).
    """
    yield seats.taken
    faults = [*seats.faults]
    seats.leave()
    assert not faults, "the browser complained: " + "; ".join(faults)


@pytest.fixture
def screen(take_seat: Callable[..., Page], width: int) -> Page:
    """A page at each of the two widths."""
    return take_seat(width=width)


@pytest.fixture
def plain(take_seat: Callable[..., Page]) -> Page:
    """A page without JavaScript."""
    return take_seat(scripts=False)


def require_scripts(page: Page, why: str) -> None:
    """Refuse a page without JavaScript at once: what is promised there never comes, and Playwright waits for it for ever."""
    if page.evaluate("matchMedia('(scripting: none)').matches"):
        raise ValueError(f"{page.url} is without JavaScript: {why}")


def bring_axe(page: Page) -> None:
    """Have axe on the page, and on each that is opened beside it or after it: half a megabyte, sent once.

    Raises ValueError for a page without JavaScript, on which axe never ends.
    """
    require_scripts(page, "axe needs it, so look at the same page with it")
    if page.evaluate("typeof axe") == "undefined":
        page.context.add_init_script(AXE_SCRIPT)
        page.evaluate(AXE_SCRIPT)


def ask_axe(page: Page, *, but: Sequence[str] = ()) -> tuple[int, list[str]]:
    """How many rules the page passes, and each that it breaks with where; all `but` those that are named.

    Raises ValueError for a page without JavaScript.
    """
    bring_axe(page)
    left_out = {"rules": {rule: {"enabled": False} for rule in but}}
    found: dict[str, Any] = page.evaluate(_AXE_RUN, AXE_OPTIONS | left_out)
    return found["checked"], found["faults"]


def scrolls_by(page: Page) -> int:
    """How many pixels of the page lie beside its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def height(width: int) -> int:
    """How high a window of this width is, both in pixels."""
    return 740 if width < 640 else 900


def widen(page: Page, width: int) -> None:
    """Let the window have this width in pixels, and the height that goes with it."""
    if page.viewport_size != (wanted := {"width": width, "height": height(width)}):
        page.set_viewport_size(wanted)


@pytest.fixture(scope="session", autouse=True)
def seen_kinds(of_the_run: Path) -> None:
    """What the processes of this run have seen is one."""
    kinds.seen = kinds.Seen(of_the_run / "kinds of element")


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """Check a page: no violation of WCAG 2.2 AA or of axe's best practice, and nothing to scroll sideways.

    At small counts axe asks a test's first page for what hangs together in it, and a third of the others, in turn. It
    looks at each kind of element once, at a phone's width and a desk's where the test takes its width in turn
    (tests/kinds.py).
    """
    both = "width" in request.fixturenames and not FULL
    numbers = count()

    def check(page: Page) -> None:
        # What a press has begun to open may still be the page before, or none.
        page.wait_for_load_state()
        bring_axe(page)
        number = next(numbers)
        is_asked = not number or one_in((request.node.nodeid, number), 3) == 0
        found = page.viewport_size
        assert found is not None
        # Its own at last, in which the test goes on.
        for width in sorted({found["width"], *(WIDTHS if both else ())}, key=found["width"].__eq__):
            widen(page, width)
            look(page, whole=is_asked and width == found["width"])

    def look(page: Page, *, whole: bool) -> None:
        if FULL:
            checked, faults = ask_axe(page)
        else:
            checked, faults = 1, kinds.ask(page, options=AXE_OPTIONS if whole else None)
        assert not faults, f"axe on {page.url}:\n" + "\n".join(faults)
        # An empty page would pass as well.
        assert checked, f"axe checked nothing on {page.url}"
        wide = scrolls_by(page)
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"

    return check
