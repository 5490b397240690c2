"""What the time in care makes of a child, in words: the status, why, and as of which day."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.leaving_care import WEEKS, Leaving, Reason, Status
from cases.templatetags.govuk import gov_date

STATUSES: Mapping[Status, Promise] = {
    Status.UNKNOWN: gettext_lazy("Not known"),
    Status.NONE: gettext_lazy("Not entitled as a care leaver"),
    Status.ELIGIBLE: gettext_lazy("Eligible child"),
    Status.RELEVANT: gettext_lazy("Relevant child"),
    Status.FORMER_RELEVANT: gettext_lazy("Former relevant child"),
}
REASONS: Mapping[Reason, Promise] = {
    Reason.NO_BIRTH_DATE: gettext_lazy("No birth date is on record"),
    Reason.TOO_YOUNG: gettext_lazy("Under 16"),
    Reason.TOO_SHORT: gettext_lazy(
        "Looked after for less than 13 weeks since the 14th birthday, as far as is on record"
    ),
    Reason.IN_CARE: gettext_lazy(
        "16 or 17, looked after now, and for 13 weeks or more since the 14th birthday"
    ),
    Reason.LEFT_CARE: gettext_lazy("16 or 17, was an eligible child, and is looked after no more"),
    Reason.OF_AGE: gettext_lazy("18 or over, and was an eligible or relevant child"),
    Reason.OVER: gettext_lazy("25 or over"),
}


def why(found: Leaving) -> str:
    """Why the child is what it is, how many days count, and from when it is eligible where that is still to come."""
    reason = str(REASONS[found.reason])
    if found.reason == Reason.NO_BIRTH_DATE:
        return reason
    counted = _("%(days)s days of care count, of the %(wanted)s that are asked for") % {
        "days": found.days,
        "wanted": WEEKS * 7,
    }
    words = f"{reason}. {counted}."
    if found.status == Status.NONE and found.eligible_from is not None and found.on < found.eligible_from:
        ahead = _("Eligible from %(day)s, if care goes on.") % {"day": gov_date(found.eligible_from)}
        words = f"{words} {ahead}"
    return words
