"""Whoever looks at pages refuses at once what cannot be looked at: it would wait for ever, and the whole run with it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests import kinds
from tests.browser import inspection
from tests.browsers import AXE_OPTIONS, ask_axe, bring_axe, let_a_second_pass

PAGE = "data:text/html,<!doctype html><html lang=en><title>Hello</title><main><h1>Hello</h1></main></html>"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("look", [ask_axe, inspection.look, let_a_second_pass])
def test_a_page_without_scripts_is_refused_at_once(plain: Page, look: Callable[[Page], object]) -> None:
    plain.goto(PAGE)
    with pytest.raises(ValueError, match="without JavaScript"):
        look(plain)


@pytest.mark.by_turns(8)
def test_a_walk_without_scripts_hears_that_axe_needs_them(plain: Page, axe: Callable[[Page], None]) -> None:
    plain.goto(PAGE)
    with pytest.raises(ValueError, match="axe needs it"):
        axe(plain)


@pytest.mark.by_turns(8)
def test_the_same_page_with_scripts_is_looked_at(
    open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = open_page()
    page.goto(PAGE)
    axe(page)
    let_a_second_pass(page)


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A run that has looked at nothing yet: where its processes write down what they have seen."""
    monkeypatch.setattr(kinds, "seen", kinds.Seen(tmp_path / "kinds"))
    return tmp_path / "kinds"


GOOD = "<p class=quiet>Words</p><a href=/a class=button>Go</a>"


def faults_of(page: Page, main: str, *, whole: bool = True, style: str = "") -> list[str]:
    page.set_content(
        "<!doctype html><html lang=en><title>Hello</title><style>.faint p, .pale { color: #bbb } .button { padding: 20px; "
        f"display: inline-block; color: #000 }}{style}</style><main><h1>Hello</h1>{main}</main></html>"
    )
    bring_axe(page)
    found = kinds.ask(page, options=AXE_OPTIONS if whole else None)
    return sorted(fault.partition(":")[0] for fault in found)


# What is added to a good page, and the rule that it breaks.
BAD = [
    ("<p class='quiet pale'>Words</p>", "color-contrast"),
    ("<div class=faint><p class=quiet>Words</p></div>", "color-contrast"),
    ("<p class=quiet style='color: #bbb'>Words</p>", "color-contrast"),
    ("<p class=quiet aria-level=2>Words</p>", "aria-allowed-attr"),
    ("<p class=quiet aria-mislaid=2>Words</p>", "aria-valid-attr"),
    ("<p class=quiet role=mislaid>Words</p>", "aria-roles"),
    ("<button class=button>Go <a href=/b class=button>there</a></button>", "nested-interactive"),
    ("<a href=/a class=button tabindex=2>Go</a>", "tabindex"),
    ("<label>Name <input autocomplete=mislaid class=button></label>", "autocomplete-valid"),
    (
        "<div style='width: 90px; overflow: auto'><p style='width: 999px'>Words and more of them</p></div>",
        "scrollable-region-focusable",
    ),
    ("<a href=/a style='font-size: 8px'>a</a><br><a href=/b style='font-size: 8px'>b</a>", "target-size"),
    ("<input class=button>", "label"),
    ("<a href=/a class=button></a>", "link-name"),
    ("<h4>Words</h4>", "heading-order"),
    (
        "<form><input name=children aria-label=Name><p class='quiet pale'>Words</p></form>",
        "color-contrast",
    ),
    (
        "<ul><p class=quiet>Words</p></ul>",
        "list",
    ),
]


@pytest.mark.by_turns(8)
def test_what_is_of_another_kind_or_hangs_together_is_found_after_a_page_without_a_fault(
    unseen: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    assert faults_of(page, GOOD) == []
    for main, rule in BAD:
        assert faults_of(page, GOOD + main) == [rule], main
        # What has a fault is never taken for seen.
        assert faults_of(page, GOOD + main) == [rule], main


@pytest.mark.by_turns(8)
def test_a_kind_is_looked_at_once_at_each_width(unseen: Path, open_page: Callable[..., Page]) -> None:
    page = open_page()
    small = "@media (max-width: 500px) { .button { padding: 0; display: inline; font-size: 8px } }"
    main = "<a href=/a class=button>Go</a><br><a href=/b class=button>There</a>"
    assert faults_of(page, main, style=small) == []
    assert faults_of(page, main, style=small, whole=False) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert faults_of(page, main, style=small, whole=False) == ["target-size"]
    page.set_viewport_size({"width": 1280, "height": 900})
    # The same elements in other colours, which nothing of theirs tells: they were seen.
    assert faults_of(page, main, style="a.button { color: #bbb }", whole=False) == []


def test_what_one_process_has_seen_no_other_of_the_run_looks_at(tmp_path: Path) -> None:
    one, other = kinds.Seen(tmp_path / "kinds"), kinds.Seen(tmp_path / "kinds")
    assert one.of([7, 8], width=360) == ([7, 8], False)
    one.add([7], width=1280)
    other.add([8], width=360)
    # As a process that is stopped leaves it.
    with (tmp_path / "kinds").open("a") as file:
        file.write("360 9")
    for process in (one, other):
        assert process.of([7, 8, 9], width=360) == ([7, 9], False)
        assert process.of([7, 8], width=360) == ([7], True)
    assert kinds.Seen(tmp_path / "others").of([7], width=1280) == ([7], False)
