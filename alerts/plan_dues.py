"""The safeguarding plans of some children and what was promised in them, read for their clocks in a fixed number of questions."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerts import action_holders
from alerts.paper_facts import Planned, Promised
from alerts.paper_rules import Paper
from cases import action_words, sign_offs
from cases.deadlines import END_OF_DAY, at_london
from cases.facts import ChildFacts
from cases.models import MeetingBooking, PlanAction, SafetyPlan


@dataclass
class Plans:
    """By child: the plan that holds, since when versions wait for a manager, and what people have promised in it."""

    planned: dict[int, Planned] = field(default_factory=dict)
    unsigned: Mapping[int, list[datetime]] = field(default_factory=dict)
    promised: dict[int, list[Promised]] = field(default_factory=lambda: defaultdict(list))


def read(loaded: Mapping[int, ChildFacts], *, at: datetime) -> Plans:
    """The plan of each, each action by its day, whose owner has left, and who waits for an answer to having done it."""
    found = Plans(unsigned=sign_offs.since(list(loaded)))
    plans = SafetyPlan.objects.filter(child__among=loaded.keys()).order_by("child", "-recorded_at", "-pk")
    for child_id, written_at, day in plans.distinct("child").values_list(
        "child", "recorded_at", "review_date"
    ):
        found.planned[child_id] = Planned(written_at, at_london(day, END_OF_DAY))
    rows = PlanAction.objects.open().filter(child__among=loaded.keys())
    actions = list(rows.select_related("owner_placement").prefetch_related("words"))
    left = action_holders.left(actions, loaded, at=at)
    for action in actions:
        paper = Paper.ACTION if action.placement_id is None else Paper.SHORTFALL
        since = {
            paper: at_london(action.by_date, END_OF_DAY),
            Paper.UNOWNED: left.get(action.pk),
            Paper.SAID_DONE: action_words.waiting_since(action.words.all(), action.owned_since),
        }
        found.promised[action.child_id] += [
            Promised(one, action.pk, moment, action.recorded_at if one == paper else None)
            for one, moment in since.items()
            if moment is not None
        ]
    booked = MeetingBooking.objects.open().filter(child__among=loaded.keys())
    meetings = booked.values_list("child", "pk", "planned_at", "recorded_at")
    for child_id, pk, planned_at, made_at in meetings:
        found.promised[child_id].append(Promised(Paper.MEETING, pk, planned_at, made_at))
    return found
