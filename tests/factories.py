"""Plain functions that make people, organisations and children through the verbs, with invented names only."""

import io
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from PIL import Image

from cases import (
    absences,
    children,
    contacts,
    episodes,
    images,
    journey_plans,
    journeys,
    links,
    people,
    photos,
    placements,
    reviews,
    transfers,
)
from cases.deadlines import london_day
from cases.models import (
    Absence,
    Acknowledgement,
    Authority,
    Child,
    Contact,
    EpisodeDecision,
    ForceAgreement,
    ForcePhone,
    GuardianService,
    Home,
    Journey,
    JourneyConfirmation,
    Mailbox,
    Membership,
    MissingEpisode,
    MissingReview,
    Photo,
    Placement,
    PoliceForce,
    Provider,
    Reach,
    Responsibility,
    Role,
    Shift,
    Team,
    Transfer,
    User,
)
from guardians import areas, assignments
from guardians.models import GuardianAssignment, ServiceArea
from tests.copies import copied

# A Monday in winter, so that London's clock is UTC; every factory's moment unless a test gives its own.
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# Everybody's roles and mailboxes began long before any test's moment.
LONG_AGO = datetime(2020, 1, 6, 9, 0, tzinfo=UTC)

# No name holds what a test takes for a year: a mail that must not say 2011 may name somebody.
_serial = (number for number in count(1) if not 1900 <= number <= 2100)
# Of their own, so that as many children as there are pairs of names have each another, whoever is made between them.
_children = count()
# No test writes a word of these four, nor a number of `_phone`: which of them somebody has hangs on what was made
# before, and a test that looks for one, or for its absence, would find what it did not make.
_GIVEN = (
    "Mehret",
    "Rahel",
    "Niyaz",
    "Dunya",
    "Gezim",
    "Lumnije",
    "Hozan",
    "Nasrin",
    "Edmir",
    "Zewdi",
    "Sirwan",
    "Yordan",
)
# Whoever works with the children has none of their names: a test that looks for a child's name finds the child's.
_STAFF = (
    "Bryony",
    "Barnaby",
    "Philippa",
    "Delphine",
    "Imelda",
    "Torquil",
    "Cordelia",
    "Fenella",
    "Rufus",
    "Ignatius",
    "Clementine",
    "Ambrose",
)
_FAMILY = (
    "Quennell-Brome",
    "Larkspur",
    "Gorsedale",
    "Bickerstow",
    "Umberleigh",
    "Skelhorn",
    "Dunkerton",
    "Tavenor",
)
# By the alphabet before what a test names: nor does an order of the two hang on it.
_PLACES = (
    "Abbotscote",
    "Ackerby",
    "Ainsmoor",
    "Amberholt",
    "Anstwick",
    "Appleforth",
    "Arkenby",
    "Axbeck",
)
BY_TURNS = (*_GIVEN, *_STAFF, *_FAMILY, *_PLACES)
# Ofcom's ranges for drama: these numbers are never given out. Eight thousand, for what a copy brings has numbers of long ago.
PHONES = (
    "0191 498 0",
    "0114 496 0",
    "0115 496 0",
    "0116 496 0",
    "0117 496 0",
    "0118 496 0",
    "0141 496 0",
    "0151 496 0",
)


def a_force(name: str = "", **fields: Any) -> PoliceForce:
    number = next(_serial)
    name = name or f"{_pick(_PLACES, number)} Police {number}"
    return PoliceForce.objects.create(code=f"force-{number}", name=name, nation="England", **fields)


def an_authority(name: str = "", *, force: PoliceForce | None = None, **fields: Any) -> Authority:
    number = next(_serial)
    return Authority.objects.create(
        code=f"T{number:08d}",
        name=name or f"{_pick(_PLACES, number)} {number}",
        nation=fields.pop("nation", "England"),
        kind=fields.pop("kind", "county"),
        force=force or a_force(),
        **fields,
    )


def a_team(authority: Authority | None = None, *, kind: str = Team.Kind.SOCIAL_WORK, **fields: Any) -> Team:
    number = next(_serial)
    fields.setdefault("name", f"Team {number}")
    fields.setdefault("phone", _phone(number))
    return Team.objects.create(
        authority=authority or an_authority(), kind=kind, verified_at=LONG_AGO, **fields
    )


