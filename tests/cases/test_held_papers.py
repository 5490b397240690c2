"""Reviews and plans: held on a day by somebody, recorded on one short form, and due again by the law's time."""

from datetime import date, time, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock
from cases import clock, held_papers, holidays
from cases.deadlines import add_months, add_working_days, at_london, london_day
from cases.models import Event, HeldPaper
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_child, a_watched_child, placed, seen

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = ("care_review", "health", "dental", "immunisation", "eyes", "education", "pathway")
ONCE = "turning_18"


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR, birth_date=date(2009, 5, 15))


def held(one: Watched, kind: str, **more: object) -> HeldPaper:
    said = {"held_date": AT.date(), "led_by": "Elis Arnott", "by": one.worker, "at": AT + 5 * HOUR, **more}
    return held_papers.record(one.child, kind, **said)


@pytest.mark.by_turns
def test_each_is_due_after_the_arrival_and_the_record_moves_it_on(watched: Watched) -> None:
    for kind, months in zip(KINDS, (3, 12, 12, 12, 12, 4, 6), strict=True):
        assert papers.clock_of(watched.child, kind).due_at > AT
        row = held(watched, kind)
        assert papers.clock_of(watched.child, kind).due_at == add_months(row.held_at, months)
    events = Event.objects.filter(child=watched.child, kind="paper_held")
    assert {event.data["kind"] for event in events} == set(KINDS)


@pytest.mark.by_turns
def test_who_was_in_care_before_it_was_typed_is_owed_what_the_law_says_from_then(watched: Watched) -> None:
    papers.asked_for(AT - 60 * DAY)
    known = AT + 60 * DAY
    # Placed ten days before anybody registered it; who is placed at once and came ten days ago; years ago.
    placed_before = a_child(at=known, arrived_at=known - 40 * DAY)
    placed(placed_before, starts_at=known - 10 * DAY, at=known)
    here = a_child(at=known, arrived_at=known - 10 * DAY)
    long_here = a_child(at=known, arrived_at=known - 400 * DAY)
    for child in (here, long_here):
        placed(child, at=known)
    wanted = {placed_before: known - 10 * DAY, here: known - 10 * DAY, long_here: known}
    calendar = holidays.of("england-and-wales")
    for child, since in wanted.items():
        for kind, days in (("care_review", 20), ("health", 20), ("education", 10)):
            within = add_working_days(since, days, nation="england-and-wales", holidays=calendar)
            assert papers.clock_of(child, kind).due_at == within
    # Nobody assesses whom nobody knows: that counts from the registration, as ever.
    assert papers.clock_of(here, "first_assessment").due_at == known + DAY


def test_a_day_to_come_and_nobody_are_refused_and_the_same_form_twice_is_one(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="today or in the past"):
        held(watched, "health", held_date=AT.date() + DAY)
    with pytest.raises(IllegalMove, match="who led it"):
        held(watched, "health", led_by=" ")
    row = held(watched, "health")
    assert held(watched, "health", key=row.key) == row
    with pytest.raises(DatabaseError), transaction.atomic():
        HeldPaper.objects.filter(pk=row.pk).update(led_by="")


@pytest.mark.by_turns(8)
def test_what_two_people_write_down_of_one_day_counts_once(watched: Watched) -> None:
    row = held(watched, "care_review")
    due_at = papers.clock_of(watched.child, "care_review").due_at
    with pytest.raises(IllegalMove, match="for that day already"):
        held(watched, "care_review", led_by="Somebody else", at=AT + 6 * HOUR)
    assert papers.clock_of(watched.child, "care_review").due_at == due_at == add_months(row.held_at, 3)
    held(watched, "health")
    held(watched, "care_review", held_date=AT.date() - DAY)


