"""What every test may ask for: a database, a mailbox, a running site, and a real browser."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from _pytest import runner
from django.contrib.auth.signals import user_logged_in
from hypothesis import HealthCheck, settings

from cases.headroom import with_headroom
from tests import beginnings, database
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

pytest_plugins = ["tests.mailbox", "tests.browsers"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Give each test room for its frames: they lie deeper than in the product, and met the same trouble."""
    return _run(item, nextitem)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that would flush the database: one that commits takes `committed`. The longest begin first."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)
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


@pytest.fixture(autouse=True)
def steady_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a test that is rolled back time stands where it stood for the first: each question is a millisecond later.

    Where it is about rows that PostgreSQL itself dates (`this_hour`) it stands at the hour it is.
    """
    if request.node.get_closest_marker("django_db") is not None:
        from cases import clock

        ticks = request.node.stash[beginnings.ticks] = beginnings.Ticks()
        start = request.getfixturevalue("first_instant")
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
    with database.clone(template_database) as own:
        database.let_copies_in(own)
        _point_at(own)
        yield
        with django_db_blocker.unblock():
            _close_all()


@pytest.fixture(scope="session", autouse=True)
def photo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this process keeps the photos of its tests; what is rolled back leaves its files, and nobody is to name them."""
    from django.conf import settings

    from alerts import kept_files
    from cases import sealed_files

    write = sealed_files.write

    def counted(path: Path, name: str, content: bytes) -> None:
        beginnings.files.append(name)
        write(path, name, content)

    sealed_files.write = counted
    kept_files.STRAY_AFTER = timedelta(days=100 * 365)

    settings.PHOTO_ROOT = tmp_path_factory.mktemp("photos")
    settings.PHOTO_KEYS = [os.urandom(32)]
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
def keep(template_database: str, django_db_setup: None, django_db_blocker: Any) -> Iterator[Keep]:
    """Fill a database once in this process, and keep it: its name, to be lent by, and what was made."""
    made: dict[Callable[[], Any], tuple[str, Any]] = {}
    with ExitStack() as until_the_end:

        def once(make: Callable[[], Any]) -> tuple[str, Any]:
            if make not in made:
                own = until_the_end.enter_context(database.clone(template_database))
                with _pointed_at(own, django_db_blocker):
                    made[make] = own.name, make()
            return made[make]

        yield once


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
