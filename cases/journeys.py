"""The verbs of a journey: plan it with its escorts and stops, confirm the child at each, hand over, or break it off."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import Q

from cases import contacts, episodes, escorts, log, triggers
from cases.clock import TOLERANCE
from cases.journey_times import APART_AT_MOST
from cases.models import (
    Child,
    Contact,
    Journey,
    JourneyConfirmation,
    JourneyStop,
    MissingEpisode,
    PoliceForce,
    Trigger,
    User,
    WitnessRole,
)
from cases.models.journeys import by_position
from cases.models.placements import OUT_AT_MOST
from cases.models.triggers import AROUND
from cases.moves import SentBefore, other_words, require_open, require_same
from cases.states import EpisodeStatus, IllegalMove

# A journey within the country is over within a day: what is later is a day mistyped.
LONGEST = OUT_AT_MOST


class WrongStop(IllegalMove):
    """A stop of the plan cannot stand as it is; `position` says which, counted from the pick-up as 0."""

    def __init__(self, words: str, position: int) -> None:
        super().__init__(words)
        self.position = position


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the child is confirmed, by when, and the police force there where it is known."""

    place: str
    due_at: datetime
    force: PoliceForce | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Who takes the child, how, by which places, and to whom; the child was told first, and these were its words."""

    kind: str = Journey.Kind.MOVE
    first_escort: str
    first_phone: str
    first_email: str = ""
    second_escort: str
    second_phone: str
    second_email: str = ""
    vehicle: str
    plate: str
    route: str
    hand_to: str
    told_at: datetime
    words: str
    parted: str = ""
    # From the pick-up to the hand-over.
    places: tuple[Place, ...]
    key: uuid.UUID = field(default_factory=uuid.uuid4)


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
    _require_words(wanted)
    _require_places(wanted.places, at)
    if wanted.told_at > at + TOLERANCE:
        raise IllegalMove("The child is told and asked before the journey is planned.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Journey.objects.filter(key=wanted.key).first()
        if standing is not None:
            return _same(standing, child, wanted, at)
        require_open(child.closed_at)
        _require_free(child, wanted)
        journey = Journey.objects.create(
            key=wanted.key,
            child=child,
            told_at=min(wanted.told_at, at),
            planned_at=at,
            planned_by=by,
            **_words(wanted),
        )
        JourneyStop.objects.bulk_create(
            JourneyStop(journey=journey, position=number, recorded_at=at, **vars(place))
            for number, place in enumerate(wanted.places)
        )
        data = {"kind": journey.kind, "stops": [place.due_at.isoformat() for place in wanted.places]}
        log.record(child, "journey_planned", subject=journey, data=data, fields=_fields(wanted), by=by, at=at)
        _watch_closely(journey, departs_at=wanted.places[0].due_at, by=by, at=at)
    return journey


def _watch_closely(journey: Journey, *, departs_at: datetime, by: User, at: datetime) -> None:
    """The move is a trigger, and so is that the child was told of it, where the watch around the move is not on by then."""
    moments = {journey.key: departs_at}
    if at - AROUND < journey.told_at < departs_at - AROUND:
        moments[uuid.uuid5(journey.key, "told")] = journey.told_at
    for key, happens_at in moments.items():
        said = {"kind": Trigger.Kind.MOVE.value, "note": journey.words}
        triggers.record([journey.child], **said, happens_at=happens_at, key=key, by=by, at=at)


def confirm(stop: JourneyStop, seen: Seen, *, by: User | None, at: datetime) -> JourneyConfirmation:
    """An escort has seen the child at this stop: a sighting face to face; at the last stop the child is handed over.

    `by` is None for what an escort says by their own link or text. Raises `IllegalMove` for a stop before one that is
    confirmed, for a time in the future or before the last confirmation, and for a journey that has ended.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=stop.journey.child_id)
        standing = Contact.objects.filter(key=seen.key).select_related("confirmation").first()
        if standing is not None:
            return _same_sighting(standing, child, stop, seen, at)
        require_open(child.closed_at)
        journey = Journey.objects.get(pk=stop.journey_id)
        _require_next(journey, stop, seen, at)
        contact = _saw(journey, child, seen, note=stop.place, by=by, at=at)
        confirmation = JourneyConfirmation.objects.create(
            stop=stop, contact=contact, as_given=seen.as_given, recorded_at=at
        )
        last = not JourneyStop.objects.filter(journey=journey, position__gt=stop.position).exists()
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


