"""Plans for the children of the stranger machine: who may be asked to do something, who is reminded, who signs what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from alerts import sign_off_queue
from alerts.models import Channel
from alerts.recipients import Directory, Post
from cases import plans
from cases.access import Permission
from cases.action_owners import Owner
from cases.deadlines import london_day
from cases.facts import ChildFacts
from cases.models import (
    HOME_ROLES,
    ActionWord,
    AssessmentReading,
    Placement,
    PlanAction,
    RiskAssessment,
    User,
)
from cases.models.plans import OwnerKind
from cases.sign_offs import What
from cases.states import AgeStatus
from tests.alerts.promise.actions import Actions
from tests.alerts.promise.judgements import Judgements
from tests.alerts.promise.world import which
from tests.alerts.strangers.truth import Truth, anybody

# What somebody may do for the child who may be asked to do more.
RIGHTS = {OwnerKind.COUNCIL: Permission.CHANGE_CHILD, OwnerKind.GUARDIAN: Permission.WRITE_OWN_NOTE}


@dataclass
class Promised:
    """An action that is to be done: by whom, or in which stay in the home where the child lived."""

    child: int
    kind: str
    owner: int | None
    stay: int
    given_at: datetime | None
    # Of what the placement of one stay cannot keep of the plan: it is over with that.
    short: int | None
    # Its owner calls it done, and nobody has answered.
    waits: bool = False


class Plans(Truth, Actions, Judgements):
    """Assessments, plans and actions as in the promise machine; and anybody at all is asked for an action."""

    promised: dict[int, Promised]
    managers: list[User]

    @rule(number=which, who=anybody, kind=st.sampled_from(sorted(RIGHTS)), ahead=st.sampled_from([0, 3]))
    def ask_anybody(self, number: int, who: int, kind: str, ahead: int) -> None:
        """Whoever may not open the child is not asked, be it somebody of the other council or the guardian of another."""
        person, child = User.objects.get(pk=self.person(who).pk), self.world.children[number]
        may = self.opens(person, self.known[number], RIGHTS[OwnerKind(kind)])
        said = {
            "owner": Owner(kind=kind, user=person),
            "by_date": london_day(self.now) + timedelta(days=ahead),
        }
        asked = self.do(plans.ask, child, "The side door", **said, by=self.by(), at=self.now)
        assert (asked is not None) == may, f"{self.posts.get(person.pk)} was asked as {kind}: {asked}"

    @rule(number=which, status=st.sampled_from(["disputed", AgeStatus.ADULT_ELSEWHERE]))
    def decide_the_age(self, number: int, status: str) -> None:
        """Whose bed is given up lives nowhere: the home reads nothing of them any more."""
        super().decide_the_age(number, status)
        lives = Placement.objects.filter(child=self.child(number), ends_at=None)
        if self.known[number].home is not None and not lives.exists():
            self.known[number].live_in(None, since=self.now)

    def came_of_it(self, done: Any) -> None:
        super().came_of_it(done)
        if isinstance(done, PlanAction):
            self.promise(done)
        if isinstance(done, ActionWord):
            promised = self.promised[done.action_id]
            if done.kind == ActionWord.Kind.DONE:
                assert self.is_theirs(done.recorded_by, promised), "somebody else calls it done"
            promised.waits = done.kind == ActionWord.Kind.DONE
        if isinstance(done, RiskAssessment):
            self.about(done.child_id).unread = True
        if isinstance(done, AssessmentReading):
            self.about(done.child_id).unread = False

    def promise(self, row: PlanAction) -> None:
        before = self.promised.pop(row.pk, None)
        if row.ended_at is not None:
            return
        if before is not None and before.given_at == row.given_at:
            self.promised[row.pk] = before
            return
        stay = self.about(row.child_id).stay
        short = stay if row.placement_id else None
        if before is not None:
            short = before.short
        said = (row.child_id, row.owner_kind, row.owner_id, stay, row.given_at, short)
        self.promised[row.pk] = Promised(*said)

    def is_theirs(self, person: User, promised: Promised) -> bool:
        """Whether this person, of the home or as the guardian, is reminded of it and may call it done."""
        known = self.about(promised.child)
        if promised.kind == OwnerKind.GUARDIAN:
            return person.pk == promised.owner and self.opens(person, known, Permission.WRITE_OWN_NOTE)
        post = self.posts.get(person.pk)
        if promised.kind != OwnerKind.HOME or post is None or post.role not in HOME_ROLES:
            return False
        return promised.stay == known.stay and self.opens(person, known, Permission.RECORD_CONTACT)

    def nobody_else_is_asked(self, directory: Directory, child: ChildFacts) -> None:
        """Of each action of this child its owner, as long as they may open the child; and of the home whoever works there."""
        known = self.about(child.child.pk)
        for pk, promised in self.promised.items():
            if promised.child != child.child.pk or promised.short not in (None, known.stay):
                continue
            duty = f"action:{pk}"
            reminded = directory.resolve(Post.PROMISER, child, (Channel.MAIL,), duty=duty)
            theirs = {one.pk for one in self.world.people if self.is_theirs(one, promised)}
            assert {one.user_id for one in reminded} == (set() if promised.waits else theirs), promised
            if promised.kind == OwnerKind.COUNCIL:
                owner = next(one for one in self.world.people if one.pk == promised.owner)
                may = self.opens(owner, known, Permission.CHANGE_CHILD)
                asked = directory.resolve(Post.OWNER, child, (Channel.MAIL,), duty=duty)
                assert {one.user_id for one in asked} == ({owner.pk} if may else set()), promised

    @invariant()
    def a_manager_is_shown_what_waits_of_children_that_are_theirs(self) -> None:
        """One manager after the other, a step each."""
        if not hasattr(self, "promised"):
            return
        self.managers.append(self.managers.pop(0))
        manager = User.objects.get(pk=self.managers[0].pk)
        shown = {
            row.child.pk for row in sign_off_queue.of(manager, now=self.now) if row.what == What.ASSESSMENT
        }
        theirs = {
            child.pk
            for child, known in zip(self.world.children, self.known, strict=True)
            if known.unread and self.opens(manager, known, Permission.KEEP_FROM)
        }
        assert shown == theirs, f"{manager} is shown {shown}, and theirs are {theirs}"
