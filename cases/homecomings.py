"""Where a child sleeps whose search has ended and who is not back in its bed: said with the end, in one commit."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from cases import absences, episodes, placements
from cases.catalogue import written
from cases.models import Absence, Child, MissingEpisode, Placement, User
from cases.models.placements import OUT_AT_MOST
from cases.states import EpisodeOutcome, IllegalMove

# After these the child is not in the home that it went missing from, and nobody there can be asked for it.
ELSEWHERE = frozenset(
    {
        EpisodeOutcome.SAFE_ELSEWHERE,
        EpisodeOutcome.HOSPITAL,
        EpisodeOutcome.ARRESTED,
        EpisodeOutcome.TREATED_AS_ADULT,
        EpisodeOutcome.WITH_FAMILY,
        EpisodeOutcome.ABROAD,
    }
)


# Of these it is asked: a child who is found and still at risk may be in its bed, or not.
ASKED = ELSEWHERE | {EpisodeOutcome.STILL_AT_RISK}
# [proposal] A child who is still at risk is out for no longer than until the head of service hears that nobody has
# said who watches over it.
OUT_AT_RISK = timedelta(hours=4)


class Bed(models.TextChoices):
    """What becomes of the placement meanwhile."""

    KEPT = (
        "kept",
        _("The bed is kept: the home is not asked for a day, then somebody says where the child is"),
    )
    BACK = "back", _("The child is back in its bed, and the home is asked from now on")
    GIVEN_UP = "given_up", _("The placement has ended: nowhere is recorded until the next one is")


def end(
    episode: MissingEpisode,
    *,
    outcome: str,
    ending: episodes.Ending,
    bed: str = "",
    stay: absences.Stay | None = None,
    agreed_by: User | None = None,
    by: User,
    at: datetime,
    **said: Any,
) -> MissingEpisode:
    """End the episode, and say with it what becomes of the bed of a child who is elsewhere.

    Whoever was out or away when the search began, and is back or elsewhere, is so no more: for the clock that ended
    with the search. A child whose bed is kept is out for 24 hours, for four where it is still at risk: no roll-call asks
    for the child, and its clock is to be back. Within them two people may keep it longer, as away with permission. One
    that is given up ends the placement, and the clock is that of a child who has nowhere recorded; with a `stay` it is
    away with permission from then on, agreed by a second person, and the adult there confirms it each day. With a death
    the placement ends.

    Raises `IllegalMove` where nothing is said of a child who is placed and elsewhere, or still at risk, and where one
    who is elsewhere is said to be back.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        placement = Placement.objects.filter(child=child, ends_at=None).first()
        if placement is not None and outcome == EpisodeOutcome.DIED:
            return _died(episode, placement, ending=ending, by=by, at=at, **said)
        asked = placement is not None and outcome in ASKED
        if asked and bed not in beds(outcome):
            raise IllegalMove("Select what becomes of the bed.")
        stays = stay is not None and may_stay(outcome, bed, is_placed=placement is not None)
        if outcome == EpisodeOutcome.RETURNED or stays or (asked and bed != Bed.GIVEN_UP):
            # Before the end is written, with which the clocks are read. To stay away longer takes two people again.
            absences.end_current(child, back_at=at, by=by, at=at)
        ended = episodes.end(episode, outcome=outcome, ending=ending, by=by, at=at, **said)
        if asked and placement is not None:
            _let_stand_or_go(child, placement, outcome, bed, where=ending.where_now, by=by, at=at)
        if stay is not None:
            _let_stay(child, stay, stays=stays, agreed_by=agreed_by, by=by, at=at)
    return ended


def _let_stay(
    child: Child, stay: absences.Stay, *, stays: bool, agreed_by: User | None, by: User, at: datetime
) -> None:
    if not stays:
        raise IllegalMove("Whoever does not come back to its bed alone stays where it is.")
    if agreed_by is None:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    absences.go_away(child, stay, agreed_by=agreed_by, by=by, at=at)


def may_stay(outcome: str, bed: str, *, is_placed: bool) -> bool:
    """Whether the child stays where it was found, so that an adult there can confirm each day that it is there."""
    return outcome in ELSEWHERE and (bed == Bed.GIVEN_UP or not is_placed)


def put_right(
    episode: MissingEpisode,
    *,
    outcome: str,
    who: str = "",
    reason: str,
    bed: str = "",
    read: int | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """Put right how the search ended, and say what becomes of the bed where that was not asked with the end.

    Wherever the child was found, it may be back in its bed by now, and is asked for there. `read` is the event by which it
    was put right last, as the writer had it before them.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        placement = Placement.objects.filter(child=child, ends_at=None).first()
        asked = asks_for_bed(child, outcome, at=at)
        if asked and bed not in Bed.values:
            raise IllegalMove("Select what becomes of the bed.")
        episode = episodes.put_right(
            episode, outcome=outcome, who=who, reason=reason, read=read, by=by, at=at
        )
        if asked and placement is not None:
            _let_stand_or_go(child, placement, outcome, bed, by=by, at=at)
    return episode


def asks_for_bed(child: Child, outcome: str, *, at: datetime) -> bool:
    """Whether it is to be said what becomes of the bed: of a child who is out or away already it has been."""
    placed = Placement.objects.filter(child=child, ends_at=None).exists()
    gone = Absence.objects.current(at).filter(child=child).exists()
    return placed and outcome in ASKED and not gone


def _let_stand_or_go(
    child: Child, placement: Placement, outcome: str, bed: str, *, where: str = "", by: User, at: datetime
) -> None:
    if bed == Bed.GIVEN_UP:
        reason = written(EpisodeOutcome(outcome).label)
        placements.end(placement, ends_at=at, reason=reason, where=where, by=by, at=at)
    elif bed == Bed.KEPT:
        # Where, and with whom, stands with the ending: the home reads that the child is out, and no more.
        out = OUT_AT_RISK if outcome == EpisodeOutcome.STILL_AT_RISK else OUT_AT_MOST
        absences.go_out(child, absences.Stay(until=at + out), by=by, at=at)


def beds(outcome: str) -> list[str]:
    """What may be said of the bed with this outcome: nobody who is elsewhere is back in it."""
    return [bed for bed in Bed.values if outcome not in ELSEWHERE or bed != Bed.BACK]


def _died(
    episode: MissingEpisode,
    placement: Placement,
    *,
    ending: episodes.Ending,
    by: User,
    at: datetime,
    **said: Any,
) -> MissingEpisode:
    """The placement ends when the child was found dead, and no roll-call has the child on it any more."""
    ended = episodes.end(episode, outcome=EpisodeOutcome.DIED, ending=ending, by=by, at=at, **said)
    found_at = ended.found_at or at
    ends_at = found_at if found_at > placement.starts_at else at
    placements.end(placement, ends_at=ends_at, reason=written(EpisodeOutcome.DIED.label), by=by, at=at)
    return ended
