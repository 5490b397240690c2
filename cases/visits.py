"""The verbs of a visit by the social worker, and whether the authority in whose area a child is placed was told."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from cases import contacts, log, placement_papers, witnesses
from cases.clock import TOLERANCE, as_read_at
from cases.models import Child, Contact, Placement, User, Visit, VisitRequest
from cases.moves import require_open, require_same
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Visited:
    """What somebody saw at a visit: the child or not, alone or not, where, and what is to be remembered."""

    seen: bool
    seen_alone: bool | None = None
    place: str
    note: str = ""
    lasting: bool = False
    # The child, who is fostered for long, agrees to be visited less often.
    agreed_less: bool = False
    visited_at: datetime
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def record(child: Child, visited: Visited, *, by: User, at: datetime) -> Visit:
    """Keep a visit; the child seen is a contact, face to face, in the same commit. The same key again returns it.

    Raises `IllegalMove` for a time ahead, for nowhere, and for a child not seen without why; `SentBefore` for the same
    key with other words.
    """
    _require(visited, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Visit.objects.filter(key=visited.key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            first = standing.recorded_at
            again = replace(visited, visited_at=as_read_at(first, visited.visited_at))
            require_same(standing, _said(again, at), sent=(first, at))
            return standing
        require_open(child.closed_at, happened_at=visited.visited_at)
        visit = Visit.objects.create(
            key=visited.key,
            child=child,
            **_said(visited, at),
            contact=_contact(child, visited, by, at) if visited.seen else None,
            recorded_at=at,
            recorded_by=by,
        )
        log.record(
            child,
            "visit_recorded",
            subject=visit,
            data={"seen": visit.seen, "alone": visit.seen_alone},
            happened_at=visit.visited_at,
            fields={name: getattr(visit, name) for name in ("place", "note", "lasting", "agreed_less")},
            by=by,
            at=at,
        )
    return visit


def ask(
    child: Child,
    kind: str,
    *,
    asked_at: datetime,
    words: str,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> VisitRequest:
    """Keep that the child asked to be visited, or complained: a visit is owed at once. The same key again returns it.

    Raises `IllegalMove` for a time ahead and without what the child said; `SentBefore` for the same key with other words.
    """
    if asked_at > at + TOLERANCE:
        raise IllegalMove("The time must be now or in the past.")
    if not words.strip():
        raise IllegalMove("Enter what the child said.")
    key = key or uuid.uuid4()
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        said: dict[str, Any] = {"kind": VisitRequest.Kind(kind), "words": words.strip()}
        standing = VisitRequest.objects.filter(key=key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(standing, said)
            return standing
        require_open(child.closed_at)
        row = VisitRequest.objects.create(
            key=key, child=child, **said, asked_at=min(asked_at, at), recorded_at=at, recorded_by=by
        )
        log.record(
            child,
            "visit_asked",
            subject=row,
            data={"kind": row.kind},
            happened_at=row.asked_at,
            fields={"words": row.words},
            by=by,
            at=at,
        )
    return row


def host_to_tell(child: Child, *, at: datetime) -> Placement | None:
    """The placement that stands in another authority's area, where nobody has told that authority."""
    placement = placement_papers.hosted(child, at=at)
    return None if placement is None or placement.host_notified else placement


def _said(visited: Visited, at: datetime) -> dict[str, Any]:
    return {
        "visited_at": min(visited.visited_at, at),
        "seen": visited.seen,
        "seen_alone": bool(visited.seen_alone) if visited.seen else None,
        "place": visited.place.strip(),
        "note": visited.note.strip(),
        "lasting": visited.lasting and visited.seen,
        "agreed_less": visited.agreed_less and visited.lasting and visited.seen,
    }


def _require(visited: Visited, at: datetime) -> None:
    if visited.visited_at > at + TOLERANCE:
        raise IllegalMove("The time of a visit must be now or in the past.")
    if not visited.place.strip():
        raise IllegalMove("Enter where the visit was.")
    if not visited.seen and not visited.note.strip():
        raise IllegalMove("Enter why the child was not seen.")


def _contact(child: Child, visited: Visited, by: User, at: datetime) -> Contact:
    word = witnesses.word_of(by, child, at=at)
    sighting = contacts.Sighting(
        **word,  # type: ignore[arg-type]
        other_in_room=not visited.seen_alone,
        happened_at=visited.visited_at,
    )
    return contacts.record(child, sighting, by=by, at=at)
