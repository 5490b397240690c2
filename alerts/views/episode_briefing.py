"""An episode to take along: the printed briefing, two sides of A4 at most, and the same as text to copy."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import approaches, briefings, desk_phones, find_me_lines, heard
from alerts.briefings import Briefing
from alerts.views.episode import Reader, read_as
from cases import access, clock, faces, incidents
from cases.access import Permission
from cases.faces import Face
from cases.models import MissingEpisode, Photo

# What fits beside the facts on two sides.
UPDATES = 6


@login_required
@require_safe
def episode_briefing(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what is known, the photo and the latest updates, to print; the record of reads names this page."""
    now = clock.now()
    user = access.person(request)
    found = access.get_episode(user, reference, Permission.SEE_EPISODE, request=request, at=now)
    reader = read_as(user, found, now)
    context = {
        "episode": found,
        "child": found.child,
        "now": now,
        "reader": reader,
        "faces": faces.of([found.child_id], user=user, at=now),
        "facts": _briefing(request, found, reader, now).rows,
        "desk_line": desk_phones.of_child(found.child_id, at=now),
        "updates": reader.updates(found)[:UPDATES],
        # A force reads it with photo and details, by a code or an officer's account.
        "came": approaches.photographed(found, now=now) if Permission.SEE_RECORD in reader.may else [],
    }
    return render(request, "alerts/episode_briefing.html", context)


@login_required
@require_safe
def episode_text(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what is known as one block of text to copy; the record of reads names this page."""
    now = clock.now()
    user = access.person(request)
    found = access.get_episode(user, reference, Permission.SEE_EPISODE, request=request, at=now)
    reader = read_as(user, found, now)
    context = {
        "episode": found,
        "child": found.child,
        "now": now,
        "reader": reader,
        "copy_text": _briefing(request, found, reader, now).text if reader.copies else "",
    }
    return render(request, "alerts/episode_text.html", context)


@login_required
@require_safe
def episode_find_me(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the find-me profile and the photo as they stood when the police were first owed word; 404 before they are."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.SEE_RECORD, request=request, at=now)
    stood_at = episode.profile_stood_at
    if stood_at is None or stood_at > now:
        raise Http404
    may = access.permissions_for(user, episode.child, at=now)
    found = find_me_lines.of(episode.child, permissions=may, at=stood_at, now=now)
    context = {
        "episode": episode,
        "child": episode.child,
        "found": found,
        "reviewed": found.reviewed(now),
        "stood_at": stood_at,
        "faces": _face_then(episode, found.photo, may),
        "now": now,
    }
    return render(request, "alerts/episode_find_me.html", context)


def _face_then(episode: MissingEpisode, photo: Photo | None, may: Collection[Permission]) -> dict[int, Face]:
    """The photo of that time, for whoever may see one; none that was withdrawn since: it may be of another child."""
    if photo is None or photo.withdrawn_at is not None or Permission.SEE_PHOTO not in may:
        return {}
    photo.child = episode.child
    return {episode.child_id: faces.face(photo)}


def _briefing(request: HttpRequest, found: MissingEpisode, reader: Reader, now: datetime) -> Briefing:
    """What `reader` reads of it; that the others who went along stood there is a read of each."""
    others = incidents.others_for(found, reader=reader.user, at=now)
    shown = [one.child_id for one in others]
    access.put_listed_on_record(reader.user, shown, Permission.SEE_EPISODE, request=request, at=now)
    return briefings.of(
        found,
        by_part=reader.by_part,
        asked=reader.reads_report,
        addressed=reader.addressed,
        placed=reader.reads_place,
        on_journey=reader.reads_report,
        decided=reader.reads_report,
        together=[one.reference for one in others],
        heard=heard.read_by(found, reader),
        now=now,
    )
