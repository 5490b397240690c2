"""A wrong passage that two people destroyed: what is left of it is this marker."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User

# What stands in its place.
DESTROYED = "[destroyed]"


class Correction(models.Model):
    """Append-only: which passage of which row, who destroyed it when and why, and the digests that the seals need.

    `passage_digest` is SHA-256 of the words. `row_before` and `row_after` are the digests of the whole row as its
    seal reads it, where its table is sealed.
    """

    class What(models.TextChoices):
        NOTE = "note", _("Note")
        CONTACT = "contact", _("Note of a contact")
        UPDATE = "update", _("Update of an episode")
        CALL = "call", _("Call about an episode")
        FINDING = "finding", _("What was found out")
        DECISION = "decision", _("Reason of a decision")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="corrections")
    what = models.CharField(max_length=8, choices=What)
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    column = models.CharField(max_length=63)
    passage_digest = models.CharField(max_length=64)
    row_before = models.CharField(max_length=64, blank=True)
    row_after = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    corrected_at = models.DateTimeField()
    corrected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # The data protection officer.
    seconded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["corrected_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["table", "row", "column"], name="correction_once"),
            models.CheckConstraint(name="correction_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="correction_by_two_people", condition=~Q(corrected_by=F("seconded_by"))
            ),
            # Nothing but these is ever destroyed, whatever is written here.
            models.CheckConstraint(
                name="correction_of_a_passage",
                condition=Q(what="note", table="cases_note", column="text")
                | Q(what="contact", table="cases_contact", column="note")
                | Q(what="update", table="cases_episodeupdate", column="text")
                | Q(what="call", table="cases_episodecall", column="said")
                | Q(what="finding", table="cases_episodefinding", column="text")
                | Q(what="decision", table="cases_episodedecision", column="reason"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row} {self.column}"
