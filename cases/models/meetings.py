"""A meeting about a child: who was there, whether the guardian was, and what was decided."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def standing(self) -> "MeetingQuerySet":
        """Those that nobody has struck through."""
        return self.filter(mistake=None)


class Meeting(models.Model):
    """One that was held; nobody edits it. What it asks people to do are actions of the plan, each by name and day."""

    class Kind(models.TextChoices):
        STRATEGY = "strategy", _("Strategy meeting or discussion")
        MULTI_AGENCY = "multi_agency", _("Multi-agency meeting")
        HANDOVER = "handover", _("Meeting about a handover or a move")
        OTHER = "other", _("Another meeting about the child")

    class Guardian(models.TextChoices):
        """A guardian is invited to each of them [statutory interim guidance on trafficking guardians]."""

        THERE = "there", _("Was there, or on the phone")
        INVITED = "invited", _("Was invited and did not come")
        NOT_INVITED = "not_invited", _("Was not invited")
        NONE = "none", _("The child has no guardian")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=12, choices=Kind)
    held_at = models.DateTimeField()
    led_by = models.CharField(max_length=150)
    # One a line: name, post and organisation.
    attendees = models.TextField()
    guardian = models.CharField(max_length=11, choices=Guardian)
    why_not = models.CharField(max_length=500, blank=True)
    decisions = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-held_at", "-pk"]
        indexes = [models.Index(fields=["child", "-held_at"], name="meeting_by_child")]
        constraints = [
            models.CheckConstraint(
                name="meeting_not_in_the_future", condition=Q(held_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="meeting_says_who_and_what",
                condition=~Q(led_by="") & ~Q(attendees="") & ~Q(decisions=""),
            ),
            models.CheckConstraint(
                name="meeting_without_guardian_says_why",
                condition=~Q(guardian="not_invited") | ~Q(why_not=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} {self.held_at:%Y-%m-%d}"
