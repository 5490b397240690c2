"""What somebody promised stands on the calendar of whoever promised it; a guardian's promise on the council's."""

import uuid
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts.views import calendar
from cases import ages, clock, plans
from cases.deadlines import end_of
from cases.models import AgeStatus, Role
from guardians import council
from guardians.models import CouncilConcern
from tests.alerts import papers
from tests.factories import AT, Watched, a_child, a_person, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * DAY
DUE = date(2026, 3, 12)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched(noon: None) -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def promise(watched: Watched, by_date: date, name: str = "E. Arnott") -> CouncilConcern:
    return council.raise_concern(
        watched.child,
        words="No school place",
        shared=False,
        promised_by=name,
        by_date=by_date,
        key=uuid.uuid4(),
        by=watched.guardian,
        at=NOW,
    )


def shown(client: Client, query: str = "") -> list[tuple[str, str]]:
    groups = client.get(reverse("calendar") + query).context["groups"]
    return [(entry.what, entry.href) for group in groups for entry in group.entries]


@pytest.mark.by_turns
def test_whoever_promised_an_action_for_a_colleagues_child_sees_it_under_mine_and_nothing_else_of_the_child(
    client: Client, watched: Watched
) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    client.force_login(colleague)
    assert shown(client) == []
    action = plans.ask(
        watched.child, "Change the SIM card", owner=colleague, by_date=DUE, by=watched.worker, at=NOW
    )
    (entry,) = shown(client)
    assert "Change the SIM card" in entry[0]
    assert entry[1] == reverse("plan", args=[watched.child.reference])
    plans.end(action, "done", said="It is changed", by=colleague, at=NOW)
    assert shown(client) == []


@pytest.mark.by_turns
def test_what_the_council_promised_a_guardian_stands_by_its_day_for_the_worker_and_on_the_childs_page(
    client: Client, watched: Watched
) -> None:
    late = promise(watched, NOW.date())
    promise(watched, date(2026, 3, 14), "B. Oakes")
    client.force_login(watched.worker)
    page = reverse("council_concerns", args=[watched.child.reference])
    for address in (reverse("calendar"), reverse("child_due", args=[watched.child.reference])):
        groups = client.get(address).context["groups"]
        found = {entry.what: entry.day for group in groups for entry in group.entries if entry.href == page}
        # The 14th is a Saturday: it is to be done on the working day before it.
        assert [day for what, day in found.items() if "B. Oakes" in what] == [date(2026, 3, 13)]
        assert [day for what, day in found.items() if "E. Arnott" in what] == [NOW.date()]
    council.end(late, words="The place is found", by=watched.guardian, at=NOW)
    assert not [what for what, _ in shown(client) if "E. Arnott" in what]


@pytest.mark.by_turns
def test_a_promise_whose_day_is_over_is_overdue_and_one_of_another_teams_child_is_on_no_page(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    concern, other = promise(watched, NOW.date()), a_watched_child(at=AT + HOUR)
    promise(other, NOW.date(), "B. Oakes")
    monkeypatch.setattr(clock, "now", lambda: end_of(NOW.date()))
    client.force_login(watched.worker)
    late = client.get(reverse("calendar")).context["groups"][0]
    assert late.day is None
    assert concern.due_at in {entry.due_at for entry in late.entries}
    assert not [what for what, _ in shown(client, "?whose=team") if "B. Oakes" in what]


@pytest.mark.by_turns
def test_each_promise_stands_once_however_the_calendar_is_cut(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, day in enumerate((3, 6, 9, 30, 45, 200)):
        promise(watched, NOW.date() + day * DAY, f"B. Oakes {number}")
    for size in (1, 4):
        monkeypatch.setattr(calendar, "SIZE", size)
        client.force_login(watched.worker)
        found, after = [], ""
        while True:
            context = client.get(f"{reverse('calendar')}?whose=mine&after={after}").context
            entries = [entry for group in context["groups"] for entry in group.entries]
            found += [entry.due_at for entry in entries if "B. Oakes" in entry.what]
            after = context["later"]
            if not after:
                break
        assert len(found) == 6
        assert found == sorted(found)


@pytest.mark.by_turns(8)
def test_the_visit_to_a_child_who_is_treated_as_an_adult_elsewhere_stands_on_it(
    client: Client, watched: Watched
) -> None:
    child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT + HOUR)
    client.force_login(watched.worker)
    before = [what for what, _ in shown(client)]
    treated = ages.Decision(
        age_status=AgeStatus.ADULT_ELSEWHERE,
        decided_date=AT.date(),
        decided_by="The Home Office",
        grounds="By looks alone",
        place="HMP Alder",
    )
    ages.decide(child, treated, seconded_by=watched.manager, by=watched.worker, at=AT + 2 * HOUR)
    visit = (
        "Visit to the child, treated as an adult elsewhere",
        reverse("visit_new", args=[child.reference]),
    )
    assert visit[0] not in before
    assert visit in shown(client)
