"""Whether a found child may be one who is looked for: which fields agree, and which speak against it; no score decides."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

# What is said of the age of somebody who cannot say it is a guess: so many years beside it are no contradiction.
NEAR = 1
# So much a clock, or whoever read it, may be wrong about when somebody was seen.
MINUTES_WRONG = timedelta(hours=1)
# A shorter word is everybody's.
LONGEST_COMMON = 3
# Said of nearly every child who is described.
_OF_ALL = frozenset(
    {
        "black",
        "dark",
        "brown",
        "blue",
        "grey",
        "white",
        "with",
        "hair",
        "eyes",
        "short",
        "medium",
        "slim",
        "about",
    }
    | {
        "small",
        "tall",
        "thin",
        "wearing",
        "boy",
        "girl",
        "child",
        "and",
        "the",
        "left",
        "right",
        "over",
        "very",
    }
)
# In this order they are told apart, and listed: a number or a name says more than a build.
FIELDS = ("phone", "name", "marks", "clothing", "language", "age", "sex", "force", "time")
# One of these and another agreeing field are enough to be looked at.
_TELLING = frozenset({"phone", "name", "marks", "clothing"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was written down of a found child; empty is not known."""

    found_at: datetime
    sex: str = ""
    age_from: int | None = None
    age_to: int | None = None
    languages: tuple[str, ...] = ()
    # Build, hair, eyes and marks in one; clothing apart, which may have been changed since.
    looks: str = ""
    clothing: str = ""
    phone_keys: tuple[str, ...] = ()
    force_id: int | None = None

    @property
    def ages(self) -> tuple[int, int] | None:
        """The least and the most; where one alone was said, it is both."""
        least = self.age_from if self.age_from is not None else self.age_to
        most = self.age_to if self.age_to is not None else self.age_from
        return None if least is None or most is None else (least, most)


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What is on record of a child who is looked for; `sounds_alike` is what the search by sound says of the names."""

    since: datetime
    sex: str = ""
    # How old the child is now, as far as that is known.
    age: int | None = None
    languages: tuple[str, ...] = ()
    looks: str = ""
    clothing: str = ""
    phone_keys: tuple[str, ...] = ()
    force_ids: tuple[int, ...] = ()
    sounds_alike: bool = False


@dataclass(frozen=True)
class Match:
    """Which fields agree and which speak against it, each in the order of `FIELDS`; and the words that both have."""

    agree: tuple[str, ...]
    against: tuple[str, ...]
    looks: tuple[str, ...] = ()
    clothing: tuple[str, ...] = ()

    @property
    def is_worth_a_look(self) -> bool:
        """Whether somebody is to look: what tells children apart agrees, or more agrees than speaks against it."""
        telling = _TELLING.intersection(self.agree)
        return (bool(telling) and len(self.agree) > len(self.against)) or len(self.agree) >= 3 + len(
            self.against
        )

    @property
    def order(self) -> tuple[int, int, tuple[int, ...]]:
        """What comes first: more that agrees than speaks against it, then what tells children apart sooner."""
        places = tuple(FIELDS.index(field) for field in self.agree)
        return len(self.against) - len(self.agree), len(self.against), places


def match(found: Found, sought: Sought) -> Match:
    """Compare field by field: what either does not know says nothing; a name that differs speaks against nobody.

    Whoever is looked after by somebody else says another name; and a number is given away.
    """
    said = {
        "phone": bool(set(found.phone_keys) & set(sought.phone_keys)) or None,
        "name": sought.sounds_alike or None,
        "marks": bool(shared(found.looks, sought.looks)) or None,
        "clothing": bool(shared(found.clothing, sought.clothing)) or None,
        "language": same_language(found.languages, sought.languages),
        "age": _age(found, sought.age),
        "sex": None if not found.sex or not sought.sex else found.sex == sought.sex,
        "force": (found.force_id in sought.force_ids) or None,
        # Whoever was seen elsewhere after this child was found is another one.
        "time": False if found.found_at + MINUTES_WRONG < sought.since else None,
    }
    return Match(
        tuple(field for field in FIELDS if said[field] is True),
        tuple(field for field in FIELDS if said[field] is False),
        shared(found.looks, sought.looks),
        shared(found.clothing, sought.clothing),
    )


def shared(one: str, other: str) -> tuple[str, ...]:
    """The words of both texts that not every child is described with, in the order of the first."""
    mine, theirs = telling_words(one), set(telling_words(other))
    return tuple(dict.fromkeys(word for word in mine if word in theirs))


def telling_words(text: str) -> list[str]:
    """The words of a text that not every child is described with, in one case, as two texts are compared by."""
    found = re.findall(r"[^\W_]+", text.casefold())
    return [word for word in found if len(word) > LONGEST_COMMON and word not in _OF_ALL]


def same_language(one: Collection[str], other: Collection[str]) -> bool | None:
    """Speaking the same agrees; another language speaks against nobody: many speak two.

    Whoever wrote "Kurdish" may have meant any of it; two of its kinds are two languages.
    """
    mine = {language.casefold().strip() for language in one}
    theirs = {language.casefold().strip() for language in other}
    is_same = mine & (theirs | {head_word(name) for name in theirs}) or theirs & {
        head_word(name) for name in mine
    }
    return True if is_same else None


def head_word(language: str) -> str:
    """The name of a language without its kind in brackets, in one case: "kurdish" of "Kurdish (Sorani)"."""
    return language.casefold().strip().partition(" (")[0]


def _age(found: Found, age: int | None) -> bool | None:
    if age is None or found.ages is None:
        return None
    least, most = found.ages
    if least <= age <= most:
        return True
    return None if least - NEAR <= age <= most + NEAR else False
