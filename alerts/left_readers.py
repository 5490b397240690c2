"""Whoever was told by a message of their own and is not there any more, or not there where it would go."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from alerts import change_words, corrected_numbers
from alerts.escalations import kept as kept_away
from alerts.models import Message, MessageKind
from alerts.posts import Post
from cases import escorts
from cases.models import KeepFrom, Membership, User


def of(messages: Sequence[Message], *, at: datetime) -> set[uuid.UUID]:
    """Those whose own reader has left or is kept from a child, or whose mailbox or number is not theirs any more."""
    if not messages:
        return set()
    users = {message.user_id for message in messages if message.user_id is not None}
    members = set(Membership.objects.current(at).filter(user__in=users).values_list("user", flat=True))
    kept = set(
        KeepFrom.objects.current(at)
        .filter(user__in=users, child__alerts__message_items__message__in=messages)
        .values_list("user", "child__alerts__message_items__message")
    )
    # Whoever has no role has an account still, and may be the one who is to say that it was not them.
    members |= {m.user.pk for m in messages if m.post == change_words.POST and m.user and m.user.is_active}
    kept |= kept_away.from_own_child([m.pk for m in messages if m.is_of_child], at)
    return (
        corrected_numbers.of(messages)
        | _kept_homes(messages, at)
        | {
            message.pk
            for message in messages
            if (message.user_id is not None and message.user_id not in members)
            or (message.user_id, message.pk) in kept
            or (
                message.mailbox is not None
                and message.mailbox.ends_at is not None
                and message.mailbox.ends_at <= at
            )
        }
    )


def _kept_homes(messages: Sequence[Message], at: datetime) -> set[uuid.UUID]:
    """Word of an end to a home where everybody is kept from a child that it is about since, or whose number such a person has."""
    homes = [one for one in messages if one.kind == MessageKind.ENDING and one.post == Post.HOME]
    children = {item.alert.child_id for one in homes for item in one.told}
    marks: dict[int, set[int]] = defaultdict(set)
    if children:
        for child_id, user_id in (
            KeepFrom.objects.current(at).filter(child__in=children).values_list("child", "user")
        ):
            marks[child_id].add(user_id)
    return {one.pk for one in homes if any(_is_kept(one, marks[i.alert.child_id], at) for i in one.told)}


def _is_kept(message: Message, kept: set[int], at: datetime) -> bool:
    if not kept:
        return False
    works = Membership.objects.current(at).filter(home=message.home_id, user__device_home=None)
    people = set(works.values_list("user", flat=True)) if message.home_id is not None else set()
    if people:
        return people <= kept
    numbers = User.objects.filter(pk__in=kept).exclude(phone="").values_list("phone", flat=True)
    return escorts.dialled(message.phone) in {escorts.dialled(number) for number in numbers}
