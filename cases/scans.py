"""A file as it may be held with a record: told by its content; a picture is written anew, a PDF is kept as it is."""

import hashlib
from dataclasses import dataclass

from cases import images

PDF, JPEG = "application/pdf", "image/jpeg"
# So large a picture of a page of A4 is still read: some 250 points to the inch.
SIDE = 3000
MOST_BYTES = images.MOST_BYTES
# Before this may stand nothing: a file that begins as a page of the web, or as a program, is no PDF of ours.
HEAD = b"%PDF-"
END, END_WITHIN = b"%%EOF", 2048


class NotADocument(ValueError):
    """What was sent is no PDF, JPG or PNG of a size that can be kept."""


@dataclass(frozen=True)
class Scan:
    """What is kept of a file, what it is, and its SHA-256."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def accept(source: bytes) -> Scan:
    """Return what may be kept; a JPG or PNG becomes a JPG without EXIF, places, comments or colour profiles.

    Raises `NotADocument` for anything but a whole PDF, JPG or PNG of less than 10 MB; its name and the type that the
    browser says are not looked at.
    """
    if not 0 < len(source) < MOST_BYTES:
        raise NotADocument
    if source.startswith(HEAD):
        if END not in source[-END_WITHIN:]:
            raise NotADocument
        return Scan(source, PDF)
    try:
        return Scan(images.written_anew(source, side=SIDE), JPEG)
    except images.NotAPhoto as error:
        raise NotADocument from error
