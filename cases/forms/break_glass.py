"""Answers of whoever breaks the glass, and of the manager who looks at it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class BreakGlassForm(forms.Form):
    """Why, before anything is shown."""

    reason = forms.CharField(
        label=_("Why do you need it now?"),
        help_text=_("What has happened, who asks you, and why the child’s own team or duty cannot do it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Enter why you need it now")},
    )


class LookForm(forms.Form):
    """Whether it was right."""

    was_right = forms.TypedChoiceField(
        label=_("Was it right?"),
        choices=[("yes", _("Yes, it was needed")), ("no", _("No, it was not"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether it was right")},
    )
    finding = forms.CharField(
        label=_("What did you find?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter what you found")},
    )
