"""Somebody waits for a child: a carer writes down the plate and sends a photo, duty reads both, and the force is mailed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import delivery
from cases import clock
from cases.models import Document, Trigger
from tests.browsers import Site
from tests.factories import Watched, a_picture, a_watched_child, seen
from tests.journeys.post import Post
from tests.journeys.test_search import ENDED, pass_on
from tests.mailbox import Caught

CAME = "SOMEBODY CAME, RANG OR WAITED FOR A CHILD"
SAID = ("Samir", "AB12", "grey cap", "White van", "asked for him")


@pytest.mark.by_turns(8)
def test_what_a_carer_saw_of_who_came_is_on_dutys_page_at_once_and_the_force_is_told_that_there_is_something(
    site: Site, catcher: Caught, open_page: Callable[..., Page]
) -> None:
    now = clock.now()
    watched = a_watched_child(at=now - timedelta(hours=5), given_name="Samir")
    seen(watched.child, by=watched.carer, at=now - timedelta(minutes=10))
    carer, duty = open_page(width=360), open_page()
    post = Post(catcher.box.folder)

    the_carer_writes_it_down(carer, site, watched)
    pass_on()
    by_address = {mail.to: mail for mail in post.mails}
    boxes = {watched.control_room.address, watched.coordinator.address}
    assert by_address.keys() >= {watched.desk.mailbox.address, watched.worker.email, *boxes}
    for mail in post.mails:
        assert not [word for word in SAID if word in mail.raw.as_string()], "no mail says what was seen"
    assert by_address[watched.desk.mailbox.address].kind == CAME
    of_force = by_address[watched.control_room.address]
    assert of_force.kind == CAME
    assert watched.child.reference in of_force.text
    assert "This is no missing report" in " ".join(of_force.text.split())

    site.sign_in(duty, watched.desk.person)
    duty_reads_it_and_rings_the_police(duty, site)
    before = len(post.mails)
    pass_on()
    # The ends of a house are gathered for two minutes.
    while delivery.deliver(clock=lambda: clock.now() + timedelta(minutes=3)):
        pass
    ended = {mail.to for mail in post.mails[before:] if mail.kind == ENDED}
    assert ended >= {watched.desk.mailbox.address, watched.worker.email}, "who was told hears of the answer"


def the_carer_writes_it_down(page: Page, site: Site, watched: Watched) -> None:
    """On a phone, with the photo that it took."""
    site.sign_in(page, watched.carer)
    page.goto(site.to(f"/children/{watched.child.reference}/triggers/new/"))
    page.get_by_label("Somebody came, rang or waited for the child").check()
    page.get_by_label("Who, and what did they do or say?").fill("A man asked for him at the gate")
    page.get_by_label("How did they come near the child?").select_option("waited")
    page.get_by_label("What did they look like").fill("About 40, grey cap")
    page.get_by_label("Number plate").fill("ab12 cde")
    page.get_by_label("Vehicle").fill("White van")
    picture = {"name": "car.jpg", "mimeType": "image/jpeg", "buffer": a_picture()}
    page.get_by_label("A photo of who came").set_input_files(picture)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Duty and the social worker are being told.").first).to_be_visible()
    assert Document.objects.filter(child=watched.child).count() == 1


def duty_reads_it_and_rings_the_police(page: Page, site: Site) -> None:
    page.goto(site.to("/"))
    main = page.get_by_role("main")
    expect(main).to_contain_text("1 visitor or caller")
    page.locator("[id^='came-done']").click()
    expect(main).to_contain_text("grey cap")
    expect(main).to_contain_text("ab12 cde")
    photo = main.get_by_role("link", name="The photo that was taken").get_attribute("href")
    answer = page.request.get(site.to(photo or ""))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    page.goto(site.to("/"))
    page.locator("[id^='came-done']").click()
    page.get_by_role("group", name="Were the police rung?").get_by_label("Yes").check()
    page.get_by_label("What was done?").fill("PC Shah looks for the van")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Enter the police reference")
    page.get_by_label("Police reference").fill("0418/25")
    page.get_by_role("button", name="Save").click()
    page.goto(site.to("/"))
    expect(main).not_to_contain_text("visitor or caller")
    assert Trigger.objects.get().police_reference == "0418/25"
