"""The answer of a page on which something is struck through."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields


class MistakeForm(forms.Form):
    """Why it was never so."""

    reason = fields.NoteField(
        label=_("Why was it recorded by mistake?"),
        name=_("Your answer"),
        limit=1000,
        error_messages={"required": _("Enter why it was recorded by mistake")},
    )
