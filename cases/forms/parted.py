"""The answer about those of the same home from whom a child is parted, who are told and asked before it goes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.moves import isolated

# Nobody is parted by a move within a home.
AT_HOME = _("In the home where the child lives leave it empty.")


def tell_first(field: forms.Field, beside: Sequence[str], *, unless: Any = "") -> None:
    """Name at the answer who is to be told and asked first; `beside` are the names of who lives in the same home.

    `unless` says where the answer is left empty: then another answer decides whether it is asked for.
    """
    words = gettext(
        "In the same home and linked with the child: %(names)s. Tell and ask them first. If they go along, say so here."
    )
    field.help_text = words % {"names": ", ".join(map(isolated, beside))}
    if unless:
        field.help_text += f" {unless}"
        field.asked_of_some = True  # type: ignore[attr-defined]


class PartedForm(forms.Form):
    """Who of the same home stays behind, and what they said: asked where somebody linked with the child lives there."""

    parted = fields.NoteField(
        label=_("Who is the child parted from, and what did they say when told and asked?"),
        name=_("Your answer"),
        limit=1000,
        error_messages={"required": _("Enter what they said when told and asked")},
    )

    def __init__(self, *args: Any, beside: Sequence[str] = (), **options: Any) -> None:
        """`beside` are the names of those to be told and asked, who live in the same home."""
        super().__init__(*args, **options)
        if not beside:
            del self.fields["parted"]
            return
        tell_first(self.fields["parted"], beside)
