"""Texts of what was sent long ago: emptied by a function of the database's owner, a commit for some at a time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

BATCH = 1000
_EMPTY = """
    SELECT empty_old_texts(%s, %s)
"""


def kept_since(now: datetime) -> datetime:
    """What was sent before this instant is emptied, by `KEEP_TEXTS_DAYS`."""
    return now - timedelta(days=settings.KEEP_TEXTS_DAYS)


def empty(*, before: datetime, batch: int = BATCH) -> int:
    """Empty the texts of what was sent before, and return how many; hash, recipient and times stay.

    Nothing younger than a year is emptied whatever `before` says, and nothing of a child under a legal hold
    [two years: data protection, domain document 6].
    """
    emptied = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_EMPTY, [before, batch])
            (now_empty,) = cursor.fetchone()
        emptied += now_empty
        if now_empty < batch:
            return emptied
