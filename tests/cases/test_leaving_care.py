"""What the time in care makes of a child by dates alone, its personal adviser, and who takes over at 18."""

import uuid
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import adviser_dues, sweep
from alerts.models import Clock
from cases import advisers, clock, facts, held_papers, leaving_care, mistakes, responsibilities
from cases.advisers import Adviser, WrongStart
from cases.deadlines import add_days, at_london, london_day
from cases.leaving_care import Reason, Span, Status, eligible_from, status
from cases.models import CareEnd, HeldPaper, PersonalAdviser
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_duty_desk,
    a_watched_child,
    an_authority,
    case_closed,
    ended,
    missing,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BORN = date(2010, 5, 10)
SIXTEEN, EIGHTEEN = date(2026, 5, 10), date(2028, 5, 10)


# --- by dates alone


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("born", "spans", "wanted"),
    [
        # In care long before: on the sixteenth birthday itself.
        (BORN, [Span(date(2025, 1, 1))], SIXTEEN),
        # At 16: with the ninety-first day.
        (BORN, [Span(date(2026, 6, 1))], date(2026, 8, 30)),
        # What was before the fourteenth birthday counts for nothing.
        (BORN, [Span(date(2023, 1, 1), date(2024, 5, 9)), Span(date(2026, 6, 1))], date(2026, 8, 30)),
        # Two times add up, be there a gap between them.
        (BORN, [Span(date(2024, 6, 1), date(2024, 7, 30)), Span(date(2026, 6, 1))], date(2026, 7, 1)),
        # Enough before 16, and none since: never.
        (BORN, [Span(date(2025, 1, 1), date(2026, 5, 9))], None),
        # Enough before 16, and one day since.
        (BORN, [Span(date(2025, 1, 1), SIXTEEN)], SIXTEEN),
        # Ninety days are one too few.
        (BORN, [Span(date(2026, 6, 1), date(2026, 8, 29))], None),
        # Too late to count so many before 18.
        (BORN, [Span(date(2028, 3, 1))], None),
        # On 29 February: 16 on the day itself in a leap year, and 18 on 1 March.
        (date(2012, 2, 29), [Span(date(2027, 1, 1))], date(2028, 2, 29)),
        # The ninety-first day is the last before 18 on 1 March; begun a day later it is too late.
        (date(2008, 2, 29), [Span(date(2025, 11, 30))], date(2026, 2, 28)),
        (date(2008, 2, 29), [Span(date(2025, 12, 1))], None),
    ],
)
def test_the_day_on_which_a_child_is_eligible(born: date, spans: list[Span], wanted: date | None) -> None:
    assert eligible_from(born, spans) == wanted


def test_who_is_what_on_which_day() -> None:
    long = [Span(date(2025, 1, 1))]
    left = [Span(date(2025, 1, 1), date(2026, 12, 1))]
    for spans, on, wanted in (
        (long, SIXTEEN - DAY, (Status.NONE, Reason.TOO_YOUNG)),
        (long, SIXTEEN, (Status.ELIGIBLE, Reason.IN_CARE)),
        (long, EIGHTEEN - DAY, (Status.ELIGIBLE, Reason.IN_CARE)),
        (long, EIGHTEEN, (Status.FORMER_RELEVANT, Reason.OF_AGE)),
        (long, date(2035, 5, 9), (Status.FORMER_RELEVANT, Reason.OF_AGE)),
        (long, date(2035, 5, 10), (Status.NONE, Reason.OVER)),
        (left, date(2026, 12, 1), (Status.ELIGIBLE, Reason.IN_CARE)),
        (left, date(2026, 12, 2), (Status.RELEVANT, Reason.LEFT_CARE)),
        ([Span(date(2028, 4, 1))], EIGHTEEN, (Status.NONE, Reason.TOO_SHORT)),
    ):
        found = status(BORN, spans, on=on)
        assert (found.status, found.reason) == wanted, on
    unknown = status(None, long, on=SIXTEEN)
    assert (unknown.status, unknown.reason) == (Status.UNKNOWN, Reason.NO_BIRTH_DATE)
    assert status(BORN, [Span(date(2026, 6, 1))], on=date(2026, 6, 10)).days == 10
    assert leaving_care.WEEKS == 13


def test_born_on_29_february_somebody_is_of_age_on_1_march() -> None:
    born, spans = date(2008, 2, 29), [Span(date(2024, 1, 1))]
    assert status(born, spans, on=date(2026, 2, 28)).status == Status.ELIGIBLE
    assert status(born, spans, on=date(2026, 3, 1)).status == Status.FORMER_RELEVANT


