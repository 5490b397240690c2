"""The facts of a child put down at an instant, to be compared with what the history says of it later."""

from dataclasses import fields
from typing import Any

from django.db.models import Model

from cases.facts import ChildFacts

# As they stand now: of no child. When a bound was written is read of more than may matter: what follows is compared.
_OF_OTHERS = ("shifts", "stays", "written", "worked")


def image(facts: ChildFacts) -> dict[str, Any]:
    """Every field of the facts, a row as the values of its columns; what stands in no order by its key."""
    return {
        one.name: _plain(getattr(facts, one.name)) for one in fields(facts) if one.name not in _OF_OTHERS
    } | {
        "concerns": sorted((_plain(row) for row in facts.concerns), key=lambda row: row["id"]),
        "known_placements": facts.known_placements,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return {one.attname: getattr(value, one.attname) for one in value._meta.concrete_fields}
    return [_plain(one) for one in value] if isinstance(value, list) else value
