"""The clock put back: what was to be tried at an instant that lies ahead now is tried at once, and people hear of it."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from alerts import heartbeats
from alerts.models import Clock, HomeClock, MatterClock, Message
from alerts.states import MessageStatus

logger = structlog.get_logger(__name__)


def notice(*, now: datetime) -> bool:
    """Bring near what would wait for an instant that comes twice, where a beat says that the clock was put back.

    To be called before sweeping. Deadlines stay: they are instants, and what was written until then lies ahead.
    """
    ahead = heartbeats.ahead(now)
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
