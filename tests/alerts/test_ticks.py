"""The ticks of Celery: a sweep that did anything does not let its messages wait for the next one."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from alerts import tasks
from alerts.models import Message
from config.celery import app
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child whose roll-call lapsed two hours ago, and nobody has swept since."""
    factories.a_watched_child()
    monkeypatch.setattr("cases.clock.now", lambda: AT + timedelta(hours=6))


@pytest.fixture(params=[False, True], ids=["refused", "silent"])
def broken(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A broker that refuses every connection, and one that takes it and never answers."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if request.param:
            port.listen()
        connection = app.connection_for_write(f"redis://127.0.0.1:{port.getsockname()[1]}/0")
        connection.transport_options = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
        yield connection


def test_a_sweep_that_did_anything_wakes_one_sender_and_one_that_did_nothing_none(
    overdue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.drain_outbox, "apply_async", lambda **how: woken.append(how))
    tasks.sweep()
    assert Message.objects.unsent().exists()
    assert woken == [{"retry": False}]
    for _ in range(20):
        tasks.sweep()
    woken.clear()
    tasks.sweep()
    assert woken == []


@pytest.mark.by_turns(8)
def test_a_broker_that_takes_no_word_costs_the_sweep_nothing(
    overdue: None, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends = partial(tasks.drain_outbox.apply_async, connection=broken)
    with pytest.raises(tasks.broker_errors()):
        sends(retry=False)
    monkeypatch.setattr(tasks.drain_outbox, "apply_async", sends)
    tasks.sweep()
    assert Message.objects.unsent().exists()
