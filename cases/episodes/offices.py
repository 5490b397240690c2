"""The first part of an ending where a call to the placement cannot be it: whoever has the child is rung, or tells of its death.

The number is taken from somewhere that the caller had no hand in, and the database holds who said it, for which office,
on which number, from where that was taken, under which reference and when.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from cases import escorts, log, sign_keys
from cases.clock import TOLERANCE
from cases.episodes import child_parts, signs
from cases.episodes.endings import not_by_whoever_said_seen
from cases.episodes.openings import locked
from cases.episodes.searches import forget_child_confirmed
from cases.models import (
    Child,
    ChildPart,
    Contact,
    EpisodeCall,
    Journey,
    KeepFrom,
    MissingEpisode,
    NumberFrom,
    Office,
    Outcome,
    SeenReport,
    User,
)
from cases.models.child_parts import MAY_TELL_OF_DEATH, NATIONAL_NUMBER
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class OfficeWord:
    """What whoever was rung said of the child; `unspoken` is why nobody could speak to a child who is alive."""

    has_died: bool
    office: str
    name: str = ""
    said_by: str
    phone: str
    number_from: str
    number_where: str
    reference: str = ""
    told_at: datetime
    unspoken: str = ""


def hear_from_office(episode: MissingEpisode, word: OfficeWord, *, by: User, at: datetime) -> MissingEpisode:
    """Duty has rung whoever has the child, or an office that tells of its death: the first part of an ending.

    Raises `IllegalMove` where anything of it is missing, where the number is that of somebody who spoke of the child or
    whom the child is kept from, and where the police's word to one person would be both parts.
    """
    word = _stripped(word)
    _require_whole(word, at)
    with transaction.atomic():
        child, episode = locked(episode)
        not_by_whoever_said_seen(episode, by)
        _require_fresh(episode, word)
        spoke = [(word.said_by, "", ""), (word.said_by.partition(",")[0], "", "")]
        if escorts.barred(child, spoke) or (
            word.phone != NATIONAL_NUMBER
            and sign_keys.phone(word.phone) in set(_numbers_of_callers(episode, by))
        ):
            raise IllegalMove("Take the number from somewhere else: this one confirms nothing.")
        if _said_before(episode, word, by):
            return episode
        _write(episode, word, by=by, at=at)
        child_parts.require_two_heard(episode, by, episode.police_closed_by)
        child_parts.require_second(episode, episode.police_closed_by, by)
        episode.save()
        _record(child, episode, word, by=by, at=at)
    return episode


def _write(episode: MissingEpisode, word: OfficeWord, *, by: User, at: datetime) -> None:
    how = ChildPart.DEATH if word.has_died else ChildPart.OFFICE
    # Put right, or rung again, it is the same find: whoever looks for others was told of it.
    is_same = (episode.child_confirmed_by_id, episode.child_confirmed_how) == (by.pk, how)
    confirmed_at = episode.child_confirmed_at if is_same else at
    forget_child_confirmed(episode)
    episode.child_confirmed_at, episode.child_confirmed_by = confirmed_at, by
    episode.child_confirmed_how = how
    episode.child_confirmed_adult, episode.child_confirmed_phone = word.said_by, word.phone
    episode.child_confirmed_office, episode.child_confirmed_office_name = word.office, word.name
    episode.child_confirmed_number_from = word.number_from
    episode.child_confirmed_number_where = word.number_where
    episode.child_confirmed_reference = word.reference
    episode.child_confirmed_told_at = word.told_at
    episode.child_confirmed_unspoken = word.unspoken


def _record(child: Child, episode: MissingEpisode, word: OfficeWord, *, by: User, at: datetime) -> None:
    log.record(
        child,
        "death_told" if word.has_died else "office_has_child",
        subject=episode,
        data={"office": word.office, "from": word.number_from},
        fields={
            "name": word.name,
            "adult": word.said_by,
            "phone": word.phone,
            "where": word.number_where,
            "reference": word.reference,
            "unspoken": word.unspoken,
        },
        happened_at=word.told_at,
        by=by,
        at=at,
    )


def _require_whole(word: OfficeWord, at: datetime) -> None:
    if word.office not in Office or word.number_from not in NumberFrom:
        raise IllegalMove("Select who has the child, and where you took the number from.")
    if not (word.said_by and word.phone and word.number_where):
        raise IllegalMove("Enter who told you, the number you rang and where you found it.")
    if word.told_at > at:
        raise IllegalMove("The time of the call must be now or in the past.")
    if word.number_from == NumberFrom.NATIONAL and word.office != Office.POLICE:
        raise IllegalMove("Only the police are rung on 101.")
    if (word.number_from == NumberFrom.NATIONAL) != (word.phone == NATIONAL_NUMBER):
        raise IllegalMove(
            "Put through by the force, the number you rang is 101; and 101 is rung in no other way."
        )
    if word.has_died:
        _require_may_tell(word)
    elif word.office == Office.CORONER:
        raise IllegalMove("A coroner has no child who is alive.")
    if word.office == Office.FAMILY and (word.unspoken or word.number_from != NumberFrom.RECORD):
        raise IllegalMove(
            "With the family: speak to the child itself, on a number that was in the record before the search."
        )
    if word.office != Office.FAMILY and not (word.name and word.reference):
        raise IllegalMove("Enter the name of the office and its reference.")


def _require_fresh(episode: MissingEpisode, word: OfficeWord) -> None:
    """Of a child who was looked for or seen since, or was gone anew, what was said before tells nothing."""
    if word.told_at < episode.since:
        raise IllegalMove("The call must be after the episode began.")
    if word.has_died:
        signs.require_none(episode, word.told_at)
        return
    looks = Contact.objects.standing().filter(child=episode.child_id, outcome=Outcome.NOT_HERE)
    gone_anew = episode.anew_at is not None and word.told_at < episode.anew_at
    if gone_anew or looks.filter(happened_at__gt=word.told_at).exists():
        raise IllegalMove("The child was looked for after that call. Ring again.")


def _require_may_tell(word: OfficeWord) -> None:
    if word.office not in MAY_TELL_OF_DEATH:
        raise IllegalMove(
            "A death is told by an officer, a hospital or a coroner, or by the authority of a country abroad."
        )
    if word.unspoken:
        raise IllegalMove("Of a child who has died nobody asks why it could not speak.")


def _numbers_of_callers(episode: MissingEpisode, by: User) -> Iterator[str]:
    """The phones of whoever said "seen" or wrote it down, rang in, is kept from the child, or rings now."""
    said = SeenReport.objects.filter(episode=episode)
    whose = ("reported_by__phone", "contact__witness_user__phone", "contact__recorded_by__phone")
    for phones in said.values_list(*whose):
        yield from map(sign_keys.phone, filter(None, phones))
    rang_in = EpisodeCall.objects.filter(episode=episode, direction=EpisodeCall.Direction.IN)
    yield from map(sign_keys.phone, rang_in.exclude(number="").values_list("number", flat=True))
    kept = KeepFrom.objects.filter(child=episode.child_id, ends_at=None)
    yield from map(sign_keys.phone, kept.exclude(user__phone="").values_list("user__phone", flat=True))
    journeys = list(Journey.objects.filter(child=episode.child_id))
    barred = escorts.barred_of(journeys)
    yield from (
        sign_keys.phone(journey.escorts[number - 1][1])
        for journey in journeys
        for number in barred.get(journey.pk, ())
    )
    if by.phone:
        yield sign_keys.phone(by.phone)


def _said_before(episode: MissingEpisode, word: OfficeWord, by: User) -> bool:
    """Whether the same person has recorded the same words of one call: sent twice it is one find, rung again it is another."""
    told_at = episode.child_confirmed_told_at
    if told_at is None or abs(word.told_at - told_at) > TOLERANCE:
        return False
    standing = OfficeWord(
        has_died=episode.child_confirmed_how == ChildPart.DEATH,
        office=episode.child_confirmed_office,
        name=episode.child_confirmed_office_name,
        said_by=episode.child_confirmed_adult,
        phone=episode.child_confirmed_phone,
        number_from=episode.child_confirmed_number_from,
        number_where=episode.child_confirmed_number_where,
        reference=episode.child_confirmed_reference,
        told_at=word.told_at,
        unspoken=episode.child_confirmed_unspoken,
    )
    return episode.child_confirmed_by_id == by.pk and standing == word


def _stripped(word: OfficeWord) -> OfficeWord:
    names = ("name", "said_by", "phone", "number_where", "reference", "unspoken")
    return replace(word, **{name: getattr(word, name).strip() for name in names})
