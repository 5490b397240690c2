"""Who would be told about one child by a drafted policy, beside the policy in force: each step once, with both answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import foresight, head_counts, owed_foresight, policies, policy_turns, return_foresight
from alerts.foresight import Foresight, Rung
from alerts.models import PolicyVersion
from alerts.policy_words import TITLES
from cases.models import Child

# Of which somebody would be told where nothing is recorded about a child, or no review of a search is.
OF_SILENCE = frozenset(TITLES) - frozenset(policies.OF_OTHER_CLOCKS) - {"not_here", head_counts.ROW}
OF_SILENCE |= {policies.REVIEW}
# And where somebody looks and the child is not there.
OF_SEARCH = frozenset({"not_here", policies.DUTY})
# And where another child is missing, and nobody sees this one.
OF_OTHERS = frozenset({head_counts.ROW})
# And where a search ends, and nobody does what its ending asks for.
OF_RETURN = frozenset({policies.AFTER})
# And where nobody records the paper that the child is owed, as it stands.
OF_PAPER = frozenset({policies.PAPER})
# And where a guardian is owed, or a transfer begins: of a child of whom neither need be so.
OF_GUARDIAN = frozenset({policies.GUARDIAN})
OF_TRANSFER = frozenset({policies.TRANSFER})
# What each of these supposes, by the policy that is drafted; all others suppose a silence.
_SUPPOSED = {
    **dict.fromkeys(OF_SEARCH, foresight.of_search),
    **dict.fromkeys(OF_OTHERS, foresight.of_head_count),
    **dict.fromkeys(OF_RETURN, return_foresight.of_return),
    **dict.fromkeys(OF_GUARDIAN, owed_foresight.of_guardian),
    **dict.fromkeys(OF_TRANSFER, owed_foresight.of_transfer),
}
NOTHING = Foresight(None)


@dataclass(frozen=True)
class Line:
    """One step of a ladder, as it stands and as it would be; None where it would not climb at all."""

    title: str
    was: Rung | None
    would: Rung | None

    @property
    def is_same(self) -> bool:
        return self.was == self.would


@dataclass(frozen=True)
class Preview:
    """Both answers to the same question, and their ladders line by line; of what is no silence, that alone."""

    before: Foresight = NOTHING
    after: Foresight = NOTHING
    silence: Sequence[Line] = ()
    calls: Sequence[Line] = ()
    reviews: Sequence[Line] = ()
    search: Sequence[Line] = ()

    @property
    def is_same(self) -> bool:
        """Whether the draft changes nothing that is seen here."""
        return self.before == self.after and all(line.is_same for line in self.search)

    @property
    def is_owed(self) -> bool:
        """Whether anything at all is owed for this child."""
        return bool(self.before.due_at or self.after.due_at or self.reviews or self.search)


def can_preview(key: str) -> bool:
    """Whether a draft of this policy can change what is foreseen of a child."""
    return key in OF_SILENCE or key in _SUPPOSED or key in OF_PAPER


def of(
    child: Child, key: str, data: Mapping[str, Any], *, authority_id: int, about: datetime, now: datetime
) -> Preview:
    """Ask both policies the same of one child: who would be told if nothing were recorded by `about`.

    The draft is taken to count already for its authority, whenever it begins: `data` is the policy as it would be stored.
    """
    draft = PolicyVersion(
        key=key,
        version=0,
        authority_id=authority_id,
        data=dict(data),
        takes_effect_at=policy_turns.EVER,
        published_at=now,
    )
    if key in _SUPPOSED:
        foresee = _SUPPOSED[key]
        was = foresee(child, about=about, now=now)
        would = foresee(child, about=about, draft=draft, now=now)
        return Preview(search=_lines(_of_search(was), _of_search(would)))
    if key in OF_PAPER:
        both = owed_foresight.of_papers(child, about=about, draft=draft, now=now)
        return Preview(search=_lines(_of_search(both.was), _of_search(both.would)))
    before = foresight.of(child, about=about, now=now)
    after = foresight.of(child, about=about, draft=draft, now=now)
    return Preview(
        before,
        after,
        _lines(_titled(before.silence), _titled(after.silence)),
        _lines(_titled(before.calls), _titled(after.calls)),
        _lines(_titled(before.reviews, before.review), _titled(after.reviews, after.review)),
    )


def _titled(rungs: Sequence[Rung], of: str = "") -> dict[str, Rung]:
    """By what each is called; a rung of one review is none of another."""
    return {f"{of}. {one.title}" if of else one.title: one for one in rungs}


def _of_search(told: Sequence[tuple[str, Rung]]) -> dict[str, Rung]:
    return {f"{about}. {rung.title}": rung for about, rung in told}


def _lines(was: Mapping[str, Rung], would: Mapping[str, Rung]) -> list[Line]:
    """Each step once, in the order in which it stands, and then those that the draft alone has."""
    return [Line(title, was.get(title), would.get(title)) for title in {**was, **would}]
