"""What a contact enters: a child's message or call, a serious concern, somebody new around the child."""

import uuid
from datetime import datetime, timedelta

from django.db.models import Q

from cases import triggers
from cases.catalogue import written
from cases.models import (
    Child,
    Contact,
    Means,
    MissingEpisode,
    Mood,
    Outcome,
    Trigger,
    User,
    WitnessRole,
)
from cases.models.triggers import AROUND
from cases.states import EpisodeStatus

# Whoever has a missing child may have it say on a phone what they like, as in a message.
WORD_OF_CHILD = (Means.MESSAGE, Means.PHONE)
OF_HOME = (WitnessRole.PLACEMENT_STAFF, WitnessRole.FOSTER_CARER)
# Whoever was with the child at home so shortly before may ring it there: as long as duty has to confirm it [proposal].
RUNG_AT_HOME = timedelta(hours=2)
# By message, the child who was heard from may have said that it does not want to talk.
HEARD = (Outcome.SEEN, Outcome.DID_NOT_WANT_TO_TALK)


def begun_by(child: Child, key: uuid.UUID) -> Trigger | None:
    """What a contact of that key has entered of somebody new around the child, as long as the contact stands."""
    rows = Trigger.objects.filter(child=child, kind=Trigger.Kind.NEW_CONTACT, contact__key=key)
    return rows.filter(contact__withdrawn_at=None).first()


def of_contact(contact: Contact, *, means: str, by: User, at: datetime) -> Trigger | None:
    """Enter what a contact of the locked child tells duty and the worker, or that somebody is new around the child; the
    closer watch begins now. Mostly nothing.

    `means` is what was said: a message that came by nobody knows whom is kept as hearsay, and is a message.

    A message or a call from a child who is looked for, which the police hear of too and which ends nothing, before a serious
    concern: both are told at once, and either is asked about until somebody says what was done.
    """
    if contact.child.closed_at is not None:
        return None
    if means in WORD_OF_CHILD and contact.outcome in HEARD and _is_sought(contact, means):
        return _tell(contact, Trigger.Kind.MESSAGE, by=by, at=at)
    if contact.mood == Mood.SERIOUS:
        return _tell(contact, Trigger.Kind.CONCERN, by=by, at=at)
    return _of_somebody_new(contact, by=by, at=at) if contact.someone_new else None


def _of_somebody_new(contact: Contact, *, by: User, at: datetime) -> Trigger | None:
    """The closer watch begins by the contact itself: who it is may be said on the next page, or by nobody.

    None of what was so long ago that its watch is over.
    """
    if contact.happened_at + AROUND <= at:
        return None
    kind = Trigger.Kind.NEW_CONTACT
    return _tell(
        contact, kind, happens_at=contact.happened_at, note=contact.note or written(kind.label), by=by, at=at
    )


def _is_sought(contact: Contact, means: str) -> bool:
    """Whether the child is missing, or nobody has recorded seeing it: who is away is where it is known to be.

    Of a silence of which the police are owed no word duty alone is told, of a message alone: they judge whether it is one,
    and a call to a child who is at home is none. Nor is one to a child with whom duty has been, or with whom somebody of
    the home was just now: whoever rings it then has nothing to tell the police.
    """
    sought = MissingEpisode.objects.open().filter(child=contact.child_id, since__lte=contact.happened_at)
    searched = Q(status=EpisodeStatus.MISSING) | Q(police_owed_at__isnull=False)
    if means == Means.PHONE:
        return any(not _is_at_home(one, contact.happened_at) for one in sought.filter(searched))
    return sought.filter(searched | Q(status=EpisodeStatus.NOT_CONFIRMED)).exists()


def _is_at_home(episode: MissingEpisode, at: datetime) -> bool:
    if episode.child_confirmed_at is not None or episode.seen_contradicted:
        return episode.child_confirmed_at is not None
    seen = episode.seen_reports.filter(seen_at__gt=at - RUNG_AT_HOME, witness_role__in=OF_HOME)
    return seen.filter(contact__means=Means.FACE_TO_FACE, contact__withdrawn_at=None).exists()


def _tell(
    contact: Contact, kind: str, *, happens_at: datetime | None = None, note: str = "", by: User, at: datetime
) -> Trigger:
    return triggers.write(
        Trigger(
            key=contact.key,
            child=contact.child,
            kind=kind,
            contact=contact,
            happens_at=happens_at or at,
            # It may be kept without its words.
            note=note or contact.note or written(Means(contact.means).label),
            recorded_at=at,
            recorded_by=by,
        )
    )


def withdraw_concern(contact: Contact, *, reason: str, by: User, at: datetime) -> None:
    """The contact of the locked child does not stand: nobody is asked any more what was done about what it told.

    The closer watch goes on for its 72 hours: lowering a guard takes two people.
    """
    trigger = Trigger.objects.filter(contact=contact, answered_at=None).first()
    if trigger is not None:
        triggers.needless(trigger, reason=reason, by=by, at=at)
