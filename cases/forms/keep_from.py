"""Answers about keeping a child from somebody, and about lifting that mark."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import kept_people
from cases.forms import fields
from cases.forms.marks import SecondPersonForm, last_day_of, prepare_lift
from cases.models import Membership, User
from cases.moves import isolated


class KeepFromForm(forms.Form):
    """From whom, why, and on which phone the LADO rings whoever says so."""

    user = forms.TypedChoiceField(
        label=_("From whom is the child kept?"), coerce=int, required=False, empty_value=None
    )
    mail = forms.EmailField(
        label=_("Or the work email address of somebody who is not listed"),
        help_text=_("Of somebody who does not work with the child yet: the mark counts if they ever do."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
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
        self.fields["user"].choices = [("", ""), *map(_choice, people)]  # type: ignore[attr-defined]
        self.initial.setdefault("phone", phone)
        self.people = {one.user_id: one.user for one in people}

    def clean(self) -> dict[str, Any]:
        """Cleans to the one `person` that was chosen, or found by their address."""
        chosen, mail = self.cleaned_data.get("user"), self.cleaned_data.get("mail")
        if "user" in self.errors or "mail" in self.errors:
            return self.cleaned_data
        if chosen and mail:
            self.add_error("mail", _("Select a person or enter an email address, not both"))
        elif mail:
            self.cleaned_data["person"] = self._with_mail(mail)
        elif chosen:
            self.cleaned_data["person"] = self.people[chosen]
        else:
            self.add_error("user", _("Select a person, or enter their work email address"))
        return self.cleaned_data

    @property
    def asked(self) -> str:
        """The field that said who it is."""
        return "mail" if self.cleaned_data.get("mail") else "user"

    def _with_mail(self, mail: str) -> User | None:
        found = kept_people.with_mail(mail)
        if found is None:
            self.add_error("mail", _("Enter another address: no account has this one, or it is no person’s"))
        return found


def _choice(one: Membership) -> tuple[int, str]:
    """By name and role: who supervises a guardian is told from the guardian."""
    return one.user_id, f"{isolated(one.user.name)}, {one.title.lower()}"


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
