"""An episode's page and the way into it, in a real browser: from not here to the end, on a phone and without scripts."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alerts import police_links, sweep
from alerts.models import Message
from cases import clock, notes
from cases.models import MissingEpisode, Note
from tests.browser import inspection
from tests.browsers import Site, typed_into, widen
from tests.factories import Watched, a_watched_child, missing, seen

_OVER = """() => {
    const page = document.documentElement;
    const wide = [...document.querySelectorAll("main *")].filter((one) =>
        one.getBoundingClientRect().right > page.clientWidth + 1);
    return [page.scrollWidth - page.clientWidth, wide.slice(0, 6).map((one) =>
        `${one.tagName}.${one.className}`).join(" > ")];
}"""


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=1), given_name="Samir", phone="07700 900111")


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(
        watched.child, by=watched.worker, at=now - timedelta(minutes=20), why_worried="Met a stranger"
    )
    sweep.sweep_all(now=now - timedelta(minutes=20))
    sweep.sweep_all(now=now)
    # Its link opens, so that the ladder has the button that closes it.
    police_links.issue(Message.objects.filter(episode=found, force__isnull=False)[0], now=now)
    return found


@pytest.mark.by_turns
def test_not_here_is_two_presses_and_its_report_one_screen_without_scripts(
    site: Site, watched: Watched, plain: Page
) -> None:
    site.sign_in(plain, watched.carer)
    plain.goto(site.to(f"/children/{watched.child.reference}/not-here/"))
    expect(plain.get_by_role("link", name="07700 900111")).to_be_visible()
    plain.get_by_role("button", name="Not here: tell duty and police").click()
    expect(plain.get_by_text("Duty and the police are being told now")).to_be_visible()
    plain.goto(site.to(f"/children/{watched.child.reference}/missing/quick/"))
    plain.get_by_label("No, I ring now").check()
    plain.get_by_label("15 minutes ago").check()
    plain.get_by_label("Where was the child last seen?").fill("The kitchen")
    plain.get_by_label("Who saw the child last", exact=True).check()
    plain.get_by_label("Why are you worried?").fill("Never goes out alone")
    plain.get_by_role("button", name="Save the report").click()
    # The form names the episode too; the page of what is known comes when the report is saved.
    expect(plain.get_by_role("heading", name="What is known")).to_be_visible()
    episode = MissingEpisode.objects.get(child=watched.child)
    expect(plain.locator("h1")).to_contain_text(episode.reference)
    assert (episode.started_by, episode.last_seen_place) == ("not_here", "The kitchen")


@pytest.mark.by_turns
def test_duty_verifies_confirms_and_ends_it_without_scripts(
    site: Site, watched: Watched, episode: MissingEpisode, plain: Page
) -> None:
    site.sign_in(plain, watched.desk.person)
    plain.goto(site.to(f"/missing/{episode.reference}/"))
    plain.get_by_role("button", name="Record police reference").click()
    plain.get_by_label("Officer’s name").fill("PC Shah")
    plain.get_by_label("Police reference").fill("0417/25")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("Verified with PC Shah, reference 0417/25").first).to_be_visible()
    seen(watched.child, by=watched.carer, at=clock.now())
    plain.reload()
    plain.get_by_role("button", name="Confirm with the child").click()
    plain.get_by_label("I saw the child face to face").check()
    plain.get_by_role("button", name="Save").click()
    plain.get_by_role("button", name="Record police closing").click()
    plain.get_by_label("Officer’s name").fill("PC Shah")
    plain.get_by_label("Now", exact=True).check()
    plain.get_by_role("button", name="Save").click()
    plain.get_by_role("button", name="End the episode").click()
    plain.get_by_label("How did it end?").select_option("returned")
    plain.get_by_label("Now", exact=True).check()
    plain.get_by_label("Where is the child now?").fill("At the home")
    plain.get_by_label("Well, as far as anybody can see").check()
    plain.get_by_label("Not yet", exact=True).check()
    plain.get_by_role("button", name="End the episode").click()
    expect(plain.get_by_text("The episode has ended.")).to_be_visible()
    episode.refresh_from_db()
    assert (episode.status, episode.outcome) == ("ended", "returned")


@pytest.mark.by_turns
def test_a_force_that_is_typed_and_not_on_the_list_stays_in_its_box_until_it_is_cleared(
    site: Site, watched: Watched, episode: MissingEpisode, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360)
    site.sign_in(page, watched.desk.person)
    page.goto(site.to(f"/missing/{episode.reference}/police/"))
    box = typed_into(page, "Another force")
    words = "We do not know “Withyfrod”. Choose one from the list or leave it empty"
    page.get_by_label("Officer’s name").fill("PC Shah")
    page.get_by_label("Police reference").fill("0417/25")
    box.fill("Withyfrod")

    # Said twice: nothing that was refused once is taken for no answer the second time.
    for _press in range(2):
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()
        expect(page.locator(".govuk-error-summary")).to_be_focused()
        expect(page.locator("#id_other_force_error")).to_contain_text(words)
        expect(box).to_have_value("Withyfrod")
        expect(box).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name=words).click()
    expect(box).to_be_focused()
    box.press("End")
    box.type("x")
    expect(page.get_by_role("option", name="Withyfrod")).to_have_count(0)
    box.fill("")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Verified with PC Shah, reference 0417/25").first).to_be_visible()


@pytest.mark.by_turns
def test_a_ladder_of_another_year_is_read_on_a_phone_without_its_words_running_together(
    site: Site, watched: Watched, episode: MissingEpisode, settings: Any, open_page: Callable[..., Page]
) -> None:
    # Read two years on, when each row has its day and its year.
    settings.CLOCK_SHIFT = 2 * 366 * 24 * 60 * 60
    page = open_page(width=360)
    site.sign_in(page, watched.desk.person)
    page.goto(site.to(f"/missing/{episode.reference}/"))
    expect(page.locator(".rc-ladder td").first).to_contain_text(str((clock.now() - timedelta(days=732)).year))
    assert not [fault for fault in inspection.look(page) if "run into" in fault]


@pytest.mark.by_turns
def test_the_ladder_refreshes_and_keeps_its_buttons(
    site: Site, watched: Watched, episode: MissingEpisode, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    site.sign_in(page, watched.desk.person)
    page.goto(site.to(f"/missing/{episode.reference}/"))
    seen(watched.child, by=watched.carer, at=clock.now())
    page.evaluate("htmx.trigger('#ladder', 'refresh')")
    expect(page.get_by_text("not confirmed.")).to_be_visible()
    expect(page.get_by_role("button", name="Record police reference")).to_be_visible()


@pytest.mark.by_turns(8)
def test_a_word_without_an_end_that_anybody_typed_stretches_no_page(
    site: Site, watched: Watched, now: datetime, plain: Page
) -> None:
    """An officer with a link, a guardian and a worker: what they typed stays on these pages for good."""
    word, at = "W" * 120, now - timedelta(minutes=20)
    typed = {"why_worried": word * 2, "wearing": word, "last_seen_place": word, "last_seen_by": word}
    found = missing(watched.child, by=watched.worker, at=at, **typed)
    sweep.sweep_all(now=at)
    said = {"text": word * 2, "happened_at": now, "key": uuid.uuid4()}
    notes.write(watched.child, kind=Note.Kind.GUARDIAN, **said, by=watched.guardian, at=now)
    plain.goto(police_links.issue(Message.objects.filter(episode=found, force__isnull=False)[0], now=now))
    plain.get_by_label("Your name").fill(word)
    plain.get_by_label("Collar number").fill(word[:30])
    plain.get_by_label("Force incident reference (optional)").fill(word[:60])
    plain.get_by_role("button", name="I have this alert").click()
    expect(plain.get_by_role("heading", name="Recorded as given")).to_be_visible()
    wide = _wide(plain)
    child = f"/children/{watched.child.reference}/"
    for person, address in (
        (watched.guardian, f"{child}your-notes/"),
        (watched.desk.person, f"/missing/{found.reference}/"),
        (watched.worker, child),
    ):
        site.sign_in(plain, person)
        plain.goto(site.to(address))
        expect(plain.locator("main")).to_contain_text(word[:60])
        wide |= _wide(plain)
    assert not wide


def _wide(page: Page) -> dict[str, str]:
    """By address and width, what makes the page scroll sideways."""
    found = {}
    for width in (360, 1280):
        widen(page, width)
        over, what = page.evaluate(_OVER)
        if over > 0:
            found[f"{page.url} {width}"] = f"{over} px: {what}"
    return found
