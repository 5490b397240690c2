"""Where each child stands now: the one status word of every screen, derived from facts and clocks, never typed."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts import episode_dues, proof, standing_rows, watching
from alerts.call_ladder import CallTimes
from alerts.duties import Duty
from alerts.models import Alert, Clock, DutyTask, Verification
from alerts.watching import Watched
from cases import review_dates
from cases.models import (
    Absence,
    Child,
    Contact,
    MissingEpisode,
    Placement,
    WitnessRole,
)
from cases.review_dates import Due
from cases.states import EpisodeOutcome, EpisodeStatus

# From 28 days on a child is "still missing" (default escalation policy, the long search).
STILL_MISSING_AFTER = timedelta(days=28)
# A return interview is offered within 72 hours of the return (statutory guidance on children who run away or go missing).
INTERVIEW_WITHIN = timedelta(hours=72)
# Endings after which nobody is back to be asked.
NOT_BACK = frozenset(
    {
        EpisodeOutcome.RECORDING_LATE,
        EpisodeOutcome.ABROAD,
        EpisodeOutcome.TREATED_AS_ADULT,
        EpisodeOutcome.DIED,
        EpisodeOutcome.ANOTHER_CHILD,
    }
)
# Endings that say nothing of where the child has been since.
_NO_END = frozenset({EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.ANOTHER_CHILD})

# Every word of the vocabulary that the facts built so far can give, most urgent first: the order of every list.
TAGS = (
    "missing",
    "still_missing",
    "not_here",
    "back_to_confirm",
    "told_of",
    "no_record",
    "away",
    "due",
    "not_seen_yet",
    "return_interview_due",
    "out",
    "seen",
    "ended",
)
# Those in which nobody knows where the child is.
MISSING = frozenset({"missing", "still_missing"})
# Somebody has said where the child is, or that it has died, and nobody has ended the search.
HEARD_OF = frozenset({"back_to_confirm", "told_of"})
LOOKED_FOR = MISSING | HEARD_OF | {"not_here"}


@dataclass(frozen=True)
class Looked:
    """Somebody who looked, and the child was not there."""

    who: str
    at: datetime
    contact: Contact | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Standing:
    """One child's status word with the facts that are always shown with it."""

    child: Child
    tag: str
    # When the present state began: the episode's start, the missed deadline, the last proof.
    since: datetime | None = None
    # The next proof: its window and its deadline; both stand also when they have passed.
    opens_at: datetime | None = None
    due_at: datetime | None = None
    # The last accepted proof, whatever came after it.
    seen: Contact | None = None
    absence: Absence | None = None
    placement: Placement | None = None
    # The open episode, or the one whose ending is shown.
    episode: MissingEpisode | None = None
    # Of a *not here*: the last look that failed.
    looked: Looked | None = None
    # The open task to ring about this silence; `taken_by` is who is ringing.
    task: DutyTask | None = None
    # The latest verified acknowledgement, and whether it has gone stale since.
    verified: Verification | None = None
    verified_stale: bool = False
    # The open contact alert, and the highest rung that it climbed.
    alert: Alert | None = None
    rung: str = ""
    live_concern: bool = False
    # By when a return interview is to be offered, and after which episode; it stays until the interview is written.
    interview_by: datetime | None = None
    interview_of: MissingEpisode | None = None
    # The reviews of an open search that were due and are not recorded, and last the one that comes next.
    reviews: tuple[Due, ...] = ()
    # Whole days missing, from 28 on.
    days: int | None = None

    @property
    def urgency(self) -> int:
        """The place of the word in every list: 0 comes first."""
        return TAGS.index(self.tag)

    @property
    def sort_key(self) -> tuple[int, float, int]:
        """Most urgent word first; in it whoever has waited longest, or is due soonest."""
        late = self.tag in ("due", "not_seen_yet", "return_interview_due", "seen", "out", "ended")
        moment = self.due_at if late else self.since
        return (self.urgency, moment.timestamp() if moment else float("inf"), self.child.pk)

    @property
    def home_phone(self) -> str:
        return self.placement.phone if self.placement else ""

    @property
    def not_confirmed(self) -> bool:
        """Whether silence opened an episode that nobody has confirmed."""
        return self.episode is not None and self.episode.status == EpisodeStatus.NOT_CONFIRMED

    def owes_review(self, now: datetime) -> bool:
        """Whether a review of the open search is late, or due soon."""
        return bool(self.reviews) and review_dates.is_soon(self.reviews[0], now)

    @property
    def needs_police_word(self) -> bool:
        """Whether the police are owed word and no verification is in force."""
        open_episode = self.episode is not None and self.episode.ended_at is None
        owed = open_episode and self.episode is not None and self.episode.police_owed_at is not None
        return owed and (self.verified is None or self.verified_stale)


