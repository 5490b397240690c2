"""The demo: one story home, a handful of story children, and steps of fifteen seconds; invented from end to end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from alerts import (
    default_policies,
    demo_cast,
    demo_contact_points,
    demo_covers,
    demo_journeys,
    demo_papers,
    demo_plans,
    demo_transfers,
    policies,
)
from alerts.call_ladder import CallTimes
from alerts.models import DemoWatch, PolicyVersion
from alerts.schedule import Row, Step, StepTime, Window
from cases import children, confirming, contacts, episodes, people, placements, second_factor
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    GuardianService,
    Home,
    Membership,
    MissingEpisode,
    Outcome,
    Placement,
    PoliceForce,
    Provider,
    Role,
    Sex,
    Team,
    User,
    WitnessRole,
)
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove
from guardians import areas, assignments
from guardians.areas import Way
from guardians.models import GuardianAssignment, ServiceArea

LONDON = ZoneInfo("Europe/London")
STEP = timedelta(seconds=15)
# The roll-call that lapses closes so long after the start.
CLOSES_AFTER = timedelta(seconds=20)
OPENED_BEFORE = timedelta(minutes=5)
# A story older than this is over: the next start makes a new one.
STORY_LASTS = timedelta(hours=6)
POLICY = "demo"


@dataclass(frozen=True)
class StoryChild:
    """A child of the story; the name is invented, as everything here."""

    name: str
    family_name: str
    languages: tuple[str, ...]
    script_name: str = ""
    script: str = ""
    room: str = ""
    fostered: bool = False
    sex: str = Sex.MALE


# The first is the one whose roll-call lapses; the others have been seen, the last at the foster carer's.
CHILDREN = (
    StoryChild("Yusuf", "Hamdan", ("Arabic", "English"), "يوسف", "ar", room="2"),
    StoryChild("Thao", "Lam", ("Vietnamese",), sex=Sex.FEMALE, room="1"),
    StoryChild("Kidane", "Worku", ("Amharic",), "ኪዳነ", "am", room="3"),
    StoryChild("Shirin", "Rahimi", ("Dari", "Pashto"), "شیرین", "fa", sex=Sex.FEMALE, room="4"),
    StoryChild("Arben", "Lleshi", ("Albanian",), fostered=True),
)


@dataclass(frozen=True)
class Stage:
    """Where the story plays: organisations and people, made once."""

    authority: Authority
    force: PoliceForce
    team: Team
    desk: Team
    home: Home
    foster_home: Home
    service: GuardianService
    cast: dict[str, User]


def set_stage(*, at: datetime) -> Stage:
    """Make the organisations and people of the story where they are not there yet."""
    if not settings.DEMO:
        raise IllegalMove("The demo is off: set DEMO=on to play the story.")
    with transaction.atomic():
        return _stage(at)


def begin(stage: Stage, *, at: datetime) -> bool:
    """Begin a new story unless one younger than six hours stands; true when it began."""
    with transaction.atomic():
        latest = (
            DemoWatch.objects.filter(child__is_drill=False, policy__key=POLICY)
            .order_by("-child__registered_at")
            .select_related("child")
            .first()
        )
        if latest is not None and latest.child.registered_at > at - STORY_LASTS:
            return False
        _strike(stage, at)
        _story(stage, at)
    return True


def _story(stage: Stage, at: datetime) -> None:
    """Four children, of whom the roll-call of one was not made; one more at a foster carer's, seen, who travels tomorrow.

    A transfer each way, a social worker on leave with cover, a letter held with a record, and what the council has
    promised to the guardian of one of them.
    """
    version = policy(reason="The demo’s story: steps of fifteen seconds", at=at)
    began = at - timedelta(hours=2)
    worker, away = stage.cast["worker"], demo_covers.absent_worker(stage.team, at)
    silent, *others, foster = (
        _child(stage, role, version, worker=away if role.fostered else worker, began=began, at=at)
        for role in CHILDREN
    )
    guardian = stage.cast["guardian"]
    for child in (silent, others[0], others[2]):
        assignments.assign(child, guardian, service=stage.service, by=stage.cast["manager"], at=at)
    for child in others:
        _seen(child, stage.cast["home"], WitnessRole.PLACEMENT_STAFF, stage.home, at)
    _seen(foster, stage.cast["carer"], WitnessRole.FOSTER_CARER, stage.foster_home, at)
    demo_papers.begin(others[0], by=worker, at=at)
    demo_papers.dispute(others[1], by=worker, at=at)
    demo_papers.refer(others[0], by=worker, at=at)
    demo_papers.supervise(others[0], worker=worker, manager=stage.cast["manager"], at=at)
    demo_plans.write(others[1], worker=worker, manager=stage.cast["manager"], at=at)
    demo_journeys.plan(foster, force=stage.force, by=worker, at=at)
    demo_covers.begin(foster, away, colleague=worker, manager=stage.cast["manager"], at=at)
    for child in (silent, *others):
        demo_papers.review(child, stage.cast["reviewer"], by=worker, at=at)
    demo_papers.hold(others[0], by=worker, at=at)
    demo_journeys.promise(others[0], by=guardian, at=at)
    demo_transfers.begin(others[2], authority=stage.authority, worker=worker, version=version, at=at)


def _child(
    stage: Stage, role: StoryChild, version: PolicyVersion, *, worker: User, began: datetime, at: datetime
) -> Child:
    home = stage.foster_home if role.fostered else stage.home
    child = children.register(
        children.Details(
            given_name=role.name,
            family_name=role.family_name,
            languages=list(role.languages),
            script_name=role.script_name,
            script_language=role.script,
            arrived_at=began,
            birth_date=date(at.year - 16, 3, 15),
            birth_date_precision="month",
            risk="medium",
            sex=role.sex,
        ),
        authority=stage.authority,
        team=stage.team,
        worker=worker,
        by=stage.cast["worker"],
        at=at,
    )
    placements.start(
        child,
        where=home,
        placement_type=Placement.Type.FOSTER if role.fostered else Placement.Type.CHILDRENS_HOME,
        starts_at=began,
        room=role.room,
        by=stage.cast["worker"],
        at=at,
    )
    policies.watch_as_demo(child, version, at=at)
    return child


def _seen(child: Child, carer: User, role: str, home: Home, at: datetime) -> None:
    contacts.record(
        child,
        contacts.Sighting(
            outcome=Outcome.SEEN,
            witness=carer.name,
            witness_role=role,
            witness_user=carer,
            organisation=f"home:{home.pk}",
            happened_at=at - timedelta(minutes=1),
        ),
        by=carer,
        at=at,
    )


def policy(
    *,
    key: str = POLICY,
    step: timedelta = STEP,
    closes_after: timedelta = CLOSES_AFTER,
    reason: str,
    at: datetime,
) -> PolicyVersion:
    """A row of its own, marked by its key: one roll-call, the one that closes in a moment, and `step` between the rungs."""
    opens, closes = ((at + span).astimezone(LONDON).time() for span in (-OPENED_BEFORE, closes_after))
    row = Row(
        key=key,
        version=0,
        windows=(Window("demo", opens.replace(microsecond=0), closes.replace(microsecond=0)),),
        interval=None,
        steps=tuple((rung, StepTime(after=step * count)) for rung, count in _STEPS),
        accepts=default_policies.FIRST_72_HOURS.accepts,
        knows_child=True,
        phone_twice=False,
        second_eyes=timedelta(days=7),
        back_by=step * 4,
        back_by_fail_safe=step,
    )
    times = CallTimes(steps=tuple(step * count for count in _CALLS))
    last = PolicyVersion.objects.filter(key=key).order_by("-version").first()
    return PolicyVersion.objects.create(
        key=key,
        version=(last.version if last else 0) + 1,
        data={**policies.row_data(row), "call": policies.call_data(times, step * 2)},
        takes_effect_at=at,
        published_at=at,
        reason=reason,
    )


_CALLS = (0, 4, 8, 16, 32)
_STEPS = (
    (Step.R0, 1),
    (Step.R1, 1),
    (Step.R2, 2),
    (Step.R3, 3),
    (Step.FAIL_SAFE, 4),
    (Step.R4, 8),
    (Step.R5, 16),
)


def _strike(stage: Stage, at: datetime) -> None:
    """Take the old story off the stage, by the same verbs as real people would; who is only looked at is in none."""
    own = Child.objects.filter(demo_watch__policy__key=POLICY, is_drill=False, closed_at=None)
    for child in own:
        strike(child, duty=stage.cast["duty"], second=stage.cast["second"], at=at)


def strike(child: Child, *, duty: User, second: User, at: datetime) -> None:
    """End everything about one child of a story or a drill, by the verbs: whoever was told hears the ending."""
    episode = MissingEpisode.objects.open().filter(child=child).first()
    if episode is not None:
        if episode.status == EpisodeStatus.NOT_CONFIRMED:
            episodes.confirm(episode, by=duty, at=at)
        officer = "Priya Lowmoor"
        episodes.confirm_with_child(episode, how="saw", by=second, at=at)
        episodes.record_police_closing(episode, officer=officer, closed_at=at, by=duty, at=at)
        episodes.end(episode, outcome=EpisodeOutcome.RETURNED, by=second, at=at)
    demo_journeys.end(child, by=duty, at=at)
    for placement in Placement.objects.current(at).filter(child=child):
        placements.end(placement, ends_at=at, reason="The story is over", by=duty, at=at)
    for assignment in GuardianAssignment.objects.current(at).filter(child=child):
        assignments.end(assignment, reason="The story is over", by=duty, at=at)
    demo_transfers.end(child, by=duty, at=at)
    children.close(child, reason="The story is over", seconded_by=second, by=duty, at=at)


def _stage(at: datetime) -> Stage:
    force, _ = PoliceForce.objects.get_or_create(
        code="demo-northmere", defaults={"name": "Northmere Police (demo)", "nation": "England"}
    )
    authority, _ = Authority.objects.get_or_create(
        code="DEMO-01",
        defaults={"name": "Northmere (demo)", "nation": "England", "kind": "county", "force": force},
    )
    team, _ = Team.objects.get_or_create(
        authority=authority, name="Looked-after children, Northmere", defaults={"kind": Team.Kind.SOCIAL_WORK}
    )
    desk, _ = Team.objects.get_or_create(
        authority=authority,
        name="Duty desk, Northmere",
        defaults={"kind": Team.Kind.DUTY, "phone": "01632 960100", "verified_at": at},
    )
    service, _ = GuardianService.objects.get_or_create(
        name="Lantern Guardians (demo)",
        defaults={"starts_date": date(2020, 1, 1), "phone": "01632 960120", "discussed_from": at},
    )
    care, _ = Provider.objects.get_or_create(name="Harbour Care (demo)")
    quay = {"provider": care, "address": "4 Quay Street, Northmere", "postcode": "NM1 4QS"}
    lane = {"address": "9 Lantern Lane, Northmere", "postcode": "NM2 6LL"}
    home = _home("Harbour House", authority, force, phone="01632 960130", **quay)
    foster_home = _home("Fergus Tamsin’s home", authority, force, phone="01632 960131", **lane)
    stage = Stage(authority, force, team, desk, home, foster_home, service, {})
    # Whoever gives roles to the guardian and the officer comes first.
    for part in sorted(demo_cast.CAST, key=lambda one: one.role != Role.ADMINISTRATOR):
        stage.cast[part.email] = _play(part, stage, at)
    demo_cast.give_passwords(list(stage.cast.values()))
    demo_contact_points.give(authority, force, desk, stage.cast, at=at)
    beside = demo_transfers.neighbour(force, at).authority
    for one in (authority, beside):
        _cover(one, stage, at)
    # The story's officer is known next door too.
    confirming.pass_on(authority, [beside], at=at)
    return stage


def _cover(authority: Authority, stage: Stage, at: datetime) -> None:
    """The story's guardian service takes the children of this authority, as somebody says there once."""
    if not ServiceArea.objects.of([authority.pk]).exists():
        way, admin = Way(phone=stage.service.phone), stage.cast["admin"]
        # Children whose guardian has watched over them since yesterday stand beside the story.
        since = london_day(at - timedelta(days=1))
        areas.cover(authority, stage.service, way, starts_date=since, by=admin, at=at)


