"""Composes a message at the instant it is sent: words, lateness and link are made here, never before."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from alerts import (
    assignment_mails,
    change_words,
    journey_mails,
    leave_words,
    link_mails,
    meeting_mails,
    police_links,
    release_mails,
    release_reads,
    shared_roles,
)
from alerts.emails import (
    about,
    alike,
    change_subjects,
    headers,
    known_away,
    layout,
    mime,
    of_matters,
    police,
    probes,
    searches,
    wordings,
)
from alerts.emails.about import About
from alerts.emails.alike import Words
from alerts.emails.wordings import WORDINGS, Link, Wording, label, page
from alerts.escalations import came
from alerts.models import Clock, Message, MessageKind
from alerts.posts import Post
from alerts.states import MessageStatus
from cases import access, episodes, link_tokens
from cases.models import (
    Authority,
    ConfigurationChange,
    EpisodeForce,
)

# About which force leads the search.
OF_LEAD = frozenset({"force_offered", "force_answered", "police_offered", "police_lead"})
# A text message in two parts; a voice that reads it out needs half a minute.
TEXT_LIMIT = 300
RELATED = (
    "episode__child",
    "force",
    "mailbox",
    "user",
    "home_alert",
    "outage",
    "shift__team",
    "shift__person",
    "matter__authority",
    "concern__child",
    "assignment__child",
    "journey__child",
    "change",
)


@dataclass(frozen=True)
class Composed:
    """A mail ready to send; `link_token_hash` is that of the link it carries, where it carries one."""

    subject: str
    text: str
    html: str
    email: EmailMessage
    link_token_hash: str = ""


def compose(message: Message, *, now: datetime) -> Composed:
    """Return the mail of `message` as it is to be sent at `now`; a police mail's link is issued by this.

    KeyError for a wording that does not exist, ValueError for a message without a mail address.
    """
    if message.probe_id is not None:
        with translation.override(settings.LANGUAGE_CODE):
            subject, text, email = probes.write(message, now=now)
        return Composed(subject, text, "", email)
    wording = _wording(message, now)
    with translation.override(settings.LANGUAGE_CODE):
        facts = about.read(message, now=now)
        shared = alike.words(facts, duty_line=_duty_line(message), placed=_is_placed(facts))
        words, link = (shared, "") if shared is not None else _words(facts, wording)
        email = mime.blank()
        headers.write(email, message, facts.root, subject=words.subject, urgent=wording.urgent, now=now)
        plain, page = words.plain or mime.coded(words.text), words.page or mime.coded(words.html)
        mime.fill(email, plain, page, number=headers.mail_of(message))
    token = link.rstrip("/").rpartition("/")[2]
    hash_of = link_tokens.hash_of(token) if wording.link == Link.POLICE else ""
    return Composed(words.subject, words.text, words.html, email, hash_of)


def _words(facts: About, wording: Wording) -> tuple[Words, str]:
    """The words of this mail alone, and the link that was made for it."""
    subject = _subject(facts, wording)
    link = _link(facts, wording)
    values = _values(facts, wording, subject=subject, link=link)
    text = layout.reflow(layout.render(f"{facts.message.wording}.txt", values, plain=True))
    html = layout.render(f"{facts.message.wording}.html", values)
    if facts.is_drill:
        text = f"{drill()}\n\n{text}"
        html = html.replace("<h1", f"<p><strong>{drill()}</strong></p>\n<h1", 1)
    return Words(subject, text, html), link


def _wording(message: Message, now: datetime) -> Wording:
    """How it is to be read: word of a link or of released lines asks its reader to act while a child is looked for."""
    wording = WORDINGS[message.wording]
    is_urgent = link_mails.is_for_search(message, now=now) or release_mails.is_for_search(message, now=now)
    return replace(wording, urgent=True) if is_urgent else wording


def _link(facts: About, wording: Wording) -> str:
    """The one link of the mail; a force's and an escort's are made by this."""
    message = facts.message
    if wording.link == Link.POLICE:
        return police_links.issue(message, now=facts.now)
    if wording.link == Link.ESCORT:
        return journey_mails.issue(message, now=facts.now)[0]
    return page(wording.link, facts.episode, facts.children, matter=message.matter)


def compose_text(message: Message, *, now: datetime) -> str:
    """Return what a text message or a voice says: at most 300 characters, no name, no address.

    KeyError for a wording that does not exist, ValueError for one that goes to a force, which gets mail only.
    """
    if WORDINGS[message.wording].for_police:
        raise ValueError(f"{message.wording} goes by mail only")
    with translation.override(settings.LANGUAGE_CODE):
        facts = about.read(message, now=now)
        values = _shared(facts) | {"service": settings.SERVICE_NAME}
        if WORDINGS[message.wording].link == Link.ESCORT:
            values["link"], values["code"] = journey_mails.issue(message, now=now)
        text, frame = (_in_one_line(name, values) for name in (f"{message.wording}.sms", "text.sms"))
        if facts.is_drill:
            text = f"{drill()}. {text}"
    return _cut(text, frame.partition(": ")[2])


def _in_one_line(template: str, values: dict[str, Any]) -> str:
    return " ".join(layout.render(template, values, plain=True).split())


def _cut(text: str, ending: str) -> str:
    """At most `TEXT_LIMIT` characters; the reference, duty's number and the time stand at the end and are never cut off."""
    if len(text) <= TEXT_LIMIT:
        return text
    kept = f" {ending}" if ending and text.endswith(ending) else ""
    said = text.removesuffix(kept)[: TEXT_LIMIT - 1 - len(kept)].rstrip()
    return f"{said}…{kept}"