def by_part(one: Standing, *, reader_id: int) -> Standing:
    """Return the standing for a reader outside the council's record: a guardian is named by that part alone.

    How an ended episode ended stands on its own page, which opens to those in whose time it was.
    """
    seen, looked = one.seen, one.looked
    if seen is not None and _is_guardian(seen, reader_id):
        seen = copy(seen)
        seen.witness = str(WitnessRole.GUARDIAN.label)
    if looked is not None and looked.contact is not None and _is_guardian(looked.contact, reader_id):
        looked = replace(looked, who=str(WitnessRole.GUARDIAN.label))
    if one.tag == "return_interview_due":
        # That there was an episode is not told to whoever came after it; the interview is the council's to offer.
        seen_word = "seen" if seen is not None else "not_seen_yet"
        since = seen.happened_at if seen is not None else None
        one = replace(one, tag=seen_word, since=since, episode=None)
    # What the council has not recorded is its own affair.
    one = replace(one, interview_by=None, interview_of=None, reviews=one.reviews[-1:])
    return replace(one, seen=seen, looked=looked, episode=None if one.tag == "ended" else one.episode)


def over(child: Child, ended_at: datetime) -> Standing:
    """All that a force reads whose search is over: that of before, and nothing of the child since."""
    return Standing(child, "ended", since=ended_at)


def _is_guardian(contact: Contact, reader_id: int) -> bool:
    return contact.witness_role == WitnessRole.GUARDIAN and contact.witness_user_id != reader_id


def of(child_ids: Collection[int], *, now: datetime) -> dict[int, Standing]:
    """Return the standing of each of these children by id, in a fixed number of queries."""
    if not child_ids:
        return {}
    watched = watching.watch(child_ids, at=now)
    ids = watched.keys()
    more = _Beside(
        clocks={clock.child_id: clock for clock in standing_rows.clocks(ids)},
        alerts={alert.child_id: alert for alert in standing_rows.alerts(ids)},
        tasks=_tasks(ids),
        looks=_looks(ids),
        reported=frozenset(pk for pk in standing_rows.reported(ids) if pk is not None),
        verified={row.episode_id: row for row in standing_rows.verified(ids)},
        interviewed=frozenset(standing_rows.interviewed(ids)),
    )
    return {child_id: _standing(one, more, now) for child_id, one in watched.items()}


def in_order(standings: Iterable[Standing]) -> list[Standing]:
    """Return them as every list shows them: missing, not here, no record, due, seen."""
    return sorted(standings, key=lambda standing: standing.sort_key)


@dataclass(frozen=True)
class _Beside:
    """What is read for all the children at once beside their facts."""

    clocks: Mapping[int, Clock]
    alerts: Mapping[int, Alert]
    tasks: Mapping[int, DutyTask]
    looks: Mapping[int, Looked]
    reported: frozenset[int]
    verified: Mapping[int, Verification]
    interviewed: frozenset[int]


def _standing(one: Watched, more: _Beside, now: datetime) -> Standing:
    child = one.child.child
    clock = more.clocks.get(child.pk)
    alert = more.alerts.get(child.pk)
    episode = one.child.open_episode
    verified = more.verified.get(episode.pk) if episode else None
    interview_by, interview_of = _interview(one, more.interviewed, now)
    base = Standing(
        child,
        "seen",
        opens_at=clock.opens_at if clock else None,
        due_at=clock.due_at if clock else None,
        seen=_last_proof(one),
        absence=next((a for a in one.child.absences if a.ends_at is None and a.starts_at <= now), None),
        placement=one.child.placement,
        episode=episode,
        looked=more.looks.get(child.pk) if episode else None,
        task=more.tasks.get(child.pk),
        verified=verified,
        verified_stale=_is_stale(episode, verified, one.times, now),
        alert=alert,
        rung=clock.rung if clock and alert else "",
        interview_by=interview_by,
        interview_of=interview_of,
        reviews=episode_dues.not_held(one.reviews, episode, at=now),
        live_concern=any(
            c.starts_at <= now and (c.ends_at is None or c.ends_at > now) for c in one.child.concerns
        ),
    )
    if episode is not None and _stands(episode, base.due_at, now):
        return _of_episode(base, episode, more, now)
    return _of_facts(base, one, now)


def _stands(episode: MissingEpisode, due_at: datetime | None, now: datetime) -> bool:
    """Whether the open episode gives the word; one that proof has answered ends with the next sweep, and gives none."""
    if episode.status != EpisodeStatus.NOT_CONFIRMED or episode.police_owed_at is not None:
        return True
    return due_at is not None and due_at <= now


