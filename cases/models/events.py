"""The append-only records: what happened to a child or in a home, who read what, and who changed where alerts go."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from cases.models.children import Child
from cases.models.organisations import Home
from cases.models.people import User


class Event(models.Model):
    """One line of the event log, numbered per child under the child's lock and chained by digests."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="events", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=60)
    fields_digest = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["child", "number"]
        constraints = [
            models.UniqueConstraint(fields=["child", "number"], name="event_numbered_once_per_child"),
            models.UniqueConstraint(fields=["child", "previous_digest"], name="event_chain_never_forks"),
        ]
        indexes = [models.Index(fields=["child", "-happened_at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.child_id}/{self.number} {self.kind}"


class HomeEvent(models.Model):
    """One line of a home's own log, for what is about no child: numbered under the home's lock and chained by digests."""

    home = models.ForeignKey(Home, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=60)
    fields_digest = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["home", "number"]
        constraints = [
            models.UniqueConstraint(fields=["home", "number"], name="home_event_numbered_once_per_home"),
            models.UniqueConstraint(fields=["home", "previous_digest"], name="home_event_chain_never_forks"),
        ]

    def __str__(self) -> str:
        return f"home {self.home_id}/{self.number} {self.kind}"


class AccessRecord(models.Model):
    """One read, print, export or refusal: who, which child, under which permission, when."""

    # Both are found by the indexes below; a read is written often, and each index costs.
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_label = models.CharField(max_length=60, blank=True)
    child = models.ForeignKey(
        Child, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    permission = models.CharField(max_length=40)
    allowed = models.BooleanField()
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True, blank=True)
    path = models.CharField(max_length=200, blank=True)
    # The kind of page, by the name of its address: the same page again within a span is no new read.
    page = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["child", "-at"], name="access_by_child"),
            models.Index(fields=["user", "-at"], name="access_by_user"),
            # The children whose page somebody opened lately, among all that they ever read.
            models.Index(
                fields=["user", "-at"], name="access_opened", condition=Q(page="child", allowed=True)
            ),
            # Those of one day, for the auditor: rows are only ever added, so it costs a read next to nothing.
            BrinIndex(fields=["at"], name="access_by_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.permission} {self.child_id}"


class ConfigurationChange(models.Model):
    """One change of who may read or where alerts go: a mailbox, an agreement, a role, a shift."""

    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="configuration_by_subject")]
        constraints = [
            models.CheckConstraint(
                name="nobody_gives_themselves_a_role",
                condition=~Q(
                    Exact(KeyTextTransform("user", "data"), Cast("actor", models.TextField())),
                    kind="role_given",
                ),
            ),
            models.CheckConstraint(
                name="nobody_confirms_a_role_of_their_own",
                condition=~Q(kind="role_confirmed")
                | ~(
                    Q(Exact(KeyTextTransform("user", "data"), Cast("actor", models.TextField())))
                    | Q(Exact(KeyTextTransform("given_by", "data"), Cast("actor", models.TextField())))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.subject_id}"

    @property
    def reference(self) -> str:
        """What is quoted about it; it says nothing about anybody."""
        return f"A-{self.pk:06d}"
