"""How a search begins, goes on and begins anew: the police are owed word, and what was recorded of an ending is void."""

from collections.abc import Sequence
from datetime import datetime

from cases import escorts, log
from cases.episodes import last_seen
from cases.episodes.joining import join_who_knows
from cases.episodes.openings import follow_home, open_of
from cases.episodes.seen import hear_again, standing_reports
from cases.models import Child, ChildPart, Contact, MissingEpisode, User
from cases.moves import require
from cases.states import EPISODE_MOVES, EpisodeStatus

StartedBy = MissingEpisode.StartedBy


def start_fail_safes(owed: Sequence[tuple[MissingEpisode, datetime]], *, at: datetime) -> None:
    """Nobody confirmed these in time: the police are owed word from each instant, and the mail says CHECK NEEDED."""
    unowed = [episode for episode, _ in owed if episode.police_owed_at is None]
    follow_home(unowed, by=None, at=at)
    join_who_knows(unowed, by=None, at=at)
    for episode, owed_at in owed:
        episode.fail_safe = True
        _owe(episode, owed_at)
    written = ["fail_safe", "police_owed_at", "find_me_at", "counts_from"]
    written += ["placement", "bed_kept_date", "bed_kept_by"]
    MissingEpisode.objects.bulk_update([episode for episode, _ in owed], written)


def start_fail_safe(episode: MissingEpisode, *, owed_at: datetime) -> MissingEpisode:
    """The same for one episode."""
    start_fail_safes([(episode, owed_at)], at=owed_at)
    return episode


def disbelieve(child: Child, person: User, *, by: User | None, at: datetime) -> None:
    """After a mark that keeps the locked child from `person`: their word of a return counts no more.

    What they reported seen holds nothing and dates no search, and a part of the ending that they recorded is to be
    recorded anew by somebody else.
    """
    hear_again(child)
    # A mark announces itself to nobody: that it dated the search anew is nobody's act.
    last_seen.date_anew(child, by=None, at=at)
    episode = open_of(child)
    if episode is None:
        return
    parts = []
    if is_found_by(episode, person):
        parts.append("child_confirmed")
        forget_child_confirmed(episode)
    if episode.police_closed_by_id == person.pk:
        parts.append("police_closed")
        _forget_police_closing(episode)
    if parts:
        episode.save()
        _record_voided(episode, parts, by=by, at=at)


def is_found_by(episode: MissingEpisode, person: User) -> bool:
    """Whether the first part of its ending is the word of `person`: recorded by them, or heard from them as the adult there."""
    if episode.child_confirmed_at is None:
        return False
    heard = (episode.child_confirmed_adult, episode.child_confirmed_phone, "")
    return episode.child_confirmed_by_id == person.pk or escorts.is_same(heard, person)


def to_missing(
    episode: MissingEpisode,
    found_by: str = StartedBy.SILENCE,
    *,
    gone_since: datetime | None = None,
    by: User,
    at: datetime,
) -> str:
    """Return where the child was known to be until now: the episode says so no longer, and the caller keeps it."""
    require(EPISODE_MOVES, episode.status, EpisodeStatus.MISSING)
    if episode.started_by == StartedBy.SILENCE:
        # A look or a report says more than a silence: the episode has its R4 and R5 from now on.
        episode.started_by = found_by
    episode.status = EpisodeStatus.MISSING
    episode.confirmed_at, episode.confirmed_by = at, by
    episode.counts_from = at
    known, episode.whereabouts = episode.whereabouts, ""
    is_gone = found_by == StartedBy.REPORT
    search_anew(episode, is_gone=is_gone, gone_since=gone_since, by=by, at=at)
    return known


def to_away(episode: MissingEpisode, *, by: User, at: datetime) -> None:
    """Somebody knows where the child is whom silence had missed: confirmed, and of another kind."""
    require(EPISODE_MOVES, episode.status, EpisodeStatus.AWAY)
    episode.started_by, episode.status = StartedBy.AWAY, EpisodeStatus.AWAY
    episode.confirmed_at, episode.confirmed_by = at, by
    episode.counts_from = at


def owe_police(episode: MissingEpisode, *, by: User, at: datetime) -> None:
    """The police are owed word from now on, where they were not; the caller saves the episode."""
    if episode.police_owed_at is None and episode.opened_at < at:
        follow_home([episode], by=by, at=at)
        join_who_knows([episode], by=by, at=at)
    _owe(episode, at)


def _owe(episode: MissingEpisode, at: datetime) -> None:
    if episode.police_owed_at is None:
        episode.police_owed_at = at
    episode.find_me_at = episode.find_me_at or episode.police_owed_at
    if episode.counts_from is None:
        episode.counts_from = at


