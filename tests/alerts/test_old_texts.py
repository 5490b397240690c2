"""What was sent years ago is emptied of its text and of nothing else, and the record verifies as before."""

import uuid
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg2 import errors

from alerts import emails, old_texts, sending, tasks
from alerts.models import Alert, Message, MessageProof
from cases import clock, legal_holds
from cases.audit import seals
from cases.audit.verification import Verification
from config.celery import app
from tests.alerts import letters
from tests.database import Clone
from tests.factories import Watched, a_watched_child, missing

YEAR = timedelta(days=365)


def sent_to(w: Watched, *, at: datetime) -> None:
    """Two proofs of one message about this child, as a sender writes them."""
    text = f"Ref {w.child.reference}"
    number = Message.objects.count() + 1
    alert = Alert.objects.filter(child=w.child).first() or letters.an_alert(w.child, due_at=at)
    message = letters.owed("duty_no_record", [alert], at=at, number=number, to=w.worker, step=f"R{number}")
    for address in ("one@council.example", "two@council.example"):
        MessageProof.objects.create(
            message=message,
            at=at,
            accepted=True,
            address=address,
            response="250 taken",
            text=text,
            text_digest=emails.digest(text),
        )


def sent_without_alert(text: str, *, at: datetime, **about: Any) -> MessageProof:
    """The proof of a mail that is about no alert."""
    message = Message.objects.create(
        kind="alert",
        wording="police_released",
        step="released",
        channel="mail",
        post="force",
        recipient=f"mail/{uuid.uuid4()}",
        owed_at=at,
        created_at=at,
        next_try_at=at,
        sent_at=at,
        status="sent",
        **about,
    )
    digest = emails.digest(text)
    return MessageProof.objects.create(
        message=message, at=at, accepted=True, address="one@x.example", text=text, text_digest=digest
    )


def texts(w: Watched) -> set[bool]:
    """Whether the proofs about this child have their texts."""
    proofs = MessageProof.objects.filter(message__items__alert__child=w.child, accepted=True)
    assert all(proof.text_digest and proof.address and proof.at for proof in proofs)
    return {bool(text) for text in proofs.values_list("text", flat=True)}


@pytest.fixture
def now(committed: Clone) -> datetime:
    return clock.now()


@pytest.mark.by_turns(8)
def test_old_texts_are_emptied_but_those_under_a_legal_hold_and_the_record_verifies(
    committed: Clone,
    now: datetime,
) -> None:
    old, held, young = (a_watched_child(at=now - years * YEAR) for years in (4, 4, 2))
    for one, years in ((old, 3), (held, 3), (young, 1.5)):
        sent_to(one, at=now - years * YEAR)
    standing = legal_holds.hold(held.child, reason="A claim", by=held.manager, at=now)
    seals.seal(at=now)
    assert texts(old) == texts(held) == texts(young) == {True}
    printed = StringIO()
    call_command("empty_old_texts", stdout=printed)
    assert printed.getvalue().startswith("2 texts from before ")
    assert (texts(old), texts(held), texts(young)) == ({False}, {True}, {True})
    assert list(Verification().findings(now=now)) == []
    legal_holds.lift(standing, reason="Over", seconded_by=held.head, by=held.manager, at=clock.now())
    sending.switch(on=False, at=now)
    tasks.empty_old_texts()
    assert texts(held) == {True}, "a copy of the database empties nothing by itself"
    sending.switch(on=True, at=now)
    tasks.empty_old_texts()
    assert texts(held) == {False}
    # Nothing of the last year, whatever is asked for.
    sent_to(young, at=now - timedelta(days=300))
    assert old_texts.empty(before=now + YEAR, batch=1) == 2
    assert texts(young) == {False, True}
    seals.seal(at=now)
    assert list(Verification().findings(now=now)) == []


@pytest.mark.by_turns
def test_a_hold_keeps_what_names_the_child_in_a_list_or_is_about_it_without_an_alert(
    committed: Clone,
    now: datetime,
) -> None:
    held, other = (a_watched_child(at=now - 4 * YEAR) for _ in range(2))
    at = now - 3 * YEAR
    standing = legal_holds.hold(held.child, reason="A claim", by=held.manager, at=now)

    def of(w: Watched) -> list[MessageProof]:
        """A list of one force, and what names nobody: of an assignment, and of an episode that was read by nobody."""
        names = f"New for you, 2 lines: {w.child.reference}-M1, {other.child.reference}-M4. Ring the desk."
        episode = missing(w.child, by=w.worker, at=now - 4 * YEAR + timedelta(days=90))
        about: list[tuple[str, dict[str, Any]]] = [
            (names, {"force": w.force, "mailbox": w.coordinator}),
            ("A child waits", {"assignment": w.assignment, "user": w.guardian}),
            ("Nobody has read it", {"episode": episode, "user": w.worker}),
        ]
        return [sent_without_alert(text, at=at, **said) for text, said in about]

    kept, emptied = of(held), of(other)
    assert old_texts.empty(before=now) == len(emptied)

    def left() -> list[MessageProof]:
        return list(MessageProof.objects.exclude(text="").order_by("pk"))

    assert left() == kept
    legal_holds.lift(standing, reason="Over", seconded_by=held.head, by=held.manager, at=clock.now())
    assert old_texts.empty(before=now) == len(kept)
    assert left() == []


@pytest.mark.by_turns
def test_a_text_that_is_not_what_its_digest_says_stays_and_keeps_no_other(
    committed: Clone,
    now: datetime,
) -> None:
    changed, old = (a_watched_child(at=now - 4 * YEAR) for _ in range(2))
    for one in (changed, old):
        sent_to(one, at=now - 3 * YEAR)
    proof = MessageProof.objects.earliest("pk")
    MessageProof.objects.create(
        message=proof.message,
        at=proof.at,
        accepted=True,
        address="three@council.example",
        text="Ref, and a link that was left out",
        text_digest=emails.digest("Ref, and a link"),
    )
    assert old_texts.empty(before=now) == 4
    assert (texts(changed), texts(old)) == ({False, True}, {False})
    (found,) = MessageProof.objects.exclude(text="")
    assert found.address == "three@council.example"


def test_it_happens_by_itself_each_night() -> None:
    (beat,) = [
        one for one in app.conf.beat_schedule.values() if one["task"] == "alerts.tasks.empty_old_texts"
    ]
    assert (beat["schedule"].hour, beat["schedule"].minute) == ({3}, {20})


@pytest.mark.by_turns(8)
def test_neither_the_application_nor_the_owner_changes_a_proof_in_any_other_way(
    committed: Clone,
    now: datetime,
) -> None:
    old, young = a_watched_child(at=now - 4 * YEAR), a_watched_child(at=now - YEAR)
    sent_to(old, at=now - 3 * YEAR)
    sent_to(young, at=now - timedelta(days=30))
    seals.seal(at=now)
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("UPDATE alerts_messageproof SET text = ''")
    owner = psycopg2.connect(committed.owner_dsn)
    for statement in (
        "UPDATE alerts_messageproof SET text = ''",
        "UPDATE alerts_messageproof SET text = 'x' WHERE at < now() - interval '1 year'",
        "UPDATE alerts_messageproof SET text = '', address = 'x' WHERE at < now() - interval '1 year'",
        "UPDATE alerts_messageproof SET text = '', text_digest = '' WHERE at < now() - interval '1 year'",
        "DELETE FROM alerts_messageproof",
    ):
        with owner.cursor() as cursor, pytest.raises(errors.IntegrityConstraintViolation):
            cursor.execute(statement)
        owner.rollback()
    owner.close()
    assert texts(old) == texts(young) == {True}