def reference_of(message: Message) -> str:
    """The references that a text message is about, as its gateway is told them."""
    with translation.override(settings.LANGUAGE_CODE):
        return about.read(message, now=message.owed_at).reference


def digest(text: str) -> str:
    """SHA-256 of the words that are kept of what was accepted: it stays when they are emptied."""
    return hashlib.sha256(text.encode()).hexdigest()


def drill() -> str:
    """What stands in every subject, mail and text of a drill."""
    return _("DRILL - NOT A CHILD")


def _subject(facts: About, wording: Wording) -> str:
    """The subject, the same for the whole thread: references, force and 'action needed', nothing about a child."""
    subject = _subject_of(facts, wording)
    return f"{drill()} - {subject}" if facts.is_drill else subject


def _subject_of(facts: About, wording: Wording) -> str:
    message = facts.message
    if message.force is not None and message.wording == release_mails.RELEASED:
        words = _("Return interviews %(reference)s - %(force)s - lines to read")
        if wording.urgent:
            words = _("Return interviews %(reference)s - %(force)s - action needed")
        return words % {"reference": facts.reference, "force": message.force.name}
    if message.force is not None and facts.episode is not None:
        words = _("Child alert %(reference)s - %(force)s - action needed")
        return words % {"reference": facts.episode.reference, "force": message.force.name}
    if message.matter is not None:
        return of_matters.subject(message.matter, wording) % {"reference": facts.reference}
    if message.journey is not None or message.change is not None:
        return _of_no_alert(message) % {"reference": facts.reference}
    first = facts if facts.root is None else about.read(facts.root, now=facts.now)
    if _is_closed_to_reader(first, facts):
        first = facts
    return wordings.subject(first.message.wording, first.reference)


def _of_no_alert(message: Message) -> str:
    """Of a journey or a change of configuration."""
    if message.journey is not None:
        return _("Journey %(reference)s - action needed")
    return change_subjects.of(message.wording)


def _is_closed_to_reader(first: About, facts: About) -> bool:
    """Whether the first mail of the thread named a child that this one does not, and whom its reader may open no more."""
    reader = facts.message.user
    others = {row.alert.child_id for row in first.rows} - {row.alert.child_id for row in facts.rows}
    return reader is not None and bool(others) and not others.isdisjoint(access.closed_to(reader, facts.now))


def _values(facts: About, wording: Wording, *, subject: str, link: str) -> dict[str, Any]:
    """Everything that the templates of a mail may say."""
    message = facts.message
    values = _shared(facts) | {
        "subject": subject,
        "language": translation.get_language(),
        "link": link,
        "link_label": label(wording.link, facts.episode, len(facts.children)),
        "told_at": _told_at(facts),
        "repeats_at": _told_at(facts) if message.kind == MessageKind.REMINDER else None,
        "stamp": message.pk.hex[:8],
        "rows": [],
        "known_away": known_away.quoted(facts.episode),
    }
    if message.wording in meeting_mails.WORDINGS:
        values["planned_at"] = meeting_mails.booking_of(message).planned_at
    if message.wording in assignment_mails.WORDINGS:
        values |= assignment_mails.values(message)
    if message.wording in link_mails.ANSWERS:
        values["sought"] = wording.urgent
    if message.wording in release_mails.WORDINGS:
        values |= _of_release(message, facts.now)
    if message.wording == "duty_approach":
        values["forces"] = _mailed_forces(message)
    if message.change is not None:
        values |= _of_change(message, message.change, facts.now)
    if message.force is not None and facts.episode is not None:
        told = police.told(facts.episode, message.force, message.mailbox, now=facts.now)
        values |= {"told": told, "rows": told.rows if wording.for_police else []}
        values["takes_replies"] = headers.takes_replies(message)
    if message.wording in OF_LEAD and facts.episode is not None:
        start = episodes.in_charge(facts.episode, at=facts.now)
        told_still = EpisodeForce.objects.filter(episode=facts.episode, force=message.force_id, left_at=None)
        values |= {
            "offer": episodes.open_offer(facts.episode),
            "lead": start.force if start is not None else None,
            "is_told": told_still.exists(),
        }
    return values


