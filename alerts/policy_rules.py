"""What a new version of a policy may not be: rungs out of order, or a child watched more closely who is told of later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts import head_counts, paperwork, policies
from alerts.applying import Version
from alerts.call_ladder import CALL_STEPS
from alerts.paperwork import Paper
from alerts.policy_words import TITLES, wall
from alerts.schedule import RUNG_ORDER, Row, Step, StepTime, Window
from cases.templatetags.govuk import exactly

# From the child who is watched most closely to the one who is watched least; a journey is no degree of it.
BY_WATCH = ("not_here", "first_72_hours", "first_30_days", "high", "ordinary", "settled")
# What one child's policy must not have slower than another's, beside the rungs.
ALSO = ("second_eyes", "back_by", "back_by_fail_safe")
# The longest time between two roll-calls, which is no figure of its own.
PROOF = "proof"
DAY = timedelta(days=1)
# In minutes: as long as it takes to call the roll of a house.
LEAST_WINDOW = 15
# A home may move a roll-call by so much.
MOVED = timedelta(hours=2)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft, and at which figure it is said."""

    figure: str
    words: str


def faults(key: str, data: Mapping[str, Any], *, others: Iterable[Row] = ()) -> Iterator[Fault]:
    """Yield what is wrong with the policy `key` as `data`, beside the `others` that stand when it begins or later."""
    if key == policies.CALL:
        yield from _of_calls(data)
    elif key in (policies.DUTY, policies.AFTER):
        yield from _of_steps(data)
    elif key == policies.REVIEW:
        for review, rungs in data["reviews"].items():
            yield from _out_of_days(review, rungs, DAY.total_seconds())
    elif key == policies.GUARDIAN:
        yield from _of_guardians(data)
    elif key == policies.PAPER:
        yield from _of_papers(data)
    elif key == policies.TRANSFER:
        yield from _of_transfers(data)
    else:
        row = policies.row_with(key, data)
        yield from _out_of_order(row)
        for windows in (row.windows, row.checks):
            yield from _out_of_hours(windows)
        for other in others:
            yield from _slower(row, other)


def standing(versions: Sequence[Version], key: str, at: datetime) -> list[Row]:
    """Return the rows beside `key` that are in force at `at` or later."""
    found = []
    for other in dict.fromkeys(v.row.key for v in versions if v.row.key != key):
        own = [v for v in versions if v.row.key == other]
        began = [v for v in own if v.takes_effect_at <= at][-1:] or own[:1]
        found += [v.row for v in [*began, *(v for v in own if v.takes_effect_at > at)]]
    return list(dict.fromkeys(found))


def _of_calls(data: Mapping[str, Any]) -> Iterator[Fault]:
    for number, step in enumerate(CALL_STEPS[1:], start=1):
        if data["steps"][number] < data["steps"][number - 1]:
            yield Fault(step, _out(data["steps"][number - 1]))
    if data["ask_after"] > data["ask_within"]:
        words = _("This must be as long as the time after which the police are asked again, or longer")
        yield Fault("ask_within", words)


def _of_steps(data: Mapping[str, Any]) -> Iterator[Fault]:
    """The rungs of each step in their order, and at high risk nothing and nobody later than otherwise."""
    for rule in data["steps"]:
        for name, rungs in (
            (rule["duty"], rule["escalates"]),
            (f"{rule['duty']}_high", rule["escalates_high"]),
        ):
            for (_step, first), (step, second) in pairwise(rungs or ()):
                if second < first:
                    yield Fault(f"{name}_{step}", _("Each rung comes no earlier than the one before it"))
        yield from _later_at_high_risk(rule)
        if rule["after_high"] is not None and rule["after_high"] > rule["after"]:
            words = _("At high risk it must not be later than otherwise (%(span)s)")
            yield Fault(f"{rule['duty']}_high", words % {"span": _said(rule["after"])})


