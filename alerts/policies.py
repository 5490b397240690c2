"""The policies as they are stored: each as JSON and as the value that the calculators take."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from alerts.call_ladder import CallTimes
from alerts.duties import Duty, Rule
from alerts.models import DemoWatch, PolicyVersion
from alerts.paperwork import Paper, Span, Unit
from alerts.paperwork import Rule as PaperRule
from alerts.paperwork import Rules as PaperRules
from alerts.review_ladder import Rules, Rungs
from alerts.schedule import Row, Step, StepTime, Window
from cases.models import Child
from cases.review_dates import Review
from cases.signals import children_changed
from cases.states import IllegalMove
from cases.strengths import Strength
from guardians.coverage import Limits

CALL = "call"
DUTY = "duty"
# What an ending opens.
AFTER = "after"
# The limits of guardian coverage: no row of contact.
GUARDIAN = "guardian"
# The reviews of a child who stays missing.
REVIEW = "review"
# The paper that every child is owed.
PAPER = "paperwork"
# By when a transfer is answered, confirmed and over: no row of contact.
TRANSFER = "transfer"
# Of a policy of the demo: see `rests`.
AT_REST = "at_rest"
# No row of contact, and no call ladder.
OF_OTHER_CLOCKS = (DUTY, AFTER, GUARDIAN, REVIEW, PAPER, TRANSFER)
# A duty task that nobody has taken is rung through to the second person on the rota.
UNTAKEN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Calls:
    """One version of the call ladder: its spacing, and how long a duty task may stand untaken."""

    takes_effect_at: datetime
    times: CallTimes
    untaken_after: timedelta


@dataclass(frozen=True)
class Duties:
    """One version of the duty steps of an open episode."""

    version: int
    takes_effect_at: datetime
    rules: tuple[Rule, ...]


DEFAULT_CALLS = Calls(datetime(1900, 1, 1, tzinfo=UTC), CallTimes(), UNTAKEN_AFTER)


def row_data(row: Row) -> dict[str, Any]:
    """The row as JSON: spans in seconds, wall times as HH:MM:SS."""
    return {
        "windows": _windows(row.windows),
        "interval": _seconds(row.interval),
        "steps": _steps(row.steps),
        "accepts": sorted(strength.value for strength in row.accepts),
        "knows_child": row.knows_child,
        "phone_twice": row.phone_twice,
        "second_eyes": _seconds(row.second_eyes),
        "back_by": _seconds(row.back_by),
        "back_by_fail_safe": _seconds(row.back_by_fail_safe),
        **checks_data(row),
        **({} if row.watched_for is None else {"watched_for": _seconds(row.watched_for)}),
    }


def checks_data(row: Row) -> dict[str, Any]:
    """The building checks that the row asks of a home, as JSON."""
    return {"checks": _windows(row.checks), "check_steps": _steps(row.check_steps)}


def row_of(version: PolicyVersion) -> Row:
    """The stored version as the calculators' row."""
    return row_with(version.key, version.data, version=version.version)


def row_with(key: str, data: Mapping[str, Any], *, version: int = 0) -> Row:
    """The row that is stored as `data`, or would be."""
    return Row(
        key=key,
        version=version,
        windows=_windows_of(data["windows"]),
        interval=_span(data["interval"]),
        steps=_steps_of(data["steps"]),
        accepts=frozenset(Strength(value) for value in data["accepts"]),
        knows_child=data["knows_child"],
        phone_twice=data["phone_twice"],
        second_eyes=timedelta(seconds=data["second_eyes"]),
        back_by=timedelta(seconds=data["back_by"]),
        back_by_fail_safe=_span(data["back_by_fail_safe"]),
        # Versions from before there were checks of the building have none.
        checks=_windows_of(data.get("checks", ())),
        check_steps=_steps_of(data.get("check_steps", ())),
        watched_for=_span(data.get("watched_for")),
    )


def _windows(windows: Iterable[Window]) -> list[list[str]]:
    return [[w.name, w.opens.isoformat(), w.closes.isoformat()] for w in windows]


def _windows_of(data: Iterable[Sequence[str]]) -> tuple[Window, ...]:
    return tuple(
        Window(name, time.fromisoformat(opens), time.fromisoformat(closes)) for name, opens, closes in data
    )


def _steps(steps: Iterable[tuple[Step, StepTime]]) -> list[list[Any]]:
    return [[step.value, _seconds(t.after), t.wall.isoformat() if t.wall else None] for step, t in steps]


