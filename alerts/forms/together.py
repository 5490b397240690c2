"""That children went missing together: who may have gone along, which other child, and why it is taken back."""

from collections.abc import Collection, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import Child, IncidentEpisode
from cases.moves import isolated


def ask_who_went_along(form: forms.Form, mates: Sequence[Child]) -> None:
    """Ask who of these went with the child: each is missing as well, and gets an episode of its own.

    Where nobody is left of whom it can be said, and somebody was ticked, it is said at the field and not passed over.
    """
    if not mates and "gone_with" not in form.data:
        return
    form.fields["gone_with"] = forms.MultipleChoiceField(
        label=_("Which other children went with this one?"),
        help_text=_("Each of them is missing too: duty and the police are told of each by itself."),
        choices=_choices(mates, ()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def say_who_went_along(form: forms.Form, mates: Sequence[Child], references: Collection[str]) -> None:
    """Say beside each of these that it is on record.

    None is ticked for whoever writes: who comes back meanwhile would be reported missing anew by nobody's word.
    """
    field = form.fields.get("gone_with")
    if isinstance(field, forms.MultipleChoiceField):
        field.choices = _choices(mates, references)


def _choices(mates: Sequence[Child], reported: Collection[str]) -> list[tuple[str, str]]:
    found = [(one.reference, f"{isolated(one.given_name)} {one.reference}") for one in mates]
    already = _("%(child)s: reported already")
    return [(key, str(already % {"child": words}) if key in reported else words) for key, words in found]


def named(form: forms.Form, mates: Sequence[Child]) -> list[Child]:
    """Those of them who were ticked."""
    ticked = form.cleaned_data.get("gone_with", ())
    return [one for one in mates if one.reference in ticked]


class Together(forms.Form):
    """Which other missing child."""

    reference = fields.ReferenceField(
        label=_("The other child’s reference"),
        help_text=_("Like MC26-004178 or MC26-004178-M2. The other child must have been reported missing."),
        error_messages={"required": _("Enter the other child’s reference")},
    )


class Apart(forms.Form):
    """Why the child did not go with the others."""

    reason = forms.CharField(
        label=_("How do you know that the child did not go with them?"),
        help_text=_(
            "It stays on the record with your reason, and whoever may open one of these children reads it: no name"
            " belongs there. The search goes on."
        ),
        max_length=IncidentEpisode._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter how you know that the child did not go with the others")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
