"""Where the children to look at live, who works with them, and how each of them arrives and was seen last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import TextChoices

from alerts import default_policies, demo, demo_transfers, policies
from alerts.call_ladder import CALL_STEPS, CallTimes
from alerts.demo_transfers import Neighbour
from alerts.models import PolicyVersion
from alerts.schedule import Step, StepTime
from cases import children, contacts, people, placements
from cases.models import (
    Authority,
    Child,
    Home,
    Membership,
    Placement,
    Role,
    Sex,
    Team,
    User,
    WitnessRole,
)

# No council's policy and not the story's: one of its own, so that nobody hears of a child who is only to be looked at.
POLICY = "demo_states"
# Each was seen a moment ago, and is asked for again so long after: longer than they have been here, or each had a gap.
AT_REST = timedelta(days=63)
# Of one who is looked for nobody hears sooner either.
_CALLS = CallTimes(steps=(AT_REST,) * len(CALL_STEPS), ask_after=AT_REST, ask_within=2 * AT_REST)
_LATER = {Step.R4: StepTime(after=AT_REST), Step.R5: StepTime(after=AT_REST + timedelta(days=3))}
# No arrival is in the closed years that the national figures speak of.
CAME_BEFORE = timedelta(days=60)
WORKS_SINCE = timedelta(days=100)
ON_SHIFT = "Iona Petherick"
# Of these the words say “she”, and of all others “he”.
GIRLS = frozenset(
    (
        "Abrihet",
        "Almaz",
        "Arta",
        "Ayaan",
        "Besa",
        "Elira",
        "Hien",
        "Hoa",
        "Hodan",
        "Klea",
        "Linh",
        "Mitra",
        "Nilufar",
        "Parwana",
        "Rahima",
        "Samira",
        "Senait",
        "Sidra",
        "Thuy",
        "Wafa",
        "Yara",
        "Zarghona",
    )
)
# Where those live whose state is of one machine.
HOMES = {
    "Transfer of responsibility": "Beacon House",
    "Age": "Tideway House",
    "Referral to the NRM": "Gorse House",
    "Referral to a guardian service": "Plover House",
    "Why there is no guardian": "Sandpiper House",
    "Journey": "Fulmar House",
    "How a missing episode ends": "Curlew House",
    "Risk assessment": "Dunlin House",
    "Action of the plan": "Dunlin House",
    "Booked meeting": "Dunlin House",
    "Link of two children": "Tideway House",
    "Cover for a guardian": "Plover House",
    "Version of the safeguarding plan": "Dunlin House",
    "Asking another council for a sibling or companion": "Tideway House",
    "Planned placement": "Fulmar House",
}


@dataclass(frozen=True)
class Lot:
    """What the children to look at have in common; `at` is the instant at which all of them are at rest."""

    stage: demo.Stage
    there: Neighbour
    worker: User
    sender: User
    # By machine.
    homes: Mapping[str, Home]
    version: PolicyVersion
    at: datetime

    def ago(self, days: float, *, hours: float = 0) -> datetime:
        """So long before the children are at rest; hours later where some are named."""
        return self.at - timedelta(days=days) + timedelta(hours=hours)


@dataclass(frozen=True)
class Shown:
    """A child to look at: the name is invented, the machine a title of docs/states.md or of ours, the state a row of it."""

    name: str
    family: str
    languages: tuple[str, ...]
    machine: str
    state: TextChoices
    live: Callable[[Lot, "Shown"], Child]
    # Further states of the same machine that the same child has one row each in.
    beside: tuple[TextChoices, ...] = ()
    # How many more are made with it, and stand on no list.
    brings: int = 0

    @property
    def states(self) -> tuple[TextChoices, ...]:
        return (self.state, *self.beside)

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.family}"


def open_lot(stage: demo.Stage, *, at: datetime) -> Lot:
    """Make homes and people where they are not there yet, and the policy under which these children are at rest."""
    there = demo_transfers.neighbour(stage.force, at)
    worker = _worker("Hollis Verran", "states.worker@northmere.example", "01632 960116", stage.team, at)
    sender = _worker("Tamsyn Orrell", "states.worker@saltbridge.example", "01632 960143", there.team, at)
    names = dict.fromkeys(HOMES.values())
    by_name = {name: _home(name, number, stage, at) for number, name in enumerate(names)}
    homes = {machine: by_name[name] for machine, name in HOMES.items()}
    return Lot(stage, there, worker, sender, homes, _policy(at), at)


def arrive(
    lot: Lot, shown: Shown, *, there: bool = False, placed: bool = True, trafficking: str = "not_asked"
) -> Child:
    """Register a child as of two months ago, `there` with the neighbour, and let it live in one of the homes."""
    came = lot.ago(CAME_BEFORE.days)
    authority, team, worker = _with(lot, there)
    child = children.register(
        children.Details(
            given_name=shown.name,
            family_name=shown.family,
            languages=list(shown.languages),
            arrived_at=came - timedelta(hours=3),
            birth_date=date(lot.at.year - 16, 5, 15),
            birth_date_precision="month",
            trafficking=trafficking,
            risk="medium",
            sex=Sex.FEMALE if shown.name in GIRLS else Sex.MALE,
        ),
        authority=authority,
        team=team,
        worker=worker,
        by=worker,
        at=came,
    )
    policies.watch_as_demo(child, lot.version, at=came)
    if placed:
        live_at(lot, child, lot.there.home if there else lot.homes[shown.machine], since=came, by=worker)
    return child


def live_at(lot: Lot, child: Child, home: Home, *, since: datetime, by: User) -> None:
    """Place the child in a home."""
    kind = Placement.Type.FOSTER if home == lot.there.home else Placement.Type.CHILDRENS_HOME
    placements.start(child, where=home, placement_type=kind, starts_at=since, by=by, at=since)


def seen_at_home(lot: Lot, child: Child, at: datetime) -> None:
    """Let whoever is on shift where the child lives have seen it, as the social worker wrote down then."""
    placement = Placement.objects.get(child=child, ends_at=None)
    sighting = contacts.Sighting(
        witness=ON_SHIFT,
        witness_role=WitnessRole.PLACEMENT_STAFF,
        organisation=f"home:{placement.home_id}",
        knows_child=True,
        happened_at=at,
    )
    contacts.record(child, sighting, by=lot.worker, at=at)


def seen(lot: Lot, child: Child, *, there: bool = False) -> Child:
    """Let the social worker have seen the child a moment ago: nobody is asked for it for weeks."""
    _authority, team, worker = _with(lot, there)
    sighting = contacts.Sighting(
        witness=worker.name,
        witness_role=WitnessRole.SOCIAL_WORKER,
        witness_user=worker,
        organisation=f"team:{team.pk}",
        knows_child=True,
        happened_at=lot.at - timedelta(minutes=1),
    )
    contacts.record(child, sighting, by=worker, at=lot.at)
    return child


def _with(lot: Lot, there: bool) -> tuple[Authority, Team, User]:
    if there:
        return lot.there.authority, lot.there.team, lot.sender
    return lot.stage.authority, lot.stage.team, lot.worker


def _policy(at: datetime) -> PolicyVersion:
    settled = default_policies.SETTLED
    steps = tuple((step, _LATER.get(step, when)) for step, when in settled.steps)
    row = replace(settled, key=POLICY, version=0, interval=AT_REST, steps=steps)
    last = PolicyVersion.objects.filter(key=POLICY).order_by("-version").first()
    return PolicyVersion.objects.create(
        key=POLICY,
        version=(last.version if last else 0) + 1,
        data={**policies.row_data(row), "call": policies.call_data(_CALLS), policies.AT_REST: True},
        takes_effect_at=at,
        published_at=at,
        reason="The demo’s children to look at: nobody is told of them",
    )


def _worker(name: str, email: str, phone: str, team: Team, at: datetime) -> User:
    """Somebody of a team with whom nobody signs in, made once."""
    worker, _ = User.objects.get_or_create(
        email=email, defaults={"name": name, "phone": phone, "joined_at": at, "has_digest": False}
    )
    if not Membership.objects.current(at).filter(user=worker).exists():
        people.join(worker, Role.SOCIAL_WORKER, team=team, at=at - WORKS_SINCE)
    return worker


def _home(name: str, number: int, stage: demo.Stage, at: datetime) -> Home:
    home, _ = Home.objects.get_or_create(
        name=f"{name} (demo)",
        authority=stage.authority,
        defaults={
            "force": stage.force,
            "phone": f"01632 96015{number}",
            # As of the story's own: the administrator is mailed of none.
            "phone_verified_at": at,
            "address": f"{20 + number} Signal Road, Northmere",
            "postcode": f"NM{4 + number} 2SR",
        },
    )
    return home
