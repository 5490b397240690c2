"""The pages of the legal hold: managers on the child's record, the data protection officer by reference, nobody else."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from cases import legal_holds, restrictions
from cases.models import AccessRecord, LegalHold, Role, User
from tests.factories import Watched, a_person, a_watched_child, knows

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
LIST = "/data-protection/holds/"
NAME = "Tarekiel"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=30), given_name=NAME)


@pytest.fixture
def officer(watched: Watched) -> User:
    return knows(a_person(Role.DPO, authority=watched.authority), PASSWORD)


def page(w: Watched) -> str:
    return f"/children/{w.child.reference}/hold/"


@pytest.mark.by_turns(8)
def test_a_manager_sets_it_and_it_takes_a_second_person_to_lift_it(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    client.force_login(watched.manager)
    assert client.post(page(watched), {"reason": ""}).status_code == 422
    assert client.post(page(watched), {"reason": "A claim"}).status_code == 302
    details = f"/children/{watched.child.reference}/details/"
    for person in (watched.manager, watched.worker, watched.desk.person):
        client.force_login(person)
        shown = client.get(details).content.decode()
        assert "Not to be destroyed before" in shown
        assert "A claim" in shown
        assert (f'href="{page(watched)}"' in shown) == (person == watched.manager)
    client.force_login(watched.manager)
    knows(watched.worker, PASSWORD)
    for email, password in (("", ""), (watched.worker.email, PASSWORD), (officer.email, "wrong")):
        press = {"reason": "Over", "second_email": email, "second_password": password}
        assert client.post(page(watched), press).status_code == 422
    assert LegalHold.objects.get().ends_at is None
    press = {"reason": "Over", "second_email": officer.email, "second_password": PASSWORD}
    assert client.post(page(watched), press).status_code == 302
    row = LegalHold.objects.get()
    assert (row.lifted_by, row.seconded_by) == (watched.manager, officer)


@pytest.mark.by_turns(8)
def test_the_officer_sets_it_by_reference_and_sees_no_name(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    client.force_login(officer)
    wrong = [
        client.post(LIST, {"reference": reference, "reason": "A claim"})
        for reference in (elsewhere.child.reference, "MC26-004178", "MC26-004179", "")
    ]
    assert [answer.status_code for answer in wrong] == [422] * 4
    said = [
        answer.content.decode().count("No child of your authority has this reference") for answer in wrong
    ]
    assert said[0] == said[1] > 0
    assert not LegalHold.objects.exists()
    press = {"reference": watched.child.reference.lower(), "reason": f"{NAME} claims damages"}
    assert client.post(LIST, press).status_code == 302
    assert LegalHold.objects.get().set_by == officer
    shown = client.get(LIST).content.decode()
    assert watched.child.reference in shown
    assert "claims damages" in shown
    assert NAME not in shown
    read = AccessRecord.objects.filter(user=officer, page="legal_hold_list", child=watched.child)
    assert read.exists()
    restrictions.restrict(watched.child, reason="x", named=[], by=watched.manager, at=now)
    answer = client.post(LIST, press)
    assert answer.status_code == 422
    assert "No child of your authority has this reference" in answer.content.decode()
    assert watched.child.reference not in client.get(LIST).content.decode()


@pytest.mark.by_turns(8)
def test_nobody_else_opens_either_page(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    legal_holds.hold(watched.child, reason="A claim", by=watched.manager, at=now)
    for person in (
        watched.worker,
        watched.desk.person,
        watched.carer,
        watched.guardian,
        watched.officer,
        officer,
    ):
        client.force_login(person)
        assert client.get(page(watched)).status_code == 404
        assert client.post(page(watched), {"reason": "x"}).status_code == 404
    for role in [role for role in Role if role != Role.DPO]:
        client.force_login(a_person(role))
        assert client.get(LIST).status_code == 403
        assert client.post(LIST, {"reference": watched.child.reference, "reason": "x"}).status_code == 403
    assert LegalHold.objects.count() == 1
