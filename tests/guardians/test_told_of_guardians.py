"""Nobody becomes a guardian of a child unheard: who is told of an assignment and of cover, and which service is refused."""

from datetime import datetime, timedelta

import pytest

from alerts import assignment_mails
from alerts.models import Message
from cases import concerns
from cases.models import Role, User
from guardians import assignments, covers
from guardians.models import GuardianAssignment
from tests.alerts.outgoing import Out, catch, send_all
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_service,
    a_watched_child,
    an_area,
    ended,
    guarded,
    membership_of,
    missing,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + HOUR


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=watched.team)


def second(watched: Watched, by: User, *, at: datetime = NOW) -> GuardianAssignment:
    friend = a_person(Role.GUARDIAN, service=watched.assignment.service, name="Amara Quillfeather")
    return guarded(watched.child, friend, lead=False, by=by, at=at)


def told(row: GuardianAssignment) -> set[User | None]:
    return {one.user for one in Message.objects.filter(assignment=row)}


# --- Which service


@pytest.mark.by_turns(8)
def test_a_guardian_of_a_service_that_has_nothing_to_do_with_the_area_is_refused_by_whatever_way(watched):
    an_area(watched.authority, service=watched.assignment.service, by=watched.manager, at=AT)
    friend = a_person(Role.GUARDIAN)
    service = membership_of(friend).service
    why = f"{service.name} takes no children of this area, and has neither the referral of this child nor the child."
    with refused(watched.child, why):
        guarded(watched.child, friend, lead=False, by=watched.worker, at=NOW)
    given = {"service": service, "reason": "They asked", "by": watched.worker, "at": NOW}
    with refused(watched.child, why):
        assignments.hand_over(watched.assignment, friend, **given)
    guarded(watched.child, a_person(Role.GUARDIAN, service=watched.assignment.service), lead=False, at=NOW)


@pytest.mark.by_turns
def test_a_service_that_has_the_child_hands_it_over_within_though_the_area_is_anothers_by_now(watched):
    an_area(watched.authority, service=a_service(), by=watched.manager, at=AT)
    service = watched.assignment.service
    other = a_person(Role.GUARDIAN, service=service)
    given = {"service": service, "reason": "They go", "by": watched.worker, "at": NOW}
    assert assignments.hand_over(watched.assignment, other, **given).guardian == other


# --- Of an assignment


@pytest.mark.by_turns
def test_worker_manager_and_lead_guardian_are_mailed_of_a_guardian_whom_a_colleague_assigned(
    watched, colleague, out
):
    row = second(watched, colleague)
    for _twice in range(2):
        assignment_mails.tell(now=NOW)
    assert told(row) == {watched.worker, watched.manager, watched.guardian}
    send_all(NOW)
    words = next(mail for mail in out.mails if watched.worker.email in mail["To"])
    said = words.get_body(("plain",)).get_content()
    assert watched.child.reference in said
    for word in ("Amara Quillfeather", colleague.name, watched.guardian.name, "Tarekiel"):
        assert word not in said
    assert "Tarekiel" not in str(words["Subject"])


def test_whoever_assigned_them_is_not_mailed_nor_the_new_guardian_nor_whoever_the_child_is_kept_from(watched):
    concerns.keep_from(watched.child, watched.worker, reason="A worry", by=watched.manager, at=NOW)
    row = second(watched, watched.manager)
    assignment_mails.tell(now=NOW)
    assert told(row) == {watched.guardian}


@pytest.mark.by_turns
def test_nobody_hears_of_one_that_ended_or_is_old_or_of_whom_the_child_died(watched, colleague, out):
    row = second(watched, colleague)
    assert assignment_mails.tell(now=NOW + 3 * DAY) == 0
    assignment_mails.tell(now=NOW)
    ended(missing(watched.child, at=NOW), outcome="died", at=NOW + HOUR)
    send_all(NOW + HOUR)
    assert told(row)
    assert not out.mails


# --- Of cover


@pytest.mark.by_turns(8)
def test_the_guardian_and_the_head_are_mailed_once_of_cover_that_a_supervisor_asks_for(watched, out):
    service = watched.assignment.service
    head = a_person(Role.GUARDIAN, service=service, reach="directorate")
    supervisor = a_person(Role.GUARDIAN, service=service, reach="service", name="Wendrel Oake")
    friend = a_person(Role.GUARDIAN, service=service, name="Amara Quillfeather")
    rows = [watched.assignment, guarded(a_child(), watched.guardian)]
    covers.ask(rows, friend, starts_at=NOW, ends_at=NOW + DAY, by=supervisor, at=NOW)
    owed = Message.objects.filter(wording=assignment_mails.COVERED)
    assert sorted(one.user_id for one in owed) == sorted([watched.guardian.pk, head.pk])
    send_all(NOW)
    assert out.to[watched.guardian.email] == out.to[head.email] == 1
    words = next(mail for mail in out.mails if watched.guardian.email in mail["To"])
    said = " ".join(words.get_body(("plain",)).get_content().split())
    assert "asked a colleague to watch over 2 children of yours" in said
    assert "Quillfeather" not in said


@pytest.mark.by_turns
def test_of_cover_that_a_guardian_asks_for_nobody_else_is_mailed(watched):
    friend = a_person(Role.GUARDIAN, service=watched.assignment.service)
    a_person(Role.GUARDIAN, service=watched.assignment.service, reach="directorate")
    given = {"starts_at": NOW, "ends_at": NOW + DAY, "by": watched.guardian, "at": NOW}
    covers.ask([watched.assignment], friend, **given)
    assert not Message.objects.filter(wording=assignment_mails.COVERED).exists()
