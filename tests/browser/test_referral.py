"""A sign of trafficking is ticked with how it is known, stands on the paper of the referral, and names who may make it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import NrmReferral, RiskAssessment, Role, User
from tests.browsers import Site
from tests.factories import Watched, a_person, a_watched_child

MET = "Met at the port by a man in a grey van, says the night worker"


@pytest.fixture
def watched(site: Site) -> Watched:
    return a_watched_child(at=clock.now() - timedelta(days=2), given_name="Dilan")


@pytest.fixture
def admin(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.mark.by_turns(8)
def test_signs_are_ticked_printed_and_referred_by_somebody_who_is_named_for_it(
    site: Site,
    watched: Watched,
    admin: User,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    office, page = open_page(scripts=False), open_page(width=360)
    site.sign_in(office, admin)
    office.goto(site.to("/admin/"))
    office.get_by_role("link", name="Who may refer to the National Referral Mechanism").click()
    office.get_by_label("Who makes referrals for the council?").select_option(
        label=f"{watched.manager.name}, {watched.team.name}"
    )
    office.get_by_role("button", name="Add to the list").click()
    expect(office.get_by_role("rowheader", name=watched.manager.name)).to_be_visible()
    office.get_by_label("Name of the organisation").fill("Lantern Trust")
    office.get_by_role("button", name="Add the organisation").click()
    row = office.get_by_role("row").filter(has_text="Lantern Trust")
    row.get_by_role("link", name="It no longer refers").click()
    office.get_by_role("button", name="Save").click()
    expect(office.get_by_role("link", name="Enter why it may no longer refer")).to_be_visible()

    child = f"/children/{watched.child.reference}"
    site.sign_in(page, watched.worker)
    page.goto(site.to(f"{child}/assessments/new/"))
    how = page.locator("#id_sign_met_how")
    expect(how).to_be_hidden()
    page.get_by_label("Met or collected by an adult whom nobody knows", exact=True).check()
    expect(how).to_be_visible()
    axe(page)
    page.get_by_label("High", exact=True).check()
    page.get_by_label("Why this grade?").fill("Brought by men")
    page.get_by_role("button", name="Save the assessment").click()
    expect(page.get_by_role("link", name="Enter how it is known")).to_be_visible()
    how.fill(MET)
    page.locator("#id_control_source").fill("The night worker, today")
    page.get_by_role("button", name="Save the assessment").click()
    expect(page.get_by_role("cell", name=MET)).to_be_visible()
    assert RiskAssessment.objects.get().signs == {"met": MET}

    page.goto(site.to(f"{child}/nrm/"))
    page.get_by_role("link", name="Facts for the referral").click()
    expect(page.get_by_text(MET)).to_be_visible()
    expect(page.get_by_text(watched.manager.name)).to_be_visible()
    axe(page)
    page.emulate_media(media="print")
    expect(page.get_by_text(MET)).to_be_visible()
    expect(page.get_by_role("link", name="Record the referral")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Record the referral").click()
    axe(page)
    page.get_by_label("Which organisation made the referral?").select_option(label="A local authority")
    page.get_by_label("Who made it?").fill(watched.manager.name)
    for part in ("Day", "Month", "Year"):
        page.get_by_label(part, exact=True).fill(str(getattr(clock.now(), part.lower())))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Referred")).to_be_visible()
    assert NrmReferral.objects.get().made_by == watched.manager.name
