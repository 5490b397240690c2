"""Where the child lives: placements, a home's own roll-call times, and permitted absences."""

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models.children import Child
from cases.models.organisations import Authority, Home, PoliceForce
from cases.models.people import User
from cases.models.periods import current, ends_after_start, no_overlap
from cases.moves import isolated

# Out lasts at most 24 hours, longer is away (default escalation policy, "Where is the child").
OUT_AT_MOST = timedelta(hours=24)


# Of these placements the return has no provider, and of one with a parent no other than that [SSDA903, PLACE_PROVIDER].
UNPROVIDED = ("P1", "T1", "T2", "T3", "Z11", "Z12", "Z13", "Z14")


class PlacementQuerySet(models.QuerySet["Placement"]):
    def current(self, at: datetime) -> "PlacementQuerySet":
        return self.filter(current(at))

    def in_area_of(self, authority_id: int, at: datetime) -> "PlacementQuerySet":
        """In its own area, or in that of an authority whose place it has taken by `at`."""
        areas = Authority.objects.answered_by([authority_id], day=london_day(at))
        return self.filter(host_authority__in=areas.values("pk"))


# Whatever is none of the named types, by its old code and by those that took its place.
OTHERS = ("Z1", "Z11", "Z12", "Z13", "Z14")
# Long-term fostering: a child who agrees to it is visited less often there [Care Planning Regulations 2010, reg. 28].
LONG_TERM = ("U1", "U4")
# A temporary placement lasts so many days at most [rules 375, 376 and 379 of the return on looked-after children].
AT_MOST_DAYS = {"T1": 42, "T3": 21, "T4": 7}


def latest_date(placement_type: str, starts_at: datetime) -> date | None:
    """The last day of a placement of this type that begins then; None where it may last."""
    days = AT_MOST_DAYS.get(placement_type)
    return london_day(starts_at) + timedelta(days=days) if days is not None else None


class Placement(models.Model):
    """A period in one home or at one address, with the host authority and the force whose area it is."""

    class Type(models.TextChoices):
        """The PLACE codes of the SSDA903 return of 2026-27.

        Without those of adopters (A3 to A6, U2, U5) and T0, which is several of the others at once. Z11 to Z14 take the
        place of Z1 from the return of 2025-26 on, and are named by their codes alone: their words are not known to us.
        Z1 is the code of what was over before; of a later placement it says that nobody has said which of the four it is.
        """

        CHILDRENS_HOME = "K2", _("Children’s home")
        SUPPORTED = "K3", _("Supported accommodation")
        FOSTER = "U6", _("Foster placement")
        FOSTER_LONG = "U4", _("Foster placement, long term")
        RELATIVE = "U1", _("Foster placement with relative or friend, long term")
        RELATIVE_OTHER = "U3", _("Foster placement with relative or friend, not long term")
        PARENT = "P1", _("With a parent or somebody with parental responsibility")
        EMPLOYMENT = "P3", _("Residential employment")
        SECURE = "K1", _("Secure children’s home")
        CARE_HOME = "R1", _("Residential care home")
        HEALTH = "R2", _("Hospital or nursing home, for longer")
        FAMILY_CENTRE = "R3", _("Family centre, or mother and baby unit")
        CUSTODY = "R5", _("Young offender institution or prison")
        SCHOOL = "S1", _("Residential school")
        TEMPORARY_HOSPITAL = "T1", _("Temporary: hospital, at most 6 weeks")
        TEMPORARY_HOLIDAY = "T2", _("Temporary: on holiday")
        TEMPORARY_CARER = "T3", _("Temporary: the carer is on holiday, at most 3 weeks")
        TEMPORARY = "T4", _("Temporary: other, at most 7 days")
        OTHER = "Z1", _("Other placement")
        OTHER_11 = "Z11", _("Other placement, code Z11 of the return")
        OTHER_12 = "Z12", _("Other placement, code Z12 of the return")
        OTHER_13 = "Z13", _("Other placement, code Z13 of the return")
        OTHER_14 = "Z14", _("Other placement, code Z14 of the return")

    class ProvidedBy(models.TextChoices):
        """The PLACE_PROVIDER codes of the SSDA903 return: who provides the placement; empty where nobody has said."""

        PARENT = "PR0", _("Parent or person with parental responsibility")
        OWN = "PR1", _("The responsible council itself")
        OTHER_AUTHORITY = "PR2", _("Another council")
        OTHER_PUBLIC = "PR3", _("Another public body, such as the NHS")
        PRIVATE = "PR4", _("A private provider")
        VOLUNTARY = "PR5", _("A charity or other voluntary provider")

    class Item(models.TextChoices):
        """What of a child’s own the people there hold."""

        PHONE = "phone", _("Phone")
        DOCUMENTS = "documents", _("Documents")
        MONEY = "money", _("Money or a bank card")
        MEDICINE = "medicine", _("Medicine")
        OTHER = "other", _("Other things")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="placements")
    type = models.CharField(max_length=3, choices=Type, default=Type.CHILDRENS_HOME)
    provided_by = models.CharField(max_length=3, choices=ProvidedBy, blank=True, default="", db_default="")
    home = models.ForeignKey(Home, null=True, blank=True, on_delete=models.PROTECT, related_name="placements")
    address = models.TextField(blank=True)
    postcode = models.CharField(max_length=9, blank=True)
    # A refuge or safe house: no address is held, so that nobody can read it.
    address_restricted = models.BooleanField(default=False, db_default=False)
    # Of a place that is no registered home: who runs it.
    provider = models.CharField(max_length=150, blank=True, default="", db_default="")
    phone = models.CharField(_("24-hour phone"), max_length=20)
    host_authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="hosted_placements")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="placements")
    room = models.CharField(max_length=60, blank=True)
    host_notified = models.BooleanField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # Whom the child was parted from, and what they said when told and asked.
    parted = models.CharField(max_length=1000, blank=True, db_default="", default="")
    arranged_by = models.CharField(
        _("who arranged it"), max_length=150, blank=True, default="", db_default=""
    )
    handed_over_by = models.CharField(
        _("who handed the child over"), max_length=150, blank=True, default="", db_default=""
    )
    items_held = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    items_note = models.CharField(max_length=200, blank=True, default="", db_default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    expected_end_date = models.DateField(null=True, blank=True)
    # What somebody said last to come after it, and when: another placement, or the same for longer.
    comes_next = models.CharField(max_length=300, blank=True, default="", db_default="")
    comes_next_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("placement_ends_after_start"),
            no_overlap("placements_do_not_overlap", "child"),
            models.CheckConstraint(
                name="placement_has_home_or_address",
                condition=Q(home__isnull=False) | ~Q(address="") | Q(address_restricted=True),
            ),
            models.CheckConstraint(
                name="placement_next_said_when_and_until_when",
                condition=Q(comes_next="", comes_next_at=None)
                | (~Q(comes_next="") & Q(comes_next_at__isnull=False, expected_end_date__isnull=False)),
            ),
            models.CheckConstraint(
                name="placement_provided_as_the_return_has_it",
                condition=Q(provided_by="")
                | (Q(provided_by="PR0", type="P1"))
                | (~Q(provided_by="PR0") & ~Q(type__in=UNPROVIDED)),
            ),
            models.CheckConstraint(
                name="placement_restricted_holds_no_address",
                condition=Q(address_restricted=False)
                | (Q(home=None, address="", postcode="") & ~Q(phone="") & ~Q(provider="")),
            ),
        ]
        indexes = [models.Index(fields=["home"], name="placement_now_by_home", condition=Q(ends_at=None))]

    def __str__(self) -> str:
        return f"{self.child_id}: placement {self.pk}"

    @property
    def is_long_term(self) -> bool:
        """Whether it is long-term fostering."""
        return self.type in LONG_TERM

    @property
    def latest_date(self) -> date | None:
        """The last day that such a placement can have, whatever was planned; None where it has none."""
        return latest_date(self.type, self.starts_at)

    @property
    def until_date(self) -> date | None:
        """By when another is to follow: the planned end, or the latest, whichever comes first."""
        ends = [day for day in (self.expected_end_date, self.latest_date) if day is not None]
        return min(ends, default=None)

    @property
    def where(self) -> str:
        """The address, or who runs the place and which phone to ring instead of it; nothing of a home."""
        if self.address_restricted:
            return gettext("Restricted address, %(provider)s: ring %(phone)s") % {
                "provider": isolated(self.provider),
                "phone": self.phone,
            }
        return ", ".join(part for part in (self.address, self.postcode) if part)

    @property
    def items(self) -> str:
        """What of the child's own is held there, in words."""
        held = [str(self.Item(item).label) for item in self.items_held]
        return ". ".join(part for part in (", ".join(held), self.items_note) if part)


