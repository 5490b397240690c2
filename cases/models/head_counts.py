"""Whom a missing child makes others look for: who lives with the child, and who is said to belong to it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.episodes import MissingEpisode


class HeadCount(models.Model):
    """One child is to be seen because another is missing: written by the engine once for each episode, never typed.

    Who is missing stands in `episode` alone: no message, page or event of `child` says it.
    """

    class Reason(models.TextChoices):
        HOME = "home", _("Lives in the same home")
        LINK = "link", _("Said to belong together")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="head_counts")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="head_counts")
    reason = models.CharField(max_length=4, choices=Reason)
    # When the police were owed word of the other: whoever was seen at that instant or since is accounted for.
    since = models.DateTimeField()
    # When the engine asked for it; what nobody had been told of was not late before.
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Nobody was missing: the record of the other was late.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["child", "episode"], name="head_count_once"),
            models.CheckConstraint(
                name="head_count_in_order",
                condition=Q(raised_at__gte=F("since"), due_at__gt=F("raised_at"))
                & (Q(ended_at=None) | Q(ended_at__gte=F("raised_at"))),
            ),
        ]
        indexes = [models.Index(fields=["episode"], name="head_count_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.reason} {self.raised_at:%Y-%m-%d %H:%M}"
