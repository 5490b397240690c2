"""Why a child who should have a guardian has none, and who stands in meanwhile."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Child, User
from cases.models.periods import current, ends_after_start, no_overlap
from guardians.states import NoneStage


class NoGuardianQuerySet(models.QuerySet["NoGuardian"]):
    def current(self, at: datetime) -> "NoGuardianQuerySet":
        return self.filter(current(at))


class NoGuardian(models.Model):
    """A period without a guardian that somebody answers for: the reason, the fallback, and when it is looked at again."""

    class Kind(models.TextChoices):
        REFERRED = NoneStage.REFERRED.value, NoneStage.REFERRED.label
        NOT_AVAILABLE = NoneStage.NOT_AVAILABLE.value, NoneStage.NOT_AVAILABLE.label
        DECLINED = NoneStage.DECLINED.value, NoneStage.DECLINED.label
        NOT_ELIGIBLE = NoneStage.NOT_ELIGIBLE.value, NoneStage.NOT_ELIGIBLE.label

    class Fallback(models.TextChoices):
        """Who may stand in; neither is a guardian."""

        ADVOCATE = "advocate", _("Advocate")
        VISITOR = "independent_visitor", _("Independent visitor")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="without_guardian")
    kind = models.CharField(max_length=21, choices=Kind)
    reason = models.TextField()
    fallback_kind = models.CharField(max_length=19, choices=Fallback, blank=True)
    fallback_name = models.CharField(max_length=150, blank=True)
    fallback_phone = models.CharField(max_length=20, blank=True)
    fallback_organisation = models.CharField(max_length=160, blank=True)
    review_date = models.DateField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = NoGuardianQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("no_guardian_ends_after_start"),
            no_overlap("no_guardian_reasons_do_not_overlap", "child"),
            models.CheckConstraint(name="no_guardian_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="fallback_is_named_whole",
                condition=Q(
                    fallback_kind="",
                    fallback_name="",
                    fallback_phone="",
                    fallback_organisation="",
                    review_date=None,
                )
                | (
                    ~Q(fallback_kind="")
                    & ~Q(fallback_name="")
                    & ~Q(fallback_phone="")
                    & ~Q(fallback_organisation="")
                    & Q(review_date__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind}"

    @property
    def named(self) -> bool:
        """Whether somebody stands in."""
        return self.fallback_name != ""
