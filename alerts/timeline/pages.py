"""One page of the story, from its newest entry or from an instant on, narrowed as a reader asked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db.models import Max, Model, QuerySet

from alerts.gaps import Gap
from alerts.models import Message
from alerts.timeline import bands, entries, groups
from alerts.timeline.bands import Band
from alerts.timeline.entries import Entry, Unproved
from alerts.timeline.folds import Line, Row
from alerts.timeline.groups import GROUPS, SYSTEM
from cases.access import Permission
from cases.models import AccessRecord, Child, Event, MissingEpisode, User

PAGE = 50
# Between two entries that people read, at most this many lines of the engine's own are counted.
FOLDED_AT_MOST = 1000
# The pages that open a child's record; a row of a list is a glance.
_RECORD_PAGES = (
    "child",
    "child_details",
    "child_placements",
    "child_people",
    "child_timeline",
    "episode",
    "episode_briefing",
    "episode_text",
    "return_interview",
    "return_interview_police",
    "episode_prevention",
)
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the story is narrowed to, and from which instant back; what is empty narrows nothing."""

    group: str = ""
    words: str = ""
    # From the first instant up to and without the second.
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    until: datetime | None = None
    # What was on record by then, as it read then: nothing of what was written, changed or withdrawn afterwards.
    known_by: datetime | None = None

    @property
    def narrowed(self) -> bool:
        return bool(self.group or self.words or self.begins_at or self.ends_at)


@dataclass(frozen=True)
class Timeline:
    """One page of the story, the instant from which older entries go on, and how many each group has."""

    bands: Sequence[Band]
    older: datetime | None
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> list[Row]:
        """All the page shows, in order."""
        return [row for band in self.bands for month in band.months for row in month.rows]


def of(
    child: Child,
    *,
    permissions: frozenset[Permission],
    asked: Asked | None = None,
    gaps: Sequence[Gap] = (),
    reader: User | None = None,
    now: datetime | None = None,
    size: int = PAGE,
) -> Timeline:
    """Return the newest `size` entries that were asked for, in a fixed number of queries.

    What the reader's `permissions` do not open is left out: addresses, and marks that keep the child from somebody.
    Words are looked for in what this reader would see, and nowhere else. `gaps` need `now`; who else had the record
    open is told to a `reader`.
    """
    asked = asked or Asked()
    story = _Story(child, permissions, asked, reader)
    lines, cut = _searched(story, size) if asked.words else _page(story, size)
    found: list[Line] = [*lines]
    # Under a filter stands what was asked for, and nothing of the engine's own between; nor in what is handed over.
    if not asked.group and not asked.words and asked.known_by is None:
        found += _between(story, cut, reader)
    if now is not None and not asked.words and asked.group in ("", "contacts"):
        found += [one for one in (Unproved(gap, now) for gap in gaps) if _covers(asked, cut, one)]
    found.sort(key=lambda line: (line.at, line.recorded_at), reverse=True)
    episodes = list(_known(MissingEpisode.objects.filter(child=child), asked).order_by("-since"))
    for episode in episodes:
        episode.child = child
    return Timeline(bands.laid_out(found, episodes, unfolded=asked.narrowed), cut, story.counts)


class _Story:
    """What one reader may read of one child, as far as it was asked for."""

    def __init__(
        self, child: Child, permissions: frozenset[Permission], asked: Asked, reader: User | None
    ) -> None:
        self.child, self.permissions, self.asked, self.reader = child, permissions, asked, reader
        everything = _dated(groups.told(child, permissions, reader), "happened_at", asked)
        self.counts = {} if asked.words else self._counts(everything)
        self.folds = asked.group == SYSTEM
        self.events = _dated(groups.quiet(child), "happened_at", asked) if self.folds else everything
        self.messages = _dated(
            groups.sent(child) if self.folds else groups.failed(child), "created_at", asked
        )
        if asked.group in GROUPS:
            self.events = self.events.filter(kind__in=GROUPS[asked.group])
            self.messages = self.messages.none()
        if asked.until is not None:
            self.events = self.events.filter(happened_at__lte=asked.until)
            self.messages = self.messages.filter(created_at__lte=asked.until)
        if asked.known_by is not None:
            self.events = self.events.filter(recorded_at__lte=asked.known_by)
            self.messages = self.messages.filter(created_at__lte=asked.known_by)

    def _counts(self, everything: QuerySet[Event]) -> dict[str, int]:
        quiet = _dated(groups.quiet(self.child), "happened_at", self.asked).count()
        sent = _dated(groups.sent(self.child), "created_at", self.asked).count()
        return {**groups.counts(everything), SYSTEM: quiet + sent}

    def told(self, rows: Iterable[Event | Message]) -> list[Entry]:
        """These rows in words."""
        rows = list(rows)
        events = [row for row in rows if isinstance(row, Event)]
        for event in events:
            event.child = self.child
        messages = [row for row in rows if isinstance(row, Message)]
        told = entries.of_events(events, permissions=self.permissions, reader=self.reader)
        if self.asked.known_by is not None:
            told = entries.as_known(events, told, by=self.asked.known_by)
        return [*told, *entries.of_messages(messages)]


