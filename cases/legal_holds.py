"""The verbs of a legal hold, and until when a child's record is kept at the least."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from cases import access, birthdays, disclosures, log, retention
from cases.deadlines import london_day
from cases.models import Child, LegalHold, MissingEpisode, Responsibility, User
from cases.states import EpisodeOutcome, IllegalMove


@dataclass(frozen=True)
class Kept:
    """Until when the record is kept at the least: not before this day, and as long as a hold stands."""

    until: date | None
    hold: LegalHold | None


def hold(child: Child, *, reason: str, by: User, at: datetime) -> LegalHold:
    """Have the record of `child`, open or closed, kept until two people lift that: raising a guard never waits."""
    if not reason.strip():
        raise IllegalMove("Enter why the record is to be kept.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if LegalHold.objects.filter(child=child, ends_at=None).exists():
            raise IllegalMove("A legal hold stands already.")
        row = LegalHold.objects.create(child=child, reason=reason.strip(), set_by=by, starts_at=at)
        log.record(child, "legal_hold_set", subject=row, fields={"reason": row.reason}, by=by, at=at)
    return row


def lift(row: LegalHold, *, reason: str, seconded_by: User, by: User, at: datetime) -> LegalHold:
    """Lift a hold: it takes a reason and two people."""
    if by.pk == seconded_by.pk:
        raise IllegalMove("This needs a second person.")
    if not reason.strip():
        raise IllegalMove("Enter why the legal hold is lifted.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = LegalHold.objects.get(pk=row.pk)
        if row.ends_at is not None:
            raise IllegalMove("This legal hold is lifted already.")
        row.ends_at, row.lifted_by, row.seconded_by = at, by, seconded_by
        row.lift_reason = reason.strip()
        row.save(update_fields=["ends_at", "lifted_by", "seconded_by", "lift_reason"])
        log.record(child, "legal_hold_lifted", subject=row, fields={"reason": row.lift_reason}, by=by, at=at)
    return row


def standing_of(child: Child) -> LegalHold | None:
    """The hold that stands on this record."""
    return LegalHold.objects.filter(child=child, ends_at=None).select_related("set_by").first()


def of_authorities(authority_ids: Sequence[int], *, by: User, at: datetime) -> QuerySet[LegalHold]:
    """The holds on children of these authorities, standing and lifted, newest first; less those that `by` must not know of."""
    own = Child.objects.filter(access.responsible(authority_ids, at)).exclude(access.shut(by, at))
    rows = LegalHold.objects.filter(child__in=own)
    return rows.select_related("child", "set_by", "lifted_by", "seconded_by")


def without_names(rows: Iterable[LegalHold]) -> list[LegalHold]:
    """The same as somebody may read them who knows a child by reference alone; the reason stands in `shown`."""
    found = list(rows)
    for row in found:
        row.__dict__["shown"] = disclosures.without_names(row.reason, row.child)
    return found


def kept(child: Child, *, at: datetime) -> Kept:
    """Until when the record is kept, by the nation of the authority that is responsible now."""
    row = Responsibility.objects.at(at).filter(child=child).select_related("authority").first()
    nation = row.authority.nation if row is not None else ""
    ended = MissingEpisode.objects.filter(child=child, outcome=EpisodeOutcome.DIED, found_at__isnull=False)
    found_at = ended.values_list("found_at", flat=True).first()
    died = london_day(found_at) if found_at is not None else None
    return Kept(
        retention.destroy_not_before(nation, born=last_birth_date(child), died=died), standing_of(child)
    )


def last_birth_date(child: Child) -> date | None:
    """The last day on which the child can have been born, by what was given; None where that was a guess, or nothing."""
    born = child.birth_date
    return None if born is None else birthdays.last_birth_date(born, child.birth_date_precision)
