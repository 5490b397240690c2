"""Of a child whom others treat as an adult: a visit each week, as long as that lasts, in the place of the roll-calls."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from alerts import on_journey
from alerts.schedule import ChildFacts, Elsewhere, EpisodeFacts, Sighting, Step, StepTime

WINDOW = "elsewhere"
ROW = "treated_as_adult_elsewhere"
# [proposal] Who is treated as an adult elsewhere is visited in one working day (domain document, 1.6), and then each
# week while nobody has decided. The visit is ours to make, in the day, so no home and no police force is asked for it.
VISITED_AGAIN_AFTER = timedelta(days=7)
VISITED_AFTER_RETURN = timedelta(days=1)
STEPS: tuple[tuple[Step, StepTime], ...] = (
    (Step.R1, StepTime(wall=time(8))),
    (Step.R2, StepTime(wall=time(12))),
    (Step.R4, StepTime(after=timedelta(hours=36))),
    (Step.R5, StepTime(after=timedelta(hours=84))),
)
Rests = Sequence[tuple[datetime, datetime | None]]


def spans(facts: ChildFacts) -> tuple[Elsewhere, ...]:
    """When visits were owed and no roll-calls, in order; what goes on is over where somebody is looked for."""
    every = [*facts.was_elsewhere, *([] if facts.elsewhere is None else [Elsewhere(*facts.elsewhere)])]
    found = [_unless_looked_for(one, facts) for one in every]
    return tuple(one for one in found if one is not None and not _is_before(one, facts.watch_from))


def watches(facts: ChildFacts) -> Iterator[tuple[ChildFacts, datetime | None]]:
    """Yield the facts as of each time in which roll-calls were owed, and its end: None of the one that goes on.

    What was late at its end stays owed. Nobody was asked from then until the next begins, and no more is owed of it.
    """
    watched = facts
    for span in spans(facts):
        yield watched, span.since
        if span.until is None:
            return
        opened = None if span.there_since is None else (span.there_since, span.until)
        watched = replace(facts, watch_from=span.until, opened=opened)
    yield watched, None


def visit_due(span: Elsewhere, proofs: Sequence[Sighting], rests: Rests) -> datetime:
    """When the next visit is due: the first as it was set, each other a week after somebody of ours stood before the child.

    The word of whoever houses the child as an adult is what the visit is to check. A search is no visit: what fell due
    in it is due after the return, and what was late before stays late.
    """
    until = span.until
    visited = [
        one.happened_at
        for one in proofs
        if one.is_visit and one.happened_at > span.since and (until is None or one.happened_at <= until)
    ]
    due_at = max(visited) + VISITED_AGAIN_AFTER if visited else span.visit_by
    for began_at, back_at in sorted((began, back) for began, back in rests if back is not None):
        if began_at <= due_at <= back_at:
            due_at = back_at + VISITED_AFTER_RETURN
    return due_at


def _is_before(span: Elsewhere, watch_from: datetime) -> bool:
    return span.until is not None and span.until <= watch_from


def _unless_looked_for(span: Elsewhere, facts: ChildFacts) -> Elsewhere | None:
    """The same, to the report that the child is away; None where a silence has opened in it that only a sighting ends.

    A missed stop of a journey opens one too: as long as nobody confirms that, no roll-call is owed that none was asked.
    """
    episode = facts.episode
    if episode is None or (span.until is not None and not _opened_in(episode, span.since, span.until)):
        return span
    began = episode.opened_at
    if episode.started_by == "silence":
        asked = facts.journey is not None or any(on_journey.left(facts))
        by_journey = asked and began is not None and began >= span.since
        return span if by_journey else None
    if began is None or began <= span.since:
        return None
    return replace(span, until=began, there_since=None)


def _opened_in(episode: EpisodeFacts, since: datetime, until: datetime) -> bool:
    return episode.opened_at is not None and since <= episode.opened_at <= until
