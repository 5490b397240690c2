"""Which force leads a search, who its officer in the case is, and its being handed from one force to another."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.organisations import PoliceForce
from cases.models.people import User


class ForceOffer(models.Model):
    """One force offers the lead of a search to another, which accepts or declines; until then the first one leads."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Taken back")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="force_offers")
    from_force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    to_force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    # The officer of the force in charge who said so, by name, to whoever wrote it down.
    offered_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=500)
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=9, choices=Answer, blank=True)
    answered_name = models.CharField(max_length=150, blank=True)
    # Of what was accepted: the reference under which the force leads it from now on.
    incident_reference = models.CharField(max_length=60, blank=True)
    answer_reason = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["offered_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["episode"], condition=Q(answer=""), name="force_offer_one_open"),
            models.CheckConstraint(name="force_offer_is_to_another", condition=~Q(from_force=F("to_force"))),
            models.CheckConstraint(
                name="force_offer_says_who_and_why", condition=~Q(offered_name="") & ~Q(reason="")
            ),
            models.CheckConstraint(
                name="force_offer_answered_by_somebody",
                condition=Q(answer="", answered_at=None, answered_by=None, answered_name="", answer_reason="")
                | (
                    ~Q(answer="")
                    & ~Q(answered_name="")
                    & Q(answered_by__isnull=False, answered_at__gte=F("offered_at"))
                ),
            ),
            models.CheckConstraint(
                name="force_offer_accepted_with_reference",
                condition=(Q(answer="accepted") & ~Q(incident_reference=""))
                | (~Q(answer="accepted") & Q(incident_reference="")),
            ),
            models.CheckConstraint(
                name="force_offer_refused_with_reason",
                condition=Q(answer__in=("", "accepted")) | ~Q(answer_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.from_force_id} to {self.to_force_id}"


class ForceInChargeQuerySet(models.QuerySet["ForceInCharge"]):
    def at(self, at: datetime) -> "ForceInChargeQuerySet":
        """The starts that were not after `at`, the last first: that of one episode is the force in charge."""
        return self.filter(starts_at__lte=at).order_by("-starts_at")


class ForceInCharge(models.Model):
    """Append-only: from when a force leads the search of an episode; it does until the episode's next row.

    The first one comes with the first force that is alerted: PostgreSQL writes it, so that no episode with a force
    is without one. Until the police are owed word another may take its place, where the child lives elsewhere by then; from
    then on PostgreSQL refuses one without an offer.
    """

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="forces_in_charge")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    # The offer by which it came; whoever leads as the police are first owed word was offered nothing.
    offer = models.OneToOneField(
        ForceOffer, null=True, blank=True, on_delete=models.PROTECT, related_name="start"
    )

    objects = ForceInChargeQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "starts_at"], name="force_in_charge_one_start"),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.force_id} from {self.starts_at:%Y-%m-%d %H:%M}"


class EpisodeOfficer(models.Model):
    """The officer in the case at one force, from when until when; who was it before stays."""

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="officers")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    collar_number = models.CharField(max_length=30, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    starts_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    # Nobody of rows from before officers had a row of their own.
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(name="episode_officer_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="episode_officer_ends_after_start",
                condition=Q(ends_at=None, ended_by=None)
                | Q(ends_at__gte=F("starts_at"), ended_by__isnull=False),
            ),
            ExclusionConstraint(
                name="episode_officers_do_not_overlap",
                expressions=[
                    ("episode", RangeOperators.EQUAL),
                    ("force", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.force_id}, officer"
