"""Contacts: who saw the child, when and how, who told us, and what was withdrawn."""

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.concerns import KeepFrom
from cases.models.disbelieved import of_children, of_everybody
from cases.models.people import User


class Outcome(models.TextChoices):
    SEEN = "seen", _("Seen or spoken to")
    DID_NOT_WANT_TO_TALK = "did_not_want_to_talk", _("Seen, did not want to talk")
    NO_ANSWER = "no_answer", _("Tried, no answer")
    NOT_HERE = "not_here", _("Not here")


class Means(models.TextChoices):
    """How the named witness met the child, strongest first; hearsay has no named witness."""

    FACE_TO_FACE = "face_to_face", _("Face to face")
    LIVE_VIDEO = "live_video", _("Live video")
    PHONE = "phone", _("Spoke by phone")
    MESSAGE = "message", _("Message")
    HEARSAY = "hearsay", _("Told by others")


class Mood(models.TextChoices):
    """How the child seemed, or what worries whoever met them."""

    NONE = "none", _("No concern")
    SOME = "some", _("Some concern")
    SERIOUS = "serious", _("Serious concern")


class WitnessRole(models.TextChoices):
    PLACEMENT_STAFF = "placement_staff", _("Placement staff")
    FOSTER_CARER = "foster_carer", _("Foster carer")
    SOCIAL_WORKER = "social_worker", _("Social worker")
    GUARDIAN = "guardian", _("Guardian")
    TEACHER = "teacher", _("Teacher")
    CLINICIAN = "clinician", _("Clinician")
    POLICE = "police", _("Police")
    OTHER = "other", _("Other")


class ContactQuerySet(models.QuerySet["Contact"]):
    def standing(self) -> "ContactQuerySet":
        """Those not withdrawn."""
        return self.filter(withdrawn_at=None)

    def seen(self) -> "ContactQuerySet":
        return self.standing().filter(outcome__in=(Outcome.SEEN, Outcome.DID_NOT_WANT_TO_TALK))

    def disbelieved(self, child: Child) -> "ContactQuerySet":
        """Those of the child that are, by name, the word of somebody from whom it is kept."""
        return self.filter(child=child, pk__in=of_children([child.pk]))

    def believed(self, child_ids: Collection[int]) -> "ContactQuerySet":
        """Those of these children that are the word of nobody from whom the child is kept, be it by name alone.

        Whether anybody is kept from them is asked at once: to read their names takes PostgreSQL longer to plan than to
        answer all else.
        """
        found = self.filter(child__in=child_ids)
        kept = KeepFrom.objects.filter(child__in=child_ids, ends_at=None)
        if not kept.exists():
            return found
        return found.exclude(Exists(_of_theirs())).exclude(pk__in=of_children(child_ids))

    def believed_of_each(self) -> "ContactQuerySet":
        """The same of whichever child a row is about, for lists that the database narrows."""
        return self.exclude(Exists(_of_theirs())).exclude(pk__in=of_everybody())


def _of_theirs() -> models.QuerySet[KeepFrom]:
    """The marks that keep the child of a contact from whoever saw it or wrote it down."""
    word_of = Q(user=OuterRef("witness_user")) | Q(user=OuterRef("recorded_by"))
    return KeepFrom.objects.filter(word_of, child=OuterRef("child"), ends_at=None)


class Contact(models.Model):
    """One meeting, call, message or look that failed; never edited, only withdrawn with a reason."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="contacts")
    outcome = models.CharField(max_length=20, choices=Outcome)
    means = models.CharField(max_length=12, choices=Means)
    witness = models.CharField(_("who saw the child"), max_length=150, blank=True)
    witness_role = models.CharField(max_length=20, choices=WitnessRole, blank=True)
    witness_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Whose word it is for the second pair of eyes: "home:4", "team:2", "service:1", "force:kent", "other:…".
    organisation = models.CharField(max_length=60, blank=True)
    knows_child = models.BooleanField(default=False)
    other_in_room = models.BooleanField(default=False)
    told_by = models.CharField(_("who told us"), max_length=150, blank=True)
    happened_at = models.DateTimeField()
    # The device's own time where it was ahead by no more than the tolerance and read as now.
    stated_at = models.DateTimeField(null=True, blank=True)
    mood = models.CharField(
        _("mood or concern"), max_length=7, choices=Mood, blank=True, default="", db_default=""
    )
    # Whether there was someone new around the child; None where nobody was asked.
    someone_new = models.BooleanField(null=True)
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(
                fields=["child", "-happened_at"], name="contact_standing", condition=Q(withdrawn_at=None)
            ),
            # The last time that a guardian saw each child, among some thousand contacts of everybody else.
            models.Index(
                fields=["child", "-happened_at"],
                name="contact_by_guardian",
                condition=Q(withdrawn_at=None, witness_role="guardian"),
            ),
            # What was withdrawn lately, for whatever followed it: few of all.
            models.Index(
                fields=["withdrawn_at"], name="contact_withdrawn", condition=Q(withdrawn_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="contact_not_in_the_future", condition=Q(happened_at__lte=models.F("recorded_at"))
            ),
            models.CheckConstraint(
                name="contact_without_witness_is_hearsay", condition=~Q(witness="") | Q(means="hearsay")
            ),
            models.CheckConstraint(
                name="contact_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.outcome} {self.happened_at:%Y-%m-%d %H:%M}"
