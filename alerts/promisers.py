"""Who promised an action of a plan: somebody of the council, or of another house, who is reminded of it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cases import action_owners, action_words
from cases.models import PlanAction, User


@dataclass(frozen=True)
class Promises:
    """The open actions of some children by their key, and by home who has an account there."""

    actions: dict[str, PlanAction]
    staff: dict[int, list[User]]

    def of(self, duty: str) -> PlanAction | None:
        """The action that a clock is about, by the clock's name."""
        return self.actions.get(duty.rpartition(":")[2])

    def elsewhere(self, action: PlanAction, *, at: datetime) -> list[User]:
        """Those of the home, or the guardian, whose it is to do now: nobody from whom the child is shut.

        Nobody either while what they have called done waits for the council's answer: it is not theirs to do then.
        """
        if action_words.waiting_since(action.words.all(), action.owned_since) is not None:
            return []
        home = action.owner_placement.home_id if action.owner_placement is not None else None
        people = [*self.staff.get(home or 0, ()), *([action.owner] if action.owner is not None else [])]
        return [one for one in people if action_owners.holds(action, one, at=at)]


def read(child_ids: Collection[int], *, at: datetime) -> Promises:
    """Read the open actions of these children in three questions."""
    rows = PlanAction.objects.open().filter(child__among=child_ids)
    actions = list(rows.select_related("child", "owner", "owner_placement").prefetch_related("words"))
    homes = {one.owner_placement.home_id for one in actions if one.owner_placement is not None}
    people = action_owners.staff_of(homes, at=at)
    staff: dict[int, list[User]] = defaultdict(list)
    for row in people.select_related("user").order_by("user") if homes else ():
        staff[row.home_id or 0].append(row.user)
    return Promises({str(one.pk): one for one in actions}, staff)
