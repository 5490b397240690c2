"""The timeline: every event in plain words, the engine's noise folded, nothing that a reader may not see."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import duty_tasks, escalations, sweep, timeline
from alerts.event_words import reading
from alerts.models import Clock, DutyTask, Message
from alerts.states import MessageStatus
from alerts.timeline import Asked, Entry, SystemEvents, groups
from cases import children, concerns, contacts, episodes, placements
from cases.access import MATRIX, Permission
from cases.models import Child, Event
from guardians import leaves
from tests.factories import (
    AT,
    Watched,
    a_home,
    a_watched_child,
    an_authority,
    ended,
    missing,
    not_here,
    out,
    seen,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EVERYTHING = frozenset(MATRIX)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def story(child: Child, permissions: frozenset[Permission] = EVERYTHING) -> list[Entry]:
    rows = timeline.of(child, permissions=permissions).rows
    return [row for row in rows if isinstance(row, Entry)]


def titled(child: Child, title: str) -> Entry:
    return next(entry for entry in story(child) if entry.title == title)


def folded(child: Child) -> list[Entry]:
    rows = timeline.of(child, permissions=EVERYTHING).rows
    return [entry for row in rows if isinstance(row, SystemEvents) for entry in row.entries]


def written_kinds() -> set[str]:
    """Every kind of event that the code writes, read from the calls that write them."""
    kinds: set[str] = set()
    texts = [
        path.read_text() for app in ("cases", "guardians", "alerts") for path in (ROOT / app).rglob("*.py")
    ]
    for text in (text for text in texts if "log.record" in text or "log.Entry" in text):
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("record", "Entry"):
                continue
            name = ast.unparse(call.func)
            if name == "log.record":
                kind: ast.AST | None = call.args[1]
            elif name == "log.Entry":
                kind = next((word.value for word in call.keywords if word.arg == "kind"), None)
            else:
                continue
            if isinstance(kind, ast.IfExp):
                kinds |= {ast.literal_eval(kind.body), ast.literal_eval(kind.orelse)}
            elif isinstance(kind, ast.Constant):
                kinds.add(str(kind.value))
    return kinds


def test_every_kind_of_event_that_a_verb_writes_has_words_of_its_own() -> None:
    kinds = written_kinds()
    assert {"contact_recorded", "went_out", "went_away", "climbed", "opened_as_given"} <= kinds
    assert {kind for kind in kinds if not reading.knows(kind)} == {k for k in groups.UNTOLD if k in kinds}


@pytest.mark.by_turns
def test_an_empty_story_has_the_registration_and_the_placement(watched: Watched) -> None:
    entries = story(watched.child)
    assert {entry.title for entry in entries} == {"Registered", "Placed", "Guardian assigned"}
    placed = titled(watched.child, "Placed")
    assert watched.home.name in placed.text
    assert placed.by.startswith(watched.worker.name)


@pytest.mark.by_turns
def test_who_did_it_stands_with_role_and_organisation(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT + HOUR)
    entry = titled(watched.child, "Seen face to face")
    assert entry.by == f"{watched.carer.name}, placement staff, {watched.home.name}"


@pytest.mark.by_turns
def test_newest_comes_first_and_a_late_record_keeps_both_times(watched: Watched) -> None:
    contacts.record(
        watched.child,
        contacts.Sighting(
            witness="Ms Penrowe", witness_role="teacher", told_by="Ms Penrowe", happened_at=AT + HOUR
        ),
        by=watched.worker,
        at=AT + 6 * HOUR,
    )
    seen(watched.child, by=watched.carer, at=AT + 2 * HOUR)
    entries = story(watched.child)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    late = next(entry for entry in entries if "Ms Penrowe" in entry.text)
    assert (late.at, late.recorded_at) == (AT + HOUR, AT + 6 * HOUR)
    assert late.text == "Seen by Ms Penrowe, teacher, told by Ms Penrowe"


@pytest.mark.by_turns
def test_a_withdrawn_contact_stays_struck_through_with_its_reason(watched: Watched) -> None:
    contact = seen(watched.child, by=watched.carer, at=AT + HOUR)
    assert titled(watched.child, "Seen face to face").href
    contacts.withdraw(contact, reason="Recorded for the wrong child", by=watched.worker, at=AT + 2 * HOUR)
    entry = titled(watched.child, "Seen face to face")
    assert entry.withdrawn_reason == "Recorded for the wrong child"
    assert entry.href == ""
    assert "Recorded for the wrong child" in titled(watched.child, "Contact withdrawn").text


def test_tried_and_did_not_want_to_talk_are_told_without_blame(watched: Watched) -> None:
    seen(watched.child, by=watched.worker, at=AT + HOUR, outcome="no_answer", means="phone")
    seen(watched.child, by=watched.worker, at=AT + 2 * HOUR, outcome="did_not_want_to_talk")
    assert titled(watched.child, "Tried, no answer")
    assert titled(watched.child, "Seen, did not want to talk")


@pytest.mark.by_turns
def test_the_engines_noise_is_folded_and_its_turning_points_are_not(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT)
    due_at = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at
    for hour in (1, 2, 3, 4, 14):
        sweep.sweep(now=due_at + hour * HOUR)
    titles = [entry.title for entry in story(watched.child)]
    assert "Nobody recorded seeing this child: episode opened, not confirmed" in titles
    assert "The police were told" in titles
    assert not [title for title in titles if title.startswith(("Silence:", "Text to", "Mail to"))]
    noise = [entry.title for entry in folded(watched.child)]
    assert "Silence: duty was told" in noise
    assert "Text to the home" in noise
    assert "Mail to the police" in noise
    rows = timeline.of(watched.child, permissions=EVERYTHING).rows
    group = next(row for row in rows if isinstance(row, SystemEvents))
    assert group.title in (f"{len(group.entries)} system events", "1 system event")


@pytest.mark.by_turns(8)
def test_a_message_says_what_became_of_it_and_a_failed_one_is_loud(watched: Watched) -> None:
    missing(watched.child, at=AT + HOUR)
    sweep.sweep(now=AT + HOUR)
    police = Message.objects.filter(post="force").earliest("created_at")
    Message.objects.filter(pk=police.pk).update(status=MessageStatus.FAILED, last_error="550 no such mailbox")
    duty = Message.objects.filter(post="duty", channel="text").earliest("created_at")
    Message.objects.filter(pk=duty.pk).update(status=MessageStatus.SENT, sent_at=AT + HOUR + MINUTE)
    loud = titled(watched.child, "Mail to the police was not delivered")
    assert loud.failed
    assert "550 no such mailbox. Phone them now." in loud.text
    texts = [entry.text for entry in folded(watched.child) if entry.title == "Text to duty"]
    assert any(text.endswith("Accepted at 10:01am") for text in texts)


def test_a_whole_episode_is_told_in_past_tense(watched: Watched) -> None:
    episode = not_here(watched.child, by=watched.carer, at=AT + HOUR)
    missing(watched.child, by=watched.worker, at=AT + 2 * HOUR, why_worried="He left his phone behind.")
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="NM-77",
        by=watched.desk.person,
        at=AT + 3 * HOUR,
    )
    seen(watched.child, by=watched.carer, at=AT + 4 * HOUR)
    ended(episode, by=watched.desk.person, at=AT + 5 * HOUR)
    titles = [entry.title for entry in story(watched.child)]
    for title in (
        "Looked, not here",
        "Reported missing",
        "Police reference recorded",
        "Verified with PC 4821 Penrowe",
        "Reported seen, not confirmed",
        "Return confirmed with the child",
        "Police closed their report",
        "Episode ended",
    ):
        assert title in titles
    assert titled(watched.child, "Episode ended").text == "Returned"
    assert titled(watched.child, "Reported missing").text == "He left his phone behind."


def test_leave_placements_risk_and_concerns_are_told_with_their_reasons(watched: Watched) -> None:
    out(watched.child, until=AT + 5 * HOUR, at=AT + HOUR, with_whom="Football club", by=watched.carer)
    concern = concerns.mark(watched.child, reason="A car waits", by=watched.worker, at=AT + HOUR)
    concerns.lift(concern, reason="Gone", seconded_by=watched.manager, by=watched.worker, at=AT + 2 * HOUR)
    children.set_risk(watched.child, "high", reason="New phone", by=watched.worker, at=AT + 2 * HOUR)
    placements.end(
        watched.placement,
        ends_at=AT + 3 * HOUR,
        reason="Home closed",
        by=watched.worker,
        at=AT + 3 * HOUR,
    )
    assert "with Football club" in titled(watched.child, "Went out").text
    assert titled(watched.child, "Live concern marked").text == "A car waits"
    lifted = titled(watched.child, "Live concern lifted").text
    assert lifted == f"Gone. Second person: {watched.manager.name}."
    assert titled(watched.child, "Risk graded high, was not yet assessed").text == "New phone"
    assert titled(watched.child, "Placement ended").text.endswith("Home closed")


@pytest.mark.by_turns
def test_a_mark_that_keeps_the_child_from_somebody_is_for_those_who_may_set_it(watched: Watched) -> None:
    concerns.keep_from(
        watched.child, watched.carer, reason="Owes money to him", by=watched.manager, at=AT + HOUR
    )
    title = f"Kept from {watched.carer.name}"
    rows = timeline.of(watched.child, permissions=EVERYTHING, reader=watched.manager).rows
    found = [row.text for row in rows if isinstance(row, Entry) and row.title == title]
    assert found == ["Owes money to him"]
    assert not [entry for entry in story(watched.child) if entry.title == title]
    others = EVERYTHING - {Permission.KEEP_FROM}
    told = [f"{entry.title} {entry.text}" for entry in story(watched.child, others)]
    assert not [line for line in told if "ept from" in line or "Owes" in line]


def test_an_address_outside_a_home_is_told_only_to_those_who_may_read_it(watched: Watched) -> None:
    host = an_authority("Castlebeck")
    where = placements.Address(
        address="9 Quarry Row",
        postcode="ZZ99 9ZZ",
        phone="01632 960 999",
        authority=host,
        force=host.force,
    )
    placements.start(
        watched.child,
        where=where,
        placement_type="Z1",
        starts_at=AT + HOUR,
        by=watched.worker,
        at=AT + HOUR,
    )
    assert any("9 Quarry Row" in entry.text for entry in story(watched.child))
    others = story(watched.child, EVERYTHING - {Permission.SEE_ADDRESS})
    assert not any("Quarry" in entry.text for entry in others)
    assert any("At an address in Castlebeck (restricted)" in entry.text for entry in others)


def test_a_task_that_duty_finished_says_what_came_of_it(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT)
    due_at = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at
    sweep.sweep(now=due_at + HOUR)
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    duty_tasks.could_not_reach(task, by=watched.desk.person, at=due_at + HOUR)
    done = [entry for entry in folded(watched.child) if entry.title == "Duty’s task done: ring this home"]
    assert [entry.text for entry in done] == ["Could not reach."]


@pytest.mark.by_turns(8)
def test_any_number_of_events_costs_no_more_queries(watched: Watched) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            timeline.of(watched.child, permissions=EVERYTHING, size=500)
        return len(queries)

    def more(at_hour: int) -> None:
        at = AT + at_hour * HOUR
        seen(watched.child, by=watched.carer, at=at)
        children.set_risk(watched.child, "high", reason="New phone", by=watched.worker, at=at)
        concern = concerns.mark(watched.child, reason="A car waits", by=watched.worker, at=at)
        concerns.lift(concern, reason="Gone", seconded_by=watched.manager, by=watched.worker, at=at + MINUTE)
        placements.start(
            watched.child,
            where=a_home(watched.authority),
            placement_type="K2",
            starts_at=at + MINUTE,
            by=watched.worker,
            at=at + MINUTE,
        )
        episode = episodes.report_missing(
            watched.child, episodes.Report(), by=watched.worker, at=at + 2 * MINUTE
        )
        sweep.sweep(now=at + 2 * MINUTE)
        ended(episode, by=watched.desk.person, at=at + 3 * MINUTE)
        sweep.sweep(now=at + 4 * MINUTE)

    more(1)
    few = cost()
    more(3)
    assert Event.objects.filter(child=watched.child).count() > 20
    assert cost() == few


def test_more_entries_of_one_instant_than_a_page_holds_are_shown_together(watched: Watched) -> None:
    for _ in range(4):
        contacts.record(
            watched.child,
            contacts.Sighting(witness="Ms Penrowe", witness_role="teacher", happened_at=AT + HOUR),
            by=watched.worker,
            at=AT + HOUR,
        )
    first = timeline.of(watched.child, permissions=EVERYTHING, size=2)
    assert len(first.rows) >= 2
    found, until = list(first.rows), first.older
    while until is not None:
        page = timeline.of(watched.child, permissions=EVERYTHING, size=2, asked=Asked(until=until))
        found += page.rows
        until = page.older
    assert len(found) == watched.child.events.count()


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["leave", "sickness"])
def test_that_a_guardian_is_not_there_is_read_by_all_and_why_by_none(watched: Watched, kind: str) -> None:
    service = watched.assignment.service
    given = {"starts_at": AT + HOUR, "ends_at": AT + 50 * HOUR, "by": watched.guardian, "at": AT + HOUR}
    leaves.announce(watched.guardian, service, kind=kind, **given)
    told = titled(watched.child, "Guardian will not be there").text
    assert told.startswith(f"{watched.guardian.name}, from ")
    assert " to 4 March" in told
