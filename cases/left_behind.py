"""What a merger has left behind, before PostgreSQL refused it: passed on to whoever stands in the place of that authority now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cases import ended, log, mergers
from cases.models import Authority, Child, ConfigurationChange, Home, Team, User
from cases.states import IllegalMove

PASSED = "authority_left_passed_on"


@dataclass(frozen=True)
class Left:
    """What still is an authority's own that was merged, and to whom it passes."""

    successor: Authority
    children: int
    homes: int
    teams: int

    @property
    def is_any(self) -> bool:
        return bool(self.children or self.homes or self.teams)


def successor_of(authority: Authority) -> Authority:
    """Who stands in the place of one that was merged: its successor, or that of the successor where it was merged too.

    Raises `IllegalMove` for one that was merged into none, and where one on the way was split: of each child somebody says
    there to whom it goes.
    """
    seen = {authority.pk}
    while ended.has_ended(authority):
        merged = ConfigurationChange.objects.filter(
            subject_type="authority", subject_id=authority.pk, kind=ended.MERGED
        )
        change = merged.order_by("-pk").first()
        if change is None:
            raise IllegalMove("%(authority)s was split, not merged.", authority=authority.said_name)
        authority = Authority.objects.get(code=change.data["successor"])
        seen.add(authority.pk)
    if len(seen) == 1:
        raise IllegalMove("%(authority)s was not merged.", authority=authority.said_name)
    return authority


def found(authority: Authority, *, at: datetime) -> Left:
    """Count what `pass_on` would pass, and change nothing. Raises `IllegalMove` as `successor_of` does."""
    successor = successor_of(authority)
    return Left(
        successor,
        children=Child.objects.filter(_who(authority, successor, at)()).count(),
        homes=Home.objects.filter(authority=authority).count(),
        teams=Team.objects.filter(authority=authority).count(),
    )


def pass_on(authority: Authority, *, by: User, at: datetime) -> Left:
    """Do what the merger would have: responsibility, transfers, desks, homes and teams, with an event for each child.

    Raises `IllegalMove` where nothing was left behind, and where a team of the same name stands in both.
    """
    with transaction.atomic():
        successor = successor_of(authority)
        locked = Authority.objects.select_for_update(no_key=True).filter(pk__in=[authority.pk, successor.pk])
        list(locked.order_by("pk"))
        if successor_of(authority) != successor:
            raise ended.meanwhile()
        left = found(authority, at=at)
        if not left.is_any:
            raise IllegalMove("Nothing of %(authority)s was left behind.", authority=authority.said_name)
        mergers.require_other_names(mergers.clashes(authority, successor))
        mergers.pass_over(authority, successor, _who(authority, successor, at), by=by, at=at)
        data = {
            "successor": successor.code,
            "children": left.children,
            "teams": left.teams,
            "homes": left.homes,
        }
        log.record_configuration(authority, PASSED, data=data, by=by, at=at)
    return left


def _who(authority: Authority, successor: Authority, at: datetime) -> Callable[[], Q]:
    own, unseen, _homes = mergers.left(authority, successor, at)
    return lambda: Q(pk__in=own.values("pk")) | Q(pk__in=unseen.values("pk"))
