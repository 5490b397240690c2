"""The verbs of a found child who is not identified: written down, said to be perhaps a child who is sought, and closed."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from cases import log, matters
from cases.clock import TOLERANCE
from cases.models import (
    Authority,
    Child,
    FoundAddition,
    FoundChild,
    FoundMatch,
    MatterEntry,
    MissingEpisode,
    PoliceForce,
    Sex,
    User,
)
from cases.moves import other_words, require_same
from cases.signals import found_answered
from cases.states import EpisodeStatus, IllegalMove

Outcome = FoundChild.Outcome
Answer = FoundMatch.Answer


@dataclass(frozen=True, kw_only=True)
class Described:
    """What is known of a found child; ages in whole years, and no name is asked to be right."""

    found_at: datetime
    place: str
    found_by: str
    force: PoliceForce | None = None
    cared_for: str = ""
    sex: str = Sex.UNKNOWN
    age_from: int | None = None
    age_to: int | None = None
    looks: str = ""
    clothing: str = ""
    languages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phone: str = ""
    said: str = ""

    @property
    def fields(self) -> dict[str, object]:
        """As the row holds them."""
        given = {**asdict(self), "force": self.force}
        return given | {"languages": list(self.languages), "names": list(self.names)}


def write_down(
    described: Described, *, authority: Authority, key: uuid.UUID, by: User, at: datetime
) -> FoundChild:
    """Write down a found child, and ask from when it was found who looks after it; the same key again returns what stands.

    `IllegalMove` for a time ahead, and where nobody could know the child by what was said.
    """
    if described.found_at > at + TOLERANCE:
        raise IllegalMove("The time must be now or in the past.")
    if not described.place.strip() or not described.found_by.strip():
        raise IllegalMove("Enter where the child was found, and by whom.")
    ages = [age for age in (described.age_from, described.age_to) if age is not None]
    if ages != sorted(ages):
        raise IllegalMove("The younger age comes first.")
    if not any((described.looks, described.names, described.phone, described.said)):
        raise IllegalMove("Enter what the child looks like, or anything that they said or carry.")
    given = described.fields | {"found_at": min(described.found_at, at), "authority": authority}
    with transaction.atomic():
        since = min(described.found_at, at)
        matter = matters.found(since=since, authority=authority, key=key, by=by, at=at)
        row, made = FoundChild.objects.get_or_create(
            key=key, defaults={"matter": matter, **given, "recorded_at": at, "recorded_by": by}
        )
        if row.recorded_by_id != by.pk:
            raise other_words()
        if not made:
            require_same(row, given, sent=(row.recorded_at, at))
    return row


@dataclass(frozen=True, kw_only=True)
class Added:
    """What else is known of a found child by now, beside what stands."""

    looks: str = ""
    clothing: str = ""
    languages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phone: str = ""
    said: str = ""

    @property
    def fields(self) -> dict[str, object]:
        """As the row holds them."""
        return asdict(self) | {"languages": list(self.languages), "names": list(self.names)}


def add(found: FoundChild, added: Added, *, key: uuid.UUID, by: User, at: datetime) -> FoundAddition:
    """Write down what else is known of a found child; the same key again returns what stands.

    Nothing that was written before is changed: the comparison reads both. `IllegalMove` once it is closed.
    """
    if not any(added.fields.values()):
        raise IllegalMove("Enter what else is known of the child.")
    with transaction.atomic():
        locked = FoundChild.objects.select_for_update(of=("self",)).get(pk=found.pk)
        row = FoundAddition.objects.filter(key=key).first()
        if row is None:
            _open(locked)
            return FoundAddition.objects.create(
                found=locked, key=key, **added.fields, recorded_at=at, recorded_by=by
            )
        if (row.recorded_by_id, row.found_id) != (by.pk, locked.pk):
            raise other_words()
        require_same(row, added.fields)
    return row


def say_who_cares(found: FoundChild, *, cared_for: str, by: User, at: datetime) -> FoundChild:
    """Say where the child is now and who looks after it; the question comes again until the child is somebody's."""
    if not cared_for.strip():
        raise IllegalMove("Enter where the child is, and who looks after them.")
    with transaction.atomic():
        found = _open(found)
        found.cared_for = cared_for.strip()
        found.save(update_fields=["cared_for"])
    return found


