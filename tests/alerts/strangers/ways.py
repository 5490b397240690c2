"""Children of the stranger machine on the way: who may be an escort, and for whom a one-time page opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from cases import escort_links
from cases.models import Journey, JourneyConfirmation, MissingEpisode, User
from cases.states import AgeStatus
from tests.alerts.promise.travels import Travels
from tests.alerts.promise.world import which
from tests.alerts.strangers.truth import Truth

LAPSES_AFTER = timedelta(hours=12)


@dataclass
class Page:
    """The one-time page of an escort: its address is known to whoever it was shown to, for as long as they live."""

    token: str
    journey: int
    number: int
    child: int
    escort: str
    lapses_at: datetime
    # Another took its place, or the child is kept from this escort, or was for a while.
    shut: bool = False


class Ways(Truth, Travels):
    """Journeys with two escorts and stops, as in the promise machine."""

    pages: list[Page]

    @precondition(lambda self: Journey.objects.open().exists())
    @rule(number=which, escort=st.integers(1, 2))
    def make_a_page(self, number: int, escort: int) -> None:
        """It is made of whoever takes the child, and of nobody from whom it is kept."""
        child = self.world.children[number]
        if (journey := Journey.objects.open().filter(child=child).first()) is None:
            return
        name, at = journey.escorts[escort - 1][0], self.now
        token = self.do(escort_links.make, journey, escort, by=self.by(), at=at)
        assert (token is None) == (name in self.kept_names(child.pk)), f"a page of {name}"
        if token is None:
            return
        for page in self.pages:
            page.shut = page.shut or (page.journey, page.number) == (journey.pk, escort)
        last = journey.stops.last()
        assert last is not None
        lapses_at = max(last.due_at, at) + LAPSES_AFTER
        self.pages.append(Page(token, journey.pk, escort, child.pk, name, lapses_at))

    def shut_pages(self, child_id: int, person: User) -> None:
        """The child is kept from this person: whatever becomes of the mark, what they were shown opens nothing."""
        for page in self.pages:
            page.shut = page.shut or (page.child, page.escort) == (child_id, person.name)

    def kept_names(self, child_id: int) -> set[str]:
        """Two people of one name are taken for one."""
        kept = self.about(child_id).kept
        return {person.name for person in self.world.people if person.pk in kept}

    def came_of_it(self, done: Any) -> None:
        super().came_of_it(done)
        if isinstance(done, Journey) and done.ended_at is None:
            taking = {name for name, _phone, _mail in done.escorts}
            assert not taking & self.kept_names(done.child_id), "somebody the child is kept from takes it"
        if isinstance(done, JourneyConfirmation):
            self.may_have_left(done)

    def may_have_left(self, seen: JourneyConfirmation) -> None:
        """With the hand-over the child lives there no more, unless it is looked for, goes back, or moved on the way."""
        journey = Journey.objects.get(pk=seen.stop.journey_id)
        goes_back = (
            journey.kind == Journey.Kind.OTHER or journey.child.age_status == AgeStatus.ADULT_ELSEWHERE
        )
        sought = MissingEpisode.objects.sought().filter(child=journey.child_id)
        if journey.ended_at is None or goes_back or sought.exists():
            return
        known, stops = self.about(journey.child_id), journey.stops.all()
        rows = JourneyConfirmation.objects.standing().filter(stop__journey=journey)
        happened = {
            row.stop.position: row.contact.happened_at for row in rows.select_related("stop", "contact")
        }
        set_out_at = happened.get(0) or min(stops[0].due_at, *happened.values())
        if known.home is not None and known.lives_since < set_out_at:
            known.live_in(None, since=self.now)

    @invariant()
    def a_page_opens_for_whoever_takes_the_child_and_for_nobody_else(self) -> None:
        """Until the hand-over or its hour, and never again once the child was kept from them or another was made."""
        if not hasattr(self, "pages") or not self.pages:
            return
        going_on = set(Journey.objects.open().values_list("pk", flat=True))
        for page in self.pages:
            link = escort_links.find(page.token)
            opens = not page.shut and page.journey in going_on and self.now < page.lapses_at
            assert link is not None
            assert escort_links.is_live(link, now=self.now) == opens, f"{page}: {opens}"
