"""A child's rows as the values that the calculators take."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest

from alerts import applying, head_counts, on_journey, schedule, transfer_ladder
from alerts.schedule import Applies, Row
from cases import episodes, holidays
from cases.deadlines import add_working_days, london_day
from cases.facts import ChildFacts
from cases.models import Contact, HeadCount, Journey, MissingEpisode, Transfer
from cases.states import EpisodeOutcome, EpisodeStatus
from cases.strengths import Strength


def of(
    child: ChildFacts,
    *,
    applies: tuple[Applies, ...],
    not_here: Row,
    in_transit: Sequence[tuple[Journey, Row]] = (),
    own_applies: tuple[Applies, ...] | None = None,
    asked: tuple[schedule.HeadCount, ...] = (),
    doubted_end: schedule.HeadCount | None = None,
) -> schedule.ChildFacts:
    """The rows as the calculators' values."""
    episode = child.open_episode
    return schedule.ChildFacts(
        child_id=child.child.pk,
        watch_from=_watch_from(child),
        opened=_opened(child),
        watch_until=child.watched_until,
        rests=tuple(
            (e.counts_from or e.opened_at, e.ended_at)
            for e in child.episodes
            if e.ended_at is not None and _rested(e)
        ),
        applies=applies,
        sightings=tuple(sighting(contact) for contact in child.contacts),
        shifts=_shifts(child),
        absences=tuple(
            schedule.Absence(a.kind, a.starts_at, a.until, a.ends_at, a.report_after, a.ended_recorded_at)
            for a in child.absences
        ),
        has_home=child.placement is not None and not child.is_on_the_way,
        episode=None if episode is None else _episode(episode),
        not_here=not_here,
        elsewhere=_elsewhere(child),
        was_elsewhere=_was_elsewhere(child),
        journey=_journey(child, in_transit),
        left_journeys=tuple(_left_journeys(child, in_transit)),
        head_counts=asked,
        own_applies=own_applies,
        doubted_end=doubted_end,
    )


def applies(
    child: ChildFacts, versions: Sequence[applying.Version], *, others: bool = True
) -> tuple[Applies, ...]:
    """The rows that apply; without `others` less what applies because another child is missing."""
    return applying.rows_applying(
        risk=child.child.risk,
        risk_since=child.child.risk_since,
        arrived_at=child.child.arrived_at,
        placements=[(p.starts_at, p.ends_at) for p in child.placements],
        known=child.known_placements,
        concerns=[
            *((c.starts_at, c.ends_at) for c in child.concerns),
            *((referral.starts_at, referral.ends_at) for referral in child.nrm),
            *(trigger.watched for trigger in child.triggers),
            *(_watched(one, versions) for one in child.head_counts if others),
        ],
        versions=versions,
        planned=_planned(child),
        earlier_risks=[(g.risk, g.since) for g in child.grades if g.since < child.child.risk_since],
    )


def asked(child: ChildFacts, versions: Sequence[applying.Version]) -> tuple[schedule.HeadCount, ...]:
    """What is owed because others are missing, each by the policy in force when the child was asked for."""
    episode = child.open_episode
    return tuple(
        head_counts.asked(head_counts.row_at(versions, one.raised_at), one.since, one.raised_at)
        for one in child.head_counts
        if _asks(one, episode)
    )


def _watched(one: HeadCount, versions: Sequence[applying.Version]) -> tuple[datetime, datetime]:
    return head_counts.watched(head_counts.row_at(versions, one.raised_at), one.raised_at, one.ended_at)


def _asks(one: HeadCount, episode: MissingEpisode | None) -> bool:
    """Whether somebody is to see the child still: nobody was missing, but its own silence has opened an episode by then."""
    return one.ended_at is None or (
        episode is not None
        and episode.status == EpisodeStatus.NOT_CONFIRMED
        and one.raised_at <= episode.opened_at <= one.ended_at
    )


def doubted_end(child: ChildFacts, versions: Sequence[applying.Version]) -> schedule.HeadCount | None:
    """That the child is to be seen now: it was found on the word of somebody from whom it is kept since a mark of then.

    None of a search that goes on, whose part is taken back, and none where a closed report of the police rests on that.
    """
    last = child.episodes[0] if child.episodes else None
    if last is None or last.ended_at is None or last.child_confirmed_at is None:
        return None
    standing = [mark for mark in child.keep_from if mark.ends_at is None]
    marks = [mark.starts_at for mark in standing if episodes.is_found_by(last, mark.user)]
    if not marks:
        return None
    at = min(marks)
    since = max(filter(None, [last.counts_from, last.opened_at, last.anew_at]))
    return schedule.HeadCount(since, at, at, head_counts.row_at(versions, at).steps)


