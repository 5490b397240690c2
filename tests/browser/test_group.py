"""Three children of two councils leave together: said on two screens, read by each as far as they may, one of them found."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import sweep
from alerts.models import Message
from cases import clock
from cases.models import MissingEpisode
from tests.browsers import Site
from tests.factories import (
    DutyDesk,
    Watched,
    a_child,
    a_duty_desk,
    a_force_mailbox,
    a_home,
    a_team,
    a_watched_child,
    an_authority,
    missing,
    placed,
    seen,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    found = a_watched_child(at=now - 5 * HOUR, given_name="Samir")
    seen(found.child, by=found.carer, at=now - HOUR)
    return found


@pytest.fixture
def desk(watched: Watched, now: datetime) -> DutyDesk:
    """Of the council that is responsible for another child of the house."""
    team = a_team(an_authority("Harrowfen County"))
    placed(a_child(team.authority, team=team, at=now - 5 * HOUR, given_name="Hewad"), watched.home)
    return a_duty_desk(team.authority)


@pytest.fixture
def elsewhere(watched: Watched, now: datetime) -> MissingEpisode:
    """A child of the first council, missing from a house in the area of another force."""
    child = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=now - 5 * HOUR, given_name="Aron"
    )
    home = a_home(an_authority())
    a_force_mailbox(home.force)
    placed(child, home)
    return missing(child, by=watched.worker, at=now - timedelta(minutes=20))


@pytest.mark.by_turns(8)
def test_a_group_of_three_of_two_councils_and_two_forces(
    site: Site,
    watched: Watched,
    desk: DutyDesk,
    elsewhere: MissingEpisode,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    home = open_page(width=360, scripts=False)
    site.sign_in(home, watched.carer)
    home.goto(site.to(f"/children/{watched.child.reference}/not-here/"))
    home.get_by_label("Hewad").check()
    home.get_by_role("button", name="Not here: tell duty and police").click()
    own = MissingEpisode.objects.get(child=watched.child)
    other = MissingEpisode.objects.get(child__given_name="Hewad")

    office = open_page(width=1280)
    site.sign_in(office, watched.worker)
    office.goto(site.to(f"/missing/{own.reference}/"))
    expect(office.get_by_text("Hewad")).to_have_count(0)
    office.get_by_role("link", name="Another missing child went with this one").click()
    axe(office)
    office.get_by_label("The other child’s reference").fill(elsewhere.reference)
    office.get_by_role("button", name="They went together").click()
    together = office.locator("#others + ul")
    expect(together).to_contain_text("Aron")
    expect(together).not_to_contain_text("Hewad")
    axe(office)
    home.goto(site.to(f"/missing/{own.reference}/"))
    expect(home.locator("#others + ul")).to_contain_text("Hewad")
    expect(home.locator("#others + ul")).not_to_contain_text("Aron")

    # Each is looked for by itself, by the force of its own area.
    sweep.sweep_all(now=clock.now())
    told = Message.objects.filter(wording="police_alert").values_list("episode", "force").distinct()
    forces = dict(told)
    assert forces == {
        own.pk: watched.force.pk,
        other.pk: watched.force.pk,
        elsewhere.pk: forces[elsewhere.pk],
    }
    assert forces[elsewhere.pk] != watched.force.pk

    found = open_page(width=1280)
    site.sign_in(found, desk.person)
    found.goto(site.to(f"/missing/{other.reference}/return/"))
    found.get_by_label("I saw the child face to face").check()
    found.get_by_role("button", name="Save").click()
    sweep.sweep_all(now=clock.now())

    duty = open_page(width=1280)
    site.sign_in(duty, watched.desk.person)
    duty.goto(site.to("/"))
    card = duty.locator("section[aria-labelledby=mates]")
    expect(card).to_contain_text(watched.child.reference)
    expect(card).to_contain_text("Harrowfen County")
    expect(card).to_contain_text(other.reference)
    expect(card).not_to_contain_text("Hewad")
    axe(duty)
    assert set(MissingEpisode.objects.open()) == {own, other, elsewhere}
