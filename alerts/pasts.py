"""What a replay of children's past starts from: facts with their history, what people answered, and what stood open."""

from collections import defaultdict
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts import clocks
from alerts.ladder import Standing
from alerts.models import Alert, Clock, Verification
from cases import histories
from cases.facts import ChildFacts
from cases.histories import Known
from cases.models import KeepFrom

# The clocks that the contact policies and the call ladder govern.
REPLAYED = (Clock.Kind.CONTACT, Clock.Kind.SECOND_EYES, Clock.Kind.CALL)
# Kind and episode of a clock.
Key = tuple[str, int | None]


@dataclass
class Past:
    """One child's, up to the end of a replay that begins at `start`."""

    known: Known
    start: datetime
    # When an officer was named and by whom, by episode.
    named: dict[int, list[tuple[datetime, int]]] = field(default_factory=lambda: defaultdict(list))
    # From whom the child was kept, and until when.
    marks: list[tuple[int, datetime, datetime | None]] = field(default_factory=list)
    # When somebody said "I am on this".
    on_it: list[datetime] = field(default_factory=list)
    # The alerts that stood open at the start, each as it stood and when it was opened.
    open: dict[Key, tuple[Standing, datetime]] = field(default_factory=dict)
    # Read once for every policy that is replayed over it.
    _facts: dict[datetime, ChildFacts] = field(default_factory=dict)

    @property
    def begins_at(self) -> datetime:
        """The start, or later the registration: of nobody anything is owed before that."""
        return max([self.start, *self.known.instants[:1]])

    def doubted_at(self, user_id: int, instant: datetime) -> datetime | None:
        """Since when the word of somebody did not count at that instant."""
        marks = [mark for mark in self.marks if mark[0] == user_id and mark[1] <= instant]
        return next((since for _user, since, until in marks if until is None or instant < until), None)

    def at(self, instant: datetime) -> ChildFacts:
        """The facts as they were known at that instant; whoever asks may put other episodes in."""
        if instant not in self._facts:
            self._facts[instant] = histories.at(self.known, instant)
        return copy(self._facts[instant])


def read(ids: Collection[int], *, start: datetime) -> dict[int, Past]:
    """Read what a replay of these children from `start` on needs, in a fixed number of queries; nothing is written."""
    found = {child_id: Past(known, start) for child_id, known in histories.read(ids).items()}
    for past in found.values():
        histories.forget(past.known, past.begins_at)
    spoken = Verification.objects.filter(episode__child__among=set(found)).order_by("at")
    for child_id, episode_id, at, by in spoken.values_list("episode__child", "episode", "at", "recorded_by"):
        found[child_id].named[episode_id].append((at, by))
    marks = KeepFrom.objects.filter(child__among=set(found)).order_by("starts_at")
    for child_id, user_id, since, until in marks.values_list("child", "user", "starts_at", "ends_at"):
        found[child_id].marks.append((user_id, since, until))
    alerts = Alert.objects.filter(child__among=set(found), clock__kind__in=REPLAYED)
    pressed = alerts.filter(clock__kind=Clock.Kind.CONTACT, on_it_at__gte=start)
    for child_id, pressed_at in pressed.values_list("child", "on_it_at"):
        if pressed_at is not None:
            found[child_id].on_it.append(pressed_at)
    standing = alerts.filter(opened_at__lt=start).exclude(ended_at__lt=start)
    for alert in standing.select_related("clock").prefetch_related("climbed"):
        key = (str(alert.clock.kind), alert.clock.episode_id)
        found[alert.child_id].open[key] = (stood_before(alert, start), alert.opened_at)
    return found


def stood_before(alert: Alert, start: datetime) -> Standing:
    """How it stood at the start: what was owed by then has climbed, however late it was."""
    climbed = frozenset(row.step for row in alert.climbed.all() if row.owed_at < start)
    stood = replace(clocks.standing_of(alert), climbed=climbed)
    if stood.on_it_at is not None and stood.on_it_at >= start:
        return replace(stood, on_it_at=None)
    return stood
