"""To which field a name in a filter leads is found once: Django walks there two times for each filter of each statement."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.models.sql.query import Query

_djangos = Query.names_to_path
# Where the ways from a model are kept: with its options.
_KEPT = "_ways_by_names"


def take_up() -> None:
    """Have every statement find its fields this way, from now on."""
    Query.names_to_path = names_to_path  # type: ignore[method-assign]


def names_to_path(
    self: Query, names: Sequence[str], opts: Any, allow_many: bool = True, fail_on_missing: bool = False
) -> tuple[list[Any], Any, Any, list[str]]:
    """What `Query.names_to_path` answers [Django 5.2].

    That hangs on the models alone, unless the statement gives a name to something itself; the models of a migration are
    still being made.
    """
    query: Any = self
    if query.annotations or query._filtered_relations or opts is None or opts.apps is not apps:
        return _asked(query, names, opts, allow_many, fail_on_missing)
    kept = vars(opts).get(_KEPT)
    if kept is None:
        # Before all models are there, others may still come to lead to this one.
        kept = vars(opts).setdefault(_KEPT, {}) if apps.ready else {}
    key = (*names, allow_many, fail_on_missing)
    found = kept.get(key)
    if found is None:
        found = kept[key] = _asked(query, names, opts, allow_many, fail_on_missing)
    path, field, targets, rest = found
    return [*path], field, targets, [*rest]


def _asked(query: Any, names: Sequence[str], opts: Any, *how: bool) -> tuple[list[Any], Any, Any, list[str]]:
    path, field, targets, rest = _djangos(query, names, opts, *how)
    return path, field, targets, [*rest]
