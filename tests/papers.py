"""PDFs that tests send, made by the library that reads them."""

import io
from collections.abc import Callable
from functools import cache

from pikepdf import Array, Dictionary, Name, Pdf

from cases.pdfs import rewriting
from cases.pdfs.cleaning import written_anew
from cases.scans import PDF, Scan


def a_pdf(
    words: str = "A letter", *, pages: int = 1, change: Callable[[Pdf], None] | None = None, **save
) -> bytes:
    """A PDF with `words` on its first page, in the clear; `change` puts into it what a test is about."""
    with Pdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        pdf.pages[0].obj.Contents = pdf.make_stream(f"BT /F1 14 Tf 60 760 Td ({words}) Tj ET".encode())
        if change is not None:
            change(pdf)
        pdf.save(out := io.BytesIO(), **{"compress_streams": False, **save})
    return out.getvalue()


@cache
def a_kept_pdf(words: str = "A letter") -> bytes:
    """One as it is kept: written anew it is the same."""
    content, _left_out = written_here(a_pdf(words))
    return content


def written_here(source: bytes) -> tuple[bytes, set[str]]:
    """What the process that reads a PDF does, in this one: to start it takes longer than to write."""
    content, left_out = written_anew(
        source, most_pages=rewriting.LIMITS.pages, most_unpacked=rewriting.LIMITS.unpacked
    )
    return content, set(left_out)


def a_scan(words: str = "A letter") -> Scan:
    """What the form makes of one."""
    return Scan(a_kept_pdf(words), PDF)


def annotated(pdf: Pdf, **keys) -> Dictionary:
    """Put a note of these keys on the first page."""
    note = pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=[0, 0, 9, 9], **keys))
    page = pdf.pages[0].obj
    page.Annots = Array([*page.get("/Annots", []), note])
    return note
