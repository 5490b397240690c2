"""Who is away hears of what another recorded of it, whoever is named as cover of what they are asked, and nobody else does."""

from datetime import datetime, timedelta

import pytest

from alerts import delivery, emails
from alerts.models import Message
from alerts.states import MessageStatus
from cases import manager_covers, people, supervising, worker_covers, worker_leaves
from cases.models import Allocation, Membership, Reach, Role, User, WorkerLeave
from tests.factories import Watched, a_child, a_person, a_team, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 30 * HOUR)


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=watched.team, name="Ilse Varnholt")


def away(person: User, *, by: User, at: datetime, **said) -> WorkerLeave:
    given = {"kind": "leave", "starts_at": at, "ends_at": at + 7 * DAY, "by": by, "at": at, **said}
    return worker_leaves.announce(person, **given)


def told(wording: str) -> list[User | None]:
    return [one.user for one in Message.objects.filter(wording=wording).order_by("created_at", "user")]


def text(message: Message, now: datetime) -> str:
    said = emails.compose(message, now=now)
    return " ".join(said.text.split()).replace("\u2068", "").replace("\u2069", "")


@pytest.mark.by_turns
def test_a_worker_whose_leave_the_manager_recorded_hears_from_when_to_when_and_how_to_end_it(
    watched: Watched, now: datetime, catcher
) -> None:
    leave = away(watched.worker, by=watched.manager, at=now)
    assert told("leave_recorded") == [watched.worker]
    (message,) = Message.objects.filter(wording="leave_recorded")
    said = text(message, now)
    assert leave.last_day is not None
    for words in (
        f"{watched.manager.name} has recorded that you are away from",
        f"until {leave.last_day.day} ",
        "Nobody has accepted to cover for you yet.",
        "sign in, open “Leave and cover” and end it there",
    ):
        assert words in said
    assert "leave" not in said.lower().replace("“leave and cover”", "").replace("/leave", ""), "not why"
    assert watched.child.reference not in said
    delivery.deliver(clock=lambda: now)
    assert Message.objects.get(pk=message.pk).status == MessageStatus.SENT


@pytest.mark.by_turns
def test_nobody_hears_of_leave_that_they_recorded_themselves(watched: Watched, now: datetime) -> None:
    away(watched.worker, by=watched.worker, at=now)
    away(watched.manager, by=watched.manager, at=now)
    assert not Message.objects.filter(change__isnull=False).exists()


@pytest.mark.by_turns(8)
def test_a_manager_who_is_sick_hears_who_covers_once_somebody_has_accepted(
    watched: Watched, now: datetime
) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), name="Ilse Varnholt")
    leave = away(watched.manager, by=watched.head, at=now, kind="sickness", ends_at=None)
    assert told("leave_recorded") == [watched.manager]
    post = Membership.objects.get(user=watched.manager)
    cover = manager_covers.ask(leave, post, other, by=watched.head, at=now + HOUR)
    assert told("cover_asked") == [other]
    asked = text(Message.objects.get(wording="cover_asked"), now + HOUR)
    names = f"{watched.head.name} asks you to stand in for {watched.manager.name}"
    assert names in asked
    assert watched.team.name in asked
    assert "until" not in asked, "an end that nobody knows is not said"
    manager_covers.answer([cover], accepted=True, by=other, at=now + 2 * HOUR)
    assert told("leave_recorded") == [watched.manager] * 2
    last = Message.objects.filter(wording="leave_recorded").latest("created_at")
    said = text(last, now + 2 * HOUR)
    assert "Who covers for you: Ilse Varnholt." in said
    assert "open “When you are away” and end it there" in said
    assert f"{watched.head.name} has recorded" in said
    worker_leaves.look_again(leave, ends_at=None, by=watched.head, at=now + DAY)
    assert len(told("leave_recorded")) == 2, "nothing is new"
    worker_leaves.look_again(leave, ends_at=now + 5 * DAY, by=watched.head, at=now + 2 * DAY)
    assert len(told("leave_recorded")) == 3


