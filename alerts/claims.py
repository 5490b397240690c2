"""Leases on owed messages: claimed for one sender, held on while it sends, and marked by it alone."""

import uuid
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from alerts import emails, going_on, sending
from alerts.going_on import Ahead
from alerts.models import Message, MessageItem
from alerts.states import MessageStatus
from cases import bulk, link_tokens, planned

logger = structlog.get_logger(__name__)

# Advisory locks on readers: what waits for one person is taken by one sender, as one mail.
READER_LOCKS = 7_202
# A statement is asked so often before planning it once pays.
PLANNED_FROM = 10
# With a message whose lease has lapsed so often in a row senders die: it is the last of a batch, and the only such one.
SUSPECT_AFTER = 2

# Chosen once and then taken: chosen within the update, a plan may choose again for every row and take more than asked.
_CLAIM = """
    WITH owed AS MATERIALIZED (
        SELECT id FROM alerts_message
         WHERE joins_from IS NULL AND held_at IS NULL AND {on}
           AND (%(by_mail)s IS NULL OR (channel = 'mail') = %(by_mail)s)
           AND ((status = 'queued' AND next_try_at <= %(at)s)
                OR (status = 'sending' AND lease_until <= %(at)s
                    -- Of those with which senders die again and again one at a time.
                    AND (lapses < %(suspect)s
                         OR id = (SELECT id FROM alerts_message
                                   WHERE status = 'sending' AND lease_until <= %(at)s AND lapses >= %(suspect)s
                                     AND joins_from IS NULL AND held_at IS NULL
                                     AND (%(by_mail)s IS NULL OR (channel = 'mail') = %(by_mail)s)
                                   ORDER BY lapses, urgency, id LIMIT 1))))
         ORDER BY urgency, next_try_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE alerts_message m
       SET status = 'sending', lease_until = %(until)s, fence = m.fence + 1,
           -- A message tried for a hundred days must not end all claims by an overflow.
           attempts = LEAST(m.attempts + 1, 30000),
           -- A lapsed lease is a sender that died: its message may have gone out.
           may_be_out = m.may_be_out OR m.status = 'sending',
           lapses = CASE WHEN m.status = 'sending' THEN LEAST(m.lapses + 1, 1000) ELSE m.lapses END
      FROM owed
     WHERE m.id = owed.id
    RETURNING m.id::text
"""
# Those for whom something that waited is due, the most urgent first; another sender's are left to it.
_READERS = """
    SELECT r.recipient FROM (
        SELECT recipient, min(urgency) AS urgency, min(next_try_at) AS since FROM alerts_message
         WHERE joins_from IS NOT NULL AND held_at IS NULL AND {on}
           AND (%(by_mail)s IS NULL OR (channel = 'mail') = %(by_mail)s)
           AND ((status = 'queued' AND next_try_at <= %(at)s)
                OR (status = 'sending' AND lease_until <= %(at)s))
         GROUP BY recipient ORDER BY 2, 3, 1 LIMIT %(limit)s) r
     WHERE pg_try_advisory_xact_lock(%(locks)s, hashtext(r.recipient))
"""
# What died twice in a row with others of its reader goes by itself from now on: one of them kills, and the others are not
# to go down with it again and again. That a sender may have got as far as sending is forgiven: it is read twice at most.
_PART_SUSPECTS = """
    WITH suspects AS MATERIALIZED (
        SELECT id FROM alerts_message
         WHERE recipient = ANY(%(readers)s) AND joins_from IS NOT NULL AND lapses >= %(suspect)s
           AND (status = 'queued' OR (status = 'sending' AND lease_until <= %(at)s))
         -- As the other claims: what somebody else holds is parted the next time, and nobody waits for anybody in a ring.
         ORDER BY id FOR UPDATE SKIP LOCKED)
    UPDATE alerts_message m
       SET joins_from = NULL, bundle = NULL
      FROM suspects
     WHERE m.id = suspects.id
    RETURNING m.id::text
"""
# All that waits for these readers, if anything of it is due still: the oldest sets the time for the others.
_CLAIM_TOGETHER = """
    WITH owed AS MATERIALIZED (
        SELECT m.id FROM alerts_message m
         WHERE m.recipient = ANY(%(readers)s) AND m.joins_from <= %(at)s AND m.held_at IS NULL
           AND ((m.status = 'queued' AND (m.attempts = 0 OR m.next_try_at <= %(at)s))
                OR (m.status = 'sending' AND m.lease_until <= %(at)s))
           AND EXISTS (SELECT FROM alerts_message d
                        WHERE d.recipient = m.recipient AND d.joins_from IS NOT NULL AND d.held_at IS NULL
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
           may_be_out = m.may_be_out OR m.status = 'sending',
           lapses = CASE WHEN m.status = 'sending' THEN LEAST(m.lapses + 1, 1000) ELSE m.lapses END
      FROM owed
     WHERE m.id = owed.id
    RETURNING m.id::text
"""


