"""A plan's action is not done and climbs to the manager; then it is done on its page, and it stands down."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import sweep
from alerts.models import Alert, Message, MessageKind
from cases import clock, plans
from cases.deadlines import london_day
from cases.models import PlanAction
from tests.alerts import outgoing, papers
from tests.browser.test_transfer import fill_day
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, seen


@pytest.fixture
def watched(site: Site) -> Watched:
    papers.asked_for(clock.now() - timedelta(days=40))
    return a_watched_child(at=clock.now() - timedelta(days=35), given_name="Dilan")


def paper_told(one: Watched, kind: str) -> set[str]:
    rows = Message.objects.filter(kind=kind, items__alert__clock__duty__startswith="action:")
    return set(rows.filter(items__alert__child=one.child).values_list("user__name", flat=True))


@pytest.mark.by_turns(8)
def test_an_action_that_is_not_done_climbs_to_the_manager_and_is_ended_on_its_page(
    site: Site,
    watched: Watched,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outgoing.catch(monkeypatch)
    child = watched.child
    page, manager = open_page(width=360), open_page(scripts=False)
    site.sign_in(page, watched.worker)
    page.goto(site.to(f"/children/{child.reference}/plan/"))
    page.get_by_role("link", name="Write the plan").click()
    page.get_by_label("What is the plan for?").fill("Nobody waits for him at the gate")
    page.get_by_label("At least twice a day").check()
    page.get_by_label("If the child is missing").fill("Ring his brother")
    page.get_by_label("Whom to ring, by day and by night").fill("Duty, 0113 496 0000")
    page.get_by_label("Agrees in part").check()
    page.get_by_label("Who agreed to it?").fill("The carer")
    fill_day(page, clock.now() + timedelta(days=20))
    page.get_by_role("button", name="Save the plan").click()
    page.get_by_role("link", name="Ask for an action").click()
    page.get_by_label("What is to be done?").fill("Change the card of his phone")
    page.get_by_label("Who does it, or sees that it is done?").select_option(watched.worker.name)
    fill_day(page, clock.now())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("rowheader", name="Change the card of his phone")).to_be_visible()
    axe(page)

    action = PlanAction.objects.get(child=child)
    assert action.by_date == london_day(clock.now())
    # Nobody has done it, and ten days have passed.
    late = clock.now() + timedelta(days=10)
    seen(child, by=watched.carer, at=late)
    sweep.sweep_all(now=late)
    assert papers.steps(child, f"action:{action.pk}") == ["R1", "R2", "R4"]
    assert {watched.worker.name, watched.manager.name} <= paper_told(watched, MessageKind.ALERT)
    outgoing.send_all(late)

    site.sign_in(manager, watched.manager)
    manager.goto(site.to(f"/children/{child.reference}/due/"))
    manager.get_by_role("link", name="Change the card of his phone").click()
    manager.get_by_role("link", name="Is it done?").click()
    manager.get_by_label("Yes, it is done").check()
    manager.get_by_label("What was done, or why has nobody to?").fill("The new card is in")
    manager.get_by_role("button", name="Save", exact=True).click()
    expect(manager.get_by_text("The new card is in")).to_be_visible()
    sweep.sweep_all(now=clock.now() + timedelta(days=10, hours=1))
    assert Alert.objects.get(clock__duty=f"action:{action.pk}").status == "ended"
    assert {watched.worker.name, watched.manager.name} <= paper_told(watched, MessageKind.ENDING)
    assert plans.shortfalls(child) == []
