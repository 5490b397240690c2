"""What a manager is to read of an assessment: since when it waits, whom it is told, and what one that goes back asks for."""

from datetime import timedelta
from typing import Any

import pytest

from alerts import sweep
from alerts.models import Clock, DutyTask, Message
from cases import assessments, find_me
from cases.assessments import Assessment
from cases.find_me import State
from cases.models import Risk, RiskAssessment, Role, User
from tests.alerts import outgoing, papers
from tests.alerts.outgoing import send_all
from tests.factories import AT, Watched, a_person, a_watched_child, seen

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR, risk=Risk.MEDIUM)


def assessed(one: Watched, *, by: User | None = None, at: Any, assessed_at: Any = None) -> RiskAssessment:
    found = Assessment(grade="high", rationale="A debt", assessed_at=assessed_at or at)
    return assessments.record(one.child, found, by=by or one.worker, at=at)


def sent_back(row: RiskAssessment, by: User, *, at: Any) -> None:
    assessments.read(row, signed=False, words="Ask him alone", by=by, at=at)


def swept(one: Watched, at: Any) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


def told(one: Watched) -> set[tuple[str, int | None]]:
    rows = Message.objects.filter(wording="paper_due", items__alert__clock__duty="sign_off")
    return set(rows.filter(items__alert__child=one.child).values_list("post", "user"))


@pytest.mark.by_turns
def test_an_assessment_that_went_back_and_was_done_again_rings_no_more_whatever_time_it_speaks_of(
    watched: Watched,
) -> None:
    sent_back(assessed(watched, at=AT + 2 * HOUR), watched.manager, at=AT + 3 * HOUR)
    late = papers.clock_of(watched.child, "assessment").due_at
    assert late == AT + 3 * HOUR + DAY
    swept(watched, late)
    assert papers.steps(watched.child, "assessment") == ["R1"]
    # The same talk with the child, written down with what the manager missed.
    assessed(watched, at=late + HOUR, assessed_at=AT + 2 * HOUR)
    swept(watched, late + HOUR)
    assert not papers.is_open(watched.child, "assessment")
    assert papers.clock_of(watched.child, "assessment").due_at == AT + 2 * HOUR + 7 * DAY


@pytest.mark.by_turns
def test_what_goes_back_is_no_news_of_the_child_and_makes_no_profile_due(watched: Watched) -> None:
    for section in find_me.unasked(find_me.standing(watched.child)):
        said = {"answers": {}, "state": State.ASKED, "version": 0, "by": watched.worker, "at": AT + HOUR}
        find_me.write(watched.child, section.key, **said)
    find_me.review(watched.child, by=watched.worker, at=AT + HOUR)
    before = papers.clock_of(watched.child, "profile").due_at
    sent_back(assessed(watched, at=AT + 2 * HOUR), watched.manager, at=AT + 3 * HOUR)
    assert papers.clock_of(watched.child, "assessment").due_at == AT + 3 * HOUR + DAY
    assert papers.clock_of(watched.child, "profile").due_at == before


@pytest.mark.by_turns
def test_another_assessment_puts_off_no_reading_that_waits_and_one_that_is_read_ends_the_wait(
    watched: Watched,
) -> None:
    def due() -> Any:
        return papers.clock_of(watched.child, "sign_off").due_at

    assessed(watched, at=AT + 2 * HOUR)
    first = due()
    second = assessed(watched, at=AT + 2 * DAY)
    assert due() == first
    assessments.read(second, signed=True, by=watched.manager, at=AT + 2 * DAY + HOUR)
    assert due() is None
    assessed(watched, at=AT + 3 * DAY)
    assert due() > first
    # One that goes back was read: what is done again waits from then on.
    sent_back(assessments.latest(watched.child), watched.manager, at=AT + 4 * DAY)
    assert due() is None
    assessed(watched, at=AT + 8 * DAY)
    assert due() > AT + 9 * DAY


@pytest.mark.by_turns
def test_who_assessed_it_is_not_asked_to_sign_it_and_another_manager_is(watched: Watched) -> None:
    colleague = a_person(Role.TEAM_MANAGER, team=watched.team)
    assessed(watched, by=watched.manager, at=AT + 2 * HOUR)
    swept(watched, papers.clock_of(watched.child, "sign_off").due_at)
    assert told(watched) == {("manager", colleague.pk)}
    # Of other paper the writer hears as before.
    swept(watched, papers.clock_of(watched.child, "first_profile").due_at + 4 * HOUR)
    other = Message.objects.filter(wording="paper_due", items__alert__clock__duty="first_profile")
    assert watched.manager.pk in set(other.values_list("user", flat=True))


@pytest.mark.by_turns
def test_where_the_only_manager_assessed_it_the_head_hears_at_once_and_the_empty_rung_is_a_task(
    watched: Watched,
) -> None:
    assessed(watched, by=watched.manager, at=AT + 2 * HOUR)
    swept(watched, papers.clock_of(watched.child, "sign_off").due_at)
    assert {user for _post, user in told(watched)} == {watched.head.pk}
    empty = DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, child=watched.child, step="R1")
    assert empty.exists()
    # The rungs above go past whoever cannot sign as well.
    late = Clock.objects.get(child=watched.child, duty="sign_off")
    swept(watched, late.due_at + 14 * DAY)
    assert watched.manager.pk not in {user for _post, user in told(watched)}
    assert watched.director.pk in {user for _post, user in told(watched)}


def test_a_mail_that_waits_goes_to_nobody_who_has_assessed_the_child_since(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing.catch(monkeypatch)
    assessed(watched, at=AT + 2 * HOUR)
    late = papers.clock_of(watched.child, "sign_off").due_at
    swept(watched, late)
    assert told(watched) == {("manager", watched.manager.pk)}
    assessed(watched, by=watched.manager, at=late + HOUR)
    send_all(late + HOUR)
    mails = Message.objects.filter(
        wording="paper_due", user=watched.manager, items__alert__clock__duty="sign_off"
    )
    assert "sent" not in set(mails.values_list("status", flat=True))
