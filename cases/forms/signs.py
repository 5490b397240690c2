"""Answers about an address, a person, an account, a plate or a number of concern."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import signs
from cases.forms import fields
from cases.forms.forces import ForceField
from cases.models import Authority, Sign


class SignForm(forms.Form):
    """What to look out for, why, who says so, and whether the force reads it."""

    authority = forms.ModelChoiceField(
        label=_("Whose list?"), queryset=Authority.objects.none(), empty_label=None, required=False
    )
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Sign.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it is")},
    )
    text = forms.CharField(
        label=_("The address, name, account, plate or number"),
        help_text=_("Never an address at which a child lives."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter what to look out for")},
    )
    force = ForceField(
        label=_("An address elsewhere: in which police area is it?"),
        empty_label=_("In your own area, or no address"),
        required=False,
    )
    why = fields.NoteField(
        label=_("Why?"),
        name=_("Your reason"),
        help_text=_("Name no child: every person on the desk reads this, and the police if you say so."),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why")},
    )
    source = forms.CharField(
        label=_("Who says so?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who says so")},
    )
    for_force = forms.ChoiceField(
        label=_("May the police force of that area read it here?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether the police may read it")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, authorities: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        own = Authority.objects.filter(pk__in=authorities)
        self.fields["authority"].queryset = own  # type: ignore[attr-defined]
        self.authorities = list(own)
        if len(self.authorities) == 1:
            del self.fields["authority"]

    def clean(self) -> dict[str, Any]:
        """Ask whose list it is of those who work on several desks."""
        given = super().clean() or {}
        if "authority" in self.fields and not given.get("authority"):
            self.add_error("authority", _("Select whose list it is"))
        if given.get("force") and given.get("kind") not in (None, Sign.Kind.ADDRESS):
            self.add_error("force", _("Say in which area it is of an address alone"))
        return given

    @property
    def whose(self) -> Authority:
        """Whose list it goes on."""
        chosen: Authority = self.cleaned_data.get("authority") or self.authorities[0]
        return chosen

    @property
    def told(self) -> signs.Told:
        """As `signs.note` takes it."""
        given = self.cleaned_data
        words = {name: given[name] for name in ("kind", "text", "why", "source")}
        return signs.Told(**words, for_force=given["for_force"] == "yes", force=given["force"])


class SignOffForm(forms.Form):
    """Why it is taken off the list."""

    reason = forms.CharField(
        label=_("Why is it taken off?"),
        help_text=_("It stays on the list until another person on the desk agrees."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter why it is taken off")},
    )


class SignAgreeForm(forms.Form):
    """Whether the second person agrees."""

    agreed = forms.ChoiceField(
        label=_("Is it taken off the list?"),
        choices=[("yes", _("Yes, take it off")), ("no", _("No, it stays"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether it is taken off")},
    )
