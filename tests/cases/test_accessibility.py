"""The accessibility statement: whom to write to, and when somebody last read it against the pages."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from cases.views import accessibility

pytestmark = pytest.mark.django_db


def test_the_statement_names_an_address_to_write_to(client: Client, settings: Any) -> None:
    settings.SUPPORT_EMAIL = "support@rollcall.example"
    page = client.get("/accessibility/").content.decode()
    assert 'href="mailto:support@rollcall.example"' in page
    assert "by mail, to support@rollcall.example" in strip_tags(page)


def test_without_such_an_address_it_names_none(client: Client, settings: Any) -> None:
    settings.SUPPORT_EMAIL = ""
    assert "mailto:" not in client.get("/accessibility/").content.decode()


def test_it_says_on_which_day_it_was_last_reviewed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accessibility, "REVIEWED", date(2027, 3, 27))
    assert "last reviewed on 27 March 2027" in client.get("/accessibility/").content.decode()
