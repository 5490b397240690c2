"""The second factor as its owner keeps it: an app, recovery codes, and an administrator who resets what is lost."""

from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from cases import second_factor
from cases.models import ConfigurationChange, Role, User
from cases.second_factor import Kind, WrongCode
from cases.states import IllegalMove
from tests import factories
from tests.passing import SECRET, code, has_app

pytestmark = pytest.mark.django_db
PASSWORD = "three random words"
STEP = timedelta(seconds=30)


@pytest.fixture
def person(now: datetime) -> User:
    return has_app(factories.a_person(Role.SOCIAL_WORKER, password=PASSWORD), at=now)


@pytest.fixture
def page(client: Client, person: User) -> Client:
    client.force_login(person)
    client.post(reverse("password_again"), {"password": PASSWORD})
    return client


def kinds(person: User) -> list[str]:
    changes = ConfigurationChange.objects.filter(subject_type="user", subject_id=person.pk)
    return [change.kind for change in changes.order_by("pk")]


# --- Codes of the app


def test_a_code_is_taken_in_its_half_minute_and_the_one_before_and_after(person: User, now: datetime) -> None:
    for steps in (-1, 0, 1):
        assert second_factor.check(person, code(at=now, steps=steps), at=now) == Kind.TOTP


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_of_another_time_is_refused(person: User, now: datetime, steps: int) -> None:
    with pytest.raises(WrongCode):
        second_factor.check(person, code(at=now, steps=steps), at=now)


def test_a_code_opens_once_and_none_from_before_it_opens_after(person: User, now: datetime) -> None:
    second_factor.check(person, code(at=now), at=now)
    for steps in (0, -1):
        with pytest.raises(WrongCode):
            second_factor.check(person, code(at=now, steps=steps), at=now)
    assert second_factor.check(person, code(at=now + STEP), at=now + STEP) == Kind.TOTP


def test_spaces_in_a_code_are_nothing_and_anything_else_is_wrong(person: User, now: datetime) -> None:
    right = code(at=now)
    assert second_factor.check(person, f" {right[:3]} {right[3:]} ", at=now) == Kind.TOTP
    for wrong in ("", "000000", "１２３４５６", "abc", right + "0"):
        with pytest.raises(WrongCode):
            second_factor.check(person, wrong, at=now)


