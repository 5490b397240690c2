"""The first pages of worker, manager, officer and administrator in a real browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import heartbeats, sweep
from cases import clock
from cases.models import Child
from tests.browsers import Site
from tests.factories import Watched, a_child, a_watched_child, missing, not_here, placed, seen

DAY = timedelta(days=1)


@pytest.fixture
def watched(site: Site) -> Watched:
    """A team with a child of every kind: missing, not here, without a record, due and seen."""
    now = clock.now()
    found = a_watched_child(at=now - 3 * DAY, given_name="Maximiliano-Ferdinand", family_name="Al-Khatib")
    children = [
        a_child(team=found.team, worker=found.worker, at=now - 3 * DAY, given_name=name)
        for name in ("Ozan", "Minh", "Rania")
    ]
    for child in children:
        placed(child, found.home)
    a_child(team=found.team, at=now, given_name="Kofi")
    seen(children[0], by=found.carer, at=now)
    missing(children[1], at=now)
    not_here(children[2], by=found.carer, at=now)
    sweep.sweep(now=now)
    for name in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(name, at=now)
    return found


@pytest.mark.by_turns(8)
def test_the_day_answers_without_a_click_and_leads_on_without_scripts(
    site: Site, watched: Watched, plain: Page
) -> None:
    site.sign_in(plain, watched.worker)
    plain.goto(site.to("/"))
    expect(plain.get_by_role("heading", name="Missing or not here (2)")).to_be_visible()
    expect(plain.get_by_text("No record (1)")).to_be_visible()
    plain.get_by_role("link", name="Maximiliano-Ferdinand Al-Khatib", exact=True).click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Maximiliano-Ferdinand")


@pytest.mark.by_turns
def test_a_figure_leads_to_its_list_in_one_click(site: Site, watched: Watched, plain: Page) -> None:
    site.sign_in(plain, watched.manager)
    plain.goto(site.to("/"))
    plain.get_by_role("link", name="2 missing or not here", exact=True).click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Missing or not here (2)")
    expect(plain.get_by_role("button", name="Open episode")).to_have_count(2)


@pytest.mark.by_turns
def test_the_day_learns_by_itself_and_counts_in_the_title(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    site.sign_in(page, watched.worker)
    page.goto(site.to("/"))
    expect(page).to_have_title("(3) Today – Rollcall")
    well = Child.objects.get(given_name="Ozan")
    missing(well, at=clock.now())
    page.evaluate("htmx.trigger('#today', 'refresh')")
    expect(page).to_have_title("(4) Today – Rollcall")
    expect(page.get_by_role("heading", name="Missing or not here (3)")).to_be_visible()
