"""A manager's working morning in a real browser: four clicks for twenty children, and one sheet of paper."""

import re
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import heartbeats, sweep
from alerts.mornings import MOST
from alerts.standings import INTERVIEW_WITHIN
from cases import clock
from cases.deadlines import at_london, london_day
from cases.models import Allocation, Role, Shift
from tests.browsers import Site
from tests.factories import Watched, a_child, a_home, a_person, a_watched_child, ended, missing, placed

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def watched(site: Site) -> Watched:
    """A team with twenty children of one worker, some of them missing, some without a record."""
    now = clock.now()
    found = a_watched_child(at=now - 3 * DAY, given_name="Maximiliano-Ferdinand", family_name="Al-Khatib")
    mine = [a_child(team=found.team, worker=found.worker, at=now - DAY) for _ in range(19)]
    for child in mine[:6]:
        placed(child, found.home)
    for child in mine[6:12]:
        missing(child, at=now - 2 * HOUR)
    a_child(found.authority, at=now - HOUR)
    sweep.sweep(now=now)
    for name in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(name, at=now)
    return found


@pytest.mark.by_turns(8)
def test_twenty_children_are_given_to_another_in_four_clicks_without_scripts(
    site: Site, watched: Watched, plain: Page
) -> None:
    other = a_person(Role.SOCIAL_WORKER, team=watched.team, name="Nerys Maddern")
    site.sign_in(plain, watched.manager)
    plain.goto(site.to("/"))
    plain.locator(f"#reassign-{watched.worker.pk}").click()
    plain.get_by_label(f"Nerys Maddern, {watched.team.name}").check()
    plain.get_by_role("button", name="Continue").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Give 20 children to")
    plain.get_by_role("button", name="Confirm").click()
    expect(plain.get_by_text("20 children are now with Nerys Maddern.")).to_be_visible()
    assert Allocation.objects.current(clock.now()).filter(worker=other).count() == 20


@pytest.mark.by_turns
def test_the_morning_is_one_side_of_paper_however_bad_the_night(
    site: Site, watched: Watched, plain: Page
) -> None:
    now = clock.now()
    type(watched.manager).objects.filter(pk=watched.manager.pk).update(
        name="Maximiliane-Friederike Quillfeather"
    )
    for _ in range(20):
        missing(a_child(team=watched.team, worker=watched.worker, at=now - DAY), at=now - HOUR)
    for _ in range(10):
        home = a_home(
            watched.authority, name="Rowan House, formerly the Sisters' School for Seafarers' Children"
        )
        placed(a_child(team=watched.team, worker=watched.worker, at=now - 2 * DAY), home)
    # Their interviews are due by the end of the day.
    returned_at = at_london(london_day(now) + DAY, time(0)) - SECOND - INTERVIEW_WITHIN
    for _ in range(8):
        child = a_child(team=watched.team, worker=watched.worker, at=now - 5 * DAY)
        ended(missing(child, at=now - 4 * DAY), at=returned_at)
    for hours in range(1, 8):
        Shift.objects.create(
            team=watched.desk.team,
            person=watched.desk.person,
            phone=watched.desk.person.phone,
            second=watched.desk.second,
            starts_at=now + hours * HOUR,
            ends_at=now + (hours + 1) * HOUR,
        )
    site.sign_in(plain, watched.manager)
    plain.goto(site.to("/overview/morning/"))
    expect(plain.get_by_text("more, on the screen")).to_have_count(len(MOST))
    paper = plain.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
