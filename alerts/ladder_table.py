"""The ladder of one episode as a table: every message, call, link, name given and verification, newest first."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import police_links, release_mails, sending, tellings
from alerts.models import (
    Channel,
    DutyTask,
    LinkAcknowledgement,
    Message,
    MessageKind,
    PoliceLink,
    Verification,
)
from alerts.models.police import doubted_at
from alerts.recipients import TOLD, Post
from alerts.states import GONE, MessageStatus
from cases.models import Authority, MissingEpisode, Responsibility
from cases.moves import isolated
from cases.states import EpisodeOutcome
from cases.templatetags.govuk import gov_clock, span

# Later than this it is said beside the state.
LATE_AFTER = timedelta(seconds=60)
POSTS: Mapping[str, Promise] = {
    Post.HOME: gettext_lazy("The home"),
    Post.DUTY: gettext_lazy("Duty desk"),
    Post.SECOND: gettext_lazy("Second on the rota"),
    Post.WORKER: gettext_lazy("Social worker"),
    Post.GUARDIAN: gettext_lazy("Guardian"),
    Post.MANAGER: gettext_lazy("Team manager"),
    Post.FORCE: gettext_lazy("Police"),
    Post.AREA_FORCE: gettext_lazy("Police of the area"),
    Post.REVIEWING: gettext_lazy("Reviewing officer"),
    Post.OFFICER: gettext_lazy("The child’s reviewing officer"),
    Post.HOST_DUTY: gettext_lazy("Duty of the host authority"),
    Post.HEAD: gettext_lazy("Head of service"),
    Post.DIRECTOR: gettext_lazy("Director"),
    Post.RECEIVER_DUTY: gettext_lazy("Duty desk of the receiving authority"),
    Post.RECEIVER_MANAGER: gettext_lazy("Manager of the receiving authority"),
    Post.RECEIVER_HEAD: gettext_lazy("Head of the receiving authority"),
    Post.OWNER: gettext_lazy("Whoever promised it"),
    Post.PROMISER: gettext_lazy("Whoever promised it, at the home or as the guardian"),
    Post.SERVICE_LEAD: gettext_lazy("Supervisor of the guardian service"),
    Post.SERVICE_HEAD: gettext_lazy("Head of the guardian service"),
    Post.CHECKS: gettext_lazy("Guardian"),
    Post.CHECKS_LEAD: gettext_lazy("Supervisor of the guardian"),
}
STATES: Mapping[str, Promise] = {
    MessageStatus.QUEUED: gettext_lazy("Queued"),
    MessageStatus.SENDING: gettext_lazy("Being sent"),
    MessageStatus.FAILED: gettext_lazy("Failed"),
    MessageStatus.CANCELLED: gettext_lazy("Not sent, no longer needed"),
}
COLOURS: Mapping[str, str] = {
    MessageStatus.QUEUED: "grey",
    MessageStatus.SENDING: "grey",
    MessageStatus.FAILED: "red",
    MessageStatus.CANCELLED: "grey",
}


def posts_of(clock_kind: str, step: str, duty: str = "") -> list[str]:
    """The posts that this step tells and that must be told for it to count, in words."""
    told = tellings.plan(clock_kind, step, duty).tellings
    posts = dict.fromkeys(telling.post for telling in told if telling.post not in TOLD)
    return [str(POSTS[post]) for post in posts]


@dataclass(frozen=True)
class Row:
    """One line: when, to whom as post and organisation, by which channel, and what became of it."""

    at: datetime
    post: str
    organisation: str
    channel: str
    state: str
    colour: str
    detail: str = ""
    # The message whose link still opens its page, and may be closed.
    live_link_of: UUID | None = None


def of(
    episode: MissingEpisode,
    *,
    force_ids: Collection[int] | None = None,
    for_partner: bool = False,
    now: datetime,
) -> list[Row]:
    """Return the rows of an episode in a fixed number of queries; `force_ids` leaves what concerns those forces alone.

    `for_partner` leaves out what forces answered, the council's own calls, and where the child lives.
    """
    rows: list[Row] = list(_endings(episode))
    verifications = Verification.objects.filter(episode=episode).annotate(doubted_at=doubted_at())
    given = LinkAcknowledgement.objects.filter(episode=episode).select_related("link__force")
    if force_ids is not None:
        given = given.filter(link__force__in=force_ids)
        verifications = verifications.filter(force__in=force_ids)
    authority = _authority(episode, now)
    messages = list(_messages(episode, force_ids))
    told = _held_back([_message(one, authority) for one in messages], messages)
    if for_partner:
        return sorted(
            [*rows, *(_for_partner(row, one) for row, one in zip(told, messages, strict=True))],
            key=_moment,
            reverse=True,
        )
    rows += [
        replace(row, live_link_of=_live_link_of(one, now)) for row, one in zip(told, messages, strict=True)
    ]
    said = [_verified(one, counts=one.doubted_at is None) for one in verifications.select_related("force")]
    rows += [*said, *(_given(one) for one in given)]
    if force_ids is None:
        tasks = DutyTask.objects.filter(Q(episode=episode) | Q(items__alert__episode=episode))
        for task in tasks.distinct().select_related("authority", "episode", "taken_by", "done_by"):
            rows.append(_task(task))
    return sorted(rows, key=_moment, reverse=True)


def _moment(row: Row) -> datetime:
    return row.at


def _messages(episode: MissingEpisode, force_ids: Collection[int] | None) -> Iterable[Message]:
    found = Message.objects.filter(Q(episode=episode) | Q(items__alert__episode=episode))
    # Whether a force reads what was released to it is no rung of the search, and the page says it elsewhere.
    found = found.exclude(wording__in=release_mails.WORDINGS)
    if force_ids is not None:
        found = found.filter(force__in=force_ids)
    related = ("mailbox__authority", "force", "home", "authority")
    return found.distinct().select_related(*related).prefetch_related("links")


def _authority(episode: MissingEpisode, now: datetime) -> Authority | None:
    row = (
        Responsibility.objects.filter(child=episode.child_id, starts_at__lte=now)
        .select_related("authority")
        .order_by("-starts_at")
        .first()
    )
    return row.authority if row else None


def _message(message: Message, authority: Authority | None) -> Row:
    at = message.sent_at or message.owed_at
    post = str(POSTS.get(message.post, message.post))
    if message.kind == MessageKind.ENDING:
        post = _("%(post)s, told that it has ended") % {"post": post}
    elif message.kind == MessageKind.REMINDER:
        post = _("%(post)s, reminder") % {"post": post}
    state, colour = _state(message)
    return Row(
        at, post, _organisation(message, authority), _channel(message), state, colour, _detail(message)
    )


def _held_back(rows: Sequence[Row], messages: Sequence[Message]) -> list[Row]:
    """The rows as they are, and held those that no sender takes before a person has said so."""
    queued = [one.status == MessageStatus.QUEUED for one in messages]
    off = any(queued) and not sending.state().on
    found = []
    for row, message, waits in zip(rows, messages, queued, strict=True):
        if waits and message.held_at is not None:
            detail = _("an administrator decides whether it still goes")
            found.append(replace(row, state=_("Held"), colour="orange", detail=detail))
        elif waits and off:
            detail = _("nothing is sent until an administrator switches sending on")
            found.append(replace(row, state=_("Held"), colour="orange", detail=detail))
        else:
            found.append(row)
    return found


def _for_partner(row: Row, message: Message) -> Row:
    return replace(row, detail="", organisation="" if message.post == Post.HOME else row.organisation)


def _organisation(message: Message, authority: Authority | None) -> str:
    if message.force is not None:
        purpose = message.mailbox.get_purpose_display() if message.mailbox else ""
        return f"{message.force.name}, {purpose.lower()}" if purpose else message.force.name
    if message.post == Post.HOME and message.home is not None:
        return isolated(message.home.name)
    if message.mailbox is not None and message.mailbox.authority is not None:
        return message.mailbox.authority.said_name
    if message.post in (Post.GUARDIAN, Post.HOME):
        return ""
    own = message.authority or authority
    return isolated(own.name) if own else ""


def _channel(message: Message) -> str:
    return str(Channel(message.channel).label)


def _state(message: Message) -> tuple[str, str]:
    if message.bounced_at is not None:
        return _("Bounced"), "red"
    if message.delayed_at is not None and _opened(message) is None:
        return _("Delayed on its way"), "orange"
    if message.status != MessageStatus.SENT:
        return str(STATES[message.status]), COLOURS[message.status]
    if _opened(message) is not None:
        return _("Link opened"), "blue"
    if message.channel == Channel.MAIL:
        return _("Accepted by mail server"), "turquoise"
    return _("Accepted by gateway"), "turquoise"


def _opened(message: Message) -> PoliceLink | None:
    opened = [link for link in message.links.all() if link.opened_at is not None]
    return min(opened, key=lambda link: link.opened_at or link.created_at) if opened else None


def _live_link_of(message: Message, now: datetime) -> UUID | None:
    return message.pk if any(police_links.is_live(link, now=now) for link in message.links.all()) else None


def _detail(message: Message) -> str:
    closed = [link.revoked_at for link in message.links.all() if link.revoked_at is not None]
    parts = [_sent_detail(message), _("link closed at %s") % gov_clock(max(closed)) if closed else ""]
    return "; ".join(part for part in parts if part)


def _sent_detail(message: Message) -> str:
    if message.bounced_at is not None:
        return _("came back at %s: a person rings") % gov_clock(message.bounced_at)
    if message.status == MessageStatus.FAILED and message.last_error == GONE:
        return _("nobody stands there any more: duty is asked whom to tell")
    if message.status == MessageStatus.FAILED:
        return _("No server took it: a person rings")
    if message.status in (MessageStatus.QUEUED, MessageStatus.SENDING):
        return _("tried %d times") % message.attempts if message.attempts > 1 else ""
    if message.sent_at is None:
        return ""
    link = _opened(message)
    parts = []
    if link is not None and link.opened_at is not None:
        parts.append(_("at %s; a mail scanner does that too") % gov_clock(link.opened_at))
    late = message.sent_at - message.owed_at
    if late > LATE_AFTER:
        parts.append(_("%s late") % span(late))
    return "; ".join(parts)


def _given(one: LinkAcknowledgement) -> Row:
    who = _("opened by someone giving %(name)s, %(number)s, not verified") % {
        "name": isolated(one.name),
        "number": one.collar_number,
    }
    reference = _("reference given %s") % one.incident_reference if one.incident_reference else ""
    return Row(
        one.at, _("Police"), one.link.force.name, _("Link"), _("Given"), "yellow", _join(who, reference)
    )


def _verified(one: Verification, *, counts: bool) -> Row:
    spoken = one.method == Verification.Method.SPOKEN
    channel = _("Spoken to by duty") if spoken else _("Signed in")
    who = _("%(officer)s, reference %(reference)s") % {
        "officer": _join(one.officer, one.collar_number),
        "reference": one.incident_reference,
    }
    state, colour = (_("Verified"), "green") if counts else (_("Not verified"), "yellow")
    return Row(one.at, _("Police"), one.force.name, channel, state, colour, who)


def _task(task: DutyTask) -> Row:
    """A call that was asked of duty: who has it, or what came of it."""
    title = task.title
    post = _("Duty desk: %(task)s") % {"task": title[:1].lower() + title[1:]}
    place = task.authority.said_name
    if task.done_at is not None:
        who = _("%(name)s at %(time)s") % {
            "name": isolated(task.done_by.name) if task.done_by else _("Rollcall"),
            "time": gov_clock(task.done_at),
        }
        return Row(task.opened_at, post, place, _("Task"), _("Done"), "grey", f"{task.answer} ({who})")
    if task.taken_by is not None and task.taken_at is not None:
        who = _("%(name)s since %(time)s") % {
            "name": isolated(task.taken_by.name),
            "time": gov_clock(task.taken_at),
        }
        return Row(task.opened_at, post, place, _("Task"), _("Taken"), "blue", who)
    return Row(task.opened_at, post, place, _("Task"), _("Nobody has taken it"), "orange")


def _endings(episode: MissingEpisode) -> Iterator[Row]:
    if episode.ended_at is not None:
        outcome = str(EpisodeOutcome(episode.outcome).label)
        yield Row(episode.ended_at, _("Episode"), "", "", _("Ended"), "grey", outcome)


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
