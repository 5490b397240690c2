"""An authority that is split into several: what somebody has said of each that passes, until it passes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.organisations import Authority
from cases.models.people import User


class SplitQuerySet(models.QuerySet["Split"]):
    def open(self) -> "SplitQuerySet":
        """Those that nobody has signed or called off yet."""
        return self.filter(done_at=None, called_off_at=None)


class Split(models.Model):
    """One authority that ends, and those that take its place: written over days, by several people, and signed once."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="splits")
    successors = models.ManyToManyField(Authority, related_name="+")
    # Which of them answers for what names the authority for ever; None until somebody has said so.
    keeper = models.ForeignKey(Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    objects = SplitQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="split_one_open_per_authority",
                fields=["authority"],
                condition=Q(done_at=None, called_off_at=None),
            ),
            models.CheckConstraint(
                name="split_ends_once",
                condition=Q(called_off_at=None, called_off_by=None)
                | Q(called_off_at__isnull=False, called_off_by__isnull=False, done_at=None),
            ),
            models.CheckConstraint(
                name="split_done_says_who_keeps", condition=Q(done_at=None) | Q(keeper__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id}: split {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.called_off_at is None


class SplitShare(models.Model):
    """Which successor takes one team, home, child, area in which a child lives, or transfer that is to come."""

    class Kind(models.TextChoices):
        TEAM = "team", _("Teams with their people")
        HOME = "home", _("Homes in its area")
        CHILD = "child", _("Its children")
        # Of a child of another authority: it follows no child of this one, and no home.
        AREA = "area", _("Children of other authorities at addresses in its area")
        TRANSFER = "transfer", _("Transfers that were offered to it")

    split = models.ForeignKey(Split, on_delete=models.PROTECT, related_name="shares")
    kind = models.CharField(max_length=8, choices=Kind)
    subject_id = models.BigIntegerField()
    successor = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="split_share_said_once", fields=["split", "kind", "subject_id"])
        ]

    def __str__(self) -> str:
        return f"{self.split_id}: {self.kind} {self.subject_id}"
