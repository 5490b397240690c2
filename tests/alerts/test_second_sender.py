"""The protocol with the watchdog's second process: a turn is asked for as soon as the one before has ended."""

import multiprocessing
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import pytest

from alerts import second_sender
from alerts.second_sender import SecondSender

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


class Ours:
    """The end of a pipe that was handed to a process: here the test keeps it."""

    def close(self) -> None:
        """Nothing: the test is the process."""


class Forking:
    """Starts no process; keeps the other ends of the pipes, in the order in which one was started."""

    def __init__(self) -> None:
        self.theirs: list[Connection] = []

    def Pipe(self) -> tuple[Connection, Ours]:  # noqa: N802 - as multiprocessing says
        ours, theirs = multiprocessing.Pipe()
        self.theirs.append(theirs)
        return ours, Ours()

    def Process(self, **words: Any) -> "Forking":  # noqa: N802 - as multiprocessing says
        return self

    def start(self) -> None:
        """Nothing: the test is the process."""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> tuple[SecondSender, list[Connection]]:
    """A sender whose second process is this test, and the test's ends of its pipes."""
    forking = Forking()
    monkeypatch.setattr(second_sender, "_forking", forking)
    monkeypatch.setattr(second_sender.connections, "close_all", lambda: None)
    sender = SecondSender(clock=lambda: NOW)
    sender.start()
    return sender, forking.theirs


def asked(end: Connection) -> list[float]:
    """For how long it was asked to send, turn by turn, since this was looked at last."""
    turns = []
    while end.poll():
        turns.append(end.recv())
    return turns


def test_a_turn_that_ended_after_the_look_is_followed_by_the_next_at_once(
    ends: tuple[SecondSender, list[Connection]],
) -> None:
    sender, (end,) = ends
    sender.ask(10)
    assert asked(end) == [10]
    assert sender.accepted() == 0, "it is sending still"
    end.send(7)
    sender.ask(10)
    assert asked(end) == [10]
    assert sender.accepted() == 7, "what it sent meanwhile is counted all the same"
    end.send(3)
    assert sender.accepted() == 3
    assert sender.accepted() == 0


def test_while_it_sends_it_is_asked_nothing_more(ends: tuple[SecondSender, list[Connection]]) -> None:
    sender, (end,) = ends
    for _ in range(3):
        sender.ask(10)
    assert asked(end) == [10]


def test_one_that_is_gone_is_started_anew_and_what_it_had_sent_is_counted(
    ends: tuple[SecondSender, list[Connection]],
) -> None:
    sender, theirs = ends
    sender.ask(10)
    theirs[0].send(7)
    theirs[0].close()
    sender.ask(10)
    sender.ask(10)
    assert len(theirs) == 2
    assert asked(theirs[1]) == [10]
    assert sender.accepted() == 7


def test_one_that_is_killed_in_the_middle_of_its_turn_sends_no_more(
    ends: tuple[SecondSender, list[Connection]],
) -> None:
    sender, (end,) = ends
    sender.ask(10)
    assert sender.is_sending()
    end.close()
    assert not sender.is_sending()


def test_where_no_process_can_be_started_whoever_asks_works_on_alone_and_another_is_tried_with_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full(Forking):
        full = True

        def start(self) -> None:
            if self.full:
                raise OSError("no room for another")

    forking = Full()
    monkeypatch.setattr(second_sender, "_forking", forking)
    monkeypatch.setattr(second_sender.connections, "close_all", lambda: None)
    sender = SecondSender(clock=lambda: NOW)
    sender.start()
    sender.ask(10)
    assert sender.accepted() == 0
    forking.full = False
    sender.ask(10)
    assert asked(forking.theirs[-1]) == [10]
