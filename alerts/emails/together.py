"""Several messages to one reader as one mail or text, and the daily list of what is due for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from alerts.emails import about, composition, headers, last_sights, layout, mime, wordings
from alerts.emails.about import LATE_AFTER, About, Item
from alerts.emails.composition import TEXT_LIMIT, Composed
from alerts.emails.wordings import Link
from alerts.models import Message
from cases.templatetags.govuk import duty_line as desk_line

# How many references a section of the daily list names before it counts the rest.
NAMED = 20
# What each wording says where several stand in one mail, for the children of the lines under it.
SAYS = {
    "told_no_record": ngettext_lazy(
        "Nobody has recorded seeing this child within its time. The duty desk has been told.",
        "Nobody has recorded seeing these %d children within their time. The duty desk has been told.",
    ),
    "told_journey": ngettext_lazy(
        "The escorts of this child have not confirmed a stop of the journey. The duty desk has been told.",
        "The escorts of these %d children have not confirmed a stop of their journeys."
        " The duty desk has been told.",
    ),
    "told_second_eyes": ngettext_lazy(
        "For too long one person or one organisation alone has said that it saw this child.",
        "For too long one person or one organisation alone has said that it saw these %d children.",
    ),
    "told_no_guardian": ngettext_lazy(
        "This child is to have a guardian, and nobody who can be reached is on record.",
        "These %d children are to have a guardian, and nobody who can be reached is on record.",
    ),
    "transfer_told": ngettext_lazy(
        "This child’s transfer waits: for an answer, for the arrival to be confirmed, or for its end."
        " The list of transfers says whose act is next.",
        "The transfers of these %d children wait: for an answer, for the arrival to be confirmed, or for their end."
        " The list of transfers says whose act is next.",
    ),
    "review_coming": ngettext_lazy(
        "A review of this child, who is still missing, is to be held. Ask the police again for it."
        " Its day stands on the page of the episode.",
        "Reviews of these %d children, who are still missing, are to be held. Ask the police again for each."
        " Their days stand on the pages of the episodes.",
    ),
    "episode_update": ngettext_lazy(
        "Somebody has added something to this episode. What it says stands on its page alone.",
        "Somebody has added something to these %d episodes. What it says stands on their pages alone.",
    ),
}


# What may be told before anything of it is late.
UNTIMED = frozenset({"transfer_told"})


@dataclass(frozen=True)
class Section:
    """One part of the daily list: what it is, the references, and how many there are where they are not all named."""

    title: str | Promise
    references: Sequence[str]
    count: int

    @property
    def rest(self) -> int:
        return self.count - len(self.named) if self.references else 0

    @property
    def named(self) -> Sequence[str]:
        return self.references[:NAMED]


@dataclass(frozen=True)
class Digest:
    """What is due for one person on one London day."""

    day: date
    sections: Sequence[Section]


@dataclass(frozen=True)
class Part:
    """What several messages of one wording say together."""

    says: str
    items: Sequence[Item]
    # An episode is known by its own reference, and is due at no instant; an offered transfer is not late yet.
    references: Sequence[str]
    # Whether it says of each by when somebody was to see it.
    is_sight: bool = False


def compose_together(messages: Sequence[Message], digest: Digest | None, *, now: datetime) -> Composed:
    """Return the one mail of messages to one reader; a single one without a digest is the ordinary mail."""
    if digest is None and len(messages) == 1:
        return composition.compose(messages[0], now=now)
    first = messages[0]
    with translation.override(settings.LANGUAGE_CODE):
        told = [about.read(message, now=now) for message in messages if message.digest_date is None]
        name = "bundle" if digest is None else "digest"
        subject = _subject(told, digest)
        values = _values(first, told, digest, now=now) | {"subject": subject}
        text = layout.reflow(layout.render(f"{name}.txt", values, plain=True))
        html = layout.render(f"{name}.html", values)
        email = mime.blank()
        headers.write(email, first, None, subject=subject, urgent=False, now=now)
        mime.fill(email, mime.coded(text), mime.coded(html), number=headers.mail_of(first))
    return Composed(subject, text, html, email)


def text_together(messages: Sequence[Message], *, now: datetime) -> tuple[str, str]:
    """Return the one text of messages to one phone, and the references it is about."""
    first = messages[0]
    if len(messages) == 1:
        return composition.compose_text(first, now=now), composition.reference_of(first)
    with translation.override(settings.LANGUAGE_CODE):
        told = [about.read(message, now=now) for message in messages]
        values = _values(first, told, None, now=now) | {"service": settings.SERVICE_NAME}
        text = " ".join(layout.render("bundle.sms", values, plain=True).split())
    return (text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"), str(values["reference"])


def _subject(told: Sequence[About], digest: Digest | None) -> str:
    if digest is not None:
        return _("Your daily list - for your information")
    return _("Child alerts %(reference)s - for your information") % {"reference": _reference(told)}


def _values(first: Message, told: Sequence[About], digest: Digest | None, *, now: datetime) -> dict[str, Any]:
    link = Link.LIST
    owed_at = min(message.message.owed_at for message in told) if digest is None else first.owed_at
    late = now - owed_at
    return {
        "about": {"late": late if late > LATE_AFTER else None},
        "message": {"owed_at": owed_at},
        "digest": digest,
        "parts": _parts(told),
        # An episode is of a child that may be told of by its own reference too.
        "count": len({reference.partition("-M")[0] for one in told for reference in one.references}),
        "now": now,
        "language": translation.get_language(),
        "link": wordings.page(link, None),
        "link_label": wordings.label(link, None),
        "reference": _reference(told) if digest is None else _("daily list"),
        "duty_line": _duty_line(told) if digest is None else "",
        "urgent_line": desk_line(),
        "stamp": headers.mail_of(first).hex[:8],
        "rows": [],
    }


def _parts(told: Sequence[About]) -> list[Part]:
    """What is told, by wording in the order in which it became due."""
    parts = []
    for wording in dict.fromkeys(one.message.wording for one in told):
        ours = [one for one in told if one.message.wording == wording]
        untimed = ours[0].episode is not None or wording in UNTIMED
        earliest: dict[str, Item] = {}
        for item in (item for one in ours for item in one.items):
            known = earliest.setdefault(item.reference, item)
            if item.due_at < known.due_at:
                earliest[item.reference] = item
        references = list(dict.fromkeys(reference for one in ours for reference in one.references))
        number = len(references)
        says = SAYS[wording] % number
        is_sight = wording in last_sights.SAID
        parts.append(Part(says, [] if untimed else list(earliest.values()), references, is_sight))
    return parts


def _duty_line(told: Sequence[About]) -> str:
    """The number for all of them; none where they are of several desks, each of which knows its own children."""
    lines = {about.duty_line(one.message) for one in told}
    return lines.pop() if len(lines) == 1 else ""


def _reference(told: Sequence[About]) -> str:
    """The references for a subject: two at most, and the number of the others."""
    found = list(dict.fromkeys(reference for one in told for reference in one.references))
    return about.in_short(found)
