"""How an episode ended, as it was written down: where the child is, who checked it, and whether an interview was offered."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.people import User
from cases.states import EpisodeOutcome


class Condition(models.TextChoices):
    """How the child is, in the words of whoever saw them."""

    WELL = "well", _("Well, as far as anybody can see")
    UNWELL = "unwell", _("Hurt, ill or in distress")
    NOT_KNOWN = "not_known", _("Not known")


class EpisodeEnding(models.Model):
    """Append-only: what duty wrote when it ended an episode; none of it stands in any mail."""

    episode = models.OneToOneField(MissingEpisode, on_delete=models.PROTECT, related_name="ending")
    outcome = models.CharField(max_length=16, choices=EpisodeOutcome)
    found_by = models.CharField(max_length=150, blank=True)
    found_place = models.CharField(max_length=200, blank=True)
    where_now = models.CharField(max_length=200, blank=True)
    condition = models.CharField(max_length=9, choices=Condition, blank=True)
    # Of a child in hospital: who is with them.
    with_child = models.CharField(max_length=150, blank=True)
    # Of a child with family: who looked at the family and where they live.
    checked_by = models.CharField(max_length=150, blank=True)
    # Of a child detained or housed as an adult: who decided it.
    decided_by = models.CharField(max_length=150, blank=True)
    interview_offered = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="ending_in_hospital_says_who_is_there",
                condition=~Q(outcome="hospital") | ~Q(with_child=""),
            ),
            models.CheckConstraint(
                name="ending_with_family_says_who_checked",
                condition=~Q(outcome="with_family") | ~Q(checked_by=""),
            ),
            models.CheckConstraint(
                name="ending_as_adult_says_who_decided",
                condition=~Q(outcome="treated_as_adult") | ~Q(decided_by=""),
            ),
            models.CheckConstraint(
                name="ending_as_late_record_says_who_saw",
                condition=~Q(outcome="recording_late") | ~Q(found_by=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.outcome}"
