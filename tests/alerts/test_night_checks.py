"""The calculator of building checks: which window is owed, when it lapses, and both changes of the clock."""

from datetime import UTC, datetime, time

import hypothesis
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.default_policies import BUILDING_CHECK_STEPS, BUILDING_CHECKS
from alerts.night_checks import (
    Climb,
    Covered,
    HomeFacts,
    Rest,
    StandDown,
    Standing,
    decide,
    instants,
    lost,
    owed,
)
from alerts.schedule import Step, Window
from tests.alerts.strategies import HOUR, MINUTE, london

ARRIVED = london(2026, 3, 2, 9)
NIGHT = london(2026, 3, 3, 2)


def stay(starts_at: datetime, ends_at: datetime | None = None, **fields: object) -> Covered:
    values = {"row": "first_72_hours", "windows": BUILDING_CHECKS, "steps": BUILDING_CHECK_STEPS} | fields
    return Covered(starts_at=starts_at, ends_at=ends_at, **values)


def of(*stays: Covered, checks: tuple[datetime, ...] = ()) -> HomeFacts:
    return HomeFacts(stays or (stay(ARRIVED, ARRIVED + 72 * HOUR),), checks)


def standing(facts: HomeFacts, at: datetime, *climbed: Step) -> Standing:
    found = owed(facts, after=at)
    assert found is not None
    return Standing(found.opens_at, found.due_at, found.steps, frozenset(climbed))


def test_a_window_open_when_the_child_comes_is_not_owed() -> None:
    found = owed(of(stay(london(2026, 3, 3, 1, 30))), after=london(2026, 3, 3, 1, 30))
    assert found is not None
    assert found.opens_at == london(2026, 3, 3, 4)


def test_the_home_hears_when_the_window_ends_and_duty_half_an_hour_later() -> None:
    found = owed(of(), after=ARRIVED)
    assert found is not None
    assert found.steps == {Step.R0: NIGHT, Step.R1: NIGHT + 30 * MINUTE}


def test_the_night_on_which_the_clocks_go_forward_still_asks_for_a_whole_hour() -> None:
    found = owed(of(stay(london(2026, 3, 28, 12))), after=london(2026, 3, 28, 12))
    assert found is not None
    assert found.opens_at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert found.due_at == datetime(2026, 3, 29, 2, tzinfo=UTC)
    assert found.lapses_at == datetime(2026, 3, 29, 3, tzinfo=UTC)


def test_the_night_on_which_the_clocks_go_back_asks_once_and_twice_as_long() -> None:
    facts = of(stay(london(2026, 10, 24, 12)))
    found = owed(facts, after=london(2026, 10, 24, 12))
    assert found is not None
    assert found.opens_at == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert found.due_at == datetime(2026, 10, 25, 2, tzinfo=UTC)
    # The first of the two 1:30s is in the window, and the window is not asked for again an hour later.
    met = HomeFacts(facts.covered, (london(2026, 10, 25, 1, 30, fold=0),))
    following = owed(met, after=found.due_at)
    assert following is not None
    assert following.opens_at == datetime(2026, 10, 25, 4, tzinfo=UTC)


def test_72_hours_over_a_change_of_the_clocks_are_72_hours() -> None:
    came = london(2026, 3, 27, 4, 30)
    facts = of(stay(came, came + 72 * HOUR))
    found = owed(facts, after=london(2026, 3, 30, 4))
    assert found is not None
    assert found.due_at == london(2026, 3, 30, 5)
    # 5:30am summer time on Monday: the window of 4 to 5 still lies within.
    assert owed(facts, after=london(2026, 3, 30, 5, 30)) is None


def test_a_check_at_the_very_opening_and_at_the_very_end_both_meet_the_window() -> None:
    for at in (london(2026, 3, 3, 1), NIGHT):
        found = owed(of(checks=(at,)), after=NIGHT)
        assert found is not None
        assert found.opens_at == london(2026, 3, 3, 4)


def test_a_check_before_the_window_opens_does_not_meet_it() -> None:
    found = owed(of(checks=(london(2026, 3, 3, 0, 59),)), after=NIGHT)
    assert found is not None
    assert found.due_at == NIGHT


def test_two_children_with_the_same_windows_owe_one_check() -> None:
    found = owed(of(stay(ARRIVED), stay(ARRIVED + HOUR)), after=ARRIVED)
    assert found is not None
    assert found.rows == ("first_72_hours",)
    assert found.lapses_at == london(2026, 3, 3, 4)


