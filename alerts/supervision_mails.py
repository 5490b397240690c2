"""Word that a child waits to be discussed with its guardian: to both who sit there, and then to the head of their service."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.conf import settings

from alerts import tiers
from alerts.models import Channel, Message, MessageKind
from alerts.posts import Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import access, holidays
from cases.access import Permission
from cases.deadlines import Nation, add_working_days, london_day
from cases.models import Membership, Reach, Role, User
from guardians import sittings
from guardians.sittings import Wait

logger = structlog.get_logger(__name__)

WORDING, POST = "guardian_supervision", "supervisor"
DUE, HEAD = "due", "head"
LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)


def tell(*, now: datetime) -> int:
    """Owe word of each guardian with whom a child is to be discussed since its day; return how many are waited for.

    Of all children of one guardian in one service the one that waits longest speaks: once for its day, whatever falls
    due behind it. The guardian and who supervises the service hear first, and the head so many working days later.
    PostgreSQL keeps one row for each child, step and reader. One that fails is reported and stops no other.
    """
    found = 0
    for wait, due_at in _longest(now):
        found += 1
        try:
            _owe(wait, DUE, due_at, due_at, now)
            head_at = above_from(due_at)
            if head_at <= now:
                _owe(wait, HEAD, due_at, head_at, now)
        except Exception:
            logger.exception("supervision_not_told", assignment=wait.assignment.pk)
    return found


def above_from(due_at: datetime) -> datetime:
    """When the head of the service hears of a child that was to be discussed by `due_at`."""
    calendar = Nation.ENGLAND_AND_WALES
    days = settings.GUARDIAN_SUPERVISION_HEAD_DAYS
    return add_working_days(due_at, days, nation=calendar, holidays=holidays.of(calendar))


def _longest(now: datetime) -> Iterator[tuple[Wait, datetime]]:
    """Of each guardian in each service the child that waits longest, where its day has passed, and that day."""
    seen = set()
    for wait in sittings.of(list(sittings.standing(now)), now=now):
        key = wait.person.pk, wait.assignment.service_id
        if wait.due_at is not None and wait.is_late and key not in seen:
            seen.add(key)
            yield wait, wait.due_at


def _owe(wait: Wait, step: str, due_at: datetime, owed_at: datetime, now: datetime) -> None:
    """Owe it to each who stands there, unless somebody has it or is about to.

    Whose own mail was cancelled, as after a death that was then taken back, is owed another all the same: one a day at
    the most, by the London day on which it is owed. What a person dropped after a restore is owed to its reader no more.
    """
    people = _heads(wait, now) if step == HEAD else _both(wait, now)
    turn = f"{step}:{due_at:%Y%m%d}"
    said = Message.objects.filter(assignment=wait.assignment, step__startswith=turn)
    rows = list(said.values_list("recipient", "status", "held_at"))
    # One that is held is cancelled by a person alone: no sender looks at it again.
    cancelled = {
        reader for reader, status, held in rows if status == MessageStatus.CANCELLED and held is None
    }
    # To whom it failed, or to whom a person said never to send it, it is not sent again.
    standing = {
        reader for reader, status, held in rows if status != MessageStatus.CANCELLED or held is not None
    }
    is_told = any(status not in LOST for _reader, status, _held in rows)
    owed = []
    for person in people:
        to = Recipient(Post.GUARDIAN, Channel.MAIL, user_id=person.pk)
        if to.key in standing or (is_told and to.key not in cancelled):
            continue
        of_day = f"{turn}:{london_day(now):%y%m%d}" if to.key in cancelled else turn
        owed.append(_message(wait, of_day, to, owed_at, now))
    Message.objects.bulk_create(owed, ignore_conflicts=True)


def _both(wait: Wait, now: datetime) -> list[User]:
    """The guardian, and who supervises their service; where nobody does, who heads it."""
    leads = _leading(wait, Reach.SERVICE, now) or _leading(wait, Reach.DIRECTORATE, now)
    guardian = [wait.person] if access.may(wait.person, wait.child, Permission.SEE_STATUS, at=now) else []
    return guardian + leads


def _heads(wait: Wait, now: datetime) -> list[User]:
    return _leading(wait, Reach.DIRECTORATE, now)


def _leading(wait: Wait, reach: str, now: datetime) -> list[User]:
    """Who leads the service and may see the child, but for whoever is to be supervised."""
    held = Membership.objects.current(now).filter(
        service=wait.assignment.service_id, role=Role.GUARDIAN, reach=reach
    )
    people = User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(pk=wait.person.pk)
    return [
        one
        for one in people.order_by("name", "pk")
        if access.may(one, wait.child, Permission.SEE_STATUS, at=now)
    ]


def _message(wait: Wait, step: str, to: Recipient, owed_at: datetime, now: datetime) -> Message:
    return Message(
        kind=MessageKind.ALERT,
        wording=WORDING,
        step=step,
        channel=to.channel,
        post=POST,
        recipient=to.key,
        user_id=to.user_id,
        assignment=wait.assignment,
        # With paper, behind what is owed about a child who may be gone.
        urgency=urgency_of("R2"),
        owed_at=tiers.by_day(owed_at),
        created_at=now,
        next_try_at=tiers.by_day(now),
    )
