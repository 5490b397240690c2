"""Managers' posts that nobody covers: whoever is told instead hears that it is so, then who stands above, and of its end."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from alerts import tiers
from alerts.models import Message
from alerts.states import MessageStatus
from cases import acting, configuration, holidays, worker_absences
from cases.acting import Managers
from cases.deadlines import add_working_days
from cases.models import (
    Authority,
    ConfigurationChange,
    ManagerCover,
    Membership,
    Reach,
    Role,
    User,
    WorkerLeave,
)

logger = structlog.get_logger(__name__)

# [proposal] So long whoever records leave has to find cover before anybody else hears that there is none.
GRACE = timedelta(hours=1)
# [proposal] So many working days later, where nobody covers still, who stands above those hears as well.
ABOVE_AFTER = 1
# One manager who is away, and one authority in which they hold posts: told of together, however many there are.
Key = tuple[int, int]


@dataclass(frozen=True)
class Gap:
    """The posts of one manager in one authority in which nobody acts: neither cover nor another of the same post."""

    leave: WorkerLeave
    authority: Authority
    posts: tuple[Membership, ...]
    since: datetime
    # Since when it is of all these posts.
    whole_since: datetime
    # Who is told instead, and who stands above those.
    instead: tuple[User, ...]
    above: tuple[User, ...]

    @property
    def due_at(self) -> datetime:
        """From when on it is told: nobody is woken by it."""
        return tiers.by_day(self.since + GRACE)

    @property
    def settled_at(self) -> datetime:
        """From when on whoever is told instead by now hears as well: the hour is that of the post that opened last."""
        return tiers.by_day(self.whole_since + GRACE)

    def climbs_at(self, told_at: datetime) -> datetime:
        """When who stands above hears of what was told first at `told_at`."""
        calendar = holidays.calendar_of(self.authority.nation)
        limit = add_working_days(told_at, ABOVE_AFTER, nation=calendar, holidays=holidays.of(calendar))
        return tiers.by_day(limit)


@dataclass
class Said:
    """What was told of a gap that is not over: of which leave and posts, since when, to whom, and by which changes."""

    leave_id: int
    at: datetime
    posts: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)


def tell(*, now: datetime) -> int:
    """Owe word of each gap that is new, has climbed or has others to be told, and of each that is over; return of how many.

    Once to each person, however many posts and however long, whoever is told instead only later as well: of a gap that
    opens anew it is told anew. What waits of one that is over is not sent. One that fails is reported and stops no other.
    """
    gaps, standing = find(now=now), _standing()
    settled: dict[int, datetime] = {}
    for (_worker, authority), gap in gaps.items():
        settled[authority] = max(gap.settled_at, settled.get(authority, gap.settled_at))
    told = 0
    for key in sorted(gaps.keys() | standing.keys()):
        try:
            told += _note(key, gaps.get(key), settled.get(key[1], now), now)
        except Exception:
            logger.exception("post_gap_not_told", manager=key[0])
    return told


def find(*, now: datetime) -> dict[Key, Gap]:
    """The posts in which nobody acts at `now`; two questions, and some more while a manager is away."""
    away = WorkerLeave.objects.current(now).values("worker")
    rows = Membership.objects.current(now).filter(role=Role.TEAM_MANAGER)
    posts = list(rows.filter(user__in=away).select_related("user", "team__authority").order_by("pk"))
    if not posts:
        return {}
    authorities = {one.team.authority_id for one in posts if one.team is not None}
    managers = acting.of_authorities(authorities, at=now)
    bare: dict[Key, list[Membership]] = defaultdict(list)
    for one in posts:
        gone = managers.in_post.get(one.pk, one.user) is None
        if one.team is not None and gone and not managers.beside(one):
            bare[one.user_id, one.team.authority_id].append(one)
    people = [own[0].user for own in bare.values()]
    leaves = worker_absences.workers_away(people, now) if people else {}
    ended = _ended([one for own in bare.values() for one in own], now)
    return {key: _gap(own, leaves[key[0]], managers, ended) for key, own in bare.items()}


def _gap(
    posts: Sequence[Membership], leave: WorkerLeave, managers: Managers, ended: Mapping[int, datetime]
) -> Gap:
    team = posts[0].team
    if team is None:
        raise ValueError("a manager's post is of a team")
    begun = leave.known_from
    instead = dict.fromkeys(person for one in posts for person in managers.instead_of(one))
    highest = managers.acting(Reach.DIRECTORATE, team.authority_id, None)
    gone = {one.user_id for own in managers.held.values() for one in own if one.pk in managers.in_post}
    above = [one for one in dict.fromkeys(highest) if one not in instead and one.pk not in gone]
    since = [max(begun, ended.get(one.pk, begun)) for one in posts]
    return Gap(leave, team.authority, tuple(posts), min(since), max(since), tuple(instead), tuple(above))


def _ended(posts: Collection[Membership], now: datetime) -> dict[int, datetime]:
    """When cover of these posts ended last, before its leave did."""
    rows = ManagerCover.objects.accepted().filter(membership__in=posts, ends_at__lte=now).order_by("ends_at")
    ends = rows.values_list("membership", "ends_at") if posts else ()
    return {pk: ends_at for pk, ends_at in ends if ends_at is not None}


def _standing(worker_id: int | None = None) -> dict[Key, Said]:
    """What was told and is not over, by the manager and the authority; of one manager alone on wish."""
    changes = ConfigurationChange.objects.filter(subject_type="workerleave")
    over = changes.filter(
        kind=configuration.FILLED,
        pk__gt=OuterRef("pk"),
        data__worker=OuterRef("data__worker"),
        data__authority=OuterRef("data__authority"),
    )
    # Of all that was ever told what is over is not read.
    rows = changes.filter(~Exists(over), kind=configuration.UNCOVERED).order_by("pk")
    if worker_id is not None:
        rows = rows.filter(data__worker=worker_id)
    found: dict[Key, Said] = {}
    for change in rows:
        data = change.data
        key = data["worker"], data["authority"]
        said = found.setdefault(key, Said(change.subject_id, change.at))
        said.posts += [pk for pk in data["posts"] if pk not in said.posts]
        said.told += data["told"]
        said.changes.append(change.pk)
    return found


def _note(key: Key, gap: Gap | None, settled_at: datetime, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it said.
        User.objects.select_for_update(no_key=True).get(pk=key[0])
        said = _standing(key[0]).get(key)
        if gap is None:
            if said is not None:
                _over(key, said, now)
            return False
        people = _to_be_told(gap, said, settled_at, now)
        if not people:
            return False
        posts = [one.pk for one in gap.posts]
        configuration.note_post(gap.leave, key[1], posts=posts, told=[one.pk for one in people], at=now)
    return True


def _to_be_told(gap: Gap, said: Said | None, settled_at: datetime, now: datetime) -> list[User]:
    """Who has not heard of it: of those told instead, who may be others by now, and of those above once it has climbed.

    Others hear when every gap there is `settled_at`: whoever stands in is away since a moment ago, and may be covered yet.
    """
    if said is None:
        return list(gap.instead) if gap.due_at <= now else []
    instead = gap.instead if max(settled_at, tiers.by_day(now)) <= now else ()
    above = gap.above if gap.climbs_at(said.at) <= now else ()
    return [one for one in (*instead, *above) if one.pk not in said.told]


def _over(key: Key, said: Said, now: datetime) -> None:
    """Whoever has heard of it, or may have, hears that it is over; whoever has not hears of neither."""
    waits = Message.objects.filter(change__in=said.changes, status=MessageStatus.QUEUED)
    unheard = set(waits.filter(may_be_out=False).values_list("user", flat=True))
    waits.update(status=MessageStatus.CANCELLED)
    told = [pk for pk in said.told if pk not in unheard]
    leave = WorkerLeave.objects.get(pk=said.leave_id)
    configuration.note_post(leave, key[1], posts=said.posts, told=told, is_filled=True, at=now)