def test_the_strictest_row_s_steps_count() -> None:
    slow = tuple((step, type(time)(after=time.after + 10 * MINUTE)) for step, time in BUILDING_CHECK_STEPS)
    found = owed(of(stay(ARRIVED, steps=slow, row="slow"), stay(ARRIVED)), after=ARRIVED)
    assert found is not None
    assert found.steps[Step.R0] == NIGHT
    assert set(found.rows) == {"slow", "first_72_hours"}


def test_a_late_sweep_climbs_both_steps_in_order() -> None:
    decided = decide(of(), None, NIGHT + 45 * MINUTE)
    assert isinstance(decided, Climb)
    assert [step for step, _ in decided.steps] == [Step.R0, Step.R1]


def test_a_frozen_step_comes_nearer_and_is_never_put_off() -> None:
    found = owed(of(), after=ARRIVED)
    assert found is not None
    sooner = Standing(found.opens_at, found.due_at, {Step.R1: NIGHT + MINUTE})
    later = Standing(found.opens_at, found.due_at, {Step.R1: NIGHT + 5 * HOUR})
    assert instants(found, sooner)[Step.R1] == NIGHT + MINUTE
    assert instants(found, later)[Step.R1] == NIGHT + 30 * MINUTE


def test_an_alert_ends_with_a_check_with_the_next_window_and_with_the_last_child() -> None:
    stood = standing(of(), ARRIVED, Step.R0, Step.R1)
    assert decide(of(checks=(NIGHT + MINUTE,)), stood, NIGHT + MINUTE) == StandDown("checked")
    assert decide(of(), stood, london(2026, 3, 3, 4)) == StandDown("not_made")
    assert decide(HomeFacts(), stood, NIGHT + MINUTE) == StandDown("not_owed")
    assert isinstance(decide(of(), stood, NIGHT + HOUR), Rest)


moments = st.integers(0, 6 * 24 * 60).map(lambda count: london(2026, 3, 26) + count * MINUTE)
autumn = st.integers(0, 6 * 24 * 60).map(lambda count: london(2026, 10, 22) + count * MINUTE)


@st.composite
def houses(draw: st.DrawFn) -> tuple[HomeFacts, datetime]:
    """A house with a few stays and checks round a change of the clocks, and a moment."""
    instants_ = draw(st.sampled_from([moments, autumn]))
    stays = []
    for _ in range(draw(st.integers(0, 3))):
        starts_at = draw(instants_)
        length = draw(st.none() | st.integers(1, 96).map(lambda hours: hours * HOUR))
        stays.append(stay(starts_at, None if length is None else starts_at + length))
    return HomeFacts(tuple(stays), tuple(sorted(draw(st.lists(instants_, max_size=4))))), draw(instants_)


@given(houses())
def test_what_is_owed_is_always_unmet_not_lapsed_and_somebody_s(house: tuple[HomeFacts, datetime]) -> None:
    facts, at = house
    found = owed(facts, after=at)
    if found is None:
        return
    assert found.opens_at < found.due_at
    assert found.lapses_at is None or found.lapses_at > at
    assert all(check < found.opens_at for check in facts.checks)
    assert any(
        one.starts_at <= found.opens_at and (one.ends_at is None or found.due_at <= one.ends_at)
        for one in facts.covered
    )
    assert found.steps[Step.R0] <= found.steps[Step.R1]


@given(houses())
def test_looking_later_never_finds_an_earlier_window(house: tuple[HomeFacts, datetime]) -> None:
    facts, at = house
    found = owed(facts, after=at)
    later = owed(facts, after=at + 7 * HOUR)
    if found is not None and later is not None:
        assert later.due_at >= found.due_at
    if found is None:
        assert later is None


@given(houses())
def test_one_more_check_never_makes_more_owed(house: tuple[HomeFacts, datetime]) -> None:
    facts, at = house
    checked = HomeFacts(facts.covered, tuple(sorted((*facts.checks, at))))
    found = owed(checked, after=at)
    before = owed(facts, after=at)
    if found is not None:
        assert found.opens_at > at
        assert before is not None
        assert before.due_at <= found.due_at


