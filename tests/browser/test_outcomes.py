"""Each outcome of a search as duty writes it down in a real browser, and what its page then asks for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies, sweep
from alerts.models import PolicyVersion
from cases import clock, episodes
from cases.models import MissingEpisode
from tests.browsers import Site
from tests.factories import Watched, a_child, a_watched_child, missing, placed, silent

MINUTE = timedelta(minutes=1)
HOSPITAL, FAMILY = (
    "In hospital: who is with the child?",
    "With family: who checked the family and their home?",
)
ADULT = "Detained or housed as an adult: who decided it?"
KEPT = "The bed is kept"
# Of a child who is back nobody asks what becomes of the bed; of all others it is asked.
BACK = {"returned"}


@pytest.fixture
def watched(site: Site) -> Watched:
    long_ago = clock.now() - timedelta(days=100)
    PolicyVersion.objects.filter(key__in=[policies.DUTY, policies.AFTER]).update(takes_effect_at=long_ago)
    return a_watched_child(at=clock.now() - timedelta(days=2), given_name="Samir")


# What each of them cannot go without, and what it opens beside the interview and the risk, asked of all
# [domain.md 1.3 to 1.5, 2b]; a death has its test in test_endings.py.
OF_ALL = ("Offer the return interview and write it down", "Assess the risk again")
OUTCOMES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "returned": ({}, ()),
    "safe_elsewhere": ({}, ()),
    "still_at_risk": ({}, ("Agree who watches over the child tonight, and mark the live concern",)),
    "hospital": (
        {HOSPITAL: "Key worker"},
        ("Have somebody the child knows at the hospital, and give the ward our number",),
    ),
    "arrested": (
        {},
        (
            "Have an appropriate adult at the police station",
            "Have a solicitor for the child before any interview",
            "Ask the solicitor about the defence for victims of trafficking (section 45)",
        ),
    ),
    "treated_as_adult": (
        {ADULT: "Port of Dover"},
        ("Visit the child, and contest that they are treated as an adult",),
    ),
    "with_family": ({FAMILY: "Dina Sorrel"}, ("See the child at the family’s home, and check who they are",)),
    "abroad": ({}, ("Ask the children’s services of that country to see the child, never its embassy",)),
}


def test_each_outcome_is_written_down_and_its_page_asks_for_what_it_must_open(
    site: Site, watched: Watched, open_page: Callable[..., Page]
) -> None:
    duty, screen = watched.desk.person, open_page(width=360)
    site.sign_in(screen, duty)
    for outcome, (named, opened) in OUTCOMES.items():
        at = clock.now() - 30 * MINUTE
        child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=at - MINUTE)
        placed(child, watched.home)
        episode = missing(child, by=watched.worker, at=at)
        episodes.confirm_with_child(episode, how="saw", by=duty, at=at + 10 * MINUTE)
        said = {"officer": "PC 4821 Penrowe", "closed_at": at + 11 * MINUTE, "force": None}
        episodes.record_police_closing(episode, **said, by=duty, at=at + 11 * MINUTE)
        sweep.sweep_all(now=clock.now())
        screen.goto(site.to(f"/missing/{episode.reference}/end/"))
        screen.get_by_label("How did it end?").select_option(outcome)
        screen.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
        screen.get_by_label("Where is the child now?").fill("Northmere")
        screen.get_by_label("Well, as far as anybody can see").check()
        screen.get_by_label("Not yet", exact=True).check()
        for label, words in named.items():
            screen.get_by_label(label).fill(words)
        screen.get_by_role("button", name="End the episode").click()
        if outcome not in BACK:
            expect(screen.locator(".govuk-error-summary")).to_contain_text("Select what becomes of the bed")
            screen.get_by_label(KEPT).check()
            screen.get_by_role("button", name="End the episode").click()
        expect(screen.get_by_text("The episode has ended.").first).to_be_visible()
        episode.refresh_from_db()
        assert episode.outcome == outcome
        main = screen.get_by_role("main")
        for words in (*opened, *OF_ALL):
            expect(main).to_contain_text(words)
        others = {words for _named, asked in OUTCOMES.values() for words in asked} - set(opened)
        for words in others:
            expect(main).not_to_contain_text(words)


def test_a_record_that_was_late_is_ended_by_duty_and_asks_nothing_of_a_child_who_was_never_gone(
    site: Site, watched: Watched, open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    """Nobody wrote anything down and the police were mailed; somebody had seen the child all the time."""
    at = clock.now() - 30 * MINUTE
    child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=at - MINUTE)
    placed(child, watched.home)
    episode = episodes.start_fail_safe(silent(child, at=at), owed_at=at)
    sweep.sweep_all(now=clock.now())
    duty = open_page(width=360)
    site.sign_in(duty, watched.desk.person)
    duty.goto(site.to(f"/missing/{episode.reference}/return/"))
    duty.get_by_label("I saw the child face to face").check()
    duty.get_by_role("button", name="Save").click()
    duty.get_by_role("button", name="Record police closing").click()
    duty.get_by_label("Officer’s name").fill("PC 4821 Penrowe")
    duty.get_by_role("group", name="When did they close it?").get_by_label("Now", exact=True).check()
    duty.get_by_role("button", name="Save").click()
    duty.get_by_role("button", name="End the episode").click()
    # Neither the child's state nor an interview nor the bed is asked of a child who was there.
    duty.get_by_label("How did it end?").select_option("recording_late")
    duty.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
    duty.get_by_label("Where is the child now?").fill("At the home")
    duty.get_by_role("button", name="End the episode").click()
    expect(duty.locator(".govuk-error-summary li")).to_have_text("Enter who had seen the child all the time")
    axe(duty)
    duty.get_by_label("Who found the child").fill("Maren Reid, night carer")
    duty.get_by_role("button", name="End the episode").click()
    expect(duty.get_by_text("The episode has ended.").first).to_be_visible()
    axe(duty)
    main = duty.get_by_role("main")
    expect(main).to_contain_text("Was not missing, recording was late")
    for words in {*OF_ALL, *(words for _named, asked in OUTCOMES.values() for words in asked)}:
        expect(main).not_to_contain_text(words)
    episode.refresh_from_db()
    assert (episode.outcome, episode.ending.found_by) == ("recording_late", "Maren Reid, night carer")
    assert not MissingEpisode.objects.counted().filter(child=child).exists()

    # Of one that somebody reported it is no answer.
    reported = a_child(watched.authority, team=watched.team, worker=watched.worker, at=at - MINUTE)
    placed(reported, watched.home)
    other = missing(reported, by=watched.worker, at=at)
    duty.goto(site.to(f"/missing/{other.reference}/end/"))
    expect(duty.get_by_label("How did it end?").locator("option[value=returned]")).to_have_count(1)
    expect(duty.get_by_label("How did it end?").locator("option[value=recording_late]")).to_have_count(0)
