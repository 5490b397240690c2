"""References of children and their episodes, with a check digit that catches a mistyped one."""

import re
from dataclasses import dataclass

from cases.moves import ForTheReader

LARGEST_SERIAL = 99_999
# Its check digit is right, and no child has it: the first serial is 1.
NOBODYS = "MC00-000000"

_SHAPE = re.compile(r"MC(?P<year>\d{2})(?P<serial>\d{5})(?P<check>\d)(?:M(?P<episode>[1-9]\d{0,3}))?")
_BETWEEN = re.compile(r"[\s\u00a0\u2010-\u2015\u2212._/-]+")


class Mistyped(ForTheReader):
    """The text is no reference that was ever given out: its shape or its check digit is wrong."""


@dataclass(frozen=True)
class Reference:
    """A child's reference as written on paper, and the number of an episode where one was given."""

    child: str
    episode: int | None = None

    def __str__(self) -> str:
        return self.child if self.episode is None else episode_reference(self.child, self.episode)


def child_reference(year: int, serial: int) -> str | None:
    """Return "MC26-004178" for the year 2026 and serial 417, or None for a serial that is skipped.

    `year` may have two digits or four; `serial` is 0 to 99,999 (ValueError otherwise). The sixth
    digit is a check digit, modulus 11 with weights from the right 2, 3, … 8 over the two digits of
    the year and the five of the serial: it catches every single wrong digit and every swap of two.
    Where it would be 10 there is no such digit, and the serial is never given out.
    """
    if not 0 <= serial <= LARGEST_SERIAL:
        raise ValueError(f"serial {serial} is outside 0 to {LARGEST_SERIAL}")
    digits = f"{year % 100:02d}{serial:05d}"
    check = _check_digit(digits)
    return None if check is None else f"MC{digits[:2]}-{digits[2:]}{check}"


def episode_reference(child: str, number: int) -> str:
    """Return "MC26-004178-M2" for the second missing episode of that child."""
    return f"{child}-M{number}"


def nhs_number(text: str) -> str:
    """Return the ten digits of an NHS number typed in any spacing; raise `Mistyped`.

    The last digit is the check digit, modulus 11 over the nine before it with weights 10 down to 2; a number whose
    check digit would be 10 is never given out [NHS data dictionary, NHS number].
    """
    digits = _BETWEEN.sub("", text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 10):
        raise Mistyped("An NHS number has ten digits.")
    rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    if (11 - rest) % 11 != int(digits[-1]):
        raise Mistyped("The last digit of this NHS number does not fit the others.")
    return digits


def parse(text: str) -> Reference:
    """Read a reference in any spacing and case, with or without its dashes; raise `Mistyped`.

    The check digit is looked at here, so a slip of the finger is called mistyped before anything is
    looked up, and tells nobody whether a child exists.
    """
    folded = _BETWEEN.sub("", text)
    # Phones write long dashes and hard spaces; digits of other scripts are none of ours.
    shape = _SHAPE.fullmatch(folded.upper()) if folded.isascii() else None
    if shape is None:
        raise Mistyped("A reference looks like MC26-004178 or MC26-004178-M2.")
    year, serial, check = shape["year"], shape["serial"], shape["check"]
    if _check_digit(year + serial) != int(check):
        raise Mistyped("One digit of this reference is wrong, or two are swapped.")
    number = shape["episode"]
    return Reference(f"MC{year}-{serial}{check}", None if number is None else int(number))


def _check_digit(digits: str) -> int | None:
    total = sum(int(digit) * weight for weight, digit in enumerate(reversed(digits), start=2))
    check = (11 - total % 11) % 11
    return None if check == 10 else check
