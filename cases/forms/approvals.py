"""Answers about the approval of a distant placement: what the director is asked, and what they decide."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.approvals import Asked
from cases.forms import fields
from cases.forms.as_read import OfPlacementForm
from cases.models import PlacementApproval

Kind = PlacementApproval.Kind
ASKED = (Kind.ASKED.value, _("Yes: the two areas do not adjoin, and the director is asked"))
NAME = {"spellcheck": "false", "autocomplete": "off"}


class AskForm(OfPlacementForm):
    """Whether it is a distant placement: then what the director is asked, else who says that the areas adjoin.

    Whoever may not say any more that they adjoin asks the director.
    """

    kind = forms.ChoiceField(
        label=_("Is it a distant placement?"),
        choices=(
            ASKED,
            (Kind.ADJOINS.value, _("No: the two areas adjoin")),
        ),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Select if the two areas adjoin"),
            "invalid_choice": _(
                "The director has been asked: that the areas adjoin is now said by a director alone"
            ),
        },
    )
    reason = fields.NoteField(
        label=_("Why there and not nearer? If the areas adjoin: how is that known?"),
        name=_("The reason"),
        limit=500,
        error_messages={"required": _("Enter why there, or how it is known that the areas adjoin")},
    )
    said_by = forms.CharField(
        label=_("Who says that the areas adjoin?"),
        help_text=_("Name and post."),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    why_before = fields.NoteField(
        label=_("Why was the child there before the director approved it?"),
        name=_("Your answer"),
        help_text=_("If the director had said yes before: when, and to whom."),
        limit=500,
        required=False,
    )
    host_whom = forms.CharField(
        label=_("Who of the authority of that area was asked?"),
        help_text=_("Name and post."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    host_asked_date = fields.DateField(
        label=_("On which day were they asked?"), name=_("The day"), past=True, required=False
    )
    host_said = fields.NoteField(
        label=_("What did they say?"), name=_("Their answer"), limit=500, required=False
    )

    _asked = {
        "why_before": _("Enter why the child was there before it was approved"),
        "host_whom": _("Enter who of the authority of that area was asked"),
        "host_asked_date": _("Enter on which day they were asked"),
        "host_said": _("Enter what they said"),
    }
    _adjoins = {"said_by": _("Enter who says that the areas adjoin")}

    def __init__(self, *args: Any, may_adjoin: bool, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        if not may_adjoin:
            kind = cast(forms.ChoiceField, self.fields["kind"])
            kind.choices = (ASKED,)
            # Nothing is chosen where there is one thing to choose.
            kind.widget = forms.HiddenInput()
            self.initial.setdefault("kind", Kind.ASKED.value)
            self.fields["reason"].label = _("Why there and not nearer?")
            del self.fields["said_by"]
        fields.set_now(self, now)

    @property
    def is_asked(self) -> bool:
        """Whether the director is to be asked."""
        return bool(self.cleaned_data["kind"] == Kind.ASKED)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        wanted: dict[str, Any] = {}
        if "kind" in given:
            wanted = self._asked if given["kind"] == Kind.ASKED else self._adjoins
        for name, words in wanted.items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, words)
        return given

    def asked(self) -> Asked:
        """What the director is asked."""
        return Asked(**{name: self.cleaned_data[name] for name in ("reason", *self._asked)})


class DecideForm(OfPlacementForm):
    """What the director decides, on which day and why."""

    kind = forms.ChoiceField(
        label=_("Do you approve this placement?"),
        choices=(
            (Kind.APPROVED.value, _("Yes")),
            (Kind.REFUSED.value, _("No: another placement is to be found")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if you approve it")},
    )
    decided_date = fields.DateField(
        label=_("On which day did you decide?"),
        name=_("The day"),
        past=True,
        error_messages={"required": _("Enter the day")},
    )
    reason = fields.NoteField(
        label=_("Why?"),
        name=_("The reason"),
        limit=500,
        error_messages={"required": _("Enter the reason")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

    def decision(self) -> dict[str, Any]:
        """What the verb asks for."""
        given = self.cleaned_data
        return {
            "approved": given["kind"] == Kind.APPROVED,
            "decided_date": given["decided_date"],
            "reason": given["reason"],
        }
