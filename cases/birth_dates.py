"""Every birth date that was given of a child: as registered, as corrected on the record since, and as each claim says."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases import details, log
from cases.models import BirthDateClaim, Child, DetailsChange, User

_FIELDS = ("birth_date", "birth_date_precision", "birth_date_basis")


def of(child: Child) -> list[BirthDateClaim]:
    """All of them, the latest first; those of corrections, and of a registration that names no source, no row holds.

    They are read from the corrections, each of which keeps what stood before it, so nothing is written twice.
    """
    claims = list(BirthDateClaim.objects.filter(child=child).select_related("recorded_by"))
    found = [*claims, *_on_record(child, claims)]
    return sorted(found, key=lambda one: (one.recorded_at, one.pk or 0), reverse=True)


def put_on_record(child: Child, *, source: str, by: User, at: datetime) -> BirthDateClaim:
    """Write down who or what gives the birth date with which the locked `child` is registered."""
    row = _claim(child, _standing(child), source, recorded_at=at, recorded_by=by)
    row.save()
    log.record(
        child,
        "birth_date_claimed",
        subject=row,
        data={"goes_by_it": True},
        fields={
            "birth_date": row.birth_date,
            "precision": row.precision,
            "basis": row.basis,
            "source": source,
        },
        by=by,
        at=at,
    )
    return row


def _on_record(child: Child, claims: list[BirthDateClaim]) -> Iterator[BirthDateClaim]:
    """What the child's age went by from the registration on, without what a claim of its own made it go by."""
    by_claim = {(one.recorded_at, one.recorded_by_id) for one in claims if one.goes_by_it}
    stood = _standing(child)
    changes = DetailsChange.objects.filter(child=child, topic="age").select_related("changed_by")
    for change in changes.order_by("-changed_at", "-pk"):
        if not set(_FIELDS) & set(change.after):
            continue
        if stood["birth_date"] and (change.changed_at, change.changed_by_id) not in by_claim:
            source = _("Corrected on the record")
            yield _claim(child, stood, source, recorded_at=change.changed_at, recorded_by=change.changed_by)
        stood |= {
            name: details.read_back(name, change.before[name]) for name in _FIELDS if name in change.before
        }
    at_registration = (child.registered_at, child.registered_by_id, stood["birth_date"])
    of_a_row = {(one.recorded_at, one.recorded_by_id, one.birth_date) for one in claims}
    if stood["birth_date"] and at_registration not in of_a_row:
        yield _claim(
            child,
            stood,
            _("As registered"),
            recorded_at=child.registered_at,
            recorded_by=child.registered_by,
        )


def _standing(child: Child) -> dict[str, Any]:
    return {name: getattr(child, name) for name in _FIELDS}


def _claim(child: Child, stood: dict[str, Any], source: str, **recorded: Any) -> BirthDateClaim:
    return BirthDateClaim(
        child=child,
        birth_date=stood["birth_date"],
        precision=stood["birth_date_precision"],
        basis=stood["birth_date_basis"],
        source=source,
        goes_by_it=True,
        **recorded,
    )
