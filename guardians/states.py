"""The statuses of a referral to a guardian service and their table of lawful moves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["REFERRAL_MOVES", "REFERRAL_OPEN", "ReferralStatus"]


class ReferralStatus(TextChoices):
    """Where a referral to a guardian service stands."""

    REFERRED = "referred", _("Referred, the service has not answered")
    ACCEPTED = "accepted", _("Accepted, a guardian is to be assigned")
    WAITING = "waiting", _("On the waiting list")
    DECLINED = "declined", _("Declined by the service")
    ASSIGNED = "assigned", _("A guardian was assigned")
    WITHDRAWN = "withdrawn", _("Referral withdrawn")


_ANSWERED = frozenset({ReferralStatus.DECLINED, ReferralStatus.ASSIGNED, ReferralStatus.WITHDRAWN})
# A guardian may be assigned before the service has answered anything. Who was declined is referred anew.
REFERRAL_MOVES: dict[str, frozenset[str]] = {
    ReferralStatus.REFERRED: _ANSWERED | {ReferralStatus.ACCEPTED, ReferralStatus.WAITING},
    ReferralStatus.ACCEPTED: _ANSWERED | {ReferralStatus.WAITING},
    # Another place on the list, or another day.
    ReferralStatus.WAITING: _ANSWERED | {ReferralStatus.WAITING, ReferralStatus.ACCEPTED},
    ReferralStatus.DECLINED: frozenset(),
    ReferralStatus.ASSIGNED: frozenset(),
    ReferralStatus.WITHDRAWN: frozenset(),
}
# The service has it, and nobody has a guardian by it yet.
REFERRAL_OPEN = (ReferralStatus.REFERRED, ReferralStatus.ACCEPTED, ReferralStatus.WAITING)
