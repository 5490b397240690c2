"""Children of the promise machine on the way with escorts."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from cases import journey_pages, journeys
from cases.models import Journey, JourneyStop
from tests.alerts.promise.world import Stage, minutes, which
from tests.factories import planned


class Travels(Stage):
    """Planned, confirmed stop by stop, missed, ended or broken off."""

    @rule(
        number=which,
        wait=st.sampled_from([1, 40, 200]),
        stops=which,
        escort=st.integers(0, 4),
        kind=st.sampled_from(Journey.Kind),
    )
    def plan_a_journey(
        self, number: int, wait: int, stops: int, escort: int, kind: str = Journey.Kind.MOVE
    ) -> None:
        """Two escorts, of whom one may be somebody the child is kept from, or comes to be."""
        departs_at = self.now + timedelta(minutes=wait)
        said = {"first_escort": self.people()[escort].name, "stops": stops, "kind": kind}
        by = self.world.one.worker
        self.do(planned, self.child(number), by=by, departs_at=departs_at, at=self.now, **said)

    @precondition(lambda self: Journey.objects.open().exists())
    @rule(number=which, skipped=which, ago=minutes, first=st.booleans(), by_link=st.booleans())
    def confirm_a_stop(self, number: int, skipped: int, ago: int, first: bool, by_link: bool) -> None:
        """The next stop, or the one after it, in the name of either escort; by hand or by their own link."""
        if not (left := self.stops_left(number)):
            return
        stop = left[min(skipped, len(left) - 1)]
        names = [name for name, _phone, _mail in stop.journey.escorts]
        seen = {"happened_at": self.now - timedelta(minutes=ago), "as_given": by_link}
        said = journeys.Seen(escort=names[0 if first else 1], **seen)
        self.do(journeys.confirm, stop, said, by=None if by_link else self.world.one.worker, at=self.now)

    @precondition(lambda self: Journey.objects.open().exists())
    @rule(number=which, late=st.sampled_from([16, 31, 61, 91, 125]))
    def miss_a_stop(self, number: int, late: int) -> None:
        """Nobody confirms what is owed next, and the time of another rung passes."""
        page = journey_pages.read(self.child(number), addressed=True, now=self.now)
        if page is not None and page.journey.ended_at is None and page.owed_at is not None:
            self.now = max(self.now, page.owed_at + timedelta(minutes=late))

    @precondition(lambda self: Journey.objects.open().exists())
    @rule(number=which)
    def hand_the_child_over(self, number: int) -> None:
        if left := self.stops_left(number):
            said = journeys.Seen(escort=left[-1].journey.second_escort, happened_at=self.now)
            self.do(journeys.confirm, left[-1], said, by=self.world.one.worker, at=self.now)

    @precondition(lambda self: Journey.objects.open().exists())
    @rule(number=which, seen=st.booleans(), stranger=st.booleans())
    def abandon(self, number: int, seen: bool, stranger: bool = False) -> None:
        """By what an escort says, or somebody who does not know the child; or by nobody's word."""
        if left := self.stops_left(number):
            journey, by = left[0].journey, self.world.desks[0].person
            who = "A guard" if stranger else journey.second_escort
            said = journeys.Seen(escort=who, happened_at=self.now) if seen else None
            self.do(journeys.break_off, journey, reason="Rain", seen=said, by=by, at=self.now)

    def stops_left(self, number: int) -> list[JourneyStop]:
        page = journey_pages.read(self.child(number), addressed=True, now=self.now)
        if page is None or page.journey.ended_at is not None:
            return []
        return [stop for stop, _label in page.to_confirm]
