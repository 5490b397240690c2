"""Notes: what somebody wrote of a child in their own words; never edited, only struck through with a reason."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User


class NoteQuerySet(models.QuerySet["Note"]):
    def standing(self) -> "NoteQuerySet":
        """Those not struck through."""
        return self.filter(withdrawn_at=None)


class Note(models.Model):
    """One note; a correction is another note that names it."""

    class Kind(models.TextChoices):
        """The council's own notes, and a guardian's, which the council reads beside them."""

        CASE = "case", _("Case note")
        GUARDIAN = "guardian", _("Guardian’s note")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.TextField()
    happened_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        indexes = [models.Index(fields=["child", "kind", "-happened_at"], name="note_by_child")]
        constraints = [
            models.CheckConstraint(name="note_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="note_not_in_the_future", condition=Q(happened_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="note_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} note {self.happened_at:%Y-%m-%d %H:%M}"
