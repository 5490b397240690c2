"""What a force is told of a journey on which the child was lost sight of: the vehicle, and between which areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.models import DutyTask
from cases import journey_times
from cases.journey_times import APART_AT_MOST
from cases.models import Journey, JourneyConfirmation, JourneyStop, MissingEpisode
from cases.models.journeys import by_position, standing


@dataclass(frozen=True)
class Way:
    """The journey that was open when an episode began, and had begun itself."""

    journey: Journey
    stops: Sequence[JourneyStop]
    confirmed: Sequence[JourneyConfirmation]

    @property
    def departure(self) -> JourneyStop:
        return self.stops[0]

    @property
    def destination(self) -> JourneyStop:
        return self.stops[-1]

    @property
    def last(self) -> JourneyConfirmation | None:
        """Where an escort was seen with the child last."""
        return self.confirmed[-1] if self.confirmed else None

    @property
    def owed_at(self) -> datetime | None:
        """By when the next confirmation was owed; None after the hand-over."""
        return journey_times.owed(standing(self.stops, self.confirmed), apart=APART_AT_MOST)

    @property
    def areas(self) -> str:
        """Between which forces’ areas: a place itself may be an address where the child lives, and stands in no mail."""
        return _("from the area of %(departure)s to the area of %(destination)s") % {
            "departure": _force(self.departure),
            "destination": _force(self.destination),
        }


def of(episode: MissingEpisode) -> Way | None:
    """The way of a child who was on a journey when the episode was opened: picked up, or due to be; None of others."""
    unfinished = Q(ended_at=None) | Q(ended_at__gt=episode.opened_at)
    journey = Journey.objects.filter(
        unfinished, child=episode.child_id, planned_at__lte=episode.opened_at
    ).first()
    if journey is None:
        return None
    stops = list(journey.stops.select_related("force").order_by("position"))
    counting = JourneyConfirmation.objects.counting().filter(stop__journey=journey)
    confirmed = sorted(counting.select_related("stop__force", "contact"), key=by_position)
    if not confirmed and stops[0].due_at > episode.opened_at:
        return None
    return Way(journey, stops, confirmed)


def calls(episode: MissingEpisode) -> list[str]:
    """How often the escorts were rung since; they are not named as such, for the shorter form tells of no journey."""
    rung = DutyTask.objects.filter(
        kind=DutyTask.Kind.RING_ESCORT,
        items__alert__child=episode.child_id,
        opened_at__gte=episode.since,
    ).distinct()
    answered = rung.filter(done_at__isnull=False, done_by__isnull=False).count()
    if not answered:
        return [_("No call to those who were to have the child with them is recorded.")]
    words = ngettext(
        "Those who were to have the child with them were rung %d time.",
        "Those who were to have the child with them were rung %d times.",
        answered,
    )
    return [words % answered]


def _force(stop: JourneyStop) -> str:
    return stop.force.name if stop.force is not None else _("a force not known to us")
