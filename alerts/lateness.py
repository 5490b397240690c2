"""Which roll-call windows of a child nobody met in time, whatever was written after they closed."""

from collections.abc import Collection
from datetime import datetime, timedelta

from alerts import elsewhere, expected, outings, proof
from alerts.schedule import Absence, ChildFacts
from alerts.windows import Occurrence, asked, occurrences

# So many of one child within so long are told to the manager [ux document, 5.3].
MANY = 3
WITHIN = timedelta(hours=24)
# A window is open for a day at most, and a home moves it by two hours at most.
LONGEST = timedelta(hours=26)
# From when until when; None while it lasts.
Stretch = tuple[datetime, datetime | None]


def late_windows(
    facts: ChildFacts, *, now: datetime, within: timedelta = WITHIN, on_the_way: Collection[Stretch] = ()
) -> tuple[Occurrence, ...]:
    """Return the windows that closed in the span `within` up to `now` without proof that happened in them, in order.

    One that two rows ask for is one; what closed while the child was out, away, looked for, `on_the_way` with
    escorts or housed as an adult by others was not owed by the home.
    """
    proofs = proof.accepted(facts.sightings, facts.applies)
    out = _absent(facts)
    since = now - within
    found: dict[tuple[datetime, datetime], Occurrence] = {}
    for applies in facts.applies:
        for window in applies.row.windows:
            for one in occurrences(window, since=since - LONGEST, shifts=facts.shifts):
                if one.opens_at > now:
                    break
                began = applies.counts_from <= one.opens_at and applies.starts_at < one.closes_at
                if not began or (applies.ends_at is not None and one.opens_at >= applies.ends_at):
                    continue
                met = any(one.opens_at <= p.happened_at <= one.closes_at for p in proofs)
                if since < one.closes_at <= now and not met and _is_owed(one, facts, (*out, *on_the_way)):
                    found[one.closes_at, one.opens_at] = one
    return tuple(found[key] for key in sorted(found))


def _absent(facts: ChildFacts) -> list[Stretch]:
    """When the child was out or away; of outings that count as one no longer than that one lasts."""
    joined = expected.outings_as_one(facts).absences
    found: list[Stretch] = []
    for one, as_one in zip(facts.absences, joined, strict=True):
        # The home was asked for nothing before the return was written, if it was written in time.
        ends_at = one.until if one.ends_at is None else max(one.ends_at, min(one.until, _written(one)))
        if as_one != one:
            ends_at = min(ends_at, outings.holds_until(as_one))
        if one.starts_at < ends_at:
            found.append((one.starts_at, ends_at))
    return found


def _written(one: Absence) -> datetime:
    return outings.written_at(one) or one.until


def _is_owed(one: Occurrence, facts: ChildFacts, gone: Collection[Stretch]) -> bool:
    if one.opens_at < facts.watch_from and not asked(facts, (), facts.watch_from).holds(one):
        return False
    housed = [(span.since, span.until) for span in elsewhere.spans(facts)]
    return not any(
        starts_at <= one.closes_at and (ends_at is None or one.opens_at < ends_at)
        for starts_at, ends_at in (*gone, *housed, *facts.rests)
    )
