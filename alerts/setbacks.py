"""The clock put back: what was to be tried at an instant that lies ahead now is tried at once, and people hear of it."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from alerts import heartbeats
from alerts.models import Clock, HomeClock, MatterClock, Message, Outage
from alerts.states import AlertStatus, MessageStatus

logger = structlog.get_logger(__name__)


def notice(*, now: datetime) -> bool:
    """Bring near what would wait for an instant that comes twice, where a beat says that the clock was put back.

    To be called before sweeping. Deadlines stay: they are instants, and what was written until then lies ahead.
    """
    ahead = heartbeats.ahead(now)
    _cut_outages(now)
    if ahead is None:
        return False
    with transaction.atomic():
        unsent = Message.objects.unsent().filter(Q(created_at__gt=now) | Q(attempts__gt=0))
        tried = unsent.filter(next_try_at__gt=now).update(next_try_at=now)
        unsent.filter(joins_from__gt=now).update(joins_from=now)
        lease = now + timedelta(seconds=settings.LEASE_SECONDS)
        Message.objects.filter(status=MessageStatus.SENDING, lease_until__gt=lease).update(lease_until=lease)
        for clocks in (Clock, HomeClock, MatterClock):
            clocks.objects.filter(set_aside_until__gt=now).update(set_aside_until=now)
        heartbeats.put_back(ahead, at=now)
    logger.error("clock_put_back", seconds=round((ahead - now).total_seconds()), brought_near=tried)
    return True


def _cut_outages(now: datetime) -> None:
    """Let an outage end now that was written while the clock was ahead: until its own end it would hold off the police.

    Asked whatever the beats say: whoever wrote it may never have beaten.
    """
    if not Outage.objects.ahead(now).exists():
        return
    with transaction.atomic():
        for outage in Outage.objects.ahead(now).select_for_update(no_key=True).order_by("pk"):
            was = outage.ended_at
            if outage.began_at < now:
                outage.ended_at = now
            outage.held_until = _held_until(outage, now)
            outage.save(update_fields=["ended_at", "held_until"])
            logger.error("outage_cut", outage=outage.pk, ended=was.isoformat())
        # What climbs was put off by them.
        held = Clock.objects.filter(kind=Clock.Kind.CONTACT, next_at__gt=now, alerts__status=AlertStatus.OPEN)
        Clock.objects.filter(pk__in=held.values("pk")).update(next_at=now)


def _held_until(outage: Outage, now: datetime) -> datetime:
    """Until when it holds still: what lies ahead as a whole, or was no outage but for the leap, holds nothing."""
    if outage.ended_at > now or now - outage.began_at <= timedelta(seconds=settings.OUTAGE_AFTER_SECONDS):
        return outage.ended_at
    return min(outage.held_until, now + timedelta(seconds=settings.OUTAGE_HOLD_SECONDS))