def a_home(
    authority: Authority | None = None, *, name: str = "", force: PoliceForce | None = None, **fields: Any
) -> Home:
    """A home in `authority`, which is then the host, in the area of `force` (the authority's unless given)."""
    number = next(_serial)
    authority = authority or an_authority()
    fields.setdefault("provider", Provider.objects.create(name=f"Lantern Homes {number}"))
    fields.setdefault("address", f"{number} Rowan Lane, {authority.name}")
    fields.setdefault("postcode", "ZZ99 1AA")
    fields.setdefault("phone", _phone(number))
    fields.setdefault("phone_verified_at", LONG_AGO)
    return Home.objects.create(
        name=name or f"Rowan House {number}",
        authority=authority,
        force=force or authority.force,
        **fields,
    )


def a_service(name: str = "") -> GuardianService:
    number = next(_serial)
    return GuardianService.objects.create(
        name=name or f"Lodestar Guardians {number}", phone=_phone(number), starts_date=LONG_AGO.date()
    )


def an_area(authority: Authority, *, by: User, at: datetime, **said: Any) -> ServiceArea:
    """A guardian service takes children of `authority` from the day of `at` on; they are referred by phone."""
    said.setdefault("starts_date", at.date())
    way = areas.Way(phone=_phone(next(_serial)))
    area = areas.cover(authority, said.pop("service", None) or a_service(), way, **said, by=by, at=at)
    areas.work_out(at=at)
    return area


def a_person(
    role: str,
    *,
    authority: Authority | None = None,
    team: Team | None = None,
    home: Home | None = None,
    service: GuardianService | None = None,
    force: PoliceForce | None = None,
    reach: str = Reach.TEAM,
    name: str = "",
    email: str = "",
    password: str | None = None,
    since: datetime = LONG_AGO,
) -> User:
    """Somebody with `role` since `since`; the organisation it needs is made when it is not given."""
    person = somebody(name=name, email=email, password=password)
    organisation: dict[str, Any]
    if role in (Role.SOCIAL_WORKER, Role.TEAM_MANAGER):
        organisation = {"team": team or a_team(authority)}
    elif role == Role.DUTY_DESK:
        organisation = {"team": team or a_team(authority, kind=Team.Kind.DUTY)}
    elif role in (Role.PLACEMENT_STAFF, Role.FOSTER_CARER):
        organisation = {"home": home or a_home(authority)}
    elif role == Role.GUARDIAN:
        organisation = {"service": service or a_service()}
    elif role == Role.POLICE:
        organisation = {"force": force or a_force()}
    elif role == Role.STATISTICIAN:
        organisation = {}
    else:
        organisation = {"authority": authority or an_authority()}
    people.join(person, role, at=since, reach=reach, **organisation)
    return person


def somebody(*, name: str = "", email: str = "", password: str | None = None) -> User:
    """A user without any role."""
    number = next(_serial)
    name = name or f"{_pick(_STAFF, number)} {_pick(_FAMILY, number)} {number}"
    person = User.objects.create_user(
        email or f"person{number}@rollcall.example",
        name=name,
        phone=_phone(number),
        joined_at=LONG_AGO,
        # A test that looks at what goes out is not to meet a daily list by the way.
        has_digest=False,
    )
    return knows(person, password) if password else person


def knows(person: User, password: str) -> User:
    """`person` signs with `password` from now on; it is hashed once, for that takes as long as a whole test."""
    person.password = _hashed(password)
    person.save(update_fields=["password"])
    return person


@cache
def _hashed(password: str) -> str:
    return make_password(password)


def membership_of(person: User) -> Membership:
    """The person's only membership."""
    return Membership.objects.get(user=person)


@dataclass(frozen=True)
class DutyDesk:
    """A duty team with its mailbox, the person on shift and the second on the rota."""

    team: Team
    person: User
    second: User
    mailbox: Mailbox
    shift: Shift


def a_duty_desk(authority: Authority | None = None) -> DutyDesk:
    """A duty desk of `authority` with a person on shift, a second person, two phones and a proved mailbox."""
    number = next(_serial)
    team = a_team(
        authority, kind=Team.Kind.DUTY, name=f"Duty desk {number}", second_phone=_phone(number + 4000)
    )
    person = a_person(Role.DUTY_DESK, team=team)
    second = a_person(Role.DUTY_DESK, team=team)
    mailbox = Mailbox.objects.create(
        address=f"duty{number}@rollcall.example",
        purpose=Mailbox.Purpose.DUTY,
        team=team,
        verified_at=LONG_AGO,
        starts_at=LONG_AGO,
    )
    shift = Shift.objects.create(
        team=team,
        person=person,
        phone=person.phone,
        second=second,
        second_phone=second.phone,
        starts_at=LONG_AGO,
    )
    return DutyDesk(team, person, second, mailbox, shift)