def test_another_persons_code_opens_nothing(person: User, now: datetime) -> None:
    other = has_app(factories.somebody(), at=now, secret="KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    with pytest.raises(WrongCode):
        second_factor.check(other, code(at=now), at=now)


def test_the_secret_is_not_readable_in_the_database_and_not_without_the_key(
    person: User, now: datetime, settings
) -> None:
    kept = Authenticator.objects.get(user=person)
    assert SECRET not in str(kept.data)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another key of the service altogether"
    with pytest.raises(WrongCode):
        second_factor.check(person, code(at=now), at=now)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert second_factor.check(person, code(at=now), at=now) == Kind.TOTP


# --- Recovery codes


def test_each_recovery_code_opens_once_however_it_is_written(person: User, now: datetime) -> None:
    codes = second_factor.new_codes(person, at=now)
    assert len(set(codes)) == second_factor.codes_left(person) == 10
    assert second_factor.check(person, f" {codes[3].upper()} ", at=now) == Kind.RECOVERY_CODES
    assert second_factor.codes_left(person) == 9
    with pytest.raises(WrongCode):
        second_factor.check(person, codes[3], at=now)
    assert second_factor.check(person, codes[4].replace("-", ""), at=now) == Kind.RECOVERY_CODES
    assert kinds(person)[-2:] == ["recovery_code_used", "recovery_code_used"]


def test_new_recovery_codes_end_those_before_and_none_is_kept_readable(person: User, now: datetime) -> None:
    old, new = second_factor.new_codes(person, at=now), second_factor.new_codes(person, at=now)
    with pytest.raises(WrongCode):
        second_factor.check(person, old[0], at=now)
    kept = str(Authenticator.objects.get(user=person, type=Kind.RECOVERY_CODES).data)
    assert not [one for one in new if one in kept or one.replace("-", "") in kept]
    assert second_factor.check(person, new[0], at=now) == Kind.RECOVERY_CODES


def test_nobody_without_a_factor_has_recovery_codes(now: datetime) -> None:
    with pytest.raises(IllegalMove, match="Set up a second step first"):
        second_factor.new_codes(factories.somebody(), at=now)


def test_recovery_codes_are_shown_once_and_counted(page: Client, person: User, now: datetime) -> None:
    shown = page.post(reverse("factor_codes"))
    assert len(shown.context["codes"]) == 10
    assert shown.headers["Cache-Control"] == "no-store"
    text = shown.content.decode()
    again = page.get(reverse("factor_codes")).content.decode() + page.get(reverse("factors")).content.decode()
    for one in shown.context["codes"]:
        assert one in text
        assert one not in again
    assert "10 codes are left" in again
    second_factor.check(person, shown.context["codes"][0], at=now)
    assert "9 codes are left" in page.get(reverse("factors")).content.decode()


# --- One's own pages


def test_the_page_leads_from_the_account(page: Client) -> None:
    assert reverse("factors") in page.get(reverse("account")).content.decode()
    text = page.get(reverse("factors")).content.decode()
    assert "You have only one" in text
    assert "/remove/" not in text


def test_the_last_factor_stays(page: Client, person: User) -> None:
    app = second_factor.factors(person)[0]
    refused = page.post(reverse("factor_remove", args=[app.pk]), {"remove": "now"})
    assert refused.status_code == 422
    assert "This is your only second step" in refused.content.decode()
    assert second_factor.has_one(person)


def a_passkey(person: User, now: datetime, name: str = "Work phone") -> Authenticator:
    second_factor.add_passkey(person, name, {"id": "x"}, may_add=True, at=now)
    return second_factor.factors(person)[-1]


def test_one_of_two_is_removed_and_ends_every_other_session(
    page: Client, person: User, now: datetime
) -> None:
    passkey, elsewhere = a_passkey(person, now), Client()
    elsewhere.force_login(User.objects.get(pk=person.pk))
    assert page.get(reverse("factor_remove", args=[passkey.pk])).status_code == 200
    assert page.post(reverse("factor_remove", args=[passkey.pk]), {"remove": "now"}).url == reverse("factors")
    assert page.get(reverse("account")).status_code == 200, "one’s own session goes on"
    assert elsewhere.get(reverse("account")).status_code == 302
    assert kinds(person)[-1] == "second_factor_removed"


def test_a_passkey_is_renamed_by_its_owner_alone(page: Client, person: User, now: datetime) -> None:
    passkey = a_passkey(person, now)
    others = a_passkey(factories.a_person(Role.POLICE), now)
    assert page.post(reverse("passkey_change", args=[passkey.pk]), {"name": ""}).status_code == 422
    assert page.post(reverse("passkey_change", args=[passkey.pk]), {"name": "Blue key"}).status_code == 302
    assert "Blue key" in page.get(reverse("factors")).content.decode()
    for name in ("passkey_change", "factor_remove"):
        assert page.get(reverse(name, args=[others.pk])).status_code == 404
        assert page.post(reverse(name, args=[others.pk]), {"name": "Mine"}).status_code == 404
    others.refresh_from_db()
    assert others.data["name"] == "Work phone"


@pytest.mark.parametrize("name", ["factor_app_new", "passkey_new", "factor_codes"])
def test_a_change_asks_for_the_password_again_and_leads_on(client: Client, person: User, name: str) -> None:
    client.force_login(person)
    asked = client.get(reverse(name))
    assert asked.url == f"{reverse('password_again')}?{urlencode({'next': reverse(name)})}"
    assert client.post(reverse(name)).url.startswith(reverse("password_again"))
    wrong = client.post(asked.url, {"password": "something else"})
    assert (wrong.status_code, "this one is not right" in wrong.content.decode()) == (422, True)
    assert client.post(asked.url, {"password": PASSWORD}).url == reverse(name)
    assert client.get(reverse(name)).status_code == 200


def test_a_password_is_not_guessed_there_either(client: Client, person: User) -> None:
    client.force_login(person)
    for _try in range(5):
        client.post(reverse("password_again"), {"password": "something else"})
    refused = client.post(reverse("password_again"), {"password": PASSWORD})
    assert "Too many wrong passwords" in refused.content.decode()


def test_a_second_app_is_refused(page: Client, person: User, now: datetime) -> None:
    secret = second_factor.unseal(
        page.get(reverse("factor_app_new")).wsgi_request.session["second_factor_secret"]
    )
    refused = page.post(reverse("factor_app_new"), {"code": code(at=now, secret=secret)})
    assert refused.status_code == 422
    assert "You have an authenticator app already" in refused.content.decode()


def test_a_session_that_has_passed_nothing_adds_nothing_to_what_is_there(person: User, now: datetime) -> None:
    with pytest.raises(IllegalMove, match="set up meanwhile"):
        second_factor.add_passkey(person, "Theirs", {}, may_add=False, at=now)


# --- Lost: an administrator resets it


@pytest.fixture
def admin(person: User) -> User:
    team = factories.membership_of(person).team
    return factories.a_person(Role.ADMINISTRATOR, authority=team.authority)


def reset(client: Client, person: User, reason: str = "Phone lost; rang back on the number on record"):
    return client.post(reverse("person_reset", args=[person.pk]), {"reason": reason})


def test_an_administrator_resets_what_is_lost_and_every_session_ends(
    client: Client, person: User, admin: User, now: datetime
) -> None:
    second_factor.new_codes(person, at=now)
    theirs = Client()
    theirs.force_login(person)
    client.force_login(admin)
    assert "Phone lost" in client.get(reverse("person", args=[person.pk])).content.decode()
    assert reset(client, person, reason="").status_code == 422
    assert reset(client, person).url == reverse("person", args=[person.pk])
    assert not Authenticator.objects.filter(user=person).exists()
    assert theirs.get(reverse("account")).status_code == 302
    change = ConfigurationChange.objects.get(kind="second_factor_reset")
    assert (change.actor, change.subject_id) == (admin, person.pk)
    assert change.data == {"kinds": ["totp"], "reason": "Phone lost; rang back on the number on record"}
    assert "Not set up yet" in client.get(reverse("person", args=[person.pk])).content.decode()
    again = reset(client, person)
    assert "no second step to reset" in again.content.decode()


def test_nobody_resets_their_own(client: Client, admin: User, now: datetime) -> None:
    has_app(admin, at=now)
    client.force_login(admin)
    assert (
        reverse("person_reset", args=[admin.pk])
        not in client.get(reverse("person", args=[admin.pk])).content.decode()
    )
    refused = reset(client, admin)
    assert "Another administrator resets your own" in refused.content.decode()
    assert second_factor.has_one(admin)


def test_an_administrator_elsewhere_and_one_of_a_part_reset_nothing(
    client: Client, person: User, admin: User, now: datetime
) -> None:
    client.force_login(factories.a_person(Role.ADMINISTRATOR))
    assert reset(client, person).status_code == 404
    factories.people.join(person, Role.SOCIAL_WORKER, team=factories.a_team(), at=now)
    client.force_login(admin)
    refused = reset(client, person)
    assert "their own administrators reset it" in refused.content.decode()
    assert second_factor.has_one(person)


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.DUTY_DESK])
def test_nobody_but_an_administrator_resets(client: Client, person: User, role: str) -> None:
    client.force_login(factories.a_person(role, authority=factories.membership_of(person).team.authority))
    assert reset(client, person).status_code in (403, 404)
    assert second_factor.has_one(person)
