"""What was typed of a guardian's supervision outlasts a closed window, and stays its writer's."""

import html
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, concerns, drafts, people
from cases.models import Draft, Reach, Role, User
from guardians import assignments
from guardians.models import GuardianDiscussion
from tests.factories import Watched, a_person, a_service, a_watched_child
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
FORM = Draft.Form.GUARDIAN_SUPERVISION
DAY = timedelta(days=1)
SAID = "He asks who decides about his school"


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(given_name="Tarekiel", at=now - 5 * DAY)


@pytest.fixture
def lead(client: Client, watched: Watched) -> User:
    one = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)
    client.force_login(one)
    return one


def page(watched: Watched) -> str:
    return reverse("service_supervision_new", args=[watched.assignment.service_id, watched.guardian.pk])


def save_at(watched: Watched, name: str = "draft_save_of") -> str:
    return f"{reverse(name, args=[FORM, watched.guardian.pk])}?service={watched.assignment.service_id}"


def typed(watched: Watched, now: datetime, **more: Any) -> dict[str, Any]:
    said = {f"said_{watched.child.reference}": SAID, "held_at_when": "now", "draft_version": "0"}
    once = "0b0f2a5e-6b1c-4f0e-9d63-8a3f4f1c2d7e"
    return said | {"once": once} | boxes(next_date=now + 20 * DAY) | more


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_it_comes_back_and_is_gone_once_recorded(
    client: Client, watched: Watched, lead: User, now: datetime
) -> None:
    assert f'data-draft="{save_at(watched)}"' in read(client, page(watched))
    given = typed(watched, now)
    assert client.post(save_at(watched), given).json()["version"] == 1
    kept = client.post(page(watched), {**given, "draft_version": "1", "save_draft": "1"})
    assert (kept.status_code, kept["Location"]) == (302, page(watched))
    shown = read(client, page(watched))
    assert SAID in shown
    assert "Delete the draft" in shown
    waiting = read(client, reverse("service_supervision"))
    assert "have not saved it" in waiting
    assert f'href="{page(watched)}"' in waiting
    assert client.post(page(watched), {**given, "draft_version": "2"}).status_code == 302
    assert GuardianDiscussion.objects.get().discussed == SAID
    assert not Draft.objects.exists()
    assert "have not saved it" not in read(client, reverse("service_supervision"))


@pytest.mark.by_turns
def test_it_is_deleted_by_its_writer_and_read_by_nobody_else(
    client: Client, watched: Watched, lead: User, now: datetime
) -> None:
    assert client.post(save_at(watched), typed(watched, now)).status_code == 200
    head = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.DIRECTORATE)
    for person, left in ((head, 1), (lead, 0)):
        client.force_login(person)
        if person == head:
            assert SAID not in read(client, page(watched))
            assert "have not saved it" not in read(client, reverse("service_supervision"))
        assert client.post(save_at(watched, "draft_delete_of")).status_code == 302
        assert Draft.objects.count() == left


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("who", ["worker", "manager", "carer", "guardian", "a lead elsewhere"])
def test_whoever_does_not_lead_the_service_keeps_none(
    client: Client, watched: Watched, now: datetime, who: str
) -> None:
    elsewhere = {"service": a_service(), "reach": Reach.SERVICE}
    person = a_person(Role.GUARDIAN, **elsewhere) if who == "a lead elsewhere" else getattr(watched, who)
    client.force_login(person)
    for name in ("draft_save_of", "draft_delete_of"):
        expected = client.get(page(watched)).status_code
        assert expected in (403, 404)
        assert client.post(save_at(watched, name), typed(watched, now)).status_code in (403, 404)
    assert not Draft.objects.exists()


