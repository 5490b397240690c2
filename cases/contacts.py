"""The verbs of a contact: record and withdraw."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from cases import absences, contact_triggers, episodes, log
from cases.clock import TOLERANCE
from cases.models import (
    HOME_ROLES,
    Absence,
    Child,
    Contact,
    Means,
    MissingEpisode,
    Mood,
    Outcome,
    User,
    WitnessRole,
)
from cases.moves import SentBefore, require_open, require_same
from cases.states import EpisodeStatus, IllegalMove

KNOW_THE_CHILD = (*HOME_ROLES, WitnessRole.SOCIAL_WORKER, WitnessRole.GUARDIAN)
# Whoever pressed the wrong button can take it back for ten minutes without a reason.
UNDO_WITHIN = timedelta(minutes=10)


class InTheFuture(IllegalMove):
    """Nothing dated in the future is a sighting."""


class KeyTaken(IllegalMove):
    """The key of this form was used for another child."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Who saw the child, how, and who told us; without a named witness it is hearsay."""

    outcome: str = Outcome.SEEN
    means: str = Means.FACE_TO_FACE
    witness: str = ""
    witness_role: str = ""
    witness_user: User | None = None
    organisation: str = ""
    # By their part; None where that of `witness_role` says it.
    knows_child: bool | None = None
    # Said of this witness: they know the child's face, or hold the photo, whatever their part is.
    said_to_know: bool = False
    other_in_room: bool = False
    told_by: str = ""
    mood: str = ""
    someone_new: bool | None = None
    note: str = ""
    happened_at: datetime
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def record(child: Child, sighting: Sighting, *, by: User, at: datetime) -> Contact:
    """Record a contact; the same key again returns the contact that stands.

    A time up to five minutes ahead is read as now and kept as stated; later raises `InTheFuture`. The same key with
    other words, or after its contact was withdrawn, raises `SentBefore`. Of a serious concern duty and the worker are
    told in the same commit; without words it raises `IllegalMove`. What is seen of a child after its death is on record
    is kept, and duty is asked at once: the death may be that of another.
    """
    if sighting.outcome == Outcome.NOT_HERE:
        raise IllegalMove("“Not here” opens an episode: record it there.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Contact.objects.filter(key=sighting.key).first()
        if standing is not None:
            return _same(standing, child, sighting, at)
        death = episodes.death_before(child, sighting.happened_at)
        if death is None:
            require_open(child.closed_at, happened_at=sighting.happened_at)
        if sighting.mood == Mood.SERIOUS and not sighting.note.strip():
            raise IllegalMove("Enter what worries you: duty and the social worker are told at once.")
        contact = write(child, sighting, by=by, at=at)
        seen = contact.outcome in (Outcome.SEEN, Outcome.DID_NOT_WANT_TO_TALK)
        if seen and absences.is_return(contact):
            absences.end_current(child, back_at=contact.happened_at, seen=contact, by=by, at=at)
        if seen:
            episodes.hear_of(child, contact, by=by, at=at)
        log.record(
            child,
            "contact_recorded",
            subject=contact,
            data=_data(contact, sighting),
            happened_at=contact.happened_at,
            fields={
                name: getattr(contact, name) for name in ("witness", "told_by", "mood", "someone_new", "note")
            },
            by=by,
            at=at,
        )
        contact_triggers.of_contact(contact, means=sighting.means, by=by, at=at)
        if death is not None and (seen or contact.mood == Mood.SERIOUS):
            moment = contact.happened_at
            episodes.ask_duty(child, death, contact.outcome, happened_at=moment, by=by, at=at)
    return contact


def _data(contact: Contact, sighting: Sighting) -> dict[str, object]:
    said = {"said_to_know": True} if sighting.said_to_know else {}
    return {
        "outcome": contact.outcome,
        "means": contact.means,
        "witness_role": contact.witness_role,
        **said,
    }


def look_failed(child: Child, sighting: Sighting, *, by: User, at: datetime) -> MissingEpisode:
    """Somebody looked and the child is not here: no timer, duty and police are owed word in this same commit.

    The same form again is the same look, until the child was found: then it is `SentBefore`, for it tells nobody.
    """
    sighting = replace(sighting, outcome=Outcome.NOT_HERE)
    with episodes.asking_duty(child, "not_here", by=by, at=at), transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Contact.objects.filter(key=sighting.key).first()
        if standing is not None:
            _same(standing, child, sighting, at)
            return _not_found_since(MissingEpisode.objects.filter(child=child).latest("opened_at"))
        episodes.require_watched(child)
        contact = write(child, sighting, by=by, at=at)
        return episodes.report_not_here(child, contact=contact, by=by, at=at)


def _not_found_since(episode: MissingEpisode) -> MissingEpisode:
    seen = episode.reported_seen_at is not None and not episode.seen_contradicted
    if seen or episode.child_confirmed_at is not None or episode.status == EpisodeStatus.ENDED:
        raise SentBefore(
            "You have sent this form before, and the child was found since. Nobody is told anew."
            " If the child is not here now, press again."
        )
    return episode


def withdraw(contact: Contact, *, reason: str, by: User, at: datetime) -> Contact:
    """Withdraw a contact: it stays, struck through, and the clock goes back at once, and so does what it said of a search."""
    if not reason.strip():
        raise IllegalMove("Enter why this contact is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=contact.child_id)
        contact = Contact.objects.get(pk=contact.pk)
        if contact.withdrawn_at is not None:
            raise IllegalMove("This contact is withdrawn already.")
        if contact.outcome == Outcome.NOT_HERE:
            raise IllegalMove("“Not here” cannot be taken back. Record who has seen the child since.")
        contact.withdrawn_at, contact.withdrawn_by, contact.withdrawn_reason = at, by, reason
        contact.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        episodes.hear_again(child)
        episodes.date_anew(child, by=by, at=at)
        absences.reopen(child, ended_at=contact.happened_at)
        contact_triggers.withdraw_concern(contact, reason=reason, by=by, at=at)
        log.record(
            child,
            "contact_withdrawn",
            subject=contact,
            fields={"reason": reason},
            by=by,
            at=at,
        )
    return contact


def undo(contact: Contact, *, by: User, at: datetime) -> Contact:
    """Take back one's own press within ten minutes; afterwards raises `IllegalMove`."""
    if contact.recorded_by_id != by.pk or at > contact.recorded_at + UNDO_WITHIN:
        raise IllegalMove(
            "This can be undone for 10 minutes by the person who recorded it. Withdraw it with a reason."
        )
    return withdraw(contact, reason="Undone by the person who recorded it", by=by, at=at)


def write(child: Child, sighting: Sighting, *, by: User | None, at: datetime) -> Contact:
    """Insert the row for the locked `child`, with the tolerance for fast clocks and the rule on witnesses.

    `by` is None for what came by a link, as given.
    """
    happened_at, stated_at = sighting.happened_at, None
    if happened_at > at + TOLERANCE:
        raise InTheFuture("The time of a contact must be now or in the past.")
    if happened_at > at:
        happened_at, stated_at = at, sighting.happened_at
    witness = _named(sighting)
    return Contact.objects.create(
        key=sighting.key,
        child=child,
        outcome=sighting.outcome,
        means=sighting.means if witness else Means.HEARSAY,
        witness=witness,
        witness_role=sighting.witness_role,
        witness_user=sighting.witness_user,
        organisation=sighting.organisation or f"other:{witness.casefold()}"[:60],
        knows_child=_knows(child, sighting, at),
        other_in_room=sighting.other_in_room,
        told_by=sighting.told_by,
        happened_at=happened_at,
        stated_at=stated_at,
        mood=sighting.mood,
        someone_new=sighting.someone_new,
        note=sighting.note,
        recorded_at=at,
        recorded_by=by,
    )


def _knows(child: Child, sighting: Sighting, at: datetime) -> bool:
    """Whether the witness knows the child's face or holds the photo: as it is said of them, else by their part."""
    knows = sighting.knows_child
    if knows is None:
        knows = sighting.witness_role in KNOW_THE_CHILD
    if knows or sighting.said_to_know:
        return True
    # The adult named for a child who is away is the one whose word each day was agreed on.
    staying = Absence.objects.current(at).filter(child=child, kind=Absence.Kind.AWAY)
    witness = _named(sighting).strip()
    return bool(witness) and staying.filter(with_whom__iexact=witness).exists()


def _same(standing: Contact, child: Child, sighting: Sighting, at: datetime) -> Contact:
    """The contact that stands, where the form says what it said; the child's clocks need no second one."""
    if standing.child_id != child.pk:
        raise KeyTaken("This form was sent for another child.")
    witness = _named(sighting)
    said = {
        "outcome": sighting.outcome,
        "means": sighting.means if witness else Means.HEARSAY,
        "witness": witness,
        "witness_role": sighting.witness_role,
        "other_in_room": sighting.other_in_room,
        "knows_child": _knows(child, sighting, standing.recorded_at),
        "told_by": sighting.told_by,
        "mood": sighting.mood,
        "someone_new": sighting.someone_new,
        "note": sighting.note,
    }
    moment = "happened_at" if standing.stated_at is None else "stated_at"
    require_same(standing, {**said, moment: sighting.happened_at}, sent=(standing.recorded_at, at))
    return standing


def _named(sighting: Sighting) -> str:
    return sighting.witness or (sighting.witness_user.name if sighting.witness_user else "")
