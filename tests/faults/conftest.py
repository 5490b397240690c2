"""What the fault tests share: a stage on a database of its own, with a mail server and a gateway, and a night's service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.db import connections

from alerts import sending
from cases import clock
from tests.counts import FULL
from tests.database import Clone
from tests.faults.kit import story
from tests.faults.kit.gateway import Gateway
from tests.faults.kit.night import EACH, FAULTS, TOKEN, WATCH, Night
from tests.faults.kit.proxy import Proxy
from tests.faults.kit.server import IMMEDIATE, LOG_DISK, Server, SmallDisk
from tests.faults.kit.sink import Sink
from tests.faults.kit.stage import Stage, seconds_from


@pytest.fixture
def stage(committed: Clone, tmp_path: Path, settings: Any) -> Iterator[Stage]:
    """A stage at the story's instant, for this process and for those that it starts."""
    settings.CLOCK_SHIFT = 0
    shift = settings.CLOCK_SHIFT = seconds_from(clock.now(), story.NOW)
    sink, gateway = Sink(), Gateway()
    sink.start()
    gateway.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = gateway.url, "a secret of the tests"
    ready = Stage(committed, tmp_path, sink, gateway, shift)
    settings.LEASE_SECONDS, settings.EMAIL_TIMEOUT = ready.lease, ready.timeout
    try:
        yield ready
    finally:
        ready.stop()
        sink.stop()
        gateway.stop()


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A small disk for a database, or a plain folder where root may not mount one."""
    small = SmallDisk(tmp_path_factory.mktemp("disk"))
    try:
        yield small
    finally:
        small.unmount()


@pytest.fixture(scope="session")
def log_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """Another one, for the database's log alone."""
    small = SmallDisk(tmp_path_factory.mktemp("log-disk"), size=LOG_DISK)
    try:
        yield small
    finally:
        small.unmount()


@pytest.fixture(scope="session")
def own_server(disk: SmallDisk) -> Iterator[Server]:
    """A PostgreSQL of the fault tests' own."""
    own = Server(disk.folder)
    own.prepare()
    own.start_anew()
    try:
        yield own
    finally:
        own.stop(IMMEDIATE)


@pytest.fixture
def server(own_server: Server) -> Server:
    """The same, its database empty whatever another test left in it."""
    own_server.empty()
    return own_server


@pytest.fixture(scope="session")
def of_the_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the dump of a database stands in which nothing has happened, once the first test has made it."""
    return tmp_path_factory.mktemp("dump") / "empty.dump"


@contextmanager
def moved_to(own: Clone) -> Iterator[None]:
    """Let this process and what it starts work on a database of another server."""
    there = urlsplit(own.url)
    settings = connections["default"].settings_dict
    names = ("NAME", "HOST", "PORT", "PASSWORD")
    before = {name: settings[name] for name in names}
    connections.close_all()
    settings |= dict(
        zip(names, (own.name, there.hostname, there.port, unquote(there.password or "")), strict=True)
    )
    try:
        yield
    finally:
        connections.close_all()
        settings |= before


@pytest.fixture
def night(stage: Stage, server: Server, of_the_empty: Path) -> Iterator[Night]:
    """Pages, workers and a watchdog on a PostgreSQL of their own, behind a proxy; nothing is owed yet."""
    if not of_the_empty.exists():
        server.dump(stage.database, of_the_empty)
    server.restore(of_the_empty)
    proxy = Proxy(server.port)
    proxy.start()
    stage.database = server.address(proxy.port)
    stage.more |= {"WATCHDOG_CONTACT_EMAIL": WATCH, "HEALTH_TOKEN": TOKEN}
    with moved_to(server.address()):
        sending.switch(on=True, at=clock.now())
        stage.set_clock(clock.now(), story.QUIET)
        children = story.silent(2 * EACH * FAULTS)
        if FULL:
            stage.start_redis()
            for start in (stage.workers, stage.beat, stage.watchdog):
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
