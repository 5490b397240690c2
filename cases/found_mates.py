"""Somebody who went missing with others has been found: whoever looks for the others is told, child by child.

Each is a commit that holds the one child it writes about: who was found is held by whoever writes that down.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases import triggers
from cases.models import Child, IncidentEpisode, Restriction, Trigger
from cases.states import EpisodeOutcome, EpisodeStatus

# What somebody says three days after they were found is asked by the steps of their own ending.
LATELY = timedelta(hours=72)


def owing(at: datetime, *, without: QuerySet[Child]) -> QuerySet[IncidentEpisode]:
    """The rows of children who are looked for, of whose incident somebody was found of whom nobody was told yet.

    While one is unanswered another is not told: both are asked in one call. `without` are children who are asked for
    by nobody, as those of a demonstration.
    """
    asked = Trigger.objects.filter(kind=Trigger.Kind.MATE_FOUND, child=OuterRef("child"), answered_at=None)
    sought = Q(episode__status=EpisodeStatus.MISSING) | Q(episode__police_owed_at__isnull=False)
    rows = _standing().filter(sought, ~Exists(asked), episode__child_confirmed_at=None, child__is_drill=False)
    rows = rows.exclude(episode__status=EpisodeStatus.ENDED).exclude(child__in=without)
    found = _found(at).filter(root=OuterRef("root")).exclude(child=OuterRef("child"))
    told = Trigger.objects.filter(child=OuterRef(OuterRef("child")), mate=OuterRef("episode"))
    return rows.filter(Exists(found.filter(~Exists(told))))


def tell(pk: int, *, at: datetime, without: QuerySet[Child]) -> bool:
    """Enter it for the child of this row; False where nobody is owed it any more, and while somebody holds the child."""
    with transaction.atomic():
        child = (
            Child.objects.filter(pk__in=IncidentEpisode.objects.filter(pk=pk).values("child"))
            .unheld()
            .first()
        )
        row = owing(at, without=without).filter(pk=pk).select_related("episode").first()
        if child is None or row is None:
            return False
        told = Trigger.objects.filter(child=child, mate__isnull=False).values("mate")
        found = _found(at).filter(root=_root_of(row)).exclude(child=child).exclude(episode__in=told)
        mate = found.select_related("episode").order_by("found_at", "pk")[0].episode
        by = mate.child_confirmed_by or mate.ended_by
        if by is None:
            return False
        row.episode.child = child
        triggers.of_found(row.episode, mate, by=by, at=at)
    return True


def _root_of(row: IncidentEpisode) -> Any:
    return _standing().filter(pk=row.pk).values_list("root", flat=True).first()


def _standing() -> QuerySet[Any]:
    rows = IncidentEpisode.objects.filter(withdrawn_at=None)
    return rows.annotate(root=Coalesce("incident__merged_into", "incident"))


def _found(at: datetime) -> QuerySet[Any]:
    """Who was found lately by somebody's own eyes or call. A restricted record announces itself to nobody.

    A record that was late is no find. Of a death the others are told too: what is known of it may find them.
    """
    closed = Restriction.objects.current(at).values("child")
    rows = _standing().annotate(found_at=Coalesce("episode__child_confirmed_at", "episode__ended_at"))
    rows = rows.filter(found_at__gt=at - LATELY, found_at__lte=at, episode__child_confirmed_by__isnull=False)
    rows = rows.exclude(episode__outcome=EpisodeOutcome.RECORDING_LATE)
    return rows.exclude(child__in=closed).exclude(child__is_drill=True)
