"""Return interviews: what a child who is back was offered and said, one row for each time it was written; withdrawn at most."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.people import User


class Interview(models.TextChoices):
    """What came of the offer; only the last two are an end of it."""

    WAITING = "waiting", _("Not held yet")
    HELD = "held", _("The child talked with the interviewer")
    DID_NOT_WANT = "did_not_want", _("The child did not want to talk")


class Independence(models.TextChoices):
    """How the interviewer stands to carer, home and council [statutory guidance: independent unless the child prefers]."""

    INDEPENDENT = "independent", _("Independent of the carer, the home and the child’s social work team")
    CHILD_PREFERS = "child_prefers", _("Not independent: the child asked for this person")
    NOBODY_ELSE = "nobody_else", _("Not independent: nobody else could be had")


class Interpreter(models.TextChoices):
    NOT_NEEDED = "not_needed", _("Not needed")
    PRESENT = "present", _("An interpreter was there, or on the phone")
    MISSING = "missing", _("Needed, and nobody was there")


class Sharing(models.TextChoices):
    """The child's own answer to who may read what they said; a danger to them is shared without it."""

    YES = "yes", _("Yes")
    PART = "part", _("Some of it")
    NO = "no", _("No")
    NOT_ASKED = "not_asked", _("Not asked")


class InterviewQuerySet(models.QuerySet["ReturnInterview"]):
    def standing(self) -> "InterviewQuerySet":
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)

    def concluded(self) -> "InterviewQuerySet":
        """Those of them that say that it was held, or that the child did not want it."""
        return self.standing().exclude(outcome=Interview.WAITING)


class ReturnInterview(models.Model):
    """One version of the interview about one episode; a correction is the next version, and what stood stays."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="return_interviews")
    version = models.PositiveSmallIntegerField()
    offered_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Interview)
    reason = models.TextField(blank=True)
    carer_information = models.TextField(blank=True)
    interviewer = models.CharField(max_length=150, blank=True)
    independence = models.CharField(max_length=13, choices=Independence, blank=True)
    # Of an interviewer who is not independent though the child asked for nobody.
    not_independent_why = models.TextField(blank=True, default="", db_default="")
    interpreter = models.CharField(max_length=10, choices=Interpreter, blank=True)
    interpreter_name = models.CharField(max_length=150, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True)
    before = models.TextField(blank=True)
    during = models.TextField(blank=True)
    after = models.TextField(blank=True)
    why_left = models.TextField(blank=True)
    what_drew = models.TextField(blank=True)
    with_whom = models.TextField(blank=True)
    harm = models.TextField(blank=True)
    crimes = models.TextField(blank=True)
    would_help = models.TextField(blank=True)
    health_needs = models.TextField(blank=True, default="", db_default="")
    # The interview of the police before this one: the child is not made to tell it all again.
    police_date = models.DateField(null=True, blank=True)
    police_reference = models.CharField(max_length=60, blank=True, default="", db_default="")
    # For the police, kept apart from the child's own account so that it can be handed over by itself.
    intelligence = models.TextField(blank=True)
    actions = models.TextField(blank=True)
    sharing = models.CharField(max_length=9, choices=Sharing, blank=True)
    review_date = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        ordering = ["episode", "version"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "version"], name="return_interview_version_once"),
            models.CheckConstraint(
                name="return_interview_not_in_the_future",
                condition=Q(offered_at__lte=F("recorded_at"))
                & (Q(held_at=None) | Q(held_at__lte=F("recorded_at"))),
            ),
            models.CheckConstraint(
                name="return_interview_held_by_somebody",
                condition=~Q(outcome="held")
                | (Q(held_at__isnull=False) & ~Q(interviewer="") & ~Q(independence="") & ~Q(interpreter="")),
            ),
            models.CheckConstraint(
                name="return_interview_not_independent_says_why",
                condition=~Q(outcome="held", independence="nobody_else") | ~Q(not_independent_why=""),
            ),
            models.CheckConstraint(
                name="return_interview_not_wanted_says_why",
                condition=~Q(outcome="did_not_want") | (~Q(reason="") & Q(held_at=None)),
            ),
            models.CheckConstraint(
                name="return_interview_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: interview {self.version}"
