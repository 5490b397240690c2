"""What somebody reads who sends something of a child who was theirs until a while ago."""

from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import Team
from cases.moves import isolated
from cases.parted import Parted
from cases.templatetags.govuk import gov_when, phone


def words(parted: Parted, *, now: datetime) -> str:
    """Since when it is not theirs, and whom to ring: what is typed on that page is saved nowhere."""
    said = _(
        "%(child)s is not with you any more, since %(when)s. Nothing of this was saved: ring %(authority)s and tell them."
    )
    desks = (
        Team.objects.filter(authority=parted.authority).exclude(kind=Team.Kind.SOCIAL_WORK).exclude(phone="")
    )
    numbers = [f"{isolated(one.name)}: {phone(one.phone)}" for one in desks.order_by("kind", "name")]
    told = said % {
        "child": parted.child.reference,
        "when": gov_when(parted.since, now),
        "authority": parted.authority.said_name,
    }
    return " ".join([told, *numbers])
