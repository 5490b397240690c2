"""A visit by the social worker to where the child lives, and the word that the authority of the area was told."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.contacts import Contact
from cases.models.people import User
from cases.models.placements import Placement


class VisitQuerySet(models.QuerySet["Visit"]):
    def counted(self) -> "VisitQuerySet":
        """Those at which the child was seen, less those whose sighting was withdrawn since."""
        return self.filter(seen=True, contact__withdrawn_at=None)


class Visit(models.Model):
    """One visit, which nobody edits. The child seen is a contact too, recorded in the same commit."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="visits")
    visited_at = models.DateTimeField()
    seen = models.BooleanField()
    # Without anybody else in the room; nothing where the child was not seen.
    seen_alone = models.BooleanField(null=True, blank=True)
    place = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    # Whether the placement is meant to last until the child is 18, as the worker judged at the visit.
    lasting = models.BooleanField(default=False)
    # Whether the child, who is fostered for long, agreed at the visit to be visited less often.
    agreed_less = models.BooleanField(default=False, db_default=False)
    contact = models.OneToOneField(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="visit"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-visited_at", "-pk"]
        indexes = [models.Index(fields=["child", "-visited_at"], name="visit_by_child")]
        constraints = [
            models.CheckConstraint(
                name="visit_not_in_the_future", condition=Q(visited_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="visit_seen_is_a_contact",
                condition=Q(seen=True, contact__isnull=False, seen_alone__isnull=False)
                | (Q(seen=False, contact=None, seen_alone=None) & ~Q(note="")),
            ),
            models.CheckConstraint(name="visit_says_where", condition=~Q(place="")),
            models.CheckConstraint(
                name="visit_agreed_by_a_child_who_was_seen",
                condition=Q(agreed_less=False) | Q(seen=True, lasting=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: visit {self.visited_at:%Y-%m-%d}"


class VisitRequestQuerySet(models.QuerySet["VisitRequest"]):
    def standing(self) -> "VisitRequestQuerySet":
        """Those that nobody has struck through."""
        return self.filter(mistake=None)


class VisitRequest(models.Model):
    """The child asked to be visited, or complained; nobody edits it, and the next visit at which it is seen answers it."""

    class Kind(models.TextChoices):
        ASKED = "asked", _("The child asked for a visit")
        COMPLAINT = "complaint", _("The child complained about the placement or the care")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="visit_requests")
    kind = models.CharField(max_length=9, choices=Kind)
    asked_at = models.DateTimeField()
    words = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = VisitRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="visit_request_not_in_the_future", condition=Q(asked_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="visit_request_says_what", condition=~Q(words="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: visit asked for {self.asked_at:%Y-%m-%d}"


class HostNoticeQuerySet(models.QuerySet["HostNotice"]):
    def standing(self) -> "HostNoticeQuerySet":
        """Those that nobody has struck through."""
        return self.filter(mistake=None)


class HostNotice(models.Model):
    """The authority in whose area a child was placed was told of it, whom there and when; nobody edits it."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="host_notices")
    # One that was told of a placement before its area was corrected was another authority.
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="host_notices")
    told_at = models.DateTimeField()
    told_whom = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = HostNoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="host_notice_not_in_the_future", condition=Q(told_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="host_notice_says_whom", condition=~Q(told_whom="")),
        ]

    def __str__(self) -> str:
        return f"host told of placement {self.placement_id}"
