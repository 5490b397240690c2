"""Signing in takes two: nobody reaches a page by the password alone, and nobody learns what they do not know already."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.test import Client
from django.urls import get_resolver, reverse

from cases import clock, invitations, people, second_factor
from cases.models import AccessRecord, Role, User
from tests import factories
from tests.architecture.test_views_guarded import PUBLIC, addresses
from tests.counts import counts, one_in
from tests.passing import SECRET, code, has_app, just_signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "three random words"
SET_UP = {"factors", "factor_app_new", "passkey_new", "account_logout"}


@pytest.fixture
def newcomer() -> User:
    return factories.a_person(Role.SOCIAL_WORKER, password=PASSWORD)


@pytest.fixture
def person(newcomer: User, now: datetime) -> User:
    return has_app(newcomer, at=now)


def by_password(client: Client, person: User, password: str = PASSWORD, **more: str):
    return client.post("/sign-in/", {"login": person.email, "password": password, **more})


def by_code(client: Client, typed: str):
    return client.post(reverse("second_step"), {"code": typed})


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


# --- Somebody who has one


@pytest.mark.by_turns(8)
def test_password_and_code_open_and_lead_to_where_they_were_going(
    client: Client, person: User, now: datetime
) -> None:
    first = by_password(client, person, next="/account/?of=mine")
    assert first.url == reverse("second_step")
    assert not is_in(client)
    page = client.get(first.url)
    assert page.status_code == 200
    assert 'autocomplete="one-time-code"' in page.content.decode()
    done = by_code(client, code(at=clock.now()))
    assert done.url == "/account/?of=mine"
    assert is_in(client)


@pytest.mark.by_turns(8)
def test_a_wrong_code_is_said_at_the_field_and_opens_nothing(client: Client, person: User) -> None:
    by_password(client, person)
    wrong = by_code(client, "000000")
    assert wrong.status_code == 422
    assert "This code is not right" in str(wrong.context["form"].errors["code"])
    assert not is_in(client)
    assert by_code(client, "").status_code == 422


@pytest.mark.by_turns(8)
def test_a_code_that_was_used_opens_no_second_session(client: Client, person: User) -> None:
    used = code(at=clock.now())
    by_password(client, person)
    by_code(client, used)
    other = Client()
    by_password(other, person)
    assert by_code(other, used).status_code == 422
    assert not is_in(other)


@pytest.mark.by_turns(8)
def test_codes_are_not_guessed_and_another_browser_does_not_help(client: Client, person: User) -> None:
    for browser in (client, Client(REMOTE_ADDR="198.51.100.9")):
        by_password(browser, person)
        for _try in range(3):
            refused = by_code(browser, "000000")
    assert "Too many wrong codes" in refused.content.decode()
    right = by_code(client, code(at=clock.now()))
    assert right.status_code == 422
    assert not is_in(client)


def test_a_wrong_code_is_on_record_of_its_account_and_a_right_one_is_not(
    client: Client, person: User
) -> None:
    by_password(client, person)
    by_code(client, "000000")
    by_code(client, code(at=clock.now()))
    (kept,) = AccessRecord.objects.all()
    assert (kept.user, kept.child, kept.allowed, kept.page) == (person, None, False, "wrong_code")
    # Whoever it was not reads of it themselves.
    page = client.get(reverse("own_reads")).content.decode()
    assert "A wrong code of the second step" in page
    assert "Refused" in page


@pytest.mark.by_turns(8)
def test_the_wait_is_over_after_a_minute_and_being_right_costs_nothing(
    client: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.time()
    monkeypatch.setattr(ratelimit.time, "time", lambda: moment)
    by_password(client, person)
    for _try in range(6):
        by_code(client, "000000")
    moment += 61
    assert by_code(client, code(at=clock.now())).status_code == 302
    assert is_in(client)


@pytest.mark.by_turns(8)
def test_a_recovery_code_opens_once(client: Client, person: User, now: datetime) -> None:
    codes = second_factor.new_codes(person, at=now)
    by_password(client, person)
    assert "Recovery code" in client.get(reverse("second_step") + "?recovery").content.decode()
    assert by_code(client, codes[0]).status_code == 302
    assert is_in(client)
    other = Client()
    by_password(other, person)
    assert by_code(other, codes[0]).status_code == 422


@pytest.mark.by_turns(8)
def test_the_second_step_is_no_oracle_for_accounts(client: Client, person: User, newcomer: User) -> None:
    """Unknown, wrong with a factor, wrong without one: one answer, and no word of a second step."""
    plain = factories.a_person(Role.POLICE, password=PASSWORD)
    answers = [
        client.post("/sign-in/", {"login": email, "password": "something else"})
        for email in (person.email, plain.email, "nobody@northmere.example")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({str(answer.context["form"].non_field_errors()) for answer in answers}) == 1
    assert client.get(reverse("second_step")).url == reverse("account_login")


def test_nobody_comes_to_the_second_step_without_the_first(client: Client, person: User) -> None:
    assert by_code(client, code(at=clock.now())).url == reverse("account_login")
    assert not is_in(client)


@pytest.mark.by_turns(8)
def test_a_password_that_has_changed_meanwhile_opens_no_second_step(client: Client, person: User) -> None:
    admin = factories.a_person(Role.ADMINISTRATOR, authority=factories.membership_of(person).team.authority)
    by_password(client, person)
    invitations.make(person, by=admin, at=clock.now())
    assert by_code(client, code(at=clock.now())).url == reverse("account_login")
    assert client.get("/sign-in/").status_code == 200, "one begins anew"


def test_whoever_is_reset_meanwhile_begins_anew(client: Client, person: User) -> None:
    by_password(client, person)
    second_factor.reset(person, reason="Lost", by=factories.somebody(), at=clock.now())
    assert by_code(client, code(at=clock.now())).url == reverse("account_login")


@pytest.mark.by_turns(8)
def test_somebody_else_can_begin_at_the_same_browser(client: Client, person: User) -> None:
    by_password(client, person)
    assert client.get("/sign-in/").url == reverse("second_step")
    client.post("/sign-out/")
    assert client.get("/sign-in/").status_code == 200


def test_a_passed_session_of_one_is_none_for_another(client: Client, person: User, now: datetime) -> None:
    other = has_app(factories.a_person(Role.POLICE, password=PASSWORD), at=now)
    client.force_login(person)
    session = client.session
    session["_auth_user_id"] = str(other.pk)
    session["_auth_user_hash"] = other.get_session_auth_hash()
    session.save()
    assert not is_in(client)


# --- Somebody who has none yet


def test_a_newcomer_is_led_to_set_it_up_and_then_to_where_they_were_going(
    client: Client, newcomer: User
) -> None:
    wanted = "/account/?of=mine"
    assert by_password(client, newcomer, next=wanted).url == wanted
    led = client.get(wanted)
    assert led.url == f"{reverse('factors')}?next=%2Faccount%2F%3Fof%3Dmine"
    text = client.get(led.url).content.decode()
    assert "Set up a second step" in text
    assert "Sign out" in text
    assert newcomer.name in text
    assert 'href="/children/' not in text, "no way to what does not open"
    assert f'href="{reverse("account")}"' not in text
    asked = client.get(reverse("factor_app_new") + "?next=/account/")
    secret = second_factor.unseal(asked.wsgi_request.session["second_factor_secret"])
    assert secret in asked.content.decode().replace(" ", "").replace("<wbr>", "")
    wrong = client.post(asked.wsgi_request.get_full_path(), {"code": "000000"})
    assert wrong.status_code == 422
    assert secret in wrong.content.decode().replace(" ", ""), "a slip needs no second scan"
    assert not is_in(client)
    before = client.session.session_key
    done = client.post(asked.wsgi_request.get_full_path(), {"code": code(at=clock.now(), secret=secret)})
    assert len(done.context["codes"]) == 10
    assert 'href="/account/"' in done.content.decode()
    assert is_in(client)
    assert client.session.get("second_factor_secret") is None
    assert client.session.session_key != before, "a key that was known before opens nothing"


@pytest.mark.by_turns(8)
def test_the_code_that_set_an_app_up_signs_nobody_in_again(client: Client, newcomer: User) -> None:
    client.force_login(newcomer)
    client.post(reverse("password_again"), {"password": PASSWORD})
    asked = client.get(reverse("factor_app_new"))
    secret = second_factor.unseal(asked.wsgi_request.session["second_factor_secret"])
    used = code(at=clock.now(), secret=secret)
    client.post(reverse("factor_app_new"), {"code": used})
    other = Client()
    by_password(other, newcomer)
    assert by_code(other, used).status_code == 422


def test_no_page_opens_by_the_password_alone(client: Client, newcomer: User) -> None:
    by_password(client, newcomer)
    asked = sorted(name for name in addresses() if name not in {*PUBLIC, *SET_UP})
    assert len(asked) > 100
    open_still = [
        f"{method.__name__} {path}"
        for path in map(path_of, asked)
        # Asked before either: by one of them, in turn.
        for method in a_half((client.get, client.post), path)
        if not method(path).headers.get("Location", "").startswith(f"{reverse('factors')}?next=")
    ]
    assert not open_still


def a_half(methods: tuple[Any, Any], path: str) -> tuple[Any, ...]:
    one = one_in(path, 2)
    return counts(methods[one : one + 1], methods)


def path_of(name: str) -> str:
    """An address of this name, with something of its kind in every place."""
    (pattern, arguments), *_ = get_resolver().reverse_dict.getlist(name)[0][0]
    converters = get_resolver().reverse_dict.getlist(name)[0][3]
    kinds = {
        "IntConverter": "1",
        "UUIDConverter": "00000000-0000-4000-8000-000000000000",
        "Reference": "MC26-000016",
    }
    special = {"token": "0" * 32, "size": "face", "reference": "MC26-000016"}
    given = {one: kinds.get(type(converters[one]).__name__) or special.get(one, "x") for one in arguments}
    return "/" + pattern % given


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("path", ["/no-such-page/", "/children/nothing/", "/health/", "/a/nothing/"])
def test_a_page_for_everybody_and_no_page_name_nobody(client: Client, newcomer: User, path: str) -> None:
    by_password(client, newcomer)
    assert newcomer.name not in client.get(path).content.decode()


@pytest.mark.by_turns(8)
def test_a_session_from_before_is_asked_to_sign_in_again(client: Client, person: User) -> None:
    """Of somebody who set up their factor elsewhere: this session has not passed it."""
    client.force_login(person)
    just_signed_in(client, passed=False)
    assert client.get("/account/").url == "/sign-in/?next=/account/"
    for name in sorted(SET_UP - {"account_logout"}):
        assert client.get(reverse(name)).url.startswith("/sign-in/"), "nor may it set up another"
    assert by_password(client, person, next="/account/").url == reverse("second_step")


@pytest.mark.by_turns(8)
def test_two_who_know_the_password_do_not_both_set_one_up(client: Client, newcomer: User) -> None:
    other = Client()
    for browser in (client, other):
        by_password(browser, newcomer)
        browser.get(reverse("factor_app_new"))
    for browser, status in ((client, 200), (other, 302)):
        secret = second_factor.unseal(browser.session["second_factor_secret"])
        answer = browser.post(reverse("factor_app_new"), {"code": code(at=clock.now(), secret=secret)})
        assert answer.status_code == status
    assert is_in(client)
    assert not is_in(other)


@pytest.mark.by_turns(8)
def test_a_newcomer_signs_out(client: Client, newcomer: User) -> None:
    by_password(client, newcomer)
    assert client.post("/sign-out/").url == "/sign-in/"
    assert "_auth_user_id" not in client.session


@pytest.mark.by_turns(8)
def test_without_a_role_there_is_nothing_to_set_up(client: Client) -> None:
    nobody = factories.somebody(password=PASSWORD)
    by_password(client, nobody)
    assert client.get(reverse("factors")).status_code == 403


@pytest.mark.by_turns(8)
def test_a_leaver_has_no_half_open_door(client: Client, newcomer: User) -> None:
    by_password(client, newcomer)
    people.leave(factories.membership_of(newcomer), at=clock.now())
    assert client.get(reverse("factors")).url.startswith("/sign-in/")


# --- The demo may do without


@pytest.mark.by_turns(8)
def test_where_it_is_off_the_password_opens(client: Client, person: User, settings) -> None:
    settings.SECOND_FACTOR = False
    assert by_password(client, person).url == "/"
    assert is_in(client)


@pytest.mark.by_turns(8)
def test_switched_on_again_a_session_from_before_opens_nothing(
    client: Client, person: User, settings
) -> None:
    settings.SECOND_FACTOR = False
    by_password(client, person)
    settings.SECOND_FACTOR = True
    assert not is_in(client)


@pytest.mark.by_turns(8)
def test_the_demos_people_have_their_keys_for_an_app(settings, now: datetime) -> None:
    from alerts import demo, demo_cast

    settings.DEMO, settings.SECOND_FACTOR = True, True
    demo.set_stage(at=now)
    demo.set_stage(at=now + timedelta(hours=1))
    for entry in demo_cast.sign_ins():
        person = User.objects.get(email=entry["email"])
        second_factor.check(person, code(at=now, secret=entry["app_key"]), at=now)
    settings.SECOND_FACTOR = False
    assert "app_key" not in demo_cast.sign_ins()[0]
    assert SECRET not in str(demo_cast.sign_ins())
