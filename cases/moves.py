"""Whether a status may move: one pure rule over the tables of lawful moves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from unicodedata import bidirectional


class ForTheReader(Exception):
    """An error whose words a person reads, in the language of whoever reads them.

    `words` is a whole sentence with %(places)s for the `facts`; a fact that is a name is kept apart from the
    words round it, whatever its script.
    """

    # cases/apps.py puts gettext here: what only thinks knows no language.
    translate: Callable[[str], str] = staticmethod(str)

    def __init__(self, words: str = "", **facts: str) -> None:
        super().__init__(words)
        self.words, self.facts = words, facts

    def __str__(self) -> str:
        words = ForTheReader.translate(self.words) if self.words else ""
        return words % {name: isolated(fact) for name, fact in self.facts.items()} if self.facts else words


class IllegalMove(ForTheReader):
    """The fact that was to be recorded cannot follow from what stands; the message is for the reader."""


class HasDied(IllegalMove):
    """It is on record that the child has died, and no alert climbs: the alarm is kept, and the desk is asked."""


class SentBefore(IllegalMove):
    """The same form came again with other words: what stands is not what was typed, and neither is to be lost."""


class Overtaken(IllegalMove):
    """Something else came in the place of what the writer had before them."""


def require_read(stood: int | None, stands: int) -> None:
    """Raise `Overtaken` unless what stands is what the writer read, by its key, 0 for nothing; None: that is not asked.

    Whoever asks holds the child: a look before that sees nothing of what is written at the same instant.
    """
    if stood is not None and stood != stands:
        raise Overtaken


def other_words() -> SentBefore:
    """What is said of a form that came before and says something else now."""
    return SentBefore(
        "You have sent this form before, with other words, and those are on record."
        " Press again to record what stands here as well."
    )


def require_same(
    standing: object, said: Mapping[str, object], *, sent: tuple[datetime, datetime] | None = None
) -> None:
    """Raise `SentBefore` unless the row that a form has made says what the form says now, by field.

    `sent` is when the form came first and when it came now: "now", answered both times, is two instants and one
    answer. What somebody has withdrawn since does not stand any more: it is said again.
    """
    if getattr(standing, "withdrawn_at", None) is not None:
        raise SentBefore(
            "What you sent with this form before has been withdrawn since. Press again to record it anew."
        )
    if not all(_is_same(getattr(standing, name), value, sent) for name, value in said.items()):
        raise other_words()


def _is_same(stands: object, said: object, sent: tuple[datetime, datetime] | None) -> bool:
    if sent is None or not isinstance(stands, datetime) or not isinstance(said, datetime):
        return stands == said
    first, again = sent
    return stands == said or first - stands == again - said


def isolated(name: object) -> str:
    """Return a name between U+2068 and U+2069, which keep it in its own direction, where a letter of it runs to the left.

    They do in text what <bdi> does in a page: the figures and words beside the name stay in order.
    """
    text = str(name)
    runs_left = any(bidirectional(letter) in {"R", "AL"} for letter in text)
    return f"\u2068{text}\u2069" if runs_left else text


def require_open(closed_at: datetime | None, *, happened_at: datetime | None = None) -> None:
    """Raise `IllegalMove` where the case was closed at `closed_at`; what `happened_at` before that may be written late."""
    if closed_at is not None and (happened_at is None or happened_at >= closed_at):
        raise IllegalMove("This case is closed: nothing more can be recorded in it.")


def require_watched(closed_at: datetime | None, *, has_died: bool) -> None:
    """The same for an alarm: whoever raises it hears that nobody would be told, and whom to ring.

    After a death that is on record no alert climbs: whoever sees or misses that child after all rings a person.
    """
    if has_died:
        raise HasDied(
            "It is on record that this child has died, so nobody would be told."
            " Ring the duty desk now, in danger 999."
        )
    if closed_at is not None:
        raise IllegalMove(
            "This case is closed, so nobody would be told. Ring 999 or 101 now, then the duty desk."
        )


def require(table: Mapping[str, frozenset[str]], current: str, wanted: str) -> None:
    """Raise `IllegalMove` unless `table` lets an episode go from `current` to `wanted`."""
    if wanted not in table.get(current, frozenset()):
        raise IllegalMove(
            "The episode cannot go from “%(current)s” to “%(wanted)s”.", current=current, wanted=wanted
        )
