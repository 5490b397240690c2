"""Everybody's own page: where alerts go, which nobody can mute, and what each may choose for themselves."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import get_language

from alerts.views import account
from cases import mail_refusals, people
from cases.models import ConfigurationChange, Told, ToldBy, User
from cases.states import IllegalMove
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
PAGE = "/account/"
ROLES = (
    "social_worker",
    "duty_desk",
    "team_manager",
    "placement_staff",
    "foster_carer",
    "guardian",
    "police",
    "administrator",
    "statistician",
    "auditor",
    "dpo",
)
CHOSEN = {
    "language": "en-gb",
    "has_digest": "yes",
    "digest_time": "07:00",
    "told": "at_once",
    "told_by": "text",
}


@pytest.fixture
def worker() -> User:
    return factories.a_person("social_worker")


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.mark.by_turns
@pytest.mark.parametrize("role", ROLES)
def test_everybody_with_a_role_has_the_page_and_a_way_to_it(client: Client, role: str) -> None:
    person = factories.a_person(role)
    page = signed_in(client, person).get(PAGE)
    text = page.content.decode()
    assert page.status_code == 200
    assert person.email.split("@")[0] in text
    # Whoever is not rung or mailed by name is not told that they are.
    assert ("This cannot be switched off." in text) == (
        role in ("social_worker", "duty_desk", "team_manager", "guardian")
    )
    assert f'href="{PAGE}"' in text
    assert ("When does the daily list come?" in text) == (
        role in ("social_worker", "team_manager", "guardian")
    )
    assert ("How do you want" in text) == (role in ("social_worker", "guardian"))


@pytest.mark.by_turns(8)
def test_whoever_is_not_signed_in_or_has_no_role_does_not_see_it(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert signed_in(client, factories.somebody()).get(PAGE).status_code == 403


@pytest.mark.by_turns(8)
def test_what_is_chosen_is_kept_and_on_record_with_what_stood_before(client: Client, worker: User) -> None:
    assert signed_in(client, worker).post(PAGE, CHOSEN).status_code == 302
    worker.refresh_from_db()
    assert (worker.told, worker.told_by, worker.has_digest) == (Told.AT_ONCE, ToldBy.TEXT, True)
    assert worker.digest_time.hour == 7
    assert worker.digest_next_at is not None
    change = ConfigurationChange.objects.get(kind="account_changed")
    assert (change.actor, change.subject_id) == (worker, worker.pk)
    assert change.data["changed"]["told"] == ["bundled", "at_once"]
    # The same again is no change.
    client.post(PAGE, CHOSEN)
    assert ConfigurationChange.objects.filter(kind="account_changed").count() == 1


@pytest.mark.by_turns
def test_nobody_changes_their_own_name_address_or_phone(client: Client, worker: User) -> None:
    before = (worker.email, worker.name, worker.phone)
    signed_in(client, worker).post(PAGE, CHOSEN | {"email": "x@rollcall.example", "name": "X", "phone": "1"})
    worker.refresh_from_db()
    assert (worker.email, worker.name, worker.phone) == before
    assert "Your administrator changes your name, email and phone" in client.get(PAGE).content.decode()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"told": "digest", "told_by": "mail", "has_digest": "no"}, "You have selected no daily list"),
        ({"told": "digest"}, "The daily list is an email: select email"),
        ({"language": "xx"}, "Select a language"),
        ({"digest_time": "25:00"}, "Select when the daily list comes"),
        ({"told": ""}, "Select when you want what is for your information"),
    ],
)
def test_what_does_not_go_together_is_said_twice_and_nothing_typed_is_lost(
    client: Client, worker: User, answers: dict[str, str], words: str
) -> None:
    page = signed_in(client, worker).post(PAGE, CHOSEN | answers)
    text = page.content.decode()
    assert page.status_code == 422
    assert text.count(words) == 2
    assert not ConfigurationChange.objects.filter(kind="account_changed").exists()
    if "digest_time" not in answers:
        assert '<option value="07:00" selected>' in text


def test_nobody_is_texted_without_a_phone_on_record(client: Client, worker: User) -> None:
    User.objects.filter(pk=worker.pk).update(phone="")
    page = signed_in(client, worker).post(PAGE, CHOSEN)
    assert page.status_code == 422
    assert "There is no phone on record for you" in page.content.decode()


@pytest.mark.by_turns
def test_a_phone_that_is_taken_away_takes_the_texts_with_it(worker: User) -> None:
    wishes = people.wishes_of(worker)
    people.choose(worker, people.Wishes(**{**vars(wishes), "told_by": "text"}), at=AT)
    people.correct(worker, name=worker.name, phone="", by=factories.a_person("administrator"), at=AT)
    worker.refresh_from_db()
    assert worker.told_by == ToldBy.MAIL


def test_the_verb_and_the_database_refuse_what_would_reach_nobody(worker: User) -> None:
    wishes = vars(people.wishes_of(worker))
    with pytest.raises(IllegalMove):
        people.choose(worker, people.Wishes(**{**wishes, "told": "digest", "has_digest": False}), at=AT)
    refused: list[dict[str, Any]] = [
        {"told": "digest", "has_digest": False},
        {"told_by": "text", "phone": ""},
        {"told": "digest", "has_digest": True, "told_by": "text"},
    ]
    for fields in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=worker.pk).update(**fields)


@pytest.mark.by_turns
def test_the_language_is_the_person_s_wherever_they_sign_in_and_the_browser_keeps_it(
    client: Client, worker: User, settings: Any
) -> None:
    answer = signed_in(client, worker).post(PAGE, CHOSEN | {"language": "cy"})
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "cy"
    elsewhere = signed_in(Client(), worker)
    assert '<html lang="cy"' in elsewhere.get(PAGE).content.decode()
    other = signed_in(Client(HTTP_ACCEPT_LANGUAGE="cy"), factories.a_person("guardian"))
    # Who has chosen none reads what the browser asks for.
    assert '<html lang="cy"' in other.get(PAGE).content.decode()
    other.post(PAGE, CHOSEN)
    assert '<html lang="en-gb"' in other.get(PAGE).content.decode()


def test_that_it_is_kept_is_said_in_the_language_that_was_chosen(
    client: Client, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_", lambda words: f"{words} ({get_language()})")
    answer = signed_in(client, worker).post(PAGE, CHOSEN | {"language": "cy"}, follow=True)
    assert "Your choices are kept. (cy)" in answer.content.decode()


@pytest.mark.by_turns(8)
def test_one_whose_mail_comes_back_reads_since_when_and_whom_to_ask_and_nobody_else(
    client: Client, worker: User
) -> None:
    other = factories.a_person("social_worker")
    with transaction.atomic():
        mail_refusals.begin(worker.pk, at=AT)
    text = signed_in(client, worker).get(PAGE).content.decode()
    assert "Mail has come back since" in text
    assert "tell your administrator" in text
    assert "Mail has come back" not in signed_in(client, other).get(PAGE).content.decode()
