"""Questions put to the whole record: what cannot be asked is a finding of its own, and hides no other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from django.db import InterfaceError, OperationalError, transaction

from cases.models import Child

logger = structlog.get_logger(__name__)
# That PostgreSQL does not answer concerns every question.
_AWAY = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Broken:
    """One invariant with the references that break it; none when it holds."""

    invariant: str
    question: str
    references: tuple[str, ...]


def by_itself(question: str, ask: Callable[[], Iterable[str]]) -> list[str]:
    """What this question finds; that it could not be asked, where it fails."""
    try:
        with transaction.atomic():
            return list(ask())
    except _AWAY:
        raise
    except Exception as error:
        logger.exception("question_not_asked", question=question)
        return [_unasked(error)]


def of_each(
    ids: Sequence[int],
    read: Callable[[Sequence[int]], Iterable[str]],
    name: Callable[[int], str] | None = None,
) -> list[str]:
    """What `read` finds of these children; where it fails, of each half, down to the one that it fails of."""
    try:
        with transaction.atomic():
            return list(read(ids))
    except _AWAY:
        raise
    except Exception as error:
        if len(ids) == 1:
            logger.exception("record_not_asked", record=ids[0])
            return [f"{(name or _reference)(ids[0])} {_unasked(error)}"]
    half = len(ids) // 2
    return of_each(ids[:half], read, name) + of_each(ids[half:], read, name)


def _unasked(error: Exception) -> str:
    return f"could not be asked: {type(error).__name__}"


def _reference(child_id: int) -> str:
    return Child.objects.get(pk=child_id).reference
