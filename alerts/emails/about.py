"""What a message is about, read once: references, deadlines, lateness, and the message it follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import ngettext

from alerts import after, outages
from alerts.call_ladder import CALL_STEPS
from alerts.models import Channel, Clock, DutyStep, Message, MessageItem, MessageKind, Outage
from alerts.schedule import Step
from cases.models import MissingEpisode, Placement, Responsibility, Team

# Later than this it is said in the message.
LATE_AFTER = timedelta(seconds=60)
# How many references a subject or a text names before it counts the rest.
NAMED_IN_SHORT = 2
# The first steps of an alert, each to other recipients.
FIRST_STEPS = (Step.R0, Step.R1)


@dataclass(frozen=True)
class Item:
    """One child of the message, by reference, and since when word of it has been owed."""

    reference: str
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

    @property
    def episode(self) -> MissingEpisode | None:
        return self.message.episode

    @property
    def outage(self) -> Outage | None:
        return self.message.outage

    @property
    def homes(self) -> int:
        """After an outage: how many homes the reader's authority has children in."""
        return outages.homes_of(self.message.authority_id, now=self.now)

    @property
    def child(self) -> str:
        """The reference of the child that the message is about, the first where it is about several."""
        return next((item.reference for item in self.items), "")

    @property
    def reference(self) -> str:
        """The references for a subject or a text: two at most, and the number of the others."""
        named = ", ".join(self.references[:NAMED_IN_SHORT])
        rest = len(self.references) - NAMED_IN_SHORT
        if rest <= 0:
            return named
        return ngettext("%(named)s and %(rest)d more", "%(named)s and %(rest)d more", rest) % {
            "named": named,
            "rest": rest,
        }

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

    @property
    def duties(self) -> list[str]:
        """The unanswered steps of the episode that the message is about, in words."""
        return [str(DutyStep.Kind(row.alert.rows[0]).label) for row in self.rows if row.alert.rows]

    @property
    def is_after(self) -> bool:
        """Whether its steps were opened by the end of an episode: their titles would tell how it ended."""
        kinds = {row.alert.rows[0] for row in self.rows if row.alert.rows}
        return bool(kinds) and kinds <= after.AFTER

    @property
    def step(self) -> str:
        """The step without its number: "ask" of "ask:2"."""
        return self.message.step.split(":", maxsplit=1)[0]


def read(message: Message, *, now: datetime) -> About:
    """Read what `message` is about; an outbox that loads `composition.RELATED` first spares the queries."""
    rows = _rows(message)
    items = _items(rows)
    episode = message.episode
    references = (
        (episode.reference,) if episode is not None else tuple(sorted({item.reference for item in items}))
    )
    if message.home_alert is not None:
        references = (message.home_alert.reference,)
    if message.outage is not None:
        references = (message.outage.reference,)
    if message.shift is not None:
        references = (message.shift.reference,)
    return About(
        message=message,
        now=now,
        items=items,
        references=references,
        root=root_of(message),
        rows=rows,
        is_drill=_is_drill(message, rows),
    )


def _is_drill(message: Message, rows: Sequence[MessageItem]) -> bool:
    """Whether its child is a drill's; a drill has one child, and a home of its own."""
    if message.episode is not None:
        return message.episode.child.is_drill
    return any(row.alert.child.is_drill for row in rows)


def preload(messages: Sequence[Message], *, now: datetime) -> None:
    """Read for a whole claimed batch what each of its mails would ask for by itself."""
    mails = [message for message in messages if message.channel == Channel.MAIL]
    first = Message.objects.filter(channel=Channel.MAIL).exclude(kind=MessageKind.ENDING)
    episodes = {message.episode_id for message in mails if message.episode_id is not None}
    of_episode = {
        (root.episode_id, root.recipient): root
        for root in first.filter(episode__in=episodes)
        .order_by("episode_id", "recipient", "created_at", "pk")
        .distinct("episode_id", "recipient")
    }
    children = {item.alert.child_id for message in mails for item in message.items.all()}
    placed = set(Placement.objects.current(now).filter(child__in=children).values_list("child", flat=True))
    for message in mails:
        message.__dict__["_is_placed"] = bool(placed & set(_children(message)))
        if message.kind != MessageKind.ENDING and message.episode_id is not None:
            root = of_episode.get((message.episode_id, message.recipient))
            message.__dict__["_root"] = None if root is None or root.pk == message.pk else root
    _preload_roots_of_alerts([m for m in mails if m.episode_id is None and m.kind != MessageKind.ENDING])


