"""That a child's social worker is away, until when, and who covers, in words; never why."""

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.notices import Notice
from cases import worker_absences
from cases.models import Child
from cases.moves import isolated
from cases.templatetags.govuk import gov_date
from cases.worker_absences import Absence


def away_until(absence: Absence) -> str:
    """“away until 3 March”, or that nobody knows until when."""
    if absence.leave.last_day is None:
        return _("away, nobody knows until when")
    return _("away until %(day)s") % {"day": gov_date(absence.leave.last_day)}


def notices(child: Child, now: datetime) -> list[Notice]:
    """Above a child's page, while its social worker is away: until when, and who has the work."""
    absence = worker_absences.of([child.pk], now).get(child.pk)
    if absence is None or not absence.is_away(now) or child.closed_at is not None:
        return []
    worker = absence.allocation.worker
    name = isolated(worker.name) if worker is not None else ""
    heading = _("%(name)s is %(away)s") % {"name": name, "away": away_until(absence)}
    cover = absence.cover(now)
    if cover is None:
        text = _("Nobody covers. What is due to the social worker goes to the team’s manager.")
        return [Notice("warning", heading, text)]
    said = {"name": isolated(cover.covered_by.name), "phone": cover.covered_by.phone}
    text = _("%(name)s covers: %(phone)s.") if said["phone"] else _("%(name)s covers.")
    return [Notice("information", heading, text % said)]
