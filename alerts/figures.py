"""The figures of a policy that can be changed, each in its unit and with its bounds; who is told at a rung is no figure."""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import time, timedelta
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _

from alerts import default_policies, head_counts, lawful, paper_words, paperwork, policies, policy_rules
from alerts.call_ladder import CALL_STEPS
from alerts.duties import DEFAULT_RULES
from alerts.foretold import NO_HOME_STEPS, REVIEW_STEPS, STEPS, TRANSFER_STEPS
from alerts.models import DutyStep
from alerts.policy_words import ROLL_CALLS
from alerts.schedule import Step
from cases.models import MissingReview
from cases.review_dates import Review

# Into the stored policy, one key or index after another.
Path = tuple[str | int, ...]
# A figure's name, what it is called, and where it stands.
Named = tuple[str, str, list[Path]]

# What law or statutory guidance sets is changed to something shorter or not at all.
# No figure is longer than twice what was delivered, and these are not shorter than so much.
AT_MOST = 2
LEAST = {"interval": 15, "second_eyes": 24 * 60, "ask_after": 60, "ask_within": 60, "stale_after": 5}
LEAST |= {"untaken_after": 5, "watched_for": 24 * 60}
LEAST |= {"referral": 1, "assigned": 1, "fallback": 1, "pending": 1, "reply": 1}
# What is due the instant that it can be done is nobody's to do.
LEAST |= {f"{paper}_{name}": 1 for paper, rule in paperwork.DEFAULT.items() for name in rule.due}
LEAST_OF_A_STEP = 15
LAST_MINUTE = 24 * 60 - 1
# Of how often a child goes missing in how many days: once is no repetition, and in fewer days hardly anybody goes so often.
LEAST_REPEATED = {"episodes": 2, "within_days": 30}
OF_STEPS = (policies.DUTY, policies.AFTER)
# Where the rungs of a step stand in the stored policy: of any, and at high risk.
RUNGS = ("escalates", "escalates_high")


class Unit(Enum):
    """What a figure is counted in."""

    MINUTES = ("minutes", 60.0)
    # Of a rung that hears before what it is about is due.
    MINUTES_BEFORE = ("minutes_before", -60.0)
    DAYS = ("days", 86400.0)
    DAYS_BEFORE = ("days_before", -86400.0)
    WORKING_DAYS = ("working_days", 1)
    # Of paper, whose policy says beside each count what it is of.
    WHOLE_HOURS = ("whole_hours", 1)
    WHOLE_DAYS = ("whole_days", 1)
    WHOLE_MONTHS = ("whole_months", 1)
    TIMES = ("times", 1)
    # Minutes after midnight, London time; stored as HH:MM:SS.
    WALL = ("wall", 1)

    @property
    def size(self) -> float:
        """What one of it is in the stored policy."""
        return self.value[1]

    def counted(self, stored: Any) -> int:
        """How many of it the stored policy says."""
        if self == Unit.WALL:
            at = time.fromisoformat(stored)
            return at.hour * 60 + at.minute
        return round(stored / self.size)

    def stored(self, count: int) -> Any:
        """So many of it as the stored policy says it."""
        return wall(count).isoformat() if self == Unit.WALL else count * self.size


def wall(minutes: int) -> time:
    """The time of day so many minutes after midnight."""
    return time(*divmod(minutes, 60))


@dataclass(frozen=True)
class Figure:
    """One span of a policy, counted in its unit: as it stands, and between what it may be."""

    name: str
    label: str
    paths: tuple[Path, ...]
    stands: int
    least: int
    most: int
    is_statutory: bool
    unit: Unit = Unit.MINUTES

    @property
    def is_fixed(self) -> bool:
        """There is nothing to choose: it is at once, and stays so."""
        return self.least >= self.most == self.stands

    @property
    def typed(self) -> int | str:
        """As somebody would type it."""
        return f"{wall(self.stands):%H:%M}" if self.unit == Unit.WALL else self.stands

    def is_within(self, count: int) -> bool:
        """Whether so much is within its bounds."""
        return self.least <= count <= self.most


