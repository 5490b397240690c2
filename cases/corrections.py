"""The verb of a correction: two people, one of them the data protection officer, destroy a passage and leave a marker."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q, QuerySet

from cases import access, legal_holds, log
from cases.access import Permission
from cases.audit import tables
from cases.models import (
    Child,
    Contact,
    Correction,
    EpisodeCall,
    EpisodeDecision,
    EpisodeFinding,
    EpisodeUpdate,
    KeepFrom,
    Note,
    Responsibility,
    Seal,
    User,
)
from cases.models.corrections import DESTROYED
from cases.states import IllegalMove

What = Correction.What
SHOWN = 100
_DESTROY = """
    SELECT destroy_passage(%s)
"""


@dataclass(frozen=True)
class Kind:
    """Where passages of one kind stand: the words, whose they are, and when it was."""

    model: type[models.Model]
    column: str
    child: str
    at: str


KINDS: Mapping[str, Kind] = {
    What.NOTE: Kind(Note, "text", "child", "happened_at"),
    What.CONTACT: Kind(Contact, "note", "child", "happened_at"),
    What.UPDATE: Kind(EpisodeUpdate, "text", "episode__child", "written_at"),
    What.CALL: Kind(EpisodeCall, "said", "episode__child", "rung_at"),
    What.FINDING: Kind(EpisodeFinding, "text", "episode__child", "heard_at"),
    What.DECISION: Kind(EpisodeDecision, "reason", "episode__child", "decided_at"),
}


@dataclass(frozen=True)
class Passage:
    """Words that somebody wrote about a child, as they stand."""

    what: str
    key: int
    text: str
    at: datetime

    @property
    def title(self) -> str:
        return str(What(self.what).label)


def passages(child: Child, *, words: str = "") -> list[Passage]:
    """What was written about the child and stands, newest first; the ones in which `words` stand where some are given."""
    found = [
        Passage(what, row.pk, getattr(row, kind.column), getattr(row, kind.at))
        for what, kind in KINDS.items()
        for row in _rows(child, kind, words).order_by(f"-{kind.at}")[:SHOWN]
    ]
    return sorted(found, key=lambda one: (one.at, one.what, one.key), reverse=True)[:SHOWN]


def passage(child: Child, what: str, key: int) -> Passage | None:
    """One of them; none where it is another child's, or destroyed already."""
    kind = KINDS.get(what)
    row = _rows(child, kind, "").filter(pk=key).first() if kind is not None else None
    if kind is None or row is None:
        return None
    return Passage(what, row.pk, getattr(row, kind.column), getattr(row, kind.at))


def _rows(child: Child, kind: Kind, words: str) -> QuerySet[Any]:
    empty = Q(**{f"{kind.column}__in": ("", DESTROYED)})
    rows = kind.model._default_manager.filter(~empty, **{kind.child: child})
    return rows.filter(**{f"{kind.column}__icontains": words}) if words else rows


def may_second(person: User, child: Child, *, at: datetime) -> bool:
    """Whether `person` is the data protection officer of the responsible authority, and not kept from the child."""
    if KeepFrom.objects.current(at).filter(child=child, user=person).exists():
        return False
    officer_of = [m.authority_id for m in access.memberships(person, at) if m.role in _OFFICERS]
    return Responsibility.objects.at(at).filter(child=child, authority__in=officer_of).exists()


_OFFICERS = access.FUNCTIONS[Permission.PROTECT_DATA]


def destroy(
    one: Passage, child: Child, *, reason: str, seconded_by: User, by: User, at: datetime
) -> Correction:
    """Destroy the passage wherever it stands, for good, and leave who did it, when and why.

    The record verifies as before: the marker holds what the seals need. IllegalMove without a reason, without the
    officer as second person, while a legal hold stands, and for a passage that is not there any more.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the passage is destroyed.")
    if seconded_by.pk == by.pk or not may_second(seconded_by, child, at=at):
        raise IllegalMove("The second person is the data protection officer of the responsible authority.")
    kind = KINDS[one.what]
    table = kind.model._meta.db_table
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if legal_holds.standing_of(child) is not None:
            raise IllegalMove("A legal hold stands: nothing of this record is destroyed until it is lifted.")
        standing = passage(child, one.what, one.key)
        if standing is None:
            raise IllegalMove("This passage is not there any more.")
        before, after = _digests(table, one.key, kind.column)
        made = Correction.objects.create(
            child=child,
            what=one.what,
            table=table,
            row=one.key,
            column=kind.column,
            passage_digest=hashlib.sha256(standing.text.encode()).hexdigest(),
            row_before=before,
            row_after=after,
            reason=reason.strip(),
            corrected_at=at,
            corrected_by=by,
            seconded_by=seconded_by,
        )
        data = {"what": made.what, "row": made.row, "second": seconded_by.pk}
        fields = {"reason": made.reason, "passage": made.passage_digest}
        log.record(child, "passage_destroyed", subject=made, data=data, fields=fields, by=by, at=at)
        # The database destroys nothing that no event tells of.
        with connection.cursor() as cursor:
            cursor.execute(_DESTROY, [made.pk])
    return made


def _digests(table: str, key: int, column: str) -> tuple[str, str]:
    """The row's digest as its seal reads it, now and with the passage destroyed; nothing where it is never sealed."""
    sealed = {one.name: one for one in tables.sealed()}.get(table)
    if sealed is None:
        return "", ""
    seal = Seal.objects.filter(table=table, last__gte=key).order_by("number").only("columns").first()
    columns: Sequence[str] = seal.columns if seal is not None else tables.columns(sealed)
    return (
        tables.digest_of(sealed, key, columns).hex(),
        tables.digest_of(sealed, key, columns, instead={column: DESTROYED}).hex(),
    )
