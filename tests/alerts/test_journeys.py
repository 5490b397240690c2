"""A child on a journey: a stop that no escort confirms climbs by the row “in transit”, and a confirmation ends it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts import sweep
from alerts.emails.composition import compose
from alerts.expected import contact
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageKind
from alerts.schedule import Expected, Journey, Step
from alerts.states import AlertStatus, MessageStatus
from cases import clock, contacts, journey_pages, journeys
from cases.journey_times import Stop
from cases.models import EpisodeForce, Placement
from cases.states import EpisodeOutcome, EpisodeStatus
from tests import factories
from tests.alerts.strategies import HOUR, MINUTE, facts, london, sighting
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db
# Two in the afternoon of the second day, between two roll-calls.
DEPARTS = AT + 29 * HOUR


def expected(*stops: Stop, row=policies.FIRST_72_HOURS, watch_from=None, **more) -> Expected:
    planned_at = stops[0].due_at - 2 * HOUR
    on_the_way = Journey(policies.IN_TRANSIT, planned_at, stops)
    since = watch_from or planned_at
    found = contact(facts(row, watch_from=since, journey=on_the_way, **more))
    assert found is not None
    return found


def test_a_missed_stop_climbs_by_the_row_in_transit_and_rings_no_home() -> None:
    noon = london(2026, 6, 1, 12)
    stops = (Stop(noon, noon), Stop(noon + HOUR))
    owed = expected(*stops, row=policies.ORDINARY, sightings=(sighting(noon),), has_home=True)
    assert (owed.due_at, owed.window, owed.rows) == (noon + HOUR, "journey", ("in_transit",))
    assert {step.value: at - owed.due_at for step, at in owed.steps.items()} == {
        "R1": 15 * MINUTE,
        "R2": 30 * MINUTE,
        "R3": 60 * MINUTE,
        "fail_safe": 90 * MINUTE,
        "R4": 2 * HOUR,
        "R5": 6 * HOUR,
    }


def test_the_steps_are_those_of_the_policy_and_no_constants() -> None:
    noon = london(2026, 6, 1, 12)
    row = replace(policies.IN_TRANSIT, steps=((Step.R1, policies.IN_TRANSIT.steps[2][1]),))
    on_the_way = Journey(row, noon, (Stop(noon, noon), Stop(noon + HOUR)))
    found = contact(facts(policies.ORDINARY, watch_from=noon, journey=on_the_way))
    assert found is not None
    assert found.steps[Step.R1] == noon + HOUR + 30 * MINUTE


def test_a_window_that_closes_on_the_way_is_not_owed_and_one_that_closes_when_it_is_late_is() -> None:
    at = london(2026, 6, 1, 16, 30)
    teatime = london(2026, 6, 1, 18)
    on_time = expected(Stop(at, at), Stop(at + 2 * HOUR), sightings=(sighting(at - HOUR),))
    assert on_time.due_at == at + 2 * HOUR
    late = expected(Stop(at, at), Stop(at + HOUR), sightings=(sighting(at - HOUR),))
    assert (late.due_at, late.window) == (at + HOUR, "journey")
    # Rung by rung the strictest: the roll-call at six has not been kept either.
    assert late.steps[Step.R5] == min(at + HOUR + 6 * HOUR, teatime + 12 * HOUR)


def test_before_the_pick_up_the_home_is_asked_as_ever_and_the_pick_up_is_owed_too() -> None:
    at = london(2026, 6, 1, 14)
    found = expected(Stop(at), Stop(at + HOUR), watch_from=at - 3 * HOUR)
    assert found.due_at == london(2026, 6, 1, 13, 30)
    assert found.steps[Step.R1] == at - 30 * MINUTE + 30 * MINUTE
    assert expected(Stop(at), Stop(at + HOUR), sightings=(sighting(at - MINUTE),)).due_at == at


def test_whoever_else_sees_the_child_after_the_stop_was_due_puts_the_next_off_by_two_hours() -> None:
    at = london(2026, 6, 1, 14)
    stops = (Stop(at, at), Stop(at + HOUR), Stop(at + 2 * HOUR))
    assert expected(*stops, sightings=(sighting(at + 50 * MINUTE),)).due_at == at + HOUR
    assert expected(*stops, sightings=(sighting(at + 70 * MINUTE),)).due_at == at + 70 * MINUTE + 2 * HOUR
    stranger = sighting(at + 70 * MINUTE, knows_child=False)
    assert expected(*stops, sightings=(sighting(at), stranger)).due_at == at + HOUR


def test_the_end_of_a_search_puts_the_next_stop_off_by_two_hours_and_never_takes_it_away() -> None:
    at = london(2026, 6, 1, 14)
    stops = (Stop(at, at), Stop(at + HOUR))
    found_at = at + 3 * HOUR
    seen = (sighting(at),)
    late = expected(*stops, rests=((at + HOUR, found_at),), sightings=seen)
    assert (late.due_at, late.window) == (found_at + 2 * HOUR, "journey")
    assert expected(*stops, rests=((at, at + HOUR / 2),), sightings=seen).due_at == at + HOUR
    before = expected(Stop(at), Stop(at + HOUR), rests=((at - HOUR, at - MINUTE),), watch_from=at - HOUR)
    assert (before.due_at, before.window) == (at, "journey")


@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25)])
def test_a_change_of_the_clocks_lengthens_no_stretch(day: tuple[int, int, int]) -> None:
    at = london(*day, 0, 30)
    found = expected(Stop(at, at), Stop(at + 2 * HOUR), row=policies.ORDINARY)
    assert found.due_at - at == 2 * HOUR
    assert found.steps[Step.R3] - found.due_at == HOUR


@given(
    gaps=st.lists(st.integers(1, 120), min_size=1, max_size=6),
    reached=st.integers(0, 6),
    hours=st.integers(0, 24 * 14),
    row=st.sampled_from([policies.FIRST_72_HOURS, policies.HIGH, policies.ORDINARY, policies.SETTLED]),
)
def test_a_journey_loosens_nothing(gaps: list[int], reached: int, hours: int, row: policies.Row) -> None:
    """What is owed with a journey is owed no later than two hours after the last sight, or than without it."""
    start = london(2026, 3, 22) + hours * HOUR
    planned = [start + sum(gaps[:n]) * MINUTE for n in range(len(gaps) + 1)]
    stops = tuple(Stop(at, at if n < min(reached, len(gaps)) else None) for n, at in enumerate(planned))
    seen = [stop.seen_at for stop in stops if stop.seen_at is not None]
    sightings = tuple(sighting(at) for at in seen) or (sighting(start - MINUTE),)
    with_it = expected(*stops, row=row, sightings=sightings)
    without = contact(facts(row, watch_from=start - 2 * HOUR, sightings=sightings))
    assert without is not None
    latest = seen[-1] + 2 * HOUR if seen else start
    assert with_it.due_at <= min(latest, without.due_at) if not seen else with_it.due_at <= latest


@pytest.fixture
def watched(db: None) -> Watched:
    found = factories.a_watched_child()
    factories.seen(found.child, by=found.carer, at=DEPARTS - MINUTE)
    return found


@pytest.fixture
def forces(watched: Watched) -> list:
    found = [watched.force, factories.a_force(), factories.a_force()]
    for force in found[1:]:
        factories.a_force_mailbox(force)
    return found


@pytest.fixture
def journey(watched: Watched, forces: list):
    made = factories.planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, stops=1, forces=forces, at=DEPARTS - MINUTE
    )
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    return made


def tick(now: datetime) -> None:
    while sweep.sweep(now=now).clocks:
        pass


def steps(watched: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind__in=("contact", "call"))
    return list(rows.order_by("climbed_at", "pk").values_list("step", flat=True))


def told(step: str) -> set[tuple[str, str, str]]:
    rows = Message.objects.filter(items__alert__clock__kind__in=("contact", "call"), step=step)
    return set(rows.values_list("wording", "post", "channel"))


DUE = DEPARTS + HOUR


@pytest.mark.by_turns
def test_a_missed_stop_climbs_from_duty_to_the_forces_of_the_way(watched, journey, forces) -> None:
    tick(DUE + 14 * MINUTE)
    assert steps(watched) == []
    tick(DUE + 15 * MINUTE)
    assert steps(watched) == ["R1"]
    assert told("R1") == {
        ("duty_journey", "duty", "text"),
        ("duty_journey", "duty", "mail"),
        ("told_journey", "worker", "mail"),
        ("told_journey", "guardian", "mail"),
    }
    task = DutyTask.objects.get()
    assert (task.kind, task.child, task.home) == ("ring_escort", watched.child, None)
    tick(DUE + 30 * MINUTE)
    assert ("duty_journey", "manager", "mail") in told("R2")
    tick(DUE + 60 * MINUTE)
    assert steps(watched) == ["R1", "R2", "R3"]
    assert told("R3") == {("duty_journey_police", "duty", "text"), ("duty_journey_police", "duty", "mail")}
    episode = watched.child.episodes.get()
    assert episode.status == EpisodeStatus.NOT_CONFIRMED
    rows = EpisodeForce.objects.filter(episode=episode).order_by("pk")
    assert [row.force for row in rows] == [forces[0], forces[2]]
    for after in range(65, 6 * 60 + 10, 5):
        tick(DUE + after * MINUTE)
    assert steps(watched)[:5] == ["R1", "R2", "R3", "fail_safe", "call_0"]
    mailed = Message.objects.filter(step="call_0", wording="police_alert")
    assert set(mailed.values_list("force", flat=True)) == {forces[0].pk, forces[2].pk}
    owed = {row.step: row.owed_at for row in AlertStep.objects.filter(alert__clock__kind="contact")}
    assert (owed["R4"], owed["R5"]) == (DUE + 2 * HOUR, DUE + 6 * HOUR)


@pytest.mark.by_turns
def test_a_roll_call_missed_before_the_pick_up_has_the_home_rung_and_not_the_escorts(watched, forces) -> None:
    # The roll-call of midday ended half an hour before the departure, and nobody has confirmed the pick-up either.
    closed = DEPARTS - 30 * MINUTE
    contacts.withdraw(
        watched.child.contacts.get(), reason="Another child", by=watched.carer, at=DEPARTS - 31 * MINUTE
    )
    factories.planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, forces=forces, at=DEPARTS - 3 * HOUR
    )
    factories.seen(watched.child, by=watched.carer, at=DEPARTS - 3 * HOUR)
    tick(closed + 30 * MINUTE)
    standing = Clock.objects.get(child=watched.child, kind="contact")
    assert (standing.due_at, standing.window) == (closed, "midday")
    assert {wording for wording, _post, _channel in told("R1")} == {"duty_no_record", "told_no_record"}
    task = DutyTask.objects.get()
    assert (task.kind, task.home) == ("ring_home", watched.home)
    tick(DEPARTS + HOUR)
    assert not Message.objects.filter(wording__contains="journey").exists()


@pytest.mark.by_turns
def test_the_force_where_the_child_was_confirmed_last_hears_first(watched, journey, forces) -> None:
    factories.confirmed(journey, 1, by=watched.worker, at=DUE)
    tick(DUE + 2 * HOUR)
    rows = EpisodeForce.objects.filter(episode__child=watched.child).order_by("pk")
    assert [row.force for row in rows] == [forces[1], forces[0], forces[2]]


@pytest.mark.by_turns
def test_a_confirmation_stands_the_alert_down_and_all_who_were_told_hear_it(watched, journey) -> None:
    tick(DUE + 60 * MINUTE)
    Message.objects.update(status=MessageStatus.SENT, sent_at=DUE + 60 * MINUTE)
    heard = set(Message.objects.values_list("recipient", flat=True))
    factories.confirmed(journey, 1, by=watched.desk.person, at=DUE + 70 * MINUTE)
    tick(DUE + 70 * MINUTE)
    assert Alert.objects.get(clock__kind="contact").status == AlertStatus.ENDED
    endings = Counter(Message.objects.filter(kind=MessageKind.ENDING).values_list("recipient", flat=True))
    assert set(endings) == heard
    assert set(endings.values()) == {1}
    assert not DutyTask.objects.open().exists()
    episode = watched.child.episodes.get()
    assert episode.outcome == EpisodeOutcome.RECORDING_LATE
    # The car is 70 minutes late: the next stop is expected as much later.
    assert Clock.objects.get(child=watched.child, kind="contact").due_at == DUE + 70 * MINUTE + HOUR


@pytest.mark.by_turns
def test_after_the_hand_over_no_escort_is_asked_and_no_home_that_was_left(watched, journey) -> None:
    factories.confirmed(journey, 2, by=watched.worker, at=DUE + HOUR)
    standing = Clock.objects.get(child=watched.child, kind="contact")
    assert standing.window != "journey"
    assert "R0" not in standing.steps
    assert Placement.objects.get(pk=watched.placement.pk).ends_at == DUE + HOUR


@pytest.mark.by_turns
def test_a_withdrawn_confirmation_puts_the_clock_back(watched, journey) -> None:
    one = factories.confirmed(journey, 1, by=watched.worker, at=DUE)
    contacts.withdraw(one.contact, reason="Another child", by=watched.worker, at=DUE + 20 * MINUTE)
    tick(DUE + 20 * MINUTE)
    assert steps(watched) == ["R1"]


@pytest.mark.by_turns
def test_a_confirmation_after_the_police_are_owed_word_ends_no_search(watched, journey) -> None:
    tick(DUE + 90 * MINUTE)
    tick(DUE + 90 * MINUTE)
    factories.confirmed(journey, 1, by=watched.worker, at=DUE + 95 * MINUTE)
    tick(DUE + 95 * MINUTE)
    episode = watched.child.episodes.get()
    assert (episode.ended_at, episode.reported_seen_at) == (None, DUE + 95 * MINUTE)


@pytest.mark.by_turns
def test_a_journey_that_is_broken_off_with_a_sighting_stands_down(watched, journey) -> None:
    tick(DUE + 15 * MINUTE)
    seen = journeys.Seen(escort="Petra Lindqvist", happened_at=DUE + 16 * MINUTE)
    at = DUE + 16 * MINUTE
    journeys.break_off(journey, reason="Back at the home", seen=seen, by=watched.worker, at=at)
    tick(at)
    assert not Alert.objects.open().filter(clock__kind="contact").exists()


@pytest.fixture
def lost(watched, journey):
    """Lost on the way after the pick-up, reported, and back at the home three hours later."""
    return factories.missing(watched.child, by=watched.worker, at=DUE + 5 * MINUTE)


@pytest.mark.by_turns
def test_a_real_return_breaks_the_journey_off_and_the_home_is_asked_again(
    watched, journey, forces, lost
) -> None:
    back_at = DUE + 3 * HOUR
    factories.ended(lost, force=forces[0], at=back_at)
    journey.refresh_from_db()
    assert (journey.ended_at, journey.ended_by, bool(journey.reason)) == (back_at, None, True)
    event = watched.child.events.get(kind="journey_broken_off")
    assert event.data == {"episode": lost.number}
    standing = Clock.objects.get(child=watched.child, kind="contact")
    assert standing.window != "journey"
    assert "R0" in standing.steps
    tick(standing.due_at + HOUR)
    assert "R0" in steps(watched)


@pytest.mark.by_turns
def test_what_was_no_search_leaves_the_journey_and_asks_again_two_hours_after(watched, journey) -> None:
    tick(DUE + HOUR)
    at = DUE + 70 * MINUTE
    factories.ended(watched.child.episodes.get(), outcome=EpisodeOutcome.RECORDING_LATE, at=at)
    journey.refresh_from_db()
    assert journey.ended_at is None
    standing = Clock.objects.get(child=watched.child, kind="contact")
    assert (standing.due_at, standing.window) == (at + 2 * HOUR, "journey")
    page = journey_pages.read(watched.child, addressed=True, now=at + HOUR)
    assert (page.owed_at, page.is_late) == (at + 2 * HOUR, False)
    tick(at + 2 * HOUR + 15 * MINUTE)
    assert Alert.objects.open().filter(clock=standing).exists()


@pytest.mark.by_turns
def test_a_search_before_the_departure_leaves_the_pick_up_owed(watched, forces) -> None:
    departs_at = DEPARTS + 20 * HOUR
    factories.planned(watched.child, by=watched.worker, departs_at=departs_at, forces=forces, at=DEPARTS)
    factories.ended(factories.missing(watched.child, at=DEPARTS + HOUR), at=DEPARTS + 2 * HOUR)
    factories.seen(watched.child, by=watched.carer, at=departs_at - MINUTE)
    assert watched.child.journeys.get().ended_at is None
    tick(departs_at + 15 * MINUTE)
    assert told("R1") >= {("duty_journey", "duty", "text")}


@pytest.mark.by_turns
def test_a_journey_whose_departure_passed_in_the_search_is_over(watched, forces) -> None:
    factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, forces=forces, at=DEPARTS - HOUR)
    search = factories.missing(watched.child, at=DEPARTS - HOUR / 2)
    factories.ended(search, at=DEPARTS + HOUR)
    assert watched.child.journeys.get().ended_at == DEPARTS + HOUR


@pytest.mark.by_turns
def test_escorts_who_have_the_child_again_go_on_and_are_asked(watched, journey, forces, lost) -> None:
    factories.confirmed(journey, 1, by=watched.worker, at=DUE + 2 * HOUR)
    factories.ended(lost, force=forces[0], at=DUE + 3 * HOUR)
    journey.refresh_from_db()
    assert journey.ended_at is None
    standing = Clock.objects.get(child=watched.child, kind="contact")
    assert (standing.due_at, standing.window) == (DUE + 5 * HOUR, "journey")


@pytest.mark.by_turns(8)
def test_of_a_child_who_has_died_no_journey_goes_on(watched, forces) -> None:
    departs_at = DEPARTS + 20 * HOUR
    factories.planned(watched.child, by=watched.worker, departs_at=departs_at, forces=forces, at=DEPARTS)
    search = factories.missing(watched.child, at=DEPARTS + HOUR)
    factories.ended(search, outcome=EpisodeOutcome.DIED, at=DEPARTS + 2 * HOUR)
    assert watched.child.journeys.get().ended_at == DEPARTS + 2 * HOUR


def test_whoever_ends_the_search_reads_that_the_journey_ends_with_it(
    client: Client, monkeypatch, watched, journey, lost
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE + HOUR)
    client.force_login(watched.desk.person)
    where = reverse("episode_end", args=[lost.reference])
    assert "A journey with escorts is open" in client.get(where).content.decode()
    factories.confirmed(journey, 1, by=watched.worker, at=DUE + 50 * MINUTE)
    assert "A journey with escorts is open" not in client.get(where).content.decode()


@pytest.mark.by_turns(8)
def test_the_mails_name_no_place_and_no_person(watched, journey) -> None:
    tick(DUE + 60 * MINUTE)
    for message in Message.objects.filter(wording__contains="journey", channel="mail"):
        text = compose(message, now=DUE + 61 * MINUTE).text
        assert watched.child.reference in text
        for secret in ("Place 0", "Petra", "AB12", watched.child.given_name):
            assert secret not in text


def test_duty_sees_the_journey_and_confirms_it(client: Client, monkeypatch, watched, journey) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE + 20 * MINUTE)
    tick(DUE + 20 * MINUTE)
    client.force_login(watched.desk.person)
    page = client.get(reverse("duty_desk")).content.decode()
    assert 'id="journeys"' in page
    assert page.index('id="alerts"') < page.index('id="journeys"') < page.index('id="untaken"')
    assert "Stop 1: Place 1" in page
    assert "Ring the escorts" in page
    where = reverse("journey_confirm", args=[watched.child.reference])
    form = client.get(where).context["form"]
    answers = {"stop": "1", "escort": "Owen Tasker", "seen_at_when": "now", "once": form.initial["once"]}
    sent = client.post(where, answers)
    assert sent.status_code == 302, sent.context["form"].errors
    assert journeys.confirmations(journey)[-1].contact.witness == "Owen Tasker"
