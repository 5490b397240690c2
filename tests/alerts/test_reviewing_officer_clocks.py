"""Somebody is to be named who reviews a child's care, and hears of the children they review."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import paperwork, policies, reviewers, sweep
from alerts.models import Clock, Message, PolicyVersion
from alerts.paper_facts import Unreviewed
from alerts.paper_rules import DEFAULT, Rules
from alerts.paperwork import Days, Facts, Paper
from cases import (
    access,
    care,
    children,
    concerns,
    held_papers,
    holidays,
    mergers,
    people,
    restrictions,
    reviewing_officers,
    reviews,
    split_moves,
    splits,
)
from cases.access import Permission
from cases.deadlines import Nation, add_working_days, london_day
from cases.models import Child, Event, Membership, MissingEpisode, ReviewingOfficer, Role, User
from cases.reviewing_officers import Officer
from cases.splits import Kind
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    accepted,
    an_authority,
    an_authority_mailbox,
    arrived,
    ended,
    membership_of,
    missing,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAME = "reviewing_officer"
ENGLAND = Days(Nation.ENGLAND_AND_WALES, holidays.of(Nation.ENGLAND_AND_WALES))


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT)


@pytest.fixture
def officer(watched: Watched) -> User:
    return a_person(Role.REVIEWING_OFFICER, authority=watched.authority)


def name(w: Watched, user: User | None = None, *, at: datetime) -> ReviewingOfficer:
    typed = {} if user is not None else {"name": "Ida Moss", "phone": "01632 960113"}
    given = Officer(user=user, starts_at=at, **typed)
    return reviewing_officers.appoint(w.child, given, by=w.worker, at=at)


def due(w: Watched) -> Any:
    row = Clock.objects.filter(child=w.child, duty=NAME).first()
    return row.due_at if row is not None else None


def working(days: int, after: datetime) -> datetime:
    return add_working_days(after, days, nation=ENGLAND.nation, holidays=ENGLAND.holidays)


def swept(w: Watched, at: datetime) -> None:
    seen(w.child, by=w.carer, at=at)
    sweep.sweep_all(now=at)


def told(user: User, wording: str) -> int:
    return Message.objects.filter(user=user, wording=wording).count()


@pytest.mark.by_turns
def test_it_climbs_to_duty_the_manager_and_the_head_and_stands_down_when_somebody_is_named(
    watched: Watched, officer: User
) -> None:
    first = working(5, AT)
    assert due(watched) == first
    swept(watched, first - HOUR)
    assert papers.steps(watched.child, NAME) == []
    for at, heard in (
        (first, ["R1"]),
        (working(5, first), ["R1", "R2"]),
        (working(10, first), ["R1", "R2", "R4"]),
        (working(40, first), ["R1", "R2", "R4"]),
    ):
        swept(watched, at + HOUR)
        assert papers.steps(watched.child, NAME) == heard, at
    at = working(40, first) + 2 * HOUR
    name(watched, officer, at=at)
    sweep.sweep_all(now=at)
    assert due(watched) is None
    assert not papers.is_open(watched.child, NAME)


@pytest.mark.by_turns(8)
def test_whoever_has_left_or_has_the_work_by_now_is_followed_by_another(
    watched: Watched, officer: User
) -> None:
    row = name(watched, officer, at=AT + HOUR)
    assert due(watched) is None
    reviewing_officers.end(row, why="Retired", by=watched.worker, at=AT + 30 * DAY)
    assert due(watched) == working(5, AT + 30 * DAY)
    name(watched, officer, at=AT + 31 * DAY)
    assert due(watched) is None
    people.leave(membership_of(officer), at=AT + 40 * DAY)
    assert due(watched) == working(5, AT + 40 * DAY)
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    people.join(colleague, Role.REVIEWING_OFFICER, authority=watched.authority, at=AT)
    name(watched, colleague, at=AT + 41 * DAY)
    assert due(watched) is None
    given = {"team": watched.team, "worker": colleague, "by": watched.manager}
    children.allocate(watched.child, **given, at=AT + 42 * DAY)
    assert due(watched) == working(5, AT + 42 * DAY)
    name(watched, at=AT + 43 * DAY)
    assert due(watched) is None, "a name with a phone is somebody, too"


@pytest.mark.by_turns(8)
def test_a_role_given_anew_after_a_gap_is_nobodys_until_it_begins_and_then_is_theirs(
    watched: Watched, officer: User
) -> None:
    name(watched, officer, at=AT + HOUR)
    role, gone, back = membership_of(officer), AT + 10 * DAY, AT + 45 * DAY
    given = {"authority": watched.authority, "starts_at": back}
    people.join(officer, Role.REVIEWING_OFFICER, at=AT + 2 * HOUR, **given)
    assert due(watched) is None, "the first role goes on into the next"
    people.leave(role, at=gone)
    first, child = working(5, gone), ReviewingOfficer.objects.filter(child=watched.child)
    assert due(watched) == first
    assert not child.serving(gone + HOUR).exists()
    swept(watched, first + HOUR)
    assert papers.steps(watched.child, NAME) == ["R1"]
    assert child.serving(back).exists()
    sweep.sweep_all(now=back)
    assert due(watched) is None
    assert not papers.is_open(watched.child, NAME), "whoever was named is there again"


@pytest.mark.by_turns
@pytest.mark.parametrize("back", [10, 11, 14, 60])
def test_of_a_role_that_follows_at_once_or_before_it_is_due_nothing_is_owed(
    watched: Watched, officer: User, back: int
) -> None:
    name(watched, officer, at=AT + HOUR)
    Membership.objects.filter(user=officer).update(ends_at=AT + 10 * DAY)
    given = {"authority": watched.authority, "starts_at": AT + back * DAY}
    people.join(officer, Role.REVIEWING_OFFICER, at=AT + 2 * HOUR, **given)
    assert due(watched) == (working(5, AT + 10 * DAY) if back == 60 else None)


def test_one_by_mistake_was_never_there(watched: Watched, officer: User) -> None:
    row = name(watched, officer, at=AT + HOUR)
    reviewing_officers.withdraw(row, reason="Of another child", by=watched.worker, at=AT + 2 * HOUR)
    assert due(watched) == working(5, AT)


def test_it_rests_with_care_and_begins_with_it_anew(watched: Watched) -> None:
    day = london_day(AT + 3 * DAY)
    ending = care.Ending(code="E4A", ended_date=day, reason="With his mother")
    care.end(watched.child, ending, seconded_by=watched.manager, by=watched.worker, at=AT + 3 * DAY)
    assert due(watched) is None
    care.begin_again(watched.child, reason="He left again", by=watched.worker, at=AT + 50 * DAY)
    assert due(watched) == working(5, AT + 50 * DAY)


@pytest.mark.by_turns
def test_a_search_puts_it_not_off(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    first = working(5, AT)
    sweep.sweep_all(now=first + HOUR)
    assert due(watched) == first
    assert papers.steps(watched.child, NAME) == ["R1"]
    ended(episode, at=first + 2 * HOUR)
    assert due(watched) == first


@pytest.mark.by_turns
def test_another_authority_owes_its_own(watched: Watched, officer: User) -> None:
    name(watched, officer, at=AT + HOUR)
    receiver = an_authority()
    at = AT + 20 * DAY
    worker = a_person(Role.SOCIAL_WORKER, authority=receiver)
    transfer = referred(watched.child, receiver, by=watched.worker, at=at - 2 * DAY)
    transfer = accepted(transfer, worker, at=at - DAY)
    assert due(watched) is None
    arrived(transfer, at=at)
    assert due(watched) == working(5, at)


# --- the children whom a council had on the first day


def owed(facts: Facts, first: datetime) -> datetime | None:
    found = paperwork.owed(facts, (Rules(first, DEFAULT),), ENGLAND)
    return next((one.due_at for one in found if one.paper == Paper.REVIEWING_OFFICER), None)


def test_of_a_child_who_was_there_it_is_asked_with_its_next_review() -> None:
    """No storm on the first day: the first review that is recorded from then on asks, and no later one puts it off."""
    first = AT + 100 * DAY
    there = Facts(AT, unreviewed=Unreviewed(reviews=(AT + 20 * DAY,)))
    assert owed(there, first) is None
    held = (AT + 20 * DAY, first + 9 * DAY, first + 99 * DAY)
    assert owed(Facts(AT, unreviewed=Unreviewed(reviews=held)), first) == working(5, first + 9 * DAY)
    assert owed(Facts(first, unreviewed=Unreviewed()), first) == working(5, first)
    late = Facts(first + DAY, care_since=AT, unreviewed=Unreviewed())
    assert owed(late, first) == working(5, first + DAY), "known only since"
    left = Facts(AT, unreviewed=Unreviewed(since=first + DAY, has_left=True))
    assert owed(left, first) == working(5, first + DAY)
    assert owed(Facts(AT), first) is None
    adult = Facts(first, unreviewed=Unreviewed(), turns_18=(AT, first + 2 * DAY, first + 2 * DAY))
    assert owed(adult, first) is None


@pytest.mark.by_turns
def test_on_the_day_of_the_release_nobody_is_told_of_those_who_are_there() -> None:
    watched = a_watched_child(at=AT)
    papers.asked_for(AT + 30 * DAY)
    for days in (30, 31, 60, 120):
        swept(watched, AT + days * DAY + HOUR)
        assert due(watched) is None
    day = london_day(AT + 120 * DAY)
    at = AT + 120 * DAY + 2 * HOUR
    held_papers.record(
        watched.child, "care_review", held_date=day, led_by="Ida Moss", by=watched.worker, at=at
    )
    assert due(watched) is not None


# --- who hears


@pytest.mark.by_turns
def test_an_officer_hears_that_a_child_of_theirs_is_missing(watched: Watched, officer: User) -> None:
    name(watched, officer, at=AT + HOUR)
    stranger = a_person(Role.REVIEWING_OFFICER, authority=watched.authority)
    at = AT + 2 * HOUR
    missing(watched.child, by=watched.worker, at=at)
    sweep.sweep_all(now=at)
    assert told(officer, "told_missing") == 1
    assert not Message.objects.filter(user=stranger).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("why", ["kept", "restricted", "left", "no account"])
def test_whoever_may_not_open_the_child_hears_nothing(watched: Watched, officer: User, why: str) -> None:
    name(watched, None if why == "no account" else officer, at=AT + HOUR)
    at = AT + 2 * HOUR
    if why == "kept":
        concerns.keep_from(watched.child, officer, reason="An allegation", by=watched.manager, at=at)
    elif why == "restricted":
        named = [watched.worker]
        restrictions.restrict(watched.child, reason="A threat", named=named, by=watched.manager, at=at)
    elif why == "left":
        people.leave(membership_of(officer), at=at)
    # Nobody is mailed what they did themselves.
    missing(watched.child, by=watched.carer, at=at + HOUR)
    sweep.sweep_all(now=at + HOUR)
    assert told(watched.worker, "told_missing") == 1
    assert not Message.objects.filter(user=officer).exists()


@pytest.mark.by_turns
def test_an_officer_hears_of_reviews_to_come_and_of_one_that_nobody_recorded(
    watched: Watched, officer: User
) -> None:
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=AT - DAY)
    box = an_authority_mailbox(watched.authority, purpose="reviewing")
    name(watched, officer, at=AT + HOUR)
    at = AT + 2 * HOUR
    missing(watched.child, by=watched.worker, at=at)
    episode = MissingEpisode.objects.get(child=watched.child)
    (three,) = (one for one in reviews.calendar(at, until=at + 100 * DAY) if one.kind == "month_3")
    sweep.sweep_all(now=three.due_at - 14 * DAY)
    assert told(officer, "review_coming") == 1
    assert told(watched.manager, "review_coming") == 1
    sweep.sweep_all(now=three.due_at + 7 * DAY + HOUR)
    assert told(officer, "duty_step") >= 1
    assert Message.objects.filter(mailbox=box, wording="duty_step").exists()
    assert episode.ended_at is None


@pytest.mark.by_turns
def test_the_review_of_the_care_is_the_officers_from_the_first_rung(watched: Watched, officer: User) -> None:
    name(watched, officer, at=AT + HOUR)
    clock = papers.clock_of(watched.child, "care_review")
    assert clock.due_at is not None
    swept(watched, clock.due_at + HOUR)
    assert papers.steps(watched.child, "care_review") == ["R1"]
    assert told(officer, "paper_due") == 1


# --- where it stands


@pytest.mark.by_turns
def test_the_forms_of_reviews_the_episode_and_the_calendar_say_who_it_is(
    watched: Watched, officer: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = AT + 2 * HOUR
    missing(watched.child, by=watched.worker, at=at)
    monkeypatch.setattr("cases.clock.now", lambda: at + 20 * HOUR)
    reference = Child.objects.get(pk=watched.child.pk).reference
    pages = [
        f"/children/{reference}/held/care_review/",
        f"/missing/{reference}-M1/review/",
        f"/missing/{reference}-M1/",
    ]
    client.force_login(watched.worker)
    assert (
        "Independent reviewing officer, to be named"
        in client.get(f"/children/{reference}/due/").content.decode()
    )
    for page in pages:
        assert "No independent reviewing officer is named" in client.get(page).content.decode(), page
    name(watched, officer, at=at + 19 * HOUR)
    for page in pages:
        assert officer.name in client.get(page).content.decode(), page
    client.force_login(watched.guardian)
    assert officer.name not in client.get(pages[-1]).content.decode()


@pytest.mark.by_turns
def test_who_left_for_the_same_role_elsewhere_reviews_nobody_here(watched: Watched, officer: User) -> None:
    """The account goes on at another council: somebody else is asked for here, and they hear of no child of this one."""
    name(watched, officer, at=AT + HOUR)
    at = AT + 2 * HOUR
    role = membership_of(officer)
    people.join(officer, Role.REVIEWING_OFFICER, authority=an_authority(), at=at)
    assert due(watched) is None
    assert reviewers.by_child([watched.child.pk], at=at) == {watched.child.pk: officer}
    people.leave(role, at=at + HOUR)
    assert due(watched) == working(5, at + HOUR)
    assert reviewers.by_child([watched.child.pk], at=at + HOUR) == {}
    missing(watched.child, by=watched.carer, at=at + 2 * HOUR)
    sweep.sweep_all(now=at + 2 * HOUR)
    assert told(watched.worker, "told_missing") == 1
    assert not Message.objects.filter(user=officer).exists()


@pytest.mark.by_turns
def test_an_officer_goes_on_for_the_council_that_took_the_place_of_theirs(
    watched: Watched, officer: User
) -> None:
    name(watched, officer, at=AT + HOUR)
    mergers.move(watched.authority, an_authority(), by=None, at=AT + DAY)
    assert due(watched) is None
    assert reviewers.by_child([watched.child.pk], at=AT + DAY + HOUR) == {watched.child.pk: officer}


@pytest.mark.by_turns
def test_a_split_ends_the_officer_of_whoever_goes_to_another_than_the_one_that_keeps_it(
    watched: Watched, officer: User
) -> None:
    name(watched, officer, at=AT + HOUR)
    stays = a_child(authority=watched.authority, at=AT)
    given = Officer(user=officer, starts_at=AT + HOUR)
    reviewing_officers.appoint(stays, given, by=watched.worker, at=AT + HOUR)
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    keeps, other = an_authority(), an_authority()
    at = AT + DAY
    split = splits.begin(watched.authority, [keeps, other], by=admin, at=at)
    split = splits.keep(split, keeps, by=admin, at=at)
    splits.say(split, Kind.CHILD, {stays.pk: keeps}, by=admin, at=at)
    for kind in Kind:
        rest = splits.unsaid(split, kind, at=at)
        splits.say(split, kind, {one.pk: other for one in rest}, by=admin, at=at)
    signed = {
        one.pk: a_person(Role.TEAM_MANAGER, authority=one, reach="directorate") for one in (keeps, other)
    }
    split_moves.move(split, signed=signed, by=admin, at=at + HOUR)
    gone = ReviewingOfficer.objects.get(child=watched.child)
    assert (gone.ends_at, gone.ended_as, gone.ended_by) == (at + HOUR, "transfer", admin)
    assert Event.objects.filter(child=watched.child, kind="reviewing_officer_ended").count() == 1
    assert due(watched) == working(5, at + HOUR)
    found = reviewers.by_child([watched.child.pk, stays.pk], at=at + 2 * HOUR)
    assert found == {stays.pk: officer}
    assert access.may(User.objects.get(pk=officer.pk), stays, Permission.SEE_RECORD, at=at + 2 * HOUR)
    assert not Clock.objects.filter(child=stays, duty=NAME).exclude(due_at=None).exists()
