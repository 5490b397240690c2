"""What happens to the machines that the promise machine runs on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from alerts import delivery
from alerts.models import Alert, Message
from alerts.states import MessageStatus
from cases import contacts
from cases.models import Contact, Event, MissingEpisode
from cases.states import IllegalMove
from tests.alerts.outgoing import tick
from tests.alerts.promise.world import Crash, Stage, dying, which
from tests.alerts.wires import FATES, Killed
from tests.factories import a_sighting, missing, not_here

spans = st.sampled_from([1, 16, 31, 61, 125, 9 * 60, 13 * 60, 27 * 60, 15 * 24 * 60])


class Machines(Stage):
    """Time, sending, and processes that die."""

    @rule(span=spans)
    def time_passes(self, span: int) -> None:
        self.now += timedelta(minutes=span)

    @rule(most=st.integers(1, 3), fate=st.sampled_from(FATES), before=st.integers(0, 3))
    def send_some(self, most: int, fate: str, before: int) -> None:
        """All is taken but one message, which is refused or put off, whose connection is lost, or whose sender dies."""
        self.wire.let(fate, before=before)
        try:
            for _ in range(most):
                delivery.deliver(clock=lambda: self.now)
        except Killed:
            sending = Message.objects.filter(status=MessageStatus.SENDING)
            self.in_dead_hands |= set(sending.values_list("pk", flat=True))

    @rule(
        after=st.integers(0, 60), number=which, what=st.sampled_from(["see", "report", "not here", "sweep"])
    )
    def die(self, after: int, number: int, what: str) -> None:
        child, carer = self.child(number), self.world.one.carer
        work: dict[str, Callable[[], Any]] = {
            "see": lambda: contacts.record(child, a_sighting(carer, at=self.now), by=carer, at=self.now),
            "report": lambda: missing(child, by=carer, at=self.now),
            "not here": lambda: not_here(child, by=carer, at=self.now),
            "sweep": lambda: tick(self.now),
        }
        before = self.traces()
        try:
            with dying(after):
                work[what]()
        except Crash:
            # A sweep commits by batch, and each is whole; a verb is one commit, or nothing.
            assert what == "sweep" or self.traces() == before, f"{what} left a part of itself behind"
        except IllegalMove:
            pass

    def traces(self) -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (Contact, MissingEpisode, Event, Alert, Message))
