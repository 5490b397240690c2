"""What is on record of the forces that led children's searches, as it was known at any instant."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from alerts.episode_dues import Leading
from cases.models import EpisodeOfficer, ForceInCharge, ForceOffer, FoundMatch

# From when, until when it was so.
Span = tuple[datetime, datetime | None]


@dataclass
class Lead:
    """Of one search: each of these rows is written when it begins, and gets its end once."""

    starts: list[tuple[datetime, int]] = field(default_factory=list)
    # By whose, and who wrote it down: an officer of another force than the one in charge is none in its case.
    officers: list[tuple[int, Span, int | None]] = field(default_factory=list)
    offers: list[Span] = field(default_factory=list)
    found: list[Span] = field(default_factory=list)

    @property
    def instants(self) -> set[datetime | None]:
        """When any of it was written; a found child is closed in another child's history, or in nobody's."""
        spans = [*(span for _force, span, _by in self.officers), *self.offers, *self.found]
        return {at for at, _force in self.starts} | {moment for span in spans for moment in span}

    def at(self, instant: datetime) -> Leading:
        """How it stood then."""
        led = max((start for start in self.starts if start[0] <= instant), default=None)
        # Until the police are owed word nobody leads, and a found child may be asked about all the same.
        began_at, force = led or (None, None)
        own = {span: by for of, span, by in self.officers if of == force and span[0] <= instant}
        named = _standing(own, instant)
        offered = [began for began, _until in _standing(self.offers, instant)]
        found = [began for began, _until in _standing(self.found, instant)]
        return Leading(
            began_at,
            has_officer=bool(named),
            named_by=own[named[0]] if named else None,
            left_at=max((until for _began, until in own if until is not None), default=None),
            offered_at=min(offered, default=None),
            found_at=min(found, default=None),
            found_again_at=max(found, default=None),
        )


def read(child_ids: Collection[int]) -> Iterator[tuple[int, int, Lead]]:
    """Of each search of these children its child, itself and who led it, in four queries."""
    found: dict[tuple[int, int], Lead] = {}
    of_these = {"episode__child__among": set(child_ids)}
    of = ("episode__child", "episode")
    starts = ForceInCharge.objects.filter(**of_these).order_by("starts_at")
    for child_id, episode_id, force_id, since in starts.values_list(*of, "force", "starts_at"):
        found.setdefault((child_id, episode_id), Lead()).starts.append((since, force_id))
    officers = EpisodeOfficer.objects.filter(**of_these)
    columns = ("force", "recorded_at", "ends_at", "recorded_by")
    for child_id, episode_id, force_id, since, until, by in officers.values_list(*of, *columns):
        found.setdefault((child_id, episode_id), Lead()).officers.append((force_id, (since, until), by))
    offers = ForceOffer.objects.filter(**of_these)
    for child_id, episode_id, since, until in offers.values_list(*of, "offered_at", "answered_at"):
        found.setdefault((child_id, episode_id), Lead()).offers.append((since, until))
    matches = FoundMatch.objects.filter(**of_these)
    for child_id, episode_id, since, answered_at, closed_at in matches.values_list(
        *of, "proposed_at", "answered_at", "found__closed_at"
    ):
        until = min((moment for moment in (answered_at, closed_at) if moment is not None), default=None)
        found.setdefault((child_id, episode_id), Lead()).found.append((since, until))
    for (child_id, episode_id), lead in found.items():
        yield child_id, episode_id, lead


def _standing(spans: Collection[Span], instant: datetime) -> list[Span]:
    return [span for span in spans if span[0] <= instant and (span[1] is None or span[1] > instant)]