@pytest.mark.by_turns(8)
def test_a_colleague_is_asked_in_one_mail_for_all_children_and_the_worker_hears_of_a_yes_alone(
    watched: Watched, colleague: User, now: datetime
) -> None:
    a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - HOUR)
    leave = away(watched.worker, by=watched.manager, at=now)
    held = list(Allocation.objects.current(now).filter(worker=watched.worker))
    assert len(held) == 2
    third = a_person(Role.SOCIAL_WORKER, team=watched.team)
    refused = worker_covers.ask(leave, held, third, by=watched.manager, at=now).covers
    worker_covers.answer(refused, accepted=False, reason="On a course", by=third, at=now)
    assert told("leave_recorded") == [watched.worker]
    covers = worker_covers.ask(leave, held, colleague, by=watched.manager, at=now + HOUR).covers
    assert told("cover_asked") == [third, colleague]
    said = text(Message.objects.filter(wording="cover_asked").latest("created_at"), now + HOUR)
    assert f"{watched.manager.name} asks you to have the work of 2 children of {watched.worker.name}." in said
    assert watched.child.reference not in said
    worker_covers.answer(covers, accepted=True, by=colleague, at=now + 2 * HOUR)
    assert told("leave_recorded") == [watched.worker] * 2
    last = Message.objects.filter(wording="leave_recorded").latest("created_at")
    assert "Who covers for you: Ilse Varnholt." in text(last, now + 2 * HOUR)


@pytest.mark.by_turns
def test_of_leave_that_was_their_own_to_record_only_whoever_is_asked_hears(
    watched: Watched, colleague: User, now: datetime
) -> None:
    leave = away(watched.worker, by=watched.worker, at=now)
    held = list(Allocation.objects.current(now).filter(worker=watched.worker))
    covers = worker_covers.ask(leave, held, colleague, by=watched.manager, at=now).covers
    worker_covers.answer(covers, accepted=True, by=colleague, at=now)
    assert (told("cover_asked"), told("leave_recorded")) == ([colleague], [])


@pytest.mark.by_turns
def test_what_is_not_out_when_the_leave_is_over_is_not_sent(watched: Watched, now: datetime) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    leave = away(watched.manager, by=watched.head, at=now, starts_at=now + DAY)
    manager_covers.ask(leave, Membership.objects.get(user=watched.manager), other, by=watched.head, at=now)
    worker_leaves.end(leave, by=watched.manager, at=now + HOUR)
    waits = Message.objects.filter(wording__in=("leave_recorded", "cover_asked"))
    assert {one.status for one in waits} == {MessageStatus.CANCELLED}
    assert len(waits) == 2


def test_a_closed_account_is_told_nothing(watched: Watched, now: datetime) -> None:
    User.objects.filter(pk=watched.worker.pk).update(is_active=False)
    away(User.objects.get(pk=watched.worker.pk), by=watched.manager, at=now)
    assert not Message.objects.filter(wording="leave_recorded").exists()


@pytest.mark.by_turns
def test_whoever_has_answered_is_not_mailed_any_more_that_they_were_asked(
    watched: Watched, colleague: User, now: datetime
) -> None:
    leave = away(watched.worker, by=watched.worker, at=now)
    held = list(Allocation.objects.current(now).filter(worker=watched.worker))
    asked = worker_covers.ask(leave, held, colleague, by=watched.manager, at=now)
    post = Membership.objects.get(user=watched.manager)
    gone = away(watched.manager, by=watched.manager, at=now)
    head = manager_covers.ask(gone, post, watched.head, by=watched.manager, at=now)
    waits = Message.objects.filter(wording="cover_asked", status=MessageStatus.QUEUED)
    assert waits.count() == 2
    worker_covers.answer(asked.covers, accepted=True, by=colleague, at=now + HOUR)
    assert [one.user for one in waits] == [watched.head]
    manager_covers.answer([head], accepted=False, reason="Away too.", by=watched.head, at=now + HOUR)
    assert not waits.all().exists()


