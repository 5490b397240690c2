"""In which areas a guardian service takes children, from when until when, and how a child is referred to it there."""

from collections.abc import Collection
from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from cases.models import Authority, GuardianService, User


class ServiceAreaQuerySet(models.QuerySet["ServiceArea"]):
    def on(self, day: date) -> "ServiceAreaQuerySet":
        """Those that hold on this day, the last one included; a service that has closed takes nobody."""
        lasts = Q(ends_date=None) | Q(ends_date__gte=day)
        closed = Q(service__ends_date__isnull=False, service__ends_date__lte=day)
        return self.filter(lasts, starts_date__lte=day).exclude(closed)

    def served(self) -> "ServiceAreaQuerySet":
        """Those in which a service takes children; the others say that there is none."""
        return self.exclude(service=None)

    def of(self, authorities: Collection[int]) -> "ServiceAreaQuerySet":
        return self.filter(authority__in=authorities)


_PERIOD = Func(
    F("starts_date"), F("ends_date"), Value("[]"), function="DATERANGE", output_field=DateRangeField()
)


def _one_at_a_time(name: str, condition: Q, *fields: str) -> ExclusionConstraint:
    expressions: list[tuple[str | models.Func, str]] = [(field, RangeOperators.EQUAL) for field in fields]
    return ExclusionConstraint(
        name=name, expressions=[*expressions, (_PERIOD, RangeOperators.OVERLAPS)], condition=condition
    )


class ServiceArea(models.Model):
    """One service in the area of one authority for a time; without a service that there is none, until it is looked at again."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="guardian_areas")
    service = models.ForeignKey(
        GuardianService, null=True, blank=True, on_delete=models.PROTECT, related_name="areas"
    )
    starts_date = models.DateField()
    # Its last day.
    ends_date = models.DateField(null=True, blank=True)
    # Whether children who have a guardian of it when it ends keep that guardian.
    children_stay = models.BooleanField(_("the children keep their guardians"), default=False)
    # How a child is referred: where the form is, the mailbox and the phone.
    form = models.CharField(max_length=300, blank=True)
    mailbox = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    # Of an area without a service: why, and who stands in for a guardian there.
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ServiceAreaQuerySet.as_manager()

    class Meta:
        ordering = ["authority", "starts_date", "pk"]
        constraints = [
            models.CheckConstraint(
                name="service_area_ends_after_start",
                condition=Q(ends_date=None) | Q(ends_date__gte=F("starts_date")),
            ),
            models.CheckConstraint(
                name="service_area_says_how_or_why",
                condition=Q(service__isnull=False, reason="") & ~Q(form="", mailbox="", phone="")
                | Q(service=None, form="", mailbox="", phone="", ends_date__isnull=False, children_stay=False)
                & ~Q(reason=""),
            ),
            _one_at_a_time("service_area_once_at_a_time", Q(service__isnull=False), "authority", "service"),
            _one_at_a_time("service_area_none_once_at_a_time", Q(service=None), "authority"),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id}: guardian service {self.service_id}"