def propose(found: FoundChild, episode: MissingEpisode, *, by: User, at: datetime) -> FoundMatch:
    """Say that this may be the child of this search: its owners are told now, and asked until they have answered.

    Nothing of the child is opened by it, and no search ends. Said twice it is said once.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        found = _open(found)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        if episode.status == EpisodeStatus.ENDED or episode.police_owed_at is None:
            raise IllegalMove("Nobody is looking for this child any more.")
        standing = FoundMatch.objects.filter(found=found, episode=episode).first()
        if standing is not None:
            return standing
        row = FoundMatch.objects.create(found=found, episode=episode, proposed_at=at, proposed_by=by)
        data = {"episode": episode.number, "found": found.reference}
        log.record(child, "found_proposed", subject=row, data=data, by=by, at=at)
    return row


def answer(match: FoundMatch, *, answer: str, note: str, by: User, at: datetime) -> FoundMatch:
    """The owners' answer, with how they know; who could not say may say it later. It ends no search by itself.

    The desk that has the child hears of it, be the found child closed or not.
    """
    if answer not in Answer:
        raise IllegalMove("Select whether it is this child.")
    if not note.strip():
        raise IllegalMove("Enter how you know, or why you cannot say.")
    with transaction.atomic():
        child = Child.objects.locked().get(episodes=match.episode_id)
        match = FoundMatch.objects.select_related("found__matter", "episode").get(pk=match.pk)
        if match.answer not in ("", Answer.CANNOT_SAY):
            raise IllegalMove("Somebody has answered this already.")
        match.answer, match.note = answer, note.strip()
        match.answered_at, match.answered_by = at, by
        match.save(update_fields=["answer", "note", "answered_at", "answered_by"])
        log.record(
            child,
            "found_answered",
            subject=match,
            data={"episode": match.episode.number, "found": match.found.reference, "answer": answer},
            fields={"note": match.note},
            by=by,
            at=at,
        )
        found_answered.send(sender=None, match=match, at=at)
    return match


def close(
    found: FoundChild,
    *,
    outcome: str,
    reason: str,
    episode: MissingEpisode | None = None,
    by: User,
    at: datetime,
) -> FoundChild:
    """Close it: whose child it is by the owners' word, registered, or handed to somebody by name. Nobody is asked on.

    `IllegalMove` where no owner has said that it is the child of this search.
    """
    if outcome not in Outcome:
        raise IllegalMove("Select what became of the child.")
    if not reason.strip():
        raise IllegalMove("Enter how it is known, or who has the child now.")
    if (outcome == Outcome.IDENTIFIED) != (episode is not None):
        raise IllegalMove("Select which search it was.")
    with transaction.atomic():
        waiting = FoundMatch.objects.filter(found=found, answer="")
        children = list(Child.objects.locked().filter(episodes__in=waiting.values("episode")).order_by("pk"))
        found = _open(found)
        said = FoundMatch.objects.filter(found=found, episode=episode, answer=Answer.IT_IS)
        if episode is not None and not said.exists():
            raise IllegalMove("Those who look for the child have not said that it is this one.")
        found.outcome, found.episode, found.closed_reason = outcome, episode, reason.strip()
        found.closed_at, found.closed_by = at, by
        found.save(update_fields=["outcome", "episode", "closed_reason", "closed_at", "closed_by"])
        matters.write(
            found.matter,
            MatterEntry.Kind.CLOSED,
            text=Outcome(outcome).name,
            happened_at=at,
            key=uuid.uuid5(found.key, "closed"),
            by=by,
            at=at,
        )
        for child in children:
            log.record(child, "found_closed", subject=found, data={"found": found.reference}, by=by, at=at)
    return found


def _open(found: FoundChild) -> FoundChild:
    row = FoundChild.objects.select_for_update(of=("self",)).select_related("matter").get(pk=found.pk)
    if row.closed_at is not None:
        raise IllegalMove("This was closed already.")
    return row
