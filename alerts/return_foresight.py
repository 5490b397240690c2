"""Who would be told of what an ending opens, if one child were found at some hour and nobody did any of it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from alerts import after, foretold, policies, policy_shelf, watching
from alerts.after import EndFacts
from alerts.duties import Duty, Planned, Rule
from alerts.foretold import Owed, Rung
from alerts.models import Clock, DutyStep, PolicyVersion
from cases import holidays
from cases.facts import ChildFacts
from cases.models import Child, MissingEpisode, PoliceGrade, Risk

# Every ending that opens a step of which a rung hears; of a child who is looked for nobody reads what its death would open.
_ENDINGS = sorted({one for opens in after.OPENED_BY.values() for one in opens} - {"died"})


def of_return(
    child: Child, *, about: datetime, draft: PolicyVersion | None = None, now: datetime
) -> Sequence[tuple[str, Rung]]:
    """Suppose that a search for the child ends at `about`, and that nobody does what any ending may ask for.

    Every rung in order of time, each with the step that it is about, whichever outcome opens it and whatever fact beside
    the outcome it waits for. Only whether a meeting is asked for goes by how often this child was missing. Nothing where
    nothing is owed for the child any more.
    """
    one = watching.watch([child.pk], draft=draft, at=now)[child.pk]
    if one.child.watched_until is not None and one.child.watched_until <= about:
        return []
    shelf, turns = policy_shelf.for_children([child.pk], policies.AFTER, draft=draft)
    versions = shelf.duties(turns.get(child.pk, ()), key=policies.AFTER)
    version = policies.duties_at(versions, about)
    rules = after.with_new(version.rules) if version is not None else ()
    calendar = holidays.calendar_of(one.child.nation)
    owed = [
        Owed(str(DutyStep.Kind(planned.duty).label), Clock.Kind.DUTY, rung, at, planned.duty)
        for planned in _opened(one.child, rules, about, calendar)
        for rung, at in planned.steps.items()
    ]
    return foretold.told_of(one.child, owed, now=now)


def _opened(child: ChildFacts, rules: Sequence[Rule], about: datetime, nation: str) -> Collection[Planned]:
    """The steps of all endings, each once: it is due at the same hour whichever of them opens it."""
    episodes = _lately(child, rules, about)
    found: dict[Duty, Planned] = {}
    for outcome in _ENDINGS if rules else ():
        facts = EndFacts(
            outcome=outcome,
            found_at=about,
            ended_at=about,
            high=_is_high(child),
            police_knew=True,
            episodes=episodes,
            told_also=True,
            from_home=True,
            others_sought=True,
            out_since=about,
            nation=nation,
            holidays=holidays.of(nation),
        )
        found |= {planned.duty: planned for planned in after.planned(facts, rules)}
    return found.values()


def _is_high(child: ChildFacts) -> bool:
    episode = child.open_episode
    if episode is None:
        return child.child.risk == Risk.HIGH
    return Risk.HIGH in (episode.our_grade, child.child.risk) or episode.police_grade == PoliceGrade.HIGH


def _lately(child: ChildFacts, rules: Sequence[Rule], about: datetime) -> int:
    """How often the child was missing in the policy's span up to this search: the open one, or one that begins then."""
    _episodes, within = after.repeats(rules)
    episode = child.open_episode
    began = about if episode is None else episode.opened_at
    lately = MissingEpisode.objects.counted().filter(
        child=child.child, opened_at__gt=began - within, opened_at__lte=began
    )
    return lately.count() + (episode is None)
