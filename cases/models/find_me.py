"""What police need to find a child and no other record holds: the find-me profile (Philomena, part 1), by section."""

from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User


class FindMeQuerySet(models.QuerySet["FindMeSection"]):
    def standing(self, at: datetime | None = None) -> "FindMeQuerySet":
        """Of each section of each child what was written last, by `at` where that is given."""
        known = self.model._default_manager.filter(child=OuterRef("child"), section=OuterRef("section"))
        if at is not None:
            known = known.filter(written_at__lte=at)
        return self.filter(pk=Subquery(known.order_by("-pk").values("pk")[:1]))


class FindMeSection(models.Model):
    """One section as somebody wrote it; what is written later takes its place, and this line stays."""

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETE = "complete", _("Complete")
        # The child or whoever brought them was asked; nobody is made to guess.
        ASKED = "asked", _("Asked, not known")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="find_me_sections")
    section = models.CharField(max_length=10)
    state = models.CharField(max_length=11, choices=State)
    # By question: words.
    answers = models.JSONField(default=dict)
    # Written on a form that says which answers whoever looks after the child reads; what is older was written for others.
    for_carers = models.BooleanField(default=False, db_default=False)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = FindMeQuerySet.as_manager()

    class Meta:
        ordering = ["child", "pk"]
        indexes = [models.Index(fields=["child", "section", "-id"], name="find_me_by_section")]
        constraints = [
            models.CheckConstraint(
                name="find_me_state_known",
                condition=models.Q(state__in=["in_progress", "complete", "asked"]) & ~models.Q(section=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.section}"


class FindMeReviewQuerySet(models.QuerySet["FindMeReview"]):
    def standing(self, at: datetime | None = None) -> "FindMeReviewQuerySet":
        """Those that nobody has struck through, or that stood at `at`."""
        if at is None:
            return self.filter(mistake=None)
        return self.filter(Q(mistake=None) | Q(mistake__recorded_at__gt=at), at__lte=at)


class FindMeReview(models.Model):
    """Somebody went through the whole profile and says that it is right as it stands."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="find_me_reviews")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = FindMeReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["child", "-at"], name="find_me_review_by_child")]

    def __str__(self) -> str:
        return f"{self.child_id}: profile reviewed {self.at:%Y-%m-%d}"
