"""Numbers that were corrected since somebody was told on them: word of the end goes to the one that is theirs now."""

import uuid
from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, Q

from alerts.models import Channel, Message, MessageKind
from alerts.posts import Post
from cases.models import Placement, Shift, Team

# Who is rung by the numbers of a shift or of a desk.
_DESKS = (Post.DUTY, Post.SECOND, Post.RECEIVER_DUTY)


def of(messages: Sequence[Message]) -> set[uuid.UUID]:
    """Those of these endings that would go to a number that was corrected since.

    Whoever has left a shift keeps the phone on which they were told, and so does a home that the child has left: nobody
    corrected those.
    """
    endings = [one for one in messages if one.kind == MessageKind.ENDING and one.channel != Channel.MAIL]
    endings = [one for one in endings if one.told]
    of_desks = [one for one in endings if one.post in _DESKS]
    found = _of_people([one for one in endings if one.user_id is not None and one.post not in _DESKS])
    found |= _of_homes([one for one in endings if one.post == Post.HOME])
    found |= _of_shifts([one for one in of_desks if one.user_id is not None])
    return found | _of_teams([one for one in of_desks if one.user_id is None])


def _of_people(messages: Sequence[Message]) -> set[uuid.UUID]:
    astray = [one for one in messages if one.user is not None and one.user.phone != one.phone]
    # By a number of a shift people are told as the second of a desk too, whatever their own is.
    return {one.pk for one in astray if not _is_of_shift(one)}


def _is_of_shift(message: Message) -> bool:
    numbers = Q(person=message.user_id, phone=message.phone)
    numbers |= Q(second=message.user_id, second_phone=message.phone)
    return Shift.objects.filter(numbers).exists()


def _of_homes(messages: Sequence[Message]) -> set[uuid.UUID]:
    """Where the child lives still in the home that was told, whose number is another now."""
    astray = [one for one in messages if one.home is not None and one.home.phone != one.phone]
    return {one.pk for one in astray if _is_another_number(one)}


def _is_another_number(message: Message) -> bool:
    children = [item.alert.child_id for item in message.told]
    living = Placement.objects.filter(child__in=children, home=message.home_id, ends_at=None)
    numbers = set(living.values_list("phone", flat=True))
    return bool(numbers) and message.phone not in numbers


def _of_shifts(messages: Sequence[Message]) -> set[uuid.UUID]:
    """Where the shift was written anew with another number for the same person."""
    astray = [one for one in messages if one.user is not None and one.user.phone != one.phone]
    return {one.pk for one in astray if _is_written_anew(one)}


def _is_written_anew(message: Message) -> bool:
    own = Q(person=message.user_id, phone=message.phone)
    own |= Q(second=message.user_id, second_phone=message.phone)
    written = Q(person=OuterRef("person")) & ~Q(phone=OuterRef("phone"))
    written |= Q(second=OuterRef("second")) & ~Q(second_phone=OuterRef("second_phone"))
    anew = Shift.objects.filter(written, team=OuterRef("team"), starts_at=OuterRef("ends_at"))
    standing = Shift.objects.filter(own, Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))
    return standing.exists() and not standing.exclude(Exists(anew)).exists()


def _of_teams(messages: Sequence[Message]) -> set[uuid.UUID]:
    numbers = {one.phone for one in messages}
    if not numbers:
        return set()
    desks = Team.objects.filter(Q(phone__in=numbers) | Q(second_phone__in=numbers))
    held = {number for pair in desks.values_list("phone", "second_phone") for number in pair}
    return {one.pk for one in messages if one.phone not in held}
