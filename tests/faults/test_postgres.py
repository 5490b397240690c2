"""PostgreSQL restarted, crashed, away, slow, silent and its disks full while people record what they saw: nothing is lost."""

import contextlib
import time
from collections.abc import Callable

import pytest
from django.db import connections

from scripts.launcher.screen import Trouble
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.night import EACH, PROMISED, SELDOM, Night, all_is_there, note, people_at_work
from tests.faults.kit.server import FAST, IMMEDIATE, Server, SmallDisk
from tests.faults.kit.stage import PATIENCE, until
from tests.faults.test_sweepers import owner

AWAY = 30 if FULL else 4
# Seconds that every word to or from PostgreSQL takes, one way.
ONE_WAY = 1.0 if FULL else 0.05
# What a page says to PostgreSQL at most, each with its answer, and the monitor's where PostgreSQL is slow.
WORDS, WORDS_OF_HEALTH = 90, 20
# Seconds within which a page must answer while PostgreSQL does not.
ANSWERS = 10 if FULL else 5
# The same where it takes a question and never answers: as long as a statement may last, and a little.
SILENCE = 35 if FULL else 6
# How much a filler of PostgreSQL's log puts into it at once.
PIECE = 4 * 2**20


def restarted(night: Night) -> None:
    for how in (FAST, IMMEDIATE):
        with people_at_work(night, lasts=5):
            time.sleep(0.2)
            night.server.stop(how)
            night.server.start_anew()
        all_is_there(night)
    note(
        night, "PostgreSQL restarted", "stopped fast, then as by a crash, and started at once", "all is there"
    )


def away(night: Night) -> None:
    with people_at_work(night, lasts=AWAY):
        told = len(night.told())
        night.server.stop(FAST)
        began = time.monotonic()
        until(lambda: bool(night.red()), seconds=PATIENCE * ANSWERS, what="red health", each=SELDOM)
        until(lambda: len(night.told()) > told, seconds=PATIENCE * PROMISED, what="word to a person")
        heard = time.monotonic() - began
        assert "database does not answer" in night.told()[-1]
        time.sleep(max(0, AWAY - heard))
        night.server.start_anew()
    assert max(seconds for _, seconds in night.answers) < ANSWERS * PATIENCE
    all_is_there(night)
    note(night, "PostgreSQL away", f"stopped for {AWAY} s", f"a person is told after {heard:.0f} s")


def slow(night: Night) -> None:
    night.proxy.delay = ONE_WAY
    began, told, took = time.monotonic(), len(night.told()), "all is there"
    with people_at_work(night, lasts=200 * ONE_WAY * EACH):
        # At small counts nothing is so slow that somebody had to hear of it.
        if FULL:
            until(lambda: len(night.told()) > told, seconds=PATIENCE * PROMISED, what="word to a person")
            took = f"a person is told after {time.monotonic() - began:.0f} s"
            assert f"database_answers: a question takes {2 * ONE_WAY:.1f} seconds" in night.told()[-1]
            assert any(
                check.startswith("database_answers")
                for check in night.red(patience=WORDS_OF_HEALTH * 2 * ONE_WAY)
            )
    night.proxy.delay = 0
    assert max(seconds for _, seconds in night.answers) < WORDS * 2 * ONE_WAY + PATIENCE * ANSWERS
    all_is_there(night)
    note(night, "PostgreSQL slow", f"{2 * ONE_WAY:g} s for every word and its answer", took)


def silent(night: Night) -> None:
    """It takes every connection and says nothing, as a machine does whose disk hangs."""
    with people_at_work(night, lasts=AWAY):
        told = len(night.told())
        night.server.freeze()
        began = time.monotonic()
        until(lambda: len(night.told()) > told, seconds=PATIENCE * PROMISED, what="word to a person")
        heard = time.monotonic() - began
        assert night.red(), "the monitor hears of it as well"
        time.sleep(max(0, AWAY - heard))
        night.server.thaw()
    assert max(seconds for _, seconds in night.answers) < SILENCE * PATIENCE
    all_is_there(night)
    note(
        night,
        "PostgreSQL silent",
        "all of it stopped by SIGSTOP until a person has heard",
        f"a person is told after {heard:.0f} s",
    )


