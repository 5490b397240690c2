"""What a message is about, read once: references, deadlines, lateness, and the message it follows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts import after, outages, paper_words, release_mails, room_words, unmailed_forces
from alerts.emails import alone, force_numbers, last_sights, searches, threads
from alerts.models import Clock, DutyStep, DutyTask, Message, MessageItem, MessageKind, Outage
from alerts.nobody_there import Late
from alerts.states import MessageStatus
from cases import review_dates
from cases.models import Journey, MissingEpisode, MissingReview, Placement, Responsibility, Team
from cases.templatetags.govuk import duty_line as desk_line
from cases.templatetags.govuk import gov_date
from cases.worded import Question
from guardians.models import CouncilConcern, GuardianAssignment

# Later than this it is said in the message.
LATE_AFTER = timedelta(seconds=60)
# These go to the home in which the child sleeps.
SLEEPS_THERE = ("home_no_record", "home_head_count")
# This asks a duty desk to ring the home.
RING_HOME = "duty_no_record"
# How many references a subject or a text names before it counts the rest.
NAMED_IN_SHORT = 2


@dataclass(frozen=True)
class Item:
    """One child of the message, by reference, and since when word of it has been owed."""

    reference: str
    due_at: datetime
    # To the home alone, of a child whose age is disputed: how it sleeps, and by when somebody looks again.
    room: str = ""
    # To duty alone: that nobody at the placement could have looked, and whether somebody else is to.
    nobody_there: str = ""
    # In mails that nobody has recorded seeing the child: when somebody last did.
    seen_at: datetime | None = None


@dataclass(frozen=True)
class Paper:
    """One duty of paper of one child, by reference: what it is, and since when it has been due."""

    reference: str
    title: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class About:
    """The facts a wording may use: references, instants and counts; never a name or a place."""

    message: Message
    now: datetime
    items: tuple[Item, ...]
    references: tuple[str, ...]
    root: Message | None
    rows: Sequence[MessageItem] = ()
    # About nobody: a drill says so in every subject and in the first line.
    is_drill: bool = False
    # Of one call for a house: its searches.
    of_house: tuple[MissingEpisode, ...] = ()

    @property
    def episode(self) -> MissingEpisode | None:
        """The one search that it is about."""
        return self.of_house[0] if len(self.of_house) == 1 else self.message.episode

    @cached_property
    def searches(self) -> searches.Searches | None:
        """Of one call about several searches: what it says of each."""
        return searches.Searches(self.of_house) if len(self.of_house) > 1 else None

    @property
    def outage(self) -> Outage | None:
        return self.message.outage

    @property
    def homes(self) -> int:
        """After an outage: how many homes the reader's authority has children in."""
        return outages.homes_of(self.message.authority_id, now=self.now)

    @property
    def children(self) -> Sequence[str]:
        """The references of the children that the message is about."""
        if self.message.journey is not None:
            return (self.message.journey.child.reference,)
        return tuple(item.reference for item in self.items)

    @property
    def reference(self) -> str:
        """The references for a subject or a text: two at most, and the number of the others."""
        return in_short(self.references)

    @property
    def late(self) -> timedelta | None:
        """How late the message is, where that is worth saying."""
        late = self.now - self.message.owed_at
        return late if late > LATE_AFTER else None

    @property
    def since(self) -> datetime | None:
        """The earliest deadline of the message."""
        if self.message.home_alert is not None:
            return self.message.home_alert.due_at
        return min((item.due_at for item in self.items), default=None)

    @cached_property
    def registered_at(self) -> datetime | None:
        """Of a child whom nobody has ever recorded seeing: when they were registered, which is what we count from."""
        told = {self.episode.child} if self.episode is not None else {row.alert.child for row in self.rows}
        child = told.pop() if len(told) == 1 else None
        if child is None:
            return None
        loaded = _loaded(self.message)
        never_seen = last_sights.NeverSeen({child.pk}) if loaded is None else loaded.never_seen
        return child.registered_at if child.pk in never_seen.children else None

    @property
    def tasks(self) -> int:
        """How many duty tasks it is about, each a step of its own; of a journey all that nobody had taken by then."""
        if self.message.journey is not None:
            calls = DutyTask.objects.filter(message__journey=self.message.journey)
            return calls.filter(second_rung_at=self.message.created_at).count() or 1
        return len({row.step for row in self.rows}) or 1

    @property
    def duties(self) -> list[str]:
        """The unanswered steps and reviews of the episode that the message is about, in words."""
        return [_title(row.alert.rows[0]) for row in self.rows if row.alert.rows]

    @property
    def papers(self) -> list[Paper]:
        """The duties of paper that the message is about, by child and then by when they were due."""
        found = [
            Paper(row.alert.child.reference, str(paper_words.in_mail(row.alert.rows[0])), row.alert.due_at)
            for row in self.rows
            if row.alert.rows and row.alert.rows[0] in paper_words.TITLES
        ]
        return sorted(found, key=lambda paper: (paper.reference, paper.due_at, paper.title))

    @property
    def has_review(self) -> bool:
        """Whether one of them is a review, for which the police are asked again."""
        return any(review_dates.is_key(row.alert.rows[0]) for row in self.rows if row.alert.rows)

    @property
    def is_after(self) -> bool:
        """Whether its steps were opened by the end of an episode: their titles would tell how it ended."""
        kinds = {row.alert.rows[0] for row in self.rows if row.alert.rows}
        return bool(kinds) and kinds <= after.AFTER

    @cached_property
    def unmailed(self) -> str:
        """The forces that have no mailbox, which the reader is to phone."""
        return unmailed_forces.to_phone(self.message)

    @cached_property
    def inspectors_at(self) -> force_numbers.Numbers:
        """On which numbers the duty inspectors are rung; none where none is on record."""
        return force_numbers.inspectors(self.episode, now=self.now)

    @cached_property
    def chiefs_at(self) -> force_numbers.Numbers:
        """On which the offices of the chief officers are."""
        return force_numbers.chief_officers(*(self.of_house or [self.episode]), now=self.now)

    @property
    def step(self) -> str:
        """The step without its number: "ask" of "ask:2"."""
        return self.message.step.split(":", maxsplit=1)[0]


