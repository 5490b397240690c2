"""More duty steps that a release asks for where their policy is stored already: beside what a council has set."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

from alerts import after, policies
from alerts.duties import DEFAULT_RULES, Duty
from alerts.paper_additions import store_anew
from cases import clock

Steps = list[dict[str, Any]]


def operation(*duties: Duty, reason: str) -> RunPython:
    """The step of a migration that asks for `duties` from now on; taken back, it takes out what it stored by `reason`."""
    return _stored(add, duties, reason)


def asked_again(*duties: Duty, reason: str) -> RunPython:
    """The step of a migration that says after how long these are asked once more; taken back as `operation` is."""
    return _stored(repeat, duties, reason)


def heard_of(*duties: Duty, key: str = policies.DUTY, reason: str) -> RunPython:
    """The step of a migration that says who hears of these where nobody did, of the policy `key`; taken back as `operation`."""
    return _stored(partial(climb, key=key), duties, reason, key=key)


def _stored(
    kept: Callable[..., None], duties: Collection[Duty], reason: str, *, key: str = policies.DUTY
) -> RunPython:
    def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        kept(apps, duties, reason=reason, at=clock.now())

    def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=key, reason=reason)
        stored._raw_delete(editor.connection.alias)

    return RunPython(store, remove)


def add(apps: StateApps, duties: Collection[Duty], *, reason: str, at: datetime) -> None:
    """Store the version in force at `at` anew with these steps in it, and so each that begins later, from its own day.

    What began to be owed before is asked for by the version of its own time, which knows none of them.
    """
    default = _defaults(duties)

    def lacking(steps: Steps) -> Steps:
        known = {rule["duty"] for rule in steps}
        return [*steps, *(rule for rule in default if rule["duty"] not in known)]

    _anew(apps, lacking, reason=reason, at=at)


def repeat(apps: StateApps, duties: Collection[Duty], *, reason: str, at: datetime) -> None:
    """Store the same versions anew with after how long these steps are asked once more, where none says so yet."""
    spans = {rule["duty"]: rule["again"] for rule in _defaults(duties)}

    def saying(steps: Steps) -> Steps:
        return [
            {**rule, "again": spans[rule["duty"]]}
            if rule["duty"] in spans and rule.get("again") is None
            else rule
            for rule in steps
        ]

    _anew(apps, saying, reason=reason, at=at)


def climb(
    apps: StateApps, duties: Collection[Duty], *, key: str = policies.DUTY, reason: str, at: datetime
) -> None:
    """Store the same versions of `key` anew with the rungs of these steps, where a version lets none hear of them."""
    rungs = {rule["duty"]: rule["escalates"] for rule in _defaults(duties)}

    def told(steps: Steps) -> Steps:
        return [
            {**rule, "escalates": rungs[rule["duty"]]}
            if rule["duty"] in rungs and not rule["escalates"]
            else rule
            for rule in steps
        ]

    _anew(apps, told, key=key, reason=reason, at=at)


def _defaults(duties: Collection[Duty]) -> Steps:
    rules = (*DEFAULT_RULES, *after.DEFAULT_RULES)
    steps: Steps = policies.duty_data(rule for rule in rules if rule.duty in duties)["steps"]
    return steps


def _anew(
    apps: StateApps,
    change: Callable[[Steps], Steps],
    *,
    key: str = policies.DUTY,
    reason: str,
    at: datetime,
) -> None:
    def changed(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "steps": change(data["steps"])}

    store_anew(apps, key, changed, reason=reason, at=at)
