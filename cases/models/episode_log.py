"""What is added to an episode while it runs: updates, calls, and how it was graded; nothing of it is rewritten."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Risk
from cases.models.episodes import MissingEpisode, PoliceGrade
from cases.models.people import User


class EpisodeUpdate(models.Model):
    """Append-only: something new, from the side of whoever wrote it."""

    class Side(models.TextChoices):
        COUNCIL = "council", _("Council")
        HOME = "home", _("Home")
        GUARDIAN = "guardian", _("Guardian")

    # Of a form that was sent twice; none of what the service wrote of itself, or before there were keys.
    key = models.UUIDField(null=True, unique=True, editable=False)
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="updates")
    side = models.CharField(max_length=8, choices=Side)
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]
        constraints = [models.CheckConstraint(name="episode_update_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"{self.episode_id}: update {self.pk}"


class EpisodeCall(models.Model):
    """Append-only: one call about an episode, who rang whom on which number, who answered and what was said."""

    class Direction(models.TextChoices):
        OUT = "out", _("We rang them")
        IN = "in", _("They rang us")

    key = models.UUIDField(null=True, unique=True, editable=False)
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="calls")
    direction = models.CharField(max_length=3, choices=Direction)
    party = models.CharField(max_length=150)
    number = models.CharField(max_length=30, blank=True)
    rung_at = models.DateTimeField()
    # Nobody where it rang out: that is on record too.
    answered_by = models.CharField(max_length=150, blank=True)
    said = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["rung_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="episode_call_not_in_the_future", condition=Q(rung_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="episode_call_names_whom", condition=~Q(party="")),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: call {self.pk}"


class EpisodeGrade(models.Model):
    """Append-only: a grade that was given, whose it is, and why; the one in force stands on the episode."""

    class Whose(models.TextChoices):
        OURS = "ours", _("Ours")
        POLICE = "police", _("The police’s")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="grades")
    whose = models.CharField(max_length=6, choices=Whose)
    grade = models.CharField(max_length=8)
    before = models.CharField(max_length=8, blank=True)
    reason = models.TextField()
    # We asked the police for high with this reason; the grade is theirs.
    asked_for_high = models.BooleanField(default=False)
    graded_at = models.DateTimeField()
    graded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["graded_at", "pk"]
        constraints = [models.CheckConstraint(name="episode_grade_says_why", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.whose} {self.grade}"

    @property
    def words(self) -> str:
        """The grade as a reader says it."""
        return str(
            PoliceGrade(self.grade).label if self.grade in PoliceGrade.values else Risk(self.grade).label
        )
