"""The reference that a force gave for a child who is away, and known where: no report of a missing child."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.organisations import PoliceForce
from cases.models.people import User


class AwayReference(models.Model):
    """Append-only: a force was told that the child is away; the last one stands, and alerts nobody while it is known where."""

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="away_references")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(_("police reference"), max_length=60)
    officer = models.CharField(max_length=150, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["episode", "recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(name="away_reference_is_given", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: away, {self.force_id}"
