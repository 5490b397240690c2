"""Who will be told, on the screens of a report: the posts that are then owed a message, and nobody else."""

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import added_forces, reach, sweep
from alerts.ladder_table import POSTS
from alerts.models import Clock, Message
from cases import concerns, reviewing_officers
from cases.models import Placement, Role, User
from tests.factories import (
    Watched,
    a_force,
    a_force_mailbox,
    a_person,
    a_watched_child,
    an_authority,
    an_authority_mailbox,
    confirmed,
    missing,
    not_here,
    planned,
    silent,
)

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The ladders of the search itself; what each step of it owes besides has times of its own.
OF_THE_SEARCH = (Clock.Kind.CALL, Clock.Kind.NOT_HERE, Clock.Kind.CONTACT)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=20))


def in_another_area(w: Watched, now: datetime) -> User:
    """The home is in another council's area, an officer reviews the child's care, and people have added a force."""
    host = an_authority()
    an_authority_mailbox(host)
    Placement.objects.filter(pk=w.placement.pk).update(host_authority=host)
    officer = a_person(Role.REVIEWING_OFFICER, authority=w.authority)
    said = reviewing_officers.Officer(user=officer, starts_at=now - HOUR)
    reviewing_officers.appoint(w.child, said, by=w.worker, at=now - HOUR)
    other = a_force("Westmere Police")
    a_force_mailbox(other)
    added_forces.add(silent(w.child, at=now - 2 * MINUTE), other, by=w.desk.person, at=now - MINUTE)
    return w.carer


def not_there(w: Watched, now: datetime) -> User:
    """The home has pressed *Not here*, and the worker completes the report."""
    not_here(w.child, by=w.carer, at=now)
    return w.worker


def on_the_way(w: Watched, now: datetime) -> User:
    """Seen at the departure, on the way to another force's area; the worker reports it."""
    forces = [w.home.force, a_force("Middlemere Police"), a_force("Southmere Police")]
    for force in forces[1:]:
        a_force_mailbox(force)
    times = {"departs_at": now - HOUR, "apart": 2 * HOUR}
    journey = planned(w.child, by=w.worker, forces=forces, at=now - 2 * HOUR, **times)
    confirmed(journey, 0, by=w.desk.person, at=now - HOUR)
    return w.worker


def no_mailbox(w: Watched, now: datetime) -> User:
    """The force has none: duty is asked to ring it, and so the manager hears at once."""
    w.force.mailboxes.update(ends_at=now - HOUR)
    return w.carer


def owed(*, kinds: tuple[str, ...] = OF_THE_SEARCH) -> set[tuple[str, str]]:
    """Every post and mailbox of a force that is owed a message by the ladders of the search, and how."""
    found = Message.objects.filter(items__alert__clock__kind__in=kinds).exclude(step="late_windows")
    found = found.exclude(step__startswith="second").exclude(step__startswith="failed")
    return {
        (
            f"{one.force.name}, {one.mailbox.get_purpose_display().lower()}"
            if one.force and one.mailbox
            else str(POSTS[one.post]),
            one.get_channel_display().lower(),
        )
        for one in found.select_related("force", "mailbox")
    }


def said(listed: list[reach.Told]) -> set[tuple[str, str]]:
    """The same of a list, without what whoever reads it is to do."""
    told = [one for one in listed if "Ring them" not in one.post]
    return {(one.post, way) for one in told for way in one.channels.split(" and ")}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("story", [in_another_area, not_there, on_the_way, no_mailbox])
def test_the_posts_that_the_page_lists_are_those_that_are_owed_a_message_when_it_is_sent(
    watched: Watched, now: datetime, story: Callable[[Watched, datetime], User]
) -> None:
    by = story(watched, now)
    listed = reach.told_when_missing(watched.child, by=by, now=now)
    episode = missing(watched.child, by=by, at=now)
    sweep.sweep_all(now=now)
    assert said([one for one in listed if one.after is None]) == owed()
    for after in sorted({one.after for one in listed if one.after is not None}):
        sweep.sweep_all(now=now + after)
    assert {post for post, _way in said(listed)} == {post for post, _way in owed()}, episode


@pytest.mark.by_turns
def test_after_not_here_the_manager_hears_at_once_and_is_rung_later_where_no_officer_is_named(
    client: Client, watched: Watched, now: datetime
) -> None:
    not_here(watched.child, by=watched.carer, at=now)
    client.force_login(watched.desk.person)
    page = html.unescape(client.get(f"/children/{watched.child.reference}/missing/quick/").content.decode())
    lines = re.findall(r"<li>((?:Team manager|Second on the rota): .*?)</li>", page)
    assert lines == [
        "Team manager: text message and mail",
        "Second on the rota: text message",
        "Team manager: phone call and mail, after 30 minutes unless an officer is verified",
    ]


@pytest.mark.by_turns
def test_a_post_stays_on_the_list_when_the_child_is_kept_from_whoever_has_it(
    watched: Watched, now: datetime
) -> None:
    """A reviewing officer has none from then on, as on every page (docs/adr/0168)."""
    in_another_area(watched, now)
    before = reach.told_when_missing(watched.child, by=watched.desk.person, now=now)
    officer = User.objects.get(memberships__role=Role.REVIEWING_OFFICER)
    for person in (watched.worker, watched.guardian, officer):
        concerns.keep_from(watched.child, person, reason="An allegation", by=watched.manager, at=now)
    after = reach.told_when_missing(watched.child, by=watched.desk.person, now=now)
    assert [one.post for one in before if one not in after] == ["The child’s reviewing officer"]
    assert {"Social worker", "Guardian"} <= {one.post for one in after}


@pytest.mark.by_turns
def test_more_forces_ask_no_more_questions(watched: Watched, now: datetime) -> None:
    episode = silent(watched.child, at=now - 2 * MINUTE)
    reach.told_when_missing(watched.child, now=now)
    counts = []
    for name in ("Westmere Police", "Eastmere Police"):
        force = a_force(name)
        a_force_mailbox(force)
        added_forces.add(episode, force, by=watched.desk.person, at=now - MINUTE)
        with CaptureQueriesContext(connection) as asked:
            reach.told_when_missing(watched.child, now=now)
        counts.append(len(asked))
    assert counts[0] == counts[1]
