"""Which child, and when: the question of who would be told."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields

# The rota is written so far ahead at most.
FURTHEST = timedelta(days=92)


class Question(forms.Form):
    """A reference and a moment; asked by GET, so that the answer has an address."""

    reference = fields.ReferenceField(
        label=_("Reference of the child"),
        error_messages={"required": _("Enter the reference of the child, like MC26-004178")},
    )
    at = fields.MomentField(
        label=_("If nothing is recorded about the child by"), name=_("The moment"), quick=False, past=False
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now = now
        fields.set_now(self, now)

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at < self.now - timedelta(days=1) or at > self.now + FURTHEST:
            raise forms.ValidationError(_("Enter a moment from today on, within three months"))
        return at
