"""A comparison of two policies as lines: what each figure is, how it is counted, and both values with small counts left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import policies, replays
from alerts.foretold import NO_HOME_STEPS, REVIEW_STEPS, STEPS, TRANSFER_STEPS
from alerts.replays import Comparison, Tally
from cases.templatetags.govuk import exactly

# [proposal] Of fewer it could be known of whom they tell: "c" as in the published statistics, and zero is zero.
LEAST_SHOWN = 5
LEFT_OUT = "c"
DEFINITIONS: Mapping[str, str | Promise] = {
    "alerts": gettext_lazy(
        "Alerts of silence and of the second pair of eyes that were opened in the period; the calls to the police are"
        " counted by themselves."
    ),
    "asked": gettext_lazy(
        "Alerts about a step or a review that nobody had answered by then, opened in the period; each has its own."
    ),
    "owed": gettext_lazy(
        "Alerts about what a transfer owed, opened in the period: an offer that was made is one, as under every policy."
    ),
    "a_day": gettext_lazy("The same, divided by the days of the period."),
    "busiest": gettext_lazy("The most of them that were opened on one London day."),
    "desk": gettext_lazy("Alerts that reached rung R1 while the authority of this desk was responsible."),
    "never": gettext_lazy("Children of whom no such alert was open at any time of the period."),
    "police": gettext_lazy("First messages of a call ladder: one for each search that the police heard of."),
    "median": gettext_lazy(
        "From the end of the roll-call, or whatever proof was due, to the first message that is owed to the police; of"
        " searches that a silence began. Half of them waited no longer."
    ),
    "longest": gettext_lazy("The longest of these waits."),
    "climbed": gettext_lazy("How often this step climbed."),
}


@dataclass(frozen=True)
class Line:
    """One figure of both policies."""

    title: str
    definition: str
    was: str
    would: str


def are_too_few(found: Comparison) -> bool:
    """Whether so few children were replayed that any figure, a zero too, would tell of each of them."""
    return found.in_force.children < LEAST_SHOWN


def lines(found: Comparison, desks: Mapping[int, str], key: str = "") -> list[Line]:
    """Every figure, the most asked first; `desks` are the names of the authorities. Of `key` what its policy governs."""
    of_record = replays.is_of_record(key)
    asked = "owed" if key == policies.TRANSFER else "asked" if of_record else "alerts"
    both = (found.in_force, found.proposed)
    own = [
        _line(_("Alerts"), asked, (_count(one.alerts) for one in both)),
        _line(_("Alerts a day"), "a_day", (_a_day(one, found) for one in both)),
        _line(
            _("On the busiest day"), "busiest", (_count(max(one.by_day.values(), default=0)) for one in both)
        ),
    ]
    for desk in found.desks:
        title = _("Duty desk of %(authority)s") % {"authority": desks[desk]}
        own.append(_line(title, "desk", (_count(one.by_desk[desk]) for one in both)))
    own.append(_line(_("Children never alerted"), "never", (_never(one) for one in both)))
    if not of_record:
        own += _of_police(both)
    steps = _titles(key)
    for step in found.steps:
        if step in steps:
            own.append(_line(str(steps[step]), "climbed", (_count(one.climbed[step]) for one in both)))
    return own


def _line(title: str, key: str, values: Iterator[str]) -> Line:
    was, would = values
    return Line(title, str(DEFINITIONS[key]), was, would)


def _titles(key: str) -> Mapping[str, str | Promise]:
    """What a rung is called: who is told of a step is not who rings a home."""
    if key == policies.REVIEW:
        return REVIEW_STEPS
    if key == policies.TRANSFER:
        return TRANSFER_STEPS
    return NO_HOME_STEPS if replays.is_of_searches(key) else STEPS


def _of_police(both: tuple[Tally, Tally]) -> list[Line]:
    return [
        _line(_("First police messages"), "police", (_count(one.police_messages) for one in both)),
        _line(
            _("Time to the first police message, median"),
            "median",
            (_wait(one, one.median_wait) for one in both),
        ),
        _line(
            _("Time to the first police message, longest"),
            "longest",
            (_wait(one, one.longest_wait) for one in both),
        ),
    ]


def _count(number: int) -> str:
    return LEFT_OUT if 0 < number < LEAST_SHOWN else str(number)


def _never(tally: Tally) -> str:
    """Left out as well where few were alerted: of how many there are is said above."""
    alerted = _count(tally.children - tally.never_alerted)
    return LEFT_OUT if alerted == LEFT_OUT else _count(tally.never_alerted)


def _a_day(tally: Tally, found: Comparison) -> str:
    if _count(tally.alerts) == LEFT_OUT:
        return LEFT_OUT
    return f"{tally.alerts / found.period.days:.1f}"


def _wait(tally: Tally, span: timedelta | None) -> str:
    if span is None:
        return _("None")
    return exactly(span) if len(tally.waits) >= LEAST_SHOWN else LEFT_OUT
