"""Answers without their words, for thousands of requests of which it is asked whether they are let in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.backends.django import Template

from cases import access, clock
from cases.models import User


def roles_read_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let each person's roles, and who is shut from them, be read once for all of their requests, and not for each.

    It holds where time stands and what a request changes is taken back. Return what forgets them: to be called
    wherever the test itself has changed who may reach whom.
    """
    held: dict[tuple[str, int], dict[datetime, Any]] = {}

    def remembered(name: str, ask: Callable[[User, datetime], Any]) -> Callable[[User, datetime], Any]:
        def asked(user: User, at: datetime) -> Any:
            if user.is_authenticated:
                # Where the product itself keeps them for one request.
                user.__dict__[name] = held.setdefault((name, user.pk), {})
            return ask(user, at)

        return asked

    monkeypatch.setattr(access, "memberships", remembered("_memberships_at", access.memberships))
    monkeypatch.setattr(access, "_shut", remembered("_shut_at", access._shut))
    return held.clear


def without_words(monkeypatch: pytest.MonkeyPatch, settings: Any, now: datetime) -> Callable[[], None]:
    """Answers without their words, sessions without a table, people and their roles that are asked for once.

    Who gets in is decided by none of these, and they are most of the work of six thousand requests. Return what forgets
    the roles, as `roles_read_once` does.
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
    return roles_read_once(monkeypatch)
