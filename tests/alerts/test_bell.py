"""The bell wakes whom it concerns: what it leaves out would have written nothing."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction

from alerts import bell, sweep, watching
from alerts.models import Alert, Clock, DutyTask, HomeClock
from cases import children, clock, presence
from cases.models import Event, MissingEpisode, Placement
from cases.states import IllegalMove
from tests import factories
from tests.alerts.papers import asked_for
from tests.factories import AT, Watched, a_watched_child

HOUR = timedelta(hours=1)
QUESTIONS = (*watching.QUESTIONS_WITH_PAPERS, *bell._OWN)


def everything(ids: Any, *, papers: bool, more: presence.Questions = (), at: Any, **values: Any) -> set[str]:
    """As if every table had a row of the child, but those of the facts that have none."""
    of_facts = {name for name, _rows in watching.facts.SELDOM} - {bell._SEARCHED}
    there = _asked(ids, papers=papers, more=more, at=at, **values)
    # Of a contact that nobody of the guardians made no paper is read: the question of that is asked for itself.
    return there | {name for name, _rows in QUESTIONS} - of_facts - {bell.guardian_checks.JUST_MADE[0]}


_asked = watching.asked


# Of a child who is looked for: what cannot be, and how it is refused.
REFUSED = {
    "out": "A missing episode is open",
    "closed": "A case cannot be closed while a missing episode is open",
}


def stood(verb: Callable[[], object], *, refused: str = "") -> dict[str, list[Any]]:
    """What stands after the verb, which is then undone; one that is `refused` with these words leaves what stood."""
    with transaction.atomic():
        with pytest.raises(IllegalMove, match=refused) if refused else nullcontext():
            verb()
        found = {
            model.__name__: list(model.objects.order_by("pk").values())
            for model in (Clock, HomeClock, Alert, DutyTask)
        }
        found["Event"] = list(Event.objects.order_by("pk").values("child", "number", "kind"))
        for rows in found.values():
            for row in rows:
                row.pop("id", None)
        transaction.set_rollback(True)
    return found


@pytest.fixture(params=["settled", "awake at night", "late", "silent"])
def w(request: pytest.FixtureRequest, db: None) -> Watched:
    asked_for()
    kind = Placement.Type.CHILDRENS_HOME if request.param == "awake at night" else Placement.Type.FOSTER
    watched = a_watched_child(placement_type=kind)
    factories.seen(watched.child, by=watched.carer, at=AT + HOUR)
    if request.param in ("late", "silent"):
        sweep.sweep_all(now=AT + (5.1 if request.param == "late" else 40) * HOUR)
        assert DutyTask.objects.exists()
        assert MissingEpisode.objects.exists() == (request.param == "silent")
    return watched


@pytest.mark.by_turns
def test_whoever_is_not_woken_would_have_changed_nothing(w: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    at, home = AT + 41 * HOUR, factories.a_home(w.authority)
    monkeypatch.setattr(clock, "now", lambda: at)
    verbs: dict[str, Callable[[], object]] = {
        "contact": lambda: factories.seen(w.child, by=w.carer, at=at),
        "guardian": lambda: factories.seen(w.child, by=w.guardian, at=at),
        "risk": lambda: children.set_risk(w.child, "high", reason="Calls", by=w.worker, at=at),
        "moved": lambda: factories.placed(w.child, home, at=at, starts_at=at),
        "out": lambda: factories.out(w.child, at=at, until=at + 3 * HOUR),
        "photo": lambda: factories.photographed(w.child, at=at),
        "closed": lambda: factories.case_closed(w.child, reason="Moved", by=w.worker, at=at),
    }
    searched = MissingEpisode.objects.filter(child=w.child).exists()
    for name, verb in verbs.items():
        refused = REFUSED.get(name, "") if searched else ""
        quick = stood(verb, refused=refused)
        with patch.object(watching, "asked", everything):
            assert stood(verb, refused=refused) == quick, name


def test_what_it_goes_by_is_asked_for() -> None:
    """A name that is in no question would never be found, and nobody woken."""
    asked = {name for name, _rows in QUESTIONS}
    assert bell._SEARCHED in asked
    assert len(asked) == len(QUESTIONS), "one name for two tables"
