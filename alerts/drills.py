"""A drill: a whole ladder on a marked child of nobody, to chosen mailboxes, by the same engine, reported step by step."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Lower

from alerts import delivery, demo, heartbeats, outages, policies, sending, sweep
from alerts.models import AlertStep, Clock, DutyTask, Message
from alerts.states import MessageStatus
from cases import children, configuration, people, placements
from cases.models import (
    Authority,
    Child,
    Home,
    Mailbox,
    Membership,
    Placement,
    PoliceForce,
    Provider,
    Reach,
    Role,
    Shift,
    Team,
    User,
)
from cases.states import IllegalMove

POLICY = "demo-drill"
# The steps after which everything has been climbed that can be.
LAST = {"R5", "call_120"}
# Beyond the steps themselves a drill waits so long for the last of them, and for its endings.
PATIENCE = timedelta(seconds=60)
# How long ago its people took their parts.
BEFORE = timedelta(days=1)
# Of a range that no telephone has.
NOBODYS_PHONE = "01632 960999"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where the messages of a drill go, and how long a step takes."""

    force: str
    duty: str
    people: str
    phone: str = NOBODYS_PHONE
    step: timedelta = timedelta(seconds=5)


@dataclass
class Drill:
    """A drill on its way: its child, its people, and what has been reported already."""

    child: Child
    duty: User
    second: User
    mailboxes: list[Mailbox]
    reported: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One thing that happened."""

    at: datetime
    what: str
    step: str
    channel: str = ""
    to: str = ""
    state: str = ""
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.state == MessageStatus.FAILED


def administrator(email: str, *, at: datetime) -> User:
    """Whoever runs a drill, by the address of their sign-in; IllegalMove for anybody but an administrator."""
    held = Membership.objects.current(at).filter(user__email=email.lower(), role=Role.ADMINISTRATOR)
    membership = held.select_related("user").first()
    if membership is None:
        raise IllegalMove("%(email)s is no administrator.", email=email)
    return membership.user


def require_registered(addresses: list[str], *, at: datetime) -> None:
    """Raise IllegalMove for an address that is neither a registered mailbox nor somebody's sign-in."""
    wanted = {address.lower() for address in addresses}
    known = set(
        Mailbox.objects.current(at)
        .annotate(low=Lower("address"))
        .filter(low__in=wanted)
        .values_list("low", flat=True)
    )
    known |= set(User.objects.filter(email__in=wanted, is_active=True).values_list("email", flat=True))
    if unknown := sorted(wanted - known):
        raise IllegalMove(
            "Not registered: %(addresses)s. An administrator names such an address with --to.",
            addresses=", ".join(unknown),
        )


def begin(plan: Plan, *, by: User, at: datetime) -> Drill:
    """Set up organisations, people and a child of its own, all marked, and let its roll-call lapse in a moment.

    Raises IllegalMove where this database is out of service: to sweep a copy would call the police for real children.
    """
    if not sending.is_on():
        raise IllegalMove("This database is out of service: %(why)s.", why=sending.state().why)
    with transaction.atomic():
        number = Authority.objects.filter(code__startswith="DRILL-").count() + 1
        force = PoliceForce.objects.create(code=f"drill-{number}", name="DRILL Police", nation="England")
        authority = Authority.objects.create(
            code=f"DRILL-{number}",
            name="DRILL",
            nation="England",
            kind="county",
            force=force,
            # It is over before today, so that no list of authorities offers it.
            valid_to=(at - timedelta(days=1)).date(),
        )
        cast = _people(plan, authority, number, by=by, at=at)
        boxes = _boxes(plan, force, cast["desk"], by=by, at=at)
        cast["home"] = _home(plan, authority, force)
        child = _child(plan, authority, cast, by=by, at=at)
    return Drill(child, cast["duty"], cast["second"], boxes)


