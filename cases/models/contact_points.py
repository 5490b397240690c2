"""Where an organisation can be reached: mailboxes proved one by one, and the rota of who is on shift."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from cases import mail_domains
from cases.models.organisations import Authority, PoliceForce, Team
from cases.models.people import User
from cases.models.periods import current, ends_after_start, overlaps

# Whoever has had no shift written for so long does without a rota.
GAP_LASTS = timedelta(hours=12)


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def current(self, at: datetime) -> "MailboxQuerySet":
        return self.filter(current(at))

    def without_proof(self, at: datetime) -> "MailboxQuerySet":
        """Those of which no proof is fresh at `at`: never proved, too long ago, or refused since."""
        fresh = Q(verified_at__gt=at - proof_lasts()) & (
            Q(failed_at=None) | Q(failed_at__lte=F("verified_at"))
        )
        return self.exclude(pk__in=Mailbox.objects.filter(fresh).values("pk"))

    def unanswered(self, at: datetime) -> "MailboxQuerySet":
        """Those in use that no test has reached: of a force none that is fresh, of a desk or post none at all.

        One that refused mail is somebody's task already.
        """
        boxes = self.current(at).filter(failed_at=None).without_proof(at)
        return boxes.filter(Q(force__isnull=False) | Q(verified_at=None))


def proof_lasts() -> timedelta:
    """How long a mailbox that answered a test counts as proved."""
    return timedelta(days=settings.MAILBOX_PROOF_DAYS)


class Mailbox(models.Model):
    """A registered mailbox of a force, a team or an authority's post: configuration, never seeded."""

    class Purpose(models.TextChoices):
        CONTROL_ROOM = "control_room", _("Force control room")
        COORDINATOR = "coordinator", _("Force missing-person coordinator")
        DUTY = "duty", _("Duty desk")
        HOST_DUTY = "host_duty", _("Host authority's duty")
        REVIEWING = "reviewing", _("Independent reviewing officers")
        LADO = "lado", _("Designated officer for allegations (LADO)")

    address = models.EmailField()
    purpose = models.CharField(max_length=12, choices=Purpose)
    force = models.ForeignKey(
        PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="mailboxes"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="mailboxes")
    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="mailboxes"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mailbox_has_one_owner",
                condition=(
                    Q(force__isnull=False, team=None, authority=None)
                    | Q(force=None, team__isnull=False, authority=None)
                    | Q(force=None, team=None, authority__isnull=False)
                ),
            ),
            ends_after_start("mailbox_ends_after_start"),
            models.CheckConstraint(
                name="mailbox_of_no_immigration_body", condition=~Q(address__iregex=mail_domains.PATTERN)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"

    @property
    def owner(self) -> tuple[int | None, int | None, int | None]:
        """The force, team or authority whose it is."""
        return self.force_id, self.team_id, self.authority_id

    @property
    def answers(self) -> bool:
        """Whether somebody answered from it, however long ago, and it refused no mail since."""
        if self.verified_at is None:
            return False
        return self.failed_at is None or self.failed_at <= self.verified_at

    def is_proved(self, at: datetime) -> bool:
        """Whether its proof is fresh at `at` and no mail was refused since."""
        return self.answers and self.verified_at is not None and self.verified_at > at - proof_lasts()


class ForcePhone(models.Model):
    """A number of a force that duty or the director rings: configuration, never seeded; 101 where there is none."""

    class Purpose(models.TextChoices):
        CONTROL_ROOM = "control_room", _("Control room")
        INSPECTOR = "inspector", _("Duty inspector")
        CHIEF_OFFICER = "chief_officer", _("Office of the chief officer")

    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="phones")
    purpose = models.CharField(max_length=13, choices=Purpose)
    phone = models.CharField(max_length=20)
    # On which day somebody rang it, and the force answered.
    verified_date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="force_phone_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(name="force_phone_has_a_number", condition=~Q(phone="")),
            models.UniqueConstraint(
                name="force_phone_once_at_a_time", fields=["force", "purpose"], condition=Q(ends_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"


# A mailbox, with whatever was read beside it.
Box = TypeVar("Box", bound=Mailbox)


def reached(boxes: Iterable[Box]) -> list[Box]:
    """Those of some mailboxes that alerts go to: of an owner and purpose the proved ones, and all where none is proved.

    One that nobody ever answered from may be mistyped, or planted; with no other it is told all the same, for silence
    is worse. A force's coordinator is in the office by day: it takes no alert from a control room.
    """
    known = list(boxes)
    proved = {(*box.owner, box.purpose) for box in known if box.answers}
    proved |= {(*box.owner, Mailbox.Purpose.COORDINATOR) for box in known if box.answers and box.force_id}
    return [box for box in known if box.verified_at or (*box.owner, box.purpose) not in proved]


class ShiftQuerySet(models.QuerySet["Shift"]):
    def current(self, at: datetime) -> "ShiftQuerySet":
        return self.filter(current(at))

    def standing(self) -> "ShiftQuerySet":
        """Those that were not handed over before they began."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))

    def untaken(self, *, since: datetime, until: datetime) -> "ShiftQuerySet":
        """Those of [since, until) whose person has not said that they take it; without an end it is no shift of a rota."""
        return self.standing().filter(overlaps(since, until), taken_at=None, ends_at__isnull=False)

    def before_gap(self, at: datetime, *, until: datetime) -> "ShiftQuerySet":
        """The last shift of each authority after whose end, by `until`, nobody is on its rota, nor is yet at `at`.

        An authority that writes no shifts has none; of one that has given the rota up it is none after GAP_LASTS.
        """
        ending = self.standing().filter(ends_at__gt=at - GAP_LASTS, ends_at__lte=until)
        other = Shift.objects.standing().filter(team__authority=OuterRef("team__authority"))
        begins = Greatest(OuterRef("ends_at"), Value(at))
        covered = other.filter(Q(ends_at=None) | Q(ends_at__gt=begins), starts_at__lte=begins)
        # Of the shifts behind one gap the last to end, of two that end at once the first written, stands for it.
        later = other.filter(ends_at__gt=OuterRef("ends_at"), ends_at__lte=at)
        twin = other.filter(ends_at=OuterRef("ends_at"), pk__lt=OuterRef("pk"))
        return ending.exclude(Exists(covered)).exclude(Exists(later)).exclude(Exists(twin))


class Shift(models.Model):
    """Who is on duty for a team, on which phone, and who is second."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shifts")
    phone = models.CharField(max_length=20)
    second = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="second_shifts"
    )
    second_phone = models.CharField(max_length=20, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        # One that is handed over before it begins ends where it would have begun.
        constraints = [
            models.CheckConstraint(
                name="shift_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return f"shift {self.pk}"

    @property
    def reference(self) -> str:
        """What is quoted about it; it says nothing about anybody."""
        return f"SHIFT-{self.pk}"
