"""What a manager has written of a supervision outlasts a closed window, with the children it is about, and stays theirs."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import children, clock, concerns, drafts
from cases.models import Discussion, Draft, Role, Supervision, User
from tests.cases.test_supervisions import OWN, SAID, answers
from tests.factories import Watched, a_child, a_person, a_watched_child

pytestmark = pytest.mark.django_db
FORM = Draft.Form.SUPERVISION


@pytest.fixture
def w(client: Client) -> Watched:
    one = a_watched_child(at=clock.now() - timedelta(hours=5))
    client.force_login(one.manager)
    return one


def page(one: Watched, *references: str) -> str:
    query = "&".join(f"children={reference}" for reference in references)
    return reverse("supervision_new", args=[one.worker.pk]) + (f"?{query}" if query else "")


def save_at(one: Watched) -> str:
    return reverse("draft_save_of", args=[FORM, one.worker.pk])


def typed(one: Watched, **more: Any) -> dict[str, Any]:
    following = clock.now().date() + timedelta(days=20)
    day = {f"next_date_{part}": getattr(following, part) for part in ("day", "month", "year")}
    return {**answers(one), **day, "children": [one.child.reference], "draft_version": "0", **more}


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def standing(person: User, supervised: Any) -> list[Draft]:
    return drafts.standing(person, supervised=supervised, at=clock.now())


@pytest.mark.by_turns(8)
def test_it_comes_back_with_its_children_and_is_gone_once_recorded(client: Client, w: Watched) -> None:
    reference = w.child.reference
    first = read(client, page(w, reference))
    assert f'data-draft="{save_at(w)}"' in first
    assert f'name="children" value="{reference}"' in first
    given = typed(w)
    assert client.post(save_at(w), given).json()["version"] == 1
    kept = client.post(page(w, reference), {**given, "draft_version": "1", "save_draft": "1"})
    assert (kept.status_code, kept["Location"]) == (302, page(w, reference))
    # Also where no child is chosen, or another one.
    other = a_child(team=w.team, worker=w.worker, at=clock.now() - timedelta(hours=4))
    for address in (page(w), page(w, other.reference), page(w, reference)):
        shown = read(client, address)
        for words in (SAID, OWN, "Delete the draft", f"children={reference}"):
            assert words in shown
    chooser = read(client, reverse("supervision_worker", args=[w.worker.pk]))
    assert f'href="{page(w)}"' in chooser
    today = read(client, "/today/")
    assert f'href="{page(w)}"' in today
    assert w.worker.name in today
    assert client.post(page(w, reference), {**given, "draft_version": "2"}).status_code == 302
    assert Supervision.objects.get().worker == w.worker
    assert not Draft.objects.exists()


@pytest.mark.by_turns(8)
def test_it_is_deleted_by_its_writer_and_read_by_nobody_else(client: Client, w: Watched) -> None:
    assert client.post(save_at(w), typed(w)).status_code == 200
    delete = reverse("draft_delete_of", args=[FORM, w.worker.pk])
    for person, left in ((w.head, 1), (w.manager, 0)):
        client.force_login(person)
        if person == w.head:
            assert SAID not in read(client, page(w, w.child.reference))
        assert client.post(delete).status_code == 302
        assert Draft.objects.count() == left


@pytest.mark.by_turns
def test_a_reference_that_holds_a_nul_is_no_child_and_hinders_no_other(client: Client, w: Watched) -> None:
    assert client.post(page(w), typed(w, children=["a\0b", w.child.reference])).status_code == 302
    assert Discussion.objects.get().child == w.child


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["worker", "carer", "guardian", "other manager"])
def test_whoever_does_not_supervise_them_keeps_none(client: Client, w: Watched, who: str) -> None:
    person = a_person(Role.TEAM_MANAGER) if who == "other manager" else getattr(w, who)
    client.force_login(person)
    for address in (save_at(w), reverse("draft_delete_of", args=[FORM, w.worker.pk])):
        # As the page itself: no function of theirs, or no such person.
        expected = client.get(page(w)).status_code
        assert expected in (403, 404)
        assert client.post(address, typed(w)).status_code == expected
    assert not Draft.objects.exists()


@pytest.mark.by_turns(8)
def test_a_form_about_a_child_is_kept_of_no_person_and_a_supervision_of_no_child(
    client: Client, w: Watched
) -> None:
    for address in (
        reverse("draft_save_of", args=[Draft.Form.NOTE, w.worker.pk]),
        reverse("draft_save_of", args=[Draft.Form.REGISTRATION, w.worker.pk]),
        reverse("draft_save", args=[FORM, w.child.reference]),
        reverse("draft_save_new", args=[FORM]),
        reverse("draft_save_of", args=[FORM, w.manager.pk]),
    ):
        assert client.post(address, typed(w)).status_code == 404
    about: list[dict[str, Any]] = [
        {"form": FORM},
        {"form": FORM, "child": w.child, "person": w.worker},
        {"form": Draft.Form.NOTE, "person": w.worker},
        {"form": Draft.Form.NOTE, "child": w.child, "person": w.worker},
        {"form": Draft.Form.REGISTRATION, "person": w.worker},
    ]
    for wrong in about:
        with pytest.raises(IntegrityError, match="draft_of_a_child"), transaction.atomic():
            Draft.objects.create(user=w.manager, saved_at=clock.now(), **wrong)
    drafts.save(w.manager, FORM, person=w.worker, data={}, at=clock.now())
    with pytest.raises(IntegrityError, match="draft_once"), transaction.atomic():
        Draft.objects.create(user=w.manager, form=FORM, person=w.worker, saved_at=clock.now())


@pytest.mark.by_turns
def test_of_a_child_who_is_with_another_worker_the_words_are_shown_and_of_one_who_is_closed_to_them_none(
    client: Client, w: Watched
) -> None:
    assert client.post(save_at(w), typed(w)).status_code == 200
    colleague = a_person(Role.SOCIAL_WORKER, team=w.team)
    children.reassign([w.child], team=w.team, worker=colleague, by=w.manager, at=clock.now())
    shown = read(client, page(w))
    assert f"{w.child.reference} is not this social worker’s any more" in shown
    assert SAID in shown
    assert f'id="of-{w.child.reference}"' not in shown
    concerns.keep_from(w.child, w.manager, reason="An allegation", by=w.head, at=clock.now())
    client.force_login(User.objects.get(pk=w.manager.pk))
    closed = read(client, page(w))
    assert SAID not in closed
    assert w.child.reference not in closed
    assert OWN in closed, "what is about nobody of the children stays"


@pytest.mark.by_turns
def test_a_manager_who_moved_on_is_offered_it_no_more(client: Client, w: Watched) -> None:
    assert client.post(save_at(w), typed(w)).status_code == 200
    assert [one.person for one in standing(w.manager, User.objects.filter(pk=w.worker.pk))] == [w.worker]
    assert standing(w.manager, User.objects.none()) == []
