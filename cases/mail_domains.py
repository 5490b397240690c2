"""Where no alert of ours may go: the mailboxes of bodies that enforce immigration law.

The immigration firewall [proposal]: what a child tells so that somebody looks for it is never a feed for enforcement.
Whether one of them hears of a missing child is a decision of a manager, on record, and told by another way.
"""

import re

# With every domain below each: the Home Office, its borders and visas, and the names it went by before.
IMMIGRATION = ("homeoffice.gov.uk", "borderforce.gov.uk", "ukvi.gov.uk", "ukba.gov.uk")
# Where the domain ends: a space or a second address behind it makes it no other one.
PATTERN = "[@.](" + "|".join(re.escape(name) for name in IMMIGRATION) + r")\.*([^a-z0-9.-]|$)"


def is_of_immigration(address: str) -> bool:
    """Whether a mail to this address would reach a body that enforces immigration law."""
    return re.search(PATTERN, address.strip(), re.IGNORECASE) is not None
