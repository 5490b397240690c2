"""Which tables know anything of some children: most know nothing of most, and one question asks all of them."""

from collections.abc import Collection
from functools import cache
from typing import Any

from django.db import connection

# What is looked for: a name, and the rows it stands for, as they follow FROM; %(ids)s are the children's ids.
Questions = tuple[tuple[str, str], ...]
_QUESTION = """
    SELECT '{name}' WHERE EXISTS (SELECT FROM {rows})
"""
# What is always there, and what of it.
_STAMP = """
    SELECT '{name} ' || ({rows})
"""


def of_children(*tables: str) -> Questions:
    """Whether each of these tables has a row of the children, by its `child_id`."""
    return tuple((table, f"{table} WHERE child_id = ANY (%(ids)s)") for table in tables)


def found(questions: Questions, ids: Collection[int], *, stamps: Questions = (), **values: Any) -> set[str]:
    """Return the names of those that have a row; and with each of the `stamps`, one word that is asked for, what it is."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(questions, stamps), {"ids": list(ids), **values})
        return {name for (name,) in cursor.fetchall()}


def stamp(name: str, there: Collection[str]) -> str:
    """The stamp of this name in what was found."""
    return next(one for one in there if one.startswith(f"{name} ")).removeprefix(f"{name} ")


@cache
def _statement(questions: Questions, stamps: Questions) -> str:
    arms = [_QUESTION.format(name=name, rows=rows) for name, rows in questions]
    return " UNION ALL ".join([*arms, *(_STAMP.format(name=name, rows=rows) for name, rows in stamps)])
