"""Triggers that the application knows by itself: an age decision, the day of a transfer, 17 years and 9 months."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import ages, clock, concerns, links, partings, transfers, triggers, turnings
from cases.deadlines import at_london, london_day, midday
from cases.models import AccessRecord, Child, Transfer, Trigger
from cases.states import AgeStatus
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_watched_child,
    accepted,
    case_closed,
    ended,
    missing,
    placed,
    planned,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 10 * DAY
TOLD = "Her brother Tesfay: sad, wants to visit on Sunday"


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def brother(watched: Watched) -> Child:
    found = a_child(team=watched.team, given_name="Tesfay", worker=watched.worker)
    placed(found, watched.home)
    said = links.Claim(kind="sibling", said_by="The child")
    links.say(watched.child, found, said, by=watched.worker, at=AT + HOUR)
    return found


@pytest.fixture
def transfer(watched: Watched, receiver: Watched) -> Transfer:
    offered = referred(watched.child, receiver.authority, by=watched.worker, at=NOW)
    return accepted(offered, receiver.worker, at=NOW)


def decided(watched: Watched, status: str, *, on: date) -> None:
    said = {"decided_date": on, "decided_by": "Age team", "grounds": "Papers", "place": "A hotel"}
    by, other = watched.worker, watched.manager
    decision = ages.Decision(age_status=status, **said)
    ages.decide(watched.child, decision, seconded_by=other, by=by, at=NOW)


def of(child: Child) -> list[tuple[str, datetime]]:
    return list(Trigger.objects.filter(child=child).order_by("happens_at").values_list("kind", "happens_at"))


@pytest.mark.by_turns
def test_a_decision_about_the_age_is_a_trigger(watched: Watched) -> None:
    decided(watched, AgeStatus.DISPUTED, on=london_day(NOW))
    assert of(watched.child) == [("age", NOW)]
    trigger = Trigger.objects.get()
    assert (trigger.note, trigger.recorded_by) == ("Age disputed: treat as a child", watched.worker)


@pytest.mark.by_turns
def test_one_of_a_day_before_is_one_at_midday_and_one_that_is_over_is_none(watched: Watched) -> None:
    decided(watched, AgeStatus.DISPUTED, on=london_day(NOW - 2 * DAY))
    assert of(watched.child) == [("age", midday(london_day(NOW - 2 * DAY)))]
    decided(watched, AgeStatus.IN_PROGRESS, on=london_day(NOW - 5 * DAY))
    assert len(of(watched.child)) == 1


def agreed(transfer: Transfer, day: date, *, by: object, at: datetime = NOW, **said: str) -> Transfer:
    return transfers.agree_day(transfer, day, by=by, at=at, **said)


@pytest.mark.by_turns
def test_the_agreed_day_is_a_trigger_and_that_the_child_is_told_now(watched, transfer) -> None:
    day = london_day(NOW + 6 * DAY)
    for _again in range(2):
        agreed(transfer, day, by=watched.worker)
    assert of(watched.child) == [("move", NOW), ("move", midday(day))]
    agreed(transfer, london_day(NOW + DAY), by=watched.worker, at=NOW + HOUR)
    assert of(watched.child)[1] == ("move", midday(london_day(NOW + DAY)))


@pytest.mark.by_turns
def test_where_a_journey_has_told_of_that_day_it_is_entered_once(watched, transfer) -> None:
    planned(watched.child, by=watched.worker, departs_at=NOW + HOUR, at=NOW, kind="transfer")
    agreed(transfer, london_day(NOW), by=watched.worker)
    assert of(watched.child) == [("move", NOW + HOUR)]


@pytest.mark.by_turns
def test_a_departure_on_another_day_is_a_trigger_too(watched, transfer) -> None:
    day = london_day(NOW + 2 * DAY)
    going = agreed(transfer, day, by=watched.worker)
    transfers.set_out(going, left_at=NOW, expected_at=NOW + HOUR, by=watched.worker, at=NOW)
    assert of(watched.child) == [("move", NOW), ("move", midday(day))]


@pytest.mark.by_turns
def test_who_stays_in_the_home_is_told_asked_and_watched(watched, transfer, brother) -> None:
    day = london_day(NOW + DAY)
    words = (
        "Somebody who is linked with the child lives in the same home: enter who is parted, and what they said when told"
        " and asked."
    )
    with refused(watched.child, words, partings.NotAsked):
        agreed(transfer, day, by=watched.worker)
    going = agreed(transfer, day, by=watched.worker, parted=TOLD)
    his = Trigger.objects.get(child=brother)
    assert (his.kind, his.happens_at, his.note) == ("move", midday(day), TOLD)
    # Asked once: of the departure on that day nothing is asked again.
    left_at = NOW + DAY
    transfers.set_out(going, left_at=left_at, expected_at=left_at + HOUR, by=watched.worker, at=left_at)
    assert Trigger.objects.filter(child=brother).count() == 1


@pytest.mark.by_turns
def test_where_the_receiver_agreed_the_day_the_sender_asks_before_the_child_leaves(
    watched, receiver, transfer, brother
) -> None:
    going = agreed(transfer, london_day(NOW), by=receiver.worker)
    unseen = Trigger.objects.get(child=brother)
    assert (unseen.note, TOLD in unseen.note) == ("a linked child: →", False)
    leave = {"left_at": NOW, "expected_at": NOW + HOUR, "by": watched.worker, "at": NOW}
    with pytest.raises(partings.NotAsked):
        transfers.set_out(going, **leave)
    transfers.set_out(going, parted=TOLD, **leave)
    assert set(Trigger.objects.filter(child=brother).values_list("note", flat=True)) == {unseen.note, TOLD}


def his_notes(brother: Child) -> set[tuple[str, str | None]]:
    """What stands in his record, and who wrote it."""
    rows = Trigger.objects.filter(child=brother).select_related("recorded_by")
    return {(one.note, one.recorded_by.name if one.recorded_by else None) for one in rows}


@pytest.mark.by_turns
def test_what_he_said_stands_in_his_record_though_the_receiver_agreed_that_day_before(
    watched, receiver, transfer, brother
) -> None:
    day = london_day(NOW + DAY)
    agreed(transfer, day, by=receiver.worker)
    going = agreed(transfer, day, by=watched.worker, parted=TOLD, at=NOW + HOUR)
    assert his_notes(brother) == {("a linked child: →", None), (TOLD, watched.worker.name)}
    assert (going.parted, going.parted_date) == (TOLD, day)
    assert transfers.was_asked(going)
    again = agreed(transfer, day, by=receiver.worker, at=NOW + 2 * HOUR)
    assert (again.parted, transfers.was_asked(again)) == (TOLD, True)
    assert Trigger.objects.filter(child=brother).count() == 2


@pytest.mark.by_turns
def test_of_another_day_the_receiver_asked_nobody(watched, receiver, transfer, brother) -> None:
    agreed(transfer, london_day(NOW + DAY), by=watched.worker, parted=TOLD)
    again = agreed(transfer, london_day(NOW + 2 * DAY), by=receiver.worker, at=NOW + HOUR)
    assert (again.parted, transfers.was_asked(again)) == (TOLD, False)


@pytest.mark.by_turns
def test_of_a_child_who_is_kept_from_somebody_he_is_asked_once_and_nobody_is_named(
    watched, receiver, transfer, brother
) -> None:
    concerns.keep_from(watched.child, watched.guardian, reason="x", by=watched.manager, at=NOW)
    day = london_day(NOW)
    going = agreed(transfer, day, by=watched.worker, parted=TOLD)
    assert transfers.was_asked(going)
    transfers.set_out(going, left_at=NOW, expected_at=NOW + HOUR, by=watched.worker, at=NOW)
    assert his_notes(brother) == {("a linked child: →", None)}
    event = brother.events.get(kind="trigger_entered")
    assert (event.actor, event.actor_label) == (None, "Rollcall")


@pytest.mark.by_turns(8)
def test_other_words_of_the_same_day_stand_beside_the_first_where_a_journey_told_of_it(
    watched, transfer, brother
) -> None:
    triggers.record(
        [watched.child], kind="move", happens_at=NOW + DAY, note="A flat", by=watched.worker, at=NOW
    )
    day = london_day(NOW + DAY)
    agreed(transfer, day, by=watched.worker, parted=TOLD)
    going = agreed(transfer, day, by=watched.manager, parted="Tesfay: not sad now", at=NOW + HOUR)
    assert his_notes(brother) == {
        (TOLD, watched.worker.name),
        ("Tesfay: not sad now", watched.manager.name),
    }
    assert going.parted == "Tesfay: not sad now"


@pytest.mark.by_turns
@pytest.mark.parametrize("late", [73, 100])
def test_a_departure_that_is_written_down_days_later_is_recorded_and_nobody_is_watched_for_it(
    watched, receiver, transfer, brother, late: int
) -> None:
    going = agreed(transfer, london_day(NOW), by=receiver.worker)
    before = Trigger.objects.count()
    said = {"left_at": NOW, "expected_at": NOW + HOUR, "parted": TOLD}
    gone = transfers.set_out(going, **said, by=watched.worker, at=NOW + late * HOUR)
    assert (gone.left_at, gone.parted) == (NOW, TOLD)
    assert Trigger.objects.count() == before


@pytest.mark.by_turns
def test_of_a_guarded_child_no_hour_of_a_watch_that_is_over_by_midday_refuses_the_departure(
    watched, transfer, brother
) -> None:
    concerns.keep_from(watched.child, watched.guardian, reason="x", by=watched.manager, at=NOW)
    left_at = at_london(london_day(NOW), time(23))
    going = agreed(transfer, london_day(NOW), by=watched.worker, parted=TOLD)
    before = Trigger.objects.filter(child=brother).count()
    late = midday(london_day(NOW)) + 73 * HOUR
    going.moves_date = london_day(NOW) + DAY
    Transfer.objects.filter(pk=going.pk).update(moves_date=going.moves_date)
    said = {"left_at": left_at, "expected_at": left_at + HOUR, "parted": TOLD}
    assert transfers.set_out(going, **said, by=watched.worker, at=late).left_at == left_at
    assert Trigger.objects.filter(child=brother).count() == before


@pytest.mark.by_turns
def test_a_day_more_than_a_year_away_is_agreed(watched, transfer, brother) -> None:
    day = london_day(NOW + 400 * DAY)
    assert agreed(transfer, day, by=watched.worker, parted=TOLD).moves_date == day
    assert Trigger.objects.get(child=brother, happens_at=midday(day)).note == TOLD


@pytest.mark.by_turns(8)
def test_of_a_child_who_is_looked_for_nobody_is_asked_before_it_is_said_to_have_left(
    watched, transfer, brother
) -> None:
    going = agreed(transfer, london_day(NOW), by=watched.worker, parted=TOLD)
    missing(watched.child, by=watched.worker, at=NOW)
    gone = transfers.set_out(going, left_at=NOW, expected_at=NOW + HOUR, by=watched.worker, at=NOW + HOUR / 2)
    assert gone.left_at == NOW


def test_the_form_names_the_brother_to_whoever_may_open_him_alone(
    client: Client, monkeypatch, watched, receiver, transfer, brother
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    where = reverse("transfer_act", args=[watched.child.reference, "day"])
    client.force_login(receiver.worker)
    assert "Tesfay" not in client.get(where).content.decode()
    client.force_login(watched.worker)
    assert "Tesfay" in client.get(where).content.decode()
    assert AccessRecord.objects.filter(user=watched.worker, child=brother).exists()
    day = london_day(NOW + DAY)
    given = {"day_day": day.day, "day_month": day.month, "day_year": day.year}
    wrong = client.post(where, given)
    assert wrong.status_code == 422
    assert wrong.content.decode().count("Enter what they said when told and asked") == 2
    assert client.post(where, given | {"parted": TOLD}).status_code == 302
    assert Trigger.objects.get(child=brother).note == TOLD
    leave = client.get(reverse("transfer_act", args=[watched.child.reference, "leave"]))
    assert "Tesfay" not in leave.content.decode()
    own = reverse("transfer", args=[watched.child.reference])
    assert TOLD in client.get(own).content.decode()
    client.force_login(receiver.worker)
    theirs = client.get(own).content.decode()
    assert TOLD not in theirs
    assert "Somebody linked with the child stays behind." in theirs


# 17 years and 9 months on 10 September 2026.
BORN, TURNS = date(2008, 12, 10), midday(date(2026, 9, 10))


def turning(**details: object) -> Child:
    return a_watched_child(at=TURNS - 30 * DAY, **({"birth_date": BORN} | details)).child


@pytest.mark.by_turns
def test_17_years_and_9_months_is_entered_three_days_before_and_once(db) -> None:
    child = turning()
    assert turnings.enter(now=TURNS - 72 * HOUR - timedelta(seconds=1)) == 0
    for _again in range(2):
        turnings.enter(now=TURNS - 71 * HOUR)
    trigger = Trigger.objects.get()
    assert (trigger.child, trigger.kind, trigger.happens_at) == (child, "turning_18", TURNS)
    assert (trigger.recorded_by, trigger.note) == (None, "17 years and 9 months")
    event = child.events.get(kind="trigger_entered")
    assert (event.actor, event.data["kind"]) == (None, "turning_18")


@pytest.mark.by_turns
@pytest.mark.parametrize(("late", "entered"), [(71, 1), (73, 0)])
def test_a_sweep_that_is_late_enters_it_while_the_watch_would_last(db, late: int, entered: int) -> None:
    turning()
    assert turnings.enter(now=TURNS + late * HOUR) == entered


@pytest.mark.by_turns
def test_of_a_month_alone_it_goes_by_the_fifteenth(db) -> None:
    turning(birth_date=date(2008, 12, 15), birth_date_precision="month")
    moment = midday(date(2026, 9, 15))
    assert turnings.enter(now=moment - HOUR) == 1
    assert Trigger.objects.get().happens_at == moment


def test_a_birth_date_that_is_corrected_has_its_own_day(db) -> None:
    child = turning()
    turnings.enter(now=TURNS)
    Child.objects.filter(pk=child.pk).update(birth_date=date(2008, 12, 12))
    assert turnings.enter(now=TURNS) == 1
    assert [at for _kind, at in of(child)] == [TURNS, TURNS + 2 * DAY]


@pytest.mark.by_turns
def test_a_child_of_whom_it_cannot_be_entered_stops_no_other(db, monkeypatch: pytest.MonkeyPatch) -> None:
    fails, other = turning(), turning()
    enter = triggers.enter

    def failing(child: Child, **said: Any) -> Trigger | None:
        trigger = enter(child, **said)
        if child == fails:
            raise RuntimeError("cannot be read")
        return trigger

    monkeypatch.setattr(triggers, "enter", failing)
    assert turnings.enter(now=TURNS) == 1
    assert [one.child for one in Trigger.objects.all()] == [other]
    monkeypatch.undo()
    assert turnings.enter(now=TURNS) == 1


@pytest.mark.by_turns
def test_nobody_is_watched_for_it_whose_case_is_closed_who_is_an_adult_or_has_died(db) -> None:
    case_closed(turning(), reason="age", at=TURNS - 10 * DAY)
    Child.objects.filter(pk=turning().pk).update(age_status=AgeStatus.ASSESSED_ADULT)
    dead = turning()
    ended(missing(dead, at=TURNS - 3 * DAY), outcome="died", at=TURNS - 2 * DAY)
    Child.objects.filter(pk=turning().pk).update(is_drill=True)
    turning(birth_date=None)
    assert turnings.enter(now=TURNS) == 0


def test_no_trigger_but_that_is_the_word_of_nobody(watched: Watched) -> None:
    with pytest.raises(IntegrityError, match="trigger_of_nobody_is_the_engines"), transaction.atomic():
        triggers.enter(
            watched.child, kind="friend", note="A", happens_at=NOW, key=uuid.uuid4(), by=None, at=NOW
        )
