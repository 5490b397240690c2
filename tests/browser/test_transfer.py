"""Two people in two browsers hand a child over whose search is open: one without scripts, one on a phone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.deadlines import LONDON
from cases.models import Allocation, Responsibility, Transfer
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing


@pytest.fixture
def sender(site: Site) -> Watched:
    found = a_watched_child(at=clock.now() - timedelta(days=3), given_name="Dilan")
    missing(found.child, by=found.carer, at=clock.now() - timedelta(hours=2))
    return found


@pytest.fixture
def receiver(site: Site) -> Watched:
    return a_watched_child(at=clock.now() - timedelta(days=4), given_name="Selam")


def fill_day(page: Page, day: datetime) -> None:
    local = day.astimezone(LONDON)
    for part in ("day", "month", "year"):
        page.get_by_label(part.capitalize(), exact=True).last.fill(str(getattr(local, part)))


@pytest.mark.by_turns(8)
def test_two_people_in_two_browsers_transfer_a_child_whose_search_goes_along(
    site: Site,
    sender: Watched,
    receiver: Watched,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    child, today = sender.child, clock.now()
    there, here = open_page(scripts=False), open_page(width=360)
    site.sign_in(there, sender.worker)
    site.sign_in(here, receiver.manager)

    there.goto(site.to(f"/children/{child.reference}/"))
    there.get_by_role("link", name="Transfer to another authority").click()
    there.locator("#act-refer").click()
    there.get_by_label("National Transfer Scheme").check()
    there.get_by_label("Family, or people close to the child").check()
    there.get_by_label("Which authority is the child offered to?").select_option(str(receiver.authority.pk))
    there.get_by_label("What does the child need?").fill("A home where Kurdish is spoken")
    there.get_by_label("What does the child say about it?").fill("Wants to be near a cousin")
    there.get_by_label("In which language was the child asked?").fill("Kurdish")
    fill_day(there, today + timedelta(days=1))
    there.get_by_role("button", name="Refer for transfer").click()
    expect(there.get_by_role("heading", name="Check before the other authority reads it")).to_be_visible()
    there.get_by_role("button", name="Refer the child").click()
    expect(there.get_by_text("Missing before transfer").first).to_be_visible()

    here.goto(site.to("/transfers/"))
    here.get_by_role("link", name=child.reference).click()
    expect(here.get_by_text("A home where Kurdish is spoken")).to_be_visible()
    axe(here)
    here.locator("#act-accept").click()
    here.get_by_label(receiver.worker.name).check()
    here.get_by_role("button", name="Accept").click()
    here.locator("#act-day").click()
    fill_day(here, today)
    here.get_by_role("button", name="Agree the day").click()
    expect(here.get_by_text("The day is agreed.")).to_be_visible()

    there.reload()
    there.locator("#act-leave").click()
    there.get_by_label("Now", exact=True).check()
    fill_day(there, today + timedelta(hours=3))
    there.get_by_label("Time", exact=True).last.fill(
        f"{(today + timedelta(hours=3)).astimezone(LONDON):%H:%M}"
    )
    there.get_by_role("button", name="Say that the child has left").click()
    expect(there.get_by_text("On the way").first).to_be_visible()

    here.reload()
    here.locator("#act-arrive").click()
    here.get_by_label("Now", exact=True).check()
    here.get_by_label("To whom was the child handed over?").fill("Ola Brightwell")
    here.get_by_role("button", name="Confirm the arrival").click()
    expect(here.get_by_text("Select each of them when you have read it").first).to_be_visible()
    expect(here.get_by_label("To whom was the child handed over?")).to_have_value("Ola Brightwell")
    here.get_by_label("In the same home or family as until now").check()
    here.get_by_label("Risks that stand open").check()
    here.get_by_label("Missing episodes that are open").check()
    here.get_by_role("button", name="Confirm the arrival").click()
    expect(here.get_by_text("Your authority is responsible from now on")).to_be_visible()

    there.reload()
    expect(there.get_by_role("heading", name="Until the handover")).to_be_visible()
    held = Responsibility.objects.filter(child=child).order_by("-starts_at")[0]
    assert held.authority == receiver.authority
    assert Allocation.objects.get(child=child, ends_at=None).worker == receiver.worker
    assert Transfer.objects.get(child=child).has_arrived
    here.goto(site.to(f"/missing/{child.reference}-M1/"))
    expect(here.get_by_role("heading", level=1)).to_contain_text(f"{child.reference}-M1")
