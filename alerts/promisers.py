"""Who promised an action of a plan: somebody of the council, or of another house, who is reminded of it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cases import action_owners, action_words
from cases.models import PlanAction, User
from cases.models.plans import OwnerKind
from guardians.models import GuardianCover


@dataclass(frozen=True)
class Promises:
    """The open actions of some children by their key, and by home who has an account there."""

    actions: dict[str, PlanAction]
    staff: dict[int, list[User]]
    # By child and guardian: who covers for them.
    covers: dict[tuple[int, int], list[User]]

    def of(self, duty: str) -> PlanAction | None:
        """The action that a clock is about, by the clock's name."""
        return self.actions.get(duty.rpartition(":")[2])

    def elsewhere(self, action: PlanAction, *, at: datetime) -> list[User]:
        """Those of the home, or the guardian and whoever covers, whose it is to do now: nobody from whom the child is shut.

        Nobody either while what they have called done waits for the council's answer: it is not theirs to do then.
        """
        if action_words.waiting_since(action.words.all(), action.owned_since) is not None:
            return []
        home = action.owner_placement.home_id if action.owner_placement is not None else None
        people = [*self.staff.get(home or 0, ()), *([action.owner] if action.owner is not None else [])]
        people += self.covers.get((action.child_id, action.owner_id or 0), ())
        return [one for one in people if action_owners.holds(action, one, at=at)]


def read(child_ids: Collection[int], *, at: datetime) -> Promises:
    """Read the open actions of these children in three questions, and one more where a guardian promised any."""
    rows = PlanAction.objects.open().filter(child__among=child_ids)
    actions = list(rows.select_related("child", "owner", "owner_placement").prefetch_related("words"))
    homes = {one.owner_placement.home_id for one in actions if one.owner_placement is not None}
    people = action_owners.staff_of(homes, at=at)
    staff: dict[int, list[User]] = defaultdict(list)
    for row in people.select_related("user").order_by("user") if homes else ():
        staff[row.home_id or 0].append(row.user)
    covers: dict[tuple[int, int], list[User]] = defaultdict(list)
    of_guardians = {one.child_id for one in actions if one.owner_kind == OwnerKind.GUARDIAN}
    rows_of = GuardianCover.objects.current(at).in_role(at).filter(child__in=of_guardians)
    for cover in rows_of.select_related("covered_by", "assignment").order_by("pk") if of_guardians else ():
        covers[cover.child_id, cover.assignment.guardian_id].append(cover.covered_by)
    return Promises({str(one.pk): one for one in actions}, staff, covers)
