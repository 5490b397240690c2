"""The verbs of a return interview: write it down, write it again where something was wrong, withdraw it; what stood stays."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from cases import access, log, plans
from cases.access import Permission
from cases.action_owners import Owner
from cases.catalogue import written
from cases.deadlines import london_day
from cases.models import (
    Allocation,
    Child,
    Independence,
    Interview,
    MissingEpisode,
    PlanAction,
    ReturnInterview,
    User,
)
from cases.models.plans import PlanActionQuerySet
from cases.moves import require_open, require_same
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is written of the interview; the same `key` again is the same record."""

    offered_at: datetime
    outcome: str
    reason: str = ""
    carer_information: str = ""
    interviewer: str = ""
    independence: str = ""
    not_independent_why: str = ""
    interpreter: str = ""
    interpreter_name: str = ""
    held_at: datetime | None = None
    place: str = ""
    before: str = ""
    during: str = ""
    after: str = ""
    why_left: str = ""
    what_drew: str = ""
    with_whom: str = ""
    harm: str = ""
    crimes: str = ""
    would_help: str = ""
    health_needs: str = ""
    police_date: date | None = None
    police_reference: str = ""
    intelligence: str = ""
    actions: str = ""
    sharing: str = ""
    review_date: date | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What the child was told that somebody does, by a day."""

    what: str
    owner: Owner
    by_date: date


# Of what is asked of an interview that was held: the fact, and how it is asked for.
_OF_HELD = (
    ("held_at", _("Enter when the interview was held.")),
    ("interviewer", _("Enter who held the interview.")),
    ("independence", _("Select whether the interviewer is independent.")),
    ("interpreter", _("Select whether an interpreter was there.")),
)


def latest(episode: MissingEpisode) -> ReturnInterview | None:
    """The version that stands, or None where nothing was written yet."""
    written = ReturnInterview.objects.standing().filter(episode=episode)
    return written.select_related("recorded_by").last()


def write(
    episode: MissingEpisode,
    told: Told,
    *,
    promised: Sequence[Promise] = (),
    version: int,
    by: User,
    at: datetime,
) -> ReturnInterview:
    """Write down the interview about an ended episode; `version` is the one that was read, 0 where there was none.

    What was `promised`, and the day of another look, are actions of the child's plan in the same commit, each with its
    clock. Another day takes the place of the one before; one that was done, or stands as it was, is not asked for anew.

    Raises `IllegalMove` for what is missing, and where somebody wrote a version or withdrew this one meanwhile;
    `SentBefore` for the same key with other words.
    """
    _require(told, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        same = ReturnInterview.objects.filter(key=told.key, episode=episode).first()
        if same is not None and same.withdrawn_at is not None:
            raise IllegalMove(
                "What you write has been withdrawn since. Open the interview again to write it."
            )
        if same is not None:
            require_same(same, asdict(told), sent=(same.recorded_at, at))
            return same
        require_open(child.closed_at, happened_at=told.held_at or told.offered_at)
        before = latest(episode)
        _require_fit(episode, told, before, version=version, at=at)
        number = ReturnInterview.objects.filter(episode=episode).count() + 1
        row = ReturnInterview.objects.create(
            episode=episode, version=number, recorded_at=at, recorded_by=by, **asdict(told)
        )
        log.record(
            child,
            "return_interview_written" if version == 0 else "return_interview_corrected",
            subject=row,
            data={"episode": episode.number, "version": row.version, "outcome": told.outcome},
            fields={name: str(value) for name, value in asdict(told).items() if name != "key"},
            happened_at=told.held_at,
            by=by,
            at=at,
        )
        episode.child = child
        _ask(episode, row, before, promised, by=by, at=at)
    return row


def _require_fit(
    episode: MissingEpisode, told: Told, before: ReturnInterview | None, *, version: int, at: datetime
) -> None:
    """What is told fits the episode, and what somebody else wrote of the interview meanwhile."""
    if episode.status != EpisodeStatus.ENDED:
        raise IllegalMove("The interview is about an episode that has ended.")
    if episode.outcome == EpisodeOutcome.DIED:
        raise IllegalMove("This child has died.")
    if episode.outcome == EpisodeOutcome.ANOTHER_CHILD:
        raise IllegalMove("The death of another child ended this search: nobody is back to be asked.")
    if before is not None and before.outcome != Interview.WAITING and told.outcome == Interview.WAITING:
        raise IllegalMove(
            "It is written already that the interview was held, or that the child did not want it."
        )
    if (before.version if before else 0) != version:
        raise IllegalMove("Somebody has written this interview since you opened it. Open it again.")
    if told.held_at is not None and told.held_at < told.offered_at:
        raise IllegalMove("The interview was held after it was offered, or with the offer.")
    require_offered_since(episode, told.offered_at)
    if told.held_at is not None:
        require_held_since(episode, told.held_at)
    if told.review_date is not None and told.review_date != (before.review_date if before else None):
        _require_ahead(told.review_date, at)


def _ask(
    episode: MissingEpisode,
    row: ReturnInterview,
    before: ReturnInterview | None,
    promised: Sequence[Promise],
    *,
    by: User,
    at: datetime,
) -> None:
    """Make actions of what was promised, and of the day of another look where it is a new one."""
    child = episode.child
    for number, one in enumerate(promised):
        plans.ask(
            child,
            one.what,
            owner=one.owner,
            by_date=one.by_date,
            interview_of=episode,
            key=uuid.uuid5(row.key, str(number)),
            by=by,
            at=at,
        )
    if row.review_date == (before.review_date if before else None) or child.closed_at is not None:
        return
    reason = written(gettext_lazy("Another day was written: %(day)s")) % {"day": row.review_date or "–"}
    _end(promises(episode).open().filter(looks_again=True), reason, by=by, at=at)
    if row.review_date is not None:
        look_again(episode, row.review_date, by=by, at=at)


def look_again(episode: MissingEpisode, day: date, *, by: User, at: datetime) -> PlanAction:
    """Ask the worker of the locked child, else whoever wrote the day, to look at the interview again on it."""
    again = written(
        gettext_lazy(
            "Look again at the return interview of %(reference)s, on the day that the child was told."
        )
    )
    return plans.ask(
        episode.child,
        again % {"reference": episode.reference},
        owner=_worker(episode.child, by, at),
        by_date=day,
        interview_of=episode,
        looks_again=True,
        by=by,
        at=at,
    )


def promises(episode: MissingEpisode) -> PlanActionQuerySet:
    """What the child was promised in the interview about this episode, by day."""
    return PlanAction.objects.filter(interview_of=episode).select_related("owner", "owner_placement__home")


def _worker(child: Child, by: User, at: datetime) -> User:
    """Who is asked to look again: the child's social worker, else whoever writes."""
    allocation = Allocation.objects.current(at).filter(child=child).select_related("worker").first()
    worker = allocation.worker if allocation is not None else None
    if worker is not None and access.may(worker, child, Permission.CHANGE_CHILD, at=at):
        return worker
    return by


