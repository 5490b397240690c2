"""What is added to an episode while it runs: an update, a call, a grade with its reason."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cases import access, log
from cases.access import Permission
from cases.episodes.openings import locked, open_of
from cases.models import (
    HOME_ROLES,
    Child,
    EpisodeCall,
    EpisodeGrade,
    EpisodeUpdate,
    MissingEpisode,
    PoliceGrade,
    Risk,
    Role,
    User,
)
from cases.moves import require_same
from cases.states import EpisodeStatus, IllegalMove


def add_update(
    episode: MissingEpisode,
    *,
    text: str,
    side: str,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> EpisodeUpdate:
    """Add something new to an episode, from one `side` of `EpisodeUpdate.Side`; it moves no clock.

    After the end too: what comes late is kept with the episode it is about. The same key again returns what stands, and
    with other words is `SentBefore`.
    """
    if not text.strip():
        raise IllegalMove("Enter the update.")
    with transaction.atomic():
        child, episode = locked(episode)
        said = {"episode": episode, "side": side, "text": text.strip(), "written_by": by}
        standing = EpisodeUpdate.objects.filter(key=key).first() if key else None
        if standing is not None:
            require_same(standing, said)
            return standing
        update = EpisodeUpdate.objects.create(**said, key=key, written_at=at)
        log.record(
            child,
            "episode_update",
            subject=update,
            data={"episode": episode.number, "side": side},
            fields={"text": text},
            by=by,
            at=at,
        )
    return update


def side_of(user: User, child: Child, *, at: datetime) -> str:
    """For whom they write: the council where they read the record, else the home or the guardian."""
    if access.may(user, child, Permission.SEE_RECORD, at=at):
        return EpisodeUpdate.Side.COUNCIL
    roles = {membership.role for membership in access.memberships(user, at)}
    if Role.GUARDIAN in roles:
        return EpisodeUpdate.Side.GUARDIAN
    return EpisodeUpdate.Side.HOME if roles & set(HOME_ROLES) else EpisodeUpdate.Side.COUNCIL


def keep_whereabouts(
    episode: MissingEpisode, known: str, reason: str = "", *, by: User, at: datetime
) -> EpisodeUpdate | None:
    """Keep as an update where an away child was until now, and what has changed: a search begins where they were."""
    if not known:
        return None
    # What is written down is English, whoever's button wrote it.
    with translation.override(settings.LANGUAGE_CODE):
        was = _("Away until now, whereabouts known: %(place)s") % {"place": known}
    text = "\n".join(part for part in (was, reason.strip()) if part)
    return add_update(episode, text=text, side=side_of(by, episode.child, at=at), by=by, at=at)


def log_call(
    episode: MissingEpisode,
    *,
    direction: str,
    party: str,
    number: str = "",
    rung_at: datetime,
    answered_by: str = "",
    said: str = "",
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> EpisodeCall:
    """Keep one call about an episode: whom, on which number, when, who answered ("" for nobody) and what was said.

    The same key again returns what stands, and with other words is `SentBefore`.
    """
    if not party.strip():
        raise IllegalMove("Enter who was rung, or who rang.")
    if rung_at > at:
        raise IllegalMove("The time of the call must be now or in the past.")
    with transaction.atomic():
        child, episode = locked(episode)
        given: dict[str, Any] = {
            "episode": episode,
            "direction": direction,
            "party": party.strip(),
            "number": number.strip(),
            "rung_at": rung_at,
            "answered_by": answered_by.strip(),
            "said": said.strip(),
            "recorded_by": by,
        }
        standing = EpisodeCall.objects.filter(key=key).first() if key else None
        if standing is not None:
            require_same(standing, given, sent=(standing.recorded_at, at))
            return standing
        call = EpisodeCall.objects.create(**given, key=key, recorded_at=at)
        log.record(
            child,
            "episode_call",
            subject=call,
            data={"episode": episode.number, "direction": direction, "answered": bool(call.answered_by)},
            happened_at=rung_at,
            fields={"party": party, "number": number, "answered_by": answered_by, "said": said},
            by=by,
            at=at,
        )
    return call


def regrade(
    episode: MissingEpisode,
    *,
    whose: str,
    grade: str,
    reason: str,
    asked_for_high: bool = False,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> EpisodeGrade:
    """Give an open episode our grade, or write down the one that the police gave; the earlier ones stay on record.

    The two are never mixed: the police grade is theirs, and ours does not follow it. What the same person said of it last
    in the same words is said once: a form that is sent twice.
    """
    lawful = PoliceGrade.values if whose == EpisodeGrade.Whose.POLICE else Risk.values
    if not grade or grade not in lawful:
        raise IllegalMove("Select the grade.")
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    with transaction.atomic():
        child, episode = locked(episode)
        if episode.status == EpisodeStatus.ENDED:
            raise IllegalMove("This episode has ended.")
        said: dict[str, Any] = {"whose": whose, "grade": grade, "asked_for_high": asked_for_high}
        standing = graded(episode, **said, reason=reason, by=by)
        if standing is not None:
            return standing
        before = episode.police_grade if whose == EpisodeGrade.Whose.POLICE else episode.our_grade
        _require_second(whose, before, grade, seconded_by, by)
        if whose == EpisodeGrade.Whose.POLICE:
            episode.police_grade = grade
        else:
            episode.our_grade = grade
        episode.save(update_fields=["police_grade", "our_grade"])
        row = EpisodeGrade.objects.create(
            episode=episode,
            **said,
            before=before,
            reason=reason.strip(),
            graded_at=at,
            graded_by=by,
            seconded_by=seconded_by,
        )
        log.record(
            child,
            "episode_graded",
            subject=row,
            data={"episode": episode.number, **said},
            fields={"reason": reason},
            by=by,
            at=at,
        )
    return row


def raise_our_view(child: Child, *, reason: str, by: User, at: datetime) -> None:
    """The locked child's risk was raised: our view of its search began with that risk, and is no lower now.

    One that is higher already stays, whatever it was raised for; the police answer for their own.
    """
    episode = open_of(child)
    if episode is not None and is_lower(episode.our_grade, child.risk):
        ours = EpisodeGrade.Whose.OURS
        regrade(episode, whose=ours, grade=child.risk, reason=reason, by=by, at=at)


def graded(
    episode: MissingEpisode, *, whose: str, grade: str, reason: str, asked_for_high: bool, by: User
) -> EpisodeGrade | None:
    """The last grade of theirs or ours, where it is this one with this reason; None where something else was said since.

    Who signed a lower one as second person is not asked twice.
    """
    last = EpisodeGrade.objects.filter(episode=episode, whose=whose).order_by("graded_at", "pk").last()
    stands = episode.police_grade if whose == EpisodeGrade.Whose.POLICE else episode.our_grade
    said = (stands, grade, reason.strip(), asked_for_high, by.pk)
    if last is None or said != (grade, last.grade, last.reason, last.asked_for_high, last.graded_by_id):
        return None
    return last


def _require_second(whose: str, before: str, grade: str, seconded_by: User | None, by: User) -> None:
    """Lowering a guard needs two people; the police answer for their own grade."""
    if whose == EpisodeGrade.Whose.POLICE:
        return
    if is_lower(grade, before) and (seconded_by is None or seconded_by.pk == by.pk):
        raise IllegalMove("Lowering the risk needs a second person.")


def is_lower(grade: str, before: str) -> bool:
    """Whether this grade of ours is below the one before: no one person goes there."""
    return Risk.values.index(grade) < Risk.values.index(before)
