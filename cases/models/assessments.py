"""A risk assessment: what is known by domain with evidence and source, the grade and why, and who agreed to a lower one."""

import uuid
from collections.abc import Mapping

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child, Risk
from cases.models.episodes import PoliceGrade
from cases.models.people import User

GRADES = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)


class Domain(models.TextChoices):
    """What a risk is looked for in."""

    CONTROL = "control", _("Trafficking and control")
    LEAVING = "leaving", _("Going missing")
    HEALTH = "health", _("Health")
    MIND = "mind", _("State of mind")
    AGE = "age", _("Age and being new")
    LINKS = "links", _("People and place")
    ONLINE = "online", _("Online")


class Answer(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")


# What is asked in each domain [College of Policing APP, risk identification; default policy, section 1.5].
FACTORS: Mapping[str, Mapping[str, Promise]] = {
    Domain.CONTROL: {
        "trafficking": _("Signs of trafficking or exploitation"),
        "exploiters": _("Exploiters, or their vehicles, are known"),
        "debt": _("A debt, for the journey or otherwise"),
        "adults": _("In touch with adults whom nobody has checked, family among them"),
    },
    Domain.LEAVING: {
        "missing_before": _("Missing before"),
        "packed": _("Signs of leaving: packed, sold things, made plans"),
        "trigger": _("Something recent: a refusal, an age decision, a transfer, soon 18"),
        "friends_gone": _("Others of the same route or placement have gone"),
    },
    Domain.HEALTH: {
        "illness": _("Illness, or medicine that must not run out"),
        "disability": _("Disability or communication need"),
        "pregnancy": _("Pregnancy"),
        "substances": _("Alcohol or drugs"),
    },
    Domain.MIND: {
        "self_harm": _("Self-harm or thoughts of suicide"),
        "mental_health": _("Other worries about mental health"),
    },
    Domain.AGE: {
        "young": _("Very young, or young for their age"),
        "new": _("In the UK for less than 28 days"),
        "no_english": _("No English"),
    },
    Domain.LINKS: {
        "no_means": _("No phone or no money"),
        "bullied": _("Bullying or racism where the child lives"),
        "fear": _("Fear of immigration control"),
    },
    Domain.ONLINE: {"online": _("Contacts online that nobody knows")},
}


# What is seen or heard of a child who may be trafficked; each is ticked by itself, with how it is known [default policy,
# section 1.5].
INDICATORS: Mapping[str, Promise] = {
    "number_known": _("A phone number or an address learnt by heart, or given to the child on the way"),
    "no_luggage": _("No luggage"),
    "rehearsed": _("An account that sounds learnt"),
    "journey_debt": _("A debt for the journey"),
    "met": _("Met or collected by an adult whom nobody knows"),
    "unexplained": _("A phone, SIM card, money or clothes that nobody can explain"),
    "found_at": _("Found at a cannabis farm, nail bar, car wash or brothel, or carrying drugs for others"),
    "injuries": _("Injuries, or tattoos that mark a child as somebody’s"),
    "restricted": _("Not free to come and go, or to speak alone"),
    "wants_away": _("Wants to leave the placement at once"),
    "vanished": _("Another child of the same route has vanished"),
}
# A sign that is ticked answers these questions of its domain with yes; all of them the first.
ANSWERED_BY: Mapping[str, str] = {"journey_debt": "debt"}


class RiskAssessment(models.Model):
    """One assessment; what it says is never edited, a later one takes its place.

    `domains` holds by domain the answers, the evidence and who gave it; under trafficking and control also each sign that
    was seen or heard, by its code, with how it is known. A grade below the one that stood waits for a
    second person, and the child is watched as before until then.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="assessments")
    grade = models.CharField(max_length=7, choices=[(grade.value, grade.label) for grade in GRADES])
    # The grade in force when it was recorded.
    before = models.CharField(max_length=7, choices=Risk)
    rationale = models.TextField()
    domains = models.JSONField(default=dict)
    protective = models.TextField(blank=True)
    contributors = models.CharField(max_length=300, blank=True)
    changed = models.TextField(blank=True)
    # Theirs, as it stood on the latest episode: a copy to read beside ours, never a part of it.
    police_grade = models.CharField(max_length=8, choices=PoliceGrade, blank=True)
    again_by = models.DateField(null=True, blank=True)
    assessed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-assessed_at", "-pk"]
        indexes = [models.Index(fields=["child", "-assessed_at"], name="assessment_by_child")]
        constraints = [
            models.CheckConstraint(
                name="assessment_graded", condition=Q(grade__in=[grade.value for grade in GRADES])
            ),
            models.CheckConstraint(name="assessment_says_why", condition=~Q(rationale="")),
            models.CheckConstraint(
                name="assessment_not_in_the_future", condition=Q(assessed_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="assessment_agreed_by_another",
                condition=Q(agreed_at=None, agreed_by=None)
                | (Q(agreed_at__isnull=False, agreed_by__isnull=False) & ~Q(agreed_by=F("assessed_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: assessed {self.grade}"

    @property
    def signs(self) -> dict[str, str]:
        """How each sign of trafficking that was seen or heard is known, by its code in the order of the list."""
        held = self.domains.get(Domain.CONTROL, {}).get("indicators", {})
        return {code: held[code] for code in INDICATORS if code in held}


class AssessmentReading(models.Model):
    """A manager read an assessment and signed it, or sent it back with words; nobody edits it."""

    assessment = models.OneToOneField(RiskAssessment, on_delete=models.PROTECT, related_name="reading")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="assessment_readings")
    # A copy: who wrote it is not who reads it.
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    signed = models.BooleanField()
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="assessment_read_by_another", condition=~Q(read_by=F("assessed_by"))),
            models.CheckConstraint(
                name="assessment_sent_back_with_words", condition=Q(signed=True) | ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {'signed' if self.signed else 'sent back'}"
