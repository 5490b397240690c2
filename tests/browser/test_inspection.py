"""Whoever looks at pages refuses at once what cannot be looked at: it would wait for ever, and the whole run with it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser import inspection
from tests.browsers import ask_axe, let_a_second_pass

PAGE = "data:text/html,<!doctype html><html lang=en><title>Hello</title><main><h1>Hello</h1></main></html>"


@pytest.mark.parametrize("look", [ask_axe, inspection.look, let_a_second_pass])
def test_a_page_without_scripts_is_refused_at_once(plain: Page, look: Callable[[Page], object]) -> None:
    plain.goto(PAGE)
    with pytest.raises(ValueError, match="without JavaScript"):
        look(plain)


def test_a_walk_without_scripts_hears_that_axe_needs_them(plain: Page, axe: Callable[[Page], None]) -> None:
    plain.goto(PAGE)
    with pytest.raises(ValueError, match="axe needs it"):
        axe(plain)


def test_the_same_page_with_scripts_is_looked_at(
    open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = open_page()
    page.goto(PAGE)
    axe(page)
    let_a_second_pass(page)
