"""The word to the authority in whose area a child is placed: whether one is owed, and that it was said."""

from dataclasses import dataclass
from datetime import datetime

from cases import log
from cases.clock import TOLERANCE
from cases.models import Authority, Child, HostNotice, Placement, Responsibility, User
from cases.states import IllegalMove
from cases.worded import Question


@dataclass(frozen=True, kw_only=True)
class HostTold:
    """Who of the authority of the area was told of the placement, and when."""

    whom: str
    told_at: datetime


def is_hosted(child: Child, authority: Authority, *, at: datetime) -> bool:
    """Whether `authority` is another than the one responsible for the child, nor one whose place that has taken."""
    own = next(iter(_OWN(child.pk, at)), None)
    if own is None or own == authority.pk:
        return False
    return not _FOLLOWS(authority.pk, own)


_OWN = Question(
    lambda child, at: Responsibility.objects.at(at).filter(child=child).values_list("authority", flat=True)
)
_FOLLOWS = Question(
    lambda authority, own: Authority.objects.filter(pk=own, predecessors=authority).values_list(
        "pk", flat=True
    )
)


def require_said(told: HostTold, *, at: datetime) -> None:
    """Raise `IllegalMove` for nobody, and for a time ahead."""
    if not told.whom.strip():
        raise IllegalMove("Enter who was told.")
    if told.told_at > at + TOLERANCE:
        raise IllegalMove("The time must be now or in the past.")


def keep(child: Child, placement: Placement, told: HostTold, *, by: User, at: datetime) -> HostNotice:
    """Keep of the locked child that the authority of the area was told; raises `IllegalMove` for nobody, and ahead."""
    require_said(told, at=at)
    notice = HostNotice.objects.create(
        child=child,
        placement=placement,
        told_at=min(told.told_at, at),
        told_whom=told.whom.strip(),
        recorded_at=at,
        recorded_by=by,
    )
    placement.host_notified = True
    placement.save(update_fields=["host_notified"])
    log.record(
        child,
        "host_told",
        subject=notice,
        data={"authority": placement.host_authority.code},
        happened_at=notice.told_at,
        fields={"whom": notice.told_whom},
        by=by,
        at=at,
    )
    return notice
