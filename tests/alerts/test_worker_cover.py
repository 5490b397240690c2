"""What a child is owed while its social worker is away: somebody is told at once, and whoever covers hears all the rest."""

from datetime import date, datetime, timedelta

import pytest

from alerts import digests, integrity, no_gap, paper_words, paperwork, recipients, sweep, worklists
from alerts.models import Clock, Message
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rules
from alerts.recipients import Post
from cases import children, facts, plans, worker_covers, worker_leaves
from cases.deadlines import end_of
from cases.models import Allocation, Role, User, WorkerCover, WorkerLeave
from tests.alerts import papers
from tests.factories import AT, Watched, a_person, a_team, a_watched_child, ended, missing, seen

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
GOES, BACK = AT + 10 * DAY, AT + 17 * DAY
CHANNELS = ("mail", "text")


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))


def goes(watched: Watched, **given) -> WorkerLeave:
    told = {"kind": "leave", "starts_at": GOES, "ends_at": BACK, "by": watched.worker, "at": NOW, **given}
    return worker_leaves.announce(watched.worker, **told)


def covered(watched: Watched, leave: WorkerLeave, colleague: User, at: datetime = NOW) -> WorkerCover:
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    asked = worker_covers.ask(leave, [held], colleague, by=watched.manager, at=at)
    return worker_covers.answer(asked.covers, accepted=True, by=colleague, at=at)[0]


def told(watched: Watched, post: Post, at: datetime, *, duty: str = "") -> set[int | None]:
    child = facts.load([watched.child.pk])[watched.child.pk]
    found = recipients.directory([child], at=at).resolve(post, child, CHANNELS, duty=duty)
    return {one.user_id for one in found}


def due(watched: Watched, paper: str = "worker_cover") -> datetime | None:
    rows = Clock.objects.filter(child=watched.child, duty=paper)
    return rows.values_list("due_at", flat=True).first()


def swept(watched: Watched, at: datetime) -> None:
    seen(watched.child, by=watched.carer, at=at)
    sweep.sweep_all(now=at)


def mailed(paper: str) -> set[tuple[str, int | None]]:
    rows = Message.objects.filter(wording="paper_due", items__alert__clock__duty=paper)
    return set(rows.values_list("post", "user"))


@pytest.mark.by_turns
def test_the_manager_is_told_the_instant_nobody_has_the_work_and_it_is_over_when_the_worker_is_back(
    watched: Watched,
) -> None:
    goes(watched)
    assert due(watched) == GOES
    swept(watched, GOES - HOUR)
    assert not papers.is_open(watched.child, "worker_cover")
    swept(watched, GOES)
    assert papers.steps(watched.child, "worker_cover") == ["R1"]
    assert mailed("worker_cover") == {("manager", watched.manager.pk)}
    # Nobody records that the worker is back: the clock knows it.
    swept(watched, BACK)
    assert not papers.is_open(watched.child, "worker_cover")
    assert due(watched) is None


@pytest.mark.by_turns
def test_check_integrity_names_a_child_whom_nobody_covers_for_and_of_whom_nobody_heard(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched, starts_at=NOW)
    later = NOW + HOUR
    assert list(no_gap.uncovered(later)) == [watched.child.reference]
    swept(watched, NOW)
    assert not list(no_gap.uncovered(later))
    covered(watched, leave, colleague, at=later)
    swept(watched, later)
    assert not list(no_gap.uncovered(later + HOUR))
    # Nobody sends here what is told of the leave itself.
    Message.objects.exclude(change=None).update(status="cancelled")
    assert not [row for row in integrity.check(later + HOUR) if row.references]


@pytest.mark.by_turns
def test_sickness_from_now_on_rings_now_and_the_head_and_the_director_hear_when_nobody_is_found(
    watched: Watched,
) -> None:
    goes(watched, kind="sickness", starts_at=NOW, ends_at=None)
    swept(watched, NOW)
    assert papers.steps(watched.child, "worker_cover") == ["R1"]
    swept(watched, end_of(date(2026, 3, 3)))
    assert papers.steps(watched.child, "worker_cover") == ["R1", "R4"]
    swept(watched, end_of(date(2026, 3, 5)))
    assert papers.steps(watched.child, "worker_cover") == ["R1", "R4", "R5"]
    assert {("head", watched.head.pk), ("director", watched.director.pk)} <= mailed("worker_cover")


@pytest.mark.by_turns
def test_only_accepted_cover_ends_it_and_it_is_owed_again_the_instant_that_is_given_back(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched, starts_at=NOW)
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    (cover,) = worker_covers.ask(leave, [held], colleague, by=watched.manager, at=NOW).covers
    swept(watched, NOW)
    assert papers.is_open(watched.child, "worker_cover")
    worker_covers.answer([cover], accepted=True, by=colleague, at=NOW + HOUR)
    swept(watched, NOW + HOUR)
    assert not papers.is_open(watched.child, "worker_cover")
    worker_covers.end(cover, reason="Taken ill", by=colleague, at=NOW + 2 * HOUR)
    assert due(watched) == NOW + 2 * HOUR
    swept(watched, NOW + 2 * HOUR)
    assert papers.is_open(watched.child, "worker_cover")


