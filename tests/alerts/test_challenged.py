"""A challenge after months as an assessed adult: what stood open then counts from the challenge, and rings nobody above."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import default_policies as policies
from alerts import no_gap, on_journey, transfer_dues
from alerts.models import AlertStep, Clock, Message
from alerts.schedule import Journey as OnJourney
from cases import ages, clock, transfers, triggers
from cases.deadlines import london_day
from cases.journey_times import Stop
from cases.models import Journey, MissingEpisode
from cases.templatetags.govuk import gov_date
from tests import factories
from tests.alerts.strategies import facts, london
from tests.alerts.test_silence_scenarios import tick
from tests.factories import AT, Watched, accepted, missing, planned, referred

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
ADULT, BACK = AT + 3 * HOUR, AT + 40 * DAY


@pytest.fixture
def watched() -> Watched:
    found = factories.a_watched_child()
    factories.a_force_mailbox(found.placement.force)
    return found


def decide(w: Watched, status: str, at: datetime) -> None:
    said = ages.Decision(age_status=status, decided_date=london_day(at), decided_by="Kent", grounds="x")
    ages.decide(w.child, said, seconded_by=w.manager, by=w.worker, at=at)


def held_for_an_adult(w: Watched) -> None:
    """For 37 days, in which nobody is asked for anything."""
    decide(w, "disputed", ADULT - HOUR)
    decide(w, "assessed_adult", ADULT)
    tick(BACK - DAY)
    assert not AlertStep.objects.filter(alert__child=w.child).exists()
    decide(w, "under_challenge", BACK)


def climbed(w: Watched, kind: str) -> set[tuple[str, str]]:
    rows = AlertStep.objects.filter(alert__child=w.child, alert__clock__kind=kind)
    return set(rows.values_list("alert__clock__duty", "step"))


@pytest.mark.by_turns(8)
def test_the_journey_of_then_is_over_and_calls_nobody(watched: Watched) -> None:
    made = planned(watched.child, by=watched.worker, departs_at=AT + 29 * HOUR, at=AT + HOUR)
    held_for_an_adult(watched)
    made.refresh_from_db()
    assert (made.ended_at, made.ended_by) == (ADULT, watched.worker)
    assert made.reason == "The child was assessed as an adult"
    tick(BACK + MINUTE)
    assert not MissingEpisode.objects.exists()
    assert climbed(watched, "contact") == set()
    assert not Message.objects.filter(wording="police_alert").exists()
    # The home is asked from then on, and its silence climbs.
    tick(BACK + 3 * DAY)
    assert {("", "R1"), ("", "R3")} <= climbed(watched, "contact")


@pytest.mark.by_turns
def test_a_search_keeps_its_journey_and_what_was_owed_of_it_waits_for_the_challenge(watched: Watched) -> None:
    made = planned(watched.child, by=watched.worker, departs_at=AT + 29 * HOUR, at=AT + HOUR)
    missing(watched.child, by=watched.worker, at=AT + 90 * MINUTE)
    decide(watched, "disputed", ADULT - HOUR)
    decide(watched, "assessed_adult", ADULT)
    made.refresh_from_db()
    assert made.ended_at is None
    factories.ended(watched.child.episodes.get(), at=AT + 6 * HOUR)
    decide(watched, "under_challenge", BACK)
    clock = Clock.objects.get(child=watched.child, kind="contact")
    assert clock.due_at is not None
    assert clock.due_at > BACK


def test_nothing_of_a_journey_is_owed_of_before_the_watch() -> None:
    noon = london(2026, 6, 1, 12)
    made = OnJourney(policies.IN_TRANSIT, noon - HOUR, (Stop(noon), Stop(noon + HOUR)))
    for watch_from, due in ((noon - HOUR, noon), (noon + DAY, noon + DAY + 2 * HOUR)):
        assert on_journey.due(facts(policies.ORDINARY, watch_from=watch_from, journey=made)) == due


@pytest.mark.by_turns
def test_an_open_transfer_counts_its_days_from_the_challenge(watched: Watched) -> None:
    there = factories.a_watched_child()
    referred(watched.child, there.authority, by=watched.worker, at=AT + MINUTE)
    held_for_an_adult(watched)
    tick(BACK + MINUTE)
    # That the offer is there is said once more, and nothing is late.
    assert climbed(watched, "transfer") - {("reply", "R0")} == set()
    clocks = Clock.objects.filter(child=watched.child, kind="transfer", due_at__isnull=False)
    assert {clock.duty for clock in clocks} == {"reply", "pending"}
    tick(BACK + 6 * DAY)
    assert ("reply", "R1") in climbed(watched, "transfer")
    assert ("pending", "R1") not in climbed(watched, "transfer")
    tick(BACK + 40 * DAY)
    assert {("reply", "R4"), ("pending", "R1"), ("pending", "R4")} <= climbed(watched, "transfer")


@pytest.mark.by_turns
def test_a_day_that_was_agreed_and_an_arrival_that_was_expected_are_late_from_then_on(
    watched: Watched,
) -> None:
    there = factories.a_watched_child()
    taken = accepted(
        referred(watched.child, there.authority, by=watched.worker, at=AT + MINUTE),
        there.worker,
        at=AT + MINUTE,
    )
    going = transfers.agree_day(taken, london_day(AT), by=there.worker, at=AT + MINUTE)
    left_at = AT + 2 * MINUTE
    transfers.set_out(going, left_at=left_at, expected_at=AT + HOUR, by=watched.worker, at=left_at)
    decide(watched, "disputed", AT + 3 * MINUTE)
    decide(watched, "assessed_adult", AT + 4 * MINUTE)
    tick(BACK - DAY)
    decide(watched, "under_challenge", BACK)
    tick(BACK + MINUTE)
    assert {step for duty, step in climbed(watched, "transfer") if duty == "arrival"} == set()
    tick(BACK + 16 * MINUTE)
    assert {step for duty, step in climbed(watched, "transfer") if duty == "arrival"} == {"R1"}
    tick(BACK + 2 * HOUR)
    assert {step for duty, step in climbed(watched, "transfer") if duty == "arrival"} == {"R1", "R2", "R4"}


def shared_steps(watched: Watched) -> set[str]:
    return {step for duty, step in climbed(watched, "transfer") if duty == "shared"}


@pytest.mark.by_turns
@pytest.mark.parametrize("is_held", [True, False])
def test_what_was_to_be_shared_for_a_day_agreed_then_is_asked_for_from_the_challenge_on(
    watched: Watched, is_held: bool
) -> None:
    """Of a child who was watched all the time it is late by the day that was agreed."""
    there = factories.a_watched_child()
    taken = accepted(
        referred(watched.child, there.authority, by=watched.worker, at=AT + MINUTE),
        there.worker,
        at=AT + MINUTE,
    )
    transfers.agree_day(taken, london_day(AT) + 3 * DAY, by=there.worker, at=AT + 2 * MINUTE)
    decide(watched, "disputed", ADULT - HOUR)
    if not is_held:
        tick(AT + 4 * DAY)
        assert "R1" in shared_steps(watched)
        return
    decide(watched, "assessed_adult", ADULT)
    # A Monday morning.
    back = BACK + 2 * DAY
    tick(back - DAY)
    assert list(no_gap.unheard(back - DAY)) == [], "nobody is asked"
    decide(watched, "under_challenge", back)
    assert list(no_gap.unheard(back + DAY)) == []
    assert list(no_gap.unheard(back + 3 * DAY)), "no sweep has run"
    tick(back + 23 * HOUR)
    # The day that went by is none to be ready for: both sides have a day, as before any other.
    assert shared_steps(watched) == set()
    found = Clock.objects.get(child=watched.child, kind="transfer", duty="shared")
    assert found.due_at == back + DAY
    tick(back + DAY + MINUTE)
    assert shared_steps(watched) == {"R1"}
    tick(back + DAY + 20 * HOUR)
    assert shared_steps(watched) == {"R1"}
    tick(back + 6 * DAY)
    assert {"R1", "R2"} <= shared_steps(watched)


@pytest.mark.by_turns
def test_what_is_to_be_shared_for_a_day_that_is_still_to_come_waits_for_no_challenge(
    watched: Watched,
) -> None:
    there = factories.a_watched_child()
    offered = referred(watched.child, there.authority, by=watched.worker, at=AT + MINUTE)
    taken = accepted(offered, there.worker, at=AT + MINUTE)
    back = BACK + 2 * DAY
    transfers.agree_day(taken, london_day(back) + DAY, by=there.worker, at=AT + 2 * MINUTE)
    decide(watched, "disputed", ADULT - HOUR)
    decide(watched, "assessed_adult", ADULT)
    decide(watched, "under_challenge", back)
    tick(back + MINUTE)
    assert shared_steps(watched) == {"R1"}, "the child goes tomorrow"


@pytest.mark.by_turns
def test_the_page_of_a_transfer_says_the_days_that_its_clocks_count_from_the_challenge(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = factories.a_watched_child()
    offered = referred(watched.child, there.authority, by=watched.worker, at=AT + MINUTE)
    decide(watched, "disputed", ADULT - HOUR)
    decide(watched, "assessed_adult", ADULT)
    before = transfer_dues.over_by(offered)[0]
    decide(watched, "under_challenge", BACK)
    clocks = Clock.objects.filter(child=watched.child, kind="transfer")
    due = dict(clocks.values_list("duty", "due_at"))
    assert transfer_dues.over_by(offered)[0] == due["pending"] > before
    answered_by = transfer_dues.due_at([offered])[offered.pk]
    assert answered_by is not None
    tick(answered_by - MINUTE)
    assert ("reply", "R1") not in climbed(watched, "transfer")
    tick(answered_by + MINUTE)
    assert ("reply", "R1") in climbed(watched, "transfer")
    monkeypatch.setattr(clock, "now", lambda: BACK + MINUTE)
    client = Client()
    client.force_login(watched.worker)
    text = client.get(reverse("transfer", args=[watched.child.reference])).content.decode()
    assert f"To be over by the end of {gov_date(due['pending'])}" in text


@pytest.mark.by_turns
def test_somebody_who_came_then_is_told_of_anew_and_climbs_from_the_challenge(watched: Watched) -> None:
    said = {"kind": "approach", "happens_at": AT + HOUR, "note": "A man at the gate"}
    triggers.record([watched.child], **said, by=watched.carer, at=ADULT - 2 * HOUR)
    held_for_an_adult(watched)
    tick(BACK + MINUTE)
    assert climbed(watched, "approach") == {("", "R1")}
    tick(BACK + DAY)
    assert {step for _duty, step in climbed(watched, "approach")} > {"R1"}


@pytest.mark.by_turns(8)
def test_the_page_of_a_decision_names_the_journey_that_it_ends(client: Client, now: datetime) -> None:
    one = factories.a_watched_child(at=now - 50 * HOUR)
    decide(one, "disputed", now - HOUR)
    where = reverse("age_decision", args=[one.child.reference])
    client.force_login(one.worker)
    words = "calls off the journey planned for"
    assert words not in client.get(where).content.decode()
    planned(one.child, by=one.worker, departs_at=now + DAY, at=now, kind=Journey.Kind.OTHER)
    assert words in client.get(where).content.decode()


@pytest.mark.by_turns
def test_the_page_of_a_decision_names_no_journey_that_a_search_keeps(client: Client, now: datetime) -> None:
    one = factories.a_watched_child(at=now - 50 * HOUR)
    factories.a_force_mailbox(one.placement.force)
    decide(one, "disputed", now - 2 * HOUR)
    planned(one.child, by=one.worker, departs_at=now + DAY, at=now - HOUR, kind=Journey.Kind.OTHER)
    missing(one.child, by=one.worker, at=now - 30 * MINUTE)
    client.force_login(one.worker)
    where = reverse("age_decision", args=[one.child.reference])
    assert "the journey planned for" not in client.get(where).content.decode()
