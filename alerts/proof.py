"""Which sightings count as proof that a child is accounted for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from alerts.schedule import Applies, ChildFacts, Row, Sighting
from cases.strengths import NEVER_PROOF, Strength


class Lack(StrEnum):
    """Why a sighting is no proof, as far as it says so itself."""

    NEVER = "never"
    ROOM = "room"
    MEANS = "means"
    FACE = "face"


def lack(sighting: Sighting, applies: Sequence[Applies]) -> Lack | None:
    """What keeps a sighting from being proof under the rows that apply at its instant; None where nothing does.

    That a call followed another is for `accepted` to find, which sees both.
    """
    return _lack(sighting, [a.row for a in applies if a.covers(sighting.happened_at)])


def accepted(sightings: Iterable[Sighting], applies: Sequence[Applies]) -> tuple[Sighting, ...]:
    """Return the sightings that count, in the order in which they happened.

    Every row that applies at that instant must accept the sighting: the strictest wins. Hearsay and
    messages never count, nor live video where somebody else may be in the room. Where a row lets
    phone calls count they never count twice running: once a call was made, accepted or not, the next
    counts only after somebody has seen the child. So a stricter row never makes more of them count.
    """
    proofs: list[Sighting] = []
    phoned = False
    for sighting in sorted(sightings, key=lambda s: (s.happened_at, s.id)):
        rows = [a.row for a in applies if a.covers(sighting.happened_at)]
        by_phone = sighting.strength is Strength.PHONE
        twice = by_phone and phoned and not (rows and all(row.phone_twice for row in rows))
        counts = not twice and _lack(sighting, rows) is None
        if counts:
            proofs.append(sighting)
        phoned = by_phone or (phoned and not counts)
    return tuple(proofs)


def second_eyes_due(proofs: Sequence[Sighting], facts: ChildFacts) -> datetime | None:
    """Return when a second organisation must have seen the child, or None if none need.

    Nobody stays accounted for on one organisation's word for longer than the rows allow: 7 days, 72
    hours in the first 30 days or with a live concern. The span runs from the latest proof by another
    witness of another organisation than the latest one, or from the beginning where there is none. A
    sighting whose organisation is not known proves no second pair of eyes.

    That another child is missing brings nobody's second pair of eyes nearer: whoever is left is to be seen within half
    an hour, by whoever is there. It would be due for the whole house in the minute in which the police are rung.
    """
    if facts.watch_until is not None:
        return None
    since = max([facts.watch_from, *(until for _, until in facts.rests if until is not None)])
    known = [proof for proof in proofs if proof.organisation is not None]
    for proof in known:
        if _is_other(proof, known[-1]):
            since = max(since, proof.happened_at)
    rows = facts.applies if facts.own_applies is None else facts.own_applies
    return min(filter(None, (_owed(applies, since) for applies in rows)), default=None)


def _lack(sighting: Sighting, rows: Sequence[Row]) -> Lack | None:
    if sighting.strength in NEVER_PROOF:
        return Lack.NEVER
    if sighting.strength is Strength.LIVE_VIDEO and sighting.other_in_room:
        return Lack.ROOM
    if not rows:
        # No row in force is no reason to be lenient.
        return None if sighting.strength is Strength.FACE_TO_FACE else Lack.MEANS
    if not all(sighting.strength in row.accepts for row in rows):
        return Lack.MEANS
    if not sighting.knows_child and any(row.knows_child for row in rows):
        return Lack.FACE
    return None


def _is_other(proof: Sighting, latest: Sighting) -> bool:
    return proof.organisation != latest.organisation and (
        proof.witness is None or proof.witness != latest.witness
    )


def _owed(applies: Applies, since: datetime) -> datetime | None:
    due_at = max(since + applies.row.second_eyes, applies.starts_at)
    return due_at if applies.ends_at is None or due_at < applies.ends_at else None
