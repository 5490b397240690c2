"""What a child's own facts were before somebody corrected them, and after."""

from django.db import models

from cases.models.children import Child
from cases.models.people import User


class DetailsChange(models.Model):
    """Append-only: one correction of one topic, with the old values beside the new, so that nothing is overwritten."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="details_changes")
    topic = models.CharField(max_length=20)
    before = models.JSONField()
    after = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Why signs of trafficking were taken back; of the rest the words are those of the facts.
    reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        ordering = ["changed_at", "pk"]
        indexes = [models.Index(fields=["child", "topic", "-id"], name="details_change_by_topic")]
        constraints = [
            # Of what was written before two people were asked for, the migration says nothing.
            models.CheckConstraint(
                name="details_signs_taken_back_by_two_people",
                condition=~models.Q(before__trafficking="yes")
                | (
                    models.Q(seconded_by__isnull=False)
                    & ~models.Q(seconded_by=models.F("changed_by"))
                    & ~models.Q(reason="")
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.topic}"
