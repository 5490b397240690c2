"""Whether a found child may be one who is sought: examples, and what holds of every pair."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.found_matching import FIELDS, Found, Sought, match, shared

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GIRL = Found(
    found_at=AT,
    sex="F",
    age_from=14,
    age_to=15,
    languages=("Tigrinya",),
    looks="Burn scar on her forearm",
    clothing="yellow raincoat",
    phone_keys=("7700900982",),
    force_id=3,
)
SELAM = Sought(
    since=AT - 20 * HOUR,
    sex="F",
    age=15,
    languages=("tigrinya", "Arabic"),
    looks="Scar from a burn, left forearm",
    clothing="Yellow raincoat, trainers",
    phone_keys=("7700900982",),
    force_ids=(3,),
    sounds_alike=True,
)


def test_what_agrees_stands_in_order_with_the_words_that_both_have() -> None:
    one = match(GIRL, SELAM)
    assert one.agree == ("phone", "name", "marks", "clothing", "language", "age", "sex", "force")
    assert one.against == ()
    assert (one.looks, one.clothing) == (("burn", "scar", "forearm"), ("yellow", "raincoat"))
    assert one.is_worth_a_look


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("changed", "against"),
    [
        ({"sex": "M"}, ("sex",)),
        ({"age": 9}, ("age",)),
        # A year beside the guess is no contradiction, and no agreement.
        ({"age": 16}, ()),
        ({"since": AT + 2 * HOUR}, ("time",)),
        # An hour may be a wrong clock.
        ({"since": AT + HOUR}, ()),
        ({"languages": ("Dari",)}, ()),
        ({"phone_keys": ("7700900123",)}, ()),
        ({"sounds_alike": False}, ()),
        ({"force_ids": (4,)}, ()),
    ],
)
def test_what_speaks_against_it(changed: dict[str, object], against: tuple[str, ...]) -> None:
    one = match(GIRL, replace(SELAM, **changed))
    assert one.against == against
    if next(iter(changed)) != "since":
        assert len(one.agree) == 7


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("one", "other", "agrees"),
    [
        ("Kurdish (Sorani)", "kurdish", True),
        ("Kurdish", "Kurdish (Sorani)", True),
        ("Arabic (Sudanese and Chadian)", "Arabic", True),
        ("Kurdish (Sorani)", "Kurdish (Kurmanji)", False),
    ],
)
def test_a_language_agrees_with_its_name_without_a_kind(one: str, other: str, agrees: bool) -> None:
    found = match(replace(GIRL, languages=(one,)), replace(SELAM, languages=(other,)))
    assert ("language" in found.agree) is agrees
    assert "language" not in found.against


def test_what_nobody_knows_says_nothing() -> None:
    nothing = match(Found(found_at=AT), Sought(since=AT - HOUR))
    assert (nothing.agree, nothing.against) == ((), ())
    assert not nothing.is_worth_a_look
    # Sex alone, or sex and age, are half of all who are sought.
    assert not match(
        replace(GIRL, looks="", clothing="", phone_keys=(), force_id=None),
        replace(SELAM, sounds_alike=False, languages=()),
    ).is_worth_a_look


def test_words_of_every_description_tell_nobody_apart() -> None:
    assert shared("Short black hair, brown eyes", "black hair and brown eyes, short") == ()
    assert shared("A tattoo of a swallow", "tattoo on the neck: SWALLOW") == ("tattoo", "swallow")


words = st.text(alphabet="abc scar tattoo", max_size=30)
ages = st.one_of(st.none(), st.integers(0, 25))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Found, Sought]:
    least, most = sorted([draw(st.integers(0, 25)), draw(st.integers(0, 25))])
    known = draw(st.booleans())
    found = Found(
        found_at=AT,
        sex=draw(st.sampled_from(["", "F", "M"])),
        age_from=least if known else None,
        age_to=most if known else None,
        languages=tuple(draw(st.lists(st.sampled_from(["Dari", "Tigrinya"]), max_size=2))),
        looks=draw(words),
        clothing=draw(words),
        phone_keys=draw(st.sampled_from([(), ("7700900982",)])),
        force_id=draw(st.one_of(st.none(), st.integers(1, 3))),
    )
    sought = Sought(
        since=AT + draw(st.integers(-100, 100)) * HOUR,
        sex=draw(st.sampled_from(["", "F", "M"])),
        age=draw(ages),
        languages=tuple(draw(st.lists(st.sampled_from(["Dari", "Tigrinya"]), max_size=2))),
        looks=draw(words),
        clothing=draw(words),
        phone_keys=tuple(draw(st.lists(st.sampled_from(["7700900982", "7700900123"]), max_size=2))),
        force_ids=tuple(draw(st.lists(st.integers(1, 3), max_size=2))),
        sounds_alike=draw(st.booleans()),
    )
    return found, sought


@given(pairs(), st.sampled_from(["sex", "age", "languages", "looks", "clothing", "phone_keys", "force_ids"]))
def test_each_field_is_said_once_and_knowing_less_of_a_child_says_no_more(
    pair: tuple[Found, Sought], forgotten: str
) -> None:
    found, sought = pair
    one = match(found, sought)
    assert not set(one.agree) & set(one.against)
    for said in (one.agree, one.against):
        assert list(said) == sorted(set(said), key=FIELDS.index)
    assert one == match(found, sought)
    empty = {"sex": "", "age": None, "looks": "", "clothing": ""}
    less = match(found, replace(sought, **{forgotten: empty.get(forgotten, ())}))
    assert set(less.agree) <= set(one.agree)
    assert set(less.against) <= set(one.against)


@given(pairs())
def test_what_agrees_in_more_comes_first_and_a_contradiction_puts_it_back(pair: tuple[Found, Sought]) -> None:
    found, sought = pair
    one = match(found, sought)
    named = match(found, replace(sought, sounds_alike=True))
    assert named.order <= one.order
    later = match(found, replace(sought, since=found.found_at + 2 * HOUR))
    assert later.order >= one.order
    assert "time" in later.against
