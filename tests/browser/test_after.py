"""What follows an ending, and what is taken along to a search, in a real browser: steps, interview, briefing, text."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies, sweep
from alerts.models import DutyStep, PolicyVersion
from cases import clock, episodes
from cases.models import MissingEpisode, ReturnInterview
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing, photographed, seen

# CSS pixels to a centimetre.
CENTIMETRE = 96 / 2.54


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=9))
    return a_watched_child(
        at=now - timedelta(days=8),
        given_name="Samir",
        family_name="Harcastle",
        script_name="سمير",
        known_as="Sam",
        languages=["Arabic", "Kurdish"],
    )


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(
        watched.child,
        by=watched.worker,
        at=now - timedelta(hours=3),
        why_worried="Collected by an adult nobody knows, a grey van waited outside twice this week. " * 3,
        wearing="Black puffer jacket, grey joggers, white trainers, a red bag",
        vehicle="Grey van, plate begins NM",
        with_whom="A man of about thirty",
        expected_at="College in Lowmoor",
        taken=["phone", "money"],
        child_phone="07700 900456",
        phone_state="off",
        phone_used="A message at 8pm, to a friend at college",
        state_of_mind="Frightened after a call in the night, and would not eat",
        weather="Rain and four degrees, and no coat",
        court_orders="Interim care order until 3 February",
        collected_by="Dara Minch of the home, 01632 960123, at the back door at any hour",
        steps=["searched", "phoned_child", "friends", "guardian", "places"],
        steps_note="Asked at the corner shop and the bus station",
        answers={
            name: {"said": "yes", "note": "Said so to the key worker last week and again on Sunday. " * 2}
            for name in ("out_of_character", "before", "medical", "harm", "exploitation", "abroad", "other")
        },
        our_grade="high",
    )
    sweep.sweep_all(now=now - timedelta(hours=3))
    for number in range(8):
        text = f"Update {number}: seen near the station with two others, walking towards the market. " * 2
        episodes.add_update(
            found, text=text, side="council", by=watched.worker, at=now - timedelta(minutes=90 - number)
        )
    return found


def over(episode: MissingEpisode, watched: Watched, now: datetime, outcome: str = "arrested") -> None:
    duty = watched.desk.person
    given = {"by": duty, "at": now - timedelta(hours=2)}
    episodes.confirm_with_child(episode, how="saw", **given)
    closed = given | {"by": watched.desk.second}
    episodes.record_police_closing(episode, officer="PC Shah", closed_at=given["at"], **closed)
    checked = episodes.Ending(where_now="Northmere police station", condition="well")
    episodes.end(episode, outcome=outcome, ending=checked, **given)
    seen(watched.child, by=watched.carer, at=now - timedelta(hours=1))


@pytest.mark.by_turns
def test_after_an_arrest_the_page_says_what_is_owed_and_the_interview_closes_its_clock(
    site: Site,
    watched: Watched,
    episode: MissingEpisode,
    now: datetime,
    screen: Page,
    axe: Callable[[Page], None],
) -> None:
    over(episode, watched, now)
    site.sign_in(screen, watched.worker)
    screen.goto(site.to(f"/missing/{episode.reference}/"))
    steps = screen.locator("#steps")
    expect(steps).to_contain_text("Have a solicitor for the child before any interview")
    expect(steps).to_contain_text("Ask the solicitor about the defence for victims of trafficking")
    axe(screen)
    screen.locator("#return-interview").click()
    expect(screen.locator("h1")).to_contain_text("Return interview")
    axe(screen)
    screen.get_by_role("button", name="Save the interview").click()
    expect(screen.locator(".govuk-error-summary")).to_be_focused()
    axe(screen)
    group = screen.get_by_role("group", name="When was it offered?")
    group.get_by_label("15 minutes ago").check()
    screen.get_by_label("The child talked with the interviewer").check()
    screen.get_by_label("Who offers or held it?").fill("Dina Sorrel")
    screen.get_by_label("Independent of the carer, the home and the child’s social work team").check()
    screen.get_by_label("Not needed").check()
    screen.get_by_role("group", name="When was it held?").get_by_label("Now", exact=True).check()
    screen.get_by_label("Who was the child with?").fill("A man with a grey van")
    screen.get_by_label("For the police").fill("Grey van, plate begins NM")
    screen.get_by_role("group", name="Does the child agree").get_by_label("Yes", exact=True).check()
    screen.get_by_role("button", name="Save the interview").click()
    expect(screen.get_by_text("The return interview is saved.")).to_be_visible()
    axe(screen)
    screen.locator("#for-police").click()
    expect(screen.get_by_role("textbox").last).to_have_value(re.compile("plate begins NM"))
    axe(screen)
    assert ReturnInterview.objects.get(episode=episode).interviewer == "Dina Sorrel"
    assert DutyStep.objects.get(episode=episode, kind="return_interview").done_at is not None


@pytest.mark.by_turns(8)
def test_the_briefing_is_two_sides_of_a4_with_a_photo_and_the_text_is_copied_by_a_button_or_selected(
    site: Site, watched: Watched, episode: MissingEpisode, open_page: Callable[..., Page], plain: Page
) -> None:
    """The photo is one to know somebody by; without a script the text stands there to be selected."""
    photographed(watched.child, by=watched.worker, at=clock.now())
    page = open_page(width=1280, permissions=["clipboard-read", "clipboard-write"])
    site.sign_in(page, watched.desk.person)
    page.goto(site.to(f"/missing/{episode.reference}/briefing/"))
    page.emulate_media(media="print")
    expect(page.locator(".rc-photo")).to_be_visible()
    box = page.locator(".rc-photo").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 4.95 * CENTIMETRE
    header = page.locator(".rc-print-header")
    expect(header).to_have_text(
        re.compile(
            rf"^OFFICIAL-SENSITIVE – {episode.reference} – printed by {watched.desk.person.name} at .+$"
        )
    )
    printed = page.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))
    assert 1 <= pages <= 2

    page.emulate_media(media="screen")
    page.goto(site.to(f"/missing/{episode.reference}/text/"))
    page.get_by_role("button", name="Copy the text").click()
    expect(page.locator("#status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Why we are worried: Collected by an adult nobody knows" in copied
    assert "Done so far: Searched the building" in copied
    assert copied == page.locator("#copy-text").input_value()

    site.sign_in(plain, watched.officer)
    plain.goto(site.to(f"/missing/{episode.reference}/text/"))
    expect(plain.locator("#copy-text")).to_have_value(re.compile(episode.reference))
    expect(plain.get_by_role("button", name="Copy the text")).to_be_hidden()
