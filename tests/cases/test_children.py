"""The verbs of a child: register, grade the risk, allocate, close."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import children, references
from cases.models import Allocation, Child, Event, Responsibility, RiskGrade, Role, Trafficking
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    a_child,
    a_person,
    a_team,
    an_authority,
    case_closed,
    ended,
    membership_of,
    missing,
)

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def test_registering_writes_child_responsibility_grade_allocation_and_one_event():
    authority = an_authority()
    team = a_team(authority)
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    child = children.register(
        children.Details(
            given_name="Selam",
            script_name="ሰላም",
            script_language="am",
            languages=["Amharic", "Tigrinya"],
            birth_date=date(2010, 1, 15),
            birth_date_precision="month",
            birth_date_basis="document",
            sex="F",
            nationality="Eritrea",
            arrived_at=AT - timedelta(days=1),
            risk="high",
        ),
        authority=authority,
        team=team,
        worker=worker,
        by=worker,
        at=AT,
    )
    child = Child.objects.get(pk=child.pk)
    assert (child.script_name, child.languages) == ("ሰላም", ["Amharic", "Tigrinya"])
    assert (child.birth_date, child.birth_date_precision) == (date(2010, 1, 15), "month")
    assert (child.registered_at, child.registered_by, child.risk_since) == (AT, worker, AT)
    responsibility = Responsibility.objects.get(child=child)
    assert (responsibility.authority, responsibility.starts_at) == (authority, AT)
    grade = RiskGrade.objects.get(child=child)
    assert (grade.risk, grade.since) == ("high", AT)
    allocation = Allocation.objects.get(child=child)
    assert (allocation.team, allocation.worker, allocation.starts_at) == (team, worker, AT)
    event = Event.objects.get(child=child)
    assert (event.kind, event.number, event.actor, event.recorded_at) == ("registered", 1, worker, AT)


def test_the_log_of_a_registration_holds_no_name_of_the_child():
    child = a_child(given_name="Yonas", family_name="Quillfeather", known_as="Yoni", phone="01632 960111")
    event = Event.objects.get(child=child)
    text = f"{event.kind}{event.data}{event.fields_digest}"
    assert not any(word in text for word in ("Yonas", "Quillfeather", "Yoni", "960111"))


@pytest.mark.by_turns
def test_references_are_given_in_order_and_each_is_well_typed():
    given = [a_child(at=datetime(2031, 5, 1, tzinfo=UTC)).reference for _ in range(15)]
    assert given == sorted(set(given))
    assert all(references.parse(reference).child == reference for reference in given)
    expected = (references.child_reference(2031, serial) for serial in range(1, 100))
    assert given == [reference for reference in expected if reference][:15]


@pytest.mark.by_turns
def test_a_new_year_begins_its_own_serials():
    first = a_child(at=datetime(2032, 12, 31, 23, 59, tzinfo=UTC)).reference
    second = a_child(at=datetime(2033, 1, 1, 0, 0, tzinfo=UTC)).reference
    assert (first[:4], second[:4]) == ("MC32", "MC33")
    assert first[4:9] == second[4:9] == "-0000"


def test_an_arrival_in_the_future_is_refused_and_uses_no_reference():
    before = Child.objects.count()
    with pytest.raises(IllegalMove, match=r"^The arrival date must be today or in the past\.$"):
        a_child(arrived_at=AT + timedelta(seconds=1))
    assert Child.objects.count() == before


@pytest.mark.by_turns
def test_a_child_is_not_given_to_a_team_of_another_authority():
    stranger = a_team()
    authority = an_authority("Ellwick")
    with pytest.raises(IllegalMove, match=r"^The team must be one of Ellwick, which is responsible\.$"):
        a_child(authority, team=stranger)
    child = a_child(authority)
    with refused(child, "The team must be one of Ellwick, which is responsible."):
        children.allocate(child, team=stranger, worker=None, by=child.registered_by, at=LATER)


@pytest.mark.by_turns
def test_raising_the_risk_needs_one_person_and_a_reason():
    child = a_child(risk="low")
    with events(child, "risk_graded") as written:
        children.set_risk(child, "high", reason="A car waits outside", by=child.registered_by, at=LATER)
    child.refresh_from_db()
    assert (child.risk, child.risk_since) == ("high", LATER)
    assert list(RiskGrade.objects.filter(child=child).values_list("risk", "since")) == [
        ("low", AT),
        ("high", LATER),
    ]
    assert written[0].data == {"from": "low", "to": "high", "seconded_by": None}


@pytest.mark.by_turns(8)
def test_a_grade_without_a_reason_is_refused():
    child = a_child()
    with refused(child, "Enter why you chose this grade."):
        children.set_risk(child, "high", reason="  ", by=child.registered_by, at=LATER)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("before", "after"),
    [("high", "medium"), ("high", "unknown"), ("high", "low"), ("medium", "low"), ("unknown", "low")],
)
def test_lowering_the_risk_needs_a_second_person(before, after):
    child = a_child(risk=before)
    by, second = child.registered_by, a_person(Role.TEAM_MANAGER)
    for seconded_by in (None, by):
        with refused(child, "Lowering the risk needs a second person."):
            children.set_risk(child, after, reason="Settled", seconded_by=seconded_by, by=by, at=LATER)
    with events(child, "risk_graded"):
        children.set_risk(child, after, reason="Settled", seconded_by=second, by=by, at=LATER)
    assert RiskGrade.objects.get(child=child, risk=after).seconded_by == second


@pytest.mark.by_turns
def test_allocating_ends_the_allocation_before_at_the_same_instant():
    team = a_team()
    child = a_child(team=team)
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    with events(child, "allocated"):
        children.allocate(child, team=team, worker=worker, by=worker, at=LATER)
    first, second = Allocation.objects.filter(child=child).order_by("starts_at")
    assert (first.ends_at, second.starts_at, second.ends_at, second.worker) == (LATER, LATER, None, worker)


def test_a_case_closes_once_and_with_a_reason():
    child = a_child()
    with refused(child, "Enter why the case is closed."):
        case_closed(child, reason=" ", by=child.registered_by, at=LATER)
    by = child.registered_by
    with refused(child, "This takes two people: the second is somebody other than you."):
        children.close(child, reason="Family found", seconded_by=by, by=by, at=LATER)
    with events(child, "closed"):
        case_closed(child, reason="Family found in Lisbon", by=child.registered_by, at=LATER)
    child.refresh_from_db()
    assert (child.closed_at, child.close_reason) == (LATER, "Family found in Lisbon")
    with refused(child, "This case is closed already."):
        case_closed(child, reason="Again", by=child.registered_by, at=LATER)


@pytest.mark.by_turns(8)
def test_a_case_does_not_close_while_an_episode_is_open():
    child = a_child()
    episode = missing(child, at=LATER)
    with refused(child, "A case cannot be closed while a missing episode is open."):
        case_closed(child, reason="Funding ended", by=child.registered_by, at=LATER)
    ended(episode, at=LATER + timedelta(hours=1))
    with events(child, "closed"):
        case_closed(child, reason="Moved abroad", by=child.registered_by, at=LATER + timedelta(hours=2))


def test_a_closed_case_is_no_longer_among_the_open_from_that_instant():
    child = a_child()
    case_closed(child, reason="Assessed", by=child.registered_by, at=LATER)
    assert child in Child.objects.open(LATER - timedelta(seconds=1))
    assert child not in Child.objects.open(LATER)


def test_a_form_sent_twice_is_one_child() -> None:
    worker = a_person(Role.SOCIAL_WORKER)
    team = membership_of(worker).team
    details = children.Details(given_name="Samir", arrived_at=AT)
    key = uuid.uuid4()

    first = children.register(details, authority=team.authority, team=team, key=key, by=worker, at=AT)
    again = children.register(details, authority=team.authority, team=team, key=key, by=worker, at=LATER)

    assert again == first
    assert Child.objects.count() == 1
    assert children.register(details, authority=team.authority, by=worker, at=LATER).pk != first.pk


def test_the_key_of_a_form_opens_nobody_elses_child() -> None:
    child = a_child()
    stranger = a_person(Role.SOCIAL_WORKER)
    details = children.Details(given_name="Samir", arrived_at=AT)

    with pytest.raises(IllegalMove, match="sent by somebody else"):
        children.register(
            details, authority=membership_of(stranger).team.authority, key=child.key, by=stranger, at=LATER
        )


def test_signs_of_trafficking_are_yes_no_or_not_yet_asked_and_nothing_else() -> None:
    asked = a_child(trafficking=Trafficking.YES)
    a_child()

    assert list(Child.objects.with_signs_of_trafficking()) == [asked]
    with pytest.raises(IntegrityError), transaction.atomic():
        a_child(trafficking="perhaps")
