"""The text part's shape: no line over 78 columns, rows indented under their label, addresses never broken."""

import re
import textwrap

COLUMNS = 78
# Room for the label of a row, so that the answers stand under each other.
LABEL_COLUMNS = 14
_ROW = re.compile(r"[^\s:][^:]{0,12}: {1,14}(?=\S)")
_MARKED = re.compile(r"(?P<head>\S.*\S) {2,}OFFICIAL-SENSITIVE")


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
