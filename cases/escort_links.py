"""Links for the escorts of a journey, who have no account: shown or sent once, only their hash kept, closed by the hand-over."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from cases import escorts, journeys, link_tokens, log
from cases.models import AccessRecord, Child, EscortLink, Journey, JourneyConfirmation, JourneyStop, User
from cases.moves import require_open
from cases.states import IllegalMove

# A journey that runs late is still confirmed: so long after the planned hand-over the link lapses by itself.
AFTER = timedelta(hours=12)
# A person reloads a page a few times; more than this is no person.
REQUESTS = 30
WITHIN = timedelta(minutes=10)
LABEL = "escort link"
PAGE = "escort_page"


def make(journey: Journey, number: int, *, by: User, at: datetime) -> str:
    """Return the token of a new link for the first or the second escort; one made before opens nothing any more.

    Raises `IllegalMove` for a journey that has ended, and for an escort from whom the child is kept.
    """
    token = link_tokens.new()
    with transaction.atomic():
        child, link = _put(journey, number, token, key=uuid.uuid4(), by=by, at=at)
        log.record(child, "escort_link_made", subject=link.journey, data={"escort": number}, by=by, at=at)
    return token


def ask(journey: Journey, number: int, *, key: uuid.UUID, by: User, at: datetime) -> EscortLink:
    """Put a link in the place of the one before that a message of this `key` is to carry; until then nobody has it.

    Raises `IllegalMove` as `make` does.
    """
    with transaction.atomic():
        _child, link = _put(journey, number, link_tokens.new(), key=key, by=by, at=at)
    return link


def issue(key: uuid.UUID, *, at: datetime) -> str:
    """Return the token of a link that was asked for; a mail that is tried again carries another, and each of them opens.

    Raises `IllegalMove` where the link was closed, or another was made, in the meantime.
    """
    token = link_tokens.new()
    with transaction.atomic():
        asked = EscortLink.objects.filter(key=key).select_related("journey").order_by("pk").first()
        if asked is None:
            raise IllegalMove("This link has expired.")
        Child.objects.locked().get(pk=asked.journey.child_id)
        if not EscortLink.objects.live(at).filter(pk=asked.pk).exists():
            raise IllegalMove("This link has expired.")
        EscortLink.objects.create(
            key=key,
            journey=asked.journey,
            number=asked.number,
            token_hash=link_tokens.hash_of(token),
            created_at=at,
            created_by=asked.created_by,
            expires_at=asked.expires_at,
        )
    return token


def _put(
    journey: Journey, number: int, token: str, *, key: uuid.UUID, by: User, at: datetime
) -> tuple[Child, EscortLink]:
    if number not in (1, 2):
        raise IllegalMove("A journey has two escorts.")
    child = Child.objects.locked().get(pk=journey.child_id)
    require_open(child.closed_at)
    journey = Journey.objects.get(pk=journey.pk)
    if journey.ended_at is not None:
        raise IllegalMove("This journey has ended already.")
    if number in escorts.barred(child, journey.escorts):
        raise IllegalMove("These escorts cannot take this child. Choose others, or ask your manager.")
    EscortLink.objects.filter(journey=journey, number=number, revoked_at=None).update(revoked_at=at)
    last = journey.stops.order_by("-position").values_list("due_at", flat=True)[0]
    link = EscortLink.objects.create(
        key=key,
        journey=journey,
        number=number,
        token_hash=link_tokens.hash_of(token),
        created_at=at,
        created_by=by,
        expires_at=max(last, at) + AFTER,
    )
    return child, link


def find(token: str) -> EscortLink | None:
    """The link of `token`, lapsed or not, with its journey and child."""
    related = EscortLink.objects.select_related("journey__child")
    return related.filter(token_hash=link_tokens.hash_of(token)).first()


def is_live(link: EscortLink, *, now: datetime) -> bool:
    """Whether the link still opens its page: until the hand-over, or until it lapses or another takes its place."""
    return EscortLink.objects.live(now).filter(pk=link.pk).exists() and link.journey.child.closed_at is None


def handed_over_at(link: EscortLink, *, now: datetime) -> datetime | None:
    """When the child was seen at the hand-over that ended the link's journey; None where it did not end so.

    And None by a link that was closed before, has lapsed since, or is that of somebody the child is kept from by now.
    """
    journey = link.journey
    if journey.ended_at is None or link.revoked_at is not None or link.expires_at <= now:
        return None
    if link.number in escorts.barred(journey.child, journey.escorts):
        return None
    last = journey.stops.order_by("-position").values_list("position", flat=True)[0]
    confirmed = journeys.confirmations(journey)
    is_over = bool(confirmed) and confirmed[-1].stop.position == last
    return confirmed[-1].contact.happened_at if is_over else None


def place_of(link: EscortLink) -> str:
    """What stands for its address on record: the link's number, for its token is a secret."""
    return f"/j/#{link.pk}"


def is_worn(link: EscortLink, *, now: datetime) -> bool:
    """Whether the link has had its fill of requests for the last ten minutes, by the record of reads."""
    lately = AccessRecord.objects.filter(child=link.journey.child_id, page=PAGE, at__gt=now - WITHIN)
    return lately.filter(path=place_of(link)).count() >= REQUESTS


def confirm(link: EscortLink, stop: JourneyStop, seen: journeys.Seen, *, at: datetime) -> JourneyConfirmation:
    """The escort says by their own link that the child is in sight at this stop: recorded as given.

    Raises `IllegalMove` where the link has lapsed meanwhile.
    """
    with transaction.atomic():
        Child.objects.locked().get(pk=link.journey.child_id)
        if not is_live(link, now=at):
            raise IllegalMove("This link has expired.")
        return journeys.confirm(stop, seen, by=None, at=at)
