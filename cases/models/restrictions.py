"""A child's record open to named people alone, since when, and who they are."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.people import User
from cases.models.periods import back_after_end, comes_back, current, ends_after_start, no_overlap, stands


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def current(self, at: datetime) -> "RestrictionQuerySet":
        return self.filter(stands(at))


class Restriction(models.Model):
    """From its start on the record is open to the people it names; lifting it takes two people and a reason."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="restrictions")
    reason = models.TextField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)
    # Lifted until then: from that instant on the same mark counts again, in a row of its own once one is written.
    back_at = models.DateTimeField(null=True, blank=True)
    is_back = models.BooleanField(default=False, db_default=False)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("restriction_ends_after_start"),
            back_after_end("restriction_is_back_after_its_end"),
            no_overlap("restrictions_do_not_overlap", "child"),
            models.CheckConstraint(name="restriction_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="restriction_lifted_by_two_people",
                condition=Q(ends_at=None)
                | (
                    Q(lifted_by__isnull=False, seconded_by__isnull=False)
                    & ~Q(lifted_by=F("seconded_by"))
                    & ~Q(lift_reason="")
                ),
            ),
        ]
        indexes = [comes_back("restriction_comes_back")]

    def __str__(self) -> str:
        return f"{self.child_id}: restricted"


class NamedPersonQuerySet(models.QuerySet["NamedPerson"]):
    def current(self, at: datetime) -> "NamedPersonQuerySet":
        return self.filter(current(at))


class NamedPerson(models.Model):
    """Somebody to whom a restricted record stays open: a person, never a role; one who is named later, by two people."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="named")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # With the restriction itself: that raises a guard and waits for nobody.
    at_first = models.BooleanField()
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    # The day until which they were named, or when somebody took the name off.
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = NamedPersonQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("named_person_ends_after_start"),
            no_overlap("named_person_named_once", "restriction", "user"),
            models.CheckConstraint(
                name="named_person_later_by_two_people",
                condition=Q(at_first=True, seconded_by=None)
                | (
                    Q(at_first=False, seconded_by__isnull=False)
                    & ~Q(named_by=F("seconded_by"))
                    & ~Q(user=F("seconded_by"))
                    & ~Q(reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.restriction_id}: named {self.user_id}"
