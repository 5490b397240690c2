"""Everybody's own pages of their second factor: the app, the passkeys, the recovery codes."""

import base64
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, passkeys, second_factor, sign_in
from cases.forms.second_factor import AppCodeForm, NameForm, NewPasskeyForm
from cases.forms.sessions import OwnPasswordForm
from cases.models import User
from cases.second_factor import Kind, WrongCode
from cases.states import IllegalMove
from cases.views import next_page

# In the session, sealed: the secret of an app that is being set up, so that a mistyped code needs no second scan.
PENDING = "second_factor_secret"
View = Callable[..., HttpResponse]


def _person(request: HttpRequest, at: datetime) -> User:
    """Whoever has a role; these pages are about nobody but their reader."""
    person = access.person(request)
    if not access.memberships(person, at):
        raise PermissionDenied
    return person


def confirmed(view: View) -> View:
    """Ask for the password again where it was typed a while ago; whoever has no factor yet has just come from there."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not second_factor.has_passed(request, request.user) or sign_in.is_confirmed(request):
            return view(request, *args, **kwargs)
        wanted = request.get_full_path() if request.method == "GET" else reverse("factors")
        return redirect(f"{reverse('password_again')}?{urlencode({'next': wanted})}")

    return guard


@second_factor.sets_up
@login_required
@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    """Show what somebody has; to whoever has nothing yet, what they can set up."""
    now = clock.now()
    person = _person(request, now)
    own = second_factor.factors(person)
    context = {
        "app": next((factor for factor in own if factor.type == Kind.TOTP), None),
        "passkeys": [factor for factor in own if factor.type == Kind.WEBAUTHN],
        "is_new": not own,
        "is_only": len(own) == 1,
        "codes_left": second_factor.codes_left(person),
        "more": _more(request),
        "now": now,
    }
    return render(request, "account/factors.html", context)


@second_factor.sets_up
@login_required
@confirmed
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def factor_app_new(request: HttpRequest) -> HttpResponse:
    """Show the secret as a picture and in letters, and keep it once a code shows that an app has it."""
    now = clock.now()
    person = _person(request, now)
    secret = second_factor.unseal(request.session.get(PENDING, "")) or second_factor.new_secret()
    request.session[PENDING] = second_factor.seal(secret)
    form = AppCodeForm(request.POST or None)
    if form.is_valid():
        passed = second_factor.has_passed(request, person)
        try:
            codes = second_factor.add_app(person, secret, form.cleaned_data["code"], may_add=passed, at=now)
        except WrongCode:
            form.add_error("code", _("This code is not right. Enter the one that your app shows now."))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            del request.session[PENDING]
            return _kept(request, person, codes, _("Your authenticator app is set up."), now)
    link = second_factor.link_for_app(person, secret)
    context = {
        "form": form,
        "picture": _picture(link),
        "link": link,
        "letters": [secret[start : start + 4] for start in range(0, len(secret), 4)],
        "more": _more(request),
        "now": now,
    }
    return render(request, "account/factor_app_new.html", context, status=422 if form.is_bound else 200)


@second_factor.sets_up
@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_new(request: HttpRequest) -> HttpResponse:
    """Let the browser make a passkey, and keep it under a name."""
    now = clock.now()
    person = _person(request, now)
    form = NewPasskeyForm(request.POST or None)
    if form.is_valid():
        passed = second_factor.has_passed(request, person)
        try:
            credential = passkeys.made(form.cleaned_data["credential"])
            codes = second_factor.add_passkey(
                person, form.cleaned_data["name"], credential, may_add=passed, at=now
            )
        except WrongCode:
            form.add_error(None, _("No passkey was made. Try again, or set up an authenticator app."))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            return _kept(request, person, codes, _("Your passkey is kept."), now)
    context = {
        "form": form,
        "options": passkeys.ask_for_new(person),
        "more": _more(request),
        "now": now,
    }
    return render(request, "account/passkey_new.html", context, status=422 if form.is_bound else 200)


@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_change(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Give one's own passkey another name."""
    now = clock.now()
    person = _person(request, now)
    passkey = _own(person, passkey_id)
    form = NameForm(request.POST or None, initial={"name": passkey.data.get("name", "")})
    if form.is_valid():
        second_factor.rename(passkey, form.cleaned_data["name"], by=person, at=now)
        messages.success(request, _("The name is kept."))
        return redirect("factors")
    context = {"form": form, "title": _("Name of a passkey"), "back_href": reverse("factors"), "now": now}
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)


@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def factor_remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Ask, and remove one's own app or a passkey; the last one stays."""
    now = clock.now()
    person = _person(request, now)
    factor = _own(person, factor_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changed = second_factor.remove(factor, by=person, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            # Every other session has ended by now.
            update_session_auth_hash(request, changed)
            messages.success(request, _("It is removed. You are signed out everywhere else."))
            return redirect("factors")
    context = {"form": form, "factor": factor, "now": now}
    return render(request, "account/factor_remove.html", context, status=422 if form.is_bound else 200)


@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def factor_codes(request: HttpRequest) -> HttpResponse:
    """Say how many recovery codes are left, and make ten new ones, which are shown this once."""
    now = clock.now()
    person = _person(request, now)
    if request.method == "POST":
        codes = second_factor.new_codes(person, at=now)
        return _codes(request, codes, now)
    context = {"left": second_factor.codes_left(person), "now": now}
    return render(request, "account/factor_codes.html", context)


@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def password_again(request: HttpRequest) -> HttpResponse:
    """Ask for the password once more, and lead on to what was asked for."""
    now = clock.now()
    person = _person(request, now)
    form = OwnPasswordForm(request.POST or None, request=request, person=person)
    if form.is_valid():
        sign_in.confirm(request)
        return redirect(_next(request) or reverse("factors"))
    context = {"form": form, "now": now}
    return render(request, "account/password_again.html", context, status=422 if form.is_bound else 200)


def _own(person: User, factor_id: int) -> Authenticator:
    found = next((factor for factor in second_factor.factors(person) if factor.pk == factor_id), None)
    if found is None:
        raise Http404
    return found


def _kept(request: HttpRequest, person: User, codes: list[str], said: str, now: datetime) -> HttpResponse:
    """Go on where somebody was going; past their recovery codes, where these are the first."""
    # The session opens more from now on: whoever knew its key before knows none.
    request.session.cycle_key()
    second_factor.pass_session(request, person)
    sign_in.confirm(request)
    if codes:
        return _codes(request, codes, now, said)
    messages.success(request, said)
    return redirect(_next(request) or reverse("factors"))


def _codes(request: HttpRequest, codes: list[str], now: datetime, said: str = "") -> HttpResponse:
    context = {"codes": codes, "said": said, "next": _next(request) or reverse("factors"), "now": now}
    return render(request, "account/factor_codes_shown.html", context)


def _next(request: HttpRequest) -> str:
    return next_page.wanted(request)


def _more(request: HttpRequest) -> str:
    """The end of an address that leads on to where somebody was going."""
    wanted = _next(request)
    return f"?{urlencode({'next': wanted})}" if wanted else ""


def _picture(link: str) -> str:
    """The picture that an app reads, as an address of its own: nothing is fetched, and no policy is bent."""
    drawn: str = get_adapter().build_totp_svg(link)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
