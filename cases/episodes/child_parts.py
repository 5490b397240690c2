"""What the first part of an ending may end, by how it was confirmed, and who may record the second part after it."""

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


def require_two_heard(episode: MissingEpisode, first: User | None, second: User | None) -> None:
    """Where the police's word is both parts and nobody spoke to the child, two people here have heard it themselves."""
    alone = episode.child_confirmed_office == Office.POLICE and nobody_spoke(episode)
    if alone and first is not None and second is not None and first.pk == second.pk:
        raise IllegalMove(
            "Both parts would be the word of the police to one person, and nobody has spoken to the child."
            " Somebody else on duty, or the officer signed in, must record the other part."
        )
