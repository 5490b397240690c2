"""What law or statutory guidance sets is never longer than delivered, whatever a council agreed before it was shortened."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from alerts import paperwork, policies
from alerts.call_ladder import CALL_STEPS
from alerts.duties import Duty
from alerts.schedule import Step

# A child who is not where they should be is reported without waiting; the UK Missing Persons Unit hears at 72 hours; a
# return interview is offered within 72 hours. Supported Accommodation Regulations 2023, reg. 27: Ofsted hears within 24
# hours. Working Together: the Panel hears within five working days. Every other figure is the council's own.
STATUTORY = frozenset(
    {
        ("not_here", Step.R1.value),
        ("not_here", Step.R2.value),
        ("not_here", Step.R3.value),
        (policies.CALL, CALL_STEPS[0]),
        (policies.DUTY, Duty.UKMPU.value),
        (policies.DUTY, Duty.OFSTED_SUPPORTED.value),
        (policies.AFTER, Duty.RETURN_INTERVIEW.value),
        (policies.AFTER, Duty.PANEL_NOTIFIED.value),
        *((policies.PAPER, f"{paper}_{name}") for paper, name in paperwork.STATUTORY),
    }
)
KEYS = frozenset(key for key, _name in STATUTORY)


def held(key: str, data: dict[str, Any], delivered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy `key` as `data`, with what law sets no longer than what is `delivered`; itself where nothing is."""
    if key not in KEYS:
        return data
    longest = {name: _at(delivered, path) for name, path in _paths(key, delivered)}
    mine = [(name, path) for name, path in _paths(key, data) if name in longest]
    over = [(path, longest[name]) for name, path in mine if _at(data, path) > longest[name]]
    if not over:
        return data
    lawful = deepcopy(data)
    for path, most in over:
        _at(lawful, path[:-1])[path[-1]] = most
    return lawful


def _paths(key: str, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Where each figure that law sets stands in the stored policy, by its name."""
    return ((name, path) for name, path in _spans(key, data) if (key, name) in STATUTORY)


def _spans(key: str, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if key == policies.CALL:
        yield CALL_STEPS[0], ("steps", 0)
    elif key in (policies.DUTY, policies.AFTER):
        for number, rule in enumerate(data["steps"]):
            counted = "after" if rule["working_days"] is None else "working_days"
            yield rule["duty"], ("steps", number, counted)
    elif key == policies.PAPER:
        for paper, rule in data["papers"].items():
            for case in rule["due"]:
                yield f"{paper}_{case}", ("papers", paper, "due", case, 0)
    else:
        for number, (step, after, _wall) in enumerate(data["steps"]):
            if after is not None:
                yield step, ("steps", number, 1)


def _at(data: Mapping[str, Any], path: tuple[str | int, ...]) -> Any:
    found: Any = data
    for part in path:
        found = found[part]
    return found
