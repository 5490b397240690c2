"""The pages of building checks: the home's, and the duty desk's row of a home to ring about one."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import home_alerts
from alerts.models import DutyTask, HomeClock
from cases import building_checks, concerns
from cases.models import BuildingCheck, Contact, Placement, Role
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

# A house whose staff are awake at night.
AWAKE = Placement.Type.CHILDRENS_HOME


@pytest.fixture
def watched(now: datetime) -> Watched:
    return factories.a_watched_child(
        placement_type=AWAKE, at=now - timedelta(hours=30), arrived_at=now - timedelta(hours=30)
    )


@pytest.fixture
def late(watched: Watched, now: datetime) -> DutyTask:
    """A home whose last check is owed, with its task on the desk."""
    due = HomeClock.objects.get(home=watched.home).due_at
    assert due is not None
    home_alerts.sweep(now=due + timedelta(minutes=30))
    return DutyTask.objects.get(home_alert__home=watched.home)


def roll_call(watched: Watched) -> str:
    return f"/homes/{watched.home.pk}/roll-call/"


def page(watched: Watched) -> str:
    return f"/homes/{watched.home.pk}/building-checks/"


def answers(**more: Any) -> dict[str, Any]:
    return {"checked_by": "M. Reid", "happened_at_when": "now", "once": str(uuid.uuid4())} | more


@pytest.mark.by_turns
def test_one_press_on_the_roll_call_records_a_check_and_no_sighting(
    client: Client, watched: Watched, now: datetime
) -> None:
    home_alerts.sweep(now=now)
    client.force_login(watched.carer)
    shown = client.get(roll_call(watched)).content.decode()
    assert "Check of the building" in shown
    once = str(uuid.uuid4())
    for _ in range(2):
        assert client.post(f"{page(watched)}now/", {"once": once}).status_code == 302
    check = BuildingCheck.objects.get()
    assert (check.checked_by, check.checked_by_user) == (watched.carer.name, watched.carer)
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_nothing_to_record_is_not_said_beside_a_check_that_is_to_be_recorded(
    client: Client, watched: Watched, now: datetime
) -> None:
    factories.seen(watched.child, by=watched.carer, at=now)
    client.force_login(watched.carer)
    own, minute = HomeClock.objects.filter(home=watched.home), timedelta(minutes=1)
    own.update(opens_at=now + 5 * minute, due_at=now + 60 * minute)
    assert "Nothing to record now" in client.get(roll_call(watched)).content.decode()
    own.update(opens_at=now - 5 * minute)
    shown = client.get(roll_call(watched)).content.decode()
    assert "No child to record now" in shown
    assert "Nothing to record now" not in shown


def test_a_broken_press_leads_to_the_form(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    answer = client.post(f"{page(watched)}now/", {"once": "broken"})
    assert answer["Location"] == page(watched)
    assert not BuildingCheck.objects.exists()


@pytest.mark.by_turns
def test_a_home_where_nobody_is_new_is_asked_for_no_check(client: Client, now: datetime) -> None:
    watched = factories.a_watched_child(placement_type=AWAKE, at=now - timedelta(days=40))
    client.force_login(watched.carer)
    assert "Check of the building" not in client.get(roll_call(watched)).content.decode()
    assert "nobody is new here" in client.get(page(watched)).content.decode()


def test_somebody_else_s_check_is_recorded_by_the_form_and_listed(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    assert client.post(page(watched), answers(happened_at_when="quarter")).status_code == 302
    check = BuildingCheck.objects.get()
    assert (check.checked_by, check.checked_by_user) == ("M. Reid", None)
    shown = client.get(page(watched)).content.decode()
    assert "M. Reid" in shown
    assert watched.carer.name in shown


def test_an_answer_without_a_name_keeps_what_was_typed(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    answer = client.post(page(watched), answers(checked_by="", note="Back door was open"))
    assert answer.status_code == 422
    assert "Enter the name of the person who checked the building" in answer.content.decode()
    assert "Back door was open" in answer.content.decode()


def test_one_withdraws_one_s_own_and_nobody_else_s(client: Client, watched: Watched, now: datetime) -> None:
    made = building_checks.record(
        watched.home,
        building_checks.Round(checked_by_user=watched.carer, happened_at=now),
        by=watched.carer,
        at=now,
    )
    where = f"{page(watched)}{made.key}/withdraw/"
    client.force_login(factories.a_person(Role.PLACEMENT_STAFF, home=watched.home))
    assert client.post(where, {"reason": "Not so"}).status_code == 404
    client.force_login(watched.carer)
    assert client.post(where, {"reason": ""}).status_code == 422
    assert client.post(where, {"reason": "Wrong house"}).status_code == 302
    assert "withdrawn by" in client.get(page(watched)).content.decode()
    assert client.post(where, {"reason": "Again"}).status_code == 422


@pytest.mark.by_turns
def test_staff_of_another_home_and_other_roles_meet_a_404(client: Client, watched: Watched) -> None:
    stranger = factories.a_person(Role.PLACEMENT_STAFF)
    for person in (stranger, watched.worker, watched.guardian, watched.desk.person, watched.officer):
        client.force_login(person)
        assert client.get(page(watched)).status_code == 404
        assert client.post(page(watched), answers()).status_code == 404
        assert client.post(f"{page(watched)}now/", {"once": str(uuid.uuid4())}).status_code == 404
    assert not BuildingCheck.objects.exists()


@pytest.mark.by_turns(8)
def test_the_desk_shows_the_home_to_ring_and_no_child(
    client: Client, watched: Watched, late: DutyTask
) -> None:
    client.force_login(watched.desk.person)
    shown = client.get("/duty/").content.decode()
    assert "No check of the building" in shown
    assert watched.home.name in shown
    client.post(f"/duty/checks/{late.pk}/take/")
    assert "You have this since" in client.get("/duty/").content.decode()


@pytest.mark.by_turns
def test_a_duty_worker_kept_from_a_child_there_does_not_read_where_that_child_lives(
    client: Client, watched: Watched, late: DutyTask, now: datetime
) -> None:
    concerns.keep_from(watched.child, watched.desk.person, reason="An allegation", by=watched.manager, at=now)
    client.force_login(watched.desk.person)
    assert watched.home.name not in client.get("/duty/").content.decode()
    assert client.get(f"/duty/checks/{late.pk}/").status_code == 404
    client.force_login(watched.desk.second)
    assert watched.home.name in client.get("/duty/").content.decode()


def test_duty_writes_down_who_checked(client: Client, watched: Watched, late: DutyTask) -> None:
    client.force_login(watched.desk.person)
    where = f"/duty/checks/{late.pk}/"
    assert client.get(where).status_code == 200
    for broken in (answers(), answers(said="checked", checked_by=""), {"said": "checked"}):
        assert client.post(where, broken).status_code == 422
    assert client.post(where, answers(said="checked")).status_code == 302
    check = BuildingCheck.objects.get()
    assert (check.checked_by, check.told_by, check.recorded_by) == ("M. Reid", "M. Reid", watched.desk.person)
    late.refresh_from_db()
    assert late.answer == "Checked by M. Reid"


def test_nobody_checked_is_kept_and_could_not_reach_stays_on_the_desk(
    client: Client, watched: Watched, late: DutyTask
) -> None:
    client.force_login(watched.desk.person)
    where = f"/duty/checks/{late.pk}/"
    client.post(where, answers(said="not_reached"))
    late.refresh_from_db()
    assert late.done_at is None
    client.post(where, answers(said="not_checked", note="Asleep on the sofa"))
    late.refresh_from_db()
    assert late.answer == "Nobody checked it. Asleep on the sofa"
    assert not BuildingCheck.objects.exists()
    assert client.post(where, answers(said="not_checked")).status_code == 422


@pytest.mark.by_turns(8)
def test_another_authority_s_desk_sees_and_answers_nothing(
    client: Client, watched: Watched, late: DutyTask
) -> None:
    client.force_login(factories.a_duty_desk(factories.an_authority()).person)
    assert watched.home.name not in client.get("/duty/").content.decode()
    assert client.get(f"/duty/checks/{late.pk}/").status_code == 404
    assert client.post(f"/duty/checks/{late.pk}/take/").status_code == 404
    client.force_login(watched.carer)
    assert client.get(f"/duty/checks/{late.pk}/").status_code == 403
