"""Answers about who is at a placement when, and about who looks for the child where nobody there can."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import PlacementStaffing
from cases.staffing import Staffed

Presence = PlacementStaffing.Presence


class StaffingForm(forms.Form):
    """When somebody is there who can see the child."""

    presence = forms.ChoiceField(
        label=_("When is somebody there who can see the child?"),
        choices=Presence,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select when somebody is there")},
    )
    from_time = fields.TimeOfDayField(label=_("If for some hours: from when?"), required=False)
    until_time = fields.TimeOfDayField(label=_("Until when?"), required=False)
    visits_a_week = forms.IntegerField(
        label=_("If somebody visits: how many times a week?"),
        min_value=1,
        max_value=99,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
        error_messages={
            "invalid": _("Enter a number, like 3"),
            "min_value": _("Enter a number from 1 to 99"),
            "max_value": _("Enter a number from 1 to 99"),
        },
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        wanted: dict[str, dict[str, Any]] = {
            Presence.HOURS: {
                "from_time": _("Enter from when somebody is there"),
                "until_time": _("Enter until when somebody is there"),
            },
            Presence.VISITS: {"visits_a_week": _("Enter how many times a week somebody visits")},
        }
        for name, words in wanted.get(given.get("presence", ""), {}).items():
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, words)
        hours = given.get("from_time"), given.get("until_time")
        if given.get("presence") == Presence.HOURS and None not in hours and hours[0] == hours[1]:
            self.add_error("until_time", _("Enter a time later than from when"))
        return given

    def staffed(self) -> Staffed:
        """What was answered; what belongs to another answer is left out."""
        given = self.cleaned_data
        presence = given["presence"]
        hours = presence == Presence.HOURS
        return Staffed(
            presence=presence,
            from_time=given["from_time"] if hours else None,
            until_time=given["until_time"] if hours else None,
            visits_a_week=given["visits_a_week"] if presence == Presence.VISITS else None,
        )


class WayForm(forms.Form):
    """Who looks for the child at the roll-calls that nobody there can call, how, and until when."""

    windows = forms.MultipleChoiceField(
        label=_("At which roll-calls does somebody else look?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Select the roll-calls"),
            "invalid_choice": _("One of these can be called there by now: select again"),
        },
    )
    who = forms.CharField(
        label=_("Who looks for the child?"),
        help_text=_("Name and post, and the phone that duty rings."),
        max_length=150,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _("Enter who looks for the child")},
    )
    how = fields.NoteField(
        label=_("How?"),
        help_text=_("Like: waking night support comes at 10pm; the worker visits each morning."),
        name=_("Your answer"),
        limit=500,
        error_messages={"required": _("Enter how they look")},
    )
    until_date = fields.DateField(
        label=_("Until which day?"),
        help_text=_("At most 28 days from today; then it is arranged again."),
        name=_("The day"),
        error_messages={"required": _("Enter the day")},
    )

    def __init__(self, *args: Any, roll_calls: Mapping[str, str], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        windows = cast(forms.MultipleChoiceField, self.fields["windows"])
        windows.choices = list(roll_calls.items())
        self.initial.setdefault("windows", list(roll_calls))
        fields.set_now(self, now)