def _people(plan: Plan, authority: Authority, number: int, *, by: User, at: datetime) -> dict[str, Any]:
    """The team and the desk, with everybody who has a part in it, by the part."""
    team = Team.objects.create(authority=authority, name="DRILL team", kind=Team.Kind.SOCIAL_WORK)
    desk = Team.objects.create(
        authority=authority, name="DRILL desk", kind=Team.Kind.DUTY, phone=plan.phone, verified_at=at
    )
    began = at - BEFORE
    parts = (
        ("duty", Role.DUTY_DESK, desk, Reach.TEAM),
        ("second", Role.DUTY_DESK, desk, Reach.TEAM),
        ("worker", Role.SOCIAL_WORKER, team, Reach.TEAM),
        ("manager", Role.TEAM_MANAGER, team, Reach.TEAM),
        ("head", Role.TEAM_MANAGER, team, Reach.SERVICE),
        ("director", Role.TEAM_MANAGER, team, Reach.DIRECTORATE),
    )
    cast: dict[str, Any] = {"team": team, "desk": desk}
    for name, role, of, reach in parts:
        user = User.objects.create_user(
            f"drill-{number}-{name}@drill.invalid",
            name=f"DRILL {name}",
            phone=plan.phone,
            drill_mail_to=plan.people,
            joined_at=at,
        )
        people.join(user, role, team=of, reach=reach, at=began)
        cast[name] = user
    configuration.put_on_duty(
        desk,
        cast["duty"],
        phone=plan.phone,
        second=cast["second"],
        second_phone=plan.phone,
        starts_at=began,
        taken_at=at,
        by=by,
        at=at,
    )
    return cast


def _boxes(plan: Plan, force: PoliceForce, desk: Team, *, by: User, at: datetime) -> list[Mailbox]:
    """The mailboxes of the force and of the desk, proved."""
    boxes = []
    for purpose, address, owner in (
        (Mailbox.Purpose.CONTROL_ROOM, plan.force, {"force": force}),
        (Mailbox.Purpose.DUTY, plan.duty, {"team": desk}),
    ):
        box = configuration.register_mailbox(address, purpose, starts_at=at - BEFORE, by=by, at=at, **owner)
        boxes.append(configuration.prove_mailbox(box, by=by, at=at))
    return boxes


def _home(plan: Plan, authority: Authority, force: PoliceForce) -> Home:
    return Home.objects.create(
        name="DRILL home",
        provider=Provider.objects.get_or_create(name="DRILL")[0],
        address="Nowhere",
        authority=authority,
        force=force,
        phone=plan.phone,
    )


def _child(plan: Plan, authority: Authority, cast: dict[str, Any], *, by: User, at: datetime) -> Child:
    began = at - timedelta(hours=2)
    child = children.register(
        children.Details(given_name="DRILL", family_name="NOT A CHILD", arrived_at=began, risk="medium"),
        authority=authority,
        team=cast["team"],
        worker=cast["worker"],
        for_drill=True,
        by=by,
        at=at,
    )
    Child.objects.filter(pk=child.pk).update(is_drill=True)
    child.is_drill = True
    placements.start(
        child,
        where=cast["home"],
        placement_type=Placement.Type.CHILDRENS_HOME,
        starts_at=began,
        by=cast["worker"],
        at=at,
    )
    version = demo.policy(
        key=POLICY,
        step=plan.step,
        closes_after=timedelta(seconds=2),
        reason=f"A drill run by user {by.pk}",
        at=at,
    )
    policies.watch_as_demo(child, version, at=at)
    return child


def run(
    drill: Drill,
    plan: Plan,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    pause: float = 0.5,
) -> Iterator[Line]:
    """Let the ladder run to its top, then end it and wait for the endings; yields what happens as it happens.

    It sweeps and sends as workers do, beside them or in their stead.
    """
    began = clock()
    top = began + plan.step * 60 + PATIENCE
    while not _climbed(drill) >= LAST and clock() < top:
        yield from _look(drill, clock)
        sleep(pause)
    demo.strike(drill.child, duty=drill.duty, second=drill.second, at=clock())
    yield Line(clock(), "drill", "ended")
    until = clock() + PATIENCE
    while True:
        yield from _look(drill, clock)
        if not _unsent(drill) or clock() > until:
            break
        sleep(pause)
    clear(drill, at=clock())


