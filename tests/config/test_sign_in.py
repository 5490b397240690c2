"""Signing in and out, with limits that live in PostgreSQL."""

import pytest
from django.urls import NoReverseMatch, reverse

from cases.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "three random words"


@pytest.fixture
def person():
    made = User(email="dilys@northmere.example", name="Dilys Penrowe")
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(client, password=PASSWORD, email="dilys@northmere.example"):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_a_person_signs_in_with_email_and_password_and_out_again(client, person):
    assert client.get("/sign-in/").status_code == 200
    assert sign_in(client).status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_passwords_are_kept_by_argon2(person):
    assert person.password.startswith("argon2$argon2id$")


def test_a_wrong_password_and_an_unknown_address_answer_alike(client, person):
    wrong = sign_in(client, password="something else")
    unknown = sign_in(client, email="nobody@northmere.example")
    assert wrong.status_code == unknown.status_code == 200
    errors = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert errors[0]
    assert errors[0] == errors[1]
    assert "_auth_user_id" not in client.session


def test_guessing_is_stopped_after_five_tries_even_for_the_right_password(client, person):
    for _try in range(5):
        sign_in(client, password="something else")
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_a_closed_account_is_told_so_and_its_open_sessions_end_at_once(client, person):
    sign_in(client)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/").headers["Location"].startswith("/sign-in/"), "the session opens nothing any more"

    answer = client.post("/sign-in/", {"login": person.email, "password": PASSWORD}, follow=True)

    assert answer.status_code == 200
    assert "This account is closed" in answer.content.decode()
    assert client.get("/").headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example/", "javascript:x"]
)
def test_signing_in_leads_to_no_other_site(client, person, wanted):
    answer = client.post("/sign-in/", {"login": person.email, "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email", "mfa_index"])
def test_there_is_no_other_door(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
