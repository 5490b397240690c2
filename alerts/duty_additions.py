"""More duty steps that a release asks for where their policy is stored already: beside what a council has set."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

from alerts import policies
from alerts.duties import DEFAULT_RULES, Duty
from alerts.paper_additions import counting
from cases import clock


def operation(*duties: Duty, reason: str) -> RunPython:
    """The step of a migration that asks for `duties` from now on; taken back, it takes out what it stored by `reason`."""

    def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        add(apps, duties, reason=reason, at=clock.now())

    def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.DUTY, reason=reason)
        stored._raw_delete(editor.connection.alias)

    return RunPython(store, remove)


def add(apps: StateApps, duties: Collection[Duty], *, reason: str, at: datetime) -> None:
    """Store the version in force at `at` anew with these steps in it, and so each that begins later, from its own day.

    What began to be owed before is asked for by the version of its own time, which knows none of them.
    """
    versions: Any = apps.get_model("alerts", "PolicyVersion").objects
    default = policies.duty_data(rule for rule in DEFAULT_RULES if rule.duty in duties)["steps"]
    stored = list(versions.filter(key=policies.DUTY).order_by("version"))
    number = stored[-1].version if stored else 0
    changed = False
    for version in counting(stored, at):
        known = {rule["duty"] for rule in version.data["steps"]}
        lacks = [rule for rule in default if rule["duty"] not in known]
        if not lacks and not changed:
            continue
        number, changed = number + 1, True
        versions.create(
            key=policies.DUTY,
            version=number,
            data={**version.data, "steps": [*version.data["steps"], *lacks]},
            takes_effect_at=max(version.takes_effect_at, at),
            published_at=at,
            reason=reason,
        )
