"""The homes of the invented children call their roll and reviews are held: what keeps a demo quiet that was left alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from alerts import clocks
from alerts.models import Clock
from alerts.population import papers
from alerts.population.book import Book
from alerts.population.plan import evening_before
from alerts.population.searches import ANSWERED, DECIDED
from cases import log, review_dates, reviews
from cases.models import (
    HOME_ROLES,
    Allocation,
    Child,
    Membership,
    MissingEpisode,
    Placement,
    Responsibility,
    Role,
    User,
    WitnessRole,
)
from cases.states import EpisodeStatus

# What would be owed within a day makes the evening be recorded; a start later on the same day changes nothing.
QUIET_FOR = timedelta(hours=24)
BATCH = 1000


def renew(register: User, *, at: datetime) -> int:
    """Record last evening and a visit for the invented children who are placed and not missing, the reviews due of those
    who are, and the paper due of either; return of how many children.

    Nobody else's child is touched, and nothing is written while all of them are quiet for a day to come.
    """
    with transaction.atomic():
        recorded = papers.record_due(register, until=at + QUIET_FOR, at=at)
        return recorded + _hold_reviews(register, at) + _call_roll(register, at)


def _hold_reviews(register: User, at: datetime) -> int:
    """Hold every review of which somebody would hear within a day."""
    soon = Clock.objects.filter(
        kind=Clock.Kind.REVIEW,
        child__registered_by=register,
        due_at__isnull=False,
        next_at__lt=at + QUIET_FOR,
    )
    reviewed: set[int] = set()
    # One that is held may make the next one be looked for.
    while clocks_due := list(soon.select_related("episode__child").order_by("pk")):
        for clock in clocks_due:
            _hold(clock, at)
        reviewed |= {clock.child_id for clock in clocks_due}
    return len(reviewed)


def _hold(clock: Clock, at: datetime) -> None:
    episode = clock.episode
    if episode is None or episode.counts_from is None:
        raise TypeError("a review is of a search that counts")
    due = next(one for one in review_dates.coming(episode.counts_from) if one.key == clock.duty)
    manager = _manager(clock.child_id, at)
    asked = reviews.Asked(at, "The officer in the case", police_answer=ANSWERED)
    reviews.record(
        episode, due, held_at=at, chair=manager.name, note=DECIDED[0], asked=asked, by=manager, at=at
    )


def _manager(child_id: int, at: datetime) -> User:
    authority = Responsibility.objects.at(at).get(child=child_id).authority_id
    roles = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__authority=authority)
    return roles.select_related("user").order_by("pk")[0].user


def _call_roll(register: User, at: datetime) -> int:
    # Each by itself: as one question it took PostgreSQL half a minute where it had not yet counted what was sown.
    own = Child.objects.filter(registered_by=register, placements__ends_at=None).open(at)
    sought = MissingEpisode.objects.open().exclude(status=EpisodeStatus.NOT_CONFIRMED)
    soon = Clock.objects.filter(next_at__lt=at + QUIET_FOR)
    wanted = set(own.values_list("pk", flat=True)) - set(sought.values_list("child", flat=True))
    wanted &= set(soon.values_list("child", flat=True))
    due = Child.objects.locked().filter(pk__among=wanted)
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        _record(ids[start : start + BATCH], at)
    return len(ids)


def _record(ids: Sequence[int], at: datetime) -> None:
    book = Book()
    evening = evening_before(at)
    past: list[tuple[log.Entry, User | None, datetime]] = []
    carers = {
        m.home_id: m.user
        for m in Membership.objects.current(at).filter(role__in=HOME_ROLES).select_related("user")
    }
    allocations = Allocation.objects.current(at).filter(child__in=ids).select_related("worker")
    workers = {a.child_id: (a.worker, a.team_id) for a in allocations}
    placed = Placement.objects.current(at).filter(child__in=ids)
    for placement in placed.order_by("child"):
        seen = partial(papers.saw, book, placement, at=at)
        worker, team_id = workers.get(placement.child_id, (None, 0))
        if worker is not None:
            visit = max(placement.starts_at, evening - timedelta(hours=30))
            role = WitnessRole.SOCIAL_WORKER
            past.append(seen(worker, role=role, organisation=f"team:{team_id}", moment=visit))
        carer = carers.get(placement.home_id)
        if carer is not None:
            fosters = placement.type == Placement.Type.FOSTER
            role = WitnessRole.FOSTER_CARER if fosters else WitnessRole.PLACEMENT_STAFF
            past.append(seen(carer, role=role, organisation=f"home:{placement.home_id}", moment=evening))
    for event in log.chain(past):
        book.add(event)
    book.write()
    clocks.recompute(ids, at=at)