def _later_at_high_risk(rule: Mapping[str, Any]) -> Iterator[Fault]:
    """A rung of a high risk is reckoned from when the step is due then, which may be sooner."""
    if rule["escalates_high"] is None:
        return
    due_high = rule["after"] if rule["after_high"] is None else rule["after_high"]
    otherwise = {step: rule["after"] + span for step, span in rule["escalates"]}
    for step, span in rule["escalates_high"]:
        if step in otherwise and due_high + span > otherwise[step]:
            words = _("At high risk it must not be later than otherwise (%(span)s)")
            most = timedelta(seconds=otherwise[step] - due_high)
            yield Fault(f"{rule['duty']}_high_{step}", words % {"span": exactly(max(most, timedelta(0)))})


def _out_of_days(name: str, rungs: Sequence[Sequence[Any]], day: float) -> Iterator[Fault]:
    """Each rung no earlier than the one before it, where `day` of what is stored make one day."""
    for (_step, first), (step, second) in pairwise(rungs):
        if second < first:
            words = ngettext(
                "Each rung comes no earlier than the one before it: at least %(days)d day",
                "Each rung comes no earlier than the one before it: at least %(days)d days",
                round(first / day),
            )
            yield Fault(f"{name}_{step}", words % {"days": round(first / day)})


