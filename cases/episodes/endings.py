"""The verbs of an ending: both parts of it, the end itself, and the end of what was only recorded late."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from cases import escorts, log, overtaken, triggers
from cases.clock import TOLERANCE
from cases.episodes import child_parts
from cases.episodes.openings import locked
from cases.episodes.searches import forget_child_confirmed
from cases.models import (
    Child,
    EpisodeEnding,
    ForceInCharge,
    KeepFrom,
    MissingEpisode,
    PoliceForce,
    SeenReport,
    User,
)
from cases.moves import require
from cases.states import EPISODE_MOVES, EpisodeOutcome, EpisodeStatus, IllegalMove

# What each outcome cannot go without: the fact, and how it is asked for.
NEEDED: Mapping[str, tuple[str, str]] = {
    EpisodeOutcome.RECORDING_LATE: ("found_by", _("Enter who had seen the child all the time.")),
    EpisodeOutcome.HOSPITAL: ("with_child", _("Enter who is with the child in hospital.")),
    EpisodeOutcome.TREATED_AS_ADULT: (
        "decided_by",
        _("Enter who decided that the child is treated as an adult."),
    ),
    EpisodeOutcome.WITH_FAMILY: ("checked_by", _("Enter who checked the family and their home.")),
}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is written down of an ending beside its outcome; none of it stands in any mail."""

    found_by: str = ""
    found_place: str = ""
    where_now: str = ""
    condition: str = ""
    with_child: str = ""
    checked_by: str = ""
    decided_by: str = ""
    interview_offered: bool = False


def confirm_with_child(
    episode: MissingEpisode, *, how: str, adult: str = "", phone: str = "", by: User, at: datetime
) -> MissingEpisode:
    """Duty has seen the child ("saw"), or rung back on the number held and spoken to child and adult ("spoke")."""
    if how not in ("saw", "spoke"):
        raise IllegalMove("Select how you confirmed it with the child.")
    if how == "spoke" and not (adult.strip() and phone.strip()):
        raise IllegalMove("Enter the adult you spoke to there and the number you rang.")
    with transaction.atomic():
        child, episode = locked(episode)
        not_by_whoever_said_seen(episode, by)
        child_parts.require_second(episode, episode.police_closed_by, by)
        if how == "spoke":
            require_other_voice(child, adult, phone)
        # Sent twice by one person it is one find: whoever looks for others is told of it once. Said otherwise it is later.
        is_again = _said_of_return(episode) == (by.pk, how, adult, phone)
        confirmed_at = episode.child_confirmed_at if is_again else at
        forget_child_confirmed(episode)
        episode.child_confirmed_at, episode.child_confirmed_by = confirmed_at, by
        episode.child_confirmed_how = how
        episode.child_confirmed_adult, episode.child_confirmed_phone = adult, phone
        episode.save()
        log.record(
            child,
            "return_confirmed_with_child",
            subject=episode,
            data={"how": how},
            fields={"adult": adult, "phone": phone},
            by=by,
            at=at,
        )
    return episode


def require_other_voice(child: Child, adult: str, phone: str = "") -> None:
    """Refuse the word of somebody the child is kept from, by name or number, in words that tell nothing of a mark."""
    if escorts.barred(child, [(adult, phone, ""), (adult.partition(",")[0], "", "")]):
        raise IllegalMove("See the child, or ring another number we held.")


def _said_of_return(episode: MissingEpisode) -> tuple[int | None, str, str, str]:
    """Who has confirmed the first part, how, with which adult and on which number."""
    with_whom = (episode.child_confirmed_adult, episode.child_confirmed_phone)
    return (episode.child_confirmed_by_id, episode.child_confirmed_how, *with_whom)


def forces_that_may_close(episode: MissingEpisode) -> list[PoliceForce]:
    """The forces that hold the episode: those whose officer has accepted it; until one has, every force alerted.

    A force that was told by mistake says so and closes nothing for the one that is looking. Of a search that was
    handed on whoever leads it alone.
    """
    handed = _handed_to(episode)
    if handed is not None:
        return [handed]
    rows = list(episode.forces.filter(left_at=None).select_related("force"))
    accepted = [row.force for row in rows if row.incident_reference]
    return accepted or [row.force for row in rows]


