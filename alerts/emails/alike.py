"""Words that many are told at one instant: rendered once, and given to each mail with the references that are its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.utils import translation

from alerts.emails import about, layout, mime, wordings
from alerts.emails.about import About, Item
from alerts.emails.mime import Coded
from alerts.emails.wordings import WORDINGS, Link

# Wordings whose templates say nothing but what stands in `Said`; a test holds each of them to it.
ALIKE = frozenset(
    {
        "home_no_record",
        "duty_no_record",
        "told_no_record",
        "manager_no_record",
        "home_head_count",
        "duty_head_count",
        "told_head_count",
        "duty_second_eyes",
        "told_second_eyes",
        "duty_no_guardian",
        "told_no_guardian",
        "duty_no_worker",
    }
)
# What is kept: a storm has as many as its desks, deadlines and wordings make.
KEPT = 256
# So many children of one house have places of their own; of more the words are rendered for each mail.
PLACES_AT_MOST = 100
_REFERENCE = re.compile(r"MC\d\d-\d{6}", re.ASCII)
_STAMP = "zzzzzzzz"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Words:
    """What a mail says, and both parts as they are coded, where coding left each reference in one piece."""

    subject: str
    text: str
    html: str
    plain: Coded | None = None
    page: Coded | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """Everything that the templates may say: all that tells two mails apart but for references and stamp.

    `deadlines` are those of its children in the order of their references.
    """

    wording: str
    deadlines: tuple[datetime, ...]
    # When each was last seen, in the same order, where it is said.
    seen_at: tuple[datetime | None, ...]
    now: datetime
    owed_at: datetime | None
    late: timedelta | None
    placed: bool
    duty_line: str
    language: str
    service: str
    site: str


def words(facts: About, *, duty_line: str, placed: bool) -> Words | None:
    """The words of this mail from those that others share with it; None for one whose words hang on more."""
    references = [item.reference for item in facts.items]
    # Of a child placed nowhere it says whether anybody ever saw it.
    if not placed or not _is_alike(facts, references):
        return None
    said = _said(facts, duty_line=duty_line, placed=placed)
    if said is None:
        return None
    places = [_place(n) for n in range(len(references))]
    own = [*zip(places, references, strict=True), (_STAMP, facts.message.pk.hex[: len(_STAMP)])]
    return _filled(_rendered(said), own)


def _is_alike(facts: About, references: Sequence[str]) -> bool:
    """Whether it is a first mail about these children and nothing else; a drill and an answer say more."""
    return (
        facts.message.wording in ALIKE
        and facts.root is None
        and facts.episode is None
        and not facts.is_drill
        and list(facts.references) == references
        and 0 < len(references) <= PLACES_AT_MOST
        and all(_REFERENCE.fullmatch(reference) for reference in references)
        # Said of one child by its own day.
        and not any(item.room or item.nobody_there for item in facts.items)
    )


def _said(facts: About, *, duty_line: str, placed: bool) -> Said | None:
    """What is said, by the minute; None where a deadline stands between two: how long ago it was turns at another moment."""
    deadlines = tuple(item.due_at for item in facts.items)
    if any(due_at != _minute_of(due_at) for due_at in deadlines):
        return None
    late = facts.late
    return Said(
        wording=facts.message.wording,
        deadlines=deadlines,
        seen_at=tuple(item.seen_at and _minute_of(item.seen_at) for item in facts.items),
        now=_minute_of(facts.now),
        owed_at=None if late is None else _minute_of(facts.message.owed_at),
        late=None if late is None else late // _MINUTE * _MINUTE,
        placed=placed,
        duty_line=duty_line,
        language=translation.get_language(),
        service=settings.SERVICE_NAME,
        site=settings.PUBLIC_URL,
    )


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


@lru_cache(maxsize=KEPT)
def _rendered(said: Said) -> Words:
    """The words with places for what is each mail's own, of the same length and as plain."""
    link = WORDINGS[said.wording].link
    told = zip(said.deadlines, said.seen_at, strict=True)
    items = [Item(_place(n), due_at, seen_at=seen_at) for n, (due_at, seen_at) in enumerate(told)]
    reference = about.in_short([item.reference for item in items])
    subject = wordings.subject(said.wording, reference)
    values = {
        "about": {"items": items, "late": said.late},
        "message": {"owed_at": said.owed_at},
        "now": said.now,
        "reference": reference,
        "count": len(items),
        "duty_line": said.duty_line,
        "placed": said.placed,
        "subject": subject,
        "language": said.language,
        "link": _link(link, len(items)),
        "link_label": wordings.label(link, None, len(items)),
        "stamp": _STAMP,
        "rows": [],
    }
    text = layout.reflow(layout.render(f"{said.wording}.txt", values, plain=True))
    html = layout.render(f"{said.wording}.html", values)
    places = [*(item.reference for item in items), _STAMP]
    return Words(subject, text, html, _coded(text, places), _coded(html, places))


def _link(link: Link, count: int) -> str:
    """The address with the places in it: of what has the shape of a reference alone an address is made."""
    shaped = {f"MC00-{n:06}": _place(n) for n in range(count)}
    address = wordings.page(link, None, list(shaped))
    for reference, place in shaped.items():
        address = address.replace(reference, place)
    return address


def _place(n: int) -> str:
    """Where the reference of one child goes: as long as it, in the same order, and no reference that is ever given out."""
    return f"ZZ{n:02}-ZZZZZZ"


def _coded(words: str, places: Sequence[str]) -> Coded | None:
    """The words as a part has them; None where that has torn a place apart, or hidden it."""
    coded = mime.coded(words)
    whole = all(coded.body.count(place) == words.count(place) for place in places)
    return coded if whole else None


def _filled(found: Words, own: Sequence[tuple[str, str]]) -> Words:
    def fill(words: str) -> str:
        for place, value in own:
            words = words.replace(place, value)
        return words

    def fill_part(part: Coded | None) -> Coded | None:
        return None if part is None else replace(part, body=fill(part.body))

    return Words(
        fill(found.subject),
        fill(found.text),
        fill(found.html),
        fill_part(found.plain),
        fill_part(found.page),
    )
