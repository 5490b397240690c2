"""Documents of a record: what each is, from whom, and its file, which lies outside the database."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User


class DocumentQuerySet(models.QuerySet["Document"]):
    def standing(self) -> "DocumentQuerySet":
        return self.filter(withdrawn_at=None, destroyed_at=None)

    def undestroyed(self) -> "DocumentQuerySet":
        """Those whose file lies on the disk, withdrawn ones too."""
        return self.filter(destroyed_at=None)

    def destroyed(self) -> "DocumentQuerySet":
        """Those of which the row alone is left."""
        return self.filter(destroyed_at__isnull=False)

    def held_by(self, moment: datetime) -> "DocumentQuerySet":
        """Those that were held at `moment` and stand: one that was withdrawn since is shown to nobody."""
        return self.standing().filter(kept_at__lte=moment)


class Document(models.Model):
    """One file held with a child's record under a random name; `digest` is the SHA-256 of what is kept."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("Identity or age")
        IMMIGRATION = "immigration", _("Home Office or immigration")
        COURT = "court", _("Court or solicitor")
        HEALTH = "health", _("Health")
        EDUCATION = "education", _("Education")
        PLACEMENT = "placement", _("Placement")
        POLICE = "police", _("Police")
        OTHER = "other", _("Something else")

    class MediaType(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPG"

    token = models.CharField(max_length=32, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=11, choices=Kind)
    title = models.CharField(max_length=150)
    # Which day it bears; many bear none.
    dated = models.DateField(null=True, blank=True)
    received_from = models.CharField(max_length=150)
    media_type = models.CharField(max_length=15, choices=MediaType)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=200, blank=True)
    # When the record's time had come: from then on the row says that there was a file, and there is none.
    destroyed_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["child", "-kept_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="document_says_what", condition=~Q(title="") & ~Q(received_from="")),
            models.CheckConstraint(
                name="document_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="document_name_form",
                condition=Q(token__regex=r"^[0-9a-f]{32}$"),  # noqa: S106 - no secret, a shape
            ),
            models.CheckConstraint(
                name="document_media_type_known",
                condition=Q(media_type__in=["application/pdf", "image/jpeg"]),
            ),
            models.CheckConstraint(
                name="document_destroyed_after_it_was_kept",
                condition=Q(destroyed_at=None) | Q(destroyed_at__gte=F("kept_at")),
            ),
            # The same file sent twice is one document.
            models.UniqueConstraint(
                fields=["child", "digest"], name="document_held_once", condition=Q(withdrawn_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: document {self.pk}"

    @property
    def file_name(self) -> str:
        """Under which it is saved: the reference and no name, for it lies in somebody's downloads then."""
        ending = "pdf" if self.media_type == self.MediaType.PDF else "jpg"
        return f"{self.child.reference}-{self.pk}.{ending}"
