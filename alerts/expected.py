"""Which proof of a child is due next, from the facts alone: a late sweep reads what a punctual one did."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alerts import away, elsewhere, head_counts, on_journey, outings, proof
from alerts.default_policies import BACK_BY_R2, LONGEST_WAIT, REPORTED_SEEN_HOLD
from alerts.schedule import (
    RUNG_ORDER,
    Applies,
    ChildFacts,
    EpisodeFacts,
    Expected,
    Row,
    Sighting,
    Step,
    Window,
    in_order,
    step_instants,
)
from alerts.windows import Asked, Occurrence, asked, occurrences
from cases.deadlines import add_working_days

# A second pair of eyes is asked for by people; its lack is no absence and goes to no police. The
# domain document gives its span and no rungs: these are the settled row's, without R0 and R3.
SECOND_EYES_STEPS: tuple[tuple[Step, timedelta], ...] = (
    (Step.R1, timedelta(0)),
    (Step.R2, timedelta(hours=24)),
    (Step.R4, timedelta(hours=48)),
    (Step.R5, timedelta(hours=120)),
)

# Of a child without a social worker: at once, after four hours, then at the ends of working days (domain document, 2d).
NO_WORKER_R2 = timedelta(hours=4)


@dataclass(frozen=True)
class _Owed:
    """One thing that is due, by one or more rows."""

    due_at: datetime
    opens_at: datetime | None
    window: str
    rows: tuple[str, ...]
    steps: Mapping[Step, datetime]


@dataclass(frozen=True)
class _Stretch:
    """A stretch of time, without end where none is known."""

    starts_at: datetime
    ends_at: datetime | None

    def holds(self, instant: datetime) -> bool:
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


def contact(facts: ChildFacts) -> Expected | None:
    """Return the proof of contact that is due next; None when nothing is owed any more.

    The least due instant over everything owed, and of each step the least instant over everything
    owed: the strictest row wins, rung by rung. A window missed before its row ended, or before the
    child went out or others took it for an adult, stays owed until there is proof.
    """
    if facts.watch_until is not None:
        return None
    if facts.episode is not None and _rests(facts.episode):
        return _resting(facts, facts.episode)
    proofs = proof.accepted(facts.sightings, facts.applies)
    # Who travels with escorts is asked for at each stop, whoever treats them as an adult.
    owed = [*_visits_owed(facts, proofs), *_confirmations_owed(facts)]
    on_the_way = _on_the_way(facts)
    for watched, until in elsewhere.watches(facts):
        late = _asked_of(watched, proofs, on_the_way)
        owed += [one for one in late if until is None or one.due_at <= until]
    return _strictest(owed, has_home=facts.has_home, with_escorts=facts.journey is not None)


def _asked_of(
    facts: ChildFacts, proofs: Sequence[Sighting], on_the_way: Sequence[_Stretch]
) -> Iterable[_Owed]:
    """What is owed of a child of whom people are asked each day since the watch began."""
    anchor = _anchor(facts, proofs)
    asking = asked(facts, proofs, anchor)
    facts = _outings_as_one(facts, asking)
    stretches = (*_suspensions(facts, proofs, anchor), *on_the_way)
    yield from _windows_owed(facts, asking, stretches)
    yield from _evenings_away_owed(facts, anchor, _stays_away(facts, proofs, anchor))
    yield from _returns_owed(facts, proofs)
    yield from _head_counts_owed(facts, anchor)
    yield from _return_again_owed(facts, proofs)


def _visits_owed(facts: ChildFacts, proofs: Sequence[Sighting]) -> Iterable[_Owed]:
    """The next visit to one treated as an adult elsewhere; of one who is back the one that was late by then."""
    for span in elsewhere.spans(facts):
        due_at = elsewhere.visit_due(span, proofs, facts.rests)
        if span.until is None or (due_at <= span.until and _anchor(facts, proofs) <= span.until):
            steps = step_instants(elsewhere.STEPS, due_at)
            yield _Owed(due_at, None, elsewhere.WINDOW, (elsewhere.ROW,), steps)


def head_count(facts: ChildFacts) -> Expected | None:
    """Return what is told at once of a child who is to be seen because another is missing; None once it was seen.

    Of a child who is looked for itself nobody is asked, nor of one whom somebody else houses as an adult.
    """
    if facts.watch_until is not None or (facts.episode is not None and _rests(facts.episode)):
        return None
    *_before, (watched, until) = elsewhere.watches(facts)
    if until is not None:
        return None
    return head_counts.asking(watched, _anchor(watched, proof.accepted(facts.sightings, facts.applies)))


def second_eyes(facts: ChildFacts) -> Expected | None:
    """Return by when another organisation must have seen the child; it climbs past the police.

    R1 at once, R2 after 24 hours, R4 after 48, R5 after 120; None while an episode's ladder runs.
    """
    if facts.episode is not None and _rests(facts.episode):
        return None
    due_at = proof.second_eyes_due(proof.accepted(facts.sightings, facts.applies), facts)
    if due_at is None:
        return None
    steps = {step: due_at + after for step, after in SECOND_EYES_STEPS}
    return Expected(due_at, None, "second_eyes", ("second_eyes",), steps)


def no_social_worker(since: datetime | None, *, nation: str, holidays: Collection[date]) -> Expected | None:
    """Return what a child without a social worker `since` then owes; None where there is one.

    R1 at once, R2 after 4 hours, R4 after the next working day of `nation`, R5 after the second.
    """
    if since is None:
        return None
    steps = {
        Step.R1: since,
        Step.R2: since + NO_WORKER_R2,
        Step.R4: add_working_days(since, 1, nation=nation, holidays=holidays),
        Step.R5: add_working_days(since, 2, nation=nation, holidays=holidays),
    }
    return Expected(since, None, "no_worker", ("no_social_worker",), steps)


def _rests(episode: EpisodeFacts) -> bool:
    """Whether the episode's own ladder runs, so that only its own ending ends it."""
    if episode.kind != "missing" or episode.ended_at is not None:
        return False
    began_by_silence = episode.started_by == "silence"
    return not began_by_silence or episode.confirmed or episode.police_owed_at is not None


