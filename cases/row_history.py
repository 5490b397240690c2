"""The history of rows: who is named for a change while a request is answered, and what stood where before."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

# What a name of a request may be made of: it stands in a statement, and a client may have chosen it.
_REQUEST = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_WRITES = re.compile(r"\s*(UPDATE|DELETE|WITH)\b", re.IGNORECASE)
# Within the transaction alone, so that nothing of it is left when the connection serves the next one.
_NAMED = """
    SELECT set_config('rollcall.actor', '{actor}', true), set_config('rollcall.request', '{request}', true);
"""

_nobody: ContextVar[bool] = ContextVar("changed_by_nobody", default=False)

# Who acts, by key, and the name of the request; asked when something is changed and not before.
Who = Callable[[], tuple[int | None, str]]


@contextmanager
def naming(who: Who) -> Iterator[None]:
    """Have every change of a row in here name who made it; in the same journey to the database, so it costs no other."""

    def named(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        return execute(_named(who) + sql if _WRITES.match(sql) and not many else sql, params, many, context)

    with connection.execute_wrapper(named):
        yield


@contextmanager
def by_engine() -> Iterator[None]:
    """Have the changes in here name nobody: where who made one would say of which other child it comes."""
    token = _nobody.set(True)
    try:
        yield
    finally:
        _nobody.reset(token)


def _named(who: Who) -> str:
    actor, request = (None, "") if _nobody.get() else who()
    known = _REQUEST.fullmatch(request)
    return _NAMED.format(actor="" if actor is None else int(actor), request=request if known else "")
