"""The verbs of a night of arrivals: start a group, take one child in, and what is then still missing of each."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, When

from cases import (
    access,
    children,
    duplicates,
    ended,
    found_matching,
    home_log,
    listed_names,
    photos,
    placements,
    restrictions,
)
from cases.access import Permission
from cases.deadlines import london_day
from cases.listed_names import Kind
from cases.models import (
    Allocation,
    ArrivalGroup,
    Authority,
    BirthDatePrecision,
    Child,
    Home,
    Photo,
    Placement,
    Team,
    Trafficking,
    User,
)
from cases.models.children import ChildQuerySet
from cases.moves import require_same
from cases.search import finding, matches
from cases.search.matches import Match
from cases.states import IllegalMove

logger = structlog.get_logger(__name__)

HALF_A_YEAR = timedelta(days=182)
# What may be known of a child later than the registration, and says who it is: the field, and the key of a match by it.
SIGNS = {"languages": "language", "nationality": "nationality"}


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One child as taken in at night, and the bed they were given; `key` is the form's own."""

    details: children.Details
    team: Team
    home: Home
    placement_type: str
    provided_by: str = ""
    room: str = ""
    # Why there; asked of a child who is too young for it.
    reason: str = ""
    shot: photos.Shot | None = None
    key: uuid.UUID


def start_group(
    authority: Authority, *, arrived_at: datetime, place: str, port: str = "", by: User, at: datetime
) -> ArrivalGroup:
    """Open a group for children who arrived together. Raises `IllegalMove` for an arrival after `at`."""
    if arrived_at > at:
        raise IllegalMove("The arrival must be now or in the past.")
    return ArrivalGroup.objects.create(
        authority=authority, arrived_at=arrived_at, place=place, port=port, started_at=at, started_by=by
    )


def hold(details: children.Details, home: Home, *, by: User, at: datetime) -> list[Match]:
    """Lock, before anything names the authority, the restricted children who will be told, whom this returns, then the home."""
    hidden = _hidden(details, by, at)
    duplicates.hold(hidden)
    home_log.lock([home.pk])
    return hidden


def take_in(
    arrival: Arrival,
    *,
    shown: Collection[Match] = (),
    said: Collection[str] = (),
    by: User,
    at: datetime,
) -> Child:
    """Register a child, place them from this instant and keep the photo, all in one commit or not at all.

    No child waits for a disk: where the picture cannot be written the child is taken in without, and `photo_is_kept`
    says so. The same form again returns the child that stands, with the photo where there was none yet. Who was `shown`
    as perhaps the same is on record, with whom `by` `said`, by reference, to be another. Of a restricted
    child who may be the same, its named people hear and nobody else. Raises `IllegalMove` as the three verbs do.
    """
    with ended.in_words(), transaction.atomic():
        hidden = hold(arrival.details, arrival.home, by=by, at=at)
        child = children.register(
            arrival.details,
            authority=arrival.team.authority,
            team=arrival.team,
            key=arrival.key,
            by=by,
            at=at,
        )
        first = Placement.objects.filter(child=child).order_by("starts_at", "pk").first()
        if first is not None:
            bed = {"home_id": arrival.home.pk, "type": arrival.placement_type, "room": arrival.room}
            bed |= {"reason": arrival.reason, "provided_by": arrival.provided_by}
            require_same(first, bed)
            if _may_be_photographed(child, by, at):
                _keep_photo(child, arrival, by=by, at=at)
            return child
        placements.start(
            child,
            where=arrival.home,
            placement_type=arrival.placement_type,
            provided_by=arrival.provided_by,
            starts_at=at,
            room=arrival.room,
            reason=arrival.reason,
            by=by,
            at=at,
        )
        duplicates.tell_apart(child, shown, said=said, by=by, at=at)
        duplicates.tell_named(child, hidden, at=at)
        # The last of it: what is refused before it leaves no picture of anybody on the disk.
        _keep_photo(child, arrival, by=by, at=at)
    return child


