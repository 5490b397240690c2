"""What somebody promised who is away is asked of whoever covers, and of them again when they are back; a cover has a seat."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import concern_mails, cover_turns, recipients, tasks, watchdog
from alerts.models import Alert, Message
from alerts.posts import Post
from cases import clock, facts, leavers, manager_covers, people, plans, worker_covers, worker_leaves
from cases.action_owners import of_council
from cases.deadlines import END_OF_DAY, at_london
from cases.models import Allocation, ManagerCover, Membership, PlanAction, Reach, Role, User, WorkerLeave
from config.celery import app
from guardians import covers
from tests.alerts import papers
from tests.alerts.test_action_owners import asked, of_guardian, swept, unowned_at
from tests.alerts.test_calendar_promises import promise, shown
from tests.factories import AT, Watched, a_person, a_team, a_watched_child, seen

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * HOUR
BACK = NOW + 7 * DAY
DUE = date(2026, 3, 9)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


@pytest.fixture
def other(watched: Watched) -> User:
    """The manager of another team of the council."""
    return a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), name="Ilse Varnholt")


def away(person: User, at=NOW) -> WorkerLeave:
    said = {"kind": "leave", "starts_at": at, "ends_at": BACK, "by": person, "at": at}
    return worker_leaves.announce(person, **said)


def covered(leave: WorkerLeave, colleague: User, at=NOW) -> ManagerCover:
    post = Membership.objects.get(user=leave.worker, role=Role.TEAM_MANAGER)
    cover = manager_covers.ask(leave, post, colleague, by=leave.worker, at=at)
    return manager_covers.answer([cover], accepted=True, by=colleague, at=at)[0]


def owners(watched: Watched, action: PlanAction, at=NOW + HOUR) -> set[int | None]:
    child = facts.load([watched.child.pk])[watched.child.pk]
    found = recipients.directory([child], at=at).resolve(
        Post.OWNER, child, ("mail",), duty=f"action:{action.pk}"
    )
    return {one.user_id for one in found}


@pytest.mark.by_turns
def test_what_a_manager_promised_is_asked_of_whoever_covers_and_of_the_manager_again_when_they_are_back(
    watched: Watched, other: User
) -> None:
    action = asked(watched, of_council(watched.manager))
    assert owners(watched, action) == {watched.manager.pk}
    leave = away(watched.manager)
    assert owners(watched, action) == {watched.head.pk}, "as every climb to the post where nobody covers"
    cover = covered(leave, other)
    assert owners(watched, action) == {other.pk}
    assert owners(watched, action, BACK) == {watched.manager.pk}
    manager_covers.end(cover, reason="Taken ill", by=other, at=NOW + 2 * HOUR)
    assert owners(watched, action, NOW + 3 * HOUR) == {watched.head.pk}
    worker_leaves.end(leave, by=watched.manager, at=NOW + 4 * HOUR)
    assert owners(watched, action, NOW + 5 * HOUR) == {watched.manager.pk}


@pytest.mark.by_turns
def test_of_a_worker_who_is_away_both_hear_and_of_somebody_who_is_there_nobody_else(
    watched: Watched, other: User
) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    mine, theirs = asked(watched, of_council(watched.worker)), asked(watched, of_council(colleague))
    leave = away(watched.worker)
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    asking = worker_covers.ask(leave, [held], colleague, by=watched.manager, at=NOW).covers
    worker_covers.answer(asking, accepted=True, by=colleague, at=NOW)
    assert owners(watched, mine) == {watched.worker.pk, colleague.pk}
    assert owners(watched, theirs) == {colleague.pk}
    assert owners(watched, mine, BACK) == {watched.worker.pk}


@pytest.mark.by_turns
def test_whoever_covers_has_what_was_promised_under_mine_and_no_longer_than_they_cover(
    client: Client, watched: Watched, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    asked(watched, of_council(watched.manager), what="Change the SIM card")
    mine = "?whose=mine"

    def sees(person: User) -> bool:
        client.force_login(person)
        return any("Change the SIM card" in what for what, _href in shown(client, mine))

    assert (sees(watched.manager), sees(other)) == (True, False)
    leave = away(watched.manager)
    assert not sees(other)
    cover = covered(leave, other)
    assert (sees(watched.manager), sees(other)) == (True, True)
    manager_covers.end(cover, reason="Taken ill", by=other, at=NOW + HOUR)
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)
    assert not sees(other)


@pytest.mark.by_turns
def test_cover_of_a_post_in_another_council_shows_and_asks_nothing_of_this_one(
    client: Client, watched: Watched
) -> None:
    elsewhere = a_watched_child()
    both = a_person(Role.TEAM_MANAGER, team=a_team(elsewhere.authority))
    action = asked(watched, of_council(watched.manager))
    assert owners(watched, action) == {watched.manager.pk}
    covered(away(elsewhere.manager), both)
    assert owners(watched, action) == {watched.manager.pk}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.SERVICE])
def test_whoever_covers_a_post_keeps_what_they_promise_there_until_the_cover_is_over(
    watched: Watched, other: User, reach: str
) -> None:
    holder = watched.manager if reach == Reach.TEAM else watched.head
    cover = covered(away(holder), other)
    action = plans.ask(
        watched.child, "Fit a lock", owner=other, by_date=DUE, by=watched.worker, at=NOW + HOUR
    )
    assert cover_turns.recount(now=NOW + 2 * HOUR) == 0
    assert unowned_at(action) is None, "they have a seat there"
    assert owners(watched, action, NOW + 2 * HOUR) == {other.pk}
    manager_covers.end(cover, reason="Taken ill", by=other, at=NOW + 3 * HOUR)
    assert [cover_turns.recount(now=NOW + hours * HOUR) for hours in (4, 5)] == [1, 0]
    assert unowned_at(action) == NOW + 3 * HOUR, "since the cover ended, not since it was promised"


@pytest.mark.by_turns
def test_it_is_theirs_again_from_the_next_cover_on_and_another_owner_is_asked_for_when_the_leave_is_over(
    watched: Watched, other: User
) -> None:
    leave = away(watched.manager)
    cover = covered(leave, other)
    action = asked(watched, of_council(other), at=NOW + HOUR)
    manager_covers.end(cover, reason="Taken ill", by=other, at=NOW + 2 * HOUR)
    assert cover_turns.recount(now=NOW + 3 * HOUR) == 1
    assert unowned_at(action) == NOW + 2 * HOUR
    covered(leave, other, at=NOW + 4 * HOUR)
    assert cover_turns.recount(now=NOW + 5 * HOUR) == 1
    assert unowned_at(action) is None
    # Nobody records that a leave is over: its last day was said.
    assert [cover_turns.recount(now=BACK + ticks * timedelta(minutes=5)) for ticks in (-1, 1)] == [0, 1]
    assert unowned_at(action) == BACK


@pytest.mark.by_turns
def test_whoever_covers_and_is_away_too_is_asked_for_another_owner_once_and_the_alert_climbs(
    watched: Watched, other: User
) -> None:
    covered(away(watched.manager), other)
    action = asked(watched, of_council(other), at=NOW + HOUR)
    gone = away(other, at=NOW + 2 * HOUR)
    assert [cover_turns.recount(now=NOW + hours * HOUR) for hours in (3, 4)] == [1, 0]
    for hours in (5, 6, 7):
        swept(watched, NOW + hours * HOUR)
        assert unowned_at(action) == NOW + 2 * HOUR, (
            "since their leave began, whatever is written of the child"
        )
    paper = f"unowned:{action.pk}"
    for days in range(1, 4):
        swept(watched, NOW + days * DAY)
    alerts = Alert.objects.filter(child=watched.child, clock__duty=paper)
    assert alerts.count() == 1
    assert papers.steps(watched.child, paper)[:2] == ["R1", "R2"]
    back = NOW + 4 * DAY
    worker_leaves.end(gone, by=other, at=back)
    assert [cover_turns.recount(now=back + hours * HOUR) for hours in (1, 2)] == [1, 0]
    assert unowned_at(action) is None, "theirs again, as long as they cover"


def test_cover_that_ended_while_whoever_covered_was_away_lapsed_when_they_went(
    watched: Watched, other: User
) -> None:
    cover = covered(away(watched.manager), other)
    action = asked(watched, of_council(other), at=NOW + HOUR)
    away(other, at=NOW + 2 * HOUR)
    assert cover_turns.recount(now=NOW + 3 * HOUR) == 1
    manager_covers.end(cover, reason="Away too", by=other, at=NOW + 4 * HOUR)
    for at in (NOW + 5 * HOUR, BACK + HOUR):
        seen(watched.child, by=watched.worker, at=at)
        assert unowned_at(action) == NOW + 2 * HOUR


@pytest.mark.by_turns
def test_cover_lapses_with_the_role_of_whoever_covers(watched: Watched, other: User) -> None:
    """They are a social worker of another team from then on, and have nothing to do with the child."""
    covered(away(watched.manager), other)
    action = asked(watched, of_council(other), at=NOW + HOUR)
    own = Membership.objects.get(user=other)
    people.join(other, Role.SOCIAL_WORKER, at=NOW + HOUR, team=own.team)
    people.leave(own, at=NOW + 2 * HOUR)
    cover_turns.recount(now=NOW + 3 * HOUR)
    for hours in (4, 5):
        seen(watched.child, by=watched.worker, at=NOW + hours * HOUR)
        assert unowned_at(action) == NOW + 2 * HOUR


@pytest.mark.by_turns(8)
def test_cover_lapses_when_the_account_of_whoever_covers_is_closed_and_not_when_somebody_looks(
    watched: Watched, other: User
) -> None:
    """Also where they come back later with another role, which opens the account again."""
    covered(away(watched.manager), other)
    action = asked(watched, of_council(other), at=NOW + HOUR)
    assert unowned_at(action) is None
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    leavers.close(other, reason="Left", by=admin, at=NOW + 2 * HOUR)
    for hours in (4, 5):
        seen(watched.child, by=watched.worker, at=NOW + hours * HOUR)
        assert unowned_at(action) == NOW + 2 * HOUR
    again = {"role": Role.SOCIAL_WORKER, "name": other.name, "team": a_team(watched.authority)}
    people.enrol(other.email, **again, by=None, at=NOW + 6 * HOUR)
    seen(watched.child, by=watched.worker, at=NOW + 7 * HOUR)
    assert unowned_at(action) == NOW + 2 * HOUR


def test_a_colleague_who_covered_a_child_hands_back_what_they_promised_when_the_leave_is_over(
    watched: Watched,
) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    leave = away(watched.worker)
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    asking = worker_covers.ask(leave, [held], colleague, by=watched.manager, at=NOW).covers
    worker_covers.answer(asking, accepted=True, by=colleague, at=NOW)
    action = asked(watched, of_council(colleague), at=NOW + HOUR)
    assert unowned_at(action) is None
    worker_leaves.end(leave, by=watched.worker, at=NOW + 2 * HOUR)
    assert unowned_at(action) == NOW + 2 * HOUR


def test_a_promise_to_a_guardian_that_is_late_reaches_whoever_acts_for_whoever_made_it(
    watched: Watched, other: User
) -> None:
    """The head promised it and is away: their cover hears beside the worker and the team's manager."""
    concern = promise(watched, DUE, watched.head.name)
    late = at_london(DUE, END_OF_DAY) + 12 * HOUR
    gone = worker_leaves.announce(
        watched.head, kind="sickness", starts_at=NOW, ends_at=None, by=watched.head, at=NOW
    )
    covered(gone, other)
    concern_mails.tell(now=late)
    told = Message.objects.filter(concern=concern, step="promise", post__in=("worker", "manager", "owner"))
    assert set(told.values_list("user", flat=True)) == {watched.worker.pk, watched.manager.pk, other.pk}


