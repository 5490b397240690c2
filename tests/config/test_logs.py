"""A log line holds neither the secret of a link nor the contents of a row."""

import io
import json
import logging
import logging.config

import pytest
import structlog
from django.conf import settings

from config import logs


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