def _steps_of(data: Iterable[Sequence[Any]]) -> tuple[tuple[Step, StepTime], ...]:
    return tuple(
        (Step(step), StepTime(after=_span(after), wall=time.fromisoformat(wall) if wall else None))
        for step, after, wall in data
    )


def call_data(times: CallTimes, untaken_after: timedelta = UNTAKEN_AFTER) -> dict[str, Any]:
    return {
        "steps": [_seconds(span) for span in times.steps],
        "ask_after": _seconds(times.ask_after),
        "stale_after": _seconds(times.stale_after),
        "ask_within": _seconds(times.ask_within),
        "untaken_after": _seconds(untaken_after),
    }


def call_times(data: dict[str, Any]) -> CallTimes:
    return CallTimes(
        steps=tuple(timedelta(seconds=s) for s in data["steps"]),
        ask_after=timedelta(seconds=data["ask_after"]),
        stale_after=timedelta(seconds=data["stale_after"]),
        ask_within=timedelta(seconds=data["ask_within"]),
    )


def calls_of_version(version: PolicyVersion, since: datetime) -> Calls:
    """The stored version as the calculators' value, as it holds from `since`."""
    return Calls(
        since,
        call_times(version.data),
        timedelta(seconds=version.data["untaken_after"]),
    )


def limits_data(limits: Limits) -> dict[str, Any]:
    """The limits of guardian coverage as JSON, in working days."""
    return {
        "referral": limits.referral,
        "assigned": limits.assigned,
        "fallback": limits.fallback,
        "assigned_rungs": [list(rung) for rung in limits.assigned_rungs],
        "fallback_rungs": [list(rung) for rung in limits.fallback_rungs],
        "every_child": list(limits.every_child),
    }


def limits_of_version(version: PolicyVersion, since: datetime) -> tuple[datetime, Limits]:
    """The stored limits of guardian coverage, with the instant from which they hold."""
    return since, limits_of(version.data)


def limits_at(versions: Sequence[tuple[datetime, Limits]], at: datetime) -> Limits:
    """The limits in force at `at`; before the first version counted, those of the first."""
    began = [limits for takes_effect_at, limits in versions if takes_effect_at <= at]
    return began[-1] if began else versions[0][1] if versions else Limits()


def limits_of(data: dict[str, Any]) -> Limits:
    return Limits(
        referral=data["referral"],
        assigned=data["assigned"],
        fallback=data["fallback"],
        assigned_rungs=tuple((step, days) for step, days in data["assigned_rungs"]),
        fallback_rungs=tuple((step, days) for step, days in data["fallback_rungs"]),
        every_child=tuple(data.get("every_child", ())),
    )


def every_child_from(versions: Sequence[tuple[datetime, Limits]]) -> dict[str, datetime]:
    """Since when, by nation, these versions have asked one after the other for a guardian of every child."""
    began: dict[str, datetime] = {}
    for takes_effect_at, limits in versions:
        began = {nation: began.get(nation, takes_effect_at) for nation in limits.every_child}
    return began


def calls_at(versions: Sequence[Calls], at: datetime) -> Calls:
    """The version in force at `at`: that of an open alert is the one at its `due_at`, for it keeps its policy."""
    return next((v for v in reversed(versions) if v.takes_effect_at <= at), DEFAULT_CALLS)


def duty_data(rules: Iterable[Rule]) -> dict[str, Any]:
    """The duty steps as JSON: spans in seconds, rungs with how long after the step is due."""
    return {
        "steps": [
            {
                "duty": rule.duty.value,
                "after": _seconds(rule.after),
                "after_high": _seconds(rule.after_high),
                "working_days": rule.working_days,
                "escalates": _rungs(rule.escalates),
                "escalates_high": None if rule.escalates_high is None else _rungs(rule.escalates_high),
                "again": _seconds(rule.again),
                **({} if rule.episodes is None else {"episodes": rule.episodes}),
                **({} if rule.within_days is None else {"within_days": rule.within_days}),
            }
            for rule in rules
        ]
    }


def duties_of_version(version: PolicyVersion, since: datetime) -> Duties:
    """The stored duty steps of an open episode, or of what an ending opens, as they hold from `since`."""
    return Duties(version.version, since, duty_rules(version.data))


def duty_rules(data: dict[str, Any]) -> tuple[Rule, ...]:
    """The stored steps as the calculator's rules."""
    return tuple(_rule(row) for row in data["steps"])


