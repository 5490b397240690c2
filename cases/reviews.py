"""The reviews of a child who stays missing: which are due and when, and the verb that records one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from cases import log
from cases.deadlines import add_months
from cases.models import Child, MissingEpisode, MissingReview, User
from cases.states import EpisodeStatus, IllegalMove

Kind = MissingReview.Kind
# Each 7 days from the fifth day to day 28, in clock hours; then by the calendar (default policy, episode open).
WEEKLY = tuple(timedelta(days=days) for days in (5, 12, 19, 26))
FORMAL = timedelta(days=28)
MONTHS = ((Kind.MONTH_3, 3), (Kind.MONTH_6, 6))


@dataclass(frozen=True)
class Due:
    """One review and the instant at which it is due."""

    kind: str
    due_at: datetime

    @property
    def label(self) -> str:
        """What people call it."""
        return str(Kind(self.kind).label)


def calendar(counts_from: datetime, *, until: datetime) -> tuple[Due, ...]:
    """Every review due by `until` of an episode that counts from `counts_from`, in order.

    Multi-agency on days 5, 12, 19 and 26, the formal one on day 28, at 3 and 6 months, at 12 months
    and each year after it, to the eighteenth birthday and beyond: turning 18 ends nothing.
    """
    due = []
    for one in _coming(counts_from):
        if one.due_at > until:
            break
        due.append(one)
    return tuple(due)


def next_after(counts_from: datetime, *, at: datetime) -> Due:
    """The first review that is due after `at`; there is always one."""
    return next(one for one in _coming(counts_from) if one.due_at > at)


def not_held(episode: MissingEpisode, *, at: datetime) -> tuple[Due, ...]:
    """The reviews of an open search that were due by `at` and are not recorded, and the one that comes next."""
    if episode.status != EpisodeStatus.MISSING or episode.counts_from is None:
        return ()
    held = set(episode.reviews.values_list("due_at", flat=True))
    found = []
    for one in _coming(episode.counts_from):
        if one.due_at not in held:
            found.append(one)
            if one.due_at > at:
                break
    return tuple(found)


def record(
    episode: MissingEpisode, due: Due, *, held_at: datetime, chair: str, note: str, by: User, at: datetime
) -> MissingReview:
    """Record that a review of an open episode was held: who led it and what was decided."""
    if held_at > at:
        raise IllegalMove("The time of the review must be now or in the past.")
    if not chair.strip() or not note.strip():
        raise IllegalMove("Enter who led the review and what was decided.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        if episode.status != EpisodeStatus.MISSING or episode.counts_from is None:
            raise IllegalMove("Only a missing episode that is open is reviewed.")
        # One may be held before its day, and never before the episode began.
        if held_at < episode.counts_from:
            raise IllegalMove("The review must be after the child was reported missing.")
        if due not in calendar(episode.counts_from, until=due.due_at):
            raise IllegalMove("No review of this episode is due then.")
        if MissingReview.objects.filter(episode=episode, due_at=due.due_at).exists():
            raise IllegalMove("This review is recorded already.")
        review = MissingReview.objects.create(
            episode=episode,
            kind=due.kind,
            due_at=due.due_at,
            held_at=held_at,
            chair=chair,
            note=note,
            recorded_at=at,
            recorded_by=by,
        )
        log.record(
            child,
            "review_held",
            subject=review,
            data={"episode": episode.number, "kind": due.kind},
            happened_at=held_at,
            fields={"chair": chair, "note": note},
            by=by,
            at=at,
        )
    return review


def _coming(counts_from: datetime) -> Iterator[Due]:
    for span in WEEKLY:
        yield Due(Kind.MULTI_AGENCY, counts_from + span)
    yield Due(Kind.DAY_28, counts_from + FORMAL)
    for kind, months in MONTHS:
        yield Due(kind, add_months(counts_from, months))
    year = 1
    while True:
        yield Due(Kind.YEARLY, add_months(counts_from, 12 * year))
        year += 1
