"""What follows a search of the promise machine, and what may come before one: interviews, and whoever came near."""

import uuid
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts.models import Alert, DutyStep
from cases import return_interviews, triggers
from cases.models import Interview, MissingEpisode, ReturnInterview, Trigger
from cases.return_interviews import Told
from cases.states import EpisodeOutcome
from cases.triggers import Stranger
from tests.alerts.promise.world import Stage, minutes, which

# What is asked of an interview that was held.
HELD = {"interviewer": "P. Lorne", "independence": "independent", "interpreter": "not_needed"}
CAR = {"vehicle": "White van", "plate": "NM26 KDR"}
days = st.sampled_from([0, 2, 9])


class Afterwards(Stage):
    """Offered, declined, held or withdrawn; somebody came, with a car or without, for one child or for both."""

    @precondition(lambda self: MissingEpisode.objects.filter(ended_at__isnull=False).exists())
    @rule(number=which, latest=st.booleans(), came_of_it=st.sampled_from(Interview), again=days)
    def write_an_interview(self, number: int, latest: bool, came_of_it: str, again: int) -> None:
        """Offered, declined or held; of the last search that is over, or of the first."""
        rows = MissingEpisode.objects.filter(child=self.world.children[number], ended_at__isnull=False)
        if (episode := rows.order_by("-ended_at" if latest else "ended_at").first()) is None:
            return
        said: dict[str, Any] = {"reason": "Tired"} if came_of_it == Interview.DID_NOT_WANT else {}
        if came_of_it == Interview.HELD:
            said = {**HELD, "held_at": self.now}
        if again:
            said["review_date"] = (self.now + timedelta(days=again)).date()
        told = Told(offered_at=self.now, outcome=came_of_it, **said)
        self.do(
            return_interviews.write,
            episode,
            told,
            version=self.version(episode),
            by=self.world.one.worker,
            at=self.now,
        )

    @precondition(lambda self: ReturnInterview.objects.concluded().exists())
    @rule(number=which)
    def withdraw_an_interview(self, number: int) -> None:
        rows = ReturnInterview.objects.concluded().filter(episode__child=self.world.children[number])
        if row := rows.last():
            given = {"reason": "Another child", "by": self.world.one.worker, "at": self.now}
            version = self.version(row.episode)
            self.do(return_interviews.withdraw, row.episode, version=version, **given)

    @rule(number=which, both=st.booleans(), seen=st.booleans(), ago=minutes, back=days)
    def come_near(self, number: int, both: bool, seen: bool, ago: int, back: int) -> None:
        """Somebody waited, and somebody saw the car, or heard of it days later."""
        came = self.now - timedelta(minutes=ago, days=back)
        children = self.world.children if both else [self.world.children[number]]
        who = Stranger(how="waited", person="A man in a cap", **(CAR if seen else {}))
        said = {"kind": Trigger.Kind.APPROACH, "happens_at": came, "note": "Waited at the gate"}
        given = {"key": uuid.uuid4(), "by": self.world.one.carer, "at": self.now}
        self.do(triggers.record, children, stranger=who, **said, **given)

    @precondition(lambda self: Trigger.objects.filter(kind="approach", answered_at=None).exists())
    @rule(number=which, desk=which, rung=st.booleans())
    def answer_for_who_came(self, number: int, desk: int, rung: bool) -> None:
        """The police were rung; or it was nobody, and is nobody's suspect: an approach is taken back in no other way."""
        rows = Trigger.objects.filter(child=self.world.children[number], kind="approach", answered_at=None)
        if one := rows.order_by("pk").first():
            said = {"answer": "PC Ash looks" if rung else "The postman", "police_told": rung}
            given = {"by": self.world.desks[desk].person, "at": self.now}
            self.do(triggers.answer, one, **said, police_reference="NM-9" if rung else "", **given)

    def version(self, episode: MissingEpisode) -> int:
        """Of the interview that stands; 0 where none does."""
        standing = return_interviews.latest(episode)
        return standing.version if standing is not None else 0

    def who_came_is_asked_about(self) -> None:
        """Until somebody says what was done, and no longer: of a child who is watched still."""
        waiting = Trigger.objects.filter(kind=Trigger.Kind.APPROACH, answered_at=None)
        owed = {pk for pk in waiting.values_list("child", flat=True) if self.read[pk].watched_until is None}
        asked = Alert.objects.open().filter(clock__kind="approach").values_list("child", flat=True)
        assert set(asked) == owed, "asked about others than somebody came for"

    def an_interview_is_owed_until_it_is_one(self) -> None:
        """One that is held or declined answers its step; one that was withdrawn answers it no more."""
        steps = DutyStep.objects.filter(kind="return_interview", done_by=None).select_related("episode")
        for step in steps.exclude(episode__outcome=EpisodeOutcome.ANOTHER_CHILD):
            written = ReturnInterview.objects.concluded().filter(episode=step.episode)
            assert (step.done_at is not None) == written.exists(), f"the interview about {step.episode}"