# --- the adviser


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    # Sixteen long ago, in care from now on: eligible with the ninety-first day.
    born = date(AT.year - 16, AT.month, AT.day) - 30 * DAY
    return a_watched_child(at=AT, birth_date=born, birth_date_precision="day")


NAME = "adviser"
# By then the child is eligible.
ELIGIBLE = at_london((AT + 90 * DAY).date(), time())


def adviser(**said: Any) -> Adviser:
    facts = {"name": "Rhiannon Orme", "organisation": "Leaving care team", "phone": "01632 960001", **said}
    return Adviser(starts_at=facts.pop("starts_at", AT + HOUR), **facts)


def due(one: Watched) -> Any:
    row = Clock.objects.filter(child=one.child, duty=NAME).first()
    return row.due_at if row is not None else None


def swept(one: Watched, at: Any) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_an_adviser_is_owed_from_the_day_of_being_eligible_and_climbs_until_there_is_one(
    watched: Watched,
) -> None:
    due_at = due(watched)
    assert due_at is not None
    # In care since it arrived, some days before it was registered.
    ninety_first = london_day(watched.child.arrived_at) + 90 * DAY
    assert due_at == at_london(ninety_first + 28 * DAY, time())
    swept(watched, due_at - timedelta(seconds=1))
    assert papers.steps(watched.child, NAME) == []
    swept(watched, due_at)
    assert papers.steps(watched.child, NAME) == ["R1"]
    swept(watched, due_at + 30 * DAY)
    assert papers.steps(watched.child, NAME) == ["R1", "R2", "R4", "R5"]
    at = due_at + 31 * DAY
    advisers.appoint(watched.child, adviser(starts_at=at), by=watched.worker, at=at)
    swept(watched, at)
    assert not papers.is_open(watched.child, NAME)


@pytest.mark.by_turns(8)
def test_one_who_left_is_replaced_and_nobody_is_asked_for_one_too_early(watched: Watched) -> None:
    row = advisers.appoint(watched.child, adviser(), by=watched.worker, at=AT + HOUR)
    assert due(watched) is None
    left = ELIGIBLE + 10 * DAY
    advisers.end(row, why="Another post", by=watched.worker, at=left)
    again = due(watched)
    assert left < again < left + 20 * DAY
    with pytest.raises(IllegalMove, match="already"):
        advisers.end(row, why="Again", by=watched.worker, at=left + HOUR)
    advisers.appoint(
        watched.child, adviser(name="Ada Vance", starts_at=left + HOUR), by=watched.worker, at=left + HOUR
    )
    assert due(watched) is None


@pytest.mark.by_turns
def test_no_birth_date_a_short_time_an_adult_and_a_closed_case_ask_for_none(watched: Watched) -> None:
    unknown = a_watched_child(at=AT, birth_date=None)
    assert due(unknown) is None
    nearly = date(AT.year - 18, AT.month, AT.day) + 60 * DAY
    assert due(a_watched_child(at=AT, birth_date=nearly, birth_date_precision="day")) is None
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=AT + HOUR)
    sweep.sweep_all(now=ELIGIBLE + 60 * DAY)
    assert papers.steps(watched.child, NAME) == []


@pytest.mark.by_turns
def test_what_falls_due_after_the_18th_birthday_is_not_owed(watched: Watched) -> None:
    # Eligible some days before 18: the day for an adviser would be after it.
    born = date(AT.year - 18, AT.month, AT.day) + 100 * DAY
    assert due(a_watched_child(at=AT, birth_date=born, birth_date_precision="day")) is None


@pytest.mark.by_turns
def test_a_search_puts_it_after_the_return(watched: Watched) -> None:
    due_at = due(watched)
    episode = missing(watched.child, by=watched.worker, at=due_at - DAY)
    assert due(watched) is None
    back_at = due_at + 2 * DAY
    ended(episode, at=back_at)
    assert due(watched) == at_london(london_day(back_at) + 28 * DAY, time())


@pytest.mark.by_turns
def test_a_late_one_sleeps_through_a_short_search_alone_and_is_told_anew_after_a_long_one(
    watched: Watched,
) -> None:
    due_at = due(watched)
    swept(watched, due_at)
    episode = missing(watched.child, by=watched.worker, at=due_at + HOUR)
    sweep.sweep_all(now=due_at + 2 * HOUR)
    assert papers.is_open(watched.child, NAME)
    sweep.sweep_all(now=due_at + 20 * DAY)
    assert not papers.is_open(watched.child, NAME)
    back_at = due_at + 20 * DAY + HOUR
    ended(episode, at=back_at)
    swept(watched, back_at)
    assert papers.steps(watched.child, NAME)[:2] == ["R1", "R1"]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("how", ["closed", "died"])
