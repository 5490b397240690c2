"""Where a child is to live: the day, the home or the area, and what was said to it before the child is there."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.organisations import Authority, Home
from cases.models.people import User
from cases.models.placements import Placement


class PlannedPlacementQuerySet(models.QuerySet["PlannedPlacement"]):
    def open(self) -> "PlannedPlacementQuerySet":
        """Those that no placement has taken up and nobody has called off."""
        return self.filter(placement=None, ended_at=None)


class PlannedPlacement(models.Model):
    """One move that is planned; it ends with the placement that takes it up, or with why it does not come to be.

    Of an address the area alone is kept: where the child sleeps is written when it is there.
    """

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="planned_placements")
    home = models.ForeignKey(Home, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    planned_date = models.DateField()
    reason = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placement = models.OneToOneField(
        Placement, null=True, blank=True, on_delete=models.PROTECT, related_name="planned"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_why = models.CharField(max_length=500, blank=True)

    objects = PlannedPlacementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_placement_planned_at_a_time",
                fields=["child"],
                condition=Q(placement=None, ended_at=None),
            ),
            models.CheckConstraint(name="planned_placement_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="planned_placement_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None, ended_why="")
                | (Q(placement=None, ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: placement planned for {self.planned_date:%Y-%m-%d}"


class PlannedStep(models.Model):
    """One word about a planned placement before it begins; nobody edits it, and of its approval the last one counts."""

    class Kind(models.TextChoices):
        TOLD = "told", _("The authority of the area was told of the planned placement")
        ASKED = "asked", _("Planned distant placement: the director is asked")
        APPROVED = "approved", _("Planned distant placement approved")
        REFUSED = "refused", _("Planned distant placement refused: another is to be found")
        ADJOINS = "adjoins", _("Planned placement not distant: the two areas adjoin")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="planned_steps")
    planned = models.ForeignKey(PlannedPlacement, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind)
    # Who was told, asked or decided, or says that the areas adjoin, and when.
    who = models.CharField(max_length=200)
    said_at = models.DateTimeField()
    # Why there and not nearer; of a decision, why. Of a word to the area nothing is asked.
    reason = models.CharField(max_length=500, blank=True)
    # Of what is asked: what the authority of the area said to it.
    host_whom = models.CharField(max_length=200, blank=True)
    host_asked_date = models.DateField(null=True, blank=True)
    host_said = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="planned_told_once", fields=["planned"], condition=Q(kind="told")),
            models.CheckConstraint(
                name="planned_step_says_who_and_why",
                condition=~Q(who="") & (Q(kind="told") | ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="planned_step_asked_of_the_area",
                condition=~Q(kind="asked")
                | (~Q(host_whom="") & ~Q(host_said="") & Q(host_asked_date__isnull=False)),
            ),
            models.CheckConstraint(
                name="planned_step_not_in_the_future", condition=Q(said_at__lte=F("recorded_at"))
            ),
        ]

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to approve any more."""
        return self.kind in (self.Kind.APPROVED, self.Kind.ADJOINS)

    def __str__(self) -> str:
        return f"{self.kind} of planned placement {self.planned_id}"
