"""Prevention interviews: what an officer asked of a child who is back, as the council wrote it down; withdrawn at most."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.organisations import PoliceForce
from cases.models.people import User


class SeenAlone(models.TextChoices):
    """Whether the officer saw the child without anybody it lives with or came with."""

    YES = "yes", _("Yes")
    NO = "no", _("No, somebody else was there")
    NOT_KNOWN = "not_known", _("Not known")


class PreventionQuerySet(models.QuerySet["PreventionInterview"]):
    def standing(self) -> "PreventionQuerySet":
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)


class PreventionInterview(models.Model):
    """One version of the police's interview after one episode; a correction is the next version, and what stood stays."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(
        MissingEpisode, on_delete=models.PROTECT, related_name="prevention_interviews"
    )
    version = models.PositiveSmallIntegerField()
    held_at = models.DateTimeField()
    # The officer by name and number, and the reference that the force has it under.
    officer = models.CharField(max_length=150)
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60, blank=True)
    seen_alone = models.CharField(max_length=9, choices=SeenAlone)
    said = models.TextField(blank=True)
    # What the child told of harm done to it, or of being made to do something; nothing where it told of none.
    harm = models.TextField(blank=True)
    referred_to = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = PreventionQuerySet.as_manager()

    class Meta:
        ordering = ["episode", "version"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "version"], name="prevention_interview_version_once"),
            models.CheckConstraint(
                name="prevention_interview_not_in_the_future", condition=Q(held_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="prevention_interview_held_by_somebody", condition=~Q(officer="") & ~Q(seen_alone="")
            ),
            models.CheckConstraint(
                name="prevention_interview_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: prevention interview {self.version}"
