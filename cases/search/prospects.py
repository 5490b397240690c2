"""Which searches can be worth a look for a found child, as far as the database can say: it leaves out none that is."""

from collections.abc import Collection, Iterable
from datetime import date
from functools import reduce
from itertools import combinations
from operator import and_, or_
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Collate, Length, Lower
from django.db.models.lookups import Exact

from cases.found_matching import Found, head_word, telling_words
from cases.models import EpisodeForce, FindMeSection, MissingEpisode, MissingReport

# Where the find-me profile has the further numbers, in words.
SECTION, QUESTION = "accounts", "numbers"
# Of these so many agree where nothing agrees that tells children apart (`Match.is_worth_a_look`).
_AT_LEAST = 3
_NONE = Q(pk__in=())


def plausible(
    rows: QuerySet[MissingEpisode], found: Found, *, alike: Collection[int], today: date
) -> QuerySet[MissingEpisode]:
    """Those of `rows` in which something tells the child apart, or enough else agrees; `alike` are children, by name.

    The comparison itself is `found_matching.match`: here a row too many costs a moment, and a row too few a child. How
    letters fold that are on no keyboard the database does not know: a text with one of them stays in.
    """
    reports = MissingReport.objects.filter(episode=OuterRef("pk")).order_by("-version")
    profiles = FindMeSection.objects.filter(child=OuterRef("child"), section=SECTION).order_by("-pk")
    said = rows.alias(
        child_looks=_plain(F("child__description")),
        worn=_plain(F("wearing")),
        spoken=_plain(_listed("child__languages")),
        own_number=_digits("child__phone"),
        safe_number=_digits("child__safe_phone"),
        number_along=_digits(_of_last(reports, "child_phone")),
        further_numbers=_digits(_of_last(profiles, KT(f"answers__{QUESTION}"))),
    )
    telling = (
        Q(child__in=alike),
        _has_word("child_looks", telling_words(found.looks)),
        _has_word("worn", telling_words(found.clothing)),
        _ends("own_number", found.phone_keys),
        _ends("safe_number", found.phone_keys),
        _ends("number_along", found.phone_keys),
        _has_number("further_numbers", found.phone_keys),
    )
    return said.filter(reduce(or_, telling) | _ordinary(found, today))


def _has_word(text: str, words: Collection[str]) -> Q:
    """Whether one of these words, folded, stands whole in the text."""
    known = "|".join(sorted({word for word in words if word.isascii()}))
    found = Q(**{f"{text}__regex": f"(^|[^a-z0-9])({known})([^a-z0-9]|$)"}) if known else _NONE
    return Q(**{text: None}) | found if words else _NONE


def _ends(number: str, keys: Collection[str]) -> Q:
    """A key is the end of the digits as they were typed."""
    ends = (Q(**{f"{number}__endswith": key}) for key in keys)
    return Q(**{number: None}) | reduce(or_, ends) if keys else _NONE


def _has_number(numbers: str, keys: Collection[str]) -> Q:
    """A key stands in the digits of a text in which there may be several numbers, and other digits."""
    has = (Q(**{f"{numbers}__contains": key}) for key in keys)
    return Q(**{numbers: None}) | reduce(or_, has) if keys else _NONE


def _of_last(rows: QuerySet[Any], said: str | Combinable) -> Combinable:
    """What the first of `rows` says, nothing where there is none: that is no text that the database cannot read."""
    return Coalesce(Subquery(rows.values_list(said)[:1], output_field=TextField()), Value(""))


def _ordinary(found: Found, today: date) -> Q:
    """Whether so many agree of sex, age, language and force, each where the found child has it."""
    agreeing = [*_sex(found), *_age(found, today), *_language(found), *_force(found)]
    together = (reduce(and_, some) for some in combinations(agreeing, _AT_LEAST))
    return reduce(or_, together, _NONE)


def _sex(found: Found) -> Iterable[Q]:
    if found.sex:
        yield Q(child__sex=found.sex)


def _age(found: Found, today: date) -> Iterable[Q]:
    """By the year of birth: who has had no birthday yet this year is a year younger."""
    if found.ages is not None:
        least, most = found.ages
        yield Q(child__birth_date__year__range=(today.year - most - 1, today.year - least))


def _language(found: Found) -> Iterable[Q]:
    """By the name without its kind: whoever is looked for may be written down with another, or with none."""
    given = [head_word(language) for language in found.languages]
    if given:
        agree = (Q(spoken__contains=language) for language in given if language.isascii())
        yield reduce(or_, agree, Q(spoken=None))


def _force(found: Found) -> Iterable[Q]:
    if found.force_id is not None:
        yield Q(Exists(EpisodeForce.objects.filter(episode=OuterRef("pk"), force=found.force_id)))


def _plain(text: Combinable) -> Case:
    """The text in small letters, or nothing where it has letters that are on no keyboard: those have more bytes than one."""
    octets = Func(text, function="octet_length", output_field=IntegerField())
    small = Lower(Collate(text, "C"))
    return Case(When(Exact(octets, Length(text)), then=small), output_field=TextField())


def _listed(field: str) -> Func:
    return Func(F(field), Value("\n"), function="array_to_string", output_field=CharField())


def _digits(said: str | Combinable) -> Func:
    words = (Value(r"\D"), Value(""), Value("g"))
    text = F(said) if isinstance(said, str) else said
    return Func(_plain(text), *words, function="regexp_replace", output_field=TextField())
