"""The record opened in an emergency by somebody whose child it is not."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.people import User

# How long it opens the phones [data protection, domain document 6].
OPEN_FOR = timedelta(hours=1)


class BrokenGlassQuerySet(models.QuerySet["BrokenGlass"]):
    def standing(self, at: datetime) -> "BrokenGlassQuerySet":
        """Those that open something at `at`."""
        return self.filter(at__lte=at, ends_at__gt=at)

    def unseen(self) -> "BrokenGlassQuerySet":
        """Those of which no manager has said yet whether they were right."""
        return self.filter(looked_at=None)


class BrokenGlass(models.Model):
    """Somebody of the responsible authority said why, and read for an hour how a child is reached."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="broken_glass")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()
    ends_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    was_right = models.BooleanField(null=True, blank=True)
    finding = models.TextField(blank=True)

    objects = BrokenGlassQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(name="glass_broken_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="glass_ends_after_start", condition=Q(ends_at__gt=F("at"))),
            models.CheckConstraint(
                name="glass_looked_at_by_another",
                condition=Q(looked_at=None, looked_by=None, was_right=None, finding="")
                | (
                    Q(looked_at__isnull=False, looked_by__isnull=False, was_right__isnull=False)
                    & ~Q(looked_by=F("user"))
                    & ~Q(finding="")
                ),
            ),
        ]
        indexes = [models.Index(fields=["user", "child", "-at"], name="glass_by_user")]

    def __str__(self) -> str:
        return f"{self.child_id}: glass broken by {self.user_id}"
