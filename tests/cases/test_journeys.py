"""A journey: two escorts, stops at most two hours apart, each confirmed by somebody who has the child in sight."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cases import access, children, concerns, contacts, journey_pages, journey_plans, journeys
from cases.models import Contact, Journey, JourneyConfirmation, JourneyStop, Trigger
from cases.moves import SentBefore, other_words
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_watched_child, confirmed, journey_plan, missing, planned, somebody

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = AT + 24 * HOUR
DEPARTS = NOW + HOUR


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def journey(watched: Watched) -> Journey:
    return planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=NOW)


def plan(watched: Watched, **said: object) -> Journey:
    wanted = journey_plan(departs_at=DEPARTS, **({"told_at": NOW} | said))
    return journeys.plan(watched.child, wanted, by=watched.worker, at=NOW)


@pytest.mark.by_turns
def test_a_journey_is_planned_and_its_announcement_is_a_trigger(watched):
    with events(watched.child, "journey_planned", "trigger_entered"):
        journey = plan(watched)
    assert [s.place for s in journey.stops.all()] == ["Place 0", "Place 1", "Place 2"]
    trigger = Trigger.objects.get(child=watched.child)
    assert (trigger.kind, trigger.happens_at, trigger.note) == ("move", DEPARTS, journey.words)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("days", "watched_from"), [(10, [NOW, "departure"]), (4, [NOW, "departure"]), (3, ["departure"])]
)
def test_of_a_journey_that_is_days_away_that_the_child_was_told_is_a_trigger_too(watched, days, watched_from):
    departs_at = NOW + timedelta(days=days)
    key = uuid.uuid4()
    for _again in range(2):
        planned(watched.child, by=watched.worker, departs_at=departs_at, at=NOW, key=key)
    moments = Trigger.objects.filter(child=watched.child).order_by("happens_at").values_list("happens_at")
    expected = [departs_at if one == "departure" else one for one in watched_from]
    assert [moment for (moment,) in moments] == expected


@pytest.mark.by_turns
def test_what_the_child_was_told_long_ago_is_no_trigger_any_more(watched):
    said = {"departs_at": NOW + timedelta(days=10), "told_at": NOW - timedelta(days=4)}
    planned(watched.child, by=watched.worker, at=NOW, **said)
    assert Trigger.objects.filter(child=watched.child).count() == 1


def test_the_same_form_again_is_the_same_journey(watched):
    key = uuid.uuid4()
    first = plan(watched, key=key)
    with events(watched.child):
        assert plan(watched, key=key) == first


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"second_escort": "petra lindqvist "}, "Two people take the child, each with a phone of their own."),
        ({"second_phone": "07700 900111"}, "Two people take the child, each with a phone of their own."),
        ({"second_escort": " "}, "Enter the names and phones of two escorts."),
        (
            {"plate": ""},
            "Enter the vehicle with its number plate, the route, and who receives the child.",
        ),
        ({"words": " "}, "Enter what the child said when it was told and asked."),
        (
            {"second_email": "escorts@homeoffice.gov.uk"},
            "No mail of ours goes to a body that enforces immigration law.",
        ),
        ({"told_at": NOW + HOUR}, "The child is told and asked before the journey is planned."),
    ],
)
def test_a_plan_without_what_is_needed_is_refused(watched, said, words):
    with refused(watched.child, words):
        plan(watched, **said)


@pytest.mark.parametrize(
    ("apart", "words", "position"),
    [
        (2 * HOUR + timedelta(minutes=1), "at most 2 hours after the one before", 1),
        (timedelta(0), "later than the one before it", 1),
    ],
)
def test_a_stop_too_far_from_the_one_before_is_refused_at_that_stop(watched, apart, words, position):
    with pytest.raises(journey_plans.WrongStop, match=words) as caught:
        plan(watched, apart=apart)
    assert caught.value.position == position


def test_nothing_is_planned_for_yesterday_nor_for_longer_than_a_day(watched):
    late = journey_plan(departs_at=NOW - HOUR, told_at=NOW - 2 * HOUR)
    with pytest.raises(journey_plans.WrongStop, match="must be now or in the future"):
        journeys.plan(watched.child, late, by=watched.worker, at=NOW)
    with pytest.raises(journey_plans.WrongStop, match="within 24 hours"):
        plan(watched, stops=12, apart=2 * HOUR)


@pytest.mark.by_turns(8)
def test_a_long_journey_has_a_night_on_the_way_that_begins_after_8pm_and_ends_by_9am(watched):
    """From midday of a Tuesday in winter: five stops until 10pm, the night at the last, and on from there."""
    noon = NOW.replace(hour=12, minute=0)
    evening = [noon + 2 * number * HOUR for number in range(6)]

    def planned_by(morning, *, sleeps=5):
        moments = [*evening, morning, morning + 2 * HOUR]
        places = tuple(
            journey_plans.Place(place=f"Place {number}", due_at=moment, overnight=number == sleeps)
            for number, moment in enumerate(moments)
        )
        wanted = replace(journey_plan(departs_at=noon, told_at=NOW), places=places)
        return journeys.plan(watched.child, wanted, by=watched.worker, at=NOW)

    for morning, sleeps, words, position in (
        (evening[5] + 12 * HOUR, 5, "confirmed by 9am", 6),
        (evening[5] + 10 * HOUR, 3, "after 8pm", 3),
        (evening[5] + 10 * HOUR, 0, "where it is picked up", 0),
        (evening[5] + 10 * HOUR, 9, "at most 2 hours", 6),
    ):
        with pytest.raises(journey_plans.WrongStop, match=words) as caught:
            planned_by(morning, sleeps=sleeps)
        assert caught.value.position == position
    journey = planned_by(evening[5] + 10 * HOUR)
    assert [stop.overnight for stop in journey.stops.all()] == [False] * 5 + [True] + [False] * 2
    # Nobody rests from asking because the child came in the afternoon: it is confirmed there until the night begins.
    for at in (noon, noon + 3 * HOUR, noon + 5 * HOUR):
        confirmed(journey, 0 if at == noon else 5, by=watched.worker, at=at)
        page = journey_pages.read(watched.child, addressed=True, now=at)
        assert page is not None
        assert page.owed_at == at + 2 * HOUR
    confirmed(journey, 5, by=watched.worker, at=evening[4] + 30 * MINUTE)
    page = journey_pages.read(watched.child, addressed=True, now=evening[4] + HOUR)
    assert page is not None
    assert page.owed_at == evening[4] + 30 * MINUTE + 11 * HOUR
    words = "This stop, or a later one, is confirmed already. Open the page anew."
    with refused(watched.child, words):
        confirmed(journey, 5, by=watched.worker, at=evening[4] + HOUR)


@pytest.mark.by_turns(8)
def test_a_child_has_one_open_journey_and_none_while_missing(watched, journey):
    words = "A journey of this child is open. Record its hand-over, or break it off, first."
    with refused(watched.child, words):
        plan(watched)
    other = a_watched_child()
    missing(other.child, at=NOW)
    with refused(other.child, "A missing episode is open."):
        plan(other)


@pytest.mark.by_turns
def test_nobody_who_is_kept_from_the_child_takes_it(watched):
    from cases import concerns

    concerns.keep_from(watched.child, watched.carer, reason="An allegation", by=watched.manager, at=NOW)
    words = "These escorts cannot take this child. Choose others, or ask your manager."
    with refused(watched.child, words):
        plan(watched, second_escort=watched.carer.name.upper())


@pytest.mark.by_turns
def test_confirmations_are_sightings_and_the_last_hands_over(watched, journey):
    child = watched.child
    with events(child, "journey_confirmed"):
        confirmed(journey, 0, by=watched.worker, at=DEPARTS)
    contact = Contact.objects.get(child=child)
    assert (contact.means, contact.witness, contact.knows_child) == ("face_to_face", "Petra Lindqvist", True)
    confirmed(journey, 2, by=watched.desk.person, at=DEPARTS + 2 * HOUR)
    journey.refresh_from_db()
    assert (journey.ended_at, journey.reason) == (DEPARTS + 2 * HOUR, "")
    with refused(child, "This journey has ended already."):
        confirmed(journey, 2, by=watched.worker, at=DEPARTS + 3 * HOUR)


@pytest.mark.by_turns
def test_the_same_confirmation_again_is_one(watched, journey):
    key = uuid.uuid4()
    first = confirmed(journey, 0, by=watched.worker, at=DEPARTS, key=key)
    with events(watched.child):
        assert confirmed(journey, 0, by=watched.worker, at=DEPARTS, key=key) == first


@pytest.mark.by_turns(8)
def test_stops_are_confirmed_in_their_order_and_never_for_the_future(watched, journey):
    child = watched.child
    confirmed(journey, 1, by=watched.worker, at=DEPARTS + HOUR)
    with refused(child, "This stop, or a later one, is confirmed already. Open the page anew."):
        confirmed(journey, 0, by=watched.worker, at=DEPARTS + HOUR)
    with refused(child, "The child was confirmed at an earlier stop after that time."):
        confirmed(journey, 2, by=watched.worker, at=DEPARTS + HOUR, happened_at=DEPARTS)
    words = "The time of a confirmation must be now or in the past."
    with refused(child, words, contacts.InTheFuture):
        confirmed(journey, 2, by=watched.worker, at=DEPARTS + HOUR, happened_at=DEPARTS + 2 * HOUR)


@pytest.mark.by_turns
def test_a_withdrawn_confirmation_is_owed_again(watched, journey):
    first = confirmed(journey, 0, by=watched.worker, at=DEPARTS)
    contacts.withdraw(first.contact, reason="The wrong child", by=watched.worker, at=DEPARTS + HOUR)
    again = confirmed(journey, 0, by=watched.worker, at=DEPARTS + HOUR)
    assert journeys.confirmations(journey) == [again]


@pytest.mark.by_turns(8)
def test_before_the_departure_a_reason_is_enough_and_afterwards_somebody_has_seen_the_child(watched, journey):
    child, by = watched.child, watched.worker
    with refused(child, "Enter why the journey is broken off."):
        journeys.break_off(journey, reason=" ", by=by, at=NOW)
    words = "Enter who has seen the child since, and when: without that the journey goes on."
    with refused(child, words):
        journeys.break_off(journey, reason="The car broke down", by=by, at=DEPARTS)
    confirmed(journey, 0, by=by, at=DEPARTS)
    seen = journeys.Seen(escort="Petra Lindqvist", happened_at=DEPARTS - HOUR)
    with refused(child, "Enter when the child was seen since the departure and the last confirmation."):
        journeys.break_off(journey, reason="The car broke down", seen=seen, by=by, at=DEPARTS + HOUR)
    seen = replace(seen, happened_at=DEPARTS + HOUR)
    with events(child, "contact_recorded", "journey_broken_off"):
        journeys.break_off(journey, reason="The car broke down", seen=seen, by=by, at=DEPARTS + HOUR)
    with refused(child, "This journey has ended already."):
        journeys.break_off(journey, reason="Again", by=by, at=DEPARTS + HOUR)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("seen", "knows"),
    [
        ({"escort": "Owen Tasker"}, True),
        ({"escort": "Cashier at the services"}, False),
        ({"escort": "Ines Ferreira", "knows_child": True}, True),
    ],
)
def test_whoever_is_named_when_it_is_broken_off_knows_the_child_only_where_that_is_said(
    watched, journey, seen, knows
):
    at = DEPARTS + HOUR
    seen = journeys.Seen(**seen, happened_at=at)
    journeys.break_off(journey, reason="The car broke down", seen=seen, by=watched.worker, at=at)
    assert Contact.objects.get().knows_child is knows


@pytest.mark.by_turns
def test_a_journey_that_set_out_early_is_broken_off_before_its_planned_departure(watched, journey):
    early = DEPARTS - timedelta(minutes=20)
    confirmed(journey, 0, by=watched.worker, at=early)
    seen = journeys.Seen(escort="Petra Lindqvist", happened_at=early - timedelta(minutes=1))
    with refused(
        watched.child, "Enter when the child was seen since the departure and the last confirmation."
    ):
        journeys.break_off(journey, reason="Rain", seen=seen, by=watched.worker, at=early)
    seen = replace(seen, happened_at=early + timedelta(minutes=5))
    journeys.break_off(journey, reason="Rain", seen=seen, by=watched.worker, at=early + timedelta(minutes=5))
    journey.refresh_from_db()
    assert journey.reason == "Rain"


@pytest.mark.by_turns
def test_a_journey_that_has_not_begun_is_called_off_for_a_reason(watched, journey):
    journeys.break_off(journey, reason="Stays", by=watched.worker, at=NOW)
    journey.refresh_from_db()
    assert (journey.ended_at, journey.reason) == (NOW, "Stays")
    assert plan(watched) != journey


def test_no_case_is_closed_on_a_journey(watched, journey):
    words = "A journey of this child is open. Record the hand-over, or break it off, first."
    with refused(watched.child, words):
        children.close(watched.child, reason="Moved", seconded_by=somebody(), by=watched.manager, at=NOW)


@pytest.mark.by_turns(8)
def test_nothing_of_another_child_confirms_a_stop(watched, journey):
    other = planned(a_watched_child().child, departs_at=DEPARTS, at=NOW)
    key = uuid.uuid4()
    confirmed(other, 0, by=watched.worker, at=DEPARTS, key=key)
    with refused(watched.child, "This form was sent for another child.", contacts.KeyTaken):
        confirmed(journey, 0, by=watched.worker, at=DEPARTS, key=key)


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def saved_alone(journey: Journey) -> None:
    with transaction.atomic():
        journey.save(force_insert=True)
        sql("SELECT 1")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("minutes", [-1, 0, 121])
def test_the_database_holds_the_order_of_the_stops(journey, minutes):
    last = journey.stops.get(position=2)
    with pytest.raises(IntegrityError, match="not in order"):
        sql(
            "INSERT INTO cases_journeystop (journey_id, position, place, due_at, recorded_at) VALUES (%s, 3, 'x', %s, now())",
            journey.pk,
            last.due_at + timedelta(minutes=minutes),
        )


@pytest.mark.by_turns(8)
def test_the_database_holds_one_open_journey_and_the_order_of_confirmations(watched, journey):
    journey.pk, journey.key = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
        journey.save(force_insert=True)
    standing = Journey.objects.get()
    one = confirmed(standing, 1, by=watched.worker, at=DEPARTS + HOUR)
    earlier = contacts.record(
        watched.child, contacts.Sighting(witness="P", happened_at=DEPARTS), by=watched.worker, at=DEPARTS
    )
    for stop in standing.stops.all():
        with pytest.raises(IntegrityError, match="follows nothing"), transaction.atomic():
            JourneyConfirmation.objects.create(stop=stop, contact=earlier, recorded_at=NOW)
    assert one.stop.journey == standing
    with pytest.raises(IntegrityError, match="its stops stay"), transaction.atomic():
        JourneyStop.objects.create(
            journey=standing, position=3, place="x", due_at=DEPARTS + 3 * HOUR, recorded_at=NOW
        )


@pytest.mark.by_turns
def test_a_journey_without_stops_is_none(watched, journey):
    journey.pk, journey.key, journey.child = None, uuid.uuid4(), a_watched_child().child
    with pytest.raises(IntegrityError, match="not in order"):
        saved_alone(journey)


def test_whoever_may_not_change_the_child_reaches_no_page_of_it(watched, journey):
    assert not access.may(watched.carer, watched.child, access.Permission.CHANGE_CHILD, at=NOW)
    assert JourneyStop.objects.filter(journey=journey).count() == 3
    with pytest.raises(IllegalMove):
        journeys.plan(watched.child, journey_plan(departs_at=DEPARTS), by=watched.worker, at=NOW)


def test_a_sighting_added_to_a_journey_that_was_broken_off_is_not_dropped_in_silence(watched, journey):
    by, at = watched.worker, DEPARTS + HOUR
    seen = journeys.Seen(escort="Owen Tasker", happened_at=at)
    said = {"reason": "The car broke down", "by": by}
    journeys.break_off(journey, **said, seen=seen, at=at)
    with events(watched.child):
        journeys.break_off(journey, **said, seen=seen, at=at + timedelta(seconds=9))
    words = "This journey has ended already. Record the sighting as a contact."
    with refused(watched.child, words):
        journeys.break_off(journey, **said, seen=replace(seen, escort="Petra Lindqvist"), at=at)
    contacts.withdraw(Contact.objects.get(), reason="The wrong child", by=by, at=at)
    with refused(watched.child, words):
        journeys.break_off(journey, **said, seen=seen, at=at)


@pytest.mark.by_turns
def test_a_sighting_before_the_departure_is_recorded_with_the_breaking_off(watched, journey):
    seen = journeys.Seen(escort="Owen Tasker", happened_at=NOW)
    with events(watched.child, "contact_recorded", "journey_broken_off"):
        journeys.break_off(journey, reason="Stays", seen=seen, by=watched.worker, at=NOW)


@pytest.mark.by_turns
def test_the_word_of_somebody_kept_from_the_child_ends_no_journey(watched, journey):
    concerns.keep_from(watched.child, watched.carer, reason="x", by=watched.manager, at=NOW)
    said = {"reason": "The car broke down", "by": watched.worker, "at": DEPARTS + HOUR}
    seen = journeys.Seen(escort=watched.carer.name, happened_at=DEPARTS + HOUR)
    with refused(watched.child, "This word cannot end the journey. Have somebody else see the child."):
        journeys.break_off(journey, seen=seen, **said)
    journey.refresh_from_db()
    assert journey.ended_at is None
    journeys.break_off(journey, seen=replace(seen, escort="Owen Tasker"), **said)


@pytest.mark.by_turns
@pytest.mark.parametrize("later", [timedelta(seconds=5), timedelta(minutes=2)])
def test_a_confirmation_a_minute_ahead_sent_twice_is_one(watched, journey, later):
    key, ahead = uuid.uuid4(), DEPARTS + timedelta(minutes=1)
    first = confirmed(journey, 0, by=watched.worker, at=DEPARTS, happened_at=ahead, key=key)
    with events(watched.child):
        again = confirmed(journey, 0, by=watched.worker, at=DEPARTS + later, happened_at=ahead, key=key)
    assert again == first
    other = {"happened_at": ahead + timedelta(minutes=1), "key": key}
    with refused(watched.child, str(other_words()), SentBefore):
        confirmed(journey, 0, by=watched.worker, at=DEPARTS + later, **other)
