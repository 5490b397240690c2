"""A manager with posts in two councils: the head of either says that they are away or back, and no stranger does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, supervising, worker_leaves
from cases.models import Membership, Reach, Role, User, WorkerLeave
from cases.states import IllegalMove
from tests.factories import Watched, a_person, a_team, a_watched_child
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    """The manager of this team leads one of another council as well, under another head."""
    watched = a_watched_child()
    there = a_team()
    Membership.objects.create(
        user=watched.manager, role=Role.TEAM_MANAGER, team=there, starts_at=clock.now() - DAY
    )
    return watched


@pytest.fixture
def head_there(watched: Watched) -> User:
    there = Membership.objects.exclude(team=watched.team).get(user=watched.manager).team
    return a_person(Role.TEAM_MANAGER, team=there, reach=Reach.SERVICE)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


def sick(watched: Watched) -> WorkerLeave:
    said = {"kind": "sickness", "starts_at": clock.now(), "ends_at": None, "at": clock.now()}
    return worker_leaves.announce(watched.manager, **said, by=watched.manager)


@pytest.mark.by_turns
def test_the_head_of_either_council_records_it_for_both_and_either_ends_it(
    watched: Watched, head_there: User
) -> None:
    page = reverse("worker_leave", args=[watched.manager.pk])
    sent = {"kind": "sickness", **boxes(first_day=clock.now())}
    for head, other in ((watched.head, head_there), (head_there, watched.head)):
        shown = signed_in(head).get(page).content.decode()
        assert "hears by mail of what you record" in shown
        assert signed_in(head).post(page, sent).status_code == 302
        leave = WorkerLeave.objects.current(clock.now()).get()
        assert leave.recorded_by == head
        # One who is ill is ill in both.
        assert "They are back: end it now" in signed_in(other).get(page).content.decode()
        assert signed_in(other).post(reverse("worker_leave_end", args=[leave.pk])).status_code == 302
        assert not WorkerLeave.objects.standing(clock.now()).exists()


@pytest.mark.by_turns
def test_each_head_asks_for_cover_of_their_own_councils_post_alone(
    watched: Watched, head_there: User
) -> None:
    now = clock.now()
    for head, authority in ((watched.head, watched.authority), (head_there, None)):
        (post,) = supervising.posts_of(watched.manager, by=head, at=now)
        assert post.team is not None
        assert (post.team.authority == watched.authority) is (authority is not None)


@pytest.mark.by_turns(8)
def test_a_head_who_leads_one_of_two_posts_in_each_council_records_nothing(
    watched: Watched, head_there: User
) -> None:
    """In each council a director's post stands above the head: nobody sends away whoever stands above them."""
    posts = Membership.objects.filter(user=watched.manager)
    for team in [one.team for one in posts]:
        Membership.objects.create(
            user=watched.manager,
            role=Role.TEAM_MANAGER,
            team=team,
            reach=Reach.DIRECTORATE,
            starts_at=clock.now(),
        )
    page = reverse("worker_leave", args=[watched.manager.pk])
    sent = {"kind": "sickness", **boxes(first_day=clock.now())}
    for head in (watched.head, head_there):
        refused = signed_in(head).post(page, sent)
        assert refused.status_code == 422
        assert "whoever leads all their posts in one council" in refused.content.decode()
    assert not WorkerLeave.objects.exists()
    leave = sick(watched)
    for head in (watched.head, head_there):
        signed_in(head).post(reverse("worker_leave_end", args=[leave.pk]))
    assert WorkerLeave.objects.current(clock.now()).get() == leave
    # A director beside them leads both of their posts here.
    supervising.require_posts_of_one_authority(watched.manager, by=watched.director, at=clock.now())


