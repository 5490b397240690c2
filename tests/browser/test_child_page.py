"""The child's page in a real browser: everybody can use it, on a phone and a desk, with and without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import heartbeats
from cases import clock, contacts
from cases.models import Contact
from tests import factories
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing, seen

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(site: Site) -> Watched:
    """A child with a long name in two scripts and six days of story."""
    now = clock.now()
    found = a_watched_child(
        at=now - 6 * DAY,
        given_name="Maximiliano-Ferdinand",
        family_name="Al-Khatib-Okoro-Vale",
        script_name="يوسف الخطيب",
        script_language="ar",
        languages=["Arabic", "Kurdish (Sorani)"],
        phone="07700 900456",
    )
    for day in range(5, 0, -1):
        seen(found.child, by=found.carer, at=now - day * DAY, note="At supper. Asked about his brother.")
    wrong = seen(found.child, by=found.carer, at=now - 90 * MINUTE)
    contacts.withdraw(wrong, reason="Recorded for the wrong child", by=found.carer, at=now - 80 * MINUTE)
    for name in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(name, at=now)
    return found


def open_page_of(site: Site, watched: Watched, page: Page, part: str = "") -> None:
    page.goto(site.to(f"/children/{watched.child.reference}/{part}"))


def test_a_contact_is_recorded_in_one_press_without_scripts(
    site: Site, watched: Watched, plain: Page
) -> None:
    before = Contact.objects.count()
    site.sign_in(plain, watched.worker)
    open_page_of(site, watched, plain)
    plain.get_by_role("button", name="Saw face to face").click()
    expect(plain.get_by_text("Recorded.")).to_be_visible()
    expect(plain.locator(".rc-now")).to_contain_text(f"by {watched.worker.name}, face to face")
    assert Contact.objects.count() == before + 1


def test_the_now_card_learns_by_itself_what_others_recorded(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    site.sign_in(page, watched.worker)
    open_page_of(site, watched, page)
    expect(page.locator(".rc-identity .rc-tag")).not_to_have_text("Missing")
    missing(watched.child, at=clock.now())
    page.evaluate("htmx.trigger('#now', 'refresh')")
    expect(page.locator(".rc-identity .rc-tag")).to_have_text("Missing")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_a_concern_is_marked_and_lifted_by_two_people_at_one_desk(
    site: Site, watched: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    factories.knows(watched.manager, "a long pass phrase")
    site.sign_in(screen, watched.worker)
    open_page_of(site, watched, screen)
    screen.get_by_role("link", name="Mark a live concern").click()
    expect(screen.get_by_role("button", name="Mark the concern")).to_be_visible()
    axe(screen)
    screen.get_by_role("button", name="Mark the concern").click()
    expect(screen).to_have_title("Error: Mark a live concern – Maximiliano-Ferdinand A – Rollcall")
    axe(screen)
    screen.get_by_label("What is the concern?").fill("A car waits outside")
    screen.get_by_role("button", name="Mark the concern").click()
    expect(screen.locator("#now")).to_contain_text("A car waits outside")
    screen.get_by_role("link", name="Lift the live concern").click()
    screen.get_by_label("Why is it lifted?").fill("The driver was his teacher")
    screen.get_by_label("For good").check()
    screen.get_by_label("Second person’s email address").fill(watched.manager.email)
    screen.get_by_label("Second person’s password").fill("a long pass phrase")
    axe(screen)
    screen.get_by_role("button", name="Lift the concern").click()
    expect(screen.locator("#now")).not_to_contain_text("A car waits outside")
    screen.get_by_role("link", name="Grade the risk").click()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Grade the risk for")
    axe(screen)


def test_the_timeline_prints_on_two_sides_of_paper_however_long_the_story(
    site: Site, watched: Watched, plain: Page
) -> None:
    now = clock.now()
    for hour in range(60):
        note = "Ate with the others and asked about his brother, who is said to be in Dover. " * 4
        seen(watched.child, by=watched.carer, at=now - hour * 40 * MINUTE, note=note)
    site.sign_in(plain, watched.worker)
    open_page_of(site, watched, plain)
    plain.get_by_role("link", name="Print the timeline").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Timeline of Maximiliano-Ferdinand")
    paper = plain.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2