@pytest.mark.by_turns(8)
def test_it_is_of_a_guardian_whom_its_writer_leads_and_of_no_child(
    client: Client, watched: Watched, lead: User, now: datetime
) -> None:
    for address in (
        reverse("draft_save", args=[FORM, watched.child.reference]),
        reverse("draft_save_new", args=[FORM]),
        reverse("draft_save_of", args=[FORM, lead.pk]),
        reverse("draft_save_of", args=[FORM, watched.worker.pk]),
    ):
        assert client.post(address, typed(watched, now)).status_code == 404
    for wrong in ({}, {"child": watched.child, "person": watched.guardian}, {"child": watched.child}):
        with pytest.raises(IntegrityError, match="draft_of_a_child"), transaction.atomic():
            Draft.objects.create(user=lead, form=FORM, saved_at=now, **wrong)
    none = User.objects.none()
    drafts.save(lead, FORM, person=watched.guardian, service=watched.assignment.service, data={}, at=now)
    assert drafts.standing(lead, supervised=none, at=now) == []


@pytest.mark.by_turns
def test_who_is_guardian_in_two_services_has_a_draft_in_each(
    client: Client, watched: Watched, lead: User, now: datetime
) -> None:
    """Whoever leads both found the words of the one in the other, and recording either took both away."""
    other = a_service()
    held = people.join(watched.guardian, Role.GUARDIAN, service=other, at=now - DAY)
    people.join(lead, Role.GUARDIAN, service=other, reach=Reach.SERVICE, at=now - DAY)
    client.force_login(User.objects.get(pk=lead.pk))
    there = reverse("service_supervision_new", args=[other.pk, watched.guardian.pk])
    assert client.post(save_at(watched), typed(watched, now)).status_code == 200
    assert SAID not in read(client, there)
    given = {"held_at_when": "earlier", "draft_version": "0", "save_draft": "1"}
    assert client.post(there, given)["Location"] == there
    assert Draft.objects.count() == 2
    assert SAID in read(client, page(watched))
    waiting = read(client, reverse("service_supervision"))
    for address in (page(watched), there):
        assert f'href="{address}"' in waiting
    assert client.post(save_at(watched, "draft_delete_of")).status_code == 302
    assert list(Draft.objects.values_list("service", flat=True)) == [other.pk]
    # Where they are guardian no more, or it is led by others, none is kept.
    people.leave(held, at=clock.now())
    gone = reverse("draft_save_of", args=[FORM, watched.guardian.pk]) + f"?service={other.pk}"
    assert client.post(gone, typed(watched, now)).status_code == 404
    for service in ("", "x", "0", str(a_service().pk)):
        nowhere = reverse("draft_save_of", args=[FORM, watched.guardian.pk]) + f"?service={service}"
        assert client.post(nowhere, typed(watched, now)).status_code == 404


def test_a_draft_of_before_is_put_in_a_service_and_of_two_the_last_is_left_when_that_is_taken_back(
    client: Client, watched: Watched, lead: User, now: datetime
) -> None:
    migration = import_module("cases.migrations.0106_drafts_in_a_service")
    about = {"user": lead, "form": FORM, "person": watched.guardian}
    before = Draft.objects.create(**about, data={"held_at_when": ["now"]}, saved_at=now)
    migration.put_in_a_service(apps, None)
    before.refresh_from_db()
    assert before.service == watched.assignment.service
    assert "Delete the draft" in read(client, page(watched))
    later = Draft.objects.create(**about, service=a_service(), saved_at=now + DAY)
    migration.keep_the_last(apps, None)
    assert Draft.objects.get() == later


@pytest.mark.by_turns(8)
def test_of_a_child_whom_another_guardian_watches_over_the_words_are_shown_and_of_one_who_is_kept_from_them_none(
    client: Client, watched: Watched, lead: User, now: datetime
) -> None:
    assert client.post(save_at(watched), typed(watched, now)).status_code == 200
    service = watched.assignment.service
    other = a_person(Role.GUARDIAN, service=service)
    gone = {"service": service, "reason": "Leaves", "by": watched.manager, "at": clock.now()}
    assignments.hand_over(watched.assignment, other, **gone)
    shown = read(client, page(watched))
    assert f"This guardian does not watch over <bdi>{watched.child.reference}</bdi> any more" in shown
    assert SAID in shown
    assert f'id="of-{watched.child.reference}"' not in shown
    concerns.keep_from(watched.child, lead, reason="An allegation", by=watched.manager, at=clock.now())
    client.force_login(User.objects.get(pk=lead.pk))
    assert SAID not in read(client, page(watched))
