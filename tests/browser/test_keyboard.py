"""The main journeys without a mouse: everything is reached by the tabulator, with a focus that is seen and not hidden."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from alerts import police_links, sweep
from alerts.models import Clock, LinkAcknowledgement, Message
from cases import clock
from cases.models import Contact, MissingEpisode, User
from tests import factories, passing
from tests.browser.inspection import READY
from tests.browser.town import HOUR, MINUTE, at_this_hour
from tests.browsers import WIDTHS, Site
from tests.counts import counts, one_in
from tests.database import Clone
from tests.factories import Watched, a_watched_child, missing, seen

FAR = 90
# What is wrong with the focus where it stands now: unmarked, off the screen, or under something else.
_STOP = """() => {
    const part = document.activeElement;
    if (!part || part === document.body) return "the focus is nowhere";
    const label = part.labels?.[0];
    const look = () => [[part, null], ...(label ? [[label, "::before"]] : [])].map(([one, pseudo]) => {
        const style = getComputedStyle(one, pseudo);
        const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) ? style.outline : "";
        return [outline, style.boxShadow, style.backgroundColor].join();
    }).join("|");
    const name = `<${part.tagName.toLowerCase()}> “${(part.innerText || label?.innerText || part.name || "").slice(0, 60)}”`;
    const faults = [];
    // A box that offers words closes its list when the focus leaves, so it is not blurred to be compared.
    if (part.getAttribute("role") !== "combobox") {
        const focused = look();
        part.blur();
        const plain = look();
        part.focus({preventScroll: true});
        if (focused === plain) faults.push("looks the same with the focus as without");
    }
    const box = part.getClientRects()[0] ?? part.getBoundingClientRect();
    const across = box.left + box.width / 2, down = box.top + box.height / 2;
    const top = document.elementFromPoint(across, down);
    if (!top) faults.push("is off the screen");
    else if (!part.contains(top) && !label?.contains(top)) faults.push(`is hidden under <${top.tagName.toLowerCase()}>`);
    return faults.length ? `${name} ${faults.join(", ")}` : "";
}"""


class Keys:
    """Somebody at a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, what: Locator) -> None:
        """Press the tabulator until the focus is there, and look at it at every stop."""
        expect(what).to_be_attached()
        # A page that is still coming moves the focus once more, and puts a box in the place of a long list.
        self.page.wait_for_load_state()
        self.page.wait_for_function(READY, polling=20)
        # A part that has just come moves the focus itself once it has settled.
        expect(self.page.locator(".htmx-added, .htmx-swapping, .htmx-settling")).to_have_count(0)
        passed = []
        for _ in range(FAR):
            self.page.keyboard.press("Tab")
            fault = self.page.evaluate(_STOP)
            assert not fault, f"{self.page.url}: {fault}"
            if what.evaluate("one => one === document.activeElement"):
                return
            passed.append(self.page.evaluate("document.activeElement.textContent.trim().slice(0, 30)"))
        raise AssertionError(f"{what} was not reached: {passed}")

    def press(self, what: Locator) -> None:
        """Reach a button or a link and press it."""
        self.reach(what)
        self.page.keyboard.press("Enter")

    def choose(self, what: Locator) -> None:
        """Reach a radio button's group or a box, and set this one."""
        group = what.get_attribute("name")
        first = self.page.locator(f"input[name='{group}']").first
        self.reach(first if what.get_attribute("type") == "radio" else what)
        for _ in range(20):
            if what.evaluate("one => one === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        expect(what).to_be_checked()

    def write(self, box: Locator, words: str) -> None:
        """Reach a box and type."""
        self.reach(box)
        self.page.keyboard.type(words)


Begin = Callable[..., Keys]


@pytest.fixture(scope="module")
def hour(kept: Clone) -> Iterator[None]:
    with at_this_hour():
        yield


@pytest.fixture
def watched(hour: None, kept_site: Site) -> Watched:
    found = a_watched_child(at=clock.now() - 50 * HOUR, given_name="Yusuf")
    seen(found.child, by=found.carer, at=clock.now() - 30 * MINUTE)
    return found


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=clock.now(), why_worried="Met a stranger")
    Clock.objects.exclude(child=watched.child).update(next_at=None)
    sweep.sweep_all(now=clock.now())
    return found


@pytest.fixture(params=counts([0], [1280, 360]), ids=lambda width: f"{width}px" if width else "in turn")
def begin(
    hour: None, kept_site: Site, take_seat: Callable[..., Page], request: pytest.FixtureRequest
) -> Begin:
    wide = request.param or WIDTHS[one_in(request.node.nodeid, len(WIDTHS))]

    def begun(path: str, who: User | None) -> Keys:
        page = take_seat(width=wide)
        if who is not None:
            kept_site.sign_in(page, who)
        page.goto(path if path.startswith("http") else kept_site.to(path))
        return Keys(page)

    return begun


