"""References of children: the check digit and what people make of a reference when they type it."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.references import Mistyped, Reference, child_reference, episode_reference, nhs_number, parse

serials = st.integers(0, 99_999)
years = st.integers(2020, 2099)


def test_the_serial_417_of_2026_has_the_check_digit_8() -> None:
    assert child_reference(2026, 417) == "MC26-004178"
    assert child_reference(26, 417) == "MC26-004178"


def test_a_serial_whose_check_digit_would_be_ten_is_skipped_and_no_other() -> None:
    skipped = [serial for serial in range(1100) if child_reference(2026, serial) is None]
    assert skipped
    assert len(skipped) == 100
    for serial in skipped:
        digits = f"26{serial:05d}"
        assert sum(int(d) * w for d, w in zip(digits, range(8, 1, -1), strict=True)) % 11 == 1


@pytest.mark.by_turns
def test_references_of_one_year_are_all_different() -> None:
    given_out = [ref for ref in (child_reference(2026, s) for s in range(5000)) if ref]
    assert len(set(given_out)) == len(given_out)


@pytest.mark.parametrize("serial", [-1, 100_000])
def test_a_serial_outside_five_digits_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        child_reference(2026, serial)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "text",
    [
        "MC26-004178",
        "mc26-004178",
        " MC26 004178 ",
        "mc26004178",
        "M C 2 6 0 0 4 1 7 8",
        "MC26–004178",
        "MC26\u00a0004178",
    ],
)
def test_any_spacing_case_or_dash_is_read_as_the_same_child(text: str) -> None:
    assert parse(text) == Reference("MC26-004178")


def test_an_episode_is_read_with_its_number() -> None:
    assert parse("mc26 004178 m2") == Reference("MC26-004178", 2)
    assert str(parse("MC26-004178-M12")) == "MC26-004178-M12"
    assert episode_reference("MC26-004178", 2) == "MC26-004178-M2"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "text",
    [
        "",
        "MC26",
        "26-004178",
        "MC26-0041780",
        "MC26-00417",
        "MD26-004178",
        "MC26-004178-M",
        "MC26-004178-M0",
        "MC26-004178-2",
        "MC26-00417X",
        "MC٢٦-٠٠٤١٧٨",
        "MC26-004178; DROP TABLE",
    ],
)
def test_what_has_not_the_shape_of_a_reference_is_called_mistyped(text: str) -> None:
    with pytest.raises(Mistyped):
        parse(text)


@settings(deadline=None)
@given(year=years, serial=serials)
def test_every_reference_given_out_is_read_back(year: int, serial: int) -> None:
    reference = child_reference(year, serial)
    assume(reference is not None)
    assert parse(reference).child == reference
    assert len(reference) == 11


@settings(deadline=None)
@given(year=years, serial=serials, place=st.integers(0, 7), digit=st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed(year: int, serial: int, place: int, digit: int) -> None:
    reference = child_reference(year, serial)
    assume(reference is not None)
    digits = [c for c in reference if c.isdigit()]
    assume(digits[place] != str(digit))
    digits[place] = str(digit)
    with pytest.raises(Mistyped):
        parse("MC" + "".join(digits))


@settings(deadline=None)
@given(year=years, serial=serials, one=st.integers(0, 7), other=st.integers(0, 7))
def test_two_swapped_digits_are_always_noticed(year: int, serial: int, one: int, other: int) -> None:
    reference = child_reference(year, serial)
    assume(reference is not None)
    digits = [c for c in reference if c.isdigit()]
    assume(digits[one] != digits[other])
    digits[one], digits[other] = digits[other], digits[one]
    with pytest.raises(Mistyped):
        parse("MC" + "".join(digits))


def test_an_nhs_number_is_read_in_any_spacing_and_a_slip_is_noticed() -> None:
    assert nhs_number("943 476 5919") == nhs_number("943-476-5919") == nhs_number("9434765919")
    for wrong in ("943 476 591", "943 476 59199", "943 476 591a", "٩434765919"):
        with pytest.raises(Mistyped):
            nhs_number(wrong)
    right = "9434765919"
    for place in range(10):
        for digit in set("0123456789") - {right[place]}:
            with pytest.raises(Mistyped):
                nhs_number(right[:place] + digit + right[place + 1 :])
