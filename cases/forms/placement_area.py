"""Answers about the area of a placement that stands: which is right, and what was wrong."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields, typed
from cases.forms.as_read import OfPlacementForm
from cases.forms.forces import ForceField
from cases.models import Authority, Placement


class AreaForm(OfPlacementForm):
    """In whose area the child's placement is, and why what was recorded is wrong."""

    authority = fields.ListedRowField(
        label=_("Host authority"),
        help_text=_("The council whose area it is."),
        queryset=Authority.objects.none(),
        error_messages={"required": _("Select the host authority")},
        empty_label=_("Choose"),
    )
    force = ForceField(
        label=_("Police force"),
        help_text=_("The force that is told when the child is missing from there."),
        error_messages={"required": _("Select the police force")},
        empty_label=_("Choose"),
    )
    reason = forms.CharField(
        label=_("What was wrong?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter what was wrong")},
    )

    def __init__(self, *args: Any, placement: Placement, now: datetime, **options: Any) -> None:
        super().__init__(*args, standing=placement, **options)
        self.initial = {"authority": placement.host_authority_id, "force": placement.force_id}
        authority = cast(forms.ModelChoiceField, self.fields["authority"])
        authority.queryset = Authority.objects.on(typed.london(now).date()).select_related("force")
