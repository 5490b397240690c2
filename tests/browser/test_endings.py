"""A search that nobody here can end by having seen the child, in a real browser: a death, and a child in custody."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import sweep
from cases import clock
from cases.models import MissingEpisode
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=8), given_name="Samir", family_name="Harcastle")


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=now - timedelta(hours=3))
    sweep.sweep_all(now=now - timedelta(hours=3))
    return found


def told(screen: Page, episode: MissingEpisode, site: Site, axe: Callable[[Page], None], **said: str) -> None:
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    screen.locator("#told").click()
    expect(screen.locator("h1")).to_contain_text("Told by whoever has the child")
    axe(screen)
    screen.get_by_role("button", name="Save").click()
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    axe(screen)
    screen.get_by_label(said["what"]).check()
    screen.get_by_label(said["office"]).check()
    screen.get_by_label("Which office?").fill("Northmere")
    screen.get_by_label("Name and post of whoever told you").fill(said["by"])
    screen.get_by_label("The number you rang").fill(said["phone"])
    screen.get_by_label(said["source"]).check()
    screen.get_by_label("Where exactly?").fill("Contact page")
    screen.get_by_label("Their reference").fill("NG 4471")
    screen.get_by_role("group", name="When did you speak?").get_by_label("15 minutes ago").check()
    screen.get_by_role("button", name="Save").click()
    expect(screen.get_by_text("Still needed: the police close their report.")).to_be_visible()
    axe(screen)


def closed(screen: Page) -> None:
    screen.locator("#police-closing").click()
    screen.get_by_label("Officer’s name").fill("PC Shah")
    screen.get_by_role("group", name="When did they close it?").get_by_label("Now", exact=True).check()
    screen.get_by_role("button", name="Save").click()
    screen.locator("#end").click()


def test_duty_ends_the_search_for_a_child_who_has_died_on_the_word_of_a_hospital(
    site: Site, watched: Watched, episode: MissingEpisode, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, watched.desk.person)
    told(
        screen,
        episode,
        site,
        axe,
        what="The child has died",
        office="Hospital or ambulance service",
        by="Dr Ines Vanterpool",
        phone="01632 960188",
        source="The office’s own website or switchboard",
    )
    site.sign_in(screen, watched.desk.second)
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    closed(screen)
    expect(screen.get_by_label("How did it end?")).to_have_value("died")
    screen.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
    screen.get_by_role("button", name="End the episode").click()
    expect(screen.get_by_text("Every mail and timer has stopped").first).to_be_visible()
    axe(screen)
    episode.refresh_from_db()
    assert (episode.outcome, episode.child_confirmed_how) == ("died", "death")


def test_duty_ends_the_search_for_a_child_in_custody_on_101(
    site: Site, watched: Watched, episode: MissingEpisode, screen: Page, axe: Callable[[Page], None]
) -> None:
    site.sign_in(screen, watched.desk.person)
    told(
        screen,
        episode,
        site,
        axe,
        what="The child is there, and I spoke to the child",
        office="Police: custody suite or officer in the case",
        by="Sergeant Vale",
        phone="101",
        source="101, and put through by the force",
    )
    closed(screen)
    screen.get_by_label("How did it end?").select_option("arrested")
    screen.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
    screen.get_by_label("Where is the child now?").fill("Northmere police station")
    screen.get_by_label("Well, as far as anybody can see").check()
    screen.get_by_label("The bed is kept").check()
    screen.get_by_label("Not yet").check()
    screen.get_by_role("button", name="End the episode").click()
    expect(screen.get_by_text("The episode has ended.").first).to_be_visible()
    axe(screen)
    episode.refresh_from_db()
    assert (episode.outcome, episode.child_confirmed_phone) == ("arrested", "101")
