"""What a journey is planned as: its words and places, what is asked of them, and the same plan sent again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from cases import contacts, escorts
from cases.clock import TOLERANCE
from cases.deadlines import next_at_wall
from cases.journey_times import APART_AT_MOST, NIGHT_AT_MOST, NIGHT_UNTIL, is_at_night
from cases.models import Child, Journey, PoliceForce
from cases.models.placements import OUT_AT_MOST
from cases.moves import other_words, require_same
from cases.states import IllegalMove

# A journey within the country is over within a day, or two with a night on the way: what is later is a day mistyped.
LONGEST = OUT_AT_MOST
LONGEST_WITH_A_NIGHT = 2 * OUT_AT_MOST


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
    overnight: bool = False


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


def require_words(wanted: Plan) -> None:
    """Raise `IllegalMove` where it lacks a name, a phone, the vehicle, the route, or what the child said."""
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


def require_places(places: Sequence[Place], at: datetime) -> None:
    """Raise `WrongStop` for a stop that is no later than the one before or more than two hours after it."""
    if len(places) < 2:
        raise IllegalMove("A journey has a pick-up and a hand-over.")
    if places[0].due_at < at - TOLERANCE:
        raise WrongStop("The departure must be now or in the future.", 0)
    for number, (before, stop) in enumerate(pairwise(places), start=1):
        if stop.due_at <= before.due_at:
            raise WrongStop("Each stop is later than the one before it.", number)
        if before.overnight:
            _require_night(before, stop, number)
        elif stop.due_at > before.due_at + APART_AT_MOST:
            raise WrongStop(
                "Each stop is at most 2 hours after the one before: add one between them.", number
            )
    slept = any(place.overnight for place in places)
    if slept and places[-1].due_at > places[0].due_at + LONGEST_WITH_A_NIGHT:
        raise WrongStop("A journey with a night on the way is over within 48 hours.", len(places) - 1)
    if not slept and places[-1].due_at > places[0].due_at + LONGEST:
        raise WrongStop("A journey is over within 24 hours.", len(places) - 1)


def _require_night(before: Place, stop: Place, number: int) -> None:
    if number == 1:
        raise WrongStop("The child sleeps at a stop on the way, not where it is picked up.", 0)
    if not is_at_night(before.due_at):
        raise WrongStop("A stop for the night is reached after 8pm: add stops until then.", number - 1)
    if stop.due_at > min(next_at_wall(before.due_at, NIGHT_UNTIL), before.due_at + NIGHT_AT_MOST):
        raise WrongStop(
            "After a night the child is confirmed by 9am, at most 11 hours later: add a stop then.", number
        )


def logged(wanted: Plan) -> dict[str, object]:
    """All of it, as the event keeps its digest."""
    said = {name: value for name, value in vars(wanted).items() if name not in ("places", "key")}
    return said | {"places": [_told_of(place) for place in wanted.places]}


def _told_of(place: Place) -> dict[str, object]:
    said: dict[str, object] = {"place": place.place, "due_at": place.due_at}
    said["force"] = place.force.code if place.force else None
    return said | ({"overnight": True} if place.overnight else {})


def said_of(wanted: Plan) -> dict[str, str]:
    """Its words, as the row of the journey keeps them."""
    said = vars(wanted).items()
    return {name: value.strip() for name, value in said if name not in ("places", "key", "told_at")}


def same(journey: Journey, child: Child, wanted: Plan, at: datetime) -> Journey:
    """The journey that stands where the plan was sent again; raises `SentBefore` where it says something else."""
    if journey.child_id != child.pk:
        raise contacts.KeyTaken("This form was sent for another child.")
    sent = (journey.planned_at, at)
    require_same(journey, {**said_of(wanted), "told_at": min(wanted.told_at, at)}, sent=sent)
    stops = list(journey.stops.order_by("position"))
    for stop, place in zip(stops, wanted.places, strict=False):
        said = {"place": place.place, "due_at": place.due_at, "overnight": place.overnight}
        require_same(stop, said | {"force_id": place.force.pk if place.force else None}, sent=sent)
    if len(stops) != len(wanted.places):
        raise other_words()
    return journey
