"""Whether this service is given real children: an administrator has said so, once, when nothing stood in the way."""

from datetime import datetime

from django.conf import settings

from cases import log
from cases.models import Authority, ConfigurationChange, User
from cases.states import IllegalMove

WENT_LIVE = "went_live"
# It never ends, so a process that has read it asks no more.
_known = {"live": False}


def is_live() -> bool:
    """Whether children may be registered: the demo's are invented, and need nobody's word."""
    if not _known["live"]:
        said = ConfigurationChange.objects.filter(subject_type=Authority._meta.model_name, kind=WENT_LIVE)
        _known["live"] = bool(settings.DEMO or said.exists())
    return _known["live"]


def require() -> None:
    """Raise IllegalMove while the service is not live: a child on it would be watched by nobody who can be told."""
    if not is_live():
        raise IllegalMove(
            "This service is not live yet: no child is registered here, and nobody is watched. Use the way you have."
        )


def go_live(authority: Authority, *, by: User, at: datetime) -> ConfigurationChange:
    """Put on record that `by`, who administers `authority`, let children be registered. IllegalMove where it is live."""
    if is_live():
        raise IllegalMove("This service is live already.")
    return log.record_configuration(authority, WENT_LIVE, by=by, at=at)
