"""The verbs of an incident: who went missing together, joined at the report or later, and taken back with a reason."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from cases import access, contacts, episodes, links, log, triggers
from cases.access import Permission
from cases.models import (
    Child,
    ChildLink,
    Incident,
    IncidentEpisode,
    MissingEpisode,
    Placement,
    Trigger,
    User,
)
from cases.moves import other_words
from cases.sorting import ByName
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove

# Whoever makes two incidents one waits for whoever does so at that moment: an advisory lock, after those of the children.
MERGING = 7_202
# What is the same of all who left together. What somebody is worried about of one child is nothing for the readers of
# another, and what each wore, and who saw each of them last, is asked of each.
SHARED = ("last_seen_place", "travelling", "vehicle")


def lock(children: Collection[Child]) -> list[Child]:
    """All these children, locked in the order of their keys, as everything that locks several does."""
    keys = {child.pk for child in children}
    return list(Child.objects.locked().filter(pk__in=keys).order_by("pk"))


def mates(child: Child, *, reporter: User, at: datetime) -> list[Child]:
    """Who may have gone with the child: of the same home now and said to belong to it, whom `reporter` may report too.

    Who lives together says where: of the home it names nobody to a reader who may not read the address of both. A link
    that was checked and is none names nobody. Every other child joins by its reference.
    """
    said = links.of(child, reader=reporter, at=at).bonds().exclude(check_result=ChildLink.Check.NOT_SO)
    ids = [link.beside(child).pk for link in said]
    if access.may(reporter, child, Permission.SEE_ADDRESS, at=at):
        own = Placement.objects.current(at).filter(child=child, home__isnull=False).values("home")
        there = Placement.objects.current(at).filter(home__in=own).values("child")
        placed = access.children(reporter, Permission.SEE_ADDRESS, at=at)
        ids += placed.filter(pk__in=there).values_list("pk", flat=True)
    may = access.children(reporter, Permission.REPORT_MISSING, at=at).open(at)
    return list(may.filter(pk__in=ids).exclude(pk=child.pk).order_by(ByName("given_name"), "pk"))


def report(
    episode: MissingEpisode, others: Collection[Child], *, said: episodes.Report, by: User, at: datetime
) -> None:
    """Each of these children went with the one of `episode`: missing as well, by what `said` tells of all of them.

    Whoever is looked for already is joined alone; who was said to be back is reported anew, as by a report of its own.
    """
    shared = {name: getattr(said, name) for name in SHARED}
    with transaction.atomic():
        for child in _locked_others(episode, others):
            one = _searched(child)
            if one is None:
                report = episodes.Report(key=_key(said.key, child), **shared)
                left_after = said.last_seen_at or at
                one = episodes.report_missing(child, report, left_after=left_after, by=by, at=at)
            join(episode, one, by=by, at=at)


def look_failed(
    episode: MissingEpisode, others: Collection[Child], *, look: contacts.Sighting, by: User, at: datetime
) -> None:
    """Each of these children is not here either, and went with the one of `episode`: the same look, for each of them."""
    with transaction.atomic():
        for child in _locked_others(episode, others):
            one = _searched(child)
            if one is None:
                one = contacts.look_failed(child, replace(look, key=_key(look.key, child)), by=by, at=at)
            join(episode, one, by=by, at=at)


def require_named(episode: MissingEpisode, others: Collection[Child]) -> None:
    """A form that was sent before named all of these: raises `SentBefore` where it did not, for it reports nobody anew."""
    rows = IncidentEpisode.objects.annotate(root=Coalesce("incident__merged_into", "incident"))
    own = rows.filter(episode=episode).values("root")
    named = set(rows.filter(root__in=own).values_list("child", flat=True))
    if not named.issuperset(child.pk for child in others):
        raise other_words()


def join(episode: MissingEpisode, other: MissingEpisode, *, by: User, at: datetime) -> Incident:
    """Say that the children of both episodes went together: one incident, whatever each belonged to before.

    Raises `IllegalMove` for a child and itself, where both were found, and for episodes of different times.
    """
    if episode.child_id == other.child_id:
        raise IllegalMove("This is the same child.")
    with transaction.atomic():
        lock([episode.child, other.child])
        pair = list(MissingEpisode.objects.filter(pk__in=(episode.pk, other.pk)).select_related("child"))
        _require_together(pair)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MERGING])
        found = [root for one in pair if (root := incident_of(one)) is not None]
        incident = min(found, key=lambda one: one.pk, default=None)
        if incident is None:
            began_at = min(one.since for one in pair)
            incident = Incident.objects.create(began_at=began_at, recorded_by=by)
        for merged in found:
            if merged.pk != incident.pk:
                went_in = Incident.objects.filter(Q(pk=merged.pk) | Q(merged_into=merged.pk))
                went_in.update(merged_into=incident)
        for one in pair:
            _enter(one, incident, by=by, at=at)
    return incident


def leave(episode: MissingEpisode, *, reason: str, by: User, at: datetime) -> None:
    """The child did not go with the others: the row stays, with the reason, and the others stay together."""
    if not reason.strip():
        raise IllegalMove("Enter how you know that the child did not go with the others.")
    with transaction.atomic():
        asked = Trigger.objects.filter(Q(mate=episode) | Q(child=episode.child, mate__isnull=False))
        asked = asked.filter(answered_at=None).select_related("child").order_by("pk")
        lock([episode.child, *(one.child for one in asked)])
        child, asked = episode.child, asked.all()
        row = IncidentEpisode.objects.filter(episode=episode, withdrawn_at=None).first()
        if row is None:
            raise IllegalMove("This episode belongs to no others.")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        data = {"episode": episode.number}
        log.record(
            child, "went_apart", subject=row, data=data, fields={"reason": row.withdrawn_reason}, by=by, at=at
        )
        # What is written down is English, whoever's button wrote it.
        with translation.override(settings.LANGUAGE_CODE):
            apart = _("They did not go missing together.")
        for one in asked:
            triggers.needless(one, reason=apart, by=by, at=at)


def incident_of(episode: MissingEpisode) -> Incident | None:
    """The incident that the episode belongs to now."""
    row = IncidentEpisode.objects.filter(episode=episode, withdrawn_at=None)
    found = row.select_related("incident__merged_into").first()
    return (found.incident.merged_into or found.incident) if found is not None else None


def others(episode: MissingEpisode) -> QuerySet[MissingEpisode]:
    """Every other episode of its incident. Whoever shows them asks what the reader may open: see `others_for`."""
    incident = incident_of(episode)
    if incident is None:
        return MissingEpisode.objects.none()
    one = Q(incident=incident) | Q(incident__merged_into=incident)
    standing = IncidentEpisode.objects.filter(one, withdrawn_at=None)
    return MissingEpisode.objects.filter(pk__in=standing.values("episode")).exclude(pk=episode.pk)


def others_for(episode: MissingEpisode, *, reader: User, at: datetime) -> list[MissingEpisode]:
    """The others whom `reader` may open: of all the rest nothing is shown, not even that there are any."""
    open_to = access.children(reader, Permission.SEE_EPISODE, at=at).values("pk")
    found = others(episode).filter(child__in=open_to).select_related("child")
    found = found.order_by(ByName("child__given_name"), "pk")
    return [one for one in found if access.may_reach_episode(reader, one, Permission.SEE_EPISODE, at)]


def known_to(child: Child, reader: User, *, at: datetime) -> QuerySet[IncidentEpisode]:
    """The child's own rows beside which stands, or stood, another child whom `reader` may open: the rest is not told.

    Withdrawn ones too, for the timeline; of two incidents that became one either.
    """
    rows = IncidentEpisode.objects.filter(child=child)
    if not rows.exists():
        return rows
    open_to = access.children(reader, Permission.SEE_EPISODE, at=at).values("pk")
    root = Coalesce(OuterRef("incident__merged_into"), OuterRef("incident"))
    beside = IncidentEpisode.objects.annotate(root=Coalesce("incident__merged_into", "incident"))
    beside = beside.filter(root=root, child__in=open_to).exclude(child=child)
    return rows.filter(Exists(beside))


def _locked_others(episode: MissingEpisode, children: Collection[Child]) -> list[Child]:
    """The others of a report, locked with the child of it; raises `IllegalMove` of one whose case is closed."""
    found = [child for child in lock([episode.child, *children]) if child.pk != episode.child_id]
    for child in found:
        episodes.require_watched(child)
    return found


def _key(key: uuid.UUID, child: Child) -> uuid.UUID:
    """The key under which the same form says the same of another child."""
    return uuid.uuid5(key, child.reference)


def is_searched(episode: MissingEpisode) -> bool:
    """Whether the child of it is looked for by somebody's word.

    A silence or an absence that is known is none, nor one of which a return was said, or half an ending recorded: whoever
    is gone again is looked for by a word of now.
    """
    stands = episode.ended_at is None and episode.status == EpisodeStatus.MISSING
    return stands and episode.back_since is None and episode.police_closed_at is None


def _searched(child: Child) -> MissingEpisode | None:
    """The open episode of a child who is looked for by somebody's word."""
    episode = MissingEpisode.objects.open().filter(child=child, status=EpisodeStatus.MISSING).first()
    if episode is None or not is_searched(episode):
        return None
    episode.child = child
    return episode


def _require_together(pair: Sequence[MissingEpisode]) -> None:
    first, second = pair
    for one in pair:
        if one.outcome == EpisodeOutcome.ANOTHER_CHILD:
            raise IllegalMove(
                "One of these searches ended with the death of another child. Open the search that runs."
            )
    if first.ended_at is not None and second.ended_at is not None:
        raise IllegalMove("Both children have been found.")
    for one, another in ((first, second), (second, first)):
        if one.ended_at is not None and one.ended_at <= another.since:
            raise IllegalMove("One of them was found before the other went missing.")
        if one.outcome == EpisodeOutcome.RECORDING_LATE:
            raise IllegalMove("One of them was not missing: the record was late.")


def _enter(episode: MissingEpisode, incident: Incident, *, by: User, at: datetime) -> None:
    if IncidentEpisode.objects.filter(episode=episode, withdrawn_at=None).exists():
        return
    row = IncidentEpisode.objects.create(
        incident=incident, child=episode.child, episode=episode, recorded_at=at, recorded_by=by
    )
    log.record(episode.child, "went_together", subject=row, data={"episode": episode.number}, by=by, at=at)
