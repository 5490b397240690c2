"""A child is found by night in one council and sought by another: written down, asked about, recognised, and closed.

Every mail of it is read from a real mail server, and an officer of the force that searches looks in between.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies
from alerts.models import PolicyVersion
from cases import clock, details
from cases.models import FoundChild, MissingEpisode
from tests.browsers import Site
from tests.factories import DutyDesk, Watched, a_duty_desk, a_watched_child, an_authority, missing, seen
from tests.journeys.post import Post
from tests.journeys.test_search import ENDED, duty_ends, pass_on
from tests.mailbox import Caught

HOUR = timedelta(hours=1)
MAY_BE, THEIRS = "A FOUND CHILD MAY BE THIS ONE", "THEY SAY THAT IT IS THEIR CHILD"
# Of whom it is, and where and by what the child was found: in no mail.
UNSAID = ("Selam", "Sellam", "Southmere", "night train", "scar", "Scar")


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    w = a_watched_child(at=now - 30 * HOUR, given_name="Selam", family_name="Tesfay", sex="F")
    looks = {"description": "Burn scar on her forearm"}
    details.change(w.child, looks, topic="looks", version=0, by=w.worker, at=now - 29 * HOUR)
    return w


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=100))
    return missing(watched.child, by=watched.worker, at=now - 20 * HOUR)


@pytest.fixture
def desk(now: datetime) -> DutyDesk:
    return a_duty_desk(an_authority("Harrowfen County"))


def an_officer_reads(page: Page, site: Site, watched: Watched, episode: MissingEpisode) -> None:
    """At the page of the search, in the place of whoever was there."""
    site.hand_over(page, watched.officer)
    page.goto(site.to(f"/missing/{episode.reference}/"))


@pytest.mark.by_turns(8)
def test_a_found_child_is_recognised_by_the_council_that_looks_for_her(
    site: Site,
    watched: Watched,
    episode: MissingEpisode,
    desk: DutyDesk,
    catcher: Caught,
    take_seat: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    post = Post(catcher.box.folder)
    pass_on()
    told = {mail.to for mail in post.mails if episode.reference in mail.text}
    before = len(post.mails)
    finder = take_seat(width=360)
    site.sign_in(finder, desk.person)
    finder.goto(site.to("/"))
    finder.get_by_role("link", name="Found children who do not say who they are").click()
    axe(finder)
    finder.locator("#found-new").click()
    axe(finder)
    finder.get_by_label("Now", exact=True).check()
    finder.get_by_label("Where?").fill("Southmere station")
    finder.get_by_label("Who found the child?").fill("A guard of the night train")
    finder.get_by_role("button", name="Save and look for the child").click()
    expect(finder.get_by_label("Where?")).to_have_value("Southmere station")
    finder.get_by_label("Height, build, hair, eyes, scars and marks").fill("A scar of a burn, forearm")
    finder.get_by_label("Names the child gave").fill("Sellam")
    finder.get_by_label("Sex").select_option(label="Female")
    finder.get_by_role("button", name="Save and look for the child").click()
    line = finder.locator("section[aria-labelledby=likely] article")
    expect(line).to_contain_text(episode.reference)
    expect(line).to_contain_text("a name that sounds alike")
    expect(line).to_contain_text("scar")
    expect(finder.locator("main")).not_to_contain_text("Selam")
    axe(finder)
    finder.get_by_role("button", name="This may be the child").click()
    expect(finder.locator("section[aria-labelledby=asked]")).to_contain_text("no answer yet")
    pass_on()
    asked = post.mails[before:]
    assert {mail.to for mail in asked if mail.kind == MAY_BE} >= {
        watched.desk.mailbox.address,
        watched.worker.email,
    }
    (of_police,) = [mail for mail in asked if mail.to == watched.control_room.address]
    assert "may be the child of this search. Ring the duty line" in " ".join(of_police.text.split())
    found = finder.url
    owner = take_seat(width=1280)
    an_officer_reads(owner, site, watched, episode)
    expect(owner.get_by_role("main")).not_to_contain_text("Ended")

    site.hand_over(owner, watched.desk.person)
    owner.goto(site.to(f"/missing/{episode.reference}/"))
    owner.get_by_role("button", name="Read of the child and answer").click()
    expect(owner.locator("main")).to_contain_text("Southmere station")
    axe(owner)
    owner.get_by_label("It is this child").check()
    owner.get_by_label("How do you know").fill("Her worker spoke to her and knows the scar")
    owner.get_by_role("button", name="Save the answer").click()
    expect(owner.locator("section[aria-labelledby=may-be]")).to_contain_text("It is this child")
    axe(owner)
    episode.refresh_from_db()
    assert episode.status == "missing"
    pass_on()
    assert [mail.to for mail in post.mails if mail.kind == THEIRS] == [desk.mailbox.address]
    assert not [mail for mail in post.mails if mail.kind == ENDED], "recognised is not back"
    # Somebody else has said it: one person on duty records both parts.
    seen(episode.child, by=watched.carer, at=clock.now())
    duty_ends(owner, site, episode)
    pass_on()
    assert {mail.to for mail in post.mails if mail.kind == ENDED} >= told
    an_officer_reads(owner, site, watched, episode)
    expect(owner.get_by_role("main")).to_contain_text("Ended")
    for mail in post.mails:
        assert not [word for word in UNSAID if word in mail.raw.as_string()]

    finder = take_seat(width=360)
    site.hand_over(finder, desk.person)
    finder.goto(found)
    finder.locator("#found-close").click()
    axe(finder)
    finder.get_by_label("It is a child who was looked for").check()
    finder.get_by_label("Which search was it?").select_option(label=episode.reference)
    finder.get_by_label("How is it known").fill("Her council fetches her")
    finder.get_by_role("button", name="Close", exact=True).click()
    expect(finder.locator("main")).to_contain_text("It is a child who was looked for")
    row = FoundChild.objects.get()
    assert (row.outcome, row.episode) == ("identified", episode)
