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


def of_children(*tables: str) -> Questions:
    """Whether each of these tables has a row of the children, by its `child_id`."""
    return tuple((table, f"{table} WHERE child_id = ANY (%(ids)s)") for table in tables)


def found(questions: Questions, ids: Collection[int], **values: Any) -> set[str]:
    """Return the names of those that have a row."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(questions), {"ids": list(ids), **values})
        return {name for (name,) in cursor.fetchall()}


@cache
def _statement(questions: Questions) -> str:
    return " UNION ALL ".join(_QUESTION.format(name=name, rows=rows) for name, rows in questions)
