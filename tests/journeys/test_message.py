"""A message from a missing child: who received it writes it down, police and duty are mailed, and the search goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import MissingEpisode, Trigger
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing, seen
from tests.journeys.post import Post
from tests.journeys.test_search import ENDED, pass_on
from tests.mailbox import Caught

HOUR = timedelta(hours=1)
WORDS = "I am in a lorry near the sea"
HEARD = "A MESSAGE FROM A MISSING CHILD"


@pytest.mark.by_turns(8)
def test_a_message_from_a_missing_child_is_told_to_duty_and_police_at_once_and_ends_nothing(
    site: Site, catcher: Caught, open_page: Callable[..., Page]
) -> None:
    now = clock.now()
    watched = a_watched_child(at=now - 5 * HOUR, given_name="Samir")
    seen(watched.child, by=watched.carer, at=now - 2 * HOUR)
    episode = missing(watched.child, by=watched.worker, at=now - HOUR)
    pass_on()
    post = Post(catcher.box.folder)
    before = len(post.mails)

    the_guardian_writes_it_down(open_page(width=360), site, watched, episode)
    pass_on()
    new = post.mails[before:]
    told = {mail.to for mail in new}
    assert {watched.control_room.address, watched.desk.mailbox.address, watched.worker.email} <= told
    of_duty = next(mail for mail in new if mail.to == watched.desk.mailbox.address)
    assert of_duty.kind == HEARD
    of_police = next(mail for mail in new if mail.to == watched.control_room.address)
    assert "It does not end the search" in " ".join(of_police.text.split())
    for mail in new:
        assert not [word for word in ("lorry", "Samir") if word in mail.raw.as_string()]

    duty = open_page()
    site.sign_in(duty, watched.desk.person)
    duty_rings_the_police_with_it(duty, site)
    pass_on()
    assert not [mail for mail in post.mails if mail.kind == ENDED], "the child is missing still"
    duty.goto(site.to(f"/missing/{episode.reference}/"))
    expect(duty.get_by_role("button", name="Confirm with the child")).to_be_visible()
    episode.refresh_from_db()
    assert (episode.status, episode.reported_seen_at) == ("missing", None)


def the_guardian_writes_it_down(page: Page, site: Site, watched: Watched, episode: MissingEpisode) -> None:
    """From the page of the search, on a phone."""
    site.sign_in(page, watched.guardian)
    page.goto(site.to(f"/missing/{episode.reference}/"))
    page.locator("main a[href*='means=message']").click()
    page.get_by_role("group", name="Who received it?").get_by_label("I did").check()
    page.get_by_label("What does it say?").fill(WORDS)
    page.get_by_role("button", name="Record the message").click()
    expect(page.get_by_text("It ends nothing.").first).to_be_visible()


def duty_rings_the_police_with_it(page: Page, site: Site) -> None:
    page.goto(site.to("/"))
    section = page.get_by_role("region", name="Messages from missing children")
    section.get_by_role("button", name="Say what was done").click()
    expect(page.get_by_role("main")).to_contain_text(WORDS)
    page.get_by_label("What was done?").fill("PC Shah has it, 0417/25")
    page.get_by_role("button", name="Save").click()
    page.goto(site.to("/"))
    expect(page.get_by_role("region", name="Messages from missing children")).to_have_count(0)
    assert Trigger.objects.get().answer == "PC Shah has it, 0417/25"