def search_anew(
    episode: MissingEpisode,
    *,
    is_gone: bool = False,
    gone_since: datetime | None = None,
    by: User,
    at: datetime,
) -> None:
    """Missing anew before the ending was written: what was recorded of it is void, and the police are owed word again.

    A return that was only reported is over where the child `is_gone` again: the call of the police goes on as it was.
    Whoever sees the child after `gone_since`, when it was last seen or looked for, sees it after it left.
    """
    parts = {"child_confirmed": heard_at(episode), "police_closed": episode.police_closed_at}
    voided = [part for part, moment in parts.items() if moment is not None]
    if not voided and not (is_gone and episode.reported_seen_at is not None):
        return
    said = [moment for moment in parts.values() if moment is not None]
    said += [report.seen_at for report in standing_reports(episode) if report.recorded_at <= at]
    forget_child_confirmed(episode)
    _forget_police_closing(episode)
    # That the child was said to be back is over as well.
    episode.reported_seen_at = episode.reported_seen_by = None
    episode.anew_at = max([gone_since or at, *said])
    if not voided:
        return
    if episode.police_owed_at is not None:
        # Its call steps begin with the first, and so does what was told in it.
        episode.find_me_at = episode.find_me_at or episode.police_owed_at
        episode.police_owed_at = at
    _record_voided(episode, voided, by=by, at=at)


def void_child_confirmed(episode: MissingEpisode, *, by: User | None, at: datetime) -> None:
    """Of the locked child's episode: what was told of it is not so, and that it was seen is heard of anew."""
    forget_child_confirmed(episode)
    episode.reported_seen_at = episode.reported_seen_by = None
    episode.save()
    _record_voided(episode, ["child_confirmed"], by=by, at=at)


def void_police_closing(episode: MissingEpisode, *, by: User, at: datetime) -> None:
    """Of the locked child's episode: another force leads the search, and what the one before closed ends nothing for it."""
    if episode.police_closed_at is None:
        return
    _forget_police_closing(episode)
    episode.save()
    _record_voided(episode, ["police_closed"], by=by, at=at)


def is_gone_since(episode: MissingEpisode, last_seen_at: datetime | None) -> bool:
    """Whether somebody who last saw the child at `last_seen_at` says that it left after all that was reported seen."""
    if last_seen_at is None or episode.reported_seen_at is None:
        return False
    last = standing_reports(episode).last()
    return last is None or last_seen_at >= last.seen_at


def heard_at(episode: MissingEpisode) -> datetime | None:
    """When the first part of the ending was so: of an office when it said so, however much later that was typed."""
    return episode.child_confirmed_told_at or episode.child_confirmed_at


def half_ended_at(episode: MissingEpisode, *, otherwise: datetime) -> datetime:
    moments = (heard_at(episode), episode.police_closed_at)
    return min((moment for moment in moments if moment is not None), default=otherwise)


def contradicts(look: Contact, episode: MissingEpisode) -> bool:
    """Whether nobody was found after a part of the ending was recorded, or after the child was reported seen.

    That a child who is said to have died is not there says nothing anew.
    """
    if episode.child_confirmed_how == ChildPart.DEATH:
        return False
    if look.happened_at > half_ended_at(episode, otherwise=look.happened_at):
        return True
    if episode.reported_seen_at is None or episode.seen_contradicted:
        return False
    last = standing_reports(episode).last()
    return last is not None and look.happened_at > last.seen_at


def forget_child_confirmed(episode: MissingEpisode) -> None:
    """Nothing is recorded of the first part of an ending any more; the caller saves the episode."""
    episode.child_confirmed_at = episode.child_confirmed_by = None
    episode.child_confirmed_how = episode.child_confirmed_adult = episode.child_confirmed_phone = ""
    episode.child_confirmed_office = episode.child_confirmed_office_name = ""
    episode.child_confirmed_number_from = episode.child_confirmed_number_where = ""
    episode.child_confirmed_reference = episode.child_confirmed_unspoken = ""
    episode.child_confirmed_told_at = None


def _forget_police_closing(episode: MissingEpisode) -> None:
    episode.police_closed_at = episode.police_closed_by = None
    episode.police_closed_officer = ""
    episode.police_closed_force = None


def _record_voided(episode: MissingEpisode, parts: Sequence[str], *, by: User | None, at: datetime) -> None:
    """What had been recorded of an ending holds no more: said apart, and the bell rung by the verb that did it."""
    data = {"episode": episode.number, "parts": list(parts)}
    entry = log.Entry(child_id=episode.child_id, kind="ending_voided", subject=episode, data=data)
    log.record_many([entry], by=by, at=at)
