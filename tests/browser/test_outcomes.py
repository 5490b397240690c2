"""Each outcome of a search as duty writes it down in a real browser, and what its page then asks for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies, sweep
from alerts.models import PolicyVersion
from cases import clock, episodes
from tests.browsers import Site
from tests.factories import Watched, a_child, a_watched_child, missing, placed

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