@pytest.mark.by_turns(8)
def test_what_a_guardian_is_to_do_whoever_covers_is_reminded_of_reads_and_may_call_done_while_they_cover(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    action = asked(watched, of_guardian(watched), what="Ask for the school record")
    colleague = a_person(Role.GUARDIAN, service=watched.assignment.service)
    beside = a_person(Role.GUARDIAN, service=watched.assignment.service)

    def reminded(at=NOW + HOUR) -> set[int | None]:
        child = facts.load([watched.child.pk])[watched.child.pk]
        directory = recipients.directory([child], at=at)
        found = directory.resolve(Post.PROMISER, child, ("mail",), duty=f"action:{action.pk}")
        return {one.user_id for one in found}

    assert reminded() == {watched.guardian.pk}
    span = {"starts_at": NOW, "ends_at": BACK}
    found = covers.ask([watched.assignment], colleague, **span, by=watched.guardian, at=NOW)
    assert reminded() == {watched.guardian.pk}, "asked is not accepted"
    covers.answer(found.covers, accepted=True, by=colleague, at=NOW)
    assert reminded() == {watched.guardian.pk, colleague.pk}
    assert reminded(BACK) == {watched.guardian.pk}
    page = reverse("action_said", args=[watched.child.reference, action.key])
    for person, status in ((colleague, 200), (watched.guardian, 200), (beside, 404)):
        client.force_login(person)
        assert client.get(page).status_code == status
    client.force_login(colleague)
    assert "Ask for the school record" in client.get(reverse("guardian_home")).content.decode()
    monkeypatch.setattr(clock, "now", lambda: BACK)
    client.force_login(colleague)
    assert client.get(page).status_code == 404


@pytest.mark.by_turns
@pytest.mark.parametrize("by", [tasks.follow_covers, lambda: watchdog._owe_what_is_no_clock_s(clock.now())])
def test_beat_and_the_watchdog_both_follow(
    watched: Watched, other: User, monkeypatch: pytest.MonkeyPatch, by
) -> None:
    cover = covered(away(watched.manager), other)
    action = asked(watched, of_council(other), at=NOW + HOUR)
    manager_covers.end(cover, reason="Taken ill", by=other, at=NOW + 2 * HOUR)
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR)
    by()
    assert unowned_at(action) == NOW + 2 * HOUR
    assert app.conf.beat_schedule["follow-covers"]["task"] == tasks.follow_covers.name
