"""How urgent each step is: what an open episode owes first, then the highest rung."""

from collections.abc import Mapping

from alerts.schedule import Step

# Open episodes and *not here* first, then the highest rung; what nothing is owed on comes last.
URGENCY: Mapping[str, int] = {
    "call_0": 0,
    "call_120": 1,
    "call_60": 2,
    "call_30": 3,
    "call_15": 4,
    "ask": 5,
    "ring_again": 5,
    Step.FAIL_SAFE: 6,
    Step.R5: 10,
    Step.R4: 11,
    Step.R3: 12,
    Step.R2: 13,
    Step.R1: 14,
    Step.R0: 15,
}
LEAST_URGENT = 100


def urgency_of(step: str) -> int:
    """The urgency of a step with its number: "ask:2" is as urgent as "ask"."""
    return URGENCY[step.split(":", maxsplit=1)[0]]
