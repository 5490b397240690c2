"""Every address of Rollcall: sign-in here, the rest from the app whose page it is."""

from allauth.account import views as account
from django.urls import include, path

from cases import second_factor
from cases.views import second_step, sessions

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-in/second-step/", second_step.second_step, name="second_step"),
    path("sign-in/passkey/", second_step.passkey_sign_in, name="passkey_sign_in"),
    # Also for whoever has not set up their second factor.
    path("sign-out/", second_factor.sets_up(sessions.SignOut.as_view()), name="account_logout"),
    path("", include("alerts.urls")),
    path("", include("guardians.urls")),
    path("", include("cases.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler500 = "config.errors.server_error"