def _of_episode(base: Standing, episode: MissingEpisode, more: _Beside, now: datetime) -> Standing:
    """The word of an open episode."""
    if episode.back_since is not None:
        word = "told_of" if episode.is_told_of else "back_to_confirm"
        return replace(base, tag=word, since=episode.back_since)
    if episode.status == EpisodeStatus.NOT_CONFIRMED:
        return replace(base, tag="no_record", since=base.alert.due_at if base.alert else episode.opened_at)
    if episode.status == EpisodeStatus.AWAY:
        return replace(base, tag="away", since=episode.opened_at)
    if now - episode.since >= STILL_MISSING_AFTER:
        return replace(base, tag="still_missing", since=episode.since, days=(now - episode.since).days)
    started_by_look = episode.started_by == MissingEpisode.StartedBy.NOT_HERE
    if started_by_look and episode.pk not in more.reported:
        return replace(base, tag="not_here", since=base.looked.at if base.looked else episode.opened_at)
    return replace(base, tag="missing", since=episode.since)


def _of_facts(base: Standing, one: Watched, now: datetime) -> Standing:
    """The word where no episode is open: lateness first, then leave, the window, and what is known."""
    closed_at = one.child.watched_until
    latest = one.child.episodes[0] if one.child.episodes else None
    if closed_at is not None and closed_at <= now:
        return replace(base, tag="ended", since=closed_at, episode=latest)
    if base.due_at is not None and base.due_at <= now:
        return replace(base, tag="no_record", since=base.due_at)
    if base.absence is not None and base.absence.until > now:
        return replace(base, tag="out", since=base.absence.starts_at)
    return _of_proof(base, latest, now)


def _of_proof(base: Standing, latest: MissingEpisode | None, now: datetime) -> Standing:
    """The word where nothing is late; after a return the interview is what is owed next."""
    ended_at = latest.ended_at if latest and latest.outcome not in _NO_END else None
    if ended_at is not None and base.seen is not None and base.seen.happened_at >= ended_at:
        ended_at = None
    unseen = replace(base, tag="not_seen_yet", since=base.placement.starts_at if base.placement else None)
    if base.seen is None and ended_at is None:
        return unseen
    if base.opens_at is not None and base.opens_at <= now:
        return replace(base, tag="due", since=base.opens_at)
    if latest is not None and base.interview_by is not None:
        return replace(base, tag="return_interview_due", since=latest.ended_at, episode=latest)
    if latest is not None and ended_at is not None and latest.outcome in NOT_BACK:
        return replace(base, tag="ended", since=ended_at, episode=latest)
    return replace(base, tag="seen", since=base.seen.happened_at) if base.seen else unseen


def _interview(
    one: Watched, interviewed: frozenset[int], now: datetime
) -> tuple[datetime | None, MissingEpisode | None]:
    """By when a return interview is to be offered after which episode; none while the child is missing again.

    As long as its step is not answered; an ending from before there were such steps asks for it for 72 hours.
    """
    if one.child.is_sought or one.child.watched_until is not None:
        return None, None
    steps = {step.episode_id: step for step in one.duties if step.kind == Duty.RETURN_INTERVIEW}
    waiting = [step for step in steps.values() if step.done_at is None]
    if waiting:
        first = min(waiting, key=lambda step: step.due_at)
        return first.due_at, next(e for e in one.child.episodes if e.pk == first.episode_id)
    latest = one.child.episodes[0] if one.child.episodes else None
    if latest is None or latest.ended_at is None or latest.outcome in NOT_BACK:
        return None, None
    by = latest.ended_at + INTERVIEW_WITHIN
    if latest.pk in steps or latest.pk in interviewed or now >= by:
        return None, None
    return by, latest


def _last_proof(one: Watched) -> Contact | None:
    """The last contact that counts, by the rows that applied when it happened."""
    pure = watching.pure_facts(one)
    proofs = proof.accepted(pure.sightings, pure.applies)
    if not proofs:
        return None
    return next(contact for contact in one.child.contacts if contact.pk == proofs[-1].id)


def _is_stale(
    episode: MissingEpisode | None, verified: Verification | None, times: CallTimes, now: datetime
) -> bool:
    """Whether the latest verification was asked for again and nobody answered in time."""
    if episode is None or verified is None or episode.police_owed_at is None:
        return False
    lease = max(verified.at, episode.police_owed_at)
    asked_at = lease + times.ask_after
    return asked_at <= episode.police_owed_at + times.ask_within and asked_at + times.stale_after <= now


def _tasks(ids: Collection[int]) -> dict[int, DutyTask]:
    """The open task to ring about each child's alerts: one that is taken before one that is not."""
    return {item.child_id: item.task for item in reversed(standing_rows.tasks(ids))}


def _looks(ids: Collection[int]) -> dict[int, Looked]:
    """Who looked last for each child in vain."""
    return {
        row.child_id: Looked(
            row.witness or (row.recorded_by.name if row.recorded_by else ""), row.happened_at, row
        )
        for row in standing_rows.not_here(ids)
    }
