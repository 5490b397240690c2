"""When somebody phoned the police about a search: a call that a person finished, or one that was written down.

What nobody answered is none, nor a call of the search before, nor the word of somebody whom the child is kept from.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from alerts.models import DutyTask
from cases.models import EpisodeCall, EpisodeForce, ForcePhone, KeepFrom, MissingEpisode, PoliceForce

# What asks duty to ring the police: done when an officer has been named.
CALLS_TO_POLICE = (
    DutyTask.Kind.RING_POLICE,
    DutyTask.Kind.RING_101_AGAIN,
    DutyTask.Kind.RING_INSPECTOR,
    DutyTask.Kind.ASK_AGAIN,
)
# And what asks it to phone a force that our mail did not reach.
_IS_CALL = Q(kind__in=CALLS_TO_POLICE) | Q(kind=DutyTask.Kind.PHONE_THEM, message__force__isnull=False)
# How these are closed by a reference that is recorded: an officer may have signed in, and nobody have rung.
BY_REFERENCE = "Police reference and officer recorded"
# Whom a call was made to is written in words: this is the police, whatever the number.
_POLICE = re.compile(r"\b(?:police|heddlu|101|999|112)\b", re.IGNORECASE)
_ANY_FORCE = frozenset({"101", "999", "112"})


def is_asked(task: DutyTask) -> bool:
    """Whether a task asks for a call to the police: what came of it may be that nobody answered."""
    of_force = task.message is not None and task.message.force_id is not None
    return task.kind in CALLS_TO_POLICE or (task.kind == DutyTask.Kind.PHONE_THEM and of_force)


@dataclass(frozen=True)
class Rung:
    """One call to the police; `forces` are those that it was made to by name or number, none where nobody said which."""

    at: datetime
    forces: frozenset[int] = frozenset()


def of(episodes: Collection[MissingEpisode], *, now: datetime) -> dict[int, list[Rung]]:
    """Return by episode id the calls to the police in the search that runs, in the order of time, in two queries.

    Two more where any call was written down.
    """
    found: dict[int, list[Rung]] = defaultdict(list)
    searches = {one.pk: one for one in episodes}
    for episode_id, rung in [*_finished(searches, now), *_written(searches, now)]:
        if rung.at >= _began(searches[episode_id]):
            found[episode_id].append(rung)
    return {pk: sorted(calls, key=lambda one: one.at) for pk, calls in found.items()}


def last(episode: MissingEpisode, force: PoliceForce, *, now: datetime) -> datetime | None:
    """When this force was phoned last about this search; a force that joined it later was not phoned before that.

    Of several forces a call of which nobody said to whom it was is a call to none.
    """
    calls = of([episode], now=now).get(episode.pk, [])
    if not calls:
        return None
    joined = list(EpisodeForce.objects.filter(episode=episode))
    began = min((one.added_at for one in joined), default=calls[0].at)
    for call in reversed(calls):
        there = {one.force_id for one in joined if _is_there(one, call.at, began)}
        if force.pk in call.forces & there or (not call.forces and there <= {force.pk}):
            return call.at
    return None


def _is_there(one: EpisodeForce, at: datetime, began: datetime) -> bool:
    """Whether a force was in the search at an instant; one of the first has been since before it was written down."""
    return (one.added_at <= at or one.added_at == began) and (one.left_at is None or one.left_at > at)


def _began(episode: MissingEpisode) -> datetime:
    """When the search that runs began: of one that began anew, when the police were owed word again."""
    if episode.anew_at is not None and episode.police_owed_at is not None:
        return episode.police_owed_at
    return episode.opened_at


def _finished(searches: Collection[int], now: datetime) -> Iterable[tuple[int, Rung]]:
    tasks = (
        DutyTask.objects.filter(_IS_CALL, episode__in=searches, done_by__isnull=False)
        .reached()
        .exclude(answer=BY_REFERENCE)
        .exclude(_kept_from("done_by", now))
    )
    for episode_id, done_at, force in tasks.values_list("episode_id", "done_at", "message__force"):
        if done_at is not None:
            yield episode_id, Rung(done_at, frozenset() if force is None else frozenset({force}))


def _written(searches: Collection[int], now: datetime) -> Iterable[tuple[int, Rung]]:
    """Calls on the episode’s own log that somebody of the police answered."""
    calls = EpisodeCall.objects.filter(episode__in=searches, direction=EpisodeCall.Direction.OUT)
    rows = list(calls.exclude(answered_by="").exclude(_kept_from("recorded_by", now)))
    if not rows:
        return
    by_number = {_digits(number): pk for pk, number in ForcePhone.objects.values_list("force", "phone")}
    names = dict(PoliceForce.objects.values_list("pk", "name"))
    for call in rows:
        number = _digits(call.number)
        if number in _ANY_FORCE or _POLICE.search(call.party):
            yield call.episode_id, Rung(call.rung_at, _named(call.party, names))
        elif number in by_number:
            yield call.episode_id, Rung(call.rung_at, frozenset({by_number[number]}))


def _named(party: str, names: Mapping[int, str]) -> frozenset[int]:
    return frozenset(pk for pk, name in names.items() if name.casefold() in party.casefold())


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _kept_from(by: str, now: datetime) -> Exists:
    """The child is kept from whoever says so: nothing is quieter for the word of the one who may be the danger."""
    return Exists(KeepFrom.objects.current(now).filter(child=OuterRef("episode__child"), user=OuterRef(by)))
