"""Lines of what is the council's own, released to a guardian, a home or the police one by one, and what a force has read."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alerts.models.replies import Reply
from cases.models import MissingEpisode, PoliceForce, ReturnInterview, User


class Release(models.Model):
    """One line that one side may read from an instant to another; without a row nobody outside the council reads it."""

    class Side(models.TextChoices):
        GUARDIAN = "guardian", _("The guardian")
        HOME = "home", _("The home")
        POLICE = "police", _("The police who search for the child")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="releases")
    # A line is an answer in one version of a return interview, or what the police wrote in one reply.
    interview = models.ForeignKey(
        ReturnInterview, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    field = models.CharField(max_length=20, blank=True)
    reply = models.ForeignKey(Reply, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Side)
    starts_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Whether it is kept who reads it. Of what was released before that nobody knows whether a force has.
    is_followed = models.BooleanField(default=True, db_default=False)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="release_is_of_one_line",
                condition=(Q(interview__isnull=False, reply=None) & ~Q(field=""))
                | Q(interview=None, field="", reply__isnull=False),
            ),
            models.UniqueConstraint(
                name="release_once",
                fields=["interview", "field", "reply", "side"],
                condition=Q(ends_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="release_ended_by_somebody",
                condition=Q(ends_at=None, ended_by=None)
                # That it has an end is asked by itself: what is compared with none is neither true nor false, and is let in.
                | Q(ends_at__isnull=False, ends_at__gte=F("starts_at"), ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.pk}"


class ReleaseRead(models.Model):
    """Append-only: when an officer of a force first had a released line before them, and who it was."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="reads")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["read_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["release", "force"], name="release_read_once")]

    def __str__(self) -> str:
        return f"release {self.release_id}, read by force {self.force_id}"
