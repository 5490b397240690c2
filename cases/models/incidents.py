"""Children who went missing together: one incident, in which each of them has an episode of its own."""

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.episodes import MissingEpisode
from cases.models.people import User


class Incident(models.Model):
    """One going together; where two turn out to be one, the later row says into which it went."""

    began_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    class Meta:
        ordering = ["began_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="incident_is_not_its_own", condition=Q(merged_into=None) | ~Q(merged_into=F("pk"))
            )
        ]

    def __str__(self) -> str:
        return f"incident {self.pk}"


class IncidentEpisode(models.Model):
    """An episode belongs to an incident, until somebody says with a reason that this child did not go with the others.

    Who the others are stands in their own rows alone: nothing of this child says it.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="episodes")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="incidents")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode"], condition=Q(withdrawn_at=None), name="incident_of_an_episode_once"
            ),
            models.CheckConstraint(
                name="incident_left_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (
                    Q(withdrawn_at__gte=F("recorded_at"), withdrawn_by__isnull=False)
                    & ~Q(withdrawn_reason="")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["incident"], name="incident_standing", condition=Q(withdrawn_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.episode_id} in {self.incident_id}"
