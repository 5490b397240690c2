"""Who takes the place of an authority that is split: those that were named, and whoever followed one that ended meanwhile."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from cases import log
from cases.deadlines import london_day
from cases.models import Authority, Split, SplitShare, User
from cases.models.organisations import AuthorityQuerySet
from cases.states import IllegalMove
from cases.worded import Within, worded


def taking(split: Split, *, at: datetime) -> AuthorityQuerySet:
    """Those that take its place at `at`, by name: of those that were named the ones that stand.

    In the place of one that was merged, abolished or itself split since, stands whoever took its place.
    """
    return Authority.objects.filter(pk__in=_taking_within(split, at)).order_by("name", "pk")


def _taking_within(split: Split, at: datetime) -> Within:
    return _taking.within(split.pk, split.authority_id, london_day(at))


@worded
def _taking(split: Any, authority: Any, day: Any) -> QuerySet[Authority, Any]:
    named = Split.successors.through.objects.filter(split=split).values("authority")
    heirs = Authority.objects.filter(pk__in=named, valid_to__lte=day).values("successors")
    standing = Authority.objects.on(day).filter(Q(pk__in=named) | Q(pk__in=heirs))
    return standing.exclude(pk=authority).values("pk")


def ended(split: Split, *, at: datetime) -> list[Authority]:
    """Those that were named and stand no more: nothing passes to them, and what was said for them is said anew."""
    return list(split.successors.filter(valid_to__lte=london_day(at)).order_by("name", "pk"))


def said(split: Split, kind: str, *, at: datetime) -> QuerySet[SplitShare]:
    """What somebody has said of the things of one kind, as far as it counts: for one that still stands."""
    return SplitShare.objects.filter(split=split, kind=kind, successor__in=_taking_within(split, at))


def require_taking(split: Split, successor: Authority, *, at: datetime) -> None:
    """Raise `IllegalMove` for one that has ended, and for one that takes nothing of it."""
    if taking(split, at=at).filter(pk=successor.pk).exists():
        return
    if split.successors.filter(pk=successor.pk).exists():
        require_there(successor, at)
    raise IllegalMove("Select one of the authorities that take its place.")


def require_there(successor: Authority, at: datetime) -> None:
    """Raise `IllegalMove` for one that does not exist at `at`."""
    if not Authority.objects.on(london_day(at)).filter(pk=successor.pk).exists():
        raise IllegalMove("%(authority)s does not exist any more.", authority=successor.said_name)


def require_two(successors: list[Authority]) -> None:
    """Raise `IllegalMove` where fewer than two are left: that is a merger, or nothing."""
    if len(successors) < 2:
        raise IllegalMove("Fewer than two authorities are left to take its place. Call the split off.")


def follow(split: Split, *, by: User, at: datetime) -> None:
    """Name whoever took the place of one that ended, for good; who calls has locked the split."""
    known = split.successors.values("pk")
    heirs = list(taking(split, at=at).exclude(pk__in=known))
    if heirs:
        split.successors.add(*heirs)
        data = {
            "successors": sorted(one.code for one in heirs),
            "ended": sorted(one.code for one in ended(split, at=at)),
        }
        log.record_configuration(split, "split_followed", data=data, by=by, at=at)
