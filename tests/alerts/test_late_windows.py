"""Three windows of one child late within 24 hours are told to the manager once, and hold no rung back."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import default_policies, lateness
from alerts.models import AlertStep, Message
from alerts.schedule import Absence, Applies, ChildFacts, Row, Sighting, Window
from cases import hand_overs
from cases.strengths import Strength
from tests import factories
from tests.alerts.outgoing import broken, tick
from tests.factories import AT, Watched

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BEGAN = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ROW: Row = default_policies.FIRST_72_HOURS


def facts(*seen_at: datetime, **more: Any) -> ChildFacts:
    values = {
        "child_id": 1,
        "watch_from": BEGAN,
        "watch_until": None,
        "rests": (),
        "applies": (Applies(ROW, BEGAN),),
        "sightings": tuple(
            Sighting(number, at, Strength.FACE_TO_FACE, True, "witness", "home:1")
            for number, at in enumerate(seen_at)
        ),
        "shifts": (),
        "absences": (),
        "has_home": True,
        "episode": None,
        "not_here": ROW,
    }
    return ChildFacts(**values | more)


@given(
    st.datetimes(datetime(2026, 3, 22), datetime(2026, 4, 5), timezones=st.just(UTC)),
    st.lists(st.datetimes(datetime(2026, 3, 21), datetime(2026, 4, 5), timezones=st.just(UTC)), max_size=20),
)
def test_a_window_is_late_exactly_when_it_closed_in_the_day_and_no_proof_happened_in_it(
    now: datetime, seen: list[datetime]
) -> None:
    late = lateness.late_windows(facts(*seen), now=now)
    assert list(late) == sorted(set(late), key=lambda one: one.closes_at)
    for one in late:
        assert now - lateness.WITHIN < one.closes_at <= now
        assert not [at for at in seen if one.opens_at <= at <= one.closes_at]
    # More proof never makes more of them late.
    assert set(lateness.late_windows(facts(*seen, now - HOUR), now=now)) <= set(late)
    assert len(late) <= 6


def test_five_windows_a_day_that_nobody_met_are_five_on_both_days_the_clocks_change() -> None:
    for day in (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)):
        assert len(lateness.late_windows(facts(), now=day)) == 5


def test_a_window_of_an_absence_or_before_the_watch_is_not_late() -> None:
    now = BEGAN + timedelta(days=2)
    out = Absence("out", now - 30 * HOUR, now - HOUR, now - HOUR, None)
    assert lateness.late_windows(facts(absences=(out,)), now=now) == ()
    assert lateness.late_windows(facts(watch_from=now - MINUTE), now=now) == ()


def test_a_window_that_was_open_when_the_child_was_written_down_is_late_like_any_other() -> None:
    own = Row(**{**vars(ROW), "windows": (Window("one", time(12), time(13)),)})
    watched = BEGAN.replace(hour=12, minute=30)
    now = BEGAN + timedelta(hours=10)
    opened = (watched - HOUR, watched + MINUTE)
    fields: dict[str, Any] = {"watch_from": watched, "applies": (Applies(own, BEGAN),)}
    assert len(lateness.late_windows(facts(**fields, opened=opened), now=now)) == 1
    assert lateness.late_windows(facts(**fields, opened=(opened[0], watched + HOUR)), now=now) == ()
    assert lateness.late_windows(facts(**fields), now=now) == ()


def test_a_window_that_was_missed_on_the_way_is_not_the_homes() -> None:
    now = BEGAN + timedelta(days=2)
    whole = lateness.late_windows(facts(), now=now)
    assert len(whole) == 5
    second, third = whole[1:3]
    way = (second.closes_at - MINUTE, third.opens_at + MINUTE)
    assert lateness.late_windows(facts(), now=now, on_the_way=(way,)) == (whole[0], *whole[3:])
    # Of one that lasts still all that closed since, and none before.
    lasting = (second.closes_at - MINUTE, None)
    assert lateness.late_windows(facts(), now=now, on_the_way=(lasting,)) == whole[:1]
    # What closed before the pick-up or opens after the hand-over is the home's.
    apart = (second.closes_at + MINUTE, third.opens_at)
    assert lateness.late_windows(facts(), now=now, on_the_way=(apart,)) == whole


def test_one_that_was_written_late_and_seen_in_time_is_not_late() -> None:
    own = Row(**{**vars(ROW), "windows": (Window("one", time(12), time(13)),)})
    now = BEGAN + timedelta(hours=10)
    assert len(lateness.late_windows(facts(applies=(Applies(own, BEGAN),)), now=now)) == 1
    seen = BEGAN.replace(hour=12, minute=30)
    assert lateness.late_windows(facts(seen, applies=(Applies(own, BEGAN),)), now=now) == ()


def notices(watched: Watched) -> list[datetime]:
    rows = Message.objects.filter(wording="manager_late_windows", user=watched.manager)
    return list(rows.order_by("created_at").values_list("created_at", flat=True))


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_third_of_a_day_adds_one_mail_to_the_manager_and_takes_no_rung_away() -> None:
    watched = factories.a_watched_child()
    # Each roll-call of the first day is written only after the desk was told of it.
    closes = [AT.replace(hour=hour, minute=30) for hour in (13,)]
    closes += [AT.replace(hour=18), AT.replace(hour=21), AT.replace(hour=23, minute=30)]
    for count, closed in enumerate(closes, start=1):
        at = closed + 31 * MINUTE
        tick(at)
        assert len(notices(watched)) == (1 if count >= 3 else 0)
        factories.seen(watched.child, by=watched.carer, at=at + MINUTE)
        tick(at + 2 * MINUTE)
    assert AlertStep.objects.filter(step="R1").count() == len(closes)
    assert not Message.objects.filter(wording="manager_no_record").exists()
    assert not broken(closes[-1] + 34 * MINUTE)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_two_late_ones_and_one_that_was_met_are_told_to_no_manager() -> None:
    watched = factories.a_watched_child()
    for closed, met in (
        (AT.replace(hour=13, minute=30), False),
        (AT.replace(hour=18), True),
        (AT.replace(hour=21), False),
    ):
        if met:
            factories.seen(watched.child, by=watched.carer, at=closed - 10 * MINUTE)
        tick(closed + 31 * MINUTE)
        if not met:
            factories.seen(watched.child, by=watched.carer, at=closed + 32 * MINUTE)
            tick(closed + 33 * MINUTE)
    assert notices(watched) == []


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize(("travels", "told"), [(True, 0), (False, 1)])
def test_the_manager_is_not_told_that_a_home_is_late_with_windows_of_a_journey(
    travels: bool, told: int
) -> None:
    watched = factories.a_watched_child()
    first, second, third = AT.replace(hour=13, minute=30), AT.replace(hour=18), AT.replace(hour=21)
    factories.seen(watched.child, by=watched.carer, at=AT + MINUTE)
    if travels:
        departs_at = second - 90 * MINUTE
        journey = factories.planned(
            watched.child,
            by=watched.worker,
            departs_at=departs_at,
            stops=0,
            apart=2 * HOUR,
            at=AT + 2 * MINUTE,
        )
    tick(first + 31 * MINUTE)
    factories.seen(watched.child, by=watched.carer, at=first + 32 * MINUTE)
    tick(first + 33 * MINUTE)
    if travels:
        factories.confirmed(journey, 0, by=watched.worker, at=departs_at)
        factories.confirmed(journey, 1, by=watched.worker, at=departs_at + 2 * HOUR)
        assert hand_overs.ways([watched.child.pk], since=AT) == {
            watched.child.pk: [(departs_at, departs_at + 2 * HOUR)]
        }
    else:
        factories.seen(watched.child, by=watched.carer, at=second + MINUTE)
    tick(third + 31 * MINUTE)
    assert AlertStep.objects.filter(step="R1").count() == 2
    assert len(notices(watched)) == told
