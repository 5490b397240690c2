"""Two risk assessments side by side, line by line in words, with what differs marked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases.models import RiskAssessment
from cases.models.assessments import FACTORS, INDICATORS, Answer, Domain
from cases.moves import isolated
from cases.templatetags.govuk import gov_date, gov_time


@dataclass(frozen=True)
class Line:
    """One point: what it is, what the latest says, and what the other said."""

    title: str
    now: str
    before: str
    differs: bool


def side_by_side(latest: RiskAssessment, beside: RiskAssessment | None) -> list[Line]:
    """The points of the latest, each with that of the other where there is one."""
    return of_lines(_lines(latest), _lines(beside) if beside is not None else None)


def of_lines(own: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]] | None) -> list[Line]:
    """Titles with their texts beside those of another, where there is one; what neither says is left out."""
    theirs = dict(other or ())
    return [
        Line(title, text, theirs.get(title, ""), other is not None and text != theirs.get(title, ""))
        for title, text in own
        if text or theirs.get(title)
    ]


def _lines(row: RiskAssessment) -> Iterator[tuple[str, str]]:
    yield _("Grade"), str(row.get_grade_display())
    yield _("Assessed"), _by(row)
    yield _("Second person"), isolated(row.agreed_by.name) if row.agreed_by else ""
    yield _("Read by a manager"), _reading(row)
    yield _("Police grade at that time"), str(row.get_police_grade_display()) if row.police_grade else ""
    yield _("Why"), row.rationale
    yield _("What had changed"), row.changed
    for domain in FACTORS:
        yield str(Domain(domain).label), _domain(domain, row.domains.get(domain, {}))
        if domain == Domain.CONTROL:
            yield _("Signs of trafficking"), "\n".join(signs(row))
    yield _("What protects the child"), row.protective
    yield _("Who contributed"), row.contributors
    yield _("To be looked at again by"), gov_date(row.again_by) if row.again_by else ""


def signs(row: RiskAssessment) -> list[str]:
    """Each sign of trafficking that was seen or heard, with how it is known."""
    return [
        _("%(sign)s: %(how)s") % {"sign": INDICATORS[code], "how": isolated(how)}
        for code, how in row.signs.items()
    ]


def _reading(row: RiskAssessment) -> str:
    reading = getattr(row, "reading", None)
    if reading is None:
        return ""
    words = _("Signed by %(name)s on %(when)s") if reading.signed else _("Sent back by %(name)s on %(when)s")
    said = words % {"name": isolated(reading.read_by.name), "when": gov_time(reading.read_at)}
    return f"{said}. {reading.words}" if reading.words else said


def _by(row: RiskAssessment) -> str:
    return _("%(when)s by %(name)s") % {
        "when": gov_time(row.assessed_at),
        "name": isolated(row.assessed_by.name),
    }


def _domain(domain: str, said: dict[str, Any]) -> str:
    """The factors that are so, those that are not, and the evidence with its source."""
    answers = said.get("factors", {})
    parts = []
    for answer in (Answer.YES, Answer.NO):
        named = [str(FACTORS[domain][name]) for name in FACTORS[domain] if answers.get(name) == answer]
        if named:
            parts.append(f"{answer.label}: {'; '.join(named)}.")
    if said.get("evidence"):
        parts.append(said["evidence"])
    if said.get("source"):
        parts.append(_("Said by: %(source)s") % {"source": said["source"]})
    return "\n".join(parts)
