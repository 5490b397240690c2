"""The verbs of a photo of a found child, and who may look at it: the desk that has the child, and whoever is asked."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import access, images, photo_files, photos
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Authority, FoundChild, FoundMatch, FoundPhoto, User
from cases.permissions import FUNCTIONS
from cases.states import IllegalMove


def add(found: FoundChild, picture: images.Developed, *, by: User, at: datetime) -> FoundPhoto:
    """Keep a photo of a found child; the same picture again returns the one that stands.

    Raises `IllegalMove` once the child is named or with somebody, and OSError where the picture cannot be written.
    """
    with transaction.atomic():
        found = FoundChild.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if found.closed_at is not None:
            raise IllegalMove("This found child is closed.")
        standing = FoundPhoto.objects.standing().filter(found=found, digest=picture.digest).first()
        if standing is not None:
            return standing
        token = photo_files.new_token()
        with photos.files(token, picture):
            return FoundPhoto.objects.create(
                token=token,
                found=found,
                width=picture.width,
                height=picture.height,
                digest=picture.digest,
                uploaded_at=at,
                uploaded_by=by,
            )


def withdraw(photo: FoundPhoto, *, reason: str, by: User, at: datetime) -> FoundPhoto:
    """Show a photo to nobody any more; the picture itself is kept, as that of every child."""
    if not reason.strip():
        raise IllegalMove("Enter why the photo is withdrawn.")
    with transaction.atomic():
        FoundChild.objects.select_for_update(of=("self",)).get(pk=photo.found_id)
        photo = FoundPhoto.objects.get(pk=photo.pk)
        if photo.withdrawn_at is not None:
            raise IllegalMove("This photo is withdrawn already.")
        photo.withdrawn_at, photo.withdrawn_by, photo.withdrawn_reason = at, by, reason.strip()
        photo.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return photo


def visible(user: User, *, at: datetime) -> QuerySet[FoundPhoto]:
    """The photos that somebody may look at: of found children whom their desk has, and about whom they are asked.

    Whoever has said that it is not this child, or whose search has ended, is asked no more.
    As long as nobody has named the child: from then on its own record has its photos, for those who may read that.
    """
    held = [m for m in access.memberships(user, at) if m.role in FUNCTIONS[Permission.WORK_DUTY_DESK]]
    own = {one.team.authority_id for one in held if one.team is not None}
    desks = Authority.objects.answered_by(own, day=london_day(at))
    searched = access.children(user, Permission.CONFIRM_EPISODE, at=at)
    asked = FoundMatch.objects.in_question().filter(episode__child__in=searched.values("pk"))
    theirs = Q(found__authority__in=desks.values("pk")) | Q(found__in=asked.values("found"))
    return FoundPhoto.objects.standing().filter(theirs, found__closed_at=None)