def of(key: str, data: Mapping[str, Any], delivered: Mapping[str, Any]) -> list[Figure]:
    """Return every figure of the policy `key` that stands as `data`, bounded by what was `delivered`."""
    beside = _beside(key, data, delivered)
    return [_figure(key, named, data, beside) for named in _named(key, data)]


def _beside(key: str, data: Mapping[str, Any], delivered: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was delivered, in the order of `data`; what a release added since to what people had set, as it brought it."""
    if key in OF_STEPS:
        brought = policies.duty_data(DEFAULT_RULES)["steps"]
        known = {rule["duty"]: rule for rule in (*brought, *delivered["steps"])}
        return {**delivered, "steps": [known.get(rule["duty"], rule) for rule in data["steps"]]}
    if key == policies.PAPER:
        news = policies.paper_data(paperwork.DEFAULT)["papers"]
        papers = {}
        for paper, rule in data["papers"].items():
            default = news.get(paper, rule)
            stands = delivered["papers"].get(paper, default)
            papers[paper] = {**stands, "due": {**default["due"], **stands["due"]}}
        return {**delivered, "papers": papers}
    return delivered


def changed(
    data: Mapping[str, Any], figures: Collection[Figure], values: Mapping[str, int]
) -> dict[str, Any]:
    """Return the policy with these figures as in `values`, by name; whatever is not named stays."""
    new = deepcopy(dict(data))
    for figure in figures:
        if figure.name in values:
            for path in figure.paths:
                inner: Any = new
                for part in path[:-1]:
                    inner = inner[part]
                inner[path[-1]] = figure.unit.stored(values[figure.name])
    return new


def _figure(key: str, named: Named, data: Mapping[str, Any], delivered: Mapping[str, Any]) -> Figure:
    name, label, paths = named
    unit = _unit(key, name, data, paths[0])
    stands = _count(data, paths[0], unit)
    try:
        first = _count(delivered, paths[0], unit)
    except (IndexError, KeyError, TypeError):
        # A rung that is delivered no more.
        first = stands
    is_statutory = (key, name) in lawful.STATUTORY
    least, most = _bounds(key, name, unit, paths[0], first)
    return Figure(
        name, label, tuple(paths), stands, least, first if is_statutory else most, is_statutory, unit
    )


def _bounds(key: str, name: str, unit: Unit, path: Path, first: int) -> tuple[int, int]:
    """The least and the most, of a figure that was delivered as `first`."""
    if unit == Unit.WALL:
        moved = int(policy_rules.MOVED / timedelta(minutes=1))
        return max(first - moved, 0), min(first + moved, LAST_MINUTE)
    most = AT_MOST * first
    if name == "back_by":
        most = min(most, int(default_policies.LONGEST_WAIT / timedelta(minutes=1)))
    return min(_least(key, name, unit, path), first), most


def _least(key: str, name: str, unit: Unit, path: Path) -> int:
    if unit == Unit.DAYS_BEFORE:
        # On the day itself the next rung hears already.
        return 1
    if unit == Unit.MINUTES_BEFORE:
        return LEAST_OF_A_STEP
    if key in OF_STEPS:
        if path[2] in LEAST_REPEATED:
            return LEAST_REPEATED[str(path[2])]
        # A rung may hear as soon as the step is due; the step itself is nobody's to do at once.
        if path[2] in RUNGS:
            return 0
        return 1 if unit == Unit.WORKING_DAYS else LEAST_OF_A_STEP
    return LEAST.get(name, 0)


_OF_PAPER = {
    paperwork.Unit.HOURS: Unit.WHOLE_HOURS,
    paperwork.Unit.DAYS: Unit.WHOLE_DAYS,
    paperwork.Unit.MONTHS: Unit.WHOLE_MONTHS,
    paperwork.Unit.WORKING_DAYS: Unit.WORKING_DAYS,
}


def _unit(key: str, name: str, data: Mapping[str, Any], path: Path) -> Unit:
    if isinstance(_at(data, path), str):
        return Unit.WALL
    if key in OF_STEPS:
        return _unit_of_step(data, path)
    if key == policies.PAPER:
        return _OF_PAPER[paperwork.Unit(_at(data, path[:-1])[1])]
    if key == policies.GUARDIAN or (key == policies.TRANSFER and not name.startswith("arrival")):
        return Unit.WORKING_DAYS
    if key == policies.REVIEW:
        return Unit.DAYS_BEFORE if name.endswith(f"_{Step.R0}") else Unit.DAYS
    return Unit.MINUTES


def _unit_of_step(data: Mapping[str, Any], path: Path) -> Unit:
    counted = {"working_days": Unit.WORKING_DAYS, "episodes": Unit.TIMES, "within_days": Unit.WHOLE_DAYS}
    if path[2] in counted:
        return counted[str(path[2])]
    return Unit.MINUTES_BEFORE if path[2] in RUNGS and _at(data, path) < 0 else Unit.MINUTES


def _at(data: Mapping[str, Any], path: Path) -> Any:
    found: Any = data
    for part in path:
        found = found[part]
    return found


def _count(data: Mapping[str, Any], path: Path, unit: Unit) -> int:
    return unit.counted(_at(data, path))


def _named(key: str, data: Mapping[str, Any]) -> Iterator[Named]:
    if key == policies.CALL:
        yield from _of_calls()
    elif key in OF_STEPS:
        yield from _of_steps(data)
    elif key == policies.REVIEW:
        yield from _of_reviews(data)
    elif key == policies.GUARDIAN:
        yield from _of_guardians(data)
    elif key == policies.PAPER:
        yield from _of_papers(data)
    elif key == policies.TRANSFER:
        yield from _of_transfers(data)
    else:
        yield from _of_row(key, data)


def _of_row(key: str, data: Mapping[str, Any]) -> Iterator[Named]:
    if key == head_counts.ROW:
        yield "interval", _("Whoever is asked for is to be seen within"), [("interval",)]
        yield "watched_for", _("They are watched as in the first 30 days for"), [("watched_for",)]
        yield from _of_rungs(data)
        return
    yield from _of_windows("windows", data, _("Roll-call, %(name)s"))
    if data["interval"] is not None:
        yield "interval", _("Proof is due within this time of the last"), [("interval",)]
    yield from _of_rungs(data)
    if key == "not_here":
        return
    yield "second_eyes", _("Seen by a second organisation at least every"), [("second_eyes",)]
    yield "back_by", _("Not back by the time agreed: duty is asked to ring the police after"), [("back_by",)]
    if data["back_by_fail_safe"] is not None:
        label = _("Not back, and nobody has confirmed: the police mail goes by itself after that")
        yield "back_by_fail_safe", label, [("back_by_fail_safe",)]
    yield from _of_windows("checks", data, _("Check of the building, %(name)s"))
    for number, (step, _after, _wall) in enumerate(data.get("check_steps", ())):
        label = _("No check of the building. %(step)s") % {"step": STEPS[step]}
        yield f"check_{step}", label, [("check_steps", number, 1)]


def _of_windows(of: str, data: Mapping[str, Any], words: str) -> Iterator[Named]:
    """When each begins and by when it is over: their number is the council's to keep, and their times are London's."""
    for number, (name, opens, closes) in enumerate(data.get(of, ())):
        called = ROLL_CALLS.get(name, f"{opens[:5]}–{closes[:5]}")
        title = words % {"name": called}
        yield f"{name}_opens", _("%(what)s: from") % {"what": title}, [(of, number, 1)]
        yield f"{name}_closes", _("%(what)s: by") % {"what": title}, [(of, number, 2)]


def _of_rungs(data: Mapping[str, Any]) -> Iterator[Named]:
    """By how long after the proof was due, or at which time of day."""
    at: dict[str, Path] = {
        step: ("steps", number, 1 if after is not None else 2)
        for number, (step, after, _wall) in enumerate(data["steps"])
    }
    # The home and the desk hear together.
    if {Step.R0, Step.R1} <= set(at):
        label = f"{STEPS[Step.R0]}; {STEPS[Step.R1]}"
        yield Step.R0.value, label, [at.pop(Step.R0), at.pop(Step.R1)]
    for step, path in at.items():
        yield step, str(STEPS[step]), [path]


def _of_calls() -> Iterator[Named]:
    for number, step in enumerate(CALL_STEPS):
        yield step, str(STEPS[step]), [("steps", number)]
    yield "ask_after", _("The police are asked again after each named officer"), [("ask_after",)]
    yield "ask_within", _("They are asked so during the first"), [("ask_within",)]
    yield "stale_after", _("No answer: the next step after"), [("stale_after",)]
    yield "untaken_after", _("A task that nobody takes is rung through after"), [("untaken_after",)]


def _of_steps(data: Mapping[str, Any]) -> Iterator[Named]:
    for number, rule in enumerate(data["steps"]):
        duty, label = rule["duty"], str(DutyStep.Kind(rule["duty"]).label)
        high = _("%(step)s, at high risk") % {"step": label}
        counted = "after" if rule["working_days"] is None else "working_days"
        yield duty, label, [("steps", number, counted)]
        if rule["after_high"] is not None:
            yield f"{duty}_high", high, [("steps", number, "after_high")]
        for of, title, name in zip(RUNGS, (label, high), (duty, f"{duty}_high"), strict=True):
            for place, (step, _after) in enumerate(rule[of] or ()):
                words = _("%(step)s. Not done: %(rung)s") % {"step": title, "rung": NO_HOME_STEPS[step]}
                yield f"{name}_{step}", words, [("steps", number, of, place, 1)]
        if rule.get("episodes") is not None:
            words = _("%(step)s. Asked for after so many episodes") % {"step": label}
            yield f"{duty}_episodes", words, [("steps", number, "episodes")]
            words = _("%(step)s. That began within") % {"step": label}
            yield f"{duty}_within_days", words, [("steps", number, "within_days")]
        if rule.get("again") is not None:
            words = _("%(step)s. Asked again after") % {"step": label}
            yield f"{duty}_again", words, [("steps", number, "again")]


def _of_reviews(data: Mapping[str, Any]) -> Iterator[Named]:
    for review in Review:
        for number, (step, _after) in enumerate(data["reviews"].get(review, ())):
            words = {"review": MissingReview.Kind(review).label, "step": REVIEW_STEPS[step]}
            label = _("%(review)s. %(step)s") % words
            yield f"{review}_{step}", label, [("reviews", review, number, 1)]


def _of_papers(data: Mapping[str, Any]) -> Iterator[Named]:
    for paper, rule in data["papers"].items():
        for name in rule["due"]:
            label = str(paper_words.CASES[paper, name])
            yield f"{paper}_{name}", label, [("papers", paper, "due", name, 0)]
        for number, (step, _span) in enumerate(rule["rungs"]):
            words = {"paper": paper_words.TITLES[paper], "step": paper_words.step(paper, step)}
            label = _("If not recorded: %(paper)s. %(step)s") % words
            yield f"{paper}_{step}", label, [("papers", paper, "rungs", number, 1, 0)]


def _of_guardians(data: Mapping[str, Any]) -> Iterator[Named]:
    yield "referral", _("Referral to a guardian service, after the signs are on record"), [("referral",)]
    yield "assigned", _("Guardian assigned, after the signs are on record"), [("assigned",)]
    yield "fallback", _("No service to be had: an advocate or independent visitor is named"), [("fallback",)]
    for name, words in (
        ("assigned", _("No guardian in time. %(step)s")),
        ("fallback", _("Nobody named in time. %(step)s")),
    ):
        for number, (step, _days) in enumerate(data[f"{name}_rungs"]):
            yield f"{name}_{step}", words % {"step": STEPS[step]}, [(f"{name}_rungs", number, 1)]


def _of_transfers(data: Mapping[str, Any]) -> Iterator[Named]:
    yield "pending", _("The transfer is over, after the referral"), [("pending",)]
    yield "reply", _("An offer is answered"), [("reply",)]
    for name, words in (
        ("pending", _("Not over in time. %(step)s")),
        ("reply", _("Not answered in time. %(step)s")),
        ("arrival", _("Not there when expected. %(step)s")),
    ):
        for number, (step, _after) in enumerate(data[f"{name}_rungs"]):
            yield f"{name}_{step}", words % {"step": TRANSFER_STEPS[step]}, [(f"{name}_rungs", number, 1)]
