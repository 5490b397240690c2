"""What every test may ask for: a database, a mailbox, a running site, and a real browser."""

import gc
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import Any

import pytest
from _pytest import runner
from django.contrib.auth.signals import user_logged_in
from hypothesis import HealthCheck, settings

from cases.headroom import with_headroom
from tests import beginnings, database, order, prepared, shared, threads
from tests.counts import FULL

# A busy machine is no fault of the code. The same code meets the same examples, so that what fails here fails for whoever
# mends it; ./run faults goes on looking for others.
settings.register_profile(
    "unhurried",
    settings.default,
    deadline=None,
    derandomize=not FULL,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

# Playwright keeps an event loop in the test's thread; our own code never runs in one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

for needed in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
    if not os.environ.get(needed):
        raise pytest.UsageError(f"{needed} is not set: run the tests with ./run test.")

Lend = Callable[[str], AbstractContextManager[database.Clone]]
Keep = Callable[[Callable[[], Any]], tuple[str, Any]]
_run = with_headroom(runner.pytest_runtest_protocol)

pytest_plugins = ["tests.browsers", "tests.mailbox", "tests.turns"]


def pytest_configure(config: pytest.Config) -> None:
    """Let all processes of a run have one name for it."""
    uid = getattr(config, "workerinput", {}).get("testrunuid")
    config.option.testrunuid = uid or config.option.testrunuid or uuid.uuid4().hex


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drop what the processes of this run kept for one another, once they have ended."""
    if not hasattr(session.config, "workerinput"):
        database.drop_all(shared.prefix(session.config.option.testrunuid))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Give each test room for its frames: they lie deeper than in the product, and met the same trouble."""
    return _run(item, nextitem)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Look for no garbage while the tests are collected: nothing of what is made for them is any."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that would flush the database: one that commits takes `committed`. The longest begin first."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = order.ordered(
        items, lambda item: PurePath(item.nodeid.partition("::")[0]), processes=processes
    )
    for item in items:
        for mark in item.iter_markers("django_db"):
            if mark.kwargs.get("transaction") or mark.args:
                raise pytest.UsageError(f"{item.nodeid}: use the fixture `committed`, not transaction=True.")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Let a test begin with a copy of what its fixtures made for others."""
    if fixturedef.scope != "function":
        return (yield)
    make = fixturedef.func
    kept = beginnings.value_of(fixturedef, request._pyfuncitem)
    if kept:
        fixturedef.func = lambda **_asked_for: kept[0]
    try:
        value = yield
    finally:
        fixturedef.func = make
    beginnings.made(fixturedef, request._pyfuncitem, value)
    return value


def pytest_collection_finish() -> None:
    """Leave out of every later search for garbage what is here for good: it cost a fifteenth of the run."""
    gc.collect()
    gc.freeze()
    # A test leaves little that is garbage, and looking for it seldom took a twentieth off the run.
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="module", autouse=True)
def threads_rest() -> Iterator[None]:
    """Let no thread that a file's tests have left behind go on working: it takes a core from all that come after."""
    known = threads.alive()
    yield
    at_work = threads.at_work(threads.alive() - known)
    assert not at_work, f"these threads are left behind and work on: {', '.join(at_work)}"


@pytest.fixture(autouse=True)
def steady_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a test that is rolled back time stands where it stood for the first: each question is a millisecond later.

    Where what is due depends on the hour it stands at an instant of the test's own (`stands_at`).
    Where it is about rows that PostgreSQL itself dates (`this_hour`) it stands at the hour it is.
    """
    if request.node.get_closest_marker("django_db") is not None:
        from cases import clock

        ticks = request.node.stash[beginnings.ticks] = beginnings.Ticks()
        start = request.getfixturevalue("first_instant")
        if (stands := request.node.get_closest_marker("stands_at")) is not None:
            (start,) = stands.args
        if request.node.get_closest_marker("this_hour") is not None:
            request.getfixturevalue("db")
            start = clock.now()
            del request.node.stash[beginnings.ticks]
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(milliseconds=ticks.next()))


@pytest.fixture(autouse=True)
def every_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the product reports and goes on from fails a test."""
    from alerts import readings

    def fail(one: object, kinds: object, error: Exception) -> None:
        raise error

    monkeypatch.setattr(readings, "report", fail)


@pytest.fixture
def now(db: None) -> datetime:
    """The instant of a test that looks at pages of today."""
    from cases import clock

    return clock.now()


@pytest.fixture(scope="session")
def first_instant(django_db_setup: None, django_db_blocker: Any) -> datetime:
    """What time it is for the first test of this process: what is made for one can be copied for all.

    The last eleven in the morning, so that whether a test passes does not hang on the hour at which it runs; ./run faults
    takes the hour it is.
    """
    from cases import clock
    from cases.deadlines import LONDON

    with django_db_blocker.unblock():
        found = clock.now()
    if FULL:
        return found
    morning = found.astimezone(LONDON).replace(hour=11, minute=0, second=0, microsecond=0)
    return morning if morning <= found else morning - timedelta(days=1)


@pytest.fixture(scope="session")
def template_database() -> str:
    """The name of the migrated template database, with the reference data in it."""
    return database.ensure_template()


@pytest.fixture(scope="session")
def django_db_setup(template_database: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Give this process a clone of the template, in which tests roll back what they do."""
    from django.db import connections

    if not FULL:
        settings = connections.settings["default"]
        settings["OPTIONS"] |= prepared.options(settings["OPTIONS"]["options"])
    with database.clone(template_database) as own:
        database.let_copies_in(own)
        _point_at(own)
        yield
        with django_db_blocker.unblock():
            _close_all()


@pytest.fixture(scope="session", autouse=True)
def photo_root(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Where this process keeps the photos of its tests; what is rolled back leaves its files, and nobody is to name them."""
    from django.conf import settings

    from alerts import kept_files
    from cases import sealed_files

    write = sealed_files.write

    def counted(path: Path, name: str, content: bytes) -> None:
        beginnings.files.append(path)
        write(path, name, content)

    sealed_files.write = counted
    kept_files.STRAY_AFTER = timedelta(days=100 * 365)

    settings.PHOTO_ROOT = tmp_path_factory.mktemp("photos")
    # The same in each process of a run, which take files from one another.
    settings.PHOTO_KEYS = [hashlib.sha256(request.config.option.testrunuid.encode()).digest()]
    return settings.PHOTO_ROOT


@pytest.fixture(scope="session", autouse=True)
def passed_by_force() -> None:
    """Whom a test signs in by force has passed the second factor."""
    from tests import passing

    user_logged_in.connect(passing.pass_by_force, dispatch_uid="passed by force")
    passing.sign_by_force()


@pytest.fixture(scope="session", autouse=True)
def live() -> None:
    """The service of every test is live, but where a test says that it is not."""
    from cases import going_live

    going_live._known["live"] = True


@pytest.fixture(scope="session", autouse=True)
def hashed_quickly() -> None:
    """A password is hashed by the service's own function at the least it takes: a fifth of a second is for thieves."""
    from tests import passing

    passing.hash_at(passing.LEAST_COSTS)


@pytest.fixture(scope="session", autouse=True)
def page_alone() -> None:
    """An answer keeps the context of its page; Django's client copies that of each include and each widget as well."""
    from django.template import RequestContext
    from django.test import client
    from django.test.utils import ContextList

    def keep(store: dict[str, Any], context: Any, **_more: object) -> None:
        if isinstance(context, RequestContext) and "context" not in store:
            store["context"] = ContextList([copy(context)])

    client.store_rendered_templates = keep


@pytest.fixture(scope="session", autouse=True)
def worded_alike() -> None:
    """A question that is worded once says to the letter what Django words, the first times that each process asks it."""
    from tests import wording

    wording.compare()


@pytest.fixture(scope="session", autouse=True)
def compiled_words() -> None:
    """The catalogues, compiled where they changed since."""
    from cases.management import catalog

    catalog.compile_all()


@pytest.fixture(scope="session")
def lend(django_db_setup: None, django_db_blocker: Any) -> Lend:
    """Lend a copy of a database by its name, in which commits are real; it is dropped afterwards, and may be copied itself."""

    @contextmanager
    def lent(template: str) -> Iterator[database.Clone]:
        with database.clone(template) as own, _pointed_at(own, django_db_blocker):
            yield own

    return lent


@pytest.fixture
def committed(template_database: str, lend: Lend, request: pytest.FixtureRequest) -> Iterator[database.Clone]:
    """A database of this test's own in which commits are real; dropped afterwards."""
    assert request.node.get_closest_marker("django_db") is None, "`committed` already opens the database"
    with lend(template_database) as own:
        yield own


@pytest.fixture(scope="module")
def kept(template_database: str, lend: Lend) -> Iterator[database.Clone]:
    """The same for tests that look and write nothing: they share one, told before the first of them."""
    with lend(template_database) as own:
        yield own


@pytest.fixture(scope="session")
def of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every process of this run has."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def keep(
    template_database: str,
    django_db_setup: None,
    django_db_blocker: Any,
    of_the_run: Path,
    request: pytest.FixtureRequest,
) -> Keep:
    """Fill a database once in a run, and keep it: its name, to be lent by, and what was made.

    Another process takes what was made by this one; it must pickle.
    """
    found: dict[Callable[[], Any], tuple[str, Any]] = {}

    def once(make: Callable[[], Any]) -> tuple[str, Any]:
        if make not in found:
            name = shared.name_of(request.config.option.testrunuid, make)
            photos = of_the_run / f"{name}.photos"

            def filled() -> shared.Filled:
                with _pointed_at(database.copy(template_database, name), django_db_blocker):
                    return shared.fill(make, photos)

            found[make] = name, shared.take(shared.once(of_the_run, name, filled), photos)
        return found[make]

    return once


@pytest.fixture(scope="module")
def filled(
    template_database: str, django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest
) -> Iterator[tuple[str, Any]]:
    """The name of a database that the module's `fill` has filled once, and what it returned: each test takes a copy."""
    with database.clone(template_database) as own:
        with _pointed_at(own, django_db_blocker):
            made = request.module.fill(own)
        yield own.name, made


@contextmanager
def _pointed_at(own: database.Clone, blocker: Any) -> Iterator[None]:
    before = os.environ["DATABASE_URL"], os.environ["MIGRATION_DATABASE_URL"], _name()
    with blocker.unblock():
        _point_at(own)
        try:
            yield
        finally:
            _close_all()
            os.environ["DATABASE_URL"], os.environ["MIGRATION_DATABASE_URL"], name = before
            _rename(name)


def _point_at(own: database.Clone) -> None:
    """Point every connection to come, in every thread and in child processes too, at this database."""
    _close_all()
    _rename(own.name)
    # What a test starts as a process of its own reads these.
    os.environ["DATABASE_URL"], os.environ["MIGRATION_DATABASE_URL"] = own.url, own.owner_url


def _name() -> str:
    from django.db import connections

    return str(connections.settings["default"]["NAME"])


def _rename(name: str) -> None:
    from django.db import connections

    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def _close_all() -> None:
    from django.db import connections

    connections.close_all()
