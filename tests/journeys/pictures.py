"""Pictures of the story for the README, taken anew with PICTURES=write."""

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshots"
WANTED = os.environ.get("PICTURES") == "write"


def take(page: Page, name: str) -> None:
    """Keep the first screen of this page, where pictures are wanted."""
    if WANTED:
        page.screenshot(path=FOLDER / f"{name}.png")