def _shifts(child: ChildFacts) -> tuple[schedule.Shift, ...]:
    """Each home's own times for as long as it was the child's; the policy's own where that home has none."""
    moved = {shift.window for shift in child.shifts}
    return tuple(
        shift
        for stay in child.stays
        for shift in (
            *(schedule.Shift(window, 0, date.min, stay.since, stay.until) for window in sorted(moved)),
            *(
                schedule.Shift(s.window, s.minutes, s.from_date, stay.since, stay.until)
                for s in child.shifts
                if s.home_id == stay.home_id
            ),
        )
    )


def _rested(episode: MissingEpisode) -> bool:
    """Whether the clock began anew at this ending: people confirmed it, or more than silence had begun it.

    What a proof ended by itself is none: if the proof is withdrawn the clock goes back to where it would have been.
    """
    return episode.outcome != EpisodeOutcome.RECORDING_LATE or episode.ended_by_id is not None


def _planned(child: ChildFacts) -> list[tuple[str, applying.Period]]:
    """The rows that the plans of the child asked for, each until the next plan, or until a closer one came back."""
    found: list[tuple[str, applying.Period]] = []
    for plan, later in zip_longest(child.plans, child.plans[1:]):
        until = later.recorded_at if later is not None else None
        back = plan.comes_back_at
        if back is None or (until is not None and until <= back):
            found.append((plan.contact_row, (plan.recorded_at, until)))
            continue
        found.append((plan.contact_row, (plan.recorded_at, back)))
        found.append((plan.comes_back, (back, until)))
    return [(row, period) for row, period in found if row]


def since_watched(child: ChildFacts, moment: datetime) -> datetime:
    """That moment, or when the child was last put back under watch: nobody was asked while it was held for an adult."""
    return max(moment, child.watched_again_from or moment)


def owed_worker_from(child: ChildFacts) -> datetime:
    """Since when the child is to have a social worker: its registration, or the end of its being held for an adult."""
    return since_watched(child, child.child.registered_at)


def without_worker(child: ChildFacts) -> Sequence[tuple[datetime, datetime | None]]:
    """The periods since then in which the child had no social worker, in order; the last may go on."""
    periods: list[tuple[datetime, datetime | None]] = []
    since = owed_worker_from(child)
    for watch in sorted(child.worked, key=lambda one: one.starts_at):
        if watch.starts_at > since:
            periods.append((since, watch.starts_at))
        if watch.ends_at is None:
            return periods
        since = max(since, watch.ends_at)
    return [*periods, (since, None)]


def transfer(child: ChildFacts, open_one: Transfer) -> transfer_ladder.Facts:
    """The open transfer as the calculator's value; a child who is looked for is missing before the transfer.

    What was late while the child was held for an assessed adult counts from when they were watched again.
    """
    episode, again = child.open_episode, child.watched_again_from
    moves_date, passed_until = open_one.moves_date, None
    if moves_date is not None and again is not None and moves_date < london_day(again):
        moves_date, passed_until = london_day(again), again
    return transfer_ladder.Facts(
        status=open_one.status,
        referred_at=since_watched(child, open_one.referred_at),
        allocated_at=open_one.allocated_at and since_watched(child, open_one.allocated_at),
        answered_at=open_one.answered_at and since_watched(child, open_one.answered_at),
        moves_date=moves_date,
        unshared_since=since_watched(child, open_one.day_agreed_at)
        if open_one.day_agreed_at is not None and open_one.share_received_at is None
        else None,
        expected_at=open_one.expected_at and since_watched(child, open_one.expected_at),
        missing_since=max(episode.opened_at, open_one.allocated_at or open_one.referred_at)
        if episode is not None and child.is_sought
        else None,
        day_passed_until=passed_until,
    )


def not_here(child: ChildFacts, versions: Sequence[applying.Version], at: datetime) -> Row:
    """The row of *not here* that was in force when the open episode began to count: it keeps its policy."""
    episode = child.open_episode
    moment = at if episode is None else episode.counts_from or episode.opened_at
    own = [version for version in versions if version.row.key == "not_here"]
    return next((v.row for v in reversed(own) if v.takes_effect_at <= moment), own[0].row)


def in_transit(child: ChildFacts, versions: Sequence[applying.Version]) -> tuple[tuple[Journey, Row], ...]:
    """The row of a journey that was in force when each of the child's was planned: it keeps its policy."""
    every = [*([] if child.journey is None else [child.journey]), *child.left_journeys]
    if not every:
        return ()
    own = [version for version in versions if version.row.key == on_journey.ROW]
    return tuple((journey, _row_at(own, journey.planned_at)) for journey in every)


