"""What every page says when the engine is late: silence about silence must be seen."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from alerts import heartbeats
from cases import clock

_LATE = {
    heartbeats.SWEEP: lambda: _("Missed roll-calls may not have raised an alert"),
    heartbeats.DRAIN: lambda: _("Alerts may not have been sent"),
}


def engine(request: HttpRequest) -> dict[str, Any]:
    """Return `engine_banner`: what may not have happened, and what to do instead; empty while all is well."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"engine_banner": SimpleLazyObject(_banner)}


def _banner() -> str:
    late = heartbeats.stale(clock.now())
    if not late:
        return ""
    what = ". ".join(_LATE[name]() for name in late)
    return _("%(what)s. Until this is gone, ring: do not wait for a message.") % {"what": what}
