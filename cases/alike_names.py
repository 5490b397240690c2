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
    found = list({child.pk: child for child in children}.values())
    names = {child.pk: child.given_name for child in found}
    whole = {child.pk: f"{child.given_name} {child.family_name}" for child in found}
    namesakes = _shared(whole)
    told = {}
    for child in found:
        if child.pk in _shared(names):
            by_reference = child.pk in namesakes or not child.family_name.strip()
            told[child.pk] = (
                f"{child.given_name} {child.reference}" if by_reference else whole[child.pk].strip()
            )
    # A given name alone may sound as another's whole name does.
    for pk in _shared({**names, **told}):
        child = next(one for one in found if one.pk == pk)
        told[pk] = f"{child.given_name} {child.reference}"
    return Alike(told, frozenset(namesakes))


def _shared(names: dict[int, str]) -> set[int]:
    heard = {pk: _heard(name) for pk, name in names.items()}
    often = Counter(heard.values())
    return {pk for pk, name in heard.items() if often[name] > 1}


def _heard(name: str) -> str:
    """A name without what nobody hears: capitals, accents, and spaces that are too many."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())
