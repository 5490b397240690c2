"""What an ending opened rests while nobody can be asked: put off by as long as that, and told to nobody twice at once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from alerts import after, reopenings, step_pasts
from alerts.models import DutyStep
from alerts.schedule import RUNG_ORDER, Step
from cases.models import AgeDecision, Event, MissingEpisode
from cases.states import AgeStatus, EpisodeOutcome, EpisodeStatus

# The events with which nobody rests any more: a later search has ended, or the child is held for an adult no longer.
ENDED, AGE_DECIDED = "episode_ended", "age_decided"


def wake(episodes: Collection[MissingEpisode], *, kind: str, at: datetime) -> None:
    """Put off what rests of these locked children's ended searches until now, where the event of this `kind` ends the rest.

    Each step is owed as much later as nobody was asked; what was late before is as late. A rung that had heard hears again
    after as long as it had waited at first, a day at most: the alert that told it has ended.
    """
    ended = [one for one in episodes if one.status == EpisodeStatus.ENDED]
    for episode in ended if kind == ENDED else ():
        since = sought_from(episode)
        if episode.ended_at == at and since is not None:
            _put_off(_resting(episode.child_id, but=episode.pk), since, at)
    for child_id in {episode.child_id for episode in ended} if kind == AGE_DECIDED else ():
        since = _held_since(child_id, at)
        if since is not None:
            # A search keeps the watch, and has put off for its own time what rests in it.
            watched = [one for one in episodes if one.child_id == child_id]
            _put_off(_resting(child_id), since, at, but_for=watched)


def sought_from(episode: MissingEpisode) -> datetime | None:
    """Since when the child was known to be away or looked for in this search; None of a silence that ended as one."""
    moments = (_away_from(episode), episode.confirmed_at, episode.find_me_at, episode.police_owed_at)
    return min((moment for moment in moments if moment is not None), default=None)


def _away_from(episode: MissingEpisode) -> datetime | None:
    """Since when the child was away with whereabouts known; whoever was missing after that was confirmed anew."""
    if episode.started_by != MissingEpisode.StartedBy.AWAY:
        return None
    said = Event.objects.filter(child=episode.child_id, kind="away_reported", subject_id=episode.pk)
    return said.order_by("number").values_list("recorded_at", flat=True).first()


def _held_since(child_id: int, at: datetime) -> datetime | None:
    """Since when the child was held for an assessed adult, where it is so no more from this instant on."""
    decided = list(AgeDecision.objects.filter(child=child_id).select_related("child"))
    if not decided or decided[-1].recorded_at != at or decided[-1].was != AgeStatus.ASSESSED_ADULT:
        return None
    return decided[-2].recorded_at if len(decided) > 1 else decided[-1].child.registered_at


def _resting(child_id: int, *, but: int | None = None) -> Iterable[DutyStep]:
    kinds = after.AFTER - after.OF_OTHERS
    steps = DutyStep.objects.open().filter(episode__child=child_id, kind__in=kinds)
    steps = steps.filter(episode__status=EpisodeStatus.ENDED).exclude(episode=but)
    return steps.exclude(episode__outcome=EpisodeOutcome.DIED).select_related("episode")


def _put_off(
    steps: Iterable[DutyStep], since: datetime, at: datetime, *, but_for: Collection[MissingEpisode] = ()
) -> None:
    for step in steps:
        again = reopenings.heard_again(step, at)
        began = max(since, step.planned_at)
        open_for = [(max(one.opened_at, began), one.ended_at or at) for one in but_for]
        rested = at - began - sum((max(end - start, timedelta(0)) for start, end in open_for), timedelta(0))
        step.due_at += rested
        step.steps = _later(step.steps, rested)
        step.again = _later(step.again, rested) | again
        step.again |= _no_later_than_above(step.rungs, again)
        step_pasts.write(step, "due_at", "steps", "again", at=at)


def _later(moments: Mapping[str, str], by: timedelta) -> dict[str, str]:
    return {rung: (datetime.fromisoformat(moment) + by).isoformat() for rung, moment in moments.items()}


def _no_later_than_above(rungs: Mapping[Step, datetime], again: Mapping[str, str]) -> dict[str, str]:
    """Of the rungs that hear `again` each no later than those above it."""
    found: dict[str, str] = {}
    above = max(rungs.values(), default=None)
    for rung in (one for one in reversed(RUNG_ORDER) if one in rungs):
        above = min(above or rungs[rung], rungs[rung])
        if rung.value in again:
            found[rung.value] = above.isoformat()
    return found
