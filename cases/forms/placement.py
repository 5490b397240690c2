"""Answers about a placement: a home from the list, or somewhere else with its address and force."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import placements
from cases.forms import fields, typed
from cases.models import Authority, Home, Placement, PoliceForce

ELSEWHERE = "elsewhere"
HOST_NOTIFIED = (("", _("Not known")), ("yes", _("Yes")), ("no", _("Not yet")))


def _written(home: Home) -> str:
    """A home with what follows from it, so that both are read before anything is saved."""
    return f"{home.name}, {home.authority.name} ({home.force.name})"


class PlacementForm(forms.Form):
    """Where the child lives from now on."""

    where = forms.ChoiceField(
        label=_("Home"),
        help_text=_(
            "Type the name. The host authority and the police force stand behind it; if they are wrong for this "
            "child, choose “Somewhere else”."
        ),
        widget=forms.Select(attrs={"data-autocomplete": ""}),
        required=False,
        error_messages={"invalid_choice": _("Select the home, or Somewhere else")},
    )
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    postcode = fields.PostcodeField(label=_("Postcode"), required=False)
    phone = fields.PhoneField(label=_("24-hour phone"), required=False)
    authority = forms.ModelChoiceField(
        label=_("Host authority"),
        help_text=_("The council whose area it is."),
        queryset=Authority.objects.none(),
        required=False,
        empty_label=_("Choose"),
        widget=forms.Select(attrs={"data-autocomplete": ""}),
    )
    force = forms.ModelChoiceField(
        label=_("Police force"),
        help_text=_("Leave it as it is for the force of that council’s area."),
        queryset=PoliceForce.objects.none(),
        required=False,
        empty_label=_("The force of that area"),
    )
    placement_type = forms.ChoiceField(
        label=_("Type of placement"),
        choices=Placement.Type,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the type of placement")},
    )
    starts_at = fields.MomentField(label=_("From when?"), name=_("The start"), initial="now")
    room = forms.CharField(
        label=_("Room"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    host_notified = forms.ChoiceField(
        label=_("Has the host authority been told?"),
        choices=HOST_NOTIFIED,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
    )

    elsewhere_fields = ("address", "postcode", "phone", "authority", "force")

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.homes = {str(home.pk): home for home in Home.objects.select_related("authority", "force")}
        self.fields["where"].choices = [
            ("", _("Choose")),
            (ELSEWHERE, _("Somewhere else")),
            *((pk, _written(home)) for pk, home in self.homes.items()),
        ]
        today = typed.london(now).date()
        self.fields["authority"].queryset = Authority.objects.on(today).select_related("force")
        self.fields["force"].queryset = PoliceForce.objects.all()
        fields.set_now(self, now)

    @property
    def elsewhere(self) -> bool:
        """Whether the second part is answered or asked for."""
        return self["where"].value() == ELSEWHERE or bool(self["address"].value())

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if not answers.get("where") and answers.get("address"):
            answers["where"] = ELSEWHERE
        if not answers.get("where") and "where" not in self.errors:
            self.add_error("where", _("Select the home, or Somewhere else"))
        if answers.get("where") == ELSEWHERE:
            needed = {
                "address": _("Enter the address"),
                "postcode": _("Enter the postcode"),
                "phone": _("Enter a phone that is answered day and night"),
                "authority": _("Select the host authority"),
            }
            for name, message in needed.items():
                if not answers.get(name) and name not in self.errors:
                    self.add_error(name, message)
        return answers

    def place(self) -> Home | placements.Address:
        """The home, or the address with its authority and force."""
        given = self.cleaned_data
        if given["where"] != ELSEWHERE:
            return self.homes[given["where"]]
        return placements.Address(
            address=given["address"],
            postcode=given["postcode"],
            phone=given["phone"],
            authority=given["authority"],
            force=given["force"] or given["authority"].force,
        )

    def facts(self) -> dict[str, Any]:
        """The rest of what `placements.start` asks for."""
        given = self.cleaned_data
        return {
            "placement_type": given["placement_type"],
            "starts_at": given["starts_at"],
            "room": given["room"],
            "host_notified": {"yes": True, "no": False}.get(given["host_notified"]),
        }