@pytest.fixture
def head_there(watched: Watched, now: datetime) -> User:
    """The head of another council in which the manager leads a team as well."""
    there = a_team()
    Membership.objects.create(user=watched.manager, role=Role.TEAM_MANAGER, team=there, starts_at=now - DAY)
    return a_person(Role.TEAM_MANAGER, team=there, reach=Reach.SERVICE, name="Oriel Tamberlane")


@pytest.mark.by_turns(8)
def test_the_head_of_the_other_council_hears_of_what_this_one_recorded_and_of_its_end(
    watched: Watched, head_there: User, now: datetime, catcher
) -> None:
    there = Membership.objects.get(user=head_there).team
    director_there = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE)
    leave = away(watched.manager, by=watched.head, at=now, kind="sickness", ends_at=None)
    assert (told("leave_recorded"), told("leave_elsewhere")) == ([watched.manager], [head_there])
    said = text(Message.objects.get(wording="leave_elsewhere"), now)
    assert f"{watched.head.name} has recorded that {watched.manager.name} is away from" in said
    assert "No last day is known." in said
    assert "sick" not in said.lower(), "not why"
    delivery.deliver(clock=lambda: now)
    worker_leaves.look_again(leave, ends_at=None, by=watched.head, at=now + HOUR)
    assert told("leave_elsewhere") == [head_there], "nothing is new"
    worker_leaves.look_again(leave, ends_at=now + 5 * DAY, by=watched.head, at=now + 2 * HOUR)
    delivery.deliver(clock=lambda: now + 2 * HOUR)
    worker_leaves.end(leave, by=watched.manager, at=now + DAY)
    assert told("leave_elsewhere") == [head_there] * 3
    last = Message.objects.filter(wording="leave_elsewhere").latest("created_at")
    assert f"{watched.manager.name} has recorded that {watched.manager.name} is there again." in text(
        last, now + DAY
    )
    assert director_there not in told("leave_elsewhere")


@pytest.mark.by_turns
def test_whoever_recorded_it_hears_that_the_head_of_the_other_council_ended_it(
    watched: Watched, head_there: User, now: datetime
) -> None:
    leave = away(watched.manager, by=watched.head, at=now)
    worker_leaves.end(leave, by=head_there, at=now + HOUR)
    waits = Message.objects.filter(wording="leave_elsewhere", status=MessageStatus.QUEUED)
    assert [one.user for one in waits] == [watched.head]
    assert f"{head_there.name} has recorded that" in text(waits.get(), now + HOUR)


@pytest.mark.by_turns
def test_of_leave_that_is_over_before_its_mail_is_out_the_other_head_hears_of_neither(
    watched: Watched, head_there: User, now: datetime
) -> None:
    leave = away(watched.manager, by=watched.head, at=now)
    worker_leaves.end(leave, by=watched.head, at=now + HOUR)
    waits = Message.objects.filter(wording="leave_elsewhere")
    assert [(one.user, one.status) for one in waits] == [(head_there, MessageStatus.CANCELLED)]


@pytest.mark.by_turns
def test_no_head_hears_of_what_the_manager_said_or_of_a_post_that_the_recorder_leads(
    watched: Watched, head_there: User, now: datetime
) -> None:
    leave = away(watched.manager, by=watched.manager, at=now)
    worker_leaves.end(leave, by=watched.manager, at=now + HOUR)
    there = Membership.objects.exclude(team=watched.team).get(user=watched.manager)
    people.leave(there, at=now + HOUR)
    away(watched.manager, by=watched.head, at=now + 2 * HOUR)
    assert not Message.objects.filter(wording="leave_elsewhere").exists()


@pytest.mark.by_turns
def test_while_the_other_head_is_away_too_whoever_covers_or_stands_above_hears(
    watched: Watched, head_there: User, now: datetime
) -> None:
    there = Membership.objects.get(user=head_there).team
    director_there = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE)
    away(head_there, by=head_there, at=now)
    away(watched.manager, by=watched.head, at=now)
    assert told("leave_elsewhere") == [director_there]


