"""How long each guardian of a child could be reached: all that can take somebody out of reach, read together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cases import barred, turns
from cases.deadlines import at_london
from cases.models import GuardianService, KeepFrom, MailRefusal, Membership, Reach, Role, ToldBy, User
from cases.turns import Watch
from cases.worded import Question
from guardians import served
from guardians.models import GuardianAssignment, GuardianCover, GuardianLeave, GuardianTerms

# From when to when somebody is away; None for one who does not come back.
Span = tuple[datetime, datetime | None]

_ASSIGNED = Question(
    lambda ids: (
        GuardianAssignment.objects.filter(child__among=ids)
        .select_related("service", "guardian")
        .order_by("-lead", "starts_at", "pk")
    )
)
_COVERING = Question(
    lambda ids: (
        GuardianCover.objects.accepted()
        .filter(child__among=ids)
        .select_related("assignment__service", "covered_by")
    )
)
_ROLES = Question(
    lambda people: Membership.objects.filter(user__among=people, role=Role.GUARDIAN).order_by("starts_at")
)
_MARKS = Question(
    lambda ids, people: KeepFrom.objects.filter(child__among=ids, user__among=people).order_by("starts_at")
)
_LEAVES = Question(
    lambda people: GuardianLeave.objects.filter(guardian__among=people, called_off_at=None).order_by(
        "starts_at"
    )
)
_TERMS = Question(lambda people: GuardianTerms.objects.filter(guardian__among=people).order_by("pk"))
# Whoever is told by text is reached, whatever stands on record of their mail.
_REFUSED = Question(
    lambda people: MailRefusal.objects.filter(user__among=people).exclude(
        ends_at=None, user__told_by=ToldBy.TEXT
    )
)


@dataclass(frozen=True)
class Turn:
    """Somebody of a service who is to watch over one child for a time: the guardian, or who covers for them."""

    child_id: int
    person: User
    service: GuardianService
    time: Watch

    @property
    def post(self) -> tuple[int, int]:
        return self.person.pk, self.service.pk


def watches_of(child_ids: Collection[int]) -> Mapping[int, list[Watch]]:
    """Each turn for as long as whoever has it could be reached, and for the rest of it as `away`."""
    found: dict[int, list[Watch]] = defaultdict(list)
    for turn, part in _parts(child_ids):
        found[turn.child_id].append(part)
    return found


def has_gone(assignment: GuardianAssignment, *, at: datetime) -> bool:
    """Whether this guardian is the child's no more, though the assignment stands: the gap is open and does not close again.

    Their role in the service is over, its time there or their checks are, or the child is kept from them. Whoever is on
    leave, or gets no mail for a time, is theirs as before.
    """
    child_id, post = assignment.child_id, (assignment.guardian_id, assignment.service_id)
    if KeepFrom.objects.current(at).filter(child=child_id, user=assignment.guardian_id).exists():
        return True
    return not any(part.holds(at) for turn, part, _away in _held([child_id]) if turn.post == post)


def leading(child_ids: Collection[int], *, at: datetime) -> dict[int, list[Membership]]:
    """Who supervises or heads the services whose guardians watch over these children, and may know of the child."""
    services: dict[int, set[int]] = defaultdict(set)
    rows = GuardianAssignment.objects.current(at).in_role(at).filter(child__among=set(child_ids))
    for child_id, service_id in rows.values_list("child", "service"):
        services[child_id].add(service_id)
    return leads_of(services, at=at)


def leads_of(services: Mapping[int, Collection[int]], *, at: datetime) -> dict[int, list[Membership]]:
    """By child: who supervises or heads these services of it; of a restricted record those who are named."""
    led = {service_id for ids in services.values() for service_id in ids}
    if not led:
        return {}
    held = Membership.objects.current(at).filter(role=Role.GUARDIAN, service__in=led, user__is_active=True)
    leads = list(held.exclude(reach=Reach.TEAM).select_related("user").order_by("user", "pk"))
    named = barred.named_for(services, at)
    return {
        child_id: [
            one
            for one in leads
            if one.service_id in ids and (child_id not in named or one.user_id in named[child_id])
        ]
        for child_id, ids in services.items()
    }


def _parts(child_ids: Collection[int]) -> Iterable[tuple[Turn, Watch]]:
    for turn, part, away in _held(child_ids):
        for piece in turns.without(part, away):
            yield turn, piece


def _held(child_ids: Collection[int]) -> Iterable[tuple[Turn, Watch, Sequence[Span]]]:
    """Each turn for as long as it is somebody's by their role, their service and their checks, and when they are away in it."""
    taken = [*_assigned(child_ids), *_covering(child_ids)]
    people = {turn.person.pk for turn in taken}
    if not taken:
        return
    roles: dict[tuple[int, int | None], list[Membership]] = defaultdict(list)
    for role in _ROLES(people):
        roles[role.user_id, role.service_id].append(role)
    marks: dict[tuple[int, int], list[KeepFrom]] = defaultdict(list)
    for mark in _MARKS(child_ids, people):
        marks[mark.child_id, mark.user_id].append(mark)
    leaves, said = leaves_of(people), _said_of_checks(people)
    refused: dict[int, list[Span]] = defaultdict(list)
    for row in _REFUSED(people):
        refused[row.user_id].append((row.starts_at, row.ends_at))
    over = served.ends_of({(turn.child_id, turn.service.pk) for turn in taken})
    for turn in taken:
        away: list[KeepFrom | GuardianLeave] = [*marks[turn.child_id, turn.person.pk]]
        away += [leave for leave in leaves[turn.post] if leave.child_id in (None, turn.child_id)]
        away.sort(key=lambda one: one.starts_at)
        until = [
            _lapse_of(turn, said[turn.post]),
            _over_here(turn, over.get((turn.child_id, turn.service.pk))),
        ]
        gone = [(one.starts_at, one.ends_at) for one in away]
        # Nothing that is told to them arrived: theirs as before, and out of reach.
        gone += refused[turn.person.pk]
        for part in _reachable(turn, roles[turn.post], until):
            yield turn, part, gone


