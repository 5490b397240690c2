"""Found children to look at who do not say who they are: one who waits, and one about whom a search was asked."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from alerts import demo
from alerts.demo_states.lot import POLICY
from cases import found
from cases.models import FoundChild, FoundMatch, MissingEpisode, Responsibility
from cases.search import found as searching


@dataclass(frozen=True)
class Nameless:
    """A found child to look at: what it shows, the place, by which the demo knows its own, and how long ago it was found."""

    state: str
    place: str
    ago: timedelta
    cared_for: str
    said: str
    looks: str = ""
    clothing: str = ""
    is_asked: bool = False

    def described(self, stage: demo.Stage, at: datetime) -> found.Described:
        """What the desk writes down."""
        return found.Described(
            found_at=at - self.ago,
            place=self.place,
            found_by="Jory Trewin, harbour security",
            force=stage.force,
            cared_for=self.cared_for,
            said=self.said,
            looks=self.looks,
            clothing=self.clothing,
        )


CHILDREN = (
    Nameless(
        "Waits for a name",
        "The waiting room of the pier, Northmere (demo)",
        timedelta(minutes=20),
        "The night porter, 01632 960186",
        "Nods at the word for bread in four languages.",
        looks="Small, a plaster over one brow",
        clothing="Green anorak, no shoes",
    ),
    Nameless(
        "A search was asked about, its people cannot say yet",
        "The coach station, Northmere (demo)",
        timedelta(minutes=50),
        "Harbour mission, 01632 960187",
        "Says: I am nobody.",
        is_asked=True,
    ),
)


def make(stage: demo.Stage, *, at: datetime) -> None:
    """Write down those who do not stand, anew where they are of an older story; its desk hears of each in six hours.

    Nobody is asked about where nobody is looked for.
    """
    _close(standing().filter(recorded_at__lte=at - demo.STORY_LASTS), stage, at)
    there = set(standing().values_list("place", flat=True))
    for one in CHILDREN:
        if one.place not in there:
            with transaction.atomic():
                _live(one, stage, at)


def strike_due(*, at: datetime) -> None:
    """Close those of whom somebody would hear at once: of a demo that stood still for longer than its story."""
    due = standing().filter(matter__clock__next_at__lte=at)
    if due.exists():
        _close(due, demo.set_stage(at=at), at)


def standing() -> QuerySet[FoundChild]:
    """The open ones that are only to be looked at."""
    return FoundChild.objects.open().filter(place__in=[one.place for one in CHILDREN])


def _close(rows: QuerySet[FoundChild], stage: demo.Stage, at: datetime) -> None:
    for row in rows:
        found.close(row, outcome="no_child", reason="The story is over", by=stage.cast["duty"], at=at)


def _live(one: Nameless, stage: demo.Stage, at: datetime) -> None:
    what = one.described(stage, at)
    search = _search(stage, at) if one.is_asked else None
    if search is not None:
        child = search.child
        looks = child.description or "A scar on one hand"
        what = replace(what, sex=child.sex, looks=looks, languages=tuple(child.languages))
    duty = stage.cast["duty"]
    given = {"authority": stage.authority, "key": uuid.uuid4(), "by": duty, "at": at}
    row = found.write_down(what, **given)  # type: ignore[arg-type]
    if search is not None:
        # Answered in the same commit: who looks for that child is alarmed by nobody who is only to be looked at.
        note = "The photo is two years old. An aunt looks at a new one this evening."
        match = found.propose(row, search, by=duty, at=at)
        answer = FoundMatch.Answer.CANNOT_SAY
        found.answer(match, answer=answer, note=note, by=stage.cast["second"], at=at)


def _search(stage: demo.Stage, at: datetime) -> MissingEpisode | None:
    """The latest search that the police know of, of the demo's own council where it has one; of nobody only to be looked at."""
    own = Responsibility.objects.at(at).filter(authority=stage.authority).values("child")
    known = searching.sought().filter(police_owed_at__isnull=False)
    rows = known.exclude(child__demo_watch__policy__key=POLICY).order_by("-since", "-pk")
    return rows.filter(child__in=own).first() or rows.first()
