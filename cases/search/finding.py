"""Who is found by a name that was heard, and by a phone number, among the children a reader may see."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Exists, F, Func, OuterRef, Q, TextField, Value
from django.db.models.functions import Greatest, Right

from cases import access
from cases.access import Permission
from cases.models import Child, MissingReport, NameKey, User
from cases.models.children import ChildQuerySet
from cases.search import folding, likeness

# The database finds more than are shown, roughly in order; the finer likeness then puts them in order.
CANDIDATES = 300
# Of the threes of letters of what is sought, how many the name must have. One common word of two is not enough, for of
# a common name there are thousands; of three words two are.
SHARED, SHARED_OF_TWO = 0.45, 0.55
# So few letters are a beginning, in which nobody has made a mistake yet.
BEGINNING = 2
# Bones as short as these are everybody's.
SHORTEST_BONES = 3
# Below this nobody would call it the same name.
LEAST_ALIKE = 0.62
# A name beside the first one is said to have matched when it is clearly nearer.
CLEARLY = 0.04
# An area code may be left out, and a country's code put in front.
LEAST_DIGITS, COMPARED_DIGITS = 6, 9
# Of a reference that somebody gave; a shorter one is given again to another child. It has a figure: "not known" is none.
LEAST_LETTERS = 4


@dataclass(frozen=True)
class Found:
    """One child found, how alike the name is, and the other name that it was found by."""

    child_id: int
    score: float
    kind: str = NameKey.Kind.NAME
    name: str = ""


def by_name(children: ChildQuerySet, query: str, *, most: int) -> list[Found]:
    """Those of `children` with a name that sounds like `query`, the likest first; always the same few questions."""
    sought = folding.words(query)
    if not sought:
        return []
    best: dict[int, list[Found]] = {}
    for child_id, kind, name, fold in _candidates(children, query):
        score = max(likeness.sought(sought, fold.split()), likeness.sought(sought, folding.words(name)))
        if score >= LEAST_ALIKE:
            best.setdefault(child_id, []).append(Found(child_id, score, kind, name))
    found = sorted((_best(names) for names in best.values()), key=lambda one: (-one.score, one.child_id))
    return found[:most]


def by_phone(user: User, phone: str, *, at: datetime) -> ChildQuerySet:
    """The children with a number (`with_phone`) that ends in the last digits of this one, and whose number `user` may read.

    A number tells whose it is: who may not read it is not told by the search either.
    """
    addressed = access.children(user, Permission.SEE_ADDRESS, at=at)
    read = access.children(user, Permission.SEE_RECORD, at=at)
    return with_phone(addressed.filter(pk__in=read.values("pk")), phone)


def with_phone(children: ChildQuerySet, phone: str) -> ChildQuerySet:
    """Those of `children` whose own or safe number ends in the last digits of this one, or that of the phone they have now.

    Of a child who is looked for the report that stands says which that is.
    """
    ends = re.sub(r"\D", "", phone)[-COMPARED_DIGITS:]
    if len(ends) < LEAST_DIGITS:
        return Child.objects.none()
    later = MissingReport.objects.filter(episode=OuterRef("episode"), version__gt=OuterRef("version"))
    reports = MissingReport.objects.filter(~Exists(later), episode__ended_at=None).exclude(child_phone="")
    along = reports.alias(end=Right(_digits("child_phone"), len(ends))).filter(end=ends)
    return children.alias(
        own=Right(_digits("phone"), len(ends)), safe=Right(_digits("safe_phone"), len(ends))
    ).filter(Q(own=ends) | Q(safe=ends) | Q(pk__in=along.values("episode__child")))


def with_references(children: ChildQuerySet, references: Mapping[str, str]) -> dict[int, tuple[str, ...]]:
    """Which of `children` have one of these references, each by the name of its field: by id, the fields that are the same.

    Letters and digits alone are compared. One of less than `LEAST_LETTERS`, or without a digit, is nobody's.
    """
    told = {field: _letters(text) for field, text in references.items()}
    sought = {
        field: said
        for field, said in told.items()
        if len(said) >= LEAST_LETTERS and any(map(str.isdecimal, said))
    }
    if not sought:
        return {}
    rows = children.annotate(**{f"the_{field}": _without(field, r"[^[:alnum:]]") for field in sought})
    same = reduce(or_, (Q(**{f"the_{field}__iexact": said}) for field, said in sought.items()))
    found: dict[int, tuple[str, ...]] = {}
    for pk, *held in rows.filter(same).order_by("-pk").values_list("pk", *sought)[:CANDIDATES]:
        found[pk] = tuple(
            field for field, text in zip(sought, held, strict=True) if _letters(text) == sought[field]
        )
    return found


def in_order(found: Iterable[Found]) -> list[Child]:
    """The children found, as rows, in the order in which they were found."""
    ids = [one.child_id for one in found]
    rows = Child.objects.in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def _candidates(children: ChildQuerySet, query: str) -> list[tuple[int, str, str, str]]:
    fold = folding.fold(query)
    sounds, near = _sounds_like(fold, folding.bones(query))
    together = "".join(folding.words(query))
    if " " in fold and len(together) > BEGINNING:
        sounds |= Q(fold__contains=together)
    rows = (
        NameKey.objects.filter(sounds, child__in=children.values("pk"))
        .annotate(near=near + TrigramSimilarity("fold", fold) * 0.3)
        .order_by(F("near").desc(), "child")
        .values_list("child_id", "kind", "name", "fold")
    )
    shared = SHARED_OF_TWO if fold.count(" ") == 1 else SHARED
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(shared)])
        return list(rows[:CANDIDATES])


def _sounds_like(fold: str, bones: str) -> tuple[Q, Any]:
    """What the database can look up by index, and how near it then calls a name."""
    near: Any = TrigramWordSimilarity(fold, "fold")
    begins = Q()
    for word in fold.split():
        begins &= Q(fold__startswith=word) | Q(fold__contains=f" {word}")
    if not fold.isascii():
        # A script that no table knows has few threes of letters, and no bones.
        return begins | Q(fold__contains=fold), near
    if len(fold) <= BEGINNING:
        return begins, near
    sounds = begins | Q(fold__trigram_word_similar=fold)
    if len(max(bones.split(), key=len)) >= SHORTEST_BONES:
        near = Greatest(near, TrigramWordSimilarity(bones, "bones") * 0.9)
        sounds |= Q(bones__trigram_word_similar=bones)
    if " " in fold:
        # Of some children one name alone is known.
        sounds |= Q(fold__in=fold.split())
    return sounds, near


def _best(names: list[Found]) -> Found:
    """The likest of a child's names; the first of them where no other is clearly liker."""
    likest = max(names, key=lambda one: one.score)
    first = [one for one in names if one.kind == NameKey.Kind.NAME]
    if first and first[0].score >= likest.score - CLEARLY:
        return Found(likest.child_id, likest.score, first[0].kind, first[0].name)
    return likest


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _digits(field: str) -> Func:
    return _without(field, r"\D")


def _without(field: str, signs: str) -> Func:
    return Func(
        F(field),
        Value(signs),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=TextField(),
    )
