"""Whoever is mailed about a child and follows the link, signed in, comes to a page that opens and on which the child stands."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Min
from django.test import Client

from alerts import emails, sweep
from alerts.models import Clock, Message
from cases import clock, placements, reviewing_officers
from cases.models import Child, Placement, Role, User
from cases.reviewing_officers import Officer
from guardians import assignments
from tests import factories
from tests.alerts import papers
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LINK = re.compile(r"^https?://[^/\s]+(/\S*)$", re.MULTILINE)
REFERENCE = re.compile(r"MC\d\d-\d{6}")

Follow = Callable[..., set[tuple[str, str]]]


@pytest.fixture
def follow(client: Client, monkeypatch: pytest.MonkeyPatch) -> Follow:
    """Go from step to step of these clocks, and follow each mail of a step as whoever reads it; who was told what."""

    def go(kinds: tuple[str, ...], *, until: timedelta, desks: dict[int, User]) -> set[tuple[str, str]]:
        known: set[object] = set()
        told = set()
        now = AT
        while True:
            Clock.objects.exclude(kind__in=kinds).update(next_at=None)
            due = Clock.objects.filter(kind__in=kinds).aggregate(at=Min("next_at"))["at"]
            if due is None or due > AT + until:
                return told
            now = max(due, now + MINUTE)
            monkeypatch.setattr(clock, "now", lambda now=now: now)
            sweep.sweep_all(now=now)
            for message in Message.objects.filter(channel="mail", force=None).exclude(pk__in=known):
                known.add(message.pk)
                reader = message.user or desks.get(message.mailbox_id or 0)
                if reader is not None and not emails.WORDINGS[message.wording].for_police:
                    leads_to_its_child(client, message, reader, now)
                    told.add((message.post, message.wording))

    return go


def leads_to_its_child(client: Client, message: Message, reader: User, now: datetime) -> None:
    text = emails.compose(message, now=now).text
    (link,) = LINK.findall(text)
    client.force_login(reader)
    page = client.get(link, follow=True)
    said = (message.post, message.wording, link)
    assert page.status_code == 200, said
    words = page.content.decode().partition("<main")[2]
    assert all(one in words for one in REFERENCE.findall(text)), said


def desks_of(w: Watched) -> dict[int, User]:
    return {w.desk.mailbox.pk: w.desk.person}


def hosted(w: Watched, *, since: timedelta) -> dict[int, User]:
    """The child lives in the area of another council; whoever stands there reads its duty mailbox."""
    host = factories.an_authority()
    desk, box = factories.a_duty_desk(host), factories.an_authority_mailbox(host)
    placements.start(
        w.child,
        where=factories.a_home(host),
        placement_type=Placement.Type.FOSTER,
        starts_at=AT - since,
        by=w.worker,
        at=AT - since,
    )
    return {**desks_of(w), box.pk: desk.person}


def a_neighbour(w: Watched, at: datetime, **given: Any) -> Child:
    """Another child of the same home, so that a mail is about two."""
    child = factories.a_child(w.authority, team=w.team, at=at, **given)
    factories.placed(child, w.home)
    return child


@pytest.mark.by_turns(8)
def test_of_a_silence_up_to_the_police(follow: Follow) -> None:
    w = factories.a_watched_child(at=AT - 10 * DAY, arrived_at=AT - 12 * DAY)
    desks = hosted(w, since=9 * DAY)
    factories.seen(w.child, by=w.carer, at=AT)
    told = follow(("contact", "call"), until=2 * DAY, desks=desks)
    assert {one for post, one in told if post == "host_duty"} == {"host_missing"}
    assert {"duty_no_record", "told_no_record", "duty_call", "told_missing", "director_call"} <= {
        wording for _, wording in told
    }


@pytest.mark.by_turns(8)
def test_of_a_silence_of_which_no_mail_goes_to_the_police(follow: Follow) -> None:
    w = factories.a_watched_child(at=AT - 60 * DAY, arrived_at=AT - 100 * DAY)
    desks = hosted(w, since=40 * DAY)
    reader = factories.a_person(Role.REVIEWING_OFFICER, authority=w.authority)
    officer = Officer(user=reader, starts_at=AT - 5 * DAY)
    reviewing_officers.appoint(w.child, officer, by=w.worker, at=AT - 5 * DAY)
    factories.seen(w.child, by=w.worker, at=AT)
    told = follow(("contact", "call"), until=5 * DAY, desks=desks)
    assert {("officer", "head_no_record"), ("head", "head_no_record"), ("host_duty", "host_missing")} <= told
    assert ("host_duty", "head_no_record") not in told
    mail = emails.compose(Message.objects.get(wording="host_missing"), now=AT + 5 * DAY).text
    assert "NO RECORD OF A CHILD IN YOUR AREA" in mail
    assert "in your area since 9am on 2 March UK time" in " ".join(mail.split())


@pytest.mark.by_turns
def test_of_a_second_pair_of_eyes(follow: Follow) -> None:
    w = factories.a_watched_child(at=AT - 6 * DAY, arrived_at=AT - 100 * DAY)
    for day in range(6):
        factories.seen(w.child, by=w.carer, at=AT - day * DAY)
    told = follow(("second_eyes",), until=20 * DAY, desks=desks_of(w))
    assert {post for post, _ in told} == {"duty", "worker", "manager", "head", "director"}


@pytest.mark.by_turns(8)
def test_of_children_without_a_guardian(follow: Follow) -> None:
    w = factories.a_watched_child(at=AT - 10 * DAY, arrived_at=AT - 100 * DAY, trafficking="yes")
    a_neighbour(w, AT - 10 * DAY, worker=w.worker, trafficking="yes")
    assignments.end(w.assignment, reason="left", by=w.worker, at=AT - 9 * DAY)
    told = follow(("guardian",), until=20 * DAY, desks=desks_of(w))
    assert {post for post, _ in told} >= {"duty", "worker", "manager", "head", "director"}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("several", [False, True])
def test_of_children_without_a_social_worker(several: bool, follow: Follow) -> None:
    w = factories.a_watched_child(at=AT - 10 * DAY, arrived_at=AT - 100 * DAY)
    for _ in range(1 + several):
        a_neighbour(w, AT)
    told = follow(("no_worker",), until=20 * DAY, desks=desks_of(w))
    assert {post for post, _ in told} == {"duty", "manager", "head", "director"}


@pytest.mark.by_turns
def test_of_paper(follow: Follow) -> None:
    papers.asked_for(AT - 9 * DAY)
    w = factories.a_watched_child(at=AT, arrived_at=AT - 100 * DAY)
    told = follow(("paperwork",), until=30 * DAY, desks=desks_of(w))
    assert {post for post, wording in told if wording == "paper_due"} >= {"duty", "worker", "manager", "head"}
