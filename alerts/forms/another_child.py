"""Why a death that is on record was that of another child, and who else says so."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, ask_second


class AnotherChild(SecondPersonForm):
    """Who told us and why; two people sign, for it undoes what two people heard."""

    told_by = forms.CharField(
        label=_("Who told us, or who has seen the child?"),
        help_text=_(
            "Name and post, and the office: the officer, the hospital, the home. It stands in no mail."
        ),
        max_length=150,
        error_messages={"required": _("Enter who told you")},
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    reason = fields.NoteField(
        label=_("Why is it another child?"),
        name=_("Your reason"),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why it is another child")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(("told_by", "reason", *SECOND))
        ask_second(self)
        self.fields["second_email"].help_text = _("Somebody else of the duty desk, or a team manager.")

    def given(self) -> dict[str, Any]:
        """What is said, without the sign-in of the second person."""
        return {name: self.cleaned_data[name] for name in ("told_by", "reason")}
