"""The timeline of a child: the event log and the outbox as one story, newest first, in plain words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.event_words import messages, reading
from alerts.event_words.messages import Told
from alerts.event_words.words import ENGINE, Words, engine
from alerts.models import Message, MessageItem
from alerts.states import MessageStatus
from cases.access import Permission
from cases.models import Child, Event, Membership

PAGE = 50
# Between two entries that people read, at most this many lines of the engine's own are unfolded.
FOLDED_AT_MOST = 1000
# Rungs that a reader of the story must not miss, told among the system's events otherwise.
_LOUD_STEPS = Q(data__clock="contact", data__step__in=("R3", "fail_safe")) | Q(
    data__clock="call", data__step="call_0"
)
_SYSTEM_KINDS = ("climbed", "alert_ended", "duty_task_done")
# A mark that keeps a child from somebody is for those who may set it, and announces itself to nobody else.
_KEPT_KINDS = ("kept_from", "keep_from_lifted")

# What a reader looks for in a long story, by kind of event.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "contacts": ("contact_recorded", "contact_withdrawn", "not_here"),
    "placements": ("placement_started", "placement_ended", "went_out", "went_away", "came_back"),
    "missing": (
        "reported_missing",
        "missing_report_changed",
        "away_reported",
        "became_missing",
        "episode_confirmed",
        "reported_seen",
        "return_confirmed_with_child",
        "police_closing_recorded",
        "episode_ended",
    ),
    "alerts": (
        "climbed",
        "duty_on_it",
        "police_verified",
        "police_reference_recorded",
        "opened_as_given",
    ),
    "decisions": (
        "registered",
        "risk_graded",
        "allocated",
        "responsibility_started",
        "guardian_assigned",
        "guardian_assignment_ended",
        "no_guardian_recorded",
        "trigger_entered",
        "trigger_answered",
        "concern_marked",
        "concern_lifted",
        "details_changed",
        "closed",
    ),
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened, as a reader sees it."""

    title: str
    at: datetime
    recorded_at: datetime
    by: str = ""
    text: str = ""
    withdrawn_reason: str = ""
    href: str = ""
    link_text: str = ""
    link_hidden: str = ""
    failed: bool = False


@dataclass
class SystemEvents:
    """What the engine did between two entries, folded into one line."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def title(self) -> str:
        count = len(self.entries)
        return ngettext("%(count)d system event", "%(count)d system events", count) % {"count": count}

    @property
    def key(self) -> str:
        """Stable while the list grows at its top, so that what is unfolded stays so."""
        return f"system-{self.entries[-1].at.timestamp():.6f}".replace(".", "-")


@dataclass(frozen=True)
class Timeline:
    """One page of the story, and the instant from which older entries go on."""

    rows: Sequence[Entry | SystemEvents]
    older: datetime | None


def counts(child: Child, *, permissions: frozenset[Permission]) -> dict[str, int]:
    """How many events of each group this reader may read, in one query; `""` stands for all that is not folded."""
    events = Event.objects.filter(child=child).exclude(Q(kind__in=_SYSTEM_KINDS) & ~_loud())
    if Permission.KEEP_FROM not in permissions:
        events = events.exclude(kind__in=_KEPT_KINDS)
    by_kind = dict(events.order_by().values_list("kind").annotate(count=Count("pk")))
    found = {key: sum(by_kind.get(kind, 0) for kind in kinds) for key, kinds in GROUPS.items()}
    return {"": sum(by_kind.values()), **found}


def of(
    child: Child,
    *,
    permissions: frozenset[Permission],
    until: datetime | None = None,
    group: str = "",
    size: int = PAGE,
) -> Timeline:
    """Return the newest `size` entries that happened at or before `until`, in a fixed number of queries.

    What the reader's `permissions` do not open is left out: addresses, and marks that keep the child from somebody.
    """
    events, cut = _page(child, permissions, until, group, size)
    loud = [event for event in events if not isinstance(event, Message)]
    failed = [event for event in events if isinstance(event, Message)]
    # Under a filter stands what was asked for, and nothing of the engine's own between.
    quiet, sent = ([], []) if group else _between(child, cut, until)
    for event in (*loud, *quiet):
        event.child = child
    words = reading.read([*loud, *quiet], permissions=permissions)
    told = {message.pk: messages.told(message) for message in (*failed, *sent)}
    by = _bylines([*loud, *quiet])
    entries = [(_of_event(event, words[event.pk], by), False) for event in loud]
    entries += [(_of_event(event, words[event.pk], by), True) for event in quiet]
    entries += [(_of_message(message, told[message.pk]), False) for message in failed]
    entries += [(_of_message(message, told[message.pk]), True) for message in sent]
    entries.sort(key=lambda pair: (pair[0].at, pair[0].recorded_at), reverse=True)
    return Timeline(_folded(entries), cut)


def _page(
    child: Child, permissions: frozenset[Permission], until: datetime | None, group: str, size: int
) -> tuple[list[Event | Message], datetime | None]:
    """The entries of one page that are not folded, and the instant at which the next page begins."""
    events = Event.objects.filter(child=child).exclude(Q(kind__in=_SYSTEM_KINDS) & ~_loud())
    if Permission.KEEP_FROM not in permissions:
        events = events.exclude(kind__in=_KEPT_KINDS)
    failed = _messages(child).filter(status=MessageStatus.FAILED)
    if group:
        events, failed = events.filter(kind__in=GROUPS[group]), failed.none()
    if until is not None:
        events, failed = events.filter(happened_at__lte=until), failed.filter(created_at__lte=until)
    found: list[Event | Message] = [
        *events.order_by("-happened_at", "-number")[: size + 1],
        *failed.order_by("-created_at", "pk")[: size + 1],
    ]
    found.sort(key=_moment, reverse=True)
    if len(found) <= size:
        return found, None
    cut = _moment(found[size])
    shown = [event for event in found if _moment(event) > cut]
    if shown:
        return shown, cut
    # More entries of one instant than a page holds: it shows them all, and goes on before them.
    found = [*events.filter(happened_at=cut).order_by("-number"), *failed.filter(created_at=cut)]
    return found, max(
        filter(
            None,
            (
                events.filter(happened_at__lt=cut).aggregate(at=Max("happened_at"))["at"],
                failed.filter(created_at__lt=cut).aggregate(at=Max("created_at"))["at"],
            ),
        ),
        default=None,
    )


def _between(child: Child, cut: datetime | None, until: datetime | None) -> tuple[list[Event], list[Message]]:
    """The engine's own events and messages of the stretch that the page covers."""
    quiet = Event.objects.filter(child=child, kind__in=_SYSTEM_KINDS).exclude(_loud())
    sent = _messages(child).exclude(status=MessageStatus.FAILED)
    if until is not None:
        quiet, sent = quiet.filter(happened_at__lte=until), sent.filter(created_at__lte=until)
    if cut is not None:
        quiet, sent = quiet.filter(happened_at__gt=cut), sent.filter(created_at__gt=cut)
    return (
        list(quiet.order_by("-happened_at", "-number")[:FOLDED_AT_MOST]),
        list(sent.order_by("-created_at", "pk")[:FOLDED_AT_MOST]),
    )


