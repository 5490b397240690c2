"""A file as it may be held with a record: told by its content, and written anew, whatever it is."""

import hashlib
from dataclasses import dataclass

from cases import images
from cases.pdfs import rewriting
from cases.pdfs.refusals import Refusal, Refused

PDF, JPEG = "application/pdf", "image/jpeg"
# So large a picture of a page of A4 is still read: some 250 points to the inch.
SIDE = 3000
MOST_BYTES = images.MOST_BYTES
# Before this may stand nothing: a file that begins as a page of the web, or as a program, is no PDF of ours.
HEAD = b"%PDF-"


class NotADocument(ValueError):
    """What was sent is no PDF, JPG or PNG of a size that can be kept; or a PDF that is not, and why."""

    def __init__(self, why: Refusal | None = None) -> None:
        super().__init__()
        self.why = why


@dataclass(frozen=True)
class Scan:
    """What is kept of a file, what it is, its SHA-256, and what of a PDF is not there any more: `attachments` and the like."""

    content: bytes
    media_type: str
    left_out: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def accept(source: bytes) -> Scan:
    """Return what may be kept: a PDF with what its pages show, or a JPG without EXIF, places, comments or colour profiles.

    Raises `NotADocument` for anything but a whole PDF, JPG or PNG of less than 10 MB, and for a PDF that cannot be looked
    through within its limits; its name and the type that the browser says are not looked at.
    """
    if not 0 < len(source) < MOST_BYTES:
        raise NotADocument
    try:
        if source.startswith(HEAD):
            content, left_out = rewriting.rewritten(source)
            return Scan(content, PDF, left_out)
        return Scan(images.written_anew(source, side=SIDE), JPEG)
    except Refused as refused:
        raise NotADocument(refused.why) from refused
    except images.NotAPhoto as error:
        raise NotADocument from error