def _preload_roots_of_alerts(mails: Sequence[Message]) -> None:
    rows = (
        MessageItem.objects.filter(
            alert__in={item.alert_id for message in mails for item in message.items.all()},
            message__channel=Channel.MAIL,
        )
        .exclude(kind=MessageKind.ENDING)
        .select_related("message")
        .order_by("message__created_at", "message")
    )
    told: dict[tuple[int, str], Message] = {}
    for row in rows:
        told.setdefault((row.alert_id, row.message.recipient), row.message)
    for message in mails:
        found = [told.get((item.alert_id, message.recipient)) for item in message.items.all()]
        earlier = [root for root in found if root is not None]
        root = min(earlier, key=lambda m: (m.created_at, m.pk), default=None)
        message.__dict__["_root"] = None if root is None or root.pk == message.pk else root


def root_of(message: Message) -> Message | None:
    """The first mail to the same recipient on the same episode or alert, unless `message` is that itself."""
    if message.channel != Channel.MAIL or message.outage_id is not None or message.shift_id is not None:
        return None
    if "_root" in message.__dict__:
        known: Message | None = message.__dict__["_root"]
        # A first mail answers one of an earlier search, and none of its own instant.
        late = known is not None and _is_first(message) and known.created_at >= message.created_at
        return None if late else known
    if _is_first(message):
        return _of_earlier_search(message)
    earlier = Message.objects.filter(channel=Channel.MAIL, recipient=message.recipient).exclude(
        kind=MessageKind.ENDING
    )
    earlier = earlier.filter(created_at__lte=message.created_at).order_by("created_at", "pk")
    first = None
    if message.home_alert_id is not None:
        first = earlier.filter(home_alert=message.home_alert_id).first()
    elif message.episode_id is not None:
        first = earlier.filter(episode=message.episode_id).first()
    if first is None and (message.episode_id is None or message.kind == MessageKind.ENDING):
        alerts = [item.alert_id for item in message.items.all()]
        first = earlier.filter(items__alert__in=alerts).first()
    return None if first is None or first.pk == message.pk else first


def _of_earlier_search(message: Message) -> Message | None:
    """The first mail to this mailbox of the police in a search that ended half; the first rungs have none."""
    if message.episode_id is None:
        return None
    earlier = Message.objects.filter(
        channel=Channel.MAIL,
        recipient=message.recipient,
        episode=message.episode_id,
        created_at__lt=message.created_at,
    )
    return earlier.exclude(kind=MessageKind.ENDING).order_by("created_at", "pk").first()


def _is_first(message: Message) -> bool:
    """Whether nothing can have gone to this recipient before: the first steps spare a query, and they are most mails."""
    if message.kind != MessageKind.ALERT:
        return False
    if message.episode_id is None:
        return message.step in FIRST_STEPS
    return message.force_id is not None and message.step == CALL_STEPS[0]


def is_placed(facts: About) -> bool:
    """Whether a child of the message has a placement on record, be it in no home."""
    if facts.message.wording != "duty_no_record":
        return True
    if "_is_placed" in facts.message.__dict__:
        return bool(facts.message.__dict__["_is_placed"])
    return Placement.objects.current(facts.now).filter(child__in=_children(facts.message)).exists()


def duty_line(message: Message) -> str:
    """The number that is answered day and night: the service's, else that of the authority's own duty desk."""
    if settings.DUTY_LINE:
        return str(settings.DUTY_LINE)
    teams = Team.objects.exclude(kind=Team.Kind.SOCIAL_WORK).exclude(phone="")
    authorities = [message.authority_id] if message.authority_id else _responsible(message)
    return (
        teams.filter(authority__in=authorities).order_by("kind").values_list("phone", flat=True).first() or ""
    )


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


def _items(rows: Sequence[MessageItem]) -> tuple[Item, ...]:
    earliest: dict[str, datetime] = {}
    for row in rows:
        reference, due_at = row.alert.child.reference, row.alert.due_at
        earliest[reference] = min(due_at, earliest.get(reference, due_at))
    return tuple(Item(reference, due_at) for reference, due_at in sorted(earliest.items()))


def _rows(message: Message) -> Sequence[MessageItem]:
    loaded = "items" in getattr(message, "_prefetched_objects_cache", {})
    return list(message.items.all() if loaded else message.items.select_related("alert__child"))


def _children(message: Message) -> list[int]:
    if message.episode is not None:
        return [message.episode.child_id]
    return [item.alert.child_id for item in message.items.all()]


def _responsible(message: Message) -> list[int]:
    latest = Responsibility.objects.filter(child__in=_children(message), starts_at__lte=message.created_at)
    rows = latest.order_by("child", "-starts_at").distinct("child")
    return [row.authority_id for row in rows]
