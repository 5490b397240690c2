"""One line of the story: an event, a message, a reading of the record or a gap, as a reader sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.event_words import messages, reading
from alerts.event_words.words import ENGINE, Words, engine
from alerts.gaps import Gap
from alerts.models import Message
from alerts.states import MessageStatus
from alerts.timeline.groups import OF_LINKS
from cases.access import Permission
from cases.deadlines import LONDON
from cases.models import AccessRecord, Event, Membership, MissingEpisode, Responsibility, User
from cases.moves import isolated
from cases.templatetags.govuk import span

_EPISODE = MissingEpisode._meta.model_name


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `folds` where the engine noted it for itself."""

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
    folds: bool = False

    def has(self, words: Sequence[str]) -> bool:
        """Whether every one of these words, in lower case, stands in what the reader sees."""
        seen = " ".join((self.title, self.text, self.by, self.withdrawn_reason)).lower()
        return all(word in seen for word in words)


@dataclass(frozen=True)
class Unproved:
    """A gap, where it ended: nobody had proved contact since it began."""

    gap: Gap
    now: datetime

    @property
    def at(self) -> datetime:
        return self.gap.ends_at or self.now

    @property
    def recorded_at(self) -> datetime:
        """Below all that happened when it ended."""
        return datetime.min.replace(tzinfo=UTC)

    @property
    def lasts(self) -> bool:
        return self.gap.ends_at is None

    @property
    def title(self) -> str:
        return _("No confirmed contact for %(span)s") % {"span": span(self.at - self.gap.starts_at)}


def of_events(
    events: Sequence[Event],
    *,
    permissions: frozenset[Permission],
    reader: User | None = None,
    folds: bool = False,
) -> list[Entry]:
    """Return these events of one child in words, in a fixed number of queries."""
    words = reading.read(events, permissions=permissions, reader=reader)
    by = _bylines(events)
    return [_of_event(event, words[event.pk], by[event.pk], folds) for event in events]


def as_known(events: Sequence[Event], told: Sequence[Entry], *, by: datetime) -> list[Entry]:
    """These entries as they read at `by`: what was withdrawn later stood then, and no link leads on.

    What an episode says of itself may have been written over since, so that of one which ran on is left out.
    """
    withdrawn = Event.objects.filter(
        child__in={event.child_id for event in events}, kind__endswith="_withdrawn", recorded_at__lte=by
    )
    gone = set(withdrawn.values_list("subject_type", "subject_id"))
    episodes = {event.subject_id or 0 for event in events if event.subject_type == _EPISODE}
    over = MissingEpisode.objects.filter(pk__in=episodes, ended_at__lte=by).values_list("pk", flat=True)
    ended = set(over)
    return [
        replace(
            entry,
            href="",
            withdrawn_reason=entry.withdrawn_reason if (event.subject_type, event.subject_id) in gone else "",
            text="" if event.subject_type == _EPISODE and event.subject_id not in ended else entry.text,
        )
        for event, entry in zip(events, told, strict=True)
    ]


def of_messages(rows: Sequence[Message], *, folds: bool = False) -> list[Entry]:
    return [_of_message(row, folds) for row in rows]


def of_reads(reads: QuerySet[AccessRecord], *, most: int) -> list[Entry]:
    """Who had the record open, one line for each person and day, in one query."""
    rows = (
        reads.annotate(day=TruncDate("at", tzinfo=LONDON))
        .values("user", "day")
        .annotate(name=Max("user__name"), times=Count("pk"), last=Max("at"))
        .order_by("-last")[:most]
    )
    return [
        Entry(
            title=_("Record opened"),
            at=row["last"],
            recorded_at=row["last"],
            by=isolated(row["name"]),
            text=ngettext("%(name)s, once", "%(name)s, %(times)d times", row["times"])
            % {"name": isolated(row["name"]), "times": row["times"]},
            folds=True,
        )
        for row in rows
    ]


def _of_event(event: Event, words: Words, by: str, folds: bool) -> Entry:
    return Entry(
        title=words.title,
        at=event.happened_at,
        recorded_at=event.recorded_at,
        by=words.by or by,
        text=words.text,
        withdrawn_reason=words.withdrawn_reason,
        href=words.href,
        link_text=words.link_text,
        link_hidden=words.link_hidden,
        folds=folds,
    )


def _of_message(message: Message, folds: bool) -> Entry:
    told = messages.told(message)
    return Entry(
        title=told.title,
        at=message.created_at,
        recorded_at=message.created_at,
        by=engine(),
        text=told.text,
        failed=message.status == MessageStatus.FAILED,
        folds=folds,
    )


def _bylines(events: Sequence[Event]) -> dict[int, str]:
    """Who did it, in which role and for whom at that time."""
    held: dict[int, list[Membership]] = {}
    actors = {event.actor_id for event in events if event.actor_id is not None}
    related = ("team", "home", "service", "force", "authority")
    for row in Membership.objects.filter(user__in=actors).select_related(*related).order_by("starts_at"):
        held.setdefault(row.user_id, []).append(row)
    of_links = [event for event in events if event.kind in OF_LINKS and event.actor_id is not None]
    strange = _strange(of_links, held) if of_links else set[int]()
    return {
        event.pk: _("Another council")
        if event.pk in strange
        else _byline(event, held.get(event.actor_id or 0, ()))
        for event in events
    }


def _strange(events: Sequence[Event], held: Mapping[int, Sequence[Membership]]) -> set[int]:
    """Those that somebody of another council wrote: of the other child, or of the desk that was asked for it."""
    rows = Responsibility.objects.filter(child__in={event.child_id for event in events})
    spells = list(rows.order_by("-starts_at").values_list("child", "starts_at", "authority"))
    found = set[int]()
    for event in events:
        own = next(
            (
                authority
                for child, starts_at, authority in spells
                if child == event.child_id and starts_at <= event.recorded_at
            ),
            None,
        )
        councils = {
            role.team.authority_id if role.team is not None else role.authority_id
            for role in _then(event, held.get(event.actor_id or 0, ()))
        } - {None}
        if councils and own not in councils:
            found.add(event.pk)
    return found


def _then(event: Event, roles: Sequence[Membership]) -> list[Membership]:
    """The roles that whoever did it had at that time."""
    at = event.recorded_at
    return [role for role in roles if role.starts_at <= at and (role.ends_at is None or role.ends_at > at)]


def _byline(event: Event, roles: Sequence[Membership]) -> str:
    if event.actor_id is None:
        return engine() if event.actor_label == ENGINE else isolated(event.actor_label)
    then = _then(event, roles)
    if not then:
        return isolated(event.actor_label)
    role = then[0]
    parts: Mapping[str, str] = {
        "name": isolated(event.actor_label),
        "role": role.get_role_display().lower(),
        "organisation": isolated(role.team or role.home or role.service or role.force or role.authority),
    }
    return _("%(name)s, %(role)s, %(organisation)s") % parts
