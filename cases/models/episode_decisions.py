"""What is decided while a child is missing, and what forces and partners found: append-only, each with who, when and why."""

from collections.abc import Mapping

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.episodes import MissingEpisode
from cases.models.people import User


class EpisodeDecision(models.Model):
    """Append-only: one decision about an open search, or what became of it; the latest of its kind stands."""

    class Kind(models.TextChoices):
        UKMPU = "ukmpu", _("UK Missing Persons Unit")
        MISSING_PEOPLE = "missing_people", _("Missing People (116 000)")
        PUBLICITY = "publicity", _("Publicity")
        CHILD_RESCUE_ALERT = "rescue_alert", _("Child Rescue Alert")
        HOME_OFFICE = "home_office", _("The Home Office")
        OFSTED = "ofsted", _("Ofsted, told by those who run the placement")

    class Answer(models.TextChoices):
        TOLD = "told", _("Told")
        NOT_TOLD = "not_told", _("Not told")
        OFFERED = "offered", _("Offered, no answer yet")
        REFERRED = "referred", _("Referred")
        ASKED = "asked", _("Asked of the police, not decided yet")
        YES = "yes", _("Yes")
        NO = "no", _("No")
        REFUSED = "refused", _("The police said no")
        ISSUED = "issued", _("Issued")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=14, choices=Kind)
    answer = models.CharField(max_length=9, choices=Answer)
    decided_at = models.DateTimeField()
    # By name: it may be an officer, or a parent.
    decided_by = models.CharField(max_length=150)
    # Who was told, asked or offered it, there.
    spoken_to = models.CharField(max_length=150, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    # Whose consent there is, or why it is done without.
    consent = models.CharField(max_length=300, blank=True)
    # What it may do to the child.
    risk = models.CharField(max_length=500, blank=True)
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="episode_decision_says_who_and_why", condition=~Q(decided_by="") & ~Q(reason="")
            ),
            models.CheckConstraint(
                name="episode_decision_not_in_the_future", condition=Q(decided_at__lte=F("recorded_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.kind} {self.answer}"


_K, _A = EpisodeDecision.Kind, EpisodeDecision.Answer
# What can be answered of each.
ANSWERS: Mapping[str, tuple[EpisodeDecision.Answer, ...]] = {
    _K.UKMPU: (_A.TOLD, _A.NOT_TOLD),
    _K.MISSING_PEOPLE: (_A.OFFERED, _A.REFERRED, _A.NO, _A.WITHDRAWN),
    _K.PUBLICITY: (_A.ASKED, _A.YES, _A.NO, _A.WITHDRAWN),
    _K.CHILD_RESCUE_ALERT: (_A.ASKED, _A.ISSUED, _A.REFUSED, _A.NO, _A.WITHDRAWN),
    _K.HOME_OFFICE: (_A.TOLD, _A.NOT_TOLD),
    _K.OFSTED: (_A.TOLD, _A.NOT_TOLD),
}
# Which answers end nothing: what was asked for is still to be answered.
WAITING = frozenset({_A.OFFERED, _A.ASKED})
# What has gone out, and can be taken back.
OUT = frozenset({_A.YES, _A.ISSUED, _A.REFERRED})


class EpisodeFinding(models.Model):
    """Append-only: what a force or a partner found out about a missing child; intelligence is kept apart."""

    class Source(models.TextChoices):
        POLICE = "police", _("Police")
        UKMPU = "ukmpu", _("UK Missing Persons Unit")
        MISSING_PEOPLE = "missing_people", _("Missing People")
        AUTHORITY = "authority", _("Another council")
        ABROAD = "abroad", _("Authorities of another country")
        OTHER = "other", _("Somebody else")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="findings")
    source = models.CharField(max_length=14, choices=Source)
    told_by = models.CharField(max_length=150)
    heard_at = models.DateTimeField()
    text = models.TextField()
    # About others than the child, or how it is known: for the police and the council alone.
    is_intelligence = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["heard_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="episode_finding_says_who_and_what", condition=~Q(told_by="") & ~Q(text="")
            ),
            models.CheckConstraint(
                name="episode_finding_not_in_the_future", condition=Q(heard_at__lte=F("recorded_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: finding {self.pk}"
