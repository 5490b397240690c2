"""What the mails about a matter say: their subjects, and what stands in them beside the words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from alerts import arrival_clocks
from alerts.emails.wordings import Wording
from cases.models import FoundChild, FoundMatch, Matter
from cases.models.matters import FOR_DESK, FOR_SENIOR, FOUND_LIMIT, OF_LINK


def values(matter: Matter | None, now: datetime) -> dict[str, Any]:
    """What the templates may say of the matter that a message is about."""
    return {**_of_found(matter, now), **arrival_clocks.words(matter)}


def subject(matter: Matter, wording: Wording) -> str:
    """The subject of a mail about a matter: whose it is, its number, and whether its reader is asked to act."""
    if matter.kind in FOR_DESK:
        return _of_desk(matter, wording)
    if matter.kind in FOR_SENIOR:
        # It says neither of whom nor of which child, and is read over a shoulder.
        if wording.urgent:
            return _("Confidential %(reference)s - action needed")
        return _("Confidential %(reference)s - for your information")
    if wording.urgent:
        return _("Data protection %(reference)s - action needed")
    return _("Data protection %(reference)s - for your information")


def _of_desk(matter: Matter, wording: Wording) -> str:
    if matter.kind in OF_LINK:
        if wording.urgent:
            return _("Sibling or companion %(reference)s - action needed")
        return _("Sibling or companion %(reference)s - for your information")
    if matter.kind == Matter.Kind.ARRIVAL:
        if wording.urgent:
            return _("Arrival %(reference)s - action needed")
        return _("Arrival %(reference)s - for your information")
    if wording.urgent:
        return _("Found child %(reference)s - action needed")
    return _("Found child %(reference)s - for your information")


def _of_found(matter: Matter | None, now: datetime) -> dict[str, bool]:
    """Of a found child whether somebody says that it is theirs, whether it is closed, and whether the unit is to be told.

    After so long without a name the police tell the UK Missing Persons Unit.
    """
    if matter is None or matter.kind != Matter.Kind.FOUND:
        return {}
    said = FoundMatch.objects.standing().filter(found__matter=matter, answer=FoundMatch.Answer.IT_IS)
    claimed = said.exists()
    closed = FoundChild.objects.filter(matter=matter, closed_at__isnull=False)
    for_unit = not claimed and now >= matter.since + FOUND_LIMIT
    return {"claimed": claimed, "closed": closed.exists(), "for_unit": for_unit}