def _resting(facts: ChildFacts, episode: EpisodeFacts) -> Expected:
    t0 = episode.t0 or episode.police_owed_at or _anchor(facts, ())
    if episode.started_by == "away" and episode.police_owed_at is not None:
        # It was known where the child was until the episode became missing.
        t0 = episode.police_owed_at
    # R1 and R2 of a look are told by a clock of its own, for a silence may have been told before it.
    named = () if episode.started_by == "silence" else (Step.R4, Step.R5)
    held_from = episode.reported_seen_at
    held_until = None if held_from is None else held_from + REPORTED_SEEN_HOLD
    bare = Expected(t0, None, "episode", (), {}, True, held_from, held_until)
    instants = step_instants(facts.not_here.steps, t0)
    steps = {step: bare.hold(at) for step, at in instants.items() if step in named}
    return replace(bare, steps=steps, rows=(facts.not_here.key,) if steps else ())


def _anchor(facts: ChildFacts, proofs: Sequence[Sighting]) -> datetime:
    rested = [until for _, until in facts.rests if until is not None]
    seen = [proofs[-1].happened_at] if proofs else []
    return max([facts.watch_from, *seen, *rested])


def outings_as_one(facts: ChildFacts) -> ChildFacts:
    """Return the same facts with each outing until when it lasts by what is known of the child: see `outings`."""
    proofs = proof.accepted(facts.sightings, facts.applies)
    return _outings_as_one(facts, asked(facts, proofs, _anchor(facts, proofs)))


def _outings_as_one(facts: ChildFacts, asking: Asked) -> ChildFacts:
    if outings.first_unseen(facts.absences, asking.anchor) is None:
        return facts
    asked_at = min((owed.due_at for owed in _windows_owed(facts, asking, ())), default=asking.anchor)
    return replace(facts, absences=outings.as_one(facts.absences, asking.anchor, asked_at))


def _suspensions(facts: ChildFacts, proofs: Sequence[Sighting], anchor: datetime) -> tuple[_Stretch, ...]:
    """When the ordinary windows are not owed: until an absence is written to be over, and never past its back-by.

    A child who is late home is watched by the windows too, so that a concern raised meanwhile counts.
    """
    stretches = []
    for absence in facts.absences:
        ended_at, ends_at = outings.known_over_at(absence, facts, proofs), outings.holds_until(absence)
        ends_at = ends_at if ended_at is None else min(ended_at, ends_at)
        stretches.append(_Stretch(absence.starts_at, ends_at))
    return (*stretches, *_episodes_away(facts, anchor))


