"""The child: who they are, in words they and others gave."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from cases.models.people import User
from cases.states import AgeStatus, EpisodeOutcome


class Sex(models.TextChoices):
    FEMALE = "F", _("Female")
    MALE = "M", _("Male")
    UNKNOWN = "U", _("Not known")


class BirthDatePrecision(models.TextChoices):
    DAY = "day", _("Day, month and year")
    MONTH = "month", _("Month and year")
    YEAR = "year", _("Year")
    ESTIMATED = "estimated", _("Estimated")


class BirthDateBasis(models.TextChoices):
    STATED = "stated", _("Says")
    DOCUMENT = "document", _("Document")
    ASSESSED = "assessed", _("Assessed")
    OTHERS = "others", _("Told by others")


class Risk(models.TextChoices):
    """The authority's own grade; the police grade is theirs and stands on the episode."""

    UNKNOWN = "unknown", _("Not yet assessed")
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class Literacy(models.TextChoices):
    """Whether the child reads, which decides how to leave word for them."""

    UNKNOWN = "", _("Not known")
    READS = "reads", _("Reads their own language")
    ENGLISH = "english", _("Reads English")
    NO = "no", _("Does not read")


class Needs(models.TextChoices):
    """What cannot wait; `none` is an answer, and an empty list is no answer yet."""

    HEALTH = "health", _("Health or injury")
    MEDICINE = "medicine", _("Medicine that must not run out")
    DISABILITY = "disability", _("Disability or communication need")
    PREGNANCY = "pregnancy", _("Pregnancy")
    OTHER = "other", _("Something else")
    NONE = "none", _("None that is known")


class Trafficking(models.TextChoices):
    """Whether somebody saw or heard signs of trafficking; not yet asked is no “no”."""

    NOT_ASKED = "not_asked", _("Not yet asked")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class ChildQuerySet(models.QuerySet["Child"]):
    def locked(self) -> "ChildQuerySet":
        """Every verb locks the child first; `no_key` leaves foreign keys to the child writable meanwhile."""
        return self.select_for_update(no_key=True, of=("self",))

    def unheld(self) -> "ChildQuerySet":
        """The same of those whom nobody else holds: for work that has a next time and keeps nobody waiting."""
        return self.select_for_update(no_key=True, of=("self",), skip_locked=True)

    def open(self, at: datetime) -> "ChildQuerySet":
        return self.filter(Q(closed_at=None) | Q(closed_at__gt=at))

    def living(self) -> "ChildQuerySet":
        """Those of whom no episode ended with their death: of the others nobody is asked whether they are there."""
        return self.exclude(episodes__outcome=EpisodeOutcome.DIED)

    def with_signs_of_trafficking(self) -> "ChildQuerySet":
        return self.filter(trafficking=Trafficking.YES)


