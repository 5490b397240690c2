"""The audit of what is about a home and no child: every such verb ends here, and here the bell is rung for the home."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

from cases.log import ENGINE, GENESIS, LABEL_LENGTH
from cases.models import Child, Home, HomeEvent, User
from cases.signals import homes_changed
from cases.worded import Question


def lock(home_ids: Iterable[int]) -> list[int]:
    """Lock these homes in order, after any child: their log is numbered under it, and their clock is written under it."""
    homes = {*home_ids}
    return _LOCKED(homes) if homes else []


def lock_with_children(home_id: int, here: Callable[[], Iterable[int]]) -> set[int]:
    """Lock the children who are `here`, by id, then the home, as everybody does; return who they are.

    Whoever comes while this waits for the home is locked with the others, in their order, after all of them were let go.
    """
    while True:
        with transaction.atomic():
            keys = set(here())
            children = Child.objects.locked().filter(pk__among=keys).order_by("pk")
            held = set(children.values_list("pk", flat=True))
            lock([home_id])
            if set(here()) <= held:
                return held
            transaction.set_rollback(True)


_LOCKED = Question(
    lambda homes: (
        Home.objects.select_for_update(no_key=True)
        .filter(pk__among=homes)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
)


def record(
    home: Home,
    kind: str,
    *,
    subject: models.Model | None = None,
    data: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    fields: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime,
) -> HomeEvent:
    """Append one event of the locked `home` and ring for it; `fields` are the changed values, kept as a digest."""
    event = append(
        home.pk, kind, subject=subject, data=data, happened_at=happened_at, fields=fields, by=by, at=at
    )
    homes_changed.send(sender=None, ids=(home.pk,), at=at)
    return event


def append(
    home_id: int,
    kind: str,
    *,
    subject: models.Model | None = None,
    data: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    fields: Mapping[str, Any] | None = None,
    by: User | None = None,
    at: datetime,
) -> HomeEvent:
    """Append one event of a locked home without the bell: the engine's own writing."""
    last = HomeEvent.objects.filter(home=home_id).order_by("-number").first()
    event = HomeEvent(
        home_id=home_id,
        number=last.number + 1 if last else 1,
        kind=kind,
        subject_type=subject._meta.model_name or "" if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        data=dict(data or {}),
        happened_at=happened_at or at,
        recorded_at=at,
        actor=by,
        actor_label=(by.name if by is not None else ENGINE)[:LABEL_LENGTH],
        fields_digest=_digest(fields) if fields is not None else "",
        previous_digest=last.digest if last else GENESIS,
    )
    event.digest = digest_of(event)
    event.save(force_insert=True)
    return event


def digest_of(event: HomeEvent) -> str:
    """The event's own link of its home's chain: SHA-256 over what it says and the link before it."""
    return _digest(
        {
            "home": event.home_id,
            "number": event.number,
            "kind": event.kind,
            "subject": [event.subject_type, event.subject_id],
            "data": event.data,
            "happened_at": event.happened_at.astimezone(UTC).isoformat(),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(),
            "actor": [event.actor_id, event.actor_label],
            "fields": event.fields_digest,
            "previous": event.previous_digest,
        }
    )


def broken_links() -> list[tuple[int, int]]:
    """Return (home id, event number) wherever a home's chain does not verify."""
    broken = []
    previous: dict[int, tuple[int, str]] = {}
    for event in HomeEvent.objects.order_by("home_id", "number").iterator():
        number, digest = previous.get(event.home_id, (0, GENESIS))
        if event.number != number + 1 or event.previous_digest != digest or digest_of(event) != event.digest:
            broken.append((event.home_id, event.number))
        previous[event.home_id] = (event.number, event.digest)
    return broken


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
