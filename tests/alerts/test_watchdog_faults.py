"""A fault of the watchdog's own look: people hear of it, and the work is done all the same."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from alerts import channels, health, watchdog
from alerts.watchdog import Watch
from tests import factories
from tests.alerts.test_watchdog import NOW, Line, beat, line, look

__all__ = ["line"]
pytestmark = pytest.mark.django_db


def test_a_check_that_cannot_be_read_is_red_by_its_name_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def usage(path: object) -> None:
        raise FileNotFoundError(path)

    before = [check.name for check in health.read(NOW)]
    monkeypatch.setattr(health.shutil, "disk_usage", usage)
    checks = {check.name: check for check in health.read(NOW)}
    assert list(checks) == before
    assert (checks["disk"].ok, checks["disk"].detail) == (False, "cannot be read, the log says why")


def test_where_nothing_can_be_read_people_hear_and_the_work_is_done(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(now: datetime) -> list[health.Check]:
        raise RuntimeError("no figure of this")

    factories.a_watched_child()
    beat(NOW - timedelta(seconds=61))
    monkeypatch.setattr(health, "read", fails)
    watch = Watch()
    looked = look(watch, 0)
    assert looked.trouble == (watchdog.LOOK_FAILED,)
    assert (looked.swept, looked.accepted) == (1, 5)
    look(watch, 31)
    assert len(line.told) == 1


def test_a_look_that_fails_whole_is_told_once_it_lasts(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(Exception):
        pass

    moments = iter(range(0, 400, 20))
    said: list[watchdog.Looked] = []

    def fails(*_words: object, **_more: object) -> None:
        raise RuntimeError("no look")

    def sleep(_seconds: float) -> None:
        if len(said) == 4:
            raise Ended

    monkeypatch.setattr(watchdog, "look", fails)
    monkeypatch.setattr(watchdog.SecondSender, "start", lambda self: None)
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: next(moments))
    with pytest.raises(Ended):
        watchdog.run(clock=lambda: NOW, sleep=sleep, say=said.append)
    assert [looked.told for looked in said] == [False, False, True, False]


def test_a_contact_that_no_mail_can_name_gets_its_text_and_the_work_is_done(
    line: Line, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(self: object, mail: EmailMessage) -> str:
        if mail["Subject"] == "Rollcall is late - action needed":
            raise UnicodeEncodeError("ascii", "nacht@exämple.example", 8, 9, "ordinal not in range")
        return "250 Kept"

    monkeypatch.setattr(channels.MailChannel, "send", send)
    factories.a_watched_child()
    beat(NOW - timedelta(seconds=61))
    watch = Watch()
    watch.red_since = 0
    looked = look(watch, 40)
    assert looked.told
    assert looked.accepted == 5
    assert [text["rung"] for text in line.texts if text["rung"] == "watchdog"] == ["watchdog"]