def _of_release(message: Message, now: datetime) -> dict[str, Any]:
    """What is new to a force of whose children; or what it has not read of one episode, and since when."""
    if message.wording == release_mails.RELEASED:
        listed = release_mails.parts(message, now=now)
        return {"parts": listed, "sought": any(row.is_sought for part in listed for row in part.rows)}
    reads = release_reads.of_episode(message.episode, now=now) if message.episode is not None else []
    return {"read": next(iter(reads), None)}


# What each of these mails says, of its change alone.
_CHANGED: Mapping[str, Callable[[ConfigurationChange], dict[str, Any]]] = {
    change_words.ENTERED: change_words.entered_mailbox,
    change_words.HOME_PHONE: change_words.changed_home_number,
    change_words.PHONE_CHANGED: change_words.changed_number,
    change_words.SERVICE: change_words.corrected_service,
    change_words.ROLE: change_words.given_role,
    change_words.SHARED: shared_roles.values,
    shared_roles.ANSWERED: shared_roles.answer,
    change_words.UNCALLED: change_words.whose_numbers,
    change_words.UNLISTED: change_words.unlisted_area,
}


def _of_change(message: Message, change: ConfigurationChange, now: datetime) -> dict[str, Any]:
    """What the mail about a change of configuration says of what was changed."""
    found: dict[str, Any] = {}
    if message.wording in leave_words.WORDINGS:
        found = leave_words.values(message, now=now)
    elif message.wording in ("mailbox_unproved", "mailbox_removed"):
        found = change_words.removed_mailbox(change, now=now)
    elif message.wording in _CHANGED:
        found = _CHANGED[message.wording](change)
    elif message.wording == change_words.MAIL_CHECK:
        found = {"since": datetime.fromisoformat(change.data["since"])}
    elif message.wording == "guardians_lacking":
        area = Authority.objects.get(pk=change.subject_id)
        first_day = date.fromisoformat(change.data["first_day"])
        found = {"area": str(area), "first_day": first_day, "open": change.data["open"]}
    elif message.wording == "authority_split":
        found = _of_split(change)
    return found


def _of_split(change: ConfigurationChange) -> dict[str, Any]:
    """Which authority was split, into which, since when, and which of them keeps the rest."""
    names = {one.code: str(one) for one in Authority.objects.filter(code__in=change.data["successors"])}
    return {
        "ends": str(Authority.objects.get(pk=change.subject_id)),
        "successors": [names[code] for code in change.data["successors"]],
        "keeper": names[change.data["keeper"]],
        "since": change.at,
    }


def _mailed_forces(message: Message) -> list[str]:
    """The forces that are mailed of the same: where none is, they know only what duty rings them with."""
    alerts = [item.alert for item in message.told]
    in_search = Q(wording=came.WORDING, episode__child__in=[one.child_id for one in alerts])
    # Written with the alert that duty has of it.
    in_search &= Q(created_at__gte=min(one.opened_at for one in alerts))
    mails = Message.objects.filter(Q(items__alert__in=alerts, post=Post.AREA_FORCE) | in_search)
    mails = mails.exclude(status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED))
    return sorted(set(mails.values_list("force__name", flat=True)))


def _shared(facts: About) -> dict[str, Any]:
    """What mails and texts both say."""
    message = facts.message
    return {
        "about": facts,
        "message": message,
        "episode": facts.episode,
        "searches": facts.searches,
        "police_owed_at": searches.police_owed_at(facts.of_house or [facts.episode]),
        "now": facts.now,
        "reference": facts.reference,
        "count": len(facts.references),
        "duty_line": _duty_line(message),
        "fail_safe_at": _fail_safe_at(facts),
        "looked_for_since": searches.looked_for_since(message),
        "placed": _is_placed(facts),
        **of_matters.values(facts.message.matter, facts.now),
    }


def _duty_line(message: Message) -> str:
    """The number to ring: duty answers for children, opens no breach and no complaint, knows nothing of LADO or test.

    It has no number for itself.
    """
    about_no_child = message.matter_id is not None or message.wording in ("lado_mailbox", "mail_check")
    return "" if about_no_child or message.post == Post.DUTY else about.duty_line(message)


def _is_placed(facts: About) -> bool:
    return facts.message.home_id is not None or about.is_placed(facts)


def _told_at(facts: About) -> datetime | None:
    """When the first message went out, or was owed where no server has accepted it yet."""
    root = facts.root
    return None if root is None else root.sent_at or root.owed_at


def _fail_safe_at(facts: About) -> datetime | None:
    """When the police hear of the child by themselves, for the mail that asks duty to ring them first."""
    if facts.message.wording not in ("duty_ring_police", "duty_journey_police"):
        return None
    steps = about.steps_to_come(Clock.Kind.CONTACT, facts.message, now=facts.now)
    return next((moment for moment, step in steps if step == "fail_safe"), None)
