"""A database restored from a dump sends nothing of old: a person is told, switches it on, and decides."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from alerts import delivery, health, heartbeats, sweep
from alerts.models import Message, Outage
from alerts.states import MessageStatus
from cases import clock
from cases.models import ConfigurationChange, Role
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.conftest import moved_to
from tests.faults.kit import story
from tests.faults.kit.server import Server
from tests.faults.kit.sink import once
from tests.faults.kit.stage import PATIENCE, Stage, until

CHILDREN = 100 if FULL else 2
WATCH = "watch@rollcall.example"
MANAGERS = timedelta(minutes=16)
# The backup is made 50 minutes after the first rungs, and comes back half an hour later.
REPORTED, RESTORED = timedelta(minutes=50), timedelta(minutes=80)
# What is promised is two minutes; a small run shortens the watchdog's patience.
PROMISED = 120 if FULL else 10
WHY = "the disk of the old server broke"


def decide(*words: Any, by: str = "", why: str = WHY) -> dict[str, Any]:
    said = StringIO()
    call_command("sending", *words, f"--by={by}", f"--why={why}", "--json", stdout=said)
    return json.loads(said.getvalue())


def sent_by_ids(ids: set[Any]) -> Counter[str]:
    """Whom these messages mail, by address."""
    rows = Message.objects.filter(pk__in=ids, channel="mail").select_related("user", "mailbox")
    return Counter(one.mailbox.address if one.mailbox else one.user.email for one in rows)


def of_the_lost(
    silent: Sequence[Watched], reported: Watched
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Who had heard by mail and by phone when the old server was lost: first rungs, and of a report its first call step.

    That of the report was a batch of its own, so the managers' rung of the silent was still to come; nobody had taken
    what stood at their desks.
    """
    every = [*silent, reported]
    texts = story.first_texts(every) + story.desk_texts([reported], "call_0")
    texts += Counter((one.desk.second.phone, "second") for one in silent)
    return story.first_mails(every) + story.call_mails([reported]), texts


