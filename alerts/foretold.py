"""The steps of ladders to come: what each is called, and whom it would tell at its own instant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import paper_words, reach, recipients, tellings
from alerts.ladder_table import POSTS
from alerts.models import Channel, Clock
from alerts.recipients import RECEIVER, TOLD, Directory, Post, Recipient
from alerts.schedule import Step
from cases import journey_times
from cases.facts import ChildFacts
from cases.models import Mailbox, User

STEPS: Mapping[str, Promise] = {
    Step.R0: gettext_lazy("R0: the home is asked"),
    Step.R1: gettext_lazy("R1: duty rings the home"),
    Step.R2: gettext_lazy("R2: the manager is told"),
    Step.R3: gettext_lazy("R3: duty is asked to ring the police"),
    Step.FAIL_SAFE: gettext_lazy("Fail-safe: the police mail goes by itself"),
    Step.R4: gettext_lazy("R4: the head of service is told"),
    Step.R5: gettext_lazy("R5: the director is told"),
    "call_0": gettext_lazy("Police alert"),
    "call_15": gettext_lazy("101 is rung again"),
    "call_30": gettext_lazy("The manager is rung, and the police are reminded where they have a mailbox"),
    "call_60": gettext_lazy("The head is rung, duty rings the inspector"),
    "call_120": gettext_lazy("The director is rung"),
}
JOURNEY_STEPS: Mapping[str, Promise] = {Step.R1: gettext_lazy("R1: duty rings the escorts")}
REVIEW_STEPS: Mapping[str, Promise] = {
    Step.R0: gettext_lazy("Reminder: team manager and social worker"),
    Step.R1: gettext_lazy("R1: duty and the social worker are told"),
    Step.R2: gettext_lazy("R2: the manager is told"),
    Step.R4: gettext_lazy("R4: the head of service and the reviewing officer are told"),
    Step.R5: gettext_lazy("R5: the director is told"),
}

DUTY_STEPS: Mapping[str, Promise] = {**REVIEW_STEPS, Step.R4: STEPS[Step.R4]}
TRANSFER_STEPS: Mapping[str, Promise] = {
    Step.R1: gettext_lazy("R1: both duty desks are told"),
    Step.R2: gettext_lazy("R2: the managers of both are told"),
    Step.R4: gettext_lazy("R4: the heads of both are told"),
}
# What a rung is where no home is silent: there is none to ring.
NO_HOME_STEPS: Mapping[str, Promise] = {**STEPS, Step.R1: gettext_lazy("R1: duty is told")}
_TITLES: Mapping[str, Mapping[str, Promise]] = {
    Clock.Kind.REVIEW: REVIEW_STEPS,
    Clock.Kind.DUTY: DUTY_STEPS,
    Clock.Kind.GUARDIAN: NO_HOME_STEPS,
    Clock.Kind.TRANSFER: TRANSFER_STEPS,
}
# People of another house, whom whoever asks has not to know: that they are told is said, and not who they are.
ELSEWHERE = frozenset({*RECEIVER, Post.SERVICE_LEAD, Post.SERVICE_HEAD})


@dataclass(frozen=True)
class Owed:
    """One step of a ladder to come: what it is about, the kind of its clock, its rung and when; of paper and transfers which."""

    about: str
    kind: str
    step: str
    at: datetime
    duty: str = ""


@dataclass(frozen=True)
class Told:
    """One way in which one post would be reached; `to` shows only the end of a number or the first letter of a mail."""

    post: str
    who: str
    channel: str
    to: str


@dataclass(frozen=True)
class Rung:
    """One step: when it would climb and whom it would tell. A rung on which nobody stands climbs at once to the next."""

    at: datetime
    step: str
    title: str
    told: Sequence[Told]
    empty: Sequence[str]
    # Somebody must stand on it, and nobody does.
    nobody: bool


def told_of(child: ChildFacts, owed: Iterable[Owed], *, now: datetime) -> list[tuple[str, Rung]]:
    """Each step with what it is about and whom it would tell; by time."""
    by_time = sorted(owed, key=lambda one: (one.at, one.about))
    told = rungs(child, by_time, forces_of(child, None, now))
    return [(one.about, rung) for one, rung in zip(by_time, told, strict=True)]


def rungs(
    child: ChildFacts,
    owed: Sequence[Owed],
    supposed: Mapping[int, Sequence[int]],
    *,
    on_the_way: bool = False,
) -> list[Rung]:
    """Each step with whom it tells at its own instant: the shift and the roles of that hour."""
    directories: dict[datetime, Directory] = {}
    resolved = []
    for one in owed:
        at = one.at
        if at not in directories:
            directories[at] = recipients.directory([child], supposed=supposed, at=at)
            # Whoever asks knows who has which post: a name that was left out would tell them of the mark. A rung that
            # is emptied by one climbs when it comes, and is reported to those who may know.
            directories[at].kept.clear()
        plan = tellings.plan(one.kind, one.step, one.duty, on_journey=on_the_way)
        by_post: dict[Post, list[Recipient]] = {}
        for telling in plan.tellings:
            if telling.post in ELSEWHERE:
                continue
            if telling.post == Post.HOST_DUTY and not directories[at].is_hosted(child):
                continue
            reached = directories[at].resolve(Post(telling.post), child, telling.channels, duty=one.duty)
            by_post.setdefault(Post(telling.post), []).extend(reached)
        resolved.append((one, by_post))
    names = _Names([r for _one, posts in resolved for rows in posts.values() for r in rows])
    return [_rung(_title(one, on_the_way), one.step, one.at, posts, names) for one, posts in resolved]


def _title(owed: Owed, on_the_way: bool) -> str:
    if owed.kind == Clock.Kind.PAPERWORK:
        return str(paper_words.step(paper_words.paper_of(owed.duty), owed.step))
    if owed.kind in _TITLES:
        return str(_TITLES[owed.kind][owed.step])
    return str(JOURNEY_STEPS.get(owed.step, STEPS[owed.step]) if on_the_way else STEPS[owed.step])


def _rung(
    title: str, step: str, at: datetime, posts: Mapping[Post, Sequence[Recipient]], names: "_Names"
) -> Rung:
    told = [names.told(recipient) for rows in posts.values() for recipient in dict.fromkeys(rows)]
    empty = [str(POSTS[post]) for post, rows in posts.items() if not rows]
    waited_for = [rows for post, rows in posts.items() if post not in TOLD]
    return Rung(at, step, title, told, empty, bool(waited_for) and not any(waited_for))


class _Names:
    """The people and mailboxes of some recipients, read once."""

    def __init__(self, found: Iterable[Recipient]) -> None:
        rows = list(found)
        self.people = User.objects.in_bulk({r.user_id for r in rows if r.user_id is not None})
        boxes = {r.mailbox_id for r in rows if r.mailbox_id is not None}
        self.boxes = Mailbox.objects.select_related("force").in_bulk(boxes)

    def told(self, recipient: Recipient) -> Told:
        """The recipient in words; where the child lives is not said."""
        person = self.people.get(recipient.user_id or 0)
        box = self.boxes.get(recipient.mailbox_id or 0)
        who = person.name if person is not None else ""
        if box is not None:
            who = f"{box.force}, {box.get_purpose_display()}" if box.force else str(box.get_purpose_display())
        if not who:
            who = _("Whoever answers")
        to = box.address if box is not None else person.email if person is not None else ""
        to = masked_mail(to) if recipient.channel == Channel.MAIL else masked_phone(recipient.phone)
        return Told(str(POSTS[recipient.post]), who, str(Channel(recipient.channel).label), to)


def masked_mail(address: str) -> str:
    """The first letter and where it goes: "m…@council.example"."""
    local, _at, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"


def masked_phone(phone: str) -> str:
    """The last three digits: "…001"."""
    return f"…{phone.replace(' ', '')[-3:]}"


def forces_of(child: ChildFacts, stop: int | None, now: datetime) -> dict[int, Sequence[int]]:
    """The forces that an episode opened then would alert, of a journey those of its way; one that is open has its own."""
    if child.open_episode is not None:
        return {}
    if stop is not None and child.journey is not None:
        stops = sorted(child.journey.stops.all(), key=lambda one: one.position)
        way = journey_times.forces([one.force_id for one in stops], last=max(stop - 1, 0))
        if way:
            return {child.child.pk: way}
    forces = reach.supposed_forces(child.child, now=now)
    return {child.child.pk: forces} if forces else {}
