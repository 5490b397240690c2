"""Out until, away with permission until, and back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import absences, contacts, episodes, homecomings, people
from cases.models import Absence, MissingEpisode, Responsibility, Role
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    a_child,
    a_home,
    a_person,
    a_sighting,
    away,
    ended,
    membership_of,
    missing,
    out,
    placed,
    seen,
    somebody,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.by_turns
def test_going_out_says_where_with_whom_and_until_when():
    child = a_child()
    with events(child, "went_out") as written:
        absence = out(
            child,
            until=AT + 3 * HOUR,
            place="Ellwick pool",
            with_whom="Hawa from the home",
            phone="01632 960333",
            report_after=timedelta(minutes=30),
            at=AT,
        )
    assert (absence.kind, absence.starts_at, absence.until, absence.ends_at) == (
        "out",
        AT,
        AT + 3 * HOUR,
        None,
    )
    assert absence.report_after == timedelta(minutes=30)
    assert written[0].data == {"until": (AT + 3 * HOUR).isoformat()}


@pytest.mark.by_turns
def test_going_away_is_another_event_and_may_last_longer_than_a_day():
    child = a_child()
    with events(child, "went_away") as written:
        absence = away(child, until=AT + timedelta(days=5), at=AT)
    assert absence.kind == Absence.Kind.AWAY
    assert written[0].data["agreed_by"] == absence.agreed_by.pk


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("left_out", "sentence"),
    [
        ("place", "Enter the address where the child stays."),
        ("with_whom", "Enter the adult there who confirms each day that the child is there."),
        ("phone", "Enter the phone on which that adult is reached."),
    ],
)
def test_away_names_an_address_an_adult_and_a_phone(left_out, sentence):
    child = a_child()
    with refused(child, sentence):
        away(child, until=AT + timedelta(days=5), at=AT, **{left_out: " "})


@pytest.mark.by_turns
def test_nobody_agrees_alone_to_an_absence():
    child = a_child()
    worker = a_person(Role.SOCIAL_WORKER, authority=Responsibility.objects.get(child=child).authority)
    with refused(child, "This takes two people: the second is somebody other than you."):
        away(child, until=AT + timedelta(days=5), agreed_by=worker, by=worker, at=AT)


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [Role.PLACEMENT_STAFF, Role.DUTY_DESK, Role.GUARDIAN])
def test_the_responsible_authority_agrees_and_neither_the_home_nor_a_desk(role):
    child = a_child()
    authority = Responsibility.objects.get(child=child).authority
    person = (
        a_person(role, authority=authority)
        if role == Role.DUTY_DESK
        else a_person(role, **({"home": a_home(authority)} if role == Role.PLACEMENT_STAFF else {}))
    )
    with refused(child, "A worker or manager of the responsible authority agrees to it, not the home."):
        away(child, until=AT + timedelta(days=5), agreed_by=person, at=AT)


@pytest.mark.by_turns
def test_a_worker_of_another_authority_and_one_who_has_left_agree_to_nothing():
    child = a_child()
    left = a_person(Role.TEAM_MANAGER, authority=Responsibility.objects.get(child=child).authority)
    people.leave(membership_of(left), at=AT)
    for person in (a_person(Role.SOCIAL_WORKER), left):
        with refused(child, "A worker or manager of the responsible authority agrees to it, not the home."):
            away(child, until=AT + timedelta(days=5), agreed_by=person, at=AT)


@pytest.mark.by_turns(8)
def test_the_database_keeps_an_absence_that_nobody_else_agreed_to_out():
    absence = away(a_child(), until=AT + timedelta(days=5), at=AT)
    for wrong in ({"agreed_by": None}, {"agreed_by": absence.recorded_by}, {"phone": ""}, {"place": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.filter(pk=absence.pk).update(**wrong)


def test_out_lasts_a_day_and_not_a_second_longer():
    child = a_child()
    with refused(child, "Out lasts at most 24 hours. Record a longer absence as away with permission."):
        out(child, until=AT + 24 * HOUR + timedelta(seconds=1), at=AT)
    with events(child, "went_out"):
        out(child, until=AT + 24 * HOUR, at=AT)


@pytest.mark.by_turns
@pytest.mark.parametrize("until", [AT, AT - HOUR])
def test_the_time_to_be_back_lies_ahead(until):
    child = a_child()
    with refused(child, "The time to be back must be in the future."):
        out(child, until=until, at=AT)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("wait", [timedelta(hours=2, seconds=1), timedelta(seconds=-1)])
def test_a_late_return_is_reported_within_two_hours(wait):
    child = a_child()
    with refused(child, "A late return must be reported within 2 hours."):
        out(child, until=AT + HOUR, report_after=wait, at=AT)


def test_who_is_out_does_not_go_out_again_even_when_late():
    child = a_child()
    out(child, until=AT + HOUR, at=AT)
    with refused(child, "This child is out already. Record the return first."):
        out(child, until=AT + 9 * HOUR, at=AT + 2 * HOUR)


@pytest.mark.by_turns
def test_nobody_goes_out_of_an_open_episode():
    child = a_child()
    episode = missing(child, at=AT)
    with refused(child, "A missing episode is open."):
        out(child, until=AT + 2 * HOUR, at=AT + HOUR)
    ended(episode, at=AT + 2 * HOUR)
    with events(child, "went_out"):
        out(child, until=AT + 4 * HOUR, at=AT + 3 * HOUR)


def test_coming_back_ends_the_absence_at_the_time_of_the_return():
    child = a_child()
    out(child, until=AT + 3 * HOUR, at=AT)
    with events(child, "came_back") as written:
        absences.come_back(child, back_at=AT + HOUR, by=child.registered_by, at=AT + 2 * HOUR)
    assert Absence.objects.get(child=child).ends_at == AT + HOUR
    assert (written[0].happened_at, written[0].recorded_at) == (AT + HOUR, AT + 2 * HOUR)


def test_coming_back_when_nobody_is_out_writes_nothing():
    child = a_child()
    with events(child):
        assert absences.come_back(child, back_at=AT, by=child.registered_by, at=AT) is None


@pytest.mark.by_turns(8)
def test_a_return_up_to_five_minutes_ahead_is_read_as_now_and_later_is_refused():
    child = a_child()
    out(child, until=AT + 3 * HOUR, at=AT)
    now = AT + HOUR
    by = child.registered_by
    with refused(child, "The time of the return must be now or in the past."):
        absences.come_back(child, back_at=now + timedelta(minutes=5, seconds=1), by=by, at=now)
    with events(child, "came_back"):
        absences.come_back(child, back_at=now + timedelta(minutes=5), by=by, at=now)
    assert Absence.objects.get(child=child).ends_at == now


@pytest.mark.by_turns(8)
def test_a_return_before_the_child_went_is_refused():
    child = a_child()
    out(child, until=AT + 3 * HOUR, at=AT)
    with refused(child, "The return must be after the child went."):
        absences.come_back(child, back_at=AT, by=child.registered_by, at=AT + HOUR)
    assert Absence.objects.get(child=child).ends_at is None


@pytest.mark.by_turns
def test_the_home_seeing_the_child_face_to_face_ends_the_absence():
    home = a_home()
    child = a_child()
    placed(child, home)
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    out(child, until=AT + 3 * HOUR, at=AT)
    with events(child, "contact_recorded"):
        seen(child, by=carer, at=AT + 2 * HOUR)
    assert Absence.objects.get(child=child).ends_at == AT + 2 * HOUR


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "fields",
    [
        {"means": "phone"},
        {"witness_role": "guardian"},
        {"outcome": "no_answer"},
        {"happened_at": AT - timedelta(minutes=1)},
    ],
)
def test_other_contacts_leave_the_absence_as_it_is(fields):
    child = a_child()
    carer = a_person(Role.PLACEMENT_STAFF)
    out(child, until=AT + 3 * HOUR, at=AT)
    seen(child, by=carer, at=AT + HOUR, **fields)
    assert Absence.objects.get(child=child).ends_at is None


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("home_again", [False, True])
def test_a_sighting_withdrawn_after_a_search_leaves_nobody_away_who_was_looked_for_since(home_again):
    home = a_home()
    child = a_child()
    placed(child, home)
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    away(child, until=AT + timedelta(days=5), at=AT)
    sight = seen(child, by=carer, at=AT + 2 * HOUR)
    if home_again:
        seen(child, by=carer, at=AT + 3 * HOUR)
    episode = missing(child, at=AT + 4 * HOUR)
    ended(episode, at=AT + 6 * HOUR)
    contacts.withdraw(sight, reason="The other boy", by=carer, at=AT + 8 * HOUR)
    absence = Absence.objects.get(child=child)
    # Whichever came first: the next sight at home, or the end of the search.
    assert absence.ends_at == AT + (3 if home_again else 6) * HOUR
    assert absence.ended_recorded_at == absence.ends_at
    assert absence.ended_by == (carer if home_again else episode_ended_by(child))


@pytest.mark.by_turns
def test_a_sighting_withdrawn_during_a_search_lets_the_absence_end_with_it():
    home = a_home()
    child = a_child()
    placed(child, home)
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    away(child, until=AT + timedelta(days=5), at=AT)
    sight = seen(child, by=carer, at=AT + 2 * HOUR)
    episode = missing(child, at=AT + 4 * HOUR)
    contacts.withdraw(sight, reason="The other boy", by=carer, at=AT + 5 * HOUR)
    # It was away when the search began, as of any child who was.
    assert Absence.objects.get(child=child).ends_at is None
    episodes.confirm_with_child(episode, how="saw", by=(by := a_person(Role.DUTY_DESK)), at=AT + 6 * HOUR)
    said = {"officer": "PC 4821 Penrowe", "closed_at": AT + 6 * HOUR}
    episodes.record_police_closing(episode, **said, by=somebody(), at=AT + 6 * HOUR)
    checked = episodes.Ending(with_child="Key worker", checked_by="Dina Sorrel", where_now="Lowmoor")
    homecomings.end(episode, outcome="returned", ending=checked, by=by, at=AT + 6 * HOUR)
    assert Absence.objects.get(child=child).ends_at == AT + 6 * HOUR


def episode_ended_by(child):
    return MissingEpisode.objects.get(child=child).ended_by


def test_a_sighting_needs_no_role_to_be_described():
    sighting = a_sighting(a_person(Role.POLICE), at=AT)
    assert sighting.organisation.startswith("force:")
