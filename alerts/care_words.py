"""What a child's pages say of whether the child is looked after."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.child_facts import Card, Row
from alerts.notices import Notice
from cases import care
from cases.models import CareEnd, Child
from cases.moves import isolated
from cases.templatetags.govuk import gov_date, gov_time


def notices(child: Child, now: datetime) -> list[Notice]:
    """That care has ended, above the page of a child who is watched all the same; nothing of who is looked after."""
    row = care.standing(child, at=now)
    if row is None:
        return []
    heading = _("Not looked after since %(day)s") % {"day": gov_date(row.ended_date)}
    text = _("%(why)s. Contacts go on as they were.") % {"why": _why(row)}
    return [Notice("information", heading, text)]


def card(child: Child, *, may_change: bool, now: datetime) -> Card:
    """Whether the child is looked after, who said otherwise, and where to say it."""
    row = care.standing(child, at=now)
    address = "care_end" if row is None else "care_again"
    may_say = child.closed_at is None if row is None else care.may_begin_again(child, row)
    href = reverse(address, args=[child.reference]) if may_change and may_say else ""
    if row is None:
        by = _("So it is until two people record that care has ended")
        return Card("care", _("Looked-after status"), [Row(_("Status"), _("Looked after"))], by, href)
    rows = [
        Row(_("Status"), _("Not looked after since %(day)s") % {"day": gov_date(row.ended_date)}),
        Row(_("Why"), f"{_why(row)}. {row.reason}"),
        Row(_("Looked after again by itself from"), gov_time(row.back_at) if row.back_at else _("Never")),
    ]
    by = _("Recorded on %(when)s by %(name)s. Second person: %(second)s.") % {
        "when": gov_time(row.starts_at),
        "name": isolated(row.ended_by.name),
        "second": isolated(row.seconded_by.name),
    }
    return Card("care", _("Looked-after status"), rows, by, href)


def _why(row: CareEnd) -> str:
    return f"{row.get_code_display()} ({row.code})"
