"""How an episode is opened: its number, since when, which force; and how one is found again under its child’s lock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from cases import bulk, force_ends, grants, hand_overs, journey_times, log, moves
from cases.deadlines import london_day
from cases.models import (
    Child,
    Contact,
    EpisodeForce,
    ForceInCharge,
    JourneyConfirmation,
    JourneyStop,
    KeepFrom,
    Means,
    MissingEpisode,
    Placement,
    Responsibility,
    User,
)
from cases.people import force_group
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove
from cases.worded import worded

StartedBy = MissingEpisode.StartedBy


def open_unconfirmed(
    children: Sequence[tuple[Child, datetime]], *, at: datetime
) -> dict[int, MissingEpisode]:
    """Open an episode, not confirmed, for each locked child and the instant it was last accounted for.

    The engine's verb: it rings no bell. A child with an open episode keeps that one.
    """
    standing = {
        episode.child_id: episode
        for episode in MissingEpisode.objects.open().filter(child__in=[child.pk for child, _ in children])
    }
    for child, _ in children:
        if child.pk in standing:
            standing[child.pk].child = child
    fresh = [(child, since) for child, since in children if child.pk not in standing]
    opened: dict[int, MissingEpisode] = {}
    if fresh:
        opened = _open_many(fresh, StartedBy.SILENCE, EpisodeStatus.NOT_CONFIRMED, by=None, at=at)
    return {**standing, **opened}


def locked(episode: MissingEpisode) -> tuple[Child, MissingEpisode]:
    child = Child.objects.locked().get(pk=episode.child_id)
    current = MissingEpisode.objects.get(pk=episode.pk)
    current.child = child
    return child, current


def require_watched(child: Child) -> None:
    """Refuse an alarm about the locked child where nobody would be told of it: its case is closed, or it has died."""
    moves.require_watched(child.closed_at, has_died=has_died(child))


def has_died(child: Child) -> bool:
    """Whether it is on record that the child has died."""
    return MissingEpisode.objects.of_death().filter(child=child).exists()


def open_of(child: Child) -> MissingEpisode | None:
    for episode in _of_child(child.pk):
        episode.child = child
        return episode
    return None


@worded
def _of_child(child: Any) -> QuerySet[MissingEpisode]:
    return MissingEpisode.objects.open().filter(child=child)[:1]


def open_one(
    child: Child, started_by: str, status: str, *, since: datetime | None, by: User | None, at: datetime
) -> MissingEpisode:
    return _open_many([(child, since)], started_by, status, by=by, at=at)[child.pk]


def _open_many(
    wanted: Sequence[tuple[Child, datetime | None]],
    started_by: str,
    status: str,
    *,
    by: User | None,
    at: datetime,
) -> dict[int, MissingEpisode]:
    """Open an episode for each of these locked children, in a fixed number of queries for any number of them."""
    ids = [child.pk for child, _ in wanted]
    placed = {placement.child_id: placement for placement in _placed(ids, at)}
    seen = _last_seen(ids, at)
    before = _before(ids)
    confirmed: dict[str, Any] = {}
    if status != EpisodeStatus.NOT_CONFIRMED:
        confirmed = {"confirmed_at": at, "confirmed_by": by, "counts_from": at}
    opened = []
    for child, since in wanted:
        last, earlier = seen.get(child.pk), before.get(child.pk, {})
        seen_at = last.happened_at if last else None
        episode = MissingEpisode(
            child=child,
            number=earlier.get("last", 0) + 1,
            status=status,
            started_by=started_by,
            since=gone_since(child, (since, seen_at, earlier.get("found_at")), at=at),
            opened_at=at,
            opened_by=by,
            placement=placed.get(child.pk),
            last_seen_at=seen_at,
            last_seen_by=last.witness if last else "",
            our_grade=child.risk,
            **confirmed,
        )
        opened.append(episode)
    bulk.create(opened)
    _alert_forces(opened, placed, by, at)
    return {episode.child_id: episode for episode in opened}


def gone_since(child: Child, known: Iterable[datetime | None], *, at: datetime) -> datetime:
    """Since when a child of an episode that was opened at `at` is gone: the last of what is `known`, else its registration.

    Whoever reports, and the clock, may know less than the record: a child who was found, or seen, since is gone since then.
    """
    return max((moment for moment in known if moment is not None), default=min(at, child.registered_at))


def found_before(child: Child) -> datetime | None:
    """When the child was last found, after whichever of its episodes."""
    return _before([child.pk]).get(child.pk, {}).get("found_at")


def _before(child_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The last number of each child's episodes, and when it was last found."""
    return {child_id: {"last": last, "found_at": at} for child_id, last, at in _numbers(child_ids)}


