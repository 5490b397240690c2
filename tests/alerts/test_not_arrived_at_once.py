"""Both sides take an arrival back at one instant: each looked before the other had written, and it is taken back once."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from cases import transfers
from cases.models import Placement, Responsibility, Transfer, User
from cases.states import IllegalMove
from cases.transfers import steps
from tests.database import Clone
from tests.factories import AT, a_watched_child, agreed, arrived

HOUR = timedelta(hours=1)


def says(transfer: Transfer, by: User) -> Callable[[], str]:
    def pressed() -> str:
        try:
            reason, key = "It was its brother", uuid.uuid4()
            transfers.take_back(transfer, reason=reason, key=key, by=by, at=AT + 4 * HOUR)
        except IllegalMove as refusal:
            return str(refusal)
        finally:
            connections["default"].close()
        return ""

    return pressed


def test_both_sides_at_once_give_the_child_back_once(
    committed: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, receiver = a_watched_child(at=AT), a_watched_child(at=AT)
    going = agreed(sender, receiver, moves_at=AT + 24 * HOUR, at=AT + HOUR)
    there = arrived(going, stays_placed=False, at=AT + 2 * HOUR)
    gate, lock = Barrier(2, timeout=20), steps.locked

    def wait(*args: Any, **facts: Any) -> Any:
        gate.wait()
        return lock(*args, **facts)

    monkeypatch.setattr(steps, "locked", wait)
    with ThreadPoolExecutor(2) as pool:
        presses = [pool.submit(says(there, by)) for by in (sender.worker, receiver.worker)]
        done, refused = sorted(one.result() for one in presses)
    assert not done
    assert "taken back already" in refused
    assert Responsibility.objects.filter(child=sender.child).count() == 3
    assert Placement.objects.filter(child=sender.child, ends_at=None).get().home == sender.home
