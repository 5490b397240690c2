"""A due clock of a locked child, with what its ladder decided."""

from dataclasses import dataclass, replace
from datetime import datetime

from alerts import calm, holds, ladder, on_journey, search_tellings, tellings
from alerts.clocks import Decision
from alerts.duties import Duty
from alerts.models import Alert, Clock
from alerts.readings import Reading
from alerts.schedule import Step
from alerts.step_plans import StepPlan
from alerts.watching import Watched
from cases.models import Child, Means, MissingEpisode


@dataclass
class Due:
    """One clock of a locked child with what the ladder decided for it."""

    clock: Clock
    reading: Reading
    watched: Watched
    alert: Alert | None
    decision: Decision

    @property
    def child(self) -> Child:
        return self.watched.child.child

    @property
    def episode(self) -> MissingEpisode | None:
        if self.clock.kind == Clock.Kind.PAPERWORK:
            # It is about the child, whatever episode is open.
            return None
        return self.reading.episode or self.watched.child.open_episode

    @property
    def on_journey(self) -> bool:
        """Whether what climbs is that an escort has not confirmed the child; a roll-call owed before it is the home's.

        Of a journey that is over nobody can be asked on the way.
        """
        expected = self.reading.expected
        is_open = self.watched.child.journey is not None
        return is_open and expected is not None and expected.window == on_journey.WINDOW

    @property
    def of_death(self) -> bool:
        """Whether it is of what is left to do after a death: nobody is rung or texted of it, and all else goes first."""
        return self.clock.kind == Clock.Kind.DUTY and self.watched.child.has_died

    def plan(self, step: str) -> StepPlan:
        """What this step of the clock tells."""
        about = {"on_journey": self.on_journey, "has_died": self.of_death}
        plan = tellings.plan(self.clock.kind, step, self.clock.duty, **about)
        if self.clock.kind == Clock.Kind.APPROACH and self.episode is not None:
            # What is told of a house is told of no search, and its words are those of one.
            plan = replace(plan, by_home=False)
        knows = self.episode is not None and self.episode.police_owed_at is not None
        # Of a search that silence opened and nobody has confirmed.
        of_silence = self.clock.duty == Duty.FOUND_ANSWER or self.clock.kind == Clock.Kind.MESSAGE
        return search_tellings.without_force(plan) if of_silence and not knows else plan

    @property
    def begins_search(self) -> bool:
        """Whether the fail-safe climbs: the police are owed word, and from now on the child is looked for."""
        return isinstance(self.decision, ladder.Climb) and Step.FAIL_SAFE in dict(self.decision.steps)

    @property
    def rings_by_day(self) -> bool:
        """Whether nobody is woken by it: paper, a review, other eyes, a step that is owed by a day, what a death leaves to do."""
        return calm.is_rung_by_day(self.clock.kind, self.clock.duty, has_died=self.watched.child.has_died)

    def is_answered(self, owed_at: datetime) -> bool:
        """An officer was named when this call step was owed or since: nobody is asked to ring for it any more."""
        if self.reading.call is None:
            return False
        start, doubted = self.reading.call.police_owed_at, dict(self.reading.call.disbelieved)
        believed = [moment for moment in self.reading.call.verifications if moment not in doubted]
        return any(max(moment, start) >= owed_at for moment in believed)

    @property
    def not_here(self) -> bool:
        expected = self.reading.expected
        return bool(expected and expected.resting and self.clock.kind == Clock.Kind.CONTACT)


def alert_of(due: Due) -> Alert:
    if due.alert is None:
        raise TypeError("no alert was opened for this clock")
    return due.alert


def last_seen(due: Due) -> datetime:
    """When the child was last seen face to face, else the start of the watch."""
    seen = [c.happened_at for c in due.watched.child.contacts if c.means == Means.FACE_TO_FACE]
    return seen[-1] if seen else min(due.child.registered_at, due_at(due))


def due_at(due: Due) -> datetime:
    """The deadline of what is climbed; TypeError for what is not."""
    if due.reading.call is not None:
        return due.reading.call.police_owed_at
    if isinstance(due.decision, ladder.Climb):
        return due.decision.due_at
    raise TypeError(due.decision)


def is_put_off(due: Due, step: str, at: datetime) -> bool:
    """An outage holds this step: that nobody stands on the rung before it does not bring it forward."""
    own, held = alert_of(due).steps.get(step), due.clock.steps.get(step)
    if step not in holds.PUT_OFF or not due.watched.outages or own is None or held is None:
        return False
    until = datetime.fromisoformat(held)
    return until > at and until > datetime.fromisoformat(own)
