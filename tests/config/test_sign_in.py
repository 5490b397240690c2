"""Signing in and out, with limits that live in PostgreSQL."""

import re
import time

import pytest
from allauth.core.internal import ratelimit
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from cases import sign_in as devices
from cases.models import AccessRecord, User
from tests import passing
from tests.counts import counts

pytestmark = pytest.mark.django_db
PASSWORD = "three random words"


@pytest.fixture
def quick_hashes(settings):
    """What is counted are tries: a hundred of them at the price of a real hash take half a minute."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture
def person():
    made = User(email="dilys@northmere.example", name="Dilys Penrowe")
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(client, password=PASSWORD, email="dilys@northmere.example"):
    return client.post(reverse("account_login"), {"login": email, "password": password})


@pytest.mark.by_turns(8)
def test_a_person_signs_in_with_email_and_password_and_out_again(client, person):
    assert client.get("/sign-in/").status_code == 200
    assert sign_in(client).status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.by_turns(8)
def test_passwords_are_kept_by_argon2(person):
    assert person.password.startswith("argon2$argon2id$")


@pytest.mark.by_turns(8)
def test_a_wrong_password_and_an_unknown_address_answer_alike(client, person):
    wrong = sign_in(client, password="something else")
    unknown = sign_in(client, email="nobody@northmere.example")
    assert wrong.status_code == unknown.status_code == 200
    errors = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert errors[0]
    assert errors[0] == errors[1]
    assert "_auth_user_id" not in client.session


@pytest.mark.by_turns(8)
def test_guessing_is_stopped_after_five_tries_even_for_the_right_password(client, person):
    for _try in range(5):
        sign_in(client, password="something else")
    sign_in(client)
    assert "_auth_user_id" not in client.session


@pytest.mark.by_turns(8)
def test_a_stranger_who_guesses_elsewhere_locks_nobody_out(client, person):
    stranger = Client(REMOTE_ADDR="198.51.100.9")
    for _try in range(12):
        sign_in(stranger, password="something else")
    assert sign_in(client).status_code == 302, "from another address the right password opens"


def guess(password, *, places, by_page, each=4):
    """Guess in so many places, in the last of them by the page, and before by what it counts its tries with."""
    for place in range(places):
        address = f"198.51.100.{place}"
        elsewhere = Client(REMOTE_ADDR=address)
        for _try in range(each):
            if place >= places - by_page:
                sign_in(elsewhere, password=password)
            else:
                request = RequestFactory().post("/sign-in/", REMOTE_ADDR=address)
                assert devices.take_try(request, "dilys@northmere.example") is not None


@pytest.mark.by_turns(8)
def test_guessing_from_everywhere_is_stopped_for_a_new_browser_and_not_for_one_that_is_known(
    client, quick_hashes, person
):
    sign_in(client)
    client.post("/sign-out/")
    guess("something else", places=25, by_page=counts(2, 25))
    new = Client()
    sign_in(new)
    assert "_auth_user_id" not in new.session
    assert sign_in(client).status_code == 302, "the duty room's own machine opens at three in the night"


@pytest.mark.by_turns(8)
def test_a_known_browser_is_known_for_those_who_signed_in_there_alone(client, quick_hashes, person):
    other = User(email="other@northmere.example", name="Other Penrowe")
    other.set_password(PASSWORD)
    other.save()
    sign_in(client)
    client.post("/sign-out/")
    for _try in range(6):
        sign_in(client, password="something else", email=other.email)
    sign_in(client, email=other.email)
    assert "_auth_user_id" not in client.session
    assert sign_in(client).status_code == 302


@pytest.mark.by_turns(8)
def test_in_a_known_browser_guessing_is_slowed_too(client, quick_hashes, person):
    sign_in(client)
    client.post("/sign-out/")
    for _try in range(5):
        sign_in(client, password="something else")
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_several_people_of_one_machine_are_all_known_and_none_is_named(client, person):
    request = RequestFactory().get("/")
    for login in ("one@northmere.example", "two@northmere.example", "ONE@northmere.example"):
        response = HttpResponse()
        devices.remember_device(request, response, login)
        request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
    (cookie,) = request.COOKIES.values()
    assert "northmere" not in cookie
    assert devices.known_device(request, "two@northmere.example")
    assert devices.known_device(request, "One@northmere.example")
    assert not devices.known_device(request, "three@northmere.example")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("written", ["", "abc", "abc:def:ghi"])
def test_a_mark_that_we_did_not_sign_is_no_known_browser(client, written):
    request = RequestFactory().get("/")
    request.COOKIES = {"rollcall-browser": written}
    assert devices.known_device(request, "dilys@northmere.example") == ""


@pytest.mark.by_turns(8)
def test_the_wait_grows_with_every_wrong_password_from_one_place(client, quick_hashes, person, monkeypatch):
    moment = time.time()
    monkeypatch.setattr(ratelimit.time, "time", lambda: moment)

    def refused():
        answer = sign_in(client, password="something else").content.decode()
        return "Too many wrong passwords" in answer

    waited = []
    for _try in range(12):
        tries = 0
        while refused():
            moment += 30
            tries += 1
        waited.append(tries * 30)
    assert waited[:5] == [0] * 5
    assert 30 <= waited[5] <= 60
    assert waited[10] > 600


@pytest.mark.by_turns(8)
def test_the_service_hashes_at_the_cost_that_is_advised_and_signs_in_by_such_a_hash(client, settings):
    """Argon2id with 19 MiB and two turns at the least [OWASP, Password Storage Cheat Sheet]."""
    assert settings.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    assert passing.REAL_COSTS["time_cost"] >= 2
    assert passing.REAL_COSTS["memory_cost"] >= 19 * 1024
    passing.hash_at(passing.REAL_COSTS)
    try:
        made = User(email="dilys@northmere.example", name="Dilys Penrowe")
        made.set_password(PASSWORD)
        made.save()
        memory, turns = (passing.REAL_COSTS[name] for name in ("memory_cost", "time_cost"))
        assert made.password.startswith(f"argon2$argon2id$v=19$m={memory},t={turns},")
        assert sign_in(client, "something else").status_code == 200
        assert sign_in(client).status_code == 302
    finally:
        passing.hash_at(passing.LEAST_COSTS)


@pytest.mark.by_turns(8)
def test_the_open_sessions_of_a_closed_account_end_at_once(client, person):
    sign_in(client)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/").headers["Location"].startswith("/sign-in/"), "the session opens nothing any more"


@pytest.mark.by_turns(8)
def test_a_wrong_password_is_on_record_of_its_account_and_what_was_typed_is_kept_nowhere(client, person):
    sign_in(client)
    client.post("/sign-out/")
    assert not AccessRecord.objects.exists()
    sign_in(client, password="something else", email="Dilys@Northmere.example")
    (kept,) = AccessRecord.objects.all()
    assert (kept.user, kept.child, kept.allowed, kept.page) == (person, None, False, "wrong_password")
    assert (kept.path, kept.address) == ("/sign-in/", "127.0.0.1")
    sign_in(client, email="typed-secret@northmere.example")
    unknown = AccessRecord.objects.latest("pk")
    assert (unknown.user, unknown.allowed, unknown.page) == (None, False, "wrong_password")
    for row in AccessRecord.objects.values():
        assert "typed-secret" not in str(row)
        assert "something else" not in str(row)
    for _try in range(8):
        sign_in(client, password="something else")
    # What the limit stops is no try: nobody fills the record.
    assert AccessRecord.objects.filter(user=person).count() == 5


@pytest.mark.by_turns(8)
def test_an_unknown_address_and_a_wrong_password_ask_the_database_as_much(client, person):
    counted = []
    for number, email in enumerate((person.email, "nobody@northmere.example", person.email)):
        elsewhere = Client(REMOTE_ADDR=f"198.51.100.{number}")
        with CaptureQueriesContext(connection) as asked:
            sign_in(elsewhere, password="something else", email=email)
        counted.append(len(asked))
    assert counted[1] == counted[2]


# --- No oracle: who is here is not found out by trying


@pytest.fixture
def hashes(monkeypatch):
    """The hashes computed so far, whichever way."""
    computed = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(hasher, *given, real=real):
            computed.append(real.__name__)
            return real(hasher, *given)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    return computed


@pytest.fixture
def tried(client, person, hashes):
    """Tries of each kind from a place of its own: the answer, and how many hashes it cost."""
    closed = User(email="closed@northmere.example", name="Closed Penrowe", is_active=False)
    closed.set_password(PASSWORD)
    closed.save()
    User.objects.create_user("invited@northmere.example", name="Invited Penrowe").save()
    kinds = {
        "wrong": (person.email, "something else"),
        "unknown": ("nobody@northmere.example", PASSWORD),
        "closed, right": (closed.email, PASSWORD),
        "closed, wrong": (closed.email, "something else"),
        "invited": ("invited@northmere.example", PASSWORD),
    }

    def attempt(kind):
        login, password = kinds[kind]
        elsewhere = Client(REMOTE_ADDR=f"198.51.100.{list(kinds).index(kind)}")
        hashes.clear()
        return elsewhere.post("/sign-in/", {"login": login, "password": password}), len(hashes)

    return {kind: lambda kind=kind: attempt(kind) for kind in kinds}


@pytest.mark.by_turns(8)
def test_whatever_is_wrong_is_told_alike_and_costs_one_hash(tried):
    told = {}
    for kind, attempt in tried.items():
        answer, computed = attempt()
        page = re.sub(r'value="[^"]*"', "", answer.content.decode())
        told[kind] = (answer.status_code, page, sorted(answer.headers), sorted(answer.cookies), computed)
    assert told["wrong"][0] == 200
    assert told["wrong"][-1] == 1
    assert [kind for kind in told if told[kind] != told["wrong"]] == []


@pytest.mark.by_turns(8)
def test_guessing_is_stopped_alike_whoever_it_is_about(tried):
    for attempt in tried.values():
        for _try in range(5):
            assert "Too many wrong passwords" not in attempt()[0].content.decode()
        answer, computed = attempt()
        assert "Too many wrong passwords" in answer.content.decode()
        assert computed == 0


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example/", "javascript:x"]
)
def test_signing_in_leads_to_no_other_site(client, person, wanted):
    answer = client.post("/sign-in/", {"login": person.email, "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == "/"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email", "mfa_index"])
def test_there_is_no_other_door(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