def test_no_day_of_care_counts_after_the_case_closed_or_the_child_died(watched: Watched, how: str) -> None:
    over = AT + 10 * DAY
    if how == "closed":
        case_closed(watched.child, reason="Reunited", by=watched.manager, at=over)
    else:
        ended(missing(watched.child, by=watched.worker, at=over - HOUR), outcome="died", at=over)
    one = facts.load([watched.child.pk])[watched.child.pk]
    arrived, last = london_day(watched.child.arrived_at), london_day(over)
    found = adviser_dues.leaving(one, on=last + 4000 * DAY)
    # Nobody who died comes of age.
    assert found.on == (last if how == "died" else last + 4000 * DAY)
    assert (found.days, found.eligible_from) == ((last - arrived).days + 1, None)
    rows = [
        CareEnd(ended_date=arrived + DAY, starts_at=AT, ends_at=AT + 2 * DAY),
        CareEnd(ended_date=last + 5 * DAY, starts_at=over + 5 * DAY, ends_at=over + 6 * DAY),
    ]
    first, again = adviser_dues.spans(one, rows)
    assert (first.last, again.last) == (arrived + DAY, last)


def test_the_next_takes_the_place_and_nothing_overlaps(watched: Watched) -> None:
    key = uuid.uuid4()
    row = advisers.appoint(watched.child, adviser(key=key), by=watched.worker, at=AT + HOUR)
    assert advisers.appoint(watched.child, adviser(key=key), by=watched.worker, at=AT + 2 * HOUR) == row
    with pytest.raises(IllegalMove, match="with other words"):
        advisers.appoint(watched.child, adviser(key=key, name="Ada"), by=watched.worker, at=AT + 2 * HOUR)
    for said, words in (
        ({"name": " "}, "who it is"),
        ({"phone": ""}, "a phone or an email"),
    ):
        with pytest.raises(IllegalMove, match=words):
            advisers.appoint(watched.child, adviser(**said), by=watched.worker, at=AT + 2 * HOUR)
    for starts_at in (AT + HOUR, AT + 3 * HOUR):
        with pytest.raises(WrongStart):
            advisers.appoint(watched.child, adviser(starts_at=starts_at), by=watched.worker, at=AT + 2 * HOUR)
    advisers.appoint(watched.child, adviser(starts_at=AT + 2 * HOUR), by=watched.worker, at=AT + 2 * HOUR)
    row.refresh_from_db()
    assert row.ends_at == AT + 2 * HOUR
    with pytest.raises(IllegalMove, match="no more"):
        advisers.end(row, why=" ", by=watched.worker, at=AT + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_the_adviser_of_the_council_before_is_asked_about_until_somebody_says_that_they_go_on(
    watched: Watched,
) -> None:
    row = advisers.appoint(watched.child, adviser(), by=watched.worker, at=AT + HOUR)
    moved = ELIGIBLE + DAY
    council = an_authority()
    desk = a_duty_desk(council)
    responsibilities.start(watched.child, authority=council, by=desk.person, at=moved)
    owed = due(watched)
    assert owed is not None
    assert moved < owed < moved + 20 * DAY
    swept(watched, owed)
    assert papers.steps(watched.child, NAME) == ["R1"]
    advisers.confirm(row, by=watched.worker, at=owed + HOUR)
    swept(watched, owed + HOUR)
    assert not papers.is_open(watched.child, NAME)
    # One whom the new council records itself needs no second word; nor does a council that took the place of another.
    other = a_watched_child(at=AT, birth_date=watched.child.birth_date, birth_date_precision="day")
    responsibilities.start(other.child, authority=council, by=desk.person, at=AT + HOUR)
    advisers.appoint(other.child, adviser(starts_at=AT), by=watched.worker, at=AT + 2 * HOUR)
    assert due(other) is None
    merged = an_authority()
    council.successors.add(merged)
    responsibilities.start(other.child, authority=merged, by=desk.person, at=AT + 3 * HOUR)
    assert due(other) is None


@pytest.mark.by_turns(8)
def test_one_who_was_recorded_by_mistake_was_never_there(watched: Watched) -> None:
    first = advisers.appoint(watched.child, adviser(), by=watched.worker, at=AT + HOUR)
    second = advisers.appoint(
        watched.child, adviser(name="Ada Vance", starts_at=AT + 2 * HOUR), by=watched.worker, at=AT + 2 * HOUR
    )
    advisers.withdraw(second, reason="Of another child", by=watched.worker, at=AT + 3 * HOUR)
    assert advisers.standing(watched.child) == first
    first.refresh_from_db()
    assert (first.ends_at, first.ended_by, first.ended_why) == (None, None, "")
    with pytest.raises(IllegalMove, match="withdrawn already"):
        advisers.withdraw(second, reason="Again", by=watched.worker, at=AT + 4 * HOUR)
    with pytest.raises(IllegalMove, match="by mistake"):
        advisers.withdraw(first, reason=" ", by=watched.worker, at=AT + 4 * HOUR)
    advisers.withdraw(first, reason="Of another child", by=watched.worker, at=AT + 4 * HOUR)
    assert advisers.standing(watched.child) is None
    assert due(watched) is not None
    # That time is free for whoever was there.
    advisers.appoint(watched.child, adviser(name="Ida Moss"), by=watched.worker, at=AT + 5 * HOUR)
    assert due(watched) is None


def met(one: Watched) -> Any:
    return Clock.objects.get(child=one.child, duty="adviser_contact").due_at


@pytest.mark.by_turns
def test_an_adviser_is_in_contact_every_eight_weeks(watched: Watched) -> None:
    assert not Clock.objects.filter(child=watched.child, duty="adviser_contact").exists(), (
        "nobody is there yet"
    )
    row = advisers.appoint(watched.child, adviser(), by=watched.worker, at=AT + HOUR)
    first = add_days(row.starts_at, 56)
    assert met(watched) == first
    day = AT.date() + 20 * DAY
    said = {"held_date": day, "led_by": "Rhiannon Orme, by phone", "by": watched.worker}
    contact = held_papers.record(watched.child, "adviser_contact", **said, at=AT + 21 * DAY)
    assert met(watched) == add_days(contact.held_at, 56)
    mistakes.withdraw(contact, reason="Of another child", by=watched.worker, at=AT + 22 * DAY)
    assert met(watched) == first
    swept(watched, first)
    assert papers.steps(watched.child, "adviser_contact") == ["R1"]
    advisers.end(row, why="Another post", by=watched.worker, at=first + HOUR)
    assert met(watched) is None


# --- the pages


def test_the_page_says_the_status_the_adviser_and_who_takes_over(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = AT + 2 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    reference = watched.child.reference
    page = client.get(reverse("leaving_care", args=[reference])).content.decode()
    for words in (
        "Not entitled as a care leaver",
        "Eligible from",
        "days of care count, of the 91",
        "Nobody",
    ):
        assert words in page, words
    form = {"name": "Rhiannon Orme", "organisation": "Leaving care", "once": str(uuid.uuid4())}
    form |= {"starts_at_when": "quarter"}
    refused = client.post(reverse("adviser_new", args=[reference]), form).content.decode()
    assert "Enter a phone, or an email address" in refused
    assert "Rhiannon Orme" in refused
    form |= {"phone": "01632 960 001"}
    assert client.post(reverse("adviser_new", args=[reference]), form).status_code == 302
    plan = {
        "held_date_day": now.day,
        "held_date_month": now.month,
        "held_date_year": now.year,
        "led_by": "The worker",
        "once": str(uuid.uuid4()),
    }
    address = reverse("held_new", args=[reference, "turning_18"])
    assert "Enter who takes over at 18" in client.post(address, plan).content.decode()
    assert client.post(address, plan | {"handed_to": "Adult team, Ada Vance"}).status_code == 302
    assert HeldPaper.objects.get().handed_to == "Adult team, Ada Vance"
    page = client.get(reverse("leaving_care", args=[reference])).content.decode()
    for words in ("Rhiannon Orme", "Adult team, Ada Vance", "Has left"):
        assert words in page, words
    row = PersonalAdviser.objects.get()
    ending = reverse("adviser_end", args=[reference, row.key])
    assert client.post(ending, {"answer": "left", "why": ""}).status_code == 422
    assert client.post(ending, {"answer": "mistake", "why": ""}).status_code == 422
    assert client.post(ending, {"answer": "stays"}).status_code == 302
    assert client.post(ending, {"answer": "left", "why": "Another post"}).status_code == 302
    assert client.post(ending, {"answer": "mistake", "why": "Of another child"}).status_code == 302
    page = client.get(reverse("leaving_care", args=[reference])).content.decode()
    assert "Of another child" in page
    other = a_watched_child(at=AT)
    for who in (watched.carer, watched.guardian, watched.officer, other.worker):
        client.force_login(who)
        for name, more in (("leaving_care", ()), ("adviser_new", ()), ("adviser_end", (row.key,))):
            assert client.get(reverse(name, args=[reference, *more])).status_code == 404, name
    assert client.post(reverse("adviser_end", args=[other.child.reference, row.key])).status_code == 404
