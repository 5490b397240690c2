"""A manager's post that nobody covers is told to whoever is told instead, then above, once each; and stands down."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import change_mails, delivery, emails, post_gaps, tasks, watchdog
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, manager_covers, people, worker_leaves
from cases.models import ConfigurationChange, ManagerCover, Membership, Reach, Role, User, WorkerLeave
from config.celery import app
from tests.factories import LONG_AGO, Watched, a_person, a_team, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Monday in winter: London's clock is UTC.
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TUESDAY_MORNING, WEDNESDAY_MORNING = (MONDAY.replace(hour=7) + days * DAY for days in (1, 2))


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=MONDAY - 30 * HOUR)


def away(
    person: User, *, at: datetime = MONDAY, by: User | None = None, days: int = 9, **said
) -> WorkerLeave:
    given = {"kind": "leave", "starts_at": at, "ends_at": at + days * DAY, "by": by or person, "at": at}
    return worker_leaves.announce(person, **{**given, **said})


def covered(leave: WorkerLeave, colleague: User, *, at: datetime) -> ManagerCover:
    post = Membership.objects.filter(user=leave.worker, role=Role.TEAM_MANAGER).earliest("pk")
    cover = manager_covers.ask(leave, post, colleague, by=leave.worker, at=at)
    return manager_covers.answer([cover], accepted=True, by=colleague, at=at)[0]


def told(wording: str = "post_uncovered") -> list[User | None]:
    rows = Message.objects.filter(wording=wording).exclude(status=MessageStatus.CANCELLED)
    return [one.user for one in rows.order_by("created_at", "user")]


def looked(*moments: datetime) -> list[int]:
    """Word owed at each of these looks, sent at once."""
    found = []
    for at in moments:
        found.append(post_gaps.tell(now=at))
        delivery.deliver(clock=lambda at=at: at)  # type: ignore[misc]
    return found


def text(wording: str, now: datetime) -> str:
    said = emails.compose(Message.objects.filter(wording=wording).latest("created_at"), now=now)
    return " ".join(said.text.split()).replace("\u2068", "").replace("\u2069", "")


@pytest.mark.by_turns
def test_the_head_hears_an_hour_after_it_began_the_director_a_working_day_later_and_nobody_twice(
    watched: Watched, catcher
) -> None:
    away(watched.manager)
    minute = timedelta(minutes=1)
    assert looked(MONDAY, MONDAY + HOUR - minute, MONDAY + HOUR) == [0, 0, 1]
    assert told() == [watched.head]
    said = text("post_uncovered", MONDAY + HOUR)
    assert f"{watched.manager.name} is away until 11 March 2026, and nobody covers:" in said
    assert "Nobody covers: you are told instead." in said
    assert "under “Managers who are away” on your overview" in said
    later = WEDNESDAY_MORNING
    assert looked(MONDAY + 2 * HOUR, TUESDAY_MORNING, later - minute, later) == [0, 0, 0, 1]
    assert told() == [watched.head, watched.director]
    assert f"Told instead: {watched.head.name}." in text("post_uncovered", later)
    assert looked(*(later + days * DAY for days in range(1, 6))) == [0] * 5
    assert Message.objects.filter(change__isnull=False).count() == 2


@pytest.mark.by_turns
def test_it_stands_down_for_those_who_heard_when_somebody_covers_and_opens_anew_with_the_next_gap(
    watched: Watched, catcher
) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), name="Ilse Varnholt")
    leave = away(watched.manager)
    assert looked(MONDAY + HOUR) == [1]
    cover = covered(leave, other, at=MONDAY + 2 * HOUR)
    assert looked(MONDAY + 3 * HOUR, MONDAY + 4 * HOUR) == [0, 0]
    assert told("post_filled") == [watched.head]
    assert "Ilse Varnholt covers." in text("post_filled", MONDAY + 3 * HOUR)
    assert looked(WEDNESDAY_MORNING + HOUR) == [0], "nothing climbs"
    manager_covers.end(cover, reason="Taken ill", by=other, at=WEDNESDAY_MORNING + 2 * HOUR)
    again = WEDNESDAY_MORNING + 3 * HOUR
    assert looked(again - HOUR, again) == [0, 1]
    assert told() == [watched.head] * 2


@pytest.mark.by_turns
def test_it_stands_down_when_the_leave_ends_by_its_day_or_sooner_or_the_post_does(
    watched: Watched, catcher
) -> None:
    away(watched.manager, days=1)
    assert looked(MONDAY + HOUR, MONDAY + DAY, MONDAY + DAY + HOUR) == [1, 0, 0]
    assert told("post_filled") == [watched.head]
    assert "They are there again." in text("post_filled", MONDAY + DAY)
    second = away(watched.manager, at=MONDAY + 3 * DAY)
    assert looked(MONDAY + 3 * DAY + HOUR) == [1]
    worker_leaves.end(second, by=watched.manager, at=MONDAY + 4 * DAY)
    looked(MONDAY + 4 * DAY)
    assert told("post_filled") == [watched.head] * 2
    away(watched.manager, at=MONDAY + 5 * DAY)
    assert looked(MONDAY + 5 * DAY + HOUR) == [1]
    people.leave(Membership.objects.get(user=watched.manager), at=MONDAY + 6 * DAY)
    looked(MONDAY + 6 * DAY)
    assert told("post_filled") == [watched.head] * 3
    assert "This post has ended." in text("post_filled", MONDAY + 6 * DAY)


@pytest.mark.by_turns
def test_who_has_not_heard_of_it_hears_of_neither_when_it_is_over(watched: Watched) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    leave = away(watched.manager)
    assert post_gaps.tell(now=MONDAY + HOUR) == 1
    covered(leave, other, at=MONDAY + HOUR)
    assert post_gaps.tell(now=MONDAY + 2 * HOUR) == 0
    assert (told(), told("post_filled")) == ([], [])
    assert ConfigurationChange.objects.filter(kind="post_filled").count() == 1


@pytest.mark.by_turns
def test_cover_in_time_another_of_the_same_post_and_leave_to_come_are_no_gap(watched: Watched) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    covered(away(watched.manager), other, at=MONDAY + timedelta(minutes=30))
    peer = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach=Reach.SERVICE)
    away(peer)
    away(watched.worker)
    later = MONDAY + 4 * DAY
    away(watched.director, starts_at=later)
    for at in (MONDAY + HOUR, MONDAY + 2 * HOUR, later):
        assert post_gaps.tell(now=at) == 0
    assert post_gaps.tell(now=later + HOUR) == 1, "and of the director it is one when it has begun"


@pytest.mark.by_turns(8)
def test_of_a_director_nobody_stands_above_and_they_hear_it_themselves_once(
    watched: Watched, catcher
) -> None:
    away(watched.director)
    assert looked(MONDAY + HOUR, WEDNESDAY_MORNING, WEDNESDAY_MORNING + DAY) == [1, 0, 0]
    assert told() == [watched.director]
    said = text("post_uncovered", MONDAY + HOUR)
    assert "You are away, and nobody covers for you:" in said
    assert "ask another manager to cover" in said


@pytest.mark.by_turns
def test_where_no_head_is_there_the_director_hears_first_and_nobody_after(watched: Watched, catcher) -> None:
    for person in (watched.manager, watched.head):
        away(person)
    assert looked(MONDAY + HOUR) == [2]
    assert told() == [watched.director] * 2, "one for each who is away"
    assert looked(WEDNESDAY_MORNING, WEDNESDAY_MORNING + DAY) == [0, 0]


@pytest.mark.by_turns
def test_whoever_is_told_instead_only_later_hears_as_well_an_hour_after_the_head_has_gone(
    watched: Watched, catcher
) -> None:
    away(watched.manager)
    assert looked(MONDAY + HOUR) == [1]
    away(watched.head, at=MONDAY + DAY)
    later = MONDAY + DAY + HOUR
    assert looked(MONDAY + DAY, later, later + HOUR) == [0, 2, 0]
    assert told() == [watched.head, watched.director, watched.director], "of the manager and of the head"
    assert looked(WEDNESDAY_MORNING, WEDNESDAY_MORNING + DAY) == [0, 0]


@pytest.mark.by_turns
def test_a_head_who_goes_at_midnight_wakes_no_director(watched: Watched, catcher) -> None:
    away(watched.manager)
    assert looked(MONDAY + HOUR) == [1]
    midnight = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    away(watched.head, starts_at=midnight)
    assert looked(midnight, midnight + 2 * HOUR, TUESDAY_MORNING) == [0, 0, 2]


@pytest.mark.by_turns
def test_a_post_that_opens_later_is_told_to_whoever_is_told_instead_there_and_stands_in_the_end_of_it(
    watched: Watched, catcher
) -> None:
    """The manager is the head as well, whose post is covered until Tuesday."""
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), name="Ilse Varnholt")
    people.leave(Membership.objects.get(user=watched.head), at=MONDAY - 2 * HOUR)
    head = people.join(
        watched.manager, Role.TEAM_MANAGER, at=LONG_AGO, team=watched.team, reach=Reach.SERVICE
    )
    leave = away(watched.manager)
    cover = manager_covers.ask(leave, head, other, by=leave.worker, at=MONDAY)
    manager_covers.answer([cover], accepted=True, by=other, at=MONDAY)
    assert looked(MONDAY + HOUR) == [1]
    assert told() == [other]
    manager_covers.end(cover, reason="Taken ill", by=other, at=MONDAY + DAY)
    later = MONDAY + DAY + HOUR
    assert looked(MONDAY + DAY, later, later + HOUR, WEDNESDAY_MORNING) == [0, 1, 0, 0]
    assert told() == [other, watched.director]
    worker_leaves.end(leave, by=watched.manager, at=WEDNESDAY_MORNING + HOUR)
    looked(WEDNESDAY_MORNING + HOUR)
    assert set(told("post_filled")) == {other, watched.director}
    over = ConfigurationChange.objects.get(kind="post_filled")
    held = Membership.objects.filter(user=watched.manager, role=Role.TEAM_MANAGER)
    assert sorted(over.data["posts"]) == sorted(held.values_list("pk", flat=True))


@pytest.mark.by_turns
def test_a_manager_of_several_posts_is_told_of_once_in_each_council(watched: Watched, catcher) -> None:
    elsewhere = a_watched_child(at=MONDAY - 30 * HOUR)
    for team in (a_team(watched.authority), a_team(watched.authority), a_team(elsewhere.authority)):
        people.join(watched.manager, Role.TEAM_MANAGER, at=LONG_AGO, team=team)
    away(watched.manager)
    assert looked(MONDAY + HOUR) == [2]
    assert set(told()) == {watched.head, elsewhere.head}
    assert len(told()) == 2
    for head, posts in ((watched.head, 3), (elsewhere.head, 1)):
        mail = emails.compose(Message.objects.get(user=head, wording="post_uncovered"), now=MONDAY + HOUR)
        assert " ".join(mail.text.split()).count("you are told instead") == posts


@pytest.mark.by_turns
def test_leave_that_begins_by_night_is_told_of_in_the_morning(watched: Watched) -> None:
    midnight = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    away(watched.manager, starts_at=midnight)
    assert post_gaps.tell(now=TUESDAY_MORNING - timedelta(minutes=1)) == 0
    assert post_gaps.tell(now=TUESDAY_MORNING) == 1


@pytest.mark.by_turns(8)
def test_one_that_fails_stops_no_other(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = a_watched_child(at=MONDAY - 30 * HOUR)
    for person in (watched.manager, elsewhere.manager):
        away(person)
    whole = change_mails.message

    def failing(person, *args, **kwargs):
        if person == watched.head:
            raise RuntimeError
        return whole(person, *args, **kwargs)

    monkeypatch.setattr("alerts.leave_words.message", failing)
    assert post_gaps.tell(now=MONDAY + HOUR) == 1
    assert told() == [elsewhere.head]


def test_while_nobody_is_away_a_look_asks_two_questions(
    watched: Watched, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(2):
        assert post_gaps.tell(now=MONDAY) == 0


def test_of_what_was_ever_told_only_what_is_not_over_is_read(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = a_watched_child(at=MONDAY - 30 * HOUR)
    away(watched.manager, days=1)
    away(elsewhere.manager)
    assert [post_gaps.tell(now=MONDAY + hours * HOUR) for hours in (1, 24)] == [2, 0]
    assert ConfigurationChange.objects.filter(kind="post_filled").count() == 1
    read, whole = [], ConfigurationChange.from_db.__func__  # type: ignore[attr-defined]

    def counted(cls, *given):
        read.append(whole(cls, *given))
        return read[-1]

    monkeypatch.setattr(ConfigurationChange, "from_db", classmethod(counted))
    assert list(post_gaps._standing()) == [(elsewhere.manager.pk, elsewhere.authority.pk)]
    assert [one.kind for one in read] == ["post_uncovered"]


@pytest.mark.by_turns
@pytest.mark.parametrize("by", [tasks.tell_of_posts, lambda: watchdog._owe_what_is_no_clock_s(clock.now())])
def test_beat_and_the_watchdog_both_look(watched: Watched, monkeypatch: pytest.MonkeyPatch, by) -> None:
    away(watched.manager)
    monkeypatch.setattr(clock, "now", lambda: MONDAY + HOUR)
    by()
    assert ConfigurationChange.objects.filter(kind="post_uncovered", data__worker=watched.manager.pk)
    assert app.conf.beat_schedule["tell-of-posts"]["task"] == "alerts.tasks.tell_of_posts"
