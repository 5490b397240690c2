"""No stranger, against histories that nobody thought of: who reaches a child, and who stands on its rungs, after each step.

Who may is asked of tests/alerts/strangers/truth.py: what is true is kept in plain Python, beside the database.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import Http404
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from alerts import journey_mails, recipients, watching
from alerts.models import Channel
from alerts.recipients import Post
from cases import access, children, concerns, people, placements, responsibilities, restrictions, transfers
from cases.access import MATRIX, Permission
from cases.models import ActionWord, EpisodeForce, KeepFrom, MissingEpisode, Role, Shift, Transfer, User
from cases.models.plans import OwnerKind
from cases.states import IllegalMove
from guardians import assignments
from guardians.models import GuardianAssignment
from tests.alerts.outgoing import catch, tick
from tests.alerts.promise import world as promise
from tests.alerts.promise.kept import nobody_kept_away_is_told
from tests.alerts.strangers.plans import Plans
from tests.alerts.strangers.truth import anybody
from tests.alerts.strangers.ways import Ways
from tests.alerts.strangers.world import Known, a_world
from tests.counts import FULL, counts
from tests.factories import (
    AT,
    accepted,
    arrived,
    ended,
    membership_of,
    missing,
    referred,
)

# Of every relation there is one that decides: the widest, that of home and worker, that of duty and manager.
ASKED = (Permission.SEE_STATUS, Permission.SEE_ADDRESS, Permission.END_EPISODE)

pick = st.integers(0, 1)


class NoStranger(Ways, Plans):
    """Every rule is one fact that begins or ends; `now` only moves on."""

    # Whether all is asked after each step.
    each = FULL

    def __init__(self) -> None:
        super().__init__()
        self.steps: Counter[str] = Counter()

    @initialize(
        rung=st.sampled_from([Post.WORKER, Post.GUARDIAN, Post.DUTY, Post.HEAD]),
        shut=st.booleans(),
        who=anybody,
    )
    def begin(self, rung: Post, shut: bool, who: int) -> None:
        """A history begins with somebody of the first child's ladder kept out, and with or without a restriction.

        The second child has been accepted by the other authority, and has not set out.
        """
        self.held = transaction.atomic()
        self.held.__enter__()
        self.now = AT + timedelta(hours=1)
        w = self.world
        self.known = [
            Known(w.authorities[n], w.teams[n], w.workers[n], w.homes[n], w.guardians[0] if n == 0 else None)
            for n in range(2)
        ]
        self.posts = {person.pk: membership_of(person) for person in w.people}
        self.managers = [one for one in w.people if self.posts[one.pk].role == Role.TEAM_MANAGER]
        self.pages, self.promised = [], {}
        self.shifts = {n: (desk.person, desk.second) for n, desk in enumerate(w.desks)}
        standing = {
            Post.WORKER: w.workers[0],
            Post.GUARDIAN: w.guardians[0],
            Post.DUTY: w.desks[0].person,
            Post.HEAD: w.people[2],
        }
        self.keep_from_person(0, standing[rung])
        if shut:
            self.restrict(0, who)
        self.offer(1)
        self.accept(1)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.held.__exit__(None, None, None)

    def tried(self, verb: Any, *args: Any, **options: Any) -> bool:
        """Whether it may happen now; each step is a minute after the one before."""
        self.now += timedelta(minutes=1)
        try:
            with transaction.atomic():
                verb(*args, by=self.by(), at=self.now, **options)
        except IllegalMove:
            return False
        return True

    @rule(n=pick, to=pick, worker=st.booleans())
    def allocate(self, n: int, to: int, worker: bool) -> None:
        team, person = self.world.teams[to], self.world.workers[to] if worker else None
        if self.tried(children.allocate, self.world.children[n], team=team, worker=person):
            self.known[n].team, self.known[n].worker = team, person

    @rule(n=pick, to=pick)
    def move(self, n: int, to: int) -> None:
        at = self.now + timedelta(minutes=1)
        where = {"where": self.world.homes[to], "placement_type": "K2", "starts_at": at}
        if self.tried(placements.start, self.world.children[n], **where):
            self.known[n].live_in(self.world.homes[to], since=at)

    @rule(n=pick, to=pick)
    def pass_on(self, n: int, to: int) -> None:
        if self.tried(responsibilities.start, self.world.children[n], authority=self.world.authorities[to]):
            # The work of the team before ends with its authority's responsibility.
            known = self.known[n]
            known.authority, known.team, known.worker = self.world.authorities[to], None, None

    @rule(n=pick)
    def offer(self, n: int) -> None:
        """Referred and offered to the other authority, which may read no more of the record for it."""
        self.tried(referred, self.world.children[n], self.world.authorities[1 - self.side(n)])

    @rule(n=pick, verb=st.sampled_from([transfers.decline, transfers.withdraw]))
    def break_off(self, n: int, verb: Any) -> None:
        for transfer in Transfer.objects.open().filter(child=self.world.children[n]):
            self.tried(verb, transfer, reason="No room")

    @rule(n=pick)
    def accept(self, n: int) -> None:
        for transfer in Transfer.objects.open().filter(child=self.world.children[n]):
            self.tried(accepted, transfer, self.world.workers[1 - self.side(n)])

    @rule(n=pick, stays_placed=st.booleans())
    def arrive(self, n: int, stays_placed: bool) -> None:
        known, there = self.known[n], 1 - self.side(n)
        for transfer in Transfer.objects.open().filter(child=self.world.children[n]).exclude(worker=None):
            if self.tried(arrived, transfer, stays_placed=stays_placed):
                known.authority, known.team = self.world.authorities[there], self.world.teams[there]
                known.worker = self.world.workers[there]
                if not stays_placed:
                    known.live_in(None, since=self.now)

    @rule(n=pick, to=pick)
    def assign(self, n: int, to: int) -> None:
        self.unassign(n)
        guardian = self.world.guardians[to]
        if self.tried(assignments.assign, self.world.children[n], guardian, service=self.world.service):
            self.known[n].guardian, self.known[n].addressed = guardian, False

    @rule(n=pick, to=pick)
    def hand_over(self, n: int, to: int) -> None:
        guardian, service = self.world.guardians[to], self.world.service
        for row in GuardianAssignment.objects.filter(child=self.world.children[n], ends_at=None):
            if self.tried(assignments.hand_over, row, guardian, service=service, reason="Moves"):
                self.known[n].guardian, self.known[n].addressed = guardian, False

    @rule(n=pick, allowed=st.booleans())
    def allow_address(self, n: int, allowed: bool) -> None:
        for row in GuardianAssignment.objects.filter(child=self.world.children[n], ends_at=None):
            if self.tried(assignments.allow_address, row, allowed=allowed, reason="As asked"):
                self.known[n].addressed = allowed

    @rule(n=pick)
    def unassign(self, n: int) -> None:
        for row in GuardianAssignment.objects.filter(child=self.world.children[n], ends_at=None):
            if self.tried(assignments.end, row, reason=""):
                self.known[n].guardian = None

    @rule(n=pick)
    def report_missing(self, n: int) -> None:
        child = self.world.children[n]
        if MissingEpisode.objects.open().filter(child=child).exists():
            return
        self.now += timedelta(minutes=1)
        episode = missing(child, by=self.by(), at=self.now)
        self.known[n].forces |= set(
            EpisodeForce.objects.filter(episode=episode).values_list("force", flat=True)
        )

    @rule(n=pick)
    def find(self, n: int) -> None:
        self.now += timedelta(minutes=1)
        for episode in MissingEpisode.objects.open().filter(child=self.world.children[n]):
            ended(episode, at=self.now)

    @rule(n=pick, who=anybody)
    def keep_from(self, n: int, who: int) -> None:
        self.keep_from_person(n, self.person(who))

    def keep_from_person(self, n: int, person: User) -> None:
        if self.tried(concerns.keep_from, self.world.children[n], person, reason="An allegation"):
            self.known[n].kept.add(person.pk)
            self.shut_pages(self.world.children[n].pk, person)

    @rule(n=pick)
    def lift_mark(self, n: int) -> None:
        for mark in KeepFrom.objects.filter(child=self.world.children[n], ends_at=None)[:1]:
            if self.tried(concerns.lift_keep_from, mark, reason="Cleared", seconded_by=self.world.people[2]):
                self.known[n].kept.discard(mark.user_id)

    @rule(n=pick, who=anybody)
    def restrict(self, n: int, who: int) -> None:
        child, named = self.world.children[n], [self.person(who)]
        if self.tried(restrictions.restrict, child, reason="A threat", named=named):
            self.known[n].named = {named[0].pk: None, self.by().pk: None}

    @rule(n=pick, who=anybody, hours=st.sampled_from([None, 5]))
    def name(self, n: int, who: int, hours: int | None) -> None:
        standing = restrictions.standing_of(self.world.children[n], self.now)
        named, person = self.known[n].named, self.person(who)
        if standing is None or named is None:
            return
        until = self.now + timedelta(hours=hours) if hours else None
        more = {"reason": "New", "until": until, "seconded_by": self.world.people[2]}
        if self.tried(restrictions.name, standing, person, **more):
            named[person.pk] = until

    @rule(n=pick, who=anybody)
    def unname(self, n: int, who: int) -> None:
        standing = restrictions.standing_of(self.world.children[n], self.now)
        named = self.known[n].named
        if standing is None or named is None:
            return
        rows = list(standing.named.current(self.now + timedelta(minutes=1)))
        row = rows[who % len(rows)] if rows else None
        if row is not None and self.tried(restrictions.unname, row):
            named.pop(row.user_id)

    @rule(n=pick)
    def lift_restriction(self, n: int) -> None:
        standing = restrictions.standing_of(self.world.children[n], self.now)
        if standing is not None and self.tried(
            restrictions.lift, standing, reason="Over", seconded_by=self.world.people[2]
        ):
            self.known[n].named = None

    @rule(n=pick, who=anybody, second=anybody)
    def hand_over_shift(self, n: int, who: int, second: int) -> None:
        self.now += timedelta(minutes=1)
        team, first, other = self.world.desks[n].team, self.person(who), self.person(second)
        Shift.objects.filter(team=team, ends_at=None).update(ends_at=self.now)
        phones = {"phone": "01632 960001", "second_phone": "01632 960002"}
        Shift.objects.create(team=team, person=first, second=other, starts_at=self.now, **phones)
        self.shifts[n] = (first, other)

    @rule(who=anybody)
    def leave(self, who: int) -> None:
        person = self.person(who)
        if person.pk not in self.posts or person == self.by():
            return
        self.now += timedelta(minutes=1)
        people.leave(self.posts.pop(person.pk), at=self.now)

    @rule(hours=st.sampled_from([1, 6, 14]))
    def later(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        tick(self.now)
        journey_mails.tell(now=self.now)
        # Silence may have told a force meanwhile, by the engine's own clock.
        rows = EpisodeForce.objects.filter(episode__police_owed_at__lte=self.now)
        for child_id, force_id in rows.values_list("episode__child", "force"):
            self.known[[one.pk for one in self.world.children].index(child_id)].forces.add(force_id)

    def is_asked(self, what: str) -> bool:
        """Whether this is asked after a step: after each third, and after each in ./run faults."""
        if not hasattr(self, "known"):
            return False
        self.steps[what] += 1
        return self.each or self.steps[what] % 3 == 1

    @invariant()
    def nobody_reaches_a_child_but_by_what_is_true(self) -> None:
        if not self.is_asked("nobody_reaches_a_child_but_by_what_is_true"):
            return
        fresh = User.objects.in_bulk([person.pk for person in self.world.people])
        for person in self.world.people:
            user, post = fresh[person.pk], self.posts.get(person.pk)
            for permission in ASKED:
                if post is not None and not any(post.role == role for role, _ in MATRIX[permission]):
                    continue
                found = set(access.children(user, permission, at=self.now).values_list("pk", flat=True))
                told = {
                    child.pk
                    for child, known in zip(self.world.children, self.known, strict=True)
                    if self.opens(person, known, permission)
                }
                assert found == told, (self.posts.get(person.pk), permission, found, told)

    @invariant()
    def a_stranger_gets_the_answer_of_no_such_child(self) -> None:
        if not self.is_asked("a_stranger_gets_the_answer_of_no_such_child"):
            return
        for child, known in zip(self.world.children, self.known, strict=True):
            closed = [p for p in self.world.people if not self.opens(p, known, Permission.SEE_STATUS)]
            for user in User.objects.filter(pk__in=[person.pk for person in closed[:2]]):
                with pytest.raises(Http404):
                    access.get_child(user, child.reference, Permission.SEE_STATUS, at=self.now)

    @invariant()
    def nobody_kept_out_stands_on_a_rung_and_a_restriction_takes_nobody_off(self) -> None:
        if not self.is_asked("nobody_kept_out_stands_on_a_rung_and_a_restriction_takes_nobody_off"):
            return
        watched = watching.watch([child.pk for child in self.world.children], at=self.now)
        directory = recipients.directory([one.child for one in watched.values()], at=self.now)
        for child, known in zip(self.world.children, self.known, strict=True):
            facts = watched[child.pk].child
            for post in Post:
                reached = {one.user_id for one in directory.resolve(post, facts, tuple(Channel))}
                assert not reached & known.kept, (post, reached)
            if known.guardian is not None and known.guardian.pk in self.posts:
                guardians = {one.user_id for one in directory.resolve(Post.GUARDIAN, facts, tuple(Channel))}
                assert guardians == {known.guardian.pk} - known.kept
            self.nobody_else_is_asked(directory, facts)
            assert directory.resolve(Post.DUTY, facts, tuple(Channel)), "nobody would be rung"

    @invariant()
    def nobody_kept_out_was_told(self) -> None:
        nobody_kept_away_is_told()

    @invariant()
    def somebody_can_act_on_every_child(self) -> None:
        """While somebody of the desk is in post and not kept out, somebody of the council can end a search."""
        if not self.is_asked("somebody_can_act_on_every_child"):
            return
        for known in self.known:
            desk = {
                pk
                for pk, post in self.posts.items()
                if post.role == Role.DUTY_DESK and post.team.authority == known.authority
            }
            if desk - known.kept:
                assert any(self.opens(person, known, Permission.END_EPISODE) for person in self.world.people)


@pytest.mark.django_db
def test_no_history_lets_a_stranger_in_or_tells_somebody_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    catch(monkeypatch)
    NoStranger.world = a_world()
    run_state_machine_as_test(
        NoStranger,
        settings=settings(
            max_examples=counts(2, 40),
            stateful_step_count=counts(8, 40),
            deadline=None,
            # The same histories in every ordinary run; others in each full one.
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
            # What fails is printed as it came; to make it shorter would take minutes.
            phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if FULL else [])],
        ),
    )


@pytest.mark.django_db
def test_a_page_for_an_escort_and_an_action_of_a_plan_are_nobodys_from_whom_the_child_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catch(monkeypatch)
    # Outside a search for histories there is nobody to take notes.
    monkeypatch.setattr(promise, "note", print)
    NoStranger.world = a_world()
    machine = NoStranger()
    machine.each = True
    machine.begin(rung=Post.HEAD, shut=False, who=0)
    w = machine.world

    def then(act: Callable[..., None], *words: Any) -> None:
        act(machine, *words)
        machine.a_page_opens_for_whoever_takes_the_child_and_for_nobody_else()
        if machine.promised:
            machine.nobody_kept_out_stands_on_a_rung_and_a_restriction_takes_nobody_off()

    def number_of(person: User) -> int:
        return w.people.index(person)

    try:
        # By the carer of its home, and somebody who has no account.
        then(NoStranger.plan_a_journey, 0, 40, 1, machine.people().index(w.one.carer))
        for escort in (1, 2, 2):
            then(NoStranger.make_a_page, 0, escort)
        assert [page.shut for page in machine.pages] == [False, True, False]
        for person, kind in (
            (w.guardians[0], OwnerKind.GUARDIAN),
            (w.guardians[1], OwnerKind.GUARDIAN),
            (w.workers[0], OwnerKind.COUNCIL),
            (w.workers[1], OwnerKind.COUNCIL),
        ):
            then(NoStranger.ask_anybody, 0, number_of(person), kind, 3)
        then(NoStranger.ask_for_an_action, 0, OwnerKind.HOME, 3, False)
        assert [one.kind for one in machine.promised.values()] == ["guardian", "council", "home"]
        then(NoStranger.assess, 0, "high", True)
        for _ in range(len(machine.managers)):
            machine.a_manager_is_shown_what_waits_of_children_that_are_theirs()
        then(NoStranger.keep_from, 0, number_of(w.one.carer))
        assert [page.shut for page in machine.pages] == [True, True, False]
        then(NoStranger.make_a_page, 0, 1)
        then(NoStranger.say_of_an_action, 0, True, ActionWord.Kind.DONE)
        then(NoStranger.say_of_an_action, 0, False, ActionWord.Kind.DONE)
        then(NoStranger.say_of_an_action, 0, False, ActionWord.Kind.SENT_BACK)
        then(NoStranger.confirm_a_stop, 0, 0, 0, False, True)
        then(NoStranger.hand_the_child_over, 0)
        assert machine.known[0].home is None
        then(NoStranger.pass_on, 0, 1)
        assert ActionWord.objects.count() == 2, "what was another's to do is not said to be done"
    finally:
        machine.teardown()
