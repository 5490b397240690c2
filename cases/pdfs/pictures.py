"""The pictures inside a PDF, without what a camera or a program wrote beside them; pure, on bytes."""

import struct
from collections.abc import Iterator

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
# They carry no length: restart marks and the private TEM.
_BARE = frozenset(range(0xD0, 0xD8)) | {0x01}
_APP = range(0xE0, 0xF0)
_JFIF, _ADOBE, _COMMENT = 0xE0, 0xEE, 0xFE
# What says how the colours are to be read; a thumbnail behind it is cut.
_JFIF_HEAD = 12
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
# EXIF and GPS lie in `uuid`, XMP in `xml ` or `uuid`, addresses in `uinf`, rights in `jp2i`.
_JP2_WORDS = frozenset({b"uuid", b"xml ", b"uinf", b"jp2i"})


class NotAPicture(ValueError):
    """The bytes do not begin, or do not go on, as such a picture does."""


def bare_jpeg(source: bytes) -> bytes:
    """Return a JPEG without EXIF, XMP, IPTC, profiles, comments, thumbnails and whatever lies behind its end.

    What it shows is not touched, bit for bit. Raises `NotAPicture`.
    """
    out, drawn = bytearray(b"\xff\xd8"), False
    for marker, body in _segments(source):
        if marker is None:
            drawn = True
            out += body
        elif (kept := _kept(marker, body)) is not None:
            out += struct.pack(">BBH", 0xFF, marker, len(kept) + 2) + kept
    if not drawn:
        raise NotAPicture
    return bytes(out + b"\xff\xd9")


def bare_jp2(source: bytes) -> bytes:
    """Return a JPEG 2000 without the boxes that hold words; a bare codestream has none. Raises `NotAPicture`."""
    if not source.startswith(_JP2_SIGNATURE):
        return source
    out, place = bytearray(), 0
    while place < len(source):
        kind, size = _box(source, place)
        if kind not in _JP2_WORDS:
            out += source[place : place + size]
        place += size
    return bytes(out)


def _kept(marker: int, body: bytes) -> bytes | None:
    if marker == _JFIF and body.startswith(b"JFIF\0"):
        return body[:_JFIF_HEAD] + b"\0\0"
    if marker == _ADOBE and body.startswith(b"Adobe"):
        return body
    return None if marker == _COMMENT or marker in _APP else body


def _segments(source: bytes) -> Iterator[tuple[int | None, bytes]]:
    """Each marker with what it holds, and with no marker what a scan holds; ends at the picture's end."""
    if source[:2] != bytes((0xFF, _START)):
        raise NotAPicture
    place = 2
    while (marker := _marker(source, place)) != _END:
        place = source.index(bytes((marker,)), place + 1) + 1
        (size,) = struct.unpack_from(">H", source, place) if place + 2 <= len(source) else (0,)
        if size < 2 or place + size > len(source):
            raise NotAPicture
        yield marker, source[place + 2 : place + size]
        place += size
        if marker == _SCAN:
            after = _scan_end(source, place)
            yield None, source[place:after]
            place = after


def _marker(source: bytes, place: int) -> int:
    """The marker at `place`; the picture's end where nothing follows, for some scanners leave its mark out."""
    if place >= len(source):
        return _END
    if source[place] != 0xFF:
        raise NotAPicture
    while place < len(source) and source[place] == 0xFF:
        place += 1
    if place >= len(source):
        return _END
    if source[place] in _BARE or source[place] in (0, _START):
        raise NotAPicture
    return source[place]


def _scan_end(source: bytes, place: int) -> int:
    """Where the next marker stands: a 0xFF in the data is followed by 0, and restart marks belong to it."""
    while (place := source.find(b"\xff", place)) != -1 and place + 1 < len(source):
        follows = source[place + 1]
        if follows not in (0, 0xFF) and follows not in _BARE:
            return place
        place += 1 if follows == 0xFF else 2
    return len(source)


def _box(source: bytes, place: int) -> tuple[bytes, int]:
    if place + 8 > len(source):
        raise NotAPicture
    size, kind = struct.unpack_from(">I4s", source, place)
    if size == 1 and place + 16 <= len(source):
        (size,) = struct.unpack_from(">Q", source, place + 8)
    elif size == 0:
        size = len(source) - place
    if size < 8 or place + size > len(source):
        raise NotAPicture
    return kind, size
