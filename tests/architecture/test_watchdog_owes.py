"""What beat owes people is owed by the watchdog too, while beat and every worker are dead."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from alerts import tasks, watchdog
from config.celery import app

# What nobody waits for while the workers are dead: it is done by the first tick after.
LEFT_OUT = {
    "cases.tasks.seal": "Seals what is in the record; nobody is told of it, and what waits is sealed later",
    "cases.tasks.export_audit_head": "A copy of the record's head for whoever runs the service, once a day",
    "cases.tasks.end_roles": "Signs out whose role has ended; each page asks for the role itself",
    "cases.tasks.take_grants": "Takes what nobody may use any more; each page asks for the right itself",
    "guardians.tasks.take_grants": "Takes what nobody may use any more; each page asks for the right itself",
    "guardians.tasks.work_out_areas": "Telling of areas, which the watchdog does, works them out first",
    "cases.tasks.remove_destroyed": "Files that a crash left; nobody is told",
    "cases.tasks.forget_drafts": "Drafts that nobody came back to; nobody is told",
    "alerts.tasks.check_integrity": "Asks whether the promise holds; that it did not is red after 26 hours",
    "alerts.tasks.empty_old_texts": "Empties what was sent long ago; nobody is told",
}


def called(source: Any) -> set[Callable[..., Any]]:
    """The functions of other modules that are named in this task, or anywhere in this module."""
    names = vars(inspect.getmodule(inspect.unwrap(source)))
    tree = ast.parse(textwrap.dedent(inspect.getsource(source)))
    found = {
        getattr(names[node.value.id], node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and inspect.ismodule(names.get(node.value.id))
    }
    return {one for one in found if inspect.isfunction(one)}


def owed(name: str) -> set[Callable[..., Any]]:
    """What this tick does, but for asking what time it is and whether this database is in service."""
    task = app.tasks[name].run
    helps = {
        tasks.clock.now,
        tasks.clock.ticking,
        tasks.sending.is_on,
        tasks.heartbeats.beat,
        tasks.time.monotonic,
    }
    return called(task) - helps


def test_every_tick_that_owes_people_something_is_the_watchdogs_too_or_left_out_with_its_reason() -> None:
    app.loader.import_default_modules()
    ticks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert not LEFT_OUT.keys() - ticks, "no tick any more"
    done = called(watchdog)
    for name in sorted(ticks - LEFT_OUT.keys()):
        works = owed(name)
        assert works, f"{name} does nothing that this can read"
        missing = sorted(f"{one.__module__}.{one.__name__}" for one in works - done)
        assert not missing, f"{name}: the watchdog does not do {missing}"
