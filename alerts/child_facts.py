"""A child's own facts as the page of details shows them: by topic, with who last changed each and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cases import details
from cases.details import LABELS, TOPICS
from cases.models import Child, DetailsChange
from cases.moves import isolated
from cases.templatetags.details import fact
from cases.templatetags.govuk import gov_time

# It says how the birth date is to be read, and stands in it.
_UNSAID = frozenset({"birth_date_precision"})


@dataclass(frozen=True)
class Row:
    """One fact; empty text where nothing is recorded."""

    label: Promise
    text: str
    language: str = ""


@dataclass(frozen=True)
class Card:
    """The facts of one topic, who last changed them, and where to correct them."""

    key: str
    title: Promise
    rows: Sequence[Row]
    by: str
    href: str


def of(child: Child, *, may_change: bool, now: datetime) -> list[Card]:
    """Return the cards of a child in a fixed number of queries."""
    latest = details.latest(child)
    return [
        Card(
            key=topic.key,
            title=topic.title,
            rows=[
                Row(LABELS[name], fact(child, name), child.script_language if name == "script_name" else "")
                for name in topic.fields
                if name not in _UNSAID
            ],
            by=_by(child, latest.get(topic.key)),
            href=reverse("details_change", args=[child.reference, topic.key]) if may_change else "",
        )
        for topic in TOPICS.values()
    ]


def _by(child: Child, change: DetailsChange | None) -> str:
    if change is not None:
        return _("Changed on %(when)s by %(name)s") % {
            "when": gov_time(change.changed_at),
            "name": isolated(change.changed_by.name),
        }
    when = gov_time(child.registered_at)
    if child.registered_by is None:
        return _("As registered on %(when)s") % {"when": when}
    return _("As registered on %(when)s by %(name)s") % {
        "when": when,
        "name": isolated(child.registered_by.name),
    }
