"""Answers about a placement that ended without another."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields


class EndForm(forms.Form):
    """When and why a placement ended without another, and where the child is now."""

    # The one that the page showed: sent again, it ends none that began since.
    placement = forms.IntegerField(widget=forms.HiddenInput)
    ends_at = fields.MomentField(label=_("When did it end?"), name=_("The end"), initial="now")
    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter why it ended")},
    )
    where = forms.CharField(
        label=_("Where is the child now?"),
        help_text=_("In words: with whom, until when. No address of a refuge or safe house."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter where the child is now, or that nobody knows")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)
