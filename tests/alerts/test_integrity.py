"""The promise asked row by row: a healthy story has nothing to say, and each planted breakage is found by reference."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from alerts import (
    channels,
    clocks,
    delivery,
    failures,
    integrity,
    policies,
    second_calls,
    sweep,
    watching,
)
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageItem, PolicyVersion
from alerts.states import AlertStatus
from cases import photos, presence
from cases.models import (
    ChildGroupPermission,
    Contact,
    Event,
    MissingEpisode,
    Placement,
    Responsibility,
    SeenReport,
)
from guardians import leaves
from tests import factories
from tests.alerts.papers import asked_for
from tests.counts import FULL, counts
from tests.database import Clone
from tests.factories import AT, Watched

CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
# Everything of the story has happened, and nothing is owed for the next minutes.
NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
AMISS = "clocks that are not what the facts say"
LATE = "clocks that the sweep has not looked at in time"
NOT_TAKEN = "messages ready to go that no sender has taken"
NO_FILE = "photos and documents whose file is not on the disk"


class Story:
    """One child found late, one reported missing and ended, one silent whom the police are looking for, one of a house."""

    def __init__(self) -> None:
        self.found = factories.a_watched_child()
        self.back = factories.a_watched_child()
        self.lost = factories.a_watched_child()
        home = factories.a_home()
        self.mates = [factories.a_watched_child(home=home) for _ in range(2)]
        # Whenever anything is owed or done, and in full each five minutes.
        owed = (30, 40, 50, 60, 65, 90, 105, 120, 150, 180, 210)
        for after in counts(owed, range(25, int((NOW - CLOSES).total_seconds() // 60), 5)):
            self.go_on(CLOSES + timedelta(minutes=after))
        self.go_on(NOW)

    def go_on(self, now: datetime) -> None:
        if now == CLOSES + timedelta(minutes=40):
            factories.seen(self.found.child, by=self.found.carer, at=now)
            factories.seen(self.mates[0].child, by=self.mates[0].carer, at=now)
            factories.missing(self.back.child, by=self.back.carer, at=now)
        if now == CLOSES + timedelta(minutes=50):
            factories.seen(self.back.child, by=self.back.carer, at=now)
        if now == CLOSES + timedelta(minutes=60):
            factories.ended(MissingEpisode.objects.get(child=self.back.child), at=now)
            factories.seen(self.mates[1].child, by=self.mates[1].carer, at=now)
        sweep.sweep_all(now=now)
        while delivery.deliver(clock=lambda: now):
            pass
        sweep.sweep_all(now=now)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.MailChannel, "send", lambda self, mail: "250 Kept")
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: "202")


def broken(now: datetime = NOW) -> dict[str, tuple[str, ...]]:
    return {answer.question: answer.references for answer in integrity.check(now) if answer.references}


def said_of(question: str, now: datetime = NOW) -> set[str]:
    """What this question names, asked alone: all of them take a second, and are asked of each breakage in ./run faults."""
    if FULL:
        return set(broken(now).get(question, ()))
    return {
        one
        for _invariant, words, references in integrity.QUESTIONS
        if words == question
        for one in references(now)
    }


def contact_clock(one: Watched) -> Any:
    return Clock.objects.filter(child=one.child, kind="contact")


def open_alert(one: Watched) -> Alert:
    return Alert.objects.get(child=one.child, clock__kind="contact", status=AlertStatus.OPEN)


# Each breakage: what it is called, how it is planted as the application, and the reference that must be named.
Plant = tuple[str, str, Callable[[Story], Any], Callable[[Story], str]]
PLANTS: tuple[Plant, ...] = (
    (
        "a clock that is gone",
        "clocks that are not what the facts say",
        lambda s: (
            Alert.objects.filter(child=s.found.child).update(clock=open_alert(s.lost).clock, round=7),
            gone(contact_clock(s.found)),
        ),
        lambda s: f"{s.found.child.reference} contact",
    ),
    (
        "a clock put off",
        "clocks that are not what the facts say",
        lambda s: contact_clock(s.found).update(due_at=NOW + timedelta(days=9)),
        lambda s: f"{s.found.child.reference} contact",
    ),
    (
        "a clock that nobody will look at",
        "clocks that are not what the facts say",
        lambda s: contact_clock(s.found).update(next_at=None),
        lambda s: f"{s.found.child.reference} contact",
    ),
    (
        "an open alert whose next rung never comes",
        "clocks that are not what the facts say",
        lambda s: contact_clock(s.lost).update(next_at=None),
        lambda s: f"{s.lost.child.reference} contact",
    ),
    (
        "a call ladder that stands still",
        "clocks that are not what the facts say",
        lambda s: (
            gone(AlertStep.objects.filter(alert__child=s.lost.child, step="call_120")),
            Clock.objects.filter(child=s.lost.child, kind="call").update(next_at=None),
        ),
        lambda s: f"{s.lost.child.reference} call",
    ),
    (
        "a clock not swept",
        "clocks that the sweep has not looked at in time",
        lambda s: contact_clock(s.found).update(next_at=NOW - timedelta(minutes=3)),
        lambda s: f"{s.found.child.reference} contact",
    ),
    (
        "a child past due without an alert",
        "children past due without an alert, an episode or a rung to come",
        lambda s: contact_clock(s.found).update(next_at=None, due_at=NOW - timedelta(minutes=3)),
        lambda s: s.found.child.reference,
    ),
    (
        "an episode whose call clock is gone",
        "episodes owed to the police without a call ladder",
        lambda s: (
            Alert.objects.filter(clock__kind="call", child=s.lost.child).update(
                clock=open_alert(s.lost).clock, round=7, status="ended", ended_at=NOW
            ),
            gone(Clock.objects.filter(child=s.lost.child, kind="call")),
        ),
        lambda s: f"{s.lost.child.reference}-M1",
    ),
    (
        "a step whose messages are gone",
        "steps climbed without their messages",
        lambda s: gone(MessageItem.objects.filter(alert=open_alert(s.lost), step="R3")),
        lambda s: f"{s.lost.child.reference} R3",
    ),
    (
        "a sender gone for good",
        "messages whose sender is gone and that nobody took over",
        lambda s: a_message(s.lost, status="sending", sent_at=None, lease_until=NOW - timedelta(minutes=3)),
        lambda s: str(message_of(s.lost).pk),
    ),
    (
        "a message that no sender takes",
        "messages ready to go that no sender has taken",
        lambda s: a_message(s.lost, status="queued", sent_at=None, next_try_at=NOW - timedelta(minutes=3)),
        lambda s: str(message_of(s.lost).pk),
    ),
    (
        "a failure without a task",
        "messages that failed without a task to phone",
        lambda s: a_message(s.lost, status="failed", sent_at=None),
        lambda s: str(message_of(s.lost).pk),
    ),
    (
        "one of those told who is not told of the end",
        "ended alerts of which somebody was told and not of the ending",
        lambda s: gone(
            MessageItem.objects.filter(
                alert__child=s.found.child, step="ending", recipient=f"mail/user:{s.found.worker.pk}"
            )
        ),
        lambda s: f"alert {Alert.objects.get(child=s.found.child).pk}",
    ),
    (
        "a task about nothing",
        "open tasks about nothing",
        lambda s: DutyTask.objects.filter(items__alert__child=s.found.child).update(done_at=None, answer=""),
        lambda s: f"task {DutyTask.objects.get(items__alert__child=s.found.child).pk}",
    ),
    (
        "a grant without a fact",
        "grants that do not follow from a fact",
        lambda s: ChildGroupPermission.objects.filter(content_object=s.found.child).update(
            content_object=s.back.child
        ),
        lambda s: f"{s.back.child.reference} watch_over_child person:{s.found.guardian.pk}",
    ),
    (
        "a force's grant that is gone while it searches",
        "grants that do not follow from a fact",
        lambda s: gone(
            ChildGroupPermission.objects.filter(
                content_object=s.back.child, permission__codename="search_for_child"
            )
        ),
        lambda s: f"{s.back.child.reference} search_for_child force:{s.back.force.pk}",
    ),
    (
        "a search called off by one",
        "searches called off without both confirmations",
        lambda s: SeenReport.objects.filter(episode__child=s.back.child).update(
            reported_by=MissingEpisode.objects.get(child=s.back.child).child_confirmed_by
        ),
        lambda s: f"{s.back.child.reference}-M1",
    ),
    (
        "a sighting in the future",
        "sightings dated in the future",
        lambda s: Contact.objects.filter(child=s.found.child).update(happened_at=NOW + timedelta(days=1)),
        lambda s: f"{s.found.child.reference} contact {Contact.objects.get(child=s.found.child).pk}",
    ),
    (
        "an event rewritten",
        "events whose chain does not verify",
        lambda s: Event.objects.filter(child=s.found.child, number=2).update(data={"told": "otherwise"}),
        lambda s: f"{s.found.child.reference} event 2",
    ),
    (
        "an event taken out",
        "events whose chain does not verify",
        lambda s: gone(Event.objects.filter(child=s.found.child, number=2)),
        lambda s: f"{s.found.child.reference} event 3",
    ),
    (
        "a change without an event",
        "changes of a child's rows that no event tells of",
        lambda s: type(s.found.child).objects.filter(pk=s.found.child.pk).update(description="Red coat"),
        lambda s: f"{s.found.child.reference} event {s.found.child.events.count() + 1}",
    ),
    (
        "a child of nobody",
        "children without a responsible authority from registration on",
        lambda s: gone(Responsibility.objects.filter(child=s.found.child)),
        lambda s: s.found.child.reference,
    ),
)


def message_of(one: Watched) -> Message:
    return Message.objects.filter(items__alert__child=one.child, post="director").order_by("pk")[0]


def a_message(one: Watched, **fields: Any) -> None:
    Message.objects.filter(pk=message_of(one).pk).update(**fields)


def gone(rows: QuerySet[Any]) -> None:
    """Delete as the database would, without asking who still points there: all of it is rolled back."""
    rows.model.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))._raw_delete("default")


def test_a_healthy_story_has_nothing_to_say_and_each_breakage_is_found(
    told: None, committed: Clone, subtests: pytest.Subtests
) -> None:
    story = Story()
    assert broken() == {}
    with as_owner(committed):
        for name, question, plant, reference in PLANTS:
            with subtests.test(name), transaction.atomic():
                without_triggers()
                plant(story)
                assert reference(story) in said_of(question)
                transaction.set_rollback(True)
        assert broken() == {}


@pytest.mark.django_db
def test_what_was_just_owed_is_no_broken_promise_yet() -> None:
    factories.a_watched_child()
    assert not said_of(LATE, CLOSES + timedelta(minutes=31))
    assert said_of(LATE, CLOSES + timedelta(minutes=33))
    if FULL:
        assert broken(CLOSES + timedelta(minutes=31)) == {}
        assert set(broken(CLOSES + timedelta(minutes=33))) == {LATE}


@pytest.mark.django_db
def test_a_leave_that_begins_is_no_broken_promise_until_the_sweep_is_late() -> None:
    one = factories.a_watched_child(at=AT, trafficking="yes")
    goes = AT + timedelta(days=2)
    leaves.announce(
        one.guardian, one.assignment.service, kind="leave", starts_at=goes, ends_at=goes + timedelta(days=7),
        by=one.guardian, at=AT,
    )  # fmt: skip
    clocks.recompute([one.child.pk], at=AT + timedelta(minutes=1))
    of_guardian = Clock.objects.filter(child=one.child, kind="guardian")
    assert of_guardian.get().next_at == goes
    assert f"{one.child.reference} guardian" not in said_of(AMISS, goes + timedelta(seconds=1))
    of_guardian.update(due_at=goes + timedelta(hours=1), next_at=goes + timedelta(days=1))
    assert f"{one.child.reference} guardian" in said_of(AMISS, goes + timedelta(seconds=1))


# What is written of a child, the name of the table that has it, and a clock that is another for it.
FORGOTTEN: tuple[tuple[str, Callable[[Watched, datetime], Any], str], ...] = (
    ("cases_absence", lambda w, at: factories.out(w.child, at=at, until=at + 6 * HOUR), "contact"),
    ("cases_missingepisode", lambda w, at: factories.missing(w.child, by=w.worker, at=at), "contact"),
    ("cases_contact", lambda w, at: factories.seen(w.child, by=w.carer, at=at), "contact"),
    # It has been there since the child has.
    ("paper guardians_guardianassignment", lambda w, at: None, "paperwork"),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "write", "kind"), FORGOTTEN, ids=[one[0] for one in FORGOTTEN])
def test_a_table_that_the_engine_does_not_ask_for_is_found(
    table: str, write: Callable[[Watched, datetime], Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What clocks are read from is asked for table by table; who checks them asks nobody which of these to read."""
    asked_for()
    w = factories.a_watched_child()
    at = AT + 4 * HOUR
    write(w, at)
    assert not said_of(AMISS, at)
    asked = presence.found
    monkeypatch.setattr(presence, "found", lambda *words, **said: asked(*words, **said) - {table})
    clocks.recompute([w.child.pk], at=at)
    assert f"{w.child.reference} {kind}" in said_of(AMISS, at)