@pytest.mark.by_turns
def test_a_head_of_a_third_council_and_another_manager_find_nothing(watched: Watched) -> None:
    leave = sick(watched)
    for person in (
        a_person(Role.TEAM_MANAGER, reach=Reach.SERVICE),
        a_person(Role.TEAM_MANAGER, reach=Reach.DIRECTORATE),
        a_person(Role.TEAM_MANAGER, team=a_team(watched.authority)),
        watched.worker,
    ):
        client = signed_in(person)
        assert client.get(reverse("worker_leave", args=[watched.manager.pk])).status_code == 404
        assert client.post(reverse("worker_leave_end", args=[leave.pk])).status_code == 404
        with pytest.raises(IllegalMove, match="that you do not lead"):
            supervising.require_posts_of_one_authority(watched.manager, by=person, at=clock.now())
    assert WorkerLeave.objects.current(clock.now()).get() == leave


@pytest.fixture
def head_of_worker(watched: Watched) -> User:
    """The head of another council in which the social worker of this one leads a team."""
    there = a_team()
    Membership.objects.create(
        user=watched.worker, role=Role.TEAM_MANAGER, team=there, starts_at=clock.now() - DAY
    )
    return a_person(Role.TEAM_MANAGER, team=there, reach=Reach.SERVICE)


@pytest.mark.by_turns
def test_whoever_manages_their_work_here_records_and_ends_it_though_they_lead_a_team_elsewhere(
    watched: Watched, head_of_worker: User
) -> None:
    page = reverse("worker_leave", args=[watched.worker.pk])
    sent = {"kind": "sickness", **boxes(first_day=clock.now())}
    for by in (watched.manager, watched.head, head_of_worker):
        assert signed_in(by).post(page, sent).status_code == 302
        leave = WorkerLeave.objects.current(clock.now()).get()
        assert leave.recorded_by == by
        assert signed_in(by).post(reverse("worker_leave_end", args=[leave.pk])).status_code == 302
        assert not WorkerLeave.objects.standing(clock.now()).exists()


@pytest.mark.by_turns
def test_a_manager_of_another_team_or_council_finds_nothing_of_such_a_worker(
    watched: Watched, head_of_worker: User
) -> None:
    said = {"kind": "sickness", "starts_at": clock.now(), "ends_at": None, "at": clock.now()}
    leave = worker_leaves.announce(watched.worker, **said, by=watched.worker)
    there = Membership.objects.get(user=head_of_worker).team
    assert there is not None
    for person in (
        a_person(Role.TEAM_MANAGER, team=a_team(watched.authority)),
        a_person(Role.TEAM_MANAGER, team=a_team(there.authority)),
        a_person(Role.TEAM_MANAGER, reach=Reach.DIRECTORATE),
    ):
        client = signed_in(person)
        assert client.get(reverse("worker_leave", args=[watched.worker.pk])).status_code == 404
        assert client.post(reverse("worker_leave_end", args=[leave.pk])).status_code == 404
        with pytest.raises(IllegalMove, match="that you do not lead"):
            supervising.require_posts_of_one_authority(watched.worker, by=person, at=clock.now())
    assert WorkerLeave.objects.current(clock.now()).get() == leave


@pytest.mark.by_turns
def test_of_a_worker_who_holds_a_post_here_that_one_does_not_lead_one_records_nothing(
    watched: Watched, head_of_worker: User
) -> None:
    Membership.objects.create(
        user=watched.worker, role=Role.TEAM_MANAGER, team=watched.team, starts_at=clock.now() - DAY
    )
    page = reverse("worker_leave", args=[watched.worker.pk])
    sent = {"kind": "sickness", **boxes(first_day=clock.now())}
    refused = signed_in(watched.manager).post(page, sent)
    assert refused.status_code == 422
    assert "whoever leads all their posts in one council" in refused.content.decode()
    assert not WorkerLeave.objects.exists()
    assert signed_in(watched.head).post(page, sent).status_code == 302
    leave = WorkerLeave.objects.current(clock.now()).get()
    signed_in(watched.manager).post(reverse("worker_leave_end", args=[leave.pk]))
    assert WorkerLeave.objects.current(clock.now()).get() == leave
