"""Dated entries that say when a child may be about to go, and what somebody did about it."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.contacts import Contact
from cases.models.documents import Document
from cases.models.episodes import MissingEpisode
from cases.models.people import User
from cases.moves import isolated

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
        # Nor this: the contact that was a message is it.
        MESSAGE = "message", _("A message from the missing child")
        # Nor this: the engine enters it when somebody of the same incident is found.
        MATE_FOUND = "mate_found", _("A child who went missing with this one has been found")
        # Nor this: the end of a search says it.
        STILL_AT_RISK = "still_risk", _("Found, and still at risk")

    class How(models.TextChoices):
        """How somebody came near the child."""

        CAME = "came", _("Came to the door, or inside")
        WAITED = "waited", _("Waited near the home, school or on the way")
        FOLLOWED = "followed", _("Followed the child")
        OFFERED = "offered", _("Offered a lift, work, money or a place to stay")
        RANG = "rang", _("Rang, or sent a message")
        ONLINE = "online", _("Wrote to the child online")

    # Of these duty and the worker are told, until somebody says what was done.
    TOLD = (Kind.APPROACH, Kind.CONCERN, Kind.MESSAGE, Kind.MATE_FOUND)
    OF_CONTACT = (Kind.CONCERN, Kind.MESSAGE)
    NEVER_TYPED = (*OF_CONTACT, Kind.MATE_FOUND, Kind.STILL_AT_RISK)

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="triggers")
    kind = models.CharField(max_length=12, choices=Kind)
    contact = models.OneToOneField(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="trigger"
    )
    # The episode of whoever was found; who that is no message, page or event of the child says by itself.
    mate = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    happens_at = models.DateTimeField()
    note = models.TextField()
    how = models.CharField(max_length=8, choices=How, blank=True, db_default="")
    person = models.CharField(max_length=200, blank=True, db_default="")
    phone = models.CharField(max_length=30, blank=True, db_default="")
    vehicle = models.CharField(max_length=120, blank=True)
    plate = models.CharField(max_length=20, blank=True, db_default="")
    place = models.CharField(max_length=120, blank=True, db_default="")
    # Of whoever came, the car, or what they wrote: held and shown as every document of the child.
    photo = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What a plate and a number are found by (cases.sign_keys).
    plate_key = models.CharField(max_length=20, blank=True, editable=False, db_default="")
    phone_key = models.CharField(max_length=20, blank=True, editable=False, db_default="")
    recorded_at = models.DateTimeField()
    # Nobody, where the engine entered it: by the birth date, or that a linked child goes where no reader may know.
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=500, blank=True)
    # Of somebody who came: whether the police were rung, and their reference. Null of what was answered before it was asked.
    police_told = models.BooleanField(null=True, blank=True)
    police_reference = models.CharField(max_length=60, blank=True, db_default="")

    class Meta:
        ordering = ["-happens_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key", "child"], name="trigger_once"),
            models.CheckConstraint(name="trigger_says_what", condition=~Q(note="")),
            models.CheckConstraint(
                name="trigger_of_nobody_is_the_engines",
                condition=Q(recorded_by__isnull=False) | Q(kind__in=("turning_18", "move")),
            ),
            models.CheckConstraint(
                name="trigger_of_a_contact_is_its_concern",
                condition=Q(kind__in=("concern", "message"), contact__isnull=False)
                # Somebody new is said by a contact, or by itself.
                | Q(kind="new_contact")
                | (~Q(kind__in=("concern", "message")) & Q(contact=None)),
            ),
            models.CheckConstraint(
                name="trigger_of_a_mate_names_it",
                condition=Q(kind="mate_found", mate__isnull=False) | (~Q(kind="mate_found") & Q(mate=None)),
            ),
            # Found a second time in one search, it is told anew.
            models.UniqueConstraint(
                fields=["child", "mate"],
                condition=Q(answered_at=None, mate__isnull=False),
                name="trigger_of_a_mate_open_once",
            ),
            models.CheckConstraint(
                name="trigger_answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None, answer="")
                # Of a move that the engine entered, the engine says that it does not come.
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""))
                | (
                    Q(answered_at__isnull=False, answered_by=None, kind="move", recorded_by=None)
                    & ~Q(answer="")
                ),
            ),
            models.CheckConstraint(
                name="trigger_says_who_came_of_somebody",
                condition=Q(kind="approach")
                | Q(kind="new_contact", how="")
                | Q(how="", person="", phone="", plate="", place=""),
            ),
            models.CheckConstraint(
                name="trigger_is_found_by_its_plate",
                condition=Q(plate="", plate_key="") | (~Q(plate="") & Q(plate_key__regex=r"^[A-Z0-9]+$")),
            ),
            models.CheckConstraint(
                name="trigger_is_found_by_its_phone",
                condition=Q(phone="", phone_key="") | (~Q(phone="") & Q(phone_key__regex=r"^[0-9]+$")),
            ),
            models.CheckConstraint(
                name="trigger_police_told_by_reference",
                condition=Q(police_told=None, police_reference="")
                | Q(kind="approach", answered_at__isnull=False, police_told=False, police_reference="")
                | (Q(kind="approach", answered_at__isnull=False, police_told=True) & ~Q(police_reference="")),
            ),
        ]
        indexes = [
            models.Index(fields=["plate_key"], name="trigger_by_plate", condition=~Q(plate_key="")),
            models.Index(fields=["phone_key"], name="trigger_by_phone", condition=~Q(phone_key="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} {self.happens_at:%Y-%m-%d}"

    @property
    def watched(self) -> tuple[datetime, datetime]:
        """From when to when the child is watched more closely; what was owed before it was known stays as it was.

        Of what is told when that is over, and of a move that is off before its watch began, an empty span.
        """
        begins_at = max(self.happens_at - AROUND, self.recorded_at)
        if self.is_off and self.answered_at is not None and self.answered_at <= begins_at:
            return begins_at, begins_at
        return begins_at, max(begins_at, self.happens_at + AROUND)

    @property
    def is_off(self) -> bool:
        """Whether it is on record of a move that it does not come, or came on another day: of none is it asked what was done."""
        return self.kind == self.Kind.MOVE and self.answered_at is not None

    @property
    def is_open(self) -> bool:
        """Whether duty and the worker are still to say what they did about it."""
        return self.kind in self.TOLD and self.answered_at is None

    @property
    def standing_photo(self) -> Document | None:
        """The photo, unless it is withdrawn or destroyed; it is fetched with the row."""
        one = self.photo
        return one if one is not None and one.withdrawn_at is None and one.destroyed_at is None else None

    @property
    def who(self) -> str:
        """Who came, as far as anybody saw, in one line; nothing where nobody says."""
        how = self.get_how_display() if self.how else ""
        said = (how, self.person, self.phone, self.plate, self.vehicle, self.place)
        return "; ".join(isolated(one) for one in said if one)