def fill_in(child: Child, answers: Mapping[str, Any], *, by: User, at: datetime) -> Child:
    """Write down what was not asked in the night, as `children.fill_in`; a language may tell who the child is."""
    with telling_of_signs(child, answers, by=by, at=at):
        return children.fill_in(child, answers, by=by, at=at)


@contextmanager
def telling_of_signs(child: Child, said: Mapping[str, Any], *, by: User, at: datetime) -> Iterator[None]:
    """In one commit with the block, which writes `said`: tell the people named with a restricted child who may be this one.

    By the language or the nationality that is written now, and of a child who came after theirs. Each is told once for
    each child: nothing of whom the registration told, or an earlier answer did. Where it is the restricted child of whom
    it is written, its own people are told of whoever came since. Of a drill nothing is told, nor of a newcomer who is
    restricted as well.
    """
    with transaction.atomic():
        new = _added(child, said)
        is_hidden = restrictions.standing_of(child, at) is not None
        hidden = [] if child.is_drill or is_hidden or not new else _by_signs(child, new, by, at)
        locked = Child.objects.locked().filter(pk__in={child.pk, *(one.child.pk for one in hidden)})
        list(locked.order_by("pk"))
        yield
        settled = duplicates.settled(child, [one.child for one in hidden])
        duplicates.tell_named(child, [one for one in hidden if one.child.pk not in settled], at=at)
        if new and is_hidden and not child.is_drill:
            _tell_of_whoever_came_since(Child.objects.get(pk=child.pk), new, by, at)


