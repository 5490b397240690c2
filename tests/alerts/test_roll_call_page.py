"""The roll-call of a home: every row blank, each press a sighting of its own, signed by name."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import concerns
from cases.models import Contact, Role
from tests.factories import (
    Watched,
    a_child,
    a_home,
    a_person,
    a_watched_child,
    missing,
    not_here,
    out,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - timedelta(days=40), given_name="Yonas", languages=["Tigrinya", "Arabic"])


def page_of(watched: Watched) -> str:
    return f"/homes/{watched.home.pk}/roll-call/"


def card_of(page: str, reference: str) -> str:
    """The card's own markup."""
    found = re.search(rf'<article[^>]*id="{reference}".*?</article>', page, re.DOTALL)
    assert found, f"no card of {reference}"
    return found[0]


def press(client: Client, watched: Watched, **data: Any) -> Any:
    data = data or {"outcome": "saw", "once": uuid.uuid4()}
    headers = data.pop("headers", {})
    return client.post(f"{page_of(watched)}{watched.child.reference}/", data, headers=headers)


@pytest.mark.by_turns
def test_every_child_placed_here_now_has_a_row_and_nobody_else(
    client: Client, watched: Watched, now: Any
) -> None:
    here = placed(a_child(watched.authority, at=now - timedelta(days=1)), watched.home).child
    elsewhere = placed(a_child(watched.authority, at=now - timedelta(days=1)), a_home()).child
    moved = placed(a_child(watched.authority, at=now - timedelta(days=2)), watched.home).child
    placed(moved, a_home(), at=now - timedelta(hours=1))
    client.force_login(watched.carer)

    page = client.get(page_of(watched)).content.decode()

    assert watched.child.reference in page
    assert here.reference in page
    assert elsewhere.reference not in page
    assert moved.reference not in page


