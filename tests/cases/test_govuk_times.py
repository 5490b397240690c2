"""How moments, spans, names, phones and statuses are written."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils.html import strip_tags

from cases.templatetags import govuk

NOW = datetime(2026, 11, 24, 21, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (utc(2026, 11, 23, 21, 10), "23 November 2026 at 9:10pm"),
        (utc(2026, 11, 23, 9), "23 November 2026 at 9am"),
        (utc(2026, 11, 23, 12), "23 November 2026 at midday"),
        (utc(2026, 11, 23, 12, 5), "23 November 2026 at 12:05pm"),
        (utc(2026, 11, 23, 0, 5), "23 November 2026 at 12:05am"),
        (utc(2026, 11, 23), "midnight at the start of 23 November 2026"),
        (utc(2026, 7, 1, 20, 10), "1 July 2026 at 9:10pm"),
        (utc(2026, 6, 30, 23), "midnight at the start of 1 July 2026"),
        (utc(2026, 10, 25, 0, 30), "25 October 2026 at 1:30am (before the clocks went back)"),
        (utc(2026, 10, 25, 1, 30), "25 October 2026 at 1:30am (after the clocks went back)"),
        (utc(2026, 10, 25, 2, 30), "25 October 2026 at 2:30am"),
        (utc(2026, 3, 29, 1, 30), "29 March 2026 at 2:30am"),
    ],
)
def test_a_moment_is_written_in_london_time_and_never_as_00_00(moment: datetime, text: str) -> None:
    assert govuk.gov_time(moment) == text


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (utc(2026, 11, 24, 9), "9am"),
        (utc(2026, 11, 23, 21, 10), "9:10pm yesterday"),
        (utc(2026, 11, 25, 8), "8am tomorrow"),
        (utc(2026, 11, 21, 8), "8am on 21 November"),
        (utc(2025, 11, 21, 8), "8am on 21 November 2025"),
        (utc(2026, 11, 24), "midnight"),
        (utc(2026, 11, 23), "midnight at the start of 23 November"),
        (utc(2026, 11, 25), "midnight at the start of 25 November"),
        (utc(2026, 12, 8), "midnight at the start of 8 December"),
        (utc(2026, 6, 30, 23), "midnight at the start of 1 July"),
    ],
)
def test_a_near_moment_is_said_as_people_say_it(moment: datetime, text: str) -> None:
    assert govuk.gov_when(moment, NOW) == text


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (HOUR, "1 hour"),
        (26 * HOUR, "26 hours"),
        (72 * HOUR - timedelta(seconds=1), "71 hours"),
        (72 * HOUR, "3 days"),
        (timedelta(days=41, hours=23), "41 days"),
        (timedelta(days=1352), "1,352 days"),
    ],
)
def test_a_span_is_hours_under_72_then_days_and_never_weeks(span: timedelta, text: str) -> None:
    assert govuk.span(span) == text


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=30), "30 minutes"),
        (HOUR, "1 hour"),
        (timedelta(minutes=90), "1 hour 30 minutes"),
        (timedelta(minutes=150), "2 hours 30 minutes"),
        (36 * HOUR, "36 hours"),
        (3 * 24 * HOUR, "3 days"),
    ],
)
def test_a_limit_is_told_to_the_minute(span: timedelta, text: str) -> None:
    assert govuk.exactly(span) == text


def test_elapsed_time_counts_real_hours_across_the_clock_change() -> None:
    saturday_noon, sunday_noon = utc(2026, 10, 24, 11), utc(2026, 10, 25, 12)
    assert govuk.elapsed(saturday_noon, sunday_noon) == "25 hours"


def test_a_deadline_counts_down_and_then_is_late() -> None:
    deadline = NOW + timedelta(minutes=18, seconds=30)
    assert govuk.countdown(deadline, NOW) == "in 18 minutes"
    assert govuk.countdown(deadline, deadline) == "less than a minute late"
    assert govuk.countdown(deadline, deadline + 2 * HOUR) == "2 hours late"
    assert govuk.by_when(utc(2026, 11, 25, 8), NOW) == "by 8am tomorrow (in 10 hours)"
    # Of what is due by the end of a day nobody is to read that there is another day.
    assert govuk.by_when(utc(2026, 11, 25), NOW) == "by 11:59pm (in 2 hours)"
    assert govuk.by_when(utc(2026, 11, 26), NOW) == "by 11:59pm tomorrow (in 26 hours)"
    assert govuk.by_when(utc(2026, 12, 8), NOW) == "by 11:59pm on 7 December (in 13 days)"
    assert govuk.by_when(utc(2026, 11, 24), NOW) == "by 11:59pm yesterday (21 hours late)"
    assert govuk.since(NOW - 26 * HOUR, NOW) == "since 7:28pm yesterday (26 hours)"
    assert govuk.uk_time(deadline, NOW) == "9:46pm UK time"


def test_a_moment_on_a_page_carries_its_offset_for_machines() -> None:
    template = Template("{% load govuk %}{% moment at %}|{% moment at now %}|{% moment nothing %}")
    drawn = template.render(
        Context({"at": utc(2026, 7, 1, 20, 10), "now": utc(2026, 7, 1, 21), "nothing": None})
    )
    full, near, nothing = drawn.split("|")
    assert full == '<time datetime="2026-07-01T21:10:00+01:00">1 July 2026 at 9:10pm</time>'
    assert near == '<time datetime="2026-07-01T21:10:00+01:00">9:10pm</time>'
    assert nothing == ""


def test_a_late_record_says_how_much_later_it_was_written() -> None:
    assert govuk.recorded_later(NOW, NOW + timedelta(minutes=30)) == ""
    assert govuk.recorded_later(NOW, NOW + 5 * HOUR) == "recorded 5 hours later"


def test_days_are_written_without_a_time() -> None:
    assert govuk.gov_date(date(2026, 11, 23)) == "23 November 2026"
    assert govuk.gov_day(utc(2026, 11, 24, 9)) == "Tuesday 24 November"
    assert govuk.gov_day(date(2026, 12, 31), NOW) == "Thursday 31 December"
    assert govuk.gov_day(date(2027, 1, 4), NOW) == "Monday 4 January 2027"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("03000000000", "0300 000 0000"),
        ("+447700900982", "07700 900982"),
        ("02079460018", "020 7946 0018"),
        ("01632960001", "01632 960001"),
        ("0113 4960000", "0113 496 0000"),
        ("+33612345678", "+33612345678"),
        ("ask the night desk", "ask the night desk"),
        ("", ""),
    ],
)
def test_a_phone_number_is_grouped_as_people_read_it(stored: str, shown: str) -> None:
    assert govuk.phone(stored) == shown


def test_a_phone_link_rings_the_number_and_escapes_what_it_shows() -> None:
    assert 'href="tel:03000000000"' in govuk.tel("0300 000 0000")
    assert "<b>" not in govuk.tel("<b>1</b>")


def test_a_name_keeps_its_own_direction_and_is_escaped() -> None:
    assert govuk.bdi("يوسف", "ar") == '<bdi lang="ar">يوسف</bdi>'
    assert govuk.bdi("<i>Yusuf</i>") == "<bdi>&lt;i&gt;Yusuf&lt;/i&gt;</bdi>"
    assert govuk.initials("Yusuf Ali Al-Khatib") == "YK"
    assert govuk.initials("Linh") == "L"
    assert govuk.initials("") == ""
    assert govuk.initials("ʿAbd al-ʿAzīz") == "AA", "ʿ is a sign of how the next letter is spoken"
    assert govuk.initials("’Aliya O’Brien") == "AO"
    assert govuk.initials("(known as) –") == "KA"
    assert govuk.initials("يوسف") == "ي"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("words", "rung"),
    [
        ("with an aunt, 07700 900982", ["07700900982"]),
        ("Home, 0300 000 0000; escort, +33612345678.", ["03000000000", "+33612345678"]),
        ("Council duty line: 020 7946 0018", ["02079460018"]),
        ("NHS number 943 476 5919, born 01 02 2011, MC26-004178", []),
        ("card 4000 0300 000 0000", []),
    ],
)
def test_a_number_in_words_is_rung_by_a_press(words: str, rung: list[str]) -> None:
    page = govuk.rings(words)
    assert re.findall(r'href="tel:([^"]+)"', page) == rung
    assert strip_tags(page) == words


def test_what_is_markup_already_is_left_and_what_is_typed_is_no_markup() -> None:
    made = govuk.tel("0300 000 0000")
    assert govuk.rings(made) == made
    assert govuk.rings("<b>07700 900982").startswith("&lt;b&gt;<a ")


def test_a_stretch_of_the_day_is_said_as_a_time_is() -> None:
    assert govuk.hours(time(7, 30), time(8, 30)) == "7:30am to 8:30am"
    assert govuk.hours(time(22), time(0)) == "10pm to midnight"


def test_every_status_has_its_word_and_colour() -> None:
    assert (
        govuk.status_tag("no_record")
        == '<strong class="govuk-tag govuk-tag--orange rc-tag">No record</strong>'
    )
    assert ">Still missing, 41 days<" in govuk.status_tag("still_missing", 41)
    assert ">Missing, 41 days<" in govuk.status_tag("still_missing", 41, "guardian")
    with pytest.raises(KeyError):
        govuk.status_tag("overdue")


def test_a_guardian_reads_six_words_only() -> None:
    words = {
        govuk.status_tag(status, audience="guardian").split(">")[1].split("<")[0] for status in govuk.STATUSES
    }
    assert words == {"Seen", "Due", "No record", "Not here", "Missing", "Ended"}


def test_what_happens_by_itself_is_said_at_its_time_and_not_by_it() -> None:
    now = datetime(2026, 11, 23, 21, 10, tzinfo=UTC)
    assert govuk.at_when(now + timedelta(minutes=18), now) == "at 9:28pm (in 18 minutes)"
    assert ">at 9:28pm (in 18 minutes)</time>" in govuk.when(now + timedelta(minutes=18), now, "at")


def test_the_duty_line_is_written_in_one_way_however_it_is_set(settings: Any) -> None:
    settings.DUTY_LINE = "01632 960 100"
    assert govuk.duty_line() == "01632 960100"


def test_what_is_entered_in_days_is_read_in_days() -> None:
    first, after = utc(2026, 6, 30, 23), utc(2026, 7, 4, 23)
    assert (govuk.gov_from(first), govuk.gov_until(after)) == ("1 July 2026", "4 July 2026")
    said = utc(2026, 7, 1, 14)
    assert (govuk.gov_from(said), govuk.gov_until(said)) == ("1 July 2026 at 3pm", "1 July 2026 at 3pm")