def _added(child: Child, said: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is said of `child` the signs that were not on its record: of its languages those that are added alone."""
    new = {name: said[name] for name in set(SIGNS) & set(said) if said[name] != getattr(child, name)}
    if "languages" in new:
        new["languages"] = [one for one in new["languages"] if one not in child.languages]
    return {name: value for name, value in new.items() if value}


def _with(child: Child, new: Mapping[str, Any]) -> Child:
    """The child as it would be with nothing but `new` of these signs, to be compared and never saved."""
    known = copy(child)
    for name, value in new.items():
        setattr(known, name, value)
    return known


def _by_signs(child: Child, new: Mapping[str, Any], by: User, at: datetime) -> list[Match]:
    """Those behind a restriction, on record before, who are alike and have the language or the nationality that is `new`."""
    known = _with(child, new)
    found = _with_new_sign(known, matches.behind(_on_record(known), user=by, at=at), new)
    return [one for one in found if one.child.registered_at < child.registered_at]


def _with_new_sign(newcomer: Child, found: Sequence[Match], new: Collection[str]) -> list[Match]:
    """Those of `found` who have a language or a nationality in common with the newcomer, where that is what is new."""
    signs = {SIGNS[name] for name in new}
    return [one for one in (_with_language(one, newcomer) for one in found) if signs & set(one.why)]


def _tell_of_whoever_came_since(hidden: Child, new: Mapping[str, Any], by: User, at: datetime) -> None:
    """Write down with a restricted child who came after it, is alike, and has the language or the nationality that is `new`.

    `by` writes in that record, and so reads it; of the newcomers they hear of those alone whom they may see. Who sounds
    alike is looked up first, by index: nobody waits for the record while all who came since are read.
    """
    since = access.children(by, Permission.SEE_STATUS, at=at).filter(
        is_drill=False, registered_at__gt=hidden.registered_at
    )
    since = since.exclude(pk__in=restrictions.records(at))
    for newcomer in _sharing(_sounding_like(hidden, since), hidden, new):
        alike = matches.among(_on_record(newcomer), Child.objects.filter(pk=hidden.pk))
        if hidden.pk not in duplicates.settled(newcomer, [hidden]):
            found = [_with_language(one, newcomer) for one in alike]
            duplicates.tell_named(newcomer, found, at=at)


def _sharing(newcomers: Sequence[Child], hidden: Child, new: Mapping[str, Any]) -> list[Child]:
    """Those who share what is new: nearly nobody is compared with the record itself, which takes some queries each."""
    added = _with(hidden, new)
    return [
        child
        for child in newcomers
        if ("languages" in new and _speak_alike(child, added))
        or ("nationality" in new and matches.same_nation(child.nationality, added.nationality))
    ]


def _sounding_like(hidden: Child, children: ChildQuerySet) -> list[Child]:
    """Those with a name that sounds like one of the hidden child’s, or like its given name alone, as they were registered.

    As many as the database looks up of a name: of a common one whoever shares the sign may be far down.
    """
    names = {*_on_record(hidden).names, hidden.given_name}
    found = {
        one.child_id for name in names for one in finding.by_name(children, name, most=finding.CANDIDATES)
    }
    return list(Child.objects.filter(pk__in=found).order_by("registered_at", "pk"))


def photo_is_kept(child: Child, arrival: Arrival) -> bool:
    """Whether the picture of the form came on record, or there was none; one that was withdrawn since is on record."""
    if arrival.shot is None:
        return True
    return Photo.objects.filter(child=child, digest=arrival.shot.picture.digest).exists()


def _may_be_photographed(child: Child, by: User, at: datetime) -> bool:
    """Whether the form, come again, may still bring the photo: its sender may be kept from the child by now."""
    if child.closed_at is not None or Photo.objects.filter(child=child).exists():
        return False
    return access.may(by, child, Permission.CHANGE_CHILD, at=at)


def _keep_photo(child: Child, arrival: Arrival, *, by: User, at: datetime) -> None:
    if arrival.shot is None or photo_is_kept(child, arrival):
        return
    try:
        photos.add(child, arrival.shot, by=by, at=at)
    except OSError:
        logger.exception("photo_not_kept", child=child.pk)


def known(details: children.Details, *, key: uuid.UUID, by: User, at: datetime) -> list[Match]:
    """The children on record whom `by` may see and who may be this one, the likest first; never who came by this form.

    By the name and the age as a registration in full finds them, and by the wristband or port reference.
    """
    alike = {one.child.pk: one for one in matches.of(_newcomer(details), user=by, at=at)}
    reached = access.children(by, Permission.SEE_STATUS, at=at)
    for child in same_reference(reached, details.port_reference, at=at):
        found = alike.get(child.pk, Match(child, 0.0))
        alike[child.pk] = replace(found, score=found.score + 2, why=(*found.why, "port_reference"))
    others = [one for one in alike.values() if one.child.key != key]
    return sorted(others, key=lambda one: (-one.score, -one.child.pk))


def _newcomer(details: children.Details | Child) -> matches.Newcomer:
    age, came_at = details.age_given, details.arrived_at
    between = None if age is None or came_at is None else born_between(age, on=london_day(came_at))
    return matches.Newcomer(given_name=details.given_name, born_between=between)


def _hidden(details: children.Details, by: User, at: datetime) -> list[Match]:
    """The restricted children who may be this one, by the name and a second sign or by the wristband: never for `by`.

    A given name and an age are many children's: with them alone the record of each would be told of each of the others.
    A language in common is a second sign, and so is a second name.
    """
    two_names = " " in details.given_name.strip()
    found = (_with_language(one, details) for one in matches.behind(_newcomer(details), user=by, at=at))
    alike = {one.child.pk: one for one in found if two_names or "language" in one.why}
    hidden = access.behind_restriction(by, Permission.SEE_STATUS, at=at).filter(is_drill=False)
    for child in same_reference(hidden, details.port_reference, at=at):
        alike.setdefault(child.pk, Match(child, 1.0, ("port_reference",)))
    return list(alike.values())


def _on_record(child: Child) -> matches.Newcomer:
    """What a registration in full would look for, as far as it is known by now; who came at night has an age alone."""
    exact = child.birth_date is not None and child.birth_date_precision != BirthDatePrecision.ESTIMATED
    return matches.Newcomer(
        given_name=child.given_name,
        family_name=child.family_name,
        known_as=child.known_as,
        script_name=child.script_name,
        spellings=tuple(child.spellings),
        birth_year=child.birth_date.year if child.birth_date is not None and exact else None,
        nationality=child.nationality,
        born_between=None if child.family_name else _newcomer(child).born_between,
    )


def _with_language(match: Match, details: children.Details | Child) -> Match:
    """With it that both speak a language."""
    return replace(match, why=(*match.why, "language")) if _speak_alike(details, match.child) else match


def _speak_alike(one: children.Details | Child, other: Child) -> bool:
    """Whether both speak a language: whoever wrote an older record may have called it otherwise."""
    first, second = (
        {listed_names.named(Kind.LANGUAGE, language).casefold() for language in spoken}
        for spoken in (one.languages, other.languages)
    )
    return bool(found_matching.same_language(first, second))


def born_between(age: int, *, on: date) -> tuple[date, date]:
    """The first and the last day on which somebody can be born who has this age in years on a day."""
    return _years_before(on, age + 1) + timedelta(days=1), _years_before(on, age)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def born_about(age: int, *, on: date) -> date:
    """A birth date that stands for an age in years: the middle of what it can mean, on the 15th of its month.

    The 15th is the rule of the children-looked-after return for a day that is not known.
    """
    middle = on - timedelta(days=round(age * 365.2425)) - HALF_A_YEAR
    return middle.replace(day=15)


def unfinished(reached: ChildQuerySet, *, at: datetime) -> ChildQuerySet:
    """Those who came in a group and of whom something is still missing, in the order in which they were taken in.

    Who lacks a social worker alone comes last: a manager gives one, and whoever fills in waits for nobody.
    """
    to_fill_in = (
        Q(languages=[])
        | Q(birth_date=None)
        | Q(birth_date_precision=BirthDatePrecision.ESTIMATED)
        | Q(interpreter_needed=None)
        | Q(needs=[])
        | Q(trafficking=Trafficking.NOT_ASKED)
        | Q(has_photo=False)
        | Q(is_asked=False)
    )
    return (
        reached.open(at)
        .filter(arrival_group__isnull=False)
        .alias(**_marks(at))
        .filter(to_fill_in | Q(has_worker=False))
        .annotate(**_marks(at))
        .order_by(Case(When(to_fill_in, then=0), default=1), "registered_at", "pk")
    )


def missing_of(child: Child) -> Sequence[str]:
    """What is missing of a child read by `unfinished`, as keys, most urgent first."""
    lacks = {
        "photo": not getattr(child, "has_photo", False),
        "trafficking": child.trafficking == Trafficking.NOT_ASKED,
        "needs": not child.needs,
        "languages": not child.languages,
        "interpreter_needed": child.interpreter_needed is None,
        "birth_date": child.birth_date is None or child.birth_date_precision == BirthDatePrecision.ESTIMATED,
        "photo_ground": getattr(child, "has_photo", False) and not getattr(child, "is_asked", False),
        "worker": not getattr(child, "has_worker", False),
    }
    return [key for key, lacking in lacks.items() if lacking]


def same_reference(reached: ChildQuerySet, port_reference: str, *, at: datetime) -> list[Child]:
    """Open cases within reach that have this wristband or port reference already."""
    if not port_reference:
        return []
    return list(reached.open(at).filter(port_reference__iexact=port_reference).order_by("registered_at")[:5])


def _marks(at: datetime) -> dict[str, Exists]:
    return {
        "has_photo": Exists(Photo.objects.standing().filter(child=OuterRef("pk"))),
        "is_asked": Exists(Photo.objects.answering().filter(child=OuterRef("pk"))),
        "has_worker": Exists(Allocation.objects.held(at).filter(child=OuterRef("pk"))),
    }
