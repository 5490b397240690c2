"""Number plates and phone numbers as keys: however somebody read one out, the same letters and digits are the same key."""

import re
import unicodedata

# A witness who caught less of a plate or a number has caught nothing to look for.
LEAST_OF_PLATE, LEAST_OF_PHONE = 3, 6
# An area code may be left out, and a country's code put in front.
COMPARED = 9
# As much of an address or a name as is compared.
LONGEST = 200
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


def words(text: str) -> str:
    """Letters and digits of every script in one case, without what stands between: of an address, a name, an account."""
    return re.sub(r"[\W_]+", "", _plain(text).casefold()).upper()[:LONGEST]


def _plain(text: str) -> str:
    """The same in the letters and digits of a keyboard: full-width ones and the digits of every script."""
    even = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in even)
