"""Answers about keeping a child from somebody, and about lifting that mark."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.marks import SecondPersonForm, last_day_of, prepare_lift
from cases.forms.restrictions import choices
from cases.models import Membership


class KeepFromForm(forms.Form):
    """From whom, why, and on which phone the LADO rings whoever says so."""

    user = forms.TypedChoiceField(
        label=_("From whom is the child kept?"),
        coerce=int,
        error_messages={"required": _("Select a person")},
    )
    reason = fields.NoteField(
        label=_("What is the reason?"),
        limit=2000,
        name=_("Your reason"),
        help_text=_("The LADO hears that there is a report, and rings you. The reason stands in no mail."),
        error_messages={"required": _("Enter the reason")},
    )
    phone = fields.PhoneField(
        label=_("Your phone number"),
        error_messages={"required": _("Enter the phone on which the LADO rings you")},
    )

    def __init__(self, *args: Any, people: Sequence[Membership], phone: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].choices = [("", ""), *choices(people)]  # type: ignore[attr-defined]
        self.initial.setdefault("phone", phone)


class LiftForm(SecondPersonForm):
    """Why the child need not be kept from them any more, and who else says so."""

    reason = fields.NoteField(
        label=_("Why is the mark lifted?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the mark is lifted")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        prepare_lift(self)

    def clean(self) -> dict[str, Any]:
        """Cleans to the day through which it is lifted, or none."""
        self.cleaned_data["last_day"] = last_day_of(self)
        return self.cleaned_data
