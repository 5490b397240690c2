"""What has no status of its own moves as its table says: each verb is tried wherever one can stand."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from cases import (
    action_words,
    approvals,
    assessments,
    bookings,
    children,
    contacts,
    journeys,
    link_requests,
    links,
    manager_covers,
    meetings,
    mistakes,
    people,
    plan_states,
    planned_placements,
    plans,
    states,
    worker_covers,
    worker_leaves,
)
from cases.action_owners import Owner
from cases.deadlines import london_day
from cases.host_notices import HostTold
from cases.models import (
    Allocation,
    ChildLink,
    Contact,
    Journey,
    JourneyConfirmation,
    LinkRequest,
    ManagerCover,
    Meeting,
    MeetingBooking,
    PlacementApproval,
    PlanAction,
    PlannedPlacement,
    RiskAssessment,
    Role,
    SafetyPlan,
    User,
    WorkerCover,
    WorkerLeave,
)
from cases.planned_placements import Planned
from cases.states import IllegalMove
from guardians import assignments, covers, reasons, referrals
from guardians.models import GuardianCover, NoGuardian
from guardians.states import NONE_MOVES
from tests import stages
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_watched_child,
    an_authority,
    confirmed,
    membership_of,
    placed,
    planned,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Acts = Mapping[str, Callable[[], object]]


class Clock:
    """The present time of one walk."""

    now = AT + HOUR


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(risk="high")


def walked(
    stage: Callable[[], str], acts: Acts, clock: Clock, *, again: Collection[str] = ()
) -> dict[str, set[str]]:
    """From each stage that can be come to where every act leads; those named `again` may leave it as it is."""
    found: dict[str, set[str]] = defaultdict(set)

    def go_on() -> None:
        here = stage()
        if here in found:
            return
        found[here] = set()
        for name, act in acts.items():
            before = clock.now
            clock.now += timedelta(minutes=1)
            try:
                with transaction.atomic():
                    act()
                    there = stage()
                    if there != here or name in again:
                        found[here].add(there)
                    go_on()
                    transaction.set_rollback(True)
            except IllegalMove:
                pass
            clock.now = before

    go_on()
    return found


def test_a_journey(watched: Watched) -> None:
    clock, by = Clock(), watched.worker
    journey = planned(watched.child, by=by, departs_at=clock.now + HOUR, at=clock.now)
    standing = JourneyConfirmation.objects.standing().filter(stop__journey=journey)

    def stage() -> str:
        return stages.of_journey(Journey.objects.get(pk=journey.pk))

    def withdraw() -> None:
        last = standing.filter(stop__journey__ended_at=None).order_by("-pk").first()
        if last is None:
            raise IllegalMove("Nothing is confirmed of an open journey.")
        contact = Contact.objects.get(pk=last.contact_id)
        contacts.withdraw(contact, reason="Another child", by=by, at=clock.now)

    def break_off() -> None:
        seen = journeys.Seen(escort=journey.first_escort, happened_at=clock.now)
        # Other words each time: the same once more change nothing.
        journeys.break_off(journey, reason=f"Rain at {clock.now}", seen=seen, by=by, at=clock.now)

    stops = {str(number): number for number in range(3)}
    acts: Acts = {
        **{
            name: lambda number=number: confirmed(journey, number, by=by, at=clock.now)
            for name, number in stops.items()
        },
        "withdraw": withdraw,
        "break off": break_off,
    }
    assert walked(stage, acts, clock, again=("1",)) == states.JOURNEY_MOVES


def test_the_approval_of_a_distant_placement(watched: Watched) -> None:
    clock, by, director = Clock(), watched.worker, watched.director
    far = placed(watched.child, a_home(an_authority()), by=by, starts_at=clock.now, at=clock.now)

    def ask() -> PlacementApproval:
        said = {"why_before": "No bed", "host_whom": "R. Blyth", "host_said": "They agree"}
        # Other words each time: the same once more change nothing.
        said["reason"] = f"The only home at {clock.now}"
        asked = approvals.Asked(**said, host_asked_date=AT.date())
        return approvals.ask(far, asked, by=by, at=clock.now)

    def decide(*, approved: bool) -> PlacementApproval:
        given = {"decided_date": AT.date(), "reason": "Read", "by": director, "at": clock.now}
        return approvals.decide(far, approved=approved, **given)

    def adjoin() -> PlacementApproval:
        given = {"said_by": "The map", "reason": "They touch", "by": director, "at": clock.now}
        return approvals.say_adjoining(far, **given)

    def stage() -> str:
        last = approvals.counting(far, at=clock.now)
        assert last is not None
        return last.kind

    acts: Acts = {
        "ask": ask,
        "approve": lambda: decide(approved=True),
        "refuse": lambda: decide(approved=False),
        "adjoin": adjoin,
    }
    ask()
    assert walked(stage, acts, clock) == states.APPROVAL_MOVES


def plan_far(watched: Watched, clock: Clock) -> PlannedPlacement:
    far = a_home(an_authority())
    said = Planned(home=far, authority=far.authority, planned_date=AT.date() + DAY, reason="The only bed")
    return planned_placements.plan(watched.child, said, by=watched.worker, at=clock.now)


def test_a_planned_placement(watched: Watched) -> None:
    clock, child, by = Clock(), watched.child, watched.worker
    row, other = plan_far(watched, clock), a_home(watched.authority)

    def stage() -> str:
        return stages.of_planned(PlannedPlacement.objects.get(pk=row.pk))

    def tell() -> object:
        told = HostTold(whom="Its duty desk", told_at=clock.now)
        return planned_placements.tell(row, told, by=by, at=clock.now)

    acts: Acts = {
        "tell": tell,
        "place elsewhere": lambda: placed(child, other, by=by, starts_at=clock.now, at=clock.now),
        "place there": lambda: placed(child, row.home, by=by, starts_at=clock.now, at=clock.now),
        "call off": lambda: planned_placements.call_off(row, why="No bed", by=by, at=clock.now),
    }
    assert walked(stage, acts, clock) == states.PLANNED_MOVES


def test_the_approval_of_a_placement_that_is_planned(watched: Watched) -> None:
    clock, by, director = Clock(), watched.worker, watched.director
    row = plan_far(watched, clock)

    def ask() -> object:
        words = {"reason": "The only bed", "host_whom": "R. Blyth", "host_said": "They agree"}
        asked = planned_placements.AskedAhead(**words, host_asked_date=AT.date())
        return planned_placements.ask(row, asked, by=by, at=clock.now)

    def decide(*, approved: bool) -> object:
        given = {"decided_date": AT.date(), "reason": "Read", "by": director, "at": clock.now}
        return planned_placements.decide(row, approved=approved, **given)

    def adjoin() -> object:
        given = {"said_by": "The map", "reason": "They touch", "by": director, "at": clock.now}
        return planned_placements.say_adjoining(row, **given)

    def stage() -> str:
        last = planned_placements.counting(row, at=clock.now)
        assert last is not None
        return last.kind

    acts: Acts = {
        "ask": ask,
        "approve": lambda: decide(approved=True),
        "refuse": lambda: decide(approved=False),
        "adjoin": adjoin,
    }
    ask()
    assert walked(stage, acts, clock) == states.APPROVAL_MOVES


def test_a_risk_assessment(watched: Watched) -> None:
    clock, child, by, manager = Clock(), watched.child, watched.worker, watched.manager

    def assess() -> RiskAssessment:
        found = assessments.Assessment(grade="low", rationale="Settled", assessed_at=clock.now)
        return assessments.record(child, found, by=by, at=clock.now)

    row = assess()

    def standing() -> RiskAssessment:
        return RiskAssessment.objects.get(pk=row.pk)

    def stage() -> str:
        return stages.of_assessment(standing())

    def read(*, signed: bool) -> object:
        return assessments.read(standing(), signed=signed, words="Ask him", by=manager, at=clock.now)

    acts: Acts = {
        "agree": lambda: assessments.agree(standing(), by=manager, at=clock.now),
        "sign": lambda: read(signed=True),
        "send back": lambda: read(signed=False),
        "assess again": assess,
        "grade": lambda: children.set_risk(child, "high", reason="As he is", by=manager, at=clock.now),
    }
    assert walked(stage, acts, clock) == states.ASSESSMENT_MOVES


def test_a_version_of_the_safeguarding_plan(watched: Watched) -> None:
    clock, child = Clock(), watched.child
    said: dict[str, Any] = {"goals": "Safe", "if_missing": "Ring", "contacts": "By day and by night"}
    said |= {"agreed_with": "The home", "child_agrees": "agrees", "review_date": AT.date() + 10 * DAY}

    def write() -> SafetyPlan:
        return plans.write(child, plans.Plan(**said), by=watched.worker, at=clock.now)

    row = write()

    def standing() -> SafetyPlan:
        return SafetyPlan.objects.select_related("child").get(pk=row.pk)

    acts: Acts = {
        "sign": lambda: plans.sign(standing(), by=watched.manager, at=clock.now),
        "sign what one wrote": lambda: plans.sign(standing(), by=watched.worker, at=clock.now),
        "another signs": lambda: plans.sign(standing(), by=watched.head, at=clock.now),
        "write again": write,
    }
    assert walked(lambda: stages.of_plan(standing()), acts, clock) == plan_states.PLAN_MOVES


def test_an_action_of_the_plan_that_ends_with_its_placement(watched: Watched) -> None:
    clock, child, by = Clock(), watched.child, watched.worker
    guardian = Owner(kind="guardian", user=watched.guardian)
    outside = Owner(kind="outside", name="I. Ferreira", role="Teacher", phone="01632 960111")
    asked = {"owner": guardian, "by_date": AT.date(), "placement": watched.placement}
    action = plans.ask(child, "A lock for the side door", **asked, by=by, at=clock.now)

    def standing() -> PlanAction:
        return PlanAction.objects.select_related("placement").get(pk=action.pk)

    def stage() -> str:
        return stages.of_action(standing())

    def say(verb: Callable[..., object], person: object) -> object:
        return verb(standing(), said="So it is", key=uuid.uuid4(), by=person, at=clock.now)

    def give() -> None:
        owner = outside if not standing().is_outside else guardian
        action_words.give(standing(), owner, by=by, at=clock.now)

    def end(ending: str) -> PlanAction:
        return plans.end(standing(), ending, said="So it is", by=by, at=clock.now)

    acts: Acts = {
        "say done": lambda: say(action_words.say_done, watched.guardian),
        "send back": lambda: say(action_words.send_back, by),
        "not yet": lambda: say(action_words.not_yet, by),
        "give": give,
        "done": lambda: end("done"),
        "withdraw": lambda: end("withdrawn"),
        "move": lambda: placed(child, a_home(watched.authority), by=by, starts_at=clock.now, at=clock.now),
    }
    again = ("say done", "give", "not yet")
    assert walked(stage, acts, clock, again=again) == plan_states.ACTION_MOVES


def test_a_booked_meeting(watched: Watched) -> None:
    clock, child, by = Clock(), watched.child, watched.worker
    said = {"kind": "strategy", "planned_at": clock.now + 2 * HOUR, "invited": "The police"}
    booking = bookings.book(child, bookings.Booked(**said), by=by, at=clock.now)
    rows = MeetingBooking.objects.filter(pk=booking.pk)

    def stage() -> str:
        return stages.of_booking(rows.get())

    def hold() -> Meeting:
        words = {"led_by": "B. Quill", "attendees": "B. Quill", "guardian": "none", "decisions": "A lock"}
        held = meetings.Held(kind="strategy", held_at=clock.now, **words)
        return meetings.record(child, held, by=by, at=clock.now)

    def strike() -> None:
        held = Meeting.objects.filter(booking__pk=booking.pk, mistake=None).first()
        if held is None:
            raise IllegalMove("None was held.")
        mistakes.withdraw(held, reason="Another child", by=by, at=clock.now)

    def call_off(ending: str) -> MeetingBooking:
        return bookings.call_off(rows.get(), ending=ending, why="The police cannot", by=by, at=clock.now)

    acts: Acts = {
        "hold": hold,
        "strike through": strike,
        "call off": lambda: call_off("called_off"),
        "mistake": lambda: call_off("mistake"),
    }
    assert walked(stage, acts, clock) == states.BOOKING_MOVES


def test_the_link_of_two_children(watched: Watched) -> None:
    clock, by = Clock(), watched.worker
    other = a_child(watched.authority, team=watched.team, worker=by)
    link = links.say(watched.child, other, links.Claim(kind="sibling", said_by="Both"), by=by, at=clock.now)

    def check(result: str) -> ChildLink:
        found = {"result": result, "how": "A test", "may_be_danger": False}
        return links.check(ChildLink.objects.get(pk=link.pk), **found, by=by, at=clock.now)

    acts: Acts = {result: lambda result=result: check(result) for result in states.LinkStatus}
    found = walked(lambda: ChildLink.objects.get(pk=link.pk).check_result, acts, clock, again=acts)
    assert found == states.LINK_MOVES


def test_what_another_council_is_asked(watched: Watched) -> None:
    clock, by, there = Clock(), watched.worker, a_watched_child()
    said = link_requests.Said(kind="sibling", name="Tesfay", said_by="The child", why="It says so")
    given: dict[str, Any] = {"of": [there.authority], "together": uuid.uuid4(), "by": by, "at": clock.now}
    (row,) = link_requests.ask(watched.child, said, **given)

    def now() -> dict[str, Any]:
        return {"by": there.desk.person, "at": clock.now}

    acts: Acts = {
        "no such": lambda: link_requests.refuse(row, "no_such", note="By name", **now()),
        "cannot say": lambda: link_requests.refuse(row, "cannot_say", note="A threat", **now()),
        "yes": lambda: link_requests.say_yes(row, there.child, **now()),
        "withdraw": lambda: link_requests.withdraw(row, why="An aunt", by=by, at=clock.now),
        "close": lambda: link_requests.stand_down(row, link_requests.CLOSED, at=clock.now),
    }
    assert walked(lambda: LinkRequest.objects.get(pk=row.pk).status, acts, clock) == states.LINK_REQUEST_MOVES


def test_cover_for_a_guardian(watched: Watched) -> None:
    clock = Clock()
    colleague = a_person("guardian", service=watched.assignment.service)
    ends_at = clock.now + DAY
    span = {"starts_at": clock.now + 2 * HOUR, "ends_at": ends_at}
    asked = covers.ask([watched.assignment], colleague, **span, by=watched.guardian, at=clock.now)
    (first,) = asked.covers

    def standing() -> GuardianCover:
        return GuardianCover.objects.get(pk=first.pk)

    def stage() -> str:
        return stages.of_cover(standing(), clock.now)

    def answer(*, accepted: bool) -> object:
        return covers.answer([standing()], accepted=accepted, reason="Away", by=colleague, at=clock.now)

    def wait(until: datetime) -> None:
        clock.now = max(clock.now, until)

    acts: Acts = {
        "accept": lambda: answer(accepted=True),
        "decline": lambda: answer(accepted=False),
        "end": lambda: covers.end(standing(), reason="Back", by=watched.guardian, at=clock.now),
        "its last day": lambda: wait(ends_at),
    }
    assert walked(stage, acts, clock) == states.COVER_MOVES


def away(person: User, clock: Clock, *, starts_at: datetime) -> WorkerLeave:
    said = {"kind": "leave", "starts_at": starts_at, "ends_at": clock.now + DAY}
    return worker_leaves.announce(person, **said, by=person, at=clock.now)


def acts_of_leave(
    verbs: Any, standing: Callable[[], WorkerCover | ManagerCover], leave: WorkerLeave, clock: Clock
) -> Acts:
    """What is done with cover for leave, of whichever kind, and with the leave itself."""
    worker, colleague = leave.worker, standing().covered_by

    def answer(*, accepted: bool) -> object:
        return verbs.answer([standing()], accepted=accepted, reason="Away", by=colleague, at=clock.now)

    def wait() -> None:
        assert leave.ends_at is not None
        clock.now = max(clock.now, leave.ends_at)

    return {
        "accept": lambda: answer(accepted=True),
        "decline": lambda: answer(accepted=False),
        "end": lambda: verbs.end(standing(), reason="Back", by=worker, at=clock.now),
        "the leave ends": lambda: worker_leaves.end(
            WorkerLeave.objects.get(pk=leave.pk), by=worker, at=clock.now
        ),
        "its last day": wait,
    }


def together(*walks: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {stage: {to for walk in walks for to in walk.get(stage, ())} for stage in states.CoverStage}


def cover_for_a_worker(*, begun: bool) -> dict[str, set[str]]:
    clock, watched = Clock(), a_watched_child()
    other, colleague = (a_person("social_worker", team=watched.team) for _ in range(2))
    leave = away(watched.worker, clock, starts_at=clock.now if begun else clock.now + 2 * HOUR)
    held = list(Allocation.objects.current(clock.now).filter(child=watched.child))
    (first,) = worker_covers.ask(leave, held, colleague, by=watched.manager, at=clock.now).covers

    def standing() -> WorkerCover:
        return WorkerCover.objects.select_related("allocation", "leave").get(pk=first.pk)

    def give() -> object:
        given = {"team": watched.team, "worker": other, "by": watched.manager}
        return children.reassign([watched.child], **given, at=clock.now)

    acts = {**acts_of_leave(worker_covers, standing, leave, clock), "another has the work": give}
    return walked(lambda: stages.of_leave_cover(standing(), clock.now), acts, clock)


def test_cover_for_a_social_worker() -> None:
    """Of leave that is to come and of leave that has begun: what is called off of the one is over of the other."""
    to_come, begun = (cover_for_a_worker(begun=begun) for begun in (False, True))
    assert states.CoverStage.CALLED_OFF in to_come[states.CoverStage.ACCEPTED]
    assert begun[states.CoverStage.ACCEPTED] == {states.CoverStage.OVER}
    assert together(to_come, begun) == states.COVER_MOVES


def cover_for_a_manager(*, begun: bool) -> dict[str, set[str]]:
    clock, watched = Clock(), a_watched_child()
    manager, colleague = watched.manager, a_person(Role.TEAM_MANAGER, team=watched.team)
    administrator = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    post = membership_of(manager)
    leave = away(manager, clock, starts_at=clock.now if begun else clock.now + 2 * HOUR)
    first = manager_covers.ask(leave, post, colleague, by=manager, at=clock.now)

    def standing() -> ManagerCover:
        return ManagerCover.objects.select_related("membership", "leave").get(pk=first.pk)

    def leave_the_post() -> None:
        people.leave(membership_of(manager), by=administrator, at=clock.now)

    acts = {**acts_of_leave(manager_covers, standing, leave, clock), "the post ends": leave_the_post}
    return walked(lambda: stages.of_leave_cover(standing(), clock.now), acts, clock)


def test_cover_for_a_manager() -> None:
    to_come, begun = (cover_for_a_manager(begun=begun) for begun in (False, True))
    assert states.CoverStage.CALLED_OFF in to_come[states.CoverStage.ACCEPTED]
    assert begun[states.CoverStage.ACCEPTED] == {states.CoverStage.OVER}
    assert together(to_come, begun) == states.COVER_MOVES


def test_why_there_is_no_guardian() -> None:
    clock, watched = Clock(), a_watched_child(trafficking="yes")
    child, by, service = watched.child, watched.manager, watched.assignment.service
    assignments.end(watched.assignment, reason="Moved away", by=by, at=clock.now)

    def say(kind: str) -> NoGuardian:
        return reasons.record(child, kind=kind, reason=f"As of {clock.now}", by=by, at=clock.now)

    def stage() -> str:
        return stages.of_none(NoGuardian.objects.filter(child=child).latest("pk"))

    def refer() -> object:
        said = {"service": service, "referred_date": london_day(clock.now), "reason": "A debt"}
        return referrals.refer(child, referrals.Referral(**said), by=by, at=clock.now)

    # A guardian first: what is over then is over, and whatever is said after one begins anew.
    acts: Acts = {
        "assign": lambda: assignments.assign(child, watched.guardian, service=service, by=by, at=clock.now),
        **{kind: lambda kind=kind: say(kind) for kind in NoGuardian.Kind.values},
        "refer": refer,
    }
    clock.now += timedelta(minutes=1)
    say("referred")
    assert walked(stage, acts, clock, again=NoGuardian.Kind.values) == NONE_MOVES
