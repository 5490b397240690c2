"""The children on record who may be the one that is being registered, and why: a suggestion, never a verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from cases import access, listed_names
from cases.access import Permission
from cases.listed_names import Kind
from cases.models import BirthDatePrecision, Child, User
from cases.models.children import ChildQuerySet
from cases.search import finding, folding, likeness

# Alike with something beside the name, and so alike that the whole name is enough.
ALIKE, THE_SAME = 0.82, 0.92
# More would not be read.
MOST_SHOWN = 5
LOOKED_AT = 30
# By how much a birth date on record may be off: who estimates an age may be wrong by a year.
_MAY_BE_OFF = {
    BirthDatePrecision.DAY: timedelta(0),
    BirthDatePrecision.MONTH: timedelta(days=31),
    BirthDatePrecision.YEAR: timedelta(days=200),
    BirthDatePrecision.ESTIMATED: timedelta(days=366),
}


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """What has been typed so far about the child who is being registered."""

    given_name: str = ""
    family_name: str = ""
    known_as: str = ""
    script_name: str = ""
    spellings: tuple[str, ...] = ()
    birth_year: int | None = None
    nationality: str = ""
    phones: tuple[str, ...] = ()
    # Those that somebody else gave, by the names of their fields.
    references: Mapping[str, str] = field(default_factory=dict)
    # The first and the last birth date that the age given allows, where neither birth date nor family name was asked:
    # of those born between them the given names are compared alone.
    born_between: tuple[date, date] | None = None

    @property
    def names(self) -> list[str]:
        """Every name to look for, each once."""
        keys = folding.keys(
            given_name=self.given_name,
            family_name=self.family_name,
            known_as=self.known_as,
            script_name=self.script_name,
            spellings=self.spellings[:2],
        )
        return list({key.fold: key.name for key in keys if key.fold}.values())


@dataclass(frozen=True)
class Match:
    """One child who may be the same, and why, as keys: name, script, phone, birth_year, age, nationality, or a reference."""

    child: Child
    score: float
    why: tuple[str, ...] = field(default=())


def of(newcomer: Newcomer, *, user: User, at: datetime) -> list[Match]:
    """Those whom `user` may see and who may be the newcomer, the likest first; a restricted record is not among them."""
    seen = access.children(user, Permission.SEE_STATUS, at=at).filter(is_drill=False)
    alike = _alike(newcomer, seen)
    rung = {child.pk: child for phone in newcomer.phones for child in _by_phone(user, phone, at)}
    readable = access.children(user, Permission.SEE_RECORD, at=at)
    # Whoever may not read the record is not told by guessing either.
    numbered = finding.with_references(seen.filter(pk__in=readable.values("pk")), newcomer.references)
    known = Child.objects.in_bulk({*alike, *numbered} - set(rung)) | rung
    read = set(readable.filter(pk__in=known).values_list("pk", flat=True))
    found = [
        _match(newcomer, child, alike.get(pk, 0.0), _Beside(pk in rung, pk in read, numbered.get(pk, ())))
        for pk, child in known.items()
    ]
    matches = sorted((one for one in found if one is not None), key=lambda one: (-one.score, -one.child.pk))
    return matches[:MOST_SHOWN]


def behind(newcomer: Newcomer, *, user: User, at: datetime) -> list[Match]:
    """Those who may be the newcomer and whom a restriction alone keeps from `user`: for the people named, never for `user`."""
    hidden = access.behind_restriction(user, Permission.SEE_STATUS, at=at)
    return among(newcomer, hidden.filter(is_drill=False))


def among(newcomer: Newcomer, hidden: ChildQuerySet) -> list[Match]:
    """Those of `hidden` who may be the newcomer, by all that is on their records: for whoever reads these, and nobody else."""
    alike = _alike(newcomer, hidden)
    rung = {
        child.pk: child
        for phone in newcomer.phones
        for child in finding.with_phone(hidden, phone)[:MOST_SHOWN]
    }
    numbered = finding.with_references(hidden, newcomer.references)
    known = Child.objects.in_bulk({*alike, *numbered} - set(rung)) | rung
    found = [
        _match(newcomer, child, alike.get(pk, 0.0), _Beside(pk in rung, True, numbered.get(pk, ())))
        for pk, child in known.items()
    ]
    return [one for one in found if one is not None]


def _alike(newcomer: Newcomer, seen: ChildQuerySet) -> dict[int, float]:
    best: dict[int, float] = {}
    for name in newcomer.names:
        for found in finding.by_name(seen, name, most=LOOKED_AT):
            # A beginning is enough to be found, and not to be taken for the same.
            score = likeness.alike(name, found.name) if found.name else 0.0
            best[found.child_id] = max(best.get(found.child_id, 0.0), score)
    if newcomer.born_between is not None:
        for child_id, score in _by_given_name(newcomer, seen.filter(_of_that_age(newcomer.born_between))):
            best[child_id] = max(best.get(child_id, 0.0), score)
    return best


def _of_that_age(between: tuple[date, date]) -> Q:
    first, last = between
    return reduce(
        or_,
        (
            Q(birth_date_precision=precision, birth_date__range=(first - off, last + off))
            for precision, off in _MAY_BE_OFF.items()
        ),
    )


def _is_of_that_age(child: Child, between: tuple[date, date] | None) -> bool:
    if between is None or child.birth_date is None:
        return False
    off = _MAY_BE_OFF[BirthDatePrecision(child.birth_date_precision)]
    return between[0] - off <= child.birth_date <= between[1] + off


def _by_given_name(newcomer: Newcomer, seen: ChildQuerySet) -> Iterable[tuple[int, float]]:
    found = finding.by_name(seen, newcomer.given_name, most=LOOKED_AT)
    given = Child.objects.filter(pk__in=[one.child_id for one in found]).values_list("pk", "given_name")
    return [(pk, likeness.alike(newcomer.given_name, name)) for pk, name in given]


def _by_phone(user: User, phone: str, at: datetime) -> Iterable[Child]:
    return finding.by_phone(user, phone, at=at)[:MOST_SHOWN]


def same_nation(one: str, other: str) -> bool:
    """Whether two nationalities are the same by whichever of their names; one that is not known is the same as none."""
    return bool(one.strip()) and _nation(one) == _nation(other)


def _nation(text: str) -> str:
    return listed_names.named(Kind.NATIONALITY, text).casefold()


@dataclass(frozen=True)
class _Beside:
    """What is known beside the names: the same phone, whether the record may be read, and which references are the same."""

    same_phone: bool
    record: bool
    same_references: tuple[str, ...]


def _match(newcomer: Newcomer, child: Child, alike: float, known: _Beside) -> Match | None:
    script, other_script = folding.fold(newcomer.script_name), folding.fold(child.script_name)
    beside = {
        "phone": known.same_phone,
        "script": bool(script) and script == other_script,
        "birth_year": child.birth_date is not None and child.birth_date.year == newcomer.birth_year,
        "age": _is_of_that_age(child, newcomer.born_between),
        # Whoever may not read the record is not told by guessing either.
        "nationality": known.record and same_nation(newcomer.nationality, child.nationality),
    }
    numbers = (known.same_phone, *known.same_references)
    why = (*known.same_references, *(key for key, holds in beside.items() if holds))
    whole = alike >= THE_SAME and " " in folding.fold(f"{newcomer.given_name} {newcomer.family_name}")
    if not (any(numbers) or beside["script"] or whole or (alike >= ALIKE and why)):
        return None
    named = ("name",) if alike >= ALIKE else ()
    return Match(child, alike + len(why) + 2 * sum(map(bool, numbers)), (*named, *why))
