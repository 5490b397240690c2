"""The password, asked for once more of the same person, and another in its place."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cases.forms.second_factor import PasswordAgainForm
from cases.models import User


class OwnPasswordForm(PasswordAgainForm):
    """The person's own password; wrong ones are counted as they are at the sign-in."""

    def __init__(self, *args: Any, request: HttpRequest, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request, self.person = request, person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        found = get_adapter(self.request).authenticate(
            self.request, email=self.person.email, password=password
        )
        if found is None or found.pk != self.person.pk:
            raise forms.ValidationError(_("Enter your password again: this one is not right"))
        return password


class ChangePasswordForm(OwnPasswordForm):
    """The password that is, and the one that is to be; typed once, and pasting is allowed."""

    new_password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters. Three words that belong together for nobody else do well."),
        error_messages={"required": _("Enter the new password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.person)
        return password
