"""What each task may cost, how a practised person's hand is counted, and the page on which the counts stand."""

import math
import os
from dataclasses import dataclass

from playwright.sync_api import Frame, Locator, Page

from tests.database import ROOT

# Seconds of Card, Moran and Newell's keystroke-level model: pointing at something and pressing it, one key for somebody
# who types 40 words a minute, and making up one's mind before each press and each answer. The machine's own time is not
# in it: its pages answer in a small part of a second, which the benchmarks hold.
PRESS, KEY, THINK = 1.1, 0.28, 1.35
PAGE = ROOT / "docs" / "efforts.md"
HEAD = f"""\
# What each task costs

Printed by `EFFORTS=write ./run test tests/journeys/test_efforts.py` from journeys in a real browser; the same test
compares them with what stands here, and with the target of each task. *Screens* are the pages on the way, the first one
included; *answers* are the boxes and choices filled on the way; *presses* are buttons and
links. *Seconds* are reckoned for a practised hand: {PRESS} s for a press, {KEY} s for a key, {THINK} s for making up one's
mind before each press and each answer. Nobody was timed, and reading is not in it.

| who | task | target | screens | answers | presses | seconds |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Effort:
    """One task with what it may cost at most; what is None has no target."""

    key: str
    who: str
    task: str
    screens: int | None = None
    answers: int | None = None
    presses: int | None = None
    seconds: int | None = None

    @property
    def target(self) -> str:
        """The limits in words."""
        limits = {
            "screen": self.screens,
            "answer": self.answers,
            "press": self.presses,
            "second": self.seconds,
        }
        said = [_counted(limit, what) for what, limit in limits.items() if limit is not None]
        return f"at most {', '.join(said)}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}{'es' if what == 'press' else 's'}"


_PHONE = "Guardian, on a phone"
EFFORTS = (
    Effort("placement", "Social worker", "Log a placement: child’s page, form, saved", 3, 7, None, 60),
    Effort("registration", "Social worker", "Register a child: Today, form, saved", 4, 10, None, 180),
    Effort("report", "Social worker", "Report missing, on the screens it is written on", 3, 12, None, 180),
    Effort("note", "Social worker", "Write a case note, on its one screen", 1, 1),
    Effort("today", "Social worker", "Know what to do today", 1, 0, 0),
    Effort("overview", "Team manager", "See who is missing, without a record, not taken on", 1, 0, 0),
    Effort("figure", "Team manager", "From any figure to its list", None, 0, 1),
    Effort("reassign", "Team manager", "Give twenty children to another worker", None, None, 4),
    Effort("check_in", _PHONE, "Check in a child", None, 0, 2, 15),
    Effort("numbers", _PHONE, "Child not there: to the numbers to try", None, 0, 1),
    Effort("not_there", _PHONE, "Child not there: duty and police told, at the report", None, 0, 3),
    Effort("roll_call", "Home", "Roll-call of six children", 1, 0, 6, 20),
    Effort("ringing", "Duty desk", "A home without a record: from its row to an answer", None, 0, 1),
    Effort("intake", "Duty desk", "Take in one more child of a night", 1, 4, None, 30),
    Effort("have_this", "Police, no account", "“I have this”, from the link in the mail", None, 2, 2, 20),
    Effort(
        "profile",
        "Police, no account",
        "Photo and details, from the mail’s link with duty’s code",
        seconds=45,
    ),
    Effort("copy", "Police, no account", "Copy the alert as text, or print it", None, 0, 1),
    Effort("briefing", "Police, signed in", "A briefing to print, from the episode", None, 0, 1),
    Effort("text", "Police, signed in", "The same as text to copy, from the episode", None, 0, 1),
    Effort("back_police", "Police, signed in", "Say that the child is back", 2),
    Effort("back_duty", "Duty desk", "Write down that the child is back, as told by phone", 2),
    Effort("oversight", "National oversight", "The figure with its definition and its time", 1, 0, 2),
    Effort("csv", "National oversight", "The figures as CSV", None, 0, 1),
    Effort("office", "Administrator", "Add a person with a role, test a force’s mailbox", 3),
    Effort(
        "time_out", "Everyone", "Locked out while writing a note: back at it, nothing lost", None, None, 2
    ),
    Effort("find", "Social worker", "Find a child by a mis-spelt name: among the first five found", 2, 1, 1),
)


class Hand:
    """A practised person at a page that is open already: what they do is counted as they do it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.screens, self.answers, self.presses = 1, 0, 0
        self.seconds = 0.0
        page.on("framenavigated", self._met)

    def _met(self, frame: Frame) -> None:
        # Told when a page begins, before anything of it can be seen.
        self.screens += frame == self.page.main_frame

    def press(self, what: Locator) -> None:
        """Press a button or follow a link."""
        self.presses += 1
        self.seconds += THINK + PRESS
        what.click()

    def write(self, box: Locator, words: str) -> None:
        """Reach a box with the tabulator and type into it."""
        self.answers += 1
        self.seconds += THINK + KEY * (1 + len(words))
        box.fill(words)

    def choose(self, what: Locator) -> None:
        """Set a radio button or tick a box."""
        self.answers += 1
        self.seconds += THINK + PRESS
        what.check()

    def pick(self, box: Locator, value: str) -> None:
        """Open a short list and press one of it."""
        self.answers += 1
        self.seconds += THINK + 2 * PRESS
        box.select_option(value)

    def find(self, box: Locator, words: str, option: Locator) -> None:
        """Type the beginning of a word into a long list and press what it offers."""
        self.write(box, words)
        self.seconds += PRESS
        option.click()

    def hands_off(self) -> None:
        """The task is over: what comes now is not counted."""
        self.page.remove_listener("framenavigated", self._met)


def hold(key: str, hand: Hand) -> None:
    """Fail where a task costs more than it may, or other than what docs/efforts.md says."""
    effort = next(one for one in EFFORTS if one.key == key)
    spent = (hand.screens, hand.answers, hand.presses, math.ceil(hand.seconds))
    limits = (effort.screens, effort.answers, effort.presses, effort.seconds)
    over = [
        f"{took} over {limit}"
        for took, limit in zip(spent, limits, strict=True)
        if limit is not None and took > limit
    ]
    assert not over, f"{effort.task}: {over}"
    line = f"{beginning(effort)} {' | '.join(str(number) for number in spent)} |"
    if os.environ.get("EFFORTS") == "write":
        _write(effort, line)
    assert line in PAGE.read_text(encoding="utf-8").splitlines(), f"docs/efforts.md has not: {line}"


def beginning(effort: Effort) -> str:
    """A row up to its counts."""
    return f"| {effort.who} | {effort.task} | {effort.target} |"


def _write(effort: Effort, line: str) -> None:
    """Put one row where it belongs among those that stand."""
    standing = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []
    rows = {one.key: row for one in EFFORTS for row in standing if row.startswith(beginning(one))}
    rows[effort.key] = line
    PAGE.write_text(
        HEAD + "".join(f"{rows[one.key]}\n" for one in EFFORTS if one.key in rows), encoding="utf-8"
    )
