"""What a search owes more than once: an officer in the case, an answer to an offer of the lead, and about a found child."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.duties import Duty, Rule
from alerts.schedule import Expected, Step


@dataclass(frozen=True)
class Lead:
    """Of one episode: since when its force leads, whether it has an officer, and since when an offer waits for an answer.

    That it gave no reference yet is asked for by the duty step of the search itself.
    """

    episode_id: int
    # None where nothing is owed of a force: the search has ended, or the police are not owed word.
    since: datetime | None
    has_officer: bool = False
    # When the last officer in the case left without another being named.
    left_at: datetime | None = None
    offered_at: datetime | None = None
    # When somebody first, and last, said of a found child that it may be this one, of those that nobody has answered; None
    # once the search has ended.
    found_at: datetime | None = None
    found_again_at: datetime | None = None
    high: bool = False
    # Which of the two have a clock already, so that an alert of it stands down.
    standing: Collection[str] = ()

    @property
    def unnamed_since(self) -> datetime | None:
        """Since when the force that leads has no officer on record."""
        if self.since is None or self.has_officer:
            return None
        return self.since if self.left_at is None else max(self.since, self.left_at)


def began(lead: Lead) -> Mapping[str, datetime]:
    """Since when each of these has been owed."""
    moments = {
        Duty.POLICE_OFFICER: lead.unnamed_since,
        Duty.FORCE_ANSWER: None if lead.since is None else lead.offered_at,
        Duty.FOUND_ANSWER: lead.found_at,
    }
    return {str(duty): moment for duty, moment in moments.items() if moment is not None}


def expected(lead: Lead, rules: Mapping[str, Rule]) -> Iterator[tuple[str, Expected | None]]:
    """What is owed by its name: nothing where it was given, or where the policy of that time asks for none of it."""
    since = began(lead)
    asked = since.keys() & rules.keys()
    for duty in sorted({*asked, *lead.standing}):
        owed = _owed(duty, since[duty], rules[duty], lead.high) if duty in asked else None
        yield duty, _anew(owed, lead.found_again_at) if duty == Duty.FOUND_ANSWER else owed


def _owed(duty: str, since: datetime, rule: Rule, high: bool) -> Expected | None:
    after, rungs = rule.after, rule.escalates
    if high:
        after = after if rule.after_high is None else min(after, rule.after_high)
        rungs = rungs if rule.escalates_high is None else rule.escalates_high
    steps = {rung: since + after + later for rung, later in rungs}
    return Expected(min(steps.values()), None, "duty", (duty,), steps) if steps else None


def _anew(owed: Expected | None, latest: datetime | None) -> Expected | None:
    """The latest is told even where an earlier one stands; who stands above hears of the first that waits too long."""
    if owed is None or latest is None:
        return owed
    steps = {rung: latest if rung == Step.R1 else max(at, latest) for rung, at in owed.steps.items()}
    return replace(owed, due_at=min(steps.values()), steps=steps)
