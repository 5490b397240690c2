"""The stored wordings of mails, and what their readers see of them."""

import html
import os
import re
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"


def words_of_html(page: str) -> list[str]:
    """The words that a reader of the HTML part sees, in order."""
    body = page[page.index("<body") :]
    return tokens(html.unescape(re.sub(r"<[^>]+>", " ", body)))


def tokens(text: str) -> list[str]:
    return [word for word in (w.rstrip(":,") for w in text.split()) if word]


def assert_as_stored(name: str, text: str) -> None:
    """Compare with the stored wording; UPDATE_SNAPSHOTS=1 stores it anew, for a person to read in the diff."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), name