def _on_the_way(facts: ChildFacts) -> tuple[_Stretch, ...]:
    due_at = on_journey.due(facts)
    under_way = on_journey.under_way(facts, due_at) if due_at is not None else None
    return () if under_way is None else (_Stretch(*under_way),)


def _stays_away(facts: ChildFacts, proofs: Sequence[Sighting], anchor: datetime) -> list[away.Stay]:
    """When somebody confirms each evening where the child is."""
    found_at = {until for _, until in facts.rests}
    stays = [
        away.Stay(
            absence.starts_at,
            outings.known_over_at(absence, facts, proofs),
            # Where a search ended with it the child was found there, and somebody had spoken to it.
            is_left_for=absence.starts_at not in found_at,
        )
        for absence in facts.absences
        if absence.kind == "away"
    ]
    # Who is reported away went before that: who is not of the home may have seen the child where it is.
    at_home = bool(proofs) and proofs[-1].is_at_home
    reported = _episodes_away(facts, anchor)
    return [*stays, *(away.Stay(one.starts_at, one.ends_at, is_left_for=at_home) for one in reported)]


def _episodes_away(facts: ChildFacts, anchor: datetime) -> tuple[_Stretch, ...]:
    episode = facts.episode
    if episode is None or episode.kind != "away" or episode.ended_at is not None:
        return ()
    return (_Stretch(episode.t0 or anchor, None),)


def _windows_owed(facts: ChildFacts, asking: Asked, stretches: Sequence[_Stretch]) -> Iterable[_Owed]:
    for applies in facts.applies:
        row = applies.row
        if row.interval is not None:
            due_at = _interval_due(applies, row.interval, asking.anchor, stretches)
            if due_at is not None:
                steps = step_instants(row.steps, due_at)
                yield _Owed(due_at, None, "interval", (row.key,), steps)
        windows = [
            (owed.closes_at, owed.opens_at, window.name)
            for window in row.windows
            if (owed := _first_owed(window, applies, facts, asking, stretches)) is not None
        ]
        if windows:
            # The row's later windows climb no sooner than its earliest.
            due_at, opens_at, name = min(windows)
            yield _Owed(due_at, opens_at, name, (row.key,), step_instants(row.steps, due_at))


def _first_owed(
    window: Window,
    applies: Applies,
    facts: ChildFacts,
    asking: Asked,
    stretches: Sequence[_Stretch],
) -> Occurrence | None:
    since = max(asking.since, applies.counts_from)
    for occurrence in occurrences(window, since=since, shifts=facts.shifts):
        if applies.ends_at is not None and occurrence.opens_at >= applies.ends_at:
            return None
        if not asking.holds(occurrence) or occurrence.closes_at <= applies.starts_at:
            continue
        stretch = next((s for s in stretches if s.holds(occurrence.closes_at)), None)
        if stretch is None:
            return occurrence
        if stretch.ends_at is None:
            return None
    return None


def _interval_due(
    applies: Applies, interval: timedelta, anchor: datetime, stretches: Sequence[_Stretch]
) -> datetime | None:
    # From the last proof, not from the row's start: a new version or a settled child's new row puts
    # nothing off. What falls due in an absence falls due at its end.
    due_at = max(anchor + interval, applies.starts_at)
    for stretch in sorted(stretches, key=lambda s: s.starts_at):
        if stretch.holds(due_at):
            if stretch.ends_at is None:
                return None
            due_at = stretch.ends_at
    # What the last proof was good for does not grow by a row that ended since: a move may be written late.
    lasts = applies.ends_at is None or due_at < applies.ends_at or applies.covers(anchor)
    return due_at if lasts else None


def _evenings_away_owed(facts: ChildFacts, anchor: datetime, stays: Sequence[away.Stay]) -> Iterable[_Owed]:
    for stay in stays:
        word, evening = away.first_word(stay, anchor), away.first_evening(stay, anchor)
        owing = (
            [] if word is None else [(word, r) for r in _rows_at(facts, word.due_at) if away.asks_often(r)]
        )
        if evening is not None:
            owing += [(evening, row) for row in _rows_at(facts, evening.closes_at)]
        for one, row in owing:
            yield _Owed(one.due_at, one.opens_at, "away", (row.key,), step_instants(row.steps, one.due_at))


def _returns_owed(facts: ChildFacts, proofs: Sequence[Sighting]) -> Iterable[_Owed]:
    for absence in facts.absences:
        if outings.ended_at(absence, facts, proofs) is None:
            back_by = outings.back_by(absence)
            # A row that began while the child was late home counts as if it had applied before.
            rows = [a.row for a in facts.applies if a.ends_at is None or a.ends_at > back_by]
            yield _return_owed(back_by, absence.report_after, rows)


