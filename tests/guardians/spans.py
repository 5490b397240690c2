"""Answers of a form about days, as a browser sends them."""

from datetime import date


def boxes(**named: date) -> dict[str, str]:
    """The three boxes of each date."""
    parts = ("day", "month", "year")
    return {f"{name}_{part}": str(getattr(day, part)) for name, day in named.items() for part in parts}
