"""What is said of a child's birth date, and what was decided about their age: every claim and decision is kept."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import AgeStatus, BirthDateBasis, BirthDatePrecision, Child
from cases.models.people import User


class AgeDecision(models.Model):
    """Append-only: one decision about a child's age, by whom and on which grounds; it holds until the next.

    While reasonable grounds say so a person is presumed a child (interim guidance under section 49 of the Modern
    Slavery Act 2015), so a decision that ends the watch, or leaves a weekly visit of it, takes two people.
    """

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="age_decisions")
    age_status = models.CharField(max_length=26, choices=AgeStatus)
    was = models.CharField(max_length=26, choices=AgeStatus)
    decided_date = models.DateField(_("date of the decision"))
    decided_by = models.CharField(_("who decided"), max_length=200)
    grounds = models.TextField()
    # Where somebody whom another body treats as an adult is held or housed: there is no placement to say so.
    place = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["recorded_at", "pk"]
        indexes = [models.Index(fields=["child", "recorded_at"], name="age_decisions_of_child")]
        constraints = [
            models.CheckConstraint(
                name="age_adult_by_two_people",
                condition=~Q(age_status__in=("assessed_adult", "treated_as_adult_elsewhere"))
                | (Q(seconded_by__isnull=False) & ~Q(seconded_by=F("recorded_by"))),
            ),
            models.CheckConstraint(
                name="age_elsewhere_has_its_place",
                condition=~Q(age_status=AgeStatus.ADULT_ELSEWHERE) | ~Q(place=""),
            ),
            models.CheckConstraint(name="age_decision_decides", condition=~Q(age_status=F("was"))),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.age_status}"


class BirthDateClaim(models.Model):
    """Append-only: one birth date that somebody or something gave, and whether the child's age goes by it from then on."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="birth_date_claims")
    birth_date = models.DateField()
    precision = models.CharField(max_length=9, choices=BirthDatePrecision)
    basis = models.CharField(max_length=8, choices=BirthDateBasis)
    source = models.CharField(_("who or what says so"), max_length=200)
    goes_by_it = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["recorded_at", "pk"]
        indexes = [models.Index(fields=["child", "recorded_at"], name="birth_dates_of_child")]

    def __str__(self) -> str:
        return f"{self.child_id}: a birth date"
