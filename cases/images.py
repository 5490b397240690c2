"""A picture as it may be kept: told by its content, turned upright, written anew with nothing but what it shows."""

import hashlib
import io
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 10 * 1024 * 1024
# A small file may unpack into gigabytes: what it would become is read from its head, before anything is unpacked.
MOST_PIXELS = 50_000_000
LEAST_SIDE = 32
FULL_SIDE = 1600
PORTRAIT = (480, 600)
# Twice what a list shows, for dense screens.
FACE_SIDE = 112
# Thirty faces of a house must stay a light page.
FACE_BYTES = 10_000
FORMATS = ("JPEG", "PNG")
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    EOFError,
    zlib.error,
)


class NotAPhoto(ValueError):
    """What was sent is no JPG or PNG of a size that can be kept."""


@dataclass(frozen=True, kw_only=True)
class Developed:
    """Three JPGs of one picture, the size of the largest in pixels and its SHA-256."""

    full: bytes
    portrait: bytes
    face: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.full).hexdigest()


def develop(source: bytes) -> Developed:
    """Return the picture in three sizes, without EXIF, places, comments or colour profiles.

    Raises `NotAPhoto` for anything but a whole JPG or PNG of less than 10 MB and 50 million pixels.
    """
    if not 0 < len(source) < MOST_BYTES:
        raise NotAPhoto
    upright = _upright(source)
    portrait = upright.copy()
    portrait.thumbnail(PORTRAIT, Image.Resampling.LANCZOS)
    # A little above the middle, where a face is.
    face = ImageOps.fit(upright, (FACE_SIDE, FACE_SIDE), Image.Resampling.LANCZOS, centering=(0.5, 0.35))
    return Developed(
        full=_jpeg(upright, quality=85),
        portrait=_jpeg(portrait, quality=80),
        face=_light(face),
        width=upright.width,
        height=upright.height,
    )


def written_anew(source: bytes, *, side: int) -> bytes:
    """Return the picture as one JPG whose longer side is `side` pixels at the most, with nothing but what it shows.

    Raises `NotAPhoto` as `develop` does.
    """
    if not 0 < len(source) < MOST_BYTES:
        raise NotAPhoto
    return _jpeg(_upright(source, side), quality=85)


def portrait_size(width: int, height: int) -> tuple[int, int]:
    """The size in pixels that the portrait of a picture of this size has."""
    shrink = min(PORTRAIT[0] / width, PORTRAIT[1] / height, 1)
    return max(round(width * shrink), 1), max(round(height * shrink), 1)


def _upright(source: bytes, side: int = FULL_SIDE) -> Image.Image:
    try:
        with Image.open(io.BytesIO(source), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS or min(width, height) < LEAST_SIDE:
                raise NotAPhoto
            # A JPG can be unpacked small at once, which spares memory.
            opened.draft("RGB", (side, side))
            opened.load()
            turned = ImageOps.exif_transpose(opened)
            turned = _without_transparency(turned)
            turned.thumbnail((side, side), Image.Resampling.LANCZOS)
    except NotAPhoto:
        raise
    except UNREADABLE as error:
        raise NotAPhoto from error
    # Pillow writes a comment that it read back into the new file.
    turned.info.clear()
    return turned


def _without_transparency(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground


def _light(face: Image.Image) -> bytes:
    for quality in (80, 70, 60, 50, 40):
        written = _jpeg(face, quality=quality)
        if len(written) <= FACE_BYTES:
            break
    return written


def _jpeg(picture: Image.Image, *, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=None, comment=b"")
    return out.getvalue()
