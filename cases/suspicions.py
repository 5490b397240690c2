"""Since when there are signs of trafficking of a child, and whether somebody has referred the child for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from cases.models import Child, DetailsChange, Event, NrmReferral, Trafficking
from cases.states import NrmStatus
from cases.worded import Question


def were_taken_back(child: Child) -> bool:
    """Whether two people ever took back that there are signs."""
    taken_back = DetailsChange.objects.filter(child=child, topic="trafficking")
    return taken_back.filter(before__trafficking=Trafficking.YES, seconded_by__isnull=False).exists()


_SAID = Question(
    lambda ids: DetailsChange.objects.filter(child__among=ids, after__has_key="trafficking").order_by(
        "changed_at", "pk"
    )
)


def since(children: Collection[Child]) -> Mapping[int, datetime]:
    """Of those of these children with signs of trafficking: when they came on record, by child, in two questions at most.

    The first word that said so counts, be it a correction, what was filled in after the arrival or the registration:
    taken back and said again puts nothing off, unless two people took it back in between.
    """
    suspected = [child for child in children if child.trafficking == Trafficking.YES]
    if not suspected:
        return {}
    ids = [child.pk for child in suspected]
    changes: dict[int, list[DetailsChange]] = {}
    for change in _SAID(ids):
        changes.setdefault(change.child_id, []).append(change)
    filled: dict[int, list[datetime]] = {}
    events = Event.objects.filter(
        child__in=ids, kind="details_filled_in", data__fields__contains="trafficking"
    )
    for child_id, at in events.order_by("number").values_list("child", "recorded_at"):
        filled.setdefault(child_id or 0, []).append(at)
    return {
        child.pk: first_said(child, changes.get(child.pk, ()), filled.get(child.pk, ()))
        for child in suspected
    }


def first_said(child: Child, changes: Sequence[DetailsChange], filled: Sequence[datetime]) -> datetime:
    """The first word since two people took back what was said before, read from what was corrected and filled in."""
    said_at = None
    if not changes or changes[0].before["trafficking"] == Trafficking.YES:
        said_at = filled[0] if filled else child.registered_at
    for change in changes:
        if change.after["trafficking"] == Trafficking.YES:
            said_at = said_at or change.changed_at
        elif change.before["trafficking"] == Trafficking.YES and change.seconded_by_id is not None:
            said_at = None
    # What two people left open, somebody has filled in since.
    return max(said_at or (filled[-1] if filled else child.registered_at), child.registered_at)


def unreferred_since(child: Child) -> datetime | None:
    """Since when signs of trafficking of this child wait for a referral; None where there are none, or one followed."""
    unanswered = since([child]).get(child.pk)
    for referral in NrmReferral.objects.filter(child=child).order_by("pk") if unanswered else ():
        if unanswered is not None:
            unanswered = left_by(unanswered, referral)
    return unanswered


def left_by(since: datetime, referral: NrmReferral) -> datetime | None:
    """Since when signs wait for a referral that stood since then, given this one; None where it follows them.

    It follows the signs while it is open, and those that stood before it was decided; one withdrawn, none.
    """
    if referral.status == NrmStatus.WITHDRAWN and referral.ends_at is not None:
        return max(since, referral.ends_at)
    if referral.ends_at is None or since <= referral.ends_at:
        return None
    return since
