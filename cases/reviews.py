"""The reviews of a child who stays missing: which are held, and the verbs that record one and withdraw a record."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from cases import log, review_dates
from cases.clock import TOLERANCE
from cases.models import Child, MissingEpisode, MissingReview, User
from cases.review_dates import Due, calendar
from cases.states import EpisodeStatus, IllegalMove
from cases.worded import Question

__all__ = ["Asked", "Due", "Kind", "calendar", "label", "not_held", "record", "withdraw"]
Kind = MissingReview.Kind


@dataclass(frozen=True)
class Asked:
    """When the police were asked again for the review, who answered what, or why nobody has asked them yet."""

    police_asked_at: datetime | None = None
    police_spoken_to: str = ""
    police_reference: str = ""
    police_answer: str = ""
    police_not_asked: str = ""

    def require(self, *, since: datetime, at: datetime) -> None:
        """Refuse what says neither, or not who answered what, or a time before the search or to come."""
        asked_at, said = self.police_asked_at, (self.police_spoken_to, self.police_answer)
        if asked_at is None and not self.police_not_asked.strip():
            raise IllegalMove("Enter when the police were asked, or why nobody has asked them yet.")
        if asked_at is None and any((*said, self.police_reference)):
            raise IllegalMove("Enter when the police were asked.")
        if asked_at is None:
            return
        if self.police_not_asked:
            raise IllegalMove("Enter what the police answered, or why nobody has asked them, and not both.")
        if not all(text.strip() for text in said):
            raise IllegalMove("Enter who of the police was spoken to and what they answered.")
        if not since <= asked_at <= at:
            raise IllegalMove(
                "The police must have been asked after the child was reported missing, and by now."
            )


def label(due: Due) -> str:
    """What people call it."""
    return str(Kind(due.kind).label)


def is_reviewed(episode: MissingEpisode) -> bool:
    """Whether the episode is a search that goes on: one that somebody confirmed, or of which the police are owed word.

    An age ends none.
    """
    is_search = episode.status == EpisodeStatus.MISSING or (
        episode.status == EpisodeStatus.NOT_CONFIRMED and episode.police_owed_at is not None
    )
    return is_search and episode.counts_from is not None


@dataclass
class OnRecord:
    """The reviews of one episode by when they were due: held, and withdrawn since, with when the last record was."""

    held: set[datetime] = field(default_factory=set)
    withdrawn: dict[datetime, datetime] = field(default_factory=dict)


_ON_RECORD = Question(
    lambda episodes: (
        MissingReview.objects.filter(episode__among=episodes)
        .order_by("withdrawn_at")
        .values_list("episode", "due_at", "withdrawn_at")
    )
)


def on_record(episodes: Iterable[MissingEpisode]) -> dict[int, OnRecord]:
    """What is recorded of the reviews of these episodes, by episode; one query."""
    found: dict[int, OnRecord] = defaultdict(OnRecord)
    ids = [episode.pk for episode in episodes]
    for episode_id, due_at, withdrawn_at in _ON_RECORD(ids) if ids else ():
        if due_at is None:
            continue
        if withdrawn_at is None:
            found[episode_id].held.add(due_at)
        else:
            found[episode_id].withdrawn[due_at] = withdrawn_at
    return found


def not_held(episode: MissingEpisode, *, at: datetime) -> tuple[Due, ...]:
    """The reviews of an open search that were due by `at` and are not recorded, and the one that comes next."""
    if not is_reviewed(episode) or episode.counts_from is None:
        return ()
    held = on_record([episode])[episode.pk].held
    return review_dates.not_held(episode.counts_from, held, at=at)


def held(episode: MissingEpisode) -> list[Due]:
    """The reviews that are on record of an episode, less those that answered none that was due."""
    rows = MissingReview.objects.standing().filter(episode=episode, due_at__isnull=False)
    return [Due(kind, due_at) for kind, due_at in rows.values_list("kind", "due_at") if due_at is not None]


def record(
    episode: MissingEpisode,
    due: Due | None,
    *,
    held_at: datetime,
    chair: str,
    note: str,
    asked: Asked,
    by: User,
    at: datetime,
) -> MissingReview:
    """Record that a review of an open episode was held: who led it, what was decided, and what the police answered.

    One that answers none of those due has no `due`: it is kept as an extra one. The same words of the same person sent
    twice are one.
    """
    if held_at > at:
        raise IllegalMove("The time of the review must be now or in the past.")
    if not chair.strip() or not note.strip():
        raise IllegalMove("Enter who led the review and what was decided.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        if not is_reviewed(episode) or episode.counts_from is None:
            raise IllegalMove("Only a missing episode that is open is reviewed.")
        # One may be held before its day, and never before the episode began.
        require_since(episode, held_at)
        asked.require(since=episode.counts_from, at=at)
        said = {"chair": chair, "note": note, "recorded_by": by}
        if (before := _sent_before(episode, due, held_at, said)) is not None:
            return before
        if due is not None:
            _require_due(episode, episode.counts_from, due, held_at)
        kind = Kind.EXTRA if due is None else due.kind
        review = MissingReview.objects.create(
            episode=episode,
            kind=kind,
            due_at=None if due is None else due.due_at,
            held_at=held_at,
            chair=chair,
            note=note,
            **asdict(asked),
            recorded_at=at,
            recorded_by=by,
        )
        log.record(
            child,
            "review_held",
            subject=review,
            data={"episode": episode.number, "kind": kind},
            happened_at=held_at,
            fields={"chair": chair, "note": note, **asdict(asked)},
            by=by,
            at=at,
        )
    return review


def require_since(episode: MissingEpisode, held_at: datetime) -> None:
    """Raise `IllegalMove` for a review from before the child was reported missing."""
    if episode.counts_from is not None and held_at < episode.counts_from:
        raise IllegalMove("The review must be after the child was reported missing.")


def _require_due(episode: MissingEpisode, counts_from: datetime, due: Due, held_at: datetime) -> None:
    if due not in calendar(counts_from, until=due.due_at):
        raise IllegalMove("No review of this episode is due then.")
    if not review_dates.counts(due, held_at):
        raise IllegalMove("It was held too long before this review is due. Record it as an extra review.")
    if MissingReview.objects.standing().filter(episode=episode, due_at=due.due_at).exists():
        raise IllegalMove("This review is recorded already.")


def _sent_before(
    episode: MissingEpisode, due: Due | None, held_at: datetime, said: Mapping[str, object]
) -> MissingReview | None:
    """The same review of the same person, as a form that is sent twice; "now" is later with each press."""
    due_at = None if due is None else due.due_at
    own = MissingReview.objects.standing().filter(episode=episode, due_at=due_at, **said)
    return own.filter(held_at__range=(held_at - TOLERANCE, held_at)).first()


def withdraw(review: MissingReview, *, reason: str, by: User, at: datetime) -> MissingReview:
    """Withdraw a record that is wrong: it stays, struck through, and in an open search the review is owed again at once."""
    if not reason.strip():
        raise IllegalMove("Enter why this record is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(episodes=review.episode_id)
        review = MissingReview.objects.select_related("episode").get(pk=review.pk)
        if review.withdrawn_at is not None:
            raise IllegalMove("This record is withdrawn already.")
        review.withdrawn_at, review.withdrawn_by, review.withdrawn_reason = at, by, reason.strip()
        review.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        log.record(
            child,
            "review_withdrawn",
            subject=review,
            data={"episode": review.episode.number, "kind": review.kind},
            fields={"reason": review.withdrawn_reason},
            by=by,
            at=at,
        )
    return review
