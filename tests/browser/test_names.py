"""What finds a name that runs into its surroundings finds it, and nothing else; the gallery asks it of every page."""

import pytest

from tests.browser.names import loose


@pytest.mark.by_turns(8)
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
