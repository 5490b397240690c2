"""How strong a sighting is as proof that a child is accounted for."""

from enum import StrEnum


class Strength(StrEnum):
    """How the named witness saw the child, strongest first; which of them count is the policy's."""

    FACE_TO_FACE = "face_to_face"
    LIVE_VIDEO = "live_video"
    PHONE = "phone"
    MESSAGE = "message"
    HEARSAY = "hearsay"


STRENGTH_ORDER: tuple[Strength, ...] = tuple(Strength)

# A message can be written by anybody holding the phone, and hearsay names no witness.
NEVER_PROOF: frozenset[Strength] = frozenset({Strength.MESSAGE, Strength.HEARSAY})


def at_least(strength: Strength, floor: Strength) -> bool:
    """Whether `strength` is as strong as `floor`, or stronger."""
    return STRENGTH_ORDER.index(strength) <= STRENGTH_ORDER.index(floor)
