"""The organisations: authorities, forces, providers, homes, teams and guardian services."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from cases.models.contact_points import ForcePhone


class Nation(models.TextChoices):
    ENGLAND = "England", _("England")
    WALES = "Wales", _("Wales")
    SCOTLAND = "Scotland", _("Scotland")
    NORTHERN_IRELAND = "Northern Ireland", _("Northern Ireland")


class PoliceForceQuerySet(models.QuerySet["PoliceForce"]):
    def offered(self, *, day: date) -> "PoliceForceQuerySet":
        """Those that exist on `day` and are no part of a drill."""
        there = Q(valid_from=None) | Q(valid_from__lte=day)
        rows = self.filter(there, Q(valid_to=None) | Q(valid_to__gt=day))
        return rows.exclude(code__startswith="drill-")


class PoliceForce(models.Model):
    """A territorial force or the railways'; never deleted, followed by the one that takes over."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    nation = models.CharField(max_length=20)
    area_code = models.CharField(max_length=12, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    # The first day on which it is no more.
    valid_to = models.DateField(null=True, blank=True)
    # One: of every search one force is in charge.
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors"
    )

    objects = PoliceForceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="force_valid_period",
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="force_that_ends_is_followed",
                condition=Q(valid_to=None, successor=None)
                | (Q(valid_to__isnull=False, successor__isnull=False) & ~Q(successor=F("pk"))),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def has_ended(self, day: date) -> bool:
        return self.valid_to is not None and self.valid_to <= day

    @property
    def control_room(self) -> "ForcePhone | None":
        """The number of it that is on record; whoever shows many forces reads their phones before."""
        return self._phone("control_room")

    @property
    def inspector(self) -> "ForcePhone | None":
        """That of its duty inspector."""
        return self._phone("inspector")

    def _phone(self, purpose: str) -> "ForcePhone | None":
        return next(
            (one for one in self.phones.all() if one.purpose == purpose and one.ends_at is None), None
        )


def as_a_whole(heir: F | OuterRef, of: str = "") -> Q:
    """Whether `heir`, a successor, has taken the place of an authority to which `of` leads from the row.

    Of one that was split it is the successor that keeps what names it.
    """
    return Q(**{f"{of}keeper": None}) | Q(**{f"{of}keeper": heir})


_WHOLE = as_a_whole(F("successors"))


class AuthorityQuerySet(models.QuerySet["Authority"]):
    def on(self, day: date) -> "AuthorityQuerySet":
        """Those that exist on `day`."""
        return self.filter(
            Q(valid_to=None) | Q(valid_to__gt=day), Q(valid_from=None) | Q(valid_from__lte=day)
        )

    def answering_for(self, *pks: int, day: date) -> "AuthorityQuerySet":
        """These authorities, and those that have taken the place of one of them by `day`.

        Of one that was split it is the successor that keeps what names it for ever.
        """
        return self.answering(set(pks), day=day)

    def answering(self, pks: Any, *, day: Any) -> "AuthorityQuerySet":
        """The same of a set of keys, or of a `Given` one."""
        taken = Q(predecessors__pk__among=pks, predecessors__valid_to__lte=day)
        taken &= as_a_whole(F("pk"), "predecessors__")
        return self.filter(Q(pk__among=pks) | taken).distinct()

    def answered_by(self, pks: Collection[int], *, day: date) -> "AuthorityQuerySet":
        """These authorities, and those whose place one of them has taken by `day`."""
        return self.filter(Q(pk__in=pks) | (Q(successors__in=pks, valid_to__lte=day) & _WHOLE)).distinct()

    def followed_by(self, pks: Collection[int], *, day: date) -> "AuthorityQuerySet":
        """Those that have ended by `day` and whose place one of these has taken, be it with others."""
        return self.filter(successors__in=pks, valid_to__lte=day).distinct()

    def standing_for(self, pks: Collection[int], *, day: date) -> dict[int, list[int]]:
        """By each of these that has ended by `day` all that stand in its place: of one that was split each part."""
        there = Q(successors__valid_to=None) | Q(successors__valid_to__gt=day)
        rows = self.filter(there, pk__in=pks, valid_to__lte=day).exclude(successors=None)
        found: dict[int, list[int]] = defaultdict(list)
        for pk, heir in rows.order_by("pk", "successors").values_list("pk", "successors"):
            found[pk].append(heir)
        return found

    def in_place_of(self, pks: Collection[int], *, day: date) -> dict[int, int]:
        """By each of these that has ended by `day` whoever has taken its place."""
        ended = self.filter(_WHOLE, pk__in=pks, valid_to__lte=day).exclude(successors=None)
        return dict(ended.values_list("pk", "successors"))


