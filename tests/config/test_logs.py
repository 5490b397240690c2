"""A log line holds neither the secret of a link nor the contents of a row."""

import io
import json
import logging
import logging.config

import pytest
import structlog
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cases.models import Role
from config import logs
from tests.factories import a_person, a_watched_child


@pytest.fixture
def lines():
    kept = io.StringIO()
    configured = logs.configure(level="INFO")
    configured["handlers"]["console"]["stream"] = kept
    logging.config.dictConfig(configured)
    yield lambda: [json.loads(line) for line in kept.getvalue().splitlines()]
    logging.config.dictConfig(settings.LOGGING)


def test_the_token_of_a_police_link_is_hidden_in_requests_and_messages(lines):
    token = "q1wE4rTy7uIoP0aSdFgHjK"
    structlog.get_logger("x").info("request_started", request=f"GET /a/{token}/")
    logging.getLogger("django.request").warning("Not Found: %s", f"/a/{token}/")
    text = json.dumps(lines())
    assert token not in text
    assert text.count("/a/(token)/") == 2


def test_a_reference_stays_readable(lines):
    structlog.get_logger("x").info("request_started", request="GET /children/MC26-004178/contacts/new/")
    assert lines()[0]["request"] == "GET /children/MC26-004178/contacts/new/"


def test_the_row_that_postgresql_repeats_is_withheld(lines):
    error = ValueError('violates check constraint "x"\nDETAIL:  Failing row contains (1, Samir, Harrow).\n')
    try:
        raise error
    except ValueError:
        logging.getLogger("x").exception("failed")
        structlog.get_logger("x").exception("failed")
    found = lines()
    assert len(found) == 2
    for line in found:
        assert "violates check constraint" in line["exception"]
        assert "Samir" not in json.dumps(line)


@pytest.mark.django_db
def test_no_line_of_a_request_has_what_was_searched_for(client, lines):
    one = a_watched_child()
    desk = a_person(Role.DUTY_DESK, team=one.team)
    asked = (
        (one.worker, "search", {"q": "Samiraye"}),
        (one.worker, "search_results", {"q": "Samiraye"}),
        (desk, "signs", {"q": "Samiraye 07700 900123"}),
        (a_person(Role.AUDITOR, authority=one.authority), "audit", {"person": "Samiraye"}),
    )
    for person, page, query in asked:
        client.force_login(person)
        assert client.get(reverse(page), query).status_code == 200, page
    # A form from elsewhere is refused with the address of the page on which it stood.
    sent = Client(enforce_csrf_checks=True).post(
        reverse("account_login"), secure=True, headers={"referer": "https://away.example/find?q=Samiraye"}
    )
    assert sent.status_code == 403
    found = lines()
    text = json.dumps(found)
    assert "Samiraye" not in text
    assert "07700" not in text
    assert "/find?(withheld)" in text
    requests = [line["request"] for line in found if line["event"] == "request_started"]
    assert requests[: len(asked)] == [f"GET {reverse(page)}?(withheld)" for _person, page, _query in asked]


class Held:
    """As a request is shown where one stands in a message."""

    def __repr__(self):
        return "<WSGIRequest: GET '/search/?q=Samiraye'>"


def test_no_text_of_a_line_has_what_stands_behind_an_address(lines):
    logging.getLogger("x").warning("Invalid HTTP request line: %r", "GET /search/?q=Samiraye Amari HTTP/1.1")
    structlog.get_logger("x").info("sent", to=["https://away.example?q=Samiraye"], of={"request": Held()})
    structlog.get_logger("x").info("moved", error="to ?q=Samiraye\nand on", asked="Is it so? It is.")
    found = lines()
    assert "Samiraye" not in json.dumps(found)
    assert "Amari" not in json.dumps(found)
    assert found[1]["to"] == ["https://away.example?(withheld)"]
    assert (found[2]["error"], found[2]["asked"]) == ("to ?(withheld)\nand on", "Is it so? It is.")


@pytest.mark.parametrize("name", ["gunicorn.error", "django.server"])
def test_the_lines_of_the_server_itself_are_written_in_the_same_way(lines, name):
    # As the server sets its logger up before the application is loaded.
    own, raw = logging.getLogger(name), io.StringIO()
    own.propagate = False
    own.addHandler(logging.StreamHandler(raw))
    logging.config.dictConfig(settings.LOGGING)
    own.warning("Error handling request %s", "/search/?q=Samiraye")
    assert raw.getvalue() == ""
    assert (own.handlers, own.propagate) == ([], True)
