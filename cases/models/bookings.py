"""A meeting about a child that is to be held: when, what, with whom, until it was held or called off."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.meetings import Meeting
from cases.models.people import User


class MeetingBookingQuerySet(models.QuerySet["MeetingBooking"]):
    def open(self) -> "MeetingBookingQuerySet":
        """Those of which nobody has recorded that they were held or called off, or by mistake that they were held."""
        return self.filter(Q(held=None) | Q(held__mistake__isnull=False), ended_at=None)

    def with_guardian(self) -> "MeetingBookingQuerySet":
        """Each with whether the guardian is invited now (`invites`), how often that was changed and when (`answers`)."""
        last = GuardianInvitation.objects.filter(booking=OuterRef("pk")).order_by("-number")
        return self.annotate(
            invites=Coalesce(Subquery(last.values("invited")[:1]), F("guardian_invited")),
            answers=Coalesce(Subquery(last.values("number")[:1]), 0),
            answered_at=Subquery(last.values("recorded_at")[:1]),
        )


class MeetingBooking(models.Model):
    """One that is booked; it ends with the record of the meeting, or with why there is none."""

    # Read by `with_guardian` alone.
    invites: bool | None
    answers: int
    answered_at: datetime | None

    class Ending(models.TextChoices):
        CALLED_OFF = "called_off", _("It is called off")
        MISTAKE = "mistake", _("It was booked by mistake")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="meeting_bookings")
    kind = models.CharField(max_length=12, choices=Meeting.Kind)
    planned_at = models.DateTimeField()
    # Where or by which link, and who is invited.
    place = models.CharField(max_length=200, blank=True)
    invited = models.TextField()
    # Whether the child’s guardian is among them, or why not, as it was booked: what was said since is an answer of its
    # own. Nothing of those that were booked before this was asked.
    guardian_invited = models.BooleanField(null=True)
    why_not = models.CharField(max_length=500, blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    held = models.OneToOneField(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=10, choices=Ending, blank=True)
    ended_why = models.CharField(max_length=500, blank=True)

    objects = MeetingBookingQuerySet.as_manager()

    class Meta:
        ordering = ["planned_at", "pk"]
        constraints = [
            models.CheckConstraint(name="meeting_booking_says_who", condition=~Q(invited="")),
            models.CheckConstraint(
                name="meeting_booking_without_guardian_says_why",
                condition=~Q(guardian_invited=False) | ~Q(why_not=""),
            ),
            models.CheckConstraint(
                name="meeting_booking_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None, ending="", ended_why="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending="") & ~Q(ended_why="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} booked"


class GuardianInvitation(models.Model):
    """Whether the guardian is invited to a meeting, said anew after it was booked; the last answer counts."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_invitations")
    booking = models.ForeignKey(MeetingBooking, on_delete=models.PROTECT, related_name="guardian_answers")
    # From 1; what was said with the booking came before.
    number = models.PositiveSmallIntegerField()
    invited = models.BooleanField()
    # Why not, or why now.
    why = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["booking", "number"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "number"], name="guardian_invitation_number_once"),
            models.CheckConstraint(name="guardian_invitation_says_why", condition=~Q(why="")),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id}: guardian {'invited' if self.invited else 'not invited'}"
