"""Contact policies, kept as versions: what was in force when stays readable."""

from django.db import models
from django.db.models import F, Q

from cases.models import Authority, Child, User


class PolicyVersion(models.Model):
    """One version of one policy row; changed by two people after a replay, never edited."""

    key = models.CharField(max_length=30)
    # Counted over all of a policy's versions, whosever they are: a key and a number name one of them.
    version = models.PositiveIntegerField()
    # None holds for every authority until its own begins.
    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="policies"
    )
    # The end of an authority's own: from then on what is delivered holds again.
    follows_delivered = models.BooleanField(default=False)
    data = models.JSONField()
    takes_effect_at = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    # The past days on which exactly this was tried before two people agreed on it, or why it was not; of the policies of
    # contact and of the calls to the police.
    tried_first = models.DateField(null=True, blank=True)
    tried_last = models.DateField(null=True, blank=True)
    tried_in_part = models.BooleanField(default=False)
    untried_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["key", "version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="policy_version_once"),
            models.CheckConstraint(
                name="policy_of_one_authority_by_people",
                condition=Q(authority=None) | Q(published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="policy_ended_is_an_authoritys",
                condition=Q(follows_delivered=False) | Q(authority__isnull=False),
            ),
            models.CheckConstraint(
                name="policy_tried_or_not",
                condition=Q(tried_first=None, tried_last=None, tried_in_part=False)
                | Q(
                    tried_first__isnull=False,
                    tried_last__isnull=False,
                    tried_first__lte=F("tried_last"),
                    untried_why="",
                ),
            ),
            models.CheckConstraint(
                name="policy_changed_by_two_people",
                condition=Q(published_by=None, seconded_by=None)
                | (
                    Q(published_by__isnull=False, seconded_by__isnull=False)
                    & ~Q(published_by=F("seconded_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class DemoWatch(models.Model):
    """A story child, watched under a clearly marked demo policy instead of the council's rows."""

    child = models.OneToOneField(Child, on_delete=models.PROTECT, related_name="demo_watch")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.child_id} under {self.policy_id}"
