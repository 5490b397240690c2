"""A manager's post while its holder is away, in words for who reads them; leave is of the person, cover of one post."""

import pytest
from django.test import Client
from django.urls import reverse

from alerts import recipients
from cases import clock, leavers, manager_covers, people, posts_away, worker_leaves
from cases.models import ManagerCover, Membership, Reach, Role, User, WorkerLeave
from tests.alerts.test_managers_away import BACK, DAY, HOUR, NOW, away
from tests.factories import LONG_AGO, Watched, a_person, a_team, a_watched_child, membership_of

pytestmark = pytest.mark.django_db
POSTS = {Reach.TEAM: "manager", Reach.SERVICE: "head", Reach.DIRECTORATE: "director"}


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


def covers(leave: WorkerLeave, post: Membership, colleague: User, *, at=NOW) -> ManagerCover:
    cover = manager_covers.ask(leave, post, colleague, by=leave.worker, at=at)
    return manager_covers.answer([cover], accepted=True, by=colleague, at=at)[0]


def words(post: Membership, reader: User, at=NOW + HOUR) -> str:
    (one,) = posts_away.read([post], at)
    return one.words(reader, at=at).replace("\u2068", "").replace("\u2069", "")


def acting(post: Membership, at=NOW + HOUR) -> set[int]:
    """Who is told by the ladders in this post."""
    team = post.team
    assert team is not None
    managers = recipients.desks([team.authority_id], at=at).managers
    return {one.pk for one in managers.acting(Reach(post.reach), team.authority_id, team.pk)}


@pytest.mark.by_turns
def test_whoever_stands_above_reads_that_they_are_told_and_everybody_else_who_is(watched: Watched) -> None:
    post = membership_of(watched.manager)
    assert not posts_away.read([post], NOW)
    away(watched.manager)
    assert words(post, watched.head) == "Nobody covers: you are told instead."
    for other in (watched.manager, watched.director):
        assert words(post, other) == f"Nobody covers. Told instead: {watched.head.name}."
    assert acting(post) == {watched.head.pk}
    away(watched.head)
    assert words(post, watched.director) == "Nobody covers: you are told instead."
    assert acting(post) == {watched.director.pk}
    away(watched.director)
    assert words(post, watched.director) == "Nobody is told in their place."
    assert acting(post) == {watched.manager.pk}, "a holiday is no reason for nobody to hear"


@pytest.mark.by_turns(8)
def test_a_head_who_reads_of_another_head_is_told_as_before_and_nothing_falls_to_them_instead(
    watched: Watched,
) -> None:
    peer = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    post = membership_of(peer)
    away(peer)
    assert words(post, watched.head) == "Nobody covers: you hold the same post, and are told as before."
    told = f"Nobody covers. Who holds the same post is told as before: {watched.head.name}."
    assert [words(post, one) for one in (peer, watched.director)] == [told, told]
    assert acting(post) == {watched.head.pk}, "nobody above hears in a peer's place"
    director = membership_of(watched.director)
    away(watched.director)
    assert words(director, watched.head) == "Nobody is told in their place."
    second = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.DIRECTORATE)
    assert words(director, second) == "Nobody covers: you hold the same post, and are told as before."


@pytest.mark.by_turns
def test_a_team_with_another_manager_who_is_there_sends_nothing_up(watched: Watched) -> None:
    second = a_person(Role.TEAM_MANAGER, team=watched.team)
    post = membership_of(watched.manager)
    away(watched.manager)
    told = f"Nobody covers. Who holds the same post is told as before: {second.name}."
    assert words(post, watched.head) == told
    assert acting(post) == {second.pk}
    away(second)
    assert words(post, watched.head) == "Nobody covers: you are told instead."


