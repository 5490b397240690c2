"""For which of the councils of a police force an officer's account is confirmed."""

from django.db import models

from cases.models.organisations import Authority
from cases.models.people import Membership, User


class OfficerConfirmation(models.Model):
    """One council's word that the holder of this role is an officer: of its children they read and answer from then on."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="confirmations")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    # None where it came with the role: of the councils of whoever gave it.
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    # Whether it is the word of another than of whoever gave the role, or there was no other to ask.
    second = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "authority"], name="officer_confirmed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id}: {self.authority_id}"
