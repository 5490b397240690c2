"""A journey of a child with its escorts, the places at which somebody confirms the child, and what was confirmed."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases import mail_domains
from cases.journey_times import Stop
from cases.models.children import Child
from cases.models.concerns import KeepFrom
from cases.models.contacts import Contact
from cases.models.disbelieved import of_escorts
from cases.models.organisations import PoliceForce
from cases.models.people import User


class JourneyQuerySet(models.QuerySet["Journey"]):
    def open(self) -> "JourneyQuerySet":
        """Planned or on the way: neither handed over nor broken off."""
        return self.filter(ended_at=None)

    def handed_over(self) -> "JourneyQuerySet":
        """Over, and the child lives elsewhere since: neither broken off nor a journey from which it goes back."""
        return self.filter(reason="", ended_at__isnull=False).exclude(kind=Journey.Kind.OTHER)


class Journey(models.Model):
    """One journey from a pick-up to a hand-over; a plan that changes is broken off and made anew."""

    class Kind(models.TextChoices):
        MOVE = "move", _("A move to another placement")
        TRANSFER = "transfer", _("A transfer to another authority")
        OTHER = "other", _("Another journey")

    # The key of the form: the same form sent twice is one journey.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="journeys")
    kind = models.CharField(max_length=8, choices=Kind)
    first_escort = models.CharField(max_length=150)
    first_phone = models.CharField(max_length=20)
    first_email = models.EmailField(blank=True)
    second_escort = models.CharField(max_length=150)
    second_phone = models.CharField(max_length=20)
    second_email = models.EmailField(blank=True)
    vehicle = models.CharField(max_length=120)
    plate = models.CharField(max_length=20)
    route = models.CharField(max_length=500)
    hand_to = models.CharField(_("who receives the child"), max_length=150)
    # The child, and those who are to be parted from it, are told and asked first: when, and what they said.
    told_at = models.DateTimeField()
    words = models.TextField(_("what the child said"))
    parted = models.TextField(_("who is parted from the child, and what they said"), blank=True)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # Nobody signed in, where an escort confirmed the hand-over by their link.
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Broken off, and why; empty where the child was handed over.
    reason = models.CharField(max_length=500, blank=True)

    objects = JourneyQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(ended_at=None), name="journey_one_open_per_child"
            ),
            models.CheckConstraint(
                name="journey_has_two_escorts_with_phones",
                condition=~Q(first_escort="")
                & ~Q(first_phone="")
                & ~Q(second_escort="")
                & ~Q(second_phone="")
                & ~Q(first_escort=F("second_escort"))
                & ~Q(first_phone=F("second_phone")),
            ),
            models.CheckConstraint(
                name="journey_says_how_and_to_whom",
                condition=~Q(vehicle="") & ~Q(plate="") & ~Q(route="") & ~Q(hand_to=""),
            ),
            models.CheckConstraint(
                name="journey_child_was_told_first",
                condition=~Q(words="") & Q(told_at__lte=F("planned_at")),
            ),
            models.CheckConstraint(
                name="journey_escorts_of_no_immigration_body",
                condition=~Q(first_email__iregex=mail_domains.PATTERN)
                & ~Q(second_email__iregex=mail_domains.PATTERN),
            ),
            models.CheckConstraint(
                name="journey_ends_after_its_plan",
                condition=Q(ended_at=None, ended_by=None, reason="") | Q(ended_at__gte=F("planned_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: journey {self.pk}"

    @property
    def departs_at(self) -> datetime:
        """When the child is to be picked up; reads its first stop."""
        return self.stops.order_by("position").values_list("due_at", flat=True)[0]

    @property
    def brings_the_child(self) -> bool:
        """Whether its hand-over is where the child lives from then on: not broken off, and none that it goes back from."""
        return not self.reason and self.kind != Journey.Kind.OTHER

    @property
    def escorts(self) -> list[tuple[str, str, str]]:
        """Name, phone and mail address of both escorts, in the order of the plan."""
        return [
            (self.first_escort, self.first_phone, self.first_email),
            (self.second_escort, self.second_phone, self.second_email),
        ]


class JourneyStop(models.Model):
    """One place of the plan and by when the escort confirms the child there; the first is the pick-up, the last the hand-over."""

    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="stops")
    position = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    force = models.ForeignKey(PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The child sleeps there, and goes on in the morning.
    overnight = models.BooleanField(default=False, db_default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["journey", "position"]
        constraints = [
            models.UniqueConstraint(fields=["journey", "position"], name="journey_stop_once"),
            models.CheckConstraint(name="journey_stop_has_place", condition=~Q(place="")),
        ]

    def __str__(self) -> str:
        return f"{self.journey_id}: stop {self.position}"


class ConfirmationQuerySet(models.QuerySet["JourneyConfirmation"]):
    def standing(self) -> "ConfirmationQuerySet":
        """Those whose sighting is not withdrawn."""
        return self.filter(contact__withdrawn_at=None)

    def counting(self) -> "ConfirmationQuerySet":
        """Those of them that are the word of nobody who is kept from the child."""
        word_of = Q(user=OuterRef("contact__recorded_by")) | Q(user=OuterRef("contact__witness_user"))
        kept = KeepFrom.objects.filter(word_of, child=OuterRef("contact__child"), ends_at=None)
        return self.standing().exclude(Exists(kept)).exclude(contact__in=of_escorts())


class JourneyConfirmation(models.Model):
    """That the child was seen at a stop by an escort: a sighting as any other, which counts while it stands."""

    stop = models.ForeignKey(JourneyStop, on_delete=models.PROTECT, related_name="confirmations")
    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="confirmation")
    # By an escort's own link: as given, by nobody signed in.
    as_given = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.stop_id}: {self.contact_id}"

    @property
    def is_early(self) -> bool:
        """Whether the child came to the stop for the night before that begins: it is confirmed there again."""
        return Stop(self.stop.due_at, self.contact.happened_at, self.stop.overnight).is_early


class EscortLinkQuerySet(models.QuerySet["EscortLink"]):
    def live(self, at: datetime) -> "EscortLinkQuerySet":
        """Those that still open their page."""
        return self.filter(revoked_at=None, expires_at__gt=at, journey__ended_at=None)


class EscortLink(models.Model):
    """The link of one escort of one journey, of which nothing is kept but its hash."""

    # The message that carries it, each try of which has a token of its own; of one that was shown a key of its own.
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="links")
    # The first escort or the second.
    number = models.PositiveSmallIntegerField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = EscortLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["key"], name="escort_link_by_key")]
        constraints = [
            # Those of one escort that open their page are of one message, or one that was shown.
            ExclusionConstraint(
                name="escort_link_one_each",
                expressions=[
                    ("journey", RangeOperators.EQUAL),
                    ("number", RangeOperators.EQUAL),
                    ("key", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(revoked_at=None),
            ),
            models.CheckConstraint(name="escort_link_of_one_of_two", condition=Q(number__in=(1, 2))),
            models.CheckConstraint(
                name="escort_link_expires_later", condition=Q(expires_at__gt=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journey_id}: link of escort {self.number}"

    @property
    def escort(self) -> str:
        return self.journey.escorts[self.number - 1][0]


def by_position(confirmation: JourneyConfirmation) -> tuple[int, datetime]:
    """How the confirmations of one journey follow one another."""
    return confirmation.stop.position, confirmation.contact.happened_at


def is_left(journey: Journey, confirmed: Sequence[JourneyConfirmation]) -> bool:
    """Whether the journey is over and nobody who knows the child has received it, by what of its confirmations counts."""
    handed_over = [one for one in confirmed if one.recorded_at == journey.ended_at]
    known = not journey.reason and any(one.contact.knows_child for one in handed_over)
    return journey.ended_at is not None and not known


def standing(stops: Sequence[JourneyStop], confirmed: Sequence[JourneyConfirmation]) -> tuple[Stop, ...]:
    """The stops of one journey, in order, each with when the child was seen there by what is not withdrawn."""
    seen = {one.stop_id: one.contact.happened_at for one in sorted(confirmed, key=by_position)}
    ordered = sorted(stops, key=lambda stop: stop.position)
    return tuple(Stop(stop.due_at, seen.get(stop.pk), stop.overnight) for stop in ordered)
