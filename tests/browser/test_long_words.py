"""Every page with words two fifths longer than English ones: nothing scrolls sideways, and no button is cut."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.browser import long_words
from tests.browser.screens import SCREENS, Screen
from tests.browser.town import Town, at_this_hour
from tests.browsers import AXE_TAGS, Site, serving
from tests.database import Clone

WIDTHS = (320, 360, 1280)
# One of each kind of page; what axe asks does not hang on the words.
ASKED = {
    "today",
    "duty_desk",
    "roll_call",
    "guardian_home",
    "child",
    "episode",
    "contact_new",
    "police_alert",
    "rota",
}
SHAPE = """() => {
    const faults = [];
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) {
        const wide = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility()
            && one.getBoundingClientRect().right > page.clientWidth + 1).slice(-1)[0];
        faults.push(`scrolls sideways by ${page.scrollWidth - page.clientWidth} px: ${wide?.outerHTML.slice(0, 160)}`);
    }
    for (const one of document.querySelectorAll("button, [role=button], .govuk-tag, .govuk-service-navigation__link")) {
        const style = getComputedStyle(one);
        if (!one.checkVisibility() || style.clipPath !== "none" || one.closest("[aria-hidden=true]")) continue;
        const box = one.getBoundingClientRect();
        const cut = style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
        if (cut || box.left < 0 || box.right > page.clientWidth + 1) faults.push(`cut: ${one.outerHTML.slice(0, 160)}`);
    }
    return faults;
}"""


@pytest.fixture(scope="module")
def town(kept: Clone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with at_this_hour():
        made = Town()
        with long_words.spoken(tmp_path_factory.mktemp("words")):
            yield made


@pytest.fixture(scope="module")
def spoken(kept: Clone, town: Town) -> Iterator[Site]:
    with serving(kept) as site:
        yield site


@pytest.fixture(scope="module")
def seat(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(timezone_id="Europe/London")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_longer_words_fit(screen: Screen, town: Town, spoken: Site, seat: Page) -> None:
    seat.context.clear_cookies()
    if screen.who:
        spoken.sign_in(seat, town.people[screen.who])
    seat.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": long_words.CODE, "url": spoken.url}]
    )
    seat.goto(spoken.to(town.path(screen.name, which=screen.which, query=screen.query)))
    assert seat.locator("html").get_attribute("lang") == long_words.CODE
    seat.evaluate("document.querySelectorAll('main details').forEach((part) => { part.open = true; })")
    faults: list[str] = []
    for width in WIDTHS:
        seat.set_viewport_size({"width": width, "height": 900})
        faults += [f"{width} px: {fault}" for fault in seat.evaluate(SHAPE)]
    if screen.name in ASKED and screen.state == "full":
        found = (
            Axe().run(seat, options={"runOnly": {"type": "tag", "values": AXE_TAGS}}).response["violations"]
        )
        faults += [f"axe {fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found]
    assert not faults, "\n".join(faults)


def test_words_grow_and_keep_their_facts() -> None:
    assert long_words.longer("Save") == "Savela"
    assert long_words.longer("Enter the day.") == "Enter the day laŭvor."
    assert long_words.longer("%(count)s <strong>late</strong>").startswith("%(count)s <strong>late</strong>")
    assert long_words.longer("%(when)s") == "%(when)s"
