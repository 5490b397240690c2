"""A child who others house as an adult, and who comes back: what was late stays late, and nothing else is late at once."""

from datetime import datetime, timedelta

import pytest

from alerts import default_policies as policies
from alerts.expected import contact
from alerts.models import Alert, Message
from alerts.schedule import ChildFacts, Elsewhere, Step
from cases import placements, visits
from cases.facts import load
from cases.models import Child
from tests import factories
from tests.alerts.strategies import episode, facts, london, sighting
from tests.alerts.test_ages_watched import decide
from tests.alerts.test_silence_scenarios import contact_clock, nothing_is_broken, steps, tick
from tests.factories import AT, Watched

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
# When the first roll-call of the day closes.
CLOSES = london(2026, 3, 2, 13, 30)
VISIT_BY = london(2026, 3, 3, 23, 59) + timedelta(seconds=59)


def is_open(w: Watched) -> bool:
    return Alert.objects.open().filter(child=w.child, clock__kind="contact").exists()


def housed(w: Watched, at: datetime = AT) -> None:
    decide(w, "treated_as_adult_elsewhere", at, place="Hotel Alder")
    placements.end(w.placement, ends_at=at + MINUTE, reason="x", by=w.worker, at=at + MINUTE)


def visit(w: Watched, at: datetime) -> None:
    said = visits.Visited(seen=True, seen_alone=True, place="Hotel Alder", visited_at=at)
    visits.record(w.child, said, by=w.worker, at=at)


def come_back(w: Watched, back_by: str, at: datetime) -> None:
    if back_by == "decision":
        decide(w, "assessment_in_progress", at)
    else:
        factories.placed(w.child, w.home, starts_at=at, by=w.worker, at=at)


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("back_by", ["decision", "placement"])
def test_who_was_housed_as_an_adult_is_watched_again_without_a_false_alarm(back_by: str) -> None:
    w = factories.a_watched_child()
    housed(w)
    visit(w, AT + 26 * HOUR)
    now = AT + 6 * DAY
    tick(now - MINUTE)
    assert not Message.objects.filter(items__alert__clock__kind="contact").exists()
    come_back(w, back_by, now)
    tick(now + MINUTE)
    assert steps(w) == []
    # From then on each roll-call is asked.
    clock = contact_clock(w)
    assert clock.window != "elsewhere"
    assert clock.due_at is not None
    assert now < clock.due_at < now + DAY
    tick(clock.due_at + 31 * MINUTE)
    assert "R1" in steps(w)
    nothing_is_broken(clock.due_at + 31 * MINUTE)


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("back_by", ["decision", "placement"])
def test_a_visit_that_was_late_is_late_after_the_return_until_somebody_sees_the_child(back_by: str) -> None:
    w = factories.a_watched_child()
    housed(w)
    now = VISIT_BY + 9 * HOUR
    tick(now)
    assert steps(w) == ["R1"]
    come_back(w, back_by, now + HOUR)
    tick(now + HOUR)
    assert (contact_clock(w).due_at, steps(w), is_open(w)) == (VISIT_BY, ["R1"], True)
    factories.seen(w.child, by=w.carer if back_by == "placement" else w.worker, at=now + 2 * HOUR)
    tick(now + 2 * HOUR)
    assert not is_open(w)
    nothing_is_broken(now + 2 * HOUR)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_missed_roll_call_is_not_ended_by_a_decision_that_others_house_the_child() -> None:
    w = factories.a_watched_child()
    tick(CLOSES + 31 * MINUTE)
    at = CLOSES + 40 * MINUTE
    housed(w, at)
    tick(at + MINUTE)
    clock = contact_clock(w)
    assert (is_open(w), clock.due_at, "R0" in clock.steps) == (True, CLOSES, False)
    # It climbs to its end: nobody has seen the child.
    tick(CLOSES + 91 * MINUTE)
    assert {"R3", "fail_safe"} <= set(steps(w))
    assert w.child.episodes.get().police_owed_at is not None
    nothing_is_broken(CLOSES + 91 * MINUTE)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_missed_roll_call_ends_with_a_visit_there_and_the_next_visit_is_due_in_a_week() -> None:
    w = factories.a_watched_child()
    tick(CLOSES + 31 * MINUTE)
    housed(w, CLOSES + 40 * MINUTE)
    # A silence that nobody has confirmed asks for no roll-call that nobody was asked for.
    tick(CLOSES + 61 * MINUTE)
    assert w.child.episodes.get().police_owed_at is None
    at = CLOSES + 70 * MINUTE
    visit(w, at)
    tick(at)
    assert not is_open(w)
    assert (contact_clock(w).window, contact_clock(w).due_at) == ("elsewhere", at + 7 * DAY)
    nothing_is_broken(at)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_roll_call_missed_between_the_decision_and_the_end_of_the_placement_stays_owed() -> None:
    w = factories.a_watched_child()
    decide(w, "treated_as_adult_elsewhere", AT, place="Hotel Alder")
    tick(CLOSES + 31 * MINUTE)
    at = CLOSES + 40 * MINUTE
    placements.end(w.placement, ends_at=AT + HOUR, reason="x", by=w.worker, at=at)
    assert contact_clock(w).due_at == CLOSES
    assert load([w.child.pk])[w.child.pk].elsewhere_since == at


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_first_visit_is_due_a_working_day_after_the_last_placement_ended() -> None:
    w = factories.a_watched_child()
    decide(w, "treated_as_adult_elsewhere", AT, place="Hotel Alder")
    gone = AT + 3 * DAY
    factories.seen(w.child, by=w.carer, at=gone)
    placements.end(w.placement, ends_at=gone, reason="x", by=w.worker, at=gone)
    clock = contact_clock(w)
    assert clock.window == "elsewhere"
    assert clock.due_at == london(2026, 3, 6, 23, 59) + timedelta(seconds=59)


