"""Where a child is who is recorded as arrived, as one of the two authorities says it."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases import transfers
from cases.forms import fields
from cases.models import WitnessRole


class Answer(TextChoices):
    """What the sender says of a child who is recorded as arrived elsewhere."""

    HERE = "here", _("The child is still here")
    NOWHERE = "nowhere", _("The child has not arrived there, and is not here either")
    LEFT = "left", _("The child has left here, as they say")


class ReceiverForm(forms.Form):
    """How the receiver knows that the child has not arrived."""

    text = fields.NoteField(
        label=_("How do you know?"),
        name=_("What you wrote"),
        help_text=_("Which child has arrived instead, or who saw that nobody has. One or two sentences."),
        rows=3,
        error_messages={"required": _("Enter how you know")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    @property
    def says_left(self) -> bool:
        """Whether nothing is to be taken back."""
        return self.cleaned_data.get("answer") == Answer.LEFT

    @property
    def says_nowhere(self) -> bool:
        """Whether neither side has the child."""
        return self.cleaned_data.get("answer") == Answer.NOWHERE

    @property
    def seen(self) -> transfers.SeenHere | None:
        """Who has the child in sight, where it is still with the sender."""
        given = self.cleaned_data
        if given.get("answer") != Answer.HERE:
            return None
        return transfers.SeenHere(witness=given["witness"], role=given["role"], at=given["seen_at"])


class SenderForm(ReceiverForm):
    """Where the child is, as its sender says; who has it in sight, where it is still there."""

    answer = forms.ChoiceField(
        label=_("Where is the child?"),
        choices=Answer,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select where the child is")},
    )
    witness = forms.CharField(
        label=_("If the child is still here: who has seen it?"),
        help_text=_("Somebody who knows the child, by name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Who they are to the child"),
        choices=[("", _("Choose")), *WitnessRole.choices],
        required=False,
    )
    seen_at = fields.MomentField(
        label=_("When did they see the child?"),
        name=_("The time"),
        required=False,
    )
    field_order = ("answer", "witness", "role", "seen_at", "text")

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("answer") == Answer.HERE:
            wanted = {
                "witness": _("Enter who has seen the child"),
                "role": _("Select who they are to the child"),
                "seen_at": _("Select when the child was seen"),
            }
            for name, words in wanted.items():
                if name not in self.errors and not answers.get(name):
                    self.add_error(name, words)
        return answers
