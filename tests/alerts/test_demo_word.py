"""Every page of the demo says DEMO, and no page outside it does: whoever looks must know whether a child is real."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse

from tests.alerts import matrix
from tests.alerts.matrix import Place, Reader
from tests.alerts.test_strangers import a_child_searched_for
from tests.counts import counts, one_in
from tests.database import ROOT
from tests.factories import Watched

TEMPLATES = ROOT / "templates"
# A page begins in one of these; all else is a part of one, a mail or a text.
FRAMES = {"base.html", "static_page.html"}
MAILS = "alerts/emails/"
WORD = '{% include "components/demo.html" %}'
SAID = ("<strong>DEMO</strong>", "Every person and place is invented.")
# Answers that are no page, and fragments, which a page takes into itself.
IS_PAGE = re.compile(r"<!doctype html>", re.IGNORECASE)


@pytest.mark.by_turns
def test_every_frame_says_it_where_no_template_can_take_it_out() -> None:
    texts = {str(path.relative_to(TEMPLATES)): path.read_text() for path in TEMPLATES.rglob("*.html")}
    frames = {name for name, text in texts.items() if IS_PAGE.search(text) and not name.startswith(MAILS)}
    assert frames == FRAMES
    for name in FRAMES:
        before, word, _after = texts[name].partition(WORD)
        assert word, name
        blocks = re.findall(r"{% (end)?block\b", before)
        assert blocks.count("") == blocks.count("end"), (
            f"{name}: a template that fills the block would take it out"
        )


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_child_searched_for(now)


def asked(watched: Watched, places: list[Place]) -> Iterator[tuple[str, HttpResponse]]:
    """Every address as one of those whom the table lets in reads it, and one in six as somebody whom it does not."""
    readers = {role: Reader(person) for role, person in matrix.people(watched).items()}
    table = matrix.read()
    for place in places:
        told = table.get((place.name, "own"), {})
        may = [role for role in readers if told.get(role, "").startswith("o")]
        may_not = [role for role in readers if told.get(role, "o")[:1] not in ("o", "n", "")]
        some = may[:1] + (may_not[:1] if one_in(place.name, 6) == 0 else [])
        for role in some:
            yield f"{place.name} as {role}", readers[role].ask(place.path, "GET")


def pages(watched: Watched, places: list[Place]) -> dict[str, str]:
    found = {}
    for name, answer in asked(watched, places):
        text = "" if answer.streaming else answer.content.decode(errors="replace")
        if IS_PAGE.match(text):
            found[name] = text
    return found


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_every_page_of_the_demo_says_demo_and_no_page_outside_it_does(
    watched: Watched, now: datetime, settings: Any
) -> None:
    """Of the first page and every twelfth address in each run: the frames, which say it for all, are read above."""
    places = matrix.places(watched, now)
    few = [place for place in places if one_in(place.name, 12) == 0 or place.path == "/"]
    some = counts(few, places)
    outside = pages(watched, some)
    assert len(outside) > len(some) / 3
    assert [name for name, text in outside.items() if any(words in text for words in SAID)] == []
    settings.DEMO = True
    inside = pages(watched, some)
    assert inside.keys() == outside.keys()
    silent = [name for name, text in inside.items() if not all(text.count(words) == 1 for words in SAID)]
    assert silent == []