@pytest.mark.by_turns(8)
def test_one_form_records_it_and_the_page_of_what_is_due_and_the_story_tell_it(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    client.force_login(watched.worker)
    address = reverse("held_new", args=[watched.child.reference, "health"])
    assert client.get(reverse("held_new", args=[watched.child.reference, "else"])).status_code == 404
    day = {"held_date_day": 2, "held_date_month": 3, "held_date_year": 2026}
    form = {**day, "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d13"}
    refused = client.post(address, form)
    assert refused.status_code == 422
    assert "Enter who led it" in refused.content.decode()
    done = client.post(address, {**form, "led_by": "Dr Sorrel", "note": "Glasses"}, follow=True)
    assert "Dr Sorrel" in done.content.decode()
    assert "Glasses" in done.content.decode()
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Health assessment held" in story
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.get(address).status_code == 404


@pytest.mark.by_turns(8)
def test_teeth_immunisations_and_eyes_are_due_by_themselves_and_told_to_no_director(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    client.force_login(watched.worker)
    page = reverse("child_due", args=[watched.child.reference])
    before = client.get(page).content.decode()
    for kind, title in (("dental", "Dental check"), ("immunisation", "Immunisations"), ("eyes", "Eye test")):
        # Care began with the arrival, and the policy asked from that day on.
        assert papers.clock_of(watched.child, kind).due_at == add_months(AT - DAY, 3), kind
        # What is due, and what was held last.
        assert before.count(title) >= 2, kind
    address = reverse("held_new", args=[watched.child.reference, "immunisation"])
    assert "Which are given, which are missing" in client.get(address).content.decode()
    day = {"held_date_day": 2, "held_date_month": 3, "held_date_year": 2026}
    form = {**day, "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d14", "led_by": "Nurse Tamsin Weir"}
    done = client.post(address, {**form, "note": "MMR is missing"}, follow=True).content.decode()
    assert "MMR is missing" in done
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Immunisations checked" in story
    assert "Immunisations checked held" not in story
    late = add_months(AT, 3) + 90 * DAY
    # Of a child who is looked for no paper is asked.
    seen(watched.child, by=watched.worker, at=late - HOUR)
    sweep.sweep_all(now=late)
    assert [papers.steps(watched.child, kind) for kind in ("dental", "eyes")] == [["R1", "R2", "R4"]] * 2
    assert papers.steps(watched.child, "immunisation") == []
    held(watched, "dental", held_date=london_day(late), at=late)
    sweep.sweep_all(now=late + HOUR)
    assert not papers.is_open(watched.child, "dental")
    assert papers.is_open(watched.child, "eyes")


@pytest.mark.by_turns
def test_a_child_is_under_five_by_the_birth_date_that_they_go_by() -> None:
    papers.asked_for()
    # Five on 15 September, and on 15 July of that year.
    for born, precision, months in (
        (date(2021, 9, 15), "day", 6),
        (date(2021, 7, 1), "year", 12),
        (date(2022, 7, 1), "year", 6),
    ):
        one = a_watched_child(at=AT + HOUR, birth_date=born, birth_date_precision=precision)
        row = held(one, "health")
        assert papers.clock_of(one.child, "health").due_at == add_months(row.held_at, months)


@pytest.mark.by_turns
def test_the_plan_for_the_18th_birthday_is_due_three_months_before_it_also_on_a_leap_day() -> None:
    papers.asked_for()
    one = a_watched_child(at=AT + HOUR, birth_date=date(2008, 2, 29))
    assert not Clock.objects.filter(child=one.child, duty=ONCE).exists(), "18 on the day before the arrival"
    other = a_watched_child(at=AT + HOUR, birth_date=date(2009, 2, 28))
    assert papers.clock_of(other.child, ONCE).due_at == at_london(date(2026, 11, 28), time())
    half = date(2026, 8, 28)
    held(other, ONCE, held_date=half - DAY, at=at_london(half, time(9)))
    assert papers.clock_of(other.child, ONCE).due_at is not None, "a plan of before there was one to be made"
    held(other, ONCE, held_date=half + DAY, at=at_london(half + 2 * DAY, time(9)))
    assert Clock.objects.get(child=other.child, duty=ONCE).due_at is None
    early = AT - 250 * DAY
    papers.asked_for(early - DAY)
    leap = a_watched_child(at=early, birth_date=date(2008, 2, 29))
    assert papers.clock_of(leap.child, ONCE).due_at == at_london(date(2025, 12, 1), time()), "18 on 1 March"


@pytest.mark.by_turns
def test_of_a_year_alone_the_18th_birthday_is_planned_before_the_first_day_that_it_can_be() -> None:
    papers.asked_for()
    for kept in (date(2009, 7, 15), date(2009, 7, 1)):
        one = a_watched_child(at=AT + HOUR, birth_date=kept, birth_date_precision="year")
        assert papers.clock_of(one.child, ONCE).due_at == at_london(date(2026, 10, 1), time()), kept
    # Perhaps 18 already, surely before the year is out: three months from the arrival, for nobody can say.
    perhaps = a_watched_child(at=AT + HOUR, birth_date=date(2008, 7, 15), birth_date_precision="year")
    assert papers.clock_of(perhaps.child, ONCE).due_at == add_months(AT + HOUR, 3)
    past = a_watched_child(at=AT + HOUR, birth_date=date(2007, 7, 15), birth_date_precision="year")
    assert not Clock.objects.filter(child=past.child, duty=ONCE).exists()
