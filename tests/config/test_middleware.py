"""Domain errors become pages, and every answer carries its headers."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from cases import mergers
from cases.states import IllegalMove
from config import errors, sent
from tests import attacks
from tests.factories import AT, an_authority


@login_not_required
def be_away(_request):
    raise OperationalError("canceling statement due to lock timeout")


@login_not_required
def answer(_request):
    return HttpResponse("fine")


def closed(_request):
    raise AssertionError("nobody is signed in")


@login_not_required
def press(request):
    request.session["pressed_at"] = 1
    return HttpResponse("taken")


@login_not_required
def ask_badly(_request):
    raise BadRequest("no")


urlpatterns = [
    path("away", be_away),
    path("answer", answer),
    path("closed", closed),
    path("press", press),
    path("bad", ask_badly),
    path("sign-in", answer, name="account_login"),
]
handler400 = "config.errors.bad_request"
handler500 = "config.errors.server_error"


@pytest.fixture
def here(settings, client, db):
    settings.ROOT_URLCONF = __name__
    return client


def test_an_illegal_move_is_a_409_page_with_its_reason(db):
    from config.middleware import show_domain_errors

    answered = show_domain_errors(answer).process_exception(
        _request_of_nobody(), IllegalMove("An ended episode cannot go on.")
    )
    assert answered.status_code == 409
    page = answered.content.decode()
    assert "An ended episode cannot go on." in page
    assert "Somebody else" not in page, "nobody was quicker"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("said", "leads_to"),
    [
        ({"Referer": "http://testserver/children/?page=2"}, "/children/?page=2"),
        ({"HX-Current-URL": "http://testserver/duty/"}, "/duty/"),
        ({"Referer": "http://elsewhere.example/children/"}, "/missing/MC26-000016-M1/"),
        ({"Referer": "http://testserver//elsewhere.example/"}, "/missing/MC26-000016-M1/"),
        ({"Referer": "http://testserver/\\elsewhere.example/"}, "/missing/MC26-000016-M1/"),
        ({"Referer": "javascript:alert(1)"}, "/missing/MC26-000016-M1/"),
        ({"Referer": "http://[broken"}, "/missing/MC26-000016-M1/"),
        ({}, "/missing/MC26-000016-M1/"),
    ],
)
def test_a_refusal_leads_back_to_where_it_was_pressed_and_to_no_other_site(db, said, leads_to):
    request = RequestFactory().post("/missing/MC26-000016-M1/confirm/", headers=said)
    page = errors.refused(_of_nobody(request), "This episode has ended.").content.decode()
    assert f'href="{leads_to}">See how things stand now' in page


def test_a_refusal_shows_what_was_typed_and_no_password(db):
    typed = {"note": "Seen by the <gate>", "password": "two words", "kind": "call", "once": "0"}
    request = RequestFactory().post("/duty/tasks/7/take/", typed)
    page = errors.refused(_of_nobody(request), "Somebody has it.").content.decode()
    assert "Seen by the &lt;gate&gt;" in page
    assert "two words" not in page
    assert 'href="/duty/">See how things stand now' in page


@pytest.mark.parametrize(
    ("given", "shown", "not_shown"),
    [
        # The carer's form: a name of one word beside a choice of one word.
        (
            {"what": "saw", "who": "other", "witness": "Sabah", "note": "Calm", "once": "0af1"},
            ["Sabah", "Calm"],
            ["saw", "other", "0af1"],
        ),
        # "told_by" is chosen on the page of one's own account, and typed where somebody told of a sighting.
        ({"told_by": "text", "language": "cy", "has_digest": "on"}, [], ["text", "cy", "on"]),
        (
            {"outcome": "told", "told_by": "Hala", "happened_at_when": "now", "note": ""},
            ["Hala"],
            ["told", "now"],
        ),
        # A day in three boxes is one answer, and so is a time with its day.
        (
            {
                "happened_at_day": "3",
                "happened_at_month": "12",
                "happened_at_year": "2026",
                "happened_at_time": "9:10pm",
            },
            ["9:10pm 3 12 2026"],
            [],
        ),
        ({"birth_date_day": "3", "birth_date_month": "12", "birth_date_year": "2009"}, ["3 12 2009"], []),
        ({"languages_best": "Dari", "sex": "F", "given_name": "Hala"}, ["Dari", "Hala"], ["F"]),
        # What stands for nothing on a list was typed; a form that stands twice has a prefix.
        ({"where": "typed:Northgate", "placement_type": "K2"}, ["Northgate"], ["K2"]),
        ({"where": "17", "placement_type": "K2"}, [], ["17"]),
        ({"ground-asked": "yes", "ground-why_not": "Asleep"}, ["Asleep"], ["yes"]),
        # Of what no form asks nobody knows whether it was chosen.
        ({"unheard_of": "one", "csrfmiddlewaretoken": "two words"}, [], ["one", "two words"]),
    ],
)
def test_a_word_that_was_typed_is_shown_and_one_that_was_chosen_is_not(db, given, shown, not_shown):
    typed = sent.in_words({name: [text] for name, text in given.items()})
    assert typed == shown
    assert not set(typed) & set(not_shown)


def _undone(given, *, code="40P01"):
    from config.middleware import show_domain_errors

    undo = f"DO $$ BEGIN RAISE EXCEPTION 'undone' USING ERRCODE = '{code}'; END $$"
    with pytest.raises(OperationalError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(undo)
    request = _of_nobody(RequestFactory().post("/duty/?page=2", given))
    return show_domain_errors(answer).process_exception(request, error.value)


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_whoever_was_overtaken_is_told_to_press_again_and_sends_all_of_it_by_one_button(db, code):
    answered = _undone({"note": "Asleep", "kind": "<call>"}, code=code)
    assert answered.status_code == 409
    page = answered.content.decode()
    assert "Somebody else was faster" in page
    assert "Nothing that you sent was saved: press again." in page
    assert '<form action="/duty/?page=2" method="post">' in page
    assert 'name="note" value="Asleep"' in page
    assert 'name="kind" value="&lt;call&gt;"' in page
    assert "undone" not in page


@pytest.mark.parametrize("secret", [{"password": "two words"}, {"file": SimpleUploadedFile("a.txt", b"a")}])
def test_what_held_a_secret_or_a_file_is_typed_again_and_stands_on_no_page(db, secret):
    page = _undone({"note": "Asleep by ten", **secret}).content.decode()
    assert "Asleep by ten" in page
    assert "Send it again" not in page
    assert "go back, and send it once more" in page
    assert "press again" not in page
    assert "two words" not in page


@pytest.mark.by_turns(8)
def test_what_begins_at_an_authority_that_has_ended_meanwhile_is_a_409_page_in_words(db):
    from config.middleware import show_domain_errors

    gone = an_authority()
    mergers.move(gone, an_authority(), by=None, at=AT)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        attacks.write("cases_team", {"authority_id": gone.pk, "name": "North"})
    answered = show_domain_errors(answer).process_exception(_request_of_nobody(), refused.value)
    assert answered.status_code == 409
    assert "has ended meanwhile" in answered.content.decode()


def test_a_busy_database_is_a_503_page_that_asks_it_nothing(here, django_assert_num_queries):
    with django_assert_num_queries(0):
        answered = here.get("/away")
    assert answered.status_code == 503
    assert answered["Retry-After"] == "10"
    assert "lock timeout" not in answered.content.decode()


def test_a_database_that_is_away_before_any_view_is_called_is_the_same_page(here, monkeypatch):
    def gone(_request):
        raise InterfaceError("connection already closed")

    here.raise_request_exception = False
    monkeypatch.setattr("django.contrib.auth.middleware.get_user", gone)
    answered = here.get("/closed")
    assert answered.status_code == 503
    assert "Nothing you send now is saved" in answered.content.decode()
    monkeypatch.setattr("django.contrib.auth.middleware.get_user", lambda _request: 1 / 0)
    assert here.get("/closed").status_code == 500


def test_a_session_that_cannot_be_written_because_the_database_is_away_is_the_same_page(here, monkeypatch):
    def away(_session, **_how):
        raise OperationalError("terminating connection due to administrator command")

    here.get("/press")
    monkeypatch.setattr(Session, "save", away)
    answered = here.get("/press")
    assert answered.status_code == 503
    assert "Nothing you send now is saved" in answered.content.decode()


def test_a_session_that_somebody_signed_out_meanwhile_asks_to_sign_in(here, monkeypatch):
    here.get("/press")
    monkeypatch.setattr(SessionStore, "load", lambda _session: {"some": "thing"})
    Session.objects.all().delete()
    assert here.get("/press").headers["Location"] == "/sign-in"


def test_any_other_bad_request_is_one(here):
    assert here.get("/bad").status_code == 400


def test_any_other_error_is_left_to_django():
    from config.middleware import show_domain_errors

    assert show_domain_errors(answer).process_exception(RequestFactory().get("/"), ValueError("no")) is None


def test_every_answer_carries_the_headers_of_a_page_about_children(here):
    answered = here.get("/answer")
    assert answered["Cache-Control"] == "no-store"
    assert answered["Referrer-Policy"] == "same-origin"
    assert answered["X-Frame-Options"] == "DENY"
    assert answered["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in answered["Permissions-Policy"]
    policy = answered["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_HOST": "rollcall.example"},
        {"HTTP_HOST": "192.0.2.7:8000"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_the_demo_answers_on_its_own_machine_alone(asked):
    from config.middleware import keep_demo_here

    here = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}
    demo = keep_demo_here(answer)
    assert demo(RequestFactory().get("/", **here)).status_code == 200
    assert demo(RequestFactory().get("/", **here | asked)).status_code == 403


def _request_of_nobody():
    return _of_nobody(RequestFactory().get("/"))


def _of_nobody(request):
    request.user, request.session = AnonymousUser(), SessionStore()
    return request
