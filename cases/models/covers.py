"""What all cover has in common: a colleague is asked, and it counts once they have accepted."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.models.people import User
from cases.models.periods import current

Cover = TypeVar("Cover", bound="AskedCover")


class AskedCoverQuerySet(models.QuerySet[Cover]):
    """Cover by what was answered."""

    def accepted(self) -> Self:
        """Those that somebody said yes to and nobody called off."""
        return self.filter(accepted=True, called_off_at=None)

    def current(self, at: datetime) -> Self:
        return self.accepted().filter(current(at))

    def waiting(self, at: datetime) -> Self:
        """Those that nobody has answered and that are not over."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), accepted=None, called_off_at=None)


class AskedCover(models.Model):
    """A colleague who is asked to be there for one child from a day on, what they answered, and that it was called off."""

    starts_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # Before it began; one that has begun ends sooner.
    called_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def until(self) -> datetime | None:
        """When it ends; None while nobody knows."""
        ends_at: datetime | None = getattr(self, "ends_at")  # noqa: B009 - a field of each kind of cover
        return ends_at


def accepted_by_another(name: str) -> CheckConstraint:
    """Nobody says yes to what they asked themself."""
    return CheckConstraint(
        name=name, condition=Q(accepted=None) | Q(accepted=False) | ~Q(covered_by=F("asked_by"))
    )


def answered_constraints(name: str) -> list[CheckConstraint]:
    """An answer is whole, and whoever declines says why; `name` begins those of the constraints."""
    return [
        CheckConstraint(
            name=f"{name}_answered_whole",
            condition=Q(answered_at=None, accepted=None)
            | Q(answered_at__isnull=False, accepted__isnull=False),
        ),
        CheckConstraint(
            name=f"{name}_declined_with_reason",
            condition=Q(accepted=None) | Q(accepted=True) | ~Q(reason=""),
        ),
    ]
