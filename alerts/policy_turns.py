"""Which version of a policy holds from when: as delivered, until the own one of the responsible authority begins."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

# The authorities that were responsible one after the other, each from when; before the first it is the first.
Turns = tuple[tuple[datetime, int], ...]
EVER = datetime(1900, 1, 1, tzinfo=UTC)


class Stored(Protocol):
    """A version as it stands on record: whose it is, None where it was delivered to all, and from when it counts.

    One that follows what is delivered ends an authority's own: from then on the delivered versions hold again.
    """

    authority_id: int | None
    takes_effect_at: datetime
    follows_delivered: bool


S = TypeVar("S", bound=Stored)


def joined(turns: Turns) -> Turns:
    """Return the same turns as few as they can be: those of one authority on end as one, and the first without a beginning.

    So whoever has had one authority alone has the same turns, whenever each of them came.
    """
    kept: list[tuple[datetime, int]] = []
    for since, whose in turns:
        if not kept or kept[-1][1] != whose:
            kept.append((since if kept else EVER, whose))
    return tuple(kept)


def timeline(stored: Sequence[S], turns: Turns) -> list[tuple[datetime, S]]:
    """Return what held from when for somebody for whom these authorities were responsible, in order of time.

    `stored` are the versions of one policy as they were put on record: of one authority's, as of the delivered ones,
    that put on record last holds of those that have begun. Where nothing is an authority's own the delivered ones come
    back as they are. No authority's own holds before the first that was delivered: until then nobody is asked for
    anything.
    """
    delivered = [one for one in stored if one.authority_id is None]
    mine = {whose for _since, whose in turns}
    own = {whose: [one for one in stored if one.authority_id == whose] for whose in mine}
    if not any(own.values()):
        return [(one.takes_effect_at, one) for one in delivered]
    began = {one.takes_effect_at for one in stored if one.authority_id is None or one.authority_id in mine}
    found: list[tuple[datetime, S]] = []
    for at in sorted(began | {since for since, _whose in turns[1:]}):
        holds = _holds(delivered, own[responsible(turns, at)], at)
        if holds is not None and (not found or found[-1][1] is not holds):
            found.append((at, holds))
    return found


def beside(stored: Sequence[S], held: Sequence[tuple[datetime, S]]) -> list[tuple[datetime, S, S]]:
    """Return what held from when, with what was delivered by then: anew where that changes under an authority's own."""
    delivered = [one for one in stored if one.authority_id is None]
    begun = {one.takes_effect_at for one in delivered}
    found: list[tuple[datetime, S, S]] = []
    for number, (since, one) in enumerate(held):
        until = held[number + 1][0] if number + 1 < len(held) else None
        if one.authority_id is None:
            found.append((since, one, one))
            continue
        anew = {at for at in begun if since < at and (until is None or at < until)}
        found += [(at, one, in_force(delivered, at) or one) for at in sorted({since} | anew)]
    return found


def responsible(turns: Turns, at: datetime) -> int:
    """Return whose turn it is at `at`; before the first it is the first."""
    begun = [whose for since, whose in turns if since <= at]
    return begun[-1] if begun else turns[0][1]


def _holds(delivered: Sequence[S], own: Sequence[S], at: datetime) -> S | None:
    of_all, of_theirs = in_force(delivered, at), in_force(own, at)
    if of_all is None or of_theirs is None or of_theirs.follows_delivered:
        return of_all
    return of_theirs


def in_force(chain: Sequence[S], at: datetime) -> S | None:
    """Return the one that was put on record last of those that have begun by `at`."""
    return next((one for one in reversed(chain) if one.takes_effect_at <= at), None)
