"""A referral of a child to the National Referral Mechanism, and each step that it took."""

import uuid
from collections.abc import Collection
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models.children import Child
from cases.models.organisations import Authority
from cases.models.people import User
from cases.states import NRM_OPEN, NrmStatus


class FirstResponderQuerySet(models.QuerySet["FirstResponder"]):
    def on(self, day: date) -> "FirstResponderQuerySet":
        """Those that may refer on `day`."""
        by_law, by_us = Q(valid_to=None) | Q(valid_to__gte=day), Q(ended_date=None) | Q(ended_date__gte=day)
        return self.filter(by_law, by_us)


class FirstResponder(models.Model):
    """An organisation that may refer to the NRM [Modern Slavery Act 2015 s.52 and its regulations]; reference data."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    # By the reference data, and by an administrator: reading the former anew leaves the latter as it is.
    valid_to = models.DateField(null=True, blank=True)
    ended_date = models.DateField(null=True, blank=True)

    objects = FirstResponderQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            # One list for all: written otherwise it is the same organisation.
            models.UniqueConstraint(Upper("name"), name="first_responder_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> date | None:
        """The last day on which it may refer; None where none is known."""
        return min((day for day in (self.valid_to, self.ended_date) if day is not None), default=None)


class NrmReferrerQuerySet(models.QuerySet["NrmReferrer"]):
    def current(self) -> "NrmReferrerQuerySet":
        """Those whom nobody has taken off the list."""
        return self.filter(ends_at=None)

    def of(self, authority_ids: Collection[int]) -> "NrmReferrerQuerySet":
        """Those who were named for one of these authorities, or for one that has passed to it."""
        ended = Authority.objects.filter(successors__in=authority_ids)
        return self.filter(Q(authority__in=authority_ids) | Q(authority__in=ended))


class NrmReferrer(models.Model):
    """Somebody who makes a council's referrals: whoever suspects trafficking asks them, and anybody may write it down."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="nrm_referrers")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = NrmReferrerQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="nrm_referrer_named_once", fields=["authority", "person"], condition=Q(ends_at=None)
            ),
            models.CheckConstraint(
                name="nrm_referrer_ended_by_somebody",
                condition=Q(ends_at=None, ended_by=None)
                | Q(ends_at__gte=F("starts_at"), ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id}: referrals by {self.person_id}"


class CompetentAuthority(models.TextChoices):
    """Who decides: the Home Office's own body for children, or the panel of an area.

    Immigration enforcement's decides about adults alone: it stands on record of who was once said to be its, and is said
    of nobody any more.
    """

    SCA = "sca", _("Single Competent Authority")
    IECA = "ieca", _("Immigration Enforcement Competent Authority")
    PANEL = "panel", _("Local decision panel")


class NrmReferral(models.Model):
    """One referral; the child's reference of the NRM stands among the child's own references.

    Consent of a child is not asked for. While it is open the child is watched as in the first 30 days: from
    `starts_at`, when it came on record, until `ends_at`.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="nrm_referrals")
    first_responder = models.ForeignKey(FirstResponder, on_delete=models.PROTECT, related_name="+")
    made_by = models.CharField(max_length=150)
    # Midday in London of the day on which it was made, or when it was written on that day.
    referred_at = models.DateTimeField()
    competent_authority = models.CharField(max_length=5, choices=CompetentAuthority)
    status = models.CharField(max_length=24, choices=NrmStatus, default=NrmStatus.REFERRED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="nrm_one_open_referral", fields=["child"], condition=Q(status__in=NRM_OPEN)
            ),
            models.CheckConstraint(
                name="nrm_open_until_it_ends",
                condition=Q(status__in=NRM_OPEN, ends_at=None)
                | (~Q(status__in=NRM_OPEN) & Q(ends_at__gte=F("starts_at"))),
            ),
            models.CheckConstraint(
                name="nrm_referral_not_in_the_future", condition=Q(referred_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="nrm_referral_says_who", condition=~Q(made_by="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: NRM {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status in NRM_OPEN

    @property
    def day(self) -> date:
        """The day on which it was made, in London."""
        return london_day(self.referred_at)


class NrmStep(models.Model):
    """A decision, another turn, or that somebody asked for the decision that is awaited; nobody edits it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(NrmReferral, on_delete=models.PROTECT, related_name="steps")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="nrm_steps")
    before = models.CharField(max_length=24, choices=NrmStatus)
    # The same as before where somebody asked for the decision.
    status = models.CharField(max_length=24, choices=NrmStatus)
    # Midday in London of its day, or when it was written on that day.
    happened_at = models.DateTimeField()
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Of a step that ends the referral, and with it the closer watch.
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["child", "-recorded_at"], name="nrm_step_by_child")]
        constraints = [
            models.CheckConstraint(
                name="nrm_step_not_in_the_future", condition=Q(happened_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="nrm_ended_by_two",
                condition=Q(status__in=NRM_OPEN)
                | (Q(seconded_by__isnull=False) & ~Q(seconded_by=F("recorded_by"))),
            ),
            models.CheckConstraint(
                name="nrm_asking_says_what_was_answered", condition=~Q(status=F("before")) | ~Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: NRM {self.before} to {self.status}"

    @property
    def day(self) -> date:
        """Its day in London."""
        return london_day(self.happened_at)

    @property
    def is_asking(self) -> bool:
        """Whether somebody asked for the decision, and nothing else changed."""
        return self.status == self.before
