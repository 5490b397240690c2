"""A database comes back from a backup: a person switches it on, and decides about what it owed of old."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from alerts import heartbeats, outages, sending, sweep
from alerts.models import Message, Sending
from alerts.states import MessageStatus
from cases import log
from cases.models import User
from cases.states import IllegalMove

# What was owed for longer than this when sending is switched on may long have been said, or be true no more.
OLD = timedelta(hours=1)


def switch_on(*, why: str, by: User, clock: Callable[[], datetime]) -> int:
    """Put this database into service; return how many old messages wait for a person's decision.

    The time that was lost is an outage, and ends now: what it made owed is swept first, so that what is
    old of it waits too. Raises IllegalMove when it is in service, or without a reason.
    """
    _require_reason(why)
    if sending.is_on():
        raise IllegalMove("Sending is on already.")
    outages.notice(now=clock())
    while True:
        now = clock()
        swept = sweep.sweep(now=now)
        heartbeats.beat(heartbeats.SWEEP, at=now, clocks=swept.clocks, failed=swept.failures)
        if not swept.more:
            break
    with transaction.atomic():
        held = _hold_the_old(now)
        sending.switch(on=True, at=now)
        _record("sending_on", {"why": why, "held": held}, by=by, at=now)
    return held


def switch_off(*, why: str, by: User, at: datetime) -> None:
    """Take this database out of service, as if it had just been restored; IllegalMove without a reason."""
    _require_reason(why)
    if not sending.is_on():
        raise IllegalMove("Sending is off already.")
    with transaction.atomic():
        sending.switch(on=False, at=at)
        _record("sending_off", {"why": why}, by=by, at=at)


def release(ids: Collection[UUID], *, why: str, by: User, at: datetime) -> int:
    """Let these old messages go, marked late; return how many of them still waited."""
    return _decide(ids, {"held_at": None, "next_try_at": at}, "held_released", why=why, by=by, at=at)


def drop(ids: Collection[UUID], *, why: str, by: User, at: datetime) -> int:
    """Never send these old messages; return how many of them still waited. Their readers hear the ending all the same."""
    fields = {"status": MessageStatus.CANCELLED, "last_error": why[:300]}
    return _decide(ids, fields, "held_dropped", why=why, by=by, at=at)


def _hold_the_old(now: datetime) -> int:
    """Whatever the backup owed may have gone out since it was made, so whoever was to read it hears of the end."""
    unsent = Message.objects.unsent()
    unsent.update(status=MessageStatus.QUEUED, lease_until=None, may_be_out=True)
    return unsent.filter(owed_at__lt=now - OLD).update(held_at=now)


def _decide(
    ids: Collection[UUID], fields: Mapping[str, object], kind: str, *, why: str, by: User, at: datetime
) -> int:
    _require_reason(why)
    with transaction.atomic():
        held = Message.objects.held().filter(pk__in=ids).select_for_update()
        decided = [message.pk for message in held]
        Message.objects.filter(pk__in=decided).update(**fields)
        if decided:
            _record(kind, {"why": why, "messages": [str(pk) for pk in decided]}, by=by, at=at)
    return len(decided)


def _record(kind: str, data: dict[str, object], *, by: User, at: datetime) -> None:
    log.record_configuration(Sending(pk=1), kind, data=data, by=by, at=at)


def _require_reason(why: str) -> None:
    if not why.strip():
        raise IllegalMove("Say why.")
