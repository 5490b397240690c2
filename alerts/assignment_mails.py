"""Word of who came to read a child as its guardian, to those who did not say so themselves.

Of a new assignment to the child's social worker, the team's manager and the lead guardian, by a tick; of cover that
somebody else asked for to the guardian who is covered and whoever heads the service, in the commit of the asking: the
cover reads from its answer on.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Exists, F, OuterRef, Q

from alerts import recipients
from alerts.models import Channel, Message, MessageKind
from alerts.posts import Post, Recipient
from alerts.urgency import urgency_of
from cases import access, facts
from cases.access import Permission
from cases.models import Child, Membership, Reach, Role, User
from cases.signals import children_changed
from guardians.models import GuardianAssignment, GuardianCover

logger = structlog.get_logger(__name__)

ASSIGNED, COVERED = "guardian_assigned", "guardian_covered"
WORDINGS = frozenset({ASSIGNED, COVERED})
POST = "supervisor"
STEP = "assigned"
# An outage is not so long; what is older was heard of otherwise.
LOOKED_BACK = timedelta(days=3)
# A death stops every mail.
QUESTION = """
    NOT EXISTS (SELECT FROM guardians_guardianassignment AS a
                  JOIN cases_missingepisode AS e ON e.child_id = a.child_id AND e.outcome = 'died'
                 WHERE a.id = %s)
"""


def listen() -> None:
    """Answer each asking for cover, in its commit."""
    children_changed.connect(_on_children_changed, dispatch_uid="alerts.assignment_mails")


def _on_children_changed(
    sender: object, ids: Collection[int], at: datetime, kind: str = "", **kwargs: object
) -> None:
    if kind != "guardian_cover_asked":
        return
    rows = GuardianCover.objects.filter(child__in=ids, asked_at=at, child__is_drill=False)
    rows = rows.exclude(assignment__guardian=F("asked_by")).select_related("assignment__guardian", "child")
    for cover in rows.order_by("pk"):
        _owe(_of_cover(cover, at))


def _of_cover(cover: GuardianCover, at: datetime) -> Iterator[Message]:
    """To the guardian and the head of the service, each once of all children that were asked for together."""
    heads = _leading(cover, Reach.DIRECTORATE, at) or _leading(cover, Reach.SERVICE, at)
    for person in dict.fromkeys([cover.assignment.guardian, *heads]):
        told = Message.objects.filter(wording=COVERED, user=person, owed_at=at, assignment__isnull=False)
        told = told.filter(assignment__guardian=cover.assignment.guardian_id)
        if not told.exists() and _may_hear(person, cover.child, at):
            yield _message(cover.assignment, COVERED, f"cover:{cover.pk}", person, owed_at=at, now=at)


def _leading(cover: GuardianCover, reach: str, at: datetime) -> list[User]:
    """Who leads the service, but for whoever asked and whoever was asked."""
    held = Membership.objects.current(at).filter(
        service=cover.assignment.service_id, role=Role.GUARDIAN, reach=reach
    )
    held = held.exclude(user__in=[cover.asked_by_id, cover.covered_by_id])
    return [one.user for one in held.select_related("user").order_by("pk")]


def tell(*, now: datetime) -> int:
    """Owe word of each new assignment of which nobody was told; return how many were looked at.

    PostgreSQL keeps one row for each assignment and reader. One that fails is reported and stops no other.
    """
    said = Message.objects.filter(assignment=OuterRef("pk"), step=STEP)
    rows = GuardianAssignment.objects.current(now).filter(
        ~Exists(said), starts_at__gt=now - LOOKED_BACK, recorded_by__isnull=False
    )
    # Of the children of the demo's policies somebody hears of the story alone.
    rows = rows.filter(child__closed_at=None, child__is_drill=False, child__demo_watch=None)
    if not (new := list(rows.select_related("child").order_by("pk"))):
        return 0
    known = facts.whereabouts([row.child for row in new])
    directory = recipients.directory(list(known.values()), at=now)
    for row in new:
        try:
            _owe(_of_assignment(row, known[row.child_id], directory))
        except Exception:
            logger.exception("assignment_not_told", assignment=row.pk)
    return len(new)


def _of_assignment(
    row: GuardianAssignment, child: facts.ChildFacts, directory: recipients.Directory
) -> Iterator[Message]:
    now = directory.at
    found = [
        one.user_id
        for post in (Post.WORKER, Post.MANAGER)
        for one in directory.resolve(post, child, (Channel.MAIL,))
    ]
    leads = GuardianAssignment.objects.current(now).in_role(now).filter(child=row.child_id, lead=True)
    who = Q(pk__in=[pk for pk in found if pk is not None]) | Q(pk__in=leads.values("guardian"))
    people = User.objects.filter(who, is_active=True).exclude(pk__in=[row.recorded_by_id, row.guardian_id])
    for person in people.order_by("pk"):
        if _may_hear(person, row.child, now):
            yield _message(row, ASSIGNED, STEP, person, owed_at=row.starts_at, now=now)


def _may_hear(person: User, child: Child, at: datetime) -> bool:
    return person.is_active and access.may(person, child, Permission.SEE_STATUS, at=at)


def values(message: Message) -> dict[str, Any]:
    """Since when the guardian has the child; or for how many children cover is asked, and until when. Nobody is named."""
    row = message.assignment
    if row is None:
        return {}
    if message.wording == ASSIGNED:
        return {"assignment": row}
    cover = GuardianCover.objects.get(pk=int(message.step.partition(":")[2]))
    together = GuardianCover.objects.filter(
        asked_at=cover.asked_at, covered_by=cover.covered_by_id, assignment__guardian=row.guardian_id
    )
    is_own = message.user_id == row.guardian_id
    return {"assignment": row, "cover": cover, "children": together.count(), "is_own": is_own}


def _owe(owed: Iterable[Message]) -> None:
    Message.objects.bulk_create(owed, ignore_conflicts=True)


def _message(
    row: GuardianAssignment, wording: str, step: str, person: User, *, owed_at: datetime, now: datetime
) -> Message:
    to = Recipient(Post.GUARDIAN, Channel.MAIL, user_id=person.pk)
    return Message(
        kind=MessageKind.ALERT,
        wording=wording,
        step=step,
        channel=to.channel,
        post=POST,
        recipient=to.key,
        user_id=person.pk,
        assignment=row,
        # With paper, behind what is owed about a child who may be gone.
        urgency=urgency_of("R2"),
        owed_at=owed_at,
        created_at=now,
        # By night as well: they read from now on.
        next_try_at=now,
    )
