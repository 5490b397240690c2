"""The end of a session: how long it is still open, putting the end off, opening it again, and signing out."""

from urllib.parse import urlencode

from allauth.account.views import LogoutView
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import access, clock, people, sessions, sign_in
from cases.forms.sessions import OwnPasswordForm
from cases.models import User
from cases.sessions import Standing
from cases.templatetags.govuk import gov_clock


@sessions.unpressed
@login_required
@require_safe
def session_state(request: HttpRequest) -> HttpResponse:
    """Say how long the session is open still; asking puts nothing off."""
    return _state(sessions.standing(request.session, at=clock.now()))


@login_required
@require_POST
def session_extend(request: HttpRequest) -> HttpResponse:
    """Put the end of an open session off; one that has locked stays locked."""
    now = clock.now()
    if sessions.standing(request.session, at=now).is_open:
        sessions.press(request.session, at=now)
    return _state(sessions.standing(request.session, at=now))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_unlock(request: HttpRequest) -> HttpResponse:
    """Ask whose session has locked for the password; let whoever it is not sign out."""
    now = clock.now()
    back = _ours(request, request.GET.get("next", ""))
    user = request.user
    if not isinstance(user, User) or sessions.standing(request.session, at=now).is_over:
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")
    if sessions.standing(request.session, at=now).is_open:
        return HttpResponseRedirect(back)
    if user.device_home_id is not None:
        # A device has no password: its passkey opens it anew.
        logout(request)
        return HttpResponseRedirect(f"{reverse('passkey_sign_in')}?{urlencode({'next': back})}")
    form = OwnPasswordForm(request.POST or None, request=request, person=user)
    if form.is_valid():
        sessions.unlock(request.session, at=now)
        sign_in.confirm(request)
        return HttpResponseRedirect(back)
    context = {"form": form, "person": user}
    return render(request, "cases/session_unlock.html", context, status=422 if form.is_bound else 200)


class SignOut(LogoutView):
    """Ask, and end every session of this person on every device, or where they say so this one alone.

    Of a session that has locked, or has not passed the second step, nobody knows whose hand it is: it ends alone.
    """

    def logout(self) -> None:
        standing = getattr(self.request, "standing", None)
        if standing is not None and standing.is_open and "here" not in self.request.POST:
            people.sign_out(access.person(self.request))
        super().logout()


def _state(standing: Standing) -> JsonResponse:
    return JsonResponse(
        {
            "isOpen": standing.is_open,
            "secondsLeft": standing.seconds_left,
            "warnSeconds": settings.SESSION_WARN_MINUTES * 60,
            "words": in_words(standing),
            "unlock": reverse("session_unlock"),
            "heading": _("Your session"),
            "stay": _("Stay signed in"),
            "locked": _("Locked"),
            "lost": _("Nothing was pressed for a while. What you had typed is not lost."),
            "again": _("Sign in again"),
        }
    )


def in_words(standing: Standing) -> str:
    """When the page locks, and what can be done about it."""
    if not standing.is_open:
        return _("Locked. Sign in again to go on.")
    when = {"time": gov_clock(standing.ends_at)}
    if standing.ends_at < standing.over_at:
        return _("This page locks at %(time)s. What you have typed is kept.") % when
    when["hours"] = str(settings.SESSION_HOURS)
    return (
        _("You signed in %(hours)s hours before %(time)s: sign in again then. What you have typed is kept.")
        % when
    )


def _ours(request: HttpRequest, wanted: str) -> str:
    """A path of this site, else the first page."""
    own = {request.get_host()}
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, own, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
