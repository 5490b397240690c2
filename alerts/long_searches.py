"""The long searches, who goes missing again and again, and what was released to a force: lists for a manager and an officer."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from alerts import after, heard, release_reads, releases, worklists
from alerts.models import Release, Reply
from alerts.standings import STILL_MISSING_AFTER
from alerts.worklists import Line
from cases import access, reviews
from cases.access import Permission
from cases.models import (
    EpisodeCall,
    EpisodeFinding,
    EpisodeForce,
    EpisodeUpdate,
    FindMeSection,
    MissingEpisode,
    Photo,
    Role,
    SeenReport,
    User,
)
from cases.models.episodes import EpisodeQuerySet
from cases.review_dates import Due
from cases.states import EpisodeStatus


@dataclass(frozen=True)
class Held:
    """What there is to know the child by: the photo's day, and who holds what; never the thing itself."""

    photo_taken: date | None = None
    dental: str = ""
    dna: str = ""
    # Fingerprints and the like; of a profile from before dental and DNA were asked for by themselves, those as well.
    other: str = ""

    @property
    def is_mixed(self) -> bool:
        """Whether dental and DNA may stand in the profile among other things: only reading it tells."""
        return bool(self.other) and not (self.dental or self.dna)


@dataclass(frozen=True)
class LongSearch:
    """One child missing for 28 days or more: the review that is owed or comes next, the last news, and what is held."""

    line: Line
    episode: MissingEpisode
    held: Held
    news_at: datetime | None
    forces: tuple[EpisodeForce, ...]

    @property
    def review(self) -> Due | None:
        """The first that is not recorded, late or to come."""
        return next(iter(self.line.standing.reviews), None)

    @property
    def review_label(self) -> str:
        return reviews.label(self.review) if self.review is not None else ""


@dataclass(frozen=True)
class Repeated:
    """One child whom a force was told of so often in the span; the latest of these episodes, and the force's rows of it."""

    episode: MissingEpisode
    times: int
    forces: tuple[EpisodeForce, ...]


@dataclass(frozen=True)
class Released:
    """How many lines of one episode the council released to the police and they may read still, and when the last.

    `new` are those that no officer of the force has had before them yet.
    """

    episode: MissingEpisode
    lines: int
    last_at: datetime
    new: int


def of_manager(user: User, *, now: datetime) -> list[LongSearch]:
    """The long searches for a manager's children, the longest first, in a fixed number of queries."""
    children = access.children(user, Permission.SEE_RECORD, at=now)
    return _long(MissingEpisode.objects.filter(child__in=children), (), now=now)


def of_officer(user: User, *, now: datetime) -> list[LongSearch]:
    """The long searches of which the officer's force has been told, for the children it may read of."""
    forces = _forces(user, now)
    children = access.children(user, Permission.SEE_EPISODE, at=now)
    told = EpisodeForce.objects.filter(force__in=forces, left_at=None, episode__police_owed_at__lte=now)
    return _long(
        MissingEpisode.objects.filter(pk__in=told.values("episode"), child__in=children), forces, now=now
    )


def repeated(user: User, *, now: datetime) -> list[Repeated]:
    """The children of whom the officer's force was told three times or more in 90 days, most often first.

    One stands here as long as the force may read of the child, which is to the 30th day after an end; a search that it
    handed on, or declined, is none of its own. With each are the
    reference and the COMPACT number that the officer's own force gave in the latest episode.
    """
    forces = _forces(user, now)
    rows = (
        EpisodeForce.objects.filter(
            force__in=forces,
            left_at=None,
            episode__in=MissingEpisode.objects.counted(),
            episode__police_owed_at__lte=now,
            episode__opened_at__gt=now - after.WITHIN,
            episode__child__in=access.children(user, Permission.SEE_EPISODE, at=now),
        )
        .order_by()
        .values("episode__child")
        .annotate(times=Count("episode", distinct=True), last=Max("episode"))
        .filter(times__gte=after.EPISODES)
    )
    times = {row["last"]: row["times"] for row in rows}
    found = MissingEpisode.objects.filter(pk__in=times).select_related("child")
    own: dict[int, list[EpisodeForce]] = defaultdict(list)
    for row in EpisodeForce.objects.filter(episode__in=times, force__in=forces, left_at=None).order_by("pk"):
        own[row.episode_id].append(row)
    return sorted(
        (Repeated(episode, times[episode.pk], tuple(own[episode.pk])) for episode in found),
        key=lambda one: (-one.times, -one.episode.opened_at.timestamp(), one.episode.pk),
    )


