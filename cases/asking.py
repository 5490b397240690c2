"""What asking a colleague to cover for several children comes to: some are asked for, and some are refused by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cases.models import Child
from cases.states import IllegalMove

Cover = TypeVar("Cover")


@dataclass(frozen=True)
class Refused:
    """A child for whom the colleague was not asked, and why."""

    child: Child
    why: IllegalMove


@dataclass(frozen=True)
class Asked(Generic[Cover]):
    """What one form asked for: cover that waits for an answer, and the children for whom nobody was asked."""

    covers: list[Cover] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def require_somebody(self) -> None:
        """Raise NobodyAsked where every child was refused, IllegalMove where there was none."""
        if self.refused and not self.covers:
            raise NobodyAsked(self.refused)
        if not self.covers:
            raise IllegalMove("Select the children to be covered for.")


class NobodyAsked(IllegalMove):
    """Each of the children was refused; the words are those of the first."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(refused[0].why.words, **refused[0].why.facts)
        self.refused = refused


def named(refused: Sequence[Refused]) -> list[str]:
    """Each child that was refused, by reference, with the reason."""
    return [f"{one.child.reference}: {one.why}" for one in refused]
