"""The verbs of the look at a missing child's guardian: it goes on, or what was said last was a mistake."""

from datetime import datetime

from django.db import transaction

from cases import log, repeated
from cases.models import Child, MissingEpisode, User
from cases.moves import require_open
from cases.states import IllegalMove
from guardians.assignments import sought
from guardians.models import GuardianAssignment, GuardianLook


def go_on(child: Child, *, reason: str, by: User, at: datetime) -> GuardianLook:
    """Record that the guardian of a child who is looked for goes on, and why; the same words on one day are one.

    Raises `IllegalMove` without a reason, of a child who is not missing or has no guardian, and of a closed case.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the guardian goes on.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        episode = sought(child)
        if episode is None:
            raise IllegalMove("The child is not missing: there is nothing to look at.")
        if not GuardianAssignment.objects.standing(at).filter(child=child).exists():
            raise IllegalMove("The child has no guardian.")
        last = last_of(episode)
        said = {"reason": reason.strip()}
        if last is not None and repeated.is_same(last, said, recorded_at=last.recorded_at, by=by, at=at):
            return last
        return _record(episode, reason, by=by, at=at)


def take_back(look: GuardianLook, *, reason: str, by: User, at: datetime) -> GuardianLook:
    """Strike through what was recorded by mistake: the look is owed as before. Raises `IllegalMove` the second time."""
    if not reason.strip():
        raise IllegalMove("Enter why it was recorded by mistake.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=look.child_id)
        require_open(child.closed_at)
        if not GuardianLook.objects.standing().filter(pk=look.pk).exists():
            raise IllegalMove("This is withdrawn already.")
        return _record(look.episode, reason, takes_back=look, by=by, at=at)


def last_of(episode: MissingEpisode) -> GuardianLook | None:
    """The last look in this search that stands."""
    return GuardianLook.objects.standing().filter(episode=episode).select_related("recorded_by").first()


def _record(
    episode: MissingEpisode, reason: str, *, takes_back: GuardianLook | None = None, by: User, at: datetime
) -> GuardianLook:
    look = GuardianLook.objects.create(
        child_id=episode.child_id,
        episode=episode,
        takes_back=takes_back,
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=by,
    )
    kind = "guardian_goes_on" if takes_back is None else "guardian_look_withdrawn"
    log.record(episode.child, kind, subject=look, fields={"reason": look.reason}, by=by, at=at)
    return look
