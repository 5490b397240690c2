"""Which rows of the contact policy apply to a child, and from when to when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from alerts.schedule import Applies, Row

BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)

# Elapsed time, not calendar days: these are safety clocks.
FIRST_HOURS = timedelta(hours=72)
# [proposal] Of a placement that is written late the closer row applies for a day at least.
FIRST_HOURS_WRITTEN = timedelta(hours=24)
FIRST_DAYS = timedelta(days=30)
SETTLED_AFTER = timedelta(days=90)

Period = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Version:
    """A version of a row and the instant from which it counts; the first of a row always has."""

    row: Row
    takes_effect_at: datetime


@dataclass(frozen=True)
class _Span:
    starts_at: datetime
    ends_at: datetime | None
    joins: bool
    # The start as typed, of what was written later than that.
    opened_from: datetime | None = None


def rows_applying(
    *,
    risk: str,
    risk_since: datetime,
    arrived_at: datetime,
    placements: Sequence[Period],
    concerns: Sequence[Period],
    versions: Sequence[Version],
    planned: Sequence[tuple[str, Period]] = (),
    earlier_risks: Sequence[tuple[str, datetime]] = (),
    known: Sequence[Period] | None = None,
) -> tuple[Applies, ...]:
    """Return every row that ever applies, each with its period; all of them count at once.

    By risk one base row: "high", "settled" (low, 90 days in this placement, no live concern) or
    "ordinary". On top "first_72_hours" from arrival and from each placement, and "first_30_days"
    from arrival and while a concern is live. `planned` are the rows that the child's own plan asks for
    beside these: it can only bring proof nearer. `earlier_risks` are the (risk, since) before the
    present one, so that lowering a risk leaves what was owed before it as it was; before the first
    of them the base row is "ordinary". `known` are the placements as they came on record: a bound that was written late
    begins and ends no row before that, for nobody was asked. A window that is open at the writing counts, if it opened
    after the start that was typed, and "first_72_hours" lasts for 24 hours from the writing at least.
    Raises LookupError when a row has no version at all.
    """
    risks = sorted([*earlier_risks, (risk, risk_since)], key=lambda entry: entry[1])
    lived = [(start, *since) for (start, _), since in zip(placements, known or placements, strict=True)]
    spans = _close_spans(arrived_at, lived, concerns)
    settling = [(max(start + SETTLED_AFTER, since), until) for start, since, until in lived]
    for key, span in _base(risks, settling, concerns):
        spans[key].append(span)
    for key, period in planned:
        spans[key].append(_Span(*period, joins=True))
    return tuple(
        applies
        for key, of_key in spans.items()
        for span in _merged(of_key)
        for applies in _by_version(key, span, versions)
    )


def _close_spans(
    arrived_at: datetime,
    lived: Sequence[tuple[datetime, datetime, datetime | None]],
    concerns: Sequence[Period],
) -> dict[str, list[_Span]]:
    """Of each row in its order when it applies on top of the grade: after an arrival or a move, and under a concern."""
    starts = [(arrived_at, arrived_at), *((start, since) for start, since, _ in lived)]
    live = [_Span(began, ended, joins=True) for began, ended in concerns]
    return {
        "first_72_hours": [_first_hours(start, since) for start, since in starts],
        "first_30_days": [_Span(arrived_at, arrived_at + FIRST_DAYS, joins=False), *live],
        "high": [],
        "ordinary": [],
        "settled": [],
    }


def _first_hours(start: datetime, since: datetime) -> _Span:
    ends_at = max(start + FIRST_HOURS, since + FIRST_HOURS_WRITTEN)
    return _Span(since, ends_at, joins=False, opened_from=start if start < since else None)


def _base(
    risks: Sequence[tuple[str, datetime]], stays: Sequence[Period], concerns: Sequence[Period]
) -> Iterable[tuple[str, _Span]]:
    yield "ordinary", _Span(BEGINNING, risks[0][1], joins=False)
    ends = [*(since for _, since in risks[1:]), None]
    for (risk, since), until in zip(risks, ends, strict=True):
        whole: Period = (since, until)
        if risk == "high":
            yield "high", _Span(*whole, joins=True)
            continue
        settled: list[Period] = []
        if risk == "low":
            settled = [part for stay in stays for part in _common(whole, stay)]
            settled = _without(settled, concerns)
            yield from (("settled", _Span(*part, joins=True)) for part in settled)
        for part in _without([whole], settled):
            yield "ordinary", _Span(*part, joins=True)


def _by_version(key: str, span: _Span, versions: Sequence[Version]) -> Iterable[Applies]:
    own = sorted((v for v in versions if v.row.key == key), key=lambda v: v.takes_effect_at)
    if not own:
        raise LookupError(f"the contact policy has no row {key}")
    # A row that counts from some day on must leave no gap before it: the first always counted.
    begins = [BEGINNING, *(version.takes_effect_at for version in own[1:])]
    ends = [*begins[1:], None]
    for version, start, end in zip(own, begins, ends, strict=True):
        for starts_at, ends_at in _common((span.starts_at, span.ends_at), (start, end)):
            # A window open at a change of version belongs to the version it opened under.
            joins = span.joins and starts_at == span.starts_at
            opened_from = span.opened_from if starts_at == span.starts_at else None
            yield Applies(version.row, starts_at, ends_at, joins, opened_from)


def _merged(spans: Sequence[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda s: (s.starts_at, s.joins)):
        if span.ends_at is not None and span.ends_at <= span.starts_at:
            continue
        last = merged[-1] if merged else None
        if last is None or (last.ends_at is not None and last.ends_at < span.starts_at):
            merged.append(span)
        elif span.opened_from is not None and span.opened_from < (last.opened_from or last.starts_at):
            # It lets windows count that had opened before the other began, and that close after its own writing.
            merged.append(span)
        elif last.ends_at is not None and (span.ends_at is None or span.ends_at > last.ends_at):
            merged[-1] = replace(last, ends_at=span.ends_at)
    return merged


def _common(one: Period, other: Period) -> list[Period]:
    starts_at = max(one[0], other[0])
    ends = [end for end in (one[1], other[1]) if end is not None]
    ends_at = min(ends, default=None)
    return [(starts_at, ends_at)] if ends_at is None or starts_at < ends_at else []


def _without(periods: Sequence[Period], holes: Sequence[Period]) -> list[Period]:
    left = list(periods)
    for start, end in holes:
        left = [
            part
            for period in left
            for part in (
                *_common(period, (BEGINNING, start)),
                *(_common(period, (end, None)) if end is not None else ()),
            )
        ]
    return left
