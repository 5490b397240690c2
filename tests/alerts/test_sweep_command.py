"""`manage.py sweep` ends well only where all that was due has been done, and names what was not."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F

from alerts import (
    because_of_others,
    brought_back,
    digests,
    matter_clocks,
    outages,
    probes,
    sweep,
    untaken_shifts,
)
from alerts.models import Alert, Clock, Heartbeat, Outage
from alerts.watching import Watched as Facts
from cases import attempts, clock, mark_ends, risk_ends
from cases.models import Child
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOW = factories.AT + timedelta(hours=30)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return factories.a_watched_child()


@pytest.fixture
def swept(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, dict[str, Any]]]:
    """Sweep by hand: the exit code, and what it prints for programs."""

    def run() -> tuple[int, dict[str, Any]]:
        code = 0
        try:
            call_command("sweep", "--json")
        except SystemExit as ended:
            code = int(str(ended.code))
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, said

    return run


Swept = Callable[[], tuple[int, dict[str, Any]]]


def fails(*_words: Any, **_named: Any) -> None:
    raise RuntimeError("invented for the test")


@pytest.mark.by_turns
def test_where_all_was_done_the_exit_code_is_0(watched: Watched, swept: Swept) -> None:
    code, said = swept()
    assert code == 0
    assert said.pop("clocks") > 0
    assert said == {"failed": 0, "faults": {}, "set_aside": 0}
    assert swept()[0] == 0


PARTS = [
    (outages, "ask", "asking_after_outage_failed"),
    (probes, "send_canary", "canary_not_owed"),
    (untaken_shifts, "tell", "untaken_shifts_not_told"),
    (matter_clocks, "tell", "matters_not_told"),
    (digests, "owe", "digests_not_owed"),
    (because_of_others, "_owing", "others_not_found"),
    (because_of_others, "_untold_finds", "found_mates_not_sought"),
]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("part", "name", "fault"), PARTS, ids=[fault for _part, _name, fault in PARTS])
def test_a_part_of_the_work_that_fails_is_named_and_the_clocks_are_swept_all_the_same(
    watched: Watched, swept: Swept, monkeypatch: pytest.MonkeyPatch, part: Any, name: str, fault: str
) -> None:
    Outage.objects.create(
        began_at=NOW - timedelta(hours=1), ended_at=NOW, held_until=NOW + timedelta(minutes=30)
    )
    every = {"outage", "shift", "matter", "digest", "clock", *because_of_others.WORKS}
    monkeypatch.setattr(sweep, "_waiting", lambda now: every)
    monkeypatch.setattr(part, name, fails)
    code, said = swept()
    assert code == 1
    # Tried with each batch, it has failed once.
    assert (said["failed"], said["faults"]) == (1, {fault: 1})
    assert said["clocks"] > 0
    assert Alert.objects.filter(child=watched.child).exists()
    assert Heartbeat.objects.get(name="sweep").detail["failed"] == 1


@pytest.mark.by_turns
def test_a_question_that_cannot_be_asked_is_a_failure(
    watched: Watched, swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "_look", fails)
    code, said = swept()
    assert (code, {*said["faults"]}) == (1, {"look_failed"})


def test_a_lower_risk_or_a_mark_whose_end_cannot_be_written_is_a_failure(
    watched: Watched, swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Child.objects.filter(pk=watched.child.pk).annotate(back_at=F("registered_at"))
    monkeypatch.setattr(sweep, "_waiting", lambda now: {"grade"})
    monkeypatch.setattr(risk_ends, "over", lambda now: ended)
    monkeypatch.setattr(risk_ends, "restore", fails)
    assert swept() == (1, {"clocks": 0, "failed": 1, "faults": {"risk_not_restored": 1}, "set_aside": 0})
    monkeypatch.setattr(sweep, "_waiting", lambda now: {"restriction"})
    monkeypatch.setattr(mark_ends, "restrictions_over", lambda now: ended)
    monkeypatch.setattr(brought_back.restrictions, "restrict_again", fails)
    assert swept() == (1, {"clocks": 0, "failed": 1, "faults": {"mark_not_back": 1}, "set_aside": 0})


@pytest.mark.by_turns
def test_a_record_that_fails_is_counted_and_as_one_set_aside_as_long_as_it_waits_for_its_next_try(
    watched: Watched, swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = sweep.clocks.decide

    def one_fails(reading: Any, one: Facts, *rest: Any) -> Any:
        return fails() if one.child.child.pk == watched.child.pk else decide(reading, one, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(sweep.clocks, "decide", one_fails)
        code, said = swept()
        assert (code, said["failed"], said["faults"]) == (1, 1, {})
        assert said["set_aside"] >= 1
    code, said = swept()
    assert (code, said["failed"]) == (1, 0), "it was not tried: nobody may believe that all was done"
    assert said["set_aside"] >= 1
    Clock.objects.update(set_aside_until=NOW)
    code, said = swept()
    assert (code, said["set_aside"]) == (0, 0)


@pytest.mark.by_turns
def test_a_person_reads_what_failed_by_its_name_in_the_log(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probes, "send_canary", fails)
    with pytest.raises(SystemExit):
        call_command("sweep")
    assert "1 failed (canary_not_owed), 0 set aside" in capsys.readouterr().out


def test_who_counts_hears_of_all_that_fails_within_and_of_nothing_after() -> None:
    with attempts.counted() as outer:
        with attempts.counted() as inner:
            assert attempts.each([1, 0, 2], lambda number: 2 // number, fault="not_divided") == 3
        attempts.each([0], lambda number: 1 // number, fault="not_divided")
    attempts.each([0], lambda number: 1 // number, fault="not_divided")
    assert (inner, outer) == ({"not_divided": 1}, {"not_divided": 2})