def clear(drill: Drill, *, at: datetime) -> None:
    """Leave nothing that runs: tasks done, mailboxes and roles ended, its home closed; the record of the drill stays."""
    with transaction.atomic():
        users = User.objects.filter(memberships__team__authority__code__startswith="DRILL-").distinct()
        for box in drill.mailboxes:
            configuration.end_mailbox(box, reason="The drill is over", by=drill.duty, at=at)
        for shift in Shift.objects.filter(person=drill.duty, ends_at=None):
            configuration.end_shift(shift, reason="The drill is over", by=drill.duty, at=at)
        tasks = DutyTask.objects.open().filter(authority__code__startswith="DRILL-")
        tasks.update(done_at=at, answer="The drill is over", next_at=None)
        users.update(is_active=False)
        Home.objects.open().filter(authority__code__startswith="DRILL-").update(closed_at=at)


def break_off(drill: Drill, *, at: datetime) -> None:
    """End a drill that was stopped or failed on its way: whoever was told hears the ending, and nobody is watched on."""
    if Child.objects.filter(pk=drill.child.pk, closed_at=None).exists():
        demo.strike(drill.child, duty=drill.duty, second=drill.second, at=at)
    clear(drill, at=at)


def missing_steps(drill: Drill) -> list[str]:
    """The last steps that were not climbed, of a drill that was too slow or broke off."""
    return sorted(LAST - _climbed(drill))


def _look(drill: Drill, clock: Callable[[], datetime]) -> Iterator[Line]:
    now = clock()
    # It sweeps all children: after an outage as a worker does, who waits before the police are told.
    outages.notice(now=now)
    swept = sweep.sweep(now=now)
    heartbeats.beat(heartbeats.SWEEP, at=now, clocks=swept.clocks, failed=swept.failures)
    delivery.deliver(clock=clock)
    for climbed in AlertStep.objects.filter(alert__child=drill.child).order_by("climbed_at", "pk"):
        late = (climbed.climbed_at - climbed.owed_at).total_seconds()
        line = Line(
            climbed.climbed_at, "step", climbed.step, state=climbed.met, detail=f"{late:.1f} seconds late"
        )
        yield from _once(drill, f"step:{climbed.pk}", line)
    for message in _messages(drill).order_by("created_at", "pk"):
        at = message.bounced_at or message.sent_at or message.created_at
        to = message.phone or (message.mailbox.address if message.mailbox else "")
        to = to or (message.user.drill_mail_to if message.user else "")
        state = "bounced" if message.bounced_at else message.status
        line = Line(at, "message", message.step, message.channel, to, state, message.last_error)
        if message.status != MessageStatus.SENDING:
            yield from _once(drill, str(message.pk), line)


def _once(drill: Drill, key: str, line: Line) -> Iterator[Line]:
    """Only what has changed since it was last reported."""
    if drill.reported.get(key) != line.state:
        drill.reported[key] = line.state
        yield line


def _messages(drill: Drill) -> Any:
    found = Message.objects.filter(items__alert__child=drill.child).distinct()
    return found.select_related("mailbox", "user")


def _unsent(drill: Drill) -> bool:
    due = Clock.objects.filter(child=drill.child, next_at__isnull=False)
    return (
        due.exists()
        or _messages(drill).filter(status__in=(MessageStatus.QUEUED, MessageStatus.SENDING)).exists()
    )


def _climbed(drill: Drill) -> set[str]:
    return set(AlertStep.objects.filter(alert__child=drill.child).values_list("step", flat=True))
