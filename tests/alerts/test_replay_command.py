"""`manage.py replay`: a proposed policy beside the policy in force, from the command line, and nothing is written."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection

from alerts import policy_shelf, replays
from alerts.models import Alert
from alerts.replays import Period
from cases.models import Child, Event
from tests.alerts.test_replaying import DAY, HOUR, MINUTE, Life
from tests.factories import AT, a_child, an_authority

pytestmark = pytest.mark.django_db
DAYS = {"first": "2026-03-02", "last": "2026-03-03"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The fail-safe 65 minutes after the roll-call, not 90."""
    path = tmp_path / "proposed.json"
    path.write_text(json.dumps({"policy": "first_72_hours", "figures": {"fail_safe": 65}}))
    return path


@pytest.fixture
def lived(db: None) -> Life:
    """Not seen at midday, and written down ten minutes after R3; then seen until the night, and never again."""
    life = Life()
    life.go_to(AT + 5 * HOUR + 40 * MINUTE)
    for hours in (6, 8, 11, 14):
        life.see()
        life.go_to(AT + hours * HOUR - 15 * MINUTE)
    life.see()
    life.go_to(AT + 3 * DAY)
    return life


@pytest.fixture
def life(lived: Life, monkeypatch: pytest.MonkeyPatch) -> Life:
    monkeypatch.setattr("cases.clock.now", lambda: lived.now)
    return lived


def replay(policy: object, **options: Any) -> Any:
    said = StringIO()
    call_command("replay", policy=str(policy), json=True, stdout=said, **(DAYS | options))
    return json.loads(said.getvalue())


@pytest.mark.by_turns(8)
def test_both_policies_stand_side_by_side(life: Life, file: Path) -> None:
    told = replay(file, authority=life.w.authority.code)
    was, would = told["in_force"], told["proposed"]
    real = Alert.objects.filter(child=life.child, opened_at__lt=AT + 39 * HOUR)
    kinds = ("contact", "second_eyes")
    assert was["alerts"] == real.filter(clock__kind__in=kinds).count() == would["alerts"]
    assert was["police_messages"] == real.filter(clock__kind="call").count()
    assert would["police_messages"] == was["police_messages"] + 1
    assert (was["median_seconds_to_police"], would["median_seconds_to_police"]) == (90 * 60, 65 * 60)
    assert was["alerts_by_duty_desk"] == {life.w.authority.code: was["alerts"]}
    assert (told["children"], was["children_never_alerted"]) == (1, 0)
    assert "contact policies and the calls to the police" in told["about"]
    assert "Not counted: checks of a building" in told["left_out"]


def test_what_is_left_out_is_said_and_nothing_where_nothing_is(life: Life) -> None:
    said = {key: replay(f"{key}:1")["left_out"] for key in ("duty", "after", "review", "transfer", "call")}
    assert "a found child whom nobody has named" in said["duty"]
    assert "a task that nobody took" in said["call"]
    assert [said[key] for key in ("after", "review", "transfer")] == ["", "", ""]


@pytest.mark.by_turns
def test_a_child_of_another_authority_is_not_among_them(life: Life, file: Path) -> None:
    there = an_authority()
    a_child(there)
    told = replay(file, authority=there.code)
    assert (told["children"], set(told["in_force"]["alerts_by_duty_desk"])) == (1, {there.code})
    assert replay(file)["children"] == 2


@pytest.mark.by_turns
def test_of_many_children_every_second_is_replayed(life: Life) -> None:
    for _ in range(3):
        a_child(life.w.authority)
    row = next(one.row for one in policy_shelf.of_contact().rows() if one.row.key == "high")
    period = Period(AT, AT + DAY)
    found = replays.compare(replays.Proposal("high", row), period, [life.w.authority.pk], most=2)
    assert (found.watched, found.in_force.children) == (4, 2)


@pytest.mark.by_turns(8)
def test_it_writes_nothing_and_postgresql_would_refuse_it(life: Life, file: Path) -> None:
    before = Event.objects.count()
    replay(file)
    assert Event.objects.count() == before
    with pytest.raises(InternalError, match="read-only"), replays.reading():
        Child.objects.update(registered_at=AT)
    # What comes after it may write again.
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)


def test_every_read_of_a_child_stands_in_a_transaction_that_may_not_write(
    life: Life, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = replays.pasts.read

    def read(ids: Any, **facts: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            seen.extend(cursor.fetchone())
        return real(ids, **facts)

    monkeypatch.setattr(replays.pasts, "read", read)
    replay(file)
    assert seen == ["on"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("no-such-file", "no version such as high:2"),
        ("high:9", "There is no version 9 of high."),
        ("guardian:1", "is not replayed. A draft of this policy is not tried .* a guardian could be reached"),
        ("paperwork:1", "is not replayed. A draft of this policy is not tried .* What makes paper due"),
        ("{", "is not JSON"),
        ("[]", "names no policy"),
        ('{"policy": "demo", "figures": {"R4": 3}}', "is not replayed"),
        ('{"policy": "high"}', "no figures in it"),
        ('{"policy": "high", "figures": {"R9": 3}}', "is no figure of high"),
        ('{"policy": "high", "figures": {"R4": 99999}}', "R4 is a whole number from 0 to 720"),
        ('{"policy": "high", "figures": {"R4": true}}', "R4 is a whole number"),
        ('{"policy": "high", "figures": {"R4": 5}}', "R4: Each rung comes no earlier"),
        ('{"policy": "high", "data": {"steps": []}}', "are no policy"),
        ('{"policy": "high", "data": [1]}', "as they are stored"),
        ('{"policy": "call", "data": {"steps": [1]}}', "are no policy"),
        ('{"policy": "duty", "data": {"steps": [1]}}', "are no policy"),
        (
            '{"policy": "high", "figures": {"night_opens": "19:00"}}',
            "night_opens is a time from 20:30 to 23:59",
        ),
    ],
)
def test_bad_input_is_one_line(
    said: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: AT + 9 * DAY)
    if said[0] in "{[":
        (tmp_path / "said.json").write_text(said)
        said = str(tmp_path / "said.json")
    with pytest.raises(CommandError, match=words) as refusal:
        replay(said)
    assert "\n" not in str(refusal.value)
    assert refusal.value.returncode == 1


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"first": "yesterday"}, "is no day"),
        ({"first": "2026-03-04"}, "before the first"),
        ({"last": "2026-03-11"}, "over before it can be replayed"),
        ({"first": "2020-01-01"}, "at most 366 days"),
        ({"authority": "E99999999"}, "no authority with the code"),
    ],
)
def test_a_period_that_cannot_be_replayed_is_one_line(
    days: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: AT + timedelta(days=9))
    with pytest.raises(CommandError, match=words):
        replay("high:1", **days)
