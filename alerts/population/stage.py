"""Who is there for the invented children: teams, homes, mailboxes and guardians, of the authorities that there really are."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Model

from alerts.population import areas, names
from alerts.population.book import Book
from alerts.population.plan import Life
from cases import log
from cases.groups import force_group, home_group, host_group, person_group
from cases.models import (
    Authority,
    GuardianService,
    Home,
    Mailbox,
    Membership,
    Placement,
    PoliceForce,
    Provider,
    Reach,
    Role,
    Team,
    User,
)

REGISTER = "arrivals-register@rollcall.example"
# Of a hundred children, how many each kind of place takes (children looked after, placements of those who arrived alone).
KINDS = ((Placement.Type.FOSTER, 23), (Placement.Type.SUPPORTED, 60), (Placement.Type.CHILDRENS_HOME, 17))
BEDS = {Placement.Type.FOSTER: 2, Placement.Type.SUPPORTED: 7, Placement.Type.CHILDRENS_HOME: 5}
CHILDREN_OF_A_WORKER = 12
# Where most children who come by themselves arrive, or did before they were shared out.
HEAVY = {
    "E10000016": 70, "E09000017": 34, "E08000003": 26, "E09000008": 30, "E06000044": 20, "E08000025": 24,
    "E10000014": 22, "E10000030": 22, "E10000012": 22, "S12000049": 16,
}  # fmt: skip
LIGHT = {"E06000053": 0.1, "E09000001": 0.4}
_KIND_WEIGHT = {
    "county": 14,
    "london_borough": 9,
    "metropolitan_district": 7,
    "unitary": 5,
    "scottish_council": 2.5,
}
_ENTRIES = ("E10000016", "E09000017", "E09000008", "E06000044")
# The regions in which an independent guardian is to be had; Scotland's service takes every child.
_GUARDED = ("London", "West Midlands", "East Midlands", "North West", "Yorkshire and The Humber")


@dataclass
class House:
    """A home with the one who writes its roll-call."""

    home: Home
    kind: str
    carer: User


@dataclass
class Place:
    """An authority as the story of a child needs it."""

    authority: Authority
    team: Team
    desk: Team
    worker_of: list[User] = field(default_factory=list)
    duty: User = field(default_factory=User)
    manager: User = field(default_factory=User)
    houses: dict[str, list[House]] = field(default_factory=lambda: defaultdict(list))
    service: "Service | None" = None
    taken: Counter[str] = field(default_factory=Counter)


@dataclass
class Service:
    service: GuardianService
    guardians: list[User]


@dataclass
class Stage:
    """Everybody and everything that is no child."""

    register: User
    places: list[Place]
    groups: dict[str, Group]
    book: Book
    at: datetime
    rng: Random
    # How many searches that go on have been entered so far.
    searches: int = 0
    # And how many of those that are over.
    ended: int = 0


def weights(authorities: Sequence[Authority]) -> list[float]:
    """How many children each authority has beside the others."""
    return [LIGHT.get(a.code) or HEAVY.get(a.code) or _KIND_WEIGHT.get(a.kind, 2.0) for a in authorities]


def share_out(lives: list[Life], authorities: Sequence[Authority], rng: Random) -> None:
    """Give each child its authority, every authority at least one, and some the one in which they came in first."""
    drawn = rng.choices(range(len(authorities)), weights(authorities), k=len(lives))
    places = [n for n in range(len(authorities)) if n not in set(drawn)]
    for life, place in zip(lives, drawn, strict=True):
        life.place = place
    for life, place in zip(rng.sample(lives, len(places)), places, strict=True):
        life.place = place
    entries = [n for n, a in enumerate(authorities) if a.code in _ENTRIES] or [0]
    for life in lives:
        stays = (life.since or life.closed_at or life.registered_at + timedelta(days=99)) - life.registered_at
        entry = rng.choice(entries)
        transferred = authorities[life.place].nation == "England" and rng.random() < 0.25
        if transferred and entry != life.place and stays > timedelta(days=20):
            life.entered = entry


def build(
    book: Book, lives: Collection[Life], authorities: Sequence[Authority], *, at: datetime, rng: Random
) -> Stage:
    """Enter teams, people, homes and mailboxes, enough for the children of each authority."""
    began = min(life.registered_at for life in lives) - timedelta(days=30)
    people = _People(book, began, rng, {group.name: group for group in Group.objects.all()})
    register = people.someone("Arrivals register", email=REGISTER)
    stage = Stage(register, [], people.groups, book, at, rng)
    open_ones = Counter(life.place for life in lives if life.open)
    services = _services(people, lives, at)
    provider = book.add(Provider(name=f"Lighthouse Care {rng.randrange(1000)} (invented)"))
    for number, authority in enumerate(authorities):
        place = _standing(authority) or _place(people, authority, at)
        if place.duty.pk is None:
            _staff(people, place)
        for _ in range(1 + open_ones[number] // CHILDREN_OF_A_WORKER):
            place.worker_of.append(people.joined(Role.SOCIAL_WORKER, team=place.team))
        _house(people, place, provider, open_ones[number], at)
        place.service = services.get(_service_of(authority))
        stage.places.append(place)
    covered = {place.authority: place.service.service if place.service else None for place in stage.places}
    areas.write(book, covered, began=began.date(), by=register, at=at)
    for force_id in sorted({authority.force_id for authority in authorities}):
        people.group(force_group(force_id))
    _mailboxes_of_forces(people, authorities, at)
    return stage


@dataclass
class _People:
    """Makes people with their roles; nobody can sign in as them."""

    book: Book
    began: datetime
    rng: Random
    groups: dict[str, Group]
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def someone(self, name: str = "", *, email: str = "", phone: str = "") -> User:
        name = name or names.of_staff(self.rng)
        number = next(self.numbers)
        return self.book.add(
            User(
                name=name,
                email=email or f"{name.replace(' ', '.').lower()}.{number}@seed.example",
                phone=phone,
                password=f"!invented-{number}",
                joined_at=self.began,
                # Nobody reads the list of an invented person.
                has_digest=False,
            )
        )

    def joined(self, role: str, *, phone: str = "", reach: str = Reach.TEAM, **organisation: Any) -> User:
        user = self.someone(phone=phone)
        self.join(user, role, reach=reach, **organisation)
        return user

    def join(self, user: User, role: str, *, reach: str = Reach.TEAM, **organisation: Any) -> None:
        row = self.book.add(
            Membership(user=user, role=role, reach=reach, starts_at=self.began, **organisation)
        )
        of = {key: value.pk for key, value in organisation.items()}
        self.configure(row, "role_given", {"user": user.pk, "role": str(role), **of})

    def register(self, address: str, purpose: str, at: datetime, **owner: Any) -> None:
        """A mailbox; of the demo, whose mails go to the catcher, proved on the day of the seed."""
        proved = _proved(at)
        row = self.book.add(
            Mailbox(address=address, purpose=purpose, verified_at=proved, starts_at=self.began, **owner)
        )
        of = {name: one.pk for name, one in owner.items()}
        self.configure(row, "mailbox_registered", {"address": address, "purpose": purpose, **of})
        if proved is not None:
            self.configure(row, "mailbox_proved", {}, at=at)

    def configure(self, row: Model, kind: str, data: dict[str, Any], *, at: datetime | None = None) -> None:
        self.book.add(log.configured(row, kind, data=data, by=None, at=at or self.began))

    def group(self, name: str) -> Group:
        if name not in self.groups:
            self.groups[name] = self.book.add(Group(name=name))
        return self.groups[name]

    def put_in(self, user: User, group: str) -> None:
        self.book.add(User.groups.through(user_id=user.pk, group_id=self.group(group).pk))


def _proved(at: datetime) -> datetime | None:
    """When a mailbox or a phone was proved: outside the demo nobody has answered there, and it must not look so."""
    return at if settings.DEMO else None


def phone(number: int) -> str:
    """A number of the range that is kept for invented ones."""
    return f"01632 96{number % 10000:04d}"


def _standing(authority: Authority) -> Place | None:
    """An authority whose people stand already, as the story's do, keeps them."""
    teams = {team.kind: team for team in Team.objects.filter(authority=authority)}
    if Team.Kind.SOCIAL_WORK not in teams or Team.Kind.DUTY not in teams:
        return None
    place = Place(authority, teams[Team.Kind.SOCIAL_WORK], teams[Team.Kind.DUTY])
    members = Membership.objects.filter(team__authority=authority, ends_at=None).select_related("user")
    for member in members.order_by("-pk"):
        if member.role == Role.DUTY_DESK:
            place.duty = member.user
        elif member.role == Role.SOCIAL_WORKER:
            place.worker_of.append(member.user)
        elif member.reach == Reach.TEAM:
            place.manager = member.user
    return place if place.duty.pk and place.manager.pk else None


