"""What every page says when the engine is late, or was out: silence about silence must be seen."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from alerts import heartbeats, outages, overdue
from alerts.overdue import Overdue
from cases import clock, going_live
from cases.templatetags.govuk import gov_when

_LATE = {
    heartbeats.SWEEP: lambda: _("Missed roll-calls may not have raised an alert"),
    heartbeats.DRAIN: lambda: _("Alerts may not have been sent"),
}


def engine(request: HttpRequest) -> dict[str, Any]:
    """Return `engine_banner` and `outage_banner`: what may not have happened, or was not; empty while all is well.

    `engine_late` is what the first is made of, and `is_live` says whether anybody is watched here at all.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    late: Any = SimpleLazyObject(lambda: overdue.look(clock.now()))
    return {
        "engine_late": late,
        "engine_banner": SimpleLazyObject(lambda: _banner(late)),
        "outage_banner": SimpleLazyObject(_outage_banner),
        "is_live": SimpleLazyObject(going_live.is_live),
    }


def _banner(late: Overdue) -> str:
    said = [*_waiting(late), *(_LATE[name]() for name in late.stale)]
    if not said:
        return ""
    what = ". ".join(said)
    return _("%(what)s. Until this is gone, ring: do not wait for a message.") % {"what": what}


def _waiting(late: Overdue) -> Iterator[str]:
    """What waits although the parts may beat: a sweep that fails beats, and so does a sender that nobody answers."""
    if late.due_since is not None:
        when = {"when": gov_when(late.due_since, late.at)}
        yield _("What was due at %(when)s has not been looked at") % when
    if late.stuck_since is not None:
        when = {"when": gov_when(late.stuck_since, late.at)}
        yield _("A message that was owed at %(when)s has not gone out") % when


def _outage_banner() -> str:
    now = clock.now()
    outage = outages.holding(now)
    if outage is None:
        return ""
    times = {
        "began": gov_when(outage.began_at, now),
        "ended": gov_when(outage.ended_at, now),
        "until": gov_when(outage.held_until, now),
    }
    said = [_("Rollcall was not running from %(began)s to %(ended)s.") % times]
    if outage.asked_at is not None:
        said.append(_("Every home has been asked for a roll-call."))
    said.append(_("Police are not mailed about homes without a record until %(until)s.") % times)
    return " ".join(said)
