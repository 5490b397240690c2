"""That a child's social worker is away, until when, and who covers, in words, never why; and that a place is lacking.

An absence without an end is sickness: that there is none is for whoever decides about the work, as on the timeline.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import ages
from alerts.notices import Notice
from cases import escorts, hand_overs, journeys, worker_absences
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Child
from cases.moves import isolated
from cases.states import AgeStatus
from cases.templatetags.govuk import gov_date, gov_time, gov_when
from cases.worker_absences import Absence


def away_until(absence: Absence, permissions: Collection[Permission]) -> str:
    """“away until 3 March”; without an end “away”, and to those who may allocate that no end is known."""
    if absence.leave.last_day is None:
        return _("away, no end is known") if Permission.ALLOCATE in permissions else _("away")
    return _("away until %(day)s") % {"day": gov_date(absence.leave.last_day)}


def notices(child: Child, permissions: Collection[Permission], now: datetime) -> list[Notice]:
    """Above a child's page, while its social worker is away: until when, and who has the work since when."""
    absence = worker_absences.of([child.pk], now).get(child.pk)
    if absence is None or not absence.is_away(now) or child.closed_at is not None:
        return []
    worker = absence.allocation.worker
    name = isolated(worker.name) if worker is not None else ""
    heading = _("%(name)s is %(away)s") % {"name": name, "away": away_until(absence, permissions)}
    cover = absence.cover(now)
    if cover is None:
        text = _("Nobody covers. What is due to the social worker goes to the team’s manager.")
        return [Notice("warning", heading, text)]
    said = {
        "name": isolated(cover.covered_by.name),
        "day": gov_date(london_day(cover.starts_at)),
        "phone": cover.covered_by.phone,
    }
    with_phone = _("%(name)s covers since %(day)s: %(phone)s.")
    text = with_phone if said["phone"] else _("%(name)s covers since %(day)s.")
    return [Notice("information", heading, text % said)]


def escorted(child: Child, now: datetime) -> list[Notice]:
    """Above the page of a child who is on a journey: where it lives is not where it is."""
    since = escorts.having([child.pk]).get(child.pk)
    if since is None:
        return []
    text = _(
        "With escorts since %(when)s, who confirm at each stop that the child is with them. No home is asked meanwhile."
    )
    return [Notice("information", _("On a journey with escorts"), text % {"when": gov_when(since, now)})]


def nowhere(child: Child, permissions: Collection[Permission]) -> Notice:
    """Above the page of a child without a placement: who has it, as far as that is on record."""
    if child.age_status == AgeStatus.ADULT_ELSEWHERE:
        text = ages.elsewhere(child, with_place=Permission.SEE_ADDRESS in permissions)
        return Notice("warning", _("Treated as an adult elsewhere"), text)
    text = _("No placement is recorded: nobody is asked whether this child is there.")
    handed_over = journeys.handed_over(child)
    if handed_over is not None:
        journey, since = handed_over
        text = _(
            "Handed over to %(name)s on %(when)s. Record where the child lives since then: until that is on record"
            " no home is asked for it, and duty is."
        ) % {"name": isolated(journey.hand_to), "when": gov_time(since)}
    return Notice("error", _("This child has nowhere recorded"), text)


def still_placed(child: Child) -> list[Notice]:
    """Above the page of a child who was handed over, while the home that it left is asked for it as before."""
    found = hand_overs.unended_of(child)
    if found is None:
        return []
    text = _(
        "Handed over to %(name)s on %(when)s, and the placement from before stands: its home is asked for this child."
        " End it, or record where the child lives since then."
    ) % {"name": isolated(found.journey.hand_to), "when": gov_time(found.at)}
    return [Notice("error", _("This child was handed over and is still placed where it was"), text)]
