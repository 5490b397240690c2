"""The face of each child of a page, for a reader who may see it: one query however long the list."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from cases import access
from cases.access import Permission
from cases.images import FACE_SIDE, portrait_size
from cases.models import Photo, User


@dataclass(frozen=True)
class Face:
    """Where the newest photo is read, in the small size and in the large one, and what it is."""

    token: str
    small: str
    large: str
    large_width: int
    large_height: int
    taken_date: date

    @property
    def small_side(self) -> int:
        return FACE_SIDE // 2


def of(child_ids: Collection[int], *, user: User, at: datetime) -> Mapping[int, Face]:
    """Return the faces by child; a child without a photo, or whose photo this reader may not see, is left out."""
    if not child_ids:
        return {}
    seen = access.children(user, Permission.SEE_PHOTO, at=at).filter(pk__in=list(child_ids))
    photos = Photo.objects.newest_of(seen.values("pk")).select_related("child")
    return {photo.child_id: face(photo) for photo in photos}


def face(photo: Photo) -> Face:
    """Where one photo is read; its child must have been read with it."""

    def address(size: str) -> str:
        return reverse("photo", args=[photo.child.reference, photo.token, size])

    # Shown at half of its pixels, which is sharp on a dense screen and in print.
    width, height = portrait_size(photo.width, photo.height)
    return Face(
        photo.token,
        address("face"),
        address("portrait"),
        round(width / 4),
        round(height / 4),
        photo.taken_date,
    )