def in_short(references: Sequence[str]) -> str:
    """Two references at most, and the number of the others."""
    named = ", ".join(references[:NAMED_IN_SHORT])
    rest = len(references) - NAMED_IN_SHORT
    if rest <= 0:
        return named
    return ngettext("%(named)s and %(rest)d more", "%(named)s and %(rest)d more", rest) % {
        "named": named,
        "rest": rest,
    }


def _title(row: str) -> str:
    """The words of a duty step, or of a review with its day."""
    if not review_dates.is_key(row):
        return str(DutyStep.Kind(row).label)
    kind, day = review_dates.parsed(row)
    words = {"review": MissingReview.Kind(kind).label, "day": gov_date(day)}
    return _("%(review)s, due on %(day)s") % words


def read(message: Message, *, now: datetime) -> About:
    """Read what `message` is about; an outbox that loads `composition.RELATED` first spares the queries."""
    rows = _rows(message)
    loaded = _loaded(message)
    items = _items(rows, message.wording, loaded, now)
    episode = message.episode
    references = (episode.reference,) if episode is not None else tuple(item.reference for item in items)
    of_house = searches.of(message, rows)
    references = tuple(one.reference for one in of_house) or references
    itself = message.home_alert or message.outage or message.shift or message.matter or message.change
    if itself is not None:
        references = (itself.reference,)
    about_child = message.concern or message.assignment or message.journey
    if about_child is not None:
        references = (about_child.child.reference,)
    if message.wording == release_mails.RELEASED:
        references = release_mails.references(message, now=now)
    return About(
        message=message,
        now=now,
        items=items,
        references=references,
        root=threads.root_of(message) if loaded is None or threads.never_went(loaded.root) else loaded.root,
        rows=rows,
        is_drill=_is_drill(message, rows),
        of_house=of_house,
    )


