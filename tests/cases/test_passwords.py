"""Passwords: long, not on a list, and otherwise as anybody likes; changed by their owner, which ends what is open elsewhere."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from cases.models import ConfigurationChange, Role, User
from tests.factories import a_person

pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "three slow herons", "a kettle under Thursday"


@pytest.fixture
def person() -> User:
    return a_person(
        Role.SOCIAL_WORKER, name="Dilys Penrowe", email="d.penrowe@northmere.example", password=PASSWORD
    )


def refused(password: str, person: User | None) -> str:
    try:
        validate_password(password, person)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return ""


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "onlysmallletters",
        "ONLYLARGELETTERS",
        "839201748265",
        "        spaces   a",
        "پنجره آبی و باران",
        "Penrowe lives by four windmills",
        "x" * 6 + "qzv,bmw;lkh" * 12,
    ],
)
def test_any_signs_do_where_there_are_twelve_and_they_are_not_the_first_to_be_tried(person, password):
    assert refused(password, person) == ""


@pytest.mark.parametrize("password", ["elevenchars", "Ab1!Ab1!", ""])
def test_less_than_twelve_characters_are_refused(person, password):
    assert "12 characters" in refused(password, person)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "password",
    [
        "Sunshine2026!!",
        "!!!monkey12345",
        "password12345678",
        "P4ssw0rdP4ssw0rd",
        "Welcome-Welcome-1",
        "rollcall2026!",
        "R0llcall-R0llcall",
        "Dilys Penrowe 1984",
        "penrowe.northmere",
        "Pénrowe-Pénrowe-7",
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "987654321098765",
        "abababababababab",
        "qwertyqwerty1234",
    ],
)
def test_what_is_tried_first_is_refused(person, password):
    assert refused(password, person)


def test_somebody_else_s_name_is_no_word_of_one_s_own(person):
    assert refused("penrowe.northmere", a_person(Role.SOCIAL_WORKER)) == ""


# --- Changing it


def change(client: Client, password: str = PASSWORD, new: str = OTHER) -> object:
    return client.post("/account/password/change/", {"password": password, "new_password": new})


@pytest.mark.by_turns
def test_the_page_takes_pasting_and_password_managers(client, person):
    client.force_login(person)
    page = client.get("/account/password/change/").content.decode()
    for wanted in ("username", "current-password", "new-password"):
        assert f'autocomplete="{wanted}"' in page
    assert "onpaste" not in page
    assert "maxlength" not in page
    assert "/account/password/change/" in client.get("/account/").content.decode()
    signing_in = Client().get("/sign-in/").content.decode()
    assert 'autocomplete="username' in signing_in
    assert 'autocomplete="current-password"' in signing_in


def test_a_changed_password_ends_every_other_session_and_is_on_record(client, person):
    phone = Client()
    for one in (client, phone):
        one.force_login(person)
    answer = change(client)
    assert answer.headers["Location"] == "/account/"
    assert "Your password is changed" in client.get("/account/").content.decode()
    assert phone.get("/").headers["Location"].startswith("/sign-in/?")
    person.refresh_from_db()
    assert person.check_password(OTHER)
    assert person.password.startswith("argon2$argon2id$")
    change_made = ConfigurationChange.objects.get(kind="password_changed")
    assert (change_made.actor, change_made.data) == (person, {})


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("password", "new", "said"),
    [
        ("not this one", OTHER, "Enter your password again: this one is not right"),
        (PASSWORD, "rollcall2026!", "This is easy to guess"),
        (PASSWORD, "short", "12 characters"),
        (PASSWORD, "", "Enter the new password"),
    ],
)
def test_a_change_is_refused(client, person, password, new, said):
    client.force_login(person)
    answer = change(client, password, new)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert OTHER not in page
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.by_turns(8)
def test_the_present_password_is_not_guessed_here_either(client, person):
    client.force_login(person)
    for _try in range(5):
        change(client, "not this one")
    assert "Too many wrong passwords" in change(client).content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_whoever_has_no_role_changes_nothing(client):
    client.force_login(User.objects.create_user("nobody@northmere.example", name="Nobody", password=PASSWORD))
    assert change(client).status_code == 403
