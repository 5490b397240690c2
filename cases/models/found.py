"""Found children who cannot or will not say who they are, and the searches that one of them may belong to."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Sex
from cases.models.episodes import MissingEpisode
from cases.models.matters import Matter
from cases.models.organisations import Authority, PoliceForce
from cases.models.people import User
from cases.states import EpisodeStatus


class FoundChildQuerySet(models.QuerySet["FoundChild"]):
    def open(self) -> "FoundChildQuerySet":
        return self.filter(closed_at=None)


class FoundChild(models.Model):
    """One found child as it was written down: no record of a child, and read by nobody but desks and who is asked."""

    class Outcome(models.TextChoices):
        IDENTIFIED = "identified", _("It is a child who was looked for")
        REGISTERED = "registered", _("Registered as a new arrival")
        HANDED_OVER = "handed", _("Handed to somebody who answers for the child")
        NO_CHILD = "no_child", _("An adult, or written down by mistake")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Its clock and its messages: who looks after the child, until it is closed.
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="found_child")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    place = models.CharField(max_length=200)
    found_by = models.CharField(max_length=150)
    force = models.ForeignKey(PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Where the child is, with whom, and on which number: asked tonight, and known to nobody else.
    cared_for = models.CharField(max_length=200, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, default=Sex.UNKNOWN)
    age_from = models.PositiveSmallIntegerField(null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(null=True, blank=True)
    looks = models.CharField(max_length=500, blank=True)
    clothing = models.CharField(max_length=300, blank=True)
    languages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    said = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    # Which search it was, or to whom the child was handed, and by whose word.
    episode = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_reason = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = FoundChildQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="found_child_says_where_and_by_whom", condition=~Q(place="") & ~Q(found_by="")
            ),
            models.CheckConstraint(
                name="found_child_not_in_the_future", condition=Q(found_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="found_child_ages_in_order",
                condition=Q(age_from=None) | Q(age_to=None) | Q(age_from__lte=F("age_to")),
            ),
            models.CheckConstraint(
                name="found_child_closed_by_somebody",
                condition=Q(closed_at=None, closed_by=None, outcome="", closed_reason="", episode=None)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False)
                    & ~Q(outcome="")
                    & ~Q(closed_reason="")
                ),
            ),
            models.CheckConstraint(
                name="found_child_identified_names_its_search",
                condition=Q(outcome="identified", episode__isnull=False)
                | (~Q(outcome="identified") & Q(episode=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return self.matter.reference

    def known(self, field: str) -> list[str]:
        """All that is known of one of `ADDED`: as it was first written down, then what was added, in their order."""
        given = [getattr(row, field) for row in (self, *self.additions.all())]
        parts = [part for one in given for part in (one if isinstance(one, list) else [one])]
        return list(dict.fromkeys(part for part in parts if part))


class FoundAddition(models.Model):
    """What was learnt of a found child after it was written down; nothing that stands is changed by it."""

    # Which columns of a found child can be added to.
    ADDED = ("names", "looks", "clothing", "languages", "phone", "said")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    found = models.ForeignKey(FoundChild, on_delete=models.PROTECT, related_name="additions")
    names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    looks = models.CharField(max_length=500, blank=True)
    clothing = models.CharField(max_length=300, blank=True)
    languages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    said = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="found_addition_says_something",
                condition=~Q(names=[], looks="", clothing="", languages=[], phone="", said=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.found_id}, {self.recorded_at}"


class FoundMatchQuerySet(models.QuerySet["FoundMatch"]):
    def standing(self) -> "FoundMatchQuerySet":
        """Of each found child and search the last: what was answered before is history."""
        later = FoundMatch.objects.filter(
            found=OuterRef("found"), episode=OuterRef("episode"), pk__gt=OuterRef("pk")
        )
        return self.filter(~Exists(later))

    def in_question(self) -> "FoundMatchQuerySet":
        """Those in which it may still be this child, for all that is known, and somebody looks for it."""
        ended = MissingEpisode.objects.filter(status=EpisodeStatus.ENDED)
        return self.standing().exclude(answer=FoundMatch.Answer.IT_IS_NOT).exclude(episode__in=ended)


class FoundMatch(models.Model):
    """Somebody said that a found child may be this one: its owners are asked until they have answered.

    One answer is one row, and stays: who is asked again or puts an answer right makes another.
    """

    class Answer(models.TextChoices):
        IT_IS = "it_is", _("It is this child")
        IT_IS_NOT = "it_is_not", _("It is not this child")
        CANNOT_SAY = "cannot_say", _("We cannot say")

    SAID = (Answer.IT_IS, Answer.IT_IS_NOT)

    found = models.ForeignKey(FoundChild, on_delete=models.PROTECT, related_name="matches")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="found_matches")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    note = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = FoundMatchQuerySet.as_manager()

    class Meta:
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["found", "episode"], name="found_match_asked_once", condition=Q(answer="")
            ),
            models.CheckConstraint(
                name="found_match_answered_by_somebody",
                condition=Q(answer="", answered_at=None, answered_by=None, note="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="") & ~Q(note="")),
            ),
        ]
        indexes = [
            models.Index(fields=["episode"], name="found_match_unanswered", condition=Q(answer="")),
        ]

    def __str__(self) -> str:
        return f"{self.found_id}: {self.episode_id}"

    @property
    def more_is_known(self) -> bool:
        """Whether anything was written down of the found child since the owners said that it is not, or cannot say."""
        if self.answered_at is None or self.answer == self.Answer.IT_IS:
            return False
        return any(one.recorded_at > self.answered_at for one in self.found.additions.all())
