"""Plates and phone numbers: however they are read out they are found, and no two that differ are one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import sign_keys

BETWEEN = st.sampled_from(["", " ", "-", ".", "  ", "\u00a0", " – "])
LETTERS = string.ascii_uppercase + string.digits


@st.composite
def spoken(draw: st.DrawFn, text: str) -> str:
    """The same letters and digits as another hand writes them."""
    parts = [draw(BETWEEN) + (one.lower() if draw(st.booleans()) else one) for one in text]
    return "".join(parts) + draw(BETWEEN)


@given(st.text(LETTERS, min_size=1, max_size=10), st.data())
def test_a_plate_is_one_in_any_case_and_spacing(text: str, data: st.DataObject) -> None:
    assert sign_keys.plate(data.draw(spoken(text))) == text


@given(st.text(LETTERS, max_size=10), st.text(LETTERS, max_size=10))
def test_two_plates_are_two(one: str, other: str) -> None:
    assert (sign_keys.plate(one) == sign_keys.plate(other)) == (one == other)


@pytest.mark.parametrize(("one", "other"), [("AB10 OOO", "AB1O 000"), ("AB11 CDE", "ABI1 CDE")])
def test_a_nought_is_no_o_and_a_one_no_i(one: str, other: str) -> None:
    assert sign_keys.plate(one) != sign_keys.plate(other)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_key_of_letters_and_digits_or_none(text: str) -> None:
    for key in (sign_keys.plate(text), sign_keys.phone(text)):
        assert key == "" or (key.isascii() and key.isalnum() and key == key.upper())
    assert sign_keys.plate(sign_keys.plate(text)) == sign_keys.plate(text)


NATIONAL = st.from_regex(r"[1-37-9][0-9]{9}", fullmatch=True)


@given(NATIONAL, st.sampled_from(["0", "+44", "+44 (0)", "0044", "0044 0", "44", ""]), st.data())
def test_a_number_is_one_with_nought_or_the_country_before_it(
    number: str, before: str, data: st.DataObject
) -> None:
    assert sign_keys.phone(before + data.draw(spoken(number))) == number


@given(NATIONAL, NATIONAL)
def test_two_numbers_are_two(one: str, other: str) -> None:
    assert (sign_keys.phone(f"0{one}") == sign_keys.phone(f"+44{other}")) == (one == other)


@given(st.from_regex(r"3[2349][1-9][0-9]{8}", fullmatch=True))
def test_a_number_of_another_country_keeps_its_country(number: str) -> None:
    assert sign_keys.phone(f"+{number}") == sign_keys.phone(f"00{number}") == number


def test_digits_and_letters_of_every_keyboard_are_the_same() -> None:
    assert sign_keys.phone("٠٧٧٠٠ ٩٠٠١٢٣") == sign_keys.phone("07700 900123")
    assert sign_keys.plate("ＡＢ１２ ＣＤＥ") == "AB12CDE"
    assert sign_keys.plate("a car") == "ACAR"
    assert sign_keys.plate("?–") == sign_keys.phone("withheld") == ""


@given(
    NATIONAL,
    st.sampled_from(["Mother: ", "new since 2025; ", "+33 1 99 00 12 34, ", "07700 900111 "]),
    st.data(),
)
def test_a_number_in_words_is_found_by_its_end(number: str, before: str, data: st.DataObject) -> None:
    text = f"{before}0{data.draw(spoken(number))}, in use"
    assert number[-sign_keys.COMPARED :] in sign_keys.phones(text)


def test_of_a_number_without_its_area_code_all_of_it_is_compared_and_a_year_is_none() -> None:
    assert sign_keys.phones("900 982, or 07700 900983 since 2025") == (
        "900982",
        "077009009",
        "770090098",
        "700900983",
    )
    assert sign_keys.phones("withheld") == ()


def test_a_plate_stands_whole_in_words_and_a_street_an_age_and_a_postcode_are_none() -> None:
    text = "kp19 vns, P123-ABC; LK70PYT. ABZ 1234 (ABC123D) CH1 LDX"
    plates = {"KP19VNS", "P123ABC", "LK70PYT", "ABZ1234", "ABC123D", "CH1LDX"}
    assert sign_keys.whole_plates(text) == plates
    others = (
        "14 Calder Lane, room 7B, Ali 15, May 2026, CT14 7QA, CT147QA, yonas09, MC26-000016-M2, xKP19 VNS"
    )
    assert sign_keys.whole_plates(others) == frozenset()


def test_a_number_stands_whole_in_words_as_it_is_dialled_and_a_date_is_none() -> None:
    text = "07700 900982 3 times, (01632) 960733; +44 (0)7700 900111 or 0044 7700 900112, 00353 1 234 5678"
    ends = {"700900982", "632960733", "700900111", "700900112", "312345678"}
    assert ends <= sign_keys.whole_phones(text)
    others = "born 14 03 2009, 943 476 5919, 1212-0001-2345-6789, 960733, x07700900982, 077009009821234567"
    assert sign_keys.whole_phones(others) == frozenset()
