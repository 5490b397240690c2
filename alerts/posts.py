"""The posts of the ladder, and the ways to whoever stands there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from alerts.models import Channel
from cases.deadlines import london_day
from cases.models import Authority, Mailbox, Membership, Shift, Told, ToldBy, User
from cases.models.contact_points import reached
from cases.worded import Question, worded


class Post(StrEnum):
    """A place on the ladder; who stands there is looked up when the rung is climbed."""

    HOME = "home"
    DUTY = "duty"
    SECOND = "second"
    WORKER = "worker"
    GUARDIAN = "guardian"
    MANAGER = "manager"
    FORCE = "force"
    # The force in whose area the child is, of what no search is about.
    AREA_FORCE = "area_force"
    REVIEWING = "reviewing"
    # Who reviews the care of this child, where they have an account: told beside the ladder, and nobody waits for them.
    OFFICER = "officer"
    HOST_DUTY = "host_duty"
    HEAD = "head"
    DIRECTOR = "director"
    # Of the authority to which the child is to go.
    RECEIVER_DUTY = "receiver_duty"
    RECEIVER_MANAGER = "receiver_mgr"
    RECEIVER_HEAD = "receiver_head"
    # Whoever promised the action that the clock is about.
    OWNER = "owner"
    # The same of somebody who is not the council's: told beside the worker, and nobody waits for them.
    PROMISER = "promiser"
    # Of the guardian service to which the child was referred.
    SERVICE_LEAD = "service_lead"
    SERVICE_HEAD = "service_head"
    # Whoever watches over the child and owes a check of it, and who supervises them: told because they are to act.
    CHECKS = "checks"
    CHECKS_LEAD = "checks_lead"


# Who is told beside the posts of the ladder itself: a rung with nobody but them has nobody on it.
TOLD = (
    Post.WORKER,
    Post.GUARDIAN,
    Post.OFFICER,
    Post.HOST_DUTY,
    Post.SERVICE_LEAD,
    Post.SERVICE_HEAD,
    Post.PROMISER,
)
# Mailboxes of a force: nobody waits for them, and where one does not take a mail duty rings.
POLICE = (Post.FORCE, Post.AREA_FORCE)
# Mailboxes of a force's control room and of its missing-person coordinator.
FORCE_PURPOSES = (Mailbox.Purpose.CONTROL_ROOM, Mailbox.Purpose.COORDINATOR)
# The other side of a transfer: that somebody stands there is no reason to let a rung of the own side be empty.
RECEIVER = (Post.RECEIVER_DUTY, Post.RECEIVER_MANAGER, Post.RECEIVER_HEAD)

# Whom a ladder waits for. The home is rung by a task of its own.
WAITED_FOR = frozenset({Post.DUTY, Post.SECOND, Post.MANAGER, Post.HEAD, Post.DIRECTOR, *RECEIVER})
# Whom the desk reads in one task while no text goes out; of its own texts it reads by themselves.
LISTED = WAITED_FOR - {Post.DUTY}


@dataclass(frozen=True)
class Recipient:
    """One way to reach one post: a person's mail, a mailbox, or a phone."""

    post: Post
    channel: str
    user_id: int | None = None
    mailbox_id: int | None = None
    phone: str = ""
    force_id: int | None = None
    # What the person chose for what is for their information alone, and when their daily list comes next.
    told: str = field(default=Told.BUNDLED, compare=False)
    digest_at: datetime | None = field(default=None, compare=False)
    # What is told of this child goes with that of no other child of its home.
    alone: bool = field(default=False, compare=False)

    @cached_property
    def key(self) -> str:
        """What makes two messages go to the same place."""
        whom = (
            f"user:{self.user_id}" if self.channel == Channel.MAIL and self.user_id else f"phone:{self.phone}"
        )
        if self.mailbox_id is not None:
            whom = f"mailbox:{self.mailbox_id}"
        return f"{self.channel}/{whom}"


def ways(post: Post, user: User) -> Iterable[Recipient]:
    """The ways to somebody who is told, the one they chose first."""
    # A drill is to be seen as it happens.
    told = Told.AT_ONCE if user.drill_mail_to else user.told
    digest_at = user.digest_next_at if user.has_digest else None
    mail = Recipient(post, Channel.MAIL, user_id=user.pk, told=told, digest_at=digest_at)
    ways = [mail]
    if user.phone:
        ways.append(replace(mail, channel=Channel.TEXT, phone=user.phone))
    return reversed(ways) if user.told_by == ToldBy.TEXT else ways


_HERE = Question(
    lambda people, at: (
        Membership.objects.current(at).filter(user__among=people).values_list("user", flat=True)
    )
)


def staffed(shifts: Collection[Shift], at: datetime) -> Collection[Shift]:
    """A shift may outlast the role it was given for: whoever has left by `at` stands on no post."""
    people = {pk for shift in shifts for pk in (shift.person_id, shift.second_id) if pk is not None}
    here = set(_HERE(people, at)) if people else set()
    for shift in shifts:
        if shift.second_id is not None and shift.second_id not in here:
            shift.second_phone = ""
        if shift.person_id not in here:
            shift.phone = ""
    return shifts


def mailboxes_of(
    authorities: Collection[int], hosts: Collection[int], forces: Collection[int], *, at: datetime
) -> list[Any]:
    """The mailboxes of these authorities and forces that are reached at `at`, with the areas whose place each has taken.

    Of a host authority those of whoever answers for its area on that day.
    """
    return list(reached(_boxes({*authorities}, {*hosts}, {*forces}, at, london_day(at))))


@worded
def _boxes(authorities: Any, hosts: Any, forces: Any, at: Any, day: Any) -> QuerySet[Mailbox]:
    answering = Authority.objects.answering(hosts, day=day).values("pk")
    gone = Authority.successors.through.objects.filter(
        to_authority=OuterRef("authority"), from_authority__valid_to__lte=day
    )
    boxes = Mailbox.objects.current(at).filter(
        Q(force__among=forces)
        | Q(authority__among=authorities)
        | Q(authority__in=answering)
        | Q(team__authority__among=authorities)
    )
    areas = ArraySubquery(gone.values("from_authority"))
    return boxes.select_related("team").annotate(areas=areas).order_by("pk")
