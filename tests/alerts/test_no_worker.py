"""A child without a social worker: told at once and upward, in clock hours and working days, until somebody has the work."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from alerts import digests, expected, integrity, readings, recipients, sweep, watching, worklists
from alerts.models import Alert, AlertStep, Clock, Message
from alerts.schedule import Step
from cases import children, holidays, leavers, people, responsibilities
from cases.deadlines import Nation
from cases.models import Child, Membership, Role, User
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_duty_desk,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    case_closed,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# A Monday and the ends of the two working days after it.
TUESDAY = datetime(2026, 3, 3, 23, 59, 59, tzinfo=UTC)
WEDNESDAY = TUESDAY + DAY


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def alone(watched: Watched) -> Child:
    return a_child(team=watched.team, by=watched.worker)


def steps(child: Child) -> list[str]:
    return list(
        AlertStep.objects.filter(alert__child=child, alert__clock__kind="no_worker").values_list(
            "step", flat=True
        )
    )


def test_nobody_hears_of_a_child_who_has_a_social_worker(watched: Watched) -> None:
    sweep.sweep_all(now=AT + HOUR)
    assert not Clock.objects.filter(child=watched.child, kind=Clock.Kind.NO_WORKER).exists()


@pytest.mark.by_turns
def test_duty_hears_at_once_the_manager_after_four_hours_and_the_head_after_a_working_day(
    watched: Watched, alone: Child
) -> None:
    sweep.sweep_all(now=AT)
    assert steps(alone) == ["R1"]
    told = Message.objects.filter(wording="duty_no_worker")
    assert [message.mailbox for message in told] == [watched.desk.mailbox]
    sweep.sweep_all(now=AT + 4 * HOUR - timedelta(seconds=1))
    assert steps(alone) == ["R1"]
    sweep.sweep_all(now=AT + 4 * HOUR)
    assert told.filter(user=watched.manager).exists()
    sweep.sweep_all(now=TUESDAY - HOUR)
    assert steps(alone) == ["R1", "R2"]
    sweep.sweep_all(now=TUESDAY)
    assert told.filter(user=watched.head).exists()
    sweep.sweep_all(now=WEDNESDAY)
    assert steps(alone) == ["R1", "R2", "R4", "R5"]
    assert told.filter(user=watched.director).exists()


@pytest.mark.by_turns
def test_the_alert_stands_down_when_somebody_is_given_the_work(watched: Watched, alone: Child) -> None:
    sweep.sweep_all(now=AT)
    children.reassign([alone], team=watched.team, worker=watched.worker, by=watched.manager, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    alert = Alert.objects.get(child=alone, clock__kind="no_worker")
    assert (alert.status, alert.end_reason) == ("ended", "no_longer_owed")
    sweep.sweep_all(now=WEDNESDAY)
    assert steps(alone) == ["R1"]


@pytest.mark.by_turns
def test_the_clock_begins_anew_when_the_work_is_nobodys_again(watched: Watched) -> None:
    other = an_authority()
    a_duty_desk(other)
    responsibilities.start(watched.child, authority=other, by=watched.desk.person, at=AT + DAY)
    clock = Clock.objects.get(child=watched.child, kind=Clock.Kind.NO_WORKER)
    assert clock.due_at == AT + DAY


@pytest.mark.by_turns
def test_a_closed_case_owes_no_social_worker(watched: Watched, alone: Child) -> None:
    case_closed(alone, reason="Reunited", by=watched.manager, at=AT + HOUR)
    sweep.sweep_all(now=WEDNESDAY)
    assert steps(alone) == []


def test_working_days_leave_out_the_bank_holidays_of_the_nation() -> None:
    friday = datetime(2026, 4, 2, 9, tzinfo=UTC)
    days = holidays.of(Nation.ENGLAND_AND_WALES)
    owed = expected.no_social_worker(friday, nation=Nation.ENGLAND_AND_WALES, holidays=days)
    assert owed is not None
    assert owed.steps[Step.R4].date().isoformat() == "2026-04-07", "after Easter"
    scottish = expected.no_social_worker(
        friday, nation=Nation.SCOTLAND, holidays=holidays.of(Nation.SCOTLAND)
    )
    assert scottish is not None
    assert scottish.steps[Step.R4].date().isoformat() == "2026-04-06"
    assert expected.no_social_worker(None, nation=Nation.SCOTLAND, holidays=days) is None


def test_a_drill_has_no_such_clock(watched: Watched) -> None:
    drilled = a_child(watched.authority, by=watched.worker)
    Child.objects.filter(pk=drilled.pk).update(is_drill=True)
    (facts,) = watching.watch([drilled.pk], at=AT).values()
    assert Clock.Kind.NO_WORKER not in {reading.kind for reading in readings.readings(facts)}


def role_of(worker: User) -> Membership:
    return Membership.objects.get(user=worker, role=Role.SOCIAL_WORKER)


def due(child: Child) -> datetime | None:
    clock = Clock.objects.filter(child=child, kind=Clock.Kind.NO_WORKER).first()
    return clock and clock.due_at


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["account", "role", "team"])
def test_the_children_of_a_social_worker_who_leaves_have_nobody_from_that_instant(
    watched: Watched, how: str
) -> None:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    gone = AT + HOUR
    assert due(watched.child) is None
    assert not worklists.unallocated(watched.manager, now=AT).exists()
    if how == "account":
        leavers.close(watched.worker, reason="Left the council", by=admin, at=gone)
    else:
        people.leave(role_of(watched.worker), by=admin, at=gone)
    if how == "team":
        people.join(watched.worker, Role.SOCIAL_WORKER, team=a_team(watched.authority), by=admin, at=gone)

    assert due(watched.child) == gone
    assert list(worklists.unallocated(watched.manager, now=gone)) == [watched.child]
    named = [one for one in digests.read(watched.manager, now=gone).sections if "social worker" in one.title]
    assert [one.references for one in named] == [[watched.child.reference]]
    sweep.sweep_all(now=gone)
    assert steps(watched.child) == ["R1"]
    sweep.sweep_all(now=gone + 4 * HOUR)
    assert steps(watched.child) == ["R1", "R2"]
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    later = gone + 5 * HOUR
    children.reassign([watched.child], team=watched.team, worker=colleague, by=watched.manager, at=later)
    sweep.sweep_all(now=later)
    alert = Alert.objects.get(child=watched.child, clock__kind="no_worker")
    assert (alert.status, alert.end_reason) == ("ended", "no_longer_owed")
    assert not worklists.unallocated(watched.manager, now=later).exists()


@pytest.mark.by_turns
def test_a_role_that_ends_by_its_date_leaves_its_children_to_nobody_from_that_day(watched: Watched) -> None:
    ends_at = AT + DAY
    worker = User.objects.create_user("agency@council.example", name="A. Agency", joined_at=AT)
    people.join(worker, Role.SOCIAL_WORKER, team=watched.team, ends_at=ends_at, at=AT)
    child = a_child(team=watched.team, worker=worker, by=watched.worker)
    assert due(child) == ends_at
    sweep.sweep_all(now=ends_at - timedelta(seconds=1))
    assert steps(child) == []
    sweep.sweep_all(now=ends_at)
    assert steps(child) == ["R1"]
    assert leavers.end_by_date(at=ends_at) == 1
    assert due(child) == ends_at
    sweep.sweep_all(now=ends_at + HOUR)
    assert steps(child) == ["R1"]


@pytest.mark.by_turns
def test_a_role_that_is_given_again_where_it_ends_leaves_no_gap(watched: Watched) -> None:
    gone = AT + HOUR
    people.leave(role_of(watched.worker), at=gone)
    assert due(watched.child) == gone
    people.join(watched.worker, Role.SOCIAL_WORKER, team=watched.team, at=gone)
    assert due(watched.child) is None
    sweep.sweep_all(now=gone + HOUR)
    assert steps(watched.child) == []


@pytest.mark.by_turns
def test_a_role_that_begins_on_a_day_to_come_ends_the_alarm_on_that_day(watched: Watched) -> None:
    gone, back = AT + HOUR, AT + 2 * DAY
    people.leave(role_of(watched.worker), at=gone)
    people.join(watched.worker, Role.SOCIAL_WORKER, team=watched.team, starts_at=back, at=gone)
    sweep.sweep_all(now=gone)
    assert steps(watched.child) == ["R1"]
    sweep.sweep_all(now=back)
    alert = Alert.objects.get(child=watched.child, clock__kind="no_worker")
    assert (alert.status, alert.end_reason) == ("ended", "no_longer_owed")
    sweep.sweep_all(now=back + DAY)
    assert Alert.objects.filter(child=watched.child, clock__kind="no_worker").count() == 1


@pytest.mark.by_turns
def test_a_role_as_something_else_is_no_social_worker_s(watched: Watched) -> None:
    gone = AT + HOUR
    people.leave(role_of(watched.worker), at=gone)
    people.join(watched.worker, Role.DUTY_DESK, team=watched.team, at=gone)
    assert due(watched.child) == gone


@pytest.mark.by_turns
def test_whoever_has_changed_team_is_not_told_as_the_child_s_social_worker(watched: Watched) -> None:
    gone = AT + HOUR
    post = recipients.Post.WORKER
    facts = [one.child for one in watching.watch([watched.child.pk], at=gone).values()]
    assert recipients.directory(facts, at=AT).resolve(post, facts[0], ("mail",))
    people.leave(role_of(watched.worker), at=gone)
    people.join(watched.worker, Role.SOCIAL_WORKER, team=a_team(watched.authority), at=gone)
    assert not recipients.directory(facts, at=gone).resolve(post, facts[0], ("mail",))


@pytest.mark.by_turns
def test_the_child_s_page_says_that_its_social_worker_is_in_the_team_no_more(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.manager)
    page = f"/children/{watched.child.reference}/people/"
    words = "Social worker, has the work no longer"
    assert words not in client.get(page).content.decode()
    people.leave(role_of(watched.worker), at=now)
    assert words in client.get(page).content.decode()


@pytest.mark.by_turns
def test_the_integrity_check_names_a_child_whose_social_worker_has_left_unheard(watched: Watched) -> None:
    people.leave(role_of(watched.worker), at=AT + HOUR)
    assert watched.child.reference in broken(AT + 2 * HOUR)
    sweep.sweep_all(now=AT + 2 * HOUR)
    assert watched.child.reference not in broken(AT + 2 * HOUR)


def broken(now: datetime) -> list[str]:
    what = "children without a social worker of whom nobody heard"
    return next(list(check(now)) for _promise, name, check in integrity.QUESTIONS if name == what)


MINUTE = timedelta(minutes=1)


def a_night(watched: Watched, count: int) -> list[Child]:
    """Children who come in one after the other, twelve minutes apart, as duty types them; the engine runs meanwhile."""
    found = []
    for number in range(count):
        at = AT + 12 * number * MINUTE
        found.append(a_child(team=watched.team, by=watched.worker, at=at))
        sweep.sweep_all(now=at)
    return found


def mails(post: str) -> list[tuple[datetime, int]]:
    """When each mail to this post goes, and of how many children it tells."""
    rows = Message.objects.filter(wording="duty_no_worker", post=post).exclude(status="cancelled")
    return [(one.next_try_at, one.items.count()) for one in rows.order_by("next_try_at")]


@pytest.mark.by_turns
def test_a_night_of_arrivals_is_told_to_the_desk_at_once_and_then_once_an_hour(watched: Watched) -> None:
    """Eleven of them in two hours: eleven mails stood there, each of one child, and nobody reads the twelfth."""
    came = a_night(watched, 11)
    assert mails("duty") == [(AT, 1), (AT + HOUR, 5), (AT + 2 * HOUR, 5)]
    for child in came:
        assert steps(child) == ["R1"]
    # None of it is late before its time, and each child is in one of them.

    for minutes in range(0, 6 * 60 + 1, 12):
        sweep.sweep_all(now=AT + minutes * MINUTE)
    assert [count for _at, count in mails("manager")] == [1, 5, 5]
    # What falls due at one instant is one mail.
    sweep.sweep_all(now=TUESDAY)
    assert mails("head") == [(TUESDAY, 11)]


@pytest.mark.by_turns
def test_who_is_given_a_social_worker_meanwhile_is_in_no_mail_and_one_word_ends_the_others(
    watched: Watched,
) -> None:
    first, second, third = a_night(watched, 3)
    at = AT + 40 * MINUTE
    children.reassign([second], team=watched.team, worker=watched.worker, by=watched.manager, at=at)
    sweep.sweep_all(now=at)
    assert mails("duty") == [(AT, 1), (AT + HOUR, 1)]
    Message.objects.filter(status="queued").update(status="sent", sent_at=AT + HOUR)
    for child, at in ((first, AT + 2 * HOUR), (third, AT + 2 * HOUR + MINUTE)):
        children.reassign([child], team=watched.team, worker=watched.worker, by=watched.manager, at=at)
        sweep.sweep_all(now=at)
    ending = Message.objects.get(kind="ending", post="duty")
    assert {item.alert.child for item in ending.items.all()} == {first, third}
    assert ending.next_try_at == AT + 2 * HOUR + 2 * MINUTE