def claim(at: datetime, limit: int, *, by_mail: bool | None = None) -> list[Message]:
    """Take up to `limit` owed messages under a lease, most urgent first; no other sender has them meanwhile.

    What is left of `limit` is readers of whom something has waited long enough: all that waits for each is taken.
    With `by_mail` only what goes by mail, or only what goes by text or call.
    """
    until = at + timedelta(seconds=settings.LEASE_SECONDS)
    values = {"at": at, "until": until, "limit": limit, "by_mail": by_mail, "suspect": SUSPECT_AFTER}
    ids = _ids(_CLAIM.format(on=sending.IS_ON), values)
    if len(ids) < limit:
        ids += _claim_together(values | {"limit": limit - len(ids), "locks": READER_LOCKS})
    if not ids:
        # To write the question of nothing costs ten times what finding that out did.
        return []
    own = set(ids)
    messages = list(Message.objects.filter(pk__among=own).order_by("urgency", "next_try_at", "pk"))
    # Who dies with it has sent the others.
    messages.sort(key=lambda message: message.lapses >= SUSPECT_AFTER)
    _read_items(messages, own)
    bulk.relate(messages, ("home", *emails.RELATED))
    return messages


def _read_items(messages: Sequence[Message], ids: Collection[str]) -> None:
    """What each of them tells of; to prefetch it makes a manager and a question for each message, to keep the answer in."""
    items: dict[uuid.UUID, list[MessageItem]] = {message.pk: [] for message in messages}
    rows = MessageItem.objects.filter(message__among=ids)
    for item in rows.select_related("alert__child", "alert__clock"):
        items[item.message_id].append(item)
    for message in messages:
        message.known_items = items[message.pk]


def _claim_together(values: dict[str, Any]) -> list[str]:
    with transaction.atomic():
        readers = _ids(_READERS.format(on=sending.IS_ON), values)
        if readers:
            _ids(_PART_SUSPECTS, values | {"readers": readers})
        # A statement of its own: it sees what a sender that has just let the reader go has taken.
        return _ids(_CLAIM_TOGETHER, values | {"readers": readers}) if readers else []


def _ids(statement: str, values: dict[str, Any]) -> list[Any]:
    return [row[0] for row in _asked(statement, values)]


_RENEW = """
    UPDATE alerts_message SET lease_until = %s
     WHERE id = %s AND fence = %s AND status = 'sending'
    RETURNING {}
"""


def renew(message: Message, now: datetime, *, ahead: Ahead) -> bool | None:
    """Say whether what this message tells of goes on still, and hold the lease on where it could lapse in the sending.

    `ahead` is what was asked about the others of its batch. None when another sender has taken the message over, which
    none can while the lease stands.
    """
    question, values = going_on.question(message, now)
    if message.lease_until is not None and message.lease_until - now >= timedelta(
        seconds=2 * settings.EMAIL_TIMEOUT
    ):
        known = ahead.goes_on(values[0], message) if question == going_on.ALERT_OPEN else None
        return bool(_asked(f"SELECT {question}", values)[0][0]) if known is None else known
    message.lease_until = now + timedelta(seconds=settings.LEASE_SECONDS)
    values = [message.lease_until, message.pk, message.fence, *values]
    rows = _asked(_RENEW.format(question), values)
    return bool(rows[0][0]) if rows else None


