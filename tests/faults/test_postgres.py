"""PostgreSQL restarted, crashed, away, slow, silent and its disks full while people record what they saw: nothing is lost."""

import contextlib
import http.client
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.db import connections

from alerts import sending
from alerts.models import Message
from cases import clock
from cases.models import Contact, Event, MissingEpisode
from scripts.launcher.screen import Trouble
from tests.factories import Watched
from tests.faults.conftest import moved_to
from tests.faults.kit import story
from tests.faults.kit.proxy import Proxy
from tests.faults.kit.server import FAST, IMMEDIATE, Server, SmallDisk
from tests.faults.kit.sink import once
from tests.faults.kit.stage import FULL, PATIENCE, Stage, until
from tests.faults.kit.visitor import Visitor
from tests.faults.test_redis import QUIET, REPORT, call_mails
from tests.faults.test_sweepers import owner

TOKEN = "the monitor of the tests"
WATCH = "watch@rollcall.example"
# How many children are seen, and how many reported missing, in each fault.
EACH = 2 if FULL else 1
AWAY = 30 if FULL else 4
# Seconds that every word to or from PostgreSQL takes, one way.
ONE_WAY = 1.0 if FULL else 0.05
# What is promised is two minutes; a small run shortens the watchdog's patience.
PROMISED = 120 if FULL else 10
# Seconds within which a page must answer while PostgreSQL does not.
ANSWERS = 10 if FULL else 5
# The same where it takes a question and never answers: as long as a statement may last, and a little.
SILENCE = 35 if FULL else 6
# One pair of children for each stop of PostgreSQL and each other fault.
FAULTS = 7
# How much a filler of PostgreSQL's log puts into it at once.
PIECE = 4 * 2**20


@dataclass
class Night:
    """A running service on a database of its own server, and the children to whom faults happen."""

    stage: Stage
    server: Server
    proxy: Proxy
    port: int
    pairs: list[tuple[Watched, Watched]]
    done: list[tuple[Watched, Watched]] = field(default_factory=list)
    answers: list[tuple[int, float]] = field(default_factory=list)

    def next_pairs(self) -> list[tuple[Watched, Watched]]:
        """Those of the next fault: in each pair one child is seen and one reported missing."""
        taken, self.pairs = self.pairs[:EACH], self.pairs[EACH:]
        self.done += taken
        return taken

    def told(self) -> list[str]:
        """What the watchdog wrote to a person."""
        return [mail.text for mail in self.stage.sink.accepted if mail.to == WATCH]

    def red(self) -> list[str]:
        """What the monitor reads: the names of the red checks, each with its figure."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request("GET", "/health/", headers={"Authorization": f"Bearer {TOKEN}"})
        answer = line.getresponse()
        checks = json.loads(answer.read())["checks"]
        line.close()
        said = [f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"]]
        return said if answer.status == 503 else []


@pytest.fixture
def night(stage: Stage, server: Server) -> Iterator[Night]:
    file = stage.folder / "empty.dump"
    server.dump(stage.database, file)
    server.restore(file)
    proxy = Proxy(server.port)
    proxy.start()
    stage.database = server.address(proxy.port)
    stage.more |= {"WATCHDOG_CONTACT_EMAIL": WATCH, "HEALTH_TOKEN": TOKEN}
    with moved_to(server.address()):
        sending.switch(on=True, at=clock.now())
        stage.set_clock(clock.now(), QUIET)
        children = story.silent(2 * EACH * FAULTS)
        if FULL:
            # As shipped: with four seconds a slow database alone would let a lease lapse.
            stage.lease = 30
            stage.start_redis()
            for start in (stage.worker, stage.beat, stage.watchdog):
                start()
        else:
            stage.more |= {"HEARTBEAT_STALE_SECONDS": "5", "DATABASE_STATEMENT_SECONDS": "3"}
            for work in ("ticks", "hasty_watchdog"):
                stage.run(work, "-m", "tests.faults.kit.loop", work)
        pairs = list(zip(children[::2], children[1::2], strict=True))
        try:
            yield Night(stage, server, proxy, stage.web(), pairs)
        finally:
            stage.stop()
            proxy.stop()


@dataclass
class Person:
    """Somebody who sends a form until it is taken, as the page that refuses it asks them to."""

    visitor: Visitor
    path: str
    answers: dict[str, str]

    def keep_trying(self, night: Night, until_at: float) -> None:
        while True:
            status, page = self.visitor.post(self.path, self.answers)
            night.answers += [(status, seconds) for seconds in self.visitor.seconds]
            self.visitor.seconds.clear()
            if status == 302:
                return
            assert status == 503, page
            assert "Nothing you send now is saved" in page
            assert time.monotonic() < until_at, "it was never taken"
            time.sleep(0.2)


def people(night: Night) -> list[Person]:
    """The carers of the next children, signed in: one of each pair is seen and the other reported missing."""
    found = []
    for seen, missing in night.next_pairs():
        check = {"outcome": "saw", "once": str(uuid.uuid4())}
        path = f"/children/{seen.child.reference}"
        found.append(Person(Visitor(night.port, seen.carer, patience=300), f"{path}/check-in/", check))
        path = f"/children/{missing.child.reference}"
        found.append(
            Person(Visitor(night.port, missing.carer, patience=300), f"{path}/missing/quick/", REPORT)
        )
    return found


@contextmanager
def people_at_work(
    night: Night, *, lasts: float, first: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Contacts and missing reports are made on real pages before, while and after something is so.

    They begin when `first` has been done.
    """
    night.answers.clear()
    at_work = people(night)
    connections.close_all()
    first()
    until_at = time.monotonic() + lasts + PATIENCE * 20
    with ThreadPoolExecutor(4) as pool:
        visits = [pool.submit(one.keep_trying, night, until_at) for one in at_work]
        yield
        for visit in visits:
            visit.result()


