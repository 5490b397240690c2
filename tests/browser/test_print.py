"""What a force and a council print for a search: photo and details, and the briefing, both at their fullest."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import force_offers, sweep
from cases import clock, episodes, find_me, triggers
from cases.models import EpisodeDecision, MissingEpisode, Role, Trigger
from cases.triggers import Stranger
from tests import factories
from tests.browser import printing
from tests.browsers import Site
from tests.factories import Watched

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Kind = EpisodeDecision.Kind
DECIDED = {
    Kind.UKMPU: "told",
    Kind.MISSING_PEOPLE: "referred",
    Kind.PUBLICITY: "yes",
    Kind.CHILD_RESCUE_ALERT: "asked",
}
LONG = "Collected by an adult whom nobody knows, and a grey van waited outside twice this week. "


@pytest.fixture
def watched(site: Site) -> Watched:
    return factories.a_watched_child(at=clock.now() - 3 * DAY, family_name="Harcastle")


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    """Three who came near, everything answered, every decision, findings, updates and a second force that leads."""
    now = clock.now()
    duty = {"by": watched.desk.person}
    for number in range(3):
        who = Stranger(
            how="offered",
            person="A man of about thirty with a scar, one of three",
            phone=f"07700 90045{number}",
            vehicle="White van with a roof rack",
            plate=f"NM2{number} KDR",
            place="The gate of the college in Lowmoor",
        )
        came = {"kind": Trigger.Kind.APPROACH, "happens_at": now - 2 * DAY + number * HOUR, "note": LONG}
        triggers.record([watched.child], stranger=who, **came, by=watched.carer, at=now - DAY)
    factories.photographed(watched.child, by=watched.worker, at=now - DAY)
    found = factories.missing(watched.child, by=watched.worker, at=now - 3 * HOUR, **_all_said(now))
    sweep.sweep_all(now=now - 3 * HOUR)
    second = factories.a_force_mailbox(factories.a_force("Southmere and Kirkby Constabulary")).force
    given = force_offers.offer(
        found, to=second, said_by="DS Vale", reason="Seen there", **duty, at=now - 2 * HOUR
    )
    accepted = {"officer": "Detective Constable Wilhelmina Ward", "reference": "SMK/2026/0004417-A"}
    force_offers.accept(given, **accepted, signed_in=False, **duty, at=now - 110 * MINUTE)
    for kind, answer in DECIDED.items():
        at = now - 90 * MINUTE
        factories.decided(found, kind, answer, by=watched.manager, reference="MP-26-0044171", at=at)
    for number in range(4):
        told = {"source": "police", "told_by": "PC 4821 Penrowe", "heard_at": now - (80 - number) * MINUTE}
        episodes.find_out(found, **told, text=f"{number}: {LONG}", **duty, at=now - 70 * MINUTE)
    for number in range(8):
        text = f"Update {number}: seen near the station with two others, walking towards the market. " * 2
        at = now - timedelta(minutes=60 - number)
        episodes.add_update(found, text=text, side="council", by=watched.worker, at=at)
    return found


def _all_said(now: datetime) -> dict[str, object]:
    """A report in which nothing is left out."""
    steps = ["searched", "phoned_child", "phoned_carers", "friends", "guardian", "places"]
    asked = (
        "out_of_character",
        "before",
        "medical",
        "crime_victim",
        "harm",
        "exploitation",
        "abroad",
        "other",
    )
    return {
        "last_seen_at": now - 5 * HOUR,
        "last_seen_place": "The kitchen of the home, at the back door",
        "last_seen_by": "M. Reid",
        "why_worried": LONG * 3,
        "wearing": "Black puffer jacket, grey joggers, white trainers, a red bag",
        "vehicle": "Grey van, plate begins NM",
        "with_whom": "A man of about thirty",
        "expected_at": "College in Lowmoor",
        "travelling": "By bus towards the coach station",
        "taken": ["phone", "money", "documents", "medicine", "clothes"],
        "child_phone": "07700 900456",
        "phone_state": "off",
        "phone_used": "A message at 8pm, to a friend at college",
        "state_of_mind": "Frightened after a call in the night, and would not eat",
        "weather": "Rain and four degrees, and no coat",
        "court_orders": "Interim care order until 3 February",
        "collected_by": "Dara Minch of the home, 01632 960123, at the back door at any hour",
        "steps": steps,
        "steps_at": {name: (now - 4 * HOUR).isoformat() for name in steps},
        "steps_note": "Asked at the corner shop and the bus station",
        "police_told_by": "101",
        "police_told_at": now - 4 * HOUR,
        "reporter_role": "placement_staff",
        "answers": {
            name: {"said": "yes", "note": "Said so to the key worker last week and on Sunday."}
            for name in asked
        },
        "our_grade": "high",
        "grade_reason": "New here, and collected by somebody whom nobody knows",
        "tell_also": "The chess club, 01632 960144",
    }


def fill(watched: Watched) -> None:
    """Every question of the find-me profile answered at length."""
    given = {"state": "complete", "version": 0, "by": watched.worker, "at": clock.now()}
    for section in find_me.SECTIONS.values():
        said = dict.fromkeys(section.questions, f"{section.key}: as the key worker knows it, {LONG}")
        if said:
            find_me.write(watched.child, section.key, answers=said, **given)


@pytest.mark.by_turns
def test_the_briefing_at_its_fullest_is_two_sides_with_a_photo(
    site: Site, watched: Watched, episode: MissingEpisode, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    site.sign_in(page, watched.desk.person)
    page.goto(site.to(f"/missing/{episode.reference}/briefing/"))
    expect(page.get_by_text("Came near the child")).to_have_count(3)
    expect(page.get_by_text("Southmere and Kirkby Constabulary")).to_be_visible()
    printing.on_paper(page)
    assert not printing.faults(page)
    box = page.locator(".rc-photo").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 4.95 * printing.CENTIMETRE
    assert printing.sides(page) <= 2


@pytest.mark.by_turns(8)
def test_photo_and_details_print_whole_with_the_photo_and_the_profile(
    site: Site, watched: Watched, episode: MissingEpisode, open_page: Callable[..., Page]
) -> None:
    fill(watched)
    page = open_page()
    leading = episodes.lead_of(episode, at=clock.now()).start.force
    site.sign_in(page, factories.a_person(Role.POLICE, force=leading))
    page.goto(site.to(f"/missing/{episode.reference}/profile/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Photo and details")
    printing.on_paper(page)
    assert not printing.faults(page)
    box = page.get_by_alt_text("Photo of the child", exact=True).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 4.95 * printing.CENTIMETRE
    assert printing.sides(page) <= 4
