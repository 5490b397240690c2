"""A record that must not be destroyed whatever its date says: a court, an inquiry or a claim may ask for it."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.people import User
from cases.models.periods import current, ends_after_start


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def current(self, at: datetime) -> "LegalHoldQuerySet":
        return self.filter(current(at))


class LegalHold(models.Model):
    """A dated mark with its reason; lifting it takes two people."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.TextField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(ends_at=None), name="legal_hold_one_stands"
            ),
            ends_after_start("legal_hold_ends_after_start"),
            models.CheckConstraint(name="legal_hold_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="legal_hold_lifted_by_two_people",
                condition=Q(ends_at=None, lifted_by=None, seconded_by=None, lift_reason="")
                | (
                    Q(ends_at__isnull=False, lifted_by__isnull=False, seconded_by__isnull=False)
                    & ~Q(lifted_by=F("seconded_by"))
                    & ~Q(lift_reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: legal hold"