@worded
def _numbers(child_ids: Any) -> QuerySet[MissingEpisode, Any]:
    rows = MissingEpisode.objects.filter(child__among=child_ids).order_by().values("child")
    # Who was found was another.
    found_at = Max("found_at", filter=~Q(outcome=EpisodeOutcome.ANOTHER_CHILD))
    known = rows.annotate(last=Max("number"), found_at=found_at)
    return known.values_list("child", "last", "found_at")


@worded
def _placed(child_ids: Any, at: Any) -> QuerySet[Placement]:
    return Placement.objects.current(at).filter(child__among=child_ids)


def _last_seen(child_ids: Sequence[int], at: datetime) -> dict[int, Contact]:
    """The last sighting face to face of each child that is believed, by the index of each: never by reading all of them."""
    found = list(_faces(child_ids, at)) if child_ids else []
    barred = [child_id for child_id, _, is_barred in found if is_barred]
    last = [pk for _, pk, is_barred in found if pk is not None and not is_barred]
    seen = {c.child_id: c for c in Contact.objects.filter(pk__in=last)} if last else {}
    return seen | {c.child_id: c for c in _believed(barred, at)} if barred else seen


@worded
def _faces(child_ids: Any, at: Any) -> QuerySet[Child, Any]:
    faces = Contact.objects.seen().filter(child=OuterRef("pk"), means=Means.FACE_TO_FACE, happened_at__lte=at)
    kept = KeepFrom.objects.filter(child=OuterRef("pk"), ends_at=None)
    last = Child.objects.filter(pk__among=child_ids)
    last = last.annotate(face=Subquery(faces.values("pk")[:1]), barred=Exists(kept))
    return last.values_list("pk", "face", "barred")


def _believed(child_ids: Sequence[int], at: datetime) -> QuerySet[Contact]:
    """The same of children from whom somebody is kept: they are few, and all that was seen of them is read."""
    faces = Contact.objects.seen().believed(child_ids).filter(means=Means.FACE_TO_FACE, happened_at__lte=at)
    return faces.order_by("child", "-happened_at", "-pk").distinct("child")


def _alert_forces(
    opened: Sequence[MissingEpisode], placed: Mapping[int, Placement], by: User | None, at: datetime
) -> None:
    told = forces_to_tell([episode.child_id for episode in opened], placed, at=at)
    if any(episode.child_id not in told for episode in opened):
        raise IllegalMove("No authority is responsible for this child yet.")
    EpisodeForce.objects.bulk_create(
        [
            EpisodeForce(episode=e, force_id=force_id, added_at=at, added_by=by)
            for e in opened
            for force_id in told[e.child_id]
        ]
    )
    for place in range(max(map(len, told.values()), default=0)):
        at_place = {child_id: ids[place] for child_id, ids in told.items() if place < len(ids)}
        grants.give_many(grants.SEARCH_FOR, {child_id: force_group(pk) for child_id, pk in at_place.items()})


def follow_home(episodes: Sequence[MissingEpisode], *, by: User | None, at: datetime) -> None:
    """Before the police are first owed word of these open episodes: each child is missing from where it lives by now.

    Whoever was away, or whom nobody had recorded seeing, may have been placed elsewhere since the episode was opened, or
    the area put right: the force of there leads, and that of before, which was told nothing, is alerted no more. The caller
    saves the episodes.
    """
    if not episodes:
        return
    current = _placed([episode.child_id for episode in episodes], at)
    placed = {placement.child_id: placement for placement in current}
    alerted: dict[int, dict[int, EpisodeForce]] = defaultdict(dict)
    for row in EpisodeForce.objects.filter(episode__in=episodes):
        alerted[row.episode_id][row.force_id] = row
    moved = [e for e in episodes if e.child_id in placed and _has_moved(e, placed[e.child_id], alerted[e.pk])]
    told = forces_to_tell([episode.child_id for episode in moved], placed, at=at) if moved else {}
    for episode in moved:
        if episode.placement_id != placed[episode.child_id].pk:
            episode.placement = placed[episode.child_id]
            # Of the bed there nobody has said anything yet.
            episode.bed_kept_date, episode.bed_kept_by = None, ""
        _alert_instead(episode, told.get(episode.child_id, ()), alerted[episode.pk], by=by, at=at)


