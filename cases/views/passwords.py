"""Somebody's own password, changed by themselves."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases import access, clock, people, sign_in
from cases.forms.sessions import ChangePasswordForm


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request: HttpRequest) -> HttpResponse:
    """Take another password of whoever knows the present one: this session goes on, every other of theirs ends."""
    now = clock.now()
    user = access.person(request)
    if not access.memberships(user, now):
        raise PermissionDenied
    form = ChangePasswordForm(request.POST or None, request=request, person=user)
    if form.is_valid():
        user = people.change_password(user, form.cleaned_data["new_password"], at=now)
        update_session_auth_hash(request, user)
        sign_in.confirm(request)
        messages.success(
            request, _("Your password is changed. Wherever else you were signed in you are not any more.")
        )
        return redirect("account")
    context = {"form": form, "person": user, "now": now}
    return render(request, "account/password_change.html", context, status=422 if form.is_bound else 200)
