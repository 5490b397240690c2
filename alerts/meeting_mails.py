"""Word to a guardian of a meeting about their child: that it is booked, and that one they were told of is not held."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from alerts.models import Channel, Message, MessageKind
from alerts.posts import Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import access
from cases.access import Permission
from cases.models import MeetingBooking, User
from cases.states import EpisodeOutcome
from guardians.models import GuardianAssignment, GuardianCover

logger = structlog.get_logger(__name__)

BOOKED, OFF = "meeting_booked", "meeting_off"
WORDINGS = frozenset({BOOKED, OFF})
POST = "supervisor"
# How the step of each message begins, before the key of its booking.
_STEPS = {BOOKED: "booked", OFF: "off"}
# How long after its time it is still said that a meeting was not held: its guardian may be on the way, or waits there.
_LATE = timedelta(hours=3)
# Who watches over a child: by which assignment, and since when.
Watching = tuple[GuardianAssignment, User, datetime]
# By assignment, reader and step: whether it was read, or may have been; whoever has not is told of no end.
Told = Mapping[tuple[int | None, int | None, str], bool]


def tell(*, now: datetime) -> int:
    """Owe each guardian word of the meetings that are booked for a time to come; return the meetings that were looked at.

    A guardian is invited to each [statutory interim guidance on trafficking guardians] but where whoever booked it says
    why not: a concern may be about the guardian. Of those that were booked before that was asked nobody is told. Whoever
    comes to the child later hears of it then. One that is moved is called off and booked anew, and its guardian hears
    both. PostgreSQL keeps one row for each meeting and reader. One that fails is reported and stops no other.
    """
    open_or_off = MeetingBooking.objects.open() | MeetingBooking.objects.filter(ended_at__isnull=False)
    coming = open_or_off.filter(
        planned_at__gt=now - _LATE, guardian_invited=True, child__closed_at=None, child__is_drill=False
    )
    coming = coming.filter(Q(planned_at__gt=now) | Q(ended_at__isnull=False))
    # A death stops every mail.
    coming = coming.exclude(child__episodes__outcome=EpisodeOutcome.DIED)
    rows = list(coming.select_related("child").order_by("pk"))
    watching, told = _watching({row.child_id for row in rows}, now), _told(rows)
    for row in rows:
        try:
            _owe(row, watching.get(row.child_id, ()), told, now)
        except Exception:
            logger.exception("meeting_not_told", booking=row.pk, is_off=row.ended_at is not None)
    return len(rows)


def booking_of(message: Message) -> MeetingBooking:
    """The meeting that a message of these wordings is about."""
    return MeetingBooking.objects.get(pk=_key(message))


def question(message: Message, now: datetime) -> tuple[str, list[object]]:
    """What is asked of PostgreSQL just before it is sent: that the guardian has the child, and the meeting stands as said."""
    standing = "a.id = %s AND (a.ends_at IS NULL OR a.ends_at > %s)"
    meeting = "b.id = %s AND b.child_id = a.child_id AND b.planned_at > %s"
    booked = message.wording == BOOKED
    over = "b.ended_at IS NULL" if booked else "b.ended_at IS NOT NULL"
    tables = "guardians_guardianassignment AS a, cases_meetingbooking AS b"
    values: list[object] = [message.assignment_id, now, _key(message), now if booked else now - _LATE]
    return f"EXISTS (SELECT FROM {tables} WHERE {standing} AND {meeting} AND {over})", values


def _key(message: Message) -> int:
    return int(message.step.partition(":")[2])


def _watching(children: Collection[int], now: datetime) -> Mapping[int, Sequence[Watching]]:
    """Who watches over each of these children now, as guardian or by cover that was accepted; each person once."""
    found: dict[int, list[Watching]] = {}
    own = GuardianAssignment.objects.current(now).in_role(now).filter(child__in=children)
    for row in own.select_related("guardian").order_by("pk"):
        found.setdefault(row.child_id, []).append((row, row.guardian, row.starts_at))
    covers = GuardianCover.objects.current(now).in_role(now).filter(child__in=children)
    for cover in covers.select_related("covered_by", "assignment").order_by("pk"):
        rows = found.setdefault(cover.child_id, [])
        if cover.covered_by_id not in {person.pk for _, person, _ in rows}:
            rows.append((cover.assignment, cover.covered_by, cover.starts_at))
    return found


def _owe(row: MeetingBooking, watching: Collection[Watching], told: Told, now: datetime) -> None:
    """That it is booked to whoever has the child and may know of it; that it is not held to whom the first has reached."""
    wording = BOOKED if row.ended_at is None else OFF
    booked, known = _step(row, BOOKED), _step(row, wording)
    owed = []
    for assignment, person, since in watching:
        reader = (assignment.pk, person.pk)
        is_news = (*reader, known) not in told and (wording == BOOKED or told.get((*reader, booked), False))
        if is_news and access.may(person, row.child, Permission.WRITE_OWN_NOTE, at=now):
            owed_at = max(row.recorded_at, since) if row.ended_at is None else row.ended_at
            owed.append(_message(row, wording, assignment, person, owed_at=owed_at, now=now))
    if owed:
        Message.objects.bulk_create(owed, ignore_conflicts=True)


def _told(rows: Collection[MeetingBooking]) -> Told:
    """What is owed or told of these meetings already, in one question: a meeting is looked at for as long as it is ahead."""
    steps = [_step(row, wording) for row in rows for wording in _STEPS]
    known = Message.objects.filter(step__in=steps, assignment__child__in={row.child_id for row in rows})
    said = known.values_list("assignment", "user", "step", "status", "may_be_out")
    return {
        (assignment, user, step): status == MessageStatus.SENT or may_be_out
        for assignment, user, step, status, may_be_out in said
    }


def _step(row: MeetingBooking, wording: str) -> str:
    return f"{_STEPS[wording]}:{row.pk}"


def _message(
    row: MeetingBooking,
    wording: str,
    assignment: GuardianAssignment,
    person: User,
    *,
    owed_at: datetime,
    now: datetime,
) -> Message:
    to = Recipient(Post.GUARDIAN, Channel.MAIL, user_id=person.pk)
    return Message(
        kind=MessageKind.ALERT,
        wording=wording,
        step=_step(row, wording),
        channel=to.channel,
        post=POST,
        recipient=to.key,
        user_id=person.pk,
        assignment=assignment,
        # With paper, behind what is owed about a child who may be gone.
        urgency=urgency_of("R2"),
        owed_at=owed_at,
        created_at=now,
        # By night as well: a meeting about a missing child may be held before the morning.
        next_try_at=now,
    )
