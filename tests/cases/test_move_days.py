"""The closer watch around the day of a move that was announced: it ends where the move does not come, and not before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import calendar_events
from cases import clock, concerns, journeys, partings, restrictions, row_history, transfers
from cases.deadlines import london_day, midday
from cases.models import Child, Event, Journey, PlannedPlacement, RowChange, Transfer, Trigger
from cases.planned_placements import Planned
from tests.cases.expectations import taken_back
from tests.factories import (
    AT,
    Watched,
    a_brother,
    a_home,
    a_watched_child,
    accepted,
    arrived,
    placed,
    planned,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY
TOLD = "Her brother Tesfay: sad, wants to visit on Sunday"
UNSAID = "Somebody linked with the child stayed behind. Who it is cannot be shown here"


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    return a_brother(watched)


def to_be(watched: Watched, *, days: int = 10) -> Planned:
    home = a_home(watched.authority)
    day = london_day(NOW + days * DAY)
    return Planned(home=home, authority=home.authority, planned_date=day, reason="Nearer to school")


def moves(child: Child, *, after: datetime = NOW) -> list[Trigger]:
    return list(Trigger.objects.filter(child=child, kind="move", happens_at__gt=after))


def is_watched(child: Child) -> bool:
    return any(row.watched[1] > row.watched[0] for row in moves(child))


@pytest.mark.by_turns
def test_what_the_engine_entered_of_a_planned_move_ends_with_it_and_says_of_nobody_who_ended_it(
    watched: Watched, brother: Child
) -> None:
    named = [watched.desk.person]
    restrictions.restrict(brother, reason="Threats", named=named, by=watched.manager, at=NOW - HOUR)
    row = partings.plan(watched.child, to_be(watched), by=watched.worker, at=NOW)
    assert [one.recorded_by for one in moves(brother)] == [None]
    assert is_watched(brother)
    partings.call_off(row, why="No bed in Lindale", by=watched.worker, at=NOW + DAY)
    assert not is_watched(brother)
    assert not is_watched(watched.child)
    (his,) = moves(brother)
    assert (his.answered_at, his.answered_by, his.answer) == (NOW + DAY, None, "The move was called off.")
    event = Event.objects.get(child=brother, kind="trigger_answered")
    assert event.actor is None, "who ended it would say which child does not go"
    assert calendar_events.coming([brother.pk], now=NOW + DAY) == []


@pytest.mark.by_turns
@pytest.mark.this_hour
def test_nor_does_the_history_of_the_row_name_whoever_called_it_off(watched: Watched, brother: Child) -> None:
    named = [watched.desk.person]
    restrictions.restrict(brother, reason="Threats", named=named, by=watched.manager, at=NOW - HOUR)
    row = partings.plan(watched.child, to_be(watched), by=watched.worker, at=NOW)
    with row_history.naming(lambda: (watched.worker.pk, "r-1")):
        partings.call_off(row, why="No bed", by=watched.worker, at=NOW + DAY)
    changes = RowChange.objects.filter(table="cases_trigger")
    assert set(changes.filter(row=moves(brother)[0].pk).values_list("actor", "request")) == {(None, "")}
    own = [one.pk for one in moves(watched.child)]
    assert set(changes.filter(row__in=own).values_list("actor", flat=True)) == {watched.worker.pk}


@pytest.mark.by_turns
def test_of_a_child_who_is_kept_from_somebody_the_brother_is_watched_no_more_either(
    watched: Watched, brother: Child
) -> None:
    concerns.keep_from(watched.child, watched.guardian, reason="x", by=watched.manager, at=NOW - HOUR)
    row = partings.plan(watched.child, to_be(watched), parted=TOLD, by=watched.worker, at=NOW)
    partings.call_off(row, why="No bed", by=watched.worker, at=NOW + DAY)
    # That they were told of it today is watched on.
    (his,) = moves(brother, after=NOW + 2 * DAY)
    assert his.watched[0] == his.watched[1]


@pytest.mark.by_turns
def test_a_closer_watch_that_has_begun_goes_on(watched: Watched, brother: Child) -> None:
    row = partings.plan(watched.child, to_be(watched), parted=TOLD, by=watched.worker, at=NOW)
    partings.call_off(row, why="No bed", by=watched.worker, at=NOW + 8 * DAY)
    assert is_watched(brother)
    assert is_watched(watched.child)


@pytest.mark.by_turns
def test_whoever_has_left_that_home_since_is_watched_no_more_for_a_move_on_another_day(
    watched: Watched, brother: Child
) -> None:
    wanted = to_be(watched)
    partings.plan(watched.child, wanted, parted=TOLD, by=watched.worker, at=NOW)
    placed(brother, a_home(watched.authority), starts_at=NOW + DAY, at=NOW + DAY)
    early = NOW + 2 * DAY
    said = {"where": wanted.home, "placement_type": "K2", "starts_at": early}
    partings.place(watched.child, **said, by=watched.worker, at=early)
    assert [one.answer for one in moves(brother)] == ["The child moved on another day."]
    assert not is_watched(brother)


def on_the_way(watched: Watched, *, days: int = 5, **said: object) -> Journey:
    departs_at = NOW + days * DAY
    return planned(watched.child, by=watched.worker, departs_at=departs_at, at=NOW, parted=TOLD, **said)


@pytest.mark.by_turns
def test_a_journey_that_is_broken_off_before_it_begins_watches_nobody(
    watched: Watched, brother: Child
) -> None:
    journey = on_the_way(watched)
    assert is_watched(brother)
    journeys.break_off(journey, reason="No car", by=watched.worker, at=NOW + DAY)
    assert not is_watched(brother)
    assert not is_watched(watched.child)
    on_the_way(watched)
    assert is_watched(brother), "another journey is another day"


def test_where_another_plan_is_for_that_day_they_stay_watched(watched: Watched, brother: Child) -> None:
    journey = on_the_way(watched, days=10)
    partings.plan(watched.child, to_be(watched), by=watched.worker, at=NOW + HOUR)
    before = Trigger.objects.count()
    journeys.break_off(journey, reason="No car", by=watched.worker, at=NOW + DAY)
    assert is_watched(brother)
    assert is_watched(watched.child)
    row = PlannedPlacement.objects.open().get()
    partings.call_off(row, why="No bed", by=watched.worker, at=NOW + DAY)
    assert Trigger.objects.count() == before


@pytest.fixture
def going(watched: Watched) -> Transfer:
    receiver = a_watched_child(risk="low")
    return accepted(
        referred(watched.child, receiver.authority, by=watched.worker, at=NOW), receiver.worker, at=NOW
    )


def agree(going: Transfer, days: int, *, at: datetime = NOW, parted: str = TOLD) -> Transfer:
    day = london_day(NOW + days * DAY)
    return transfers.agree_day(going, day, parted=parted, by=going.referred_by, at=at)


@pytest.fixture
def agreed(brother: Child, going: Transfer) -> Transfer:
    """The same, and the day that is in ten days is agreed, while the brother stays."""
    return agree(going, 10)


def watched_days(child: Child) -> list[int]:
    """In how many days from now each day of a move is around which the child is watched, that it was told today aside."""
    ahead = [row for row in moves(child, after=NOW + DAY) if row.watched[1] > row.watched[0]]
    return [(london_day(row.happens_at) - london_day(NOW)).days for row in ahead]


@pytest.mark.by_turns
def test_the_watch_goes_with_the_day_of_a_transfer_there_and_back_again(
    watched: Watched, brother: Child, agreed: Transfer
) -> None:
    assert [one.happens_at for one in moves(brother)] == [midday(london_day(NOW + 10 * DAY))]
    for hours, day in ((1, 20), (2, 10), (3, 20), (4, 10)):
        agree(agreed, day, at=NOW + hours * HOUR)
        assert watched_days(watched.child) == [day]
        assert watched_days(brother) == [day]
    dropped = Trigger.objects.filter(child=brother, answered_at__isnull=False)
    assert {one.answer for one in dropped} == {"Another day was agreed."}
    transfers.withdraw(agreed, reason="An aunt was found here", by=watched.worker, at=NOW + DAY)
    assert (watched_days(watched.child), watched_days(brother)) == ([], [])


@pytest.mark.by_turns
def test_a_day_that_is_agreed_once_more_is_watched_once_and_ends_with_all_that_was_said(
    watched: Watched, brother: Child, agreed: Transfer
) -> None:
    agree(agreed, 10, at=NOW + HOUR)
    assert (watched_days(watched.child), watched_days(brother)) == ([10], [10])
    agree(agreed, 10, at=NOW + 2 * HOUR, parted="Her brother Tesfay: wants to come along")
    assert watched_days(brother) == [10, 10], "what he says now is on his record too"
    agree(agreed, 20, at=NOW + 3 * HOUR)
    assert (watched_days(watched.child), watched_days(brother)) == ([20], [20])


@pytest.mark.by_turns
def test_a_watch_around_the_first_day_that_has_begun_goes_on_beside_the_new_one(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    agree(going, 2)
    agree(going, 10, at=NOW + HOUR)
    assert sorted(watched_days(watched.child)) == [2, 10]
    assert sorted(watched_days(brother)) == [2, 10]


@pytest.mark.by_turns
def test_where_a_placement_is_planned_for_the_first_day_its_watch_stays(
    watched: Watched, brother: Child, agreed: Transfer
) -> None:
    partings.plan(watched.child, to_be(watched), parted=TOLD, by=watched.worker, at=NOW + HOUR)
    agree(agreed, 20, at=NOW + 2 * HOUR)
    assert set(watched_days(watched.child)) == {10, 20}


@pytest.mark.by_turns
def test_a_journey_broken_off_before_another_day_is_agreed_leaves_no_watch_around_its_own(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    journey = on_the_way(watched, days=10, kind=Journey.Kind.TRANSFER)
    agree(going, 10, parted="")
    journeys.break_off(journey, reason="No car", by=watched.worker, at=NOW + HOUR)
    assert watched_days(watched.child) == [10], "the transfer is for that day still"
    agree(going, 20, at=NOW + 2 * HOUR)
    assert (watched_days(watched.child), watched_days(brother)) == ([20], [20])


@pytest.mark.by_turns
def test_a_journey_that_is_planned_for_the_first_day_is_called_off_and_who_stays_is_asked_anew(
    watched: Watched, brother: Child, agreed: Transfer
) -> None:
    journey = on_the_way(watched, days=10, kind=Journey.Kind.TRANSFER)
    # The day for which it is planned, agreed once more: nobody is asked again, and it goes on.
    agree(agreed, 10, at=NOW + HOUR, parted="")
    journey.refresh_from_db()
    assert journey.ended_at is None
    assert 10 in watched_days(watched.child)
    assert 10 in watched_days(brother)
    with pytest.raises(partings.NotAsked):
        agree(agreed, 20, at=NOW + 2 * HOUR, parted="")
    agree(agreed, 20, at=NOW + 2 * HOUR)
    journey.refresh_from_db()
    assert (journey.ended_at, journey.reason) == (NOW + 2 * HOUR, "Another day was agreed for the transfer")
    assert watched_days(watched.child) == watched_days(brother) == [20]


@pytest.mark.by_turns
def test_a_child_who_goes_before_the_agreed_day_is_watched_around_it_no_more(
    watched: Watched, brother: Child, agreed: Transfer
) -> None:
    times = {"left_at": NOW + DAY, "expected_at": NOW + DAY + 2 * HOUR}
    for arrives in (False, True):
        with taken_back():
            going = Transfer.objects.get(pk=agreed.pk)
            if arrives:
                arrived(going, at=NOW + DAY)
            else:
                transfers.set_out(going, **times, by=watched.worker, at=NOW + DAY)
            assert 10 not in watched_days(watched.child), arrives
            assert 10 not in watched_days(brother), arrives
            dropped = Trigger.objects.filter(answered_at__isnull=False)
            assert {one.child for one in dropped} == {watched.child, brother}, arrives
            assert {one.answer for one in dropped} == {"The child moved on another day."}, arrives


@pytest.mark.by_turns
def test_a_journey_of_a_transfer_that_is_tried_again_on_the_agreed_day_is_watched_then(
    watched: Watched, brother: Child, agreed: Transfer
) -> None:
    times = {"left_at": NOW + DAY, "expected_at": NOW + DAY + 2 * HOUR}
    on_way = transfers.set_out(agreed, **times, by=watched.worker, at=NOW + DAY)
    agree(on_way, 10, at=NOW + DAY + HOUR)
    assert 10 in watched_days(watched.child)
    assert 10 in watched_days(brother)


@pytest.mark.by_turns(8)
def test_of_what_a_person_entered_the_database_takes_nobodys_answer(watched: Watched) -> None:
    partings.plan(watched.child, to_be(watched), by=watched.worker, at=NOW)
    (own,) = moves(watched.child)
    with pytest.raises(IntegrityError, match="trigger_answered_by_somebody"), transaction.atomic():
        Trigger.objects.filter(pk=own.pk).update(answered_at=NOW, answer="x")


def test_the_form_of_a_plan_asks_where_somebody_is_parted_and_not_in_the_same_home(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    address = reverse("planned_placement", args=[watched.child.reference])
    wanted = replace(to_be(watched), home=watched.home)
    day = wanted.planned_date
    form = {
        "form": "plan",
        "planned_date_day": day.day,
        "planned_date_month": day.month,
        "planned_date_year": day.year,
        "reason": "Another room",
    }
    other = client.post(address, {**form, "where": a_home(watched.authority).pk})
    assert list(other.context["form"].errors) == ["parted"]
    assert client.post(address, {**form, "where": watched.home.pk}).status_code == 302
    assert PlannedPlacement.objects.get(child=watched.child).home == watched.home
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_words_typed_for_a_placement_in_the_same_home_are_no_news_of_a_parting(
    watched: Watched, brother: Child
) -> None:
    said = {"where": watched.home, "placement_type": "K2", "starts_at": NOW, "room": "3", "parted": TOLD}
    assert partings.place(watched.child, **said, by=watched.worker, at=NOW).parted == ""


def gone(watched: Watched, receiver: Watched) -> Transfer:
    """The child has moved within the first authority, by a journey and a placement, and then to another authority."""
    on_the_way(watched, days=1)
    journey = Journey.objects.get()
    journeys.break_off(journey, reason="No car", by=watched.worker, at=NOW + HOUR)
    said = {"where": a_home(watched.authority), "placement_type": "K2", "starts_at": NOW + 2 * HOUR}
    partings.place(watched.child, **said, parted=TOLD, by=watched.worker, at=NOW + 2 * HOUR)
    offered = referred(watched.child, receiver.authority, by=watched.worker, at=NOW + 3 * HOUR)
    going = accepted(offered, receiver.worker, at=NOW + 3 * HOUR)
    return transfers.agree_day(going, london_day(NOW), by=watched.worker, at=NOW + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_who_was_parted_is_history_and_the_next_authority_reads_no_name_that_it_may_not_open(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = a_watched_child(risk="low")
    going = gone(watched, receiver)
    monkeypatch.setattr(clock, "now", lambda: NOW + 4 * HOUR)
    client.force_login(watched.worker)
    pages = [reverse(name, args=[watched.child.reference]) for name in ("child_placements", "journey")]
    own = [client.get(page).content.decode() for page in pages]
    assert all("Tesfay" in text for text in own)
    assert "Was parted then from:" in own[0]
    assert "Was to be parted from" in own[1]
    arrived(going, at=NOW + 4 * HOUR)
    client.force_login(receiver.worker)
    for page in pages:
        text = client.get(page).content.decode()
        assert UNSAID in text
        assert "Tesfay" not in text


@pytest.mark.by_turns
def test_a_journey_to_come_says_who_is_parted_as_it_is(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_the_way(watched)
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    client.force_login(watched.worker)
    text = client.get(reverse("journey", args=[watched.child.reference])).content.decode()
    assert "Parted from" in text
    assert "Was parted" not in text
    assert "Tesfay" in text
