"""Children who arrived together: one night, one place, so that companions can be found and linked later."""

from django.db import models

from cases.models.organisations import Authority
from cases.models.people import User


class ArrivalGroup(models.Model):
    """A time and a place at which children arrived, as written down by the authority that took them in."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="arrival_groups")
    arrived_at = models.DateTimeField()
    place = models.CharField(max_length=120)
    port = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-arrived_at", "-pk"]
        indexes = [models.Index(fields=["authority", "-arrived_at"], name="arrivals_by_authority")]

    def __str__(self) -> str:
        return f"{self.authority_id}: arrival group {self.pk}"
