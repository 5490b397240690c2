"""What a name sounds like, as a key: spellings that one child's name was heard in fold to the same letters or nearly so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cases.search import scripts

# Whoever hears a name leaves these out as often as not.
ARTICLES = frozenset({"al", "el", "ul", "bin", "ben", "ibn", "bint", "bn", "mr", "mrs", "ms", "miss", "dr"})
# Before a letter of its own tongue the l of the article sounds like it: ar-Rahman, ash-Sharif.
_ASSIMILATED = re.compile(r"\ba(?:r|s|sh|d|dh|n|t|th|z)[-‐‑–](?=\w{3})")
_HYPHENS = re.compile(r"[\W_]+")
_JOINED_ARTICLE = re.compile(r"^(?:al|el)(?=[^aeiou]\w{4})")
_ARTICLE_BEFORE = re.compile(r"^(?:al|el)(?=\w{4})")
_SERVANT = re.compile(r"^abd(?:[aeou]+l|[aeou]+(?=(?:rr|ss|zz|nn|tt|dd|sh)))(?=\w{4})")
_SERVANTS = frozenset(
    {"abd", "abdu", "abdul", "abdel", "abdal", "abdoul", "abdool", "abdur", "abdus", "abdou"}
)
# In this order: longer spellings of one sound before the shorter that they hold.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ex(?=[aeiou])", "iks"),
        (r"xh|gj|dzh|dsch|dj|zh|j", "j"),
        (r"tsch|tch|sch|sh|ch", "S"),
        (r"kh|x", "x"),
        (r"gh", "g"),
        (r"ph", "f"),
        (r"th|dt", "t"),
        (r"(?<!b)dh", "d"),
        (r"(?<=.)c(?=[eiy])", "s"),
        (r"ck|qu(?=[ei])|q|c", "k"),
        (r"tz|ts|dz", "z"),
        (r"ou|oo|uu|ow|uw|[ouwv]", "u"),
        (r"ee|ea|ie|ei|ai|ay|ey|iy|yi|[eiy]", "i"),
        (r"S", "sh"),
    )
)
_DOUBLE = re.compile(r"(.)\1+")
_LAST_H = re.compile(r"(?<=[aiu])h$")
VOWELS = frozenset("aiu")


@dataclass(frozen=True)
class Key:
    """One of a child's names as written, and what it folds to."""

    kind: str
    name: str
    fold: str
    bones: str


def keys(
    *, given_name: str, family_name: str, known_as: str, script_name: str, spellings: Sequence[str]
) -> list[Key]:
    """Every name of a child with its key; one word alone is another word for the given name, so the family name goes with it."""
    found = [Key("name", name, fold(name), bones(name)) for name in (f"{given_name} {family_name}".strip(),)]
    others = [("known_as", known_as), *(("spelling", spelt) for spelt in spellings), ("script", script_name)]
    for kind, name in others:
        if not name.strip():
            continue
        whole = f"{name} {family_name}" if kind != "script" and len(words(name)) == 1 else name
        found.append(Key(kind, name, fold(whole), bones(whole)))
    return found


def words(name: str) -> list[str]:
    """The folded words of `name` in the order in which they stand, without articles; a name of nothing else keeps them."""
    latin = _ASSIMILATED.sub(" ", scripts.latin(name))
    spoken = [word for word in _HYPHENS.split(latin) if word]
    said = [word for word in spoken if word not in ARTICLES] or spoken
    return [folded for word in _joined(said) if (folded := _sounds(word))]


def fold(name: str) -> str:
    """One key for a name: its folded words, each once, sorted, so that the order in which they were heard is free."""
    key = " ".join(sorted(set(words(name))))
    # What folding has brought together may fold once more; a key is what folds to itself.
    while (again := " ".join(sorted(set(words(key))))) != key:
        key = again
    return key


def bones(name: str) -> str:
    """The key without vowels: for a script that writes none, and for an ear that heard others."""
    return " ".join(sorted({skeleton(word) for word in fold(name).split()}))


def skeleton(word: str) -> str:
    """A folded word without vowels but for a first one, which is all that is told of it."""
    first = "a" if word[0] in VOWELS else ""
    kept = first + "".join(letter for letter in word if letter not in VOWELS)
    return _DOUBLE.sub(r"\1", kept)


def _joined(said: list[str]) -> list[str]:
    """“Abdul Karim”, “Abd al-Karim” and “Abdelkarim” are one word."""
    joined: list[str] = []
    servant = False
    for word in said:
        if servant:
            joined.append(f"abd{_ARTICLE_BEFORE.sub('', word)}")
            servant = False
        elif word in _SERVANTS and len(said) > 1:
            servant = True
        else:
            plain = _SERVANT.sub("abd", word)
            joined.append(_JOINED_ARTICLE.sub("", plain) if plain == word else plain)
    return [*joined, "abd"] if servant else joined


def _sounds(word: str) -> str:
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return _LAST_H.sub("", _DOUBLE.sub(r"\1", word))
