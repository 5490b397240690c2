"""How alike two names sound, from 0 to 1, word beside word: to put in order what was found, never to call it one child."""

from collections.abc import Sequence
from functools import lru_cache

from cases.search import folding
from cases.search.folding import VOWELS

# What one ear hears for another, in folded letters; any other letter for a letter is a whole mistake.
_NEAR = {
    frozenset(pair): cost
    for pair, cost in (
        ("gk", 0.35), ("gj", 0.35), ("xk", 0.35), ("xh", 0.3), ("zd", 0.4), ("zs", 0.4), ("sh", 0.5), ("td", 0.4),
        ("pb", 0.5), ("fb", 0.6), ("zj", 0.5), ("mn", 0.6), ("ts", 0.6), ("rl", 0.7), ("xg", 0.5), ("jk", 0.7),
        ("jd", 0.6), ("fu", 0.5), ("bu", 0.5), ("ji", 0.4), ("hk", 0.6), ("js", 0.6),
    )
}  # fmt: skip
_VOWEL_FOR_VOWEL = 0.25
_VOWEL_MORE = 0.3
_H_MORE = 0.35
# How much of a likeness is the worst of its words: one name alike and one unlike is a brother.
_WORST = 0.5
# A word that one of the two does not have: a middle name that was not said.
_UNSAID = 0.55


def alike(one: str, other: str) -> float:
    """How alike two names sound; 1 where they fold to one key."""
    return alike_words(tuple(folding.words(one)), tuple(folding.words(other)))


@lru_cache(maxsize=4096)
def alike_words(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The same for folded words."""
    if not one or not other:
        return 0.0
    return max(_aligned(one, other), _run_together(one, other))


@lru_cache(maxsize=65536)
def alike_word(one: str, other: str) -> float:
    """How alike two folded words are: 1 less what it takes to hear one for the other."""
    if one == other:
        return 1.0
    longest = max(_weight(one), _weight(other))
    return max(0.0, 1 - _distance(one, other) / longest)


def sought(query: Sequence[str], name: Sequence[str]) -> float:
    """How well folded `query` words name somebody: a beginning is enough of a word, and words not asked for cost little."""
    if not query or not name:
        return 0.0
    best = max(alike_words(tuple(query), tuple(name)), _named(query, name))
    # One word that somebody typed as two.
    return max(best, 0.97 * _named(["".join(query)], name)) if len(query) > 1 else best


def _named(query: Sequence[str], name: Sequence[str]) -> float:
    found = [max(_begun(word, other) for other in name) for word in query]
    mean, worst = sum(found) / len(found), min(found)
    unsaid = max(0, len(name) - len(query)) / len(name)
    return ((1 - _WORST) * mean + _WORST * worst) * (1 - 0.08 * unsaid)


def _begun(word: str, other: str) -> float:
    whole = alike_word(word, other)
    if len(word) > 1 and other.startswith(word):
        return max(whole, 0.85 + 0.15 * len(word) / len(other))
    return whole


def _run_together(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Words that one writer parted and the other did not."""
    return alike_word("".join(one), "".join(other)) * 0.98 if len(one) != len(other) else 0.0


def _aligned(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    fewer, more = sorted((one, other), key=len)
    pairs = sorted(
        ((alike_word(a, b), i, j) for i, a in enumerate(fewer) for j, b in enumerate(more)), reverse=True
    )
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    found: list[tuple[float, float]] = []
    for value, i, j in pairs:
        if i not in taken_a and j not in taken_b:
            taken_a.add(i)
            taken_b.add(j)
            found.append((value, max(_weight(fewer[i]), _weight(more[j]))))
    total = sum(weight for _, weight in found)
    mean = sum(value * weight for value, weight in found) / total
    worst = min(value for value, _ in found)
    unsaid = sum(_weight(word) for j, word in enumerate(more) if j not in taken_b)
    score = (1 - _WORST) * mean + _WORST * worst
    return score * (1 - (1 - _UNSAID) * unsaid / (unsaid + total))


def _weight(word: str) -> float:
    return sum(0.5 if letter in VOWELS else 1.0 for letter in word) or 0.5


def _distance(one: str, other: str) -> float:
    """The least that letters put in, left out, changed or swapped come to."""
    before: list[float] = []
    row = [0.0]
    for letter in other:
        row.append(row[-1] + _more(letter))
    for i, a in enumerate(one):
        before, last = row, before
        row = [before[0] + _more(a)]
        for j, b in enumerate(other):
            best = min(before[j] + _change(a, b), before[j + 1] + _more(a), row[j] + _more(b))
            if i and j and a == other[j - 1] and b == one[i - 1] and a != b:
                best = min(best, last[j - 1] + 0.6)
            row.append(best)
    return row[-1]


def _more(letter: str) -> float:
    return _VOWEL_MORE if letter in VOWELS else _H_MORE if letter == "h" else 1.0


def _change(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a in VOWELS and b in VOWELS:
        return _VOWEL_FOR_VOWEL
    return _NEAR.get(frozenset((a, b)), 1.0)
