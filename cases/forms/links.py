"""Answers about two children who belong together."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm
from cases.links import Claim
from cases.models import ChildLink

DANGER = _("One of the two may be a danger to the other, or may recruit them")


class LinkForm(forms.Form):
    """Which child, what somebody says, and who says so."""

    reference = fields.ReferenceField(
        label=_("The other child’s reference"),
        help_text=_("Like MC26-004178. You can link children whom you may both open."),
        error_messages={"required": _("Enter the other child’s reference")},
    )
    kind = forms.ChoiceField(
        label=_("How they belong together"),
        choices=ChildLink.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how they belong together")},
    )
    said_by = forms.CharField(
        label=_("Who says so"),
        help_text=_("The child, the other one, a worker at the port."),
        max_length=200,
        error_messages={"required": _("Enter who says so")},
    )
    note = fields.NoteField(label=_("What else is known"), limit=500, required=False)
    may_be_danger = forms.BooleanField(label=DANGER, required=False)

    def claim(self) -> Claim:
        """The answers as the verb takes them."""
        names = ("kind", "said_by", "note", "may_be_danger")
        return Claim(**{name: self.cleaned_data[name] for name in names})


class LinkCheckForm(SecondPersonForm):
    """What was found, and how; the second person only where that one may be a danger is taken back."""

    result = forms.ChoiceField(
        label=_("What was found"),
        choices=[(c.value, c.label) for c in ChildLink.Check if c != ChildLink.Check.NOT_CHECKED],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what was found")},
    )
    how = fields.NoteField(
        label=_("How was it checked, and by whom"),
        limit=500,
        name=_("Your answer"),
        error_messages={"required": _("Enter how it was checked")},
    )
    may_be_danger = forms.BooleanField(label=DANGER, required=False)

    field_order = ("result", "how", "may_be_danger")

    def __init__(self, data: Any, *, link: ChildLink, undoes: bool = False) -> None:
        super().__init__(data, initial={"may_be_danger": link.may_be_danger})
        if link.kind == ChildLink.Kind.SAME:
            del self.fields["may_be_danger"]
        if undoes:
            # Whoever may not open the other record confirms nothing of it.
            result = cast(forms.ChoiceField, self.fields["result"])
            result.choices = [(ChildLink.Check.NOT_SO, ChildLink.Check.NOT_SO.label)]
        if not link.may_be_danger:
            for name in SECOND:
                self.fields.pop(name, None)

    @property
    def lowers(self) -> bool:
        """Whether the word of a danger is taken back, so that a refusal is most likely the second person's."""
        return "second_email" in self.fields and not self.cleaned_data.get("may_be_danger")

    def found(self) -> dict[str, Any]:
        """The answers as the verb takes them."""
        return {name: self.cleaned_data[name] for name in ("result", "how", "may_be_danger")}

    def found_same(self) -> dict[str, str]:
        """The same of two records of one child, of which neither is a danger to the other."""
        return {name: self.cleaned_data[name] for name in ("result", "how")}