@pytest.mark.by_turns
@pytest.mark.parametrize("begin", [1280], ids=["desk"], indirect=True)
def test_somebody_signs_in_and_passes_over_the_menu(watched: Watched, begin: Begin) -> None:
    passing.has_app(factories.knows(watched.worker, "a long enough secret"), at=clock.now())
    keys = begin("/sign-in/", None)
    page = keys.page
    keys.write(page.get_by_label("Email address"), watched.worker.email)
    keys.write(page.get_by_label("Password", exact=True), "a long enough secret")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Second step")
    keys.write(page.get_by_label("Code from your authenticator app"), passing.code(at=clock.now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    keys.press(page.get_by_role("link", name="Skip to main content"))
    keys.page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.by_turns(8)
def test_a_guardian_checks_in_a_child(watched: Watched, begin: Begin) -> None:
    keys = begin("/", watched.guardian)
    keys.press(keys.page.get_by_role("button", name="Saw face to face Yusuf"))
    expect(keys.page.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    assert Contact.objects.filter(child=watched.child, recorded_by=watched.guardian).count() == 1
    card = keys.page.get_by_role("article").filter(has_text="Yusuf")
    expect(card.locator(":focus"), "the focus stays at the card").to_have_count(1)


@pytest.mark.by_turns
def test_a_home_calls_the_roll(watched: Watched, begin: Begin) -> None:
    keys = begin("/", watched.carer)
    keys.press(keys.page.get_by_role("button", name="I saw Yusuf"))
    expect(keys.page.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    keys.press(
        keys.page.get_by_role("link", name="Not here Yusuf").or_(keys.page.locator("a", has_text="Not here"))
    )
    keys.press(keys.page.get_by_role("button", name="Not here: tell duty and police"))
    expect(keys.page.get_by_text("Duty and the police are being told now")).to_be_visible()


@pytest.mark.by_turns
@pytest.mark.parametrize("begin", [1280], ids=["desk"], indirect=True)
def test_a_worker_reports_a_child_missing(watched: Watched, begin: Begin) -> None:
    keys = begin(f"/children/{watched.child.reference}/missing/new/", watched.worker)
    page = keys.page
    keys.choose(page.get_by_label("No, I am about to"))
    keys.write(page.get_by_label("Where was the child last seen?"), "The kitchen")
    keys.write(page.get_by_label("What is the child wearing?"), "Black jacket")
    keys.write(page.get_by_label("Was a car seen?"), "White van")
    keys.choose(page.get_by_label("Searched the building and the grounds", exact=True))
    keys.press(page.get_by_role("button", name="Continue"))
    keys.write(page.get_by_label("Why are you worried?"), "Collected by a stranger")
    keys.choose(page.get_by_label("High", exact=True))
    keys.write(page.get_by_label("Reason for this view"), "New to the area")
    keys.press(page.get_by_role("button", name="Continue"))
    expect(page.locator("h1")).to_contain_text("Screen 3 of 3")
    keys.press(page.get_by_role("button", name="Send alerts").first)
    expect(page.locator("h1")).to_have_text("Reported missing")


@pytest.mark.by_turns
def test_duty_records_what_the_police_said(watched: Watched, episode: MissingEpisode, begin: Begin) -> None:
    keys = begin(f"/missing/{episode.reference}/", watched.desk.person)
    page = keys.page
    keys.press(page.get_by_role("button", name="Record police reference"))
    keys.write(page.get_by_label("Officer’s name"), "PC Shah")
    keys.write(page.get_by_label("Police reference"), "0417/25")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Verified with PC Shah, reference 0417/25").first).to_be_visible()


@pytest.mark.by_turns
def test_an_officer_says_that_they_have_the_alert(
    watched: Watched, episode: MissingEpisode, begin: Begin
) -> None:
    told = Message.objects.filter(episode=episode, force__isnull=False)[0]
    keys = begin(police_links.issue(told, now=clock.now()), None)
    page = keys.page
    keys.write(page.get_by_label("Your name").first, "PC Shah")
    keys.write(page.get_by_label("Collar number").first, "1234")
    keys.press(page.get_by_role("button", name="I have this alert"))
    expect(page.get_by_text("PC Shah, collar number 1234, as given")).to_be_visible()
    keys.press(page.locator("summary", has_text="Copy as text"))
    expect(page.get_by_label(re.compile("This alert as text"))).to_be_visible()
    assert LinkAcknowledgement.objects.filter(episode=episode).count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("begin", [1280], ids=["desk"], indirect=True)
@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (
            "*:focus { outline: none !important; box-shadow: none !important; background: none !important }",
            "looks the same",
        ),
        (".rc-footer { position: fixed !important; inset: 0 !important; opacity: .1 }", "is hidden under"),
    ],
)
def test_a_focus_that_nobody_sees_is_found(hour: None, begin: Begin, rule: str, found: str) -> None:
    keys = begin("/sign-in/", None)
    keys.page.evaluate("rule => document.styleSheets[0].insertRule(rule)", rule)
    with pytest.raises(AssertionError, match=found):
        keys.reach(keys.page.get_by_role("main").get_by_role("button", name="Sign in"))
