"""Photos of a child: who took them, when, on what ground; the pictures themselves lie outside the web root."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User


class PhotoSource(models.TextChoices):
    TAKEN = "taken", _("Taken by us")
    CHILD = "child", _("Given by the child")
    AGENCY = "agency", _("From the police, Border Force or the Home Office")
    DOCUMENT = "document", _("From a document")
    OTHER = "other", _("From somebody else")


class PhotoBasis(models.TextChoices):
    """On what ground a photo is held."""

    UNKNOWN = "", _("Not recorded")
    AGREED = "agreed", _("The child agreed")
    SAFETY = "safety", _("To keep the child safe: they could not be asked, or did not agree")
    # Kept at once, for a child may be gone before anybody who speaks its language has asked: it is asked still.
    FIND = "find", _("Not asked yet: taken to find the child")


# The grounds that are still to be said; what nobody was asked for counts as it did.
OPEN_GROUNDS = (PhotoBasis.UNKNOWN, PhotoBasis.FIND)


class PhotoQuerySet(models.QuerySet["Photo"]):
    def standing(self) -> "PhotoQuerySet":
        return self.filter(withdrawn_at=None)

    def answering(self) -> "PhotoQuerySet":
        """Those that stand and of which nobody is still to ask the child."""
        return self.standing().exclude(basis=PhotoBasis.FIND)

    def newest_of(self, child_ids: Any) -> "PhotoQuerySet":
        """One photo for each of these children: the last taken of those that stand."""
        return (
            self.standing()
            .filter(child__in=child_ids)
            .order_by("child", "-taken_date", "-uploaded_at")
            .distinct("child")
        )


class Photo(models.Model):
    """One photo, kept in three sizes under a random name; `digest` is the SHA-256 of the largest."""

    token = models.CharField(max_length=32, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="photos")
    taken_date = models.DateField()
    source = models.CharField(max_length=8, choices=PhotoSource)
    basis = models.CharField(max_length=6, choices=PhotoBasis, blank=True)
    # Who agreed to it and when, where somebody did; of photos that are on record already nobody was asked.
    agreed_by = models.CharField(max_length=150, blank=True, db_default="", default="")
    agreed_date = models.DateField(null=True, blank=True)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=200, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["child", "-taken_date", "-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                name="photo_withdrawn_with_reason",
                condition=Q(withdrawn_at=None) | (Q(withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="photo_name_form",
                condition=Q(token__regex=r"^[0-9a-f]{32}$"),  # noqa: S106 - no secret, a shape
            ),
            models.CheckConstraint(
                name="photo_agreed_by_whom_and_when",
                condition=Q(agreed_by="", agreed_date=None)
                | (Q(basis="agreed", agreed_date__isnull=False) & ~Q(agreed_by="")),
            ),
            # The same picture sent twice is one photo.
            models.UniqueConstraint(
                fields=["child", "digest"], name="photo_held_once", condition=Q(withdrawn_at=None)
            ),
        ]
        indexes = [
            models.Index(
                fields=["child", "-taken_date", "-uploaded_at"],
                name="photo_newest",
                condition=Q(withdrawn_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: photo {self.pk}"

    @property
    def has_ground(self) -> bool:
        """Whether somebody said why it may be held."""
        return self.basis not in OPEN_GROUNDS

    def days_old(self, at: datetime) -> int:
        """Whole days since it was taken, by the calendar in `at`'s own time zone."""
        return max((at.date() - self.taken_date).days, 0)
