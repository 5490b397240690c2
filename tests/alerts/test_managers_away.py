"""A manager who is away: whoever covers is told in their place, whoever stands above where nobody does, and never nobody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import desk_matters, recipients
from alerts.posts import Post
from cases import (
    access,
    clock,
    concerns,
    facts,
    leavers,
    manager_covers,
    people,
    restrictions,
    worker_leaves,
)
from cases.access import Permission
from cases.models import ConfigurationChange, ManagerCover, Membership, Reach, Role, User, WorkerLeave
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_child, a_person, a_team, a_watched_child
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
BACK = NOW + 7 * DAY
POSTS = (Post.MANAGER, Post.HEAD, Post.DIRECTOR)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def other(watched: Watched) -> User:
    return a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), name="Ilse Varnholt")


def away(person: User, *, by: User | None = None, at=NOW) -> WorkerLeave:
    said = {"kind": "leave", "starts_at": at, "ends_at": BACK, "by": by or person, "at": at}
    return worker_leaves.announce(person, **said)


def covered(leave: WorkerLeave, colleague: User, *, at=NOW) -> ManagerCover:
    post = Membership.objects.get(user=leave.worker, role=Role.TEAM_MANAGER)
    cover = manager_covers.ask(leave, post, colleague, by=leave.worker, at=at)
    return manager_covers.answer([cover], accepted=True, by=colleague, at=at)[0]


def told(watched: Watched, post: Post = Post.MANAGER, at=NOW + HOUR) -> set[int | None]:
    child = facts.load([watched.child.pk])[watched.child.pk]
    directory = recipients.directory([child], at=at)
    return {one.user_id for one in directory.resolve(post, child, ("mail", "text"))}


def opens(person: User, watched: Watched, at) -> bool:
    fresh = User.objects.get(pk=person.pk)
    return access.may(fresh, watched.child, Permission.SEE_RECORD, at=at)


@pytest.mark.by_turns
def test_whoever_covers_is_told_in_the_place_of_the_manager_and_reads_what_they_read_for_that_time(
    watched: Watched, other: User
) -> None:
    assert told(watched) == {watched.manager.pk}
    leave = away(watched.manager)
    assert told(watched) == {watched.head.pk}
    cover = covered(leave, other)
    assert told(watched) == {other.pk}
    assert opens(other, watched, NOW + HOUR)
    assert told(watched, at=BACK) == {watched.manager.pk}
    assert not opens(other, watched, BACK)
    manager_covers.end(cover, reason="Taken ill", by=other, at=NOW + 2 * HOUR)
    assert told(watched, at=NOW + 3 * HOUR) == {watched.head.pk}
    assert not opens(other, watched, NOW + 3 * HOUR)
    kinds = set(
        ConfigurationChange.objects.filter(subject_type="managercover").values_list("kind", flat=True)
    )
    assert kinds == {"manager_cover_asked", "manager_cover_answered", "manager_cover_ended"}


@pytest.mark.by_turns
def test_cover_of_one_post_ends_by_itself_and_with_that_post_and_not_that_of_another(
    watched: Watched, other: User
) -> None:
    second = people.join(
        watched.manager, Role.TEAM_MANAGER, team=a_team(watched.authority), by=watched.head, at=AT
    )
    leave = away(watched.manager)
    posts = list(Membership.objects.filter(user=watched.manager).order_by("pk"))
    assert second in posts
    covers = [manager_covers.ask(leave, post, other, by=watched.manager, at=NOW) for post in posts]
    manager_covers.answer(covers, accepted=True, by=other, at=NOW)
    manager_covers.end(covers[0], reason="Too much", by=other, at=NOW + HOUR)
    assert list(ManagerCover.objects.holding(NOW + HOUR)) == covers[1:]
    people.leave(second, by=watched.head, at=NOW + 2 * HOUR)
    with pytest.raises(IllegalMove, match="ended already"):
        manager_covers.end(covers[1], reason="Over", by=other, at=NOW + 3 * HOUR)
    covers[1].refresh_from_db()
    assert (covers[1].ends_at, covers[1].called_off_at) == (None, None)


@pytest.mark.by_turns
def test_whoever_covers_and_is_away_too_closed_kept_or_not_named_stands_in_for_nobody(
    watched: Watched, other: User
) -> None:
    covered(away(watched.manager), other)
    concerns.keep_from(watched.child, other, reason="Named by the child", by=watched.head, at=NOW)
    assert told(watched) == {watched.head.pk}
    second = a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT)
    beside = facts.load([second.pk])[second.pk]

    def of_second(at=NOW + HOUR) -> set[int | None]:
        found = recipients.directory([beside], at=at).resolve(Post.MANAGER, beside, ("mail",))
        return {one.user_id for one in found}

    assert of_second() == {other.pk}
    restrictions.restrict(
        second, reason="A threat", named=[watched.manager, watched.worker], by=watched.manager, at=NOW
    )
    assert of_second() == {watched.head.pk, watched.director.pk}
    away(other, at=NOW + 2 * HOUR)
    assert of_second(NOW + 3 * HOUR) == {watched.head.pk, watched.director.pk}
    leavers.close(other, reason="Left", by=watched.director, at=NOW + 4 * HOUR)
    assert of_second(NOW + 5 * HOUR) == {watched.head.pk, watched.director.pk}


@pytest.mark.by_turns
def test_the_desk_hears_by_whoever_stands_above_its_manager_who_is_away_whatever_other_managers_are_there(
    watched: Watched, other: User
) -> None:
    desk = a_person(Role.TEAM_MANAGER, team=watched.desk.team)
    away(desk)
    directory = recipients.desks([watched.authority.pk], at=NOW + HOUR)
    told = {one.user_id for one in desk_matters.managing_desk(directory, watched.authority.pk)}
    assert told == {watched.head.pk, watched.desk.second.pk}


@pytest.mark.by_turns(8)
def test_when_all_above_are_away_too_whoever_is_on_leave_is_told_after_all(watched: Watched) -> None:
    for person in (watched.manager, watched.head, watched.director):
        away(person)
    assert [told(watched, post) for post in POSTS] == [
        {watched.manager.pk},
        {watched.head.pk},
        {watched.director.pk},
    ]


def test_nobody_asks_themself_nor_somebody_who_leads_nothing_here_or_is_away(
    watched: Watched, other: User
) -> None:
    leave = away(watched.manager)
    post = Membership.objects.get(user=watched.manager)
    stranger, worker = a_person(Role.TEAM_MANAGER), watched.worker
    for colleague, by in ((other, other), (stranger, watched.manager), (worker, watched.manager)):
        with pytest.raises(IllegalMove):
            manager_covers.ask(leave, post, colleague, by=by, at=NOW)
    away(other)
    with pytest.raises(IllegalMove, match="is away in that time"):
        manager_covers.ask(leave, post, other, by=watched.manager, at=NOW)
    assert not ManagerCover.objects.exists()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_manager_asks_another_accepts_and_the_head_reads_of_the_gap_until_then(
    watched: Watched, other: User
) -> None:
    now, manager = clock.now(), signed_in(watched.manager)
    page = reverse("worker_leave", args=[watched.manager.pk])
    assert page in manager.get(reverse("manager_home")).content.decode()
    sent = manager.post(page, {"kind": "leave", **boxes(first_day=now, last_day=now + 4 * DAY)})
    assert sent.status_code == 302
    assert f"Told instead: {watched.head.name}." in manager.get(page).content.decode()
    home = signed_in(watched.head).get(reverse("manager_home")).content.decode()
    assert "Nobody covers: you are told instead." in home
    assert "Managers who are away" not in signed_in(other).get(reverse("manager_home")).content.decode()
    leave, post = WorkerLeave.objects.get(), Membership.objects.get(user=watched.manager)
    ask = reverse("manager_cover", args=[watched.manager.pk])
    assert manager.post(ask, {"colleague": ""}).status_code == 422
    answers = {"leave": leave.pk, "post": post.pk, "colleague": other.pk}
    assert manager.post(ask, answers).status_code == 302
    there, record = signed_in(other), reverse("child_details", args=[watched.child.reference])
    assert there.get(record).status_code == 404
    assert "You are asked to cover for 1 manager" in there.get(reverse("manager_home")).content.decode()
    form = there.get(reverse("manager_cover_answer"))
    assert "Tarekiel" not in form.content.decode()
    key = form.context["form"]["asking"].value()
    assert there.post(reverse("manager_cover_answer"), {"asking": key, "answer": "yes"}).status_code == 302
    assert there.get(record).status_code == 200
    home = signed_in(watched.head).get(reverse("manager_home")).content.decode()
    assert "Ilse Varnholt covers." in home
    end = reverse("manager_cover_end", args=[ManagerCover.objects.get().pk])
    assert there.post(end, {"reason": "Taken ill"}).status_code == 302
    assert there.get(record).status_code == 404


@pytest.mark.by_turns
def test_no_stranger_records_asks_answers_or_ends(watched: Watched, other: User) -> None:
    now = clock.now()
    said = {"kind": "leave", "starts_at": now, "ends_at": now + 7 * DAY, "by": watched.manager, "at": now}
    leave = worker_leaves.announce(watched.manager, **said)
    post = Membership.objects.get(user=watched.manager)
    cover = manager_covers.ask(leave, post, other, by=watched.manager, at=now)
    head_elsewhere = a_person(Role.TEAM_MANAGER, reach=Reach.SERVICE)
    for person in (head_elsewhere, a_person(Role.TEAM_MANAGER, team=watched.team), watched.worker):
        client = signed_in(person)
        for name, key in (
            ("worker_leave", watched.manager.pk),
            ("manager_cover", watched.manager.pk),
            ("manager_cover_end", cover.pk),
        ):
            assert client.get(reverse(name, args=[key])).status_code == 404, (person, name)
        asked = client.get(reverse("manager_cover_answer")).content.decode()
        assert watched.manager.name not in asked
    assert signed_in(watched.guardian).get(reverse("manager_cover_answer")).status_code == 403
    assert signed_in(watched.head).get(reverse("manager_cover_end", args=[cover.pk])).status_code == 200