def _asked(statement: str, values: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What a server took, and what it said."""

    address: str
    mail_id: str
    text: str
    response: str
    subject: str = ""


# The mark and its proof are one statement, and a commit of their own: neither is ever there without the other.
_ACCEPT = """
    WITH marked AS (
        UPDATE alerts_message SET status = 'sent', lease_until = NULL, sent_at = {at}, last_error = ''
         WHERE {held} AND status = 'sending'
        RETURNING id)
    INSERT INTO alerts_messageproof
           (message_id, at, accepted, address, response, mail_id, subject, text, text_digest)
    SELECT id, {at}, TRUE, {address}, {response}, {mail_id}, {subject}, {text}, {text_digest}
      FROM marked
    RETURNING message_id
"""
_PARTS = ("at", "address", "response", "mail_id", "subject", "text", "text_digest")
_ACCEPT_ANY = _ACCEPT.format(held="(id, fence) IN %(held)s", **{part: f"%({part})s" for part in _PARTS})
# What a batch asks for each of its messages.
_MARK = planned.Statement(
    ("uuid", "int", "timestamptz", *["text"] * (len(_PARTS) - 1)),
    _ACCEPT.format(
        held="id = $1 AND fence = $2", **{part: f"${n}" for n, part in enumerate(_PARTS, start=3)}
    ),
)


def for_batch(messages: Sequence[Message]) -> AbstractContextManager[None]:
    """What question and mark of a claimed batch are asked in; of a few messages they cost less as they are."""
    return planned.once(mark=_MARK, open=going_on.OPEN) if len(messages) >= PLANNED_FROM else nullcontext()


def accept(parcel: Sequence[Message], accepted: Accepted, *, at: datetime) -> int:
    """Mark what went out together as sent and keep its proof, but for those whose lease was lost meanwhile."""
    # Of a link that opens a page nothing is kept but its hash.
    kept = link_tokens.masked(accepted.text)
    values = vars(accepted) | {
        "at": at,
        "response": accepted.response[:300],
        "text": kept,
        "text_digest": emails.digest(kept),
    }
    marked = _marked(parcel, values)
    for message in parcel:
        if message.pk in marked:
            message.status, message.sent_at = MessageStatus.SENT, at
        else:
            _refused(message, MessageStatus.SENT)
    return len(marked)


def _marked(parcel: Sequence[Message], values: dict[str, Any]) -> set[uuid.UUID]:
    if len(parcel) == 1:
        own = [parcel[0].pk, parcel[0].fence, *(values[part] for part in _PARTS)]
        if (rows := planned.rows("mark", own)) is not None:
            return {row[0] for row in rows}
    held = tuple((message.pk, message.fence) for message in parcel)
    return set(_ids(_ACCEPT_ANY, values | {"held": held}))


def mark(message: Message, status: str, **fields: object) -> bool:
    """Set the outcome, unless the lease was lost meanwhile: a late mark is refused by the fence."""
    held = Message.objects.filter(pk=message.pk, fence=message.fence, status=MessageStatus.SENDING)
    marked = bool(held.update(status=status, lease_until=None, lapses=0, **fields))
    if marked:
        # The others of its batch go by what became of it.
        message.status = status
        message.may_be_out = bool(fields.get("may_be_out", message.may_be_out))
    else:
        _refused(message, status)
    return marked


def _refused(message: Message, status: str) -> None:
    logger.warning("late_mark_refused", message=str(message.pk), status=status)


# Nobody died with what is given back untried, but of what is suspected already that says nothing.
_PUT_BACK = """
    UPDATE alerts_message m
       SET status = 'queued', lease_until = NULL, attempts = m.attempts - 1,
           lapses = CASE WHEN m.lapses >= %s THEN m.lapses ELSE 0 END,
           next_try_at = COALESCE(%s, m.next_try_at)
      FROM unnest(%s::uuid[], %s::bigint[]) AS held (id, fence)
     WHERE m.id = held.id AND m.fence = held.fence AND m.status = 'sending'
"""


def put_all_back(messages: Sequence[Message], *, until: datetime | None = None) -> None:
    """Give these back untried in one go, at the place that each had or to be claimed at `until`; lost leases stay lost."""
    if messages:
        ids, fences = [message.pk for message in messages], [message.fence for message in messages]
        with connection.cursor() as cursor:
            cursor.execute(_PUT_BACK, [SUSPECT_AFTER, until, ids, fences])


_LET_GO = """
    UPDATE alerts_message m
       SET status = 'queued', lease_until = NULL, may_be_out = m.may_be_out OR %s, next_try_at = %s
      FROM unnest(%s::uuid[], %s::bigint[]) AS held (id, fence)
     WHERE m.id = held.id AND m.fence = held.fence AND m.status = 'sending'
"""


def let_go(messages: Sequence[Message], *, until: datetime, may_be_out: bool) -> None:
    """Give back what could not be marked, to be tried again at `until`; what may be out is owed its ending too."""
    ids, fences = [message.pk for message in messages], [message.fence for message in messages]
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, [may_be_out, until, ids, fences])


def put_back(message: Message, *, until: datetime, by_then: bool = False) -> None:
    """Give a claimed message back untried, to be claimed again at `until`; with `by_then` it is late from then on alone."""
    owed = {"owed_at": until} if by_then else {}
    mark(message, MessageStatus.QUEUED, next_try_at=until, attempts=message.attempts - 1, **owed)
