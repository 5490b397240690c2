"""Word to a guardian of a meeting about their child: that they are invited, are so no longer, or that it is not held."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
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

BOOKED, UNINVITED, OFF = "meeting_booked", "meeting_uninvited", "meeting_off"
WORDINGS = frozenset({BOOKED, UNINVITED, OFF})
POST = "supervisor"
# How the step of each message begins, before the key of its booking and, where it was said anew, the number of the answer.
_STEPS = {BOOKED: "booked", UNINVITED: "uninvited", OFF: "off"}
# Whether the guardian is invited now: the last answer, else what was said with the booking.
_INVITED = """COALESCE(
    (SELECT i.invited FROM cases_guardianinvitation AS i WHERE i.booking_id = b.id ORDER BY i.number DESC LIMIT 1),
    b.guardian_invited
)"""
# Who watches over a child: by which assignment, and since when.
Watching = tuple[GuardianAssignment, User, datetime]


@dataclass
class Told:
    """What one reader of one assignment is owed or was told of one meeting."""

    steps: set[str] = field(default_factory=set)
    # The number of the answer and the wording that was read last, or may have been.
    last: tuple[int, str] = (-1, "")

    @property
    def expects(self) -> bool:
        """Whether they come, as far as they know: nobody else is told of an end."""
        return self.last[1] == BOOKED


# By meeting, assignment and reader.
Known = Mapping[tuple[int, int | None, int | None], Told]


def tell(*, now: datetime) -> int:
    """Owe each guardian word of the meetings that are booked for a time to come; return the meetings that were looked at.

    A guardian is invited to each [statutory interim guidance on trafficking guardians] but where whoever booked it says
    why not, then or later: a concern may be about the guardian. Of those that were booked before that was asked nobody is
    told. Whoever comes to the child later hears of it then. One that is moved is called off and booked anew, and its
    guardian hears both. PostgreSQL keeps one row for each meeting, answer and reader. One that fails is reported and
    stops no other.
    """
    open_or_off = MeetingBooking.objects.open() | MeetingBooking.objects.filter(ended_at__isnull=False)
    coming = open_or_off.with_guardian().filter(
        planned_at__gt=now - _late(), child__closed_at=None, child__is_drill=False
    )
    coming = coming.filter(Q(guardian_invited=True) | Q(answers__gt=0))
    coming = coming.filter(Q(planned_at__gt=now) | Q(ended_at__isnull=False) | Q(invites=False))
    # A death stops every mail.
    coming = coming.exclude(child__episodes__outcome=EpisodeOutcome.DIED)
    rows = list(coming.select_related("child").order_by("pk"))
    watching, known = _watching({row.child_id for row in rows}, now), _known(rows)
    for row in rows:
        try:
            _owe(row, watching.get(row.child_id, ()), known, now)
        except Exception:
            logger.exception("meeting_not_told", booking=row.pk, is_off=row.ended_at is not None)
    return len(rows)


def _late() -> timedelta:
    """How long after its time it is still said that it is held without them, or not at all: they may be on the way, or wait."""
    return timedelta(hours=settings.MEETING_OFF_HOURS)


def booking_of(message: Message) -> MeetingBooking:
    """The meeting that a message of these wordings is about."""
    return MeetingBooking.objects.get(pk=_key(message))


def question(message: Message, now: datetime) -> tuple[str, list[object]]:
    """What is asked of PostgreSQL just before it is sent: that the guardian has the child, and the meeting stands as said."""
    standing = "a.id = %s AND (a.ends_at IS NULL OR a.ends_at > %s)"
    meeting = "b.id = %s AND b.child_id = a.child_id AND b.planned_at > %s"
    as_said = {
        BOOKED: f"b.ended_at IS NULL AND {_INVITED}",
        UNINVITED: f"b.ended_at IS NULL AND NOT {_INVITED}",
        OFF: "b.ended_at IS NOT NULL",
    }[message.wording]
    tables = "guardians_guardianassignment AS a, cases_meetingbooking AS b"
    since = now if message.wording == BOOKED else now - _late()
    values: list[object] = [message.assignment_id, now, _key(message), since]
    return f"EXISTS (SELECT FROM {tables} WHERE {standing} AND {meeting} AND {as_said})", values


def _key(message: Message) -> int:
    return int(message.step.split(":")[1])


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


def _owe(row: MeetingBooking, watching: Collection[Watching], known: Known, now: datetime) -> None:
    """That they are invited, to whoever has the child and may know; that no longer, or not held, to whom that has reached."""
    wording = OFF if row.ended_at is not None else BOOKED if row.invites else UNINVITED
    owed = []
    for assignment, person, since in watching:
        told = known.get((row.pk, assignment.pk, person.pk), Told())
        is_news = _step(row, wording) not in told.steps and told.expects == (wording != BOOKED)
        if is_news and access.may(person, row.child, Permission.WRITE_OWN_NOTE, at=now):
            owed_at = max(_said_at(row), since) if wording == BOOKED else _said_at(row)
            owed.append(_message(row, wording, assignment, person, owed_at=owed_at, now=now))
    if owed:
        Message.objects.bulk_create(owed, ignore_conflicts=True)


def _said_at(row: MeetingBooking) -> datetime:
    """When the last was said of it: the end, else the answer, else the booking."""
    return row.ended_at or row.answered_at or row.recorded_at


def _known(rows: Collection[MeetingBooking]) -> Known:
    """What is owed or told of these meetings already, in one question: a meeting is looked at for as long as it is ahead."""
    steps = {
        _step(row, wording, number): (row.pk, number)
        for row in rows
        for wording in _STEPS
        for number in range(row.answers + 1)
    }
    rows_of = Message.objects.filter(step__in=steps, assignment__child__in={row.child_id for row in rows})
    said = rows_of.values_list("assignment", "user", "step", "wording", "status", "may_be_out")
    found: dict[tuple[int, int | None, int | None], Told] = {}
    for assignment, user, step, wording, status, may_be_out in said:
        pk, number = steps[step]
        told = found.setdefault((pk, assignment, user), Told())
        told.steps.add(step)
        if status == MessageStatus.SENT or may_be_out:
            told.last = max(told.last, (number, wording))
    return found


def _step(row: MeetingBooking, wording: str, number: int | None = None) -> str:
    number = row.answers if number is None else number
    return f"{_STEPS[wording]}:{row.pk}" + (f":{number}" if number else "")


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
