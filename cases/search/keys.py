"""The keys by which a child's names are found: written with every name, and by set."""

from collections.abc import Iterable, Iterator

from django.db import transaction

from cases import bulk
from cases.models import Child, NameKey
from cases.search import folding
from cases.search.folding import Key

BATCH = 2000


def write(child: Child) -> None:
    """Write the keys of the locked child's names anew."""
    NameKey.objects.filter(child=child).delete()
    write_first(child)


def write_first(child: Child) -> None:
    """The same of a child who has none yet."""
    bulk.create(rows_of(child))


def rows_of(child: Child) -> list[NameKey]:
    """The rows that the child's names are found by, unsaved."""
    return [NameKey(child=child, **vars(key)) for key in _keys(child)]


def write_anew() -> int:
    """Write the keys that are not what the names fold to now, and return of how many children they were."""
    changed = 0
    for reference in adrift():
        with transaction.atomic():
            write(Child.objects.locked().get(reference=reference))
        changed += 1
    return changed


def adrift() -> Iterator[str]:
    """References of the children whose keys are not what their names fold to."""
    last = 0
    while batch := list(Child.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        standing = _standing(child.pk for child in batch)
        for child in batch:
            if sorted(standing.get(child.pk, []), key=_order) != sorted(_keys(child), key=_order):
                yield child.reference


def _standing(ids: Iterable[int]) -> dict[int, list[Key]]:
    found: dict[int, list[Key]] = {}
    rows = NameKey.objects.filter(child__in=list(ids))
    for child_id, *key in rows.values_list("child", "kind", "name", "fold", "bones"):
        found.setdefault(child_id, []).append(Key(*key))
    return found


def _keys(child: Child) -> list[Key]:
    return folding.keys(
        given_name=child.given_name,
        family_name=child.family_name,
        known_as=child.known_as,
        script_name=child.script_name,
        spellings=child.spellings,
    )


def _order(key: Key) -> tuple[str, str]:
    return key.kind, key.name
