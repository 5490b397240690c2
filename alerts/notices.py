"""What must not be missed above a child's page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """One thing that must not be missed, above everything else."""

    variant: str
    heading: str
    text: str
    # One link, and the other child whose page it opens: to show it is a read.
    href: str = ""
    link_text: str = ""
    child_id: int | None = None
