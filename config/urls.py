"""Every address of Rollcall: sign-in here, the rest from the app whose page it is."""

from allauth.account import views as account
from django.urls import include, path

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-out/", account.logout, name="account_logout"),
    path("", include("alerts.urls")),
    path("", include("guardians.urls")),
    path("", include("cases.urls")),
]

handler500 = "config.errors.server_error"