def _place(people: _People, authority: Authority, at: datetime) -> Place:
    number = next(people.numbers)
    team = people.book.add(
        Team(
            authority=authority,
            name="Children who arrived alone",
            kind=Team.Kind.SOCIAL_WORK,
            verified_at=_proved(at),
        )
    )
    desk = people.book.add(
        Team(
            authority=authority,
            name="Duty team",
            kind=Team.Kind.DUTY,
            phone=phone(number),
            second_phone=phone(number + 5000),
            verified_at=_proved(at),
        )
    )
    code = authority.code.lower()
    for purpose, owner in (
        (Mailbox.Purpose.DUTY, {"team": desk}),
        (Mailbox.Purpose.REVIEWING, {"authority": authority}),
        (Mailbox.Purpose.HOST_DUTY, {"authority": authority}),
    ):
        address = f"{purpose.replace('_', '-')}@{code}.example"
        people.register(address, purpose, at, **owner)
    return Place(authority, team, desk)


def _staff(people: _People, place: Place) -> None:
    number = next(people.numbers)
    place.duty = people.joined(Role.DUTY_DESK, team=place.desk, phone=phone(number))
    people.put_in(place.duty, host_group(place.authority.pk))
    place.manager = people.joined(Role.TEAM_MANAGER, team=place.team, phone=phone(number + 1))
    for nth, reach in enumerate((Reach.SERVICE, Reach.DIRECTORATE), start=2):
        people.joined(Role.TEAM_MANAGER, reach=reach, team=place.team, phone=phone(number + nth))


