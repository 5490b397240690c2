"""What a placement needs beside its dates: how a child whose age is disputed sleeps, and who approved a distant one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User
from cases.models.placements import Placement


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
    """Who approved a placement outside the authority's area, when and why, or that the area adjoins; nobody edits it."""

    class Kind(models.TextChoices):
        APPROVED = "approved", _("Approved as a distant placement")
        # Not distant: the two areas touch, and no director has to approve.
        ADJOINS = "adjoins", _("Not distant: the two areas adjoin")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="placement_approvals")
    placement = models.OneToOneField(Placement, on_delete=models.PROTECT, related_name="approval")
    kind = models.CharField(max_length=8, choices=Kind)
    approved_by = models.CharField(max_length=150)
    approved_date = models.DateField()
    reason = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="placement_approval_says_who_and_why",
                condition=Q(kind__in=["approved", "adjoins"]) & ~Q(approved_by="") & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"approval of placement {self.placement_id}"
