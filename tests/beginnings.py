"""What a test's fixtures have made when it begins: made by them twice in a process, and copied from then on.

A fixture of the tests that asks for nothing but the database and other such fixtures writes rows and returns what stands
for them. Those with which a test begins, in their order and before any other fixture of ours, are copied as one, with the
files that they wrote. Where another test has begun with the first few of them, the rest is made upon the copy of those.

A fixture before them that asks for what patches alone is done each time. It may not write, and what it returned must
stand as it stood when all of them are made.
"""

import pickle
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef

from tests.copies import CannotBeCopied, Copy, copy_of, is_untouched

# Those of every test, which write nothing.
OF_ALL = {"steady_clock", "every_clock_is_read"}
# What such a fixture may ask for beside others of its kind.
MAY_ASK_FOR = {"db"}
# What patches, and is taken back after each test: of such a fixture nothing is in a row.
PATCHES = {"monkeypatch", "settings"}
# A value of these is the same in what was made and in the test.
PLAIN = (datetime, str, int)
# From this use on a beginning is worth a copy; from the first where it took so many of the processor's seconds, and another
# test of the file begins the same. So is what others begin with and go on from otherwise.
WORTH_IT = 2
LONG = 0.1


class Ticks:
    """A clock that stands, but for a millisecond with each question; a copy goes on where it was made."""

    def __init__(self) -> None:
        self.asked = 0

    def next(self) -> int:
        self.asked += 1
        return self.asked - 1