def _loud() -> Q:
    return Q(kind="climbed") & _LOUD_STEPS


def _messages(child: Child) -> QuerySet[Message]:
    about = MessageItem.objects.filter(alert__child=child).values("message")
    related = ("user", "mailbox", "home", "force", "episode")
    return Message.objects.filter(pk__in=about).select_related(*related)


def _moment(row: Event | Message) -> datetime:
    return row.created_at if isinstance(row, Message) else row.happened_at


def _of_event(event: Event, words: Words, by: Mapping[int, str]) -> Entry:
    return Entry(
        title=words.title,
        at=event.happened_at,
        recorded_at=event.recorded_at,
        by=words.by or by[event.pk],
        text=words.text,
        withdrawn_reason=words.withdrawn_reason,
        href=words.href,
        link_text=words.link_text,
        link_hidden=words.link_hidden,
    )


def _of_message(message: Message, told: Told) -> Entry:
    return Entry(
        title=told.title,
        at=message.created_at,
        recorded_at=message.created_at,
        by=engine(),
        text=told.text,
        failed=message.status == MessageStatus.FAILED,
    )


def _folded(entries: Iterable[tuple[Entry, bool]]) -> list[Entry | SystemEvents]:
    rows: list[Entry | SystemEvents] = []
    for entry, folds in entries:
        last = rows[-1] if rows else None
        if not folds:
            rows.append(entry)
        elif isinstance(last, SystemEvents):
            last.entries.append(entry)
        else:
            rows.append(SystemEvents([entry]))
    return rows


def _bylines(events: Sequence[Event]) -> dict[int, str]:
    """Who did it, in which role and for whom at that time."""
    held: dict[int, list[Membership]] = {}
    actors = {event.actor_id for event in events if event.actor_id is not None}
    related = ("team", "home", "service", "force", "authority")
    for row in Membership.objects.filter(user__in=actors).select_related(*related).order_by("starts_at"):
        held.setdefault(row.user_id, []).append(row)
    return {event.pk: _byline(event, held.get(event.actor_id or 0, ())) for event in events}


def _byline(event: Event, roles: Sequence[Membership]) -> str:
    if event.actor_id is None:
        return engine() if event.actor_label == ENGINE else event.actor_label
    then = [
        role
        for role in roles
        if role.starts_at <= event.recorded_at and (role.ends_at is None or role.ends_at > event.recorded_at)
    ]
    if not then:
        return event.actor_label
    role = then[0]
    parts = {
        "name": event.actor_label,
        "role": role.get_role_display().lower(),
        "organisation": str(role.team or role.home or role.service or role.force or role.authority),
    }
    return _("%(name)s, %(role)s, %(organisation)s") % parts
