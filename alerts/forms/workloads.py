"""Which children go to which social worker."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import Child, Membership
from cases.moves import isolated

# As many as are read at a glance; more are typed for.
MOST_RADIOS = 7


class AllocateForm(forms.Form):
    """The rows that are ticked, and who gets them."""

    children = forms.MultipleChoiceField(
        label=_("Children"), error_messages={"required": _("Select at least one child")}
    )
    worker = fields.ListedField(
        label=_("Give them to"),
        error_messages={
            "required": _("Select the social worker"),
            "invalid_choice": _("Select a social worker who is in the team now"),
        },
    )

    def __init__(
        self, *args: Any, held: Sequence[Child], workers: Sequence[Membership], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.held = {child.reference: child for child in held}
        self.memberships = {str(membership.pk): membership for membership in workers}
        cast(forms.ChoiceField, self.fields["children"]).choices = [(one, one) for one in self.held]
        names = [
            (key, f"{isolated(one.user.name)}, {isolated(one.team)}") for key, one in self.memberships.items()
        ]
        few = len(names) <= MOST_RADIOS
        if few:
            self.fields["worker"].widget = forms.RadioSelect()
        cast(forms.ChoiceField, self.fields["worker"]).choices = names if few else [("", ""), *names]

    @property
    def ticked(self) -> set[str]:
        """The references that were ticked, whether or not the form is whole."""
        return set(self["children"].value() or ())

    @property
    def chosen(self) -> list[Child]:
        return [self.held[reference] for reference in self.cleaned_data["children"]]

    @property
    def membership(self) -> Membership:
        """The role of the chosen social worker, with the team that gets the work."""
        return self.memberships[self.cleaned_data["worker"]]
