"""What is said to be from a missing child, as the page of its search and its briefing say it; duty reads the contacts."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from cases.access import Permission
from cases.models import Means, MissingEpisode, Trigger
from cases.templatetags.govuk import gov_time

# So many of the latest fit on two printed sides with all the rest.
BRIEFED = 3


def of(episodes: Collection[MissingEpisode]) -> list[tuple[MissingEpisode, Trigger]]:
    """What came of the child of each since it was missing and until it was found, newest first, in one query.

    The episodes are of different children; none whose contact is withdrawn.
    """
    searches = {episode.child_id: episode for episode in episodes}
    rows = Trigger.objects.filter(
        kind=Trigger.Kind.MESSAGE, child__in=searches, contact__withdrawn_at=None
    ).select_related("contact")
    rows = rows.order_by("-contact__happened_at", "-pk")
    return [(searches[row.child_id], row) for row in rows if _is_of(row, searches[row.child_id])]


class Reads(Protocol):
    """What is to be known of whoever reads a search."""

    @property
    def may(self) -> frozenset[Permission]: ...
    @property
    def for_police(self) -> bool: ...
    @property
    def reads_report(self) -> bool: ...


def read_by(episode: MissingEpisode, reader: Reads) -> list[tuple[str, str]]:
    """The same for one reader: the words for who reads the record, and nothing for a home, a guardian or another team."""
    if not reader.reads_report:
        return []
    return briefed(episode, worded=Permission.SEE_RECORD in reader.may and not reader.for_police)


def briefed(episode: MissingEpisode, *, worded: bool) -> list[tuple[str, str]]:
    """Label and value of each; without its words, which may name who has it, for a force: that rings duty for them."""
    rows = [row for _episode, row in of([episode])][:BRIEFED]
    return [(_("Said to be from the child"), _in_words(row, worded=worded)) for row in rows]


def came_at(row: Trigger) -> datetime:
    """When the child wrote or rang, as far as anybody said."""
    return row.contact.happened_at if row.contact is not None else row.happens_at


def _is_of(row: Trigger, episode: MissingEpisode) -> bool:
    ended_at = episode.ended_at
    return episode.since <= came_at(row) and (ended_at is None or row.recorded_at <= ended_at)


def _in_words(row: Trigger, *, worded: bool) -> str:
    when = gov_time(came_at(row))
    if row.contact is not None and row.contact.means == Means.PHONE:
        when = f"{when}, {Means.PHONE.label}"
    if not worded:
        return _("%(when)s. For what it says ring the council’s duty line") % {"when": when}
    said = row.contact.note if row.contact is not None else row.note
    words = " ".join(said.split())
    return _("%(when)s: %(text)s") % {"when": when, "text": words} if words else when
