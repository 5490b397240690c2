"""The statuses of a referral to a guardian service, and of a time without a guardian, with their tables of lawful moves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["NONE_MOVES", "REFERRAL_MOVES", "REFERRAL_OPEN", "NoneStage", "ReferralStatus"]


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


class NoneStage(TextChoices):
    """Why a child has no guardian, as it was said last; over once that stands no more."""

    REFERRED = "referred", _("Referred, waiting for a guardian")
    NOT_AVAILABLE = "not_available_in_area", _("No guardian service in this area")
    DECLINED = "declined", _("The child does not want a guardian")
    NOT_ELIGIBLE = "not_eligible", _("The service says that the child is not eligible")
    OVER = "over", _("A guardian is assigned, or a referral says to which service")


_SAID = frozenset(NoneStage) - {NoneStage.OVER}
# What is said anew takes the place of what stood, the same with another review too. After a guardian it begins anew.
NONE_MOVES: dict[str, frozenset[str]] = {
    **dict.fromkeys(_SAID, frozenset(NoneStage)),
    NoneStage.OVER: frozenset(),
}
