"""A page on paper: how many sides it takes, and whether anything of it is cut, pale or unreadable there."""

import io
import math
from typing import Any

from pikepdf import Pdf, parse_content_stream
from playwright.sync_api import Page

# In CSS pixels.
CENTIMETRE = 96 / 2.54
# How wide and high A4 is, and the margin at each edge: of the sheets of our pages, and of a mail.
PAPER, HEIGHT, SHEETS, MAILS = 21.0, 29.7, 1.2, 1.5
# What draws words in a PDF.
_DRAWS = {"Tj", "TJ", "'", '"'}

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
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = words.nextNode()); ) {
    if (!shown(node.parentElement) || node.parentElement.closest("a, [style*=break-all]")) continue;
    for (const one of node.data.matchAll(/\\b[A-Z]{1,2}(\\d\\d)?-\\d{6}(-M\\d+)?/g)) {
      const range = document.createRange();
      range.setStart(node, one.index);
      range.setEnd(node, one.index + one[0].length);
      if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) found.push(`broken: ${one[0]}`);
    }
  }
  return found;
}"""


def on_paper(page: Page, *, margin: float = SHEETS) -> None:
    """Lay the page out as its print is, as wide as A4 less a margin at either side, in centimetres."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": int((PAPER - 2 * margin) * CENTIMETRE), "height": 1000})


def faults(page: Page) -> list[str]:
    """What of the text would be cut, pale or on dark ground, and references over two lines; of a page that is `on_paper`."""
    found: list[str] = page.evaluate(_FAULTS)
    return found


def sides_of_height(page: Page, *, margin: float = SHEETS) -> int:
    """How many sides of A4 its height asks for where none is left half empty; of a page that is `on_paper`."""
    high = page.evaluate("document.body.scrollHeight")
    return math.ceil(high / ((HEIGHT - 2 * margin) * CENTIMETRE))


def sides(page: Page, **options: Any) -> int:
    """How many sides of A4 the page takes, with the margins that it asks for itself; no side may be without words."""
    paper = page.pdf(format="A4", prefer_css_page_size=True, **options)
    with Pdf.open(io.BytesIO(paper)) as pdf:
        bare = [number for number, side in enumerate(pdf.pages, start=1) if not _has_words(side)]
        assert not bare, f"of {len(pdf.pages)} sides these have no words: {bare}"
        return len(pdf.pages)


def _has_words(side: Any) -> bool:
    return any(str(step.operator) in _DRAWS for step in parse_content_stream(side))
