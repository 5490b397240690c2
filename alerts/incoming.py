"""Mail that comes in by the mail server's pipe: bounces, delays and replies, each handed to its verb."""

from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from uuid import uuid4

import structlog
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from alerts import addresses, channels, delivery, desk_phones, letters, probes, replies, sending
from alerts.emails import headers
from alerts.letters import Kind, Letter
from alerts.models import Message, Probe, Reply
from cases import mail_domains, references
from cases.models import MissingEpisode, QuarantinedFile
from cases.templatetags.govuk import phone

logger = structlog.get_logger(__name__)


class Taken(StrEnum):
    """What became of a mail: the mail server gives back to its sender what is for nobody."""

    BOUNCE = "bounce"
    DELAY = "delay"
    REPLY = "reply"
    PROBE = "probe"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


def receive(content: bytes, *, to: str, envelope_sender: str | None, cut: bool, at: datetime) -> Taken:
    """Take one mail to `to`; raises delivery.StillSending for a report that came before its message was marked."""
    about = addresses.read(to)
    letter = letters.read(content, envelope_sender=envelope_sender, cut=cut)
    if isinstance(about, addresses.OfMessage):
        message = Message.objects.select_related("episode", "probe").filter(pk=about.id).first()
        taken = _of_message(message, letter, at) if message is not None else Taken.UNKNOWN
    elif isinstance(about, addresses.OfEpisode):
        taken = _of_episode(_episode(about.reference), letter, at)
    else:
        taken = Taken.UNKNOWN
    logger.info("mail_received", taken=str(taken), kind=str(letter.kind), bytes=len(content))
    return taken


def _of_message(message: Message, letter: Letter, at: datetime) -> Taken:
    """To the sender's address of a message come reports; a person who answers there is read all the same."""
    if letter.kind == Kind.FAILED:
        delivery.bounce(message.pk, letter.reason, at=at)
        return Taken.BOUNCE
    if letter.kind == Kind.DELAYED:
        delivery.delay(message.pk, letter.reason, at=at)
        return Taken.DELAY
    if message.probe is not None:
        return _of_probe(message.probe, letter, at)
    if letter.kind == Kind.PERSON and message.force_id is not None and message.episode is not None:
        return _of_episode(message.episode, letter, at)
    return Taken.NOTHING


def _of_probe(probe: Probe, letter: Letter, at: datetime) -> Taken:
    """The canary itself, or the answer or receipt of a tested mailbox; a machine's answer proves no reader."""
    if probe.kind == Probe.Kind.CANARY:
        if letter.kind in (Kind.AUTOMATIC, Kind.PERSON) and addresses.is_our_own(letter.sender):
            if probes.come_back(probe, way=Probe.Way.PIPE, at=at) and probes.is_in_time(probe, at=at):
                _ping()
            return Taken.PROBE
        return Taken.NOTHING
    ways = {Kind.PERSON: Probe.Way.REPLY, Kind.READ: Probe.Way.RECEIPT}
    if letter.kind not in ways or not probes.is_open(probe, at=at):
        return Taken.NOTHING
    probes.come_back(probe, way=ways[letter.kind], at=at)
    return Taken.PROBE


def _ping() -> None:
    """Tell the outside that everything works; when this stays away, it tells people by its own way."""
    if not settings.DEAD_MAN_URL:
        return
    try:
        channels.ping(settings.DEAD_MAN_URL)
    except channels.Deferred as error:
        logger.warning("dead_man_not_pinged", error=str(error))


def _of_episode(episode: MissingEpisode | None, letter: Letter, at: datetime) -> Taken:
    if episode is None or not replies.is_taken(episode, at=at):
        return Taken.UNKNOWN
    if letter.kind not in (Kind.PERSON, Kind.AUTOMATIC) or addresses.is_our_own(letter.sender):
        # Reports and our own mails come to the sender's address: here they are a loop.
        return Taken.NOTHING
    reply = replies.record(episode, letter, at=at)
    if reply.automatic:
        return Taken.NOTHING
    # Whoever passed our mail on: no mail of ours goes there, be it an answer.
    if not (letter.unanswered or mail_domains.is_of_immigration(reply.sender)):
        _answer(reply, at)
    return Taken.REPLY


def _episode(reference: str) -> MissingEpisode | None:
    try:
        found = references.parse(reference)
    except references.Mistyped:
        return None
    episodes = MissingEpisode.objects.select_related("child").filter(child__reference=found.child)
    return episodes.filter(number=found.episode or 0).first()


def _answer(reply: Reply, at: datetime) -> None:
    """Say once that it was recorded and is no acknowledgement; an answer that cannot be sent is not owed again."""
    if not sending.state().on:
        return
    with translation.override(settings.LANGUAGE_CODE):
        text = words_of(reply)
    answer = replies.claim_answer(reply, text=text, at=at)
    if answer is None:
        return
    try:
        with channels.MailChannel() as mail:
            mail.send(compose(reply, text, at=at))
    except (channels.Refused, channels.Deferred) as error:
        logger.warning("answer_not_sent", reply=reply.pk, error=str(error))


def compose(reply: Reply, text: str, *, at: datetime) -> EmailMessage:
    """The automatic answer: it comes from nobody in the envelope, so that nothing answers it [RFC 3834]."""
    email = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    email["Return-Path"] = "<>"
    email["From"], email["To"] = headers.sender(), reply.sender
    email["Subject"] = _("Recorded: %(reference)s") % {"reference": reply.episode.reference}
    email["Date"] = format_datetime(at)
    email["Message-ID"] = f"<{uuid4()}@{addresses.domain()}>"
    email["Auto-Submitted"] = "auto-replied"
    email["X-Auto-Response-Suppress"] = "All"
    email.set_content(text)
    return email


def words_of(reply: Reply) -> str:
    """What the automatic answer says: nothing of the child, and nothing of the reply."""
    parts = [str(replies.ANSWER)]
    if line := desk_phones.of_child(reply.episode.child_id, at=reply.received_at):
        parts.append(
            _("Or phone the duty line (24 h): %(phone)s, quote %(reference)s.")
            % {"phone": phone(line), "reference": reply.episode.reference}
        )
    kept = QuarantinedFile.objects.filter(episode=reply.episode, mail_key=reply.key).count()
    if reply.attachments and kept == len(reply.attachments):
        parts.append(
            _("What you attached is kept apart, and nobody opens it yet: phone the duty line about it.")
        )
    elif reply.attachments:
        parts.append(_("Not everything that you attached is kept: phone the duty line about it."))
    parts.append(
        _("If a child is in immediate danger, ring 999. This address is answered by a machine, once.")
    )
    return "\n\n".join(parts) + "\n"
