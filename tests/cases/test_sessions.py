"""A session opens pages for a quarter of an hour after the last press and twelve hours in all; then it is locked, not lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cases import clock, sessions
from cases.models import AccessRecord, Role, User
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
PASSWORD = "three slow herons"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    found = a_watched_child(at=now - timedelta(hours=30))
    found.worker.set_password(PASSWORD)
    found.worker.save()
    return found


@pytest.fixture
def later(now: datetime) -> Callable[[timedelta], mock._patch]:
    """Lets it be so much later."""
    return lambda span: mock.patch.object(clock, "now", return_value=now + span)


@pytest.fixture
def worker(client: Client, watched: Watched, later: Callable[[timedelta], mock._patch]) -> Client:
    with later(timedelta()):
        client.force_login(watched.worker)
    return client


def is_locked(client: Client, address: str = "/") -> bool:
    answer = client.get(address)
    return answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/again/")


def unlock(client: Client, password: str = PASSWORD, back: str = "/") -> object:
    return client.post(f"/sign-in/again/?next={back}", {"password": password})


@pytest.mark.by_turns
def test_a_quarter_of_an_hour_without_a_press_locks_and_a_press_puts_it_off(worker, later):
    for minutes in (14, 28, 42):
        with later(minutes * MINUTE):
            assert worker.get("/").status_code == 200
    with later(57 * MINUTE):
        assert is_locked(worker)
        assert is_locked(worker, "/children/"), "looking at the lock opens nothing"


@pytest.mark.by_turns
def test_twelve_hours_after_the_sign_in_it_is_over_however_much_is_pressed(worker, later):
    for number, minutes in enumerate(range(0, 12 * 60, 14)):
        with later(minutes * MINUTE):
            # Most of them the button that extends it, which renders no page.
            pressed = worker.post("/session/extend/") if number % 9 else worker.get("/account/")
            assert pressed.status_code == 200
    with later(12 * HOUR):
        assert is_locked(worker)
        answer = worker.get("/sign-in/again/?next=/children/")
        assert answer.headers["Location"] == "/sign-in/?next=%2Fchildren%2F"
        assert unlock(worker).headers["Location"].startswith("/sign-in/?next="), (
            "the password alone is not enough"
        )
        assert worker.get("/sign-in/").status_code == 200
        assert is_locked(worker)


@pytest.mark.by_turns
def test_the_twelve_hours_go_on_when_it_is_opened_again(worker, later):
    with later(11 * HOUR):
        assert unlock(worker).headers["Location"] == "/"
        assert worker.get("/").status_code == 200
    with later(12 * HOUR):
        assert is_locked(worker)


@pytest.mark.by_turns
def test_the_password_opens_it_where_one_was_and_under_another_key(worker, watched, later):
    address = reverse("child", args=[watched.child.reference])
    before = worker.session.session_key
    with later(15 * MINUTE):
        asked = worker.get(address)
        assert asked.headers["Location"] == f"/sign-in/again/?next={address.replace('/', '%2F')}"
        page = worker.get(asked.headers["Location"]).content.decode()
        assert watched.worker.name in page
        assert 'autocomplete="current-password"' in page
        assert 'autocomplete="username"' in page
        assert watched.child.given_name not in page
        assert unlock(worker, back=address).headers["Location"] == address
        assert worker.get(address).status_code == 200
    assert worker.session.session_key != before


@pytest.mark.by_turns
def test_opening_again_leaves_the_forms_of_other_tabs_valid(watched, later):
    strict = Client(enforce_csrf_checks=True)
    with later(timedelta()):
        strict.force_login(watched.worker)
        strict.get("/account/")
    token = strict.cookies["rollcall-form"].value
    with later(20 * MINUTE):
        strict.post("/sign-in/again/", {"password": PASSWORD, "csrfmiddlewaretoken": token})
        assert strict.cookies["rollcall-form"].value == token


@pytest.mark.by_turns(8)
def test_a_wrong_password_leaves_it_locked_and_guessing_is_slowed(worker, later):
    with later(HOUR):
        for _try in range(5):
            answer = unlock(worker, "not this one")
            assert answer.status_code == 422
            assert "this one is not right" in answer.content.decode()
        answer = unlock(worker)
        assert "Too many wrong passwords" in answer.content.decode()
        assert is_locked(worker)


@pytest.mark.by_turns
def test_opening_again_leads_to_no_other_site(worker, later):
    for wanted in ("//evil.example/", "https://evil.example/", "evil"):
        with later(15 * MINUTE):
            assert unlock(worker, back=wanted).headers["Location"] == "/"


@pytest.mark.by_turns
def test_whoever_it_is_not_signs_out_and_in_as_themselves(worker, later):
    other = a_person(Role.SOCIAL_WORKER, password=PASSWORD)
    with later(HOUR):
        assert worker.post("/sign-out/").status_code == 302
        assert worker.get("/").headers["Location"].startswith("/sign-in/?")
        worker.force_login(other)
        assert worker.get("/").wsgi_request.user == other


@pytest.mark.by_turns
def test_public_pages_know_nobody_whose_session_has_locked(worker, watched, later):
    with later(HOUR):
        page = worker.get("/sign-in/").content.decode()
    assert watched.worker.name not in page


@pytest.mark.by_turns
@pytest.mark.parametrize("role", ["worker", "duty"])
def test_what_a_page_asks_by_itself_keeps_no_session_open(client, watched, later, role):
    part = {"worker": "today_list", "duty": "duty_desk_list"}[role]
    person = watched.desk.person if role == "duty" else watched.worker
    with later(timedelta()):
        client.force_login(person)
    for minutes in (1, 5, 10, 14):
        with later(minutes * MINUTE):
            assert client.get(reverse(part), headers={"HX-Request": "true"}).status_code == 200
    with later(15 * MINUTE):
        assert is_locked(client)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "address", ["/session/", "/missing/?refresh=1", "/partials/today/", "/drafts/note/{reference}/"]
)
def test_neither_does_a_script_a_refresh_or_a_draft_that_saves_itself(client, watched, later, address):
    with later(timedelta()):
        client.force_login(watched.officer if "missing" in address else watched.worker)
    where = address.format(reference=watched.child.reference)
    with later(14 * MINUTE):
        answer = client.post(where, {"text": "A"}) if "drafts" in address else client.get(where)
        assert answer.status_code == 200
    with later(15 * MINUTE):
        assert is_locked(client)


def test_a_locked_part_says_so_shows_nobody_and_asks_no_more(client, watched, later):
    with later(timedelta()):
        client.force_login(watched.worker)
    address = reverse("child_now", args=[watched.child.reference])
    before = AccessRecord.objects.count()
    for locked in (True, False):
        if not locked:
            client.logout()
        with later(20 * MINUTE):
            answer = client.get(
                address, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/children/X/"}
            )
        part = answer.content.decode()
        assert answer.status_code == 401
        assert "Sign in again" in part
        assert "data-poll" not in part
        assert "hx-get" not in part
        assert "/sign-in/again/?next=%2Fchildren%2FX%2F" in part
        assert watched.child.reference not in part
        assert watched.child.given_name not in part
    assert AccessRecord.objects.count() == before, "nobody read anything"


def test_a_picture_and_a_draft_of_a_locked_page_get_nothing(worker, watched, later):
    with later(20 * MINUTE):
        answer = worker.post(f"/drafts/note/{watched.child.reference}/", {"text": "A"})
        assert answer.status_code == 401
        assert answer.json() == {"words": "Locked. Sign in again to go on."}


@pytest.mark.by_turns
def test_extending_extends_and_asking_does_not(worker, later):
    with later(12 * MINUTE):
        told = worker.get("/session/").json()
        assert told["isOpen"]
        assert told["secondsLeft"] == 180
        assert told["words"].startswith("This page locks at ")
        assert worker.post("/session/extend/").json()["secondsLeft"] == 900
    with later(26 * MINUTE):
        assert worker.get("/").status_code == 200


def test_a_locked_session_is_extended_by_nothing_but_the_password(worker, later):
    with later(16 * MINUTE):
        told = worker.post("/session/extend/").json()
        assert (told["isOpen"], told["secondsLeft"]) == (False, 0)
        assert told["words"] == "Locked. Sign in again to go on."
        assert is_locked(worker)


@pytest.mark.by_turns(8)
def test_the_last_quarter_of_the_twelve_hours_is_not_extended(worker, later):
    for minutes in range(0, 11 * 60 + 56, 14):
        with later(minutes * MINUTE):
            assert worker.post("/session/extend/").status_code == 200
    with later(11 * HOUR + 55 * MINUTE):
        told = worker.post("/session/extend/").json()
    assert told["secondsLeft"] == 300
    assert "12 hours" in told["words"]


@pytest.mark.by_turns
def test_a_session_that_does_not_know_when_it_began_is_over(client, watched, now):
    client.force_login(watched.worker)
    kept = client.session
    for name in (sessions.OPENED, sessions.PRESSED):
        del kept[name]
    kept.save()
    assert is_locked(client)
    assert client.get("/sign-in/again/").headers["Location"].startswith("/sign-in/?")


@pytest.mark.by_turns
def test_every_page_says_at_its_foot_until_when_it_is_open(worker, later):
    with later(timedelta()):
        assert "This page locks at " in worker.get("/").content.decode()
    assert "This page locks at " not in Client().get("/sign-in/").content.decode()


@pytest.mark.by_turns
def test_a_press_is_written_once_in_twenty_seconds(worker, later, django_assert_num_queries):
    with later(timedelta(seconds=19)):
        worker.get("/account/")
    assert worker.session[sessions.PRESSED] == worker.session[sessions.OPENED]
    with later(timedelta(seconds=20)):
        worker.get("/account/")
    assert worker.session[sessions.PRESSED] == worker.session[sessions.OPENED] + 20


# --- Signing out, and leaving


@pytest.fixture
def phone(watched, later):
    """Another device on which the same person is signed in."""
    phone = Client()
    with later(timedelta()):
        phone.force_login(watched.worker)
    return phone


@pytest.mark.by_turns
def test_signing_out_ends_every_session_at_once(worker, phone):
    assert "on this device only" in worker.get("/account/").content.decode()
    assert "wherever else you are signed in" in worker.get("/sign-out/").content.decode()
    assert phone.get("/account/").status_code == 200, "to ask ends nothing"
    assert worker.post("/sign-out/").headers["Location"] == "/sign-in/"
    for one in (worker, phone):
        assert one.get("/account/").headers["Location"].startswith("/sign-in/?")


def test_what_is_pressed_on_a_device_that_was_signed_out_elsewhere_is_said_to_be_lost(worker, phone, watched):
    address = f"/children/{watched.child.reference}/notes/new/"
    other = Client()
    other.force_login(watched.worker)
    worker.post("/sign-out/")
    pressed = phone.post(address, {"text": "A"}, headers={"Referer": f"http://testserver{address}?at=home"})
    assert pressed.headers["Location"] == f"/sign-in/?{urlencode({'next': f'{address}?at=home'})}"
    assert "Nothing was recorded: you were signed out" in phone.get("/sign-in/").content.decode()
    roll = f"/homes/{watched.home.pk}/roll-call/"
    part = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{roll}"}
    pressed = other.post(f"{roll}{watched.child.reference}/", {"outcome": "saw"}, headers=part)
    assert pressed.status_code == 204
    assert pressed.headers["HX-Redirect"] == f"/sign-in/?{urlencode({'next': roll})}"
    assert "Nothing was recorded: you were signed out" in other.get("/sign-in/").content.decode()
    assert not watched.worker.kept_forms.exists()


@pytest.mark.by_turns
def test_a_stranger_who_sends_a_form_is_told_of_no_sign_out(watched):
    stranger = Client()
    stranger.post(f"/children/{watched.child.reference}/notes/new/", {"text": "A"})
    assert "Nothing was recorded" not in stranger.get("/sign-in/").content.decode()
    assert settings.SESSION_COOKIE_NAME not in stranger.cookies


@pytest.mark.by_turns
def test_signing_out_on_this_device_only_leaves_the_others(worker, phone):
    worker.post("/sign-out/", {"here": "1"})
    assert worker.get("/account/").headers["Location"].startswith("/sign-in/?")
    assert phone.get("/account/").status_code == 200


@pytest.mark.by_turns
def test_whoever_finds_a_locked_desk_signs_nobody_out_elsewhere(worker, phone, later):
    with later(10 * MINUTE):
        assert phone.get("/account/").status_code == 200
    with later(20 * MINUTE):
        assert is_locked(worker)
        worker.post("/sign-out/")
        assert phone.get("/account/").status_code == 200


@pytest.mark.by_turns
def test_an_ended_role_ends_every_session_and_a_locked_one_too(worker, watched, later, now):
    from cases import people

    phone = Client()
    phone.force_login(watched.worker)
    people.leave(watched.worker.memberships.get(), by=None, at=now)
    assert worker.get("/").headers["Location"].startswith("/sign-in/?")
    with later(HOUR):
        answer = phone.post(f"/children/{watched.child.reference}/notes/new/", {"text": "A"})
    assert answer.headers["Location"].startswith("/sign-in/?")
    assert not watched.worker.kept_forms.exists()


@pytest.mark.by_turns
def test_a_deactivated_account_is_signed_out_at_its_next_request(worker, watched):
    User.objects.filter(pk=watched.worker.pk).update(is_active=False)
    assert worker.get("/").headers["Location"].startswith("/sign-in/?")
