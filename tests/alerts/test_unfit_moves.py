"""A council's new times of roll-calls, and homes that call theirs at times of their own: none is left without room."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import revisions, roll_call_times
from alerts.models import Clock, PolicyVersion
from cases import clock
from cases.deadlines import london_day
from cases.models import Home, HomeEvent, Role, RollCallShift
from tests.alerts.test_policy_new_page import answers, drafting
from tests.factories import AT, Watched, a_person, a_watched_child, seen

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TOMORROW, SINCE = date(2026, 3, 3), date(2026, 3, 4)
# Teatime is from 5pm to 6pm as delivered, evening from 8pm to 9pm: here from 7pm to 8pm.
EARLIER = {"evening_opens": 19 * 60, "evening_closes": 20 * 60}


@pytest.fixture
def watched() -> Watched:
    """A child in its first 72 hours, in a home of the council's own area."""
    return a_watched_child()


def moved(
    of: Watched, window: str, minutes: int, day: date = TOMORROW, *, at: datetime = AT
) -> RollCallShift:
    return roll_call_times.move(of.home, window, minutes=minutes, from_date=day, by=of.carer, at=at)


def agreed(of: Watched, begins: datetime, *, at: datetime, ends: bool = False, **figures: int) -> None:
    first, second = (a_person(Role.ADMINISTRATOR, authority=of.authority) for _ in range(2))
    key, pk = "first_72_hours", of.authority.pk
    number = revisions.number_of(key, pk)
    said = {"follows_delivered": ends, "untried_why": "No past days yet"}
    draft = revisions.Draft(key, number, figures, begins, "As the board decided", pk, **said)
    assert not list(revisions.faults(draft, revisions.last_of(key, pk), at=at))
    revisions.put_in_force(draft, seconded_by=second, by=first, at=at)


def at_three(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=AT.tzinfo)


def stands(home: Home, day: date) -> dict[str, int]:
    found = roll_call_times.of(home, now=at_three(day) + 9 * HOUR)
    return {one.window.name: one.minutes for one in found if one.minutes}


@pytest.mark.by_turns
def test_what_has_no_room_beside_the_new_times_ends_as_they_begin_and_all_else_stays(
    watched: Watched,
) -> None:
    moved(watched, "teatime", 90)
    moved(watched, "night", 30)
    strange = a_watched_child()
    moved(strange, "teatime", 90)
    agreed(watched, at_three(SINCE), at=AT, **EARLIER)
    assert stands(watched.home, TOMORROW) == {"teatime": 90, "night": 30}
    assert stands(watched.home, SINCE) == {"night": 30}
    event = HomeEvent.objects.filter(home=watched.home).latest("number")
    assert (event.data["window"], event.data["minutes"], event.data["policy"]) == (
        "teatime",
        0,
        "first_72_hours",
    )
    assert stands(strange.home, SINCE) == {"teatime": 90}, "no child of this council lives there"
    # Of that day the roll-call is asked for when the policy says.
    noon = at_three(SINCE) + 10 * HOUR
    seen(watched.child, by=watched.carer, at=noon)
    due_at = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at
    assert due_at == at_three(SINCE) + 15 * HOUR


@pytest.mark.by_turns
def test_a_move_that_is_to_come_and_both_of_a_pair_end_from_the_day_on_which_there_is_no_room(
    watched: Watched,
) -> None:
    later = SINCE + 5 * DAY
    moved(watched, "evening", -30)
    moved(watched, "teatime", 60, later)
    agreed(watched, at_three(SINCE), at=AT, **EARLIER)
    assert stands(watched.home, SINCE) == {"evening": -30}, "to half past six, after teatime"
    assert stands(watched.home, later) == {}


def test_no_move_ends_on_a_day_whose_roll_calls_may_be_over_as_the_version_begins(watched: Watched) -> None:
    moved(watched, "teatime", 90)
    key, pk = "first_72_hours", watched.authority.pk
    for hours, day in ((0, SINCE), (9, SINCE + DAY)):
        begins = at_three(SINCE) + hours * HOUR
        draft = revisions.Draft(key, revisions.number_of(key, pk), EARLIER, begins, "As decided", pk)
        found = revisions.moves_ended(draft, revisions.last_of(key, pk), at=AT)
        assert [(one.window, one.from_date) for one in found] == [("teatime", day)]


@pytest.mark.by_turns
def test_what_is_delivered_for_later_is_not_what_a_draft_that_begins_before_it_changes(
    watched: Watched,
) -> None:
    key, pk = "first_72_hours", watched.authority.pk
    last = revisions.last_of(key, pk)
    same = revisions.Draft(key, last.version, EARLIER, at_three(SINCE) + 6 * HOUR, "As decided", pk)
    PolicyVersion.objects.create(
        key=key,
        version=last.version + 1,
        data=revisions.data_of(same, last),
        takes_effect_at=at_three(SINCE + 5 * DAY),
        published_at=AT,
        reason="A release",
    )
    found = revisions.faults(replace(same, values={}), revisions.last_of(key, pk), at=AT)
    assert "takes_effect_at" in [one.figure for one in found], "its windows are moved at nine in the morning"


@pytest.mark.by_turns
def test_going_back_to_what_is_delivered_ends_what_it_leaves_no_room_for(watched: Watched) -> None:
    agreed(watched, at_three(TOMORROW), at=AT, evening_opens=21 * 60, evening_closes=22 * 60)
    moved(watched, "teatime", 120, SINCE)
    moved(watched, "evening", -30, SINCE)
    agreed(watched, at_three(SINCE + DAY), at=AT + HOUR, ends=True)
    assert stands(watched.home, SINCE) == {"teatime": 120, "evening": -30}
    assert stands(watched.home, SINCE + DAY) == {}


@pytest.mark.by_turns(8)
def test_whoever_agrees_reads_whose_times_end_and_the_home_reads_why(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    client.force_login(admin)
    typed = {"evening_opens": "7pm", "evening_closes": "8pm", "takes_effect_at_time": "3am"}
    said = answers("first_72_hours", AT, admin, **typed)
    address = drafting(admin, "first_72_hours")
    assert "Homes whose own times end" not in client.post(address, said).content.decode()
    moved(watched, "teatime", 90)
    shown = client.post(address, said).content.decode()
    assert "Homes whose own times end" in shown
    assert "Teatime, 1 hour 30 minutes later, ends on" in shown
    assert watched.home.name in shown
    elsewhere = a_watched_child().authority
    Home.objects.filter(pk=watched.home.pk).update(authority=elsewhere)
    shown = client.post(address, said).content.decode()
    assert "A home outside your area" in shown
    assert watched.home.name not in shown
    agreed(watched, at_three(london_day(AT) + 2 * DAY), at=AT, **EARLIER)
    client.force_login(watched.carer)
    page = client.get(reverse("roll_call_times", args=[watched.home.pk])).content.decode()
    assert "has other times, beside which it would overlap or change places" in page