def follows_home(episode: MissingEpisode, *, at: datetime) -> bool:
    """Whether with the word that the police would be owed of it at `at` the episode goes where the child lives by then."""
    placement = Placement.objects.current(at).filter(child=episode.child_id).first()
    if episode.police_owed_at is not None or placement is None:
        return False
    alerted = EpisodeForce.objects.filter(episode=episode).values_list("force", flat=True)
    return _has_moved(episode, placement, alerted)


def _has_moved(episode: MissingEpisode, placement: Placement, alerted: Collection[int]) -> bool:
    return episode.placement_id != placement.pk or placement.force_id not in alerted


def _alert_instead(
    episode: MissingEpisode,
    force_ids: Sequence[int],
    alerted: Mapping[int, EpisodeForce],
    *,
    by: User | None,
    at: datetime,
) -> None:
    # Whom people have added since it was opened stays.
    before = EpisodeForce.objects.filter(episode=episode, added_at__lte=episode.opened_at)
    before.exclude(force__in=force_ids).update(left_at=at)
    for force_id in force_ids:
        if force_id in alerted:
            continue
        row = EpisodeForce.objects.create(episode=episode, force_id=force_id, added_at=at, added_by=by)
        grants.give(episode.child, grants.SEARCH_FOR, force_group(force_id))
        data = {"force": row.force.code}
        entry = log.Entry(child_id=episode.child_id, kind="force_added", subject=row, data=data)
        log.record_many([entry], by=by, at=at)
    leads = ForceInCharge.objects.at(at).filter(episode=episode).first()
    if force_ids and leads is not None and leads.force_id != force_ids[0]:
        ForceInCharge.objects.create(episode=episode, force_id=force_ids[0], starts_at=at)


def forces_to_tell(
    child_ids: Sequence[int], placed: Mapping[int, Placement], *, at: datetime
) -> dict[int, list[int]]:
    """The force of the placement, else of the last placement (the place last seen), else the authority's own.

    Of a child who was handed over since, and of whom nothing says where it lives, that of the hand-over before it. Of a
    child on a journey those of the places where it was confirmed last, where it set out and where it was to be. A child
    for whom no authority is responsible is left out. In the place of a force that has ended whichever took over is told.
    """
    forces = {child_id: placement.force_id for child_id, placement in placed.items()}
    left = [child_id for child_id in child_ids if child_id not in forces]
    before = Placement.objects.filter(child__in=left).order_by("child", "-starts_at").distinct("child")
    forces.update(before.values_list("child", "force") if left else ())
    left = [child_id for child_id in left if child_id not in forces]
    forces.update(_own_forces(left, at) if left else ())
    told = {child_id: [force_id] for child_id, force_id in forces.items()}
    for child_id, found in hand_overs.of(list(told)).items():
        told[child_id] = list(dict.fromkeys([*found.forces, *told[child_id]]))
    told |= {pk: ids for pk, ids in _forces_on_the_way(list(told), at).items() if ids}
    heirs = force_ends.in_place_of(day=london_day(at)) if told else {}
    return {pk: list(dict.fromkeys(heirs.get(one, one) for one in ids)) for pk, ids in told.items()}


@worded
def _own_forces(child_ids: Any, at: Any) -> QuerySet[Responsibility, Any]:
    return (
        Responsibility.objects.at(at).filter(child__among=child_ids).values_list("child", "authority__force")
    )


@worded
def _open_stops(child_ids: Any) -> QuerySet[JourneyStop]:
    stops = JourneyStop.objects.filter(journey__ended_at=None, journey__child__among=child_ids)
    return stops.select_related("journey").order_by("position")


def _forces_on_the_way(child_ids: Sequence[int], at: datetime) -> dict[int, list[int]]:
    """Of each child whose journey has begun: the force where it was confirmed last, then of departure and destination."""
    stops: dict[int, list[JourneyStop]] = defaultdict(list)
    for stop in _open_stops(child_ids):
        stops[stop.journey.child_id].append(stop)
    if not stops:
        return {}
    rows = JourneyConfirmation.objects.counting().filter(
        stop__journey__ended_at=None, stop__journey__child__in=child_ids
    )
    confirmed = set(rows.values_list("stop", flat=True))
    found: dict[int, list[int]] = {}
    for child_id, of_child in stops.items():
        reached = [stop for stop in of_child if stop.pk in confirmed]
        if not reached and of_child[0].due_at > at:
            continue
        last = reached[-1].position if reached else 0
        found[child_id] = journey_times.forces([stop.force_id for stop in of_child], last=last)
    return found