def _house(people: _People, place: Place, provider: Provider, children: int, at: datetime) -> None:
    """Beds enough for the open children of the authority, of every kind."""
    for kind, share in KINDS:
        # Nearly half live in another authority's area, so each has beds to spare for its neighbours.
        wanted = 1 + int(children * share / 100 / BEDS[kind] * 1.5)
        for _ in range(wanted):
            place.houses[kind].append(_home(people, place, provider, kind, at))


def _home(people: _People, place: Place, provider: Provider, kind: str, at: datetime) -> House:
    number = next(people.numbers)
    street = people.rng.choice(("Orchard", "Mill", "Chapel", "Station", "Beacon", "Lime", "Weir", "Harbour"))
    fostered = kind == Placement.Type.FOSTER
    carer = people.someone()
    home = people.book.add(
        Home(
            name=f"{carer.name}’s home" if fostered else f"{street} House {number}",
            provider=None if fostered else provider,
            address=f"{number % 90 + 1} {street} Lane, {place.authority.name}",
            postcode=f"ZZ{number % 90 + 1} {number % 9 + 1}ZZ",
            phone=phone(number),
            phone_verified_at=_proved(at),
            authority=place.authority,
            force_id=place.authority.force_id,
        )
    )
    role = Role.FOSTER_CARER if fostered else Role.PLACEMENT_STAFF
    people.join(carer, role, home=home)
    people.put_in(carer, home_group(home.pk))
    return House(home, kind, carer)


def _services(people: _People, lives: Collection[Life], at: datetime) -> dict[str, Service]:
    wanted = (
        ("england", "Wayfarer Guardians (invented)", None),
        ("scotland", "Lodestar Guardianship (invented)", None),
        # A scheme that ended, as they do: whoever it watched over has had nobody since.
        ("wales", "Cwtch Guardians (invented, ended)", date(2024, 3, 31)),
    )
    found = {}
    for key, name, ends in wanted:
        begins = people.began.date()
        last = ends if ends is None or ends > begins else begins
        row = people.book.add(
            GuardianService(
                name=name, phone=phone(999), starts_date=begins, ends_date=last, discussed_from=at
            )
        )
        guardians = [people.joined(Role.GUARDIAN, service=row) for _ in range(2 + len(lives) // 150)]
        for guardian in guardians:
            people.group(person_group(guardian.pk))
            people.put_in(guardian, person_group(guardian.pk))
        found[key] = Service(row, guardians)
    return found


def _service_of(authority: Authority) -> str:
    if authority.nation == "England":
        return "england" if authority.region in _GUARDED else ""
    return authority.nation.lower()


def _mailboxes_of_forces(people: _People, authorities: Iterable[Authority], at: datetime) -> None:
    """A control room for each force that has none: without one the police would be owed word and never get it."""
    wanted = {authority.force_id for authority in authorities}
    known = set(Mailbox.objects.filter(force__in=wanted).values_list("force_id", flat=True))
    for force in PoliceForce.objects.filter(pk__in=wanted - known).order_by("code"):
        people.register(f"control-room@{force.code}.example", Mailbox.Purpose.CONTROL_ROOM, at, force=force)
