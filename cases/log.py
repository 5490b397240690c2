"""The one home of audit: every verb ends here, and here the bell is rung."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models
from django.http import HttpRequest

from cases import bulk
from cases.models import AccessRecord, Child, ConfigurationChange, Event, User
from cases.signals import children_changed, configuration_changed
from cases.worded import Question

GENESIS = "0" * 64
ENGINE = "Rollcall"
LABEL_LENGTH = 60
_COLUMNS = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
# One way to write a value, whatever the order it was made in.
_CANONICAL = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event to be written: ids and plain words only, never a child's name."""

    child_id: int
    kind: str
    subject: models.Model | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    happened_at: datetime | None = None
    fields: Mapping[str, Any] | None = None


def record(
    child: Child,
    kind: str,
    *,
    subject: models.Model | None = None,
    data: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    fields: Mapping[str, Any] | None = None,
    label: str = "",
    by: User | None,
    at: datetime,
) -> Event:
    """Append one event of the locked `child` and ring the bell; `fields` are the changed values, kept as a digest."""
    entry = Entry(
        child_id=child.pk, kind=kind, subject=subject, data=data or {}, happened_at=happened_at, fields=fields
    )
    (event,) = record_many([entry], label=label, by=by, at=at)
    children_changed.send(sender=None, ids=(child.pk,), at=at, kind=kind)
    return event


def record_many(
    entries: Sequence[Entry], *, label: str = "", by: User | None = None, at: datetime
) -> list[Event]:
    """Append events of locked children in one statement, without the bell and without their ids: the engine’s own writing."""
    chains = _last_links({entry.child_id for entry in entries})
    events = [_linked(entry, chains, label=label, by=by, at=at) for entry in entries]
    bulk.insert(Event, _COLUMNS, [_row(event) for event in events])
    return events


def _row(event: Event) -> tuple[Any, ...]:
    return tuple(
        json.dumps(event.data) if column == "data" else getattr(event, column) for column in _COLUMNS
    )


def chain(past: Sequence[tuple[Entry, User | None, datetime]]) -> list[Event]:
    """Link events of locked children behind their last ones, and write nothing: for whoever writes by set.

    Each entry comes with who wrote it and when, the entries of a child in the order in which they were written.
    """
    chains = _last_links({entry.child_id for entry, _, _ in past})
    return [_linked(entry, chains, by=by, at=at) for entry, by, at in past]


def _linked(
    entry: Entry, chains: dict[int, tuple[int, str]], *, label: str = "", by: User | None, at: datetime
) -> Event:
    """The next link of the child's chain, which `chains` then ends in."""
    number, previous = chains.get(entry.child_id, (0, GENESIS))
    event = bulk.make(
        Event,
        child_id=entry.child_id,
        number=number + 1,
        kind=entry.kind,
        subject_type=entry.subject._meta.model_name or "" if entry.subject is not None else "",
        subject_id=entry.subject.pk if entry.subject is not None else None,
        data={**entry.data, **_device(by)},
        happened_at=entry.happened_at or at,
        recorded_at=at,
        actor=by,
        actor_label=(label or (_name(by) if by is not None else ENGINE))[:LABEL_LENGTH],
        fields_digest=_digest(entry.fields) if entry.fields is not None else "",
        previous_digest=previous,
    )
    event.digest = digest_of(event)
    chains[entry.child_id] = (event.number, event.digest)
    return event


def _device(by: User | None) -> dict[str, int]:
    """The device of a home at which somebody signed by name; nothing for whoever is signed in themselves."""
    device = by.__dict__.get("signs_at") if by is not None else None
    return {"device": device.pk} if device is not None else {}


def _name(by: User) -> str:
    device = by.__dict__.get("signs_at")
    return f"{by.name} ({device.name})" if device is not None else by.name


