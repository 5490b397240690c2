"""Addresses, people, accounts, plates and numbers of concern: a council's own list, about no child."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.organisations import Authority, PoliceForce
from cases.models.people import User


class SignQuerySet(models.QuerySet["Sign"]):
    def standing(self) -> "SignQuerySet":
        return self.filter(ends_at=None)


class Sign(models.Model):
    """One thing to look out for; taken off by two people, the row stays."""

    class Kind(models.TextChoices):
        ADDRESS = "address", _("Address or place")
        PERSON = "person", _("Person")
        ACCOUNT = "account", _("Account online")
        PLATE = "plate", _("Number plate")
        PHONE = "phone", _("Phone number")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="signs")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=200)
    # What it is found by (cases.sign_keys): letters and digits, of a phone number its digits.
    found_by = models.CharField(max_length=200, editable=False)
    why = models.TextField()
    source = models.CharField(max_length=200)
    # Whether the force in whose area it is reads it on its own page: of an address this one, where it is elsewhere.
    for_force = models.BooleanField()
    force = models.ForeignKey(
        PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="signs"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # One person asks for it to be taken off, and another takes it off.
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = SignQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "found_by"], condition=Q(ends_at=None), name="sign_stands_once"
            ),
            models.CheckConstraint(
                name="sign_says_what_and_why", condition=~Q(text="") & ~Q(why="") & ~Q(source="")
            ),
            models.CheckConstraint(
                name="sign_elsewhere_is_an_address", condition=Q(force=None) | Q(kind="address")
            ),
            models.CheckConstraint(
                name="sign_is_found",
                condition=(~Q(kind="phone") & ~Q(found_by="")) | Q(kind="phone", found_by__regex=r"^[0-9]+$"),
            ),
            models.CheckConstraint(
                name="sign_is_asked_off_with_a_reason",
                condition=Q(asked_at=None, asked_by=None, reason="")
                | (Q(asked_at__isnull=False, asked_by__isnull=False) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="sign_is_taken_off_by_two_people",
                condition=Q(ends_at=None, ended_by=None)
                | (
                    Q(ends_at__isnull=False, ended_by__isnull=False, asked_by__isnull=False)
                    & ~Q(ended_by=F("asked_by"))
                ),
            ),
        ]
        indexes = [models.Index(fields=["found_by"], name="sign_found_by")]

    def __str__(self) -> str:
        return f"{self.authority_id}: {self.kind} {self.pk}"
