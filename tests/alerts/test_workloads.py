"""The workload of a manager's people: figures that equal their lists, and work given to another in four clicks."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import worklists, workloads
from cases import children, clock, concerns, people
from cases.models import Allocation, Event, Membership, Role, User
from cases.states import IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_team,
    a_watched_child,
    case_closed,
    membership_of,
    missing,
    not_here,
    placed,
    seen,
)

HOUR = timedelta(hours=1)
NOW = AT + 3 * HOUR
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]


@pytest.fixture
def watched() -> Watched:
    """A team with a child of every kind: missing, not here, without a record, due and seen."""
    found = a_watched_child(at=AT - timedelta(days=3), given_name="Ferhat")
    mine = [a_child(team=found.team, worker=found.worker, at=AT - timedelta(days=3)) for _ in range(4)]
    for child in mine:
        placed(child, found.home)
    seen(mine[0], by=found.carer, at=NOW - timedelta(minutes=1))
    missing(mine[1], at=NOW)
    not_here(mine[2], by=found.carer, at=NOW)
    return found


@pytest.fixture
def other(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=watched.team, name="Nerys Maddern")


def href(worker: User, query: str = "") -> str:
    return reverse("manager_worker", args=[worker.pk]) + query


def references(page: str) -> set[str]:
    return set(re.findall(r'value="(MC\d\d-\d{6})"', page))


@pytest.mark.by_turns
def test_every_figure_of_the_workload_equals_the_list_it_leads_to(watched: Watched, client: Client) -> None:
    due = a_child(team=watched.team, worker=watched.worker, at=NOW - timedelta(minutes=5))
    placed(due, watched.home)
    a_child(watched.authority)
    a_child(team=watched.team)
    client.force_login(watched.manager)
    home = client.get(reverse("manager_home")).content.decode()
    figures = re.findall(r'id="load-\d+[a-z-]*" href="([^"]+)">(\d+)<', home)
    assert len(figures) == 4 * len(workloads.read(watched.manager, now=NOW))
    for address, figure in figures:
        page = client.get(address.replace("&amp;", "&")).content.decode()
        assert len(references(page)) == int(figure), address
    assert {figure for _, figure in figures} >= {"6", "2"}
    tiles = re.findall(r'href="(/overview/[a-z-]+/)"><span class="rc-tile__number">(\d+)<', home)
    assert len(tiles) == 6
    for address, figure in tiles:
        assert f"({figure})</h1>" in client.get(address).content.decode(), address


def test_a_worker_without_children_stands_in_the_workload_with_zeros(watched: Watched, other: User) -> None:
    loads = {load.worker: load for load in workloads.read(watched.manager, now=NOW)}
    assert loads[other].children == []
    assert loads[other].here
    assert len(loads[watched.worker].children) == 5


@pytest.mark.by_turns(8)
def test_work_that_stays_with_somebody_who_left_is_said_so_first(
    watched: Watched, other: User, client: Client
) -> None:
    people.leave(membership_of(watched.worker), at=NOW - HOUR)
    first = workloads.read(watched.manager, now=NOW)[0]
    assert (first.worker, first.here) == (watched.worker, False)
    client.force_login(watched.manager)
    assert "has left the team" in client.get("/overview/").content.decode()
    assert "no social worker of the team any more" in client.get(href(watched.worker)).content.decode()


def test_twenty_children_are_given_to_another_in_one_commit(
    watched: Watched, other: User, client: Client
) -> None:
    for _ in range(15):
        a_child(team=watched.team, worker=watched.worker)
    client.force_login(watched.manager)
    ticked = references(client.get(href(watched.worker, "?all=1")).content.decode())
    assert len(ticked) == 20
    answers = {"children": sorted(ticked), "worker": membership_of(other).pk}
    check = client.post(href(watched.worker, "?all=1"), answers).content.decode()
    assert f"Give 20 children to <bdi>{other.name}</bdi>" in check
    assert not Event.objects.filter(kind="allocated").exists(), "nothing is given before it is confirmed"
    answer = client.post(href(watched.worker), {**answers, "confirm": "1"})
    assert answer.status_code == 302
    assert Allocation.objects.current(clock.now()).filter(worker=other).count() == 20
    assert Event.objects.filter(kind="allocated", actor=watched.manager).count() == 20
    assert "20 children are now with" in client.get(answer["Location"]).content.decode()


@pytest.mark.by_turns
def test_a_form_without_rows_or_worker_keeps_what_was_ticked(
    watched: Watched, other: User, client: Client
) -> None:
    client.force_login(watched.manager)
    answer = client.post(href(watched.worker), {"children": [watched.child.reference]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Select the social worker" in page
    assert re.search(rf'id="tick-{watched.child.reference}" checked', page)
    answer = client.post(href(watched.worker), {"worker": membership_of(other).pk})
    assert (answer.status_code, "Select at least one child" in answer.content.decode()) == (422, True)


@pytest.mark.by_turns
def test_another_teams_children_and_workers_are_out_of_reach(watched: Watched, client: Client) -> None:
    stranger = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    theirs = a_child(team=membership_of(stranger).team, worker=stranger)
    client.force_login(watched.manager)
    assert client.get(href(stranger)).status_code == 404
    given = {"children": [theirs.reference], "worker": membership_of(watched.worker).pk, "confirm": "1"}
    assert client.post(href(watched.worker), given).status_code == 422
    given = {"children": [watched.child.reference], "worker": membership_of(stranger).pk, "confirm": "1"}
    assert client.post(href(watched.worker), given).status_code == 422
    for reader in (watched.worker, watched.desk.person, watched.officer):
        client.force_login(reader)
        assert client.get(href(watched.worker)).status_code == 403
    assert not Event.objects.filter(kind="allocated").exists()


def test_a_head_of_service_gives_work_across_the_teams_of_the_authority(watched: Watched) -> None:
    elsewhere = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    abroad = a_person(Role.SOCIAL_WORKER)
    offered = {membership.user for membership in workloads.workers(watched.head, now=NOW)}
    assert elsewhere in offered
    assert abroad not in offered


@pytest.mark.by_turns
def test_a_child_whom_no_team_has_is_given_from_the_list_of_the_unallocated(
    watched: Watched, other: User, client: Client
) -> None:
    nobodys = a_child(watched.authority)
    client.force_login(watched.manager)
    given = {"children": [nobodys.reference], "worker": membership_of(other).pk, "confirm": "1"}
    assert client.post(reverse("manager_unallocated"), given).status_code == 302
    assert list(worklists.unallocated(watched.manager, now=clock.now())) == []


@pytest.mark.parametrize("why", ["another team", "left", "kept from", "closed", "another authority"])
def test_nothing_is_given_where_one_child_must_not_be(watched: Watched, other: User, why: str) -> None:
    team, given = watched.team, [watched.child, a_child(team=watched.team)]
    if why == "another team":
        team = a_team(watched.authority)
    elif why == "left":
        people.leave(membership_of(other), at=NOW - HOUR)
    elif why == "kept from":
        concerns.keep_from(given[1], other, reason="A relative", by=watched.manager, at=NOW)
    elif why == "closed":
        case_closed(given[1], reason="Reunited", by=watched.manager, at=NOW)
    else:
        given.append(a_child())
    with pytest.raises(IllegalMove):
        children.reassign(given, team=team, worker=other, by=watched.manager, at=NOW + HOUR)
    assert not Allocation.objects.filter(worker=other).exists()


def test_whose_work_the_worker_has_already_is_left_as_it_is(watched: Watched) -> None:
    before = Allocation.objects.get(child=watched.child)
    fresh = a_child(team=watched.team)
    given = children.reassign(
        [watched.child, fresh], team=watched.team, worker=watched.worker, by=watched.manager, at=NOW
    )
    assert [one.child_id for one in given] == [fresh.pk]
    assert Allocation.objects.get(child=watched.child) == before


@pytest.mark.by_turns
def test_the_overview_costs_the_same_queries_for_any_number_of_workers_and_children(watched: Watched) -> None:
    def cost() -> int:
        reader = Client()
        reader.force_login(watched.manager)
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(reverse("manager_home")).status_code == 200
        return len(queries)

    def crowd() -> None:
        worker = a_person(Role.SOCIAL_WORKER, team=watched.team)
        gone = a_child(team=watched.team, worker=worker, at=AT - timedelta(days=2))
        placed(gone, watched.home)
        missing(a_child(team=watched.team, worker=worker), at=NOW)
        left = Membership.objects.get(user=a_person(Role.SOCIAL_WORKER, team=watched.team))
        a_child(team=watched.team, worker=left.user)
        people.leave(left, at=NOW - HOUR)

    crowd()
    few = cost()
    crowd()
    crowd()
    assert cost() == few