def said(child: Child, kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether an event of this kind says these fields: what was entered first, whatever stands now."""
    return Event.objects.filter(child=child, kind=kind, fields_digest=_digest(fields)).exists()


def keyed(child: Child, kind: str, key: uuid.UUID | None, *, by: User) -> int | None:
    """Which row a form of `by` with this key has made of the locked child, by its event: where the row keeps no key."""
    if key is None:
        return None
    events = Event.objects.filter(child=child, kind=kind, actor=by, data__once=str(key))
    return events.values_list("subject_id", flat=True).first()


def digest_of(event: Event) -> str:
    """The event's own link of the chain: SHA-256 over what it says and the link before it."""
    return _digest(
        {
            "child": event.child_id,
            "number": event.number,
            "kind": event.kind,
            "subject": [event.subject_type, event.subject_id],
            "data": event.data,
            # In UTC, as the database gives them back: the same instant in London time is the same link.
            "happened_at": event.happened_at.astimezone(UTC).isoformat(),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(),
            "actor": [event.actor_id, event.actor_label],
            "fields": event.fields_digest,
            "previous": event.previous_digest,
        }
    )


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody read: the path, the kind of page by the name of its address, and their network address."""

    path: str = ""
    page: str = ""
    address: str | None = None


NOWHERE = Place()


def place_of(request: HttpRequest | None) -> Place:
    """Where this request reads; nowhere for what no page asked for."""
    if request is None:
        return NOWHERE
    match = request.resolver_match
    page = (getattr(match.func, "part_of", "") or match.url_name or "") if match else ""
    return Place(path=request.path, page=page, address=request.META.get("REMOTE_ADDR"))


def record_access(
    *,
    user: User | None,
    child_id: int | None,
    permission: str,
    allowed: bool,
    place: Place = NOWHERE,
    label: str = "",
    at: datetime,
) -> None:
    """Write one read or refusal, whatever stands already."""
    AccessRecord.objects.create(
        user=user,
        actor_label=label,
        child_id=child_id,
        permission=permission,
        allowed=allowed,
        path=place.path[:200],
        page=place.page[:60],
        address=place.address,
        at=at,
    )


def record_reads(
    child_ids: Iterable[int],
    *,
    user: User,
    permission: str,
    place: Place = NOWHERE,
    again_after: timedelta,
    at: datetime,
) -> None:
    """Write that these children were shown to `user`, in one statement for any number of them.

    A child whom the same person read on the same kind of page within `again_after` is left out; zero leaves out none.
    """
    ids = sorted(set(child_ids))
    if not ids:
        return
    read: dict[str, Any] = {
        "user": user.pk,
        "permission": permission,
        "page": place.page[:60],
        "at": at,
        "children": ids,
    }
    read |= {"path": place.path[:200], "address": place.address, "since": at - again_after}
    with connection.cursor() as cursor:
        cursor.execute(_READS, read)


# Nothing is locked and nothing awaited: two requests at one instant may write the same read twice.
_READS = """
    INSERT INTO cases_accessrecord (user_id, actor_label, child_id, permission, allowed, at, address, path, page)
    SELECT %(user)s, '', shown.child_id, %(permission)s, true, %(at)s, %(address)s::inet, %(path)s, %(page)s
    FROM unnest(%(children)s::bigint[]) AS shown(child_id)
    WHERE NOT EXISTS (
        SELECT FROM cases_accessrecord AS read
        WHERE read.child_id = shown.child_id AND read.user_id = %(user)s AND read.allowed
            AND read.permission = %(permission)s AND read.page = %(page)s
            AND read.at > %(since)s AND read.at <= %(at)s
    )
"""


def record_configuration(
    subject: models.Model, kind: str, *, data: Mapping[str, Any] | None = None, by: User | None, at: datetime
) -> ConfigurationChange:
    """Append what was changed of who may read or where alerts go; without a person it was Rollcall itself."""
    change = configured(subject, kind, data=data, by=by, at=at)
    change.save(force_insert=True)
    configuration_changed.send(sender=None, change=change)
    return change


def configured(
    subject: models.Model, kind: str, *, data: Mapping[str, Any] | None = None, by: User | None, at: datetime
) -> ConfigurationChange:
    """The same, not yet written: for whoever writes by set."""
    return ConfigurationChange(
        kind=kind,
        subject_type=subject._meta.model_name or "",
        subject_id=subject.pk,
        data=dict(data or {}),
        at=at,
        actor=by,
        actor_label=(by.name if by is not None else ENGINE)[:LABEL_LENGTH],
    )


def broken_links(child_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Return (child id, event number) wherever a child's chain does not verify."""
    broken = []
    previous: dict[int, tuple[int, str]] = {}
    for event in Event.objects.filter(child__in=list(child_ids)).order_by("child_id", "number").iterator():
        number, digest = previous.get(event.child_id, (0, GENESIS))
        if event.number != number + 1 or event.previous_digest != digest or digest_of(event) != event.digest:
            broken.append((event.child_id, event.number))
        previous[event.child_id] = (event.number, event.digest)
    return broken


_LAST_LINKS = Question(
    lambda ids: (
        Event.objects.filter(child_id__among=ids)
        .order_by("child_id", "-number")
        .distinct("child_id")
        .values_list("child_id", "number", "digest")
    )
)


def _last_links(child_ids: set[int]) -> dict[int, tuple[int, str]]:
    rows = _LAST_LINKS(child_ids)
    return {child_id: (number, digest) for child_id, number, digest in rows if child_id is not None}


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()