def _row_at(own: Sequence[applying.Version], moment: datetime) -> Row:
    began = [version.row for version in own if version.takes_effect_at <= moment]
    return began[-1] if began else own[0].row


def _journey(child: ChildFacts, rows: Sequence[tuple[Journey, Row]]) -> schedule.Journey | None:
    row = next((row for journey, row in rows if journey is child.journey), None)
    if child.journey is None or row is None:
        return None
    return schedule.Journey(row, child.journey.planned_at, child.stops)


def _left_journeys(child: ChildFacts, rows: Sequence[tuple[Journey, Row]]) -> Iterator[schedule.Journey]:
    of_each = {journey.pk: row for journey, row in rows}
    for journey in child.left_journeys:
        if journey.pk in of_each:
            row, stops, over_at = of_each[journey.pk], child.left_stops[journey.pk], journey.ended_at
            said = [sighting(one) for one in child.contacts if one.recorded_at == over_at]
            yield schedule.Journey(row, journey.planned_at, stops, over_at, said[-1] if said else None)


def _watch_from(child: ChildFacts) -> datetime:
    """The registration, or the first placement where there was one before: no time that is typed later moves it.

    Nor an arrival, which is before either. Of somebody who was an assessed adult meanwhile the decision that they may be
    a child after all: nobody was asked where they were until then.
    """
    starts = [since for since, _ in child.known_placements]
    return since_watched(child, min([child.child.registered_at, *starts]))


def _opened(child: ChildFacts) -> tuple[datetime, datetime] | None:
    """The first placement's start as typed, and when it was written, where the watch began after that start."""
    since = _watch_from(child)
    if (
        not child.placements
        or child.watched_again_from is not None
        or child.placements[-1].starts_at >= since
    ):
        return None
    written_at, _ = child.known_placements[-1]
    # Of years that a child has lived there no more than the longest window.
    opened_from = max(child.placements[-1].starts_at, since - schedule.LONGEST_WINDOW)
    return opened_from, max(written_at, since)


def _elsewhere(child: ChildFacts) -> tuple[datetime, datetime] | None:
    since = child.elsewhere_since
    return None if since is None else (since, _visit_by(child, since))


def _was_elsewhere(child: ChildFacts) -> tuple[schedule.Elsewhere, ...]:
    """When that was so and is over; what a placement ended that was written later has its roll-calls of before that."""
    over = [(one.starts_at, one.ends_at) for one in child.elsewheres if one.ends_at is not None]
    if not over:
        return ()
    known = zip(child.placements, child.known_placements, strict=True)
    typed = {since: placed.starts_at for placed, (since, _until) in known if placed.starts_at < since}
    return tuple(
        schedule.Elsewhere(
            since,
            _visit_by(child, since),
            until,
            max(typed[until], until - schedule.LONGEST_WINDOW) if until in typed else None,
        )
        for since, until in over
    )


def _visit_by(child: ChildFacts, since: datetime) -> datetime:
    """The end of the first working day after that."""
    calendar = holidays.calendar_of(child.nation)
    return add_working_days(since, 1, nation=calendar, holidays=holidays.of(calendar))


def sighting(contact: Contact) -> schedule.Sighting:
    return schedule.Sighting(
        contact.pk,
        contact.happened_at,
        Strength(contact.means),
        contact.knows_child,
        contact.witness_user_id or contact.witness,
        contact.organisation or None,
        contact.other_in_room,
    )


def _episode(episode: MissingEpisode) -> schedule.EpisodeFacts:
    # Once the police are owed word it is a search, whatever is known of the place.
    away = episode.status == EpisodeStatus.AWAY and episode.police_owed_at is None
    return schedule.EpisodeFacts(
        number=episode.number,
        kind="away" if away else "missing",
        started_by=episode.started_by,
        t0=(episode.counts_from or episode.opened_at) if away else episode.counts_from,
        police_owed_at=episode.police_owed_at,
        confirmed=episode.confirmed_at is not None,
        # Held once: what is said after a second look holds nothing back.
        reported_seen_at=None if _was_looked_for_again(episode) else _seen_at(episode),
        ended_at=episode.ended_at,
        opened_at=episode.opened_at,
    )


def _seen_at(episode: MissingEpisode) -> datetime | None:
    """When it was first on record that the child was seen: by a report, or by duty with the child itself."""
    moments = (episode.reported_seen_at, episode.child_confirmed_at)
    return min((moment for moment in moments if moment is not None), default=None)


def _was_looked_for_again(episode: MissingEpisode) -> bool:
    if episode.not_here_at is None or episode.confirmed_at is None:
        return False
    return episode.not_here_at > episode.confirmed_at
