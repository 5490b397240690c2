"""A child who was handed over lives where it came from no more: nobody rings that home, and where it lives is asked."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import reach, record_questions, sweep
from alerts.models import Clock, DutyTask, Message
from cases import access, clock, concerns, contacts, journeys, placements
from cases.access import Permission
from cases.journey_plans import Plan
from cases.models import Absence, Child, EpisodeForce, Journey, Placement, PoliceForce, Transfer
from cases.states import AgeStatus
from tests.alerts import papers
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force,
    a_home,
    a_watched_child,
    accepted,
    confirmed,
    missing,
    placed,
    planned,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Two in the afternoon of the second day, between two roll-calls.
DEPARTS = AT + 29 * HOUR
ARRIVED = DEPARTS + HOUR


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    found = a_watched_child()
    seen(found.child, by=found.carer, at=DEPARTS - MINUTE)
    return found


def handed_over(
    watched: Watched, *, kind: str = Journey.Kind.MOVE, at: datetime = ARRIVED, **said
) -> Journey:
    made = planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, kind=kind, at=DEPARTS - MINUTE, **said
    )
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    # By their own link: nobody is signed in whom a page could ask.
    confirmed(made, 1, by=None, at=at, happened_at=ARRIVED, as_given=True)
    return made


def old(watched: Watched) -> Placement:
    return Placement.objects.get(pk=watched.placement.pk)


def contact_clock(watched: Watched) -> Clock:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)


@pytest.mark.by_turns
def test_from_the_hand_over_on_it_is_asked_where_the_child_lives_until_a_placement_says_so(watched):
    handed_over(watched)
    assert old(watched).ends_at == ARRIVED
    due = papers.clock_of(watched.child, "nowhere")
    moments = [datetime.fromisoformat(due.steps[rung]) for rung in ("R1", "R2", "R4", "R5")]
    first = ARRIVED + HOUR
    assert moments == [first, first + 4 * HOUR, first + DAY, first + 2 * DAY]
    sweep.sweep_all(now=first)
    assert papers.steps(watched.child, "nowhere") == ["R1"]
    told = Message.objects.filter(items__alert__clock__duty="nowhere")
    assert {row.user or row.mailbox for row in told} == {watched.worker, watched.desk.mailbox}
    at = first + 10 * MINUTE
    placed(watched.child, starts_at=ARRIVED, at=at)
    sweep.sweep_all(now=at)
    assert not papers.is_open(watched.child, "nowhere")
    begins = [row for row in contact_clock(watched).rows if row == "first_72_hours"]
    assert begins, "the closer watch of a new placement counts from the hand-over"
    assert "R0" in contact_clock(watched).steps


@pytest.mark.by_turns
def test_meanwhile_the_roll_calls_go_on_and_duty_is_rung_and_never_the_home_that_was_left(watched):
    handed_over(watched)
    standing = contact_clock(watched)
    assert standing.due_at is not None
    assert standing.due_at - ARRIVED < 12 * HOUR, "the contact clock has no gap"
    assert "R0" not in standing.steps
    sweep.sweep_all(now=datetime.fromisoformat(standing.steps["R1"]))
    task = DutyTask.objects.get(items__alert__clock__kind="contact")
    assert (task.kind, task.home) == (DutyTask.Kind.FIND_PLACEMENT, None)
    phones = set(Message.objects.filter(channel="text").values_list("phone", flat=True))
    assert watched.home.phone not in phones


@pytest.mark.by_turns
def test_the_force_of_the_hand_over_hears_first_of_a_child_who_is_missing_from_there(watched):
    there = a_force()
    handed_over(watched, forces=[watched.force, there])
    assert reach.force_of(watched.child, now=ARRIVED + MINUTE) == there
    missing(watched.child, by=watched.worker, at=ARRIVED + MINUTE)
    rows = EpisodeForce.objects.filter(episode__child=watched.child).order_by("pk")
    assert [row.force for row in rows] == [there, watched.force]


@pytest.mark.by_turns
def test_where_a_placement_began_since_its_force_hears_and_not_that_of_the_hand_over(watched):
    there, other = a_force(), a_force()
    handed_over(watched, forces=[watched.force, there])
    placed(watched.child, a_home(watched.authority, force=other), starts_at=ARRIVED, at=ARRIVED + MINUTE)
    missing(watched.child, by=watched.worker, at=ARRIVED + 2 * MINUTE)
    assert [row.force for row in EpisodeForce.objects.filter(episode__child=watched.child)] == [other]


@pytest.mark.by_turns
def test_after_another_journey_the_home_is_asked_as_ever_and_nothing_alarms(watched):
    handed_over(watched, kind=Journey.Kind.OTHER)
    assert old(watched).ends_at is None
    assert "R0" in contact_clock(watched).steps
    assert not Clock.objects.filter(child=watched.child, duty="nowhere", next_at__isnull=False).exists()


@pytest.mark.by_turns
def test_a_placement_that_was_recorded_before_the_late_word_of_the_hand_over_stays(watched):
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    there = placed(watched.child, starts_at=ARRIVED - 10 * MINUTE, at=ARRIVED + MINUTE)
    confirmed(made, 1, by=None, at=ARRIVED + 20 * MINUTE, happened_at=ARRIVED, as_given=True)
    there.refresh_from_db()
    assert there.ends_at is None
    assert not Clock.objects.filter(child=watched.child, duty="nowhere", next_at__isnull=False).exists()


@pytest.mark.by_turns
def test_a_hand_over_that_is_withdrawn_brings_back_no_home_and_the_clock_of_contact_counts_from_before(
    watched,
):
    made = handed_over(watched)
    last = made.stops.get(position=1).confirmations.get().contact
    contacts.withdraw(last, reason="Another child", by=watched.worker, at=ARRIVED + MINUTE)
    assert old(watched).ends_at == ARRIVED
    assert papers.clock_of(watched.child, "nowhere").due_at == ARRIVED + HOUR


@pytest.mark.by_turns
def test_an_absence_from_the_home_ends_with_the_hand_over(watched):
    handed_over(watched)
    assert not Absence.objects.filter(child=watched.child, ends_at=None).exists()
    with refused(watched.child, "This placement has ended already."):
        placements.end(old(watched), ends_at=ARRIVED, reason="Other", by=watched.worker, at=ARRIVED + HOUR)


@pytest.mark.by_turns
def test_on_the_way_to_another_authority_the_arrival_says_it(watched):
    in_transit(watched)
    handed_over(watched, kind=Journey.Kind.TRANSFER)
    assert old(watched).ends_at is None
    assert not Clock.objects.filter(child=watched.child, duty="nowhere", next_at__isnull=False).exists()


@pytest.mark.by_turns
def test_who_is_treated_as_an_adult_elsewhere_and_has_a_placement_is_asked_for_after_a_hand_over(watched):
    Child.objects.filter(pk=watched.child.pk).update(age_status=AgeStatus.ADULT_ELSEWHERE)
    handed_over(watched)
    assert old(watched).ends_at is None
    standing = contact_clock(watched)
    assert standing.window != "elsewhere"
    assert standing.due_at is not None
    assert standing.due_at - ARRIVED < 12 * HOUR, "no week without a roll-call"


@pytest.mark.by_turns
def test_check_integrity_names_a_hand_over_after_which_the_placement_from_before_stands(watched):
    now = ARRIVED + HOUR
    made = handed_over(watched)
    assert list(record_questions.still_at_home(now)) == []
    # As one that was handed over before the hand-over ended a placement.
    Placement.objects.filter(pk=watched.placement.pk).update(ends_at=None)
    assert list(record_questions.still_at_home(now)) == [f"{watched.child.reference} journey {made.pk}"]
    placed(watched.child, starts_at=now, at=now)
    assert list(record_questions.still_at_home(now)) == []


@pytest.mark.by_turns
def test_a_child_whom_its_own_home_has_seen_since_lives_there_and_is_not_named(watched):
    handed_over(watched)
    Placement.objects.filter(pk=watched.placement.pk).update(ends_at=None)
    seen(watched.child, by=watched.worker, at=ARRIVED + MINUTE)
    assert list(record_questions.still_at_home(ARRIVED + HOUR))
    seen(watched.child, by=watched.carer, at=ARRIVED + 2 * MINUTE)
    assert list(record_questions.still_at_home(ARRIVED + HOUR)) == []


def forces_told(watched: Watched) -> list[PoliceForce]:
    rows = EpisodeForce.objects.filter(episode__child=watched.child).order_by("pk")
    return [row.force for row in rows]


@pytest.mark.by_turns
def test_the_force_of_the_hand_over_hears_where_an_emergency_bed_came_between_plan_and_departure(watched):
    there, between = a_force(), a_force()
    at = DEPARTS - 4 * HOUR
    said = {"departs_at": DEPARTS, "stops": 0, "forces": [between, there], "at": at - HOUR}
    made = planned(watched.child, by=watched.worker, kind=Journey.Kind.TRANSFER, **said)
    placed(watched.child, a_home(watched.authority, force=between), starts_at=at, at=at)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    confirmed(made, 1, by=None, at=ARRIVED, as_given=True)
    assert reach.force_of(watched.child, now=ARRIVED + MINUTE) == there
    missing(watched.child, by=watched.worker, at=ARRIVED + MINUTE)
    assert forces_told(watched) == [there, between]


@pytest.mark.by_turns
def test_of_a_hand_over_that_is_withdrawn_the_force_where_the_child_was_seen_last_hears_first(watched):
    there, on_the_way = a_force(), a_force()
    made = handed_over(watched, forces=[on_the_way, there])
    last = made.stops.get(position=1).confirmations.get().contact
    contacts.withdraw(last, reason="Another child", by=watched.worker, at=ARRIVED + MINUTE)
    assert journeys.handed_over(watched.child) is None, "no page says that the child was handed over"
    at = ARRIVED + 2 * MINUTE
    assert reach.force_of(watched.child, now=at) == on_the_way
    missing(watched.child, by=watched.worker, at=at)
    assert forces_told(watched) == [on_the_way, there, watched.force]


@pytest.mark.by_turns
def test_a_hand_over_after_which_the_child_lived_on_at_home_is_nobodys_to_hear_of(watched):
    there = a_force()
    handed_over(watched, forces=[watched.force, there])
    # As of a journey that was planned as a move and brought the child back: its placement stood on.
    Placement.objects.filter(pk=watched.placement.pk).update(ends_at=None)
    later = ARRIVED + 30 * DAY
    placements.end(old(watched), ends_at=later, reason="Bed lost", by=watched.worker, at=later)
    assert journeys.handed_over(watched.child) is None
    assert reach.force_of(watched.child, now=later) == watched.force
    missing(watched.child, by=watched.worker, at=later)
    assert forces_told(watched) == [watched.force]


@pytest.mark.by_turns(8)
def test_the_time_of_the_hand_over_is_its_own_and_one_from_no_placement_is_said_too(watched):
    ended_at = DEPARTS - 2 * HOUR
    placements.end(watched.placement, ends_at=ended_at, reason="Bed lost", by=watched.worker, at=ended_at)
    made = handed_over(watched)
    assert journeys.handed_over(watched.child) == (made, ARRIVED)
    child = a_child(watched.authority, at=AT)
    first = planned(child, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(first, 0, by=watched.worker, at=DEPARTS)
    confirmed(first, 1, by=None, at=ARRIVED, as_given=True)
    assert journeys.handed_over(child) == (first, ARRIVED)


def in_transit(watched: Watched) -> Transfer:
    coming = a_watched_child(risk="low")
    at = DEPARTS - 2 * MINUTE
    transfer = accepted(referred(watched.child, coming.authority, at=at), coming.worker, at=at)
    Transfer.objects.filter(pk=transfer.pk).update(
        status="in_transit", moves_date=DEPARTS.date(), left_at=DEPARTS, expected_at=ARRIVED
    )
    return transfer


@pytest.mark.by_turns
def test_who_was_handed_over_in_transit_and_is_missing_before_the_arrival_is_told_to_the_force_there(watched):
    there = a_force()
    in_transit(watched)
    handed_over(watched, kind=Journey.Kind.TRANSFER, forces=[watched.force, there])
    assert reach.force_of(watched.child, now=ARRIVED + MINUTE) == there
    missing(watched.child, by=watched.worker, at=ARRIVED + MINUTE)
    assert forces_told(watched) == [there, watched.force]


@pytest.mark.by_turns
def test_a_transfer_that_is_no_more_under_way_leaves_the_child_with_the_force_of_its_home(watched):
    transfer = in_transit(watched)
    handed_over(watched, kind=Journey.Kind.TRANSFER, forces=[watched.force, a_force()])
    Transfer.objects.filter(pk=transfer.pk).update(status="accepted", left_at=None)
    assert reach.force_of(watched.child, now=ARRIVED + HOUR) == watched.force


@pytest.mark.by_turns
def test_a_pick_up_after_the_departure_that_was_planned_ends_the_bed_between(watched):
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    bed = placed(watched.child, starts_at=DEPARTS + HOUR, at=DEPARTS + HOUR)
    confirmed(made, 0, by=watched.worker, at=DEPARTS + 4 * HOUR)
    confirmed(made, 1, by=None, at=DEPARTS + 6 * HOUR, as_given=True)
    bed.refresh_from_db()
    assert bed.ends_at == DEPARTS + 6 * HOUR


@pytest.mark.by_turns
def test_in_the_middle_of_a_search_the_word_of_an_escort_takes_the_child_from_no_home(watched):
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    missing(watched.child, by=watched.worker, at=DEPARTS + MINUTE)
    confirmed(made, 1, by=None, at=ARRIVED, as_given=True)
    assert old(watched).ends_at is None
    assert access.may(watched.carer, watched.child, Permission.RECORD_CONTACT, at=ARRIVED)


@pytest.mark.by_turns
def test_the_word_of_an_escort_whom_the_child_is_kept_from_ends_neither_journey_nor_placement(watched):
    escort = {"first_escort": watched.carer.name}
    said = {"departs_at": DEPARTS, "stops": 0, "at": DEPARTS - MINUTE}
    made = planned(watched.child, by=watched.worker, **said, **escort)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    concerns.keep_from(watched.child, watched.carer, reason="x", by=watched.manager, at=DEPARTS + MINUTE)
    with refused(watched.child, "This word cannot end the journey. Have somebody else see the child."):
        confirmed(made, 1, by=watched.worker, at=ARRIVED)
    assert old(watched).ends_at is None
    assert Journey.objects.open().filter(child=watched.child).exists()
    confirmed(made, 1, by=watched.worker, at=ARRIVED, escort=made.second_escort)
    assert old(watched).ends_at == ARRIVED


@pytest.mark.by_turns
def test_the_forecast_names_the_forces_that_an_episode_tells(watched):
    there = a_force()
    handed_over(watched, forces=[watched.force, there])
    at = ARRIVED + MINUTE
    supposed = reach.supposed_forces(watched.child, now=at)
    missing(watched.child, by=watched.worker, at=at)
    assert supposed == [force.pk for force in forces_told(watched)] == [there.pk, watched.force.pk]


@pytest.mark.by_turns(8)
def test_the_pages_say_to_whom_and_the_form_begins_at_the_hand_over_to_the_second(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = timedelta(seconds=27)
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    confirmed(made, 1, by=None, at=ARRIVED + seconds, as_given=True)
    monkeypatch.setattr(clock, "now", lambda: ARRIVED + HOUR)
    client.force_login(watched.worker)
    shown = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert f"Handed over to {made.hand_to} on" in shown
    address = reverse("placement_new", args=[watched.child.reference])
    page = client.get(address)
    assert f"Handed over to <bdi>{made.hand_to}</bdi>" in page.content.decode()
    boxes = page.context["form"]["starts_at"].subwidgets[0].data["boxes"]
    answers = {f"starts_at_{part}": boxes[part] for part in ("when", "day", "month", "year", "time")}
    home = a_home(watched.authority)
    sent = client.post(address, {"where": home.pk, "placement_type": "K2", **answers})
    assert sent.status_code == 302, sent.context["form"].errors
    standing = Placement.objects.get(child=watched.child, ends_at=None)
    assert standing.starts_at == ARRIVED + seconds


@pytest.mark.by_turns
def test_the_form_of_a_journey_says_after_which_the_home_is_asked_no_more(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DEPARTS - MINUTE)
    client.force_login(watched.worker)
    page = client.get(reverse("journey_new", args=[watched.child.reference])).content.decode()
    assert "the home that the child left is asked no more" in page
    assert Plan.kind == Journey.Kind.MOVE


@pytest.mark.by_turns
def test_of_a_child_who_lives_somewhere_somebody_says_whether_the_journey_ends_that(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DEPARTS - MINUTE)
    client.force_login(watched.worker)
    address = reverse("journey_new", args=[watched.child.reference])
    assert not client.get(address).context["form"]["kind"].value()
    sent = client.post(address, {"words": "Wants to be near school"})
    assert sent.status_code == 422
    assert "Select what the journey is for" in sent.content.decode()
    assert not Journey.objects.exists()


@pytest.mark.by_turns(8)
def test_the_form_of_a_placement_says_that_a_planned_journey_ends_it(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"by": watched.worker, "at": DEPARTS - MINUTE}
    client.force_login(watched.worker)
    address = reverse("placement_new", args=[watched.child.reference])
    words = "Where it leads is recorded after the hand-over"
    made = planned(watched.child, departs_at=DEPARTS, stops=0, kind=Journey.Kind.TRANSFER, **said)
    monkeypatch.setattr(clock, "now", lambda: DEPARTS - MINUTE)
    assert words in client.get(address).content.decode()
    journeys.break_off(made, reason="To court instead", **said)
    # A move that has still to begin ends by the placement.
    made = planned(watched.child, departs_at=DEPARTS, stops=0, kind=Journey.Kind.MOVE, **said)
    page = client.get(address).content.decode()
    assert ("is called off with it" in page, words in page) == (True, False)
    # Late, or on its way, it goes on, and its hand-over ends the placement.
    monkeypatch.setattr(clock, "now", lambda: DEPARTS + MINUTE)
    assert words in client.get(address).content.decode()
    monkeypatch.setattr(clock, "now", lambda: DEPARTS - MINUTE)
    journeys.break_off(made, reason="To court instead", **said)
    planned(watched.child, departs_at=DEPARTS, stops=0, kind=Journey.Kind.OTHER, **said)
    assert words not in client.get(address).content.decode()
