"""Drafts: what somebody has typed into a form and not sent; nobody's record, and its writer's alone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.organisations import GuardianService
from cases.models.people import User


class Draft(models.Model):
    """One form of one person, of one child, of somebody they supervise, or of no child yet: as it was typed."""

    class Form(models.TextChoices):
        """The forms that keep drafts."""

        NOTE = "note", _("Case note")
        MISSING_REPORT = "missing-report", _("Missing report")
        MISSING_RISK = "missing-report-risk", _("Missing report, what the police ask")
        RETURN_INTERVIEW = "return-interview", _("Return interview")
        REGISTRATION = "registration", _("Registration")
        ASSESSMENT = "assessment", _("Risk assessment")
        PLAN = "plan", _("Safeguarding plan")
        JOURNEY = "journey", _("Journey with escorts")
        MEETING = "meeting", _("Meeting")
        NRM_REFERRAL = "nrm-referral", _("Referral to the National Referral Mechanism")
        GUARDIAN_REFERRAL = "guardian-referral", _("Referral to a guardian service")
        TRANSFER_REFERRAL = "transfer-referral", _("Referral for transfer")
        SUPERVISION = "supervision", _("Supervision")
        GUARDIAN_SUPERVISION = "guardian-supervision", _("Supervision of a guardian")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=20, choices=Form)
    child = models.ForeignKey(Child, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Whose supervision it is.
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # Of a guardian's supervision, in which service: who is one in two is supervised in each.
    service = models.ForeignKey(
        GuardianService, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "form", "child", "person", "service"], name="draft_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="draft_in_a_service", condition=Q(service=None) | Q(form="guardian-supervision")
            ),
            models.CheckConstraint(
                name="draft_of_a_child",
                condition=Q(form="registration", child=None, person=None)
                | (Q(form__in=("supervision", "guardian-supervision"), child=None) & ~Q(person=None))
                | (
                    ~Q(form__in=("registration", "supervision", "guardian-supervision"))
                    & ~Q(child=None)
                    & Q(person=None)
                ),
            ),
        ]
        indexes = [models.Index(fields=["saved_at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.form} {self.child_id or self.person_id or ''}"


class KeptForm(models.Model):
    """A form that was sent when its writer's session had locked: what was typed, never a file, never a secret."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kept_forms")
    # The page that it was sent from, and the address that it was sent to.
    page = models.CharField(max_length=500)
    action = models.CharField(max_length=500)
    data = models.JSONField(default=dict)
    has_files = models.BooleanField(default=False)
    kept_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["kept_at"], name="kept_form_by_age"),
            models.Index(fields=["user", "-kept_at"], name="kept_form_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.action}"
