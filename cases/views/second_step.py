"""The second step of signing in, and signing in by a passkey alone."""

from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases import clock, passkeys, second_factor, sign_in
from cases.forms.second_factor import AppCodeForm, PasskeyForm, RecoveryCodeForm
from cases.models import User
from cases.second_factor import Kind, WrongCode
from cases.views import next_page


@login_stage_required(stage=sign_in.SecondStep.key, redirect_urlname="account_login")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask whoever has typed the right password for a code, a recovery code or a passkey."""
    stage = request.__dict__["_login_stage"]
    if not stage.still_holds():
        begins_anew: HttpResponse = stage.abort()
        return begins_anew
    person: User = stage.login.user
    kinds = {factor.type for factor in second_factor.factors(person)}
    by_recovery = "recovery" in request.GET
    code_form = (RecoveryCodeForm if by_recovery else AppCodeForm)(
        request.POST if "code" in request.POST else None
    )
    passkey_form = PasskeyForm(request.POST if "credential" in request.POST else None)
    if _is_right(request, code_form, "code", person) or _is_right(
        request, passkey_form, "credential", person
    ):
        second_factor.sign_in_passes(request)
        answer: HttpResponse = stage.exit()
        return answer
    context: dict[str, Any] = {
        "form": code_form,
        "passkey_form": passkey_form,
        "has_errors": bool(passkey_form.errors),
        "by_recovery": by_recovery,
        "has_app": Kind.TOTP in kinds,
        "options": passkeys.ask_for_known(person) if Kind.WEBAUTHN in kinds else None,
        "now": clock.now(),
    }
    is_wrong = code_form.is_bound or passkey_form.is_bound
    return render(request, "account/second_step.html", context, status=422 if is_wrong else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in whoever holds a passkey and opens it by PIN, finger or face: that is two factors in one."""
    wanted = next_page.wanted(request)
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        if sign_in.take_passkey_try(request) is None:
            form.add_error(None, _("Too many tries. Wait a few minutes."))
        else:
            try:
                holder = passkeys.shown(None, form.cleaned_data["credential"], at=clock.now()).user
            except WrongCode:
                form.add_error(None, _("This passkey opens no account here."))
            else:
                second_factor.sign_in_passes(request)
                return perform_login(request, Login(user=holder, redirect_url=wanted or None))
    more = f"?{urlencode({'next': wanted})}" if wanted else ""
    context = {"form": form, "options": passkeys.ask_for_known(None), "more": more, "now": clock.now()}
    return render(request, "account/passkey_sign_in.html", context, status=422 if form.is_bound else 200)


def _is_right(request: HttpRequest, form: forms.Form, field: str, person: User) -> bool:
    """Whether what was sent in this form opens the account; if not, the form says so at its field."""
    if not form.is_valid():
        return False
    taken = sign_in.take_code_try(request, person)
    if taken is None:
        form.add_error(
            field if field == "code" else None, _("Too many wrong codes. Wait a few minutes, then try again.")
        )
        return False
    try:
        if field == "code":
            second_factor.check(person, form.cleaned_data["code"], at=clock.now())
        else:
            passkeys.shown(person, form.cleaned_data["credential"], at=clock.now())
    except WrongCode:
        sign_in.put_wrong_code_on_record(request, person)
        if field == "code":
            form.add_error("code", _("This code is not right, or it was used before. Enter the newest one."))
        else:
            form.add_error(None, _("This passkey is not one of yours here. Use another way."))
        return False
    taken.rollback()
    return True
