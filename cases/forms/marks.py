"""Answers about a child's risk and live concern, and the second person that lowering a guard needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import Risk


class SecondPersonForm(forms.Form):
    """The second person signs here with their own sign-in: a name that somebody else picks would be nobody's word."""

    second_email = forms.EmailField(
        label=_("Second person’s email address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    second_password = forms.CharField(
        label=_("Second person’s password"),
        help_text=_("They type it themselves, here."),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


def ask_second(form: SecondPersonForm) -> None:
    """Let both answers of the second person be required."""
    for name, words in (
        ("second_email", _("Enter the second person’s email address")),
        ("second_password", _("The second person enters their password")),
    ):
        form.fields[name].required = True
        form.fields[name].error_messages["required"] = words


class RiskForm(SecondPersonForm):
    """A grade and why; the second person only where it is lower than before."""

    risk = forms.ChoiceField(
        label=_("Your view of the risk"),
        choices=Risk,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the risk")},
    )
    reason = fields.NoteField(
        label=_("Why"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the risk is graded so")},
    )
    field_order = ("risk", "reason", "second_email", "second_password")


class ConcernForm(forms.Form):
    """What the concern is; it holds from the moment it is saved."""

    reason = fields.NoteField(
        label=_("What is the concern?"),
        limit=1000,
        name=_("The concern"),
        error_messages={"required": _("Enter what the concern is")},
    )


class CloseForm(SecondPersonForm):
    """Why the case is closed, and who else says so."""

    reason = forms.CharField(
        label=_("Why is the case closed?"),
        help_text=_(
            "The child is in nobody’s care any more: family found, moved abroad, an adult. One sentence."
        ),
        max_length=200,
        error_messages={"required": _("Enter why the case is closed")},
    )
    field_order = ("reason", "second_email", "second_password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)


class LiftForm(SecondPersonForm):
    """Why the concern is lifted, and who else says so."""

    reason = fields.NoteField(
        label=_("Why is it lifted?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the concern is lifted")},
    )
    field_order = ("reason", "second_email", "second_password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)
