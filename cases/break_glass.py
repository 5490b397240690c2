"""The verbs of breaking the glass: open for an hour how a child is reached, and say afterwards whether it was right."""

from datetime import datetime

from django.db import transaction

from cases import log
from cases.models import BrokenGlass, Child, User
from cases.models.break_glass import OPEN_FOR
from cases.states import IllegalMove


def break_glass(child: Child, *, reason: str, by: User, at: datetime) -> BrokenGlass:
    """Open it for an hour with the reason said first; manager and duty are told at once. One that stands is returned."""
    if not reason.strip():
        raise IllegalMove("Enter why you need it now.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = standing_of(child, by, at)
        if standing is not None:
            return standing
        broken = BrokenGlass.objects.create(
            child=child, user=by, reason=reason.strip(), at=at, ends_at=at + OPEN_FOR
        )
        fields = {"reason": broken.reason}
        data = {"ends_at": broken.ends_at.isoformat()}
        log.record(child, "glass_broken", subject=broken, data=data, fields=fields, by=by, at=at)
    return broken


def look(broken: BrokenGlass, *, was_right: bool, finding: str, by: User, at: datetime) -> BrokenGlass:
    """Keep what a manager found; nobody looks at their own."""
    if not finding.strip():
        raise IllegalMove("Enter what you found.")
    if by.pk == broken.user_id:
        raise IllegalMove("Somebody else looks at this one.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=broken.child_id)
        broken = BrokenGlass.objects.get(pk=broken.pk)
        if broken.looked_at is not None:
            raise IllegalMove("Somebody has looked at this already.")
        broken.looked_at, broken.looked_by, broken.was_right = at, by, was_right
        broken.finding = finding.strip()
        broken.save(update_fields=["looked_at", "looked_by", "was_right", "finding"])
        fields = {"was_right": was_right, "finding": broken.finding}
        log.record(
            child, "glass_looked_at", subject=broken, data={"right": was_right}, fields=fields, by=by, at=at
        )
    return broken


def standing_of(child: Child, user: User, at: datetime) -> BrokenGlass | None:
    """What this person has open of this child at `at`."""
    return BrokenGlass.objects.standing(at).filter(child=child, user=user).first()
