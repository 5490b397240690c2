"""Files that came by mail, kept apart: what each says it is, its bytes outside the database, and what duty decided of it."""

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.documents import Document
from cases.models.episodes import MissingEpisode
from cases.models.people import User


class QuarantinedQuerySet(models.QuerySet["QuarantinedFile"]):
    def undestroyed(self) -> "QuarantinedQuerySet":
        """Those whose bytes lie on the disk, whatever was decided of them."""
        return self.filter(destroyed_at=None)

    def destroyed(self) -> "QuarantinedQuerySet":
        """Those of which the row alone is left."""
        return self.filter(destroyed_at__isnull=False)


class QuarantinedFile(models.Model):
    """One attachment of a reply by mail: nobody is shown it, and its name and type are the sender's word for it."""

    token = models.CharField(max_length=32, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="quarantined")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="quarantined")
    # Of the reply that brought it: the same mail handed over again brings no second one.
    mail_key = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    sender = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    # Released: written anew as a document of the record. Not released: and why.
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="quarantined"
    )
    reason = models.CharField(max_length=300, blank=True)
    # When the record's time had come: from then on the row says that there was a file, and there is none.
    destroyed_at = models.DateTimeField(null=True, blank=True)

    objects = QuarantinedQuerySet.as_manager()

    class Meta:
        ordering = ["received_at", "position"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "mail_key", "position"], name="quarantined_file_once"),
            models.CheckConstraint(
                name="quarantined_name_form",
                condition=Q(token__regex=r"^[0-9a-f]{32}$"),  # noqa: S106 - no secret, a shape
            ),
            models.CheckConstraint(
                name="quarantined_decided_by_somebody",
                condition=Q(decided_at=None, decided_by=None, document=None, reason="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, document__isnull=False, reason="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False, document=None) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="quarantined_destroyed_after_it_came",
                condition=Q(destroyed_at=None) | Q(destroyed_at__gte=F("received_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: quarantined file {self.pk}"
