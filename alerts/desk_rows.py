"""What stands on a duty desk: homes to ring, open alerts with their calls, other calls, and what failed to be sent."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from alerts import journey_ends, journey_mails, ladder, ladder_table, untold_texts
from alerts.models import DutyTask, DutyTaskAlert, LinkAcknowledgement
from alerts.next_acts import NextAct
from alerts.recipients import Post
from alerts.standings import Standing
from alerts.states import MessageStatus
from cases import journey_pages
from cases.models import (
    Authority,
    Child,
    EpisodeForce,
    ForcePhone,
    Home,
    KeepFrom,
    Membership,
    MissingEpisode,
    Placement,
    Trigger,
)
from cases.moves import isolated
from cases.templatetags.govuk import phone

Kind = DutyTask.Kind
# Of the messages to one mailbox that is dead, so many are named; the call is for all of them.
MOST_NAMED = 30


@dataclass(frozen=True)
class Silent:
    """A child of whom nobody has written anything down, and since when."""

    child: Child
    due_at: datetime
    placement: Placement | None
    # Where nobody at the placement could have looked: that, and who looks instead.
    nobody_there: str = ""
    # Where the child is away with permission: the adult there, and their number.
    stays_with: str = ""
    # That somebody wrote down that the child is back, whom nobody says to have seen.
    back: str = ""


@dataclass(frozen=True)
class Came:
    """Somebody who came, and for which children of the house it was entered: one call, and one answer."""

    trigger: Trigger
    children: Sequence[Child]


@dataclass
class Ringing:
    """One home to ring, or one child without a home to ask about: who is ringing, and what came of the last call."""

    task: DutyTask
    home: Home | None
    phone: str
    children: list[Silent] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        return min(line.due_at for line in self.children)


@dataclass(frozen=True)
class Call:
    """One task about an open alert; `alert_to_hold` is the alert whose fail-safe “I am on this” can hold or holds."""

    task: DutyTask
    child: Child | None
    alert_to_hold: "DutyTaskAlert | None" = None
    police_at: datetime | None = None
    clock_kind: str | None = None
    clock_duty: str = ""
    # Of a call to a force that has no mailbox: its name.
    forces_to_phone: str = ""
    # Of a call to forces: the numbers of their control rooms that are on record.
    control_rooms: Sequence[ForcePhone] = ()
    # Of a message that failed: whoever it was for may not hear of this child any more.
    is_barred: bool = False
    # Of a rung that is empty for several children, or a call about several: the others, whom the reader may see.
    beside: Sequence[DutyTaskAlert] = ()

    # Of a call to all who wait for a text.
    untold: Sequence[untold_texts.Untold] = ()

    @property
    def others(self) -> list[Child]:
        """The other children it is about, by reference."""
        found = {one.alert.child_id: one.alert.child for one in self.beside}
        if self.child is not None:
            found.pop(self.child.pk, None)
        return sorted(found.values(), key=lambda child: child.reference)

    @property
    def reference(self) -> str:
        """The episode's reference, else the child's: a call may be about a child whom another message has brought into it."""
        episode = self.task.episode
        if episode is not None and (self.child is None or self.child.pk == episode.child_id):
            return episode.reference
        if self.task.outage is not None:
            return self.task.outage.reference
        return self.child.reference if self.child else ""

    @property
    def empty_posts(self) -> list[str]:
        """Of “nobody to tell”: the posts of that rung, on which nobody could be told."""
        if self.task.kind != Kind.NOBODY_TO_TELL or self.clock_kind is None:
            return []
        kinds = [(self.clock_kind, self.clock_duty)]
        kinds += [(one.alert.clock.kind, one.alert.clock.duty) for one in self.beside]
        found = [ladder_table.posts_of(kind, self.task.step, duty) for kind, duty in dict.fromkeys(kinds)]
        return list(dict.fromkeys(post for posts in found for post in posts))

    @property
    def post(self) -> str:
        """Of a message that failed: who it was for, with the post."""
        message = self.task.message
        if message is None or self.forces_to_phone:
            return self.forces_to_phone
        if message.journey is not None and message.post == journey_mails.POST:
            name, number, _mail = journey_mails.escort_of(message)
            return _("%(name)s, escort, %(phone)s") % {"name": isolated(name), "phone": phone(number)}
        named = message.post.removeprefix(journey_mails.BEFORE_POST).removeprefix(journey_ends.BEFORE_POST)
        post = str(ladder_table.POSTS.get(named, named))
        return f"{isolated(message.user.name)}, {post}" if message.user and not self.is_barred else post

    @property
    def is_late(self) -> bool:
        """Of a message to phone about: whether it may yet arrive."""
        message = self.task.message
        return message is not None and message.status in (MessageStatus.QUEUED, MessageStatus.SENDING)

    @property
    def is_to_home(self) -> bool:
        """Of a message that failed: whether it was for the home itself, not for somebody told about the home."""
        message = self.task.message
        return message is not None and message.home is not None and message.post == Post.HOME

    @property
    def may_hold(self) -> bool:
        """Whether “I am on this” is still to be pressed: it takes the task, and is offered instead of “I am ringing”."""
        return self.alert_to_hold is not None and self.held_until is None

    @property
    def held_until(self) -> datetime | None:
        alert = self.alert_to_hold.alert if self.alert_to_hold else None
        return alert.on_it_at + ladder.ON_IT_HOLD if alert and alert.on_it_at else None


@dataclass
class OpenAlert:
    """One open episode: where it stands, what is owed next, which forces have it, and the calls to make."""

    episode: MissingEpisode
    standing: Standing
    line: str
    next_act: NextAct | None
    # What the police were mailed while nobody is known to have phoned them.
    mailed: str = ""
    forces: Sequence[EpisodeForce] = ()
    given: LinkAcknowledgement | None = None
    calls: list[Call] = field(default_factory=list)

    @property
    def main_call(self) -> Call | None:
        """The call to make next: the return to confirm, else what was asked last; the others stand below it."""
        returns = [call for call in self.calls if call.task.kind == Kind.CONFIRM_RETURN]
        # A call that nobody could be asked to make is looked into; it is never the one to make next.
        latest = sorted(
            self.calls, key=lambda c: (c.task.kind != Kind.NOBODY_TO_TELL, c.task.opened_at, c.task.pk)
        )
        found = returns or latest
        return found[-1] if found else None

    @property
    def other_calls(self) -> list[Call]:
        """The calls that are still open beside the main one, in the order in which they were asked."""
        others = [call for call in self.calls if call is not self.main_call]
        return sorted(others, key=lambda call: (call.task.opened_at, call.task.pk))


@dataclass
class Desk:
    """Everything on one desk at one instant."""

    homes: list[Ringing]
    alerts: list[OpenAlert]
    calls: list[Call]
    # What no server took, by the person or mailbox it was for: one call is for all of it.
    failed: list[list[Call]]
    # Homes to ring about a check of their building; about no child.
    checks: list[DutyTask]
    # The list of each outage that nobody has said to be rung round.
    rounds: list[DutyTask] = field(default_factory=list)
    # Whoever came, rang or waited for a child, until somebody says what was done about it.
    approaches: list[Came] = field(default_factory=list)
    # Serious concerns that a contact told of, until somebody says what was done.
    concerns: list[Trigger] = field(default_factory=list)
    # The open journeys, the one whose confirmation is owed next first.
    journeys: list[journey_pages.Page] = field(default_factory=list)
    # Messages from missing children, until somebody says that the police have them.
    heard: list[Trigger] = field(default_factory=list)
    # Missing children of whom somebody who went along has been found, until somebody says what they know.
    mates: list[Trigger] = field(default_factory=list)

    @property
    def to_do(self) -> int:
        """How many things ask for a person: the count in the page's title."""
        told = (self.approaches, self.concerns, self.heard, self.mates)
        listed = (self.homes, self.checks, self.calls, self.failed, self.rounds, *told)
        return sum(len(rows) for rows in listed) + sum(len(a.calls) for a in self.alerts)

    @property
    def marks(self) -> list[str]:
        """One word for each thing that asks for a person and each child in it: a word that is new makes the desk sound."""
        told = (*(one.trigger for one in self.approaches), *self.concerns, *self.heard, *self.mates)
        failed = [call for calls in self.failed for call in calls]
        calls = [*self.calls, *failed, *(call for alert in self.alerts for call in alert.calls)]
        tasks = [*self.checks, *self.rounds, *(call.task for call in calls)]
        return [
            *(f"{home.task.pk}-{line.child.pk}" for home in self.homes for line in home.children),
            *(str(task.pk) for task in tasks),
            *(f"t{trigger.pk}" for trigger in told),
        ]

    @property
    def longest(self) -> int:
        """How many rows the longest of its lists has."""
        listed = (
            self.homes,
            self.alerts,
            self.calls,
            self.failed,
            self.checks,
            self.approaches,
            self.concerns,
            self.journeys,
            self.heard,
            self.mates,
        )
        return max(len(rows) for rows in listed)

    def part(self, first: int, last: int) -> "Desk":
        """What stands on one page: of each list the rows from the `first` to the `last`, counted from one."""
        rows = slice(max(first, 1) - 1, last)
        return Desk(
            self.homes[rows],
            self.alerts[rows],
            self.calls[rows],
            self.failed[rows],
            self.checks[rows],
            self.rounds,
            self.approaches[rows],
            self.concerns[rows],
            self.journeys[rows],
            self.heard[rows],
            self.mates[rows],
        )

    @property
    def shown(self) -> set[int]:
        """The children whose rows the desk holds."""
        rows = {line.child.pk for home in self.homes for line in home.children}
        rows |= {alert.episode.child_id for alert in self.alerts}
        rows |= {child.pk for one in self.approaches for child in one.children}
        rows |= {trigger.child_id for trigger in (*self.concerns, *self.heard, *self.mates)}
        rows |= {page.journey.child_id for page in self.journeys}
        failed = [call for calls in self.failed for call in calls[:MOST_NAMED]]
        rows |= {child.pk for call in (*self.calls, *failed) for child in call.others}
        return rows | {call.child.pk for call in (*self.calls, *failed) if call.child is not None}


