"""What is answered about a legal hold."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, ask_second


class HoldForm(forms.Form):
    """Why the record is to be kept."""

    reason = fields.NoteField(
        label=_("Why is the record to be kept?"),
        name=_("Your reason"),
        help_text=_("The court, inquiry or claim that may ask for it."),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why the record is to be kept")},
    )


class HoldByReferenceForm(HoldForm):
    """The same for somebody who knows a child by reference alone."""

    reference = fields.ReferenceField(
        label=_("Reference of the child"),
        error_messages={"required": _("Enter the reference of the child, like MC26-004178")},
    )
    field_order = ("reference", "reason")


class LiftHoldForm(SecondPersonForm):
    """Why the hold is lifted, and who else says so."""

    reason = fields.NoteField(
        label=_("Why is it lifted?"),
        name=_("Your reason"),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why the legal hold is lifted")},
    )
    field_order = ("reason", *SECOND)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)
        self.fields["second_email"].help_text = _(
            "Another manager of the child, or the data protection officer."
        )
