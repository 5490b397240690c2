"""The missing report in a real browser: three screens, few answers, drafts by themselves, and without scripts too."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock, drafts
from cases.models import Draft, MissingEpisode, MissingReport, Note
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, seen

SCREENS, ANSWERS = 3, 12


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    watched = a_watched_child(at=now - timedelta(minutes=50), given_name="Samir", needs=["medicine"])
    seen(watched.child, by=watched.carer, at=now - timedelta(minutes=30))
    return watched


def address(watched: Watched, what: str) -> str:
    return f"/children/{watched.child.reference}/missing/{what}/"


def answer(page: Page) -> int:
    """Answer the first screen and the second; return how many answers it took."""
    page.get_by_label("No, I am about to").check()
    page.get_by_label("Where was the child last seen?").fill("The kitchen")
    page.get_by_label("What is the child wearing?").fill("Black jacket")
    page.get_by_label("Was a car seen?").fill("White van, AB12 CDE")
    page.get_by_label("Searched the building and the grounds", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h1")).to_contain_text("Why you are worried")
    page.get_by_label("Why are you worried?").fill("Collected by a stranger")
    page.get_by_label("High", exact=True).check()
    page.get_by_label("Reason for this view").fill("New to the area")
    page.get_by_role("button", name="Continue").click()
    return 8


@pytest.mark.by_turns
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_three_screens_and_few_answers_report_a_child(
    site: Site, watched: Watched, open_page: Callable[..., Page], scripts: bool
) -> None:
    page = open_page(width=360, scripts=scripts)
    site.sign_in(page, watched.worker)
    page.goto(site.to(address(watched, "new")))
    began = clock.now()

    answers = answer(page)

    expect(page.locator("h1")).to_contain_text("Screen 3 of 3")
    page.get_by_role("button", name="Send alerts").first.click()
    expect(page.locator("h1")).to_have_text("Reported missing")
    expect(page.get_by_text("duty rings 101 again").first).to_be_visible()
    report = MissingReport.objects.get()
    assert answers <= ANSWERS
    assert clock.now() - began < timedelta(minutes=3)
    assert (report.wearing, report.last_seen_by) == ("Black jacket", watched.carer.name)
    assert report.answers["medical"]["said"] == "yes"
    assert MissingEpisode.objects.get().police_owed_at is not None


@pytest.mark.by_turns(8)
def test_a_note_is_kept_while_it_is_typed_and_found_again(
    site: Site, watched: Watched, open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = open_page(width=1280)
    page.clock.install()
    site.sign_in(page, watched.worker)
    page.goto(site.to(f"/children/{watched.child.reference}/notes/new/"))
    expect(page.get_by_label("Note", exact=True)).to_be_focused()
    page.keyboard.type("He asked for his sis")
    page.clock.run_for(11_000)
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved")
    assert page.evaluate("localStorage.length") == 0
    page.goto(site.to("/today/"))
    axe(page)
    page.get_by_role("button", name="Resume Case note").click()
    expect(page.get_by_label("Note", exact=True)).to_have_value("He asked for his sis")
    axe(page)
    page.get_by_label("Note", exact=True).fill("He asked for his sister.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("He asked for his sister.")).to_be_visible()
    assert Note.objects.get().text == "He asked for his sister."
    assert drafts.of(watched.worker, Draft.Form.NOTE, watched.child, at=clock.now()) is None
