"""Names in any script stay apart from the words and figures round them: what looks for one that does not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from unittest import mock

from cases.models import Child, GuardianService, Home, Team
from tests import factories

# Letters that stand in names here and nowhere else.
SCRIPT = re.compile(r"[\u0600-\u06ff]")

SPOKEN = {"title", "alt", "aria-label", "aria-description", "placeholder", "label"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What was typed stands as it was typed.
TYPED = {"textarea", "script", "style", "pre"}


class Names(HTMLParser):
    """The places of a page where a name runs into its surroundings."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.loose: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.inside.append(tag)
        self.loose += [
            f"{tag}[{name}]: {value}" for name, value in attrs if name in SPOKEN and bare(value or "")
        ]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        here = set(self.inside)
        if bare(data) and not here & TYPED and "bdi" not in here:
            self.loose.append(f"{self.inside[-1]}: {' '.join(data.split())}")


def bare(text: str) -> bool:
    """Whether a letter of the script stands outside the marks U+2068 and U+2069, which do in text what <bdi> does."""
    depth = 0
    for letter in text:
        depth += (letter == "\u2068") - (letter == "\u2069")
        if depth == 0 and SCRIPT.match(letter):
            return True
    return False


def loose(page: str) -> list[str]:
    names = Names()
    names.feed(page)
    names.close()
    return names.loose


@contextmanager
def in_two_scripts() -> Iterator[None]:
    """Whoever the factories make has a second script in the name."""
    taken = {
        words: tuple(f"{name} نور" for name in getattr(factories, words))
        for words in ("_GIVEN", "_STAFF", "_FAMILY")
    }
    with mock.patch.multiple(factories, **taken):
        yield


def add_a_script() -> None:
    """Give one to the children, houses, teams and services that were named without."""
    for kind, field in ((Child, "given_name"), (Home, "name"), (Team, "name"), (GuardianService, "name")):
        for one in kind.objects.exclude(**{f"{field}__contains": "نور"}):
            kind.objects.filter(pk=one.pk).update(**{field: f"{getattr(one, field)} نور"})
