"""A guardian checks on each child every fortnight, every week at high risk; what is not recorded climbs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import paperwork, sweep
from alerts.models import Clock, Message
from alerts.paper_facts import Checked
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rules
from cases import clock, concerns, contacts
from cases.deadlines import add_days, add_working_days
from cases.models import Means, Reach, Risk, Role, User
from guardians import assignments
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_watched_child,
    ended,
    guarded,
    missing,
    seen,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DUE = add_days(AT, 14)
NAME = "guardian_check"


def owed(facts: Facts, rules: Any = DEFAULT) -> datetime | None:
    found = paperwork.owed(facts, (Rules(FIRST, rules),), Days())
    return next((one.due_at for one in found if one.paper == Paper.GUARDIAN_CHECK), None)


def test_it_is_due_each_fortnight_each_week_at_high_risk_and_of_no_child_without_a_guardian() -> None:
    assert owed(Facts(AT)) is None
    for done in (True, False):
        assert owed(Facts(AT, checked=Checked(AT, done))) == DUE
        assert owed(Facts(AT, grade="high", checked=Checked(AT, done))) == add_days(AT, 7)
        assert owed(Facts(AT, checked=Checked(AT, done), is_sought=True)) is None
    back = DUE + 2 * DAY
    after = owed(Facts(AT, checked=Checked(AT, True), searches=((DUE - DAY, back),)))
    assert after == add_working_days(back, 2, nation=Days().nation, holidays=frozenset())
    without = {paper: rule for paper, rule in DEFAULT.items() if paper != Paper.GUARDIAN_CHECK}
    assert owed(Facts(AT, checked=Checked(AT, True)), without) is None


# --- with a record


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT)


@pytest.fixture
def supervisor(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)


def due(watched: Watched) -> datetime | None:
    rows = Clock.objects.filter(child=watched.child, kind=Clock.Kind.PAPERWORK, duty=NAME)
    return rows.values_list("due_at", flat=True).first()


def told(watched: Watched) -> dict[str, set[int | None]]:
    found: dict[str, set[int | None]] = {}
    rows = Message.objects.filter(items__alert__clock__duty=NAME, items__alert__child=watched.child)
    for step, user_id in rows.values_list("step", "user"):
        found.setdefault(step, set()).add(user_id)
    return found


def swept(watched: Watched, at: datetime) -> None:
    seen(watched.child, by=watched.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_what_no_guardian_records_climbs_to_the_guardian_their_supervisor_and_the_council(
    watched: Watched, supervisor: User
) -> None:
    assert due(watched) == DUE
    swept(watched, DUE - timedelta(minutes=1))
    assert told(watched) == {}
    steps = papers.clock_of(watched.child, NAME).steps
    at = {rung: datetime.fromisoformat(moment) for rung, moment in steps.items()}
    for rung in ("R1", "R2", "R4", "R5"):
        swept(watched, at[rung])
    assert told(watched) == {
        "R1": {watched.guardian.pk},
        "R2": {supervisor.pk},
        "R4": {watched.manager.pk, watched.worker.pk},
        "R5": {watched.head.pk},
    }
    own = Message.objects.filter(user__in=[watched.guardian, supervisor], wording="guardian_check")
    assert own.count() == 2


@pytest.mark.by_turns
def test_only_a_guardians_own_sight_or_call_answers_it_and_at_once(
    watched: Watched, supervisor: User
) -> None:
    swept(watched, DUE)
    assert papers.is_open(watched.child, NAME)
    seen(watched.child, by=watched.worker, at=DUE + HOUR)
    assert due(watched) == DUE
    seen(watched.child, by=watched.guardian, at=DUE + HOUR, means=Means.MESSAGE)
    assert due(watched) == DUE, "somebody may have the child's phone"
    checked = seen(watched.child, by=watched.guardian, at=DUE + 2 * HOUR)
    assert due(watched) == add_days(DUE + 2 * HOUR, 14)
    sweep.sweep_all(now=DUE + 2 * HOUR)
    assert not papers.is_open(watched.child, NAME)
    contacts.withdraw(checked, reason="Another child", by=watched.guardian, at=DUE + 3 * HOUR)
    assert due(watched) == DUE, "a word that is taken back puts the clock back"


@pytest.mark.by_turns(8)
def test_another_guardian_puts_nothing_off_and_with_the_last_nothing_is_owed(watched: Watched) -> None:
    colleague = a_person(Role.GUARDIAN, service=watched.assignment.service)
    following = assignments.hand_over(
        watched.assignment,
        colleague,
        service=watched.assignment.service,
        reason="Moves",
        by=watched.worker,
        at=AT + 3 * DAY,
    )
    assert due(watched) == DUE
    assignments.end(following, reason="Not needed", by=watched.worker, at=AT + 4 * DAY)
    assert due(watched) is None
    guarded(watched.child, colleague, at=AT + 6 * DAY)
    assert due(watched) == add_days(AT + 6 * DAY, 14)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_at_high_risk_it_is_each_week() -> None:
    papers.asked_for()
    high = a_watched_child(at=AT, risk=Risk.HIGH)
    assert due(high) == add_days(AT, 7)


@pytest.mark.by_turns
def test_in_a_search_nobody_is_asked_for_it(watched: Watched) -> None:
    missing(watched.child, by=watched.worker, at=DUE - DAY)
    sweep.sweep_all(now=DUE)
    assert told(watched) == {}
    ended(watched.child.episodes.get(), at=DUE + DAY)
    assert due(watched) == add_working_days(DUE + DAY, 2, nation=Days().nation, holidays=frozenset())


@pytest.mark.by_turns
def test_a_supervisor_or_guardian_who_is_kept_from_the_child_is_told_nothing_of_it(
    watched: Watched, supervisor: User
) -> None:
    head = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.DIRECTORATE)
    for person in (supervisor, head):
        concerns.keep_from(watched.child, person, reason="Is their uncle", by=watched.manager, at=AT + HOUR)
    steps = {
        rung: datetime.fromisoformat(at) for rung, at in papers.clock_of(watched.child, NAME).steps.items()
    }
    for rung in ("R1", "R2", "R4"):
        swept(watched, steps[rung])
    told_now = told(watched)
    assert {supervisor.pk, head.pk}.isdisjoint(set().union(*told_now.values()))
    assert told_now["R4"] == {watched.manager.pk, watched.worker.pk}, "a rung with nobody on it climbs"


@pytest.mark.by_turns
def test_the_guardians_first_page_says_by_when_and_what_is_overdue(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(watched.guardian)
    monkeypatch.setattr(clock, "now", lambda: AT + DAY)
    client.force_login(watched.guardian)
    page = client.get(reverse("guardian_home")).content.decode()
    assert "Your next check of each child" in page
    assert "Overdue (1)" not in page
    monkeypatch.setattr(clock, "now", lambda: DUE + HOUR)
    client.force_login(watched.guardian)
    assert "Overdue (1)" in client.get(reverse("guardian_home")).content.decode()
