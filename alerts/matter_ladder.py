"""Who hears when of a data breach, a complaint or a worry about a colleague that nobody has answered, and who after that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Rung:
    """A step, the post that hears it, and how long after the matter began, or after its limit."""

    step: str
    post: str
    after: timedelta
    of_limit: bool = False

    def instant(self, since: datetime, limit_at: datetime | None) -> datetime:
        """When it is owed of a matter that began at `since`."""
        return (limit_at if self.of_limit and limit_at is not None else since) + self.after


# The law's limit is 72 hours [UK GDPR art. 33]; when each hears before it ends is a proposal of ours.
BREACH = (
    Rung("R1", "dpo", timedelta()),
    Rung("R2", "dpo", 24 * HOUR),
    Rung("R4", "head", 48 * HOUR),
    Rung("R5", "director", 66 * HOUR),
)
# The law's limit is 30 days [Data (Use and Access) Act 2025]; the steps are a proposal of ours.
COMPLAINT = (
    Rung("R1", "dpo", timedelta()),
    Rung("R2", "dpo", 20 * DAY),
    Rung("R4", "head", 25 * DAY),
    Rung("R5", "director", 28 * DAY),
)
# The LADO hears within one working day [Working Together 2023, chapter 4]; the steps after it are a proposal of ours.
# Above the designated officer stands one head or director and nobody else: whoever it is about may manage the others.
# Neither it nor a found child is left alone: so long after the rung before, and each time as long from then on, both
# ends of the ladder hear again until it is answered.
REPEATED = "both"
WORRY = (
    Rung("R1", "lado", timedelta()),
    Rung("R2", "senior", timedelta(), of_limit=True),
    Rung("R4", "lado", DAY, of_limit=True),
    Rung("R5", "senior", 2 * DAY, of_limit=True),
    Rung("R6", REPEATED, 3 * DAY, of_limit=True),
)
# One senior hears at once that one manager closed a record to everybody else, and again until it is looked at.
RESTRICTED = (
    Rung("R1", "senior", timedelta()),
    Rung("R5", "senior", timedelta(), of_limit=True),
)
# Who hears that nobody has named a found child; when is a policy's.
FOUND = "found"
FOUND_POSTS: Mapping[str, str] = {"R1": "duty", "R2": "manager", "R4": "head", "R5": "director"}
# Where the last rung reached nobody: whoever of them there is hears, once more, on every way to them.
LAST_RESORT = Rung("R6", "anyone", timedelta())
# What the council promised a guardian and nobody has answered: both sides hear when its day is over, then whoever
# supervises the guardian again, then the head of their service; in days like other paper, a proposal of ours.
PROMISE = (
    Rung("promise", "both", timedelta(), of_limit=True),
    Rung("again", "supervisor", 2 * DAY, of_limit=True),
    Rung("head", "head", 5 * DAY, of_limit=True),
)
# What another council asks: the desk at once, its manager when the time is over, then its head; a proposal of ours.
# Whoever asks hears when the time is over that nobody has answered.
LINK = (
    Rung("R1", "duty", timedelta()),
    Rung("R2", "manager", timedelta(), of_limit=True),
    Rung("R4", "head", 2 * DAY, of_limit=True),
)
# The same while the child who asks is looked for: its limit is in hours.
LINK_NOW = (
    Rung("R1", "duty", timedelta()),
    Rung("R2", "manager", timedelta(), of_limit=True),
    Rung("R4", "head", 4 * HOUR, of_limit=True),
)
# Whether a child has left that arrived elsewhere: the desk at once, its manager when the time is over, then its head.
ARRIVAL = (
    Rung("R1", "duty", timedelta()),
    Rung("R2", "manager", timedelta(), of_limit=True),
    Rung("R4", "head", 2 * HOUR, of_limit=True),
)
# Beyond these nothing is climbed at once.
LADDER_STEPS = ("R1", "R2", "R4", "R5")
LADDERS: Mapping[str, tuple[Rung, ...]] = {
    "breach": BREACH,
    "complaint": COMPLAINT,
    "worry": WORRY,
    "restrict": RESTRICTED,
    "link": LINK,
    "link_now": LINK_NOW,
    "arrival": ARRIVAL,
}


def may_wake(kind: str, step: str) -> bool:
    """Whether a text about this may go by night: a breach whose 72 hours run out, and what is of a child tonight."""
    return kind in ("worry", FOUND, "link_now", "arrival") or (
        kind == "breach" and step not in ("R1", "R2", "R4")
    )


def owed(
    kind: str,
    *,
    since: datetime,
    limit_at: datetime | None = None,
    climbed: str,
    now: datetime,
    at_once: bool = False,
    ladder: Sequence[Rung] = (),
) -> Rung | None:
    """The next rung above `climbed` where it is owed at `now`; `at_once` does not wait for its time.

    Of times at which it was not repeated the last one alone is owed.
    """
    following = above(kind, climbed, ladder=ladder)
    if following is None or (following == LAST_RESORT and not at_once):
        return None
    late = now - following.instant(since, limit_at)
    rungs = ladder or LADDERS[kind]
    every = _every(rungs)
    if every is not None and following.post == REPEATED and late >= every:
        return _repeated(rungs, every, int(following.step[1:]) + late // every)
    return following if at_once or late >= timedelta() else None


def next_at(
    kind: str,
    *,
    since: datetime,
    limit_at: datetime | None = None,
    climbed: str,
    ladder: Sequence[Rung] = (),
) -> datetime | None:
    """When the next rung above `climbed` is owed; none above the last."""
    following = above(kind, climbed, ladder=ladder)
    if following is None or following == LAST_RESORT:
        return None
    return following.instant(since, limit_at)


def above(kind: str, climbed: str, *, ladder: Sequence[Rung] = ()) -> Rung | None:
    """The rung that comes after `climbed`, the first where nothing was climbed; `ladder` is one that a policy names."""
    rungs = ladder or LADDERS[kind]
    steps = [rung.step for rung in rungs]
    if climbed in ("", *steps[:-1]):
        return rungs[steps.index(climbed) + 1 if climbed else 0]
    every = _every(rungs)
    if every is not None:
        return _repeated(rungs, every, int(climbed[1:]) + 1)
    return LAST_RESORT if climbed == steps[-1] else None


def _every(rungs: Sequence[Rung]) -> timedelta | None:
    """How often the last rung of this ladder comes again; None where it comes once."""
    last = rungs[-1]
    return last.after - rungs[-2].after if last.post == REPEATED and len(rungs) > 1 else None


def _repeated(rungs: Sequence[Rung], every: timedelta, number: int) -> Rung:
    first = rungs[-1]
    return replace(first, step=f"R{number}", after=first.after + (number - int(first.step[1:])) * every)


def of_found(
    after: timedelta, rungs: Sequence[tuple[str, timedelta]], *, again: timedelta
) -> tuple[Rung, ...]:
    """The ladder of a found child by the policy: so long after it was found, each rung so long after that, and `again`."""
    climbed = [
        Rung(str(step), FOUND_POSTS[step], after + later) for step, later in rungs if step in FOUND_POSTS
    ]
    return (*climbed, Rung("R6", REPEATED, climbed[-1].after + again))
