"""The photo and the details of a missing child for a force: by a code that duty reads out, or by an officer's account."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from alerts import duty_tasks, police_links
from alerts.models import Alert, DutyTask, PoliceLink, ProfileCode, ProfileTry
from alerts.states import AlertStatus
from cases import document_files, images, log, photo_files
from cases.models import Child, Document, MissingEpisode, Photo, PoliceForce, Responsibility, Trigger, User
from cases.states import EpisodeStatus, IllegalMove

# Read out over a phone: without I and 1, O and 0. Eight of 32 are 40 bits, and ten tries an hour guess none of them.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 8
# Long enough to type it and to print what it shows; somebody who needs it again rings again.
LASTS = timedelta(minutes=30)
WRONG_AT_MOST = 10
CLOSED_FOR = timedelta(hours=1)
URGENCY = 20


# So many points has the longer side of a picture of who came: a plate is read in it, and three of them are sent.
CAME_SIDE = 1200


@dataclass(frozen=True)
class Picture:
    """The newest photo as a browser shows it without asking for anything more."""

    source: str
    photo: Photo


@dataclass(frozen=True)
class Came:
    """A photo of who came near the child, of the car, or of what they wrote, shown the same way."""

    source: str
    at: datetime


def give(
    episode: MissingEpisode, force: PoliceForce, *, officer: str, collar_number: str, by: User, at: datetime
) -> str:
    """Make a code for an officer of `force` whom `by` has rung back, and return it this once.

    IllegalMove for an episode that is over, a force that was not told, and without an officer's name and number.
    """
    if not officer.strip() or not collar_number.strip():
        raise IllegalMove("Enter the officer's name and collar number.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        _require_searched(episode, at)
        if not episode.forces.filter(force=force, left_at=None).exists():
            raise IllegalMove("This force is not alerted.")
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        row = ProfileCode.objects.create(
            episode=episode,
            force=force,
            code_hash=_hash(code),
            officer=officer.strip(),
            collar_number=collar_number.strip(),
            given_at=at,
            given_by=by,
            expires_at=at + LASTS,
        )
        data = {"force": force.code, "officer": row.officer, "collar_number": row.collar_number}
        log.record(child, "police_code_given", subject=episode, data=data, by=by, at=at)
    return f"{code[:4]}-{code[4:]}"


def closed_until(link: PoliceLink, *, now: datetime) -> datetime | None:
    """Until when no code opens the profile on this link, where ten were wrong."""
    until = link.profile_closed_until
    return until if until is not None and now < until else None


def enter(link: PoliceLink, typed: str, *, at: datetime) -> ProfileCode | None:
    """Return the code that was typed on a live link, or None for a wrong one; the view of the profile is on record.

    The tenth wrong code since the last right one closes the profile on this link for an hour and tells duty.
    IllegalMove while it is closed, and once the search is over.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=link.episode.child_id)
        link = PoliceLink.objects.select_related("episode", "force").get(pk=link.pk)
        if not police_links.is_live(link, now=at):
            raise IllegalMove("This link has expired.")
        _require_searched(link.episode, at)
        if closed_until(link, now=at):
            raise IllegalMove("Too many wrong codes were typed here.")
        code = _found(link, typed, at)
        ProfileTry.objects.create(link=link, at=at, right=code is not None)
        if code is None:
            _count(link, child, at)
            return None
        ProfileCode.objects.filter(pk=code.pk, link=None).update(link=link)
        seen(
            link.episode,
            link.force,
            by=None,
            label=f"{code.officer[:30]} {code.collar_number[:12]}, by code",
            at=at,
        )
    return code