def _end(rows: PlanActionQuerySet, reason: str, *, by: User, at: datetime) -> None:
    for row in rows:
        plans.end(row, PlanAction.Ending.WITHDRAWN, said=reason, by=by, at=at)


def _require_ahead(day: date, at: datetime) -> None:
    if day < london_day(at):
        raise IllegalMove("The day on which it is looked at again must be today or later.")


def withdraw(
    episode: MissingEpisode, *, version: int, reason: str, by: User, at: datetime
) -> ReturnInterview:
    """Withdraw what says by mistake that the interview was held, or not wanted: it stays, struck through.

    What was promised in it is withdrawn with it. An offer that was written before stands again, and the interview is
    owed again at once. `version` is the one that was read: raises `IllegalMove` where somebody wrote another meanwhile,
    which may be true.
    """
    if not reason.strip():
        raise IllegalMove("Enter why this interview is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        rows = list(ReturnInterview.objects.concluded().filter(episode=episode).order_by("version"))
        if not rows:
            raise IllegalMove("Nothing says that this interview was held or not wanted.")
        if rows[-1].version != version:
            raise IllegalMove("Somebody has written this interview since you opened it. Read it first.")
        for row in rows:
            row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
            row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        log.record(
            child,
            "return_interview_withdrawn",
            subject=rows[-1],
            data={"episode": episode.number, "versions": [row.version for row in rows]},
            fields={"reason": reason.strip()},
            by=by,
            at=at,
        )
        if child.closed_at is None:
            made = promises(episode).open().filter(recorded_at__gte=rows[0].recorded_at)
            words = gettext_lazy("The interview is withdrawn: %(reason)s")
            why = written(words) % {"reason": reason.strip()}
            _end(made, why, by=by, at=at)
    return rows[-1]


def require_offered_since(episode: MissingEpisode, offered_at: datetime) -> None:
    """Raise `IllegalMove` for an offer from before the search."""
    if offered_at < episode.since:
        raise IllegalMove("The interview was offered after the episode began.")


def require_held_since(episode: MissingEpisode, held_at: datetime) -> None:
    """The same for the interview."""
    if held_at < episode.since:
        raise IllegalMove("The interview was held after the episode began.")


def _require(told: Told, at: datetime) -> None:
    if told.outcome not in Interview:
        raise IllegalMove("Select what came of the offer.")
    for moment in (told.offered_at, told.held_at):
        if moment is not None and moment > at:
            raise IllegalMove("The times of offer and interview must be now or in the past.")
    if told.outcome == Interview.DID_NOT_WANT and not told.reason.strip():
        raise IllegalMove("Enter in words why the child did not want to talk.")
    if told.outcome != Interview.HELD and told.held_at is not None:
        raise IllegalMove("Only an interview that took place has a time.")
    if told.outcome == Interview.HELD:
        for name, words in _OF_HELD:
            value = getattr(told, name)
            if not (value.strip() if isinstance(value, str) else value):
                raise IllegalMove(words)
    _require_why(told)


def _require_why(told: Told) -> None:
    """Whoever is not independent, though the child asked for nobody, is written down with the reason, and nobody else."""
    is_last_resort, why = told.independence == Independence.NOBODY_ELSE, told.not_independent_why.strip()
    if is_last_resort and told.outcome == Interview.HELD and not why:
        raise IllegalMove("Enter why nobody independent could be had.")
    if why and not is_last_resort:
        raise IllegalMove("Why nobody independent could be had is said of an interviewer who is not.")
