"""What one person says twice on one day, in the same words, is one: whoever pressed twice meant it once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.deadlines import london_day
from cases.models import User


def is_same(row: Any, said: Mapping[str, object], *, recorded_at: datetime, by: User, at: datetime) -> bool:
    """Whether `row`, which came on record at `recorded_at`, says this, by field, of `by` and of the London day of `at`."""
    own = (row.recorded_by_id, london_day(recorded_at)) == (by.pk, london_day(at))
    return own and all(getattr(row, name) == value for name, value in said.items())
