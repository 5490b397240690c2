"""How the timeline tells of a message: to whom, by which channel, and what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alerts.models import Channel, Message, MessageKind
from alerts.states import GONE, MessageStatus
from cases.moves import isolated
from cases.templatetags.govuk import gov_clock

_POSTS: Mapping[str, Callable[[], str]] = {
    "home": lambda: _("the home"),
    "duty": lambda: _("duty"),
    "second": lambda: _("the second person on the rota"),
    "worker": lambda: _("the social worker"),
    "guardian": lambda: _("the guardian"),
    "manager": lambda: _("the team manager"),
    "force": lambda: _("the police"),
    "reviewing": lambda: _("the reviewing officer"),
    "host_duty": lambda: _("duty of the host authority"),
    "head": lambda: _("the head of service"),
    "director": lambda: _("the director"),
    "service_lead": lambda: _("the supervisor of the guardian service"),
    "service_head": lambda: _("the head of the guardian service"),
}


@dataclass(frozen=True)
class Told:
    """The words of one message: to whom, by which channel, and what became of it."""

    title: str
    text: str = ""


_BY_CHANNEL: Mapping[str, Callable[[], str]] = {
    Channel.MAIL: lambda: _("Mail to %(post)s"),
    Channel.TEXT: lambda: _("Text to %(post)s"),
    Channel.VOICE: lambda: _("Call to %(post)s"),
}


def told(message: Message) -> Told:
    """Return the words of a message read with its user, home, force and mailbox."""
    post = _POSTS.get(message.post, lambda: message.post)()
    title = _BY_CHANNEL[message.channel]() % {"post": post}
    if message.kind == MessageKind.ENDING:
        title = _("%(message)s: it has ended") % {"message": title}
    who = next(
        (isolated(one) for one in (message.user, message.home, message.force) if one is not None),
        message.mailbox.get_purpose_display() if message.mailbox else "",
    )
    return Told(
        _failed_title(title) if message.status == MessageStatus.FAILED else title, _state(message, who)
    )


def _failed_title(title: str) -> str:
    return _("%(message)s was not delivered") % {"message": title}


def _state(message: Message, who: str) -> str:
    parts: dict[str, str] = {"who": who or "–"}
    match message.status:
        case MessageStatus.SENT if message.sent_at is not None:
            parts["when"] = gov_clock(message.sent_at)
            if message.channel == Channel.MAIL:
                return _("%(who)s. Accepted by the mail server at %(when)s") % parts
            return _("%(who)s. Accepted at %(when)s") % parts
        case MessageStatus.FAILED if message.last_error == GONE:
            # Nobody is named: it may be somebody from whom the child is kept since.
            return _("Not sent: nobody stands there any more, and duty is asked whom to tell")
        case MessageStatus.FAILED:
            words = _("%(who)s. Refused: %(error)s. Phone them now.")
            if message.bounced_at is not None:
                parts["when"] = gov_clock(message.bounced_at)
                words = _("%(who)s. Accepted, and came back at %(when)s: %(error)s. Phone them now.")
            return words % {**parts, "error": message.last_error.rstrip(". ") or "–"}
        case MessageStatus.CANCELLED:
            return _("%(who)s. Not sent, no longer needed") % parts
    words = _("%(who)s. Not yet accepted, trying again") if message.attempts else _("%(who)s. Queued")
    if message.held_at is not None:
        words = _("%(who)s. Held: an administrator decides whether it still goes")
    return words % parts