@pytest.mark.by_turns(8)
def test_whoever_covers_reads_that_it_is_they_and_leave_to_come_says_nothing_of_now(watched: Watched) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    post = membership_of(watched.manager)
    said = {"kind": "leave", "starts_at": NOW + DAY, "ends_at": BACK, "by": watched.manager, "at": NOW}
    leave = worker_leaves.announce(watched.manager, **said)
    assert {words(post, one) for one in (watched.head, watched.manager)} == {"Nobody covers yet."}
    covers(leave, post, other)
    for at in (NOW + HOUR, NOW + 2 * DAY):
        assert words(post, other, at) == "You cover."
        assert words(post, watched.head, at) == f"{other.name} covers."
    assert not posts_away.read([post], BACK)


@pytest.mark.by_turns
def test_both_pages_say_who_is_told_to_whoever_reads_them(watched: Watched) -> None:
    now = clock.now()
    peer = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    said = {"kind": "leave", "starts_at": now, "ends_at": now + 7 * DAY, "at": now}
    for person in (watched.manager, peer):
        worker_leaves.announce(person, **said, by=person)
    client = Client()
    client.force_login(watched.head)
    home = client.get(reverse("manager_home")).content.decode()
    assert home.count("Nobody covers: you are told instead.") == 1
    assert home.count("Nobody covers: you hold the same post, and are told as before.") == 1
    page = client.get(reverse("worker_leave", args=[peer.pk])).content.decode()
    assert "you hold the same post" in page
    assert "count for every post, in every council" in page


@pytest.mark.by_turns
def test_a_manager_of_two_councils_is_away_in_both_and_each_post_has_cover_of_its_own(
    watched: Watched,
) -> None:
    elsewhere = a_watched_child()
    manager = watched.manager
    people.join(manager, Role.TEAM_MANAGER, at=LONG_AGO, team=elsewhere.team)
    here, there = Membership.objects.filter(user=manager).order_by("pk")
    assert (manager.pk in acting(here), manager.pk in acting(there)) == (True, True)
    leave = away(manager)
    # The other team has its own manager, who is there.
    assert (acting(here), acting(there)) == ({watched.head.pk}, {elsewhere.manager.pk})
    away(elsewhere.manager)
    assert acting(there) == {elsewhere.head.pk}
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    cover = covers(leave, here, other)
    assert (acting(here), acting(there)) == ({other.pk}, {elsewhere.head.pk}), (
        "cover of one post is of no other"
    )
    # Whoever covers leads a team of the other council as well, and leaves the first: the cover ends there.
    people.join(other, Role.TEAM_MANAGER, at=LONG_AGO, team=a_team(elsewhere.authority))
    own = Membership.objects.filter(user=other, team__authority=watched.authority).get()
    people.leave(own, at=NOW + 2 * HOUR)
    assert acting(here, NOW + 3 * HOUR) == {watched.head.pk}
    assert ManagerCover.objects.get(pk=cover.pk).ends_at is None
    worker_leaves.end(leave, by=manager, at=NOW + 4 * HOUR)
    assert manager.pk in acting(here, NOW + 5 * HOUR) & acting(there, NOW + 5 * HOUR)


@pytest.mark.by_turns
def test_a_post_that_ends_takes_its_cover_along_and_leaves_the_other_post_as_it_is(watched: Watched) -> None:
    elsewhere = a_watched_child()
    manager = watched.manager
    people.join(manager, Role.TEAM_MANAGER, at=LONG_AGO, team=a_team(elsewhere.authority))
    here, there = Membership.objects.filter(user=manager).order_by("pk")
    leave = away(manager)
    first = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    second = a_person(Role.TEAM_MANAGER, team=a_team(elsewhere.authority))
    covers(leave, here, first)
    covers(leave, there, second)
    people.leave(here, at=NOW + 2 * HOUR)
    assert acting(there, NOW + 3 * HOUR) == {second.pk}
    assert not ManagerCover.objects.holding(NOW + 3 * HOUR).filter(membership=here).exists()
    assert ManagerCover.objects.holding(NOW + 3 * HOUR).filter(membership=there).exists()
    leavers.close(second, reason="Left", by=elsewhere.director, at=NOW + 4 * HOUR)
    assert acting(there, NOW + 5 * HOUR) == {elsewhere.head.pk}