def by_entry(came: Sequence[Trigger]) -> list[Came]:
    """Whoever came, once for all children of a house for whom one press entered it."""
    of_one: dict[tuple[object, object], list[Trigger]] = defaultdict(list)
    for one in came:
        of_one[one.key, one.recorded_at].append(one)
    return [Came(rows[0], [one.child for one in rows]) for rows in of_one.values()]


def with_barred(
    failed: Sequence[Call], items: Mapping[int, Sequence[DutyTaskAlert]], now: datetime
) -> list[Call]:
    """Who has left since, or is kept from one of its children, is named by no call about it, and rung by nobody."""
    users = {c.task.message.user_id for c in failed if c.task.message and c.task.message.user_id}
    there = set(Membership.objects.current(now).filter(user__in=users).values_list("user", flat=True))
    kept = set(KeepFrom.objects.current(now).filter(user__in=users).values_list("user", "child"))

    def is_barred(call: Call) -> bool:
        user = call.task.message.user_id if call.task.message else None
        about = {one.alert.child_id for one in items.get(call.task.pk, ())}
        about |= {call.child.pk} if call.child is not None else set()
        return user is not None and (user not in there or any((user, pk) in kept for pk in about))

    return [replace(call, is_barred=is_barred(call)) for call in failed]


def by_person(calls: Sequence[Call], desks: Collection[int], *, day: date) -> list[list[Call]]:
    """The failed messages of each person or mailbox together, the oldest first; of each of these desks for itself.

    What was owed by an authority that has ended is of the desk that stands in its place.
    """
    heirs = _heirs({call.task.authority_id for call in calls} - set(desks), desks, day=day)
    grouped: dict[tuple[object, ...], list[Call]] = defaultdict(list)
    for call in sorted(calls, key=lambda one: (one.task.opened_at, one.task.pk)):
        message = call.task.message
        whom: tuple[object, ...] = (call.task.pk,)
        if message is not None:
            whom = (message.mailbox_id, message.user_id, message.phone)
        if call.forces_to_phone or call.task.step == DutyTask.GATEWAY:
            # It is no call to whoever was told of it.
            whom = (call.task.pk,)
        elif message is not None and message.user_id is not None:
            whom = (message.user_id, call.is_barred)
        grouped[(heirs.get(call.task.authority_id, call.task.authority_id), *whom)].append(call)
    return list(grouped.values())


def _heirs(ended: Collection[int], desks: Collection[int], *, day: date) -> dict[int, int]:
    """By authority which of these desks stands in its place; nothing is asked where all are of a desk itself."""
    standing = Authority.objects.standing_for(ended, day=day) if ended else {}
    return {pk: min(mine) for pk, heirs in standing.items() if (mine := set(heirs) & set(desks))}
