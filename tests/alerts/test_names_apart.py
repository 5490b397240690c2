"""Names in any script stay apart from the words and figures round them, on every page that somebody can open."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.test import Client

from cases.models import Child, GuardianService, Home, Team
from tests import factories
from tests.browser.screens import SCREENS
from tests.browser.town import Town, at_this_hour

pytestmark = pytest.mark.django_db

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


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>نور 3</p>", ["p: نور 3"]),
        ("<p><bdi>نور</bdi> 3</p>", []),
        ("<title>نور – Rollcall</title>", ["title: نور – Rollcall"]),
        ("<p>\u2068نور\u2069 3</p>", []),
        ("<title>\u2068نور\u2069 – Rollcall</title>", []),
        ('<img alt="Photo of نور">', ["img[alt]: Photo of نور"]),
        ("<textarea>نور</textarea>", []),
    ],
)
def test_a_name_that_runs_into_its_surroundings_is_found(page: str, found: list[str]) -> None:
    assert loose(page) == found


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The town of the gallery, in which people, children and houses have names in two scripts, with a figure beside."""
    for words in ("_GIVEN", "_FAMILY"):
        monkeypatch.setattr(factories, words, tuple(f"{name} نور" for name in getattr(factories, words)))
    with at_this_hour():
        made = Town()
        for kind, field in ((Child, "given_name"), (Home, "name"), (Team, "name"), (GuardianService, "name")):
            for one in kind.objects.exclude(**{f"{field}__contains": "نور"}):
                kind.objects.filter(pk=one.pk).update(**{field: f"{getattr(one, field)} نور"})
        yield made


def test_every_name_on_every_page_stands_apart(client: Client, town: Town) -> None:
    found: dict[str, str] = {}
    pages = 0
    for screen in SCREENS:
        client.logout()
        if screen.who:
            client.force_login(town.people[screen.who])
        page = client.get(town.path(screen.name, which=screen.which, query=screen.query)).content.decode()
        pages += bool(SCRIPT.search(page))
        for words in loose(page):
            found.setdefault(words, str(screen))
    assert pages > 80
    assert not found, "\n".join(f"{words}   <- {where}" for words, where in sorted(found.items()))
