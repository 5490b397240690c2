"""Somebody's own page: where their alerts go, and what they choose for themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.account import TOLD, AccountForm
from cases import access, clock, mail_refusals, people, second_factor
from cases.models import Role
from cases.states import IllegalMove
from cases.views import languages

# Whom alerts look for by name; a home and a force are reached on numbers and mailboxes of their own.
ALERTED = frozenset({Role.DUTY_DESK, Role.TEAM_MANAGER, Role.SOCIAL_WORKER, Role.GUARDIAN})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show whoever has a role where their alerts go, and keep what they choose."""
    now = clock.now()
    user = access.person(request)
    held = access.memberships(user, now)
    if not held:
        raise PermissionDenied
    roles = {membership.role for membership in held}
    form = AccountForm(request.POST or None, user=user, roles=roles)
    if form.is_valid():
        try:
            user = people.choose(user, form.wishes(), at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            translation.activate(user.language)
            messages.success(request, _("Your choices are kept."))
            response = redirect("account")
            # The browser keeps it too, for the pages before the next sign-in.
            languages.keep(response, user.language)
            return response
    context = {
        "form": form,
        "held": held,
        "person": user,
        "mail_refused_at": mail_refusals.standing([user.pk]).get(user.pk),
        "is_alerted": bool(roles & ALERTED),
        "is_told": bool(roles & TOLD),
        "has_list": "has_digest" in form.fields,
        "asks_second_step": second_factor.is_asked(),
        "now": now,
    }
    return render(request, "alerts/account.html", context, status=422 if form.is_bound else 200)
