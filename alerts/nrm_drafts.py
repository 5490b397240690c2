"""What a referral to the National Referral Mechanism is written from: who the child is, and which signs were seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import versions
from cases import details, first_responders
from cases.models import Child, LiveConcern, Responsibility, RiskAssessment, Trafficking
from cases.models.assessments import FACTORS, Answer, Domain
from cases.models.periods import current
from cases.templatetags.details import fact

# What is asked of the child; where it lives is said to whoever decides, and is not on the paper.
TOPICS = ("names", "age", "languages", "arrival", "references")


@dataclass(frozen=True)
class Draft:
    """What is on record, in words: titles with their texts, and nothing that nobody has said."""

    child: Sequence[tuple[str, str]]
    # The latest, whose signs of trafficking these are, each with how it is known.
    assessment: RiskAssessment | None
    signs: Sequence[str]
    more: Sequence[tuple[str, str]]
    # Who makes the referrals of its council.
    referrers: Sequence[str]


def of(child: Child, *, now: datetime) -> Draft:
    """The draft as the record stands: of the latest assessment, what was written without one, and live concerns."""
    latest = RiskAssessment.objects.filter(child=child).select_related("assessed_by").first()
    own = Responsibility.objects.at(now).filter(child=child).select_related("authority").first()
    named = first_responders.of(own.authority if own is not None else None, at=now)
    names = [name for topic in TOPICS for name in details.TOPICS[topic].fields]
    return Draft(
        child=[(str(details.LABELS[name]), words) for name in names if (words := fact(child, name))],
        assessment=latest,
        signs=versions.signs(latest) if latest is not None else [],
        more=[(title, text) for title, text in _more(child, latest, now) if text],
        referrers=[one.person.name for one in named],
    )


def _more(child: Child, latest: RiskAssessment | None, now: datetime) -> Iterator[tuple[str, str]]:
    said = latest.domains.get(Domain.CONTROL, {}) if latest is not None else {}
    answers = said.get("factors", {})
    # The first question is what the signs answer.
    asked = [name for name in FACTORS[Domain.CONTROL] if name != "trafficking"]
    yes = [str(FACTORS[Domain.CONTROL][name]) for name in asked if answers.get(name) == Answer.YES]
    yield _("Also answered with yes"), "\n".join(yes)
    yield _("Evidence"), said.get("evidence", "")
    yield _("Who said so, and when"), said.get("source", "")
    if child.trafficking == Trafficking.YES:
        yield str(details.LABELS["trafficking_note"]), child.trafficking_note
    for concern in LiveConcern.objects.filter(current(now), child=child):
        yield _("Live concern"), concern.reason
