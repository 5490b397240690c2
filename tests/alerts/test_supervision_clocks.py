"""By when a child is discussed in supervision, who hears that it was not, and the queue of who is due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import paperwork, sittings, sweep, tellings
from alerts.models import Clock, Message, MessageItem
from alerts.paper_facts import Supervised
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rules
from cases import children, clock, mergers, supervisions, worker_covers, worker_leaves
from cases.deadlines import add_days, add_working_days, london_day
from cases.models import Allocation, Discussion, Role, Supervision, User
from cases.supervisions import Held, Talk
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_team,
    a_watched_child,
    accepted,
    an_authority,
    arrived,
    case_closed,
    ended,
    missing,
    referred,
    seen,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
DUE = add_days(AT, 28)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def owed(facts: Facts, rules: Any = DEFAULT) -> datetime | None:
    found = paperwork.owed(facts, (Rules(FIRST, rules),), Days())
    return next((one.due_at for one in found if one.paper == Paper.SUPERVISION), None)


def test_it_is_due_four_weeks_after_the_last_time_and_soon_after_a_search_in_which_its_day_came() -> None:
    assert owed(Facts(AT)) is None
    for discussed in (True, False):
        assert owed(Facts(AT, supervised=Supervised(AT, discussed))) == DUE
        assert owed(Facts(AT, supervised=Supervised(AT, discussed), is_sought=True)) is None
    back = DUE + 2 * DAY
    after = owed(Facts(AT, supervised=Supervised(AT, True), searches=((DUE - DAY, back),)))
    assert after == add_working_days(back, 5, nation=Days().nation, holidays=frozenset())
    assert owed(Facts(AT, supervised=Supervised(AT, True), searches=((AT, AT + DAY),))) == DUE
    late = (DUE + HOUR, DUE + DAY)
    assert owed(Facts(AT, supervised=Supervised(AT, True), searches=(late,))) == DUE
    without = {paper: rule for paper, rule in DEFAULT.items() if paper != Paper.SUPERVISION}
    assert owed(Facts(AT, supervised=Supervised(AT, True)), without) is None


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_merger_puts_off_nothing_and_a_transfer_begins_anew() -> None:
    papers.asked_for()
    one, other = a_watched_child(at=AT), a_watched_child(at=AT)
    merged_at = AT + 27 * DAY
    mergers.move(one.authority, an_authority(), by=None, at=merged_at)
    assert papers.clock_of(one.child, Paper.SUPERVISION).due_at == DUE
    passed_on = arrived(
        accepted(
            referred(one.child, other.authority, by=one.worker, at=merged_at), other.worker, at=merged_at
        ),
        at=merged_at + DAY,
    )
    due_at = papers.clock_of(one.child, Paper.SUPERVISION).due_at
    assert due_at == add_days(passed_on.confirmed_at, 28)


def test_whoever_was_here_before_it_was_asked_is_not_late_on_the_first_day() -> None:
    years_ago = datetime(2024, 1, 1, tzinfo=UTC)
    assert owed(Facts(years_ago, supervised=Supervised(years_ago, False))) == add_days(FIRST, 28)


# --- with a record


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    return a_watched_child(given_name="Tarekiel", at=AT)


def due(watched: Watched) -> datetime | None:
    return (
        Clock.objects.filter(child=watched.child, duty="supervision").values_list("due_at", flat=True).first()
    )


def discussed(watched: Watched, at: datetime, *, worker: User | None = None) -> Supervision:
    said = Held(
        held_at=at,
        next_date=london_day(at + 21 * DAY),
        talks=(Talk(child=watched.child, discussed="Settles in"),),
    )
    return supervisions.record(worker or watched.worker, said, by=watched.manager, at=at)


def swept(watched: Watched, at: datetime) -> None:
    seen(watched.child, by=watched.carer, at=at)
    sweep.sweep_all(now=at)


def mailed(since: datetime) -> set[tuple[str, int | None]]:
    """Who was told from `since` on that the child waits."""
    items = MessageItem.objects.filter(alert__clock__duty="supervision", message__created_at__gte=since)
    rows = Message.objects.filter(wording="paper_due", items__in=items)
    return set(rows.values_list("post", "user"))


def given_to(watched: Watched, worker: User | None, at: datetime, team: Any = None) -> Allocation:
    by = watched.manager
    return children.allocate(watched.child, team=team or watched.team, worker=worker, by=by, at=at)


@pytest.mark.by_turns
def test_it_counts_from_the_allocation_and_then_from_each_discussion_that_stands(watched: Watched) -> None:
    assert due(watched) == DUE
    first = discussed(watched, AT + 5 * DAY)
    assert due(watched) == add_days(AT + 5 * DAY, 28)
    second = discussed(watched, AT + 9 * DAY)
    assert due(watched) == add_days(AT + 9 * DAY, 28)
    supervisions.withdraw_discussion(
        Discussion.objects.get(supervision=second), reason="Of another", by=watched.manager, at=AT + 9 * DAY
    )
    assert due(watched) == add_days(AT + 5 * DAY, 28)
    supervisions.withdraw(first, reason="Not held", by=watched.manager, at=AT + 9 * DAY)
    assert due(watched) == DUE


@pytest.mark.by_turns
def test_another_worker_puts_nothing_off_and_a_time_without_one_begins_it_anew(watched: Watched) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    given_to(watched, colleague, AT + 20 * DAY)
    assert due(watched) == DUE
    given_to(watched, None, AT + 21 * DAY)
    assert due(watched) is None
    given_to(watched, colleague, AT + 40 * DAY)
    assert due(watched) == add_days(AT + 40 * DAY, 28)
    discussed(watched, AT + 41 * DAY, worker=colleague)
    given_to(watched, watched.worker, AT + 42 * DAY)
    assert due(watched) == add_days(AT + 41 * DAY, 28)


@pytest.mark.by_turns
def test_nobody_is_silent_the_two_hear_first_then_the_head_and_the_director(watched: Watched) -> None:
    swept(watched, DUE - DAY)
    assert not papers.is_open(watched.child, "supervision")
    swept(watched, DUE)
    assert papers.steps(watched.child, "supervision") == ["R1"]
    assert mailed(DUE - DAY) == {("manager", watched.manager.pk), ("worker", watched.worker.pk)}
    head = add_working_days(DUE, 5, nation=Days().nation, holidays=frozenset())
    swept(watched, head + 10 * DAY)
    assert papers.steps(watched.child, "supervision") == ["R1", "R4", "R5"]
    posts = {post for post, _user in mailed(DUE - DAY)}
    assert posts >= {"manager", "worker", "head", "director"}
    assert not posts & {"force", "guardian", "home"}
    discussed(watched, head + 10 * DAY)
    swept(watched, head + 10 * DAY)
    assert not papers.is_open(watched.child, "supervision")


def test_it_is_told_by_mail_alone_and_on_no_rung_to_anybody_outside_the_council() -> None:
    for step, plan in tellings.SUPERVISED.items():
        assert tellings.plan(Clock.Kind.PAPERWORK, step, "supervision") is plan
        assert {way for telling in plan.tellings for way in telling.channels} == {"mail"}


@pytest.mark.by_turns
def test_in_a_search_it_rests_and_with_the_case_it_ends(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW)
    assert due(watched) is None
    ended(episode, at=NOW + DAY)
    assert due(watched) == DUE
    case_closed(watched.child, reason="Moved on", by=watched.manager, at=NOW + 2 * DAY)
    assert due(watched) is None


@pytest.mark.by_turns
def test_whoever_goes_missing_again_and_again_is_not_discussed_later_each_time(watched: Watched) -> None:
    swept(watched, DUE)
    assert papers.steps(watched.child, "supervision") == ["R1"]
    for number in (1, 5, 9):
        ended(missing(watched.child, by=watched.worker, at=DUE + number * DAY), at=DUE + number * DAY + HOUR)
        assert due(watched) == DUE, "it was late before the search"
    for hours in (1, 2, 12):
        swept(watched, DUE + 10 * DAY + hours * HOUR)
    posts = {post for post, _user in mailed(DUE - DAY)}
    assert "head" in posts
    told = MessageItem.objects.filter(alert__clock__duty="supervision", message__post="manager")
    assert told.filter(message__kind="alert").count() == 1, "and nobody hears of it twice"


@pytest.mark.by_turns
def test_it_stands_on_the_calendar_by_child_worker_and_team(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE + HOUR)
    page = reverse("child_supervisions", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert page in client.get(reverse("calendar") + "?whose=mine").content.decode()
    assert page in client.get(reverse("child_due", args=[watched.child.reference])).content.decode()
    client.force_login(watched.manager)
    assert page in client.get(reverse("calendar") + "?whose=team").content.decode()
    new = reverse("supervision_new", args=[watched.worker.pk])
    assert f"{new}?children={watched.child.reference}" in client.get(page).content.decode()


@pytest.mark.by_turns(8)
def test_while_a_colleague_covers_the_child_is_discussed_with_them(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    ill = {"kind": "sickness", "starts_at": NOW, "ends_at": None, "by": watched.manager, "at": NOW}
    leave = worker_leaves.announce(watched.worker, **ill)
    held = list(watched.child.allocations.current(NOW))
    asked = worker_covers.ask(leave, held, colleague, by=watched.manager, at=NOW).covers
    worker_covers.answer(asked, accepted=True, by=colleague, at=NOW)
    client.force_login(watched.manager)
    page = reverse("child_supervisions", args=[watched.child.reference])
    assert reverse("supervision_new", args=[colleague.pk]) in client.get(page).content.decode()
    discussed(watched, NOW + DAY, worker=colleague)
    assert due(watched) == add_days(NOW + DAY, 28)


# --- the queue


@pytest.mark.by_turns
def test_the_queue_has_the_overdue_first_with_the_children_who_wait_and_a_count_on_the_overview(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = DUE + HOUR
    monkeypatch.setattr(clock, "now", lambda: late)
    fresh = a_person(Role.SOCIAL_WORKER, team=watched.team, name="Aaron Fresh")
    lately = a_child(team=watched.team, worker=fresh, at=late - DAY, given_name="Zebulon")
    elsewhere = a_team(watched.authority)
    a_child(team=elsewhere, worker=a_person(Role.SOCIAL_WORKER, team=elsewhere), at=AT)
    rows = sittings.queue(watched.manager, now=late)
    assert [row.worker for row in rows] == [watched.worker, fresh]
    assert [wait.child for wait in rows[0].late] == [watched.child]
    assert not rows[1].soon
    assert sittings.late_count(watched.manager, now=late) == 1
    client.force_login(watched.manager)
    assert "1 child waits past the day" in client.get(reverse("manager_home")).content.decode()
    shown = client.get(reverse("supervision_queue")).content.decode()
    assert "Tarekiel" in shown
    assert "Zebulon" not in shown
    chosen = client.get(reverse("supervision_worker", args=[fresh.pk])).content.decode()
    assert f'value="{lately.reference}"' in chosen
    discussed(watched, late)
    assert sittings.late_count(watched.manager, now=late) == 0
    assert "Supervision of social workers" in client.get(reverse("manager_home")).content.decode()
    assert "Tarekiel" not in client.get(reverse("supervision_queue")).content.decode()


@pytest.mark.by_turns(8)
def test_a_child_whose_worker_has_left_is_named_as_nobodys_and_not_forgotten(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE + HOUR)
    watched.worker.memberships.update(ends_at=DUE)
    client.force_login(watched.manager)
    assert "with nobody of your teams" in client.get(reverse("supervision_queue")).content.decode()


@pytest.mark.by_turns
def test_more_workers_and_children_ask_no_more_questions(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE + HOUR)
    client.force_login(watched.manager)
    pages = [reverse("supervision_queue"), reverse("supervision_worker", args=[watched.worker.pk])]

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    before = [asked(one) for one in pages]
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    for worker in (watched.worker, other, other):
        a_child(team=watched.team, worker=worker, at=AT)
    assert [asked(one) for one in pages] == before