def _dated(rows: QuerySet[_Row], moment: str, asked: Asked) -> QuerySet[_Row]:
    if asked.begins_at is not None:
        rows = rows.filter(**{f"{moment}__gte": asked.begins_at})
    if asked.ends_at is not None:
        rows = rows.filter(**{f"{moment}__lt": asked.ends_at})
    return rows


def _known(episodes: QuerySet[MissingEpisode], asked: Asked) -> QuerySet[MissingEpisode]:
    return episodes if asked.known_by is None else episodes.filter(opened_at__lte=asked.known_by)


def _page(story: _Story, size: int) -> tuple[list[Entry], datetime | None]:
    """The entries of one page that are not folded, and the instant at which the next page begins."""
    events, messages = story.events, story.messages
    found: list[Event | Message] = [
        *events.order_by("-happened_at", "-number")[: size + 1],
        *messages.order_by("-created_at", "pk")[: size + 1],
    ]
    found.sort(key=_moment, reverse=True)
    if len(found) <= size:
        return story.told(found), None
    cut = _moment(found[size])
    shown = [event for event in found if _moment(event) > cut]
    if shown:
        return story.told(shown), cut
    # More entries of one instant than a page holds: it shows them all, and goes on before them.
    found = [*events.filter(happened_at=cut).order_by("-number"), *messages.filter(created_at=cut)]
    return story.told(found), max(
        filter(
            None,
            (
                events.filter(happened_at__lt=cut).aggregate(at=Max("happened_at"))["at"],
                messages.filter(created_at__lt=cut).aggregate(at=Max("created_at"))["at"],
            ),
        ),
        default=None,
    )


def _searched(story: _Story, size: int) -> tuple[list[Entry], datetime | None]:
    """The entries in which every word stands: all are read, since the words are made when they are shown."""
    words = story.asked.words.lower().split()
    everything = (
        groups.told(story.child, story.permissions, story.reader) if not story.folds else story.events
    )
    everything = _dated(everything, "happened_at", story.asked)
    events = list(everything)
    for event in events:
        event.child = story.child
    told = entries.of_events(events, permissions=story.permissions, reader=story.reader)
    found = [(event.kind, entry) for event, entry in zip(events, told, strict=True) if entry.has(words)]
    story.counts = groups.of_kinds(Counter(kind for kind, _ in found))
    wanted = GROUPS.get(story.asked.group)
    shown = [entry for kind, entry in found if wanted is None or kind in wanted]
    shown += [entry for entry in entries.of_messages(list(story.messages)) if entry.has(words)]
    until = story.asked.until
    shown = sorted(
        (entry for entry in shown if until is None or entry.at <= until),
        key=lambda entry: entry.at,
        reverse=True,
    )
    if len(shown) <= size:
        return shown, None
    cut = shown[size].at
    page = [entry for entry in shown if entry.at > cut]
    if page:
        return page, cut
    rest = [entry.at for entry in shown if entry.at < cut]
    return [entry for entry in shown if entry.at == cut], max(rest, default=None)


def _between(story: _Story, cut: datetime | None, reader: User | None) -> list[Entry]:
    """The engine's own events and messages, and who had the record open, in the stretch that the page covers."""
    asked = story.asked
    quiet = _dated(groups.quiet(story.child), "happened_at", asked)
    sent = _dated(groups.sent(story.child), "created_at", asked)
    reads = AccessRecord.objects.filter(child=story.child, allowed=True, page__in=_RECORD_PAGES)
    reads = _dated(reads.exclude(user=reader), "at", asked) if reader is not None else reads.none()
    if asked.until is not None:
        quiet, sent = quiet.filter(happened_at__lte=asked.until), sent.filter(created_at__lte=asked.until)
        reads = reads.filter(at__lte=asked.until)
    if cut is not None:
        quiet, sent, reads = (
            quiet.filter(happened_at__gt=cut),
            sent.filter(created_at__gt=cut),
            reads.filter(at__gt=cut),
        )
    events = list(quiet.order_by("-happened_at", "-number")[:FOLDED_AT_MOST])
    for event in events:
        event.child = story.child
    return [
        *entries.of_events(events, permissions=story.permissions, reader=story.reader, folds=True),
        *entries.of_messages(list(sent.order_by("-created_at", "pk")[:FOLDED_AT_MOST]), folds=True),
        *entries.of_reads(reads, most=FOLDED_AT_MOST),
    ]


def _covers(asked: Asked, cut: datetime | None, one: Unproved) -> bool:
    """Whether a gap ends in the stretch that the page covers."""
    if one.lasts and (asked.until is not None or asked.ends_at is not None):
        return False
    after = [moment for moment in (cut, asked.begins_at) if moment is not None]
    before = asked.until
    return (
        all(one.at > moment for moment in after)
        and (before is None or one.at <= before)
        and (asked.ends_at is None or one.at < asked.ends_at)
    )


def _moment(row: Event | Message) -> datetime:
    return row.created_at if isinstance(row, Message) else row.happened_at
