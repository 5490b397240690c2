"""Every tick of beat over the demo's population: nobody is owed a word of any of it for a day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import heartbeats, tasks
from alerts.models import Alert, DutyTask, HomeAlert, Message
from alerts.states import MessageStatus
from cases import clock
from config.celery import app
from tests.alerts.test_population import sown
from tests.counts import FULL

# As test_population.py has it.
pytestmark = pytest.mark.usefixtures("committed") if FULL else pytest.mark.django_db

# What is no matter of the population; it must still be a tick.
LEFT_OUT = {
    "cases.tasks.export_audit_head": "writes a file of the whole service's record beside it, and tells nobody",
    "cases.tasks.remove_destroyed": "removes files that a crash left in folders that other tests write to at the same time",
}
WHEN = (timedelta(0), timedelta(minutes=5), timedelta(days=1))


def ticks() -> dict[str, Callable[[], None]]:
    """Every task that beat sends, by its name."""
    app.loader.import_default_modules()
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert not LEFT_OUT.keys() - names, "no tick any more"
    return {name: app.tasks[name].run for name in sorted(names - LEFT_OUT.keys())}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Move the clock that the ticks read; nobody wakes a sender, whose own tick comes by."""
    now = clock.now()
    moved = [now]
    monkeypatch.setattr(clock, "now", lambda: moved[0])
    monkeypatch.setattr(clock, "ticking", lambda: lambda: moved[0])
    monkeypatch.setattr(tasks.drain_outbox, "apply_async", lambda **how: None)

    def move(to: datetime) -> None:
        moved[0] = to

    return move


def begun() -> dict[str, int]:
    """How much has been told, is owed, or was begun."""
    rows: dict[str, Any] = {"messages": Message, "alerts": Alert, "homes": HomeAlert, "tasks": DutyTask}
    return {name: model.objects.count() for name, model in rows.items()}


@pytest.mark.by_turns(8)
def test_no_tick_of_beat_tells_anybody_of_the_population_at_its_start_five_minutes_on_or_a_day_later(
    at: Callable[[datetime], None], settings: Any
) -> None:
    # As in the demo, which has no weekly lists and no canary unless somebody asks for them.
    settings.AREA_LISTS, settings.CANARY_SECONDS = False, 0
    start = clock.now()
    sown(start)
    before = begun()
    assert before["messages"], "of the years behind it people were told"
    fired = []
    for after in WHEN:
        # It ran on in between: a day without a beat is an outage, after which every home is asked.
        heartbeats.beat(heartbeats.SWEEP, at=start + after)
        for name, run in ticks().items():
            at(start + after)
            run()
            if begun() != before:
                fired.append((after, name, begun()))
                before = begun()
    assert fired == [], Message.objects.unsent().values_list("wording", "step", "recipient")
    assert not Message.objects.exclude(status=MessageStatus.SENT).exists()


@pytest.mark.by_turns
def test_a_tick_that_tells_of_the_population_would_be_noticed(at: Callable[[datetime], None]) -> None:
    start = clock.now()
    sown(start)
    before = begun()
    # By then each of its children was to be discussed with its guardian.
    at(start + timedelta(days=40))
    ticks()["alerts.tasks.tell_of_supervision"]()
    assert begun() != before
