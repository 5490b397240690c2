"""The duty desk in a real browser: a phone at 3am, a screen on the wall, and no scripts at all."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alerts import heartbeats, outages, sweep
from alerts.models import AlertStep, Clock
from cases import clock
from cases.models import Contact
from tests.browsers import Site
from tests.factories import Watched, a_child, a_watched_child, missing, placed


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def rung(now: datetime) -> Watched:
    """A house of two silent children that the desk is to ring, and a third child reported missing."""
    watched = a_watched_child(at=now - timedelta(days=3), given_name="Samir")
    other = a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - timedelta(days=3))
    placed(other, watched.home)
    while not AlertStep.objects.filter(alert__child=watched.child, step="R1").exists():
        sweep.sweep_all(now=min(c.next_at for c in Clock.objects.all() if c.next_at))
    return watched


@pytest.fixture
def looked_for(rung: Watched, now: datetime) -> Any:
    child = a_child(rung.authority, team=rung.team, worker=rung.worker, at=now - timedelta(hours=1))
    placed(child, rung.home)
    episode = missing(child, by=rung.worker, at=now - timedelta(minutes=1))
    Clock.objects.exclude(child=child).update(next_at=None)
    sweep.sweep_all(now=now)
    return episode


@pytest.mark.by_turns
def test_a_full_desk_passes_axe(
    site: Site, rung: Watched, looked_for: Any, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, rung.desk.person)
    screen.goto(site.to("/duty/"))
    expect(screen.get_by_text("Homes to ring now")).to_be_visible()
    expect(
        screen.get_by_role("link", name=f"{looked_for.child.given_name} {looked_for.reference}")
    ).to_be_visible()
    expect(screen).to_have_title("(4) Duty – Rollcall")
    axe(screen)


@pytest.mark.by_turns
def test_a_desk_after_an_outage_says_what_was_out_and_passes_axe(
    site: Site, now: datetime, screen: Page, axe: Callable[[Page], None]
) -> None:
    watched = a_watched_child(at=now - timedelta(days=3), given_name="Samir")
    heartbeats.beat(heartbeats.SWEEP, at=now - timedelta(hours=6))
    outages.notice(now=now)
    sweep.sweep_all(now=now)
    heartbeats.beat(heartbeats.SWEEP, at=now)
    heartbeats.beat(heartbeats.DRAIN, at=now)
    site.sign_in(screen, watched.desk.person)
    screen.goto(site.to("/duty/"))
    expect(screen.get_by_role("heading", name="Back after an outage")).to_be_visible()
    expect(screen.get_by_role("heading", name="Ring round after an outage")).to_be_visible()
    axe(screen)
    screen.locator("article", has_text="Ring round after an outage").get_by_role(
        "button", name="I am ringing"
    ).click()
    expect(screen.get_by_text("You have this since")).to_be_visible()


@pytest.mark.by_turns
def test_a_call_is_taken_and_answered_without_scripts(site: Site, rung: Watched, plain: Page) -> None:
    site.sign_in(plain, rung.desk.person)
    plain.goto(site.to("/duty/"))
    plain.get_by_role("button", name="I am ringing").click()
    expect(plain.get_by_text("You have this since")).to_be_visible()
    plain.get_by_role("button", name="Seen by…").click()
    plain.get_by_label(rung.child.reference).check()
    plain.get_by_label("Who saw them?").fill("M. Reid")
    plain.get_by_label("Now", exact=True).check()
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("1 child of this call is still without a record")).to_be_visible()
    assert Contact.objects.get(child=rung.child).witness == "M. Reid"
    expect(plain.locator(".rc-desk-children")).not_to_contain_text(rung.child.reference)


@pytest.mark.by_turns(8)
def test_the_list_refreshes_itself_and_counts_in_the_title(
    site: Site, rung: Watched, open_page: Callable[..., Page], now: datetime
) -> None:
    page = open_page()
    site.sign_in(page, rung.desk.person)
    page.goto(site.to("/duty/"))
    icon = page.locator("link[rel=icon]")
    expect(page).to_have_title("(1) Duty – Rollcall")
    expect(icon).to_have_attribute("href", re.compile(r"/rollcall-counted\.(\w+\.)?svg$"))
    expect(page.get_by_role("button", name="Sound when something new comes")).to_be_visible()
    missing(rung.child, by=rung.worker, at=now)
    sweep.sweep_all(now=now)
    page.evaluate("htmx.trigger('#duty', 'refresh')")
    expect(page.get_by_text("Ring the police and confirm").first).to_be_visible()
    # It is counted when the part has settled, a little after it is shown.
    expect(page).to_have_title(re.compile(r"^\((?!1\))\d+\) Duty – Rollcall$"))
    # Once nothing is left to do the tab is calm again.
    page.evaluate("document.querySelector('[data-count]').dataset.count = 0")
    page.evaluate("document.dispatchEvent(new Event('htmx:afterSettle'))")
    expect(page).to_have_title("Duty – Rollcall")
    expect(icon).to_have_attribute("href", re.compile(r"/rollcall\.(\w+\.)?svg$"))


# A loudspeaker that counts what it is given, and that a browser lets begin with a press of each page only.
LOUDSPEAKER = """
window.chimes = 0; window.pressed = false;
for (const press of ["click", "keydown"]) addEventListener(press, () => { window.pressed = true; }, true);
window.AudioContext = class {
  state = "suspended"; currentTime = 0; waiting = [];
  resume() {
    if (!window.pressed) return new Promise((go) => this.waiting.push(go));
    this.state = "running"; this.waiting.forEach((go) => go()); this.onstatechange?.();
    return Promise.resolve();
  }
  suspend() { this.state = "suspended"; this.onstatechange?.(); return Promise.resolve(); }
  createOscillator() {
    return {frequency: {}, connect: (to) => to, start: (at) => { window.chimes += at === 0; }, stop() {}};
  }
  createGain() { return {gain: {setValueAtTime() {}, exponentialRampToValueAtTime() {}}, connect: (to) => to}; }
};
"""


@pytest.mark.by_turns
def test_the_desk_sounds_for_what_is_new_whatever_else_is_done_meanwhile_and_behind_another_tab(
    site: Site, rung: Watched, open_page: Callable[..., Page], now: datetime
) -> None:
    page = open_page()
    page.add_init_script(LOUDSPEAKER)
    site.sign_in(page, rung.desk.person)
    page.goto(site.to("/duty/"))
    sound = page.get_by_role("button", name="Sound when something new comes")
    off = page.get_by_text("Sound is off until you press something on this page.")
    expect(off).to_be_hidden()
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("chimes") == 1, "what it sounds like"
    # A press that loads the page again: it is wished for still, and begins with the next press.
    page.get_by_role("button", name="I am ringing").click()
    expect(page.get_by_text("You have this since")).to_be_visible()
    expect(off).to_be_visible()
    expect(sound).to_have_attribute("aria-pressed", "false")
    page.get_by_role("heading", level=1).click()
    expect(off).to_be_hidden()
    expect(sound).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("chimes") == 0, "nothing is new"
    # Another child of the same home.
    other = a_child(rung.authority, team=rung.team, worker=rung.worker, at=now - timedelta(days=3))
    placed(other, rung.home)
    sweep.sweep_all(now=now)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate("htmx.trigger('#duty', 'refresh')")
    expect(page.get_by_text(other.reference).first).to_be_visible()
    page.wait_for_function("chimes === 1")
    page.evaluate("htmx.trigger('#duty', 'refresh')")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")
    expect(off).to_be_hidden()
    assert page.evaluate("chimes") == 1