def end_shift(desk: DutyDesk) -> None:
    """Nobody is on duty at this desk, as if the shift had ended long ago: a shift is never removed."""
    Shift.objects.filter(pk=desk.shift.pk).update(ends_at=LONG_AGO + timedelta(days=1))


def a_force_mailbox(
    force: PoliceForce, *, purpose: str = Mailbox.Purpose.CONTROL_ROOM, address: str = "", **fields: Any
) -> Mailbox:
    fields.setdefault("verified_at", AT - timedelta(days=1))
    return Mailbox.objects.create(
        address=address or f"{purpose.replace('_', '-')}@{force.code}.police.example",
        purpose=purpose,
        force=force,
        starts_at=LONG_AGO,
        **fields,
    )


def an_authority_mailbox(authority: Authority, *, purpose: str = Mailbox.Purpose.HOST_DUTY) -> Mailbox:
    number = next(_serial)
    return Mailbox.objects.create(
        address=f"{purpose.replace('_', '-')}{number}@rollcall.example",
        purpose=purpose,
        authority=authority,
        verified_at=LONG_AGO,
        starts_at=LONG_AGO,
    )


def a_force_phone(force: PoliceForce, *, purpose: str = ForcePhone.Purpose.INSPECTOR) -> ForcePhone:
    return ForcePhone.objects.create(
        force=force,
        purpose=purpose,
        phone="01632 960712",
        verified_date=LONG_AGO.date(),
        starts_at=LONG_AGO,
    )


def an_agreement(force: PoliceForce, authority: Authority) -> ForceAgreement:
    """A sharing agreement in force for the whole of any test."""
    return ForceAgreement.objects.create(
        force=force,
        authority=authority,
        signed_date=LONG_AGO.date(),
        expires_date=LONG_AGO.date() + timedelta(days=36_500),
    )


