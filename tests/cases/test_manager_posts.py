"""Whoever leads, or covers for whoever does, sends no senior away, and signs and sees nothing that is a director's own."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import Client, RequestFactory
from django.urls import reverse

from alerts import no_stranger
from cases import access, administration, clock, manager_covers, restrictions, worker_leaves
from cases.access import Permission
from cases.models import ManagerCover, Matter, Membership, Reach, Role, Shift, User, WorkerLeave
from cases.states import IllegalMove
from tests.factories import Watched, a_person, a_team, a_watched_child
from tests.guardians.spans import boxes

DAY = timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def other(watched: Watched) -> User:
    return a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))


def away(person: User, *, by: User | None = None) -> WorkerLeave:
    now = clock.now()
    said = {"kind": "sickness", "starts_at": now, "ends_at": None, "by": by or person, "at": now}
    return worker_leaves.announce(person, **said)


def asked(leave: WorkerLeave, colleague: User) -> ManagerCover:
    post = Membership.objects.get(user=leave.worker, role=Role.TEAM_MANAGER)
    return manager_covers.ask(leave, post, colleague, by=leave.worker, at=clock.now())


def covered(leave: WorkerLeave, colleague: User) -> ManagerCover:
    cover = asked(leave, colleague)
    return manager_covers.answer([cover], accepted=True, by=colleague, at=clock.now())[0]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


@pytest.mark.django_db
def test_no_head_nor_whoever_covers_for_one_sends_the_director_away_or_gives_their_post(
    watched: Watched, other: User
) -> None:
    covered(away(watched.head), other)
    second_head = a_person(Role.TEAM_MANAGER, team=watched.team, reach=Reach.SERVICE)
    cover = asked(away(watched.director), other)
    for person in (other, second_head):
        client = signed_in(person)
        for name, key in (
            ("worker_leave", watched.director.pk),
            ("manager_cover", watched.director.pk),
        ):
            assert client.get(reverse(name, args=[key])).status_code == 404, (person, name)
    assert signed_in(second_head).get(reverse("manager_cover_end", args=[cover.pk])).status_code == 404
    # Of a post below one's own that is one's own to lead, and not of one that is covered.
    for person, status in ((second_head, 200), (other, 404)):
        page = reverse("worker_leave", args=[watched.manager.pk])
        assert signed_in(person).get(page).status_code == status


@pytest.mark.django_db
def test_a_managers_request_for_cover_is_taken_back_until_it_is_accepted(
    watched: Watched, other: User
) -> None:
    cover = asked(away(watched.manager), other)
    manager, page = signed_in(watched.manager), reverse("worker_leave", args=[watched.manager.pk])
    end = reverse("manager_cover_end", args=[cover.pk])
    for words in ("Take back the request", "End the cover"):
        for address in (page, end):
            assert words in manager.get(address).content.decode(), address
        if cover.accepted is None:
            cover = manager_covers.answer([cover], accepted=True, by=other, at=clock.now())[0]


@pytest.mark.django_db
@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.DIRECTORATE])
def test_a_manager_records_no_worker_away_who_holds_a_post_here_that_they_do_not_lead(
    watched: Watched, reach: str
) -> None:
    now = clock.now()
    elsewhere = a_team(watched.authority) if reach == Reach.TEAM else watched.team
    post = a_person(Role.TEAM_MANAGER, team=elsewhere, reach=reach)
    Membership.objects.create(user=post, role=Role.SOCIAL_WORKER, team=watched.team, starts_at=now - DAY)
    page = reverse("worker_leave", args=[post.pk])
    sent = {"kind": "leave", **boxes(first_day=now, last_day=now + 4 * DAY)}
    refused = signed_in(watched.manager).post(page, sent)
    assert refused.status_code == 422
    assert "that you do not lead" in refused.content.decode()
    assert not WorkerLeave.objects.exists()
    leave = away(post)
    signed_in(watched.manager).post(reverse("worker_leave_end", args=[leave.pk]))
    assert WorkerLeave.objects.current(clock.now()).exists()


@pytest.mark.django_db
def test_whoever_covers_for_a_head_opens_no_matter_of_data_protection(watched: Watched, other: User) -> None:
    now = clock.now()
    covered(away(watched.head), other)
    matter = Matter.objects.create(
        kind=Matter.Kind.BREACH,
        authority=watched.authority,
        key=uuid.uuid4(),
        text="A paper was left on a bus",
        since=now,
        reported_at=now,
        reported_by=watched.worker,
    )
    page = reverse("matter", args=[matter.pk])
    assert signed_in(other).get(page).status_code == 404
    assert signed_in(watched.head).get(page).status_code == 200


@pytest.mark.django_db
def test_a_director_on_leave_reads_that_nobody_is_told_in_their_place(watched: Watched) -> None:
    away(watched.director)
    page = reverse("worker_leave", args=[watched.director.pk])
    assert "Nobody is told in their place." in signed_in(watched.director).get(page).content.decode()


@pytest.mark.django_db
def test_whoever_covers_for_a_director_signs_for_nobody_and_sees_no_figures_of_the_country(
    watched: Watched, other: User
) -> None:
    covered(away(watched.director), other)
    there, now = User.objects.get(pk=other.pk), clock.now()
    assert any(m.reach == Reach.DIRECTORATE for m in access.memberships(there, now))
    assert not administration.may_agree(there, [watched.authority.pk], at=now)
    assert administration.may_agree(watched.director, [watched.authority.pk], at=now)
    with pytest.raises(PermissionDenied):
        access.require_oversight(there, request=RequestFactory().get("/"), at=now)


@pytest.mark.django_db
def test_a_restricted_record_opens_to_the_head_while_the_manager_is_away_and_not_by_the_heads_own_word(
    watched: Watched, other: User
) -> None:
    child, now = watched.child, clock.now()
    named = [watched.manager, watched.worker, other]
    restrictions.restrict(child, reason="A threat", named=named, by=watched.manager, at=now)

    def opens(person: User) -> bool:
        return access.may(User.objects.get(pk=person.pk), child, Permission.SEE_RECORD, at=clock.now())

    assert not opens(watched.head)
    leave = away(watched.manager, by=watched.head)
    assert not opens(watched.head)
    assert opens(watched.director)
    worker_leaves.end(leave, by=watched.manager, at=clock.now())
    leave = away(watched.manager)
    assert opens(watched.head)
    page = reverse("child_details", args=[child.reference])
    assert signed_in(watched.head).get(page).status_code == 200
    assert not list(no_stranger.restricted_and_read(clock.now()))
    covered(leave, other)
    assert opens(other)
    assert not opens(watched.head)


@pytest.mark.django_db
def test_the_page_of_leave_names_no_shift_of_another_authority(watched: Watched) -> None:
    now, page = clock.now(), reverse("worker_leave", args=[watched.manager.pk])
    there = a_team(name="Desk elsewhere")
    here = a_team(watched.authority, name="Desk of ours")
    for team in (there, here):
        span = {"starts_at": now - DAY, "ends_at": now + DAY}
        Shift.objects.create(team=team, person=watched.manager, phone="07700900123", **span)
    away(watched.manager)
    shown = signed_in(watched.head).get(page).content.decode()
    assert "Desk of ours" in shown
    assert "Desk elsewhere" not in shown


@pytest.mark.usefixtures("committed")
def test_of_two_who_accept_one_post_at_the_same_moment_the_second_hears_of_the_first(
    watched: Watched, other: User
) -> None:
    third = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    leave, now = away(watched.manager), clock.now()
    waiting = [(asked(leave, person), person) for person in (other, third)]

    def accept(cover: ManagerCover, person: User) -> str:
        try:
            manager_covers.answer([cover], accepted=True, by=person, at=now)
        except IllegalMove as refusal:
            return str(refusal)
        finally:
            connections["default"].close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(lambda one: accept(*one), waiting))
    assert said == ["", "Somebody else has accepted to cover already."]
