"""A picture is told by its content, turned upright, and written anew with nothing but what it shows."""

import io

import pytest
from PIL import Image, PngImagePlugin

from cases import images
from tests.factories import a_picture

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def with_places() -> bytes:
    """A photo as a phone writes it: lying on its side, with the place it was taken and who made the phone."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKER] = "Lantern Phones"
    exif.get_ifd(GPS).update({1: "N", 2: (51.0, 7.0, 0.0), 3: "E", 4: (1.0, 18.0, 0.0)})
    picture = Image.new("RGB", (400, 300), "navy")
    picture.paste("red", (0, 0, 400, 30))
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"seen at the docks", quality=95)
    return out.getvalue()


def test_a_photo_keeps_what_it_shows_and_loses_where_it_was_taken() -> None:
    source = with_places()
    assert b"Lantern Phones" in source
    assert opened(source).getexif().get_ifd(GPS)

    developed = images.develop(source)

    for content in (developed.full, developed.portrait, developed.face):
        assert not dict(opened(content).getexif())
        assert not {"exif", "comment", "icc_profile"} & set(opened(content).info)
        assert b"Exif" not in content
        assert b"docks" not in content


@pytest.mark.by_turns
def test_a_photo_that_lies_on_its_side_is_turned_upright() -> None:
    developed = images.develop(with_places())

    assert (developed.width, developed.height) == (300, 400)
    # The red edge was at the top of the sensor; held upright it is on the right.
    right, left = opened(developed.full).getpixel((290, 200)), opened(developed.full).getpixel((10, 200))
    assert right[0] > 200 > left[0]


def test_words_hidden_in_a_png_do_not_survive_and_clear_parts_become_white() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "seen at the docks")
    out = io.BytesIO()
    Image.new("RGBA", (200, 200), (255, 0, 0, 0)).save(out, "PNG", pnginfo=words)

    developed = images.develop(out.getvalue())

    assert opened(developed.full).format == "JPEG"
    assert b"docks" not in developed.full
    assert opened(developed.full).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.by_turns
def test_a_face_is_light_and_a_portrait_fits_however_busy_the_picture_is() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((1500, 2000), 120) for _ in range(3)])
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=90)

    developed = images.develop(out.getvalue())

    assert len(developed.face) <= 10_000
    assert opened(developed.face).size == (images.FACE_SIDE, images.FACE_SIDE)
    assert opened(developed.portrait).size == images.portrait_size(developed.width, developed.height)
    assert max(opened(developed.full).size) == images.FULL_SIDE


def bomb() -> bytes:
    """A few kilobytes that would unpack into more than 50 million pixels."""
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff" + b"\0" * 60,
        a_picture(kind="GIF"),
        a_picture(kind="BMP"),
        a_picture(kind="WEBP"),
        a_picture()[:-200],
        a_picture(kind="PNG")[:-60],
        a_picture(size=(8, 8)),
        bomb(),
        a_picture() + b"\0" * images.MOST_BYTES,
    ],
    ids=[
        "empty",
        "svg",
        "head alone",
        "gif",
        "bmp",
        "webp",
        "cut jpg",
        "cut png",
        "tiny",
        "bomb",
        "too large",
    ],
)
def test_whatever_is_no_whole_jpg_or_png_of_a_fair_size_is_refused(source: bytes) -> None:
    with pytest.raises(images.NotAPhoto):
        images.develop(source)


@pytest.mark.by_turns
def test_a_small_file_that_would_unpack_into_too_much_is_refused_unread() -> None:
    assert len(bomb()) < 20_000
    with pytest.raises(images.NotAPhoto) as refusal:
        images.develop(bomb())
    # Refused by its head, and not because unpacking failed.
    assert refusal.value.__cause__ is None
