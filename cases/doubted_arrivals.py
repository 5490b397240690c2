"""What the sender is asked of a child who was recorded as arrived, and of whom nobody there had recorded that it left."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from cases import access, handovers, log, matters, references
from cases.access import Permission
from cases.deadlines import london_day
from cases.handovers import Side
from cases.models import Authority, Child, Matter, MatterEntry, Transfer, User
from cases.models.matters import ENDS_CLOCK
from cases.states import IllegalMove


def ask(transfer: Transfer, *, since: datetime | None = None, by: User, at: datetime) -> Matter:
    """Ask the sender of the locked child whether it is still there: its desk hears at once, and until it answers.

    Due after `ARRIVAL_ANSWER_HOURS`, for a child who lies in its bed is asked for where nobody of it can answer.
    """
    limit_at = at + timedelta(hours=settings.ARRIVAL_ANSWER_HOURS)
    return matters.asked_of_arrival(
        transfer.child, authority=transfer.sender, since=since or at, limit_at=limit_at, by=by, at=at
    )


def standing(child: Child) -> Matter | None:
    """What waits for the answer of the sender of this child."""
    return _waiting().filter(child=child).order_by("-since").first()


def at_desk(user: User, *, at: datetime) -> QuerySet[Matter]:
    """What the desks of `user` have not answered, the oldest first; nothing of a child who is closed to them."""
    own = Authority.objects.answered_by(access.duty_authorities(user, at=at), day=london_day(at))
    rows = _waiting().filter(authority__in=own).exclude(child__in=access.closed_to(user, at))
    return rows.select_related("child").order_by("since", "pk")


def get_child(user: User, reference: str, *, request: HttpRequest, at: datetime) -> tuple[Child, Side]:
    """Return a child of whose arrival `user` may say something, and from which side; 404 for everybody else.

    Whoever works at the desk that is asked answers, be it that they came since the child went, or that their authority
    has taken the place of the one that sent it: of the record they read nothing but this page. The read is on record.
    """
    wanted = references.parse(reference).child
    asked = at_desk(user, at=at) if _works_a_desk(user, at) else None
    matter = asked.filter(child__reference=wanted).first() if asked is not None else None
    if matter is None or matter.child is None:
        return handovers.get_child(user, reference, request=request, at=at)
    always = request.method not in access.SAFE
    access.put_listed_on_record(
        user, [matter.child.pk], Permission.SEE_STATUS, always=always, request=request, at=at
    )
    return matter.child, Side.SENT


def is_asked_of(user: User, transfer: Transfer, *, at: datetime) -> bool:
    """Whether `user` works for the sender of this child, or for whoever has taken its place."""
    own = {one.team.authority_id for one in access.memberships(user, at) if one.team is not None}
    stood_for = Authority.objects.answered_by(own, day=london_day(at))
    return stood_for.filter(pk=transfer.sender_id).exists()


def _works_a_desk(user: User, at: datetime) -> bool:
    return any(
        one.role in access.FUNCTIONS[Permission.WORK_DUTY_DESK] for one in access.memberships(user, at)
    )


def say_left(child: Child, *, text: str, key: uuid.UUID, by: User, at: datetime) -> MatterEntry:
    """The sender says that the child has left, and who saw it go: nothing is asked of it any more.

    The same form again changes nothing. Raises `IllegalMove` where nothing is asked, or without who saw it.
    """
    if not text.strip():
        raise IllegalMove("Enter who saw the child leave, and when.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        said = MatterEntry.objects.filter(key=key).select_related("matter").first()
        held = {one.team.authority_id for one in access.memberships(by, at) if one.team is not None}
        own = Authority.objects.answered_by(held, day=london_day(at))
        mine = _waiting().filter(child=child, authority__in=own).order_by("-since").first()
        matter = said.matter if said is not None and said.matter.child_id == child.pk else mine
        if matter is None:
            raise IllegalMove("Nobody asks whether this child has left any more.")
        entry = answer(matter, MatterEntry.Kind.LEFT, text=text, key=key, by=by, at=at)
        if said is None:
            data = {"from": matter.authority.code, "text": entry.text}
            log.record(child, "departure_confirmed", subject=matter, data=data, by=by, at=at)
    return entry


def is_said(child: Child, key: uuid.UUID) -> bool:
    """Whether this very form has answered for this child already."""
    return MatterEntry.objects.filter(key=key, matter__child=child).exists()


def taken_back_at(child: Child) -> datetime | None:
    """When one side said of the last arrival that was asked about that the child has not arrived."""
    said = MatterEntry.objects.filter(matter__child=child, matter__kind=Matter.Kind.ARRIVAL)
    last = said.order_by("-written_at", "-pk").first()
    is_back = last is not None and last.kind == MatterEntry.Kind.NOT_ARRIVED
    return last.written_at if last is not None and is_back else None


def say_not_arrived(
    transfer: Transfer, *, since: datetime, text: str, key: uuid.UUID, by: User, at: datetime
) -> MatterEntry:
    """One side says of the locked child that it has not arrived, as was confirmed at `since`: both hear of it."""
    matter = standing(transfer.child) or ask(transfer, since=since, by=by, at=at)
    return answer(matter, MatterEntry.Kind.NOT_ARRIVED, text=text, key=key, by=by, at=at)


def answer(matter: Matter, kind: str, *, text: str, key: uuid.UUID, by: User, at: datetime) -> MatterEntry:
    """Keep what came of it, which ends its clock."""
    return matters.write(matter, kind, text=text, happened_at=at, key=key, by=by, at=at)


def _waiting() -> QuerySet[Matter]:
    done = MatterEntry.objects.filter(matter=OuterRef("pk"), kind__in=ENDS_CLOCK)
    return Matter.objects.filter(~Exists(done), kind=Matter.Kind.ARRIVAL)
