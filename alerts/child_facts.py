"""A child's own facts as the page of details shows them: by topic, with who last changed each and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cases import details, legal_holds
from cases.access import Permission
from cases.details import LABELS, TOPICS, Topic
from cases.models import Child, DetailsChange
from cases.moves import isolated
from cases.templatetags.details import fact
from cases.templatetags.govuk import gov_date, gov_time

# It says how the birth date is to be read, and stands in it.
_UNSAID = frozenset({"birth_date_precision"})


@dataclass(frozen=True)
class Row:
    """One fact; empty text where nothing is recorded."""

    label: Promise | str
    text: str
    language: str = ""
    # Where it is added, when that is not where its card is corrected.
    href: str = ""


@dataclass(frozen=True)
class Card:
    """The facts of one topic, who last changed them, and where to correct them."""

    key: str
    title: Promise | str
    rows: Sequence[Row]
    by: str
    href: str
    # What stands on a page of its own: its words and its address.
    more: tuple[Promise | str, str] | None = None
    # Else it says who may read it, and nothing of it is copied.
    is_open: bool = True


def of(child: Child, *, permissions: Collection[Permission], now: datetime) -> list[Card]:
    """Return the cards of a child as a reader with these permissions reads them, in a fixed number of queries."""
    latest = details.latest(child)
    return [_card(child, topic, latest.get(topic.key), permissions) for topic in TOPICS.values()]


def _card(
    child: Child, topic: Topic, last: DetailsChange | None, permissions: Collection[Permission]
) -> Card:
    by, is_open = _by(child, last), details.is_open(topic.key, permissions)
    if not is_open:
        rows = [Row(_("Who may read it"), str(details.FOR_FEW))]
        return Card(key=topic.key, title=topic.title, rows=rows, by=by, href="", is_open=False)
    may_change = Permission.CHANGE_CHILD in permissions
    return Card(
        key=topic.key,
        title=topic.title,
        rows=[
            Row(
                LABELS[name],
                fact(child, name),
                child.script_language if name == "script_name" else "",
                reverse("birth_date", args=[child.reference]) if name == "birth_date" else "",
            )
            for name in topic.fields
            if name not in _UNSAID
        ],
        by=by,
        href=reverse("details_change", args=[child.reference, topic.key]) if may_change else "",
        more=_more(child, topic.key),
    )


def text_of(child: Child, cards: Sequence[Card], *, now: datetime) -> str:
    """What is recorded of a child as text that pastes into another system: nobody types twice what is held."""
    lines = [_("Child, reference %s") % child.reference]
    rows = [row for card in cards if card.is_open for row in card.rows if row.text]
    lines += [f"{row.label}: {isolated(' '.join(row.text.split()))}" for row in rows]
    lines.append(_("As at %s, UK time") % gov_time(now))
    return "\n".join(lines)


def _more(child: Child, topic: str) -> tuple[str, str] | None:
    if topic != "age":
        return None
    return _("Birth dates and decisions about the age"), reverse("age", args=[child.reference])


def kept(child: Child, *, may_hold: bool, now: datetime) -> Card:
    """Until when the record is kept at the least, and whether a legal hold stands."""
    found = legal_holds.kept(child, at=now)
    until = gov_date(found.until) if found.until else _("Kept: no birth date says until when")
    rows = [Row(_("Not to be destroyed before"), until)]
    text, by = _("None"), _("By the law of the nation of the responsible authority")
    if found.hold is not None:
        text = found.hold.reason
        by = _("Legal hold set on %(when)s by %(name)s") % {
            "when": gov_time(found.hold.starts_at),
            "name": isolated(found.hold.set_by.name),
        }
    rows.append(Row(_("Legal hold"), text))
    href = reverse("legal_hold", args=[child.reference]) if may_hold else ""
    return Card(key="kept", title=_("How long the record is kept"), rows=rows, by=by, href=href)


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