def _of_papers(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Rungs in their order, the closer watch no later than the other, and nothing longer than the law allows."""
    for paper, rule in data["papers"].items():
        for (_step, first), (step, second) in pairwise(rule["rungs"]):
            if second[0] < first[0]:
                words = _("Each rung comes no earlier than the one before it: at least %(count)d")
                yield Fault(f"{paper}_{step}", words % {"count": first[0]})
        for name, (count, _unit) in rule["due"].items():
            longest = paperwork.STATUTORY.get((paper, name))
            if longest is not None and count > longest.count:
                yield Fault(f"{paper}_{name}", _("Law or statutory guidance allows no longer"))
    due = data["papers"][Paper.ASSESSMENT]["due"]
    for closer, less in (("high", "medium"), ("medium", "low")):
        if due[closer][0] > due[less][0]:
            words = _("A higher risk is looked at again no later than a lower one: at most %(count)d days")
            yield Fault(f"{Paper.ASSESSMENT}_{closer}", words % {"count": due[less][0]})


def _of_guardians(data: Mapping[str, Any]) -> Iterator[Fault]:
    if data["assigned"] < data["referral"]:
        yield Fault("assigned", _("A guardian is assigned no sooner than the referral is due"))
    for name in ("assigned", "fallback"):
        yield from _out_of_days(name, data[f"{name}_rungs"], 1)


def _of_transfers(data: Mapping[str, Any]) -> Iterator[Fault]:
    if data["pending"] < data["reply"]:
        yield Fault("pending", _("A transfer is over no sooner than an offer is to be answered"))
    for name in ("pending", "reply"):
        yield from _out_of_days(name, data[f"{name}_rungs"], 1)
    for (_step, first), (step, second) in pairwise(data["arrival_rungs"]):
        if second < first:
            yield Fault(f"arrival_{step}", _out(first))


def _out_of_order(row: Row) -> Iterator[Fault]:
    """Each rung no earlier than the one before it can be."""
    steps = [(step, at) for step in RUNG_ORDER for own, at in row.steps if own == step]
    for (_before, first), (step, second) in pairwise(steps):
        if _latest(row, second) >= _latest(row, first):
            continue
        if second.after is not None:
            yield Fault(_name(row, step), _out(_latest(row, first).total_seconds()))
        else:
            yield Fault(_name(row, step), _("Each rung comes no earlier than the one before it"))


def _out_of_hours(windows: Sequence[Window]) -> Iterator[Fault]:
    """Each long enough to call the roll in, and none begun before the one before it is over."""
    for window in windows:
        if _minutes(window.closes) - _minutes(window.opens) < LEAST_WINDOW:
            words = _("It ends at least %(least)d minutes after it begins")
            yield Fault(f"{window.name}_closes", words % {"least": LEAST_WINDOW})
    for before, window in pairwise(windows):
        if window.opens < before.closes:
            words = _("It begins no earlier than the one before it ends: at %(time)s")
            yield Fault(f"{window.name}_opens", words % {"time": wall(before.closes)})


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _slower(row: Row, other: Row) -> Iterator[Fault]:
    """Every figure in which the child who is watched more closely of the two would be told of later."""
    # That of a head count takes whatever is sooner in the other by itself, so the other is not held to it.
    is_head_count = (row.key, other.key) == (head_counts.ROW, head_counts.CLOSER)
    if not is_head_count and not {row.key, other.key} <= set(BY_WATCH):
        return
    mine, theirs = _figures(row), _figures(other)
    closer = is_head_count or BY_WATCH.index(row.key) < BY_WATCH.index(other.key)
    for name in mine:
        if name not in theirs or mine[name] == theirs[name] or closer == (mine[name] < theirs[name]):
            continue
        words = (
            _between(closer=closer)
            if name == PROOF
            else (
                _(
                    "This would be slower than “%(policy)s”, whose child is watched less closely: at most %(span)s"
                )
                if closer
                else _(
                    "This would be faster than “%(policy)s”, whose child is watched more closely: "
                    "at least %(span)s, or make that one shorter first"
                )
            )
        )
        figure = f"{_longest(row.windows)[1].name}_closes" if name == PROOF and row.windows else name
        yield Fault(figure, words % {"policy": TITLES[other.key], "span": exactly(theirs[name])})


def _between(*, closer: bool) -> str:
    if closer:
        return _(
            "There would be more time from one roll-call to the next than “%(policy)s” leaves, whose child is watched "
            "less closely: at most %(span)s"
        )
    return _(
        "There would be less time from one roll-call to the next than “%(policy)s” leaves, whose child is watched more "
        "closely: at least %(span)s, or make that one shorter first"
    )


def _longest(windows: Sequence[Window]) -> tuple[timedelta, Window]:
    """The longest time that can lie between two proofs, and the roll-call with which it ends.

    From the beginning of one to the end of the next, around the clock: the first child of one may be the last of the other.
    """
    following = [*windows[1:], windows[0]]
    return max(
        (
            (_until(one.opens, one.closes) + (_until(one.closes, after.closes) or DAY), after)
            for one, after in zip(windows, following, strict=True)
        ),
        key=lambda found: found[0],
    )


def _figures(row: Row) -> dict[str, timedelta]:
    """By name, at the latest; a wall time counts as the longest wait for it."""
    found = {_name(row, step): _latest(row, at) for step, at in row.steps}
    if row.key not in ("not_here", head_counts.ROW):
        spans = ((name, getattr(row, name)) for name in ALSO)
        found |= {name: span for name, span in spans if span is not None}
    if row.windows:
        found[PROOF] = _longest(row.windows)[0]
    return found


def _name(row: Row, step: Step) -> str:
    """R0 and R1 are one figure where a row has both."""
    together = step == Step.R1 and any(own == Step.R0 for own, _at in row.steps)
    return Step.R0.value if together else step.value


def _latest(row: Row, at: StepTime) -> timedelta:
    """The longest that a step can be after the time for proof: a wall time is awaited from the end of a roll-call."""
    if at.after is not None:
        return at.after
    waits = [_until(window.closes, at.wall or time()) for window in row.windows]
    return min(max(waits) + MOVED, DAY) if waits else DAY


def _until(since: time, wall: time) -> timedelta:
    wait = timedelta(hours=wall.hour - since.hour, minutes=wall.minute - since.minute)
    return wait if wait >= timedelta(0) else wait + DAY


def _out(seconds: float) -> str:
    return _("Each rung comes no earlier than the one before it: at least %(span)s") % {
        "span": _said(seconds)
    }


def _said(seconds: float) -> str:
    return exactly(timedelta(seconds=seconds))
