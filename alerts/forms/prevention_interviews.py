"""What is written of the interview that the police held with a child who is back."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import PoliceForce, PreventionInterview, SeenAlone
from cases.prevention_interviews import Held

NAME = {"spellcheck": "false", "autocomplete": "off"}


class PreventionForm(forms.Form):
    """Who held it and when, whether the child was seen alone, what it said, and what follows."""

    held_at = fields.MomentField(
        label=_("When was it held?"),
        name=_("The time of the interview"),
        error_messages={"required": _("Select when the interview was held")},
    )
    officer = forms.CharField(
        label=_("Which officer held it?"),
        help_text=_("Name and collar number"),
        max_length=150,
        widget=forms.TextInput(attrs=NAME),
        error_messages={"required": _("Enter who held the interview")},
    )
    force = forms.ModelChoiceField(
        label=_("Of which force?"),
        queryset=PoliceForce.objects.order_by("name"),
        error_messages={"required": _("Select the force")},
    )
    reference = forms.CharField(
        label=_("Police reference"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    seen_alone = forms.ChoiceField(
        label=_("Was the child seen alone?"),
        choices=SeenAlone.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether the child was seen alone")},
    )
    said = fields.NoteField(
        label=_("What did the child say?"), name=_("What the child said"), required=False, rows=3
    )
    harm = fields.NoteField(
        label=_("Did the child tell of harm, or of being made to do something?"),
        name=_("What the child told of harm"),
        required=False,
        rows=3,
    )
    referred_to = forms.CharField(
        label=_("To whom is the child referred after it?"),
        help_text=_("A service, the NRM, a doctor; nobody where it is left empty"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        standing: PreventionInterview | None,
        forces: Sequence[PoliceForce],
        since: datetime,
        now: datetime,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.since = since
        self.initial.setdefault("once", uuid.uuid4())
        if forces:
            self.initial.setdefault("force", forces[0])
        if standing is not None:
            for name in self.fields.keys() - {"once"}:
                self.initial[name] = getattr(standing, name)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        held_at = answers.get("held_at")
        if held_at is not None and held_at < self.since:
            self.add_error("held_at", _("The time of the interview must be after the child went missing"))
        return answers

    def held(self) -> Held:
        """What `prevention_interviews.write` takes."""
        given = dict(self.cleaned_data)
        return Held(key=given.pop("once"), **given)


class WithdrawPrevention(forms.Form):
    """Why what was written of it does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("It stays on the record, struck through, with your reason."),
        max_length=PreventionInterview._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this interview is withdrawn")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
