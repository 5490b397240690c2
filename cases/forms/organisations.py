"""Answers about a team, a home or a guardian service: what it is called, where it is, and on which phones it is rung."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields, typed
from cases.forms.forces import ListedForceField
from cases.models import Authority, Team

NAME = {"spellcheck": "false", "autocomplete": "off"}


class TeamCorrectionForm(forms.Form):
    """How a team is called and rung."""

    name = forms.CharField(
        label=_("Name of the team"),
        max_length=120,
        error_messages={"required": _("Enter the name of the team")},
        widget=forms.TextInput(attrs=NAME),
    )
    phone = fields.PhoneField(
        label=_("Phone"),
        required=False,
        help_text=_("Of a duty desk: answered day and night. It is texted when the rota names nobody."),
    )
    second_phone = fields.PhoneField(
        label=_("Second phone"),
        required=False,
        help_text=_(
            "Of a duty desk: texted when nobody takes a task in time and the rota names no second person."
        ),
    )

    def __init__(self, *args: Any, kind: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.team_kind = kind

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        kind = answers.get("kind") or self.team_kind
        if kind and kind != Team.Kind.SOCIAL_WORK and not answers.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Enter a phone: alerts text and ring a duty desk"))
        return answers


class TeamForm(TeamCorrectionForm):
    """A new team."""

    authority = forms.ModelChoiceField(
        label=_("Authority"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the authority")},
    )
    kind = forms.ChoiceField(
        label=_("What kind of team is it?"),
        choices=Team.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what kind of team it is")},
    )

    field_order = ("authority", "name", "kind", "phone", "second_phone")

    def __init__(self, *args: Any, authorities: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)


HOME_FIELDS: tuple[str, ...] = ("name", "provider", "ofsted_urn", "address", "postcode", "force", "phone")


class HomeCorrectionForm(forms.Form):
    """How a home is called, who runs it, where it is, whose force that is, and on which phone it is rung."""

    name = forms.CharField(
        label=_("Name of the home"),
        max_length=160,
        help_text=_("A children’s home, supported accommodation, or “Ade Brook’s home” for a foster carer."),
        error_messages={"required": _("Enter the name of the home")},
        widget=forms.TextInput(attrs=NAME),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        error_messages={"required": _("Enter the address")},
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    postcode = fields.PostcodeField(label=_("Postcode"), error_messages={"required": _("Enter the postcode")})
    phone = fields.PhoneField(
        label=_("24-hour phone"),
        help_text=_("It is texted and rung first when there is no record of a child."),
        error_messages={"required": _("Enter a phone that is answered day and night")},
    )
    provider = forms.CharField(
        label=_("Who runs it"),
        required=False,
        max_length=160,
        help_text=_("The organisation. Leave it empty for a foster carer."),
        widget=forms.TextInput(attrs=NAME),
    )
    ofsted_urn = forms.CharField(
        label=_("Ofsted number"),
        required=False,
        max_length=10,
        widget=forms.TextInput(attrs=NAME | {"class": "govuk-input--width-10", "inputmode": "numeric"}),
    )
    force = ListedForceField(
        label=_("Police force"),
        help_text=_(
            "The force of the place where the home stands: police alerts about its children go there."
        ),
        empty_label=_("Choose"),
        error_messages={"required": _("Select the police force")},
    )

    field_order = HOME_FIELDS


class HomeForm(HomeCorrectionForm):
    """A new home."""

    authority = forms.ModelChoiceField(
        label=_("Host authority"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the host authority")},
    )
    field_order = ("authority", *HOME_FIELDS)

    def __init__(self, *args: Any, authorities: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)
        own = Authority.objects.filter(pk__in=authorities).select_related("force").first()
        self.fields["force"].initial = own.force if own else None


class ServiceForm(forms.Form):
    """A guardianship service."""

    name = forms.CharField(
        label=_("Name of the service"),
        max_length=160,
        error_messages={"required": _("Enter the name of the service")},
        widget=forms.TextInput(attrs=NAME),
    )
    phone = fields.PhoneField(label=_("Phone"), required=False)


class ClosingForm(forms.Form):
    """From which day on a home or a service is closed, and why."""

    last_day = fields.DateField(
        label=_("Last day"),
        name=_("The last day"),
        past=True,
        help_text=_("Today or earlier. From the day after it counts as closed; with today, from now."),
        error_messages={"required": _("Enter the last day")},
    )
    reason = forms.CharField(
        label=_("Why does it close?"),
        max_length=200,
        error_messages={"required": _("Enter why it closes")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("last_day", typed.london(now).date())
        fields.set_now(self, now)


class ReopeningForm(forms.Form):
    """Why a closing is taken back."""

    reason = forms.CharField(
        label=_("Why does it open again?"),
        max_length=200,
        error_messages={"required": _("Enter why it opens again")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def choose_authority(form: forms.Form, authorities: Sequence[int]) -> None:
    """Offer these authorities; where there is one, it is not asked for."""
    field = cast(forms.ModelChoiceField, form.fields["authority"])
    field.queryset = Authority.objects.filter(pk__in=authorities)
    if len(set(authorities)) == 1:
        field.widget, field.initial = forms.HiddenInput(), authorities[0]