def _handed_to(episode: MissingEpisode) -> PoliceForce | None:
    """Who leads a search that one force has accepted from another: that one, or its successor since."""
    starts = ForceInCharge.objects.filter(episode=episode).select_related("force")
    if not starts.filter(offer__isnull=False).exists():
        return None
    last = starts.order_by("-starts_at").first()
    return last.force if last is not None else None


def require_closing_since(episode: MissingEpisode, closed_at: datetime) -> None:
    """Raise `IllegalMove` for a police closing from before this search."""
    if closed_at < episode.opened_at:
        raise IllegalMove("The police closing must be after the episode was opened.")
    if episode.searched_anew_at is not None and closed_at < episode.searched_anew_at:
        raise IllegalMove("The police closing must be after the search began anew.")


def record_police_closing(
    episode: MissingEpisode,
    *,
    officer: str,
    closed_at: datetime,
    force: PoliceForce | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """Record that the police have closed their report: the force that holds it, officer by name and the time they said so.

    `force` may be left out where one alone holds the episode. The same words of one person twice are one, "now" too.
    """
    if not officer.strip():
        raise IllegalMove("Enter the name of the officer who closed it.")
    if closed_at > at:
        raise IllegalMove("The time of the police closing must be now or in the past.")
    with transaction.atomic():
        child, episode = locked(episode)
        not_by_whoever_said_seen(episode, by)
        require_closing_since(episode, closed_at)
        child_parts.require_two_heard(episode, episode.child_confirmed_by, by)
        held_by = _closing_force(episode, force)
        child_parts.require_second(episode, episode.child_confirmed_by, by)
        if _closed_before(episode, held_by, officer, closed_at, by=by, at=at):
            return episode
        episode.police_closed_force = held_by
        episode.police_closed_at, episode.police_closed_by = closed_at, by
        episode.police_closed_officer = officer
        episode.save()
        log.record(
            child,
            "police_closing_recorded",
            subject=episode,
            data={"force": held_by.code},
            fields={"officer": officer},
            happened_at=closed_at,
            by=by,
            at=at,
        )
    return episode


def _closed_before(
    episode: MissingEpisode, force: PoliceForce, officer: str, closed_at: datetime, *, by: User, at: datetime
) -> bool:
    """Whether this closing stands already; a form that is sent again says "now" a moment later."""
    stood = episode.police_closed_at
    if stood is None or stood > closed_at:
        return False
    is_same = stood == closed_at or (closed_at == at and at - stood <= TOLERANCE)
    said = (episode.police_closed_force_id, episode.police_closed_officer, episode.police_closed_by_id)
    return is_same and said == (force.pk, officer, by.pk)


def end(
    episode: MissingEpisode,
    *,
    outcome: str,
    note: str = "",
    found_at: datetime | None = None,
    ending: Ending | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """End an episode: after both confirmations where the police were owed word, else after the first alone.

    Of a child who is found and still at risk the closer watch begins with it.
    """
    ending = ending or Ending()
    _require_facts(outcome, ending)
    with transaction.atomic():
        child, episode = locked(episode)
        _require_ready(episode, outcome, found_at, by=by, at=at)
        episode.status = EpisodeStatus.ENDED
        episode.outcome, episode.outcome_note, episode.found_at = outcome, note, found_at or at
        episode.ended_at, episode.ended_by = at, by
        episode.save()
        EpisodeEnding.objects.create(
            episode=episode, outcome=outcome, recorded_at=at, recorded_by=by, **asdict(ending)
        )
        log.record(
            child,
            "episode_ended",
            subject=episode,
            data={"episode": episode.number, "outcome": outcome},
            fields={"note": note, **asdict(ending)},
            by=by,
            at=at,
        )
        overtaken.break_off(child, episode, at=at)
        overtaken.end_way(child, episode, at=at)
        if outcome == EpisodeOutcome.STILL_AT_RISK:
            triggers.of_end(child, by=by, at=at)
    return episode


def _require_ready(
    episode: MissingEpisode, outcome: str, found_at: datetime | None, *, by: User, at: datetime
) -> None:
    require(EPISODE_MOVES, episode.status, EpisodeStatus.ENDED)
    if outcome == EpisodeOutcome.RECORDING_LATE and not may_be_late_record(episode):
        raise IllegalMove("Somebody looked or reported the child missing: this was more than a late record.")
    if found_at is not None and not episode.since <= found_at <= at:
        raise IllegalMove("The child was found after the episode began and not in the future.")
    if episode.child_confirmed_at is None and outcome != EpisodeOutcome.DIED:
        raise IllegalMove("First confirm it with the child.")
    child_parts.require_fits(episode, outcome)
    if found_at is not None:
        child_parts.require_found_by_then(episode, found_at)
    if episode.police_owed_at is not None and episode.police_closed_at is None:
        raise IllegalMove("First record that the police have closed their report.")
    child_parts.require_borne_out(episode, found_at=found_at, by=by)
    if episode.police_closed_by == by:
        # Whoever had said "seen" may have taken it back since.
        child_parts.require_second(episode, episode.child_confirmed_by, by)


def may_end(episode: MissingEpisode) -> bool:
    """Whether both parts of its ending stand, or the first where the police were never owed word."""
    police = episode.police_owed_at is None or episode.police_closed_at is not None
    return episode.ended_at is None and episode.child_confirmed_at is not None and police


def may_be_late_record(episode: MissingEpisode) -> bool:
    """Whether nothing but silence began the episode, so that a late record can have been all of it."""
    return episode.started_by == MissingEpisode.StartedBy.SILENCE and episode.not_here_at is None


def end_all_as_recorded_late(late: Sequence[MissingEpisode], *, at: datetime) -> None:
    """Accepted proof came before any police message was owed: was not missing, recording was late."""
    for episode in late:
        require(EPISODE_MOVES, episode.status, EpisodeStatus.ENDED)
        if episode.police_owed_at is not None:
            raise IllegalMove("The police are looking: proof alone does not end this.")
        episode.status, episode.outcome = EpisodeStatus.ENDED, EpisodeOutcome.RECORDING_LATE
        episode.ended_at = at
    MissingEpisode.objects.bulk_update(late, ["status", "outcome", "ended_at"])


def end_as_recorded_late(episode: MissingEpisode, *, at: datetime) -> MissingEpisode:
    """The same for one episode."""
    end_all_as_recorded_late([episode], at=at)
    return episode


def _require_facts(outcome: str, ending: Ending) -> None:
    if outcome not in EpisodeOutcome or outcome == EpisodeOutcome.ANOTHER_CHILD:
        raise IllegalMove("Select how the episode ended.")
    name, words = NEEDED.get(outcome, ("", ""))
    if name and not getattr(ending, name).strip():
        raise IllegalMove(words)


def not_by_whoever_said_seen(episode: MissingEpisode, by: User) -> None:
    """Refuse a part of an ending to whoever said "seen", and to whom the child is kept from."""
    if episode.status == EpisodeStatus.ENDED:
        raise IllegalMove("This episode has ended.")
    if SeenReport.objects.filter(episode=episode, reported_by=by).exists():
        raise IllegalMove("You said that the child was seen. Somebody else on duty must confirm it.")
    if KeepFrom.objects.filter(child=episode.child_id, user=by, ends_at=None).exists():
        raise IllegalMove("Somebody else on duty must confirm it.")


def _closing_force(episode: MissingEpisode, named: PoliceForce | None) -> PoliceForce:
    holding = forces_that_may_close(episode)
    if named is None and len(holding) == 1:
        return holding[0]
    if named is None:
        raise IllegalMove("Select the force that closed its report.")
    if named in holding:
        return named
    handed = _handed_to(episode)
    if handed is not None:
        raise IllegalMove("%(force)s leads this search. Record the closing of that force.", force=handed.name)
    if episode.forces.filter(force=named).exists():
        raise IllegalMove(
            "%(force)s has not accepted this episode. Record the closing of the force that has.",
            force=named.name,
        )
    raise IllegalMove("%(force)s was never told of this episode.", force=named.name)
