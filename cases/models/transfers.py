"""The transfer of a child from one authority to another, and what the receiver says to have read."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.organisations import Authority, Team
from cases.models.people import User
from cases.states import TransferStatus

# Until the child has arrived or it was withdrawn: a child has one at most.
OPEN = ("referred", "allocated", "declined", "accepted", "date_set", "in_transit")
# While the receiver reads the transfer's page.
WITH_RECEIVER = ("allocated", "accepted", "date_set", "in_transit")
# From the acceptance on: by a named social worker.
_ACCEPTED = ("accepted", "date_set", "in_transit", "arrived", "completed")
_ARRIVED = ("arrived", "completed")
# From the acceptance to the arrival the receiver reads what the checklist names; then the record itself.
SHARED_WHILE = ("accepted", "date_set", "in_transit")


class TransferQuerySet(models.QuerySet["Transfer"]):
    def open(self) -> "TransferQuerySet":
        return self.filter(status__in=OPEN)

    def with_receiver(self) -> "TransferQuerySet":
        """Those that an authority has been offered and that have not ended or been declined."""
        return self.filter(status__in=WITH_RECEIVER)

    def unread(self) -> "TransferQuerySet":
        """Those whose child has arrived and whose checklist is not all read."""
        return self.filter(status="arrived")


class Transfer(models.Model):
    """One transfer of responsibility: referred by the sender, and until the arrival the sender's to answer for."""

    class Kind(models.TextChoices):
        SCHEME = "nts", _("National Transfer Scheme")
        AGREED = "agreed", _("Agreed between the two authorities")

    class Reason(models.TextChoices):
        """Why a child is to go to another authority. [proposal]"""

        SHARE = "share", _("The authority looks after as many children as the scheme asks of it, or more")
        PLACED = "placed", _("The child is placed in the other area, or will be, and stays there")
        FAMILY = "family", _("Family, or people close to the child, live there")
        SAFETY = "safety", _("The child is safer there than here")
        SERVICES = (
            "services",
            _("What the child needs is there: a home, a school, health, people of their language"),
        )
        OTHER = "other", _("Another reason")

    # The key of the form: the same form sent twice is one transfer.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="transfers")
    sender = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind)
    # Empty of a transfer from before it was asked.
    reason = models.CharField(max_length=8, choices=Reason, blank=True, db_default="", default="")
    reason_note = models.CharField(max_length=500, blank=True, db_default="", default="")
    status = models.CharField(max_length=10, choices=TransferStatus, default=TransferStatus.REFERRED)
    # All that the receiver reads of what the child needs, before the child is theirs.
    needs = models.TextField()
    wishes = models.TextField()
    wishes_language = models.CharField(max_length=60)
    proposed_date = models.DateField()
    referred_at = models.DateTimeField()
    referred_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    allocated_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    moves_date = models.DateField(null=True, blank=True)
    # When the day was agreed last; None of one that was agreed before this was asked.
    day_agreed_at = models.DateTimeField(null=True, blank=True)
    # What those linked with the child who stay in the home said when told and asked, and of which agreed day.
    parted = models.CharField(max_length=1000, blank=True, db_default="", default="")
    parted_date = models.DateField(null=True, blank=True)
    # What is known of the child went to the receiver by a way of its own: when, to whom, what; and when they had it.
    shared_at = models.DateTimeField(null=True, blank=True)
    shared_to = models.CharField(max_length=150, blank=True, db_default="", default="")
    shared_what = models.CharField(max_length=500, blank=True, db_default="", default="")
    share_received_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    expected_at = models.DateTimeField(null=True, blank=True)
    # When the child was there, as the receiver says, and when that was recorded: from then on it is responsible.
    arrived_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    handed_to = models.CharField(max_length=120, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.TextField(blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-referred_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(status__in=OPEN), name="transfer_one_open_per_child"
            ),
            models.CheckConstraint(
                name="transfer_between_two", condition=Q(receiver=None) | ~Q(receiver=F("sender"))
            ),
            models.CheckConstraint(
                name="transfer_offered_to_somebody",
                condition=Q(status__in=("referred", "withdrawn"))
                | Q(receiver__isnull=False, allocated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_referred_to_nobody", condition=~Q(status="referred") | Q(receiver=None)
            ),
            models.CheckConstraint(
                name="transfer_accepted_with_a_named_worker",
                condition=~Q(status__in=_ACCEPTED)
                | Q(worker__isnull=False, team__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_declined_for_a_reason",
                condition=~Q(status="declined") | (~Q(decline_reason="") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="transfer_has_its_day",
                condition=~Q(status__in=("date_set", "in_transit")) | Q(moves_date__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_on_the_way_is_expected",
                condition=~Q(status="in_transit")
                | Q(left_at__isnull=False, expected_at__isnull=False, expected_at__gt=F("left_at")),
            ),
            models.CheckConstraint(
                name="transfer_arrived_when_confirmed",
                condition=Q(
                    status__in=_ARRIVED,
                    arrived_at__isnull=False,
                    confirmed_at__isnull=False,
                    arrived_at__lte=F("confirmed_at"),
                )
                & ~Q(handed_to="")
                | (~Q(status__in=_ARRIVED) & Q(arrived_at=None, confirmed_at=None)),
            ),
            models.CheckConstraint(
                name="transfer_completed_when_completed",
                condition=Q(status="completed", completed_at__isnull=False)
                | (~Q(status="completed") & Q(completed_at=None)),
            ),
            models.CheckConstraint(
                name="transfer_withdrawn_for_a_reason",
                condition=Q(status="withdrawn", withdrawn_at__isnull=False) & ~Q(withdraw_reason="")
                | (~Q(status="withdrawn") & Q(withdrawn_at=None, withdraw_reason="")),
            ),
            models.CheckConstraint(
                name="transfer_shared_with_whom_and_what",
                condition=Q(shared_at=None, shared_to="", shared_what="", share_received_at=None)
                | (Q(shared_at__isnull=False) & ~Q(shared_to="") & ~Q(shared_what="")),
            ),
            models.CheckConstraint(
                name="transfer_parted_of_a_day",
                condition=Q(parted="", parted_date=None) | (~Q(parted="") & Q(parted_date__isnull=False)),
            ),
            models.CheckConstraint(
                name="transfer_other_reason_in_words",
                condition=(~Q(reason="other") | ~Q(reason_note="")) & (~Q(reason="") | Q(reason_note="")),
            ),
            models.CheckConstraint(
                name="transfer_says_what", condition=~Q(needs="") & ~Q(wishes="") & ~Q(wishes_language="")
            ),
        ]
        indexes = [
            models.Index(fields=["receiver"], name="transfer_coming", condition=Q(status__in=OPEN)),
            models.Index(fields=["sender"], name="transfer_going", condition=Q(status__in=OPEN)),
            models.Index(fields=["receiver"], name="transfer_unread", condition=Q(status="arrived")),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk} of {self.child_id}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def why(self) -> str:
        """The reason for which it was referred, in words; nothing of one from before that was asked."""
        said = "" if self.reason == self.Reason.OTHER else str(self.get_reason_display())
        return ": ".join(part for part in (said, self.reason_note) if part)

    @property
    def is_with_receiver(self) -> bool:
        return self.status in WITH_RECEIVER

    @property
    def may_be_shared(self) -> bool:
        """Whether the receiver has accepted, and the child is not there yet."""
        return self.status in SHARED_WHILE

    @property
    def has_arrived(self) -> bool:
        return self.status in _ARRIVED

    @property
    def known_until(self) -> datetime | None:
        """What came on record after this is the receiver's own, and on no checklist."""
        return self.confirmed_at


class Acknowledgement(models.Model):
    """Append-only: somebody of the receiver has read one item of the checklist as it stood then."""

    class Item(models.TextChoices):
        RISKS = "risks", _("Risks that stand open")
        EPISODES = "episodes", _("Missing episodes that are open")
        PROFILE = "profile", _("Who the child is, to be found by")
        DOCUMENTS = "documents", _("Photos and documents")
        PLAN = "plan", _("Safeguarding plan, and what to do if the child is missing")
        ACTIONS = "actions", _("Open actions of the plan")
        SHORTFALLS = "shortfall", _("What the placement cannot keep of the plan")
        # Whether there is a mark is for nobody to read here: it is asked for of every child alike.
        KEPT = "kept", _("From whom the child is kept")

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="acknowledgements")
    item = models.CharField(max_length=9, choices=Item)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "item", "at"], name="acknowledged_once_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id}: {self.item}"


# Without these read nobody takes a child over: what may happen to the child this night.
BEFORE_ARRIVAL = (Acknowledgement.Item.RISKS, Acknowledgement.Item.EPISODES)