@pytest.fixture
def director_beside(watched: Watched, now: datetime) -> User:
    """Director of another council, beside the manager who is one there too."""
    there = a_team()
    post = {"role": Role.TEAM_MANAGER, "team": there, "reach": Reach.DIRECTORATE, "starts_at": now - DAY}
    Membership.objects.create(user=watched.manager, **post)
    return a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE, name="Oriel Tamberlane")


@pytest.mark.by_turns
def test_a_director_beside_whoever_is_away_leads_their_post_and_hears(
    watched: Watched, director_beside: User, now: datetime
) -> None:
    there = Membership.objects.get(user=director_beside).team
    head = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.SERVICE)
    away(watched.manager, by=watched.head, at=now)
    assert told("leave_elsewhere") == [director_beside]
    post = Membership.objects.get(user=watched.manager, reach=Reach.DIRECTORATE)
    assert post in supervising.posts_led(director_beside, at=now), "and may end it"
    assert post not in supervising.posts_led(head, at=now)
    said = text(Message.objects.get(wording="leave_elsewhere"), now)
    assert "open “Managers who are away” on your overview" in said


@pytest.mark.by_turns
def test_a_head_beside_hears_and_while_they_are_away_the_director_does(
    watched: Watched, now: datetime
) -> None:
    there = a_team()
    post = {"role": Role.TEAM_MANAGER, "team": there, "reach": Reach.SERVICE}
    Membership.objects.create(user=watched.manager, starts_at=now - DAY, **post)
    head = a_person(**post)
    leave = away(watched.manager, by=watched.head, at=now)
    assert told("leave_elsewhere") == [head]
    worker_leaves.end(leave, by=watched.head, at=now + HOUR)
    director_there = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE)
    away(head, by=head, at=now + HOUR)
    away(watched.manager, by=watched.head, at=now + 2 * HOUR)
    assert told("leave_elsewhere") == [head, director_there]


def covered(person: User, by: User, at: datetime) -> None:
    leave = away(person, by=person, at=at)
    cover = manager_covers.ask(leave, Membership.objects.get(user=person), by, by=person, at=at)
    manager_covers.answer([cover], accepted=True, by=by, at=at)


@pytest.mark.by_turns
def test_whoever_covers_for_the_other_head_hears_only_where_nobody_who_leads_the_post_is_there(
    watched: Watched, head_there: User, now: datetime
) -> None:
    there = Membership.objects.get(user=head_there).team
    stand_in = a_person(Role.TEAM_MANAGER, team=a_team(there.authority), name="Ilse Varnholt")
    covered(head_there, stand_in, now)
    leave = away(watched.manager, by=watched.head, at=now + HOUR)
    assert told("leave_elsewhere") == [stand_in]
    said = text(Message.objects.get(wording="leave_elsewhere"), now + HOUR)
    assert "because you cover for somebody who leads one of these posts" in said
    assert "Managers who are away" not in said, "which they do not have"
    worker_leaves.end(leave, by=watched.head, at=now + 2 * HOUR)
    director_there = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE)
    away(watched.manager, by=watched.head, at=now + 3 * HOUR)
    assert told("leave_elsewhere") == [stand_in, director_there]


@pytest.mark.by_turns
def test_where_all_who_lead_the_post_elsewhere_are_away_without_cover_the_nearest_hears_of_it_and_of_its_end(
    watched: Watched, head_there: User, now: datetime, catcher
) -> None:
    there = Membership.objects.get(user=head_there).team
    director_there = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE)
    for person in (head_there, director_there):
        away(person, by=person, at=now)
    leave = away(watched.manager, by=watched.head, at=now + HOUR)
    assert told("leave_elsewhere") == [head_there]
    said = text(Message.objects.get(wording="leave_elsewhere"), now + HOUR)
    assert "You are on record as away yourself. You hear of it because nobody is there who leads" in said
    assert "open “Managers who are away” on your overview" in said, "and may end it even so"
    delivery.deliver(clock=lambda: now + HOUR)
    worker_leaves.end(leave, by=watched.manager, at=now + 2 * HOUR)
    assert told("leave_elsewhere") == [head_there] * 2
    last = Message.objects.filter(wording="leave_elsewhere").latest("created_at")
    assert "there again" in text(last, now + 2 * HOUR)


