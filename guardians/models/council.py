"""What a guardian holds against the council: a concern for their own supervisor, what was promised, and its end."""

import uuid
from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models import Child, GuardianService, User


class CouncilConcernQuerySet(models.QuerySet["CouncilConcern"]):
    def open(self) -> "CouncilConcernQuerySet":
        """Those that nobody has closed."""
        return self.filter(ending=None)

    def promised(self) -> "CouncilConcernQuerySet":
        """What is owed of a promise still: nobody has closed it, and the child lives."""
        return self.open().filter(due_at__isnull=False, child__in=Child.objects.living().values("pk"))


class CouncilConcern(models.Model):
    """What the council does or does not do for a child, in the guardian's words to who supervises them; nobody edits it.

    `due_at` is the end of the day by which somebody of the council promised something. The council reads the words
    where the guardian says so, and of a promise who made it and by when.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="council_concerns")
    service = models.ForeignKey(GuardianService, on_delete=models.PROTECT, related_name="council_concerns")
    words = models.TextField()
    shared = models.BooleanField()
    promised_by = models.CharField(max_length=150, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = CouncilConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="council_concern_says_what", condition=~Q(words="")),
            models.CheckConstraint(
                name="council_promise_is_whole",
                condition=Q(due_at=None, promised_by="") | (Q(due_at__isnull=False) & ~Q(promised_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: council concern {self.pk}"

    @property
    def by_date(self) -> date | None:
        """The London day by whose end it was promised."""
        return london_day(self.due_at - timedelta(seconds=1)) if self.due_at is not None else None

    @property
    def is_open(self) -> bool:
        return not hasattr(self, "ending")


class CouncilConcernEnding(models.Model):
    """How a concern was closed, once: by whom and with which words, or because the service watches over nobody there."""

    class Kind(models.TextChoices):
        ANSWERED = "answered", _("Closed")
        LEFT = "left", _("The service no longer watches over the child")

    concern = models.OneToOneField(CouncilConcern, on_delete=models.PROTECT, related_name="ending")
    kind = models.CharField(max_length=8, choices=Kind)
    words = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="council_concern_answered_in_words", condition=Q(kind="left", words="") | ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concern_id}: {self.kind}"
