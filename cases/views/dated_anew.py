"""What whoever takes back a sighting, or the belief in one, is told of the search that it dated."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cases.models import Child, MissingEpisode
from cases.templatetags.govuk import gov_time


def tell(request: HttpRequest, child: Child, now: datetime) -> None:
    """Say that the child's search is dated by what stands still, where the police know it otherwise."""
    sought = MissingEpisode.objects.open().filter(child=child, police_owed_at__isnull=False).first()
    if sought is None or sought.dated_anew_at != now:
        return
    known = gov_time(sought.last_seen_at) if sought.last_seen_at is not None else _("not known")
    words = _(
        "The search goes by what stands. Last seen: %(when)s. Mails that went before say it as it was:"
        " ring the duty desk, so that the police hear it now."
    )
    messages.warning(request, words % {"when": known})
