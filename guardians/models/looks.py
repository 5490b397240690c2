"""That the guardian of a missing child goes on, or the word that this was recorded by mistake."""

from django.db import models
from django.db.models import Q

from cases.models import Child, MissingEpisode, User


class GuardianLookQuerySet(models.QuerySet["GuardianLook"]):
    def standing(self) -> "GuardianLookQuerySet":
        """Those by which a guardian goes on, and that nobody has taken back."""
        return self.filter(takes_back=None, taken_back=None)


class GuardianLook(models.Model):
    """Somebody looked at it in this search; nobody edits it, and a later row takes it back where it was a mistake."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_looks")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="guardian_looks")
    takes_back = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="taken_back"
    )
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = GuardianLookQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [models.CheckConstraint(name="guardian_look_says_why", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.child_id}: guardian looked at"
