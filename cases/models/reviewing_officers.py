"""Who reviews the care of a looked-after child, independently of whoever has its work: from when, and until when."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models.care import CareEnd
from cases.models.children import Child
from cases.models.concerns import KeepFrom
from cases.models.organisations import as_a_whole
from cases.models.people import Membership, Role, User
from cases.models.periods import ends_after_start, no_overlap
from cases.models.responsibility import Responsibility


class ReviewingOfficerQuerySet(models.QuerySet["ReviewingOfficer"]):
    def recorded(self) -> "ReviewingOfficerQuerySet":
        """Those that nobody has struck through."""
        return self.filter(withdrawn_at=None)

    def standing(self) -> "ReviewingOfficerQuerySet":
        """Those whose end nobody has recorded."""
        return self.recorded().filter(ends_at=None)

    def reviewing(self, at: datetime) -> "ReviewingOfficerQuerySet":
        """Of those that stand the ones whose child is looked after at `at` and whose case is open: there is care to review."""
        ended = CareEnd.objects.current(at).filter(child=OuterRef("child"))
        return self.standing().filter(~Exists(ended), child__closed_at=None)

    def in_post(self, at: datetime, *, day: Any = None) -> "ReviewingOfficerQuerySet":
        """Of those who review care the ones with an account whose role is theirs at `at`, where the child is.

        Whoever has left the council that is responsible, or that whose place it has taken, reviews nobody of it, whatever
        they are elsewhere; nor a child who is kept from them.
        """
        return self.reviewing(at)._in_role(Q(), at, day or london_day(at))

    def serving(self, at: datetime) -> "ReviewingOfficerQuerySet":
        """Of those that stand the ones who are it still at `at`: by name alone, or whose role is theirs where the child is."""
        return self.standing()._in_role(Q(user=None), at, london_day(at))

    def _in_role(self, anyhow: Q, at: datetime, day: date) -> "ReviewingOfficerQuerySet":
        begun = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=at)
        latest = begun.order_by("-starts_at").values("authority")[:1]
        whole = as_a_whole(OuterRef("responsible"), "authority__")
        taken = Q(authority__successors=OuterRef("responsible"), authority__valid_to__lte=day)
        roles = Membership.objects.current(at).filter(
            Q(authority=OuterRef("responsible")) | (taken & whole),
            role=Role.REVIEWING_OFFICER,
            user=OuterRef("user"),
        )
        marks = KeepFrom.objects.current(at).filter(child=OuterRef("child"), user=OuterRef("user"))
        return self.alias(responsible=Subquery(latest)).filter(anyhow | Exists(roles), ~Exists(marks))


class ReviewingOfficer(models.Model):
    """Somebody with an account here, or else by name with phone or address; one at a time, and nobody edits who it was."""

    class Ended(models.TextChoices):
        """Why somebody is it no more."""

        FOLLOWED = "followed", _("Another reviewing officer took over")
        LEFT = "left", _("Is the reviewing officer no more")
        TRANSFER = "transfer", _("Another council is responsible")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="reviewing_officers")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="reviewed_children"
    )
    name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    starts_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_as = models.CharField(max_length=8, choices=Ended, blank=True)
    ended_why = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    objects = ReviewingOfficerQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [
            models.Index(
                fields=["user"],
                name="reviewing_officer_by_user",
                condition=Q(user__isnull=False, ends_at=None, withdrawn_at=None),
            )
        ]
        constraints = [
            ends_after_start("reviewing_officer_ends_after_start"),
            no_overlap("reviewing_officers_do_not_overlap", "child", condition=Q(withdrawn_at=None)),
            models.CheckConstraint(
                name="reviewing_officer_says_who",
                condition=Q(user__isnull=False, name="", phone="", email="")
                | (Q(user=None) & ~Q(name="") & (~Q(phone="") | ~Q(email=""))),
            ),
            models.CheckConstraint(
                name="reviewing_officer_not_in_the_future", condition=Q(starts_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="reviewing_officer_ended_by_somebody",
                condition=Q(ends_at=None, ended_by=None, ended_as="", ended_why="")
                | (
                    Q(ends_at__isnull=False, ended_by__isnull=False)
                    & Q(ended_as__in=("followed", "transfer"), ended_why="")
                )
                | (Q(ends_at__isnull=False, ended_by__isnull=False, ended_as="left") & ~Q(ended_why="")),
            ),
            models.CheckConstraint(
                name="reviewing_officer_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: reviewing officer"

    @property
    def said_name(self) -> str:
        """Who it is: by the account where there is one, as it is called now."""
        return self.user.name if self.user is not None else self.name

    @property
    def said_phone(self) -> str:
        """Where they are rung; empty where nothing is known."""
        return self.user.phone if self.user is not None else self.phone

    @property
    def said_email(self) -> str:
        """Where they are written to."""
        return self.user.email if self.user is not None else self.email
