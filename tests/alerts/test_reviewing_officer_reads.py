"""What a reviewing officer gets at: each address of the site, and every link that stands on a page of theirs."""

import html
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from cases import reviewing_officers
from cases.models import Role, User
from cases.reviewing_officers import Officer
from tests.alerts import matrix
from tests.alerts.bare import without_words
from tests.alerts.matrix import Reader
from tests.alerts.test_strangers import a_child_searched_for
from tests.counts import FULL, a_third
from tests.factories import Watched, a_person

pytestmark = pytest.mark.django_db
# What is about this child, its episode or its people, and answers to whoever reads the record.
OPEN = frozenset(
    {
        "age",
        "child",
        "child_details",
        "child_disclosures",
        "child_due",
        "child_now",
        "child_people",
        "child_placements",
        "child_profile",
        "child_sheet",
        "child_supervisions",
        "child_timeline",
        "council_concerns",
        "document",
        "document_list",
        "episode",
        "episode_briefing",
        "episode_find_me",
        "episode_intelligence",
        "episode_ladder",
        "episode_text",
        "leaving_care",
        "legal",
        "meeting_list",
        "not_arrived",
        "nrm",
        "plan",
        "risk_assessments",
        "transfer",
        "transfer_act",
        "transfer_item",
    }
)
# Sent by whoever has no act there: an act that is not theirs leads back to the page that shows the transfer, and a concern
# is a guardian's, whom the verb asks for.
LEADS_BACK = frozenset({"transfer_act", "transfer_item", "council_concerns", "not_arrived"})


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_child_searched_for(now)


def an_officer(w: Watched, now: datetime) -> User:
    officer = a_person(Role.REVIEWING_OFFICER, authority=w.authority)
    given = Officer(user=officer, starts_at=now)
    reviewing_officers.appoint(w.child, given, by=w.worker, at=now)
    return officer


@pytest.mark.by_turns(8)
def test_they_read_the_record_and_nothing_is_theirs_to_press(
    watched: Watched, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    if not FULL:
        without_words(monkeypatch, settings, now)
    places = [one for one in matrix.places(watched, now) if one.is_about]
    standing = reviewing_officers.serving(watched.child, at=now)
    assert standing is not None
    reviewing_officers.withdraw(standing, reason="Of the table", by=watched.worker, at=now)
    officer = an_officer(watched, now)
    reader, stranger = Reader(officer), Reader(a_person(Role.REVIEWING_OFFICER, authority=watched.authority))
    opened, pressed, strange = set(), set(), set()
    sent = a_third(places, "sent by an officer")
    for place in places:
        if matrix.letter(reader.ask(place.path, "GET")) == "o":
            opened.add(place.name)
        if place in sent and matrix.letter(reader.ask(place.path, "POST")) == "o":
            pressed.add(place.name)
        # What is closed to whoever reviews this child's care is not asked of who reviews another's.
        if place.name in opened | pressed and matrix.letter(stranger.ask(place.path, "GET")) == "o":
            strange.add(place.name)
    assert opened - strange == OPEN, "\n".join(sorted(opened - strange))
    assert pressed - strange <= LEADS_BACK, "what they may send whoever is signed in may send"


@pytest.mark.by_turns
def test_no_link_of_theirs_leads_to_a_page_that_they_do_not_have(
    watched: Watched, now: datetime, client: Client
) -> None:
    client.force_login(an_officer(watched, now))
    waiting, seen, dead = [("/", "")], set(), []
    while waiting:
        page, stood_on = waiting.pop()
        answer = client.get(page, follow=True)
        if answer.status_code != 200:
            dead.append(f"{answer.status_code} {page} on {stood_on}")
            continue
        body = answer.content.decode()
        for href in re.findall(r'<a\b[^>]*href="(/[^"#?]*)', body):
            address = html.unescape(href)
            about = watched.child.reference in address
            if about and address not in seen:
                seen.add(address)
                waiting.append((address, page))
    assert not dead, "\n".join(dead)
    assert len(seen) > 10
