"""The verbs of a journey: plan it with its escorts and stops, confirm the child at each, hand over, or break it off."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cases import (
    called_off,
    contacts,
    episodes,
    escorts,
    hand_overs,
    journey_plans,
    log,
    move_days,
    on_the_way,
    overtaken,
    partings,
    placements,
    triggers,
)
from cases.catalogue import written
from cases.clock import TOLERANCE
from cases.journey_plans import Plan
from cases.models import (
    Child,
    Contact,
    Journey,
    JourneyConfirmation,
    JourneyStop,
    MissingEpisode,
    Transfer,
    Trigger,
    User,
    WitnessRole,
)
from cases.models.journeys import by_position
from cases.models.triggers import AROUND
from cases.moves import SentBefore, other_words, require_open, require_same
from cases.states import AgeStatus, IllegalMove, TransferStatus


class WrongTime(IllegalMove):
    """The journey was planned, or the child confirmed at an earlier stop, after the time that is said."""


class NotBelieved(IllegalMove):
    """It would be the word of somebody the child is kept from."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Which escort saw the child, when, and who told us; by their own link it is as given."""

    escort: str
    happened_at: datetime
    told_by: str = ""
    as_given: bool = False
    # Of somebody who is none of the escorts, who were told whom they take and how the child looks.
    knows_child: bool = False
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def plan(child: Child, wanted: Plan, *, by: User, at: datetime) -> Journey:
    """Plan a journey of `child`; the announcement is a trigger. The same key again returns the journey that stands.

    Raises `WrongStop` for a stop that is no later than the one before or more than two hours after it, and
    `IllegalMove` for a departure in the past, for a child with another open journey, and for one who is looked for;
    `SentBefore` for the same key with other words.
    """
    journey_plans.require_words(wanted)
    journey_plans.require_places(wanted.places, at)
    if wanted.told_at > at + TOLERANCE:
        raise IllegalMove("The child is told and asked before the journey is planned.")
    with transaction.atomic():
        goes_back = wanted.kind == Journey.Kind.OTHER
        staying = partings.lock_with_staying(child, goes=not goes_back, at=at)
        child = Child.objects.get(pk=child.pk)
        standing = Journey.objects.filter(key=wanted.key).first()
        if standing is not None:
            return journey_plans.same(standing, child, wanted, at)
        require_open(child.closed_at)
        _require_free(child, wanted)
        asked = partings.asked(child, staying, words=wanted.parted, by=by, at=at)
        journey = Journey.objects.create(
            key=wanted.key,
            child=child,
            told_at=min(wanted.told_at, at),
            planned_at=at,
            planned_by=by,
            **journey_plans.said_of(wanted),
        )
        JourneyStop.objects.bulk_create(
            JourneyStop(journey=journey, position=number, recorded_at=at, **vars(place))
            for number, place in enumerate(wanted.places)
        )
        data = {"kind": journey.kind, "stops": [place.due_at.isoformat() for place in wanted.places]}
        log.record(
            child,
            "journey_planned",
            subject=journey,
            data=data,
            fields=journey_plans.logged(wanted),
            by=by,
            at=at,
        )
        departs_at = wanted.places[0].due_at
        _watch_closely(journey, departs_at=departs_at, by=by, at=at)
        partings.watch_those_who_stay(
            child,
            staying,
            asked,
            words=journey.parted,
            moments=_moments(journey, departs_at, at),
            by=by,
            at=at,
        )
    return journey


def _watch_closely(journey: Journey, *, departs_at: datetime, by: User, at: datetime) -> None:
    """The move is a trigger, and so is that the child was told of it, where the watch around the move is not on by then."""
    for key, happens_at in _moments(journey, departs_at, at).items():
        kind, note = Trigger.Kind.MOVE, journey.words
        triggers.record([journey.child], kind=kind, note=note, happens_at=happens_at, key=key, by=by, at=at)


def _moments(journey: Journey, departs_at: datetime, at: datetime) -> dict[uuid.UUID, datetime]:
    moments = {journey.key: departs_at}
    if at - AROUND < journey.told_at < departs_at - AROUND:
        moments[uuid.uuid5(journey.key, "told")] = journey.told_at
    return moments


