"""Drawn faces for some of the missing children: invented as they are, so that lists and profiles have a picture to show."""

import io
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from random import Random

from PIL import Image, ImageDraw

from alerts.population.searches import Search
from alerts.population.stage import Stage
from cases import images, photo_files, photos
from cases.deadlines import london_day
from cases.images import Developed
from cases.models import Photo, PhotoBasis, PhotoSource

SIZE = (240, 300)
SKIN = ("#f0c9a4", "#d9a577", "#b97f52", "#8d5a36", "#6a4128")
HAIR = ("#15100d", "#2b1d14", "#3d2a1c")
GROUND = ("#c9d6df", "#d8d2c4", "#cfdccb", "#dccfd6", "#d5d5d5")
TOPS = ("#33465c", "#5c3b3b", "#3f5a44", "#54506b", "#2f2f33")
# So many drawings, each developed once; two children of five hundred may look alike.
DRAWINGS = 15
# Two in five of those who are missing have one: of many nobody ever took any.
OF_FIVE = (1, 3)


def hang(stage: Stage, searches: Sequence[Search], kept: ExitStack) -> None:
    """Give some of these missing children a photo that was taken before they went.

    The files are taken back where `kept` ends in an error: no row stands then that would know of them.
    """
    for number, search in enumerate(searches):
        if number % 5 in OF_FIVE:
            _hang(stage, search, kept)


def _hang(stage: Stage, search: Search, kept: ExitStack) -> None:
    told, since = search.told, search.episode.since
    rng = Random(f"portrait-{told.child.key.int}")  # noqa: S311 - the same number draws the same
    at = told.life.registered_at + (since - told.life.registered_at) * rng.uniform(0.1, 0.8)
    picture = _drawing(rng.randrange(DRAWINGS))
    token = photo_files.new_token()
    kept.enter_context(photos.files(token, picture))
    taken = london_day(at)
    ground = photos.Ground(
        basis=PhotoBasis.AGREED,
        agreed_by=f"{told.child.given_name}, asked with an interpreter",
        agreed_date=taken,
    )
    row = stage.book.add(
        Photo(
            token=token,
            child=told.child,
            taken_date=taken,
            source=PhotoSource.TAKEN,
            **vars(ground),
            width=picture.width,
            height=picture.height,
            digest=picture.digest,
            uploaded_at=at,
            uploaded_by=told.worker,
        )
    )
    told.tell(
        "photo_added",
        subject=row,
        by=told.worker,
        at=at,
        data={"taken": taken.isoformat(), "source": str(row.source)},
        fields={"digest": row.digest, **photos.said(ground)},
    )


@cache
def _drawing(number: int) -> Developed:
    """One face of so many, the same for the same number."""
    rng = Random(number)  # noqa: S311 - a drawing
    picture = Image.new("RGB", SIZE, rng.choice(GROUND))
    draw = ImageDraw.Draw(picture)
    skin, hair, top = (rng.choice(colours) for colours in (SKIN, HAIR, TOPS))
    wide, high = rng.randrange(44, 54), rng.randrange(58, 68)
    x, y = SIZE[0] // 2, 128
    draw.ellipse((x - 96, 222, x + 96, 400), fill=top)
    draw.rounded_rectangle((x - 20, y + high - 22, x + 20, 240), 16, fill=skin)
    draw.ellipse((x - wide - 5, y - high - 12, x + wide + 5, y + high * 0.4), fill=hair)
    draw.ellipse((x - wide, y - high + rng.randrange(8, 18), x + wide, y + high), fill=skin)
    for side in (-1, 1):
        eye = x + side * wide * 0.42
        draw.ellipse((eye - 7, y - 8, eye + 7, y + 2), fill="white")
        draw.ellipse((eye - 4, y - 7, eye + 4, y + 1), fill="#20160f")
        draw.line((eye - 10, y - 18, eye + 10, y - 19), fill=hair, width=4)
    draw.line((x, y, x - 3, y + 18, x + 4, y + 19), fill=hair, width=2)
    draw.arc((x - 18, y + 22, x + 18, y + 42), 20, 160, fill="#7c3b33", width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return images.develop(out.getvalue())
