"""What an auditor's list is narrowed to; asked by GET, so that what was found has an address."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.audits import Asked
from cases.forms import fields


class AuditForm(forms.Form):
    """A person, a child by reference, a day."""

    person = forms.CharField(
        label=_("Name or email of a person"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    reference = fields.ReferenceField(label=_("Reference of the child"), required=False)
    day = fields.DateField(label=_("Day"), name=_("The day"), required=False, past=True)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

    def clean_person(self) -> str:
        # PostgreSQL holds no NUL, so nobody's name has one.
        return " ".join(self.cleaned_data["person"].replace("\0", " ").split())

    def asked(self) -> Asked:
        """What was asked for; call it where nothing is wrong."""
        given = self.cleaned_data if self.is_bound else {}
        reference = given.get("reference")
        return Asked(
            person=given.get("person", ""),
            reference=str(reference.child) if reference else "",
            day=given.get("day"),
        )