def confirm(stop: JourneyStop, seen: Seen, *, by: User | None, at: datetime) -> JourneyConfirmation:
    """An escort has seen the child at this stop: a sighting face to face; at the last stop the child is handed over.

    `by` is None for what an escort says by their own link or text. A stop for the night may be confirmed again where
    that was before the night. Raises `IllegalMove` for a stop before one that is confirmed, for a time in the future
    or before the last confirmation, and for a journey that has ended.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=stop.journey.child_id)
        standing = Contact.objects.filter(key=seen.key).select_related("confirmation").first()
        if standing is not None:
            return _same_sighting(standing, child, stop, seen, at)
        require_open(child.closed_at)
        journey = Journey.objects.get(pk=stop.journey_id)
        _require_next(journey, stop, seen, at)
        confirmation = _confirm(journey, child, stop, seen, by=by, at=at)
        if journey.ended_at is not None:
            left_at = confirmation.contact.happened_at
            _leave_home(journey, child, left_at, by=by, at=at)
    return confirmation


def _confirm(
    journey: Journey, child: Child, stop: JourneyStop, seen: Seen, *, by: User | None, at: datetime
) -> JourneyConfirmation:
    """Write down that the locked child was seen at this stop; at the last one the journey is over."""
    last = not JourneyStop.objects.filter(journey=journey, position__gt=stop.position).exists()
    if last:
        _require_believed(journey, child, seen)
    contact = _saw(journey, child, seen, note=stop.place, by=by, at=at)
    if journey.kind != Journey.Kind.OTHER:
        on_the_way.follow(child, stop, contact, by=by, at=at)
    confirmation = JourneyConfirmation.objects.create(
        stop=stop, contact=contact, as_given=seen.as_given, recorded_at=at
    )
    if last:
        journey.ended_at, journey.ended_by = at, by
        journey.save(update_fields=["ended_at", "ended_by"])
    log.record(
        child,
        "journey_confirmed",
        subject=contact,
        data={"stop": stop.position, "handed_over": last},
        happened_at=contact.happened_at,
        fields={"witness": contact.witness, "told_by": contact.told_by, "place": stop.place},
        label="as given by link" if seen.as_given else "",
        by=by,
        at=at,
    )
    return confirmation


def arriving(child: Child, *, at: datetime) -> Journey | None:
    """The open journey that is over when the child arrives with another authority at `at`.

    It was planned for that, or is on the way by then; one that is for something else and is to begin yet goes on.
    """
    journey = Journey.objects.open().filter(child=child).first()
    if journey is None or journey.kind == Journey.Kind.TRANSFER or confirmations(journey):
        return journey
    return journey if journey.stops.order_by("position")[0].due_at <= at else None


def arrive(child: Child, seen: Seen, *, by: User, at: datetime) -> Journey | None:
    """The locked child has arrived: whoever received it has seen it at the last stop, and its journey there is over.

    Where it lives is said by the arrival. One that was planned after the arrival, and that nobody has confirmed at any
    stop, is broken off. Raises `WrongTime` before the last confirmation and `NotBelieved`, as `confirm` does.
    """
    journey = arriving(child, at=min(seen.happened_at, at))
    if journey is None:
        return None
    if seen.happened_at < journey.planned_at - TOLERANCE and not confirmations(journey):
        return called_off.end(journey, child, hand_overs.PLANNED_TOO_LATE, by=by, at=at)
    stop = journey.stops.order_by("-position")[0]
    _require_next(journey, stop, seen, at)
    _confirm(journey, child, stop, seen, by=by, at=at)
    return journey


def _leave_home(journey: Journey, child: Child, left_at: datetime, *, by: User | None, at: datetime) -> None:
    """Nobody asks the home that the child has left: it has nowhere recorded until the next placement is.

    Of one who is on the way to another authority the arrival says it; from any other journey the child goes back. One
    who is looked for is to be seen by those who know it: whoever ends the search says where it lives. Where only a late
    word of the hand-over let the silence climb, nobody looks for a child who is gone.
    """
    in_transit = Transfer.objects.filter(child=child, status=TransferStatus.IN_TRANSIT)
    goes_back = journey.kind == Journey.Kind.OTHER or child.age_status == AgeStatus.ADULT_ELSEWHERE
    if goes_back or in_transit.exists() or MissingEpisode.objects.sought().filter(child=child).exists():
        return
    stops = list(journey.stops.order_by("position"))
    set_out_at = hand_overs.set_out_at(stops, confirmations(journey))
    placements.leave(child, set_out_at=set_out_at, left_at=left_at, by=by, at=at)


def break_off(journey: Journey, *, reason: str, seen: Seen | None = None, by: User, at: datetime) -> Journey:
    """End a journey before its hand-over: the home is asked for the child again; the same once more changes nothing.

    A child who was on the way to another authority by it is so no more, and sets out once a journey is planned anew.

    Raises `IllegalMove` for the same reason with another sighting, or one that was withdrawn since.
    From the departure on somebody must have seen the child since what was confirmed last: raises `IllegalMove` without,
    for a journey that is late is ended by nobody's word but theirs. Where that is no proof the stop stays late.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the journey is broken off.")
    with transaction.atomic():
        watched = move_days.lock(journey.key, journey.child_id, at=at)
        child = Child.objects.get(pk=journey.child_id)
        require_open(child.closed_at)
        journey = Journey.objects.get(pk=journey.pk)
        if journey.reason and (journey.ended_by_id, journey.reason) == (by.pk, reason.strip()):
            _require_same_break(child, journey, seen, at)
            return journey
        if journey.ended_at is not None:
            raise IllegalMove("This journey has ended already.")
        contact = _break_off(child, journey, seen, by=by, at=at)
        ended = called_off.end(journey, child, reason.strip(), by=by, at=at)
        overtaken.end_with_journey(child, ended, contact, by=by, at=at)
        move_days.stand_down(journey.key, child.pk, watched, written(move_days.CALLED_OFF), by=by, at=at)
    return ended