def of_the_time_lost(
    silent: Sequence[Watched], reported: Watched
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Who hears of the time since: of every rung and call step until now, and every home and desk of the outage."""
    every = [*silent, reported]
    mails = Counter(one.desk.mailbox.address for one in every)
    texts = Counter((phone, "outage") for one in every for phone in (one.home.phone, one.desk.shift.phone))
    # The silent had come to the police rung before the outage began, so no roll-call is waited for.
    mails += story.manager_mails(silent) + story.ring_police_mails(silent) + story.call_mails(silent)
    texts += story.manager_texts(silent) + story.desk_texts(silent, "R3") + story.desk_texts(silent, "call_0")
    # Fifteen minutes on, and of the report half an hour; nobody had taken what its first step asked for.
    mails += story.ring_police_mails(every)
    texts += story.desk_texts(every, "call_15") + Counter([(reported.desk.second.phone, "second")])
    mails += Counter([reported.manager.email, reported.control_room.address, reported.coordinator.address])
    return mails, texts + Counter([(reported.manager.phone, "call_30")])


@pytest.mark.by_turns(8)
def test_a_restored_database_sends_nothing_before_a_person_says_so_and_nothing_of_old_unasked(
    stage: Stage, server: Server
) -> None:
    silent = story.silent(CHILDREN)
    reported = factories.a_watched_child(at=story.ARRIVES)
    administrator = factories.a_person(Role.ADMINISTRATOR, authority=reported.authority).email
    stage.set_clock(clock.now(), story.FIRST_RUNGS + MANAGERS)
    sweep.sweep_all(now=clock.now())
    old = set(Message.objects.values_list("pk", flat=True))
    stage.set_clock(clock.now(), story.FIRST_RUNGS + REPORTED)
    factories.missing(reported.child, by=reported.carer, at=clock.now())
    sweep.sweep(now=clock.now())
    heartbeats.beat(heartbeats.SWEEP, at=clock.now())
    heartbeats.beat(heartbeats.DRAIN, at=clock.now())
    recent = set(Message.objects.values_list("pk", flat=True)) - old
    file = stage.folder / "rollcall.dump"
    server.dump(stage.database, file)
    # The service goes on for a while after its backup: all of this is out.
    while delivery.deliver(clock=clock.now):
        pass
    mailed, texted = of_the_lost(silent, reported)
    stage.assert_heard(mails=mailed, texts=texted)
    first = {mail.mail_id: mail.to for mail in stage.sink.accepted}
    lost = {*first, *(str(body["id"]) for body in stage.gateway.posted)}

    server.restore(file)
    stage.database = server.address()
    with moved_to(stage.database):
        stage.set_clock(clock.now(), story.FIRST_RUNGS + RESTORED)
        watchdog = stage.run(
            "watchdog", "-m", "tests.faults.kit.loop", "hasty_watchdog",
            HEARTBEAT_STALE_SECONDS="5", WATCHDOG_CONTACT_EMAIL=WATCH,
        )  # fmt: skip
        told = lambda: [mail for mail in stage.sink.accepted if mail.to == WATCH]  # noqa: E731
        took = until(lambda: bool(told()), seconds=PATIENCE * PROMISED, what=f"word: {watchdog.said}")
        assert "restored from a backup" in told()[0].text
        red = {check.name: check.detail for check in health.read(clock.now()) if not check.ok}
        assert "sending on" in red["sending"]
        assert len(first) == len(stage.sink.accepted) - len(told())
        assert len(stage.gateway.posted) == texted.total()
        assert not Message.objects.filter(status=MessageStatus.SENDING).exists()
        with pytest.raises(CommandError, match="no administrator"):
            decide("on", by=silent[0].worker.email)
        with pytest.raises(CommandError, match="Say why"):
            decide("on", by=administrator, why=" ")
        with pytest.raises(CommandError, match="Not swept"):
            call_command("sweep")

        # Out of service it noticed nothing: the time that was lost ends when it is switched on.
        assert not Outage.objects.exists()
        before = len(stage.sink.accepted) - len(told())
        owed = set(Message.objects.unsent().values_list("pk", flat=True))
        held = decide("on", by=administrator)["held"]
        waiting = {message.pk for message in Message.objects.held()}
        assert {one["id"] for one in held} == {str(pk) for pk in waiting}
        assert waiting >= old & owed
        assert not waiting & recent
        until(
            lambda: not Message.objects.unsent().filter(held_at=None, next_try_at__lte=clock.now()).exists(),
            seconds=PATIENCE * 20 + CHILDREN,
            what="the rest out",
        )
        assert Outage.objects.count() == 1
        out = set(Message.objects.filter(status=MessageStatus.SENT).values_list("pk", flat=True))
        assert out >= recent & owed
        mails = [mail for mail in stage.sink.accepted if mail.to != WATCH]
        assert once(mails[before:]) == sent_by_ids(out)
        # The same Message-ID as before the loss, so a mail server may drop it; and it says how late it is.
        again = [mail for mail in mails[before:] if mail.mail_id in first]
        assert Counter(mail.to for mail in again) == sent_by_ids(recent & owed)
        assert all("late" in mail.text.lower() for mail in again)
        assert "held_messages" in {check.name for check in health.read(clock.now()) if not check.ok}

        dropped = Message.objects.held().get(user=silent[0].guardian).pk
        released = waiting - {dropped}
        decide("drop", str(dropped), by=administrator)
        assert decide("release", "--all", by=administrator)["done"] == len(released)
        until(story.all_done, seconds=PATIENCE * 20 + CHILDREN, what="what was released")
        mails = [mail for mail in stage.sink.accepted if mail.to != WATCH]
        assert once(mails[before:]) == sent_by_ids(out | released)
        # In all: what the lost server had sent, and what has been owed since; and all that it had sent came again,
        # once and under its own id, but what was dropped.
        since_mailed, since_texted = of_the_time_lost(silent, reported)
        assert once(mails) == mailed + since_mailed
        assert stage.gateway.once == texted + since_texted
        assert stage.again() == Counter(
            lost - {one for one, to in first.items() if to == silent[0].guardian.email}
        )
        kinds = ConfigurationChange.objects.filter(subject_type="sending").values_list("kind", "data__why")
        assert list(kinds) == [("sending_on", WHY), ("held_dropped", WHY), ("held_released", WHY)]
        assert watchdog.ended() is None
        assert not story.broken()
        stage.note(
            "Restored from a backup",
            "pg_dump, messages sent, pg_restore into another server half an hour later, a watchdog started",
            owed=(mailed + since_mailed).total() + (texted + since_texted).total() + len(told()),
            took=f"a person is told after {took:.0f} s; {len(waiting)} old messages waited for a decision,"
            f" {len(recent & owed)} went late; the repeats are those the lost server had sent",
        )
