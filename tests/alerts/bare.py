"""Answers without their words, for thousands of requests of which it is asked whether they are let in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.backends.django import Template

from cases import clock
from cases.models import User


def without_words(monkeypatch: pytest.MonkeyPatch, settings: Any, now: datetime) -> None:
    """Answers without their words, sessions without a table, people whom the database is asked for once.

    Who gets in is decided by none of these, and they are most of the work of six thousand requests.
    """
    known: dict[str, User] = {}

    def get_user(request: HttpRequest) -> User | AnonymousUser:
        key = request.session.get(SESSION_KEY)
        if key is None:
            return AnonymousUser()
        if key not in known:
            known[key] = User.objects.get(pk=key)
        return known[key]

    monkeypatch.setattr(auth, "get_user", get_user)
    # A minute after the story was made.
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
    monkeypatch.setattr(Template, "render", lambda *_args, **_more: "")
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
