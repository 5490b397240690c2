"""A search that nobody here can end by having seen the child: a death, and a child in custody.

Duty and an officer have a real browser, one after the other, and what goes out is read from a real mail server and gateway.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from alerts import policies
from alerts.models import PolicyVersion
from cases import clock
from cases.models import MissingEpisode
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing
from tests.journeys.post import Post
from tests.journeys.test_outcomes import EVERY, OF_ALL, OF_DEATH, OUTCOMES
from tests.journeys.test_search import ENDED, pass_on
from tests.mailbox import Caught


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=8), given_name="Samir", family_name="Harcastle")


@pytest.fixture
def post(catcher: Caught) -> Post:
    return Post(catcher.box.folder)


@pytest.fixture
def episode(watched: Watched, now: datetime, post: Post) -> MissingEpisode:
    """Reported half an hour ago, and all who are told then have their mail."""
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=9))
    found = missing(watched.child, by=watched.worker, at=now - timedelta(minutes=30))
    pass_on()
    assert {mail.to for mail in post.mails} >= {watched.control_room.address, watched.guardian.email}
    return found


def asks_for(page: Page, wanted: Collection[str]) -> None:
    """The page asks for these steps, and for no other that an end opens."""
    main = page.get_by_role("main")
    for words in wanted:
        expect(main).to_contain_text(words)
    said = " ".join((main.text_content() or "").split())
    assert said
    assert not [words for words in {*EVERY, *OF_ALL} - set(wanted) if words in said]


def sent_empty(screen: Page, episode: MissingEpisode, site: Site, axe: Callable[[Page], None]) -> None:
    """The way to the form, which is sent empty first."""
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    screen.locator("#told").click()
    expect(screen.locator("h1")).to_contain_text("Told by whoever has the child")
    axe(screen)
    screen.get_by_role("button", name="Save").click()
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    axe(screen)


def told(screen: Page, axe: Callable[[Page], None], **said: str) -> None:
    screen.get_by_label(said["what"]).check()
    screen.get_by_label(said["office"]).check()
    screen.get_by_label("Which office?").fill("Northmere")
    screen.get_by_label("Name and post of whoever told you").fill(said["by"])
    screen.get_by_label("The number you rang").fill(said["phone"])
    screen.get_by_label(said["source"]).check()
    screen.get_by_label("Where exactly?").fill("Contact page")
    screen.get_by_label("Their reference").fill("NG 4471")
    screen.get_by_role("group", name="When did you speak?").get_by_label("15 minutes ago").check()
    screen.get_by_role("button", name="Save").click()
    expect(screen.get_by_text("Still needed: the police close their report.")).to_be_visible()
    axe(screen)


def closed(screen: Page) -> None:
    screen.locator("#police-closing").click()
    screen.get_by_label("Officer’s name").fill("PC Shah")
    screen.get_by_role("group", name="When did they close it?").get_by_label("Now", exact=True).check()
    screen.get_by_role("button", name="Save").click()
    screen.locator("#end").click()


@pytest.mark.by_turns
def test_duty_ends_the_search_for_a_child_who_has_died_on_the_word_of_a_hospital(
    site: Site,
    watched: Watched,
    episode: MissingEpisode,
    post: Post,
    screen: Page,
    axe: Callable[[Page], None],
) -> None:
    site.sign_in(screen, watched.desk.person)
    sent_empty(screen, episode, site, axe)
    told(
        screen,
        axe,
        what="The child has died",
        office="Hospital or ambulance service",
        by="Dr Ines Vanterpool",
        phone="01632 960188",
        source="The office’s own website or switchboard",
    )
    site.sign_in(screen, watched.desk.second)
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    closed(screen)
    pass_on()
    mails, texts = len(post.mails), len(post.texts)
    expect(screen.get_by_label("How did it end?")).to_have_value("died")
    found = screen.get_by_role("group", name="When was the child found")
    expect(found.get_by_label("Earlier"), "as the office said it").to_be_checked()
    screen.get_by_role("button", name="End the episode").click()
    expect(
        screen.get_by_text("Every mail and timer that asks for the child has stopped").first
    ).to_be_visible()
    axe(screen)
    episode.refresh_from_db()
    assert (episode.outcome, episode.child_confirmed_how) == ("died", "death")
    asks_for(screen, OF_DEATH.values())
    pass_on()
    assert len(post.mails) == mails, "nobody learns of it from a mail"
    rung = {(text.phone, text.channel) for text in post.texts[texts:]}
    assert rung == {(watched.director.phone, "text"), (watched.director.phone, "voice")}
    address = screen.url
    site.hand_over(screen, watched.officer)
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    expect(screen.get_by_role("main")).to_contain_text("Ended")
    asks_for(screen, ())

    site.hand_over(screen, watched.desk.second)
    screen.goto(address)
    # What is left for people is ticked off where it stands.
    screen.get_by_role("link", name=OF_DEATH["panel_notified"]).click()
    screen.get_by_label("Done", exact=True).check()
    screen.get_by_label("Who did it and when, or why not?").fill(
        "The head of service, by the Panel’s own form"
    )
    screen.get_by_role("button", name="Save").click()
    expect(screen.get_by_role("main")).to_contain_text("The head of service, by the Panel’s own form")
    axe(screen)


@pytest.mark.by_turns(8)
def test_duty_ends_the_search_for_a_child_in_custody_on_101(
    site: Site,
    watched: Watched,
    episode: MissingEpisode,
    post: Post,
    screen: Page,
    axe: Callable[[Page], None],
) -> None:
    site.sign_in(screen, watched.desk.person)
    screen.goto(site.to(reverse("episode_told", args=[episode.reference])))
    told(
        screen,
        axe,
        what="The child is there, and I spoke to the child",
        office="Police: custody suite or officer in the case",
        by="Sergeant Vale",
        phone="101",
        source="101, and put through by the force",
    )
    site.hand_over(screen, watched.desk.second)
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    closed(screen)
    screen.get_by_label("How did it end?").select_option("arrested")
    found = screen.get_by_role("group", name="When was the child found")
    expect(found.get_by_label("Earlier"), "as the office said it").to_be_checked()
    screen.get_by_label("Where is the child now?").fill("Northmere police station")
    screen.get_by_label("Well, as far as anybody can see").check()
    screen.get_by_label("The bed is kept").check()
    screen.get_by_label("Not yet").check()
    screen.get_by_role("button", name="End the episode").click()
    expect(screen.get_by_text("The episode has ended.").first).to_be_visible()
    axe(screen)
    episode.refresh_from_db()
    assert (episode.outcome, episode.child_confirmed_phone) == ("arrested", "101")
    asks_for(screen, [*OUTCOMES["arrested"].opens.values(), *OF_ALL])
    heard = {mail.to for mail in post.mails}
    pass_on()
    ended = [mail for mail in post.mails if mail.kind == ENDED]
    assert {mail.to for mail in ended} >= heard
    for mail in ended:
        assert not [word for word in ("Samir", "arrest", "station", "Vale") if word in mail.text]
    site.hand_over(screen, watched.officer)
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    expect(screen.get_by_role("main")).to_contain_text("Ended")
    asks_for(screen, ())
