"""A guardian on a phone: two whole cards a screen, one tap to record, with and without scripts."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import Contact
from tests.browsers import Site, let_a_second_pass
from tests.factories import Watched, a_child, a_watched_child, guarded, placed, seen


@pytest.fixture
def watched(site: Site) -> Watched:
    """Four children of one guardian: one seen, three still to be seen."""
    at = clock.now() - timedelta(days=3)
    one = a_watched_child(at=at, given_name="Mirela")
    for name in ("Bao", "Ilir", "Zahra"):
        child = a_child(one.authority, team=one.team, at=at, given_name=name)
        placed(child, one.home)
        guarded(child, one.guardian)
    seen(one.child, by=one.carer, at=clock.now())
    return one


def open_home(site: Site, watched: Watched, page: Page) -> None:
    site.sign_in(page, watched.guardian)
    page.goto(site.to("/"))


@pytest.mark.by_turns
def test_two_whole_cards_stand_on_a_phone_and_buttons_are_apart(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360)
    open_home(site, watched, page)
    boxes: list[Any] = [card.bounding_box() for card in page.locator("article").all()]
    buttons: list[Any] = [
        button.bounding_box() for button in page.locator("article").first.locator(".govuk-button").all()
    ]

    assert boxes[1]["y"] + boxes[1]["height"] - boxes[0]["y"] <= 740
    assert len(buttons) == 3
    assert all(button["height"] >= 44 for button in buttons)
    assert all(button["width"] >= 280 for button in buttons), "full width"
    for upper, lower in pairwise(buttons):
        assert lower["y"] - (upper["y"] + upper["height"]) >= 14


@pytest.mark.by_turns(8)
def test_one_tap_records_and_the_card_says_so(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360)
    open_home(site, watched, page)

    page.get_by_role("button", name="Saw face to face Bao").click()

    expect(page.get_by_role("button", name="Undo Bao")).to_be_visible()
    expect(page.get_by_text("2 without a record")).to_be_visible()
    contact = Contact.objects.get(child__given_name="Bao")
    assert (contact.means, contact.witness_role) == ("face_to_face", "guardian")

    page.get_by_role("button", name="Undo Bao").click()
    expect(page.get_by_role("button", name="Undo Bao")).to_have_count(0)
    contact.refresh_from_db()
    assert contact.withdrawn_at is not None


@pytest.mark.by_turns
def test_without_scripts_the_buttons_do_the_same(site: Site, watched: Watched, plain: Page) -> None:
    open_home(site, watched, plain)

    plain.get_by_role("button", name="Spoke by phone Bao").click()

    expect(plain.get_by_text("It does not count as seen")).to_be_visible()
    assert Contact.objects.get(child__given_name="Bao").means == "phone"
    plain.get_by_role("button", name="Undo Bao").click()
    expect(plain.get_by_role("button", name="Undo Bao")).to_have_count(0)
    assert not Contact.objects.standing().filter(child__given_name="Bao").exists()


@pytest.mark.by_turns
def test_a_press_that_does_not_arrive_says_whom_to_ring_and_can_be_pressed_again(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    page = open_page(width=360)
    open_home(site, watched, page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Saw face to face Bao").click()

    not_sent = page.get_by_role("alert", name="Not sent")
    expect(not_sent).to_contain_text("Not sent. Nothing is recorded")
    assert not Contact.objects.filter(child__given_name="Bao").exists()

    page.context.set_offline(False)
    let_a_second_pass(page)  # the kit swallows a second press within it
    page.get_by_role("button", name="Saw face to face Bao").click()

    expect(page.get_by_role("button", name="Undo Bao")).to_be_visible()
    expect(not_sent).to_have_count(0)
    assert Contact.objects.filter(child__given_name="Bao").count() == 1
