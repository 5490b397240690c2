"""A lower risk ends by itself, and what it was lower than counts again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import sweep, watching
from alerts.models import Clock
from alerts.paper_rules import DEFAULT, Days, Paper
from cases import children, risk_ends
from cases.deadlines import end_of, london_day
from cases.models import Event, RiskGrade
from cases.states import IllegalMove
from tests.alerts.strategies import london
from tests.factories import AT, Watched, a_watched_child, case_closed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN = AT + timedelta(hours=1)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def grade(w: Watched, risk: str, *, at: Any = BEGAN, two: bool = True, **more: Any) -> None:
    second = w.manager if two else None
    children.set_risk(w.child, risk, reason="Assessed", seconded_by=second, by=w.worker, at=at, **more)
    w.child.refresh_from_db()


def swept(w: Watched, at: Any) -> str:
    sweep.sweep(now=at)
    w.child.refresh_from_db()
    return w.child.risk


@pytest.mark.by_turns
def test_the_sweep_restores_it_at_its_end_once_and_the_clock_follows(watched: Watched) -> None:
    grade(watched, "high", two=False)
    assert watched.child.risk_until is None, "raising has no end"
    lowered = BEGAN + DAY
    grade(watched, "low", at=lowered)
    # 90 London days on: the clocks have gone forward between.
    ends_at = london(2026, 6, 1, 10, 0)
    assert ends_at == lowered + 90 * DAY - timedelta(hours=1)
    assert watched.child.risk_until == ends_at
    assert swept(watched, ends_at - timedelta(seconds=1)) == "low"
    late = ends_at + timedelta(hours=3)
    for at in (late, late + DAY):
        assert swept(watched, at) == "high"
    assert (watched.child.risk_since, watched.child.risk_until) == (ends_at, None)
    event = Event.objects.get(child=watched.child, kind="risk_restored")
    assert (event.happened_at, event.recorded_at, event.actor) == (ends_at, late, None)
    assert event.data == {"from": "low", "to": "high"}
    row = RiskGrade.objects.filter(child=watched.child).last()
    assert row is not None
    assert (row.risk, row.since, row.until) == ("high", ends_at, None)
    facts = watching.watch([watched.child.pk], at=late)[watched.child.pk]
    assert facts.child.child.risk == "high"
    assert Clock.objects.filter(child=watched.child, kind=Clock.Kind.CONTACT).exists()


@pytest.mark.by_turns(8)
def test_one_that_fails_keeps_no_other_child_at_its_lower_grade(watched: Watched, monkeypatch: Any) -> None:
    other = a_watched_child()
    for one in (watched, other):
        grade(one, "high", two=False)
        grade(one, "low", at=BEGAN + DAY)
    standing = risk_ends._standing

    def broken(rows: Any, at: Any) -> RiskGrade | None:
        return None if rows[0].child_id == watched.child.pk else standing(rows, at)

    monkeypatch.setattr(risk_ends, "_standing", broken)
    assert swept(watched, BEGAN + 92 * DAY) == "low"
    other.child.refresh_from_db()
    assert other.child.risk == "high"


@pytest.mark.by_turns
def test_of_lower_grades_below_each_other_the_first_that_has_not_ended_counts(watched: Watched) -> None:
    grade(watched, "high", two=False)
    grade(watched, "medium", at=BEGAN + DAY, until=BEGAN + 20 * DAY)
    grade(watched, "low", at=BEGAN + 2 * DAY, until=BEGAN + 10 * DAY)
    assert swept(watched, BEGAN + 10 * DAY) == "medium"
    assert watched.child.risk_until == BEGAN + 20 * DAY
    assert swept(watched, BEGAN + 20 * DAY) == "high"
    grade(watched, "medium", at=BEGAN + 21 * DAY, until=BEGAN + 25 * DAY)
    grade(watched, "low", at=BEGAN + 22 * DAY, until=BEGAN + 30 * DAY)
    assert swept(watched, BEGAN + 30 * DAY) == "high", "the one between ended first"


@pytest.mark.by_turns(8)
def test_one_person_alone_lets_it_end_no_later(watched: Watched) -> None:
    grade(watched, "high", two=False)
    grade(watched, "low", at=BEGAN + DAY, until=BEGAN + 10 * DAY)
    with pytest.raises(IllegalMove, match="second person"):
        grade(watched, "low", at=BEGAN + 2 * DAY, two=False)
    # Higher than it stands, and lower than before: the end stays.
    grade(watched, "medium", at=BEGAN + 3 * DAY, two=False)
    assert watched.child.risk_until == BEGAN + 10 * DAY
    assert swept(watched, BEGAN + 10 * DAY) == "high"
    grade(watched, "low", at=BEGAN + 11 * DAY)
    grade(watched, "high", at=BEGAN + 12 * DAY, two=False)
    assert watched.child.risk_until is None


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("risk", "days"), [("low", 91), ("medium", 29), ("low", 0)])
def test_it_holds_no_longer_than_until_it_is_to_be_looked_at_again(
    watched: Watched, risk: str, days: int
) -> None:
    grade(watched, "high", two=False)
    at = BEGAN + DAY
    with pytest.raises(IllegalMove, match=r"holds for|last day"):
        grade(watched, risk, at=at, until=at + days * DAY + (timedelta(seconds=1) if days else -DAY))
    assert watched.child.risk == "high"


@pytest.mark.parametrize(
    ("risk", "lowered", "ends_at"),
    [
        ("low", london(2026, 1, 5, 14, 30), london(2026, 4, 5, 14, 30)),
        ("medium", london(2026, 3, 20, 14, 30), london(2026, 4, 17, 14, 30)),
        ("low", london(2026, 8, 1, 14, 30), london(2026, 10, 30, 14, 30)),
        ("medium", london(2026, 10, 10, 14, 30), london(2026, 11, 7, 14, 30)),
        # Written in the first hour of a summer day, which is of the day before by the clocks of the winter.
        ("low", london(2026, 8, 1, 0, 30), london(2026, 10, 30, 0, 30)),
    ],
)
def test_it_ends_as_its_review_is_due_on_either_side_of_a_change_of_the_clocks(
    risk: str, lowered: datetime, ends_at: datetime
) -> None:
    review = DEFAULT[Paper.ASSESSMENT].due[risk]
    assert review.after(lowered, Days("england-and-wales", frozenset())) == ends_at
    assert risk_ends.until(risk, None, at=lowered) == ends_at
    # The last day counts whole, and the day after it is too late.
    last = end_of(london_day(ends_at))
    assert risk_ends.until(risk, last, at=lowered) == last
    with pytest.raises(IllegalMove, match="holds for"):
        risk_ends.until(risk, last + DAY, at=lowered)


@pytest.mark.by_turns
def test_a_closed_case_is_left_as_it_is(watched: Watched) -> None:
    grade(watched, "high", two=False)
    grade(watched, "low", at=BEGAN + DAY)
    case_closed(watched.child, reason="Moved abroad", at=BEGAN + 2 * DAY)
    assert swept(watched, BEGAN + 100 * DAY) == "low"