def a_child(
    authority: Authority | None = None,
    *,
    team: Team | None = None,
    worker: User | None = None,
    by: User | None = None,
    at: datetime = AT,
    **details: Any,
) -> Child:
    """A child registered at `at`, arrived two days before unless told; `details` are those of `children.Details`."""
    number = next(_children)
    authority = authority or (team.authority if team is not None else an_authority())
    details.setdefault("given_name", _pick(_GIVEN, number))
    details.setdefault("family_name", _pick(_FAMILY, number + number // len(_GIVEN) + 3))
    details.setdefault("arrived_at", at - timedelta(days=2))
    by = by or worker or a_person(Role.SOCIAL_WORKER, team=team or a_team(authority))
    return children.register(
        children.Details(**details), authority=authority, team=team, worker=worker, by=by, at=at
    )


def placed(
    child: Child,
    home: Home | placements.Address | None = None,
    *,
    starts_at: datetime | None = None,
    placement_type: str = Placement.Type.FOSTER,
    by: User | None = None,
    at: datetime | None = None,
) -> Placement:
    """`child` placed in `home` from its registration unless told, with a carer who sleeps: no check of the building is owed."""
    starts_at = starts_at or at or child.registered_at
    return placements.start(
        child,
        where=home or a_home(),
        placement_type=placement_type,
        starts_at=starts_at,
        by=by or child.registered_by,
        at=at or max(starts_at, child.registered_at),
    )


def guarded(
    child: Child,
    guardian: User | None = None,
    *,
    at: datetime | None = None,
    **fields: Any,
) -> GuardianAssignment:
    """`child` watched over by `guardian`, lead unless told, `by` whoever registered the child unless told."""
    guardian = guardian or a_person(Role.GUARDIAN)
    service = membership_of(guardian).service
    return assignments.assign(
        child,
        guardian,
        service=service,
        at=at or child.registered_at,
        **{"by": child.registered_by, **fields},
    )


def a_picture(
    *, kind: str = "JPEG", size: tuple[int, int] = (300, 400), colour: str = "", **save: Any
) -> bytes:
    """A picture of one colour, a different one each time unless told."""
    number = next(_serial)
    ground = colour or f"hsl({number * 37 % 360}, 60%, {30 + number % 40}%)"
    out = io.BytesIO()
    Image.new("RGB", size, ground).save(out, kind, **save)
    return out.getvalue()


def photographed(
    child: Child,
    *,
    by: User | None = None,
    at: datetime | None = None,
    taken_date: date | None = None,
    picture: bytes | None = None,
    **fields: Any,
) -> Photo:
    """A photo of `child`, taken on the day it was added unless told."""
    at = at or child.registered_at
    shot = photos.Shot(
        picture=images.develop(picture or a_picture()), taken_date=taken_date or at.date(), **fields
    )
    return photos.add(child, shot, by=by or child.registered_by, at=at)


@dataclass(frozen=True)
class Watched:
    """One child with everybody around them in place, and reachable."""

    child: Child
    placement: Placement
    assignment: GuardianAssignment
    authority: Authority
    team: Team
    worker: User
    manager: User
    head: User
    director: User
    desk: DutyDesk
    home: Home
    carer: User
    guardian: User
    force: PoliceForce
    control_room: Mailbox
    coordinator: Mailbox
    officer: User


def a_watched_child(
    *,
    at: datetime = AT,
    home: Home | None = None,
    placement_type: str = Placement.Type.FOSTER,
    **details: Any,
) -> Watched:
    """A child registered, allocated, placed and guarded at `at`, with desk, managers, force and mailboxes."""
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in details.items()}
    if home is not None or not all(isinstance(value, Hashable) for value in told.values()):
        return _a_watched_child(at, home, placement_type, details)
    key = ("a_watched_child", at, placement_type, tuple(sorted(told.items())))
    return copied(key, lambda: _a_watched_child(at, None, placement_type, details))


def a_brother(watched: Watched, *, at: datetime = AT + timedelta(hours=1)) -> Child:
    """Tesfay, who lives in the same home: the child says that he is its brother."""
    brother = a_child(team=watched.team, given_name="Tesfay", worker=watched.worker)
    placed(brother, watched.home)
    claim = links.Claim(kind="sibling", said_by="The child")
    links.say(watched.child, brother, claim, by=watched.worker, at=at)
    return brother


def _a_watched_child(
    at: datetime, home: Home | None, placement_type: str, details: dict[str, Any]
) -> Watched:
    around = _around(home) if home is not None else copied("around a child", lambda: _around(None))
    child = a_child(around["authority"], team=around["team"], worker=around["worker"], at=at, **details)
    placement = placed(child, around["home"], placement_type=placement_type)
    # As what was brought over, of which nobody is owed word.
    assignment = guarded(child, around["guardian"], by=None)
    return Watched(child=child, placement=placement, assignment=assignment, **around)


def _around(home: Home | None) -> dict[str, Any]:
    """Whoever is around a child and was there long before it; those of this home, where it is given."""
    authority = home.authority if home is not None else an_authority()
    team = a_team(authority)
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    home = home or a_home(authority)
    return {
        "authority": authority,
        "team": team,
        "worker": worker,
        "home": home,
        "guardian": a_person(Role.GUARDIAN),
        "manager": a_person(Role.TEAM_MANAGER, team=team),
        "head": a_person(Role.TEAM_MANAGER, team=team, reach=Reach.SERVICE),
        "director": a_person(Role.TEAM_MANAGER, team=team, reach=Reach.DIRECTORATE),
        "desk": a_duty_desk(authority),
        "carer": a_person(Role.PLACEMENT_STAFF, home=home),
        "force": home.force,
        "control_room": a_force_mailbox(home.force),
        "coordinator": a_force_mailbox(home.force, purpose=Mailbox.Purpose.COORDINATOR),
        "officer": a_person(Role.POLICE, force=home.force),
    }


def a_sighting(by: User, *, at: datetime, **fields: Any) -> contacts.Sighting:
    """What `by` would record of having seen a child face to face at `at`, in the name of their organisation."""
    membership = Membership.objects.filter(user=by).first()
    fields.setdefault("witness_user", by)
    fields.setdefault("witness", by.name)
    fields.setdefault("witness_role", _witness_role(membership))
    fields.setdefault("organisation", _organisation(membership))
    fields.setdefault("happened_at", at)
    return contacts.Sighting(**fields)


def seen(child: Child, *, by: User, at: datetime, **fields: Any) -> Contact:
    """`by` records at `at` having seen `child` face to face then; `fields` are those of `contacts.Sighting`."""
    return contacts.record(child, a_sighting(by, at=at, **fields), by=by, at=at)


def not_here(child: Child, *, by: User, at: datetime, **fields: Any) -> MissingEpisode:
    """`by` looked at `at`, and the child is not here."""
    return contacts.look_failed(child, a_sighting(by, at=at, **fields), by=by, at=at)


def out(child: Child, *, by: User | None = None, at: datetime, **stay: Any) -> Absence:
    return absences.go_out(child, absences.Stay(**stay), by=by or child.registered_by, at=at)


def away(
    child: Child, *, agreed_by: User | None = None, by: User | None = None, at: datetime, **stay: Any
) -> Absence:
    """`child` away with permission, agreed by a worker of the responsible authority unless told."""
    stay = {"place": "4 Fell Lane", "with_whom": "Sela Maddern", "phone": "01632 960777"} | stay
    if agreed_by is None:
        responsible = Responsibility.objects.at(at).get(child=child).authority
        agreed_by = a_person(Role.SOCIAL_WORKER, authority=responsible)
    return absences.go_away(
        child, absences.Stay(**stay), agreed_by=agreed_by, by=by or child.registered_by, at=at
    )


def missing(child: Child, *, by: User | None = None, at: datetime, **report: Any) -> MissingEpisode:
    """`child` reported missing; `report` is that of `episodes.Report`."""
    return episodes.report_missing(child, episodes.Report(**report), by=by or child.registered_by, at=at)


def case_closed(child: Child, *, reason: str, by: User | None = None, at: datetime) -> Child:
    """The case closed by somebody, with somebody else."""
    by = by or child.registered_by
    return children.close(child, reason=reason, seconded_by=somebody(), by=by, at=at)


def silent(child: Child, *, since: datetime | None = None, at: datetime) -> MissingEpisode:
    """An episode that silence opened, not confirmed."""
    return episodes.open_unconfirmed([(child, since or child.registered_at)], at=at)[child.pk]


def referred(
    child: Child, receiver: Authority | None = None, *, by: User | None = None, at: datetime, **fields: Any
) -> Transfer:
    """`child` referred for transfer, and offered to `receiver` where one is given."""
    told = {
        "kind": Transfer.Kind.SCHEME,
        "reason": Transfer.Reason.SHARE,
        "needs": "A home where Tigrinya is spoken",
        "wishes": "Wants to be near a cousin",
        "wishes_language": "Tigrinya",
        "proposed_date": london_day(at) + timedelta(days=7),
    }
    referral = transfers.Referral(**(told | fields))
    return transfers.refer(child, referral, receiver=receiver, by=by or child.registered_by, at=at)


def accepted(transfer: Transfer, worker: User, *, by: User | None = None, at: datetime) -> Transfer:
    """The transfer accepted with `worker`, in the team that they are in."""
    team = membership_of(worker).team
    return transfers.accept(transfer, team=team, worker=worker, by=by or worker, at=at)


def agreed(sender: Watched, receiver: Watched, *, moves_at: datetime, at: datetime) -> Transfer:
    """A transfer from one to the other that both have agreed at `at`, for the day of `moves_at`."""
    transfer = accepted(
        referred(sender.child, receiver.authority, by=sender.worker, at=at), receiver.worker, at=at
    )
    return transfers.agree_day(transfer, london_day(moves_at), by=receiver.worker, at=at)


def arrived(
    transfer: Transfer,
    *,
    stays_placed: bool = True,
    by: User | None = None,
    at: datetime,
    arrived_at: datetime | None = None,
    read: Iterable[str] = tuple(Acknowledgement.Item),
    knows_child: bool = False,
) -> Transfer:
    """The arrival of the child confirmed with all that stands open read, or less of it."""
    return transfers.confirm_arrival(
        transfer,
        arrived_at=arrived_at or at,
        handed_to="Ola Brightwell",
        team=transfer.team,
        worker=transfer.worker,
        read=tuple(read),
        stays_placed=stays_placed,
        is_here=True,
        knows_child=knows_child,
        by=by or transfer.worker,
        at=at,
    )


NOT_ASKED = reviews.Asked(police_not_asked="The officer is back on Monday")


def reviewed(episode: MissingEpisode) -> MissingReview:
    """A review of the episode that was held as soon as it began: before the first one is due."""
    at = episode.counts_from
    by = episode.confirmed_by
    assert at is not None
    assert by is not None
    said = {"chair": "Elis Arnott", "note": "Search goes on", "asked": NOT_ASKED}
    return reviews.record(episode, None, held_at=at, **said, by=by, at=at)


def decided(
    episode: MissingEpisode, kind: str, answer: str, *, by: User, at: datetime, **fields: Any
) -> EpisodeDecision:
    """One decision about a search, made as it is recorded."""
    said = {
        "decided_by": "Inspector Vale",
        "reason": "Seen with an adult",
        "spoken_to": "PC Shah",
        "consent": "Vital interests",
        "risk": "Whoever brought the child here may see it",
    }
    made = episodes.Decided(answer=answer, decided_at=at, **(said | fields))
    return episodes.decide(episode, kind, made, by=by, at=at)


def ended(
    episode: MissingEpisode,
    *,
    by: User | None = None,
    outcome: str = "returned",
    force: PoliceForce | None = None,
    at: datetime,
) -> MissingEpisode:
    """The whole ending by `by`, who had not said "seen"; another records the closing, and of a death hears of it."""
    by = by or a_person(Role.DUTY_DESK)
    if outcome == "died":
        told_to = a_person(Role.DUTY_DESK)
        episodes.hear_from_office(episode, told_by("hospital", has_died=True, at=at), by=told_to, at=at)
    else:
        episodes.confirm_with_child(episode, how="saw", by=by, at=at)
    if episode.police_owed_at is not None:
        said = {"officer": "PC 4821 Penrowe", "closed_at": at, "force": force}
        closer = by if outcome == "died" else somebody()
        episodes.record_police_closing(episode, **said, by=closer, at=at)
    checked = episodes.Ending(
        with_child="Key worker",
        checked_by="Dina Sorrel",
        decided_by="Custody officer",
        where_now="Lowmoor",
        found_by="M. Reid",
    )
    return episodes.end(episode, outcome=outcome, ending=checked, by=by, at=at)


def told_by(office: str, *, at: datetime, **said: Any) -> episodes.OfficeWord:
    """What an office says that duty rang on the number of its own website."""
    words = {
        "has_died": False,
        "name": "Northmere General",
        "said_by": "Sister Maud Ferrier",
        "phone": "0161 496 0188",
        "number_from": "publish",
        "number_where": "The contact page of its website",
        "reference": "NG 4471",
    }
    return episodes.OfficeWord(office=office, told_at=at, **(words | said))


def _witness_role(membership: Membership | None) -> str:
    if membership is None:
        return "other"
    if membership.role in (Role.DUTY_DESK, Role.TEAM_MANAGER, Role.ADMINISTRATOR):
        return "social_worker"
    return membership.role


def _organisation(membership: Membership | None) -> str:
    if membership is None:
        return "other:nobody"
    if membership.force is not None:
        return f"force:{membership.force.code}"
    named = {"home": membership.home_id, "team": membership.team_id, "service": membership.service_id}
    return next((f"{kind}:{pk}" for kind, pk in named.items() if pk is not None), "other:office")


def _pick(names: Sequence[str], number: int) -> str:
    return names[number % len(names)]


def _phone(number: int) -> str:
    return f"{PHONES[number // 1000 % len(PHONES)]}{number % 1000:03d}"


def journey_plan(
    *, departs_at: datetime, stops: int = 1, apart: timedelta = timedelta(hours=1), **said: Any
) -> Any:
    """What is answered for a journey with so many stops between, each `apart` after the one before."""
    forces = said.pop("forces", ())
    places = tuple(
        journey_plans.Place(
            place=f"Place {number}",
            due_at=departs_at + number * apart,
            force=forces[number] if number < len(forces) else None,
        )
        for number in range(stops + 2)
    )
    answers = {
        "first_escort": "Petra Lindqvist",
        "first_phone": "07700 900111",
        "second_escort": "Owen Tasker",
        "second_phone": "07700 900112",
        "vehicle": "grey estate car",
        "plate": "AB12 CDE",
        "route": "M2, M25, M1",
        "hand_to": "Ines Ferreira",
        "told_at": departs_at - timedelta(days=1),
        "words": "Wants to go and is afraid of the drive",
        "places": places,
    }
    return journey_plans.Plan(**(answers | said))


def planned(
    child: Child, *, by: User | None = None, departs_at: datetime, at: datetime, **said: Any
) -> Journey:
    """A journey of `child` as planned at `at`; `said` is that of `journey_plan`."""
    said.setdefault("told_at", at)
    return journeys.plan(
        child, journey_plan(departs_at=departs_at, **said), by=by or child.registered_by, at=at
    )


def confirmed(journey: Journey, position: int, *, by: User, at: datetime, **seen: Any) -> JourneyConfirmation:
    """The first escort has seen the child at this stop."""
    told = {"escort": journey.first_escort, "happened_at": at} | seen
    return journeys.confirm(journey.stops.get(position=position), journeys.Seen(**told), by=by, at=at)
