"""Leases on owed messages: claimed for one sender, held on while it sends, and marked by it alone."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from alerts import emails
from alerts.models import Message
from alerts.states import MessageStatus

logger = structlog.get_logger(__name__)

# Advisory locks on readers: what waits for one person is taken by one sender, as one mail.
READER_LOCKS = 7_202

# Chosen once and then taken: chosen within the update, a plan may choose again for every row and take more than asked.
_CLAIM = """
    WITH owed AS MATERIALIZED (
        SELECT id FROM alerts_message
         WHERE joins_from IS NULL
           AND ((status = 'queued' AND next_try_at <= %(at)s)
                OR (status = 'sending' AND lease_until <= %(at)s))
         ORDER BY urgency, next_try_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE alerts_message m
       SET status = 'sending', lease_until = %(until)s, fence = m.fence + 1,
           -- A message tried for a hundred days must not end all claims by an overflow.
           attempts = LEAST(m.attempts + 1, 30000),
           -- A lapsed lease is a sender that died: its message may have gone out.
           may_be_out = m.may_be_out OR m.status = 'sending'
      FROM owed
     WHERE m.id = owed.id
    RETURNING m.id
"""
# Those for whom something that waited is due, the most urgent first; another sender's are left to it.
_READERS = """
    SELECT r.recipient FROM (
        SELECT recipient, min(urgency) AS urgency, min(next_try_at) AS since FROM alerts_message
         WHERE joins_from IS NOT NULL
           AND ((status = 'queued' AND next_try_at <= %(at)s)
                OR (status = 'sending' AND lease_until <= %(at)s))
         GROUP BY recipient ORDER BY 2, 3, 1 LIMIT %(limit)s) r
     WHERE pg_try_advisory_xact_lock(%(locks)s, hashtext(r.recipient))
"""
# All that waits for these readers, if anything of it is due still: the oldest sets the time for the others.
_CLAIM_TOGETHER = """
    WITH owed AS MATERIALIZED (
        SELECT m.id FROM alerts_message m
         WHERE m.recipient = ANY(%(readers)s) AND m.joins_from <= %(at)s
           AND ((m.status = 'queued' AND (m.attempts = 0 OR m.next_try_at <= %(at)s))
                OR (m.status = 'sending' AND m.lease_until <= %(at)s))
           AND EXISTS (SELECT FROM alerts_message d
                        WHERE d.recipient = m.recipient AND d.joins_from IS NOT NULL
                          AND ((d.status = 'queued' AND d.next_try_at <= %(at)s)
                               OR (d.status = 'sending' AND d.lease_until <= %(at)s)))
           -- A mail that may be out is repeated whole: a part of it under the same id would hide the rest.
           AND (m.bundle IS NULL
                OR NOT EXISTS (SELECT FROM alerts_message o
                                WHERE o.bundle = m.bundle AND o.status = 'sending' AND o.lease_until > %(at)s))
         ORDER BY m.id FOR UPDATE OF m SKIP LOCKED)
    UPDATE alerts_message m
       SET status = 'sending', lease_until = %(until)s, fence = m.fence + 1,
           attempts = LEAST(m.attempts + 1, 30000),
           may_be_out = m.may_be_out OR m.status = 'sending'
      FROM owed
     WHERE m.id = owed.id
    RETURNING m.id
"""


def claim(at: datetime, limit: int) -> list[Message]:
    """Take up to `limit` owed messages under a lease, most urgent first; no other sender has them meanwhile.

    What is left of `limit` is readers of whom something has waited long enough: all that waits for each is taken.
    """
    values = {"at": at, "until": at + timedelta(seconds=settings.LEASE_SECONDS), "limit": limit}
    ids = _ids(_CLAIM, values)
    if len(ids) < limit:
        ids += _claim_together(values | {"limit": limit - len(ids), "locks": READER_LOCKS})
    return list(
        Message.objects.filter(pk__in=ids)
        .select_related("home", *emails.RELATED)
        .prefetch_related("items__alert__child")
        .order_by("urgency", "next_try_at", "pk")
    )


def _claim_together(values: dict[str, Any]) -> list[uuid.UUID]:
    with transaction.atomic():
        readers = _ids(_READERS, values)
        # A statement of its own: it sees what a sender that has just let the reader go has taken.
        return _ids(_CLAIM_TOGETHER, values | {"readers": readers}) if readers else []


def _ids(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


_RENEW = """
    UPDATE alerts_message m SET lease_until = %s
     WHERE m.id = %s AND m.fence = %s AND m.status = 'sending'
    RETURNING m.probe_id IS NOT NULL
           OR EXISTS (SELECT 1 FROM alerts_messageitem i JOIN alerts_alert a ON a.id = i.alert_id
                       WHERE i.message_id = m.id AND a.status = 'open')
           OR EXISTS (SELECT 1 FROM alerts_homealert h WHERE h.id = m.home_alert_id AND h.ended_at IS NULL)
              -- Word of an outage is about no alert: it is owed whatever has been answered meanwhile.
              OR m.outage_id IS NOT NULL
              -- A digest is about no alert: whether there is anything to say is looked at when it is written.
              OR m.digest_date IS NOT NULL
              -- Word of an untaken shift: somebody may have taken it, or it is over.
           OR EXISTS (SELECT 1 FROM cases_shift s
                       WHERE s.id = m.shift_id AND s.taken_at IS NULL AND s.ends_at > s.starts_at
                         AND s.ends_at > %s)
"""


def renew(message: Message, now: datetime) -> bool | None:
    """Hold the lease on from now, and say whether an alert of this message is still open.

    None when another sender has taken the message over.
    """
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [until, message.pk, message.fence, now])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def mark(message: Message, status: str, **fields: object) -> bool:
    """Set the outcome, unless the lease was lost meanwhile: a late mark is refused by the fence."""
    held = Message.objects.filter(pk=message.pk, fence=message.fence, status=MessageStatus.SENDING)
    marked = bool(held.update(status=status, lease_until=None, **fields))
    if not marked:
        logger.warning("late_mark_refused", message=str(message.pk), status=status)
    return marked


def put_back(message: Message, *, until: datetime) -> None:
    """Give a claimed message back untried, to be claimed again at `until`."""
    mark(message, MessageStatus.QUEUED, next_try_at=until, attempts=message.attempts - 1)