@pytest.mark.by_turns
def test_a_row_says_who_which_languages_and_starts_blank(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    page = client.get(page_of(watched)).content.decode()
    card = card_of(page, watched.child.reference)

    assert "Yonas" in card
    assert watched.child.family_name not in re.sub(r"<[^>]+>", "", card), "first name only"
    assert "Tigrinya, Arabic" in card
    assert 'value="saw"' in card
    assert f"/children/{watched.child.reference}/not-here/" in card
    assert "checked" not in card
    assert "Undo" not in card
    assert 'value="spoke"' not in card, "staff of the home look with their own eyes"
    assert watched.carer.name in page, "signed by name"
    assert "0300" in page or "duty" in page.lower()


@pytest.mark.by_turns
def test_one_press_is_one_sighting_signed_for_the_home(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    answer = press(client, watched)

    contact = Contact.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"{page_of(watched)}#{watched.child.reference}"
    assert (contact.witness, contact.organisation) == (watched.carer.name, f"home:{watched.home.pk}")
    assert contact.means == "face_to_face"


@pytest.mark.by_turns
def test_a_press_by_script_answers_with_the_card_and_the_new_count(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    answer = press(
        client, watched, outcome="saw", once=str(uuid.uuid4()), headers={"HX-Request": "true"}
    ).content.decode()

    assert answer.lstrip().startswith("<article")
    assert "<html" not in answer
    assert "Undo" in answer
    assert 'hx-swap-oob="true"' in answer
    assert "Nothing to record now" in answer


@pytest.mark.by_turns
def test_sent_again_it_is_one_contact(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    once = str(uuid.uuid4())

    press(client, watched, outcome="saw", once=once)
    press(client, watched, outcome="saw", once=once)

    assert Contact.objects.count() == 1


@pytest.mark.by_turns
def test_undo_stands_on_the_card_for_ten_minutes_and_takes_back(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    press(client, watched)
    contact = Contact.objects.get()
    assert "Undo" in card_of(client.get(page_of(watched)).content.decode(), watched.child.reference)

    press(client, watched, undo=str(contact.key))

    contact.refresh_from_db()
    assert contact.withdrawn_at is not None
    assert "Undo" not in card_of(client.get(page_of(watched)).content.decode(), watched.child.reference)


@pytest.mark.by_turns
def test_somebody_elses_press_offers_no_undo(client: Client, watched: Watched, now: Any) -> None:
    seen(watched.child, by=watched.guardian, at=now)
    client.force_login(watched.carer)

    card = card_of(client.get(page_of(watched)).content.decode(), watched.child.reference)

    assert "Undo" not in card
    assert "by Guardian, face to face" in card
    assert watched.guardian.name not in card, "a home is not told who the guardian is"


@pytest.mark.by_turns
def test_out_and_not_here_are_said_and_lead_on(client: Client, watched: Watched, now: Any) -> None:
    away = placed(a_child(watched.authority, at=now - timedelta(hours=2)), watched.home).child
    out(away, until=now + timedelta(hours=1), at=now - timedelta(minutes=5), with_whom="aunt Sela")
    gone = placed(a_child(watched.authority, at=now - timedelta(hours=2)), watched.home).child
    not_here(gone, by=watched.carer, at=now - timedelta(minutes=3))
    client.force_login(watched.carer)

    page = client.get(page_of(watched)).content.decode()

    assert "aunt Sela" in card_of(page, away.reference)
    assert f"/children/{away.reference}/back/" in card_of(page, away.reference)
    card = card_of(page, gone.reference)
    assert f"/children/{gone.reference}/missing/new/" in card
    assert "not-here" not in card
    assert f"{watched.carer.name} looked" in card
    assert "Complete the report" in card
    assert "Report missing" not in card


@pytest.mark.by_turns
def test_a_child_who_is_missing_is_not_to_be_reported_again(
    client: Client, watched: Watched, now: Any
) -> None:
    missing(watched.child, by=watched.carer, at=now - timedelta(minutes=3))
    client.force_login(watched.carer)

    card = card_of(client.get(page_of(watched)).content.decode(), watched.child.reference)

    assert "Complete the report" in card
    assert "Report missing" not in card


@pytest.mark.by_turns
def test_the_rest_cannot_be_ticked_in_one_go(client: Client, watched: Watched, now: Any) -> None:
    placed(a_child(watched.authority, at=now - timedelta(days=1)), watched.home)
    client.force_login(watched.carer)

    page = client.get(page_of(watched)).content.decode()

    assert page.count('value="saw"') == 2
    assert page.count('name="once"') == 2
    assert "checkbox" not in page


@pytest.mark.by_turns
def test_an_empty_house_says_so(client: Client) -> None:
    home = a_home()
    client.force_login(a_person(Role.FOSTER_CARER, home=home))

    page = client.get(f"/homes/{home.pk}/roll-call/").content.decode()

    assert "Nobody is placed here now" in page


@pytest.mark.by_turns
def test_only_the_homes_own_people_call_its_roll(client: Client, watched: Watched) -> None:
    others = [
        watched.worker,
        watched.manager,
        watched.guardian,
        watched.officer,
        watched.desk.person,
        a_person(Role.PLACEMENT_STAFF),
    ]
    for person in others:
        client.force_login(person)
        assert client.get(page_of(watched)).status_code == 404
        assert press(client, watched).status_code == 404
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_a_child_of_another_home_cannot_be_recorded_through_this_one(
    client: Client, watched: Watched, now: Any
) -> None:
    other = a_watched_child(at=now - timedelta(days=1))
    client.force_login(watched.carer)

    answer = client.post(
        f"{page_of(watched)}{other.child.reference}/", {"outcome": "saw", "once": uuid.uuid4()}
    )

    assert answer.status_code == 404
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_whoever_is_kept_from_a_child_has_no_row_for_it(client: Client, watched: Watched, now: Any) -> None:
    concerns.keep_from(watched.child, watched.carer, reason="May be the danger", by=watched.manager, at=now)
    client.force_login(watched.carer)

    assert watched.child.reference not in client.get(page_of(watched)).content.decode()
    assert press(client, watched).status_code == 404


def test_looking_changes_nothing_and_pressing_needs_post(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    assert client.get(f"{page_of(watched)}{watched.child.reference}/").status_code == 405
    assert not Contact.objects.exists()


def test_an_answer_that_arrives_broken_records_nothing_and_says_so(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    assert press(client, watched, outcome="saw", once="broken").status_code == 409
    assert press(client, watched, outcome="not_here", once=str(uuid.uuid4())).status_code == 409
    assert press(client, watched, undo="broken").status_code == 404
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_a_full_house_costs_no_more_questions_than_one_child(
    client: Client, watched: Watched, now: Any, django_assert_num_queries: Any
) -> None:
    seen(watched.child, by=watched.carer, at=now - timedelta(minutes=20))
    client.force_login(watched.carer)
    client.get(page_of(watched))
    with CaptureQueriesContext(connection) as one:
        client.get(page_of(watched))
    for _ in range(6):
        of_team = {"team": watched.team, "worker": watched.worker}
        child = placed(a_child(**of_team, at=now - timedelta(days=1)), watched.home).child
        seen(child, by=watched.carer, at=now - timedelta(minutes=20))

    with django_assert_num_queries(len(one)):
        client.get(page_of(watched))


@pytest.mark.by_turns
def test_while_a_child_of_the_house_is_looked_for_its_roll_call_says_so_first_and_reassures_nobody(
    client: Client, watched: Watched, now: Any
) -> None:
    seen(watched.child, by=watched.carer, at=now - timedelta(hours=2))
    client.force_login(watched.carer)
    for gone, word in ((not_here, "Not here"), (missing, "Missing")):
        gone(watched.child, by=watched.carer, at=now)
        page = client.get(page_of(watched)).content.decode()
        summary = page[page.index('id="roll-summary"') : page.index('class="rc-roll"')]
        assert "Nothing to record now" not in page
        assert re.search(rf"{watched.child.given_name}.*{word}", summary, re.DOTALL), summary
        assert "No other child to record now" in summary
