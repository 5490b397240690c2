"""Which mail goes at once, which waits for others, and when the daily list comes, on both days the clocks change."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import emails, tellings, tiers
from alerts.recipients import TOLD
from alerts.tiers import TIERS, Tier, Wish
from cases.deadlines import LONDON, london_day
from cases.models import Told

TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
EIGHT = time(8)
# Around both changes of 2026, and beside them.
MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5), timezones=st.just(UTC))
WALLS = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))
WORDINGS = st.sampled_from(sorted(TIERS))
WISHES = st.sampled_from(sorted(Wish))


def test_every_wording_has_a_tier_and_every_tier_its_wordings() -> None:
    assert set(TIERS) == {*emails.WORDINGS, "digest", "area_list"}
    assert set(TIERS.values()) == set(Tier)


def test_what_a_person_may_choose_is_what_the_tiers_know() -> None:
    assert {str(wish) for wish in Wish} == set(Told.values)


def test_what_waits_is_for_those_alone_whom_nobody_waits_for() -> None:
    plans = [
        plan
        for kind in (
            tellings.CONTACT,
            tellings.SECOND_EYES,
            tellings.GUARDIAN,
            tellings.NOT_HERE,
            tellings.CALL,
        )
        for plan in kind.values()
    ]
    found = {(t.post in TOLD, tiers.tier_of(t.wording)) for plan in plans for t in plan.tellings}
    assert found == {(False, Tier.IMMEDIATE), (True, Tier.IMMEDIATE), (True, Tier.BUNDLED)}
    # Nobody who is told by whatever way they chose is asked to act.
    chosen = {
        t.wording for plan in plans for t in plan.tellings if t.post in TOLD and t.channels != tellings.MAIL
    }
    assert {tiers.tier_of(wording) for wording in chosen} == {Tier.BUNDLED}


@given(WORDINGS, WISHES, MOMENTS, st.timedeltas(timedelta(0), HOUR), st.none() | MOMENTS)
def test_nothing_of_the_first_tier_ever_waits_and_nothing_waits_for_more_than_a_day(
    wording: str, wish: str, since: datetime, window: timedelta, digest_at: datetime | None
) -> None:
    until = tiers.held_until(wording, wish, since=since, window=window, digest_at=digest_at)
    if tiers.tier_of(wording) != Tier.BUNDLED or wish == Wish.AT_ONCE or not window:
        assert until is None
    else:
        assert until is not None
        assert since <= until <= since + timedelta(hours=25)
        assert until == since + window or (wish == Wish.DIGEST and until == digest_at)


def test_a_copy_waits_ten_minutes_or_for_the_list_as_its_reader_chose() -> None:
    now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    at = {"since": now, "window": TEN, "digest_at": now + 10 * HOUR}
    assert tiers.held_until("told_no_record", Wish.BUNDLED, **at) == now + TEN
    assert tiers.held_until("told_no_record", Wish.AT_ONCE, **at) is None
    assert tiers.held_until("told_no_record", Wish.DIGEST, **at) == now + 10 * HOUR
    assert tiers.held_until("told_missing", Wish.DIGEST, **at) is None
    # A list that does not come is waited for by nothing.
    assert tiers.held_until("told_no_record", Wish.DIGEST, **at | {"digest_at": None}) == now + TEN
    assert tiers.held_until("told_no_record", Wish.DIGEST, **at | {"digest_at": now - HOUR}) == now + TEN


@given(WALLS, MOMENTS)
def test_the_next_list_lies_ahead_and_within_a_day_and_the_changed_hour(wall: time, since: datetime) -> None:
    following = tiers.next_digest(wall, since=since)
    assert since < following <= since + timedelta(hours=25)


@given(WALLS, MOMENTS, st.lists(st.timedeltas(timedelta(seconds=1), timedelta(days=3)), max_size=12))
def test_there_is_one_list_a_day_at_most_however_late_and_often_it_is_looked_at(
    wall: time, began: datetime, pauses: list[timedelta]
) -> None:
    now, next_at = began, tiers.next_digest(wall, since=began)
    days = []
    for pause in pauses:
        now += pause
        if next_at > now:
            continue
        owed = tiers.digest_owed(wall, next_at=next_at, now=now)
        if owed is not None:
            assert london_day(owed) == london_day(now)
            assert next_at <= owed <= now
            days.append(london_day(owed))
        next_at = tiers.next_digest(wall, since=now)
    assert days == sorted(set(days))


@given(WALLS, MOMENTS, st.integers(1, 9))
def test_whoever_looks_on_time_owes_one_on_every_day(wall: time, began: datetime, count: int) -> None:
    next_at = tiers.next_digest(wall, since=began)
    days = []
    for _ in range(count):
        owed = tiers.digest_owed(wall, next_at=next_at, now=next_at)
        assert owed == next_at
        days.append(london_day(owed))
        next_at = tiers.next_digest(wall, since=owed)
    assert [day - days[0] for day in days] == [timedelta(days=n) for n in range(count)]


@pytest.mark.parametrize(
    ("since", "wall", "expected"),
    [
        # 8am stays 8am by the wall on both days: an hour less to wait in March, an hour more in October.
        (datetime(2026, 3, 28, 8, tzinfo=UTC), EIGHT, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        (datetime(2026, 10, 24, 7, tzinfo=UTC), EIGHT, datetime(2026, 10, 25, 8, tzinfo=UTC)),
        # 1:30am does not exist in March, and comes twice in October.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), time(1, 30), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), time(1, 30), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_list_comes_by_the_wall_when_the_clocks_change(
    since: datetime, wall: time, expected: datetime
) -> None:
    assert tiers.next_digest(wall, since=since) == expected


def test_after_an_outage_it_is_today_s_list_or_none() -> None:
    missed = datetime(2026, 11, 21, 8, tzinfo=UTC)
    before, after = datetime(2026, 11, 24, 3, tzinfo=UTC), datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert tiers.digest_owed(EIGHT, next_at=missed, now=before) is None
    owed = tiers.digest_owed(EIGHT, next_at=missed, now=after)
    assert owed == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert owed.astimezone(LONDON).hour == 8


@given(WALLS, MOMENTS)
def test_what_is_owed_each_week_is_of_the_last_monday_also_when_the_clocks_change(
    wall: time, now: datetime
) -> None:
    owed_at = tiers.week_owed(wall, now=now)
    assert owed_at <= now < owed_at + timedelta(days=7, hours=1)
    assert london_day(owed_at).weekday() == 0
    # No Monday is one on which the clocks change.
    assert owed_at.astimezone(LONDON).time() == wall
    assert tiers.week_owed(wall, now=owed_at) == owed_at
    assert london_day(tiers.week_owed(wall, now=owed_at - timedelta(microseconds=1))) < london_day(owed_at)
