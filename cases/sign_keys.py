"""Number plates and phone numbers as keys: however somebody read one out, the same letters and digits are the same key."""

import re
import unicodedata
from collections.abc import Iterator

# A witness who caught less of a plate or a number has caught nothing to look for.
LEAST_OF_PLATE, LEAST_OF_PHONE = 3, 6
# An area code may be left out, and a country's code put in front.
COMPARED = 9
# As much of an address or a name as is compared.
LONGEST = 200
# Digits with no more between them than somebody puts between those of one number.
_NUMBER = re.compile(r"[0-9](?:[\s()./+–-]*[0-9])*")
# As much of a plate as is asked for, and as many digits as the longest number of any country has.
MOST_OF_PLATE, MOST_OF_PHONE = 10, 15
# A plate of this country that stands in words as itself: "KP19 VNS", "P123 ABC", of Northern Ireland "ABZ 1234", and
# written in one "ABC123D". A house number with its street, an age with a name and a postcode are none of these.
_PLATE_IN_WORDS = re.compile(
    r"(?<![^\W_])(?:[A-Z]{1,2}[0-9]{1,3}[ -]?[A-Z]{3}|[A-Z](?:I[ABGJLWZ]|[JOUX]I|[A-Z]Z)[ -]?[0-9]{4}|[A-Z]{3}[0-9]{1,3}[A-Z])"
    r"(?![^\W_])",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<![^\W_])[+(]*[0-9]+(?:[ ()+–-]{1,3}[0-9]+)*(?![^\W_])")
# Within the country, or from outside it.
_DIALLED = re.compile(r"0[1-9][0-9]{8,9}|(?:\+|00)[1-9][0-9]{8,12}|44[0-9]{9,13}")
_BEHIND_COUNTRY = re.compile(r"^44(?=0?\d{9,10}$)")


def plate(text: str) -> str:
    """Capital letters and digits in the order in which they stand: "ab12 cde" and "AB12-CDE" are "AB12CDE".

    A nought and an O stay two, and so do a one and an I: which of them it was, whoever saw it says.
    """
    return re.sub(r"[^A-Z0-9]", "", _plain(text).upper())


def phone(text: str) -> str:
    """The digits without what is dialled before them: "07700 900982", "+44 (0)7700 900982" and "0044 7700…" are one.

    A number of another country keeps its country's code. Words have no key.
    """
    digits = re.sub(r"[^0-9]", "", _plain(text))
    digits = digits.removeprefix("00")
    return _BEHIND_COUNTRY.sub("", digits).lstrip("0")


def phones(text: str) -> tuple[str, ...]:
    """What a number that stands somewhere in these words may be compared by: where two stand side by side, of either.

    That is every nine digits in a row; of fewer, as of a number without its area code, the whole, where it is none too short.
    """
    runs = (re.sub(r"[^0-9]", "", run) for run in _NUMBER.findall(_plain(text)))
    keys = (
        [run[at : at + COMPARED] for at in range(len(run) - COMPARED + 1)] or [phone(run)] for run in runs
    )
    return tuple(key for some in keys for key in some if len(key) >= LEAST_OF_PHONE)


def whole_plates(text: str) -> frozenset[str]:
    """The keys of the plates that stand in these words, each from end to end."""
    return frozenset(plate(found) for found in _PLATE_IN_WORDS.findall(_plain(text)))


def whole_phones(text: str) -> frozenset[str]:
    """By how they are compared the numbers that stand in these words, each from end to end and as it is dialled.

    Without a nought or a country before them nine digits and more are as likely a date, or a number of the health service.
    """
    keys = (phone(one) for run in _RUN.findall(_plain(text)) for one in _dialled(run))
    return frozenset(key[-COMPARED:] for key in keys if len(key) >= COMPARED)


def _dialled(run: str) -> Iterator[str]:
    """What stands in a row of figures from the start of one to the end of one, and is dialled so."""
    figures = re.findall(r"\+?[0-9]+", run)
    for start in range(len(figures)):
        digits = ""
        for figure in figures[start : start + MOST_OF_PHONE]:
            digits += figure
            if _DIALLED.fullmatch(digits):
                yield digits


def words(text: str) -> str:
    """Letters and digits of every script in one case, without what stands between: of an address, a name, an account."""
    return re.sub(r"[\W_]+", "", _plain(text).casefold()).upper()[:LONGEST]


def _plain(text: str) -> str:
    """The same in the letters and digits of a keyboard: full-width ones and the digits of every script."""
    even = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in even)
