"""Mails and calls that prove a way and carry nothing about any child."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Home, Mailbox, Team, User


class Probe(models.Model):
    """A message of ours that is to come back: a canary to ourselves, or a test of somebody's mailbox."""

    class Kind(models.TextChoices):
        CANARY = "canary", _("Canary")
        MAILBOX = "mailbox", _("Test of a mailbox")

    class Way(models.TextChoices):
        PIPE = "pipe", _("came back by the mail server’s pipe")
        LINK = "link", _("confirmed on the page")
        REPLY = "reply", _("answered")
        RECEIPT = "receipt", _("shown on a screen")

    kind = models.CharField(max_length=7, choices=Kind)
    mailbox = models.ForeignKey(
        Mailbox, null=True, blank=True, on_delete=models.PROTECT, related_name="probes"
    )
    # The stretch of time that this canary stands for: any number of sweeps send one.
    slot = models.DateTimeField(null=True, blank=True, unique=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    came_back_at = models.DateTimeField(null=True, blank=True)
    came_back_by = models.CharField(max_length=7, choices=Way, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="probe_is_of_its_kind",
                condition=Q(kind="canary", mailbox=None, slot__isnull=False)
                | Q(kind="mailbox", mailbox__isnull=False, slot=None),
            )
        ]
        indexes = [models.Index(fields=["kind", "-asked_at"], name="probe_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class TestCall(models.Model):
    """Append-only: somebody rang the number of a duty team, of its rota or of a home to see that it is answered."""

    # pytest would collect a class of this name.
    __test__ = False

    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="test_calls")
    home = models.ForeignKey(Home, null=True, blank=True, on_delete=models.PROTECT, related_name="test_calls")
    phone = models.CharField(max_length=20)
    answered = models.BooleanField()
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="test_call_is_of_team_or_home",
                condition=Q(team__isnull=False, home=None) | Q(team=None, home__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["team", "phone", "-at"], name="test_call_latest")]

    def __str__(self) -> str:
        return f"test call {self.pk}"