def full(night: Night, disk: SmallDisk) -> None:
    # Every event needs a page of its own from here on, so what people send meets the full disk at once.
    owner(night.stage, "ALTER TABLE cases_event SET (fillfactor = 10)", [])
    began, told = time.monotonic(), len(night.told())
    with people_at_work(night, lasts=PROMISED, first=disk.fill):
        red, heard = _noticed(night, disk, began, told)
        until(lambda: any(status == 503 for status, _ in night.answers), seconds=20, what="a page with 503")
        disk.make_room()
        # The log stands on the same disk: PostgreSQL may have ended, and its administrator starts it.
        _start_what_has_ended(night)
    owner(night.stage, "ALTER TABLE cases_event RESET (fillfactor)", [])
    all_is_there(night)
    took = f"red after {red:.0f} s, a person is told after {heard:.0f} s"
    note(night, "PostgreSQL's disk full", "its disk filled to the last byte, then room made", took)


def log_full(night: Night, disk: SmallDisk) -> None:
    connections.close_all()
    night.server.move_log(disk.folder)
    # As where its copies are not fetched: no piece of the log is given back or used again.
    night.server.sql("ALTER SYSTEM SET wal_keep_size = '10GB'")
    night.server.sql("SELECT pg_reload_conf(); CREATE TABLE acknowledged (number int)")
    commits: list[int] = []
    began, told = time.monotonic(), len(night.told())
    with people_at_work(night, lasts=PROMISED, first=lambda: commits.append(_fill_log(night.server, disk))):
        red, heard = _noticed(night, disk, began, told)
        until(lambda: any(status == 503 for status, _ in night.answers), seconds=20, what="a page with 503")
        disk.make_room()
        _start_what_has_ended(night)
        until(lambda: _answers(night.server), seconds=PATIENCE * 10, what="PostgreSQL back")
    (kept,) = commits
    night.server.sql("ALTER SYSTEM RESET wal_keep_size")
    night.server.sql("SELECT pg_reload_conf()")
    assert kept
    # One more may have been kept whose acknowledgement was lost with the connection.
    assert night.server.sql("SELECT count(*), max(number) FROM acknowledged").strip() in {
        f"{kept}|{kept}", f"{kept + 1}|{kept + 1}",
    }  # fmt: skip
    all_is_there(night)
    took = f"red after {red:.0f} s, a person is told after {heard:.0f} s; each of {kept} commits of a filler is there"
    note(night, "PostgreSQL's log full", "the disk of its log filled to the last byte, then room made", took)


def _fill_log(server: Server, disk: SmallDisk) -> int:
    """Commit piece after piece until there is no room for another; return how many were acknowledged."""
    kept = 0
    with contextlib.suppress(Trouble):
        while True:
            disk.fill()
            server.sql(
                f"BEGIN; INSERT INTO acknowledged VALUES ({kept + 1});"
                f" SELECT pg_logical_emit_message(true, 'filler', repeat('x', {PIECE})) IS NULL; COMMIT"
            )
            kept += 1
    return kept


def _noticed(night: Night, disk: SmallDisk, began: float, told: int) -> tuple[float, float]:
    """After how many seconds health was red and a person told, while whatever PostgreSQL gives back is filled."""

    def looked(question: Callable[[], object]) -> bool:
        disk.fill()
        return bool(question())

    until(lambda: looked(night.red), seconds=PATIENCE * PROMISED, what="red health", each=SELDOM)
    red = time.monotonic() - began
    until(
        lambda: looked(lambda: len(night.told()) > told), seconds=PATIENCE * PROMISED, what="word to a person"
    )
    return red, time.monotonic() - began


def _start_what_has_ended(night: Night) -> None:
    if night.server.child is not None and night.server.child.ended() is not None:
        night.server.start_anew()


def _answers(server: Server) -> bool:
    with contextlib.suppress(Trouble):
        return bool(server.sql("SELECT 1"))
    return False


@pytest.mark.by_turns(8)
def test_postgresql_restarted_away_slow_silent_or_full_loses_nothing_and_people_hear(
    night: Night, disk: SmallDisk, log_disk: SmallDisk, subtests: pytest.Subtests
) -> None:
    restarted(night)
    away(night)
    slow(night)
    silent(night)
    with subtests.test("its disk full"):
        if not (disk.mounted and night.server.data.is_relative_to(disk.folder)):
            pytest.skip("not run: a small disk cannot be mounted here")
        full(night, disk)
        log_full(night, log_disk)
    assert not story.broken()
