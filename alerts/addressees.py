"""Who stands on the post of a message now, and may hear of its children; of a force its own mailboxes alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import area_forces, recipients
from alerts.escalations import kept as kept_away
from alerts.models import Channel, Message, MessageItem, MessageKind
from alerts.recipients import TOLD, Directory, Post, Recipient
from cases import facts

# Who leads the search: the one thing that a force still reads which has handed it on, or declined it.
LAST_WORD = "police_lead"


@dataclass(frozen=True)
class Addressees:
    """Those of some messages, read at once; `of_last_words` knows the forces of last words as if they were told still."""

    directory: Directory
    of_last_words: Directory
    loaded: Mapping[int, facts.ChildFacts]
    barred: kept_away.Barred

    def of(self, message: Message, item: MessageItem) -> list[Recipient]:
        """Who stands there for the child of this item.

        What was written to one force goes to no other: the name, the reference, the link and the agreed form are its own.
        """
        if message.post == Post.AREA_FORCE and message.force_id is not None:
            return area_forces.of(message.force_id, at=self.directory.at)
        directory = self.of_last_words if message.wording == LAST_WORD else self.directory
        child = self.loaded[item.alert.child_id]
        channels: tuple[str, ...] = (message.channel,)
        if message.kind == MessageKind.ENDING and message.post in TOLD and message.channel == Channel.TEXT:
            # Whoever has no number any more is told by mail.
            channels = (Channel.TEXT, Channel.MAIL)
        if message.kind == MessageKind.ENDING and message.post == Post.HOME:
            # A home to which the child has moved since was told of nothing that could end.
            home_id = child.placement.home_id if child.placement is not None else None
            if home_id != message.home_id:
                return []
        found = kept_away.standing(
            directory, Post(message.post), child, item.alert.clock, self.barred, channels=channels
        )
        if message.post != Post.FORCE:
            return found
        return [one for one in found if one.force_id == message.force_id]

    def has_left(self, message: Message, item: MessageItem) -> bool:
        """Whether it is to a force that is told nothing more of this child's search."""
        if message.post != Post.FORCE or message.wording == LAST_WORD or message.force_id is None:
            return False
        return message.force_id not in self.directory.forces[item.alert.child_id]


def read(
    loaded: Mapping[int, facts.ChildFacts],
    about: Collection[tuple[Message, Sequence[MessageItem]]],
    *,
    at: datetime,
) -> Addressees:
    """Read who could stand there at `at`, of messages with what each is about."""
    children = list(loaded.values())
    directory = recipients.directory(children, at=at)
    barred = kept_away.of_alerts([item.alert for _, items in about for item in items], at=at)
    forces: dict[int, set[int]] = defaultdict(set)
    for message, items in about:
        if message.wording == LAST_WORD and message.force_id is not None:
            for item in items:
                forces[item.alert.child_id].add(message.force_id)
    last = recipients.directory(children, supposed=forces, at=at) if forces else directory
    return Addressees(directory, last, loaded, barred)
