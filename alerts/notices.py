"""What must not be missed above a child's page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """One thing that must not be missed, above everything else."""

    variant: str
    heading: str
    text: str
