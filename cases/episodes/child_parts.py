"""What the first part of an ending may end, by how it was confirmed, and who may record the second part after it."""

from datetime import datetime

from cases.clock import TOLERANCE
from cases.episodes import searches, seen, signs
from cases.models import ChildPart, MissingEpisode, Office, User
from cases.models.child_parts import HELD_BY_AN_OFFICE
from cases.states import EpisodeOutcome, IllegalMove


def nobody_spoke(episode: MissingEpisode) -> bool:
    """Whether the first part is the word of an office alone: of a death, or of a child whom nobody could speak to."""
    return episode.child_confirmed_how == ChildPart.DEATH or bool(episode.child_confirmed_unspoken)


def require_fits(episode: MissingEpisode, outcome: str) -> None:
    """Refuse an outcome that the first part does not bear: a death is told by an office, and tells of no other end."""
    told = episode.child_confirmed_how == ChildPart.DEATH
    if outcome == EpisodeOutcome.DIED and not told:
        raise IllegalMove("First record which office told you that the child has died.")
    if told and outcome != EpisodeOutcome.DIED:
        raise IllegalMove(
            "An office told you that the child has died. If that was wrong, confirm it with the child first."
        )
    if episode.child_confirmed_unspoken and outcome not in HELD_BY_AN_OFFICE:
        raise IllegalMove(
            "Nobody has spoken to the child: see the child, or ring again and speak to the child, first."
        )


def require_borne_out(episode: MissingEpisode, *, found_at: datetime | None, by: User) -> None:
    """Refuse the end by an office's word where one person alone heard it, and a death after which the child was seen."""
    told_of_death = episode.child_confirmed_how == ChildPart.DEATH
    alone = told_of_death or (episode.child_confirmed_office == Office.POLICE and nobody_spoke(episode))
    others = {by.pk, episode.police_closed_by_id} - {None, episode.child_confirmed_by_id}
    if alone and not others:
        raise IllegalMove(
            "You alone have heard this, and nobody has spoken to the child. Somebody else on duty must end it."
        )
    if told_of_death:
        moments = (episode.child_confirmed_told_at, found_at)
        signs.require_none(episode, min(moment for moment in moments if moment is not None))


def require_found_by_then(episode: MissingEpisode, found_at: datetime) -> None:
    """Refuse a find that was after it was confirmed: what an ending opens is owed so long after the find."""
    heard_at = searches.heard_at(episode)
    if heard_at is not None and found_at > heard_at + TOLERANCE:
        raise IllegalMove("It was confirmed before that. Enter when the child was found or back.")


def is_alone(episode: MissingEpisode, other: User | None, by: User) -> bool:
    """Whether the `other` part is theirs too, and nobody else has said "seen" themselves: this one is somebody else's then.

    What the same person wrote down of another's call is their own word, and a press on an escort's link is anybody's who has
    it. A death has a rule of its own.
    """
    if episode.police_owed_at is None or episode.child_confirmed_how == ChildPart.DEATH:
        return False
    if other is None or other.pk != by.pk:
        return False
    said = seen.standing_reports(episode).filter(recorded_at__gte=episode.police_owed_at)
    if episode.anew_at is not None:
        said = said.filter(seen_at__gt=episode.anew_at)
    said = said.exclude(contact__confirmation__as_given=True)
    return not said.exclude(reported_by=by).exclude(contact__recorded_by=by).exists()


def require_second(episode: MissingEpisode, other: User | None, by: User) -> None:
    """Refuse a part to whoever recorded the other, where they alone would call the search off (docs/adr/0213)."""
    if is_alone(episode, other, by):
        raise IllegalMove(
            "You recorded the other part, and nobody else has recorded seeing the child. Somebody else records this one: "
            "the second person on duty, the manager, or the officer signed in."
        )


def is_one_voice(episode: MissingEpisode, first: User | None, second: User | None) -> bool:
    """Whether both parts are the police's word to this one person, and nobody spoke to the child."""
    alone = episode.child_confirmed_office == Office.POLICE and nobody_spoke(episode)
    return alone and first is not None and second is not None and first.pk == second.pk


def require_two_heard(episode: MissingEpisode, first: User | None, second: User | None) -> None:
    """Where the police's word is both parts and nobody spoke to the child, two people here have heard it themselves."""
    if is_one_voice(episode, first, second):
        raise IllegalMove(
            "Both parts would be the word of the police to one person, and nobody has spoken to the child."
            " Somebody else on duty, or the officer signed in, must record the other part."
        )