@given(houses(), st.lists(st.integers(0, 72 * 60), max_size=6))
def test_sweeps_at_any_moments_climb_each_step_once_and_no_sooner_than_owed(
    house: tuple[HomeFacts, datetime], ticks: list[int]
) -> None:
    facts, start = house
    stood: Standing | None = None
    seen: set[tuple[datetime, Step]] = set()
    for count in sorted(ticks):
        now = start + count * MINUTE
        decided = decide(facts, stood, now)
        if isinstance(decided, StandDown):
            stood = None
            decided = decide(facts, None, now)
        if isinstance(decided, Climb):
            done = stood.climbed if stood is not None else frozenset()
            for step, at in decided.steps:
                assert at <= now
                assert (decided.owed.due_at, step) not in seen
                seen.add((decided.owed.due_at, step))
            done |= {step for step, _ in decided.steps}
            stood = Standing(decided.owed.opens_at, decided.owed.due_at, decided.owed.steps, done)
        assert not isinstance(decided, Climb | Rest) or decided.next_at is None or decided.next_at > now


def times(first: str, second: str) -> tuple[Window, ...]:
    """Two checks of an hour each that begin then."""
    begin = [time.fromisoformat(at) for at in (first, second)]
    return tuple(
        Window(f"building_{number}", at, at.replace(hour=at.hour + 1)) for number, at in enumerate(begin, 1)
    )


def changing(before: tuple[Window, ...], after: tuple[Window, ...], begins_at: datetime) -> HomeFacts:
    """A house in which a child lives for ever, and the checks have other times from `begins_at` on."""
    old = stay(ARRIVED, windows=before, next_version_at=begins_at)
    return of(old, stay(begins_at, windows=after))


def asked_in_the_night(facts: HomeFacts) -> list[datetime]:
    """When each check opens that is owed between noon and noon, each made as it opens and written down."""
    after = london(2026, 3, 3, 12)
    found: list[datetime] = []
    while (one := owed(HomeFacts(facts.covered, (after,)), after=after)) is not None:
        if one.opens_at >= london(2026, 3, 4, 12):
            break
        found.append(one.opens_at)
        after = one.opens_at
    return found


def test_a_check_that_is_open_when_another_version_begins_is_asked_by_the_one_under_which_it_opened() -> None:
    facts = changing(times("00:30", "02:15"), times("00:30", "04:30"), london(2026, 3, 4, 3))
    opened = london(2026, 3, 4, 2, 15)
    found = owed(facts, after=opened)
    assert found is not None
    assert (found.opens_at, found.due_at) == (opened, opened + HOUR)
    assert decide(facts, None, opened + HOUR) != Rest(None, None)
    # Of a child who goes at 3am it is not asked, as before.
    goes = stay(ARRIVED, opened + 45 * MINUTE, windows=times("00:30", "02:15"))
    assert owed(of(goes, checks=(london(2026, 3, 4, 1),)), after=opened) is None


def test_a_check_that_is_moved_across_the_beginning_is_told_of() -> None:
    before, after = times("01:00", "04:00"), times("01:00", "02:30")
    assert lost(before, after, london(2026, 3, 4, 3)) == before[1]
    assert lost(before, after, london(2026, 3, 4, 2, 30)) is None
    assert lost(before, after, london(2026, 3, 4, 4)) == before[1]
    assert lost(before, after, london(2026, 3, 4, 4, 1)) is None
    assert lost(after, before, london(2026, 3, 4, 3)) is None


def quarters(first: int, last: int) -> st.SearchStrategy[str]:
    """Every quarter of an hour from one full hour to another."""
    return st.integers(first * 4, last * 4).map(lambda count: f"{count // 4:02d}:{count % 4 * 15:02d}")


# Wherever a council may have the two checks, an hour each, none begun before the one before it is over.
settings = st.builds(times, quarters(0, 3), quarters(2, 6)).filter(lambda two: two[1].opens >= two[0].closes)
nights = st.integers(0, 8 * 60).map(lambda count: london(2026, 3, 3, 23) + count * MINUTE)


@example(times("01:00", "04:00"), times("01:00", "02:30"), london(2026, 3, 4, 3))
@given(settings, settings, nights)
def test_no_night_is_without_its_checks_because_a_policy_begins_in_it(
    before: tuple[Window, ...], after: tuple[Window, ...], begins_at: datetime
) -> None:
    asked = asked_in_the_night(changing(before, after, begins_at))
    hypothesis.event("a check is lost" if lost(before, after, begins_at) else "none is")
    if lost(before, after, begins_at) is None:
        assert len(asked) >= len(before)
    else:
        assert len(asked) < len(before)
