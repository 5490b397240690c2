"""What a new version of a policy may not be: rungs out of order, or a child watched more closely who is told of later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts import paperwork, policies
from alerts.applying import Version
from alerts.call_ladder import CALL_STEPS
from alerts.paperwork import Paper
from alerts.policy_words import TITLES
from alerts.schedule import RUNG_ORDER, Row, Step, StepTime
from cases.templatetags.govuk import exactly

# From the child who is watched most closely to the one who is watched least; a journey is no degree of it.
BY_WATCH = ("not_here", "first_72_hours", "first_30_days", "high", "ordinary", "settled")
# What one child's policy must not have slower than another's, beside the rungs.
ALSO = ("second_eyes", "back_by", "back_by_fail_safe")
DAY = timedelta(days=1)
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
    for rule in data["steps"]:
        if rule["after_high"] is not None and rule["after_high"] > rule["after"]:
            words = _("At high risk it must not be later than otherwise (%(span)s)")
            yield Fault(f"{rule['duty']}_high", words % {"span": _said(rule["after"])})


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
        if second.after is not None and second.after < _latest(row, first):
            yield Fault(_name(row, step), _out(_latest(row, first).total_seconds()))


def _slower(row: Row, other: Row) -> Iterator[Fault]:
    """Every figure in which the child who is watched more closely of the two would be told of later."""
    if not {row.key, other.key} <= set(BY_WATCH):
        return
    mine, theirs = _figures(row), _figures(other)
    closer = BY_WATCH.index(row.key) < BY_WATCH.index(other.key)
    for name in mine:
        if name not in theirs or mine[name] == theirs[name] or closer == (mine[name] < theirs[name]):
            continue
        words = (
            _("This would be slower than “%(policy)s”, whose child is watched less closely: at most %(span)s")
            if closer
            else _(
                "This would be faster than “%(policy)s”, whose child is watched more closely: "
                "at least %(span)s, or make that one shorter first"
            )
        )
        yield Fault(name, words % {"policy": TITLES[other.key], "span": exactly(theirs[name])})


def _figures(row: Row) -> dict[str, timedelta]:
    """By name, at the latest; a wall time counts as the longest wait for it."""
    found = {_name(row, step): _latest(row, at) for step, at in row.steps}
    if row.key != "not_here":
        spans = ((name, getattr(row, name)) for name in ALSO)
        found |= {name: span for name, span in spans if span is not None}
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
