"""What an escort answers to the text that carries their link: its code confirms the next stop, as a press on the page does."""

import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from cases import escort_links, escorts, log
from cases.journey_pages import Page, read
from cases.journey_times import APART_AT_MOST, is_before_night
from cases.journeys import Seen
from cases.models import AccessRecord, Contact, EscortLink
from cases.states import IllegalMove

# Thirty-two characters, none of which is misread for another: five bits each.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 6
# Nothing but the code: words beside it may say that the child is not there, and nobody reads them.
_CODE = re.compile(rf"\W*J\W*([{ALPHABET}]{{{LENGTH}}})\W*")
# More wrong codes from one number than this are no slips: until an hour is over the number confirms nothing.
TRIES = 10
WITHIN = timedelta(hours=1)
# A text that is sent twice, or arrives twice, is one stop; where two lie closer together the page confirms the second.
ONE_STOP = timedelta(minutes=10)
# The pick-up is no sooner than this by a text: whoever answers the one with their link as it comes has seen nobody.
EARLY = timedelta(hours=1)
PAGE, LABEL = "escort_text", "escort text"
_ANSWERS = uuid.UUID("5c8a4c0e-5a1f-4d50-9a3e-1f5a0f1f6c11")


class Outcome(StrEnum):
    """What became of a text."""

    STRANGER = "stranger"
    UNREAD = "unread"
    WRONG = "wrong"
    WORN = "worn"
    OVER = "over"
    EARLY = "early"
    TWICE = "twice"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Received:
    """A text as the gateway hands it on; the same `id` on a repeat is the same text."""

    id: str
    number: str
    words: str


@dataclass(frozen=True)
class Answer:
    """What became of it, and the journey as it stands after it where a code was right."""

    outcome: Outcome
    page: Page | None = None


def code_of(token_hash: str) -> str:
    """The code of a link, as `J-` and six characters: whoever reads the database cannot make it without the secret key."""
    mark = hmac.new(
        settings.SECRET_KEY.encode(), f"escort text {token_hash}".encode(), hashlib.sha256
    ).digest()
    return "J-" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in mark[:LENGTH])


def receive(text: Received, *, at: datetime) -> Answer:
    """Confirm the next stop of the journey whose escort sent its code from their own phone, as given; else nothing.

    The code alone is not enough, for it may be read over a shoulder; nor is the number, which can be made up.
    """
    links = list(escorts.live_links(text.number, at=at))
    if not links:
        return Answer(Outcome.STRANGER)
    found = _CODE.fullmatch(text.words.upper())
    if found is None:
        return Answer(Outcome.UNREAD)
    if _wrong_lately(links, at) >= TRIES:
        return Answer(Outcome.WORN)
    code = f"J-{found[1]}"
    link = next((one for one in links if hmac.compare_digest(code_of(one.token_hash), code)), None)
    _note(link or links[0], allowed=link is not None, at=at)
    if link is None:
        return Answer(Outcome.WRONG)
    return _confirm(link, uuid.uuid5(_ANSWERS, text.id), at)


def _confirm(link: EscortLink, key: uuid.UUID, at: datetime) -> Answer:
    child = link.journey.child
    page = read(child, addressed=True, now=at)
    if page is None or page.next is None or not escort_links.is_live(link, now=at):
        return Answer(Outcome.OVER)
    if page.next.stop.position == 0 and page.next.stop.due_at - at > EARLY:
        return Answer(Outcome.EARLY, page)
    if _was_confirmed(page, at) or Contact.objects.filter(key=key).exists():
        return Answer(Outcome.TWICE, page)
    seen = Seen(escort=link.escort, happened_at=at, as_given=True, key=key)
    try:
        escort_links.confirm(link, page.next.stop, seen, at=at)
    except IllegalMove:
        # Perhaps another text or a press of the same moment was first.
        page = read(child, addressed=True, now=at)
        is_twice = page is not None and _was_confirmed(page, at)
        return Answer(Outcome.TWICE, page) if is_twice else Answer(Outcome.OVER)
    return Answer(Outcome.CONFIRMED, read(child, addressed=True, now=at))


def _was_confirmed(page: Page, at: datetime) -> bool:
    """Whether a stop was confirmed so lately that nobody can have come to the next: a text may lie on its way for long.

    Its own time is not known, and read as that of the next stop a late one would hide that nobody was seen there.
    """
    confirmed = [line for line in page.lines if line.confirmation is not None]
    if not confirmed:
        return False
    last = confirmed[-1]
    following = page.next
    if (
        following is not None
        and following.stop.pk == last.stop.pk
        and not is_before_night(following.stop.due_at, at)
    ):
        # The night has begun, and there it is confirmed again, as was asked for.
        leg = ONE_STOP
    else:
        leg = following.stop.due_at - last.stop.due_at if following is not None else ONE_STOP
    # Where the child sleeps it is confirmed again until the night begins.
    leg = leg or APART_AT_MOST
    since = max(line.confirmation.contact.happened_at for line in confirmed if line.confirmation is not None)
    return since > at - max(ONE_STOP, leg / 2)


def _wrong_lately(links: list[EscortLink], at: datetime) -> int:
    rows = AccessRecord.objects.filter(
        child__in={one.journey.child_id for one in links}, page=PAGE, allowed=False, at__gt=at - WITHIN
    )
    return rows.filter(path__in=[_place_of(one) for one in links]).count()


def _place_of(link: EscortLink) -> str:
    return f"/texts/#{link.pk}"


def _note(link: EscortLink, *, allowed: bool, at: datetime) -> None:
    log.record_access(
        user=None,
        child_id=link.journey.child_id,
        permission=PAGE,
        allowed=allowed,
        place=log.Place(path=_place_of(link), page=PAGE, address=None),
        label=LABEL,
        at=at,
    )
