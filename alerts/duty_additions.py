"""More duty steps that a release asks for where their policy is stored already: beside what a council has set."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

from alerts import policies
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


def _stored(kept: Callable[..., None], duties: Collection[Duty], reason: str) -> RunPython:
    def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        kept(apps, duties, reason=reason, at=clock.now())

    def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.DUTY, reason=reason)
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


def _defaults(duties: Collection[Duty]) -> Steps:
    steps: Steps = policies.duty_data(rule for rule in DEFAULT_RULES if rule.duty in duties)["steps"]
    return steps


def _anew(apps: StateApps, change: Callable[[Steps], Steps], *, reason: str, at: datetime) -> None:
    def changed(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "steps": change(data["steps"])}

    store_anew(apps, policies.DUTY, changed, reason=reason, at=at)
