"""The safeguarding plan of a child, in versions that stand as they were written, and the actions that it asks of people."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.episodes import MissingEpisode
from cases.models.people import User
from cases.models.placements import Placement
from cases.models.supervisions import Discussion


class ContactRow(models.TextChoices):
    """The row of the contact policy that a plan asks for beside those that apply anyhow; the strictest counts."""

    AS_ASKED = "", _("As the policy asks, no closer")
    ONCE = "ordinary", _("At least once a day")
    TWICE = "high", _("At least twice a day")
    THRICE = "first_30_days", _("At least three times a day, seen face to face")
    ROLL_CALLS = "first_72_hours", _("At every roll-call, five times a day")


class Agreement(models.TextChoices):
    """What the child says to the plan."""

    AGREES = "agrees", _("Agrees")
    IN_PART = "in_part", _("Agrees in part")
    DISAGREES = "disagrees", _("Does not agree")
    NOT_ASKED = "not_asked", _("Not asked yet")


class SafetyPlan(models.Model):
    """One version; it holds until the next, and nobody edits it.

    `comes_back` is the closer contact of the version before, where this one asks for less: two people say so, and it
    counts again from `comes_back_at` unless a later version says otherwise.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="plans")
    goals = models.TextField()
    contact_row = models.CharField(max_length=20, choices=ContactRow, blank=True)
    comes_back = models.CharField(max_length=20, choices=ContactRow, blank=True)
    comes_back_at = models.DateTimeField(null=True, blank=True)
    why_less = models.TextField(blank=True)
    phone_plan = models.TextField(blank=True)
    visitors = models.TextField(blank=True)
    safe_words = models.CharField(max_length=300, blank=True)
    travel_rules = models.TextField(blank=True, db_default="", default="")
    # Who may know where the child lives; never where that is.
    address_secrecy = models.TextField(blank=True, db_default="", default="")
    guardian_contact = models.TextField(blank=True, db_default="", default="")
    # Which agencies hold a copy.
    copied_to = models.CharField(max_length=300, blank=True, db_default="", default="")
    # For whoever is there when the child is not.
    if_missing = models.TextField()
    # Empty of a version from before it was asked of each.
    contacts = models.TextField(blank=True)
    child_agrees = models.CharField(max_length=9, choices=Agreement)
    child_words = models.TextField(blank=True)
    agreed_with = models.CharField(max_length=300)
    review_date = models.DateField()
    recorded_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # A manager signs it. Of a version from before that was asked nobody is asked to.
    to_sign = models.BooleanField(default=True, db_default=False)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["child", "-recorded_at"], name="plan_by_child")]
        constraints = [
            models.CheckConstraint(
                name="plan_says_what_and_who", condition=~Q(goals="") & ~Q(if_missing="") & ~Q(agreed_with="")
            ),
            models.CheckConstraint(
                name="plan_less_contact_comes_back",
                condition=Q(comes_back="", comes_back_at=None)
                | (~Q(comes_back="") & Q(comes_back_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="plan_seconded_by_another",
                condition=Q(seconded_by=None) | (~Q(seconded_by=F("written_by")) & ~Q(why_less="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: plan of {self.recorded_at:%Y-%m-%d}"


class PlanSignature(models.Model):
    """A manager has read a version and agrees to it; nobody edits it, and the next version asks for another."""

    plan = models.OneToOneField(SafetyPlan, on_delete=models.PROTECT, related_name="signature")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="plan_signatures")
    # A copy: who wrote it is not who signs it.
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_signed_by_another", condition=~Q(signed_by=F("written_by"))),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: signed"


class OwnerKind(models.TextChoices):
    """Who does an action: of whom the council is, who has an account of another house, and who has none."""

    COUNCIL = "council", _("Somebody of the council")
    HOME = "home", _("The home")
    GUARDIAN = "guardian", _("The guardian")
    OUTSIDE = "outside", _("Somebody without an account")


class PlanActionQuerySet(models.QuerySet["PlanAction"]):
    def open(self) -> "PlanActionQuerySet":
        """Those that nobody has done or withdrawn; what a placement cannot keep ends with the placement."""
        return self.filter(ended_at=None).filter(Q(placement=None) | Q(placement__ends_at=None))


def _has_one_owner() -> Q:
    """A person with an account, a placement, or somebody by name and role whom a phone or an address reaches."""
    nobody = Q(owner_name="", owner_role="", owner_phone="", owner_email="")
    reached = ~Q(owner_name="") & ~Q(owner_role="") & (~Q(owner_phone="") | ~Q(owner_email=""))
    people = Q(owner_kind__in=(OwnerKind.COUNCIL, OwnerKind.GUARDIAN), owner__isnull=False)
    return (
        (people & Q(owner_placement=None) & nobody)
        | (Q(owner_kind=OwnerKind.HOME, owner=None, owner_placement__isnull=False) & nobody)
        | (Q(owner_kind=OwnerKind.OUTSIDE, owner=None, owner_placement=None) & reached)
    )


class PlanAction(models.Model):
    """What somebody does by a day; of a placement that cannot keep the plan: what it cannot, and by when that is put right.

    It goes on from version to version until it is done, or withdrawn with a reason.
    """

    class Ending(models.TextChoices):
        DONE = "done", _("Done")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="plan_actions")
    placement = models.ForeignKey(
        Placement, null=True, blank=True, on_delete=models.PROTECT, related_name="shortfalls"
    )
    # Where it was decided in a supervision: with what was said of the child there.
    discussion = models.ForeignKey(
        Discussion, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    what = models.CharField(max_length=500)
    owner_kind = models.CharField(
        max_length=8, choices=OwnerKind, default=OwnerKind.COUNCIL, db_default=OwnerKind.COUNCIL
    )
    # Of the council, or the child's guardian.
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="plan_actions"
    )
    # The home, as long as the child is in this placement: whoever works there does it.
    owner_placement = models.ForeignKey(
        Placement, null=True, blank=True, on_delete=models.PROTECT, related_name="promised_actions"
    )
    # Somebody who has no account.
    owner_name = models.CharField(max_length=200, blank=True, db_default="")
    owner_role = models.CharField(max_length=200, blank=True, db_default="")
    owner_phone = models.CharField(max_length=30, blank=True, db_default="")
    owner_email = models.EmailField(blank=True, db_default="")
    # Since when it is this owner's, where it was given to another than was asked first.
    given_at = models.DateTimeField(null=True, blank=True)
    by_date = models.DateField()
    # Promised to the child in the return interview of this episode; `looks_again` is the day on which it is looked at again.
    interview_of = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="promises"
    )
    looks_again = models.BooleanField(default=False, db_default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=9, choices=Ending, blank=True)
    # What was done, or why nobody has to any more.
    said = models.TextField(blank=True)

    objects = PlanActionQuerySet.as_manager()

    class Meta:
        ordering = ["by_date", "pk"]
        indexes = [
            models.Index(
                fields=["child", "by_date"], name="plan_action_open", condition=Q(ended_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(name="plan_action_says_what", condition=~Q(what="")),
            models.UniqueConstraint(
                fields=["interview_of"],
                name="plan_action_one_day_to_look_again",
                condition=Q(looks_again=True, ended_at=None),
            ),
            models.CheckConstraint(
                name="plan_action_looks_again_at_an_interview",
                condition=Q(looks_again=False) | Q(interview_of__isnull=False),
            ),
            models.CheckConstraint(name="plan_action_has_one_owner", condition=_has_one_owner()),
            models.CheckConstraint(
                name="plan_action_ends_with_who_and_why",
                condition=Q(ended_at=None, ended_by=None, ending="")
                | (Q(ended_at__gte=F("recorded_at"), ended_by__isnull=False) & ~Q(ending="") & ~Q(said="")),
            ),
        ]

    @property
    def stands(self) -> bool:
        """Whether somebody still has to do it."""
        return self.ended_at is None and (self.placement is None or self.placement.ends_at is None)

    @property
    def owned_since(self) -> datetime:
        """Since when it is its owner's to do."""
        return self.given_at or self.recorded_at

    @property
    def is_outside(self) -> bool:
        """Whether its owner has no account, so that the child's social worker asks them."""
        return self.owner_kind == OwnerKind.OUTSIDE

    @property
    def owned_by(self) -> str:
        """Who does it, as a page names them: a person, the home, or whoever is outside with their role."""
        if self.owner is not None:
            return self.owner.name
        if self.owner_placement is not None:
            home = self.owner_placement.home
            return home.name if home is not None else str(OwnerKind.HOME.label)
        return f"{self.owner_name}, {self.owner_role}"

    @property
    def reached_by(self) -> str:
        """The phone and the address of somebody outside."""
        return ", ".join(part for part in (self.owner_phone, self.owner_email) if part)

    def __str__(self) -> str:
        return f"{self.child_id}: action by {self.by_date}"


class ActionWord(models.Model):
    """What was said of an action before it ended; nobody edits it, and the latest of its owner's time counts."""

    class Kind(models.TextChoices):
        DONE = "done", _("Says that it is done")
        SENT_BACK = "sent_back", _("Sent back")
        NOT_YET = "not_yet", _("Not done yet")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="+")
    action = models.ForeignKey(PlanAction, on_delete=models.PROTECT, related_name="words")
    kind = models.CharField(max_length=9, choices=Kind)
    said = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["action", "-recorded_at"], name="action_word_by_action")]
        constraints = [models.CheckConstraint(name="action_word_says_it", condition=~Q(said=""))]

    def __str__(self) -> str:
        return f"{self.action_id}: {self.kind}"