def confirmations(journey: Journey) -> list[JourneyConfirmation]:
    """What stands confirmed of this journey, in the order of its stops."""
    rows = JourneyConfirmation.objects.standing().filter(stop__journey=journey)
    return sorted(rows.select_related("stop", "contact__recorded_by"), key=by_position)


def handed_over(child: Child) -> tuple[Journey, datetime] | None:
    """The journey by which a child without a placement came to where it is, and when it was handed over; else None."""
    found = hand_overs.told(child)
    return None if found is None else (found.journey, found.at)


def _require_same_break(child: Child, journey: Journey, seen: Seen | None, at: datetime) -> None:
    """The journey has ended: a sighting that came with it, and is not on record, is to be recorded as a contact."""
    if seen is None:
        return
    # Whichever key it came with: the same word once more, from the page opened anew, is no other.
    ended_at = Journey.objects.filter(pk=journey.pk).values("ended_at")
    contact = Contact.objects.filter(child=child, recorded_at__in=ended_at, confirmation=None).first()
    try:
        if contact is None:
            raise other_words()
        _require_same_word(contact, seen, at)
    except SentBefore as other:
        raise IllegalMove("This journey has ended already. Record the sighting as a contact.") from other


def _break_off(
    child: Child, journey: Journey, seen: Seen | None, *, by: User, at: datetime
) -> Contact | None:
    confirmed = confirmations(journey)
    departs_at = journey.departs_at
    has_begun = bool(confirmed) or at >= departs_at
    if not has_begun and (seen is None or not seen.escort.strip()):
        return None
    if seen is None or not seen.escort.strip():
        raise IllegalMove("Enter who has seen the child since, and when: without that the journey goes on.")
    # Who was picked up before the planned departure is on the way since then.
    since = max((one.contact.happened_at for one in confirmed), default=departs_at)
    if has_begun and seen.happened_at < since:
        raise IllegalMove("Enter when the child was seen since the departure and the last confirmation.")
    _require_believed(journey, child, seen)
    contact = _saw(journey, child, seen, note="", by=by, at=at)
    data = {"outcome": contact.outcome, "means": contact.means, "witness_role": contact.witness_role}
    fields = {"witness": contact.witness, "told_by": contact.told_by, "note": contact.note}
    seen_at, kind = contact.happened_at, "contact_recorded"
    log.record(child, kind, subject=contact, data=data, happened_at=seen_at, fields=fields, by=by, at=at)
    return contact


