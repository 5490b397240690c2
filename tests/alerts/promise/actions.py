"""What people promise in the plans of the promise machine: asked, said to be done, sent back, given on, done or withdrawn."""

import uuid
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts.models import Alert
from cases import action_owners, action_words, plans
from cases.action_owners import Owner
from cases.deadlines import END_OF_DAY, add_working_days, at_london, london_day
from cases.holidays import of as holidays_of
from cases.models import ActionWord, Child, PlanAction, Responsibility, User
from cases.models.plans import OwnerKind
from guardians.models import GuardianAssignment
from tests.alerts.paper_promise import ENGLAND, Owed
from tests.alerts.promise.world import Stage, which

kinds = st.sampled_from(OwnerKind)
OUTSIDE = {"name": "Mr Vale", "role": "Teacher", "phone": "0300 555 0102"}


class Actions(Stage):
    """Each has an owner of the council, the home, or outside, or is the guardian's; a plan that is replaced ends none."""

    def owner(self, child: Child, kind: str) -> Owner | None:
        """Of this kind for this child now; None where it has no such person."""
        if kind == OwnerKind.OUTSIDE:
            return Owner(kind=kind, **OUTSIDE)
        if kind == OwnerKind.HOME:
            placement = action_owners.home_of(child, at=self.now)
            return Owner(kind=kind, placement=placement) if placement is not None else None
        if kind == OwnerKind.GUARDIAN:
            row = GuardianAssignment.objects.current(self.now).filter(child=child).first()
            return Owner(kind=kind, user=row.guardian) if row is not None else None
        return action_owners.of_council(self.worker_of(child))

    def worker_of(self, child: Child) -> User:
        held = Responsibility.objects.at(self.now).get(child=child).authority
        there = [desk.team.authority for desk in self.world.desks].index(held)
        return self.world.workers[there]

    def action(self, number: int, *, latest: bool = False) -> PlanAction | None:
        rows = PlanAction.objects.filter(child=self.world.children[number], ended_at=None)
        return rows.order_by("-pk" if latest else "pk").first()

    @rule(number=which, kind=kinds, ahead=st.sampled_from([0, 3]), short=st.booleans())
    def ask_for_an_action(self, number: int, kind: str, ahead: int, short: bool) -> None:
        """An action of the plan, or what the placement cannot keep of it."""
        child, by = self.child(number), self.world.one.worker
        where = child.placements.filter(ends_at=None).first() if short else None
        if owner := self.owner(child, kind):
            day = london_day(self.now) + timedelta(days=ahead)
            asked = {"owner": owner, "by_date": day, "placement": where, "by": by, "at": self.now}
            self.do(plans.ask, child, "The side door", **asked)

    @precondition(lambda self: any(self.action(number) for number in (0, 1)))
    @rule(number=which, latest=st.booleans(), ending=st.sampled_from(PlanAction.Ending))
    def end_an_action(self, number: int, latest: bool, ending: str) -> None:
        if row := self.action(number, latest=latest):
            self.do(plans.end, row, ending, said="As it is", by=self.world.one.worker, at=self.now)

    @precondition(lambda self: any(self.action(number) for number in (0, 1)))
    @rule(number=which, latest=st.booleans(), kind=st.sampled_from(ActionWord.Kind))
    def say_of_an_action(self, number: int, latest: bool, kind: str) -> None:
        """Its owner calls it done, or it is sent back, or whoever is outside has not done it yet."""
        if (row := self.action(number, latest=latest)) is None:
            return
        worker = self.worker_of(row.child)
        owns = self.world.one.carer if row.owner_kind == OwnerKind.HOME else row.owner
        says = {
            ActionWord.Kind.DONE: (action_words.say_done, owns or worker),
            ActionWord.Kind.SENT_BACK: (action_words.send_back, worker),
            ActionWord.Kind.NOT_YET: (action_words.not_yet, worker),
        }
        verb, by = says[ActionWord.Kind(kind)]
        self.do(verb, row, said="The bolt", key=uuid.uuid4(), by=by, at=self.now)

    @precondition(lambda self: any(self.action(number) for number in (0, 1)))
    @rule(number=which, latest=st.booleans(), kind=kinds)
    def give_an_action(self, number: int, latest: bool, kind: str) -> None:
        row = self.action(number, latest=latest)
        if row is not None and (owner := self.owner(row.child, kind)):
            self.do(action_words.give, row, owner, by=self.world.one.worker, at=self.now)

    @rule(number=which)
    def sign_the_plan(self, number: int) -> None:
        if row := plans.latest(self.child(number)):
            self.do(plans.sign, row, by=self.world.one.manager, at=self.now)

    def what_is_promised_is_asked_for(self) -> None:
        """From the end of its day on, until somebody has said how it ended; what its owner calls done is answered."""
        for child in self.world.children:
            rows = [row for row in PlanAction.objects.filter(child=child) if row.stands]
            owed = Owed(Child.objects.get(pk=child.pk))
            standing = Alert.objects.open().filter(child=child, clock__kind="paperwork")
            asked = set(standing.values_list("clock__duty", flat=True))
            over = self.read[child.pk].watched_until is not None
            for row in PlanAction.objects.filter(child=child):
                of_it = {
                    duty for duty in asked if duty.endswith(f":{row.pk}") and not duty.startswith("meeting")
                }
                assert not of_it or (row in rows and not over), f"{of_it} is asked of what is over"
            if owed.sought_since is not None or over:
                continue
            for row in rows:
                paper = "action" if row.placement_id is None else "shortfall"
                late = self.counted(owed, at_london(row.by_date, END_OF_DAY)) <= self.now
                assert (f"{paper}:{row.pk}" in asked) == late, f"{row} late {late}, and asked {asked}"
                said = action_words.waiting_since(row.words.all(), row.owned_since)
                due = None if said is None else self.counted(owed, self.answered_by(said))
                waits = due is not None and due <= self.now
                assert (f"said_done:{row.pk}" in asked) == waits, f"{row} waits {waits}, and asked {asked}"

    def answered_by(self, said: datetime) -> datetime:
        return add_working_days(said, 2, nation=ENGLAND, holidays=holidays_of(ENGLAND))

    def counted(self, owed: Owed, due_at: datetime) -> datetime:
        """What fell due in a search is due one working day after the return."""

        def anew(back: datetime) -> datetime:
            return add_working_days(back, 1, nation=ENGLAND, holidays=holidays_of(ENGLAND))

        return owed.after_searches(due_at, anew)
