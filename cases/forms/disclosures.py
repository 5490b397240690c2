"""What is answered about a disclosure, and which of them a list shows."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.disclosures import is_immigration
from cases.forms import fields
from cases.models import Disclosure

PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class DisclosureForm(forms.Form):
    """To whom, what, why and on which basis; or what was refused, and why."""

    outcome = forms.ChoiceField(
        label=_("What did you do?"),
        choices=[
            (Disclosure.Outcome.SHARED, _("Shared it")),
            (Disclosure.Outcome.REFUSED, _("Refused it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether you shared it or refused it")},
    )
    body = forms.CharField(
        label=_("Which organisation?"),
        max_length=120,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": _("Enter the organisation")},
    )
    person = forms.CharField(
        label=_("Who there?"),
        help_text=_("Name or post."),
        max_length=120,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": _("Enter who it was there")},
    )
    what = fields.NoteField(
        label=_("What was shared, or asked for?"),
        name=_("What it was"),
        help_text=_(
            "The kind of information, without repeating it. Write the reference, not the child’s name."
        ),
        rows=3,
        error_messages={"required": _("Enter what was shared or asked for")},
    )
    reason = fields.NoteField(
        label=_("Why was it shared or refused?"),
        name=_("The reason"),
        rows=3,
        error_messages={"required": _("Enter why")},
    )
    basis = forms.ChoiceField(
        label=_("Lawful basis"),
        choices=Disclosure.Basis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the lawful basis")},
    )
    happened_at = fields.MomentField(
        label=_("When was it?"),
        name=_("The time of the disclosure"),
        error_messages={"required": _("Enter when it was")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("happened_at", "now")
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("outcome") == Disclosure.Outcome.SHARED:
            if given.get("basis") == Disclosure.Basis.NONE:
                self.add_error(
                    "basis", _("Select the basis on which it was shared, or record that you refused it")
                )
            if is_immigration(given.get("body", "")):
                self.add_error(
                    "body",
                    _(
                        "Record on the missing episode what the Home Office hears of a child: it is a manager’s decision"
                    ),
                )
        return given


class SpanForm(forms.Form):
    """From which day to which; asked by GET, so that what was found has an address."""

    begins = fields.DateField(label=_("From"), name=_("The first day"), required=False, past=True)
    ends = fields.DateField(label=_("To"), name=_("The last day"), required=False)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        begins, ends = given.get("begins"), given.get("ends")
        if begins and ends and ends < begins:
            self.add_error("ends", _("The last day must be the first day or later"))
        return given
