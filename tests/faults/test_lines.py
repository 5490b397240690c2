"""Lines to PostgreSQL that are cut between a commit and its answer, or fall silent while both ends take them for open."""

import time
from collections import Counter

import pytest
from django.db import connections

from alerts.models import Clock
from cases.models import Contact, Event, MissingEpisode, MissingReport
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.night import EACH, Night, all_is_there, note, people, people_at_work
from tests.faults.kit.proxy import ANSWER, SILENCE, WORD
from tests.faults.kit.stage import PATIENCE, until

# What a transaction says in which a child is seen, or one is reported missing; and one that owes messages.
SEEN, REPORTED, OWED = 'INTO "cases_contact"', "INTO cases_missingepisode (", "INTO alerts_message ("
# As long as a statement may take, and as PostgreSQL waits for a transaction that says nothing more.
STATEMENT = 30 if FULL else 3
BROKEN_OFF = 2 * STATEMENT


def stands(night: Night) -> Counter[str]:
    """How many rows there are of each kind that the commits of this fault's people write."""
    connections.close_all()
    seen, missing = ([one.child.pk for one in ones] for ones in zip(*night.done[-EACH:], strict=True))
    return Counter(
        contact=Contact.objects.filter(child__in=seen).count(),
        contact_recorded=Event.objects.filter(child__in=seen, kind="contact_recorded").count(),
        clock_moved=Clock.objects.filter(child__in=seen, kind="contact", due_at__gt=story.CLOSES).count(),
        episode=MissingEpisode.objects.filter(child__in=missing).count(),
        report=MissingReport.objects.filter(episode__child__in=missing).count(),
        reported_missing=Event.objects.filter(child__in=missing, kind="reported_missing").count(),
        call=Clock.objects.filter(child__in=missing, kind="call").count(),
    )


def cut_at_commits(night: Night) -> None:
    """The line breaks before the COMMIT arrives, and then, in the next try, before its answer does."""
    at_work = people(night)
    nothing = stands(night)
    assert not +nothing
    # The sweep that owes the messages of the reports does not fare better.
    night.proxy.lose(WORD, OWED)
    night.proxy.lose(ANSWER, OWED)
    for lost, times in ((WORD, 0), (ANSWER, EACH)):
        for person in at_work:
            night.proxy.lose(lost, SEEN if person.path.endswith("check-in/") else REPORTED)
            assert not person.press(night)
        assert stands(night) == Counter(dict.fromkeys(nothing, times))
    for person in at_work:
        # Whoever presses again is told that it is there: once.
        assert person.press(night)
    assert stands(night) == Counter(dict.fromkeys(nothing, EACH))
    all_is_there(night)
    assert night.proxy.has_lost_all()
    done = "the line to it cut before the COMMIT of a contact, a report and a sweep arrives, and again before its answer does"
    took = "whole or not at all, and pressed again it is there once"
    note(night, "PostgreSQL's answer lost", done, took)


def cut_all(night: Night) -> None:
    with people_at_work(night, lasts=5):
        time.sleep(0.2)
        night.proxy.cut()
        time.sleep(1)
        night.proxy.mend()
    all_is_there(night)
    note(
        night,
        "PostgreSQL cut off",
        "every line to it cut at once, and none let in for a second",
        "all is there",
    )


def half_open(night: Night) -> None:
    """Something on the way forgets all lines, some of them in the middle of a transaction that holds its child."""
    for _ in range(EACH):
        night.proxy.lose(SILENCE, SEEN, REPORTED)
    with people_at_work(night, lasts=PATIENCE * BROKEN_OFF):
        until(
            night.proxy.has_lost_all, seconds=PATIENCE * 10, what="a press in the middle of its transaction"
        )
        began = time.monotonic()
        night.proxy.fall_silent()
    took = time.monotonic() - began
    all_is_there(night)
    assert max(seconds for _, seconds in night.answers) < PATIENCE * (STATEMENT + 5)
    done = "every line to it falls silent, four of them in mid-transaction, and neither end hears that it is lost"
    done = done if FULL else done.replace("four", "two")
    note(night, "PostgreSQL's lines half open", done, f"whoever pressed again was heard {took:.0f} s later")


@pytest.mark.by_turns(8)
def test_a_line_cut_around_a_commit_or_silent_for_ever_loses_nothing_and_repeats_nothing(
    night: Night,
) -> None:
    cut_at_commits(night)
    cut_all(night)
    half_open(night)
    assert not story.broken()
