"""A running service on a PostgreSQL of its own, people who record on its pages, and what must be there afterwards."""

import http.client
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connections

from alerts.models import Message
from cases.models import Contact, Event, MissingEpisode
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.proxy import Proxy
from tests.faults.kit.server import Server
from tests.faults.kit.sink import once
from tests.faults.kit.stage import PATIENCE, Stage, until
from tests.faults.kit.visitor import REPORT, Visitor

TOKEN = "the monitor of the tests"
WATCH = "watch@rollcall.example"
# How many children are seen, and how many reported missing, in each fault.
EACH = 2 if FULL else 1
# One pair of children for each stop of PostgreSQL and each other fault of one night.
FAULTS = 7
# What is promised is two minutes; a small run shortens the watchdog's patience.
PROMISED = 120 if FULL else 10
# Seconds between two questions of the monitor.
SELDOM = 0.5


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

    def red(self, *, patience: float = 60) -> list[str]:
        """What the monitor reads: the names of the red checks, each with its figure."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        line.request("GET", "/health/", headers={"Authorization": f"Bearer {TOKEN}"})
        answer = line.getresponse()
        checks = json.loads(answer.read())["checks"]
        line.close()
        said = [f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"]]
        return said if answer.status == 503 else []


@dataclass
class Person:
    """Somebody who sends a form until it is taken, as the page that refuses it asks them to."""

    visitor: Visitor
    path: str
    answers: dict[str, str]

    def press(self, night: Night) -> bool:
        """Send the form once; whether it was taken, else it was said that nothing is saved now."""
        status, page = self.visitor.post(self.path, self.answers)
        night.answers += [(status, seconds) for seconds in self.visitor.seconds]
        self.visitor.seconds.clear()
        if status == 302:
            return True
        assert status == 503, page
        assert "Nothing you send now is saved" in page
        return False

    def keep_trying(self, night: Night, until_at: float) -> None:
        """Send it again and again until it is taken."""
        while not self.press(night):
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
            Person(
                Visitor(night.port, missing.carer, patience=300),
                f"{path}/missing/quick/",
                REPORT | {"once": str(uuid.uuid4())},
            )
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
    expected = story.call_mails(missing)
    until(
        lambda: once([m for m in night.stage.sink.accepted if m.to != WATCH]) == expected,
        seconds=PATIENCE * 20 + EACH,
        what="the mails of this fault",
    )
    until(story.all_sent, seconds=PATIENCE * 20, what="every message marked")
    texts = Counter((one.desk.shift.phone, "call_0") for one in missing)
    assert night.stage.gateway.once == texts
    story.assert_in_doubt(night.stage.again())
    found = Contact.objects.filter(child__in=[one.child for one in seen])
    assert sorted(found.values_list("child", flat=True)) == sorted(one.child.pk for one in seen)
    episodes = MissingEpisode.objects.values_list("child", flat=True)
    assert sorted(episodes) == sorted(one.child.pk for one in missing)
    reported = Event.objects.filter(kind="reported_missing").values_list("child", flat=True)
    assert sorted(reported) == sorted(episodes)
    assert Message.objects.count() == 6 * len(missing)
    until(lambda: not night.red(), seconds=PATIENCE * 20, what="a healthy service", each=SELDOM)
    ended = [process.name for process in night.stage.started if process.ended() is not None]
    assert not ended


def note(night: Night, fault: str, done: str, took: str) -> None:
    refused = sum(1 for status, _ in night.answers if status == 503)
    slowest = max((seconds for _, seconds in night.answers), default=0)
    said = f"{took}; {refused} pages said 503, the slowest answer took {slowest:.1f} s"
    night.stage.note(fault, done, owed=6 * len(night.done) + len(night.told()), took=said)
