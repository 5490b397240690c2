"""What is held to find a child by, as a force's mail names it: that it is there, and never the thing itself."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import find_me
from cases.episodes import reports
from cases.forms.typed import london
from cases.models import MissingEpisode, Photo


def in_words(episode: MissingEpisode, *, now: datetime) -> str:
    """What an officer who rings may ask for: the photo and how old it is, the find-me profile, how many places it names.

    Nothing where nothing is held, or where whoever reported the child says that it is not shared.
    """
    if not reports.shares_profile(episode):
        return ""
    held = []
    photo = Photo.objects.newest_of([episode.child_id]).first()
    if photo is not None:
        days = photo.days_old(london(now))
        age = ngettext("photo (%d day old)", "photo (%d days old)", days) % days
        held.append(age if days else _("photo (taken today)"))
    profile = find_me.held_of(episode.child)
    if profile.is_begun:
        held.append(_("find-me profile"))
    if profile.places:
        held.append(ngettext("%d known place", "%d known places", profile.places) % profile.places)
    return ", ".join(held)
