"""A component shows what is handed to it, and nothing that happens to be called the same on the page around it."""

import re

from tests.database import ROOT

# Each is a link where it is handed an address, and takes no word of its own from the page.
CLOSED = re.compile(r"""{%\s*include\s+["']components/(?:button|alert)\.html["']([^%]*)%}""")


def test_no_button_and_no_alert_takes_a_word_from_the_page_around_it() -> None:
    """One that found an address there was a link: whoever pressed “Save the visit” saved nothing."""
    open_ones = [
        f"{path.relative_to(ROOT)}: {found.group(0)}"
        for path in (ROOT / "templates").rglob("*.html")
        for found in CLOSED.finditer(path.read_text())
        if not re.search(r"\bwith\b.*\btext=.*\bonly\s*$", found.group(1))
    ]
    assert not open_ones, f"end these with `only`, and hand them their text: {open_ones}"
