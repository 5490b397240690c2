"""Reviews of a missing episode that stays open: which one, when it was due, when it was held, and what it decided."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.people import User


class MissingReview(models.Model):
    """One review that was held; the calendar of those due is `cases.reviews.calendar`."""

    class Kind(models.TextChoices):
        MULTI_AGENCY = "multi_agency", _("Multi-agency review")
        DAY_28 = "day_28", _("Formal review on day 28")
        MONTH_3 = "month_3", _("Review at 3 months")
        MONTH_6 = "month_6", _("Review at 6 months")
        YEARLY = "yearly", _("Yearly review")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=12, choices=Kind)
    due_at = models.DateTimeField()
    held_at = models.DateTimeField()
    chair = models.CharField(max_length=150)
    note = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "due_at"], name="review_held_once"),
            models.CheckConstraint(
                name="review_not_in_the_future", condition=Q(held_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="review_says_who_and_what", condition=~Q(chair="") & ~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.kind}"
