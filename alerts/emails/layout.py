"""The words of a template, and the text part's shape: no line over 78 columns, rows under their label, addresses whole."""

import re
import textwrap
from typing import Any

from django.template import Context, Engine

COLUMNS = 78
# Room for the label of a row, so that the answers stand under each other.
LABEL_COLUMNS = 14
_ROW = re.compile(r"[^\s:][^:]{0,12}: {1,14}(?=\S)")
_MARKED = re.compile(r"(?P<head>\S.*\S) {2,}OFFICIAL-SENSITIVE")
_FOLDER = "alerts/emails"


def render(name: str, values: dict[str, Any], *, plain: bool = False) -> str:
    """The words of one template of a mail or text."""
    template = Engine.get_default().get_template(f"{_FOLDER}/{name}")
    return str(template.render(Context(values, autoescape=not plain)))


def reflow(text: str) -> str:
    """Return `text` with every line wrapped, blank lines single, and one newline at the end."""
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.rstrip()
        if stripped or (lines and lines[-1]):
            lines += _wrap(stripped)
    return "\n".join(lines).strip() + "\n"


def _wrap(line: str) -> list[str]:
    if len(line) <= COLUMNS:
        return [line]
    row = _ROW.match(line)
    marked = _MARKED.fullmatch(line)
    if marked:
        return [*_wrap(marked["head"]), "OFFICIAL-SENSITIVE"]
    return textwrap.wrap(
        line,
        COLUMNS,
        break_long_words=False,
        break_on_hyphens=False,
        subsequent_indent=" " * (LABEL_COLUMNS + 1) if row else "",
    )
