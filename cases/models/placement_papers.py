"""What a placement needs beside its dates: how a child whose age is disputed sleeps, and who approved a distant one."""

from django.db import models
from django.db.models import Q

from cases.models.children import Child
from cases.models.people import User
from cases.models.placements import Placement
from cases.states import ApprovalStatus


class RoomReview(models.Model):
    """Whether a child whose age is disputed has a room of their own, and by when somebody looks again; nobody edits it."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="room_reviews")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="room_reviews")
    own_room = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    review_by = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["placement", "-id"], name="room_review_by_placement")]
        constraints = [
            models.CheckConstraint(name="room_shared_says_why", condition=Q(own_room=True) | ~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: room of placement {self.placement_id}"


class PlacementApproval(models.Model):
    """One step on the way to the approval of a placement outside the area; nobody edits it, and the last one counts.

    Whoever has the child's work asks, a director approves or refuses; or somebody says that the two areas adjoin.
    """

    Kind = ApprovalStatus

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="placement_approvals")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="approvals")
    kind = models.CharField(max_length=8, choices=Kind)
    # Who asked, decided, or says that the areas adjoin, and on which day.
    approved_by = models.CharField(max_length=150)
    approved_date = models.DateField()
    # Why there and not nearer; of a decision, why.
    reason = models.CharField(max_length=500)
    # Of what is asked: why the child was there before it was approved, and what the authority of the area said.
    why_before = models.CharField(max_length=500, blank=True, db_default="", default="")
    host_whom = models.CharField(max_length=200, blank=True, db_default="", default="")
    host_asked_date = models.DateField(null=True, blank=True)
    host_said = models.CharField(max_length=500, blank=True, db_default="", default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="placement_approval_says_who_and_why",
                condition=Q(kind__in=["asked", "approved", "refused", "adjoins"])
                & ~Q(approved_by="")
                & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="placement_approval_asked_of_the_area",
                condition=~Q(kind="asked")
                | (
                    ~Q(why_before="") & ~Q(host_whom="") & ~Q(host_said="") & Q(host_asked_date__isnull=False)
                ),
            ),
            models.UniqueConstraint(
                name="placement_is_approved_once",
                fields=["placement"],
                condition=Q(kind="approved"),
            ),
        ]

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to approve any more."""
        return self.kind in (self.Kind.APPROVED, self.Kind.ADJOINS)

    def __str__(self) -> str:
        return f"approval of placement {self.placement_id}"