def released(user: User, *, now: datetime) -> list[Released]:
    """What the officer's force may read of return interviews and replies: what nobody there has read first, the latest first.

    A correction of the interview is another version, of which nothing is released. A force that handed the search on, or
    declined it, has it on no list.
    """
    forces = _forces(user, now)
    rows = _readable(user, forces, releases.current(), now).annotate(lines=Count("pk"), last=Max("starts_at"))
    known = {row["episode"]: (row["lines"], row["last"]) for row in rows}
    new = _new(user, forces, now)
    found = MissingEpisode.objects.filter(pk__in=known).select_related("child")
    return sorted(
        (Released(episode, *known[episode.pk], new.get(episode.pk, 0)) for episode in found),
        key=lambda one: (one.new == 0, -one.last_at.timestamp(), one.episode.pk),
    )


def newly_released(user: User, *, now: datetime) -> int:
    """Of how many episodes the officer's force has lines that nobody there has read."""
    return len(_new(user, _forces(user, now), now))


def _new(user: User, forces: Sequence[int], now: datetime) -> dict[int, int]:
    """How many lines of each episode nobody of these forces has read."""
    rows = _readable(user, forces, release_reads.unread(forces), now).annotate(lines=Count("pk"))
    return {row["episode"]: row["lines"] for row in rows}


def _readable(
    user: User, forces: Sequence[int], rows: QuerySet[Release], now: datetime
) -> QuerySet[Release, Any]:
    """Of these releases those to the police that the officer may open, by episode."""
    told = EpisodeForce.objects.filter(force__in=forces, left_at=None, episode__police_owed_at__lte=now)
    ours = rows.filter(
        side=Release.Side.POLICE,
        episode__in=told.values("episode"),
        episode__child__in=access.children(user, Permission.SEE_EPISODE, at=now),
    )
    return ours.order_by().values("episode")


def held(child_ids: Collection[int]) -> dict[int, Held]:
    """What is held of each of these children, in two queries."""
    photos = dict(Photo.objects.newest_of(child_ids).values_list("child", "taken_date"))
    said: dict[int, dict[str, str]] = {
        row.child_id: row.answers
        for row in FindMeSection.objects.standing().filter(child__in=child_ids, section="traces")
    }
    return {
        pk: Held(
            photos.get(pk),
            *(said.get(pk, {}).get(question, "") for question in ("dental", "dna", "traces")),
        )
        for pk in child_ids
    }


def _long(episodes: EpisodeQuerySet, forces: Sequence[int], *, now: datetime) -> list[LongSearch]:
    """Those of them that somebody confirmed or of which the police were told: nobody may have confirmed those either."""
    sought = Q(status=EpisodeStatus.MISSING) | Q(police_owed_at__lte=now)
    rows = list(
        episodes.open()
        .filter(sought, since__lte=now - STILL_MISSING_AFTER)
        .select_related("child")
        .order_by("since", "pk")
    )
    ids = [row.child_id for row in rows]
    lines = {line.child.pk: line for line in worklists.lines_of(ids, now, for_police=bool(forces))}
    marks, news = held(ids), _news(rows)
    told: dict[int, list[EpisodeForce]] = defaultdict(list)
    of_search = EpisodeForce.objects.filter(episode__in=rows, left_at=None).select_related("force")
    for force in of_search.filter(force__in=forces) if forces else of_search:
        told[force.episode_id].append(force)
    return [
        LongSearch(lines[row.child_id], row, marks[row.child_id], news.get(row.pk), tuple(told[row.pk]))
        for row in rows
        if row.child_id in lines
    ]


def _news(episodes: Collection[MissingEpisode]) -> dict[int, datetime]:
    """When something was last heard in each search: a finding, a sighting, an update, a reply, a call, a message.

    Intelligence is none, nor a call that nobody answered.
    """
    found: dict[int, datetime] = {}
    ids = [episode.pk for episode in episodes]
    for rows in (
        EpisodeFinding.objects.filter(is_intelligence=False).values_list("episode").annotate(Max("heard_at")),
        SeenReport.objects.exclude(contact__withdrawn_at__isnull=False)
        .values_list("episode")
        .annotate(Max("seen_at")),
        EpisodeUpdate.objects.values_list("episode").annotate(Max("written_at")),
        EpisodeCall.objects.exclude(answered_by="").values_list("episode").annotate(Max("rung_at")),
        Reply.objects.filter(~Q(text=""), automatic=False)
        .values_list("episode")
        .annotate(Max("received_at")),
    ):
        for episode_id, at in rows.filter(episode__in=ids).order_by():
            found[episode_id] = max(at, found.get(episode_id, at))
    for episode, row in heard.of(episodes):
        at = heard.came_at(row)
        found[episode.pk] = max(at, found.get(episode.pk, at))
    return found


def _forces(user: User, now: datetime) -> list[int]:
    return [m.force_id for m in access.memberships(user, now) if m.role == Role.POLICE and m.force_id]
