"""An officer opens the alert from the mail, on a phone or at a desk, with and without scripts."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import police_links
from alerts.models import LinkAcknowledgement
from cases import clock
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING
from tests.browsers import Site

NOW = EVENING + timedelta(minutes=40)
DUTY = "0300 000 0000"


@pytest.fixture
def address(site: Site, settings) -> str:
    """The link of a police mail of that evening, with the site's clock set to it."""
    settings.DUTY_LINE = DUTY
    settings.CLOCK_SHIFT = 0
    settings.CLOCK_SHIFT = (NOW - clock.now()).total_seconds()
    story = letters.a_story()
    factories.an_agreement(story.watched.force, story.watched.authority)
    report = {"last_seen_at": EVENING - timedelta(hours=2), "wearing": "black jacket, grey joggers"}
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30), **report)
    return police_links.issue(letters.of_wording("police_alert", story, episode, at=NOW), now=NOW)


def acknowledge(page: Page) -> None:
    page.get_by_label("Your name").fill("PC Shah")
    page.get_by_label("Collar number").fill("1234")
    page.get_by_label("Force incident reference (optional)").fill("NM-77")
    page.get_by_role("button", name="I have this alert").click()


@pytest.mark.by_turns
def test_an_officer_says_i_have_this_alert(address, screen, axe):
    screen.goto(address)
    expect(screen.get_by_role("heading", level=1)).to_have_text("Child alert MC26-004178-M1")
    axe(screen)
    screen.get_by_role("button", name="I have this alert").click()
    expect(screen.get_by_role("alert")).to_contain_text("Enter your name")
    assert screen.title().startswith("Error: ")
    axe(screen)
    acknowledge(screen)
    expect(screen.get_by_role("heading", name="Recorded as given")).to_be_visible()
    expect(screen.get_by_text("PC Shah, collar number 1234, as given")).to_be_visible()
    expect(screen.get_by_role("button", name="Print")).to_be_visible()
    screen.get_by_text("Copy as text").click()
    assert "MC26-004178-M1" in screen.get_by_label(re.compile("This alert as text")).input_value()
    axe(screen)


@pytest.mark.by_turns(8)
def test_an_officer_needs_no_script(address, plain):
    plain.goto(address)
    acknowledge(plain)
    expect(plain.get_by_text("PC Shah, collar number 1234, as given")).to_be_visible()
    # A button that only a script could serve is not shown.
    expect(plain.get_by_role("button", name="Print")).to_have_count(0)
    plain.get_by_text("Copy as text").click()
    expect(plain.get_by_label(re.compile("This alert as text"))).to_be_visible()
    assert LinkAcknowledgement.objects.get().incident_reference == "NM-77"


@pytest.mark.by_turns
def test_a_link_that_does_not_open_its_alert_says_whom_to_ring(address, site, screen, axe, settings):
    screen.goto(site.to("/a/unknown/"))
    expect(screen.get_by_role("main")).to_contain_text(DUTY)
    axe(screen)
    settings.CLOCK_SHIFT += timedelta(hours=25).total_seconds()
    screen.goto(address)
    expect(screen.get_by_role("heading", level=1)).to_have_text("This link has expired")
    axe(screen)
