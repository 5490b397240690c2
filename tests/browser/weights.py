"""What a page weighs on the way to a phone with one bar: a first load with everything it names, and each page after it."""

import gzip
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

# Bytes, compressed; the figures of the interface's design.
FIRST_LOAD, PAGE = 60_000, 15_000
# What a page fetches later, when it is there and nobody waits for it, is no part of its first load.
NAMED = re.compile(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"')


@cache
def as_served(name: str) -> int:
    """Bytes of a static file, compressed as a site compresses it when it collects its files."""
    path = finders.find(name)
    assert path, f"there is no static file {name}"
    return len(gzip.compress(Path(path).read_bytes(), 9))


def too_heavy(text: str, size: Callable[[str], int] = as_served, *, spare: int = 0) -> list[str]:
    """What of a page is over its limit: the page alone, or with the files that it names, of which `size` says the bytes.

    `spare` bytes of the first load are left for what a list of the page is still to grow by.
    """
    html = len(gzip.compress(text.encode(), 6))
    files = set(NAMED.findall(text))
    if not files:
        return ["it names no file"]
    load = html + sum(size(name) for name in files)
    weights = (("page", html, PAGE), ("first load", load, FIRST_LOAD - spare))
    return [f"a {what} of {weight} bytes, over {limit}" for what, weight, limit in weights if weight > limit]
