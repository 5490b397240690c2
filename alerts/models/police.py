"""What the police did with an alert: the link they opened, what they gave, and what duty verified."""

from collections.abc import Collection

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from alerts.models.outbox import Message
from cases.models import EpisodeForce, KeepFrom, MissingEpisode, PoliceForce, User


class PoliceLink(models.Model):
    """A link in one police mail: only its hash is stored, it expires, and it can be revoked."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="links")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="links")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    # After ten wrong codes no code opens the photo and the details on this link until then.
    profile_closed_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class LinkUse(models.Model):
    """One request on a link, so that each is limited by itself and never by address."""

    link = models.ForeignKey(PoliceLink, on_delete=models.PROTECT, related_name="uses")
    at = models.DateTimeField()
    posted = models.BooleanField(default=False)
    # A request for the photo and the details, which has its own fill: it never stops "I have this alert".
    of_profile = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["link", "-at"], name="link_use_recent")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.at}"


class ProfileCode(models.Model):
    """A code that duty reads out to an officer whom they have rung back: with it a link shows photo and details."""

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="profile_codes")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    code_hash = models.CharField(max_length=64)
    officer = models.CharField(max_length=120)
    collar_number = models.CharField(max_length=30)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    # The link that it was first typed on, and the only one that it opens.
    link = models.ForeignKey(
        PoliceLink, null=True, blank=True, on_delete=models.PROTECT, related_name="profile_codes"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="profile_code_names_officer",
                condition=~models.Q(officer="") & ~models.Q(collar_number=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: code {self.pk}"


class ProfileTry(models.Model):
    """One code typed on a link."""

    link = models.ForeignKey(PoliceLink, on_delete=models.PROTECT, related_name="profile_tries")
    at = models.DateTimeField()
    right = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["link", "-at"], name="profile_try_recent")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.at}"


class LinkAcknowledgement(models.Model):
    """“I have this alert”, as given by somebody with the link: not verified, and it slows nothing."""

    link = models.ForeignKey(PoliceLink, on_delete=models.PROTECT, related_name="acknowledgements")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()
    name = models.CharField(_("name"), max_length=120)
    collar_number = models.CharField(_("collar number"), max_length=30)
    incident_reference = models.CharField(_("incident reference"), max_length=60, blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.episode_id}: as given, not verified"


def doubted_at() -> Subquery:
    """From when on a verification counts no more: a mark keeps the child from whoever recorded it."""
    marks = KeepFrom.objects.filter(
        child=OuterRef("episode__child"), user=OuterRef("recorded_by"), ends_at=None
    )
    return Subquery(marks.values("starts_at")[:1])


class VerificationQuerySet(models.QuerySet["Verification"]):
    def of_this_search(self) -> "VerificationQuerySet":
        """Those since the search that runs began: what an officer said of an earlier one is no word of it."""
        return self.filter(at__gte=F("episode__police_owed_at"))

    def believed(self) -> "VerificationQuerySet":
        """Those that count still: no mark keeps the child from whoever recorded them."""
        return self.alias(doubted_at=doubted_at()).filter(doubted_at=None)


class Verification(models.Model):
    """A lease: an officer by name, spoken to or signed in; it stops the call steps until it goes stale."""

    class Method(models.TextChoices):
        SPOKEN = "spoken", _("Spoken to on 999, 101 or the number held")
        SIGNED_IN = "signed_in", _("Signed-in officer")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="verifications")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=9, choices=Method)
    officer = models.CharField(max_length=120)
    collar_number = models.CharField(max_length=30, blank=True)
    incident_reference = models.CharField(max_length=60)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = VerificationQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="verification_names_officer_and_reference",
                condition=~models.Q(officer="") & ~models.Q(incident_reference=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: verified {self.at:%Y-%m-%d %H:%M}"


def referenced(episodes: Collection[int]) -> set[int]:
    """Those of these episodes, by key, for which a force has given a reference by a word that counts, in one query.

    Of one that was written down by somebody from whom the child is kept it is that of an officer who gave it to another.
    """
    held = EpisodeForce.objects.filter(episode__in=episodes).exclude(incident_reference="")
    vouched = Verification.objects.believed().filter(
        episode=OuterRef("episode"),
        force=OuterRef("force"),
        incident_reference=OuterRef("incident_reference"),
    )
    counts = Q(pk__in=EpisodeForce.objects.referenced().filter(episode__in=episodes)) | Exists(vouched)
    return set(held.filter(counts).values_list("episode", flat=True))