def seen(
    episode: MissingEpisode, force: PoliceForce, *, by: User | None, label: str = "", at: datetime
) -> None:
    """Put on the episode's timeline that an officer of `force` was shown photo and details; IllegalMove once it is over."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        _require_searched(MissingEpisode.objects.get(pk=episode.pk), at)
        log.record(
            child,
            "police_profile_seen",
            subject=episode,
            data={"force": force.code, "by_code": by is None},
            label=label,
            by=by,
            at=at,
        )


def picture(episode: MissingEpisode) -> Picture | None:
    """The newest photo, inside the page itself: it has no address that could be opened without a code."""
    return _in_page(Photo.objects.newest_of([episode.child_id]).first())


def picture_then(photo: Photo | None, *, beside: Picture | None) -> Picture | None:
    """The photo of then, where it is another than the one `beside` it; none that was withdrawn: it may be of another child."""
    is_shown = beside is not None and photo == beside.photo
    return None if is_shown or photo is None or photo.withdrawn_at is not None else _in_page(photo)


def came(entries: Iterable[Trigger]) -> list[Came]:
    """The photos of these who came near the child; no file but a picture is shown."""
    found = []
    for one in entries:
        held = one.standing_photo
        if held is None or held.media_type != Document.MediaType.JPEG:
            continue
        try:
            content = images.written_anew(document_files.read(held.token), side=CAME_SIDE)
        except (OSError, images.NotAPhoto):
            continue
        found.append(Came(_source(content), one.happens_at))
    return found


def _in_page(photo: Photo | None) -> Picture | None:
    if photo is None:
        return None
    try:
        content = photo_files.read(photo.token, "portrait")
    except OSError:
        return None
    return Picture(_source(content), photo)


def _source(content: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def is_searched(episode: MissingEpisode, *, at: datetime) -> bool:
    """Whether a force searches for the child now, and so may be shown whom."""
    told = episode.police_owed_at is not None and episode.police_owed_at <= at
    return told and episode.status != EpisodeStatus.ENDED


def _require_searched(episode: MissingEpisode, at: datetime) -> None:
    if not is_searched(episode, at=at):
        raise IllegalMove("This episode has ended, or the police have not been told of it.")


def _found(link: PoliceLink, typed: str, at: datetime) -> ProfileCode | None:
    wanted = _hash("".join(typed.upper().replace("-", "").split()))
    standing = ProfileCode.objects.filter(
        episode=link.episode_id, force=link.force_id, expires_at__gt=at, given_at__lte=at
    )
    return next(
        (
            code
            for code in standing
            if code.link_id in (None, link.pk) and constant_time_compare(code.code_hash, wanted)
        ),
        None,
    )


def _count(link: PoliceLink, child: Child, at: datetime) -> None:
    tries = ProfileTry.objects.filter(link=link)
    last_right = tries.filter(right=True).order_by("-at").values_list("at", flat=True).first()
    since = max((moment for moment in (last_right, link.profile_closed_until) if moment), default=None)
    wrong = tries.filter(right=False, **({"at__gt": since} if since else {})).count()
    if wrong < WRONG_AT_MOST:
        return
    PoliceLink.objects.filter(pk=link.pk).update(profile_closed_until=at + CLOSED_FOR)
    log.record(
        child,
        "police_codes_wrong",
        subject=link.episode,
        data={"force": link.force.code, "wrong": wrong},
        label=police_links.LABEL,
        by=None,
        at=at,
    )
    _tell_duty(link, at)


def _tell_duty(link: PoliceLink, at: datetime) -> None:
    """Ask the desk to ring the force: whoever guesses may hold a mail that was not meant for them."""
    responsible = Responsibility.objects.at(at).get(child=link.episode.child_id)
    alert = Alert.objects.filter(episode=link.episode_id, status=AlertStatus.OPEN).order_by("pk").first()
    next_at = at + duty_tasks.untaken_after([alert])[alert.pk] if alert is not None else None
    task, _made = DutyTask.objects.get_or_create(
        kind=DutyTask.Kind.WRONG_CODES,
        authority_id=responsible.authority_id,
        episode_id=link.episode_id,
        home=None,
        message=None,
        done_at=None,
        defaults={"urgency": URGENCY, "opened_at": at, "next_at": next_at},
    )
    if alert is not None:
        task.items.get_or_create(alert=alert)


def _hash(code: str) -> str:
    """Keyed, since a short code could be found from its plain hash."""
    return salted_hmac("police profile code", code, algorithm="sha256").hexdigest()
