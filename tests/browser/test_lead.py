"""A search is handed from one force to another: offered by duty on the phone, accepted by an officer in their own browser."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies, sweep
from alerts.models import Message, PolicyVersion
from cases import clock, episodes
from cases.models import MissingEpisode, PoliceForce, Role
from tests.browsers import Site
from tests.factories import Watched, a_force, a_force_mailbox, a_person, a_watched_child, missing

HOUR = timedelta(hours=1)


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 5 * HOUR)


@pytest.fixture
def other() -> PoliceForce:
    force = a_force("Southmere Police")
    a_force_mailbox(force)
    return force


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=100))
    found = missing(watched.child, by=watched.worker, at=now - HOUR)
    sweep.sweep_all(now=now - HOUR)
    return found


@pytest.mark.by_turns(8)
def test_a_search_goes_from_one_force_to_another(
    site: Site,
    watched: Watched,
    other: PoliceForce,
    episode: MissingEpisode,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    address = site.to(f"/missing/{episode.reference}/")
    desk = open_page(width=360, scripts=False)
    site.sign_in(desk, watched.desk.person)
    desk.goto(address)
    expect(desk.get_by_text("Nobody is named as the officer in the case.")).to_be_visible()
    desk.get_by_role("button", name="Officer in the case").click()
    desk.get_by_label("Officer’s name").fill("PC Ash")
    desk.get_by_role("button", name="Save the officer").click()
    desk.get_by_role("button", name="Offer the search to another force").click()
    desk.get_by_label("To which force?").select_option(label="Southmere Police")
    desk.get_by_label("Officer who says so").fill("DS Harrow")
    desk.get_by_role("button", name="Offer the search").click()
    expect(desk.get_by_label("Officer who says so")).to_have_value("DS Harrow")
    desk.get_by_label("Why is the search to be led there?").fill("She was seen at the station there")
    desk.get_by_role("button", name="Offer the search").click()
    expect(desk.get_by_text("Waits for an answer")).to_be_visible()
    sweep.sweep_all(now=clock.now())
    told = Message.objects.filter(wording="police_offered").values_list("force", flat=True)
    assert set(told) == {watched.force.pk, other.pk}

    look = open_page(width=360)
    site.sign_in(look, watched.desk.person)
    for page in ("", "officer/", "offer/", "offer/answer/"):
        look.goto(address + page)
        axe(look)

    officer = open_page(width=1280)
    site.sign_in(officer, a_person(Role.POLICE, force=other))
    officer.goto(address)
    expect(officer.locator("section[aria-labelledby=lead]")).to_contain_text(watched.force.name)
    officer.get_by_role("button", name="Answer of the other force").click()
    axe(officer)
    officer.get_by_label("Accepted").check()
    officer.get_by_role("button", name="Save the answer").click()
    expect(officer.get_by_role("link", name="Enter the police reference").first).to_be_visible()
    axe(officer)
    officer.get_by_label("Reference of the force that takes it over").fill("SM/77")
    officer.get_by_role("button", name="Save the answer").click()
    lead = officer.locator("section[aria-labelledby=lead]")
    expect(lead).to_contain_text("Southmere Police")
    expect(lead).to_contain_text("SM/77")
    expect(lead).not_to_contain_text("PC Ash")
    start = episodes.in_charge(episode, at=clock.now())
    assert start is not None
    assert start.force == other

    desk.goto(address)
    expect(desk.locator("section[aria-labelledby=lead]")).to_contain_text("PC Ash")
    assert set(Message.objects.filter(wording="police_lead").values_list("force", flat=True)) == {
        watched.force.pk,
        other.pk,
    }