def duties_at(versions: Sequence[Duties], at: datetime) -> Duties | None:
    """The version in force at `at`; None before the first, for nobody was asked for a step then."""
    return next((v for v in reversed(versions) if v.takes_effect_at <= at), None)


def review_data(rungs: Mapping[Review, Rungs]) -> dict[str, Any]:
    """The ladder of each review as JSON: rungs with how many seconds before or after its day they hear."""
    return {"reviews": {review.value: _rungs(of_review) for review, of_review in rungs.items()}}


def review_rungs(data: dict[str, Any]) -> dict[Review, Rungs]:
    """The stored ladders as the calculator's, in the order in which the reviews come."""
    stored = data["reviews"]
    return {review: _rungs_of(stored[review]) for review in Review if review in stored}


def reviews_of_version(version: PolicyVersion, since: datetime) -> Rules:
    """The stored ladders of reviews as they hold from `since`."""
    return Rules(since, review_rungs(version.data))


def paper_data(rules: Mapping[Paper, PaperRule]) -> dict[str, Any]:
    """The paperwork policy as JSON: each span as how many of which unit."""
    return {
        "papers": {
            paper.value: {
                "due": {name: _counted(span) for name, span in rule.due.items()},
                "rungs": [[step.value, _counted(span)] for step, span in rule.rungs],
            }
            for paper, rule in rules.items()
        }
    }


def paper_rules(data: dict[str, Any]) -> dict[Paper, PaperRule]:
    """The stored policy as the calculator's, in the order in which a child meets its duties."""
    stored = data["papers"]
    return {
        paper: PaperRule(
            {name: _span_of(span) for name, span in stored[paper]["due"].items()},
            tuple((Step(step), _span_of(span)) for step, span in stored[paper]["rungs"]),
        )
        for paper in Paper
        if paper in stored
    }


def papers_of_version(version: PolicyVersion, since: datetime) -> PaperRules:
    """The stored paperwork policy as it holds from `since`."""
    return PaperRules(since, paper_rules(version.data))


def _counted(span: Span) -> list[Any]:
    return [span.count, span.unit.value]


def _span_of(data: Sequence[Any]) -> Span:
    return Span(data[0], Unit(data[1]))


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        duty=Duty(row["duty"]),
        after=timedelta(seconds=row["after"]),
        escalates=_rungs_of(row["escalates"]),
        after_high=_span(row["after_high"]),
        escalates_high=None if row["escalates_high"] is None else _rungs_of(row["escalates_high"]),
        working_days=row["working_days"],
        # Versions from before anything was asked again have none.
        again=_span(row.get("again")),
        # Nor how often a child had to go missing.
        episodes=row.get("episodes"),
        within_days=row.get("within_days"),
    )


def _rungs(rungs: Iterable[tuple[Step, timedelta]]) -> list[list[Any]]:
    return [[step.value, after.total_seconds()] for step, after in rungs]


def _rungs_of(data: Iterable[Sequence[Any]]) -> tuple[tuple[Step, timedelta], ...]:
    return tuple((Step(step), timedelta(seconds=after)) for step, after in data)


def demo_untaken_after(child_ids: Collection[int]) -> dict[int, timedelta]:
    """The same for the children of a story or a drill, by child."""
    watches = DemoWatch.objects.filter(child__in=child_ids).select_related("policy")
    return {w.child_id: timedelta(seconds=w.policy.data["call"]["untaken_after"]) for w in watches}


def rests(version: PolicyVersion) -> bool:
    """Whether children who are watched so are only looked at: what would be owed of them by the hour is not."""
    return bool(version.data.get(AT_REST))


def speaks(version: PolicyVersion, *, of: datetime) -> bool:
    """Whether what is reported at `of` climbs by this version of a demo's.

    Of a child who is at rest by then people hear as they would of any other.
    """
    return not rests(version) or of <= version.takes_effect_at


def watch_as_demo(child: Child, version: PolicyVersion, *, at: datetime) -> DemoWatch:
    """Watch the child of a story or a drill under a policy of its own; refused for any other: no real child is watched so."""
    if not (settings.DEMO or child.is_drill):
        raise IllegalMove("The demo policy is for the demo and for drills alone.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        watch, _ = DemoWatch.objects.update_or_create(child=child, defaults={"policy": version})
        children_changed.send(sender=None, ids=(child.pk,), at=at)
    return watch


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
