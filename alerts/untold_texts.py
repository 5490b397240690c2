"""Who is still to be phoned while no text goes out, as a duty desk lists them (docs/adr/0228)."""

from collections.abc import Collection
from dataclasses import dataclass, field

from alerts import gateway_calls, ladder_table
from alerts.models import DutyTask, Message


@dataclass
class Untold:
    """Somebody who waits for a text, and of which children."""

    message: Message
    references: list[str] = field(default_factory=list)

    @property
    def post(self) -> str:
        return str(ladder_table.POSTS.get(self.message.post, self.message.post))

    @property
    def phone(self) -> str:
        """The number that the person has now, else the one of the text."""
        return (self.message.user.phone if self.message.user else "") or self.message.phone


def of(task: DutyTask, visible: Collection[int]) -> list[Untold]:
    """Those of this task, the most urgent first, with the references of the children whom the reader may see."""
    rows = gateway_calls.waiting(task).filter(alert__child__in=visible)
    rows = rows.select_related("message__user", "alert__child").order_by(
        "message__urgency", "message__owed_at", "pk"
    )
    found: dict[object, Untold] = {}
    for item in rows:
        one = found.setdefault(item.message.user_id or item.message.recipient, Untold(item.message))
        if item.alert.child.reference not in one.references:
            one.references.append(item.alert.child.reference)
    return list(found.values())
