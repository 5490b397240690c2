"""What waits to go as one mail, with its sender killed or its connection lost: each item once, or again in the same mail."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest

from alerts import sweep
from alerts.models import Message
from cases import clock
from cases.models import Placement
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Stage, until

# Of each reader so many children, and how often a sender is killed with one reader's mail in its hand.
READERS, CHILDREN, KILLS = (40, 5, 20) if FULL else (3, 3, 2)
WAITS = timedelta(minutes=10)
# The pause after a second failure with its jitter, in seconds.
SECOND_PAUSE = 12.5


@pytest.fixture
def bundling(stage: Stage, settings: Any) -> Stage:
    """A stage on which what is for somebody's information waits for more to the same reader, as shipped."""
    settings.BUNDLE_SECONDS = WAITS.seconds
    stage.more["BUNDLE_SECONDS"] = str(WAITS.seconds)
    return stage


def another(first: Watched) -> Placement:
    """Where another silent child of the same social worker is: in another home."""
    child = factories.a_child(first.authority, team=first.team, worker=first.worker, at=story.ARRIVES)
    home = factories.a_home(first.authority)
    return factories.placed(child, home, starts_at=story.ARRIVES, at=story.ARRIVES)


def waiting(stage: Stage) -> dict[Watched, list[Placement]]:
    """Readers with where all their children are; of each first rung only what waits for them is still to go, and it is ready."""
    firsts = story.silent(READERS)
    children = {first: [first.placement, *(another(first) for _ in range(CHILDREN - 1))] for first in firsts}
    sweep.sweep_all(now=clock.now())
    story.send_all()
    waits = Message.objects.unsent()
    assert waits.count() == READERS * (CHILDREN + 1)
    stage.set_clock(clock.now(), clock.now() + WAITS)
    return children


def each_is_told_of_once(stage: Stage, children: dict[Watched, list[Placement]], *, mails: int = 1) -> int:
    """The exact mails of every reader, each child in one of them; how many came again, the same children in each."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    named: dict[str, set[str]] = {}
    for mail in stage.sink.accepted:
        found = {ref for own in children.values() for one in own if (ref := one.child.reference) in mail.text}
        assert named.setdefault(mail.mail_id, found) == found
    workers = {first.worker.email: own for first, own in children.items()}
    for mail_id, to in {(mail.mail_id, mail.to) for mail in stage.sink.accepted if mail.to in workers}:
        told[to] += Counter(named[mail_id])
    assert told == {to: Counter(one.child.reference for one in own) for to, own in workers.items()}
    # A guardian reads of the one child that is theirs, a desk of each home by itself.
    expected = Counter(dict.fromkeys(workers, 1)) + Counter(first.guardian.email for first in children)
    expected += Counter(first.desk.mailbox.address for first, own in children.items() for _ in own)
    for first in list(children)[: mails - 1]:
        expected[first.worker.email] += 1
    assert once(stage.sink.accepted) == expected
    # Each home is texted, and the desk of each.
    texts = Counter((one.home.phone, "R0") for own in children.values() for one in own if one.home)
    texts += Counter((first.desk.shift.phone, "R1") for first, own in children.items() for _ in own)
    assert stage.gateway.once == texts
    assert len(stage.gateway.posted) == texts.total()
    assert story.all_sent()
    assert not story.broken()
    return repeats(stage.sink.accepted)


@pytest.mark.by_turns(8)
def test_a_sender_killed_with_a_bundled_mail_in_its_hand_repeats_it_whole_and_what_came_since_goes_by_itself(
    bundling: Stage,
) -> None:
    stage, children = bundling, waiting(bundling)
    for _ in range(KILLS):
        stage.sink.held.clear()
        stage.sink.hold_after = 0
        # One reader at a time: what else it had taken would go by itself afterwards, since it may be out.
        sender = stage.sender(DRAIN_BATCH="1")
        assert stage.sink.held.wait(30)
        sender.kill()
    # Another child of a reader comes up whose mail may be out: it must not be taken for what is.
    first = next(
        one for one in children if Message.objects.filter(user=one.worker, status="sending").exists()
    )
    children[first].append(another(first))
    sweep.sweep_all(now=clock.now())
    stage.sink.let_go.set()
    stage.sender()
    until(story.all_sent, seconds=PATIENCE * 30, what="every message out")
    children = {first: children.pop(first)} | children
    assert each_is_told_of_once(stage, children, mails=2) <= KILLS
    owed = sum(once(stage.sink.accepted).values()) + len(stage.gateway.posted)
    done = f"a sender killed {KILLS} times in mid-send of a mail that tells one reader of {CHILDREN} children"
    stage.note(
        "Bundled mail, sender killed", done, owed=owed, took="repeated whole, under its own Message-ID"
    )


@pytest.mark.by_turns(8)
def test_a_connection_lost_after_a_bundled_mail_repeats_all_of_it_under_its_own_id(bundling: Stage) -> None:
    stage, children = bundling, waiting(bundling)
    stage.sink.answer = "reset"
    stage.sender()
    lost = Message.objects.filter(may_be_out=True)
    # A guardian's mail goes by itself, and may be the first of all.
    until(lambda: lost.exclude(bundle=None).exists(), seconds=30, what="a lost mail of several children")
    stage.sink.answer = "250 Kept"
    took = until(lambda: not story.unsent(), seconds=PATIENCE * SECOND_PAUSE, what="every message out")
    again = each_is_told_of_once(stage, children)
    assert again >= len(set(lost.values_list("recipient", flat=True))) >= 1
    assert lost.exclude(bundle=None).exists()
    owed = sum(once(stage.sink.accepted).values()) + len(stage.gateway.posted)
    done = (
        "the mail server takes mails that tell a reader of several children whole and resets the connection"
    )
    stage.note("Bundled mail, connection lost", done, owed=owed, took=f"repeated whole after {took:.0f} s")
