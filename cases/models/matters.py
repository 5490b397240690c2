"""What somebody answers for in a set time: data breaches and complaints, and worries about a colleague."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.organisations import Authority
from cases.models.people import User

# From when somebody became aware of a breach until the Information Commissioner is told of it [UK GDPR art. 33].
BREACH_LIMIT = timedelta(hours=72)
# From when a complaint came until it is acknowledged [Data (Use and Access) Act 2025].
COMPLAINT_LIMIT = timedelta(days=30)
# From when somebody unidentified was found until the police are to tell the UK Missing Persons Unit.
FOUND_LIMIT = timedelta(hours=48)


class Matter(models.Model):
    """Append-only: one breach, complaint or worry about a colleague as it was reported."""

    class Kind(models.TextChoices):
        BREACH = "breach", _("Data breach")
        COMPLAINT = "complaint", _("Complaint")
        # For the designated officer for allegations, whoever it is about; a keep-from mark reports one by itself.
        WORRY = "worry", _("Worry about a colleague")
        # For one senior: one manager alone has closed a child's record to everybody else.
        RESTRICTED = "restrict", _("Restricted record")
        # For the duty desk: a found child whom nobody has named yet, and whoever answers for tonight.
        FOUND = "found", _("Found child")
        # For the duty desk too: another council asks whether it looks after a sibling or companion of a child of theirs.
        LINK = "link", _("Sibling or companion asked for")
        # The same, for as long as their child is looked for.
        LINK_NOW = "link_now", _("Sibling or companion asked for, urgent")
        # For the desk of the sender: a child has arrived of whom nobody there had recorded that it left.
        ARRIVAL = "arrival", _("Arrival of a child who had not left")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=9, choices=Kind)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    # Of a breach when somebody became aware of it, of a complaint when it came: the limit counts from here.
    since = models.DateTimeField()
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Of a worry: the one head or director who reads it too, whom it is about where that is known, and of which child.
    senior = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    child = models.ForeignKey(Child, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # On which the designated officer rings whoever reported it.
    phone = models.CharField(max_length=20, blank=True)
    # The end of the next working day of the authority.
    limit_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="matter_worry_has_its_own_limit",
                condition=Q(kind__in=("worry", "restrict"), limit_at__isnull=False)
                | (
                    Q(kind__in=("link", "link_now"), limit_at__isnull=False)
                    & Q(senior=None, about=None, child=None, phone="")
                )
                | (
                    Q(kind="arrival", limit_at__isnull=False, child__isnull=False)
                    & Q(senior=None, about=None, phone="")
                )
                | (
                    ~Q(kind__in=("worry", "restrict", "link", "link_now", "arrival"))
                    & Q(limit_at=None, senior=None, about=None, child=None, phone="")
                ),
            ),
            models.CheckConstraint(
                name="matter_worry_is_not_read_by_whom_it_is_about",
                condition=Q(about=None)
                | (~Q(about=models.F("reported_by")) & (Q(senior=None) | ~Q(senior=models.F("about")))),
            ),
            models.CheckConstraint(name="matter_says_what", condition=~Q(text="")),
            models.CheckConstraint(
                name="matter_not_before_it_is_known", condition=Q(since__lte=models.F("reported_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.kind[0].upper()}-{self.pk:05d}"

    @property
    def due_at(self) -> datetime:
        """When the law's limit ends, or of a worry ours."""
        if self.limit_at is not None:
            return self.limit_at
        spans = {self.Kind.BREACH: BREACH_LIMIT, self.Kind.FOUND: FOUND_LIMIT}
        return self.since + spans.get(self.Kind(self.kind), COMPLAINT_LIMIT)


class MatterEntry(models.Model):
    """Append-only: one thing that was found, decided or done about a matter."""

    class Kind(models.TextChoices):
        ASSESSED = "assessed", _("Assessed: whom it concerns, and the risk to them")
        NOTIFIED = "notified", _("Told the Information Commissioner")
        NOT_NOTIFIED = "not_notified", _("Decided not to tell the Information Commissioner")
        TOLD_PEOPLE = "told_people", _("Told the people concerned, or decided not to")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged to whoever complained")
        ANSWERED = "answered", _("Answered")
        LADO_HAS_IT = "lado_has_it", _("The LADO has it")
        OUTCOME = "outcome", _("What the LADO decided")
        LOOKED_AT = "looked_at", _("Looked at, and what was decided")
        CLOSED = "closed", _("Closed: who the child is, or who has the child")
        LEFT = "left", _("The child has left the sender")
        NOT_ARRIVED = "not_arrived", _("The child has not arrived")

    class Risk(models.TextChoices):
        UNLIKELY = "unlikely", _("A risk to them is unlikely")
        LIKELY = "likely", _("A risk to them is likely")
        HIGH = "high", _("A high risk to them is likely")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    concerned = models.TextField(blank=True)
    risk = models.CharField(max_length=8, choices=Risk, blank=True)
    text = models.TextField()
    happened_at = models.DateTimeField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]
        constraints = [
            models.CheckConstraint(name="matter_entry_says_what", condition=~Q(text="")),
            models.CheckConstraint(
                name="matter_entry_assessed_says_whom_and_how",
                condition=(Q(kind="assessed") & ~Q(concerned="") & ~Q(risk=""))
                | (~Q(kind="assessed") & Q(concerned="", risk="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}: {self.kind}"


# What may be written about which, and what of it ends the clock.
ENTRIES: dict[str, tuple[MatterEntry.Kind, ...]] = {
    Matter.Kind.BREACH: (
        MatterEntry.Kind.ASSESSED,
        MatterEntry.Kind.NOTIFIED,
        MatterEntry.Kind.NOT_NOTIFIED,
        MatterEntry.Kind.TOLD_PEOPLE,
    ),
    Matter.Kind.WORRY: (MatterEntry.Kind.LADO_HAS_IT, MatterEntry.Kind.OUTCOME),
    Matter.Kind.RESTRICTED: (MatterEntry.Kind.LOOKED_AT,),
    Matter.Kind.FOUND: (MatterEntry.Kind.CLOSED,),
    # Answered on the page of what is asked.
    Matter.Kind.LINK: (),
    Matter.Kind.LINK_NOW: (),
    # By its own verbs, and on its own page.
    Matter.Kind.ARRIVAL: (MatterEntry.Kind.LEFT, MatterEntry.Kind.NOT_ARRIVED),
    Matter.Kind.COMPLAINT: (MatterEntry.Kind.ACKNOWLEDGED, MatterEntry.Kind.ANSWERED),
}
# Answering a complaint acknowledges it too.
ENDS_CLOCK = (
    MatterEntry.Kind.NOTIFIED,
    MatterEntry.Kind.NOT_NOTIFIED,
    MatterEntry.Kind.ACKNOWLEDGED,
    MatterEntry.Kind.ANSWERED,
    MatterEntry.Kind.LADO_HAS_IT,
    MatterEntry.Kind.LOOKED_AT,
    MatterEntry.Kind.CLOSED,
    MatterEntry.Kind.LEFT,
    MatterEntry.Kind.NOT_ARRIVED,
)
# Which are for whoever reported them and one senior, and for no data protection officer.
FOR_SENIOR = (Matter.Kind.WORRY, Matter.Kind.RESTRICTED)
# Of which one council asks another.
OF_LINK = (Matter.Kind.LINK, Matter.Kind.LINK_NOW)
# No matter of data protection: for the desk alone, on its own page.
FOR_DESK = (Matter.Kind.FOUND, Matter.Kind.ARRIVAL, *OF_LINK)
NOT_OF_OFFICER = (*FOR_SENIOR, *FOR_DESK)
