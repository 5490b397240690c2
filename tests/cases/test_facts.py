"""What a decision reads: which contacts still matter, whose word counts, and until when a child is watched."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import concerns, contacts, facts, telling_contacts
from cases.models import Child, RollCallShift
from cases.stays import Stay
from tests.factories import (
    AT,
    a_child,
    a_home,
    a_watched_child,
    case_closed,
    ended,
    missing,
    out,
    placed,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _contacts(child: Child) -> list[int]:
    return [contact.pk for contact in facts.load([child.pk])[child.pk].contacts]


@pytest.mark.by_turns
def test_the_facts_of_many_children_take_as_many_queries_as_of_one():
    watched = [a_watched_child() for _ in range(4)]
    for w in watched:
        seen(w.child, by=w.carer, at=AT + HOUR)
    with CaptureQueriesContext(connection) as of_one:
        facts.load([watched[0].child.pk])
    with CaptureQueriesContext(connection) as of_many:
        assert len(facts.load([w.child.pk for w in watched])) == 4
    assert len(of_many) == len(of_one) <= 13


@pytest.mark.by_turns
def test_nothing_long_before_the_last_strong_contact_is_read_but_the_last_of_another_organisation():
    w = a_watched_child()
    old = seen(w.child, by=w.guardian, at=AT + HOUR)
    seen(w.child, by=w.carer, at=AT + 2 * HOUR)
    later = AT + 2 * HOUR + telling_contacts.READ_BACK
    near = seen(w.child, by=w.carer, at=AT + 3 * HOUR)
    last = seen(w.child, by=w.carer, at=later + HOUR)
    call = seen(w.child, by=w.worker, at=later + 2 * HOUR, means="phone")
    assert _contacts(w.child) == [old.pk, near.pk, last.pk, call.pk]


@pytest.mark.by_turns
def test_a_withdrawn_contact_is_not_read_and_the_one_before_it_is_again():
    w = a_watched_child()
    first = seen(w.child, by=w.carer, at=AT + HOUR)
    second = seen(w.child, by=w.carer, at=AT + 2 * HOUR)
    assert _contacts(w.child) == [first.pk, second.pk]
    contacts.withdraw(second, reason="Wrong child", by=w.carer, at=AT + 3 * HOUR)
    assert _contacts(w.child) == [first.pk]


def test_tries_and_not_here_are_no_sightings():
    w = a_watched_child()
    seen(w.child, by=w.carer, at=AT + HOUR, outcome="no_answer")
    assert _contacts(w.child) == []


@pytest.mark.by_turns
def test_the_word_of_somebody_kept_from_the_child_is_not_read():
    w = a_watched_child()
    first = seen(w.child, by=w.guardian, at=AT + HOUR)
    second = seen(w.child, by=w.carer, at=AT + 2 * HOUR)
    mark = concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=AT + 3 * HOUR)
    assert _contacts(w.child) == [first.pk]
    concerns.lift_keep_from(mark, reason="Cleared", seconded_by=w.head, by=w.manager, at=AT + 4 * HOUR)
    assert _contacts(w.child) == [first.pk, second.pk]


@pytest.mark.by_turns
def test_the_home_that_stands_lends_its_own_roll_call_times():
    child = a_child()
    home = a_home()
    placed(child, home)
    shift = RollCallShift.objects.create(home=home, window="night", minutes=30, from_date=AT.date())
    RollCallShift.objects.create(home=a_home(), window="night", minutes=60, from_date=AT.date())
    assert facts.load([child.pk])[child.pk].shifts == [shift]


@pytest.mark.by_turns
def test_of_a_child_who_has_moved_each_home_lends_its_own_times_from_when_the_move_was_written():
    child = a_child()
    first, second = a_home(), a_home()
    placed(child, first)
    placed(child, second, starts_at=AT + HOUR, at=AT + 5 * HOUR)
    found = [
        RollCallShift.objects.create(home=h, window="night", minutes=30, from_date=AT.date())
        for h in (first, second)
    ]
    one = facts.load([child.pk])[child.pk]
    assert one.shifts == found
    assert one.stays == [Stay(first.pk, None, AT + 5 * HOUR), Stay(second.pk, AT + 5 * HOUR, None)]


@pytest.mark.by_turns
def test_where_homes_have_times_of_their_own_too_many_take_as_many_queries_as_one():
    watched = [a_watched_child() for _ in range(4)]
    for w in watched:
        RollCallShift.objects.create(home=w.home, window="night", minutes=30, from_date=AT.date())
        placed(w.child, a_home(), starts_at=AT + HOUR, at=AT + 2 * HOUR)
    with CaptureQueriesContext(connection) as of_one:
        facts.load([watched[0].child.pk])
    with CaptureQueriesContext(connection) as of_many:
        assert all(one.stays for one in facts.load([w.child.pk for w in watched]).values())
    assert len(of_many) == len(of_one) <= 13


@pytest.mark.by_turns
def test_the_open_episode_the_placement_and_the_absences_are_read():
    w = a_watched_child()
    absence = out(w.child, until=AT + 2 * HOUR, at=AT + HOUR)
    episode = silent(w.child, at=AT + 3 * HOUR)
    one = facts.load([w.child.pk])[w.child.pk]
    assert (one.open_episode, one.placement, one.absences) == (episode, w.placement, [absence])


@pytest.mark.by_turns
def test_a_child_is_watched_until_it_is_closed():
    child = a_child()
    assert facts.load([child.pk])[child.pk].watched_until is None
    case_closed(child, reason="Family found", by=child.registered_by, at=AT + HOUR)
    assert facts.load([child.pk])[child.pk].watched_until == AT + HOUR


@pytest.mark.by_turns
def test_nothing_is_owed_on_a_child_who_died():
    w = a_watched_child()
    ended(missing(w.child, at=AT + HOUR), outcome="died", at=AT + 2 * HOUR)
    assert facts.load([w.child.pk])[w.child.pk].watched_until == AT + 2 * HOUR
