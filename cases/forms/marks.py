"""Answers about a child's risk and live concern, and the second person that lowering a guard needs."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import risk_ends, second_factor
from cases.forms import fields
from cases.forms.as_read import AsReadForm
from cases.forms.widgets import PasskeyButton
from cases.models import Child, Risk

# What the second person answers, in this order.
SECOND = ("second_email", "second_password", "second_code", "second_credential")


class SecondPersonForm(forms.Form):
    """The second person signs here with their own sign-in: a name that somebody else picks would be nobody's word.

    All of it, as at the sign-in: a password that was seen over a shoulder lowers no guard.
    """

    second_email = forms.EmailField(
        label=_("Second person’s email address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    second_password = forms.CharField(
        label=_("Second person’s password"),
        help_text=_("They type it themselves, here."),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    second_code = forms.CharField(
        label=_("Second person’s code"),
        help_text=_("From their own authenticator app, or one of their recovery codes."),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-10"}
        ),
    )
    second_credential = forms.JSONField(
        label=_("Or the second person’s passkey"), required=False, widget=PasskeyButton
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        drop_unasked(self)


# Asked of whoever signs, and the last two instead of one another: none of them is called optional.
for _name in SECOND:
    SecondPersonForm.base_fields[_name].asked_of_some = True  # type: ignore[attr-defined]


def drop_unasked(form: forms.Form) -> None:
    """Ask for no second factor where the installation asks nobody for one."""
    for name in () if second_factor.is_asked() else SECOND[2:]:
        form.fields.pop(name, None)


def label_factor(form: forms.Form, code: Any, passkey: Any) -> None:
    """Call the second factor by whose it is, where it is asked for."""
    for name, label in zip(SECOND[2:], (code, passkey), strict=True):
        if name in form.fields:
            form.fields[name].label = label


def ask_second(form: SecondPersonForm) -> None:
    """Let both answers of the second person be required."""
    for name, words in (
        ("second_email", _("Enter the second person’s email address")),
        ("second_password", _("The second person enters their password")),
    ):
        form.fields[name].required = True
        form.fields[name].error_messages["required"] = words


FOR_GOOD, UNTIL = "for_good", "until"


def how_long() -> dict[str, forms.Field]:
    """Whether a mark is lifted for good or until a day: a choice that somebody makes, never what was left empty."""
    return {
        "how_long": forms.ChoiceField(
            label=_("For how long is it lifted?"),
            choices=[(FOR_GOOD, _("For good")), (UNTIL, _("Until a day: then it counts again by itself"))],
            widget=forms.RadioSelect,
            error_messages={"required": _("Select for how long it is lifted")},
        ),
        "last_day": fields.DateField(
            label=_("Last day on which it is lifted"),
            name=_("The last day"),
            help_text=_("Only where it is lifted until a day. Raising it again sooner takes one person."),
            required=False,
        ),
    }


# What a form asks that lifts a mark, in this order.
LIFT = ("reason", "how_long", "last_day", *SECOND)


def prepare_lift(form: SecondPersonForm) -> None:
    """Ask for how long, and let the second person’s answers be required."""
    form.fields.update(how_long())
    form.order_fields(LIFT)
    ask_second(form)


def last_day_of(form: forms.Form) -> date | None:
    """The day through which it is lifted; None for good. It is an error to leave it out, or to give one beside that."""
    given = form.cleaned_data
    day: date | None = given.get("last_day")
    if given.get("how_long") == UNTIL and day is None and "last_day" not in form.errors:
        form.add_error("last_day", _("Enter the last day"))
    if given.get("how_long") == FOR_GOOD and day is not None:
        form.add_error("last_day", _("Leave the day empty, or select until a day"))
    return day


class RiskForm(SecondPersonForm):
    """A grade and why; the second person only where it is lower than before, which nobody is asked once it was assessed."""

    risk = forms.ChoiceField(
        label=_("Your view of the risk"),
        choices=Risk,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the risk")},
    )
    reason = fields.NoteField(
        label=_("Why"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why you chose this grade")},
    )
    last_day = fields.DateField(
        label=_("Last day of the lower grade"),
        name=_("The last day"),
        help_text=_(
            "Then the grade before counts again by itself. Low holds for 90 days at most, medium for 28, and so long"
            " where you leave it empty."
        ),
        required=False,
    )
    field_order = ("risk", "reason", "last_day", *SECOND)

    def __init__(self, *args: Any, child: Child, **options: Any) -> None:
        super().__init__(*args, **options)
        self.only_raises = child.assessments.exists()
        if self.only_raises:
            higher = [one for one in Risk.choices if not risk_ends.is_lower(one[0], child)]
            self.fields["risk"].choices = higher  # type: ignore[attr-defined]
            self.fields["risk"].error_messages["invalid_choice"] = _(
                "The risk was assessed. Only another assessment lowers it."
            )
            for name in {"last_day", *SECOND} & self.fields.keys():
                del self.fields[name]


class ConcernForm(AsReadForm):
    """What the concern is; it holds from the moment it is saved."""

    overtaken = _(
        "The concern that stood on this page is lifted, and nothing is recorded. Press again only to mark another."
    )

    reason = fields.NoteField(
        label=_("What is the concern?"),
        limit=1000,
        name=_("The concern"),
        error_messages={"required": _("Enter what the concern is")},
    )


class ReopenForm(forms.Form):
    """Why a closed case is opened again; one person says so."""

    reason = forms.CharField(
        label=_("Why is the case opened again?"),
        help_text=_("The child is here again, or the case was closed by mistake. One sentence."),
        max_length=200,
        error_messages={"required": _("Enter why the case is opened again")},
    )


class CloseForm(SecondPersonForm):
    """Why the case is closed, and who else says so."""

    reason = forms.CharField(
        label=_("Why is the case closed?"),
        help_text=_(
            "The child is in nobody’s care any more: family found, moved abroad, an adult. One sentence."
        ),
        max_length=200,
        error_messages={"required": _("Enter why the case is closed")},
    )
    field_order = ("reason", *SECOND)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)


class LiftForm(AsReadForm, SecondPersonForm):
    """Why the concern is lifted, and who else says so."""

    overtaken = _(
        "The concern that you opened is lifted by now, and another stands here. Read it, then press again."
    )

    reason = fields.NoteField(
        label=_("Why is it lifted?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the concern is lifted")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        prepare_lift(self)

    def clean(self) -> dict[str, Any]:
        """Cleans to the day through which it is lifted, or none."""
        given = super().clean() or self.cleaned_data
        given["last_day"] = last_day_of(self)
        return given
