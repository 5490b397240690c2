"""The first pages: what each role is shown to do now, and nothing beyond its own children."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import clocks, duty_tasks, escalations, heartbeats, standings, sweep, worklists
from alerts.models import Clock, DutyTask, PolicyVersion
from cases import clock, concerns, episodes, people
from cases.models import Mailbox, Role, User
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force_mailbox,
    a_person,
    a_team,
    a_watched_child,
    ended,
    missing,
    not_here,
    placed,
    seen,
    somebody,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = AT + 3 * HOUR
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Ferhat", family_name="Wren")


@pytest.fixture
def read(client: Client) -> Callable[..., str]:
    """The text of a page as somebody reads it."""

    def page(user: User, path: str = "/", *, status: int = 200) -> str:
        client.force_login(user)
        answer = client.get(path)
        assert answer.status_code == status
        return answer.content.decode()

    return page


def silent_since_yesterday() -> Watched:
    """A child of whom nothing was written in the last window."""
    return a_watched_child(at=AT - timedelta(days=2), given_name="Rania", family_name="Larkin")


@pytest.mark.by_turns
def test_a_worker_reads_who_is_missing_who_has_no_record_and_who_is_due(
    watched: Watched, read: Callable[..., str]
) -> None:
    silent = silent_since_yesterday()
    for child in (silent.child,):
        sweep.sweep(now=NOW)
        assert standings.of([child.pk], now=NOW)[child.pk].tag == "no_record"
    team, worker = silent.team, silent.worker
    gone = a_child(team=team, worker=worker, given_name="Ozan", family_name="Larkin")
    due = a_child(team=team, worker=worker, given_name="Minh", family_name="Ashdene")
    placed(due, silent.home)
    episode = missing(gone, at=NOW)
    page = read(worker)
    assert "Today, Monday 2 March" in page
    assert page.index("Ozan") < page.index("Rania") < page.index("Minh")
    assert reverse("episode", args=[episode.reference]) in page
    assert "No record (1)" in page
    assert f'href="tel:{silent.home.phone.replace(" ", "")}"' in page
    assert reverse("contact_new", args=[silent.child.reference]) in page
    assert 'data-count="2"' in page
    assert "Ferhat" not in page, "another worker’s child"


@pytest.mark.by_turns
def test_the_list_of_a_worker_refreshes_by_itself_from_its_own_address(
    watched: Watched, read: Callable[..., str]
) -> None:
    page = read(watched.worker)
    assert 'hx-get="/partials/today/"' in page
    part = read(watched.worker, reverse("today_list"))
    assert "Ferhat" in part
    assert "<html" not in part


@pytest.mark.by_turns(8)
def test_who_is_ringing_is_named(read: Callable[..., str]) -> None:
    silent = silent_since_yesterday()
    clock_row = Clock.objects.get(child=silent.child, kind=Clock.Kind.CONTACT)
    sweep.sweep(now=clock_row.due_at + 40 * MINUTE)
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    assert "Nobody yet" in read(silent.worker)
    duty_tasks.take(task, by=silent.desk.person, at=NOW)
    assert silent.desk.person.name in read(silent.worker)


@pytest.mark.by_turns
def test_nothing_due_is_said_with_what_comes_next(read: Callable[..., str]) -> None:
    worker = a_person(Role.SOCIAL_WORKER)
    assert "Nothing due today." in read(worker)


@pytest.mark.by_turns
def test_nothing_due_is_not_said_above_paper_that_is_late(read: Callable[..., str]) -> None:
    watched = a_watched_child(at=AT - timedelta(days=200), risk="low")
    PolicyVersion.objects.update(takes_effect_at=AT - timedelta(days=300))
    seen(watched.child, by=watched.carer, at=NOW - HOUR)
    clocks.recompute([watched.child.pk], at=NOW)
    page = read(watched.worker)
    assert "days late" in page
    assert "Nothing due today." not in page


def test_nothing_due_is_not_said_of_a_child_who_is_away(watched: Watched, read: Callable[..., str]) -> None:
    episodes.report_away(
        watched.child, whereabouts="At an aunt’s", reason="", by=watched.carer, at=NOW - HOUR
    )
    page = read(watched.worker)
    assert "Away, whereabouts known (1)" in page
    assert "Nothing due today." not in page


@pytest.mark.by_turns
def test_a_child_kept_from_the_worker_is_not_on_their_list(
    watched: Watched, read: Callable[..., str]
) -> None:
    concerns.keep_from(watched.child, watched.worker, reason="A relative", by=watched.manager, at=NOW)
    assert "Ferhat" not in read(watched.worker)


@pytest.mark.by_turns
def test_today_costs_the_same_queries_for_any_number_of_children(watched: Watched) -> None:
    def cost() -> int:
        reader = Client()
        reader.force_login(watched.worker)
        with CaptureQueriesContext(connection) as queries:
            assert reader.get("/").status_code == 200
        return len(queries)

    def crowd() -> None:
        for _ in range(2):
            gone = a_child(team=watched.team, worker=watched.worker)
            missing(gone, at=NOW)
            quiet = a_child(team=watched.team, worker=watched.worker)
            placed(quiet, watched.home)

    crowd()
    few = cost()
    crowd()
    crowd()
    assert cost() == few


@pytest.mark.by_turns(8)
def test_a_manager_reads_the_figures_and_each_leads_to_its_list(
    watched: Watched, read: Callable[..., str]
) -> None:
    manager = watched.manager
    gone = a_child(team=watched.team, worker=watched.worker, given_name="Ozan", family_name="Larkin")
    missing(gone, at=NOW)
    alone = a_child(team=watched.team, given_name="Minh", family_name="Ashdene")
    overview = worklists.overview(manager, now=NOW)
    assert [line.child for line in overview.missing] == [gone]
    assert [line.child for line in overview.unverified] == [gone]
    assert overview.unallocated == 1
    page = read(manager)
    assert "No officer has spoken to us" in page
    assert "Ozan" in read(manager, reverse("manager_list", args=["missing"]))
    assert "Ozan" in read(manager, reverse("manager_list", args=["unverified"]))
    assert alone.reference in read(manager, reverse("manager_unallocated"))
    assert gone.reference not in read(manager, reverse("manager_unallocated"))
    assert "None as at" in read(manager, reverse("manager_list", args=["no-record"]))
    read(manager, "/overview/everything/", status=404)


@pytest.mark.by_turns
def test_a_verified_officer_takes_the_alert_off_the_managers_table(watched: Watched) -> None:
    episode = missing(watched.child, at=NOW)
    assert len(worklists.overview(watched.manager, now=NOW).unacknowledged) == 1
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="NM-77",
        by=watched.desk.person,
        at=NOW,
    )
    after = worklists.overview(watched.manager, now=NOW + MINUTE)
    assert (len(after.missing), len(after.unverified), len(after.unacknowledged)) == (1, 0, 0)


@pytest.mark.by_turns
def test_a_team_manager_counts_the_team_and_a_head_of_service_the_authority(watched: Watched) -> None:
    other = a_team(watched.authority)
    gone = a_child(team=other, worker=a_person(Role.SOCIAL_WORKER, team=other))
    missing(gone, at=NOW)
    assert worklists.overview(watched.manager, now=NOW).missing == []
    assert [line.child for line in worklists.overview(watched.head, now=NOW).missing] == [gone]


@pytest.mark.by_turns
def test_a_child_whom_no_team_has_is_counted_by_every_manager_of_the_authority(watched: Watched) -> None:
    nobodys = a_child(watched.authority)
    assert list(worklists.unallocated(watched.manager, now=NOW)) == [nobodys]


@pytest.mark.by_turns
def test_the_managers_figures_agree_with_every_childs_own_word(watched: Watched) -> None:
    silent = silent_since_yesterday()
    manager = a_person(Role.TEAM_MANAGER, team=silent.team)
    found = [silent.child]
    for number in range(3):
        child = a_child(team=silent.team, worker=silent.worker)
        placed(child, silent.home)
        found.append(child)
        if number:
            seen(child, by=silent.carer, at=NOW - MINUTE)
    not_here(found[-1], by=silent.carer, at=NOW)
    overview = worklists.overview(manager, now=NOW)
    words = {pk: one.tag for pk, one in standings.of([c.pk for c in found], now=NOW).items()}
    assert len(overview.no_record) == sum(tag == "no_record" for tag in words.values())
    assert len(overview.missing) == sum(tag in worklists.LOOKED_FOR for tag in words.values())


@pytest.mark.by_turns
def test_an_officer_reads_the_open_episodes_of_their_force_only(
    watched: Watched, read: Callable[..., str]
) -> None:
    elsewhere = a_watched_child(given_name="Kofi")
    missing(elsewhere.child, at=NOW)
    assert "No open episodes" in read(watched.officer)
    episode = missing(watched.child, at=NOW)
    page = read(watched.officer)
    assert episode.reference in page
    assert "No officer yet" in page
    assert "Kofi" not in page
    assert watched.home.name not in page
    assert episode.reference in read(watched.officer, reverse("police_list"))


@pytest.mark.by_turns
def test_an_administrator_reads_people_teams_and_mailboxes_and_no_child(
    watched: Watched, read: Callable[..., str]
) -> None:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    proved = a_force_mailbox(watched.authority.force)
    unproved = a_force_mailbox(watched.authority.force, address="new@force.police.example", verified_at=None)
    stranger = a_person(Role.SOCIAL_WORKER)
    page = read(admin).replace("<wbr>", "")
    for words in (watched.worker.email, watched.team.name, proved.address, unproved.address):
        assert words in page
    assert "Not proved: nobody has answered from it" in page
    for hidden in (watched.child.reference, watched.child.given_name + " " + watched.child.family_name):
        assert hidden not in page
    assert stranger.email not in page


@pytest.mark.by_turns
def test_an_administrator_sees_which_mailbox_of_the_police_has_no_fresh_proof(
    watched: Watched, read: Callable[..., str]
) -> None:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    Mailbox.objects.filter(force__isnull=False).update(verified_at=NOW - timedelta(days=29))
    assert "no fresh proof" not in read(admin)
    Mailbox.objects.filter(pk=watched.control_room.pk).update(verified_at=NOW - timedelta(days=30))
    page = read(admin)
    assert "1 mailbox of the police has no fresh proof" in page
    assert "too long ago" in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "name",
    ["today", "today_list", "manager_home", "manager_tiles", "police_home", "police_list", "admin_home"],
)
def test_a_first_page_is_refused_to_whoever_lacks_the_role(
    watched: Watched, read: Callable[..., str], name: str
) -> None:
    read(watched.guardian, reverse(name), status=403)
    read(somebody(), reverse(name), status=403)


@pytest.mark.by_turns
def test_the_first_page_is_that_of_the_most_urgent_role_and_the_others_are_one_link_away(
    watched: Watched, read: Callable[..., str]
) -> None:
    person = watched.desk.person
    people.join(person, Role.TEAM_MANAGER, team=watched.team, at=AT)
    people.join(person, Role.SOCIAL_WORKER, team=watched.team, at=AT)
    page = read(person)
    assert "<title>Duty" in page or ">Duty<" in page
    assert "/?as=team_manager" in page
    assert "/?as=social_worker" in page
    assert "Today, Monday 2 March" in read(person, "/?as=social_worker")
    assert ">Overview</h1>" in read(person, "/?as=team_manager")
    assert ">Overview</h1>" not in read(person, "/?as=police"), "a role that is not held opens nothing"


@pytest.mark.by_turns
def test_a_child_who_has_nowhere_recorded_is_one_link_from_a_placement(
    watched: Watched, read: Callable[..., str]
) -> None:
    assert "Nowhere recorded" not in read(watched.worker)
    child = a_child(team=watched.team, worker=watched.worker, at=NOW - HOUR)
    page = read(watched.worker)
    assert "Nowhere recorded" in page
    assert reverse("placement_new", args=[child.reference]) in page


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("reader", "path", "word"),
    [
        ("worker", "/", "Today"),
        ("worker", "/today/", "Today"),
        ("worker", "/children/", "Children"),
        ("manager", "/", "Overview"),
        ("carer", "/", "Roll-call"),
        ("officer", "/", "Missing"),
    ],
)
def test_the_menu_marks_the_page_that_is_open(
    watched: Watched, read: Callable[..., str], reader: str, path: str, word: str
) -> None:
    page = read(getattr(watched, reader), path)
    assert re.findall(r'aria-current="page"><strong[^>]*>([^<]+)<', page) == [word]


@pytest.mark.by_turns
@pytest.mark.parametrize("reader", ["carer", "guardian", "worker", "manager", "officer"])
def test_every_role_has_a_first_page(watched: Watched, read: Callable[..., str], reader: str) -> None:
    assert "<h1" in read(getattr(watched, reader))


def test_somebody_without_a_role_is_told_so(read: Callable[..., str]) -> None:
    read(somebody(), status=403)


@pytest.mark.by_turns
def test_every_page_says_when_checks_are_late(watched: Watched, read: Callable[..., str]) -> None:
    for name in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(name, at=NOW)
    assert "Checks are late" not in read(watched.worker)
    stale = NOW - timedelta(seconds=settings.HEARTBEAT_STALE_SECONDS + 1)
    heartbeats.beat(heartbeats.DRAIN, at=stale)
    page = read(watched.worker, reverse("child", args=[watched.child.reference]))
    assert "Alerts may not have been sent. Until this is gone, ring" in page
    heartbeats.beat(heartbeats.SWEEP, at=stale)
    assert "Missed roll-calls may not have raised an alert" in read(watched.worker)


@pytest.mark.by_turns
def test_today_names_the_return_interviews_and_leads_back_to_the_last_five_children(
    watched: Watched, client: Client
) -> None:
    now = clock.now()
    back = a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - timedelta(hours=9))
    ended(missing(back, at=now - timedelta(hours=3)), by=watched.desk.person, at=now - timedelta(hours=1))
    client.force_login(watched.worker)
    assert "Recently viewed" not in client.get("/").content.decode()
    others = [a_child(watched.authority, team=watched.team, at=now - timedelta(hours=2)) for _ in range(5)]
    for child in (back, *others):
        assert client.get(f"/children/{child.reference}/").status_code == 200
    page = client.get("/").content.decode()
    assert "Return interviews to offer (1)" in page
    viewed = re.findall(r'id="viewed-(MC[0-9-]+)"', page)
    assert set(viewed) == {child.reference for child in others}
