"""Whoever only reads a child is led to pages that open: a link that is refused says that something is hidden, or broken."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import resolve, reverse

from cases import ages, reviewing_officers
from cases.models import Role
from tests.factories import a_home, a_person, a_watched_child, an_authority, missing, placed

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PAGES = [
    *(
        "child",
        "child_placements",
        "child_people",
        "child_due",
        "child_profile",
        "child_details",
        "child_sheet",
    ),
    *("legal", "plan", "risk_assessments", "nrm", "leaving_care", "meeting_list"),
]
HREF = re.compile(r'<a [^>]*href="(/[^"#?]*)')


@pytest.mark.by_turns(8)
def test_every_link_that_a_reviewing_officer_is_shown_of_a_child_opens(client: Client, now: datetime) -> None:
    w = a_watched_child(at=now - 30 * HOUR)
    said = {"decided_date": (now - 29 * HOUR).date(), "decided_by": "Kent", "grounds": "Looks"}
    ages.decide(w.child, ages.Decision(age_status="disputed", **said), by=w.worker, at=now - 29 * HOUR)
    placed(w.child, a_home(an_authority()), by=w.worker, starts_at=now - 28 * HOUR, at=now - 28 * HOUR)
    reader = a_person(Role.REVIEWING_OFFICER, authority=w.authority)
    officer = reviewing_officers.Officer(user=reader, starts_at=now - 27 * HOUR)
    reviewing_officers.appoint(w.child, officer, by=w.worker, at=now - 27 * HOUR)
    found = missing(w.child, by=w.worker, at=now - HOUR)
    client.force_login(reader)
    pages = [reverse(name, args=[w.child.reference]) for name in PAGES]
    pages.append(reverse("episode", args=[found.reference]))
    led = {}
    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200, page
        main = shown.content.decode().partition("<main")[2].partition("</main>")[0]
        led |= {resolve(href).url_name: (href, page) for href in HREF.findall(unescape(main))}
    refused = {name: way for name, way in led.items() if client.get(way[0]).status_code >= 400}
    assert not refused
