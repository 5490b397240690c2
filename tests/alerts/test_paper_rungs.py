"""Whose rungs hear of paper whose day is fixed: those in force when it began, and a later version's where they are sooner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.paper_rungs import hears
from alerts.paperwork import (
    DEFAULT,
    Assessed,
    Days,
    Facts,
    Paper,
    Planned,
    Promised,
    Rule,
    Rules,
    Span,
    Stay,
    Unit,
    owed,
)
from alerts.schedule import Step

DAY = timedelta(days=1)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ASKED = Rules(AT - 10 * DAY, DEFAULT)
DUE = AT + 20 * DAY
FACTS = {
    Paper.PLAN: Facts(AT, assessed=Assessed(AT, "medium"), plan=Planned(AT, DUE)),
    Paper.ACTION: Facts(
        AT, assessed=Assessed(AT, "medium"), promised=(Promised(Paper.ACTION, 7, DUE, made_at=AT),)
    ),
    Paper.NEXT_PLACE: Facts(AT, assessed=Assessed(AT, "medium"), stays=(Stay(AT, until=DUE),)),
}


def times(rule: Rule, factor: float) -> Rule:
    """The same where every rung above the first comes so many times as late."""
    rungs = tuple((step, replace(span, count=round(span.count * factor))) for step, span in rule.rungs)
    return replace(rule, rungs=rungs)


def version(begins: datetime, paper: Paper, factor: float) -> Rules:
    return Rules(begins, {**DEFAULT, paper: times(DEFAULT[paper], factor)})


def found(paper: Paper, *versions: Rules) -> tuple[datetime, dict[Step, datetime]]:
    (one,) = (one for one in owed(FACTS[paper], versions, Days()) if one.paper == paper)
    return one.due_at, dict(one.steps)


@pytest.mark.by_turns
@pytest.mark.parametrize("paper", FACTS)
def test_a_version_that_comes_later_puts_no_rung_off(paper: Paper) -> None:
    stood = found(paper, ASKED)
    assert found(paper, ASKED, version(AT + 300 * DAY, paper, 3)) == stood, "agreed, and not begun"
    assert found(paper, ASKED, version(AT + DAY, paper, 3)) == stood, "begun before the day"


@pytest.mark.by_turns
@pytest.mark.parametrize("paper", FACTS)
def test_one_that_began_by_the_day_brings_the_rungs_nearer(paper: Paper) -> None:
    nearer = found(paper, version(AT - 10 * DAY, paper, 0.5))
    assert found(paper, ASKED, version(AT + DAY, paper, 0.5)) == nearer
    assert nearer[1][Step.R2] < found(paper, ASKED)[1][Step.R2]
    assert found(paper, ASKED, version(AT + 300 * DAY, paper, 0.5)) == found(paper, ASKED)


@pytest.mark.by_turns
@pytest.mark.parametrize("paper", FACTS)
def test_what_began_since_goes_by_the_later_one(paper: Paper) -> None:
    slower = found(paper, version(AT - 10 * DAY, paper, 2))
    assert found(paper, ASKED, version(AT - DAY, paper, 2)) == slower


def test_the_word_of_what_comes_next_is_asked_for_no_later_by_a_version_that_comes_later() -> None:
    paper = Paper.NEXT_PLACE
    stood = found(paper, ASKED)

    def asking(begins: datetime, days: int) -> Rules:
        return Rules(
            begins, {**DEFAULT, paper: replace(DEFAULT[paper], due={"before": Span(days, Unit.DAYS)})}
        )

    assert found(paper, ASKED, asking(AT + DAY, 7)) == stood
    assert found(paper, ASKED, asking(AT + DAY, 18))[0] == DUE - 18 * DAY
    assert found(paper, ASKED, asking(DUE - 16 * DAY, 18))[0] == DUE - 16 * DAY, "none sooner than it begins"
    said = replace(FACTS[paper], stays=(Stay(AT, until=DUE, next_said_at=DUE - 13 * DAY),))
    (one,) = (one for one in owed(said, (ASKED, asking(AT + DAY, 7)), Days()) if one.paper == paper)
    assert one.due_at == DUE, "it was said when it was asked for"


def test_a_rung_comes_nearer_by_itself() -> None:
    first = Rule(
        {}, ((Step.R1, Span(0, Unit.DAYS)), (Step.R2, Span(6, Unit.DAYS)), (Step.R4, Span(8, Unit.DAYS)))
    )
    later = Rule(
        {}, ((Step.R1, Span(0, Unit.DAYS)), (Step.R2, Span(7, Unit.DAYS)), (Step.R4, Span(7, Unit.DAYS)))
    )
    known = [Rules(AT, {Paper.PLAN: first}), Rules(AT + DAY, {Paper.PLAN: later})]
    rule = hears(known, Paper.PLAN, began=AT, due_at=DUE, days=Days())
    assert [span.count for _step, span in rule.rungs] == [0, 6, 7]