@pytest.mark.by_turns
def test_a_director_who_is_away_hears_where_there_is_no_head_and_once_of_two_posts(
    watched: Watched, now: datetime
) -> None:
    there = a_team()
    for team in (there, a_team(there.authority)):
        post = {"role": Role.TEAM_MANAGER, "team": team, "starts_at": now - DAY}
        Membership.objects.create(user=watched.manager, **post)
    director_there = a_person(Role.TEAM_MANAGER, team=there, reach=Reach.DIRECTORATE)
    back = away(director_there, by=director_there, at=now)
    leave = away(watched.manager, by=watched.head, at=now + HOUR)
    assert told("leave_elsewhere") == [director_there]
    worker_leaves.end(leave, by=watched.head, at=now + 2 * HOUR)
    worker_leaves.end(back, by=director_there, at=now + 2 * HOUR)
    away(watched.manager, by=watched.head, at=now + 3 * HOUR)
    assert told("leave_elsewhere") == [director_there] * 2
    last = Message.objects.filter(wording="leave_elsewhere").latest("created_at")
    assert "away yourself" not in text(last, now + 3 * HOUR)


@pytest.mark.by_turns
def test_nobody_is_told_by_the_cover_of_whoever_is_away_themselves(
    watched: Watched, head_there: User, now: datetime
) -> None:
    covered(head_there, watched.manager, now)
    away(watched.manager, by=watched.head, at=now + HOUR)
    assert told("leave_elsewhere") == [head_there], "whoever is away, rather than nobody"
    said = text(Message.objects.get(wording="leave_elsewhere"), now + HOUR)
    assert "because nobody is there who leads one of these posts or covers for whoever does." in said
    assert "nobody covers for any" not in said, "a cover is on record, who is away as well"


@pytest.mark.by_turns
def test_of_a_social_workers_leave_that_another_ended_no_manager_reads_that_a_manager_is_back(
    watched: Watched, now: datetime
) -> None:
    leave = away(watched.worker, by=watched.manager, at=now, kind="sickness", ends_at=None)
    worker_leaves.end(leave, by=watched.head, at=now + HOUR)
    assert told("leave_elsewhere") == []


@pytest.mark.by_turns
def test_whoever_recorded_it_and_leads_none_of_their_posts_any_more_hears_of_no_end(
    watched: Watched, head_there: User, now: datetime, catcher
) -> None:
    leave = away(watched.manager, by=watched.head, at=now)
    delivery.deliver(clock=lambda: now)
    people.leave(Membership.objects.get(user=watched.head), at=now + HOUR)
    worker_leaves.end(leave, by=head_there, at=now + 2 * HOUR)
    assert told("leave_elsewhere") == [head_there]


def test_of_leave_that_never_began_it_is_not_said_that_they_are_there_again(
    watched: Watched, head_there: User, now: datetime
) -> None:
    leave = away(watched.manager, by=watched.head, at=now, starts_at=now + DAY)
    worker_leaves.end(leave, by=head_there, at=now + HOUR)
    (sent,) = Message.objects.filter(wording="leave_elsewhere", status=MessageStatus.QUEUED)
    assert sent.user == watched.head
    said = text(sent, now + HOUR)
    assert f"{head_there.name} has recorded that {watched.manager.name} does not go" in said
    assert "A MANAGER IS NOT AWAY AFTER ALL" in said
    assert "there again" not in said.lower()
    assert "Alerts follow" not in said
