"""Photos of a found child whom nobody has named: the pictures lie with those of children, sealed as they are."""

from django.db import models
from django.db.models import Q

from cases.models.found import FoundChild
from cases.models.people import User


class FoundPhotoQuerySet(models.QuerySet["FoundPhoto"]):
    def standing(self) -> "FoundPhotoQuerySet":
        return self.filter(withdrawn_at=None)


class FoundPhoto(models.Model):
    """One photo, kept in three sizes under a random name; `digest` is the SHA-256 of the largest."""

    token = models.CharField(max_length=32, unique=True, editable=False)
    found = models.ForeignKey(FoundChild, on_delete=models.PROTECT, related_name="photos")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=200, blank=True)

    objects = FoundPhotoQuerySet.as_manager()

    class Meta:
        ordering = ["found", "-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="found_photo_withdrawn_with_reason",
                condition=Q(withdrawn_at=None) | (Q(withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="found_photo_name_form",
                condition=Q(token__regex=r"^[0-9a-f]{32}$"),  # noqa: S106 - no secret, a shape
            ),
            # The same picture sent twice is one photo.
            models.UniqueConstraint(
                fields=["found", "digest"], name="found_photo_held_once", condition=Q(withdrawn_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.found_id}: photo {self.pk}"
