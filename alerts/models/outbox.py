"""Owed messages: whom, about what, and the append-only proof of what became of them."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.models.clocks import Alert, Clock
from alerts.models.home_clocks import HomeAlert
from alerts.models.outages import Outage
from alerts.models.probes import Probe
from alerts.states import AlertStatus, MessageStatus
from cases.models import (
    Authority,
    ConfigurationChange,
    Home,
    Journey,
    Mailbox,
    Matter,
    MissingEpisode,
    PoliceForce,
    Shift,
    User,
)
from guardians.models import CouncilConcern, GuardianAssignment


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    TEXT = "text", _("Text message")
    VOICE = "voice", _("Phone call")


class MessageKind(models.TextChoices):
    ALERT = "alert", _("Alert")
    REMINDER = "reminder", _("Reminder")
    ENDING = "ending", _("Ending")


class MessageQuerySet(models.QuerySet["Message"]):
    def owed(self, at: datetime) -> "MessageQuerySet":
        """Queued and due for a try, or claimed by a sender whose lease has lapsed; highest rung first."""
        return self.filter(
            Q(status=MessageStatus.QUEUED, next_try_at__lte=at)
            | Q(status=MessageStatus.SENDING, lease_until__lte=at)
        ).order_by("urgency", "next_try_at", "pk")

    def unsent(self) -> "MessageQuerySet":
        return self.filter(status__in=(MessageStatus.QUEUED, MessageStatus.SENDING))

    def held(self) -> "MessageQuerySet":
        """Those about which a person is to decide whether they go at all, the most urgent first."""
        return self.unsent().filter(held_at__isnull=False).order_by("urgency", "owed_at", "pk")


class Message(models.Model):
    """One message to one recipient; it holds ids and instants, the words are made when it is sent."""

    # What it is about where it is about a child and no alert.
    OF_CHILD = ("matter", "concern", "journey", "assignment")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=MessageKind)
    # Which wording: templates/alerts/emails/<wording>.{subject,txt,html}
    wording = models.CharField(max_length=30)
    step = models.CharField(max_length=20)
    channel = models.CharField(max_length=5, choices=Channel)
    # The post it was resolved from ("duty", "manager", "force" …), to resolve again when its person has left.
    post = models.CharField(max_length=20)
    recipient = models.CharField(max_length=80)
    # Found by `message_by_user`.
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    mailbox = models.ForeignKey(
        Mailbox, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    # About no child: it proves a way, and goes whether or not an alert is open.
    probe = models.OneToOneField(
        Probe, null=True, blank=True, on_delete=models.PROTECT, related_name="message"
    )
    phone = models.CharField(max_length=20, blank=True)
    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    home = models.ForeignKey(
        Home, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    episode = models.ForeignKey(
        MissingEpisode,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )
    force = models.ForeignKey(
        PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # What it is about where that is no child: a check of the building that nobody recorded.
    home_alert = models.ForeignKey(
        HomeAlert, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    # What a roll-call is asked for after, or a duty desk given its list: such a message is about no alert.
    outage = models.ForeignKey(
        Outage, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    # A shift that nobody has taken: about no alert either.
    shift = models.ForeignKey(
        Shift, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    # A data breach or complaint that waits for an answer: about no alert either.
    matter = models.ForeignKey(
        Matter, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    # What a guardian holds against the council: about no alert either.
    concern = models.ForeignKey(
        CouncilConcern,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )
    # That a child is to be discussed in the supervision of its guardian: about no alert either. Found by its constraint.
    assignment = models.ForeignKey(
        GuardianAssignment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )
    # An escort's link, or that an escort is not to take the child: about no alert either. Found by its constraint.
    journey = models.ForeignKey(
        Journey, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    # What was changed of how its reader signs in or is reached: about no child. Found by its constraint.
    change = models.ForeignKey(
        ConfigurationChange,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )
    # A digest: of which London day, one a day for each person.
    digest_date = models.DateField(null=True, blank=True)
    # The list of an area: of the week that ends on which Monday, one for each mailbox.
    week_date = models.DateField(null=True, blank=True)
    # From when on it may go in one mail with others for the same reader; none for what goes alone.
    joins_from = models.DateTimeField(null=True, blank=True)
    # The mail that it went in, or may have gone in, with others: the id of the first of them.
    bundle = models.UUIDField(null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(default=100)
    owed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=MessageStatus, default=MessageStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    # Raised at each claim: a sender whose lease was taken over cannot mark with an older one.
    fence = models.PositiveIntegerField(default=0)
    # A sender died or lost the connection with this message in hand: somebody may have received it.
    may_be_out = models.BooleanField(default=False, db_default=False)
    # How often in a row a sender died with this message in hand, or with one of its batch.
    lapses = models.PositiveSmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    # The server took it, and a later one gave it back: it failed then.
    bounced_at = models.DateTimeField(null=True, blank=True)
    # A later server holds it and goes on trying.
    delayed_at = models.DateTimeField(null=True, blank=True)
    # Old when sending was switched on after a restore: no sender takes it before a person has decided.
    held_at = models.DateTimeField(null=True, blank=True)

    # Of a claimed message what it tells of, read with the others of its batch.
    known_items: "list[MessageItem] | None" = None

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["home_alert", "step", "kind", "recipient"],
                condition=Q(home_alert__isnull=False),
                name="message_of_home_owed_once",
            ),
            models.UniqueConstraint(
                fields=["shift", "step", "recipient"],
                condition=Q(shift__isnull=False),
                name="message_of_shift_owed_once",
            ),
            models.UniqueConstraint(
                fields=["matter", "step", "recipient"],
                condition=Q(matter__isnull=False),
                name="message_of_matter_owed_once",
            ),
            models.UniqueConstraint(
                fields=["concern", "step", "recipient"],
                condition=Q(concern__isnull=False),
                name="message_of_concern_owed_once",
            ),
            models.UniqueConstraint(
                fields=["assignment", "step", "recipient"],
                condition=Q(assignment__isnull=False),
                name="message_of_supervision_owed_once",
            ),
            models.UniqueConstraint(
                fields=["journey", "step", "recipient"],
                condition=Q(journey__isnull=False),
                name="message_of_journey_owed_once",
            ),
            models.UniqueConstraint(
                fields=["change", "recipient"],
                condition=Q(change__isnull=False),
                name="message_of_change_owed_once",
            ),
            models.CheckConstraint(
                name="message_sent_when_sent",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at=None)),
            ),
            models.CheckConstraint(
                name="message_sending_has_lease",
                condition=~Q(status="sending") | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="message_has_an_address",
                condition=Q(channel="mail", phone="")
                & (
                    Q(user__isnull=False, mailbox=None)
                    | Q(user=None, mailbox__isnull=False)
                    # A canary goes to ourselves.
                    | Q(user=None, mailbox=None, probe__isnull=False)
                    # An escort has no account, and an address in the plan alone.
                    | Q(user=None, mailbox=None, journey__isnull=False, post="escort")
                )
                | (Q(channel__in=("text", "voice"), mailbox=None) & ~Q(phone="")),
            ),
            models.UniqueConstraint(
                fields=["user", "digest_date"],
                condition=Q(digest_date__isnull=False),
                name="message_one_digest_a_day",
            ),
            models.CheckConstraint(
                name="message_digest_is_a_person_s",
                condition=Q(digest_date=None)
                | Q(user__isnull=False, wording="digest", channel="mail", joins_from__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["mailbox", "week_date"],
                condition=Q(week_date__isnull=False),
                name="message_one_area_list_a_week",
            ),
            models.CheckConstraint(
                name="message_area_list_is_a_mailbox_s",
                condition=Q(week_date=None)
                | Q(mailbox__isnull=False, wording="area_list", channel="mail", week_date__iso_week_day=1),
            ),
            models.CheckConstraint(
                name="message_bundle_of_what_may_go_together",
                condition=Q(bundle=None) | Q(joins_from__isnull=False),
            ),
            models.CheckConstraint(
                name="message_held_is_in_no_hand", condition=Q(held_at=None) | ~Q(status="sending")
            ),
            models.CheckConstraint(
                name="message_bounced_has_failed", condition=Q(bounced_at=None) | Q(status="failed")
            ),
            models.UniqueConstraint(
                fields=["outage", "recipient", "home"],
                condition=Q(outage__isnull=False, home__isnull=False),
                name="message_one_per_outage_and_home",
            ),
            models.UniqueConstraint(
                fields=["outage", "recipient", "authority"],
                condition=Q(outage__isnull=False, home=None),
                name="message_one_per_outage_and_desk",
            ),
        ]
        indexes = [
            models.Index(
                fields=["urgency", "next_try_at"],
                name="message_owed",
                condition=Q(status__in=("queued", "sending")),
            ),
            # What waits for others of its reader.
            models.Index(
                fields=["next_try_at"],
                name="message_joining",
                condition=Q(status__in=("queued", "sending"), joins_from__isnull=False),
            ),
            models.Index(fields=["bundle"], name="message_by_bundle", condition=Q(bundle__isnull=False)),
            models.Index(fields=["episode"], name="message_of_episode", condition=Q(episode__isnull=False)),
            # When each force was last told of lines released to it.
            models.Index(
                fields=["force", "next_try_at"],
                name="message_of_release",
                condition=Q(wording="police_released"),
            ),
            # Of years of mails to one person, those of a week.
            models.Index(fields=["user", "sent_at"], name="message_by_user"),
            # Whether any went on a channel since another waits.
            models.Index(fields=["channel", "sent_at"], name="message_went", condition=Q(status="sent")),
            # The first mail of a thread, looked for by every later one.
            models.Index(fields=["recipient", "created_at"], name="message_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.wording} {self.id}"

    @property
    def told(self) -> "list[MessageItem]":
        """What it tells of; asked for where it was not read with others.

        To go by `items` makes a question each time, though the answer is there: a twentieth of a sender's time.
        """
        return list(self.items.all()) if self.known_items is None else self.known_items

    @property
    def ends_head_count(self) -> bool:
        """Whether all that this ends was asked because another child is missing: that one’s search goes on, perhaps."""
        return {*self.items.values_list("alert__clock__kind", flat=True)} == {Clock.Kind.HEAD_COUNT}

    @property
    def leaves_others(self) -> bool:
        """Whether others of the house were told of in one message with those it ends, and theirs goes on."""
        if self.home_id is None:
            return False
        ended = self.items.values("alert")
        before = MessageItem.objects.filter(alert__in=ended, recipient=self.recipient)
        told = before.exclude(kind=MessageKind.ENDING).values("message")
        others = MessageItem.objects.filter(message__in=told, alert__status=AlertStatus.OPEN)
        return others.exclude(alert__in=ended).exists()

    @property
    def is_of_child(self) -> bool:
        """Whether it is about no alert; of a matter, perhaps about no child either."""
        return any(getattr(self, f"{of}_id") is not None for of in self.OF_CHILD)


class MessageItem(models.Model):
    """What a message is about: one alert's step for one recipient, once and for ever."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="items", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="message_items", db_index=False)
    step = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=MessageKind)
    recipient = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "step", "kind", "recipient"], name="message_owed_once")
        ]
        indexes = [models.Index(fields=["message"], name="item_by_message")]

    def __str__(self) -> str:
        return f"{self.alert_id}/{self.step} -> {self.recipient}"


class MessageProof(models.Model):
    """Append-only: what the mail server or gateway said to one attempt, and the text that it accepted."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="proofs")
    at = models.DateTimeField()
    accepted = models.BooleanField()
    address = models.CharField(max_length=254)
    response = models.CharField(max_length=300, blank=True)
    mail_id = models.CharField("Message-ID", max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    text_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.mail_id}: {'accepted' if self.accepted else 'refused'}"
