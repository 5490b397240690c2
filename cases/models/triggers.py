"""Dated entries that say when a child may be about to go, and what somebody did about it."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.contacts import Contact
from cases.models.people import User

# The closer watch lasts so long before and after the day (default contact policy).
AROUND = timedelta(hours=72)


class Trigger(models.Model):
    """One entry; for 72 hours before and after it the child is watched as in the first 30 days."""

    class Kind(models.TextChoices):
        APPROACH = "approach", _("Somebody came, rang or waited for the child")
        NEW_CONTACT = "new_contact", _("A new phone, or a new visitor")
        FRIEND = "friend", _("A friend has gone missing")
        MOVE = "move", _("A move, or its announcement")
        AGE = "age", _("An age decision")
        HOME_OFFICE = "home_office", _("A Home Office interview or refusal")
        TURNING = "turning_18", _("17 years and 9 months")
        # Never entered by itself: the contact of whoever saw it says so.
        CONCERN = "concern", _("Serious concern about the child")

    # Of these duty and the worker are told, until somebody says what was done.
    TOLD = (Kind.APPROACH, Kind.CONCERN)

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="triggers")
    kind = models.CharField(max_length=12, choices=Kind)
    contact = models.OneToOneField(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="trigger"
    )
    happens_at = models.DateTimeField()
    note = models.TextField()
    vehicle = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-happens_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key", "child"], name="trigger_once"),
            models.CheckConstraint(name="trigger_says_what", condition=~Q(note="")),
            models.CheckConstraint(
                name="trigger_of_a_contact_is_its_concern",
                condition=Q(kind="concern", contact__isnull=False) | (~Q(kind="concern") & Q(contact=None)),
            ),
            models.CheckConstraint(
                name="trigger_answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} {self.happens_at:%Y-%m-%d}"

    @property
    def watched(self) -> tuple[datetime, datetime]:
        """From when to when the child is watched more closely; what was owed before it was known stays as it was."""
        return max(self.happens_at - AROUND, self.recorded_at), self.happens_at + AROUND

    @property
    def is_open(self) -> bool:
        """Whether duty and the worker are still to say what they did about it."""
        return self.kind in self.TOLD and self.answered_at is None
