"""What the tests of verbs ask again and again: one event of a kind, a refusal in its words, and a step taken back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from cases import log
from cases.models import Child, Event
from cases.states import IllegalMove


@contextmanager
def events(child: Child, *kinds: str) -> Iterator[list[Event]]:
    """Within it exactly these events are written for `child`, on an unbroken chain; the list then holds them."""
    before = Event.objects.filter(child=child).count()
    written: list[Event] = []
    yield written
    written += Event.objects.filter(child=child, number__gt=before).order_by("number")
    assert [event.kind for event in written] == list(kinds)
    assert [event.number for event in written] == list(range(before + 1, before + 1 + len(kinds)))
    assert log.broken_links([child.pk]) == []


@contextmanager
def refused(child: Child, words: str, error: type[Exception] = IllegalMove) -> Iterator[Any]:
    """Within it the verb refuses in exactly these words and leaves no event behind."""
    with events(child), pytest.raises(error, match=f"^{re.escape(words)}$") as caught:
        yield caught


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done within it holds at a commit, and is then undone: the next case begins where this one began."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)