class RollCallShift(models.Model):
    """A home's own time for one roll-call window: moved by up to two hours, from a day on, never fewer windows."""

    home = models.ForeignKey(Home, on_delete=models.PROTECT, related_name="roll_call_shifts")
    window = models.CharField(max_length=20)
    minutes = models.SmallIntegerField()
    from_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "window", "from_date"], name="roll_call_shift_once_a_day"
            ),
            models.CheckConstraint(
                name="roll_call_shift_within_two_hours", condition=Q(minutes__gte=-120, minutes__lte=120)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.home_id} {self.window} {self.minutes:+}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def current(self, at: datetime) -> "AbsenceQuerySet":
        """Not yet back, whether or not the time to be back has passed."""
        return self.filter(starts_at__lte=at, ends_at=None)


class Absence(models.Model):
    """Out until, or away with permission until: where, with whom, on which phone."""

    class Kind(models.TextChoices):
        OUT = "out", _("Out")
        AWAY = "away", _("Away with permission")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="absences")
    kind = models.CharField(max_length=4, choices=Kind)
    place = models.CharField(max_length=200, blank=True)
    with_whom = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(_("back by"))
    report_after = models.DurationField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    # When the ending was written and on whose word: a return written after the back-by is nobody's sight of the child.
    ended_recorded_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # Away alone: the worker or manager of the responsible authority who agreed, never the one who recorded it.
    agreed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("agreed by")
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("absence_ends_after_start"),
            no_overlap("absences_do_not_overlap", "child"),
            models.CheckConstraint(name="absence_back_after_start", condition=Q(until__gt=F("starts_at"))),
            models.CheckConstraint(
                name="absence_ending_written_when_it_had_ended",
                condition=Q(ended_recorded_at=None)
                | Q(ends_at__isnull=False, ended_recorded_at__gte=F("ends_at")),
            ),
            models.CheckConstraint(
                name="out_at_most_a_day",
                condition=Q(kind="away") | Q(until__lte=F("starts_at") + OUT_AT_MOST),
            ),
            models.CheckConstraint(
                name="away_has_place_adult_phone_and_two_people",
                condition=~Q(kind="away")
                | (
                    ~Q(place="")
                    & ~Q(with_whom="")
                    & ~Q(phone="")
                    & Q(agreed_by__isnull=False, recorded_by__isnull=False)
                    & ~Q(agreed_by=F("recorded_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind} until {self.until:%Y-%m-%d %H:%M}"
