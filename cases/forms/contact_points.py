"""Answers about where alerts go: an address for one purpose, a sharing agreement, and why one of them ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields, organisations, typed
from cases.forms.forces import ListedForceField
from cases.models import Authority, ForcePhone, Mailbox, PoliceForce, Team
from cases.moves import isolated

Purpose = Mailbox.Purpose


class MailboxForm(forms.Form):
    """An address, and for what and of whom it is, in one answer."""

    address = fields.MailAddressField(
        label=_("Email address"),
        help_text=_("A mailbox that somebody reads day and night, not one person’s own."),
        error_messages={
            "required": _("Enter the email address"),
            "invalid": _("Enter an email address, like name@council.example"),
        },
        widget=forms.EmailInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    what = forms.ChoiceField(
        label=_("What is it for?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Select what the mailbox is for"),
            "invalid_choice": _("Select what the mailbox is for"),
        },
    )

    def __init__(self, *args: Any, authorities: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.owners = {
            f"{purpose}:{kind}:{one.pk}": (purpose, {kind: one})
            for purpose, kind, one in _owners(authorities)
        }
        cast(forms.ChoiceField, self.fields["what"]).choices = [
            (key, f"{purpose.label}: {isolated(str(*owner.values()))}")
            for key, (purpose, owner) in self.owners.items()
        ]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("what") and answers.get("address"):
            purpose, owner = self.owners[answers["what"]]
            same = Mailbox.objects.filter(
                address__iexact=answers["address"], purpose=purpose, ends_at=None, **owner
            )
            if same.exists():
                self.add_error("address", _("Enter another address: this one is registered for that already"))
        return answers

    def given(self) -> dict[str, Any]:
        """As `configuration.register_mailbox` takes it."""
        purpose, owner = self.owners[self.cleaned_data["what"]]
        return {"address": self.cleaned_data["address"], "purpose": purpose, **owner}


class ForcePhoneForm(forms.Form):
    """A number of a force, what it is for, and when it was rung."""

    what = forms.ChoiceField(
        label=_("Whose number is it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Select whose number it is"),
            "invalid_choice": _("Select whose number it is"),
        },
    )
    phone = fields.PhoneField(
        label=_("Phone"),
        max_length=20,
        help_text=_("From the force itself or its website, never from somebody who rang you."),
        error_messages={"required": _("Enter the number")},
    )
    verified_date = fields.DateField(
        label=_("When did you ring it, and the force answered?"),
        name=_("The day of the call"),
        past=True,
        error_messages={"required": _("Enter when you rang it")},
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        forces = PoliceForce.objects.filter(authorities__in=authorities).distinct()
        self.whose = {
            f"{purpose}:{force.pk}": (force, purpose) for force in forces for purpose in ForcePhone.Purpose
        }
        cast(forms.ChoiceField, self.fields["what"]).choices = [
            (key, f"{purpose.label}: {isolated(force.name)}") for key, (force, purpose) in self.whose.items()
        ]
        fields.set_now(self, now)

    def given(self) -> dict[str, Any]:
        """As `configuration.register_force_phone` takes it."""
        force, purpose = self.whose[self.cleaned_data["what"]]
        said = {name: self.cleaned_data[name] for name in ("phone", "verified_date")}
        return {"force": force, "purpose": purpose, **said}


class EndForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        error_messages={"required": _("Enter why it ends")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AgreementForm(forms.Form):
    """A sharing agreement with a force, from when to when."""

    authority = forms.ModelChoiceField(
        label=_("Authority"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the authority")},
    )
    force = ListedForceField(
        label=_("Police force"),
        empty_label=_("Choose"),
        error_messages={"required": _("Select the police force")},
    )
    signed_date = fields.DateField(
        label=_("Signed on"),
        name=_("The date of signing"),
        error_messages={"required": _("Enter when it was signed")},
    )
    expires_date = fields.DateField(
        label=_("Expires on"),
        name=_("The date on which it expires"),
        error_messages={"required": _("Enter when it expires")},
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = typed.london(now).date()
        organisations.choose_authority(self, authorities)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        signed, expires = answers.get("signed_date"), answers.get("expires_date")
        if signed and signed > self.today:
            self.add_error("signed_date", _("The date of signing must be today or in the past"))
        if expires and expires <= max(signed or self.today, self.today):
            self.add_error("expires_date", _("The date on which it expires must be after today"))
        return answers


OF_AUTHORITY = (Purpose.HOST_DUTY, Purpose.REVIEWING, Purpose.LADO)


def _owners(authorities: Sequence[int]) -> list[tuple[Mailbox.Purpose, str, Any]]:
    """Every purpose with whoever can have it: forces of these authorities, their duty desks, themselves."""
    forces = PoliceForce.objects.filter(authorities__in=authorities).distinct()
    desks = Team.objects.filter(authority__in=authorities).exclude(kind=Team.Kind.SOCIAL_WORK)
    own = list(Authority.objects.filter(pk__in=authorities))
    return [
        *(
            (purpose, "force", force)
            for force in forces
            for purpose in (Purpose.CONTROL_ROOM, Purpose.COORDINATOR)
        ),
        *((Purpose.DUTY, "team", desk) for desk in desks),
        *((purpose, "authority", one) for one in own for purpose in OF_AUTHORITY),
    ]
