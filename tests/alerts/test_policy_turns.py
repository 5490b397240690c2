"""Which version of a policy holds from when: delivered to all, an authority's own, and authorities one after the other."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.policy_turns import EVER, Turns, in_force, joined, timeline

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class One:
    """A version of so many; its name tells it from any other."""

    name: int
    authority_id: int | None
    takes_effect_at: datetime
    follows_delivered: bool = False


def day(number: int) -> datetime:
    return START + number * DAY


FIRST = One(1, None, day(-30))


def names(stored: list[One], *turns: tuple[int, int]) -> list[tuple[int, int]]:
    """What held from which day on."""
    found = timeline(stored, tuple((day(since), whose) for since, whose in turns))
    return [((at - START).days, one.name) for at, one in found]


def test_where_nobody_has_their_own_the_delivered_ones_hold() -> None:
    stored = [FIRST, One(2, None, day(5)), One(3, 8, day(1))]
    assert names(stored, (0, 7)) == [(-30, 1), (5, 2)]
    assert names(stored) == [(-30, 1), (5, 2)]


def test_an_authority_s_own_holds_from_its_day_whatever_is_delivered_later() -> None:
    stored = [FIRST, One(2, 7, day(3)), One(3, None, day(5)), One(4, 7, day(9))]
    assert names(stored, (0, 7)) == [(-30, 1), (3, 2), (9, 4)]


def test_from_its_end_on_what_is_delivered_by_then_holds_again() -> None:
    stored = [FIRST, One(2, 7, day(3)), One(3, None, day(5)), One(4, 7, day(9), follows_delivered=True)]
    assert names(stored, (0, 7)) == [(-30, 1), (3, 2), (9, 3)]
    assert names([*stored, One(5, None, day(11)), One(6, 7, day(20))], (0, 7)) == [
        (-30, 1),
        (3, 2),
        (9, 3),
        (11, 5),
        (20, 6),
    ]


def test_a_child_who_moves_goes_by_the_one_and_then_by_the_other() -> None:
    stored = [FIRST, One(2, 7, day(1)), One(3, 8, day(2)), One(4, 8, day(20))]
    assert names(stored, (0, 7), (10, 8)) == [(-30, 1), (1, 2), (10, 3), (20, 4)]
    assert names(stored, (0, 7), (10, 9)) == [(-30, 1), (1, 2), (10, 1)]
    assert names(stored, (0, 9), (10, 7), (12, 9)) == [(-30, 1), (10, 2), (12, 1)]


def test_nobody_s_own_holds_before_anything_was_delivered() -> None:
    assert names([One(1, None, day(5)), One(2, 7, day(2))], (0, 7)) == [(5, 2)]


AUTHORITIES = (7, 8, 9)
DAYS = st.integers(min_value=0, max_value=40)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[One], Turns]:
    """Versions as they were put on record, whoever's and whenever they begin, and who was responsible when."""
    stored = [FIRST]
    for name in range(2, 2 + draw(st.integers(min_value=0, max_value=9))):
        whose = draw(st.sampled_from([None, *AUTHORITIES]))
        ends = whose is not None and draw(st.booleans())
        stored.append(One(name, whose, day(draw(DAYS)), ends))
    starts = sorted(draw(st.sets(DAYS, min_size=1, max_size=4)))
    return stored, tuple((day(start), draw(st.sampled_from(AUTHORITIES))) for start in starts)


@given(stories())
def test_at_every_instant_it_is_the_last_agreed_of_whoever_was_responsible_then(
    story: tuple[list[One], Turns],
) -> None:
    stored, turns = story
    found = timeline(stored, turns)
    for number in range(-5, 45):
        at = day(number) + timedelta(hours=1)
        whose = next((one for since, one in reversed(turns) if since <= at), turns[0][1])
        own = [one for one in stored if one.authority_id == whose and one.takes_effect_at <= at]
        delivered = [one for one in stored if one.authority_id is None and one.takes_effect_at <= at]
        expected = own[-1] if own and not own[-1].follows_delivered else delivered[-1]
        assert in_force([one for _since, one in found if _since <= at], at) is not None
        if any(one.authority_id in {w for _s, w in turns} for one in stored):
            assert [one for since, one in found if since <= at][-1] is expected
            assert [since for since, _one in found] == sorted({since for since, _one in found})
        assert not any(one.follows_delivered for _since, one in found)


@given(stories())
def test_what_another_authority_agrees_changes_nothing(story: tuple[list[One], Turns]) -> None:
    stored, turns = story
    whose = {one for _since, one in turns}
    without = [one for one in stored if one.authority_id is None or one.authority_id in whose]
    assert timeline(stored, turns) == timeline(without, turns)


def test_whoever_has_had_one_authority_alone_has_the_same_turns() -> None:
    assert joined(((day(3), 7),)) == joined(((day(5), 7), (day(9), 7))) == ((EVER, 7),)
    assert joined(((day(3), 7), (day(4), 8), (day(5), 8), (day(6), 7))) == (
        (EVER, 7),
        (day(4), 8),
        (day(6), 7),
    )
    assert joined(()) == ()


@given(stories())
def test_turns_that_are_joined_say_the_same(story: tuple[list[One], Turns]) -> None:
    stored, turns = story
    assert timeline(stored, joined(turns)) == timeline(stored, turns)