def _confirmations_owed(facts: ChildFacts) -> Iterable[_Owed]:
    due_at = on_journey.due(facts)
    if facts.journey is not None and due_at is not None:
        steps = on_journey.steps(facts.journey, due_at)
        yield _Owed(due_at, None, on_journey.WINDOW, (facts.journey.row.key,), steps)
    for journey, due_at in on_journey.left(facts):
        # Nobody is on the way any more: the home is rung with the desk.
        steps = step_instants(journey.row.steps, due_at)
        yield _Owed(due_at, None, on_journey.WINDOW, (journey.row.key,), steps)


def _head_counts_owed(facts: ChildFacts, anchor: datetime) -> Iterable[_Owed]:
    """Whoever is out or away is looked for as well: they may have gone together."""
    for one in head_counts.owed(facts, anchor):
        steps = head_counts.steps(one)
        yield _Owed(one.due_at, one.raised_at, head_counts.WINDOW, (head_counts.CLOSER,), steps)


def _return_again_owed(facts: ChildFacts, proofs: Sequence[Sighting]) -> Iterable[_Owed]:
    """A return that nobody vouches for any more: whoever is believed has not seen the child since it went."""
    one = facts.doubted_end
    if one is not None and not any(seen.happened_at > one.since for seen in proofs):
        yield _Owed(one.due_at, None, "interval", (head_counts.CLOSER,), head_counts.steps(one))


def _return_owed(back_by: datetime, report_after: timedelta | None, rows: Sequence[Row]) -> _Owed:
    """What a return that did not happen owes: R0 and R1 at once, the report by the shortest wait.

    A child's plan may shorten the wait of the rows and never lengthen it: in the first 30 days, with
    a live concern or at high risk a plan that would wait longer does not count.
    """
    waits = [LONGEST_WAIT, *(row.back_by for row in rows)]
    wait = min([*waits, report_after] if report_after is not None else waits)
    reported = back_by + max(wait, timedelta(0))
    steps = {
        Step.R0: back_by,
        Step.R1: back_by,
        Step.R2: back_by + BACK_BY_R2,
        Step.R3: reported,
    }
    holds = [row.back_by_fail_safe for row in rows if row.back_by_fail_safe is not None]
    if holds:
        steps[Step.FAIL_SAFE] = reported + min(holds)
    for row in rows:
        instants = step_instants(row.steps, back_by)
        for step in (Step.R4, Step.R5):
            if step in instants:
                steps[step] = min(instants[step], steps.get(step, instants[step]))
    return _Owed(back_by, None, "back_by", tuple(row.key for row in rows), in_order(steps))


def _rows_at(facts: ChildFacts, instant: datetime) -> list[Row]:
    rows = [applies.row for applies in facts.applies if applies.covers(instant)]
    # A hole between rows must never be a hole in the watch.
    return rows or [applies.row for applies in facts.applies]


def _strictest(owed: Sequence[_Owed], *, has_home: bool, with_escorts: bool) -> Expected | None:
    if not owed:
        return None
    first = min(owed, key=lambda o: (o.due_at, o.opens_at or o.due_at))
    # A visit has no rung of the home or of the police: neither is brought forward to one of its later rungs.
    visits = [each for each in owed if each.window == elsewhere.WINDOW]
    asked_for = in_order(_soonest(each.steps for each in owed if each not in visits))
    steps = _soonest([asked_for, *(each.steps for each in visits)])
    if not has_home or (with_escorts and first.window == on_journey.WINDOW):
        # Nobody is there to be rung, or the escorts have the child or are to have it: R1 asks duty where the child is.
        steps.pop(Step.R0, None)
    rows = tuple(
        dict.fromkeys(
            row
            for each in owed
            if each is first or any(steps.get(step) == at for step, at in each.steps.items())
            for row in each.rows
        )
    )
    return Expected(first.due_at, first.opens_at, first.window, rows, steps)


def _soonest(several: Iterable[Mapping[Step, datetime]]) -> dict[Step, datetime]:
    """Of each step the first of its instants, in the order of the rungs."""
    found: dict[Step, datetime] = {}
    for steps in several:
        for step, at in steps.items():
            found[step] = min(at, found.get(step, at))
    return {step: found[step] for step in RUNG_ORDER if step in found}
