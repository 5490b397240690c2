"""The words of one event, and the facts and permissions that they are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases import log
from cases.access import Permission
from cases.models import Event, RiskGrade
from cases.models.covers import AskedCover
from cases.moves import isolated
from cases.templatetags.govuk import gov_time

ENGINE = log.ENGINE


@dataclass(frozen=True)
class Words:
    """The words of one event; `by` only where the actor's own name would not say it."""

    title: str
    text: str = ""
    by: str = ""
    withdrawn_reason: str = ""
    href: str = ""
    link_text: str = ""
    link_hidden: str = ""


@dataclass(frozen=True)
class Read:
    """The facts that a page's events point at, and what the reader may see of them."""

    subjects: Mapping[tuple[str, int], Any]
    grades: Mapping[tuple[int, datetime], RiskGrade]
    forces: Mapping[str, str]
    authorities: Mapping[str, str]
    permissions: frozenset[Permission]
    # Children asked for because of another whom the reader is kept from: nothing says to them that one is missing.
    guarded: frozenset[int] = frozenset()
    # Children with another authority since an instant, of whom the reader may not read who stayed behind before it.
    unsaid: Mapping[int, datetime] = field(default_factory=dict)

    def of(self, event: Event) -> Any:
        return self.subjects.get((event.subject_type, event.subject_id or 0))


def placed(facts: Read) -> bool:
    """Whether the reader may read where a child lives or is, and how it is rung."""
    return Permission.SEE_ADDRESS in facts.permissions


def engine() -> str:
    """The name under which the engine's own acts stand."""
    return _("Rollcall")


def span(event: Event) -> dict[str, str]:
    """From when to when something holds; an end that nobody knows is empty."""
    start, end = event.data.get("from"), event.data.get("until")
    return {
        "start": gov_time(datetime.fromisoformat(start)) if start else "",
        "end": gov_time(datetime.fromisoformat(end)) if end else "",
    }


def mistaken(row: Any) -> str:
    """Why this row was struck through; empty where nobody did."""
    return row.mistake.reason if hasattr(row, "mistake") else ""


def sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def and_reason(text: str, reason: str) -> str:
    if text and reason:
        return f"{sentence(text)} {reason}"
    return text or reason


def cover_ended(row: AskedCover | None) -> str:
    """How cover ended: what nobody had accepted was a request, and what had not begun is called off."""
    if row is None:
        return _("Cover ended")
    if row.accepted is None:
        return _("Request for cover taken back")
    return _("Cover ended") if row.called_off_at is None else _("Cover called off")


def seconded(reason: str, name: str) -> str:
    """A reason with the name of who was the second person."""
    words = {"reason": sentence(reason), "name": isolated(name)}
    return _("%(reason)s Second person: %(name)s.") % words
