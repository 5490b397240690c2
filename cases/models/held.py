"""What was held for a child on a day: a review of the care plan, a health check, a plan of education, a pathway plan."""

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models.children import Child
from cases.models.people import User


class HeldPaperQuerySet(models.QuerySet["HeldPaper"]):
    def standing(self) -> "HeldPaperQuerySet":
        """Those that nobody has struck through."""
        return self.filter(mistake=None)


class HeldPaper(models.Model):
    """One of these that was held: the day, who led it, and what was decided; nobody edits it."""

    class Kind(models.TextChoices):
        # How the child lives where it is placed, agreed with those who look after it there.
        PLACEMENT_PLAN = "placement_plan", _("Placement plan")
        CARE_PLAN = "care_plan", _("Care plan")
        CARE_REVIEW = "care_review", _("Review of the care plan")
        HEALTH = "health", _("Health assessment")
        # Teeth and eyes seen by somebody who treats them; and which immunisations are given, and which are missing.
        DENTAL = "dental", _("Dental check")
        IMMUNISATION = "immunisation", _("Immunisations checked")
        EYES = "eyes", _("Eye test")
        EDUCATION = "education", _("Personal education plan")
        PATHWAY = "pathway", _("Pathway plan")
        # A personal adviser saw the child that is to leave care, or spoke with it.
        ADVISER_CONTACT = "adviser_contact", _("Contact of the personal adviser")
        # Where the child lives from then on, who is there for them, their papers and their money.
        TURNING_18 = "turning_18", _("Plan for the 18th birthday")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="held_papers")
    kind = models.CharField(max_length=20, choices=Kind)
    # Midday in London of the day on which it was held, or when it was written on that day.
    held_at = models.DateTimeField()
    led_by = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    # Of the plan for the 18th birthday: which adult service, and who there, takes over; or why none does.
    handed_to = models.CharField(max_length=300, blank=True, db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = HeldPaperQuerySet.as_manager()

    class Meta:
        ordering = ["-held_at", "-pk"]
        indexes = [models.Index(fields=["child", "kind", "-held_at"], name="held_paper_by_child")]
        constraints = [
            models.CheckConstraint(
                name="held_paper_not_in_the_future", condition=Q(held_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="held_paper_says_who", condition=~Q(led_by="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} {self.held_at:%Y-%m-%d}"

    @property
    def day(self) -> date:
        """The day on which it was held, in London."""
        return london_day(self.held_at)


# Teeth, immunisations and eyes: looked at by whoever treats them, and held by nobody.
CHECKS = (HeldPaper.Kind.DENTAL, HeldPaper.Kind.IMMUNISATION, HeldPaper.Kind.EYES)
