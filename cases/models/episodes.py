"""Missing episodes: what is known of an absence without whereabouts or authorisation, and how it ended."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models import child_parts
from cases.models.child_parts import ChildPart, NumberFrom, Office
from cases.models.children import Child, Risk
from cases.models.concerns import KeepFrom
from cases.models.contacts import Contact, WitnessRole
from cases.models.organisations import PoliceForce
from cases.models.people import User
from cases.models.placements import Placement
from cases.states import EpisodeOutcome, EpisodeStatus


class PoliceGrade(models.TextChoices):
    """The force's own grade (College of Policing); never mixed with the authority's."""

    NOT_GIVEN = "", _("Not given yet")
    VERY_LOW = "very_low", _("Very low")
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


# Of a record that was late, and of a death that was another child's, nobody was missing.
UNCOUNTED = (EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.ANOTHER_CHILD)


class EpisodeQuerySet(models.QuerySet["MissingEpisode"]):
    def open(self) -> "EpisodeQuerySet":
        return self.exclude(status=EpisodeStatus.ENDED)

    def sought(self) -> "EpisodeQuerySet":
        """Open ones in which somebody has said that the child is gone, or the police are owed word; mere silence is none."""
        return self.open().exclude(status=EpisodeStatus.NOT_CONFIRMED, not_here_at=None, police_owed_at=None)

    def looked_for(self) -> "EpisodeQuerySet":
        """Open ones, less the child who is away, where it is known to be, and of whom the police are owed no word."""
        return self.open().exclude(status=EpisodeStatus.AWAY, police_owed_at=None)

    def rested(self) -> "EpisodeQuerySet":
        """Ended ones after which the clock of contact begins anew: all but what proof alone ended as a late record."""
        late = Q(outcome=EpisodeOutcome.RECORDING_LATE, ended_by=None)
        return self.exclude(late).filter(ended_at__isnull=False)

    def of_death(self) -> "EpisodeQuerySet":
        """Those that ended with the child's death."""
        return self.filter(status=EpisodeStatus.ENDED, outcome=EpisodeOutcome.DIED)

    def told(self, force_id: int | None, *, left_after: datetime) -> "EpisodeQuerySet":
        """Those that this force is told of, or was until it handed them on or declined them, after `left_after`."""
        still = Q(forces__left_at=None) | Q(forces__left_at__gt=left_after)
        return self.filter(still, forces__force=force_id)

    def counted(self) -> "EpisodeQuerySet":
        """Those that count in figures: 'recording was late' counts nowhere, nor does one not confirmed.

        Nor does one that ended with the death of another child: the search that goes on in its place does.
        """
        return self.exclude(outcome__in=UNCOUNTED).exclude(status=EpisodeStatus.NOT_CONFIRMED)

    def missing(self) -> "EpisodeQuerySet":
        """Less those that were *away* to their end: of one that became missing nobody knew any more where the child was."""
        return self.exclude(~Q(whereabouts=""), started_by=MissingEpisode.StartedBy.AWAY)


