"""What each test reaches: `tests/choosing.py` finds by it which tests reach nothing but what others reach too.

Lines of the product, nodes of its templates, answers of its addresses, refusals of the database, and the kinds of event that
a test leaves in the log. What processes of its own reach is not seen.

A plugin of pytest (`-p tests.reach`) that begins to watch as soon as it is there, before the product is imported.
"""

import os
import pickle
import sys
import time
from array import array
from collections.abc import Hashable, Iterator
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any
from zlib import crc32

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = tuple(f"{ROOT / name}{os.sep}" for name in ("cases", "guardians", "alerts", "config", "scripts"))
# Where each process of a run writes a file.
FOLDER = Path(os.environ.get("REACH", ROOT / "var" / "reach"))
if sys.version_info < (3, 12):
    raise pytest.UsageError("What each test reaches needs Python 3.12 or newer to be noted.")
_tool = sys.monitoring.COVERAGE_ID
_reached: set[Hashable] = set()


def _watch(code: CodeType) -> None:
    """Watch each function in this code; what a file does when it is imported is nobody's."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            sys.monitoring.set_local_events(_tool, inner, sys.monitoring.events.LINE)
            _watch(inner)


def _line(code: CodeType, line: int) -> object:
    _reached.add((code, line))
    return sys.monitoring.DISABLE


def begin() -> None:
    """Watch whatever is imported from now on."""
    get_code = SourceFileLoader.get_code

    def watched(self: SourceFileLoader, fullname: str) -> CodeType | None:
        code = get_code(self, fullname)
        if (
            code is not None
            and code.co_filename.startswith(PRODUCT)
            and "/migrations/" not in code.co_filename
        ):
            _watch(code)
        return code

    sys.monitoring.use_tool_id(_tool, "reach")
    sys.monitoring.register_callback(_tool, sys.monitoring.events.LINE, _line)
    SourceFileLoader.get_code = watched


@pytest.fixture(scope="session", autouse=True)
def pages_are_watched() -> None:
    """Watch nodes of templates, answers and refusals, once Django is there."""
    from django.db.utils import DatabaseErrorWrapper
    from django.template.base import Node
    from django.test import Client
    from django.urls import Resolver404

    render, leave, ask = Node.render_annotated, DatabaseErrorWrapper.__exit__, Client.request

    def rendered(self: Node, context: Any) -> Any:
        _reached.add(self)
        return render(self, context)

    def left(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        if error is not None:
            said = getattr(error, "diag", None)
            words = getattr(said, "constraint_name", None) or getattr(said, "message_primary", None) or error
            _reached.add("".join(letter for letter in str(words) if not letter.isdigit()))
        return leave(self, kind, error, trace)

    def asked(self: Client, **request: Any) -> Any:
        answer = ask(self, **request)
        view = ""
        # An address that leads nowhere has no view.
        with suppress(Resolver404):
            view = answer.resolver_match.view_name
        _reached.add((request["REQUEST_METHOD"], view, answer.status_code))
        return answer

    Node.render_annotated = rendered
    DatabaseErrorWrapper.__exit__ = left
    Client.request = asked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note what a test that is rolled back has left when it ends."""
    yield
    if item.get_closest_marker("django_db") is None:
        return
    from django.db import connection
    from psycopg2.extensions import TRANSACTION_STATUS_INERROR

    if not connection.in_atomic_block or connection.needs_rollback:
        return
    # A refusal of the database, after which it answers nothing until all is rolled back.
    if connection.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT kind FROM cases_event")
        _reached.update(kind for (kind,) in cursor.fetchall())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Note what one test reached, and the seconds that it took: a browser and the database work in some of them."""
    _reached.clear()
    sys.monitoring.restart_events()
    began = time.perf_counter()
    done = yield
    took = time.perf_counter() - began
    reached = array("I", sorted({crc32(_words(one).encode()) for one in _reached}))
    with (FOLDER / f"{os.getpid()}.pickle").open("ab") as file:
        pickle.dump((item.nodeid, took, reached), file)
    return done


def _words(one: Any) -> str:
    """Say what was reached so that it is the same in each process."""
    if isinstance(one, tuple) and isinstance(one[0], CodeType):
        return f"{one[0].co_filename} {one[1]}"
    origin, token = getattr(one, "origin", None), getattr(one, "token", None)
    if token is not None:
        return f"{getattr(origin, 'name', '')} {token.lineno} {type(one).__name__}"
    return str(one)


FOLDER.mkdir(parents=True, exist_ok=True)
begin()
