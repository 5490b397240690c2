"""Who came near a child lately, as a missing report and its briefing say it; duty reads the entries themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cases.models import MissingEpisode, Trigger
from cases.moves import isolated
from cases.templatetags.govuk import gov_date, gov_time, phone

# [proposal] So long before a search somebody who came near may be why the child is gone: as the first row of closer
# watch lasts.
LATELY = timedelta(days=30)
# So many fit on two printed sides with all the rest.
BRIEFED = 3


def lately(child_id: int, *, before: datetime, until: datetime) -> list[Trigger]:
    """Whoever came, rang or waited in the thirty days up to `before`, or since, newest first.

    Those of whom duty wrote that the police were not to be rung are nobody's suspect.
    """
    rows = Trigger.objects.filter(child=child_id, kind=Trigger.Kind.APPROACH)
    rows = rows.filter(happens_at__gt=before - LATELY, happens_at__lte=until).exclude(police_told=False)
    return list(rows.select_related("photo").order_by("-happens_at", "-pk")[:BRIEFED])


def car(found: Sequence[Trigger]) -> str:
    """The newest car that is known of them, and of when: nobody has seen the child get into it by this."""
    for one in found:
        if seen := _car(one):
            return _("%(car)s (near the child on %(day)s)") % {"car": seen, "day": gov_date(one.happens_at)}
    return ""


def note(found: Sequence[Trigger]) -> str:
    """One sentence of the newest, for whoever asks whether the child is exploited; empty where nobody came."""
    if not found:
        return ""
    one = found[0]
    how = str(one.get_how_display()) or _("Somebody came, rang or waited for the child")
    said = {"how": how, "day": gov_date(one.happens_at)}
    return ", ".join(filter(None, (_("%(how)s, on %(day)s") % said, one.person)))


def briefed(episode: MissingEpisode, *, placed: bool, now: datetime) -> list[tuple[str, str]]:
    """Label and value of each; `placed` says whether the reader may read a place, which may be where the child lives.

    What somebody wrote freely is not here: it may name whoever wrote it.
    """
    found = lately(episode.child_id, before=episode.since, until=now)
    return [(_("Came near the child"), _in_words(one, placed=placed)) for one in found]


def photographed(episode: MissingEpisode, *, now: datetime) -> list[Trigger]:
    """Those of the briefing of whom a photo stands."""
    found = lately(episode.child_id, before=episode.since, until=now)
    return [one for one in found if one.standing_photo is not None]


def _in_words(one: Trigger, *, placed: bool) -> str:
    number = phone(one.phone) if one.phone else ""
    said = (str(one.get_how_display()), isolated(one.person), number, _car(one), one.place if placed else "")
    return "; ".join(filter(None, (gov_time(one.happens_at), *said)))


def _car(one: Trigger) -> str:
    return ", ".join(filter(None, (one.vehicle, one.plate)))
