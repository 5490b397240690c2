"""A page on paper: how many sides it takes, and whether anything of it is cut, pale or unreadable there."""

import re
from typing import Any

from playwright.sync_api import Page

# A4 less the margins of our sheets, in CSS pixels: 210 mm less 12 mm at either side.
PAPER_WIDTH = 703
CENTIMETRE = 96 / 2.54

_FAULTS = """() => {
  const found = [];
  const lit = colour => {
    const [r, g, b, a] = (colour.match(/[\\d.]+/g) || []).map(Number);
    return a === 0 ? null : (r + g + b) / 3;
  };
  const shown = element => element.getClientRects().length && getComputedStyle(element).visibility !== "hidden";
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter(one => one.nodeType === 3).map(one => one.data).join("").trim();
    if (!text || !shown(element) || element.closest(".govuk-visually-hidden")) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1) continue;
    const words = text.slice(0, 40);
    if (box.right > document.documentElement.clientWidth + 1) found.push(`cut: ${words}`);
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline") {
      found.push(`too wide: ${words}`);
    }
    const ink = lit(getComputedStyle(element).color);
    if (ink !== null && ink > 110) found.push(`pale: ${words} ${getComputedStyle(element).color}`);
    for (let under = element; under; under = under.parentElement) {
      const paper = lit(getComputedStyle(under).backgroundColor);
      if (paper !== null && paper < 200) found.push(`dark paper: ${words}`);
    }
  }
  return found;
}"""


def on_paper(page: Page) -> None:
    """Lay the page out as its print is, of one width of A4."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER_WIDTH, "height": 1000})


def faults(page: Page) -> list[str]:
    """What of the text would be cut, pale or on dark ground; of a page that is `on_paper`."""
    found: list[str] = page.evaluate(_FAULTS)
    return found


def sides(page: Page, **options: Any) -> int:
    """How many sides of A4 the page takes, with the margins that it asks for itself."""
    paper = page.pdf(format="A4", prefer_css_page_size=True, **options)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))
