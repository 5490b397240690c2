"""Reviews of a missing episode that stays open: which one, when it was due, when it was held, and what it decided."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.people import User
from cases.review_dates import Review


class MissingReviewQuerySet(models.QuerySet["MissingReview"]):
    def standing(self) -> "MissingReviewQuerySet":
        """Those whose record nobody has withdrawn."""
        return self.filter(withdrawn_at=None)


class MissingReview(models.Model):
    """One review that was held; the calendar of those due is `cases.review_dates`."""

    class Kind(models.TextChoices):
        MULTI_AGENCY = Review.MULTI_AGENCY, _("Multi-agency review")
        DAY_28 = Review.DAY_28, _("Formal review on day 28")
        MONTH_3 = Review.MONTH_3, _("Review at 3 months")
        MONTH_6 = Review.MONTH_6, _("Review at 6 months")
        YEARLY = Review.YEARLY, _("Yearly review")
        # Held outside the calendar: it answers none that is due.
        EXTRA = "extra", _("Extra review")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=12, choices=Kind)
    # None of an extra one.
    due_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField()
    chair = models.CharField(max_length=150)
    note = models.TextField()
    police_asked_at = models.DateTimeField(null=True, blank=True)
    police_spoken_to = models.CharField(max_length=150, blank=True)
    police_reference = models.CharField(max_length=60, blank=True)
    police_answer = models.TextField(blank=True)
    # Why nobody has asked them yet.
    police_not_asked = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = MissingReviewQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "due_at"], condition=Q(withdrawn_at=None), name="review_held_once"
            ),
            models.CheckConstraint(
                name="review_due_unless_extra",
                condition=Q(kind="extra", due_at=None) | (~Q(kind="extra") & Q(due_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="review_not_in_the_future", condition=Q(held_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="review_says_who_and_what", condition=~Q(chair="") & ~Q(note="")),
            # Neither is said of those that were recorded before it was asked for.
            models.CheckConstraint(
                name="review_says_what_the_police_answered",
                condition=Q(police_asked_at=None, police_spoken_to="", police_reference="", police_answer="")
                | (
                    Q(police_asked_at__lte=F("recorded_at"), police_not_asked="")
                    & ~Q(police_spoken_to="")
                    & ~Q(police_answer="")
                ),
            ),
            models.CheckConstraint(
                name="review_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.kind}"