@pytest.mark.django_db
def test_whoever_checks_goes_by_no_answer_of_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for()
    for kind in (Placement.Type.CHILDRENS_HOME, Placement.Type.FOSTER):
        w = factories.a_watched_child(placement_type=kind, trafficking="yes")
        factories.seen(w.child, by=w.carer, at=AT + HOUR)
    factories.missing(w.child, by=w.worker, at=AT + HOUR)

    def refuse(*words: object, **said: object) -> None:
        raise AssertionError("asked what is there")

    monkeypatch.setattr(presence, "found", refuse)
    integrity.check(AT + 2 * HOUR)


@pytest.mark.django_db
def test_all_is_read_in_as_many_questions_of_many_children_as_of_one() -> None:
    asked_for()
    some = [factories.a_watched_child() for _ in range(2)]
    for one in some:
        factories.seen(one.child, by=one.guardian, at=AT + HOUR)
        factories.photographed(one.child, at=AT + HOUR)

    def asked(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as queries:
            watching.whole(ids, papers=True, at=AT + 2 * HOUR)
        return len(queries)

    ids = [one.child.pk for one in some]
    assert asked(ids) == asked(ids[:1])


@pytest.mark.django_db
def test_each_duty_step_of_an_episode_is_asked_about_its_own_clock() -> None:
    in_force = PolicyVersion.objects.filter(key__in=(policies.DUTY, policies.AFTER))
    in_force.update(takes_effect_at=CLOSES - timedelta(days=100))
    watched = factories.a_watched_child()
    episode = factories.missing(watched.child, by=watched.worker, at=CLOSES)
    sweep.sweep_all(now=CLOSES)
    factories.ended(episode, outcome="arrested", at=CLOSES + timedelta(minutes=30))
    for minutes in (31, 32):
        sweep.sweep_all(now=CLOSES + timedelta(minutes=minutes))
    then = CLOSES + timedelta(minutes=33)
    steps = Clock.objects.filter(kind=Clock.Kind.DUTY, next_at__isnull=False)
    assert steps.count() > 3
    assert not said_of(AMISS, then)
    assert not FULL or broken(then) == {}
    steps.filter(duty="solicitor").update(next_at=None)
    assert said_of(AMISS, then) == {f"{watched.child.reference} duty"}
    assert not FULL or set(broken(then)) == {AMISS}


@pytest.mark.django_db
def test_a_photo_whose_picture_is_gone_from_the_disk_or_empty_is_named_withdrawn_or_not(
    photo_root: Path,
) -> None:
    watched = factories.a_watched_child()
    kept, shown, withdrawn = (factories.photographed(watched.child) for _ in range(3))
    photos.withdraw(withdrawn, reason="Not this child", by=watched.worker, at=factories.AT)
    assert not said_of(NO_FILE, factories.AT)

    for photo, size, way in ((shown, "face", "gone"), (withdrawn, "full", "empty")):
        (file,) = photo_root.rglob(f"{photo.token}-{size}.jpg")
        file.unlink() if way == "gone" else file.write_bytes(b"")

    reference = watched.child.reference
    assert said_of(NO_FILE, factories.AT) == {
        f"{reference} photo {shown.pk} face",
        f"{reference} photo {withdrawn.pk} full",
    }
    assert kept.pk < shown.pk < withdrawn.pk


@pytest.mark.django_db
def test_messages_held_back_on_purpose_are_not_forgotten(settings: Any) -> None:
    factories.a_watched_child()
    sweep.sweep_all(now=CLOSES + timedelta(minutes=31))
    assert said_of(NOT_TAKEN, CLOSES + timedelta(minutes=40))
    settings.SENDING = False
    assert not said_of(NOT_TAKEN, CLOSES + timedelta(minutes=40))
    assert not FULL or broken(CLOSES + timedelta(minutes=40)) == {}


def test_the_command_says_by_its_exit_code_whether_the_promise_holds(
    committed: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_integrity")
    assert "BROKEN" not in capsys.readouterr().out
    call_command("check_integrity", "--json")
    assert not any(one["references"] for one in json.loads(capsys.readouterr().out))
    watched = factories.a_watched_child()
    with as_owner(committed):
        gone(Clock.objects.filter(child=watched.child))
    with pytest.raises(SystemExit) as ended:
        call_command("check_integrity", "--json")
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert {tuple(sorted(one)) for one in said} == {("invariant", "question", "references")}
    assert [one["question"] for one in said] == [words for _invariant, words, _asked in integrity.QUESTIONS]
    assert watched.child.reference in str([one["references"] for one in said])


@contextmanager
def as_owner(clone: Clone) -> Iterator[None]:
    """Speak to the clone as the schema's owner, who may do what the application may not."""
    settings, owner = connection.settings_dict, urlsplit(clone.owner_url)
    before = {name: settings[name] for name in ("USER", "PASSWORD")}
    connection.close()
    settings |= {"USER": unquote(owner.username or ""), "PASSWORD": unquote(owner.password or "")}
    try:
        yield
    finally:
        connection.close()
        settings |= before


def without_triggers() -> None:
    """Switch off what refuses even the owner, until the rollback."""
    with connection.cursor() as cursor:
        for table in ("cases_event", "cases_contact", "cases_responsibility"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE cases_contact DROP CONSTRAINT contact_not_in_the_future")


@pytest.mark.django_db
def test_a_second_person_who_was_not_reached_about_a_call_breaks_no_promise() -> None:
    w, late = factories.a_watched_child(), CLOSES + timedelta(minutes=31)
    sweep.sweep_all(now=late)
    text = Message.objects.get(channel="text", step="R0", items__alert__child=w.child)
    refuse(text, at=late)
    later = late + timedelta(minutes=16)
    second_calls.ring_second(now=later)
    task = DutyTask.objects.get(kind="phone_them", message=text)
    refuse(Message.objects.get(step=f"second:{task.pk}", channel="text"), at=later)
    assert list(integrity._failures_without_task(later)) == []
    # Of each other message the task is missed.
    DutyTask.objects.filter(pk=task.pk).update(message=None)
    assert list(integrity._failures_without_task(later)) == [str(text.pk)]


def refuse(text: Message, *, at: datetime) -> None:
    Message.objects.filter(pk=text.pk).update(status="failed", last_error="410 No such number")
    failures.reach_a_person(text, at=at)