class Authority(models.Model):
    """An authority with children's social-care duties; never deleted, followed by its successors."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    official_name = models.CharField(max_length=160, blank=True)
    name_cy = models.CharField(max_length=120, blank=True)
    nation = models.CharField(max_length=20, choices=Nation)
    kind = models.CharField(max_length=30)
    region = models.CharField(max_length=40, blank=True)
    dfe_code = models.CharField(max_length=3, blank=True)
    former_codes = models.JSONField(default=list, blank=True)
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="authorities")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="predecessors")
    # Of one that was split: which of them answers for what names it for ever.
    keeper = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="authority_valid_period",
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return self.said_name

    @property
    def said_name(self) -> str:
        """The name in the reader's language, where it has one: Welsh authorities have two."""
        return (get_language() == "cy" and self.name_cy) or self.name


class Provider(models.Model):
    name = models.CharField(max_length=160, unique=True)

    def __str__(self) -> str:
        return self.name


class HomeQuerySet(models.QuerySet["Home"]):
    def open(self) -> "HomeQuerySet":
        """Those where children may be placed and people may work."""
        return self.filter(closed_at=None)

    def placeable(self) -> "HomeQuerySet":
        """The open ones that are no part of a drill."""
        return self.open().exclude(authority__code__startswith="DRILL-")


class Home(models.Model):
    """A house where children are placed: a children's home, supported accommodation or a foster carer's home."""

    name = models.CharField(max_length=160)
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="homes"
    )
    ofsted_urn = models.CharField(max_length=10, blank=True)
    address = models.TextField()
    postcode = models.CharField(max_length=9)
    phone = models.CharField(_("24-hour phone"), max_length=20)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="homes")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="homes")
    # From this moment nobody lives or works there; it is never after the moment at which it was recorded.
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = HomeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GuardianServiceQuerySet(models.QuerySet["GuardianService"]):
    def on(self, day: date) -> "GuardianServiceQuerySet":
        """Those that are not over: on its last day nobody is given to a service any more."""
        return self.exclude(ends_date__lte=day)


class GuardianService(models.Model):
    """An independent guardianship service; a service that ends keeps its row."""

    name = models.CharField(max_length=160, unique=True)
    phone = models.CharField(max_length=20, blank=True)
    starts_date = models.DateField()
    # Its last day.
    ends_date = models.DateField(null=True, blank=True)
    # From when it is asked that its guardians' children are discussed, where the service was there before it was.
    discussed_from = models.DateTimeField(null=True, blank=True, editable=False)

    objects = GuardianServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="service_ends_after_start",
                condition=Q(ends_date=None) | Q(ends_date__gte=F("starts_date")),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    class Kind(models.TextChoices):
        SOCIAL_WORK = "social_work", _("Social work team")
        DUTY = "duty", _("Duty desk")
        EMERGENCY = "emergency", _("Emergency duty team")

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    phone = models.CharField(max_length=20, blank=True)
    second_phone = models.CharField(max_length=20, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="team_name_unique_in_authority")
        ]

    def __str__(self) -> str:
        return self.name


class ForceAgreement(models.Model):
    """A sharing agreement with a force, without which its mails stay in the unsigned form."""

    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="agreements")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="agreements")
    signed_date = models.DateField()
    expires_date = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agreement_expires_after", condition=Q(expires_date__gt=F("signed_date"))
            ),
            ExclusionConstraint(
                name="agreements_do_not_overlap",
                expressions=[
                    ("force", RangeOperators.EQUAL),
                    ("authority", RangeOperators.EQUAL),
                    (
                        Func(
                            F("signed_date"),
                            F("expires_date"),
                            RangeBoundary(),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.force} {self.signed_date}"