def _is_drill(message: Message, rows: Sequence[MessageItem]) -> bool:
    """Whether its child is a drill's; a drill has one child, and a home of its own."""
    one = _of_one(message)
    return one.child.is_drill if one is not None else any(row.alert.child.is_drill for row in rows)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a message says beside its own rows, where a claimed batch has read it for all of them at once."""

    root: Message | None
    is_placed: bool
    duty_line: str
    # Of the whole batch, the roll-calls at which nobody was there: whether nobody is named either who looks.
    nobody_there: Mapping[Late, bool]
    seen_at: Mapping[int, datetime]
    never_seen: last_sights.NeverSeen


def preload(messages: Sequence[Message], *, now: datetime) -> None:
    """Read for a whole claimed batch what each of its messages would ask for by itself; endings and homes ask."""
    for message in messages:
        forget(message)
    ours = [m for m in messages if m.kind != MessageKind.ENDING and m.home_alert_id is None]
    children = {child_id for message in ours for child_id in _children(message)}
    placed = set(Placement.objects.current(now).filter(child__among=children).values_list("child", flat=True))
    nobody_there = alone.read([row for m in ours if m.wording == RING_HOME for row in m.told], now=now)
    seen_at = last_sights.read(row for m in ours if m.wording in last_sights.SAID for row in m.told)
    never_seen = last_sights.NeverSeen(children)
    searches.preload(ours)
    lines = {} if settings.DUTY_LINE else _duty_lines(ours)
    roots = threads.roots_of(ours)
    of_batch = {message.pk: message for message in messages}
    for message in ours:
        root = roots.get(message.pk)
        if root is not None and root.pk not in of_batch and root.status != MessageStatus.SENT:
            # Another sender may have it in hand: under which id, and when, is known when it is out.
            continue
        message.__dict__["_loaded"] = Loaded(
            root=None if root is None else of_batch.get(root.pk, root),
            is_placed=not placed.isdisjoint(_children(message)),
            duty_line=lines.get(message.pk, desk_line()),
            nobody_there=nobody_there,
            seen_at=seen_at,
            never_seen=never_seen,
        )


def forget(message: Message) -> None:
    """What was read with the batch holds no more: the message goes to another reader, or tells of others."""
    message.__dict__.pop("_loaded", None)


def _loaded(message: Message) -> Loaded | None:
    return message.__dict__.get("_loaded")


def is_placed(facts: About) -> bool:
    """Whether a child of the message has a placement on record, be it in no home."""
    if facts.message.wording != RING_HOME:
        return True
    if (loaded := _loaded(facts.message)) is not None:
        return loaded.is_placed
    return Placement.objects.current(facts.now).filter(child__in=_children(facts.message)).exists()


def duty_line(message: Message) -> str:
    """The number that is answered day and night: the service's, else that of the authority's own duty desk."""
    if settings.DUTY_LINE:
        return desk_line()
    if (loaded := _loaded(message)) is not None:
        return loaded.duty_line
    return _duty_lines([message])[message.pk]


def _duty_lines(messages: Sequence[Message]) -> dict[UUID, str]:
    """Of each message the number of the first desk that has one, of those responsible when it was written."""
    responsible = _responsible([message for message in messages if not message.authority_id])
    authorities = {
        message.pk: {message.authority_id} if message.authority_id else responsible[message.pk]
        for message in messages
    }
    desks = list(
        Team.objects.filter(authority__in=set().union(*authorities.values()))
        .exclude(kind=Team.Kind.SOCIAL_WORK)
        .exclude(phone="")
        .order_by("kind", "pk")
        .values_list("authority", "phone")
    )
    return {
        number: next((phone for authority_id, phone in desks if authority_id in ours), "")
        for number, ours in authorities.items()
    }


def steps_to_come(clock_kind: str, message: Message, *, now: datetime) -> list[tuple[datetime, str]]:
    """What the clock of the message's episode or child will owe from `now` on, in order."""
    clocks = Clock.objects.filter(kind=clock_kind)
    if clock_kind == Clock.Kind.CALL:
        clocks = clocks.filter(episode=message.episode_id)
    else:
        clocks = clocks.filter(child__in=_children(message))
    return coming([clock.steps for clock in clocks], now=now)


def coming(ladders: Sequence[dict[str, str]], *, now: datetime) -> list[tuple[datetime, str]]:
    """The instants after `now` of stored steps (ISO text by step), in order."""
    steps = [(datetime.fromisoformat(moment), step) for ladder in ladders for step, moment in ladder.items()]
    return sorted((moment, step) for moment, step in steps if moment > now)


def _items(
    rows: Sequence[MessageItem], wording: str, loaded: Loaded | None, now: datetime
) -> tuple[Item, ...]:
    earliest: dict[str, datetime] = {}
    is_homes = wording in SLEEPS_THERE
    rooms = room_words.in_mails((row.alert.child for row in rows), at=now) if is_homes else {}
    nobodys = {}
    if wording == RING_HOME:
        nobodys = alone.words(rows, alone.read(rows, now=now) if loaded is None else loaded.nobody_there)
    seen_at = {}
    if wording in last_sights.SAID:
        seen_at = last_sights.of(rows, last_sights.read(rows) if loaded is None else loaded.seen_at)
    for row in rows:
        reference, due_at = row.alert.child.reference, row.alert.due_at
        earliest[reference] = min(due_at, earliest.get(reference, due_at))
    return tuple(
        Item(reference, due_at, rooms.get(reference, ""), nobodys.get(reference, ""), seen_at.get(reference))
        for reference, due_at in sorted(earliest.items())
    )


def _rows(message: Message) -> Sequence[MessageItem]:
    known = message.known_items
    return _ITEMS(message.pk) if known is None else known


_ITEMS = Question(lambda message: MessageItem.objects.filter(message=message).select_related("alert__child"))


def _children(message: Message) -> list[int]:
    one = _of_one(message)
    return [one.child_id] if one is not None else [item.alert.child_id for item in message.told]


def _of_one(message: Message) -> MissingEpisode | CouncilConcern | GuardianAssignment | Journey | None:
    """What of one child a message is about, where it tells of no alerts."""
    return message.episode or message.concern or message.assignment or message.journey


def _responsible(messages: Sequence[Message]) -> dict[UUID, set[int]]:
    """The authorities that answered for the children of each message when it was written."""
    rows: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    children = {child_id for message in messages for child_id in _children(message)}
    starts = Responsibility.objects.filter(child__in=children).order_by("-starts_at")
    for child_id, starts_at, authority_id in starts.values_list("child", "starts_at", "authority"):
        rows[child_id].append((starts_at, authority_id))
    return {
        message.pk: {
            authority_id
            for child_id in _children(message)
            for starts_at, authority_id in [r for r in rows[child_id] if r[0] <= message.created_at][:1]
        }
        for message in messages
    }
