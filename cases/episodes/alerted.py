"""Which forces an episode is with still, the one that leads it first: whoever handed it on or declined it is none."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from cases.models import AwayReference, EpisodeForce, ForceInCharge, MissingEpisode, PoliceForce


def told(episode: MissingEpisode, *, at: datetime) -> list[EpisodeForce]:
    """Every force that was ever told of it, with its force: the one in charge at `at` first, those that left too."""
    return list(_leading_first([episode.pk], at))


def alerted_of(
    episode_ids: Collection[int], *, quoted: bool = False, at: datetime
) -> Mapping[int, Sequence[EpisodeForce]]:
    """By episode id the rows of the forces it is with still, with their forces, in one query.

    `quoted` adds what the force gave while the child was away, for whoever rings it; no message reads that.
    """
    found: dict[int, list[EpisodeForce]] = defaultdict(list)
    rows = _leading_first(episode_ids, at).filter(left_at=None)
    if quoted:
        given = AwayReference.objects.filter(episode=OuterRef("episode"), force=OuterRef("force"))
        rows = rows.annotate(away_reference=Subquery(given.order_by("-pk").values("reference")[:1]))
    for row in rows:
        found[row.episode_id].append(row)
    return found


def alerted(
    episode: MissingEpisode, *, force_ids: Collection[int] | None = None, at: datetime
) -> list[PoliceForce]:
    """The forces it is with still; of `force_ids` alone where they are given, as to an officer of those."""
    rows = alerted_of([episode.pk], at=at).get(episode.pk, ())
    return [row.force for row in rows if force_ids is None or row.force_id in force_ids]


def _leading_first(episode_ids: Collection[int], at: datetime) -> QuerySet[EpisodeForce]:
    starts = ForceInCharge.objects.at(at).filter(episode=OuterRef("episode"))
    rows = EpisodeForce.objects.filter(episode__in=episode_ids).alias(
        led_by=Subquery(starts.values("force")[:1])
    )
    leads = Case(When(force=F("led_by"), then=0), default=1)
    return rows.order_by(leads, "added_at", "pk").select_related("force")
