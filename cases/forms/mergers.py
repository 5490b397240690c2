"""Answers about an authority that is abolished or merged: which one takes its place, why, and the second person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cases import mergers
from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, ask_second
from cases.forms.organisations import choose_authority
from cases.models import Authority
from cases.states import IllegalMove


class SuccessorForm(forms.Form):
    """Which authority of the reader's ends, and which one takes its place."""

    authority = forms.ModelChoiceField(
        label=_("Which authority ends?"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the authority that ends")},
    )
    successor = fields.ListedRowField(
        label=_("Which authority takes its place?"),
        queryset=Authority.objects.none(),
        empty_label=_("Select"),
        error_messages={"required": _("Select the authority that takes its place")},
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)
        real = Authority.objects.on(london_day(now)).exclude(code__startswith="DRILL-")
        cast(forms.ModelChoiceField, self.fields["successor"]).queryset = real.order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        """What was merged is not merged again: of its children those decide who answer for them now."""
        given = super().clean() or self.cleaned_data
        if given.get("authority") is not None:
            try:
                mergers.require_standing(given["authority"], given.get("successor"))
            except IllegalMove as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given


class MergeForm(SecondPersonForm):
    """That all this passes on now: why, as it was shown, and who of the successor signs."""

    reason = forms.CharField(
        label=_("Why? Name the order or the decision"),
        max_length=200,
        error_messages={"required": _("Enter why")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ("reason", *SECOND, "shown")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)

    def show_anew(self, shown: str) -> None:
        """What passes has changed: the page shows it as it is now, and it is that which is sent with the next press."""
        typed = cast(QueryDict, self.data).copy()
        typed[self.add_prefix("shown")] = shown
        self.data = typed