def leaves_of(people: Collection[int]) -> Mapping[tuple[int, int], list[GuardianLeave]]:
    """The leave of these people that was not called off, by person and service."""
    found: dict[tuple[int, int], list[GuardianLeave]] = defaultdict(list)
    for leave in _LEAVES(people) if people else ():
        found[leave.guardian_id, leave.service_id].append(leave)
    return found


def checked_until(people: Collection[int]) -> Mapping[tuple[int, int], datetime]:
    """When the checks of these people lapse, by person and service; who has no date on record is not there."""
    found = {post: said[-1].lapse_at for post, said in _said_of_checks(people).items()}
    return {post: lapse_at for post, lapse_at in found.items() if lapse_at is not None}


@dataclass(frozen=True)
class _Said:
    """What somebody wrote of a guardian's checks; None where no day is on record."""

    at: datetime
    lapse_at: datetime | None


def _said_of_checks(people: Collection[int]) -> Mapping[tuple[int, int], list[_Said]]:
    """All of it, by person and service, the last one last: it stands."""
    found: dict[tuple[int, int], list[_Said]] = defaultdict(list)
    for row in _TERMS(people) if people else ():
        last = row.checks_until
        lapse_at = None if last is None else at_london(last + timedelta(days=1), time(0, 0))
        found[row.guardian_id, row.service_id].append(_Said(row.recorded_at, lapse_at))
    return found


def _lapse_of(turn: Turn, said: Iterable[_Said]) -> datetime | None:
    """When the checks lapse, by what was on record while the turn went on: what is written later tells nothing of it."""
    over = turn.time.ends_at
    known = [one.lapse_at for one in said if over is None or one.at < over]
    return known[-1] if known else None


def _assigned(child_ids: Collection[int]) -> Iterable[Turn]:
    for row in _ASSIGNED(child_ids) if child_ids else ():
        yield Turn(row.child_id, row.guardian, row.service, Watch(row.starts_at, row.ends_at))


def _covering(child_ids: Collection[int]) -> Iterable[Turn]:
    for row in _COVERING(child_ids) if child_ids else ():
        yield Turn(row.child_id, row.covered_by, row.assignment.service, Watch(row.starts_at, row.ends_at))


def _over_here(turn: Turn, over: datetime | None) -> datetime | None:
    """When the service stops where the child is; whoever came to the child later came in spite of that."""
    return over if over is not None and turn.time.starts_at < over else None


def _reachable(turn: Turn, held: Sequence[Membership], until: Iterable[datetime | None]) -> Iterable[Watch]:
    last, whole = turn.service.ends_date, turn.time
    over = None if last is None else at_london(last + timedelta(days=1), time(0, 0))
    unheard = not turn.person.is_active or not turn.person.email
    if unheard and not held:
        yield Watch(whole.starts_at, whole.starts_at)
    for role in held:
        starts_at = max(whole.starts_at, role.starts_at)
        if unheard and role.ends_at is None:
            # From when is not on record: it is as if the guardian had left as soon as they came.
            yield Watch(starts_at, starts_at)
            continue
        ends = [end for end in (whole.ends_at, role.ends_at, over, *until) if end is not None]
        ends_at = min(ends, default=None)
        if ends_at is None or starts_at < ends_at:
            yield Watch(starts_at, ends_at)
            continue
        # Out of reach since before they came, by checks that had lapsed or a service that was over: theirs all the same.
        held_until = turns.earliest(whole.ends_at, role.ends_at)
        if held_until is None or starts_at < held_until:
            yield Watch(starts_at, held_until, away=True)