class Child(models.Model):
    # The key of the form that registered the child: the same form sent twice is one child.
    key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    reference = models.CharField(max_length=11, unique=True, editable=False)
    given_name = models.CharField(_("given name as heard"), max_length=120)
    family_name = models.CharField(_("family name"), max_length=120, blank=True)
    script_name = models.CharField(_("name in their own script"), max_length=200, blank=True)
    script_language = models.CharField(max_length=12, blank=True)
    known_as = models.CharField(_("known as"), max_length=120, blank=True)
    said_as = models.CharField(_("how to say it"), max_length=120, blank=True, default="", db_default="")
    # Which part is whose: many names have no family name, or begin with it.
    name_order = models.CharField(
        _("order of the names"), max_length=120, blank=True, default="", db_default=""
    )
    spellings = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, default=Sex.UNKNOWN)
    birth_date = models.DateField(_("birth date as stated"), null=True, blank=True)
    age_given = models.PositiveSmallIntegerField(_("age given on arrival"), null=True, blank=True)
    birth_date_precision = models.CharField(
        max_length=9, choices=BirthDatePrecision, default=BirthDatePrecision.DAY
    )
    birth_date_basis = models.CharField(max_length=8, choices=BirthDateBasis, default=BirthDateBasis.STATED)
    age_status = models.CharField(max_length=26, choices=AgeStatus, default=AgeStatus.NONE)
    nationality = models.CharField(max_length=60, blank=True)
    languages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    interpreter_needed = models.BooleanField(null=True, blank=True)
    literacy = models.CharField(max_length=7, choices=Literacy, default=Literacy.UNKNOWN, blank=True)
    phone = models.CharField(_("child's phone"), max_length=20, blank=True)
    phone_seen_by = models.CharField(_("who else sees the phone"), max_length=200, blank=True)
    safe_phone = models.CharField(_("number that is safe to ring"), max_length=20, blank=True)
    # An answer of its own: no number is no answer yet.
    has_no_phone = models.BooleanField(_("the child has no phone"), default=False, db_default=False)
    # What somebody who looks for the child goes by.
    description = models.CharField(_("description"), max_length=500, blank=True, default="", db_default="")
    arrived_at = models.DateTimeField(_("arrived"))
    arrival_place = models.CharField(max_length=120, blank=True)
    arrival_route = models.CharField(max_length=200, blank=True)
    arrival_group = models.ForeignKey(
        "cases.ArrivalGroup", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    found_by = models.CharField(max_length=120, blank=True)
    home_office_reference = models.CharField(_("Home Office reference"), max_length=40, blank=True)
    port_reference = models.CharField(_("port or wristband reference"), max_length=40, blank=True)
    nrm_reference = models.CharField(_("NRM reference"), max_length=40, blank=True)
    uucr_reference = models.CharField(_("UUCR reference"), max_length=40, blank=True)
    authority_reference = models.CharField(_("the authority's own reference"), max_length=40, blank=True)
    police_reference = models.CharField(_("police reference"), max_length=40, blank=True, db_default="")
    # Ten digits, the last a check digit.
    nhs_number = models.CharField(_("NHS number"), max_length=10, blank=True, db_default="")
    needs = ArrayField(models.CharField(max_length=10, choices=Needs), default=list, blank=True)
    needs_note = models.CharField(_("what is needed"), max_length=500, blank=True)
    trafficking = models.CharField(
        _("signs of trafficking"), max_length=9, choices=Trafficking, default=Trafficking.NOT_ASKED
    )
    trafficking_note = models.CharField(_("which signs"), max_length=500, blank=True)
    risk = models.CharField(max_length=7, choices=Risk, default=Risk.UNKNOWN)
    risk_since = models.DateTimeField()
    # Of a grade that is lower than the one before: that one counts again from then on.
    risk_until = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=200, blank=True)
    # When a closing was last taken back: the child is watched from then on as a new one.
    reopened_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Nobody: the marked child of a drill, on no list and in no figure.
    is_drill = models.BooleanField(default=False, db_default=False)

    objects = ChildQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="child_reference_form", condition=Q(reference__regex=r"^MC[0-9]{2}-[0-9]{6}$")
            ),
            models.CheckConstraint(
                name="child_nhs_number_form", condition=Q(nhs_number__regex=r"^([0-9]{10})?$")
            ),
            models.CheckConstraint(
                name="child_closed_with_reason", condition=Q(closed_at=None) | ~Q(close_reason="")
            ),
            models.CheckConstraint(
                name="child_reopened_before_closed",
                condition=Q(closed_at=None) | Q(reopened_at=None) | Q(closed_at__gte=F("reopened_at")),
            ),
            models.CheckConstraint(name="child_phone_or_none", condition=Q(has_no_phone=False) | Q(phone="")),
            models.CheckConstraint(
                name="child_trafficking_known", condition=Q(trafficking__in=["not_asked", "yes", "no"])
            ),
            models.CheckConstraint(
                name="child_age_given_plausible", condition=Q(age_given=None) | Q(age_given__lte=25)
            ),
        ]
        indexes = [
            # Two children with one wristband are looked for before the second is saved.
            models.Index(
                Upper("port_reference"), name="child_by_port_reference", condition=~Q(port_reference="")
            ),
            models.Index(
                fields=["risk_until"],
                name="child_by_end_of_lower_risk",
                condition=Q(risk_until__isnull=False),
            ),
        ]
        # One object permission for each kind of relation that is not the responsible authority's own staff.
        permissions = [
            ("look_after_child", "Looks after the child in a home"),
            ("watch_over_child", "Watches over the child as guardian"),
            ("search_for_child", "Searches for the child as police force"),
            ("host_child", "Is the duty of the authority where the child is placed"),
        ]

    def __str__(self) -> str:
        return self.reference


class RiskGrade(models.Model):
    """One grading of a child's risk: it holds until the next, and what was owed under it stays owed."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="risk_grades")
    risk = models.CharField(max_length=7, choices=Risk)
    since = models.DateTimeField()
    # Of one that is lower than the one before.
    until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    graded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(fields=["child", "since"], name="risk_graded_once_at_a_time"),
            models.CheckConstraint(
                name="risk_graded_until_later", condition=Q(until=None) | Q(until__gt=models.F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.risk}"


class ReferenceSerial(models.Model):
    """The last serial number given out in a year, so that references are dense and never reused."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class ChildGroupPermission(GroupObjectPermissionBase):
    """django-guardian's grants on a child, held by a direct foreign key and given to groups only."""

    content_object = models.ForeignKey(Child, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        indexes = [
            models.Index(fields=["group", "permission", "content_object"], name="child_grant_by_group")
        ]