def all_is_there(night: Night) -> None:
    """Every acknowledged commit, whole; every message owed, once; no process restarted."""
    connections.close_all()
    seen, missing = [one for one, _ in night.done], [one for _, one in night.done]
    expected = call_mails(missing)
    until(
        lambda: once([m for m in night.stage.sink.accepted if m.to != WATCH]) == expected,
        seconds=PATIENCE * 20 + EACH,
        what="the mails of this fault",
    )
    until(story.all_sent, seconds=PATIENCE * 20, what="every message marked")
    texts = Counter((one.desk.shift.phone, "call_0") for one in missing)
    assert night.stage.gateway.once == texts
    found = Contact.objects.filter(child__in=[one.child for one in seen])
    assert sorted(found.values_list("child", flat=True)) == sorted(one.child.pk for one in seen)
    episodes = MissingEpisode.objects.values_list("child", flat=True)
    assert sorted(episodes) == sorted(one.child.pk for one in missing)
    reported = Event.objects.filter(kind="reported_missing").values_list("child", flat=True)
    assert sorted(reported) == sorted(episodes)
    assert Message.objects.count() == 6 * len(missing)
    until(lambda: not night.red(), seconds=PATIENCE * 20, what=f"a healthy service: {night.red()}")
    ended = [process.name for process in night.stage.started if process.ended() is not None]
    assert not ended


def note(night: Night, fault: str, done: str, took: str) -> None:
    refused = sum(1 for status, _ in night.answers if status == 503)
    slowest = max((seconds for _, seconds in night.answers), default=0)
    said = f"{took}; {refused} pages said 503, the slowest answer took {slowest:.1f} s"
    night.stage.note(fault, done, owed=6 * len(night.done) + len(night.told()), took=said)


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
        until(lambda: bool(night.red()), seconds=PATIENCE * ANSWERS, what="red health")
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
    with people_at_work(night, lasts=200 * ONE_WAY * EACH):
        pass
    night.proxy.delay = 0
    all_is_there(night)
    note(night, "PostgreSQL slow", f"{2 * ONE_WAY:g} s for every word and its answer", "all is there")


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

    until(lambda: looked(night.red), seconds=PATIENCE * PROMISED, what="red health")
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
