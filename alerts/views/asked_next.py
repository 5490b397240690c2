"""What a page says after an ending of a child who is nowhere recorded, and of whom nobody confirms where it is."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from alerts.models import Clock
from cases import absences
from cases.models import Child, Placement
from cases.templatetags.govuk import by_when


def warn(request: HttpRequest, child: Child, *, now: datetime) -> None:
    """Say by when somebody is to see the child, and who is asked and told then."""
    placed = Placement.objects.current(now).filter(child=child).exists()
    clock = Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT).first()
    if placed or absences.is_gone(child, at=now) or clock is None or clock.due_at is None:
        return
    words = _(
        "Nowhere is recorded for the child, and nobody confirms where it is. Somebody must see it %(by)s. If nobody has, duty"
        " is asked where the child is, and if nobody knows it the police are mailed. Record where it is placed, or that it is"
        " away with permission and who there confirms it each day."
    )
    messages.warning(request, words % {"by": by_when(clock.due_at, now)})
