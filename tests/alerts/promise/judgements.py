"""What people judge of a child of the promise machine and mean to do: its grade, an assessment of its risk, its plan."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from cases import ages, assessments, children, placements, plans
from cases.deadlines import london_day
from cases.models import Placement, RiskAssessment
from cases.states import AgeStatus
from tests.alerts.promise.world import Stage, which


class Judgements(Stage):
    """Each by the worker, with the manager or without."""

    @rule(number=which, risk=st.sampled_from(["low", "medium", "high"]))
    def grade(self, number: int, risk: str) -> None:
        signed = {"by": self.world.one.worker, "seconded_by": self.world.one.manager, "at": self.now}
        self.do(children.set_risk, self.child(number), risk, reason="As he is now", **signed)

    @rule(number=which, grade=st.sampled_from(["low", "medium", "high"]), agreed=st.booleans())
    def assess(self, number: int, grade: str, agreed: bool) -> None:
        found = assessments.Assessment(grade=grade, rationale="As he is now", assessed_at=self.now)
        second = self.world.one.manager if agreed else None
        by = self.world.one.worker
        self.do(assessments.record, self.child(number), found, seconded_by=second, by=by, at=self.now)

    @rule(number=which, signed=st.booleans())
    def read_the_assessment(self, number: int, signed: bool) -> None:
        if row := RiskAssessment.objects.filter(child=self.world.children[number]).first():
            said = {"signed": signed, "words": "Ask him", "by": self.world.one.manager, "at": self.now}
            self.do(assessments.read, row, **said)

    @rule(number=which, row=st.sampled_from(plans.ROWS), agreed=st.booleans())
    def plan(self, number: int, row: str, agreed: bool) -> None:
        said = plans.Plan(
            goals="Safe at college",
            if_missing="Ring his brother",
            contacts="Duty, day and night",
            agreed_with="The carer",
            child_agrees="agrees",
            review_date=london_day(self.now) + timedelta(days=2),
            contact_row=row,
            why_less="Settled",
        )
        signed = {"by": self.world.one.worker, "seconded_by": self.world.one.manager if agreed else None}
        self.do(plans.write, self.child(number), said, **signed, at=self.now)

    @rule(number=which, status=st.sampled_from(["disputed", AgeStatus.ADULT_ELSEWHERE]))
    def decide_the_age(self, number: int, status: str) -> None:
        """Whoever is treated as an adult elsewhere is housed there, and their bed here is given up."""
        said = ages.Decision(
            age_status=status,
            decided_date=london_day(self.now),
            decided_by="The Home Office",
            grounds="As it looks",
            place="Hotel Alder" if status == AgeStatus.ADULT_ELSEWHERE else "",
        )
        by, manager, child = self.world.one.worker, self.world.one.manager, self.child(number)
        if self.do(ages.decide, child, said, seconded_by=manager, by=by, at=self.now) and said.place:
            for placement in Placement.objects.filter(child=child, ends_at=None):
                ended = {"ends_at": self.now, "reason": "Taken away"}
                self.do(placements.end, placement, **ended, by=by, at=self.now)
