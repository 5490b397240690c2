"""The verbs of a photo: add, and withdraw with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from cases import images, log, photo_files
from cases.models import Child, Photo, PhotoBasis, PhotoSource, User
from cases.models.photos import OPEN_GROUNDS
from cases.states import IllegalMove

# The calendar by which a photo is dated.
LONDON = ZoneInfo("Europe/London")


class OtherGround(IllegalMove):
    """The photo is held on another ground already."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Why a photo may be held; where somebody agreed, who and on which day."""

    basis: str = PhotoBasis.UNKNOWN
    agreed_by: str = ""
    agreed_date: date | None = None


NO_GROUND = Ground()


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A developed picture, the day it was taken, where it comes from and on what ground it is held."""

    picture: images.Developed
    taken_date: date
    source: str = PhotoSource.TAKEN
    ground: Ground = NO_GROUND


def add(child: Child, shot: Shot, *, by: User, at: datetime) -> Photo:
    """Keep a photo of `child`; the same picture again returns the one that stands, with the ground that it lacked.

    Raises `OtherGround` where it stands on another, `IllegalMove` for a day after `at`, and OSError where the picture
    cannot be written.
    """
    if shot.taken_date > at.astimezone(LONDON).date():
        raise IllegalMove("The day the photo was taken must be today or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        digest = shot.picture.digest
        standing = Photo.objects.standing().filter(child=child, digest=digest).first()
        if standing is not None:
            return _again(standing, shot.ground, by=by, at=at)
        token = photo_files.new_token()
        with files(token, shot.picture):
            photo = Photo.objects.create(
                token=token,
                child=child,
                taken_date=shot.taken_date,
                source=shot.source,
                **vars(shot.ground),
                width=shot.picture.width,
                height=shot.picture.height,
                digest=digest,
                uploaded_at=at,
                uploaded_by=by,
            )
            log.record(
                child,
                "photo_added",
                subject=photo,
                data={"taken": shot.taken_date.isoformat(), "source": shot.source},
                fields={"digest": digest, **said(shot.ground)},
                by=by,
                at=at,
            )
    return photo


def _again(photo: Photo, ground: Ground, *, by: User, at: datetime) -> Photo:
    """The same picture was sent again: what is said of it now that nobody had said is kept, and nothing is dropped unsaid."""
    if ground.basis in OPEN_GROUNDS:
        return photo
    return say_ground(photo, ground, by=by, at=at)


def say_ground(photo: Photo, ground: Ground, *, by: User, at: datetime) -> Photo:
    """Say why a photo may be held of which that was not said yet; the same again is one.

    Raises `OtherGround` where another is on record, `IllegalMove` where it is none, for a day after `at`, or withdrawn.
    """
    if ground.basis in OPEN_GROUNDS:
        raise IllegalMove("Select why the photo may be held.")
    if ground.agreed_date is not None and ground.agreed_date > at.astimezone(LONDON).date():
        raise IllegalMove("The day must be today or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=photo.child_id)
        photo = Photo.objects.get(pk=photo.pk)
        if Ground(basis=photo.basis, agreed_by=photo.agreed_by, agreed_date=photo.agreed_date) == ground:
            return photo
        if photo.withdrawn_at is not None:
            raise IllegalMove("This photo is withdrawn already.")
        if photo.has_ground:
            raise OtherGround("Why this photo may be held is on record already.")
        for name, value in vars(ground).items():
            setattr(photo, name, value)
        photo.save(update_fields=list(vars(ground)))
        fields = {"digest": photo.digest, **said(ground)}
        log.record(child, "photo_ground_said", subject=photo, fields=fields, by=by, at=at)
    return photo


def said(ground: Ground) -> dict[str, str]:
    """The ground in the words of an event."""
    if ground.agreed_date is None:
        return {"basis": ground.basis}
    day = ground.agreed_date.isoformat()
    return {"basis": ground.basis, "agreed_by": ground.agreed_by, "agreed_date": day}


def withdraw(photo: Photo, *, reason: str, by: User, at: datetime) -> Photo:
    """Show a photo to nobody any more. The picture itself is kept: a search must not lose its only one to a mistake."""
    if not reason.strip():
        raise IllegalMove("Enter why the photo is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=photo.child_id)
        photo = Photo.objects.get(pk=photo.pk)
        if photo.withdrawn_at is not None:
            raise IllegalMove("This photo is withdrawn already.")
        photo.withdrawn_at, photo.withdrawn_by, photo.withdrawn_reason = at, by, reason
        photo.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        log.record(
            child,
            "photo_withdrawn",
            subject=photo,
            fields={"digest": photo.digest, "reason": reason},
            by=by,
            at=at,
        )
    return photo


@contextmanager
def files(token: str, picture: images.Developed) -> Iterator[None]:
    """The files first, so that no row stands without its picture; taken back where the row is not written."""
    try:
        photo_files.write(token, picture)
        yield
    except BaseException:
        photo_files.remove(token)
        raise
