"""Checks of a home's building at night: owed while somebody is new there, told to home and duty, and no higher."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts import (
    check_tasks,
    default_policies,
    demo,
    failures,
    health,
    home_alerts,
    home_clocks,
    policies,
    publications,
    sweep,
)
from alerts.models import Clock, DutyTask, HomeAlert, HomeAlertStep, HomeClock, Message, MessageKind
from alerts.states import MessageStatus
from cases import access, building_checks, home_log, mergers, placements
from cases.models import BuildingCheck, Contact, Event, HomeEvent, Placement
from cases.states import IllegalMove
from tests import factories
from tests.alerts.outgoing import catch, named_by, send_all
from tests.factories import Watched

pytestmark = pytest.mark.django_db

# A house whose staff are awake at night.
AWAKE = Placement.Type.CHILDRENS_HOME

# A child who came on Monday at 09:00: the first check of the building is owed on Tuesday, 1am to 2am.
OPENS = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
NEXT_OPENS = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
NEXT_CLOSES = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child(placement_type=AWAKE, arrived_at=factories.AT)


def clock_of(watched: Watched) -> HomeClock:
    return HomeClock.objects.get(home=watched.home)


def tick(now: datetime) -> None:
    home_alerts.sweep(now=now)


def told(watched: Watched, **of: object) -> Counter[tuple[str, str, str]]:
    rows = Message.objects.filter(home_alert__home=watched.home, **of)
    return Counter(rows.values_list("step", "wording", "recipient"))


def check(
    watched: Watched, at: datetime, *, written: datetime | None = None, **fields: object
) -> BuildingCheck:
    values = {"checked_by_user": watched.carer, "happened_at": at} | fields
    return building_checks.record(
        watched.home, building_checks.Round(**values), by=watched.carer, at=written or at
    )


@pytest.mark.by_turns
def test_a_home_where_a_child_is_new_owes_its_first_check_the_coming_night(watched: Watched) -> None:
    clock = clock_of(watched)
    assert (clock.opens_at, clock.due_at, clock.next_at) == (OPENS, CLOSES, CLOSES)
    assert clock.rows == ["first_72_hours"]
    assert clock.lapses_at == NEXT_OPENS


@pytest.mark.by_turns(8)
def test_a_check_that_is_open_when_the_council_s_policy_changes_is_owed_as_it_opened(
    watched: Watched,
) -> None:
    before = default_policies.FIRST_72_HOURS
    later = replace(before.checks[0], opens=time(0, 30), closes=time(1, 15))
    publications.publish_figures(
        before.key,
        policies.row_data(replace(before, checks=(later, before.checks[1]))),
        reason="As the board decided",
        takes_effect_at=OPENS + 30 * MINUTE,
        seconded_by=watched.head,
        authority_id=watched.authority.pk,
        by=watched.director,
        at=factories.AT,
    )
    home_clocks.recompute([watched.home.pk], at=factories.AT)
    assert (clock_of(watched).opens_at, clock_of(watched).due_at) == (OPENS, CLOSES)
    tick(CLOSES)
    assert told(watched) == {("R0", "home_no_check", f"text/phone:{watched.home.phone}"): 1}
    tick(NEXT_OPENS)
    assert clock_of(watched).due_at == NEXT_CLOSES


@pytest.mark.by_turns
def test_no_check_is_told_to_the_home_then_to_duty_and_to_nobody_higher(watched: Watched) -> None:
    for after in range(-60, 119, 5):
        tick(CLOSES + after * MINUTE)
    assert told(watched) == {
        ("R0", "home_no_check", f"text/phone:{watched.home.phone}"): 1,
        ("R1", "duty_no_check", f"text/phone:{watched.desk.shift.phone}"): 1,
        ("R1", "duty_no_check", f"mail/mailbox:{watched.desk.mailbox.pk}"): 1,
    }
    steps = HomeAlertStep.objects.order_by("pk").values_list("step", "owed_at")
    assert list(steps) == [("R0", CLOSES), ("R1", CLOSES + HALF_HOUR)]
    task = DutyTask.objects.get(home_alert__isnull=False)
    assert (task.kind, task.home, task.authority) == (
        DutyTask.Kind.RING_ABOUT_CHECK,
        watched.home,
        watched.authority,
    )
    assert task.next_at is None, "it goes no higher than the desk"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("passes", ["by arrival", "by merger"])
def test_the_call_about_a_check_is_on_the_desk_that_has_the_child_now_and_on_no_other(watched, passes):
    tick(CLOSES + HALF_HOUR)
    call = DutyTask.objects.get(kind="ring_about_check")
    other, at = factories.a_watched_child(risk="low"), CLOSES + 40 * MINUTE
    if passes == "by merger":
        mergers.move(watched.authority, other.authority, by=None, at=at)
    else:
        moves_at = factories.AT + timedelta(days=1)
        going = factories.agreed(watched, other, moves_at=moves_at, at=factories.AT + timedelta(hours=1))
        factories.arrived(going, stays_placed=True, at=at)

    def on_desk_of(one: Watched) -> list[DutyTask]:
        desks = access.duty_authorities(one.desk.person, at=at)
        return check_tasks.open_of(one.desk.person, desks, now=at)

    assert on_desk_of(other) == [call]
    assert on_desk_of(watched) == ([call] if passes == "by merger" else []), (
        "its people work for the successor"
    )
    assert DutyTask.objects.get(home_alert__isnull=False).taken_at is None


def test_a_check_in_its_window_keeps_the_night_quiet(watched: Watched) -> None:
    check(watched, OPENS + 20 * MINUTE)
    assert clock_of(watched).due_at == NEXT_CLOSES
    tick(CLOSES + HALF_HOUR)
    assert not HomeAlert.objects.exists()
    assert not told(watched)


@pytest.mark.by_turns
def test_a_check_written_late_but_made_in_its_window_leaves_nothing_owed(watched: Watched) -> None:
    tick(CLOSES)
    Message.objects.update(status=MessageStatus.SENT, sent_at=CLOSES)
    check(watched, OPENS + 20 * MINUTE, written=CLOSES + 10 * MINUTE)
    tick(CLOSES + 10 * MINUTE)
    alert = HomeAlert.objects.get()
    assert alert.end_reason == HomeAlert.Ended.CHECKED
    assert told(watched, kind=MessageKind.ENDING) == {
        ("ending", "ending", f"text/phone:{watched.home.phone}"): 1
    }
    assert not DutyTask.objects.open().filter(home_alert=alert).exists()


@pytest.mark.by_turns
def test_a_check_after_the_window_ends_the_alert_and_does_not_meet_the_next(watched: Watched) -> None:
    tick(CLOSES + HALF_HOUR)
    check(watched, CLOSES + 40 * MINUTE)
    tick(CLOSES + 40 * MINUTE)
    assert HomeAlert.objects.get().ended_at == CLOSES + 40 * MINUTE
    assert clock_of(watched).due_at == NEXT_CLOSES


@pytest.mark.parametrize("phoned", [True, False])
def test_a_home_whose_text_was_refused_hears_the_ending_where_somebody_phoned_it(
    watched: Watched, phoned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    tick(CLOSES)
    text = Message.objects.get(home_alert__isnull=False)
    Message.objects.filter(pk=text.pk).update(status=MessageStatus.FAILED, last_error="410 No such number")
    failures.reach_a_person(text, at=CLOSES + MINUTE)
    if phoned:
        call = DutyTask.objects.get(message=text)
        home_alerts.finish(call, answer="Told them", by=watched.desk.person, at=CLOSES + 2 * MINUTE)
    check(watched, CLOSES + 3 * MINUTE)
    tick(CLOSES + 3 * MINUTE)
    send_all(CLOSES + 4 * MINUTE)
    ends = Message.objects.filter(kind=MessageKind.ENDING, channel="text")
    assert list(ends.values_list("status", flat=True)) == (["sent"] if phoned else [])
    assert not DutyTask.objects.open().exists()


@pytest.mark.by_turns
def test_whoever_was_not_told_yet_is_not_told_of_the_ending(watched: Watched) -> None:
    tick(CLOSES)
    check(watched, CLOSES + MINUTE)
    tick(CLOSES + MINUTE)
    assert set(Message.objects.filter(home_alert__isnull=False).values_list("status", flat=True)) == {
        MessageStatus.CANCELLED
    }
    assert not told(watched, kind=MessageKind.ENDING)


@pytest.mark.by_turns
def test_a_check_that_was_not_made_ends_with_the_next_window_and_that_one_has_its_own_alert(
    watched: Watched,
) -> None:
    tick(CLOSES + HALF_HOUR)
    tick(NEXT_OPENS)
    assert HomeAlert.objects.get().end_reason == HomeAlert.Ended.NOT_MADE
    tick(NEXT_CLOSES)
    assert list(HomeAlert.objects.order_by("due_at").values_list("due_at", "ended_at")) == [
        (CLOSES, NEXT_OPENS),
        (NEXT_CLOSES, None),
    ]


@pytest.mark.by_turns
def test_a_withdrawn_check_is_owed_at_once_and_says_how_late(watched: Watched) -> None:
    made = check(watched, OPENS + 20 * MINUTE)
    building_checks.withdraw(made, reason="Wrong night", by=watched.carer, at=CLOSES + 40 * MINUTE)
    tick(CLOSES + 40 * MINUTE)
    late = {s.step: s.climbed_at - s.owed_at for s in HomeAlertStep.objects.all()}
    assert late == {"R0": 40 * MINUTE, "R1": 10 * MINUTE}


@pytest.mark.by_turns
def test_the_same_window_can_be_opened_once_more(watched: Watched) -> None:
    tick(CLOSES)
    made = check(watched, CLOSES + MINUTE)
    tick(CLOSES + MINUTE)
    building_checks.withdraw(made, reason="Not that house", by=watched.carer, at=CLOSES + 5 * MINUTE)
    tick(CLOSES + 5 * MINUTE)
    assert list(HomeAlert.objects.order_by("round").values_list("round", "ended_at")) == [
        (1, CLOSES + MINUTE),
        (2, None),
    ]


@pytest.mark.by_turns
def test_a_repeated_sweep_does_nothing(watched: Watched) -> None:
    tick(CLOSES + HALF_HOUR)
    before = Message.objects.count(), HomeEvent.objects.count(), DutyTask.objects.count()
    for _ in range(3):
        tick(CLOSES + HALF_HOUR)
    assert (Message.objects.count(), HomeEvent.objects.count(), DutyTask.objects.count()) == before


@pytest.mark.by_turns
def test_after_72_hours_nothing_is_owed_and_an_open_alert_ends(watched: Watched) -> None:
    last = factories.AT + timedelta(hours=72)
    tick(datetime(2026, 3, 5, 5, 30, tzinfo=UTC))
    assert HomeAlert.objects.open().get().due_at == datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    tick(last)
    assert not HomeAlert.objects.open().exists()
    assert clock_of(watched).next_at is None


@pytest.mark.by_turns
def test_a_child_who_moves_out_takes_the_reason_along(watched: Watched) -> None:
    elsewhere = factories.a_home(watched.authority)
    factories.placed(watched.child, elsewhere, at=factories.AT + timedelta(hours=5), placement_type=AWAKE)
    assert clock_of(watched).next_at is None
    assert HomeClock.objects.get(home=elsewhere).due_at == CLOSES


@pytest.mark.by_turns
def test_one_who_stays_on_keeps_the_home_owing(watched: Watched) -> None:
    other = factories.a_child(watched.authority, at=factories.AT, arrived_at=factories.AT)
    factories.placed(other, watched.home, placement_type=AWAKE)
    placement = watched.placement
    placements.end(
        placement,
        ends_at=factories.AT + timedelta(hours=3),
        reason="Moved",
        by=watched.worker,
        at=factories.AT + timedelta(hours=3),
    )
    assert clock_of(watched).due_at == CLOSES


@pytest.mark.by_turns
def test_a_settled_child_s_home_owes_none() -> None:
    watched = factories.a_watched_child(
        placement_type=AWAKE,
        arrived_at=factories.AT - timedelta(days=40),
        at=factories.AT - timedelta(days=39),
    )
    factories.seen(watched.child, by=watched.carer, at=factories.AT)
    assert not HomeClock.objects.filter(home=watched.home, next_at__gt=factories.AT).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", home_clocks.NOBODY_AWAKE)
def test_a_foster_home_where_nobody_is_awake_owes_none(kind: str) -> None:
    child = factories.a_child(arrived_at=factories.AT)
    home = factories.a_home()
    placements.start(
        child,
        where=home,
        placement_type=kind,
        starts_at=factories.AT,
        by=child.registered_by,
        at=factories.AT,
    )
    assert not HomeClock.objects.filter(home=home).exists()


@pytest.mark.by_turns
def test_a_child_who_is_missing_is_not_looked_for_in_the_building(watched: Watched) -> None:
    factories.missing(watched.child, at=factories.AT + timedelta(hours=6))
    assert clock_of(watched).next_at is None


@pytest.mark.by_turns
def test_a_check_is_no_sighting_and_stands_on_no_child_s_record(watched: Watched) -> None:
    before = Event.objects.count()
    check(watched, OPENS + MINUTE)
    tick(CLOSES)
    assert Event.objects.count() == before
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_everything_about_a_check_is_in_the_home_s_own_chain(watched: Watched) -> None:
    tick(CLOSES)
    made = check(watched, CLOSES + MINUTE)
    tick(CLOSES + MINUTE)
    building_checks.withdraw(made, reason="Wrong house", by=watched.carer, at=CLOSES + 2 * MINUTE)
    kinds = list(HomeEvent.objects.filter(home=watched.home).values_list("kind", flat=True))
    assert kinds == ["climbed", "building_checked", "alert_ended", "building_check_withdrawn"]
    assert home_log.broken_links() == []


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_homeevent SET kind = 'other'",
        "DELETE FROM cases_homeevent",
        "DELETE FROM cases_buildingcheck",
        "UPDATE cases_buildingcheck SET happened_at = now()",
    ],
)
def test_neither_the_log_nor_a_check_can_be_edited(watched: Watched, statement: str) -> None:
    from django.db import connection
    from django.db.utils import ProgrammingError

    check(watched, OPENS + MINUTE)
    with (
        pytest.raises((ProgrammingError, IntegrityError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_same_form_twice_is_one_check(watched: Watched) -> None:
    made = check(watched, OPENS + MINUTE)
    again = check(watched, OPENS + 2 * MINUTE, key=made.key)
    assert again.pk == made.pk
    assert BuildingCheck.objects.count() == 1


@pytest.mark.by_turns(8)
def test_a_form_sent_for_another_home_is_refused(watched: Watched) -> None:
    made = check(watched, OPENS + MINUTE)
    round_ = building_checks.Round(checked_by="M. Reid", happened_at=OPENS, key=made.key)
    with pytest.raises(IllegalMove, match="another home"):
        building_checks.record(factories.a_home(), round_, by=watched.carer, at=OPENS + MINUTE)


def test_a_time_a_little_ahead_is_now_and_a_later_one_is_refused(watched: Watched) -> None:
    made = check(watched, OPENS + 4 * MINUTE, written=OPENS)
    assert (made.happened_at, made.stated_at) == (OPENS, OPENS + 4 * MINUTE)
    with pytest.raises(IllegalMove, match="now or in the past"):
        check(watched, OPENS + 6 * MINUTE, written=OPENS)


@pytest.mark.by_turns(8)
def test_a_check_by_nobody_and_a_second_withdrawal_are_refused(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="who checked"):
        check(watched, OPENS, checked_by_user=None, checked_by=" ")
    made = check(watched, OPENS)
    with pytest.raises(IllegalMove, match="why"):
        building_checks.withdraw(made, reason=" ", by=watched.carer, at=OPENS)
    building_checks.withdraw(made, reason="Wrong night", by=watched.carer, at=OPENS)
    with pytest.raises(IllegalMove, match="already"):
        building_checks.withdraw(made, reason="Again", by=watched.carer, at=OPENS)


@pytest.mark.by_turns
def test_duty_writes_down_what_the_home_said_and_the_task_is_done(watched: Watched) -> None:
    tick(CLOSES + HALF_HOUR)
    task = DutyTask.objects.get(home_alert__isnull=False)
    home_alerts.could_not_reach(task, by=watched.desk.person, at=CLOSES + 35 * MINUTE)
    task.refresh_from_db()
    assert task.done_at is None
    said = building_checks.Round(checked_by="M. Reid", told_by="M. Reid", happened_at=OPENS + 50 * MINUTE)
    home_alerts.record_told(task, said, by=watched.desk.person, at=CLOSES + 40 * MINUTE)
    task.refresh_from_db()
    assert task.answer == "Checked by M. Reid"
    with pytest.raises(IllegalMove, match="done already"):
        home_alerts.finish(task, answer="Again", by=watched.desk.person, at=CLOSES + 41 * MINUTE)


@pytest.mark.by_turns
def test_the_desk_of_each_responsible_authority_is_asked_and_the_home_is_texted_once(
    watched: Watched,
) -> None:
    other = factories.a_watched_child(placement_type=AWAKE, home=watched.home, arrived_at=factories.AT)
    stranger = factories.an_authority()
    far = factories.a_child(stranger, arrived_at=factories.AT)
    factories.placed(far, watched.home, placement_type=AWAKE)
    desk = factories.a_duty_desk(stranger)
    tick(CLOSES + HALF_HOUR)
    assert told(watched, step="R0") == {("R0", "home_no_check", f"text/phone:{watched.home.phone}"): 1}
    assert ("R1", "duty_no_check", f"mail/mailbox:{desk.mailbox.pk}") in told(watched, step="R1")
    owners = DutyTask.objects.filter(home_alert__isnull=False).values_list("authority", flat=True)
    assert set(owners) == {watched.authority.pk, other.authority.pk, stranger.pk}


@pytest.mark.by_turns
def test_a_text_that_the_home_s_phone_refuses_brings_duty_in_at_once(watched: Watched) -> None:
    tick(CLOSES)
    message = Message.objects.get(home_alert__isnull=False)
    failures.reach_a_person(message, at=CLOSES + MINUTE)
    tick(CLOSES + MINUTE)
    assert HomeAlertStep.objects.filter(step="R1", climbed_at=CLOSES + MINUTE).exists()
    assert DutyTask.objects.filter(message=message, kind=DutyTask.Kind.PHONE_THEM).exists()


@pytest.mark.by_turns(8)
def test_a_home_that_fails_is_set_aside_and_does_not_stop_the_others(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child(placement_type=AWAKE, arrived_at=factories.AT)
    whole = home_alerts._climb

    def fail(night: home_clocks.Night, *args: object, **options: object) -> None:
        if night.home == watched.home:
            raise RuntimeError("planted")
        whole(night, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(home_alerts, "_climb", fail)
    done, failed = home_alerts.sweep(now=CLOSES)
    assert (done, failed) == (1, 1)
    assert told(other)
    assert clock_of(watched).faults == 1
    found = {one.name: one for one in health.engine(CLOSES)}
    assert not found["records_that_fail"].ok


@pytest.mark.by_turns
def test_the_sweep_of_children_looks_at_homes_too(watched: Watched) -> None:
    sweep.sweep(now=CLOSES)
    assert HomeAlert.objects.filter(home=watched.home).exists()


@pytest.mark.by_turns
def test_a_home_s_clock_that_nobody_looks_at_makes_the_service_late(watched: Watched) -> None:
    Clock.objects.update(next_at=None)
    found = {one.name: one for one in health.engine(CLOSES + 3 * MINUTE)}
    assert not found["due_clocks"].ok


@pytest.mark.by_turns(8)
def test_integrity_misses_a_home_s_clock(watched: Watched) -> None:
    question = "homes that owe a check of the building without the clock that the facts say"
    assert not named_by(question, factories.AT + MINUTE)
    HomeClock.objects.filter(home=watched.home).update(next_at=None)
    assert named_by(question, factories.AT + MINUTE)


@pytest.mark.by_turns
def test_integrity_misses_the_ending_of_a_home_s_alert(watched: Watched) -> None:
    question = "ended alerts of homes of which somebody was told and not of the ending"
    tick(CLOSES)
    Message.objects.update(status=MessageStatus.SENT, sent_at=CLOSES)
    check(watched, CLOSES + MINUTE)
    tick(CLOSES + MINUTE)
    assert not named_by(question, CLOSES + 10 * MINUTE)
    Message.objects.filter(kind=MessageKind.ENDING).update(home_alert=None)
    assert named_by(question, CLOSES + 10 * MINUTE)


@pytest.mark.by_turns
def test_the_demo_s_story_owes_no_check_and_stays_quiet(settings: pytest.FixtureRequest) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    at = datetime(2026, 3, 3, 0, 50, tzinfo=UTC)
    stage = demo.set_stage(at=at)
    assert demo.begin(stage, at=at)
    assert Placement.objects.current(at).filter(home=stage.home).exists()
    assert not HomeClock.objects.filter(next_at__isnull=False).exists()
    home_alerts.sweep(now=at + timedelta(hours=6))
    assert not HomeAlert.objects.exists()
