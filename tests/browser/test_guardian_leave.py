"""A guardian announces leave on a phone: each child is named, one is covered for, and only the other rings."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import sweep
from alerts.models import Alert
from cases import clock
from cases.deadlines import LONDON, at_london, london_day
from cases.models import Role
from tests.browsers import Site
from tests.factories import Watched, a_child, a_person, a_watched_child, guarded, placed


@pytest.fixture
def watched(site: Site) -> Watched:
    """Two children with signs of trafficking and one guardian."""
    at = clock.now() - timedelta(days=3)
    one = a_watched_child(at=at, given_name="Tarekiel", trafficking="yes")
    other = a_child(
        one.authority, team=one.team, worker=one.worker, at=at, given_name="Bao", trafficking="yes"
    )
    placed(other, one.home)
    guarded(other, one.guardian)
    return one


def fill_days(page: Page, *days: datetime) -> None:
    for number, day in enumerate(days):
        local = day.astimezone(LONDON)
        for part in ("day", "month", "year"):
            page.get_by_label(part.capitalize(), exact=True).nth(number).fill(str(getattr(local, part)))


@pytest.mark.by_turns(8)
def test_a_leave_names_each_child_and_accepted_cover_lets_one_of_them_ring_nobody(
    site: Site, watched: Watched, open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    service, now = watched.assignment.service, clock.now()
    colleague = a_person(Role.GUARDIAN, service=service, name="Ilse Varnholt")
    days = (now + timedelta(days=5), now + timedelta(days=9))
    page = open_page(width=360)
    site.sign_in(page, watched.guardian)
    page.goto(site.to("/"))
    page.get_by_role("link", name="Leave and cover").click()
    page.get_by_label("Leave", exact=True).check()
    fill_days(page, *days)
    page.get_by_role("button", name="Announce the leave").click()
    expect(page.get_by_role("heading", name="When are you away?")).to_be_visible()
    for name in ("Tarekiel", "Bao"):
        expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    axe(page)

    page.get_by_role("link", name="Ask for cover for Tarekiel").click()
    page.get_by_label("Ilse Varnholt").check()
    page.get_by_label(f"Tarekiel {watched.child.reference}").check()
    fill_days(page, *days)
    page.get_by_role("button", name="Ask for cover").click()
    expect(page.get_by_text("Ilse Varnholt is asked and has not answered.")).to_be_visible()

    there = open_page(scripts=False)
    site.sign_in(there, colleague)
    there.goto(site.to("/"))
    there.get_by_role("link", name="You are asked to cover for 1 child").click()
    expect(there.get_by_text(watched.child.reference)).to_be_visible()
    expect(there.get_by_text("Tarekiel")).to_have_count(0)
    there.get_by_label("Yes").check()
    there.get_by_role("button", name="Answer").click()
    expect(there.get_by_text("You cover in that time.")).to_be_visible()

    sweep.sweep_all(now=at_london(london_day(days[0]), datetime.min.time()) + timedelta(minutes=1))
    rung = Alert.objects.open().filter(clock__kind="guardian")
    assert [alert.child.given_name for alert in rung] == ["Bao"]
