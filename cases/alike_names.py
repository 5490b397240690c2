"""Names that sound the same on one page: how each child of such a page is named to whoever only hears it."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cases.models import Child


@dataclass(frozen=True)
class Alike:
    """Of the children of one page, those whose given name another has too, and those who share the whole name."""

    # By child: the given name with what tells it apart; who is alone with a given name is not in it.
    told_apart: dict[int, str] = field(default_factory=dict)
    # Those whom the whole name does not tell apart.
    namesakes: frozenset[int] = frozenset()

    def name_of(self, child: Child) -> str:
        """The given name, and as much more as it takes to know of whom a button speaks."""
        return self.told_apart.get(child.pk, child.given_name)


def of(children: Iterable[Child]) -> Alike:
    """Read the names of these children as a screen reader speaks them: the family name tells two apart, else the reference."""
    found = {child.pk: child for child in children}
    names = {pk: child.given_name for pk, child in found.items()}
    whole = {pk: f"{child.given_name} {child.family_name}" for pk, child in found.items()}
    by_reference = {pk: f"{child.given_name} {child.reference}" for pk, child in found.items()}
    namesakes = _shared(whole)
    told = {
        pk: by_reference[pk] if pk in namesakes or not found[pk].family_name.strip() else whole[pk].strip()
        for pk in _shared(names)
    }
    # A given name alone may sound as another's whole name does.
    told |= {pk: by_reference[pk] for pk in _shared({**names, **told})}
    return Alike(told, frozenset(namesakes))


def _shared(names: dict[int, str]) -> set[int]:
    heard = {pk: _heard(name) for pk, name in names.items()}
    often = Counter(heard.values())
    return {pk for pk, name in heard.items() if often[name] > 1}


def _heard(name: str) -> str:
    """A name without what nobody hears: capitals, accents, and spaces that are too many."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())
