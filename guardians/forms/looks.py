"""The answer of the look at a missing child's guardian."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields

GOES_ON, MISTAKE = "goes_on", "mistake"
ANSWERS = [
    (GOES_ON, _("The guardian goes on")),
    (MISTAKE, _("What was recorded last was a mistake: it is owed again")),
]


class LookForm(forms.Form):
    """Whether the guardian goes on, or what was said last was a mistake, and why."""

    answer = forms.ChoiceField(
        label=_("What is it?"),
        choices=ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it is")},
    )
    reason = fields.NoteField(
        label=_("Why?"),
        help_text=_("What the guardian still does for the child, or what was wrong."),
        name=_("Your answer"),
        limit=1000,
        error_messages={"required": _("Enter why")},
    )

    def __init__(self, *args: Any, has_last: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_last:
            answer = cast(forms.ChoiceField, self.fields["answer"])
            answer.choices, answer.initial = ANSWERS[:1], GOES_ON
