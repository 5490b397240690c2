"""Who is the personal adviser of a child that is to leave care: from when, and until when."""

import uuid

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.people import User
from cases.models.periods import ends_after_start, no_overlap


class PersonalAdviserQuerySet(models.QuerySet["PersonalAdviser"]):
    def standing(self) -> "PersonalAdviserQuerySet":
        """Those whose end nobody has recorded."""
        return self.recorded().filter(ends_at=None)

    def recorded(self) -> "PersonalAdviserQuerySet":
        """Those that nobody has struck through."""
        return self.filter(withdrawn_at=None)


class PersonalAdviser(models.Model):
    """Somebody by name and phone, with an account here or without; one at a time, and nobody edits who it was."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="personal_advisers")
    name = models.CharField(max_length=150)
    organisation = models.CharField(max_length=200)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    starts_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_why = models.CharField(max_length=500, blank=True)
    # When somebody said that they go on, where another council has become responsible meanwhile.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    objects = PersonalAdviserQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            ends_after_start("adviser_ends_after_start"),
            no_overlap("personal_advisers_do_not_overlap", "child", condition=Q(withdrawn_at=None)),
            models.CheckConstraint(
                name="adviser_says_who",
                condition=~Q(name="") & ~Q(organisation="") & (~Q(phone="") | ~Q(email="")),
            ),
            models.CheckConstraint(
                name="adviser_not_in_the_future", condition=Q(starts_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="adviser_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="adviser_confirmed_by_somebody",
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="adviser_ended_by_somebody",
                condition=Q(ends_at=None, ended_by=None, ended_why="")
                | (Q(ends_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: personal adviser"
