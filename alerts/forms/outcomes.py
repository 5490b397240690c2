"""How a search ended after all, where another outcome was chosen with the end."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.forms.endings import NAMED, End
from cases import episodes, homecomings
from cases.forms import fields
from cases.forms.as_read import ReadByVerbForm


class PutRight(ReadByVerbForm):
    """The outcome that is so, whom it cannot go without, and why it is put right."""

    overtaken = _(
        "Somebody has put this outcome right since you opened this page. Look at what stands now, then press again where"
        " yours is right."
    )
    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        error_messages={"required": _("Select how the episode ended")},
    )
    with_child = End.base_fields["with_child"]
    checked_by = End.base_fields["checked_by"]
    decided_by = End.base_fields["decided_by"]
    bed = End.base_fields["bed"]
    reason = fields.NoteField(
        label=_("What was wrong, and how do you know?"),
        name=_("Your reason"),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why it is put right")},
    )

    def __init__(self, *args: Any, is_written: str, asks_for_bed: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asks_for_bed:
            del self.fields["bed"]
        # What was sent twice, or said by two people, is for the verb to say.
        left_out = "" if self.is_bound else is_written
        offered = [(one.value, one.label) for one in episodes.FOUND_ALIVE if one != left_out]
        self.fields["outcome"].choices = [("", _("Choose")), *offered]  # type: ignore[attr-defined]
        for name in {"with_child", "checked_by", "decided_by", "bed"} & self.fields.keys():
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        outcome = answers.get("outcome", "")
        name, words = NAMED.get(outcome, ("", ""))
        if name and not answers.get(name) and name not in self.errors:
            self.add_error(name, words)
        asked = "bed" in self.fields and outcome in homecomings.ASKED
        if asked and answers.get("bed") not in homecomings.Bed.values and "bed" not in self.errors:
            self.add_error("bed", _("Select what becomes of the bed"))
        return answers

    def given(self) -> dict[str, Any]:
        """The arguments of `homecomings.put_right`."""
        given = self.cleaned_data
        name, _words = NAMED.get(given["outcome"], ("", ""))
        who = given[name] if name else ""
        return {
            "outcome": given["outcome"],
            "who": who,
            "reason": given["reason"],
            "bed": given.get("bed", ""),
            "read": self.read,
        }
