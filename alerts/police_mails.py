"""What the police have been sent about an open episode, and whether anybody has phoned them, in a sentence or two."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import police_rung
from alerts.models import Channel, Message, MessageKind
from alerts.models.police import referenced
from alerts.police_rung import Rung
from alerts.posts import Post
from alerts.states import MessageStatus
from cases.episodes import reports
from cases.models import Mailbox, MissingEpisode, MissingReport
from cases.templatetags.govuk import gov_when


def of(episodes: Collection[MissingEpisode], *, now: datetime) -> dict[int, str]:
    """Return by episode id what was mailed to which force when, and whether anybody phoned, in five queries.

    An episode of which no police mail is owed, or for which a force has given a reference that counts or closed its
    report, has no entry.
    """
    waiting = {
        one.pk: one
        for one in episodes
        if one.police_owed_at is not None and one.police_closed_at is None and one.ended_at is None
    }
    for episode_id in referenced(waiting.keys()) if waiting else ():
        waiting.pop(episode_id, None)
    mails = Message.objects.filter(
        episode__in=waiting, post=Post.FORCE, channel=Channel.MAIL, kind=MessageKind.ALERT
    )
    # One of each force: what a mail server took before what is still owed, the control room before the coordinator.
    first: dict[int, dict[int | None, Message]] = {}
    for mail in sorted(mails.select_related("force", "mailbox"), key=_first):
        first.setdefault(mail.episode_id or 0, {}).setdefault(mail.force_id, mail)
    said = reports.latest_of(first)
    rung = police_rung.of([waiting[pk] for pk in first], now=now) if first else {}
    return {
        pk: " ".join(
            [
                *(_mailed(mail, waiting[pk], now) for mail in sent.values()),
                _phoned(rung.get(pk, ()), said.get(pk), waiting[pk], now),
            ]
        )
        for pk, sent in first.items()
    }


def _first(mail: Message) -> tuple[bool, bool, datetime]:
    control_room = mail.mailbox is not None and mail.mailbox.purpose == Mailbox.Purpose.CONTROL_ROOM
    return mail.sent_at is None, not control_room, mail.created_at


def _mailed(mail: Message, episode: MissingEpisode, now: datetime) -> str:
    force = mail.force.name if mail.force else ""
    parts = {"force": force, "when": gov_when(mail.sent_at or mail.owed_at, now)}
    if mail.mailbox is not None:
        parts["force"] = f"{force}, {mail.mailbox.get_purpose_display().lower()}"
    if mail.status != MessageStatus.SENT:
        return _("The mail to %(force)s, owed at %(when)s, has not been accepted yet.") % parts
    if episode.fail_safe:
        return _("The police alert was mailed by itself to %(force)s at %(when)s.") % parts
    return _("The police alert was mailed to %(force)s at %(when)s.") % parts


def _phoned(
    rung: Sequence[Rung], report: MissingReport | None, episode: MissingEpisode, now: datetime
) -> str:
    if rung:
        return _("Phoned at %s, no police reference yet.") % gov_when(rung[-1].at, now)
    if reports.says_rung(report, episode):
        return _("Whoever reported it says that they have phoned the police.")
    return _("Nobody has recorded phoning them yet.")
