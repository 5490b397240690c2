"""What was told about a child to somebody outside, and what was asked for and refused."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User


class Disclosure(models.Model):
    """Append-only: to whom, what, why and on which basis; or what was refused, and why."""

    class Outcome(models.TextChoices):
        SHARED = "shared", _("Shared")
        REFUSED = "refused", _("Refused")

    class Basis(models.TextChoices):
        """The lawful basis [domain document 6: UK GDPR art. 6, 9 and 15, Data Protection Act 2018 Sch. 1 and 2]."""

        SAFEGUARDING = "safeguarding", _("Our public task: safeguarding a child")
        DUTY = "duty", _("A legal duty, such as the order of a court")
        VITAL = "vital", _("To protect somebody’s life")
        CRIME = "crime", _("To prevent or investigate a crime")
        ACCESS = "access", _("The right of the child to see their own data")
        CONSENT = "consent", _("The child’s consent")
        # Of what was refused alone.
        NONE = "none", _("None that holds")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="disclosures")
    outcome = models.CharField(max_length=8, choices=Outcome)
    body = models.CharField(max_length=120)
    person = models.CharField(max_length=120)
    what = models.TextField()
    reason = models.TextField()
    basis = models.CharField(max_length=12, choices=Basis)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="disclosure_once"),
            models.CheckConstraint(
                name="disclosure_says_to_whom_what_and_why",
                condition=~Q(body="") & ~Q(person="") & ~Q(what="") & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="disclosure_shared_on_a_basis", condition=Q(outcome="refused") | ~Q(basis="none")
            ),
        ]
        indexes = [models.Index(fields=["-recorded_at", "-id"], name="disclosure_newest")]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.outcome} {self.pk}"