@dataclass
class Beginning:
    """Of one test: the fixtures with which it begins, what each returned, and how many of them are from a copy.

    Those that patch stand before them, each with what it returned as it looked then.
    """

    # Where its clock stands, if at an instant of its own.
    at: Any
    patches: list[FixtureDef[Any]]
    fixtures: list[FixtureDef[Any]]
    patched: dict[str, tuple[Any, str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    copied: int = 0
    # Whether it can become a copy: nothing was written before its first fixture.
    is_whole: bool = False
    # The files of what was copied, how many had been written before it, and how many seconds the process had worked then or
    # when the last of its fixtures became a copy.
    lay: frozenset[Path] = frozenset()
    files: int = 0
    began: float = 0

    @property
    def is_copied(self) -> bool:
        return bool(self.fixtures) and self.copied == len(self.fixtures)

    def key(self, number: int) -> tuple[object, ...]:
        """What its first few fixtures are known by."""
        values = tuple(value for value, _looked in self.patched.values() if isinstance(value, PLAIN))
        return (self.at, *(one.func for one in (*self.patches, *self.fixtures[:number])), values)

    def stands(self, number: int) -> bool:
        """Whether whatever the patches returned looks as it did, and is in nothing that the first few fixtures made."""
        asked_for = {name for one in self.fixtures[:number] for name in one.argnames}
        return len(self.patched) == len(self.patches) and all(
            value is None or isinstance(value, PLAIN) or (name not in asked_for and _looks(value) == looked)
            for name, (value, looked) in self.patched.items()
        )


_beginning = pytest.StashKey[Beginning]()
ticks = pytest.StashKey[Ticks]()
# Each file that was written to the disk so far, where the product keeps such files.
files: list[Path] = []
_uses: dict[tuple[object, ...], int] = {}


@dataclass(frozen=True)
class Kept:
    """The rows of a beginning, how often its clock was asked, and each file of it as it lies on the disk."""

    rows: Copy
    asked: int
    files: Mapping[Path, bytes]

    def put_back(self) -> dict[str, Any]:
        """Begin with it again; a test may have taken away a file, or spoilt it."""
        for path, content in self.files.items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)
        made: dict[str, Any] = self.rows.put_back()
        return made


# None where it cannot be copied.
_copies: dict[tuple[object, ...], Kept | None] = {}


def of(item: Any) -> Beginning:
    """Return with what this test begins."""
    if _beginning not in item.stash:
        stands = item.get_closest_marker("stands_at")
        item.stash[_beginning] = Beginning(stands.args if stands else None, *_first(item))
    return item.stash[_beginning]


def value_of(fixture: FixtureDef[Any], item: Any) -> tuple[Any, ...]:
    """Return the value that a copy has for this fixture, alone in a tuple; the empty one where it is to be made."""
    beginning = of(item)
    if fixture not in beginning.fixtures:
        return ()
    if fixture is beginning.fixtures[0]:
        beginning.is_whole = ticks in item.stash and is_untouched()
        beginning.files, beginning.began = len(files), time.process_time()
        if beginning.is_whole:
            _put_back(beginning, item)
    if beginning.fixtures.index(fixture) < beginning.copied:
        return (beginning.values[fixture.argname],)
    return ()


def _put_back(beginning: Beginning, item: Any) -> None:
    """Begin with the copy of as many of its fixtures as there is one of."""
    for number in range(len(beginning.fixtures), 0, -1):
        if kept := _copies.get(beginning.key(number)):
            beginning.values = kept.put_back()
            beginning.lay = frozenset(kept.files)
            item.stash[ticks].asked = kept.asked
            beginning.copied, beginning.began = number, time.process_time()
            return


def made(fixture: FixtureDef[Any], item: Any, value: Any) -> None:
    """Keep what a fixture returned; the last of a beginning makes a copy of it, once that is worth it.

    So does another of them, where other tests go on from it otherwise.
    """
    beginning = of(item)
    if fixture in beginning.patches:
        beginning.patched[fixture.argname] = value, _looks(value)
    if not beginning.is_whole or fixture not in beginning.fixtures:
        return
    number = beginning.fixtures.index(fixture) + 1
    if number <= beginning.copied:
        return
    beginning.values[fixture.argname] = value
    key = beginning.key(number)
    if key in _copies:
        return
    took_long = time.process_time() - beginning.began >= LONG
    if number == len(beginning.fixtures):
        _uses[key] = _uses.get(key, 0) + 1
        if _uses[key] < WORTH_IT and not (took_long and _begins_others(beginning, item, number)):
            return
    elif not (took_long and _begins_others(beginning, item, number, otherwise=True)):
        return
    _copies[key] = _copy(beginning, item, number)
    beginning.began = time.process_time()


def _copy(beginning: Beginning, item: Any, number: int) -> Kept | None:
    """Return all that was made so far, of which its first few fixtures are the makers."""
    if not beginning.stands(number):
        return None
    paths = [*beginning.lay, *files[beginning.files :]]
    lie = {path: path.read_bytes() for path in paths if path.exists()}
    try:
        return Kept(copy_of(beginning.values), item.stash[ticks].asked, lie)
    except (CannotBeCopied, pickle.PicklingError, AttributeError, TypeError):
        return None


def _begins_others(beginning: Beginning, item: Any, number: int, *, otherwise: bool = False) -> bool:
    """Whether a later test of the same file begins with the same first few fixtures, and goes on `otherwise`."""
    rest = item.session.items[item.session.items.index(item) + 1 :]
    beside = [of(one) for one in rest if one.path == item.path]
    same = (beginning.at, beginning.patches, beginning.fixtures[:number])
    return any(
        (one.at, one.patches, one.fixtures[:number]) == same
        and not (otherwise and one.fixtures == beginning.fixtures)
        for one in beside
    )


def _looks(value: Any) -> str:
    return repr(vars(value)) if hasattr(value, "__dict__") else repr(value)


def _first(item: Any) -> tuple[list[FixtureDef[Any]], list[FixtureDef[Any]]]:
    """The fixtures with which a test begins, in the order in which pytest sets them up, behind those that patch."""
    by_name, seen, found = item._fixtureinfo.name2fixturedefs, set[str](), set[str]()
    patches: dict[str, FixtureDef[Any]] = {}

    def visit(name: str) -> Iterator[FixtureDef[Any] | None]:
        if name in seen or not by_name.get(name):
            return
        seen.add(name)
        fixture = by_name[name][-1]
        for asked in fixture.argnames:
            yield from visit(asked)
        if fixture.scope != "function" or not fixture.func.__module__.startswith("tests.") or name in OF_ALL:
            return
        asked_for = set(fixture.argnames)
        is_plain = fixture.params is None and not isgeneratorfunction(fixture.func)
        if is_plain and asked_for <= found | patches.keys() | MAY_ASK_FOR and asked_for.isdisjoint(PATCHES):
            found.add(name)
            yield fixture
        elif not found and fixture.params is None and asked_for <= PATCHES | patches.keys():
            patches[name] = fixture
        else:
            yield None

    fixtures: list[FixtureDef[Any]] = []
    for name in item.fixturenames:
        for fixture in visit(name):
            if fixture is None:
                return list(patches.values()), fixtures
            fixtures.append(fixture)
    return list(patches.values()), fixtures
