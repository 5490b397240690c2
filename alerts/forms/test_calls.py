"""What came of ringing a duty number to see that it is answered."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

ANSWERS = (("yes", _("Somebody answered")), ("no", _("Nobody answered")))


class TestCallAnswer(forms.Form):
    """Answered or not; the number that was rung goes along, so that a changed one is not proved by it."""

    __test__ = False

    answered = forms.ChoiceField(
        label=_("What came of it?"),
        choices=ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what came of it")},
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    phone = forms.CharField(max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, phone: str, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"phone": phone}})

    @property
    def given(self) -> dict[str, str]:
        """The number that was rung."""
        return {"phone": self.cleaned_data["phone"]}

    @property
    def answer(self) -> dict[str, Any]:
        """As `probes.record_call` takes it."""
        return {"answered": self.cleaned_data["answered"] == "yes", "note": self.cleaned_data["note"]}