@pytest.mark.django_db
def test_who_is_placed_and_leaves_again_was_elsewhere_twice() -> None:
    w = factories.a_watched_child()
    housed(w)
    factories.placed(w.child, w.home, starts_at=AT + DAY, by=w.worker, at=AT + DAY)
    placements.end(
        w.child.placements.get(ends_at=None), ends_at=AT + 2 * DAY, reason="x", by=w.worker, at=AT + 2 * DAY
    )
    decide(w, "disputed", AT + 3 * DAY)
    one = load([w.child.pk])[w.child.pk]
    assert one.elsewhere_since is None
    spans = [(one.starts_at, one.ends_at) for one in one.elsewheres]
    assert spans == [(AT + MINUTE, AT + DAY), (AT + 2 * DAY, AT + 3 * DAY)]
    assert load([Child.objects.get().pk])[w.child.pk].watched_again_from is None, (
        "its paper rested at no time"
    )


BACK = london(2026, 3, 9, 10)


def housed_until(back: datetime | None, **fields: object) -> ChildFacts:
    """Elsewhere since Monday the 2nd at ten, to be visited by the end of the Tuesday."""
    said = {"watch_from": AT - 9 * DAY, "was_elsewhere": (Elsewhere(AT, VISIT_BY, back),)}
    return facts(policies.ORDINARY, **(said | fields))


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("seen", "due_at"),
    [
        ([], VISIT_BY),
        # Word of the hotel is what the visit is to check.
        ([sighting(AT + 4 * DAY, organisation="other:hotel")], VISIT_BY),
        ([sighting(AT + 4 * DAY, organisation="team:1")], london(2026, 3, 9, 22, 30)),
        ([sighting(BACK + 9 * HOUR)], london(2026, 3, 10, 22, 30)),
    ],
)
def test_what_is_due_of_who_came_back(seen: list[object], due_at: datetime) -> None:
    expected = contact(housed_until(BACK, sightings=(sighting(AT - HOUR), *seen)))
    assert expected is not None
    assert expected.due_at == due_at


def test_a_report_that_the_child_is_away_asks_for_no_roll_call_of_before_it() -> None:
    visited, gone = sighting(AT + DAY, organisation="team:1"), AT + 5 * DAY
    away = episode("away", kind="away", t0=gone, opened_at=gone)
    said = {"was_elsewhere": (), "elsewhere": (AT, VISIT_BY), "has_home": False, "episode": away}
    expected = contact(housed_until(None, sightings=(sighting(AT - HOUR), visited), **said))
    assert expected is not None
    assert (expected.window, expected.due_at) == ("away", london(2026, 3, 7, 22, 30))


def test_a_roll_call_that_is_open_when_a_placement_is_written_counts_if_the_child_was_there_by_then() -> None:
    visited = sighting(BACK - DAY, organisation="team:1")
    written = london(2026, 3, 9, 17, 30)
    for there_since, due_at in ((None, 21), (BACK, 18), (written - HOUR / 4, 21)):
        span = Elsewhere(AT, VISIT_BY, written, there_since)
        expected = contact(
            facts(
                policies.FIRST_72_HOURS,
                watch_from=AT - DAY,
                was_elsewhere=(span,),
                sightings=(sighting(AT - MINUTE), visited),
            )
        )
        assert expected is not None
        assert expected.due_at == london(2026, 3, 9, due_at), there_since


def test_no_police_are_rung_sooner_because_a_director_hears_of_a_visit_that_was_late() -> None:
    expected = contact(housed_until(BACK, sightings=(sighting(AT - HOUR),)))
    at_home = contact(facts(policies.ORDINARY, watch_from=BACK))
    assert expected is not None
    assert at_home is not None
    assert expected.due_at == VISIT_BY
    for step in (Step.R0, Step.R3):
        assert expected.steps[step] == at_home.steps[step]
    assert expected.steps[Step.R5] == VISIT_BY + 84 * HOUR
