"""Who is still to be phoned while no text goes out, as a duty desk lists them (docs/adr/0228)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from alerts import gateway_calls, ladder_table
from alerts.models import DutyTask, DutyTaskAlert, Message
from cases import access
from cases.access import Permission
from cases.models import User


@dataclass
class Untold:
    """Somebody who waits for a text, and of which children."""

    message: Message
    references: list[str] = field(default_factory=list)
    child_ids: list[int] = field(default_factory=list)

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
            one.child_ids.append(item.alert.child_id)
    return list(found.values())


def told_to(user: User, task: DutyTask, *, at: datetime) -> list[Untold]:
    """The same for one reader on the page of this task; nobody where it is no call to all who wait for a text."""
    if task.step != DutyTask.GATEWAY:
        return []
    about = DutyTaskAlert.objects.filter(task=task).values("alert__child")
    seen = access.children(user, Permission.SEE_RECORD, at=at).filter(pk__in=about)
    return of(task, set(seen.values_list("pk", flat=True)))
