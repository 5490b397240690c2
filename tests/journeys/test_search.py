"""A search from the report form to its ending: a worker, duty and an officer who is signed in, each in a browser of their own."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import delivery, sweep
from cases import clock
from cases.models import MissingEpisode, SeenReport
from tests.alerts import outgoing
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, seen
from tests.journeys.post import Mail, Post
from tests.mailbox import Caught

ENDED = "THIS ALERT HAS ENDED"


@pytest.mark.by_turns(8)
def test_a_search_from_the_report_to_the_ending_with_the_police_beside_in_a_browser_of_their_own(
    site: Site, catcher: Caught, open_page: Callable[..., Page]
) -> None:
    now = clock.now()
    watched = a_watched_child(at=now - timedelta(minutes=50), given_name="Samir", phone="07700 900111")
    seen(watched.child, by=watched.carer, at=now - timedelta(minutes=30))
    worker, duty, officer = open_page(width=360), open_page(), open_page()
    for page, who in ((worker, watched.worker), (duty, watched.desk.person), (officer, watched.officer)):
        site.sign_in(page, who)
    post = Post(catcher.box.folder)

    episode = the_worker_reports(worker, site, watched)
    pass_on()
    told = read_of_the_report(post, episode, watched)
    the_officer_reads_it(officer, site, episode, link_of(post, watched))
    duty_verifies(duty, site, episode)
    the_officer_finds_the_child(officer, site, episode)
    pass_on()
    assert kinds(post, watched.desk.mailbox.address)["REPORTED SEEN, NOT CONFIRMED"] == 1
    assert ENDED not in kinds(post, watched.control_room.address), "nothing ends on that word"
    duty_ends(duty, site, episode)
    pass_on()
    ended = Counter(mail.to for mail in post.mails if mail.kind == ENDED)
    hear = told | {watched.worker.email}
    assert ended == Counter(dict.fromkeys(hear, 1)), (
        "whoever was told hears the end, and who reported it, once"
    )
    officer.reload()
    expect(officer.get_by_role("main")).to_contain_text("Ended")
    assert not outgoing.broken(clock.now())


def pass_on() -> None:
    """Let the engine come to what is owed by now, and send it over a real wire."""
    sweep.sweep_all(now=clock.now())
    while delivery.deliver(clock=clock.now):
        pass


def kinds(post: Post, address: str) -> Counter[str]:
    return Counter(mail.kind for mail in post.mails if mail.to == address)


def link_of(post: Post, watched: Watched) -> str:
    (mail,) = [one for one in post.mails if one.to == watched.control_room.address]
    return mail.link


def the_worker_reports(page: Page, site: Site, watched: Watched) -> MissingEpisode:
    """On the three screens of the report, on a phone."""
    page.goto(site.to(f"/children/{watched.child.reference}/missing/new/"))
    page.get_by_label("No, I am about to").check()
    page.get_by_label("Where was the child last seen?").fill("The kitchen")
    page.get_by_label("What is the child wearing?").fill("Black jacket")
    page.get_by_label("Was a car seen?").fill("White van, AB12 CDE")
    page.get_by_label("Searched the building and the grounds", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Why are you worried?").fill("Collected by a stranger")
    page.get_by_label("High", exact=True).check()
    page.get_by_label("Reason for this view").fill("New to the area")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send alerts").first.click()
    expect(page.locator("h1")).to_have_text("Reported missing")
    return MissingEpisode.objects.get(child=watched.child)


def read_of_the_report(post: Post, episode: MissingEpisode, watched: Watched) -> set[str]:
    """Read what came to whom; return their addresses. No mail to the police names the child or says what was seen."""
    told = {mail.to for mail in post.mails}
    assert told >= {
        watched.desk.mailbox.address,
        watched.guardian.email,
        watched.control_room.address,
        watched.coordinator.address,
    }
    assert watched.worker.email not in told, "who reported it knows"
    for mail in post.mails:
        assert episode.reference in mail.text
        if mail.to in (watched.control_room.address, watched.coordinator.address):
            tells_nothing(mail)
    return told


def tells_nothing(mail: Mail) -> None:
    whole = mail.raw.as_string()
    assert not [word for word in ("Samir", "AB12", "kitchen", "stranger") if word in whole]


def the_officer_reads_it(page: Page, site: Site, episode: MissingEpisode, link: str) -> None:
    """From the mail's link to what the report said, and the briefing in the order in which call handlers ask."""
    page.goto(link)
    expect(page.locator("h1")).to_contain_text(episode.reference)
    page.goto(site.to("/"))
    page.get_by_role("link", name=episode.reference).first.click()
    expect(page.get_by_role("main")).to_contain_text("Samir")
    page.locator("#briefing").click()
    expect(page.get_by_role("main")).to_contain_text("White van, AB12 CDE")
    expect(page.get_by_role("main")).to_contain_text("07700 900111")


def duty_verifies(page: Page, site: Site, episode: MissingEpisode) -> None:
    page.goto(site.to(f"/missing/{episode.reference}/"))
    page.get_by_role("button", name="Record police reference").click()
    page.get_by_label("Officer’s name").fill("PC Shah")
    page.get_by_label("Police reference").fill("0417/25")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Verified with PC Shah, reference 0417/25").first).to_be_visible()


def the_officer_finds_the_child(page: Page, site: Site, episode: MissingEpisode) -> None:
    page.goto(site.to(f"/missing/{episode.reference}/"))
    expect(page.get_by_role("main")).to_contain_text("0417/25")
    page.get_by_role("button", name="Reported seen").click()
    page.get_by_label("I did").check()
    page.get_by_label("Face to face").check()
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Duty is told. Nothing ends until")).to_be_visible()
    assert SeenReport.objects.filter(episode=episode).exists()


def duty_ends(page: Page, site: Site, episode: MissingEpisode) -> None:
    """Duty rings back, hears the police close, and ends it."""
    page.goto(site.to(f"/missing/{episode.reference}/"))
    page.get_by_role("button", name="Confirm with the child").click()
    page.get_by_label("I saw the child face to face").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Record police closing").click()
    page.get_by_label("Officer’s name").fill("PC Shah")
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="End the episode").click()
    page.get_by_label("How did it end?").select_option("returned")
    page.get_by_label("Now", exact=True).check()
    page.get_by_label("Where is the child now?").fill("At the home")
    page.get_by_label("Well, as far as anybody can see").check()
    page.get_by_label("Not yet", exact=True).check()
    page.get_by_role("button", name="End the episode").click()
    expect(page.get_by_text("The episode has ended.").first).to_be_visible()
