"""What one council asks another: whether it looks after a sibling or companion of a child."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.episodes import MissingEpisode
from cases.models.links import ChildLink
from cases.models.matters import Matter
from cases.models.organisations import Authority
from cases.models.people import User
from cases.states import LinkRequestStatus


class LinkRequestQuerySet(models.QuerySet["LinkRequest"]):
    def asked(self) -> "LinkRequestQuerySet":
        """Those that wait for an answer."""
        return self.filter(status=LinkRequestStatus.ASKED)

    def kept_back(self, at: datetime) -> "LinkRequestQuerySet":
        """Those of which the asker has not been told yet that no link was made."""
        return self.filter(status__in=LinkRequest.NO_LINK, due_at__gt=at)


class LinkRequest(models.Model):
    """One council asked about one child whom a child of ours says belongs with it.

    The asked desk reads what is written here for it, and nothing of the child's record. What it answers is for itself:
    that there is no such child, and that it cannot say, are one answer to the asker, told at one time.
    """

    Status = LinkRequestStatus
    NO_LINK = (Status.NO_SUCH, Status.CANNOT_SAY)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Of those asked in one go, since nobody knew which council it is: one that has the child answers for all.
    together = models.UUIDField(editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="link_requests")
    # Which council was asked, and which is to answer now: another to which the child has gone since.
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=ChildLink.Kind)
    # What is said of the one who is looked for, as it was said.
    name = models.CharField(max_length=200)
    age = models.CharField(max_length=60, blank=True)
    said_by = models.CharField(max_length=200)
    # All that the asked desk is told of the child who says so.
    about = models.CharField(max_length=300, blank=True)
    # For the own council alone: why this one was asked, and why it is safe to.
    why = models.CharField(max_length=300)
    safe_why = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # By when it is to be answered, and when the asker hears whatever was said until then.
    due_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=LinkRequestStatus, default=LinkRequestStatus.ASKED)
    # For the asked council alone.
    note = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(
        ChildLink, null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    # By nobody where it ended by itself: another council has the child, or the case was closed.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_why = models.CharField(max_length=300, blank=True)

    objects = LinkRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="link_request_says_whom_and_by_whom",
                condition=~Q(name="") & ~Q(said_by="") & ~Q(why=""),
            ),
            models.CheckConstraint(
                name="link_request_due_after_it_was_asked", condition=Q(due_at__gt=F("asked_at"))
            ),
            models.CheckConstraint(
                name="link_request_answered_by_somebody",
                condition=Q(status="asked", answered_at=None, answered_by=None, note="", link=None)
                | Q(status="withdrawn", link=None)
                | Q(
                    status="linked",
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                    link__isnull=False,
                )
                | (
                    Q(status__in=("no_such", "cannot_say"))
                    & Q(answered_at__isnull=False, answered_by__isnull=False, link=None)
                    & ~Q(note="")
                ),
            ),
            models.CheckConstraint(
                name="link_request_withdrawn_when_and_why",
                condition=(Q(status="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_why=""))
                | (~Q(status="withdrawn") & Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")),
            ),
        ]
        indexes = [
            models.Index(fields=["holder"], name="link_request_waiting", condition=Q(status="asked")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind}, asked of {self.authority_id}"

    def is_told(self, at: datetime) -> bool:
        """Whether the asker may read that no link was made: at the time that every such answer is told."""
        return self.status in self.NO_LINK and self.due_at <= at


class LinkMatter(models.Model):
    """One clock of a request: of who is to answer it, and beside it one for as long as its child is looked for."""

    request = models.ForeignKey(LinkRequest, on_delete=models.PROTECT, related_name="matters")
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="link_matter")
    # The search that makes it urgent.
    episode = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"clock of request {self.request_id}"
