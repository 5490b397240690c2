"""The form of the sign-in, as password managers know it."""

from typing import Any

from allauth.account.forms import LoginForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):
    """allauth's own, whose address is the name that a password manager fills in [HTML, autofill: username]."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        login, password = self.fields["login"], self.fields["password"]
        login.widget.attrs["autocomplete"] = "username"
        login.label, password.label = _("Email address"), _("Password")
        login.error_messages["required"] = _("Enter your email address")
        password.error_messages["required"] = _("Enter your password")
