"""What waits for a home and takes more alerts along: a silent house is one message, and a call about it one council's."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.db.models import F

from alerts import gathered
from alerts.models import Message, MessageItem
from alerts.states import MessageStatus
from cases.in_charge import authorities

# Wording, step, kind, recipient and home, with the council of a call that is one council's alone.
Key = tuple[str, str, str, str, int | None, int | None]


class Owed(gathered.Owed, Protocol):
    """The same with its kind, and the home and the council that it is of."""

    @property
    def kind(self) -> str: ...
    @property
    def home_id(self) -> int | None: ...
    @property
    def authority_id(self) -> int | None: ...


def key(one: Owed) -> Key:
    """Which queued message takes this one along."""
    return (one.wording, one.step, one.kind, one.recipient.key, one.home_id, one.authority_id)


def of(owed: Sequence[Owed], *, at: datetime) -> dict[Key, Message]:
    """The messages about these homes that no sender has taken yet."""
    homes = {one.home_id for one in owed if one.home_id is not None}
    if not homes:
        return {}
    rows = Message.objects.select_for_update(skip_locked=True).filter(
        home__in=homes,
        status=MessageStatus.QUEUED,
        attempts=0,
        held_at=None,
        wording__in={one.wording for one in owed},
    )
    # One that waits out an outage takes nobody along who need not.
    found = list(rows.filter(next_try_at__lte=F("created_at")))
    # Whoever leads two councils has a call of each, be it that the other's still waits.
    calls = {one.wording for one in owed if one.authority_id is not None}
    councils = _councils([message for message in found if message.wording in calls], at)
    return {(m.wording, m.step, m.kind, m.recipient, m.home_id, councils.get(m.pk)): m for m in found}


def _councils(messages: Sequence[Message], at: datetime) -> dict[uuid.UUID, int]:
    """By message the authority that is responsible for all its children; none where one has passed to another since."""
    if not messages:
        return {}
    items = list(MessageItem.objects.filter(message__in=messages).values_list("message", "alert__child"))
    responsible = dict(authorities({child_id for _pk, child_id in items}, at))
    of_message: dict[uuid.UUID, set[int]] = defaultdict(set)
    for pk, child_id in items:
        of_message[pk].add(responsible[child_id])
    return {pk: min(of) for pk, of in of_message.items() if len(of) == 1}
