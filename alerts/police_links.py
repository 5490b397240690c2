"""Links for a force without an account: issued for one message, only their hash kept, limited each by itself."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from alerts.models import LinkAcknowledgement, LinkUse, Message, PoliceLink
from cases import link_tokens, log
from cases.clock import TOLERANCE
from cases.models import Child, EpisodeForce, User
from cases.states import IllegalMove

# A mail scanner opens a link a few times; a person reloads it. More than this is neither.
REQUESTS = 30
WITHIN = timedelta(minutes=10)
# More names than a control room has at night: whoever goes on fills the child's record with invented ones.
ANSWERS = 20
LABEL = "police link"


def issue(message: Message, *, now: datetime) -> str:
    """Store a new link for a police message and return its address; the token itself is kept nowhere.

    One of a mail to a force that has left the search, as the last one is, is closed from the beginning.
    ValueError when the message has no episode or force.
    """
    if message.episode_id is None or message.force_id is None:
        raise ValueError(f"message {message.pk} is not about an episode of a force")
    token = link_tokens.new()
    PoliceLink.objects.create(
        message=message,
        episode_id=message.episode_id,
        force_id=message.force_id,
        token_hash=link_tokens.hash_of(token),
        created_at=now,
        expires_at=now + timedelta(seconds=settings.POLICE_LINK_SECONDS),
        revoked_at=now if _left(message.episode_id).filter(force=message.force_id).exists() else None,
    )
    return f"{settings.PUBLIC_URL}{reverse('police_alert', args=[token])}"


def find(token: str) -> PoliceLink | None:
    """The link of `token`, lapsed or not, with all that its page shows."""
    related = ("episode__child", "force", "message__mailbox", "message__force")
    return PoliceLink.objects.select_related(*related).filter(token_hash=link_tokens.hash_of(token)).first()


def is_live(link: PoliceLink, *, now: datetime) -> bool:
    """Whether the link still opens its page."""
    return link.revoked_at is None and now < link.expires_at


def reference_of(link: PoliceLink) -> str:
    """What a page may say of a link that works no more: nothing where it was closed, as of a mail that went astray."""
    return "" if link.revoked_at is not None or has_left(link) else link.episode.reference


def has_left(link: PoliceLink) -> bool:
    """Whether the force of the link has handed the search on, or declined it: the link shows nothing of it any more."""
    return _left(link.episode_id).filter(force=link.force_id).exists()


def close_for(episode_id: int, forces: Collection[int], *, at: datetime) -> int:
    """Close the links of the mails to forces that have left a search, and return how many there were."""
    links = PoliceLink.objects.filter(episode=episode_id, force__in=forces, revoked_at=None)
    return links.filter(expires_at__gt=at).update(revoked_at=at)


def _left(episode_id: int) -> QuerySet[EpisodeForce]:
    return EpisodeForce.objects.filter(episode=episode_id, left_at__isnull=False)


def use(
    link: PoliceLink,
    *,
    posted: bool = False,
    acknowledges: bool = False,
    of_profile: bool = False,
    now: datetime,
) -> bool:
    """Count one request on the link; False when it has had its fill of that kind.

    Limits hang on the link and never on an address, which a whole force may share. What is sent is counted apart from
    what is opened, and a whole “I have this alert” against its like alone: however often a scanner opens the link or
    presses an empty form, an officer’s is taken. The profile has its own, and codes are counted by themselves.
    """
    used = LinkUse.objects.filter(link=link, of_profile=of_profile, posted=posted)
    if acknowledges:
        is_full = link.acknowledgements.count() >= ANSWERS
    elif posted and not of_profile:
        is_full = used.count() >= ANSWERS
    else:
        is_full = used.filter(at__gt=now - WITHIN).count() >= REQUESTS
    if not is_full:
        LinkUse.objects.create(link=link, at=now, posted=posted, of_profile=of_profile)
    return not is_full


def mark_opened(link: PoliceLink, *, now: datetime) -> None:
    """Keep when the page was first fetched; a scanner does it too, so it means little."""
    PoliceLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)


def revoke(message: Message, *, by: User, at: datetime) -> int:
    """Close the links of one police message, which went to a wrong mailbox, and return how many there were.

    IllegalMove where none is open any more.
    """
    if message.episode is None:
        raise IllegalMove("This message has no link.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=message.episode.child_id)
        closed = PoliceLink.objects.filter(message=message, revoked_at=None, expires_at__gt=at).update(
            revoked_at=at
        )
        if not closed:
            raise IllegalMove("This link is closed already.")
        log.record(
            child,
            "police_link_revoked",
            subject=message.episode,
            data={"force": message.force.code if message.force else "", "message": str(message.pk)},
            by=by,
            at=at,
        )
    return closed


def acknowledge(
    link: PoliceLink, *, name: str, collar_number: str, incident_reference: str = "", at: datetime
) -> LinkAcknowledgement:
    """Record “I have this alert” as given by somebody with the link; it verifies nothing and slows nothing.

    IllegalMove when the link has lapsed meanwhile, or nobody is named.
    """
    if not name.strip() or not collar_number.strip():
        raise IllegalMove("Enter your name and collar number.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=link.episode.child_id)
        link = PoliceLink.objects.select_related("force").get(pk=link.pk)
        if not is_live(link, now=at):
            raise IllegalMove("This link has expired.")
        given = {
            "name": name.strip(),
            "collar_number": collar_number.strip(),
            "incident_reference": incident_reference.strip(),
        }
        # A form that is sent again: "now" is a moment later with each press.
        own = LinkAcknowledgement.objects.filter(link=link, at__range=(at - TOLERANCE, at), **given)
        if (standing := own.last()) is not None:
            return standing
        acknowledgement = LinkAcknowledgement.objects.create(
            link=link, episode_id=link.episode_id, at=at, **given
        )
        log.record(
            child,
            "opened_as_given",
            subject=acknowledgement,
            data={"force": link.force.code},
            fields=given,
            label="as given by link",
            by=None,
            at=at,
        )
    return acknowledgement
