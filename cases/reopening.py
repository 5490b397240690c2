"""The verb that takes the closing of a case back: whoever has the child before them says so, alone and at once."""

from datetime import datetime

from django.db import transaction

from cases import care, ended, log
from cases.models import CareEnd, Child, Event, User
from cases.responsibilities import standing_authority
from cases.states import EpisodeOutcome, IllegalMove


def reopen(child: Child, *, reason: str, by: User, at: datetime) -> Child:
    """Open a closed case again: from `at` on the child is watched as a new one, and the authority of the end responsible.

    Raising a guard never waits: one person says so. The same person with the same words again returns the child as it
    stands. Raises `IllegalMove` where the case is open, for a death on record, of a search or as the end of care, which is
    corrected and not passed over,
    for a drill, and where the authority has ended.
    """
    reason = reason.strip()
    if not reason:
        raise IllegalMove("Enter why the case is opened again.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if child.closed_at is None:
            if _said_last(child, reason, by):
                return child
            raise IllegalMove("This case is open already.")
        # Whoever waited for the lock comes with an earlier time than the closing.
        at = max(at, child.closed_at)
        _require_may_be_watched(child, at)
        data = {
            "reason": reason,
            "closed_at": child.closed_at.isoformat(),
            "was_closed_for": child.close_reason,
        }
        child.closed_at, child.close_reason, child.reopened_at = None, "", at
        child.save(update_fields=["closed_at", "close_reason", "reopened_at"])
        log.record(child, "reopened", subject=child, data=data, by=by, at=at)
    return child


def _require_may_be_watched(child: Child, at: datetime) -> None:
    if child.episodes.filter(outcome=EpisodeOutcome.DIED).exists():
        raise IllegalMove(
            "It is on record that this child has died. Ring the duty desk: that is corrected before the case is opened."
        )
    end = care.standing(child, at=at)
    if end is not None and end.code == CareEnd.Code.DIED:
        raise IllegalMove(
            "Care ended because this child has died, as the record says. If that is wrong, say first that the child is looked"
            " after again, under Looked-after status."
        )
    if child.is_drill:
        raise IllegalMove("This was a drill: nobody is watched in it.")
    authority = standing_authority(child, at=at)
    if ended.has_ended(authority):
        raise ended.already(authority)


def _said_last(child: Child, reason: str, by: User) -> bool:
    """Whether the form that opened the case is sent once more."""
    last = (
        Event.objects.filter(child=child, kind__in=("closed", "reopened"))
        .order_by("-recorded_at", "-pk")
        .first()
    )
    return last is not None and last.actor_id == by.pk and last.data.get("reason") == reason
