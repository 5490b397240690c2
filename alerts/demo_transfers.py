"""The neighbour of the demo's authority: a child of the story who goes there, and one of theirs who is offered."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts import policies
from alerts.models import PolicyVersion
from cases import children, contacts, link_requests, people, placements, transfers
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    ChildLink,
    Home,
    Membership,
    Placement,
    PoliceForce,
    Role,
    Sex,
    Team,
    Transfer,
    User,
    WitnessRole,
)


@dataclass(frozen=True)
class Neighbour:
    """Another authority of the demo, in which nobody signs in."""

    authority: Authority
    team: Team
    worker: User
    home: Home


def begin(going: Child, *, authority: Authority, worker: User, version: PolicyVersion, at: datetime) -> Child:
    """Let one child of the story go to the neighbour, and the neighbour offer one of its own; return that one."""
    there = neighbour(authority.force, at)
    needs = transfers.Referral(
        kind=Transfer.Kind.SCHEME,
        reason=Transfer.Reason.FAMILY,
        reason_note="An aunt lives in Saltbridge.",
        needs="A foster home where Dari is spoken, and a college with English for beginners.",
        wishes="Wants to live near an aunt in Saltbridge.",
        wishes_language="Dari",
        proposed_date=london_day(at) + timedelta(days=3),
    )
    transfer = transfers.refer(going, needs, receiver=there.authority, by=worker, at=at)
    transfer = transfers.accept(transfer, team=there.team, worker=there.worker, by=there.worker, at=at)
    transfers.agree_day(transfer, needs.proposed_date, by=there.worker, at=at)
    coming = _child(there, version, at)
    offered = transfers.Referral(
        kind=Transfer.Kind.SCHEME,
        reason=Transfer.Reason.SHARE,
        needs="A quiet house, and somebody who speaks Tigrinya at the first meeting.",
        wishes="Does not mind where, and does not want to move twice.",
        wishes_language="Tigrinya",
        proposed_date=london_day(at) + timedelta(days=5),
    )
    transfers.refer(coming, offered, receiver=authority, by=there.worker, at=at)
    _ask_for_brother(coming, authority, there, at)
    return coming


def _ask_for_brother(child: Child, authority: Authority, there: Neighbour, at: datetime) -> None:
    """The neighbour asks the story's desk for a brother of theirs: whoever tries the demo answers."""
    said = link_requests.Said(
        kind=ChildLink.Kind.SIBLING,
        name="Samiel Tesfay",
        age="about 14",
        said_by="The child, with an interpreter",
        about="Selam, 16, speaks Tigrinya",
        why="They were parted at the port of Northmere.",
    )
    link_requests.ask(child, said, of=[authority], together=uuid.uuid4(), by=there.worker, at=at)


def end(child: Child, *, by: User, at: datetime) -> None:
    """Take the open transfer of a story's child off the stage."""
    for transfer in Transfer.objects.open().filter(child=child):
        transfers.withdraw(transfer, reason="The story is over", by=by, at=at)


def _child(there: Neighbour, version: PolicyVersion, at: datetime) -> Child:
    began = at - timedelta(hours=2)
    child = children.register(
        children.Details(
            given_name="Selam",
            family_name="Tesfay",
            languages=["Tigrinya"],
            arrived_at=began,
            birth_date=date(at.year - 16, 6, 15),
            birth_date_precision="month",
            sex=Sex.FEMALE,
        ),
        authority=there.authority,
        team=there.team,
        worker=there.worker,
        by=there.worker,
        at=at,
    )
    foster = Placement.Type.FOSTER
    placements.start(child, where=there.home, placement_type=foster, starts_at=began, by=there.worker, at=at)
    policies.watch_as_demo(child, version, at=at)
    seen = contacts.Sighting(
        outcome="seen",
        witness=there.worker.name,
        witness_role=WitnessRole.SOCIAL_WORKER,
        witness_user=there.worker,
        organisation=f"team:{there.team.pk}",
        happened_at=at - timedelta(minutes=1),
    )
    contacts.record(child, seen, by=there.worker, at=at)
    return child


def neighbour(force: PoliceForce, at: datetime) -> Neighbour:
    """The neighbour with its team, a social worker and a home, made where they are not there yet."""
    authority, _ = Authority.objects.get_or_create(
        code="DEMO-02",
        defaults={"name": "Saltbridge (demo)", "nation": "England", "kind": "county", "force": force},
    )
    team, _ = Team.objects.get_or_create(
        authority=authority, name="Children who move, Saltbridge", defaults={"kind": Team.Kind.SOCIAL_WORK}
    )
    worker, _ = User.objects.get_or_create(
        email="saltbridge.worker@demo.example",
        defaults={"name": "Sefton Marlow", "phone": "01632 960141", "joined_at": at, "has_digest": False},
    )
    if not Membership.objects.current(at).filter(user=worker).exists():
        people.join(worker, Role.SOCIAL_WORKER, team=team, at=at - timedelta(days=1))
    home, _ = Home.objects.get_or_create(
        name="The Marlows’ home",
        authority=authority,
        defaults={
            "force": force,
            "phone": "01632 960142",
            "address": "2 Saltpan Row, Saltbridge",
            "postcode": "SB1 2SR",
        },
    )
    return Neighbour(authority, team, worker, home)
