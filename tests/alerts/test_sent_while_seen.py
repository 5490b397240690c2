"""A contact that comes while its alert is being sent: whatever went out is followed by its ending, and nothing else is."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from alerts import channels, delivery, outbox, sweep
from tests import factories
from tests.alerts.threads import broken, settle, together
from tests.counts import counts
from tests.database import Clone
from tests.factories import Watched

# The first rungs of a child who arrives on this Monday at 9am.
FIRST = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
ROUNDS = counts(4, 1000)


def test_a_contact_while_its_alert_is_being_sent_is_followed_by_the_ending_of_each_that_went_out(
    committed: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BUNDLED_WITHIN", timedelta(0))
    handed: list[str] = []
    out: list[tuple[str, bool]] = []
    # In how many rounds a message was in hand when the contact came, and in how many one was out.
    met = Counter[str]()
    lock = threading.Lock()
    in_hand, is_out, came = threading.Event(), threading.Event(), threading.Event()
    is_held = False

    def keep(address: str, ending: bool) -> str:
        if not ending:
            handed.append(address)
            in_hand.set()
            if is_held:
                assert came.wait(30)
        with lock:
            out.append((address, ending))
        if not ending:
            is_out.set()
        return "250 Kept"

    def see(one: Watched, after: threading.Event | None) -> None:
        assert after is None or after.wait(30)
        with lock:
            met["out"] += bool(out)
            met["in hand"] += len(handed) > len(out)
        factories.seen(one.child, by=one.carer, at=FIRST)
        came.set()
        settle(FIRST + timedelta(seconds=1))

    monkeypatch.setattr(
        channels.MailChannel, "send", lambda self, mail: keep(mail["To"], "ended" in mail.as_string().lower())
    )
    monkeypatch.setattr(
        channels, "post_webhook", lambda payload, at: keep(payload["phone"], payload["rung"] == "ending")
    )
    for number in range(ROUNDS):
        one = factories.a_watched_child()
        sweep.sweep_all(now=FIRST)
        handed.clear()
        out.clear()
        for event in (in_hand, is_out, came):
            event.clear()
        # Half of the rounds are a race; in the others the contact comes when a message is in hand, or out.
        after = {1: in_hand, 2: is_out}.get(number % 4)
        is_held = after is in_hand
        results = together(
            lambda: drain(FIRST),
            lambda: drain(FIRST),
            lambda one=one, after=after: see(one, after),
        )
        assert not [r for r in results if isinstance(r, Exception)], results
        for later in (3, 6, 9):
            drain(FIRST + timedelta(seconds=later))
        alerts, endings = Counter(a for a, e in out if not e), Counter(a for a, e in out if e)
        assert alerts == endings, number
        assert set(alerts.values()) <= {1}
    # Rounds in which nothing was on its way when the contact came would prove nothing.
    assert met["in hand"] >= ROUNDS // 4, met
    assert met["out"] >= ROUNDS // 4, met
    assert not broken(FIRST + timedelta(seconds=10))


def drain(now: datetime) -> None:
    while delivery.deliver(clock=lambda: now, limit=2):
        pass
