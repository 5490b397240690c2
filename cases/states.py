"""The statuses of the facts and their tables of lawful moves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases.moves import IllegalMove

__all__ = ["EPISODE_MOVES", "EpisodeOutcome", "EpisodeStatus", "IllegalMove"]


class EpisodeStatus(TextChoices):
    """Where a missing episode stands; `away` is DfE's away from placement without authorisation."""

    NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
    MISSING = "missing", _("Missing")
    AWAY = "away", _("Away, whereabouts known")
    ENDED = "ended", _("Ended")


EPISODE_MOVES: dict[str, frozenset[str]] = {
    EpisodeStatus.NOT_CONFIRMED: frozenset({EpisodeStatus.MISSING, EpisodeStatus.AWAY, EpisodeStatus.ENDED}),
    EpisodeStatus.AWAY: frozenset({EpisodeStatus.MISSING, EpisodeStatus.ENDED}),
    EpisodeStatus.MISSING: frozenset({EpisodeStatus.ENDED}),
    EpisodeStatus.ENDED: frozenset(),
}


class EpisodeOutcome(TextChoices):
    """How an episode ended."""

    RECORDING_LATE = "recording_late", _("Was not missing, recording was late")
    RETURNED = "returned", _("Returned")
    SAFE_ELSEWHERE = "safe_elsewhere", _("Safe elsewhere")
    STILL_AT_RISK = "still_at_risk", _("Found, still at risk")
    HOSPITAL = "hospital", _("In hospital")
    ARRESTED = "arrested", _("Arrested")
    TREATED_AS_ADULT = "treated_as_adult", _("Detained or housed as an adult")
    WITH_FAMILY = "with_family", _("With family")
    ABROAD = "abroad", _("Abroad")
    DIED = "died", _("Died")
