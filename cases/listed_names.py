"""The languages and nationalities that are chosen from a list, each with its code, and the other words for each."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "reference"


class Kind(StrEnum):
    """Of what there is a list, by the name of its file."""

    LANGUAGE = "languages"
    NATIONALITY = "nationalities"


@dataclass(frozen=True)
class Listed:
    """One entry: a language by its ISO 639 code, a country by ISO 3166-1, and what people call it beside its name."""

    code: str
    name: str
    also: tuple[str, ...] = ()


@cache
def of(kind: Kind) -> Sequence[Listed]:
    """The whole list, by name. The file is a part of the program: it changes with a release."""
    with (FOLDER / f"{kind}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Listed(row["code"], row["name"], tuple(filter(None, row["also"].split(";"))))
            for row in csv.DictReader(lines)
        )


def find(kind: Kind, text: str) -> Listed | None:
    """The entry that goes by this name, in any case; None for what is not on the list, which stays as it was written."""
    return _by_word(kind).get(text.strip().casefold())


def named(kind: Kind, text: str) -> str:
    """The name on the list, or the same words where there is none."""
    found = find(kind, text)
    return found.name if found is not None else text.strip()


def words(kind: Kind, text: str) -> tuple[str, ...]:
    """Every word for the same, what was written first: an older record may call it otherwise."""
    found = find(kind, text)
    return tuple(dict.fromkeys((text.strip(), found.name, *found.also) if found else (text.strip(),)))


@cache
def _by_word(kind: Kind) -> Mapping[str, Listed]:
    return {word.casefold(): one for one in of(kind) for word in (*one.also, one.name)}