def _require_believed(journey: Journey, child: Child, seen: Seen) -> None:
    """What a late stop waits for is not ended by the word of somebody the child is kept from."""
    if escorts.barred(child, [_escort(journey, seen)]):
        raise NotBelieved("This word cannot end the journey. Have somebody else see the child.")


def _escort(journey: Journey, seen: Seen) -> escorts.Escort:
    name = seen.escort.strip()
    return next((one for one in journey.escorts if one[0] == name), (name, "", ""))


def _saw(journey: Journey, child: Child, seen: Seen, *, note: str, by: User | None, at: datetime) -> Contact:
    """The sighting of the locked child by an escort, or by whoever has it in sight when the journey is broken off."""
    escort = _escort(journey, seen)
    sighting = contacts.Sighting(
        witness=escort[0],
        # So that the word of somebody from whom the child is kept, or comes to be, is no proof.
        witness_user=escorts.account_of(child, escort),
        witness_role=WitnessRole.OTHER,
        knows_child=escort in journey.escorts or seen.knows_child,
        told_by=seen.told_by.strip(),
        note=note,
        happened_at=seen.happened_at,
        key=seen.key,
    )
    contact = contacts.write(child, sighting, by=by, at=at)
    episodes.hear_of(child, contact, by=by, at=at)
    return contact


def _require_free(child: Child, wanted: Plan) -> None:
    if Journey.objects.open().filter(child=child).exists():
        raise IllegalMove("A journey of this child is open. Record its hand-over, or break it off, first.")
    if MissingEpisode.objects.open().filter(child=child).exists():
        raise IllegalMove("A missing episode is open.")
    taken_by = [
        (wanted.first_escort, wanted.first_phone, wanted.first_email),
        (wanted.second_escort, wanted.second_phone, wanted.second_email),
    ]
    if escorts.barred(child, taken_by):
        # Neither who nor why: whoever plans need not know of the mark.
        raise IllegalMove("These escorts cannot take this child. Choose others, or ask your manager.")


def _require_next(journey: Journey, stop: JourneyStop, seen: Seen, at: datetime) -> None:
    if journey.ended_at is not None:
        raise IllegalMove("This journey has ended already.")
    if not seen.escort.strip():
        raise IllegalMove("Enter which escort saw the child.")
    if seen.happened_at > at + TOLERANCE:
        raise contacts.InTheFuture("The time of a confirmation must be now or in the past.")
    if seen.happened_at < journey.planned_at - TOLERANCE:
        raise WrongTime("The journey was planned after that time.")
    confirmed = confirmations(journey)
    is_again = bool(confirmed) and confirmed[-1].is_early and confirmed[-1].stop_id == stop.pk
    if confirmed and stop.position <= confirmed[-1].stop.position and not is_again:
        raise IllegalMove("This stop, or a later one, is confirmed already. Open the page anew.")
    if confirmed and seen.happened_at < confirmed[-1].contact.happened_at:
        raise WrongTime("The child was confirmed at an earlier stop after that time.")


def _same_sighting(
    contact: Contact, child: Child, stop: JourneyStop, seen: Seen, at: datetime
) -> JourneyConfirmation:
    if contact.child_id != child.pk or not hasattr(contact, "confirmation"):
        raise contacts.KeyTaken("This form was sent for another child.")
    _require_same_word(contact, seen, at)
    require_same(contact.confirmation, {"stop_id": stop.pk, "as_given": seen.as_given})
    return contact.confirmation


def _require_same_word(contact: Contact, seen: Seen, at: datetime) -> None:
    said = {"witness": seen.escort.strip(), "told_by": seen.told_by.strip()}
    # A time a little ahead is read as now and kept as it was stated.
    moment = "happened_at" if contact.stated_at is None else "stated_at"
    require_same(contact, {**said, moment: seen.happened_at}, sent=(contact.recorded_at, at))
