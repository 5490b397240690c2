"""One calendar: everything that is due for a child, a worker and a team, overdue first, then by working day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import calendars, clocks, digests
from alerts.models import Clock
from alerts.views import calendar
from cases import clock, holidays, restrictions, transfers
from cases.deadlines import add_working_days
from cases.models import Allocation
from tests import factories
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    an_authority,
    missing,
    placed,
    referred,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * DAY


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched(noon: None) -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR, trafficking="yes")


WITHIN_A_DAY = [
    "Checklist of the arrival",
    "First risk assessment",
    "Find-me profile",
    "Referral to the National Referral Mechanism",
]


def whats(client: Client, address: str) -> list[tuple[str, list[str]]]:
    groups = client.get(address).context["groups"]
    return [(str(group.day), [entry.what for entry in group.entries]) for group in groups]


@pytest.mark.by_turns
def test_overdue_comes_first_and_then_each_working_day(watched: Watched, client: Client) -> None:
    client.force_login(watched.worker)
    found = whats(client, reverse("calendar"))
    assert found[0] == ("None", WITHIN_A_DAY)
    of_the_week = [
        "Visit by the social worker",
        "Safeguarding plan",
        "Independent reviewing officer, to be named",
    ]
    assert found[1] == ("2026-03-09", [*of_the_week, "Placement plan"])
    assert whats(client, f"/children/{watched.child.reference}/due/") == found


def test_what_falls_on_a_weekend_or_bank_holiday_is_to_be_done_before_it() -> None:
    days = holidays.of("england-and-wales")
    easter_monday = datetime(2026, 4, 6, 10, tzinfo=UTC)
    assert calendars.last_working_day(easter_monday, days) == date(2026, 4, 2)
    # Late on Sunday in UTC it is Monday in London.
    assert calendars.last_working_day(datetime(2026, 6, 7, 23, 30, tzinfo=UTC), days) == date(2026, 6, 8)
    # Five working days after a Monday are over with the end of the next: on Tuesday it is late.
    over = add_working_days(datetime(2026, 6, 1, 9, tzinfo=UTC), 5, nation="england-and-wales", holidays=days)
    assert calendars.last_working_day(over, days) == date(2026, 6, 8)


@pytest.mark.by_turns
def test_a_transfer_and_a_child_without_a_social_worker_stand_on_it_too(watched: Watched) -> None:
    def due() -> dict[str, tuple[date, str]]:
        found = calendars.entries(list(calendars.rows_of([watched.child.pk])))
        return {entry.what: (entry.day, entry.href) for entry in found}

    there = an_authority()
    going = referred(watched.child, there, by=watched.worker, at=NOW)
    Allocation.objects.filter(child=watched.child).update(ends_at=NOW)
    clocks.recompute([watched.child.pk], at=NOW)
    page = f"/children/{watched.child.reference}"
    assert due()["Social worker to be assigned"][1] == f"{page}/people/"
    transfer = f"{page}/transfer/"
    assert due()["End of the transfer to another authority"] == (date(2026, 3, 18), transfer)
    # Offered on a Wednesday, and to be answered by the end of the second working day after it.
    assert due()["Answer of the other authority to the offer"] == (date(2026, 3, 6), transfer)
    assert [href for _, href in due().values()].count(transfer) == 2
    transfers.withdraw(going, reason="Stays", by=watched.worker, at=NOW)
    assert transfer not in {href for _, href in due().values()}


@pytest.mark.by_turns(8)
def test_a_search_shows_its_next_review_by_its_day_and_no_paper(watched: Watched, client: Client) -> None:
    from alerts import policies
    from alerts.models import PolicyVersion

    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=AT)
    missing(watched.child, by=watched.worker, at=AT + 30 * HOUR)
    client.force_login(watched.worker)
    (entry,) = client.get(reverse("calendar")).context["groups"][0].entries
    assert (entry.what, entry.due_at) == ("Multi-agency review", AT + 30 * HOUR + 5 * DAY)


@pytest.mark.by_turns(8)
def test_a_worker_sees_their_own_and_the_team_on_demand_and_a_manager_the_team(
    watched: Watched, client: Client
) -> None:
    other = a_child(
        watched.authority,
        team=watched.team,
        worker=a_person("social_worker", team=watched.team),
        at=AT + HOUR,
    )
    placed(other, watched.home)
    for person, query, wanted in (
        (watched.worker, "", {watched.child}),
        (watched.worker, "?whose=team", {watched.child, other}),
        (watched.manager, "", {watched.child, other}),
    ):
        client.force_login(person)
        groups = client.get(reverse("calendar") + query).context["groups"]
        assert {entry.child for group in groups for entry in group.entries} == wanted
    client.force_login(watched.worker)
    assert client.get(reverse("calendar") + "?whose=all").status_code == 404
    assert client.get(reverse("calendar") + "?after=x").status_code == 404
    client.force_login(watched.carer)
    assert client.get(reverse("calendar")).status_code == 403


@pytest.mark.by_turns(8)
def test_a_manager_opens_the_calendar_of_one_worker_or_one_team(watched: Watched, client: Client) -> None:
    away = a_person("social_worker", team=watched.team)
    other = a_child(watched.authority, team=watched.team, worker=away, at=AT + HOUR)
    placed(other, watched.home)
    team = factories.a_team(watched.authority)
    nobodys = a_child(watched.authority, team=team, at=AT + HOUR)
    placed(nobodys, watched.home)
    client.force_login(a_person("team_manager", team=watched.team, reach="authority"))
    page = reverse("calendar")
    for mark, wanted in (
        (f"worker-{away.pk}", {other}),
        (f"worker-{watched.worker.pk}", {watched.child}),
        (f"team-{watched.team.pk}", {watched.child, other}),
        (f"team-{team.pk}", {nobodys}),
    ):
        answer = client.get(page, {"whose": mark})
        assert {entry.child for group in answer.context["groups"] for entry in group.entries} == wanted
        assert f'value="{mark}" selected' in answer.content.decode()
    assert away.name in client.get(page, {"whose": f"worker-{away.pk}"}).content.decode()


@pytest.mark.by_turns
def test_nobody_opens_the_calendar_of_whom_they_read_no_child_of(watched: Watched, client: Client) -> None:
    stranger = a_watched_child(at=AT + HOUR)
    client.force_login(watched.manager)
    page = reverse("calendar")
    assert stranger.worker.name not in client.get(page).content.decode()
    for mark in (
        f"worker-{stranger.worker.pk}",
        f"team-{stranger.team.pk}",
        f"worker-{watched.carer.pk}",
        "worker-",
        "worker-x",
        "team-0",
    ):
        assert client.get(page, {"whose": mark}).status_code == 404


@pytest.mark.by_turns
def test_of_a_restricted_child_the_calendar_of_its_worker_says_nothing(
    watched: Watched, client: Client
) -> None:
    named = [watched.worker]
    restrictions.restrict(watched.child, reason="A threat", named=named, by=watched.manager, at=NOW)
    client.force_login(a_person("team_manager", team=watched.team))
    assert client.get(reverse("calendar"), {"whose": f"worker-{watched.worker.pk}"}).status_code == 404


@pytest.mark.by_turns(8)
def test_a_long_calendar_is_read_page_by_page_with_as_many_questions(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "SIZE", 4)
    client.force_login(watched.manager)
    client.get(reverse("calendar"))

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    few = asked(reverse("calendar"))
    for _ in range(2):
        placed(
            a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT + HOUR), watched.home
        )
    assert asked(reverse("calendar")) <= few + 1
    seen: list[Clock] = []
    address = reverse("calendar")
    while True:
        context = client.get(address).context
        marks = [entry.mark for group in context["groups"] for entry in group.entries]
        seen += marks
        if not context["later"]:
            break
        address = f"{reverse('calendar')}?whose=team&after={context['later']}"
    rows = calendars.rows_of([watched.child.pk, *a_team(watched)])
    assert sorted(seen) == sorted((row.falls_at, row.pk) for row in rows)


def a_team(watched: Watched) -> list[int]:
    from cases.models import Allocation

    return list(Allocation.objects.filter(team=watched.team).values_list("child", flat=True))


@pytest.mark.by_turns
def test_the_daily_list_names_the_children_of_whom_paper_is_overdue_or_due_today(watched: Watched) -> None:
    def named(moment: datetime) -> list[list[str]]:
        sections = digests.read(watched.worker, now=moment).sections
        return [list(one.references) for one in sections if one.title == "Paper overdue or due today"]

    assert named(AT + 2 * HOUR) == [], "it is due tomorrow"
    assert named(NOW) == [[watched.child.reference]]


@pytest.mark.by_turns
def test_today_says_what_paper_is_due_within_a_day(watched: Watched, client: Client) -> None:
    client.force_login(watched.worker)
    html = client.get(reverse("today")).content.decode()
    assert "First risk assessment" in html
    assert "Visit by the social worker" not in html, "it is due in a week"
    assert reverse("calendar") in html
