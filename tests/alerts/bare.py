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
from cases.models.children import ChildQuerySet
from cases.permissions import Permission


def roles_read_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let each person's roles, and who is shut from them, be read once for all of their requests, and not for each.

    The question of whom they reach is put in words once as well, and asked each time: it is half the work of a refusal.

    It holds where time stands and what a request changes is taken back. Return what forgets them: to be called
    wherever the test itself has changed who may reach whom.
    """
    held: dict[tuple[str, int], dict[datetime, Any]] = {}
    questions: dict[tuple[int | None, Permission, datetime], ChildQuerySet] = {}
    reached = access._reached

    def reached_once(user: User, permission: Permission, at: datetime) -> ChildQuerySet:
        asked = (user.pk, permission, at)
        if asked not in questions:
            questions[asked] = reached(user, permission, at)
        return questions[asked].all()

    def remembered(name: str, ask: Callable[[User, datetime], Any]) -> Callable[[User, datetime], Any]:
        def asked(user: User, at: datetime) -> Any:
            if user.is_authenticated:
                # Where the product itself keeps them for one request.
                user.__dict__[name] = held.setdefault((name, user.pk), {})
            return ask(user, at)

        return asked

    monkeypatch.setattr(access, "memberships", remembered("_memberships_at", access.memberships))
    monkeypatch.setattr(access, "_shut", remembered("_shut_at", access._shut))
    monkeypatch.setattr(access, "_reached", reached_once)

    def forget() -> None:
        held.clear()
        questions.clear()

    return forget


def people_read_once(monkeypatch: pytest.MonkeyPatch, settings: Any, at: datetime) -> Callable[[], None]:
    """Let time stand at an instant, sessions need no table, and people and their roles be asked for once.

    Return what forgets the people and their roles, as `roles_read_once` does.
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
    monkeypatch.setattr(clock, "now", lambda: at)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    forget_roles = roles_read_once(monkeypatch)

    def forget() -> None:
        known.clear()
        forget_roles()

    return forget


def without_words(monkeypatch: pytest.MonkeyPatch, settings: Any, now: datetime) -> Callable[[], None]:
    """Answers without their words beside that, a minute after the story was made.

    Who gets in is decided by none of these, and they are most of the work of thousands of requests.
    """
    monkeypatch.setattr(Template, "render", lambda *_args, **_more: "")
    return people_read_once(monkeypatch, settings, now + timedelta(minutes=1))
