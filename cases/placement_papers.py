"""The verbs of a room of one's own where an age is disputed, and of what comes after a placement."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format

from cases import log, repeated
from cases.deadlines import london_day
from cases.models import AgeDecision, Child, Placement, Responsibility, RoomReview, User
from cases.models.placements import latest_date
from cases.moves import require_open
from cases.states import AgeStatus, IllegalMove

# While one of these stands nobody knows whether the child shares with children or with adults.
DISPUTED = (AgeStatus.DISPUTED, AgeStatus.IN_PROGRESS, AgeStatus.UNDER_CHALLENGE)
# [proposal] Nobody puts the next look further off than the review of a medium risk.
LOOK_AGAIN_WITHIN = timedelta(days=28)


def review_room(
    child: Child, *, own_room: bool, note: str = "", review_by: date, by: User, at: datetime
) -> RoomReview:
    """Keep whether the child has a room of their own where they live now, and by when somebody looks again.

    Raises `IllegalMove` where no age is disputed or nowhere is recorded, for a shared room without why, and for a day
    that is past or more than 28 days off. The same words of the same person on one day are one.
    """
    if not own_room and not note.strip():
        raise IllegalMove("Enter why the child shares a room, and what keeps everybody there safe.")
    if not london_day(at) <= review_by <= london_day(at) + LOOK_AGAIN_WITHIN:
        raise IllegalMove("The next look must be within 28 days from today.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        placement = standing(child, at=at)
        if placement is None or child.age_status not in DISPUTED:
            raise IllegalMove("The child's age is not disputed, or nowhere is recorded.")
        said: dict[str, Any] = {"own_room": own_room, "note": note.strip(), "review_by": review_by}
        last = last_room(placement)
        if last is not None and repeated.is_same(last, said, recorded_at=last.recorded_at, by=by, at=at):
            return last
        row = RoomReview.objects.create(
            child=child, placement=placement, recorded_at=at, recorded_by=by, **said
        )
        data = {"own_room": own_room, "review_by": review_by.isoformat()}
        log.record(child, "room_reviewed", subject=row, data=data, fields={"note": row.note}, by=by, at=at)
    return row


def require_lawful_end(placement_type: str, starts_at: datetime, last_date: date | None) -> None:
    """Raise `IllegalMove` for a planned end after the latest that a temporary placement can have."""
    latest = latest_date(placement_type, starts_at)
    if latest is not None and last_date is not None and last_date > latest:
        raise IllegalMove(
            "Such a placement lasts until %(day)s at the latest. Record where the child lives after that.",
            day=date_format(latest, "j F Y"),
        )


def say_next(placement: Placement, *, last_date: date, comes_next: str, by: User, at: datetime) -> Placement:
    """Keep until when a placement is meant to last, and what comes after it; the same words twice are one.

    Raises `IllegalMove` for a day that is over, without words, and for a placement that has ended or a closed case.
    """
    if not comes_next.strip():
        raise IllegalMove("Enter what comes next.")
    if last_date < london_day(at):
        raise IllegalMove("The last day must be today or later.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=placement.child_id)
        require_open(child.closed_at)
        row = Placement.objects.get(pk=placement.pk)
        if row.ends_at is not None:
            raise IllegalMove("This placement has ended.")
        require_lawful_end(row.type, row.starts_at, last_date)
        said = {"expected_end_date": last_date, "comes_next": comes_next.strip()}
        if row.comes_next_at == at and all(getattr(row, name) == value for name, value in said.items()):
            return row
        before = row.expected_end_date.isoformat() if row.expected_end_date is not None else ""
        row.expected_end_date, row.comes_next, row.comes_next_at = last_date, comes_next.strip(), at
        row.save(update_fields=["expected_end_date", "comes_next", "comes_next_at"])
        data = {"last": last_date.isoformat(), "before": before, "next": row.comes_next}
        log.record(child, "placement_end_planned", subject=row, data=data, by=by, at=at)
    return row


def standing(child: Child, *, at: datetime) -> Placement | None:
    """Where the child lives now."""
    return Placement.objects.current(at).filter(child=child).select_related("host_authority").first()


def hosted(child: Child, *, at: datetime) -> Placement | None:
    """The placement that stands in another authority's area.

    The area of one whose place the responsible authority has taken is its own.
    """
    placement = standing(child, at=at)
    own = Responsibility.objects.at(at).filter(child=child).values_list("authority", flat=True).first()
    if placement is None or placement.host_authority_id == own:
        return None
    followed_by = placement.host_authority.successors.values_list("pk", flat=True)
    return None if own in followed_by else placement


def rooms_of(children: Iterable[Child], *, at: datetime) -> dict[int, RoomReview | None]:
    """Of those whose age is disputed and who live somewhere: how each sleeps there, None where nobody has recorded it."""
    disputed = [child.pk for child in children if child.age_status in DISPUTED]
    if not disputed:
        return {}
    standing = Placement.objects.current(at).filter(child__in=disputed)
    found: dict[int, RoomReview | None] = dict.fromkeys(standing.values_list("child", flat=True))
    rows = of_this_dispute().filter(placement__in=standing).order_by("pk")
    return found | {row.child_id: row for row in rows}


def last_room(placement: Placement) -> RoomReview | None:
    """How the child sleeps there, as it was looked at last since its age is disputed."""
    return of_this_dispute().filter(placement=placement).select_related("recorded_by").first()


def of_this_dispute() -> QuerySet[RoomReview]:
    """How children sleep, as somebody looked at it since their age is disputed: of a dispute before nothing counts.

    Whoever was held for a child since may share with anybody by now.
    """
    anew = AgeDecision.objects.filter(
        child=OuterRef("child"), age_status__in=DISPUTED, recorded_at__gt=OuterRef("recorded_at")
    )
    return RoomReview.objects.exclude(Exists(anew.exclude(was__in=DISPUTED)))
