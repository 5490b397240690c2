"""Which tables know anything of some children: most know nothing of most, and one question asks all of them."""

from collections.abc import Collection
from functools import cache
from typing import Any

from django.db import connection

# What is looked for: a name, and the rows it stands for, as they follow FROM; %(ids)s are the children's ids.
Questions = tuple[tuple[str, str], ...]


def of_children(*tables: str) -> Questions:
    """Whether each of these tables has a row of the children, by its `child_id`."""
    return tuple((table, f"{table} WHERE child_id = ANY (%(ids)s)") for table in tables)


def found(questions: Questions, ids: Collection[int], *, stamps: Questions = (), **values: Any) -> set[str]:
    """Return the names of those that have a row; and with each of the `stamps`, one word that is asked for, what it is."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(questions, stamps), {"ids": list(ids), **values})
        (there, *words) = cursor.fetchone()
    named = {name for (name, _rows), is_there in zip(questions, there, strict=True) if is_there}
    return named | {f"{name} {word}" for (name, _rows), word in zip(stamps, words, strict=True)}


def stamp(name: str, there: Collection[str]) -> str:
    """The stamp of this name in what was found."""
    return next(one for one in there if one.startswith(f"{name} ")).removeprefix(f"{name} ")


@cache
def _statement(questions: Questions, stamps: Questions) -> str:
    # One row of answers: PostgreSQL takes a fourth longer to plan as many rows of one answer each.
    asked = ", ".join(f"EXISTS (SELECT FROM {rows})" for _name, rows in questions)
    return ", ".join([f"SELECT ARRAY[{asked}]", *(f"({rows})" for _name, rows in stamps)])
