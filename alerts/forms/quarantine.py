"""What duty decides of a file that came by mail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import QuarantinedFile

RELEASE, LEAVE = "release", "leave"


class FileForm(forms.Form):
    """Release it, or not and why."""

    decision = forms.ChoiceField(
        label=_("Is it released?"),
        choices=[
            (RELEASE, _("Yes: we know who sent it, and its name, type and size fit what they say")),
            (LEAVE, _("No, it stays where it is")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether it is released")},
    )
    reason = forms.CharField(
        label=_("If not: why?"),
        max_length=QuarantinedFile._meta.get_field("reason").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].asked_of_some = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("decision") == LEAVE and not given.get("reason"):
            self.add_error("reason", _("Enter why it is not released"))
        return given
