"""Answers of one section of the find-me profile, and how far it is."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.find_me import CARERS, QUESTIONS, Section, for_carers
from cases.forms import fields
from cases.forms.as_read import ReadByVerbForm
from cases.models import FindMeSection

LIMIT = 1000
State = FindMeSection.State


class ReviewForm(ReadByVerbForm):
    """That all of the profile was gone through, as its page showed it."""

    overtaken = _(
        "The profile has changed since you opened this page. Go through it again, then press again."
    )


class SectionForm(forms.Form):
    """A box for each question of the section but those `closed` to the writer; of one without any, that somebody was asked."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, section: Section, row: FindMeSection | None, closed: Collection[str] = ()
    ) -> None:
        said = row.answers if row is not None else {}
        begun = {"version": row.pk if row else 0, "state": row.state if row else "", **said}
        super().__init__(data, initial=begun)
        self.asked = [name for name in section.questions if name not in closed]
        self.left = closed
        for name in self.asked:
            label, hint = QUESTIONS[name], _hint(section, name)
            self.fields[name] = fields.NoteField(
                label=label, help_text=hint, name=label, limit=LIMIT, rows=2, required=False
            )
        self.fields["state"] = forms.ChoiceField(
            label=_("How far is this section?"),
            choices=State.choices if section.questions else [(State.ASKED.value, State.ASKED.label)],
            widget=forms.RadioSelect,
            error_messages={"required": _("Select how far this section is")},
        )

    def read_by_now(self, row: FindMeSection | None) -> None:
        """The next press is about this row, which stands by now."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("version")] = str(row.pk if row is not None else 0)
        self.data = data

    def said(self) -> dict[str, Any]:
        """What the verb asks for."""
        given = self.cleaned_data
        answers = {name: given[name] for name in self.asked}
        return {"answers": answers, "state": given["state"], "version": given["version"], "left": self.left}


def _hint(section: Section, name: str) -> Promise | str:
    """Whether carers read an answer, in the sections that they open."""
    if section.key not in CARERS:
        return ""
    if name in for_carers(section):
        return _("The home and the foster carer of the child read this.")
    return _("The home and the foster carer do not read this.")