class MissingEpisode(models.Model):
    """One episode of a child; it may exist without a placement, and nothing ends it by itself."""

    class StartedBy(models.TextChoices):
        SILENCE = "silence", _("Nobody recorded seeing the child")
        NOT_HERE = "not_here", _("Somebody looked, not here")
        REPORT = "report", _("Reported missing")
        AWAY = "away", _("Away without authorisation")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="episodes")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=13, choices=EpisodeStatus)
    started_by = models.CharField(max_length=8, choices=StartedBy)
    # SSDA903: the later of having left the placement and being last seen by a responsible adult.
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The instant from which duty steps count: the report, not here or confirmation, else the first police message.
    counts_from = models.DateTimeField(null=True, blank=True)
    # The instant at which the first police message was owed, of the search that runs: the call ladder counts from it.
    police_owed_at = models.DateTimeField(null=True, blank=True)
    # The first such instant of all: as the find-me profile stood then it is kept, though the search begins anew.
    find_me_at = models.DateTimeField(null=True, blank=True)
    fail_safe = models.BooleanField(default=False)
    # The last look that found nobody and was news: the first, or one that contradicts what had been said since.
    not_here_at = models.DateTimeField(null=True, blank=True)
    # From when the child was gone again, after a return that was said or half recorded: no sighting of before is a return.
    anew_at = models.DateTimeField(null=True, blank=True)
    placement = models.ForeignKey(
        Placement, null=True, blank=True, on_delete=models.PROTECT, related_name="episodes"
    )
    # Through which day those who run it have said, in this search, that they keep the bed; and who said so.
    bed_kept_date = models.DateField(null=True, blank=True)
    bed_kept_by = models.CharField(max_length=150, blank=True, db_default="", default="")
    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_place = models.CharField(max_length=200, blank=True)
    last_seen_by = models.CharField(max_length=150, blank=True)
    # When that time was put right last, by the sightings that stand still, and what had been said of it until then.
    dated_anew_at = models.DateTimeField(null=True, blank=True)
    last_seen_was = models.DateTimeField(null=True, blank=True)
    wearing = models.CharField(max_length=300, blank=True)
    vehicle = models.CharField(_("car and plate"), max_length=200, blank=True)
    why_worried = models.TextField(blank=True)
    police_rung = models.BooleanField(null=True, blank=True)
    whereabouts = models.CharField(max_length=200, blank=True)
    our_grade = models.CharField(max_length=7, choices=Risk, default=Risk.UNKNOWN)
    police_grade = models.CharField(max_length=8, choices=PoliceGrade, blank=True)
    reported_seen_at = models.DateTimeField(null=True, blank=True)
    reported_seen_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    child_confirmed_at = models.DateTimeField(null=True, blank=True)
    child_confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    child_confirmed_how = models.CharField(max_length=12, choices=ChildPart, blank=True)
    # The adult spoke to duty: there with the child, or of the office by name and post.
    child_confirmed_adult = models.CharField(max_length=150, blank=True)
    child_confirmed_phone = models.CharField(max_length=20, blank=True)
    # Of an office or family that was rung: which, from where its number was taken, its reference, and when it said so.
    child_confirmed_office = models.CharField(
        max_length=8, choices=Office, blank=True, db_default="", default=""
    )
    child_confirmed_office_name = models.CharField(max_length=150, blank=True, db_default="", default="")
    child_confirmed_number_from = models.CharField(
        max_length=8, choices=NumberFrom, blank=True, db_default="", default=""
    )
    child_confirmed_number_where = models.CharField(max_length=200, blank=True, db_default="", default="")
    child_confirmed_reference = models.CharField(max_length=60, blank=True, db_default="", default="")
    child_confirmed_told_at = models.DateTimeField(null=True, blank=True)
    # Why nobody could speak to the child, who is alive; empty where duty spoke to the child.
    child_confirmed_unspoken = models.CharField(max_length=300, blank=True, db_default="", default="")
    police_closed_at = models.DateTimeField(null=True, blank=True)
    police_closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    police_closed_officer = models.CharField(max_length=150, blank=True)
    police_closed_force = models.ForeignKey(
        PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=16, choices=EpisodeOutcome, blank=True)
    outcome_note = models.TextField(blank=True)
    found_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["child", "number"], name="episode_number_once"),
            models.UniqueConstraint(fields=["child"], condition=~Q(status="ended"), name="episode_one_open"),
            ExclusionConstraint(
                name="episodes_do_not_overlap",
                expressions=[
                    ("child", RangeOperators.EQUAL),
                    (
                        Func(
                            F("opened_at"),
                            F("ended_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                name="episode_ends_after_opening", condition=Q(ended_at=None) | Q(ended_at__gt=F("opened_at"))
            ),
            models.CheckConstraint(
                name="episode_ended_has_outcome",
                condition=(Q(status="ended", ended_at__isnull=False) & ~Q(outcome=""))
                | (~Q(status="ended") & Q(ended_at=None, outcome="")),
            ),
            # Nobody calls off a search alone: what reached the police ends by duty's own eyes or call and the police closing.
            models.CheckConstraint(
                name="episode_police_ending_has_both_parts",
                condition=~Q(status="ended")
                | Q(police_owed_at=None)
                | Q(child_confirmed_at__isnull=False, police_closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="episode_police_closing_names_its_force",
                condition=Q(police_closed_at=None, police_closed_force=None)
                | Q(police_closed_at__isnull=False, police_closed_force__isnull=False),
            ),
            models.CheckConstraint(
                name="episode_seen_by_another",
                condition=Q(reported_seen_by=None)
                | (
                    (Q(child_confirmed_by=None) | ~Q(child_confirmed_by=F("reported_seen_by")))
                    & (Q(police_closed_by=None) | ~Q(police_closed_by=F("reported_seen_by")))
                ),
            ),
            *child_parts.constraints(),
            models.CheckConstraint(
                name="episode_recording_late_began_by_silence",
                # Duty may find that a record was late after the fail-safe went; where somebody looked it was no late record.
                condition=~Q(outcome="recording_late")
                | Q(police_owed_at=None)
                | Q(started_by="silence", not_here_at=None, ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="episode_not_confirmed_is_silence",
                condition=~Q(status="not_confirmed") | Q(started_by="silence", confirmed_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["child"], name="episode_open", condition=~Q(status="ended")),
            # What was asked for because of them ends with them, and the sweep asks whether any has.
            models.Index(
                fields=["ended_at"],
                name="episode_needless_search",
                condition=Q(outcome="recording_late", police_owed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}-M{self.number}"

    @property
    def was_looked_for(self) -> bool:
        """Whether the search that runs began with a look, and not one before it that was confirmed over."""
        if self.not_here_at is None or self.police_owed_at is None:
            return False
        return self.not_here_at >= self.police_owed_at

    @property
    def is_counted(self) -> bool:
        """Whether it counts in figures, as `counted` finds them."""
        return self.outcome not in UNCOUNTED and self.status != EpisodeStatus.NOT_CONFIRMED

    @property
    def is_looked_for(self) -> bool:
        """Whether somebody looks for the child, as `looked_for` finds them."""
        known = self.status == EpisodeStatus.AWAY and self.police_owed_at is None
        return self.status != EpisodeStatus.ENDED and not known

    @property
    def reference(self) -> str:
        return f"{self.child.reference}-M{self.number}"

    @property
    def profile_stood_at(self) -> datetime | None:
        """As of when the find-me profile is kept with the episode; of one from before that was stored, the last word owed."""
        return self.find_me_at or self.police_owed_at

    @property
    def searched_anew_at(self) -> datetime | None:
        """When the police were owed word again, the ending half recorded; None where they were owed it once."""
        if self.police_owed_at is None or self.confirmed_at is None:
            return None
        return self.police_owed_at if self.police_owed_at > self.confirmed_at else None

    @property
    def seen_contradicted(self) -> bool:
        """Somebody has looked since the child was reported seen, and the child was not there."""
        if self.reported_seen_at is None or self.not_here_at is None:
            return False
        return self.not_here_at > self.reported_seen_at

    @property
    def back_since(self) -> datetime | None:
        """Since when the child is said to be back: reported seen, or duty was with the child before anybody said so."""
        reported = None if self.seen_contradicted else self.reported_seen_at
        moments = (reported, self.child_confirmed_at)
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def is_told_of(self) -> bool:
        """Whether all there is is the word of whoever has the child, or answers for its death: nobody says that it is back.

        Where somebody has reported seeing it as well, it is said to be back; not of one who has died.
        """
        if self.child_confirmed_how == ChildPart.DEATH:
            return True
        seen = self.reported_seen_at is not None and not self.seen_contradicted
        return self.child_confirmed_how == ChildPart.OFFICE and not seen


class EpisodeForceQuerySet(models.QuerySet["EpisodeForce"]):
    def referenced(self) -> "EpisodeForceQuerySet":
        """Those with a reference that counts: no mark keeps the child from whoever wrote it down."""
        marks = KeepFrom.objects.filter(
            child=OuterRef("episode__child"), user=OuterRef("reference_by"), ends_at=None
        )
        return self.exclude(incident_reference="").exclude(Exists(marks))


class EpisodeForce(models.Model):
    """A force alerted for an episode: the wrong one adds another, and stays until an officer there accepts."""

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="forces")
    force = models.ForeignKey(PoliceForce, on_delete=models.PROTECT, related_name="episodes")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    incident_reference = models.CharField(_("police reference"), max_length=60, blank=True)
    # Who wrote the reference down; nobody where there is none, or where no event of before says so.
    reference_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer = models.CharField(max_length=150, blank=True)
    # Under which the force keeps the child in its own missing-person system; no reference of an incident.
    compact_number = models.CharField(_("COMPACT number"), max_length=40, blank=True, db_default="")
    # From when it is told nothing more: it handed the search to another force, or declined to take it over.
    left_at = models.DateTimeField(null=True, blank=True)

    objects = EpisodeForceQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["episode", "force"], name="episode_force_once")]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.force_id}"


class SeenReport(models.Model):
    """Somebody's word that a missing child was seen or is back; it ends nothing."""

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="seen_reports")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reported_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    witness = models.CharField(max_length=150, blank=True)
    witness_role = models.CharField(max_length=20, choices=WitnessRole, blank=True)
    place = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-recorded_at"]

    def __str__(self) -> str:
        return f"{self.episode_id}: seen {self.seen_at:%Y-%m-%d %H:%M}"


def latest_open(at: datetime) -> Q:
    """Episodes that were open at `at`."""
    return Q(opened_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))
