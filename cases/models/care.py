"""That a child is looked after no longer: since when, by which code of the return, who decided, and until when."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User
from cases.models.periods import ends_after_start, no_overlap


class CareEndQuerySet(models.QuerySet["CareEnd"]):
    def current(self, at: datetime) -> "CareEndQuerySet":
        """Those by which a child is not looked after at `at`, whether what came back by itself is written yet or not."""
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=at), Q(back_at=None) | Q(back_at__gt=at), starts_at__lte=at
        )


class CareEnd(models.Model):
    """A period in which the council does not look after the child; who has none is looked after.

    Two people begin it, one ends it. It is about the days that care is owed by law and about nothing else: contact
    clocks, searches and guardians go on.
    """

    class Code(models.TextChoices):
        """The SSDA903 codes of why care ended that stand for most unaccompanied children; the rest come with the return."""

        HOME_PLANNED = "E4A", _("Returned to somebody with parental responsibility, as planned")
        HOME_UNPLANNED = "E4B", _("Returned to somebody with parental responsibility, not planned")
        ABROAD = "E16", _("Located abroad, or moved there")
        OTHER_AUTHORITY = "E3", _("Taken over by another authority in the United Kingdom")
        ADULT = "E15", _("Assessed as 18 or over")
        NOT_PARENT = "E13", _("Went to live with somebody without parental responsibility")
        SUPPORTED = "E5", _("Independent living, with formal support")
        ALONE = "E6", _("Independent living, without formal support")
        CUSTODY = "E9", _("Sentenced to custody")
        STAYING = "E17", _("18 or over, and stays with the same carers")
        OTHER = "E8", _("Another reason, or turned 18 while missing")
        DIED = "E2", _("Died")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="care_ends")
    code = models.CharField(max_length=3, choices=Code)
    # The last day in care, as the return asks for it; nothing rests before it is written.
    ended_date = models.DateField()
    reason = models.TextField()
    starts_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # From then on the child is looked after again by itself, where the end was for a time.
    back_at = models.DateTimeField(null=True, blank=True)
    # When the child was looked after again, and by whose word; nobody's where it came by itself.
    ends_at = models.DateTimeField(null=True, blank=True)
    again_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    again_reason = models.TextField(blank=True)

    objects = CareEndQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [
            models.Index(
                fields=["back_at"],
                name="care_comes_back",
                condition=Q(back_at__isnull=False, ends_at=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["child"], condition=Q(ends_at=None), name="care_ended_once"),
            no_overlap("care_ends_do_not_overlap", "child"),
            ends_after_start("care_end_ends_after_start"),
            models.CheckConstraint(
                name="care_end_is_back_after_its_start",
                condition=Q(back_at=None) | Q(back_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="care_ended_by_two_people", condition=~Q(ended_by=F("seconded_by")) & ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.code}"
