"""Who works for the children of the promise machine, who is kept from them, and what others are asked for."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts import roll_call_times
from cases import (
    children,
    concerns,
    meetings,
    nrm,
    placements,
    responsibilities,
)
from cases.deadlines import london_day
from cases.models import (
    FirstResponder,
    LiveConcern,
    Meeting,
    NrmReferral,
)
from cases.states import NrmStatus
from tests.alerts.promise.world import Stage, minutes, which


class People(Stage):
    """Homes, grades, plans, and what is waited for."""

    @rule(number=which, person=st.integers(0, 4))
    def keep_from(self, number: int, person: int) -> None:
        by = self.world.one.manager
        told = {"reason": "An allegation", "by": by, "at": self.now}
        self.do(concerns.keep_from, self.child(number), self.people()[person], **told)

    @rule(number=which, home=which)
    def move(self, number: int, home: int) -> None:
        facts = {"where": self.world.homes[home], "placement_type": "U1", "starts_at": self.now}
        self.do(placements.start, self.child(number), **facts, by=self.world.one.worker, at=self.now)

    @rule(home=which, window=st.integers(0, 4), minutes=st.sampled_from([-120, -30, 0, 45, 120]), days=which)
    def move_a_roll_call(self, home: int, window: int, minutes: int, days: int) -> None:
        where = self.world.homes[home]
        names = [one.window.name for one in roll_call_times.of(where, now=self.now)]
        day = london_day(self.now) + timedelta(days=1 + days)
        facts = {"minutes": minutes, "from_date": day, "by": self.world.one.carer, "at": self.now}
        self.do(roll_call_times.move, where, names[window % len(names)], **facts)

    @rule(number=which)
    def mark_a_concern(self, number: int) -> None:
        by = self.world.one.worker
        self.do(concerns.mark, self.child(number), reason="A car waits for him", by=by, at=self.now)

    @precondition(lambda self: LiveConcern.objects.filter(ends_at=None).exists())
    @rule()
    def lift_a_concern(self) -> None:
        signed = {"by": self.world.one.worker, "seconded_by": self.world.one.manager, "at": self.now}
        standing = LiveConcern.objects.filter(ends_at=None)[0]
        self.do(concerns.lift, standing, reason="The car has gone", **signed)

    @rule(number=which, desk=which)
    def hand_over(self, number: int, desk: int) -> None:
        authority, by = self.world.desks[desk].team.authority, self.world.workers[desk]
        self.do(responsibilities.start, self.child(number), authority=authority, by=by, at=self.now)

    @rule(number=which, worker=which)
    def allocate(self, number: int, worker: int) -> None:
        person = self.world.workers[worker]
        team = person.memberships.get().team
        self.do(children.allocate, self.child(number), team=team, worker=person, by=person, at=self.now)

    # What is waited for of others, and what was decided about the child.

    @rule(number=which, status=st.sampled_from(NrmStatus), lawful=st.integers(0, 4), agreed=st.booleans())
    def refer_or_decide(self, number: int, status: str, lawful: int, agreed: bool) -> None:
        """A decision on the child's last referral to the NRM, mostly one that can follow; where none can, a new referral."""
        row, today = (
            NrmReferral.objects.filter(child=self.world.children[number]).first(),
            london_day(self.now),
        )
        by = self.world.one.worker
        can_follow = sorted(nrm.moves(row)) if row is not None else []
        if row is None or not can_follow:
            responder = FirstResponder.objects.earliest("pk")
            said = nrm.Referral(first_responder=responder, made_by="A. Worker", referred_date=today)
            self.do(nrm.refer, self.child(number), said, by=by, at=self.now)
            return
        if lawful:
            status = can_follow[list(NrmStatus).index(NrmStatus(status)) % len(can_follow)]
        signed = {"by": by, "seconded_by": self.world.one.manager if agreed else None}
        self.do(nrm.move, row, status, happened_date=today, **signed, at=self.now)

    @precondition(lambda self: NrmReferral.objects.exists())
    @rule(number=which)
    def ask_for_the_decision(self, number: int) -> None:
        if row := NrmReferral.objects.filter(child=self.world.children[number]).first():
            said = {"asked_date": london_day(self.now), "answer": "Next week"}
            self.do(nrm.ask, row, **said, by=self.world.one.worker, at=self.now)

    @rule(
        number=which, kind=st.sampled_from(Meeting.Kind), there=st.sampled_from(Meeting.Guardian), ago=minutes
    )
    def meet(self, number: int, kind: str, there: str, ago: int) -> None:
        """A meeting with what was decided in it, whose guardian was there or not."""
        held = meetings.Held(
            kind=kind,
            held_at=self.now - timedelta(minutes=ago),
            led_by="A. Manager",
            attendees="The police",
            guardian=there,
            why_not="At night" if there == Meeting.Guardian.NOT_INVITED else "",
            decisions="Nobody waits at the side door",
        )
        self.do(meetings.record, self.child(number), held, by=self.world.one.manager, at=self.now)
