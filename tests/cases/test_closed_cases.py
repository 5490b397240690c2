"""A closed case takes nothing more but corrections and withdrawals; an alarm is told whom to ring instead."""

from datetime import timedelta

import pytest

from cases import absences, access, children, concerns, contacts, episodes, placements, responsibilities
from cases.models import MissingEpisode, Reach
from cases.permissions import MATRIX, Permission
from guardians import assignments
from tests import factories
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    Watched,
    a_sighting,
    a_watched_child,
    an_authority,
    case_closed,
    missing,
    not_here,
    out,
    seen,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LATER = AT + 3 * HOUR
CLOSED = "This case is closed: nothing more can be recorded in it."
ALARM = "This case is closed, so nobody would be told. Ring 999 or 101 now, then the duty desk."


@pytest.fixture
def closed() -> Watched:
    w = a_watched_child()
    case_closed(w.child, reason="Family found in Lisbon", by=w.worker, at=AT + 2 * HOUR)
    return w


@pytest.mark.by_turns
def test_no_fact_is_added_to_a_closed_case(closed: Watched) -> None:
    w = closed
    with refused(w.child, CLOSED):
        children.set_risk(w.child, "high", reason="Worse", by=w.worker, at=LATER)
    with refused(w.child, CLOSED):
        children.allocate(w.child, team=w.team, worker=w.worker, by=w.manager, at=LATER)
    with refused(w.child, CLOSED):
        out(w.child, until=LATER + HOUR, by=w.carer, at=LATER)
    with refused(w.child, CLOSED):
        absences.come_back(w.child, back_at=LATER, by=w.carer, at=LATER)
    with refused(w.child, CLOSED):
        factories.placed(w.child, at=LATER, by=w.worker)
    with refused(w.child, CLOSED):
        concerns.mark(w.child, reason="A man waits at the gate", by=w.worker, at=LATER)
    with refused(w.child, CLOSED):
        responsibilities.start(w.child, authority=an_authority(), by=w.manager, at=LATER)
    other = factories.a_person("guardian")
    service = factories.membership_of(other).service
    assert service is not None
    with refused(w.child, CLOSED):
        assignments.assign(w.child, other, service=service, lead=False, by=w.manager, at=LATER)
    with refused(w.child, CLOSED):
        seen(w.child, by=w.carer, at=LATER)


@pytest.mark.by_turns
def test_an_alarm_about_a_closed_case_is_told_whom_to_ring(closed: Watched) -> None:
    with refused(closed.child, ALARM):
        missing(closed.child, by=closed.carer, at=LATER)
    with refused(closed.child, ALARM):
        not_here(closed.child, by=closed.carer, at=LATER)
    with refused(closed.child, ALARM):
        episodes.report_away(
            closed.child, whereabouts="With a cousin", reason="Left", by=closed.carer, at=LATER
        )
    assert not MissingEpisode.objects.filter(child=closed.child).exists()


@pytest.mark.by_turns
def test_what_happened_before_the_closing_may_be_written_late_and_withdrawn(closed: Watched) -> None:
    w = closed
    with events(w.child, "contact_recorded"):
        contact = contacts.record(w.child, a_sighting(w.carer, at=AT + HOUR), by=w.carer, at=LATER)
    with events(w.child, "contact_withdrawn"):
        contacts.withdraw(contact, reason="Wrong child", by=w.worker, at=LATER)


@pytest.mark.by_turns
def test_a_placement_ends_and_a_mark_is_set_in_a_closed_case(closed: Watched) -> None:
    w = closed
    placements.end(w.placement, ends_at=LATER, reason="Left", by=w.worker, at=LATER)
    concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=LATER)
    assignments.end(w.assignment, reason="Case closed", by=w.manager, at=LATER)


@pytest.mark.by_turns
def test_whoever_was_around_the_child_reads_nothing_of_a_closed_case_nor_does_who_comes_to_its_home(
    closed: Watched,
) -> None:
    """Domain 6: home staff only children placed with them now, guardians only own children."""
    newcomer = factories.a_person("placement_staff", home=closed.placement.home)
    supervisor = factories.a_person("guardian", service=closed.assignment.service, reach=Reach.SERVICE)
    for person in (closed.carer, newcomer, closed.guardian, supervisor):
        for permission in MATRIX:
            assert not access.may(person, closed.child, permission, at=LATER), (person, permission)
    assert access.may(closed.worker, closed.child, Permission.SEE_STATUS, at=LATER)


def test_the_same_form_sent_again_after_the_closing_is_answered_as_before() -> None:
    w = a_watched_child()
    sighting = a_sighting(w.carer, at=AT + HOUR)
    contact = contacts.record(w.child, sighting, by=w.carer, at=AT + HOUR)
    case_closed(w.child, reason="Family found in Lisbon", by=w.worker, at=AT + HOUR)
    assert contacts.record(w.child, sighting, by=w.carer, at=LATER) == contact
