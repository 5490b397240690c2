"""A police force that has ended: what names it yet is its successor's, so that no search is of a force that is nobody.

Whoever lives in its area, the homes there and the area itself have the successor from its last day on, and so has each open
search: the successor leads it, and is mailed, or duty is asked to phone it where it has no mailbox. To the mailbox of the one
that ended goes nothing more.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alerts import areas, outbox, police_links
from cases import episodes, force_ends, organisations
from cases.deadlines import london_day
from cases.models import Child, EpisodeForce, Home, MissingEpisode, Placement, PoliceForce
from cases.models.organisations import HomeQuerySet
from cases.models.placements import PlacementQuerySet
from cases.states import EpisodeStatus

logger = structlog.get_logger(__name__)

# Beat looks every five minutes.
LATE = timedelta(hours=1)


def pass_on(*, now: datetime) -> int:
    """Give all that names a force that has ended to whichever took over; return how much. One that fails stops no other."""
    heirs = force_ends.in_place_of(day=london_day(now))
    if not heirs:
        return 0
    forces = PoliceForce.objects.in_bulk([*heirs, *heirs.values()])
    heir_of = {pk: forces[heir] for pk, heir in heirs.items()}
    for area in force_ends.areas(day=london_day(now)):
        _tried(partial(force_ends.pass_area, area, at=now))
    owed: list[Callable[[], object]] = [partial(_move, one, heir_of, now) for one in _placements(heirs)]
    owed += [partial(_move_home, one, heir_of, now) for one in _homes(heirs)]
    owed += [partial(_succeed, one, heir_of, now) for one in _searches(heirs)]
    return sum(_tried(one) for one in owed)


def left(now: datetime) -> Iterator[str]:
    """What names a force that has ended for longer than it takes, by reference; of a home by its key."""
    heirs = force_ends.in_place_of(day=london_day(now - LATE))
    if not heirs:
        return
    yield from _placements(heirs).order_by("pk").values_list("child__reference", flat=True)
    yield from (f"home {pk}" for pk in _homes(heirs).order_by("pk").values_list("pk", flat=True))
    yield from (row.episode.reference for row in _searches(heirs))


def _placements(heirs: Mapping[int, int]) -> PlacementQuerySet:
    rows = Placement.objects.filter(force__in=heirs, ends_at=None, child__closed_at=None)
    return rows.select_related("host_authority", "force")


def _homes(heirs: Mapping[int, int]) -> HomeQuerySet:
    return Home.objects.open().filter(force__in=heirs).select_related("force")


def _searches(heirs: Mapping[int, int]) -> QuerySet[EpisodeForce]:
    """Of open searches those that have ended and are told still; one that handed it on before left no search with nobody."""
    standing = MissingEpisode.objects.open()
    rows = EpisodeForce.objects.filter(episode__in=standing, force__in=heirs, left_at=None)
    return rows.select_related("episode", "force").order_by("pk")


def _why(force: PoliceForce) -> str:
    return _("%(force)s has ended.") % {"force": force.name}


def _move(placement: Placement, heir_of: Mapping[int, PoliceForce], now: datetime) -> None:
    with transaction.atomic():
        # As it stands by now: others before it may have taken minutes, in which somebody corrected it.
        Child.objects.locked().get(pk=placement.child_id)
        placement = Placement.objects.select_related("host_authority", "force").get(pk=placement.pk)
        if placement.ends_at is not None or placement.force_id not in heir_of:
            return
        force, reason = heir_of[placement.force_id], _why(placement.force)
        areas.correct(
            placement, authority=placement.host_authority, force=force, reason=reason, by=None, at=now
        )


def _move_home(home: Home, heir_of: Mapping[int, PoliceForce], now: datetime) -> None:
    home.refresh_from_db(fields=["force"])
    if home.force_id in heir_of:
        organisations.correct_home(home, force=heir_of[home.force_id], by=None, at=now)


def _succeed(row: EpisodeForce, heir_of: Mapping[int, PoliceForce], now: datetime) -> None:
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.episode.child_id)
        # It may have handed the search on, or the search have ended, while others were passed on.
        row = EpisodeForce.objects.select_related("episode", "force").get(pk=row.pk)
        if row.left_at is not None or row.episode.status == EpisodeStatus.ENDED:
            return
        row.episode.child = child
        heir = heir_of[row.force_id]
        # Told with its placement a moment ago, or before.
        if not row.episode.forces.filter(force=heir, left_at=None).exists():
            areas.alert_too(row.episode, heir, by=None, at=now)
        episodes.succeed(row, heir, at=now)
        outbox.cancel_for_forces(row.episode_id, {row.force_id})
        police_links.close_for(row.episode_id, {row.force_id}, at=now)


def _tried(one: Callable[[], object]) -> bool:
    try:
        one()
    except Exception:
        logger.exception("force_not_succeeded", what=repr(getattr(one, "args", ())[:1]))
        return False
    return True
