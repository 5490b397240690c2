"""A child's risk in words, with by when it is to be assessed."""

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.models import Clock
from alerts.paperwork import Paper
from cases.models import Child
from cases.templatetags.govuk import gov_date


def of(child: Child, now: datetime) -> str:
    """The grade, and by when or since when the risk is to be assessed, for the first time or again; in one question."""
    papers = (Paper.FIRST_ASSESSMENT, Paper.ASSESSMENT)
    rows = Clock.objects.filter(child=child, kind=Clock.Kind.PAPERWORK, duty__in=papers, due_at__isnull=False)
    due_at = rows.values_list("due_at", flat=True).first()
    risk = str(child.get_risk_display())
    if due_at is None:
        return risk
    words = _("%(risk)s, to be assessed by %(day)s")
    if due_at <= now:
        words = _("%(risk)s, assessment overdue since %(day)s")
    return words % {"risk": risk, "day": gov_date(due_at)}
