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
from cases.states import IllegalMove

Outcome = FoundChild.Outcome
Answer = FoundMatch.Answer


@dataclass(frozen=True, kw_only=True)
class Added:
    """What a found child can be known by; said later it stands beside what stood."""

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


@dataclass(frozen=True, kw_only=True)
class Described(Added):
    """What is known of a found child at first; ages in whole years, and no name is asked to be right."""

    found_at: datetime
    place: str
    found_by: str
    force: PoliceForce | None = None
    cared_for: str = ""
    sex: str = Sex.UNKNOWN
    age_from: int | None = None
    age_to: int | None = None

    @property
    def fields(self) -> dict[str, object]:
        """As the row holds them."""
        return super().fields | {"force": self.force}


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


def add(found: FoundChild, added: Added, *, key: uuid.UUID, by: User, at: datetime) -> FoundAddition:
    """Write down what else is known of a found child; the same key again returns what stands.

    Nothing that was written before is changed: the comparison reads both. Whoever could not say whether it is theirs is
    asked again. `IllegalMove` once it is closed.
    """
    if not any(added.fields.values()):
        raise IllegalMove("Enter what else is known of the child.")
    with transaction.atomic():
        unsaid = FoundMatch.objects.standing().filter(found=found).exclude(answer__in=FoundMatch.SAID)
        held = Child.objects.locked().filter(episodes__in=unsaid.values("episode")).order_by("pk")
        children = {child.pk: child for child in held}
        locked = FoundChild.objects.select_for_update(of=("self",)).get(pk=found.pk)
        row = FoundAddition.objects.filter(key=key).first()
        if row is None:
            _open(locked)
            said = {"recorded_at": at, "recorded_by": by}
            row = FoundAddition.objects.create(found=locked, key=key, **added.fields, **said)
            _ask_again(locked, children, by=by, at=at)
            return row
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

    Nothing of the child is opened by it, and no search ends. Said twice it is said once; once more is known of the found
    child than when they answered that it is not, they are asked again, and what they answered stays.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        found = _open(found)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        if not episode.is_looked_for:
            raise IllegalMove("Nobody is looking for this child any more.")
        last = standing(found, episode)
        if last is not None and not last.more_is_known:
            return last
        return _ask(found, episode, child, by=by, at=at)


def standing(found: FoundChild, episode: MissingEpisode) -> FoundMatch | None:
    """What was last asked about this search and answered; none where nobody has asked about it."""
    return FoundMatch.objects.standing().filter(found=found, episode=episode).first()


def answer(
    match: FoundMatch, *, answer: str, note: str, by: User, at: datetime, read: str | None = None
) -> FoundMatch:
    """The owners' answer, with how they know; who could not say may say it later. It ends no search by itself.

    `read` is `what_stands` as whoever answers has read it: with it an answer is put right, and what was answered before
    stays as a row of its own. The desk that has the child hears of it, be the found child closed or not.
    """
    if answer not in Answer:
        raise IllegalMove("Select whether it is this child.")
    if not note.strip():
        raise IllegalMove("Enter how you know, or why you cannot say.")
    with transaction.atomic():
        child = Child.objects.locked().get(episodes=match.episode_id)
        FoundChild.objects.select_for_update().get(pk=match.found_id)
        rows = FoundMatch.objects.standing().select_related("found__matter", "episode")
        last = rows.get(found=match.found_id, episode=match.episode_id)
        if (last.answer, last.note, last.answered_by_id) == (answer, note.strip(), by.pk):
            return last
        _require_read(last, answer, read)
        match = _answered(
            last, {"answer": answer, "note": note.strip(), "answered_at": at, "answered_by": by}
        )
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
        said = FoundMatch.objects.standing().filter(found=found, episode=episode, answer=Answer.IT_IS)
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


def what_stands(match: FoundMatch) -> str:
    """Which asking this is, what was answered, and how much is known of the found child: what an answer goes by."""
    return f"{match.pk} {match.answer} {len(match.found.additions.all())}"


def _require_read(last: FoundMatch, answer: str, read: str | None) -> None:
    """Raise `IllegalMove` unless whoever answers has read what stands, and says something else than it."""
    if read is None and last.answer in FoundMatch.SAID:
        raise IllegalMove("Somebody has answered this already.")
    if read is not None and read != what_stands(last):
        raise IllegalMove(
            "Somebody has answered, or more was written down of the child, since you opened this page."
            " Read it, and answer again."
        )
    if last.answer == answer and answer in FoundMatch.SAID:
        raise IllegalMove("This was answered already.")
    if last.answer == Answer.IT_IS and last.found.episode_id == last.episode_id:
        raise IllegalMove("The found child was closed as the child of this search.")


def _answered(last: FoundMatch, given: dict[str, object]) -> FoundMatch:
    """The row of this answer: the one that waits for it, or another where an answer stands."""
    if last.answer:
        asked = {"proposed_at": last.proposed_at, "proposed_by": last.proposed_by}
        return FoundMatch.objects.create(found=last.found, episode=last.episode, **asked, **given)
    for name, value in given.items():
        setattr(last, name, value)
    last.save(update_fields=list(given))
    return last


def _ask(found: FoundChild, episode: MissingEpisode, child: Child, *, by: User, at: datetime) -> FoundMatch:
    row = FoundMatch.objects.create(found=found, episode=episode, proposed_at=at, proposed_by=by)
    data = {"episode": episode.number, "found": found.reference}
    log.record(child, "found_proposed", subject=row, data=data, by=by, at=at)
    return row


def _ask_again(found: FoundChild, children: dict[int, Child], *, by: User, at: datetime) -> None:
    """Ask whoever could not say, now that more is known; those who look for nobody any more are left in peace."""
    sought = MissingEpisode.objects.looked_for().filter(child_confirmed_at=None)
    rows = FoundMatch.objects.standing().filter(found=found, answer=Answer.CANNOT_SAY, episode__in=sought)
    for match in rows.filter(episode__child__in=children).select_related("episode"):
        _ask(found, match.episode, children[match.episode.child_id], by=by, at=at)
