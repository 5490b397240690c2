"""What a child's pages say of the legal status: police protection that runs, or has run out with nothing recorded."""

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.notices import Notice
from cases.models import Child, LegalStatus
from cases.templatetags.govuk import gov_when


def notices(child: Child, now: datetime) -> list[Notice]:
    """Until when police protection lasts, above the page of a child whom the police have in it; nothing of anybody else."""
    police = LegalStatus.objects.standing().filter(child=child, code=LegalStatus.Code.POLICE).first()
    if police is None or police.over_at is None:
        return []
    when = gov_when(police.over_at, now)
    if now < police.over_at:
        heading = _("Police protection until %(when)s") % {"when": when}
        text = _(
            "Nobody can extend it. Record on the page of the legal status what follows:"
            " an agreement, an order, or with whom the child is."
        )
        return [Notice("warning", heading, text)]
    heading = _("Police protection was over at %(when)s") % {"when": when}
    text = _(
        "Since then nothing on record says by what right the child is looked after. Record what followed."
    )
    return [Notice("warning", heading, text)]