@pytest.mark.by_turns
def test_a_child_who_is_looked_for_is_owed_somebody_who_has_the_work_a_look_at_the_guardian_and_its_review(
    watched: Watched,
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW)
    goes(watched, kind="sickness", starts_at=NOW + HOUR, ends_at=None, at=NOW + HOUR)
    owed = Clock.objects.filter(child=watched.child, kind="paperwork", due_at__isnull=False)
    duties = {"worker_cover", "guardian_stays", "care_review", "reviewing_officer"}
    assert set(owed.values_list("duty", flat=True)) == duties
    sweep.sweep_all(now=NOW + HOUR)
    assert ("manager", watched.manager.pk) in mailed("worker_cover")
    ended(episode, at=NOW + 2 * HOUR)
    assert due(watched) == NOW + HOUR


@pytest.mark.by_turns
def test_whoever_covers_hears_what_the_worker_hears_from_the_first_instant_to_the_last(
    watched: Watched, colleague: User
) -> None:
    worker = watched.worker.pk
    covered(watched, goes(watched), colleague)
    tick = timedelta(microseconds=1)
    moments = (NOW, GOES - tick, GOES, BACK - tick, BACK)
    both, alone = {worker, colleague.pk}, {worker}
    assert [told(watched, Post.WORKER, at) for at in moments] == [alone, alone, both, both, alone]


@pytest.mark.by_turns
def test_what_is_for_a_worker_who_is_away_goes_to_the_manager_while_nobody_covers(
    watched: Watched, colleague: User
) -> None:
    other = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority))
    leave = goes(watched)
    assert told(watched, Post.WORKER, GOES) == {watched.worker.pk, watched.manager.pk}
    assert other.pk not in told(watched, Post.WORKER, GOES)
    covered(watched, leave, colleague)
    assert told(watched, Post.WORKER, GOES) == {watched.worker.pk, colleague.pk}


@pytest.mark.by_turns
def test_what_the_worker_promised_is_told_to_whoever_covers_and_what_others_promised_is_not(
    watched: Watched, colleague: User
) -> None:
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    covered(watched, goes(watched), colleague)
    for owner, hears in ((watched.worker, {watched.worker.pk, colleague.pk}), (other, {other.pk})):
        given = {"what": "Ring the college", "by_date": date(2026, 3, 30)}
        action = plans.ask(watched.child, owner=owner, **given, by=watched.manager, at=NOW)
        assert told(watched, Post.OWNER, GOES, duty=f"action:{action.pk}") == hears


@pytest.mark.by_turns
def test_whoever_covers_finds_the_child_on_their_own_day_and_daily_list_until_it_ends(
    watched: Watched, colleague: User
) -> None:
    covered(watched, goes(watched), colleague)
    for at, there in ((GOES - HOUR, False), (GOES + HOUR, True), (BACK, False)):
        person = User.objects.get(pk=colleague.pk)
        day = worklists.today(person, now=at)
        assert (watched.child.pk in day.child_ids or day.others == 1) == there
        listed = [
            reference for section in digests.read(person, now=at).sections for reference in section.references
        ]
        assert (watched.child.reference in listed) == there


@pytest.mark.by_turns
def test_an_absence_without_an_end_is_asked_about_each_week_by_a_manager(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched, kind="sickness", starts_at=NOW, ends_at=None)
    covered(watched, leave, colleague)
    assert due(watched, "worker_away") == NOW + 7 * DAY
    swept(watched, NOW + 7 * DAY - HOUR)
    assert not papers.is_open(watched.child, "worker_away")
    swept(watched, NOW + 7 * DAY)
    assert mailed("worker_away") == {("manager", watched.manager.pk)}
    worker_leaves.look_again(leave, ends_at=None, by=watched.manager, at=NOW + 7 * DAY + HOUR)
    assert due(watched, "worker_away") == NOW + 14 * DAY + HOUR
    swept(watched, NOW + 8 * DAY)
    assert not papers.is_open(watched.child, "worker_away")
    worker_leaves.look_again(leave, ends_at=NOW + 20 * DAY, by=watched.manager, at=NOW + 8 * DAY)
    assert due(watched, "worker_away") is None


def test_no_mail_says_why_somebody_is_away() -> None:
    for paper in (Paper.COVER, Paper.AWAY):
        assert "sick" not in str(paper_words.in_mail(paper)).lower()


def test_before_the_policy_asks_nothing_is_owed_and_after_it_only_from_then() -> None:
    without = {paper: rule for paper, rule in DEFAULT.items() if paper not in (Paper.COVER, Paper.AWAY)}
    away = Facts(AT, uncovered=(AT + DAY, None), away_since=AT + DAY)
    asked = {Paper.COVER, Paper.AWAY}

    def owed(*versions: Rules) -> dict[Paper, datetime]:
        return {one.paper: one.due_at for one in paperwork.owed(away, versions, Days()) if one.paper in asked}

    assert owed(Rules(AT, without)) == {}
    assert owed(Rules(AT, DEFAULT)) == {Paper.COVER: AT + DAY, Paper.AWAY: AT + 8 * DAY}
    later = owed(Rules(AT, without), Rules(AT + 5 * DAY, DEFAULT))
    assert later == {Paper.COVER: AT + 5 * DAY, Paper.AWAY: AT + 12 * DAY}


def test_a_child_who_is_given_to_a_worker_who_is_away_is_owed_cover_from_then(watched: Watched) -> None:
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    worker_leaves.announce(other, kind="leave", starts_at=NOW, ends_at=BACK, by=other, at=NOW)
    assert due(watched) is None
    children.reassign([watched.child], team=watched.team, worker=other, by=watched.manager, at=NOW + DAY)
    assert due(watched) == NOW + DAY
    assert told(watched, Post.WORKER, NOW + DAY) == {other.pk, watched.manager.pk}