def _home(name: str, authority: Authority, force: PoliceForce, **about: Any) -> Home:
    home, _ = Home.objects.get_or_create(name=name, authority=authority, defaults={"force": force, **about})
    return home


def _play(part: demo_cast.Part, stage: Stage, at: datetime) -> User:
    user, created = User.objects.get_or_create(
        email=demo_cast.email(part),
        # Nothing but the story is to arrive: whoever wants a daily list switches it on.
        defaults={"name": part.name, "phone": part.phone, "joined_at": at, "has_digest": False},
    )
    if created or not Membership.objects.current(at).filter(user=user).exists():
        organisations: dict[Role, dict[str, Any]] = {
            Role.DUTY_DESK: {"team": stage.desk},
            Role.TEAM_MANAGER: {"team": stage.team, "reach": part.reach},
            Role.SOCIAL_WORKER: {"team": stage.team},
            Role.PLACEMENT_STAFF: {"home": stage.home},
            Role.FOSTER_CARER: {"home": stage.foster_home},
            Role.GUARDIAN: {"service": stage.service},
            Role.POLICE: {"force": stage.force},
            Role.ADMINISTRATOR: {"authority": stage.authority},
            Role.AUDITOR: {"authority": stage.authority},
            Role.DPO: {"authority": stage.authority},
            Role.REVIEWING_OFFICER: {"authority": stage.authority},
            Role.STATISTICIAN: {},
        }
        # An administrator looks after whom they gave a role outside their authority.
        by = stage.cast["admin"] if part.role in (Role.GUARDIAN, Role.POLICE) else None
        people.join(user, part.role, by=by, at=at - timedelta(days=1), **organisations[Role(part.role)])
    second_factor.give_app(user, demo_cast.app_key(part), at=at)
    return user