def break_off(journey: Journey, *, reason: str, seen: Seen | None = None, by: User, at: datetime) -> Journey:
    """End a journey before its hand-over: the home is asked for the child again; the same once more changes nothing.

    Raises `IllegalMove` for the same reason with another sighting, or one that was withdrawn since.
    From the departure on somebody must have seen the child since what was confirmed last: raises `IllegalMove` without,
    for a journey that is late is ended by nobody's word but theirs.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the journey is broken off.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=journey.child_id)
        require_open(child.closed_at)
        journey = Journey.objects.get(pk=journey.pk)
        if journey.reason and (journey.ended_by_id, journey.reason) == (by.pk, reason.strip()):
            _require_same_break(child, journey, seen, at)
            return journey
        if journey.ended_at is not None:
            raise IllegalMove("This journey has ended already.")
        _break_off(child, journey, seen, by=by, at=at)
        journey.ended_at, journey.ended_by, journey.reason = at, by, reason.strip()
        journey.save(update_fields=["ended_at", "ended_by", "reason"])
        fields = {"reason": journey.reason}
        log.record(child, "journey_broken_off", subject=journey, fields=fields, by=by, at=at)
    return journey


def confirmations(journey: Journey) -> list[JourneyConfirmation]:
    """What stands confirmed of this journey, in the order of its stops."""
    rows = JourneyConfirmation.objects.standing().filter(stop__journey=journey)
    return sorted(rows.select_related("stop", "contact__recorded_by"), key=by_position)


def ways(
    child_ids: Collection[int], *, since: datetime
) -> Mapping[int, Sequence[tuple[datetime, datetime | None]]]:
    """By child the stretches after `since` in which its escorts had it: from the first confirmation to the end.

    The end is that of the hand-over as it was seen, else of the journey as it was recorded; None while it lasts.
    """
    if not child_ids:
        return {}
    lately = Q(ended_at=None) | Q(ended_at__gt=since)
    found = Journey.objects.filter(lately, child__in=child_ids).prefetch_related("stops")
    seen: dict[int, list[JourneyConfirmation]] = defaultdict(list)
    rows = JourneyConfirmation.objects.counting().filter(stop__journey__in=found)
    for one in sorted(rows.select_related("stop", "contact"), key=by_position):
        seen[one.stop.journey_id].append(one)
    stretches: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for journey in found:
        if confirmed := seen[journey.pk]:
            is_over = confirmed[-1].stop.position == max(stop.position for stop in journey.stops.all())
            ended_at = confirmed[-1].contact.happened_at if is_over else journey.ended_at
            stretches[journey.child_id].append((confirmed[0].contact.happened_at, ended_at))
    return stretches


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


def _break_off(child: Child, journey: Journey, seen: Seen | None, *, by: User, at: datetime) -> None:
    confirmed = confirmations(journey)
    departs_at = journey.stops.order_by("position").values_list("due_at", flat=True)[0]
    has_begun = bool(confirmed) or at >= departs_at
    if not has_begun and (seen is None or not seen.escort.strip()):
        return
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


def _require_believed(journey: Journey, child: Child, seen: Seen) -> None:
    """What a late stop waits for is not ended by the word of somebody the child is kept from."""
    if escorts.barred(child, [_escort(journey, seen)]):
        raise IllegalMove("This word cannot end the journey. Have somebody else see the child.")


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


def _require_words(wanted: Plan) -> None:
    names = [wanted.first_escort.strip().casefold(), wanted.second_escort.strip().casefold()]
    phones = [wanted.first_phone.strip(), wanted.second_phone.strip()]
    if not all(names) or not all(phones):
        raise IllegalMove("Enter the names and phones of two escorts.")
    if names[0] == names[1] or phones[0] == phones[1]:
        raise IllegalMove("Two people take the child, each with a phone of their own.")
    if not all(text.strip() for text in (wanted.vehicle, wanted.plate, wanted.route, wanted.hand_to)):
        raise IllegalMove("Enter the vehicle with its number plate, the route, and who receives the child.")
    if not wanted.words.strip():
        raise IllegalMove("Enter what the child said when it was told and asked.")
    escorts.require_mail(wanted.first_email, wanted.second_email)


def _require_places(places: Sequence[Place], at: datetime) -> None:
    if len(places) < 2:
        raise IllegalMove("A journey has a pick-up and a hand-over.")
    if places[0].due_at < at - TOLERANCE:
        raise WrongStop("The departure must be now or in the future.", 0)
    for number, (before, stop) in enumerate(pairwise(places), start=1):
        if stop.due_at <= before.due_at:
            raise WrongStop("Each stop is later than the one before it.", number)
        if stop.due_at > before.due_at + APART_AT_MOST:
            raise WrongStop(
                "Each stop is at most 2 hours after the one before: add one between them.", number
            )
    if places[-1].due_at > places[0].due_at + LONGEST:
        raise WrongStop("A journey is over within 24 hours.", len(places) - 1)


def _require_free(child: Child, wanted: Plan) -> None:
    if Journey.objects.open().filter(child=child).exists():
        raise IllegalMove("A journey of this child is open. Record its hand-over, or break it off, first.")
    if MissingEpisode.objects.filter(child=child).exclude(status=EpisodeStatus.ENDED).exists():
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
        raise IllegalMove("The journey was planned after that time.")
    confirmed = confirmations(journey)
    if confirmed and stop.position <= confirmed[-1].stop.position:
        raise IllegalMove("This stop, or a later one, is confirmed already. Open the page anew.")
    if confirmed and seen.happened_at < confirmed[-1].contact.happened_at:
        raise IllegalMove("The child was confirmed at an earlier stop after that time.")


def _fields(wanted: Plan) -> dict[str, object]:
    said = {name: value for name, value in vars(wanted).items() if name not in ("places", "key")}
    return said | {"places": [_told_of(place) for place in wanted.places]}


def _told_of(place: Place) -> dict[str, object]:
    return {"place": place.place, "due_at": place.due_at, "force": place.force.code if place.force else None}


def _words(wanted: Plan) -> dict[str, str]:
    said = vars(wanted).items()
    return {name: value.strip() for name, value in said if name not in ("places", "key", "told_at")}


def _same(journey: Journey, child: Child, wanted: Plan, at: datetime) -> Journey:
    if journey.child_id != child.pk:
        raise contacts.KeyTaken("This form was sent for another child.")
    sent = (journey.planned_at, at)
    require_same(journey, {**_words(wanted), "told_at": min(wanted.told_at, at)}, sent=sent)
    stops = list(journey.stops.order_by("position"))
    for stop, place in zip(stops, wanted.places, strict=False):
        said = {"place": place.place, "due_at": place.due_at}
        require_same(stop, said | {"force_id": place.force.pk if place.force else None}, sent=sent)
    if len(stops) != len(wanted.places):
        raise other_words()
    return journey


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
