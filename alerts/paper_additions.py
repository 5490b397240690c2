"""More paper that a release asks for where the paperwork policy is stored already: beside what a council has set."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

from alerts import policies
from alerts.paper_rules import DEFAULT, Paper
from cases import clock


def operation(*papers: Paper, reason: str) -> RunPython:
    """The step of a migration that asks for `papers` from now on; taken back, it takes out what it stored by `reason`."""

    def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        add(apps, papers, reason=reason, at=clock.now())

    def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        # Without the collector, which looks for related rows through classes of another state of the models.
        stored = _versions(apps).filter(key=policies.PAPER, reason=reason)
        stored._raw_delete(editor.connection.alias)

    return RunPython(store, remove)


def add(apps: StateApps, papers: Collection[Paper], *, reason: str, at: datetime) -> None:
    """Store the version in force at `at` anew with these papers in it, and so each that begins later, from its own day.

    What a version says of a paper, or of a case of it, already stands. No version is edited: the later ones are stored
    again behind the new one, which would otherwise stay in force in their place, for the last of those that have begun
    counts.
    """
    default = policies.paper_data({paper: DEFAULT[paper] for paper in papers})["papers"]

    def change(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "papers": {**data["papers"], **_lacking(data["papers"], default)}}

    if store_anew(apps, policies.PAPER, change, reason=reason, at=at):
        # The next sweep reads these clocks again and makes the others.
        apps.get_model("alerts", "Clock").objects.filter(kind="paperwork").update(next_at=at)


def _lacking(stored: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Of these papers those that are not stored, and those of which a case is not, with what is stored of them."""
    found: dict[str, Any] = {}
    for name, rule in default.items():
        stands = stored.get(name)
        if stands is None:
            found[name] = rule
        elif rule["due"].keys() - stands["due"].keys():
            found[name] = {**stands, "due": {**rule["due"], **stands["due"]}}
    return found


def store_anew(
    apps: StateApps,
    key: str,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    reason: str,
    at: datetime,
) -> bool:
    """Store each version of `key` that counts at `at` or later anew as `change` makes it, and say whether any was.

    An authority's own as the delivered ones, each behind those of its own.
    """
    stored = list(_versions(apps).filter(key=key).order_by("version"))
    number = stored[-1].version if stored else 0
    for chain in _chains(stored):
        changed = False
        for version in counting(chain, at):
            ends = getattr(version, "follows_delivered", False)
            data = version.data if ends else change(version.data)
            if data == version.data and not changed:
                continue
            number, changed = number + 1, True
            _versions(apps).create(
                key=key,
                version=number,
                data=data,
                takes_effect_at=max(version.takes_effect_at, at),
                published_at=at,
                reason=reason,
                **_whose(version),
            )
    return number > (stored[-1].version if stored else 0)


def _chains(stored: list[Any]) -> list[list[Any]]:
    """The delivered versions, then each authority's own; of a time before any had its own they are one."""
    found: dict[int | None, list[Any]] = {None: []}
    for version in stored:
        found.setdefault(getattr(version, "authority_id", None), []).append(version)
    return list(found.values())


def _whose(version: Any) -> dict[str, Any]:
    """What two people agreed stays theirs, of one authority or of all: as delivered it would be a bound of what comes.

    Of a time before authorities had their own the rows know only who agreed.
    """
    names = ("authority_id", "follows_delivered", "published_by_id", "seconded_by_id")
    return {name: getattr(version, name) for name in names if hasattr(version, name)}


def counting(stored: list[Any], at: datetime) -> list[Any]:
    """Of these versions, in their order, the one in force at `at` and those that are yet to be; none that never will."""
    in_force = [version for version in stored if version.takes_effect_at <= at][-1:]
    later = [
        version
        for place, version in enumerate(stored)
        if version.takes_effect_at > at
        and all(other.takes_effect_at > version.takes_effect_at for other in stored[place + 1 :])
    ]
    return [*in_force, *later]


def _versions(apps: StateApps) -> Any:
    return apps.get_model("alerts", "PolicyVersion").objects
