"""What a session that has locked answers with, and how what was sent on it comes back to whoever sent it."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import clock, kept_forms, refills, sessions
from cases.models import KeptForm, User
from cases.views import kept_forms as kept_form_pages
from config import came_from

Respond = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]


class lock_idle_sessions:  # noqa: N801 - named as the verb it is in the settings' list
    """Let a session open pages while it is pressed; then keep what is sent on it, and ask for the password again."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        kept = getattr(request, "kept_form", None)
        if kept is not None:
            _fill_in(request, response, kept)
        elif request.method == "POST" and response.status_code < 400:
            _forget_what_was_sent(request)
        return response

    def process_view(
        self, request: HttpRequest, view: View, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Return what a locked session is answered with; None for whoever may go on."""
        is_closed = getattr(view, "login_required", True)
        if SESSION_KEY not in request.session or not request.user.is_authenticated:
            return _answer_signed_out(request, view) if is_closed else None
        now = clock.now()
        standing = sessions.standing(request.session, at=now)
        request.__dict__["standing"] = standing
        if standing.is_open:
            # At a device of a home whoever signs comes in its place; the session is the device's.
            request.__dict__["session_owner"] = request.user
            _go_on(request, view, now)
            return None
        if request.resolver_match and request.resolver_match.url_name in sessions.ANSWER_LOCKED:
            return None
        owner, request.user = request.user, AnonymousUser()
        return _answer_locked(request, view, owner, now) if is_closed else None


def _answer_signed_out(request: HttpRequest, view: View) -> HttpResponse | None:
    """Say of what is sent on a session that has ended, by a sign-out on another device, that it is lost."""
    if _asks_by_itself(request, view):
        return _answer_of_a_part(request)
    if request.method != "POST" or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    said = _("Nothing was recorded: you were signed out. Sign in again, then send it once more.")
    messages.warning(request, said)
    return _lead_to(request, _address(reverse("account_login"), _address_of_page(request)))


def _answer_locked(request: HttpRequest, view: View, owner: object, now: datetime) -> HttpResponse:
    if _asks_by_itself(request, view):
        return _answer_of_a_part(request)
    if request.method == "POST" and isinstance(owner, User):
        return _keep(request, owner, now)
    return _ask_again(request, request.get_full_path())


def _go_on(request: HttpRequest, view: View, now: datetime) -> None:
    if not sessions.is_press(request, view):
        return
    sessions.press(request.session, at=now)
    request.__dict__["standing"] = sessions.standing(request.session, at=now)
    if request.method != "GET" or request.headers.get("HX-Request"):
        return
    if not isinstance(request.user, User):
        return
    waiting = kept_forms.open_to(request.user, kept_forms.pointers(request.session), at=now)
    if request.resolver_match and request.resolver_match.url_name != "kept_form":
        request.__dict__["kept_forms"] = waiting
    here = next((one for one in waiting if one.page == request.get_full_path()), None)
    if here is None:
        return
    request.__dict__["kept_form"] = kept_forms.get(request.user, here.pk, at=now)
    if request.__dict__["kept_form"] is None:
        kept_forms.forget(request.session, here.pk)


def _asks_by_itself(request: HttpRequest, view: View) -> bool:
    """Whether the answer goes into a part of a page, or to a script of it."""
    return sessions.is_part(view) or (request.method == "GET" and "HX-Request" in request.headers)


def _answer_of_a_part(request: HttpRequest) -> HttpResponse:
    """Take the place of the part: it says that the page is locked, holds nothing, and asks no more."""
    if request.headers.get("HX-Request"):
        back = _address_of_page(request)
        return render(request, "components/locked_part.html", {"unlock_href": _unlock(back)}, status=401)
    return JsonResponse({"words": _("Locked. Sign in again to go on.")}, status=401)


def _keep(request: HttpRequest, owner: User, now: datetime) -> HttpResponse:
    """Keep what was sent for its owner, record nothing, and ask for the password."""
    page = _address_of_page(request)
    kept_form_pages.keep(request, owner, page=page, action=request.get_full_path(), now=now)
    return _ask_again(request, page)


def _ask_again(request: HttpRequest, back: str) -> HttpResponse:
    return _lead_to(request, _unlock(back))


def _lead_to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _unlock(back: str) -> str:
    return _address(reverse("session_unlock"), back)


def _address(page: str, back: str) -> str:
    return f"{page}?{urlencode({'next': back})}"


def _address_of_page(request: HttpRequest) -> str:
    """The page of ours on which something was pressed, as its browser says; else the address that it was sent to."""
    return came_from.page(request) or (
        request.get_full_path() if "HX-Request" not in request.headers else "/"
    )


def _fill_in(request: HttpRequest, response: HttpResponse, kept: KeptForm) -> None:
    is_page = response.status_code == 200 and not response.streaming
    if not is_page or not response.headers.get("Content-Type", "").startswith("text/html"):
        return
    page = response.content.decode(response.charset)
    filled = refills.fill(page, at=request.get_full_path(), action=kept.action, typed=kept.data)
    if filled is not None:
        response.content = filled
        kept_forms.mark_shown(request.session, kept.pk)


def _forget_what_was_sent(request: HttpRequest) -> None:
    """What came back, was read and sent is no draft any more."""
    owner = getattr(request, "session_owner", None)
    if not isinstance(owner, User):
        return
    for one in kept_forms.pointers(request.session):
        if one.is_shown and one.action == request.get_full_path():
            kept_forms.drop(owner, one.pk)
            kept_forms.forget(request.session, one.pk)
            return
