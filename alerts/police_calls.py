"""What the police said on the phone to whoever reported a child: kept with a force, or in words where there is none."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from alerts import episode_updates, escalations, police_rung, reach
from alerts.models import DutyTask, Verification
from cases import access, episodes, incidents
from cases.access import Permission
from cases.episodes import reports
from cases.models import (
    Child,
    EpisodeForce,
    EpisodeOfficer,
    EpisodeUpdate,
    MissingEpisode,
    MissingReport,
    PoliceForce,
    User,
)
from cases.moves import other_words
from cases.states import EpisodeStatus


def report(
    child: Child,
    said: episodes.Report,
    *,
    incident_reference: str,
    officer: str,
    read: int | None = None,
    gone_with: Collection[Child] = (),
    by: User,
    at: datetime,
) -> tuple[MissingEpisode, bool]:
    """The report and, where the police have been rung, what they said: one commit; and whether it came before.

    The children it is `gone_with` are reported with it. What the home or the guardian reports once the police have been
    rung is for the duty desk, to ring them with it. The same report with another reference, or with others, is
    `SentBefore`: what stands may have been put right since. `read` is the report that the writer had before them.
    """
    given = {"incident_reference": incident_reference, "officer": officer}
    with transaction.atomic():
        incidents.lock([child, *gone_with])
        is_again = MissingReport.objects.filter(key=said.key).exists()
        # Who says that others went along raises an alarm for them, which waits for nobody's reading.
        read = None if gone_with else read
        episode = episodes.report_missing(child, said, read=read, by=by, at=at)
        if is_again:
            _require_same(episode, **given, by=by)
            incidents.require_named(episode, gone_with)
        else:
            _tell_desk(episode, by=by, at=at)
            record(episode, **given, by=by, at=at)
            incidents.report(episode, gone_with, said=said, by=by, at=at)
    return episode, is_again


def _tell_desk(episode: MissingEpisode, *, by: User, at: datetime) -> None:
    """Whoever has yet to ring the police reads the report then; where nobody has, the desk is told of it."""
    if episode.police_owed_at is None or episode.police_owed_at >= at:
        return
    calls = DutyTask.objects.open().filter(episode=episode.pk, kind__in=police_rung.CALLS_TO_POLICE)
    of_partner = episodes.side_of(by, episode.child, at=at) in episode_updates.OF_PARTNERS
    if of_partner and not calls.exists():
        report = reports.latest(episode)
        episode_updates.tell_desk(episode, step=f"report:{report.pk if report else 0}", at=at)


def record(
    episode: MissingEpisode, *, incident_reference: str, officer: str, by: User, at: datetime
) -> PoliceForce | None:
    """Keep what the police said, and return the force it is kept with; with an officer's name from duty it is a verification.

    That is the force in charge, else the one that a report of the child goes to. Where none is known what was
    given is an update of the episode, and None is returned.
    """
    if not incident_reference:
        return None
    leads = episodes.in_charge(episode, at=at)
    force = leads.force if leads is not None else reach.force_of(episode.child, now=at)
    if force is None:
        _keep_in_words(episode, incident_reference, officer, by=by, at=at)
        return None
    given: dict[str, Any] = {"force": force, "officer": officer}
    if officer and access.may(by, episode.child, Permission.VERIFY_POLICE, at=at):
        escalations.verify(episode, **given, incident_reference=incident_reference, by=by, at=at)
    elif not _stands(episode, force, incident_reference, officer):
        episodes.record_police_reference(episode, **given, reference=incident_reference, by=by, at=at)
    return force


def _stands(episode: MissingEpisode, force: PoliceForce, reference: str, officer: str) -> bool:
    """Whether this is on record of a search that runs: a page that is sent again says nothing new."""
    search = MissingEpisode.objects.get(pk=episode.pk)
    held = EpisodeForce.objects.referenced().filter(episode=search, force=force, left_at=None)
    row = held.filter(incident_reference=reference).first()
    runs = search.status == EpisodeStatus.MISSING and search.police_owed_at is not None
    return runs and row is not None and (not officer or _gave(row, officer))


def _keep_in_words(episode: MissingEpisode, reference: str, officer: str, *, by: User, at: datetime) -> None:
    """Once in the same words: a page that is sent again says nothing new."""
    text = _words(reference, officer)
    with transaction.atomic():
        Child.objects.locked().get(pk=episode.child_id)
        if not EpisodeUpdate.objects.filter(episode=episode, written_by=by, text=text).exists():
            side = episodes.side_of(by, episode.child, at=at)
            episode_updates.add(episode, text=text, side=side, by=by, at=at)


def _words(reference: str, officer: str) -> str:
    """As it was given, for nobody has said whose it is; what is written down is English, whoever's button wrote it."""
    with translation.override(settings.LANGUAGE_CODE):
        given = _("Police reference as given: %(reference)s.") % {"reference": reference}
        spoke_to = _("Given by %(officer)s.") % {"officer": officer} if officer else ""
        ask = _("No police force is on this episode: whoever rings the police asks which force gave it.")
    return "\n".join(part for part in (given, spoke_to, ask) if part)


def _require_same(episode: MissingEpisode, *, incident_reference: str, officer: str, by: User) -> None:
    """Raise `SentBefore` unless what was said stands: with a force that was told, or in words where there was none.

    Who gave the reference may have another before or after them as the officer in the case.
    """
    if not incident_reference:
        return
    text = _words(incident_reference, officer)
    if EpisodeUpdate.objects.filter(episode=episode, written_by=by, text=text).exists():
        return
    given = episode.forces.filter(incident_reference=incident_reference)
    if not given or (officer and not any(_gave(row, officer) for row in given)):
        raise other_words()


def _gave(row: EpisodeForce, officer: str) -> bool:
    """Whether this officer gave the force's reference: whoever had the case, or was spoken to about it."""
    told = {"episode": row.episode_id, "force": row.force_id}
    had_it = EpisodeOfficer.objects.filter(**told, name=officer.strip())
    return had_it.exists() or Verification.objects.filter(**told, officer=officer).exists()
